//! Saddle points and thresholds against independent computations.
//!
//! `binary-perceptron-rs.json` and `spherical-perceptron-rs.json`: values to 1e-10 from separate
//! Python codes. `rs-oracle.json`: values to 1e-12 for every loss, data and temperature, from a
//! derivation and code that share nothing with this crate; a subset was checked with nested mpmath
//! quadrature, and some of it with finite-size minimisation and message passing (its own fields say
//! which).

mod reference;

use quenched::model::{Control, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::model::model;
use quenched::replica::reason::Missing;
use quenched::replica::state::{Outcome, State, Status};
use quenched::replica::sweep::Branches;
use quenched::replica::threshold::Quantity;
use reference::{Ledger, table};
use serde_json::Value;

fn number(row: &Value, key: &str) -> Option<f64> {
    match row.get(key)? {
        Value::String(s) if s == "inf" => Some(f64::INFINITY),
        other => other.as_f64(),
    }
}

fn named(weights: &str, data: &str, loss: &str) -> Ensemble {
    model(weights, data, loss).expect("registered")
}

fn parameters(row: &Value) -> Parameters {
    let default = Parameters::default();
    Parameters {
        alpha: number(row, "alpha").unwrap_or(default.alpha),
        kappa: number(row, "kappa").unwrap_or(default.kappa),
        beta: number(row, "beta").unwrap_or(default.beta),
        gamma: number(row, "gamma").unwrap_or(default.gamma),
        ..default
    }
}

fn outcome(model: &Ensemble, p: &Parameters) -> Outcome {
    model
        .sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant)
        .remove(0)
}

fn trusted(state: &State) -> bool {
    state.residual < 1e-11 && state.error_estimate < 1e-10
}

#[test]
fn binary_storage() {
    let reference = table("binary-perceptron-rs.json");
    let perceptron = named("binary", "storage", "theta");
    let mut ledger = Ledger::default();
    for row in reference["saddle"].as_array().expect("rows") {
        let p = parameters(row);
        let label = format!("kappa={} alpha={}", p.kappa, p.alpha);
        let found = outcome(&perceptron, &p);
        let Some(q) = number(row, "q") else {
            ledger.check(
                &format!("{label} has no solution"),
                matches!(found, Outcome::Missing(Missing::Absent { .. })),
            );
            continue;
        };
        let state = found
            .dominant()
            .unwrap_or_else(|| panic!("{label}: {found:?}"));
        let o = state.observables;
        ledger.close(&label, "q", o.q, Some(q), 1.1e-11);
        ledger.close(&label, "q_hat", o.q_hat, number(row, "qh"), 1.1e-10);
        ledger.close(
            &label,
            "entropy",
            o.entropy,
            number(row, "entropy"),
            1.1e-11,
        );
        ledger.close(
            &label,
            "replicon",
            o.at_stability.map(|s| 1.0 - s),
            number(row, "replicon"),
            1.1e-10,
        );
        ledger.check(&format!("{label} trust"), trusted(state));
        let physical = row["physical"].as_bool() == Some(true);
        ledger.check(
            &format!("{label} status"),
            (state.status() == Status::Ok) == physical,
        );
    }
    for row in reference["capacity"].as_array().expect("rows") {
        let p = parameters(row);
        let critical = perceptron
            .threshold(Quantity::Capacity, &p)
            .expect("converges");
        let label = format!("capacity kappa={}", p.kappa);
        ledger.close(
            &label,
            "value",
            Some(critical.value),
            number(row, "alpha_c"),
            1.1e-11,
        );
        ledger.close(
            &label,
            "value",
            critical.state.observables.q,
            number(row, "q"),
            1.1e-11,
        );
        ledger.check(
            &format!("{label} error {}", critical.error_estimate),
            critical.error_estimate < 1e-11 * (1.0 + critical.value),
        );
    }
    for row in reference["kappa_max"].as_array().expect("rows") {
        let p = parameters(row);
        let critical = perceptron
            .threshold(Quantity::KappaMax, &p)
            .expect("converges");
        let label = format!("kappa-max alpha={}", p.alpha);
        ledger.close(
            &label,
            "value",
            Some(critical.value),
            number(row, "kappa_max"),
            1.1e-11,
        );
        ledger.close(
            &label,
            "value",
            critical.state.observables.q_hat,
            number(row, "qh"),
            1.1e-10,
        );
    }
    ledger.end(80);
}

