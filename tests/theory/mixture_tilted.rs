//! Local entropy around typical solutions that are tilted towards the Bayes-optimal vector.

use quenched::model::{Bias, Control, Mixture, Parameters};
use quenched::replica::local::around_classifier::LocalMixture;
use quenched::replica::local::classifier_reference::MixtureReference;
use quenched::replica::local::point::{LocalOutcome, LocalState};
use quenched::replica::local::reference::NoReference;
use quenched::replica::model::mixture_model;
use quenched::replica::sweep::Branches;

fn parameters(alpha: f64, beta: f64) -> Parameters {
    Parameters {
        alpha,
        beta,
        ..Parameters::default()
    }
}

fn at(local: &LocalMixture, p: &Parameters, distance: f64) -> LocalState {
    let outcome = local.curve(p, &[distance]).remove(0);
    let state = outcome.dominant();
    state.unwrap_or_else(|| panic!("{outcome:?}")).clone()
}

/// Balanced clusters without bias, and others with one: mixture, load and bias.
fn cases() -> [(Mixture, f64, f64); 2] {
    [
        (Mixture::new(1.0, 0.5).unwrap(), 1.0, 0.0),
        (Mixture::new(0.8, 0.3).unwrap(), 1.2, -0.15),
    ]
}

/// Values of a separate computation, α = Δ = 1, S = 0.9, to the digits that it gives.
#[test]
fn values_of_a_separate_computation() {
    let mixture = Mixture::new(1.0, 0.5).unwrap();
    for (tilt, overlap, entropy) in [
        (-0.5, 0.4909, -0.2039),
        (0.0, 0.5966, -0.1759),
        (0.5, 0.6929, -0.1555),
        (1.0, 0.7629, -0.1435),
        (2.0, 0.8414, -0.1333),
        (3.0, 0.8803, -0.1299),
    ] {
        let reference = MixtureReference::tilted(&mixture, 1.0, 0.0, tilt).unwrap();
        assert!((reference.bayes_overlap() - overlap).abs() < 6e-5, "{tilt}");
        let local = LocalMixture::new("theta", reference, None).unwrap();
        let o = at(&local, &parameters(1.0, f64::INFINITY), 0.05).observables;
        assert!((o.entropy - o.ball - entropy).abs() < 6e-5, "{tilt} {o:?}");
    }
}

/// The tilted solutions are those at their overlap with the Bayes-optimal vector (MX.41).
#[test]
fn their_entropy_is_that_of_a_shell_around_the_bayes_optimal_vector() {
    for (mixture, alpha, bias) in cases() {
        let bayes = MixtureReference::bayes_optimal(&mixture, alpha).with_bias(bias);
        let shell = LocalMixture::new("theta", bayes, None).unwrap();
        for tilt in [-0.4, 0.0, 0.7, 2.5] {
            let tilted = MixtureReference::tilted(&mixture, alpha, bias, tilt).unwrap();
            let distance = 0.5 * (1.0 - tilted.bayes_overlap());
            let there = at(&shell, &parameters(alpha, f64::INFINITY), distance);
            let entropy = tilted.entropy.unwrap();
            assert!(
                (entropy - there.observables.entropy).abs() < 1e-12,
                "{tilt}"
            );
            assert!((tilted.q() - there.observables.q.unwrap()).abs() < 1e-10);
            assert!((tilted.m - there.observables.m.unwrap()).abs() < 1e-10);
            let replicons = [tilted.at_stability, there.observables.at_stability];
            let [own, other] = replicons.map(Option::unwrap);
            assert!((own - other).abs() < 1e-9, "{own} {other}");
            // The tilt is the slope of the entropy in the overlap, by the sum of all stabilities.
            let per_overlap = tilt * (alpha * (alpha + mixture.delta())).sqrt();
            assert!(
                (0.5 * there.potential[1] - per_overlap).abs() < 1e-8,
                "{tilt}"
            );
        }
    }
}

