//! Weights whose norm nothing fixes: saddle points, teachers and capacities against independent
//! computations.
//!
//! `free-norm.json`: trapezoidal sums with 34 digits. `free-norm-priors.json`: the same equations by
//! another code in doubles, with the residual that it reached. Their fields say what is counted; `A`
//! and `Q_hat` are [`Observables::norm_hat`].

use crate::reference::{Entry, Ledger, table};
use quenched::model::prior::{Norm, by_name};
use quenched::model::{Control, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::model::{minimiser, model as ensemble};
use quenched::replica::observables::Observables;
use quenched::replica::reason::Reason;
use quenched::replica::state::{Outcome, State, Status};
use quenched::replica::sweep::Branches;
use quenched::replica::threshold::{Critical, Quantity};

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
        "hinge" | "square" => {}
        other => panic!("loss {other}"),
    }
    p
}

fn named(weights: &str, data: &str, loss: &str) -> Ensemble {
    let law = by_name(weights).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(law.norm(), Norm::Free, "{weights}");
    ensemble(weights, data, loss).unwrap_or_else(|| panic!("{weights} {data} {loss}"))
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
        let model = ensemble(weights, "storage", loss).expect("registered");
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

#[test]
fn ridge_regression() {
    let mut ledger = Ledger::default();
    for row in table("free-norm.json").rows("ridge_ground_state") {
        let (data, loss, ridge) = (row.text("data"), row.text("loss"), row.number("lambda"));
        let model = minimiser(ridge, data, loss).expect("registered");
        let p = parameters(&row, false);
        let state = state(&model, &p);
        let o = &state.observables;
        let label = format!("{data} {loss} {ridge}");
        ledger.close(&label, "chi", o.chi, row.number("chi"), 1e-12);
        ledger.close(&label, "Q", o.q, row.number("Q"), 1e-12);
        let m = o.m.unwrap_or(0.0);
        ledger.close(&label, "m", Some(m), row.number("m"), 1e-12);
        let energy = o.ground_state_energy;
        ledger.close(&label, "energy", energy, row.number("energy"), 1e-12);
        ledger.check(&format!("{label} status"), state.status() == Status::Ok);
    }
    ledger.end(3 * 5);
}

/// `½(κ-√Q x)₊² = Q ½(κ/√Q-x)₊²`: the minimiser of norm `Q` is that of the sphere at the margin
/// `κ/√Q`, and its energy, with the ridge's, is stationary in `Q`.
#[test]
fn a_homogeneous_loss_with_a_ridge_is_that_of_the_sphere() {
    let mut ledger = Ledger::default();
    for (data, alpha, kappa, ridge) in [
        ("storage", 1.0, 1.0, 0.3),
        ("storage", 3.0, 0.5, 0.05),
        ("teacher", 2.0, 1.0, 0.4),
        ("teacher", 0.7, 0.8, 1.5),
    ] {
        let p = Parameters {
            alpha,
            kappa,
            ..Parameters::default()
        };
        let model = minimiser(ridge, data, "squared-hinge").expect("registered");
        let with_ridge = state(&model, &p).observables;
        let square = with_ridge.q.expect("a norm");
        let sphere = ensemble("spherical", data, "squared-hinge").expect("registered");
        let energy = |square: f64| {
            let scaled = p.with(Control::Kappa, kappa / square.sqrt());
            let o = state(&sphere, &scaled).observables;
            let energy = o.ground_state_energy.expect("a ground state");
            (square * energy + 0.5 * ridge * square, o)
        };
        let label = format!("{data} {alpha} {kappa} {ridge}");
        let (total, o) = energy(square);
        ledger.close(
            &label,
            "energy",
            with_ridge.ground_state_energy,
            total,
            1e-12,
        );
        let m = o.m.unwrap_or(0.0);
        ledger.close(
            &label,
            "cosine",
            Some(with_ridge.cosine.unwrap_or(0.0)),
            m,
            1e-9,
        );
        let step = 1e-4 * square;
        let slope = (energy(square + step).0 - energy(square - step).0) / (2.0 * step);
        ledger.check(&format!("{label} slope {slope:e}"), slope.abs() < 1e-6);
    }
    ledger.end(4 * 3);
}

/// At β = ∞ the law of the weights does not matter where the minimiser is unique: it is that of a
/// vanishing ridge. There is none where the patterns can be separated, or be fitted in many ways.
#[test]
fn ground_states_of_a_free_norm_are_those_without_a_ridge() {
    for weights in ["gaussian", "laplace"] {
        for loss in ["hinge", "cross-entropy", "square"] {
            let model = named(weights, "storage", loss);
            let p = Parameters {
                alpha: 3.0,
                ..Parameters::default()
            };
            let free = state(&model, &p);
            assert_eq!(free.status(), Status::Ok, "{weights} {loss}");
            let energy = |ridge| {
                let model = minimiser(ridge, "storage", loss).expect("registered");
                let energy = state(&model, &p).observables.ground_state_energy;
                energy.expect("a ground state")
            };
            let own = free.observables.ground_state_energy.expect("an energy");
            assert!((own - energy(0.0)).abs() < 1e-12, "{weights} {loss}");
            let square = free.observables.q.expect("a norm");
            // The energy is stationary in the weights: a small ridge adds λQ/2.
            let gap = energy(1e-6) - own - 0.5e-6 * square;
            assert!(gap.abs() < 1e-10, "{weights} {loss}: {gap:e}");
        }
        let p = Parameters::default();
        let outcomes = named(weights, "storage", "cross-entropy").sweep(
            &p,
            Control::Alpha,
            &[0.5, 1.9],
            Branches::Dominant,
        );
        for outcome in outcomes {
            let Outcome::Missing(missing) = outcome else {
                panic!("{weights}: {outcome:?}");
            };
            assert_eq!(missing.reason(), Reason::NoFiniteMinimum);
        }
    }
    let reason = |ridge, data, loss, alpha| {
        let model = minimiser(ridge, data, loss).expect("registered");
        let p = Parameters::default().with(Control::Alpha, alpha);
        let outcomes = model.sweep(&p, Control::Alpha, &[alpha], Branches::Dominant);
        match &outcomes[0] {
            Outcome::Missing(missing) => Some(missing.reason()),
            Outcome::States(_) => None,
        }
    };
    for (ridge, data, loss, alpha, expected) in [
        (0.0, "storage", "hinge", 1.9, Some(Reason::NotUnique)),
        (0.0, "storage", "hinge", 2.1, None),
        (0.0, "teacher", "hinge", 5.0, Some(Reason::NotUnique)),
        (
            0.0,
            "teacher",
            "cross-entropy",
            5.0,
            Some(Reason::NoFiniteMinimum),
        ),
        (0.0, "teacher", "square", 0.9, Some(Reason::NotUnique)),
        (0.0, "teacher", "square", 1.1, None),
        (0.0, "storage", "perceptron", 1.5, Some(Reason::NotUnique)),
        (0.0, "storage", "perceptron", 2.5, Some(Reason::ZeroWeights)),
        (0.1, "teacher", "perceptron", 1.5, Some(Reason::ZeroWeights)),
    ] {
        let label = format!("{ridge} {data} {loss} {alpha}");
        assert_eq!(reason(ridge, data, loss, alpha), expected, "{label}");
    }
}

#[test]
fn what_has_a_ridge_has_a_theory_at_zero_temperature_only() {
    let model = minimiser(0.5, "storage", "hinge").expect("registered");
    let p = Parameters {
        beta: 2.0,
        ..Parameters::default()
    };
    let outcomes = model.sweep(&p, Control::Alpha, &[0.5], Branches::Dominant);
    let Outcome::Missing(missing) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(missing.reason(), Reason::NoTheory);
    let refused = model.threshold(Quantity::Capacity, &p).expect_err("none");
    assert_eq!(refused.reason(), Reason::NoTheory);
    assert!(minimiser(0.5, "storage", "theta").is_none());
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
            let Outcome::States(states) = &outcome[0] else {
                panic!("{weights} at {alpha}: {outcome:?}");
            };
            let statuses: Vec<Status> = states.iter().map(|(_, s)| s.status()).collect();
            assert_eq!(statuses, [Status::Ok], "{weights} at {alpha}: {outcome:?}");
        }
    }
}