#[test]
fn spherical_storage() {
    let reference = table("spherical-perceptron-rs.json");
    let perceptron = named("spherical", "storage", "theta");
    let mut ledger = Ledger::default();
    for row in reference["saddle"].as_array().expect("rows") {
        let p = parameters(row);
        let label = format!("kappa={} alpha={}", p.kappa, p.alpha);
        let found = outcome(&perceptron, &p);
        let state = found
            .dominant()
            .unwrap_or_else(|| panic!("{label}: {found:?}"));
        let o = state.observables;
        ledger.close(&label, "q", o.q, number(row, "q"), 1.1e-11);
        ledger.close(&label, "entropy", o.entropy, number(row, "phi"), 1.1e-11);
        ledger.close(
            &label,
            "replicon",
            o.at_stability.map(|s| 1.0 - s),
            number(row, "replicon"),
            1.1e-10,
        );
        ledger.check(&format!("{label} trust"), trusted(state));
        let stable = row["RS_stable"].as_bool() == Some(true);
        ledger.check(
            &format!("{label} status"),
            (state.status() == Status::Ok) == stable,
        );
    }
    for row in reference["capacity"].as_array().expect("rows") {
        let p = parameters(row);
        let critical = perceptron
            .threshold(Quantity::Capacity, &p)
            .expect("converges");
        let label = format!("capacity kappa={}", p.kappa);
        ledger.close(
            &label,
            "value",
            Some(critical.value),
            number(row, "alpha_c_RS"),
            1.1e-11,
        );
        ledger.close(
            &label,
            "value",
            critical.state.observables.at_stability.map(|s| 1.0 - s),
            number(row, "replicon_at_RS_capacity"),
            1.1e-11,
        );
        let stable = row["RS_stable_at_capacity"].as_bool() == Some(true);
        ledger.check(
            &format!("{label} status"),
            (critical.status() == Status::Ok) == stable,
        );
        let at = perceptron.threshold(Quantity::At, &p).ok();
        ledger.close(
            &format!("at kappa={}", p.kappa),
            "value",
            at.as_ref().map(|c| c.value),
            number(row, "alpha_AT"),
            1.1e-10,
        );
        ledger.check(
            &format!("{label}: AT exists where it should"),
            at.is_some() != stable,
        );
    }
    for row in reference["AT_extra"].as_array().expect("rows") {
        let p = parameters(row);
        let at = perceptron.threshold(Quantity::At, &p).expect("converges");
        let want = &row["AT"][0];
        let label = format!("at kappa={}", p.kappa);
        ledger.close(&label, "value", Some(at.value), want[0].as_f64(), 1.1e-10);
        ledger.close(
            &label,
            "q",
            at.state.observables.q,
            want[1].as_f64(),
            1.1e-10,
        );
    }
    ledger.end(80);
}

fn compare_state(ledger: &mut Ledger, label: &str, state: &State, row: &Value, tolerance: f64) {
    let o = state.observables;
    let columns = [
        ("q", o.q),
        ("q_hat", o.q_hat),
        ("m", o.m),
        ("m_hat", o.m_hat),
        ("chi", o.chi),
        ("free_entropy", o.free_entropy),
        ("entropy", o.entropy),
        (
            "ground_state_energy",
            o.ground_state_energy
                .map(|e| e / number(row, "alpha").unwrap_or(1.0)),
        ),
        ("training_loss", o.training_loss),
        ("training_error", o.training_error),
        ("generalization_error", o.generalization_error),
        ("replicon", o.at_stability.map(|s| 1.0 - s)),
    ];
    for (key, got) in columns {
        if got.is_some() {
            ledger.close(label, key, got, number(row, key), tolerance);
        }
    }
}

fn label(row: &Value) -> String {
    let word = |key: &str| row[key].as_str().unwrap_or("").to_owned();
    let p = parameters(row);
    format!(
        "{} {} {} alpha={} beta={} kappa={} gamma={}",
        word("weights"),
        word("data"),
        word("loss"),
        p.alpha,
        p.beta,
        p.kappa,
        p.gamma
    )
}

fn model_of(row: &Value, weights: &str) -> Ensemble {
    let word = |key: &str, default: &'static str| row[key].as_str().unwrap_or(default).to_owned();
    named(
        &word(
            "weights",
            if weights == "binary" {
                "binary"
            } else {
                "spherical"
            },
        ),
        &word("data", "storage"),
        &word("loss", "theta"),
    )
}

#[test]
fn every_loss_at_finite_temperature() {
    let reference = table("rs-oracle.json");
    let mut ledger = Ledger::default();
    for row in reference["points"].as_array().expect("rows") {
        let (label, p) = (label(row), parameters(row));
        // Where the teacher itself dominates, the tabulated state is the metastable one.
        let branches = if row["data"] == "teacher" && row["loss"] == "theta" {
            Branches::All
        } else {
            Branches::Dominant
        };
        let found = model_of(row, "")
            .sweep(&p, Control::Alpha, &[p.alpha], branches)
            .remove(0);
        let states = match found {
            Outcome::Found(states) => states,
            other => {
                ledger.check(&format!("{label}: {other:?}"), false);
                continue;
            }
        };
        let inside = states
            .iter()
            .map(|(_, s)| s)
            .filter(|s| s.observables.q.is_some_and(|q| q < 1.0));
        let nearest = inside.min_by(|a, b| {
            let off = |s: &State| {
                (s.observables.q.unwrap_or(1.0) - number(row, "q").unwrap_or(1.0)).abs()
            };
            off(a).total_cmp(&off(b))
        });
        match nearest {
            _ if row["status"] == "no_solution" => {
                // An unstable saddle point off the Nishimori line is no state.
                let stable = |s: &State| s.status() == Status::Ok;
                ledger.check(
                    &format!("{label} has only the teacher"),
                    !nearest.is_some_and(stable),
                )
            }
            Some(state) => {
                compare_state(&mut ledger, &label, state, row, 2e-11);
                ledger.check(
                    &format!("{label} trust {} {}", state.residual, state.error_estimate),
                    trusted(state),
                );
            }
            None => ledger.check(&format!("{label} not found"), false),
        }
    }
    ledger.end(1500);
}

