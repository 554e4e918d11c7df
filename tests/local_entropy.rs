//! Local entropies around a reference against independent computations.
//!
//! `franz-parisi-binary.json` and `franz-parisi-spherical.json`: twelve digits from one Python code.
//! `franz-parisi-oracle.json`: every kind of reference, from another derivation and code, which
//! reproduces the former to their last digit.

mod local;
mod reference;

use local::{at, curve, probe};
use quenched::model::Parameters;
use quenched::replica::local::model::Choice;
use quenched::replica::local::point::LocalOutcome;
use quenched::replica::local::threshold::LocalQuantity;
use reference::{Ledger, table};
use serde_json::Value;

fn rows<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().expect("a list")
}

fn given(name: &str, weights: &str, at_least: usize) {
    let mut ledger = Ledger::default();
    let model = probe(weights);
    for c in rows(&table(name), "curves") {
        let number = |key: &str| c[key].as_f64().expect("a number");
        let p = at(number("alpha"), number("kappa"));
        let mut distances: Vec<f64> = rows(c, "points")
            .iter()
            .map(|point| point["d"].as_f64().expect("a distance"))
            .collect();
        distances.push(number("d_typ"));
        let found = curve(&model, &Choice::Margin(number("kappa_ref")), &p, &distances);
        let label = c["label"].as_str().expect("a label");
        let reference = found.reference.expect("a reference");
        let own = reference.state.observables;
        ledger.close(label, "q_ref", own.q, &c["q_ref"], 1e-11);
        ledger.close(label, "qh_ref", own.q_hat, &c["qh_ref"], 1e-11);
        ledger.close(label, "phi_ref", own.entropy, &c["phi_ref_RS"], 1e-11);
        for (row, outcome) in rows(c, "points").iter().zip(&found.outcomes) {
            let label = format!("{label} d={}", row["d"]);
            let s = outcome
                .dominant()
                .unwrap_or_else(|| panic!("{label}: {outcome:?}"));
            let o = s.observables;
            for (what, got) in [
                ("phi", Some(o.entropy)),
                ("dphi_dd", Some(s.potential[1])),
                ("q", o.q),
                ("t", o.t),
                ("qh", o.q_hat),
                ("th", o.t_hat),
                ("ph", o.s_hat),
                ("free", Some(o.ball)),
            ] {
                ledger.close(&label, what, got, &row[what], 2e-11);
            }
        }
        let typical = found.outcomes.last().and_then(LocalOutcome::dominant);
        let top = typical.map(|s| s.observables.entropy);
        ledger.close(label, "top", top, &c["phi_at_dtyp"], 1e-11);
    }
    ledger.end(at_least);
}

#[test]
fn given_binary_curves() {
    given("franz-parisi-binary.json", "binary", 140);
}

#[test]
fn given_spherical_curves() {
    given("franz-parisi-spherical.json", "spherical", 80);
}

fn choice(reference: &Value) -> Choice {
    let kappa = || reference["kappa"].as_f64().expect("a margin");
    match reference["loss"].as_str().expect("a loss") {
        "theta" => Choice::Margin(kappa()),
        "largest-margin" => Choice::LargestMargin,
        name => Choice::Loss {
            name: name.to_owned(),
            gamma: reference["gamma"].as_f64(),
            beta: match reference["frozen"].as_bool() {
                Some(true) => f64::INFINITY,
                _ => reference["beta"].as_f64().unwrap_or(f64::INFINITY),
            },
        },
    }
}

