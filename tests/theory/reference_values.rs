//! Saddle points and thresholds against independent computations.
//!
//! `binary-perceptron-rs.json` and `spherical-perceptron-rs.json`: values to 1e-10 from separate
//! Python codes. `rs-oracle.json`: values to 1e-12 for every loss, data and temperature, from a
//! derivation and code that share nothing with this crate; a subset was checked with nested mpmath
//! quadrature, and some of it with finite-size minimisation and message passing (its own fields say
//! which).

use crate::reference::{Entry, Ledger, table};
use quenched::model::{Control, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::model::model;
use quenched::replica::reason::Missing;
use quenched::replica::state::{Outcome, State, Status};
use quenched::replica::sweep::Branches;
use quenched::replica::threshold::Quantity;

fn named(weights: &str, data: &str, loss: &str) -> Ensemble {
    model(weights, data, loss).expect("registered")
}

/// Load and margin of a row.
fn parameters(row: &Entry) -> Parameters {
    parameters_of(row, &["alpha", "kappa"])
}

/// The parameters that a row is about; the others have their defaults.
fn parameters_of(row: &Entry, names: &[&str]) -> Parameters {
    let mut p = Parameters::default();
    for name in names {
        let value = row.number(name);
        match *name {
            "alpha" => p.alpha = value,
            "kappa" => p.kappa = value,
            "beta" => p.beta = value,
            "gamma" => p.gamma = value,
            other => panic!("{other} is not a parameter"),
        }
    }
    p
}

/// The parameters that a loss has of its own.
fn own(loss: &str) -> &'static [&'static str] {
    match loss {
        "theta" => &["kappa"],
        "cross-entropy" => &["gamma"],
        "square" | "hinge" => &[],
        other => panic!("loss {other}"),
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
    for row in &reference.rows("saddle") {
        let p = parameters(row);
        let label = format!("kappa={} alpha={}", p.kappa, p.alpha);
        let found = outcome(&perceptron, &p);
        let Some(q) = row.found("q") else {
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
        ledger.close(&label, "q", o.q, q, 1.1e-11);
        ledger.close(&label, "q_hat", o.q_hat, row.number("qh"), 1.1e-10);
        ledger.close(&label, "entropy", o.entropy, row.number("entropy"), 1.1e-11);
        ledger.close(
            &label,
            "replicon",
            o.at_stability.map(|s| 1.0 - s),
            row.number("replicon"),
            1.1e-10,
        );
        ledger.check(&format!("{label} trust"), trusted(state));
        let physical = row.flag("physical");
        ledger.check(
            &format!("{label} status"),
            (state.status() == Status::Ok) == physical,
        );
    }
    for row in &reference.rows("capacity") {
        let p = parameters_of(row, &["kappa"]);
        let critical = perceptron
            .threshold(Quantity::Capacity, &p)
            .expect("converges");
        let label = format!("capacity kappa={}", p.kappa);
        ledger.close(
            &label,
            "value",
            Some(critical.value),
            row.number("alpha_c"),
            1.1e-11,
        );
        ledger.close(
            &label,
            "value",
            critical.state.observables.q,
            row.number("q"),
            1.1e-11,
        );
        ledger.check(
            &format!("{label} error {}", critical.error_estimate),
            critical.error_estimate < 1e-11 * (1.0 + critical.value),
        );
    }
    for row in &reference.rows("kappa_max") {
        let p = parameters_of(row, &["alpha"]);
        let critical = perceptron
            .threshold(Quantity::KappaMax, &p)
            .expect("converges");
        let label = format!("kappa-max alpha={}", p.alpha);
        ledger.close(
            &label,
            "value",
            Some(critical.value),
            row.number("kappa_max"),
            1.1e-11,
        );
        ledger.close(
            &label,
            "value",
            critical.state.observables.q_hat,
            row.number("qh"),
            1.1e-10,
        );
    }
    ledger.end(13 * 6 + 2 + 5 * 3 + 7 * 2);
}

#[test]
fn spherical_storage() {
    let reference = table("spherical-perceptron-rs.json");
    let perceptron = named("spherical", "storage", "theta");
    let mut ledger = Ledger::default();
    for row in &reference.rows("saddle") {
        let p = parameters(row);
        let label = format!("kappa={} alpha={}", p.kappa, p.alpha);
        let found = outcome(&perceptron, &p);
        let state = found
            .dominant()
            .unwrap_or_else(|| panic!("{label}: {found:?}"));
        let o = state.observables;
        ledger.close(&label, "q", o.q, row.number("q"), 1.1e-11);
        ledger.close(&label, "entropy", o.entropy, row.number("phi"), 1.1e-11);
        ledger.close(
            &label,
            "replicon",
            o.at_stability.map(|s| 1.0 - s),
            row.number("replicon"),
            1.1e-10,
        );
        ledger.check(&format!("{label} trust"), trusted(state));
        let stable = row.flag("RS_stable");
        ledger.check(
            &format!("{label} status"),
            (state.status() == Status::Ok) == stable,
        );
    }
    for row in &reference.rows("capacity") {
        let p = parameters_of(row, &["kappa"]);
        let critical = perceptron
            .threshold(Quantity::Capacity, &p)
            .expect("converges");
        let label = format!("capacity kappa={}", p.kappa);
        ledger.close(
            &label,
            "value",
            Some(critical.value),
            row.number("alpha_c_RS"),
            1.1e-11,
        );
        ledger.close(
            &label,
            "value",
            critical.state.observables.at_stability.map(|s| 1.0 - s),
            row.number("replicon_at_RS_capacity"),
            1.1e-11,
        );
        let stable = row.flag("RS_stable_at_capacity");
        ledger.check(
            &format!("{label} status"),
            (critical.status() == Status::Ok) == stable,
        );
        let at = perceptron.threshold(Quantity::At, &p);
        if stable {
            let none = matches!(at, Err(Missing::Absent { .. }));
            ledger.check(&format!("{label}: no AT line"), none);
        } else {
            let label = format!("at kappa={}", p.kappa);
            let at = at.ok().map(|c| c.value);
            ledger.close(&label, "value", at, row.number("alpha_AT"), 1.1e-10);
        }
    }
    for row in &reference.rows("AT_extra") {
        let p = parameters_of(row, &["kappa"]);
        let at = perceptron.threshold(Quantity::At, &p).expect("converges");
        let want = row.at("AT").nth(0);
        let label = format!("at kappa={}", p.kappa);
        ledger.close(
            &label,
            "value",
            Some(at.value),
            want.nth(0).value(),
            1.1e-10,
        );
        ledger.close(
            &label,
            "q",
            at.state.observables.q,
            want.nth(1).value(),
            1.1e-10,
        );
    }
    ledger.end(19 * 5 + 2 * 4 + 4 * 2);
}

/// Compares the quantities that a row holds.
fn compare_state(
    ledger: &mut Ledger,
    label: &str,
    state: &State,
    (row, keys): (&Entry, &[&str]),
    tolerance: f64,
) {
    let o = state.observables;
    let alpha = row.number("alpha");
    for &key in keys {
        let got = match key {
            "q" => o.q,
            "q_hat" => o.q_hat,
            "m" => o.m,
            "m_hat" => o.m_hat,
            "chi" => o.chi,
            // Of a hard constraint it is the entropy.
            "free_entropy" => o.free_entropy.or(o.entropy),
            "entropy" => o.entropy,
            "ground_state_energy" => o.ground_state_energy.map(|e| e / alpha),
            "training_loss" => o.training_loss,
            "training_error" => o.training_error,
            "generalization_error" => o.generalization_error,
            "replicon" => o.at_stability.map(|s| 1.0 - s),
            other => panic!("{other} is not a quantity"),
        };
        ledger.close(label, key, got, row.found(key), tolerance);
    }
}

fn label(row: &Entry, p: &Parameters) -> String {
    let [weights, data, loss] = ["weights", "data", "loss"].map(|key| row.text(key));
    format!(
        "{weights} {data} {loss} alpha={} beta={} kappa={} gamma={}",
        p.alpha, p.beta, p.kappa, p.gamma
    )
}

/// The parameters of a row at some temperature.
fn thermal(row: &Entry) -> Parameters {
    parameters_of(row, &[&["alpha", "beta"], own(row.text("loss"))].concat())
}

fn model_of(row: &Entry) -> Ensemble {
    let [weights, data, loss] = ["weights", "data", "loss"].map(|key| row.text(key));
    named(weights, data, loss)
}

/// What rows of solved states hold.
const SOLVED: [&str; 10] = [
    "q",
    "q_hat",
    "m",
    "m_hat",
    "free_entropy",
    "entropy",
    "training_loss",
    "training_error",
    "generalization_error",
    "replicon",
];

#[test]
fn every_loss_at_finite_temperature() {
    let reference = table("rs-oracle.json");
    let mut ledger = Ledger::default();
    for row in &reference.rows("points") {
        let p = thermal(row);
        let label = label(row, &p);
        let no_solution = row.text("status") == "no_solution";
        // Where the teacher itself dominates, the tabulated state is the metastable one.
        let branches = if row.text("data") == "teacher" && row.text("loss") == "theta" {
            Branches::All
        } else {
            Branches::Dominant
        };
        let found = model_of(row)
            .sweep(&p, Control::Alpha, &[p.alpha], branches)
            .remove(0);
        let states = match found {
            Outcome::States(states) => states,
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
            let want = if no_solution { 1.0 } else { row.number("q") };
            let off = |s: &State| s.observables.q.map_or(1.0, |q| (q - want).abs());
            off(a).total_cmp(&off(b))
        });
        match nearest {
            _ if no_solution => {
                // An unstable saddle point off the Nishimori line is no state.
                let stable = |s: &State| s.status() == Status::Ok;
                ledger.check(
                    &format!("{label} has only the teacher"),
                    !nearest.is_some_and(stable),
                )
            }
            Some(state) => {
                compare_state(&mut ledger, &label, state, (row, &SOLVED), 2e-11);
                ledger.check(
                    &format!("{label} trust {} {}", state.residual, state.error_estimate),
                    trusted(state),
                );
            }
            None => ledger.check(&format!("{label} not found"), false),
        }
    }
    ledger.end(195 * 11 - 3 * 96 + 3);
}

/// What rows of ground states hold besides their order parameters.
const GROUND: [&str; 4] = [
    "ground_state_energy",
    "training_error",
    "generalization_error",
    "replicon",
];

#[test]
fn zero_temperature() {
    let reference = table("rs-oracle.json");
    let mut ledger = Ledger::default();
    for row in &reference.rows("zero_temperature_spherical") {
        let p = thermal(row);
        let label = label(row, &p);
        let found = outcome(&model_of(row), &p);
        let Some(state) = found.dominant() else {
            ledger.check(&format!("{label}: {found:?}"), false);
            continue;
        };
        let keys = match (row.flag("sat"), row.text("loss")) {
            (false, _) => [&["q", "m", "chi"][..], &GROUND].concat(),
            // The minimisers of a square loss that vanishes have no volume.
            (true, "square") => vec!["q", "m", "ground_state_energy"],
            (true, _) => [&SOLVED[..], &["ground_state_energy"]].concat(),
        };
        compare_state(&mut ledger, &label, state, (row, &keys), 2e-11);
        ledger.check(
            &format!("{label} trust {} {}", state.residual, state.error_estimate),
            trusted(state),
        );
    }
    for row in &reference.rows("frozen_binary") {
        let loss = row.text("loss");
        let p = parameters_of(row, &[&["alpha"], own(loss)].concat());
        let label = format!("frozen {loss} {p:?}");
        let model = named("binary", "storage", loss);
        let frozen = model.threshold(Quantity::Freezing, &p).expect("converges");
        let want = row.number("beta_s");
        ledger.close(&label, "beta_s", Some(frozen.value), want, 1e-10);
        ledger.check(
            &format!("{label} error {:e}", frozen.error_estimate),
            frozen.error_estimate < 1e-8 * want,
        );
        let o = frozen.state.observables;
        ledger.close(&label, "q", o.q, row.number("q"), 1e-11);
        ledger.close(
            &label,
            "loss",
            o.training_loss,
            row.number("training_loss"),
            1e-11,
        );
        ledger.close(
            &label,
            "error",
            o.training_error,
            row.number("training_error"),
            1e-11,
        );
    }
    ledger.end(280 + 13 * 5);
}

#[test]
fn thresholds() {
    let reference = table("rs-oracle.json");
    let rows = |key: &str| reference.at("thresholds").rows(key);
    let mut ledger = Ledger::default();
    let mut compare =
        |weights: &str, quantity: Quantity, (given, value): (&str, f64), want: f64| {
            let mut p = Parameters::default();
            match given {
                "kappa" => p.kappa = value,
                _ => p.alpha = value,
            }
            let label = format!("{weights} {quantity:?} {given}={value}");
            match named(weights, "storage", "theta").threshold(quantity, &p) {
                Ok(critical) => {
                    let scale = 1.0 + want.abs();
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
        let kappa = ("kappa", row.number("kappa"));
        compare("binary", Quantity::Capacity, kappa, row.number("alpha"));
    }
    for row in rows("binary_kappa_max") {
        let alpha = ("alpha", row.number("alpha_wanted"));
        compare("binary", Quantity::KappaMax, alpha, row.number("kappa_max"));
    }
    for (weights, key) in [("binary", "binary_AT"), ("spherical", "spherical_AT")] {
        for row in rows(key) {
            let kappa = ("kappa", row.number("kappa"));
            let want = row.at("crossings").nth(0).number("alpha");
            compare(weights, Quantity::At, kappa, want);
        }
    }
    ledger.end(2 * (13 + 6 + 5 + 9));
}

/// Counts quantities farther from the independent computation than what is claimed of the row, beyond
/// the change of its own resolution.
#[derive(Default)]
struct Coverage {
    compared: usize,
    missed: Vec<String>,
}

impl Coverage {
    fn row(&mut self, label: &str, state: &State, claimed: f64, row: &Entry, own: f64) {
        let o = &state.observables;
        let replicon = o.at_stability.map(|s| 1.0 - s);
        for (key, got, scaled) in [
            ("q", o.q, false),
            ("q_hat", o.q_hat, true),
            ("m", o.m, false),
            ("m_hat", o.m_hat, true),
            ("chi", o.chi, true),
            ("entropy", o.entropy, false),
            ("training_loss", o.training_loss, false),
            ("training_error", o.training_error, false),
            ("generalization_error", o.generalization_error, false),
            ("replicon", replicon, true),
        ] {
            let Some((got, want)) = got.zip(row.has(key).then(|| row.found(key)).flatten()) else {
                continue;
            };
            let claim = claimed * if scaled { got.abs().max(1.0) } else { 1.0 };
            self.compared += 1;
            if (got - want).abs() > claim + (own + f64::EPSILON) * want.abs().max(1.0) {
                self.missed
                    .push(format!("{label} {key}: {got} {want} {claim:e}"));
            }
        }
    }

    fn end(self, compared: usize) {
        assert!(self.missed.is_empty(), "{}", self.missed.join("\n"));
        assert_eq!(self.compared, compared);
    }
}

#[test]
fn errors_of_ground_states_and_of_gibbs_measures_cover_every_quantity() {
    let reference = table("rs-oracle.json");
    let mut coverage = Coverage::default();
    let rows = [
        reference.rows("points"),
        reference.rows("zero_temperature_spherical"),
    ];
    for row in rows.iter().flatten() {
        // The tabulated state of theta and a teacher may be metastable.
        if row.text("data") == "teacher" && row.text("loss") == "theta" {
            continue;
        }
        let p = thermal(row);
        let found = outcome(&model_of(row), &p);
        let state = found.dominant().expect("solved");
        let noted = row.has("resolution_change");
        let own = if noted {
            row.number("resolution_change")
        } else {
            0.0
        };
        coverage.row(&label(row, &p), state, state.error_estimate, row, own);
    }
    coverage.end(1314);
}

#[test]
fn errors_at_thresholds_cover_every_quantity() {
    let reference = table("rs-oracle.json");
    let thresholds = reference.at("thresholds");
    let mut coverage = Coverage::default();
    for (key, quantity, given) in [
        ("binary_capacity", Quantity::Capacity, "kappa"),
        ("binary_kappa_max", Quantity::KappaMax, "alpha_wanted"),
        ("binary_AT", Quantity::At, "kappa"),
        ("spherical_AT", Quantity::At, "kappa"),
    ] {
        let own = thresholds.at("resolution_change").number(key);
        for row in thresholds.rows(key) {
            let value = row.number(given);
            let control = match given {
                "kappa" => Control::Kappa,
                _ => Control::Alpha,
            };
            let p = Parameters::default().with(control, value);
            let weights = key.split('_').next().expect("weights");
            let critical = named(weights, "storage", "theta").threshold(quantity, &p);
            let critical = critical.expect("exists");
            let values = match quantity {
                Quantity::At => row.at("crossings").nth(0),
                _ => row,
            };
            let label = format!("{key} {given}={value}");
            let claimed = critical.error_estimate.max(critical.state.error_estimate);
            coverage.row(&label, &critical.state, claimed, &values, own);
        }
    }
    coverage.end(123);
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