#[test]
fn zero_temperature() {
    let reference = table("rs-oracle.json");
    let mut ledger = Ledger::default();
    for row in reference["zero_temperature_spherical"]
        .as_array()
        .expect("rows")
    {
        let (label, p) = (label(row), parameters(row));
        let found = outcome(&model_of(row, "spherical"), &p);
        let Some(state) = found.dominant() else {
            ledger.check(&format!("{label}: {found:?}"), false);
            continue;
        };
        compare_state(&mut ledger, &label, state, row, 2e-11);
        ledger.check(
            &format!("{label} trust {} {}", state.residual, state.error_estimate),
            trusted(state),
        );
    }
    for row in reference["frozen_binary"].as_array().expect("rows") {
        let (label, p) = (label(row), parameters(row));
        let model = model_of(row, "binary");
        let frozen = model.threshold(Quantity::Freezing, &p).expect("converges");
        let want = number(row, "beta_s").expect("tabulated");
        ledger.close(&label, "beta_s", Some(frozen.value), Some(want), 1e-10);
        ledger.check(
            &format!("{label} error {:e}", frozen.error_estimate),
            frozen.error_estimate < 1e-8 * want,
        );
        let o = frozen.state.observables;
        ledger.close(&label, "q", o.q, number(row, "q"), 1e-11);
        ledger.close(
            &label,
            "loss",
            o.training_loss,
            number(row, "training_loss"),
            1e-11,
        );
        ledger.close(
            &label,
            "error",
            o.training_error,
            number(row, "training_error"),
            1e-11,
        );
    }
    ledger.end(250);
}

#[test]
fn thresholds() {
    let reference = table("rs-oracle.json");
    let rows = |key: &str| {
        reference["thresholds"][key]
            .as_array()
            .expect("rows")
            .clone()
    };
    let mut ledger = Ledger::default();
    let mut compare =
        |weights: &str, data: &str, loss: &str, quantity: Quantity, row: &Value, key: &str| {
            let p = parameters(row);
            let label = format!("{weights} {data} {loss} {quantity:?} {row}");
            match named(weights, data, loss).threshold(quantity, &p) {
                Ok(critical) => {
                    let want = number(row, key);
                    let scale = 1.0 + want.unwrap_or(0.0).abs();
                    ledger.close(&label, "value", Some(critical.value), want, 1e-11);
                    ledger.check(
                        &format!("{label}: error {:e}", critical.error_estimate),
                        critical.error_estimate < 1e-10 * scale,
                    );
                }
                other => ledger.check(&format!("{label}: {other:?}"), false),
            }
        };
    for row in rows("binary_capacity") {
        compare(
            "binary",
            "storage",
            "theta",
            Quantity::Capacity,
            &row,
            "alpha",
        );
    }
    for row in rows("binary_kappa_max") {
        let mut at = row.clone();
        at["alpha"] = row["alpha_wanted"].clone();
        compare(
            "binary",
            "storage",
            "theta",
            Quantity::KappaMax,
            &at,
            "kappa_max",
        );
    }
    for (weights, key) in [("binary", "binary_AT"), ("spherical", "spherical_AT")] {
        for row in rows(key) {
            let mut crossing = row["crossings"][0].clone();
            crossing["kappa"] = row["kappa"].clone();
            compare(
                weights,
                "storage",
                "theta",
                Quantity::At,
                &crossing,
                "alpha",
            );
        }
    }
    ledger.end(30);
}

#[test]
fn teacher_student_transitions() {
    // 34-digit mpmath evaluation of the Bayes-optimal equations.
    let student = named("binary", "teacher", "theta");
    let p = Parameters::default();
    let first = student
        .threshold(Quantity::FirstOrder, &p)
        .expect("converges");
    assert!(
        (first.value - 1.244_683_989_850_69).abs() < 1e-13,
        "{}",
        first.value
    );
    assert!((first.state.observables.q.expect("solved") - 0.693760219654526).abs() < 1e-12);
    let spinodal = student
        .threshold(Quantity::Spinodal, &p)
        .expect("converges");
    assert!(
        (spinodal.value - 1.492_631_818_230_351).abs() < 1e-12,
        "{}",
        spinodal.value
    );
    // The replicon vanishes exactly at the spinodal of the Bayes-optimal problem.
    let at = spinodal.state.observables.at_stability.expect("defined");
    assert!(at.abs() < 1e-5, "{at}");
    for critical in [first, spinodal] {
        assert!(critical.error_estimate < 1e-11);
        let o = critical.state.observables;
        assert!(
            (o.m.expect("teacher") - o.q.expect("solved")).abs() < 1e-10,
            "Nishimori"
        );
    }
}
