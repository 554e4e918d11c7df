//! Local entropies around a teacher: limits in which other parts of the theory know the answer.

use crate::local::{at, curve};
use quenched::math::special;
use quenched::model::{Control, Parameters};
use quenched::replica::local::neighbourhoods::{Choice, LocalModel};
use quenched::replica::local::point::LocalState;
use quenched::replica::model::model;
use quenched::replica::observables::Observables;
use quenched::replica::state::Status;
use quenched::replica::sweep::Branches;

/// Weights and loss with a load, at β = ∞ and at finite β.
fn cases() -> Vec<(&'static str, &'static str, Parameters)> {
    let warm = |alpha| Parameters {
        beta: 2.0,
        ..at(alpha, 0.0)
    };
    vec![
        ("binary", "theta", at(0.4, 0.0)),
        ("binary", "theta", at(0.6, 0.0)),
        ("spherical", "theta", at(1.3, 0.0)),
        ("binary", "theta", warm(0.8)),
        ("binary", "cross-entropy", warm(0.5)),
        ("spherical", "square", warm(1.0)),
        ("spherical", "hinge", warm(1.5)),
    ]
}

fn around(weights: &str, loss: &str, p: &Parameters, distance: f64) -> LocalState {
    let model = LocalModel::new(weights, "teacher", loss).expect("registered");
    let found = curve(&model, &Choice::Typical, p, &[distance]).outcomes;
    let state = found[0].dominant();
    state
        .unwrap_or_else(|| panic!("{weights} {loss} {p:?} {distance}: {found:?}"))
        .clone()
}

fn alone(weights: &str, data: &str, loss: &str, p: &Parameters) -> Observables {
    let model = model(weights, data, loss).expect("registered");
    let outcomes = model.sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant);
    let state = outcomes[0].dominant();
    state
        .unwrap_or_else(|| panic!("{weights} {data} {loss} {p:?}"))
        .observables
}

fn close(a: f64, b: f64, tolerance: f64, what: &str) {
    assert!((a - b).abs() < tolerance, "{what}: {a} {b}");
}

#[test]
fn far_from_the_teacher_its_labels_are_random() {
    for (weights, loss, p) in cases() {
        let what = format!("{weights} {loss} {p:?}");
        let (far, storage) = (
            around(weights, loss, &p, 0.5).observables,
            alone(weights, "storage", loss, &p),
        );
        close(far.entropy, storage.entropy.unwrap(), 1e-11, &what);
        close(far.q.unwrap(), storage.q.unwrap(), 1e-10, &what);
        close(far.q_hat.unwrap(), storage.q_hat.unwrap(), 1e-9, &what);
        close(far.s_hat.unwrap(), 0.0, 1e-10, &what);
        let replicon = storage.at_stability.unwrap();
        close(far.at_stability.unwrap(), replicon, 1e-9, &what);
    }
}

#[test]
fn most_solutions_lie_where_the_teacher_problem_says() {
    for (weights, loss, p) in cases() {
        let what = format!("{weights} {loss} {p:?}");
        let free = alone(weights, "teacher", loss, &p);
        let there = around(weights, loss, &p, 0.5 * (1.0 - free.m.unwrap()));
        let found = there.observables;
        close(found.field.unwrap(), 0.0, 1e-9, &what);
        close(found.entropy, free.entropy.unwrap(), 1e-10, &what);
        close(found.q.unwrap(), free.q.unwrap(), 1e-9, &what);
        close(
            found.training_loss.unwrap(),
            free.training_loss.unwrap(),
            1e-9,
            &what,
        );
        let replicon = free.at_stability.unwrap();
        close(found.at_stability.unwrap(), replicon, 1e-9, &what);
        assert_eq!(there.status(), Status::Ok, "{what}");
    }
}

#[test]
fn slopes_are_derivatives() {
    for (weights, loss, p) in cases() {
        for distance in [0.08, 0.3] {
            let h = 1e-3;
            let potential = |k: f64| around(weights, loss, &p, distance + k * h).potential;
            let [a, b, c, d] = [-2.0, -1.0, 1.0, 2.0].map(|k| potential(k)[0]);
            let [value, slope, bend] = potential(0.0);
            let what = format!("{weights} {loss} {p:?} {distance}");
            let first = (a - 8.0 * b + 8.0 * c - d) / (12.0 * h);
            let second = (-a + 16.0 * b - 30.0 * value + 16.0 * c - d) / (12.0 * h * h);
            close(slope, first, 1e-7 * (1.0 + slope.abs()), &what);
            close(bend, second, 1e-4 * (1.0 + bend.abs()), &what);
        }
    }
}

#[test]
fn a_teacher_of_many_patterns_is_isolated() {
    let near = around("binary", "theta", &at(0.6, 0.0), 0.003);
    assert!(near.observables.entropy < 0.0);
    assert_eq!(near.status(), Status::RsUnstable);
}

/// `φ - ball = α E[ln H(-S|y|/√(1-S²)) | y]` to first order in the load: of the configurations at
/// overlap `S`, those with the teacher's label on a pattern where the teacher has the field `y`.
#[test]
fn few_patterns_cut_the_ball_in_proportion() {
    let alpha = 1e-5;
    for weights in ["binary", "spherical"] {
        for distance in [0.05f64, 0.2, 0.4] {
            let overlap = 1.0 - 2.0 * distance;
            let ratio = overlap / (1.0 - overlap * overlap).sqrt();
            let step = 0.01;
            let fields = (0..1200).map(|k| (f64::from(k) + 0.5) * step);
            let kept = |y: f64| (-0.5 * y * y).exp() * special::ln_h(-ratio * y);
            let norm = (2.0 / std::f64::consts::PI).sqrt() * step;
            let first_order = alpha * norm * fields.map(kept).sum::<f64>();
            let found = around(weights, "theta", &at(alpha, 0.0), distance).observables;
            let change = found.entropy - found.ball;
            close(
                change / first_order,
                1.0,
                2e-4,
                &format!("{weights} {distance}"),
            );
        }
    }
}
