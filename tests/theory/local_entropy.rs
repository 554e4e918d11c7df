//! Local entropies around a reference against independent computations.
//!
//! `franz-parisi-binary.json` and `franz-parisi-spherical.json`: twelve digits from one Python code.
//! `franz-parisi-oracle.json`: every kind of reference, from another derivation and code, which
//! reproduces the former to their last digit.

use crate::local::{at, curve, probe};
use crate::reference::{Entry, Ledger, table};
use quenched::replica::local::critical::LocalQuantity;
use quenched::replica::local::neighbourhoods::Choice;
use quenched::replica::local::point::LocalOutcome;

fn given(name: &str, weights: &str, columns: &[&str], comparisons: usize) {
    let mut ledger = Ledger::default();
    let model = probe(weights);
    for c in table(name).rows("curves") {
        let number = |key: &str| c.number(key);
        let p = at(number("alpha"), number("kappa"));
        let mut distances: Vec<f64> = c
            .rows("points")
            .iter()
            .map(|point| point.number("d"))
            .collect();
        distances.push(number("d_typ"));
        let found = curve(&model, &Choice::Margin(number("kappa_ref")), &p, &distances);
        let label = c.text("label");
        let reference = found.reference.expect("a reference");
        let own = reference.state.observables;
        ledger.close(label, "q_ref", own.q, number("q_ref"), 1e-11);
        ledger.close(label, "qh_ref", own.q_hat, c.found("qh_ref"), 1e-11);
        ledger.close(label, "phi_ref", own.entropy, number("phi_ref_RS"), 1e-11);
        for (row, outcome) in c.rows("points").iter().zip(&found.outcomes) {
            let label = format!("{label} d={}", row.number("d"));
            let s = outcome
                .dominant()
                .unwrap_or_else(|| panic!("{label}: {outcome:?}"));
            let o = s.observables;
            for &what in columns {
                let got = match what {
                    "phi" => Some(o.entropy),
                    "dphi_dd" => Some(s.potential[1]),
                    "q" => o.q,
                    "t" => o.t,
                    "qh" => o.q_hat,
                    "th" => o.t_hat,
                    "ph" => o.s_hat,
                    "free" => Some(o.ball),
                    other => panic!("{other} is not a quantity"),
                };
                ledger.close(&label, what, got, row.number(what), 2e-11);
            }
        }
        let typical = found.outcomes.last().and_then(LocalOutcome::dominant);
        let top = typical.map(|s| s.observables.entropy);
        ledger.close(label, "top", top, number("phi_at_dtyp"), 1e-11);
    }
    ledger.end(comparisons);
}

/// What the points of both files hold.
const BOTH: [&str; 7] = ["phi", "dphi_dd", "q", "t", "qh", "th", "free"];

#[test]
fn given_binary_curves() {
    let columns = [&BOTH[..], &["ph"]].concat();
    let (curves, points) = (3, 18);
    given(
        "franz-parisi-binary.json",
        "binary",
        &columns,
        4 * curves + 8 * points,
    );
}

#[test]
fn given_spherical_curves() {
    // The conjugate of the reference is null.
    let (curves, points) = (2, 12);
    given(
        "franz-parisi-spherical.json",
        "spherical",
        &BOTH,
        3 * curves + 7 * points,
    );
}

fn choice(reference: &Entry) -> Choice {
    match reference.text("loss") {
        "theta" => Choice::Margin(reference.number("kappa")),
        "largest-margin" => Choice::LargestMargin,
        name => Choice::Loss {
            name: name.to_owned(),
            gamma: (name == "cross-entropy").then(|| reference.number("gamma")),
            beta: if frozen(reference) || ground(reference) {
                f64::INFINITY
            } else {
                reference.number("beta")
            },
        },
    }
}

/// Whether a reference at zero temperature is described at the temperature of its freezing.
fn frozen(reference: &Entry) -> bool {
    reference.has("frozen") && reference.flag("frozen")
}

/// Whether a reference at zero temperature has a response.
fn ground(reference: &Entry) -> bool {
    reference.has("ground") && reference.flag("ground")
}

/// One curve of the independent computation: points, and distances that the branch does not reach.
fn against(c: &Entry, ledger: &mut Ledger) {
    let mut p = at(c.number("alpha"), c.number("kappa"));
    if c.has("beta") {
        p.beta = c.number("beta");
    }
    let weights = c.text("weights");
    let model = probe(weights);
    let points = c.rows("points");
    let first = |row: &Entry| row.nth(0).value();
    let mut distances: Vec<f64> = points.iter().map(first).collect();
    distances.extend(c.rows_if_any("ended").iter().map(Entry::value));
    let reference = &c.at("reference");
    let found = curve(&model, &choice(reference), &p, &distances);
    let label = format!("{weights} {} {} {reference}", p.alpha, p.kappa);
    let r = found.reference.expect("a reference");
    if frozen(reference) {
        let [got, want] = [r.parameters.beta, reference.number("beta")].map(f64::ln);
        ledger.close(&label, "ln beta", Some(got), want, 1e-11);
    }
    if ["theta", "largest-margin"].contains(&reference.text("loss")) {
        let (got, want) = (r.parameters.kappa, reference.number("kappa"));
        ledger.close(&label, "kappa_ref", Some(got), want, 1e-11);
    }
    if ground(reference) {
        let (got, want) = (r.state.observables.chi, reference.number("chi"));
        ledger.close(&label, "chi", got, want, 1e-11);
    }
    for (row, outcome) in points.iter().zip(&found.outcomes) {
        let label = format!("{label} d={}", row.nth(0));
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
            ledger.close(&label, what, got, row.item(i + 1), tolerance);
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

fn family(weights: &str, comparisons: usize, which: impl Fn(&str) -> bool) {
    let mut ledger = Ledger::default();
    for c in table("franz-parisi-oracle.json").rows("curves") {
        if c.text("weights") == weights && which(c.at("reference").text("loss")) {
            against(&c, &mut ledger);
        }
    }
    ledger.end(comparisons);
}

#[test]
fn binary_margins() {
    family("binary", 657, |loss| loss == "theta");
}

#[test]
fn binary_losses() {
    family("binary", 405, |loss| loss != "theta");
}

#[test]
fn spherical_margins() {
    family("spherical", 425, |loss| loss == "theta");
}

#[test]
fn spherical_ground_states() {
    family("spherical", 228, |loss| loss != "theta");
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
