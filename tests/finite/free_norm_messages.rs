//! Message passing over weights whose norm is free: against sums over all configurations, a measure
//! that is solved in closed form, the replica values, and the identities of a teacher that is drawn
//! from the prior (MP.24 to MP.26).

use nalgebra::{DMatrix, DVector};
use quenched::message_passing::{
    Amp, Entries, Instance, InstanceSpec, Patterns, Settings, StateEvolution, Status,
    TeacherWeights, Unsupported,
};
use quenched::model::channel::Channel;
use quenched::model::prior::{self, Norm, Prior};
use quenched::model::{Data, Parameters, loss};
use std::sync::Arc;

const SEED: u64 = 20_260_301;

fn weights(name: &str) -> Arc<dyn Prior> {
    prior::by_name(name).unwrap()
}

fn channel(loss: &str, p: Parameters) -> Channel {
    Channel::new(loss::by_name(loss).unwrap(), p)
}

fn at(alpha: f64, beta: f64) -> Parameters {
    Parameters {
        alpha,
        beta,
        ..Parameters::default()
    }
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn drawn(n: usize, alpha: f64, entries: Entries, teacher: Option<&str>, k: u64) -> Instance {
    let spec = InstanceSpec {
        entries,
        data: teacher.map_or(Data::Storage, |_| Data::Teacher),
        weights: TeacherWeights::of(&weights(teacher.unwrap_or("binary"))),
        ..InstanceSpec::storage(n, alpha)
    };
    Instance::sample(&spec, SEED, k)
}

fn converged<'a>(patterns: &'a Patterns, name: &str, channel: Channel) -> Amp<'a> {
    let mut amp = Amp::new(patterns, weights(name), channel).unwrap();
    let settings = Settings {
        tolerance: 1e-9,
        ..Settings::default()
    };
    let run = amp.run(&settings);
    assert_eq!(run.status, Status::Converged, "{name}: {run:?}");
    amp
}

/// `[ln Z, βE]` per weight, and mean squares `[Q, q]` of a weight and of its mean, by a sum over all
/// configurations of ternary weights.
fn by_enumeration(drawn: &Instance, energy: impl Fn(f64) -> f64) -> Option<[f64; 4]> {
    let (n, m) = (drawn.patterns.columns(), drawn.patterns.rows());
    let root = (n as f64).sqrt();
    let (mut total, mut cost, mut square) = (0.0, 0.0, 0.0);
    let mut means = vec![0.0; n];
    for code in 0..3usize.pow(n as u32) {
        let digit = |i: usize| (code / 3usize.pow(i as u32) % 3) as f64 - 1.0;
        let w: Vec<f64> = (0..n).map(digit).collect();
        let stability = |mu: usize| {
            let terms = w.iter().enumerate();
            terms
                .map(|(i, w)| drawn.patterns.entry(mu, i) * w)
                .sum::<f64>()
                / root
        };
        let own: f64 = (0..m).map(|mu| energy(stability(mu))).sum();
        let mass = (-own).exp();
        total += mass;
        if mass > 0.0 {
            cost += mass * own;
        }
        square += mass * w.iter().map(|w| w * w).sum::<f64>();
        means.iter_mut().zip(&w).for_each(|(m, w)| *m += mass * w);
    }
    let n = n as f64;
    let own = means.iter().map(|m| (m / total).powi(2)).sum::<f64>() / n;
    (total > 0.0).then(|| [total.ln() / n, cost / total / n, square / total / n, own])
}

#[test]
fn ternary_entropies_of_small_systems_are_those_of_enumeration() {
    for (loss, beta) in [("theta", f64::INFINITY), ("hinge", 1.5)] {
        let p = at(0.4, beta);
        let mut misses = vec![Vec::new(); 4];
        for k in 0..40 {
            let drawn = drawn(10, 0.4, Entries::Gaussian, None, k);
            let energy = |x: f64| match loss {
                "theta" if x < 0.0 => f64::INFINITY,
                "theta" => 0.0,
                _ => beta * (1.0 - x).max(0.0),
            };
            let exact = by_enumeration(&drawn, energy).expect("w = 0 has no negative stability");
            let amp = converged(&drawn.patterns, "ternary", channel(loss, p));
            let found = amp.thermodynamics();
            let heat = if beta.is_finite() {
                beta * found.energy
            } else {
                0.0
            };
            let own = [found.free_entropy, heat, amp.mean_square(), found.overlap];
            for (misses, (own, exact)) in misses.iter_mut().zip(own.iter().zip(exact)) {
                misses.push(own - exact);
            }
        }
        // Corrections are of order 1/N.
        for (what, misses) in ["ln Z", "beta E", "Q", "q"].iter().zip(&misses) {
            let (mean, error) = mean_and_error(misses);
            println!("{loss} {what}: {mean} +- {error}");
            assert!(
                mean.abs() < 0.04 && error < 0.02,
                "{loss} {what}: {mean} ± {error}"
            );
        }
    }
}