/// Where nothing fixes the length, a margin above zero is no harder than zero, and one below is met by
/// short weights, a window too: no sphere's capacity belongs to them.
#[test]
fn capacities_of_continuous_weights_of_any_length() {
    let critical = |weights: &str, data: &str, loss: &str, kappa: f64| {
        let p = Parameters::default().with(Control::Kappa, kappa);
        let found = named(weights, data, loss).threshold(Quantity::Capacity, &p);
        found.map_err(|missing| missing.reason())
    };
    for weights in ["gaussian", "laplace"] {
        for kappa in [0.0, 0.3, 1.0] {
            let found = critical(weights, "storage", "theta", kappa).expect("Cover's");
            assert!((found.value - 2.0).abs() < 1e-13, "{weights} {kappa}");
            assert_eq!(found.state.status(), Status::Ok, "{weights} {kappa}");
        }
        let equations = critical(weights, "storage", "square", 0.0).expect("as many as weights");
        assert!((equations.value - 1.0).abs() < 1e-13, "{weights}");
        for (data, loss, kappa) in [
            ("storage", "theta", -1.0),
            ("storage", "window", 1.0),
            ("teacher", "window", 0.5),
            ("teacher", "theta", 1.0),
            ("teacher", "hinge", 0.0),
        ] {
            let reason = critical(weights, data, loss, kappa).err();
            let label = format!("{weights} {data} {loss} {kappa}");
            assert_eq!(reason, Some(Reason::SomeLengthSatisfies), "{label}");
        }
        // What has no capacity has states at loads far beyond that of the sphere.
        let p = Parameters {
            alpha: 30.0,
            kappa: 1.0,
            ..Parameters::default()
        };
        let heavy = state(&named("gaussian", "storage", "window"), &p);
        assert_eq!(heavy.status(), Status::Ok);
    }
}
