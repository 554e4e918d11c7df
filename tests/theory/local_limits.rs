//! Local entropies around a reference: derivatives by differences, and the limits of `theory/`.

use crate::local::{at, curve, probe};
use quenched::model::{Control, Parameters};
use quenched::replica::local::critical::LocalQuantity;
use quenched::replica::local::neighbourhoods::{Choice, LocalModel};
use quenched::replica::local::point::{LocalOutcome, LocalState};
use quenched::replica::state::Status;
use std::f64::consts::PI;

fn state(model: &LocalModel, choice: &Choice, p: &Parameters, distance: f64) -> LocalState {
    let found = curve(model, choice, p, &[distance]).outcomes.remove(0);
    let state = found.dominant();
    state
        .unwrap_or_else(|| panic!("{choice:?} {p:?} d={distance}: {found:?}"))
        .clone()
}

fn phi(model: &LocalModel, choice: &Choice, p: &Parameters, distance: f64) -> f64 {
    state(model, choice, p, distance).potential[0]
}

/// Fourth-order central difference of values at -2, -1, 1 and 2 steps.
fn central([a, b, c, d]: [f64; 4], h: f64) -> f64 {
    (a - 8.0 * b + 8.0 * c - d) / (12.0 * h)
}

fn cross_entropy(gamma: f64, beta: f64) -> Choice {
    Choice::Loss {
        name: "cross-entropy".to_owned(),
        gamma: Some(gamma),
        beta,
    }
}

/// Points of every kind of average: thermal and ground-state references, discrete or not.
fn samples() -> Vec<(&'static str, Choice, Parameters, f64)> {
    let soft = Parameters {
        beta: 3.0,
        ..at(0.4, 0.0)
    };
    vec![
        ("binary", Choice::Typical, at(0.5, 0.0), 0.05),
        ("binary", Choice::Margin(0.3), at(0.5, 0.1), 0.2),
        ("binary", Choice::Margin(0.3), at(0.3, 0.0), 3e-3),
        ("binary", Choice::LargestMargin, at(0.3, 0.0), 0.02),
        ("binary", Choice::Margin(0.3), soft, 0.1),
        ("binary", cross_entropy(1.0, 5.0), at(0.4, 0.0), 0.05),
        (
            "binary",
            cross_entropy(1.0, f64::INFINITY),
            at(0.4, 0.0),
            0.1,
        ),
        ("spherical", Choice::Margin(0.5), at(0.7, 0.2), 0.1),
        ("spherical", Choice::Margin(0.3), at(0.5, 0.0), 3e-3),
        ("spherical", cross_entropy(1.0, 5.0), at(0.5, 0.0), 0.1),
        (
            "spherical",
            cross_entropy(2.0, f64::INFINITY),
            at(1.0, 0.0),
            0.1,
        ),
        ("spherical", Choice::LargestMargin, at(1.0, 0.0), 0.05),
    ]
}

#[test]
fn free_entropy_is_stationary() {
    for (weights, choice, p, d) in samples() {
        let model = probe(weights);
        let found = curve(&model, &choice, &p, &[d]);
        let s = found.outcomes[0].dominant().expect("a solution").clone();
        let ansatz = model
            .around(found.reference.expect("a reference"))
            .expect("weights of one norm");
        let here = Parameters { distance: d, ..p };
        let rule = ansatz.freeze(&s.x, &here).refined();
        let label = format!("{weights} {choice:?} d={d}");
        for i in 0..s.x.len() {
            let value = |step: f64| {
                let mut x = s.x.clone();
                x[i] += step;
                ansatz.evaluate(&x, &here, Control::Distance, &rule).value
            };
            let h = 1e-4;
            let slope = central([-2.0, -1.0, 1.0, 2.0].map(|k| value(k * h)), h);
            assert!(slope.abs() < 1e-8, "{label}: {slope:e} in coordinate {i}");
        }
        let value = ansatz.evaluate(&s.x, &here, Control::Distance, &rule).value;
        assert!((value - s.potential[0]).abs() < 1e-12, "{label}: {value}");
    }
}