/// Gaussian weights under the square loss: a Gaussian measure. Its mean is that of message passing at
/// any size; variance and free entropy are in the limit.
#[test]
fn a_gaussian_measure_is_solved() {
    for (n, alpha, beta) in [(60, 0.5, 2.0), (300, 1.5, 0.7)] {
        let drawn = drawn(n, alpha, Entries::Gaussian, None, 3);
        let m = drawn.patterns.rows();
        let root = (n as f64).sqrt();
        let design = DMatrix::from_fn(m, n, |mu, i| drawn.patterns.entry(mu, i) / root);
        let precision = DMatrix::identity(n, n) + design.tr_mul(&design) * beta;
        let factor = precision.cholesky().unwrap();
        let field = design.tr_mul(&DVector::from_element(m, beta));
        let mean = factor.solve(&field);
        let mut amp = Amp::new(
            &drawn.patterns,
            weights("gaussian"),
            channel("square", at(alpha, beta)),
        )
        .unwrap();
        let settings = Settings {
            tolerance: 1e-13,
            ..Settings::default()
        };
        assert_eq!(amp.run(&settings).status, Status::Converged);
        for (own, exact) in amp.state().mean.iter().zip(mean.iter()) {
            assert!((own - exact).abs() < 1e-11, "{own} {exact}");
        }
        let inverse = factor.inverse();
        let square = (mean.norm_squared() + inverse.trace()) / n as f64;
        let volume = -factor.l().diagonal().map(f64::ln).sum();
        let ln_z = volume + 0.5 * field.dot(&mean) - 0.5 * beta * m as f64;
        let (ln_z, scale) = (ln_z / n as f64, 3.0 / n as f64);
        let found = amp.thermodynamics().free_entropy;
        println!("{n}: ln Z {found} {ln_z}, Q {} {square}", amp.mean_square());
        assert!((found - ln_z).abs() < scale, "{found} {ln_z}");
        assert!((amp.mean_square() - square).abs() < scale);
    }
}

/// Replica-symmetric values of an independent computation: weights, α, κ, entropy, `q`, `Q`.
const REPLICA: [(&str, f64, f64, [f64; 3]); 5] = [
    (
        "ternary",
        0.5,
        0.0,
        [
            0.720_391_459_754_638_8,
            0.209_687_553_373_288_34,
            0.666_242_448_214_322_5,
        ],
    ),
    (
        "ternary",
        0.8,
        0.0,
        [
            0.446_989_041_299_585_5,
            0.332_544_510_326_705_6,
            0.662_510_593_228_086_8,
        ],
    ),
    (
        "atoms:-2,-1,1,2",
        0.5,
        0.0,
        [
            1.007_944_593_792_263,
            0.791_163_450_965_478_9,
            2.499_378_551_168_31,
        ],
    ),
    (
        "laplace",
        0.5,
        1.0,
        [
            -0.819_118_538_500_038_7,
            3.060_794_331_459_856,
            5.085_364_474_850_54,
        ],
    ),
    (
        "gaussian",
        0.5,
        1.0,
        [
            -1.208_701_268_755_864_7,
            1.571_756_787_365_847_8,
            2.194_944_932_236_460_5,
        ],
    ),
];