/// One curve of the independent computation: points, and distances that the branch does not reach.
fn against(c: &Value, ledger: &mut Ledger) {
    let number = |key: &str| c[key].as_f64();
    let p = Parameters {
        beta: number("beta").unwrap_or(f64::INFINITY),
        ..at(number("alpha").expect("α"), number("kappa").expect("κ"))
    };
    let model = probe(c["weights"].as_str().expect("weights"));
    let points = rows(c, "points");
    let first = |row: &Value| row[0].as_f64().expect("a distance");
    let mut distances: Vec<f64> = points.iter().map(first).collect();
    distances.extend(rows(c, "ended").iter().filter_map(Value::as_f64));
    let reference = &c["reference"];
    let found = curve(&model, &choice(reference), &p, &distances);
    let label = format!("{} {} {} {reference}", c["weights"], p.alpha, p.kappa);
    let r = found.reference.expect("a reference");
    if reference["frozen"].as_bool() == Some(true) {
        let [got, want] = [r.parameters.beta, reference["beta"].as_f64().expect("β")].map(f64::ln);
        ledger.close(&label, "ln beta", Some(got), &want.into(), 1e-11);
    }
    ledger.close(
        &label,
        "kappa_ref",
        Some(r.parameters.kappa),
        &reference["kappa"],
        1e-11,
    );
    ledger.close(
        &label,
        "chi",
        r.state.observables.chi,
        &reference["chi"],
        1e-11,
    );
    for (row, outcome) in points.iter().zip(&found.outcomes) {
        let label = format!("{label} d={}", row[0]);
        let Some(s) = outcome.dominant() else {
            ledger.check(&format!("{label}: {outcome:?}"), false);
            continue;
        };
        let o = s.observables;
        let fields = [
            ("phi", Some(s.potential[0]), 2e-11),
            ("slope", Some(s.potential[1]), 5e-9),
            ("q", o.q, 1e-11),
            ("t", o.t, 1e-11),
            ("q_hat", o.q_hat, 1e-8),
            ("t_hat", o.t_hat, 1e-8),
            ("s_hat", o.s_hat, 1e-8),
            ("replicon", o.at_stability, 5e-8),
            ("entropy", Some(o.entropy), 1e-10),
        ];
        for (i, (what, got, tolerance)) in fields.into_iter().enumerate() {
            ledger.close(&label, what, got, &row[i + 1], tolerance);
        }
        ledger.check(
            &format!(
                "{label}: residual {} error {}",
                s.residual, s.error_estimate
            ),
            s.residual < 1e-11 && s.error_estimate < 1e-6,
        );
        ledger.check(
            &format!("{label}: above the ball"),
            o.entropy <= o.ball + 1e-12,
        );
    }
    for (d, outcome) in distances.iter().zip(&found.outcomes).skip(points.len()) {
        let ended = matches!(outcome, LocalOutcome::NoSolution);
        ledger.check(&format!("{label} d={d}: {outcome:?}"), ended);
    }
}

fn family(weights: &str, at_least: usize, which: impl Fn(&Value) -> bool) {
    let mut ledger = Ledger::default();
    for c in rows(&table("franz-parisi-oracle.json"), "curves") {
        if c["weights"] == weights && which(&c["reference"]) {
            against(c, &mut ledger);
        }
    }
    ledger.end(at_least);
}

#[test]
fn binary_margins() {
    family("binary", 450, |r| r["loss"] == "theta");
}

#[test]
fn binary_losses() {
    family("binary", 300, |r| r["loss"] != "theta");
}

#[test]
fn spherical_margins() {
    family("spherical", 320, |r| r["loss"] == "theta");
}

#[test]
fn spherical_ground_states() {
    family("spherical", 140, |r| r["loss"] != "theta");
}

#[test]
fn critical_values() {
    let model = probe("binary");
    let value = |quantity, choice: &Choice, alpha: f64| {
        let found = model.threshold(quantity, choice, &at(alpha, 0.0));
        found.expect("converges").expect("exists").value
    };
    // From a separate derivation and code, which scans curves around them.
    for (quantity, choice, alpha, want, tolerance) in [
        (
            LocalQuantity::Break,
            Choice::LargestMargin,
            0.5,
            0.7290328105,
            1e-9,
        ),
        (
            LocalQuantity::IsolationLoad,
            Choice::LargestMargin,
            0.5,
            0.7477356475,
            1e-9,
        ),
        (
            LocalQuantity::IsolationMargin,
            Choice::Typical,
            0.5,
            0.0291174900,
            1e-9,
        ),
        (
            LocalQuantity::IsolationMargin,
            Choice::Typical,
            0.7,
            0.0655807298,
            1e-9,
        ),
        (
            LocalQuantity::IsolationDistance,
            Choice::Typical,
            0.5,
            0.0070028689,
            1e-9,
        ),
        (
            LocalQuantity::ClosestDistance,
            Choice::Typical,
            0.5,
            0.00045449,
            1e-8,
        ),
    ] {
        let got = value(quantity, &choice, alpha);
        assert!(
            (got - want).abs() < tolerance,
            "{quantity:?} {alpha}: {got}"
        );
    }
    // Above the load where it meets the largest margin there is no such margin.
    let none = model.threshold(
        LocalQuantity::IsolationMargin,
        &Choice::Typical,
        &at(0.76, 0.0),
    );
    assert!(none.expect("converges").is_none());
}
