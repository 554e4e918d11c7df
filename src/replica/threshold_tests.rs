//! Right values of thresholds, and of states near them, computed independently.

use super::ensemble::Ensemble;
use super::reason::{Missing, Reason};
use super::state::{Outcome, Standing, State, Status};
use super::sweep::Branches;
use super::threshold::Quantity;
use crate::model::loss::{Hinge, Perceptron, SquaredHinge, Theta};
use crate::model::prior::{Binary, Spherical, Ternary};
use crate::model::{Control, Data, Parameters};
use std::sync::Arc;

fn teacher() -> Ensemble {
    Ensemble::new(Arc::new(Binary), Arc::new(Theta), Data::Teacher)
}

fn at(alpha: f64, kappa: f64, beta: f64) -> Parameters {
    Parameters {
        alpha,
        kappa,
        beta,
        ..Parameters::default()
    }
}

const HARD: f64 = f64::INFINITY;

fn states(model: &Ensemble, p: &Parameters) -> Vec<(String, State)> {
    match model
        .sweep(p, Control::Alpha, &[p.alpha], Branches::All)
        .remove(0)
    {
        Outcome::States(states) => states,
        other => panic!("{other:?}"),
    }
}

#[test]
fn spherical_capacities_keep_their_digits_far_in_the_tail() {
    // 1/E(t+κ)₊² by 50-digit quadrature.
    let sphere = Ensemble::new(Arc::new(Spherical), Arc::new(Theta), Data::Storage);
    for (kappa, right) in [(-5.0, 51697499.847051), (-7.0, 21015319105691.754)] {
        let found = sphere
            .threshold(Quantity::Capacity, &at(1.0, kappa, HARD))
            .expect("closed form");
        assert!(
            (found.value / right - 1.0).abs() < 1e-14,
            "{kappa}: {}",
            found.value
        );
        assert!(found.error_estimate < 1e-12 * right);
    }
    let far = sphere.threshold(Quantity::Capacity, &at(1.0, -50.0, HARD));
    let far = far.expect_err("more than numbers hold");
    assert_eq!(far.reason(), Reason::OutOfReach);
}

#[test]
fn the_transition_to_the_teacher_is_continuous_at_margin_zero() {
    let model = teacher();
    let first = |kappa: f64| {
        let p = at(1.0, kappa, HARD);
        model
            .threshold(Quantity::FirstOrder, &p)
            .expect("exists")
            .value
    };
    let zero = first(0.0);
    assert!((zero - 1.244_683_989_850_69).abs() < 1e-12, "{zero}");
    assert!((first(-1e-6) - zero).abs() < 1e-5);
    assert!((first(-0.1) - 1.533_411_138_341).abs() < 1e-11);
    // The state near the teacher dominates beyond it, and is none of negative entropy.
    let found = states(&model, &at(1.3, -1e-6, HARD));
    let best = &found[0].1;
    assert!(best.observables.q.expect("q") > 1.0 - 1e-9);
    assert!(best.potential > -1e-12 && best.status() == Status::Ok);
}

#[test]
fn the_state_around_the_teacher_is_one_in_two_descriptions() {
    let model = teacher();
    for (alpha, kappa, beta) in [(1.2, -0.01, HARD), (1.6, -0.005, HARD), (1.5, -0.007, 3.0)] {
        let p = at(alpha, kappa, beta);
        let around = model.around_teacher(&p).expect("a state");
        let found = states(&model, &p);
        let inner = found.iter().find(|(_, s)| model.is_around(s, &around));
        let inner = &inner.expect("the same state").1;
        let outer = model.state_around(&around, &p);
        let miss = (inner.potential - outer.potential).abs();
        assert!(miss < outer.potential_error, "{kappa}: {miss:e}");
        assert!(outer.potential_error < 1e-3 * outer.potential);
        let near = |a: Option<f64>, b: Option<f64>, what: &str| {
            let ratio = a.expect("known") / b.expect("known") - 1.0;
            assert!(ratio.abs() < 2e-3, "{kappa}, {what}: {ratio:e}");
        };
        let (a, b) = (&inner.observables, &outer.observables);
        near(a.q.map(|q| 1.0 - q), b.q.map(|q| 1.0 - q), "1 - q");
        near(a.m.map(|m| 1.0 - m), b.m.map(|m| 1.0 - m), "1 - m");
        near(a.q_hat, b.q_hat, "q_hat");
        near(a.m_hat, b.m_hat, "m_hat");
        for (inner, around) in [(a.q_hat, b.q_hat), (a.m_hat, b.m_hat)] {
            let (inner, around) = (inner.expect("known"), around.expect("known"));
            let miss = (inner - around).abs() / around.abs().max(1.0);
            let claimed = outer.error_estimate;
            assert!(miss <= claimed, "{kappa}: {miss:e} of {claimed:e}");
        }
        near(a.entropy, b.entropy, "entropy");
        near(a.training_error, b.training_error, "training error");
        near(a.generalization_error, b.generalization_error, "error");
        near(a.bayes_error, b.bayes_error, "Bayes error");
        let left = |s: &State| s.observables.at_stability.map(|l| 1.0 - l);
        near(left(inner), left(&outer), "replicon");
    }
}