/// Without tilt the references are typical members of the measure that the probes have: at their own
/// overlap the probes are any of them.
#[test]
fn the_typical_distance_without_tilt() {
    for (mixture, alpha, bias) in cases() {
        let p = parameters(alpha, f64::INFINITY);
        let model = mixture_model("spherical", "theta", mixture, Bias::Fixed(bias)).unwrap();
        let gibbs = model.sweep(&p, Control::Alpha, &[alpha], Branches::Dominant);
        let gibbs = gibbs[0].dominant().unwrap().observables;
        let reference = MixtureReference::tilted(&mixture, alpha, bias, 0.0).unwrap();
        assert!((reference.q() - gibbs.q.unwrap()).abs() < 1e-10);
        assert!((reference.m - gibbs.m.unwrap()).abs() < 1e-10);
        assert!((reference.entropy.unwrap() - gibbs.entropy.unwrap()).abs() < 1e-12);
        let typical = 0.5 * (1.0 - reference.q());
        let local = LocalMixture::new("theta", reference, None).unwrap();
        // Also through that distance, from either side.
        for distances in [
            vec![typical],
            vec![typical - 0.05, typical, typical + 0.05],
            vec![typical + 0.05, typical],
        ] {
            let outcomes = local.curve(&p, &distances);
            let place = distances.iter().position(|d| *d == typical).unwrap();
            let state = outcomes[place].dominant().unwrap();
            let o = state.observables;
            assert!((o.entropy - gibbs.entropy.unwrap()).abs() < 1e-10, "{o:?}");
            assert!((o.q.unwrap() - gibbs.q.unwrap()).abs() < 1e-6);
            assert!((o.m.unwrap() - gibbs.m.unwrap()).abs() < 1e-6);
            assert!((o.t.unwrap() - gibbs.q.unwrap()).abs() < 1e-6);
            assert!(o.response.unwrap().abs() < 1e-6 && state.potential[1].abs() < 1e-6);
            for (outcome, d) in outcomes.iter().zip(&distances) {
                let there = outcome.dominant().unwrap().observables;
                assert!(*d == typical || there.entropy < o.entropy - 1e-4);
            }
        }
    }
}

#[test]
fn derivatives_by_central_differences() {
    for (mixture, alpha, bias) in cases() {
        let reference = MixtureReference::tilted(&mixture, alpha, bias, 0.6).unwrap();
        for (loss, beta) in [("theta", f64::INFINITY), ("theta", 1.4), ("hinge", 0.8)] {
            let local = LocalMixture::new(loss, reference.clone(), None).unwrap();
            let f = local.functional();
            let (h, distance) = (1e-4, 0.17);
            let p = Parameters {
                distance,
                ..parameters(alpha, beta)
            };
            // At a saddle point, where the curvature of coordinates does not matter.
            let curve = local.curve(&p, &[distance]);
            let x = curve[0].dominant().expect("there are probes").x.clone();
            let n = x.len();
            let rule = f.freeze(&x, &p).refined();
            let value = |x: &[f64], p: &Parameters| f.evaluate(x, p, Control::Distance, &rule);
            let here = value(&x, &p);
            for i in 0..=n {
                let moved = |by: f64| {
                    let (mut x, mut p) = (x.clone(), p);
                    match i {
                        _ if i == n => p.distance += by,
                        _ => x[i] += by,
                    }
                    value(&x, &p)
                };
                let (up, down) = (moved(h), moved(-h));
                let slope = (up.value - down.value) / (2.0 * h);
                let wanted = if i < n {
                    here.gradient[i]
                } else {
                    here.control_slope
                };
                let close = |a: f64, b: f64| (a - b).abs() < 3e-6 * (1.0 + b.abs());
                assert!(close(slope, wanted), "{loss} {beta} {i}: {slope} {wanted}");
                for j in 0..n {
                    let bend = (up.gradient[j] - down.gradient[j]) / (2.0 * h);
                    let wanted = if i < n {
                        here.hessian[(i, j)]
                    } else {
                        here.mixed[j]
                    };
                    assert!(
                        close(bend, wanted),
                        "{loss} {beta} {i} {j}: {bend} {wanted}"
                    );
                }
                let bend = (up.control_slope - down.control_slope) / (2.0 * h);
                let wanted = if i < n {
                    here.mixed[i]
                } else {
                    here.control_bend
                };
                assert!(close(bend, wanted), "{loss} {beta} {i}: {bend} {wanted}");
            }
        }
    }
}