#[test]
fn slopes_are_derivatives() {
    let mut failures = Vec::new();
    // Where probes of smaller margin fill the ball, their variance is all that the distance allows.
    let full = ["binary", "spherical"].map(|w| (w, Choice::Margin(0.3), at(0.3, 0.0), 1e-3));
    for (weights, choice, p, d) in samples().into_iter().chain(full) {
        // Truncation is of order (h/d)⁴ of the slope.
        let h = 4e-3 * d;
        let distances = [-2.0, -1.0, 1.0, 2.0, 0.0].map(|k| d + k * h);
        let found = curve(&probe(weights), &choice, &p, &distances).outcomes;
        let potentials: Vec<[f64; 3]> = found
            .iter()
            .map(|outcome| outcome.dominant().expect("a solution").potential)
            .collect();
        for (i, tolerance) in [(0, 1e-8), (1, 1e-7)] {
            let nearby = [0, 1, 2, 3].map(|k: usize| potentials[k][i]);
            let (slope, by_difference) = (potentials[4][i + 1], central(nearby, h));
            let apart = (by_difference / slope - 1.0).abs();
            if apart.is_nan() || apart > tolerance {
                failures.push(format!(
                    "{weights} {choice:?} d={d} derivative {}: {slope} {by_difference}",
                    i + 1
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn most_solutions_lie_at_the_typical_distance() {
    for (weights, p) in [
        ("binary", at(0.5, 0.0)),
        ("binary", at(0.7, 0.1)),
        ("spherical", at(1.0, 0.0)),
        ("spherical", at(2.0, -0.5)),
    ] {
        let model = probe(weights);
        let own = model.own(&p).expect("a solution");
        let (q, q_hat) = (own.q, own.q_hat);
        let reference = model.reference(&Choice::Typical, &p).expect("a reference");
        let all = reference
            .and_then(|r| r.state.observables.entropy)
            .expect("an entropy");
        let d = 0.5 * (1.0 - q);
        let s = state(&model, &Choice::Typical, &p, d);
        let o = s.observables;
        assert!((o.entropy - all).abs() < 5e-12, "{} {all}", o.entropy);
        assert!(s.potential[1].abs() < 1e-11, "slope {}", s.potential[1]);
        for (got, want) in [(o.q, q), (o.t, q), (o.q_hat, q_hat), (o.t_hat, q_hat)] {
            let got = got.expect("an order parameter");
            assert!((got - want).abs() < 1e-10, "{got} instead of {want}");
        }
        for delta in [-1e-3 * d, 1e-3 * d] {
            let near = phi(&model, &Choice::Typical, &p, d + delta) - all;
            let parabola = 0.5 * s.potential[2] * delta * delta;
            assert!(near < 0.0 && (near - parabola).abs() < 1e-2 * near.abs());
        }
    }
}

#[test]
fn every_reference_sees_all_solutions_at_the_maximum() {
    for (weights, choice, p) in [
        ("binary", Choice::Margin(0.3), at(0.5, 0.0)),
        ("binary", Choice::Margin(-0.2), at(0.5, 0.1)),
        ("binary", Choice::LargestMargin, at(0.5, 0.0)),
        ("binary", cross_entropy(1.0, 5.0), at(0.4, 0.0)),
        ("spherical", Choice::Margin(0.5), at(0.5, 0.0)),
        ("spherical", cross_entropy(1.0, f64::INFINITY), at(1.0, 0.0)),
    ] {
        let model = probe(weights);
        let own = model
            .reference(&Choice::Typical, &p)
            .expect("a reference")
            .expect("one");
        let all = own.state.observables.entropy.expect("an entropy");
        let (mut low, mut high) = (0.05, 0.49);
        for _ in 0..24 {
            let mid = 0.5 * (low + high);
            let rising = state(&model, &choice, &p, mid).potential[1] > 0.0;
            if rising { low = mid } else { high = mid }
        }
        let s = state(&model, &choice, &p, 0.5 * (low + high));
        let label = format!("{weights} {choice:?} d={low}");
        assert!(low > 0.1 && high < 0.45, "{label}");
        assert!(
            s.potential[1].abs() < 1e-6,
            "{label}: slope {}",
            s.potential[1]
        );
        assert!(
            (s.potential[0] - all).abs() < 1e-12,
            "{label}: {} {all}",
            s.potential[0]
        );
        let q = s.observables.q.expect("an overlap");
        assert!((q - own.q).abs() < 1e-6, "{label}: {q} {}", own.q);
    }
}

#[test]
fn spare_margin_makes_small_balls_full() {
    let d = 1e-4;
    for (choice, p) in [
        (Choice::Margin(0.13), at(0.7, 0.0)),
        (Choice::Margin(0.4), at(0.3, 0.2)),
        (Choice::LargestMargin, at(0.5, 0.0)),
    ] {
        let o = state(&probe("binary"), &choice, &p, d).observables;
        let entropy = -d * d.ln() - (1.0 - d) * (1.0 - d).ln();
        assert!((o.ball - entropy).abs() < 1e-16, "{} {entropy}", o.ball);
        assert!(
            (o.entropy / o.ball - 1.0).abs() < 1e-6,
            "{choice:?} {}",
            o.entropy / o.ball
        );
        let o = state(&probe("spherical"), &choice, &p, d).observables;
        assert!((o.ball - 0.5 * (4.0 * d * (1.0 - d)).ln()).abs() < 1e-12);
        assert!(
            (o.entropy - o.ball).abs() < 1e-6,
            "{choice:?} {}",
            o.entropy - o.ball
        );
    }
}

/// `∫ ln H((κ-Sh)/√(1-S²))` over Gaussian stabilities `h ≥ κ̃` of a reference that few patterns
/// correlate, by Simpson's rule.
fn first_order(kappa_ref: f64, kappa: f64, overlap: f64) -> f64 {
    let steps = 20_000;
    let h = (12.0 - kappa_ref) / f64::from(steps);
    let (mut mass, mut sum) = (0.0, 0.0);
    for i in 0..=steps {
        let x = kappa_ref + h * f64::from(i);
        let simpson = if i == 0 || i == steps {
            1.0
        } else {
            2.0 + 2.0 * f64::from(i % 2)
        };
        let weight = simpson * (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
        let argument = (kappa - overlap * x) / (1.0 - overlap * overlap).sqrt();
        mass += weight;
        sum += weight * (0.5 * libm::erfc(argument / 2f64.sqrt())).ln();
    }
    sum / mass
}

#[test]
fn few_patterns_cut_the_ball_in_proportion() {
    let alpha = 1e-4;
    for weights in ["binary", "spherical"] {
        for (kappa_ref, kappa, d) in [(0.0, 0.0, 0.1), (0.5, 0.2, 0.3), (0.0, -0.3, 0.02)] {
            let o = state(
                &probe(weights),
                &Choice::Margin(kappa_ref),
                &at(alpha, kappa),
                d,
            )
            .observables;
            let (got, want) = (
                (o.entropy - o.ball) / alpha,
                first_order(kappa_ref, kappa, 1.0 - 2.0 * d),
            );
            assert!(
                (got - want).abs() < 2.0 * alpha,
                "{weights} {kappa_ref} {kappa} {d}: {got} {want}"
            );
        }
    }
}

#[test]
fn references_depend_continuously_on_their_margin() {
    for (weights, d) in [("binary", 0.1), ("spherical", 0.05)] {
        let (model, p) = (probe(weights), at(0.5, 0.0));
        let around = |kappa: f64| phi(&model, &Choice::Margin(kappa), &p, d);
        let typical = phi(&model, &Choice::Typical, &p, d);
        assert_eq!(around(0.0), typical);
        let [near, nearer] = [1e-4, 1e-5].map(|step| (around(step) - typical) / step);
        assert!(
            near > 0.0 && (near / nearer - 1.0).abs() < 1e-3,
            "{near} {nearer}"
        );
    }
}

#[test]
fn the_largest_margin_is_the_limit_of_margins() {
    let p = at(0.5, 0.0);
    for (weights, d) in [("binary", 0.1), ("spherical", 0.05)] {
        let model = probe(weights);
        let found = curve(&model, &Choice::LargestMargin, &p, &[d]);
        let limit = found.outcomes[0].dominant().expect("a solution").potential[0];
        let largest = found.reference.expect("a reference").parameters.kappa;
        let apart = |step: f64| phi(&model, &Choice::Margin(largest - step), &p, d) - limit;
        if weights == "binary" {
            // The reference itself is regular there: what two margins leave is quadratic.
            assert!(apart(0.0).abs() < 1e-11, "{}", apart(0.0));
            let line = [2e-3, 1e-3].map(|step| 2.0 * apart(step) - apart(2.0 * step));
            assert!(
                line[1].abs() < 3e-7 && line[1].abs() < 0.26 * line[0].abs(),
                "{line:?}"
            );
        } else {
            // The overlap of references goes to one: corrections of order ε ln ε.
            for step in [1e-2, 1e-3, 1e-4] {
                let apart = apart(step);
                assert!(apart.abs() < 5e-3 * step * -step.ln(), "{step}: {apart}");
            }
        }
    }
}

#[test]
fn curves_do_not_depend_on_how_they_are_asked_for() {
    let distances = [0.45, 0.003, 0.2, 0.02, 0.2, 1e-4, 0.3];
    for (weights, choice) in [
        ("binary", Choice::Margin(0.2)),
        ("spherical", Choice::Margin(0.4)),
        ("spherical", Choice::LargestMargin),
    ] {
        let (model, p) = (probe(weights), at(0.5, -0.1));
        let together = curve(&model, &choice, &p, &distances).outcomes;
        for (d, outcome) in distances.iter().zip(&together) {
            let Some(s) = outcome.dominant() else {
                panic!("{weights} {choice:?} {d}: {outcome:?}");
            };
            let alone = state(&model, &choice, &p, *d);
            for (got, want) in s.potential.iter().zip(alone.potential).take(2) {
                let apart = (got - want).abs() / want.abs().max(1.0);
                assert!(apart < 5e-12, "{weights} {choice:?} {d}: {got} {want}");
            }
            assert_eq!(s.distance, *d);
        }
    }
}

#[test]
fn typical_binary_solutions_are_isolated() {
    let p = at(0.5, 0.0);
    let found = curve(&probe("binary"), &Choice::Typical, &p, &[0.02, 0.005, 3e-4]).outcomes;
    let near = found[1].dominant().expect("a solution");
    assert_eq!(
        found[0].dominant().map(LocalState::status),
        Some(Status::Ok)
    );
    assert_eq!(near.status(), Status::RsUnstable);
    assert!(
        near.reason()
            .is_some_and(|r| r == quenched::replica::reason::Reason::LocalEntropyNegative)
    );
    assert!(
        matches!(found[2], LocalOutcome::NoSolution),
        "{:?}",
        found[2]
    );
}

/// Plain sums over a Gaussian field: accurate to rounding for functions that vary over 0.003 and more.
fn gaussian(f: impl Fn(f64) -> f64) -> f64 {
    let step = 1e-3;
    let term = |i: i32| {
        let x = step * f64::from(i);
        (-0.5 * x * x).exp() * f(x)
    };
    (-10_000..=10_000).map(term).sum::<f64>() * step / (2.0 * PI).sqrt()
}

/// (FP.44): patterns that do not tell a sign from the other leave references without an overlap, and an
/// average of one dimension, here by plain sums at the solver's order parameters.
#[test]
fn references_without_an_overlap_have_one_field_less() {
    let (kappa, beta, alpha) = (0.6, 3.0_f64, 0.2);
    let model = LocalModel::new("binary", "storage", "window").expect("registered");
    let p = Parameters {
        beta,
        ..at(alpha, kappa)
    };
    let ln_z = |b: f64, v: f64| {
        let below = |x: f64| 0.5 * libm::erfc(-x / 2.0_f64.sqrt());
        let inside = below((kappa - b) / v.sqrt()) - below((-kappa - b) / v.sqrt());
        ((-beta).exp() + (1.0 - (-beta).exp()) * inside).ln()
    };
    for d in [0.3, 0.02, 1e-3, 1e-5] {
        let found = state(&model, &Choice::Typical, &p, d);
        let o = &found.observables;
        let known = [o.q.unwrap(), o.q_hat.unwrap(), o.s_hat.unwrap()];
        let phi = |[q, q_hat, s_hat]: [f64; 3], overlap: f64| {
            let field = |z: f64| q_hat.sqrt() * z + s_hat;
            let weights = gaussian(|z| (2.0 * field(z).cosh()).ln());
            let patterns = gaussian(|x| {
                let seen = ln_z(overlap * x / q.sqrt(), 1.0 - overlap * overlap / q);
                (seen - ln_z(0.0, 1.0)).exp() * ln_z(q.sqrt() * x, 1.0 - q)
            });
            weights - s_hat * overlap - 0.5 * q_hat * (1.0 - q) + alpha * patterns
        };
        let overlap = 1.0 - 2.0 * d;
        let value = phi(known, overlap);
        assert!(
            (value - found.potential[0]).abs() < 1e-11,
            "d={d}: {value} {}",
            found.potential[0]
        );
        for i in 0..3 {
            let h = 1e-3 * (if i == 0 { 1.0 - known[0] } else { known[i] });
            let moved = |steps: f64| {
                let mut there = known;
                there[i] += steps * h;
                phi(there, overlap)
            };
            let slope = central([-2.0, -1.0, 1.0, 2.0].map(moved), h) * h / 1e-3;
            assert!(slope.abs() < 1e-8, "d={d}, {i}: {slope}");
        }
        // W varies over changes of S² by q - S²; shorter steps divide the rounding of sums by less.
        let h = 5e-4 * (known[0] - overlap * overlap);
        let moved = |steps: f64| phi(known, 1.0 - 2.0 * (d + steps * h));
        let slope = central([-2.0, -1.0, 1.0, 2.0].map(moved), h);
        let want = found.potential[1];
        assert!(
            (slope - want).abs() < 1e-6 * want.abs().max(1.0),
            "d={d}: {slope} {want}"
        );
    }
}

/// Where the branch around a symmetric reference goes on to the smallest distances there is no closest
/// one, and nothing is lost on the way.
#[test]
fn probes_of_symmetric_references_reach_the_smallest_distances() {
    let model = LocalModel::new("binary", "storage", "window").expect("registered");
    let p = Parameters {
        beta: 4.0871,
        ..at(0.1673, 0.8551)
    };
    let closest = model.threshold(LocalQuantity::ClosestDistance, &Choice::Typical, &p);
    assert!(matches!(closest, Ok(None)), "{closest:?}");
}