#[test]
fn the_transition_to_the_teacher_has_no_gap_and_no_kink() {
    let all = |model: &Ensemble, beta: f64, kappas: &[f64]| -> Vec<f64> {
        let points = kappas.iter().map(|&kappa| at(1.0, kappa, beta));
        points
            .map(|p| match model.threshold(Quantity::FirstOrder, &p) {
                Ok(found) => {
                    assert!(found.error_estimate < 1e-8, "{}", found.error_estimate);
                    found.value
                }
                Err(missing) => panic!("{}: {missing:?}", p.kappa),
            })
            .collect()
    };
    let kappas: Vec<f64> = (0..12).map(|k| -0.001 * f64::from(k)).collect();
    let soft = Ensemble::new(Arc::new(Binary), Arc::new(SquaredHinge), Data::Teacher);
    let ternary = Ensemble::new(Arc::new(Ternary), Arc::new(Theta), Data::Teacher);
    for (model, beta) in [(&teacher(), HARD), (&soft, HARD), (&teacher(), 3.0)] {
        let loads = all(model, beta, &kappas);
        // Third differences of a smooth line; the state around the teacher adds κ² ln κ.
        for w in loads.windows(4) {
            let third = w[3] - 3.0 * w[2] + 3.0 * w[1] - w[0];
            assert!(third.abs() < 1e-6, "{loads:?}");
        }
    }
    let loads = all(&ternary, HARD, &[-1e-3, -1e-4, -1e-5, 0.0]);
    for (load, kappa) in loads.iter().zip([1e-3, 1e-4, 1e-5]) {
        assert!(
            (load - loads[3] - 8.2 * kappa).abs() < 0.05 * kappa,
            "{loads:?}"
        );
    }
}

#[test]
fn a_teacher_satisfies_every_loss_that_its_stabilities_do_not_cost() {
    let loss = Ensemble::new(Arc::new(Binary), Arc::new(Perceptron), Data::Teacher);
    let load = loss.threshold(Quantity::FirstOrder, &at(1.0, 0.0, HARD));
    let load = load.expect("that of counting errors").value;
    assert!((load - 1.244_683_989_850_69).abs() < 1e-12, "{load}");
    let found = states(&loss, &at(1.6, 0.0, HARD));
    assert_eq!(found[0].0, "perfect");
}

#[test]
fn prior_weights_count_in_the_weight_of_the_teacher() {
    // Every weight of a configuration times 3 shifts all free entropies by ln 3.
    let with = |weights: &str| {
        let prior = crate::model::prior::by_name(weights).expect("weights");
        let model = Ensemble::new(prior, Arc::new(Theta), Data::Teacher);
        let p = at(1.0, 0.0, HARD);
        model
            .threshold(Quantity::FirstOrder, &p)
            .expect("exists")
            .value
    };
    let plain = with("atoms:-1,0,1");
    assert!((with("atoms:-1@3,0@3,1@3") - plain).abs() < 1e-10);
}

#[test]
fn the_states_at_a_point_do_not_depend_on_the_grid() {
    let model = teacher();
    let all = |values: &[f64]| -> Vec<(String, f64)> {
        let p = at(0.5, 0.0, 1.0);
        let found = model
            .sweep(&p, Control::Beta, values, Branches::All)
            .remove(0);
        let Outcome::States(states) = found else {
            panic!("{found:?}")
        };
        states.into_iter().map(|(n, s)| (n, s.potential)).collect()
    };
    let (alone, among) = (all(&[1.0]), all(&[1.0, 4.0]));
    assert_eq!(alone, among);
    assert_eq!(alone.len(), 3);
    let alpha = states(&model, &at(0.5, 0.0, 1.0));
    let alpha: Vec<_> = alpha.into_iter().map(|(n, s)| (n, s.potential)).collect();
    assert_eq!(alone, alpha);
}