/// Free entropies by plain quadrature over the three fields of the reference and the probe, in the
/// coordinates (q, m, t), where they are stationary by central differences: a separate program.
#[test]
fn values_by_plain_quadrature() {
    for (case, tilt, overlap, wanted) in [
        (0, 1.0, 0.9, -0.973837842581551),
        (0, 0.5, 0.3, -0.642467121571421),
        (1, 0.7, 0.8, -0.743874714310278),
        (1, -0.3, 0.5, -0.600158575739126),
    ] {
        let (mixture, alpha, bias) = cases()[case];
        let reference = MixtureReference::tilted(&mixture, alpha, bias, tilt).unwrap();
        let local = LocalMixture::new("theta", reference, None).unwrap();
        let p = parameters(alpha, f64::INFINITY);
        let found = at(&local, &p, 0.5 * (1.0 - overlap)).observables.entropy;
        assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
    }
}

/// Along solutions: temperature, distance, and probes that do not look at the patterns.
#[test]
fn along_solutions() {
    for (mixture, alpha, bias) in cases() {
        let reference = MixtureReference::tilted(&mixture, alpha, bias, 1.0).unwrap();
        let local = LocalMixture::new("theta", reference.clone(), None).unwrap();
        let (h, d) = (1e-4, 0.12);
        let value = |d: f64, beta: f64| at(&local, &parameters(alpha, beta), d);
        let phi = |d: f64, beta: f64| value(d, beta).observables.free_entropy.unwrap();
        let here = value(d, 1.2);
        let slope = (phi(d + h, 1.2) - phi(d - h, 1.2)) / (2.0 * h);
        assert!((here.potential[1] - slope).abs() < 1e-6 * slope.abs());
        let by_beta = (phi(d, 1.2 + h) - phi(d, 1.2 - h)) / (2.0 * h);
        let error = here.observables.training_error.unwrap();
        assert!((by_beta + alpha * error).abs() < 1e-8);
        let weak = value(d, 1e-6).observables;
        let perturbed = reference.perturbed_error(1.0 - 2.0 * d);
        let error_there = weak.training_error.unwrap();
        assert!(
            (error_there - perturbed).abs() < 1e-6,
            "{error_there} {perturbed}"
        );
        // Nothing is nearer than a reference without errors.
        let near = reference.perturbed_error(1.0 - 1e-8);
        assert!(near > 0.0 && near < 1e-3, "{near}");
        assert!(
            local
                .nearest(&parameters(alpha, f64::INFINITY))
                .unwrap()
                .is_none()
        );
        let given = local.curve_at_loss(&parameters(alpha, 1.0), error, &[d]);
        let beta = given[0].dominant().unwrap().observables.beta.unwrap();
        assert!((beta - 1.2).abs() < 1e-9, "{beta}");
    }
}

#[test]
fn no_reference_beyond_separability() {
    let mixture = Mixture::new(1.0, 0.5).unwrap();
    let missing = MixtureReference::tilted(&mixture, 3.8, 0.0, 0.0);
    assert!(matches!(missing, Err(NoReference::Absent)));
    assert!(MixtureReference::tilted(&mixture, 3.5, 0.0, 0.0).is_ok());
}

/// The sum of all stabilities forbids far shells around the Bayes-optimal vector (MX.48).
#[test]
fn far_shells_around_the_bayes_optimal_vector() {
    let mixture = Mixture::new(1.0, 0.5).unwrap();
    for alpha in [0.3, 0.8, 1.0, 2.0] {
        let reference = MixtureReference::bayes_optimal(&mixture, alpha);
        let local = LocalMixture::new("theta", reference, None).unwrap();
        let far = local.curve(&parameters(alpha, f64::INFINITY), &[0.5]);
        assert!(
            matches!(far[0], LocalOutcome::NoSolution),
            "{alpha} {far:?}"
        );
        // At finite temperature there are probes, with nothing in common but their overlap with it.
        for beta in [1.0, 3.0, 6.0] {
            let p = parameters(alpha, beta);
            let o = at(&local, &p, 0.5).observables;
            assert!(
                o.q.unwrap().abs() < 1e-9 && o.m.unwrap().abs() < 1e-12,
                "{o:?}"
            );
            let next = at(&local, &p, 0.4999).observables;
            assert!((next.q.unwrap() - 4e-8).abs() < 1e-10, "{next:?}");
            assert!((next.entropy - o.entropy).abs() < 1e-3, "{next:?} {o:?}");
        }
    }
}
