//! Minimisers against conditions written out in plain sums, against other ways to find them, and
//! against enumeration.

use super::*;
use crate::message_passing::{Instance, InstanceSpec};
use crate::model::Mixture;
use crate::model::loss::Square;
use nalgebra::DVector;

pub(super) const LEARNED: Bias = Bias::Learned;

pub(super) fn training(n: usize, alpha: f64, rho: f64, sample: u64) -> Training {
    let mixture = Mixture::new(0.8, rho).unwrap();
    let instance = Instance::sample(&InstanceSpec::mixture(n, alpha, mixture), 11, sample);
    Training::of(&instance).unwrap()
}

pub(super) fn found(
    t: &Training,
    loss: &str,
    gamma: f64,
    bias: Bias,
    constraint: Constraint,
) -> Minimum {
    let p = Parameters {
        gamma,
        ..Parameters::default()
    };
    let minimum = minimise(t, loss, &p, (bias, constraint), (1, 0)).unwrap();
    assert_eq!(
        minimum.ending,
        Ending::Reached,
        "{loss}: {}",
        minimum.residual
    );
    minimum
}

/// Derivative of a loss, written out.
fn slope(loss: &str, gamma: f64, s: f64) -> f64 {
    match loss {
        "square" => s - 1.0,
        _ => -1.0 / (1.0 + (2.0 * gamma * s).exp()),
    }
}

/// Euclidean norm of the gradient in plain sums, and the length of the weights.
fn gradient(t: &Training, loss: &str, gamma: f64, bias: Bias, at: &Minimum) -> f64 {
    let (n, m) = (t.weights(), t.patterns());
    let stability = |mu: usize| {
        let field: f64 = (0..n).map(|i| t.design[(i, mu)] * at.weights[i]).sum();
        field + t.labels[mu] * at.bias
    };
    let slopes: Vec<f64> = (0..m).map(|mu| slope(loss, gamma, stability(mu))).collect();
    let by_weight = |i: usize| {
        let sum: f64 = (0..m).map(|mu| t.design[(i, mu)] * slopes[mu]).sum();
        sum + at.lambda * at.weights[i]
    };
    let square: f64 = (0..n).map(|i| by_weight(i).powi(2)).sum();
    let by_bias: f64 = (0..m).map(|mu| t.labels[mu] * slopes[mu]).sum();
    let free = if bias == LEARNED { by_bias } else { 0.0 };
    square.sqrt().hypot(free)
}

#[test]
fn smooth_losses_are_stationary() {
    for (n, alpha) in [(60, 2.0), (60, 0.6)] {
        let t = training(n, alpha, 0.3, 0);
        for bias in [LEARNED, Bias::Fixed(-0.2)] {
            for (loss, gamma) in [
                ("square", 0.5),
                ("cross-entropy", 0.5),
                ("cross-entropy", 5.0),
            ] {
                for constraint in [
                    Constraint::Ridge(1.0),
                    Constraint::Ridge(1e-3),
                    Constraint::Ridge(1e4),
                    Constraint::Norm(0.05),
                    Constraint::Norm(0.4),
                ] {
                    let at = found(&t, loss, gamma, bias, constraint);
                    let left = gradient(&t, loss, gamma, bias, &at);
                    assert!(
                        left < 1e-8,
                        "{loss} {gamma} {bias:?} {constraint:?}: {left}"
                    );
                    if let Constraint::Norm(norm) = constraint {
                        let square: f64 = at.weights.iter().map(|w| w * w).sum();
                        assert!((square / (norm * n as f64) - 1.0).abs() < 1e-13);
                    }
                }
            }
        }
    }
}

/// The minimiser of the square loss by linear equations and by steps.
fn both_ways(t: &Training, bias: Bias, constraint: Constraint) -> [Minimum; 2] {
    let work = Minimise {
        task: Task {
            training: t,
            bias,
            constraint,
        },
        p: &Parameters::default(),
        streams: (0, 0),
    };
    [work.directly(&Square).unwrap(), work.by_steps(&Square)]
}

