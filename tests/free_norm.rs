//! Weights whose norm nothing fixes: saddle points, teachers and capacities against independent
//! computations.
//!
//! `free-norm.json`: trapezoidal sums with 34 digits. `free-norm-priors.json`: the same equations by
//! another code in doubles, with the residual that it reached. Their fields say what is counted; `A`
//! and `Q_hat` are [`Observables::norm_hat`].

mod reference;

use quenched::model::prior::{Norm, by_name};
use quenched::model::{Control, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::model::model;
use quenched::replica::observables::Observables;
use quenched::replica::state::{Outcome, State, Status};
use quenched::replica::sweep::Branches;
use quenched::replica::threshold::{Critical, Quantity};
use reference::{Entry, Ledger, table};

/// The parameters of a row: `beta` is null for a hard constraint, and a loss has its own.
fn parameters(row: &Entry, temperature: bool) -> Parameters {
    let mut p = Parameters {
        alpha: row.number("alpha"),
        ..Parameters::default()
    };
    if temperature {
        p.beta = row.found("beta").unwrap_or(f64::INFINITY);
    }
    match row.text("loss") {
        "theta" | "window" => p.kappa = row.number("kappa"),
        "cross-entropy" => p.gamma = row.number("gamma"),
        "hinge" => {}
        other => panic!("loss {other}"),
    }
    p
}

fn named(weights: &str, data: &str, loss: &str) -> Ensemble {
    let law = by_name(weights).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(law.norm(), Norm::Free, "{weights}");
    model(weights, data, loss).unwrap_or_else(|| panic!("{weights} {data} {loss}"))
}

fn state(model: &Ensemble, p: &Parameters) -> State {
    let mut outcomes = model.sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant);
    let outcome: Outcome = outcomes.remove(0);
    let state = outcome.dominant();
    state
        .unwrap_or_else(|| panic!("{p:?}: {outcome:?}"))
        .clone()
}

fn value(o: &Observables, key: &str) -> Option<f64> {
    match key {
        "q" => o.q,
        "Q" => o.norm,
        "q_hat" => o.q_hat,
        "A" | "Q_hat" => o.norm_hat,
        "m" => o.m,
        "m_hat" => o.m_hat,
        // Of a hard constraint it is the entropy.
        "free_entropy" => o.free_entropy.or(o.entropy),
        "entropy" => o.entropy,
        "generalization_error" => o.generalization_error,
        other => panic!("{other} is not a quantity"),
    }
}

/// Compares quantities of a state, and what it says of its own errors.
fn compare(ledger: &mut Ledger, label: &str, state: &State, row: &Entry, keys: &[&str]) {
    for key in keys {
        let got = value(&state.observables, key);
        ledger.close(label, key, got, row.number(key), 5e-12);
    }
    let residual = format!("{label} residual {:e}", state.residual);
    ledger.check(&residual, state.residual < 1e-11);
    let error = format!("{label} error {:e}", state.error_estimate);
    ledger.check(&error, state.error_estimate < 1e-11);
}

#[test]
fn random_labels() {
    let mut ledger = Ledger::default();
    let keys = ["q", "Q", "q_hat", "A", "free_entropy"];
    for row in table("free-norm.json").rows("storage") {
        let p = parameters(&row, true);
        let (weights, loss) = (row.text("weights"), row.text("loss"));
        let model = named(weights, row.text("data"), loss);
        let label = format!("{weights} {loss} {p:?}");
        let state = state(&model, &p);
        compare(&mut ledger, &label, &state, &row, &keys);
        ledger.check(&format!("{label} status"), state.status() == Status::Ok);
    }
    ledger.end(7 * (5 + 3));
}

#[test]
fn random_labels_of_another_code() {
    let mut ledger = Ledger::default();
    for row in table("free-norm-priors.json").rows("saddle") {
        let weights = row.text("weights");
        let p = Parameters {
            alpha: row.number("alpha"),
            kappa: row.number("kappa"),
            ..Parameters::default()
        };
        let model = named(weights, "storage", "theta");
        let state = state(&model, &p);
        let keys = ["q", "Q", "q_hat", "Q_hat", "entropy"];
        compare(&mut ledger, weights, &state, &row, &keys);
        // The residual of the other code bounds how far it can be asked.
        ledger.check(weights, row.number("res") < 1e-14);
    }
    ledger.end(5 * (5 + 3));
}

#[test]
fn teachers() {
    teachers_of(|weights| weights != "laplace", 6 * (8 + 3));
}

#[test]
fn teachers_of_the_laplace_law() {
    teachers_of(|weights| weights == "laplace", 2 * (8 + 3));
}