#[test]
fn entropies_and_norms_are_those_of_the_replica_theory() {
    for (name, alpha, kappa, [entropy, q, square]) in REPLICA {
        let p = Parameters {
            kappa,
            ..at(alpha, f64::INFINITY)
        };
        let evolution =
            StateEvolution::new(weights(name), Data::Storage, channel("theta", p)).unwrap();
        let fixed = evolution.fixed_point(1e-13, 5000).unwrap();
        assert!((fixed.q - q).abs() < 1e-10 * q, "{name}: {fixed:?}");
        assert!(
            (fixed.q + fixed.v - square).abs() < 1e-10 * square,
            "{name}: {fixed:?}"
        );
        let samples: Vec<[f64; 3]> = (0..8)
            .map(|k| {
                let drawn = drawn(4001, alpha, Entries::Signs, None, k);
                let load = drawn.patterns.rows() as f64 / 4001.0;
                assert!((load - alpha).abs() < 2e-4);
                let amp = converged(&drawn.patterns, name, channel("theta", p));
                let found = amp.thermodynamics();
                [found.entropy, found.overlap, amp.mean_square()]
            })
            .collect();
        for (i, exact) in [entropy, q, square].into_iter().enumerate() {
            let values: Vec<f64> = samples.iter().map(|s| s[i]).collect();
            let (mean, error) = mean_and_error(&values);
            println!("{name} {alpha} {i}: {mean} +- {error}, {exact}");
            assert!(
                (mean - exact).abs() < 4.0 * error,
                "{name} {alpha}: {mean} ± {error}"
            );
            assert!(error < 0.01 * exact.abs(), "{name} {alpha}: {error}");
        }
    }
}

#[test]
fn a_teacher_drawn_from_the_prior_is_like_one_more_solution() {
    for (name, alpha) in [
        ("ternary", 0.8),
        ("laplace", 0.8),
        ("gaussian", 1.0),
        ("atoms:0,1,3", 0.3),
        ("atoms:-1@0.2,1@0.8", 0.5),
    ] {
        let prior = weights(name);
        let channel = channel("theta", at(alpha, f64::INFINITY));
        let evolution = StateEvolution::new(prior.clone(), Data::Teacher, channel.clone()).unwrap();
        let fixed = evolution.fixed_point(1e-13, 5000).unwrap();
        let moment = prior.second_moment();
        for at in evolution.trajectory(5) {
            assert!((at.q - at.m).abs() < 1e-10 * moment, "{name}: {at:?}");
            assert!(
                (at.q + at.v - moment).abs() < 1e-10 * moment,
                "{name}: {at:?}"
            );
        }
        assert!(
            (fixed.q - fixed.m).abs() < 1e-10 * moment,
            "{name}: {fixed:?}"
        );
        assert!(
            (fixed.q + fixed.v - moment).abs() < 1e-10 * moment,
            "{name}: {fixed:?}"
        );
        let samples: Vec<[f64; 3]> = (0..10)
            .map(|k| {
                let drawn = drawn(2001, alpha, Entries::Gaussian, Some(name), k);
                let amp = converged(&drawn.patterns, name, channel.clone());
                let m = amp.overlap_with(drawn.teacher.as_ref().unwrap());
                [m, amp.thermodynamics().overlap, amp.mean_square()]
            })
            .collect();
        let exact = [fixed.q, fixed.q, moment];
        for (i, exact) in exact.into_iter().enumerate() {
            let values: Vec<f64> = samples.iter().map(|s| s[i]).collect();
            let (mean, error) = mean_and_error(&values);
            println!("{name} {i}: {mean} +- {error}, {exact}");
            // All of the Gaussian prior's weights have the variance of the state: Q follows q.
            assert!(
                (mean - exact).abs() < 4.5 * error + 1e-6,
                "{name}: {mean} ± {error}, {exact}"
            );
            assert!(error < 0.05 * exact, "{name}: {error}");
        }
        let pairs: Vec<f64> = samples.iter().map(|s| s[0] - s[1]).collect();
        let (mean, error) = mean_and_error(&pairs);
        assert!(mean.abs() < 4.5 * error, "{name}: m - q = {mean} ± {error}");
    }
}

#[test]
fn clusters_and_distances_of_free_norms_are_refused() {
    let drawn = drawn(20, 0.5, Entries::Gaussian, None, 0);
    for prior in prior::registered() {
        let channel = channel("theta", at(0.5, 1.0));
        let mut amp = Amp::new(&drawn.patterns, prior.clone(), channel).unwrap();
        let shell = amp.keep_overlap(&[1.0; 20], 0.5);
        assert_eq!(shell.is_ok(), prior.norm() == Norm::Sphere, "{prior:?}");
        let clusters = quenched::message_passing::Biased {
            variance: 1.0,
            labels: vec![1.0; 10],
            bias: quenched::model::Bias::Fixed(0.0),
        };
        let refused = amp.on_clusters(clusters).err();
        let free = prior.norm() == Norm::Free;
        assert_eq!(refused, free.then_some(Unsupported::FreeNorm), "{prior:?}");
    }
}