#[test]
fn linear_equations_and_newton_steps_find_the_same() {
    for alpha in [0.5, 1.0, 3.0] {
        let t = training(50, alpha, 0.4, 1);
        for bias in [LEARNED, Bias::Fixed(0.3)] {
            for constraint in [Constraint::Ridge(0.7), Constraint::Ridge(1e-2)] {
                let [direct, steps] = both_ways(&t, bias, constraint);
                assert!(direct.residual < 1e-11 && steps.residual < 1e-8);
                assert!((direct.bias - steps.bias).abs() < 1e-6);
                let apart = direct.weights.iter().zip(&steps.weights);
                let apart = apart.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                // The gradient over the smallest curvature.
                assert!(apart < 1e-6, "{alpha} {bias:?} {constraint:?}: {apart}");
                // Risks differ by the square of the gradient.
                let Constraint::Ridge(lambda) = constraint else {
                    panic!("a norm")
                };
                let risk = |at: &Minimum| {
                    let square: f64 = at.weights.iter().map(|w| w * w).sum();
                    at.loss + 0.5 * lambda * square
                };
                assert!((risk(&direct) - risk(&steps)).abs() < 1e-12 * (1.0 + risk(&direct)));
            }
        }
    }
}

/// Weights at a ridge of either sign by the eigenvectors of the patterns' covariance.
fn by_eigenvectors(t: &Training, bias: f64, lambda: f64) -> DVector<f64> {
    let target = t.labels.map(|y| 1.0 - y * bias);
    let eigen = (&t.design * t.design.transpose()).symmetric_eigen();
    let along = eigen.eigenvectors.transpose() * (&t.design * target);
    let scaled = along.zip_map(&eigen.eigenvalues, |a, e| a / (e + lambda));
    &eigen.eigenvectors * scaled
}

#[test]
fn multipliers_of_a_norm_have_either_sign() {
    let t = training(40, 3.0, 0.5, 2);
    let mut signs = [false; 2];
    for norm in [0.01, 0.2, 1.0, 5.0] {
        let at = found(&t, "square", 0.5, Bias::Fixed(0.1), Constraint::Norm(norm));
        let want = by_eigenvectors(&t, 0.1, at.lambda);
        let apart = (DVector::from_column_slice(&at.weights) - want).norm();
        assert!(apart < 1e-6, "{norm}: {apart}");
        signs[usize::from(at.lambda < 0.0)] = true;
    }
    assert_eq!(signs, [true; 2]);
    // Steps from Hebb's rule end at the same point.
    for norm in [0.01, 0.2, 1.0] {
        let [direct, steps] = both_ways(&t, LEARNED, Constraint::Norm(norm));
        assert!(direct.residual < 1e-10, "{norm}: {}", direct.residual);
        assert!((direct.lambda - steps.lambda).abs() < 1e-8);
        assert!((direct.loss - steps.loss).abs() < 1e-10);
    }
    // λ = -2 dE/d|w|².
    for (loss, norm) in [
        ("cross-entropy", 0.3),
        ("cross-entropy", 60.0),
        ("hinge", 0.3),
        ("hinge", 3.0),
    ] {
        let h = 1e-4 * norm;
        let at = |norm: f64| found(&t, loss, 0.5, LEARNED, Constraint::Norm(norm));
        let slope = (at(norm + h).loss - at(norm - h).loss) / (2.0 * h * 40.0);
        let lambda = at(norm).lambda;
        assert!(
            (lambda + 2.0 * slope).abs() < 1e-5 * (1.0 + lambda.abs()),
            "{loss} {norm}: {lambda} {slope}"
        );
    }
}