fn teachers_of(which: impl Fn(&str) -> bool, comparisons: usize) {
    let mut ledger = Ledger::default();
    let keys = [
        "q",
        "Q",
        "m",
        "q_hat",
        "A",
        "m_hat",
        "free_entropy",
        "generalization_error",
    ];
    for row in table("free-norm.json").rows("teacher") {
        let p = parameters(&row, true);
        let weights = row.text("weights");
        if !which(weights) {
            continue;
        }
        let model = named(weights, row.text("data"), row.text("loss"));
        let label = format!("{weights} {}", p.alpha);
        let start = std::time::Instant::now();
        let state = state(&model, &p);
        println!("{label}: {:?}", start.elapsed());
        compare(&mut ledger, &label, &state, &row, &keys);
        let (m, q) = (state.observables.m, state.observables.q);
        ledger.close(&label, "Nishimori", m, q, 1e-11);
    }
    ledger.end(comparisons);
}

fn capacity(model: &Ensemble, p: &Parameters) -> Critical {
    let found = model.threshold(Quantity::Capacity, p);
    found.unwrap_or_else(|missing| panic!("{p:?}: {missing:?}"))
}

#[test]
fn capacities() {
    let mut ledger = Ledger::default();
    for row in table("free-norm.json").rows("capacity") {
        let p = parameters(&row, false);
        let (weights, loss) = (row.text("weights"), row.text("loss"));
        let model = model(weights, "storage", loss).expect("registered");
        let critical = capacity(&model, &p);
        let label = format!("{weights} {loss}");
        let want = row.number("alpha");
        ledger.close(&label, "alpha", Some(critical.value), want, 1e-11);
        let error = format!("{label} error {:e}", critical.error_estimate);
        ledger.check(&error, critical.error_estimate < 1e-10);
        if loss == "window" {
            // The annealed bound is exact: every overlap but zero costs more than it brings.
            let inside = 1.0 - libm::erfc(p.kappa / 2f64.sqrt());
            let annealed = Some(-(2f64.ln()) / inside.ln());
            ledger.close(&label, "annealed", annealed, want, 1e-14);
        } else {
            let o = critical.state.observables;
            for key in ["q", "Q", "q_hat", "A"] {
                ledger.close(&label, key, value(&o, key), row.number(key), 1e-10);
            }
            ledger.close(&label, "entropy", o.entropy, 0.0, 1e-11);
        }
    }
    for row in table("free-norm-priors.json").rows("capacity") {
        let weights = row.text("weights");
        let p = Parameters {
            kappa: row.number("kappa"),
            ..Parameters::default()
        };
        let critical = capacity(&named(weights, "storage", "theta"), &p);
        let (got, want) = (Some(critical.value), row.number("alpha"));
        ledger.close(weights, "alpha of another code", got, want, 1e-11);
    }
    ledger.end((2 + 5) + (2 + 1) + 1);
}

/// Ground states of a free norm have no theory: nothing is answered, and nothing is called good.
#[test]
fn ground_states_are_not_answered() {
    let p = Parameters::default();
    for weights in ["gaussian", "laplace"] {
        for loss in ["square", "cross-entropy"] {
            let model = named(weights, "storage", loss);
            assert!(!model.has_ground(), "{weights}");
            for alpha in [0.5, 2.0] {
                let outcomes = model.sweep(&p, Control::Alpha, &[alpha], Branches::Dominant);
                let state = outcomes[0].dominant();
                // Least squares of fewer patterns than weights leave a volume of minimisers.
                let solutions = loss == "square" && alpha < 1.0;
                let label = format!("{weights} {loss} {alpha}: {:?}", outcomes[0]);
                assert!(solutions || state.is_none(), "{label}");
            }
        }
    }
}

#[test]
fn a_log_concave_posterior_has_one_state_and_no_barrier() {
    for weights in ["gaussian", "laplace"] {
        let model = named(weights, "storage", "theta");
        for alpha in [0.5, 0.9, 1.0, 1.1, 1.5, 1.6] {
            let p = Parameters {
                alpha,
                kappa: 1.0,
                ..Parameters::default()
            };
            let outcome = model.sweep(&p, Control::Alpha, &[alpha], Branches::All);
            let Outcome::Found(states) = &outcome[0] else {
                panic!("{weights} at {alpha}: {outcome:?}");
            };
            let statuses: Vec<Status> = states.iter().map(|(_, s)| s.status()).collect();
            assert_eq!(statuses, [Status::Ok], "{weights} at {alpha}: {outcome:?}");
        }
    }
}