#[test]
fn barriers_and_metastable_states_are_marked_at_any_temperature() {
    let model = teacher();
    let found = states(&model, &at(2.7, 0.0, 1.0));
    let standing = |name: &str| {
        let of = found.iter().find(|(n, _)| n == name);
        of.unwrap_or_else(|| panic!("{name}: {found:?}")).1.clone()
    };
    assert_eq!(standing("perfect").standing, Standing::Dominant);
    assert_eq!(standing("1").reason(), Some(Reason::Metastable));
    let barrier = standing("2");
    assert_eq!(barrier.reason(), Some(Reason::Barrier));
    assert_ne!(barrier.status(), Status::Ok);
    let found = states(&model, &at(1.3, 0.0, 3.0));
    assert_eq!(found[0].0, "1");
    assert_eq!(found[0].1.reason(), None);
}

#[test]
fn names_last_through_the_spinodal() {
    let model = teacher();
    for alpha in [1.49253, 1.49258, 1.49262, 1.49263] {
        let found = states(&model, &at(alpha, 0.0, HARD));
        let mut names: Vec<_> = found.iter().map(|(n, _)| n.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["1", "2", "perfect"], "{alpha}");
        let q = |name: &str| {
            let state = found.iter().find(|(n, _)| n == name);
            state.and_then(|(_, s)| s.observables.q).expect("q")
        };
        assert!(q("1") < 0.8936614 && 0.8936614 < q("2"), "{alpha}");
    }
}

#[test]
fn spheres_are_solved_close_to_the_limits() {
    let sphere = Ensemble::new(Arc::new(Spherical), Arc::new(Theta), Data::Storage);
    let close = states(&sphere, &at(1.9999999, 0.0, HARD));
    let v = 1.0 - close[0].1.observables.q.expect("q");
    assert!((v / 2.5e-8 - 1.0).abs() < 0.01, "{v:e}");
    let beyond = sphere.sweep(
        &at(2.1, 0.0, HARD),
        Control::Alpha,
        &[2.1],
        Branches::Dominant,
    );
    let [Outcome::Missing(missing)] = &beyond[..] else {
        panic!("{beyond:?}");
    };
    assert_eq!(missing.reason(), Reason::BeyondCapacity);
    assert!((missing.searched().expect("a range").high - 2.0).abs() < 1e-12);
    let svm = Ensemble::new(Arc::new(Spherical), Arc::new(Hinge), Data::Storage);
    let loss = |beta: f64| {
        let found = states(&svm, &at(2.0, 0.0, beta));
        found[0].1.observables.training_loss.expect("a loss")
    };
    // ε(β) - ε(∞) is 1/(2αβ) per pattern to leading order.
    let ground = loss(HARD);
    assert!((loss(1e8) - ground).abs() < 1e-8);
}

#[test]
fn what_is_missing_says_why_and_where() {
    let storage = Ensemble::new(Arc::new(Binary), Arc::new(Theta), Data::Storage);
    let p = at(1.0, 0.0, HARD);
    let none = storage.threshold(Quantity::Spinodal, &p).expect_err("none");
    assert!(matches!(
        none,
        Missing::Absent {
            reason: Reason::NoFold,
            ..
        }
    ));
    assert!(none.searched().expect("a range").high > 1.2);
    let sphere = Ensemble::new(Arc::new(Spherical), Arc::new(Theta), Data::Storage);
    let none = sphere.threshold(Quantity::At, &p).expect_err("none");
    assert_eq!(none.reason(), Reason::NoCrossing);
    let none = sphere.threshold(Quantity::Freezing, &p).expect_err("none");
    assert_eq!(none.reason(), Reason::NotDiscrete);
}

#[test]
fn a_heavy_load_and_a_hair_of_margin_leave_the_teacher() {
    let found = states(&teacher(), &at(9263.41, 1e-15, 4.51));
    assert_eq!(found[0].0, "perfect");
    let cost = 9263.41 * 4.51 * 1e-15 * (2.0 / std::f64::consts::PI).sqrt();
    let best = &found[0].1;
    assert!((best.potential + cost).abs() <= best.error_estimate);
    assert!(best.error_estimate < 1e-9);
}