#[test]
fn interpolators_longer_than_the_shortest_are_drawn() {
    let t = training(60, 0.5, 0.4, 5);
    for bias in [LEARNED, Bias::Fixed(0.2)] {
        let at = minimise(
            &t,
            "square",
            &Parameters::default(),
            (bias, Constraint::Norm(9.0)),
            (3, 1),
        )
        .unwrap();
        assert_eq!(at.ending, Ending::Drawn);
        let square: f64 = at.weights.iter().map(|w| w * w).sum();
        assert!(
            (square / 540.0 - 1.0).abs() < 1e-12 && at.lambda == 0.0 || at.lambda.abs() < 1e-12
        );
        let stabilities = t.stabilities(&at.weights, at.bias);
        assert!(stabilities.iter().all(|s| (s - 1.0).abs() < 1e-10));
        let other = minimise(
            &t,
            "square",
            &Parameters::default(),
            (bias, Constraint::Norm(9.0)),
            (4, 1),
        )
        .unwrap();
        assert_ne!(at.weights, other.weights);
        // Shorter than the shortest interpolator: a multiplier above zero.
        let short = found(&t, "square", 0.5, bias, Constraint::Norm(0.1));
        assert!(short.lambda > 0.0 && short.loss > 0.1);
    }
}

#[test]
fn where_there_is_no_minimiser_this_is_said() {
    let p = Parameters::default();
    let ending = |t: &Training, loss: &str, bias: Bias, constraint: Constraint| {
        minimise(t, loss, &p, (bias, constraint), (0, 0))
            .unwrap()
            .ending
    };
    // Few patterns can be separated.
    let few = training(60, 0.5, 0.5, 0);
    for bias in [LEARNED, Bias::Fixed(0.0)] {
        let none = Constraint::Ridge(0.0);
        assert_eq!(ending(&few, "cross-entropy", bias, none), Ending::Infinite);
        assert_eq!(ending(&few, "hinge", bias, none), Ending::NotUnique);
        assert_eq!(
            ending(&few, "hinge", bias, Constraint::Norm(50.0)),
            Ending::NotUnique
        );
    }
    // Many cannot.
    let many = training(20, 10.0, 0.5, 0);
    for loss in ["cross-entropy", "square"] {
        assert_eq!(
            ending(&many, loss, LEARNED, Constraint::Ridge(0.0)),
            Ending::Reached
        );
    }
    let alike = training(20, 1.0, 0.01, 0);
    assert_eq!(
        ending(&alike, "cross-entropy", LEARNED, Constraint::Ridge(1.0)),
        Ending::Infinite
    );
    assert_eq!(
        ending(&alike, "hinge", LEARNED, Constraint::Ridge(1.0)),
        Ending::NotUnique
    );
    for (loss, constraint) in [
        ("theta", Constraint::Ridge(1.0)),
        ("square", Constraint::Ridge(-1.0)),
        ("square", Constraint::Norm(0.0)),
    ] {
        assert!(minimise(&many, loss, &p, (LEARNED, constraint), (0, 0)).is_none());
    }
}

#[test]
fn sharpness_is_a_unit_of_the_weights() {
    let t = training(40, 2.0, 0.3, 7);
    let sharp = found(&t, "cross-entropy", 2.0, LEARNED, Constraint::Ridge(0.6));
    let plain = found(&t, "cross-entropy", 0.5, LEARNED, Constraint::Ridge(0.15));
    for (a, b) in sharp.weights.iter().zip(&plain.weights) {
        assert!((4.0 * a - b).abs() < 1e-7);
    }
    assert!((4.0 * sharp.bias - plain.bias).abs() < 1e-7);
}

#[test]
fn losses_that_this_search_does_not_know_are_refused() {
    let t = training(20, 1.0, 0.5, 0);
    let how = (LEARNED, Constraint::Ridge(1.0));
    let answered = |name: &str| minimise(&t, name, &Parameters::default(), how, (0, 0)).is_some();
    for loss in crate::model::loss::registered() {
        let known = registry::MINIMISED.contains(&loss.name().as_str());
        assert_eq!(answered(&loss.name()), known && !loss.jumps(), "{loss:?}");
    }
}
