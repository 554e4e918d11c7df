//! Message passing on patterns of two clusters beside the replica theory: state evolution, Gibbs
//! measures, and shells around classifiers.

use quenched::message_passing::Confinement;
use quenched::message_passing::iteration::Status;
use quenched::message_passing::{
    Amp, Biased, Instance, InstanceSpec, Patterns, RealMatrix, Settings, StateEvolution,
    TeacherWeights,
};
use quenched::model::channel::Channel;
use quenched::model::loss;
use quenched::model::prior::{self, Prior};
use quenched::model::{Bias, Constraint, Control, Data, Mixture, Parameters};
use quenched::replica::learning::Learning;
use quenched::replica::local::around_classifier::LocalMixture;
use quenched::replica::local::classifier_reference::MixtureReference;
use quenched::replica::model::mixture_model;
use quenched::replica::observables::Observables;
use quenched::replica::sweep::Branches;
use std::sync::Arc;

const SEED: u64 = 41;

/// Patterns of two clusters.
struct Drawn {
    patterns: RealMatrix,
    labels: Vec<f64>,
    axis: Vec<f64>,
}

/// An axis of signs serves spherical weights as well.
fn sample(n: usize, alpha: f64, mixture: &Mixture, seed: u64, sample: u64) -> Drawn {
    let spec = InstanceSpec {
        weights: TeacherWeights::Binary,
        ..InstanceSpec::mixture(n, alpha, *mixture)
    };
    let instance = Instance::sample(&spec, seed, sample);
    let clusters = instance.clusters.expect("of clusters");
    let Patterns::Real(patterns) = instance.patterns else {
        panic!("signs")
    };
    Drawn {
        patterns,
        labels: clusters.labels,
        axis: clusters.axis.expect("drawn"),
    }
}

fn parameters(alpha: f64, beta: f64) -> Parameters {
    Parameters {
        alpha,
        beta,
        ..Parameters::default()
    }
}

fn settings() -> Settings {
    Settings {
        tolerance: 1e-9,
        max_iterations: 3000,
        damping: 0.2,
    }
}

fn clusters(drawn: &Drawn, mixture: &Mixture, bias: Bias) -> Biased {
    Biased {
        variance: mixture.delta(),
        labels: drawn.labels.clone(),
        bias,
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64
}

/// Means of the samples agree with the theory, and are sharp enough to tell.
fn agree(label: &str, names: &[&str], samples: &[Vec<f64>], theory: &[f64], sharp: f64) {
    let count = samples.len() as f64;
    for (k, name) in names.iter().enumerate() {
        let mean = samples.iter().map(|s| s[k]).sum::<f64>() / count;
        let square = samples.iter().map(|s| (s[k] - mean).powi(2)).sum::<f64>();
        let error = (square / (count * (count - 1.0))).sqrt();
        let z = (mean - theory[k]) / error;
        println!(
            "{label} {name}: {mean:.6} ± {error:.6}, theory {:.6}, z = {z:.2}",
            theory[k]
        );
        assert!(z.abs() < 4.0, "{label} {name}: {z}");
        assert!(error < sharp, "{label} {name}: {error}");
    }
}

fn weights(name: &str) -> Arc<dyn Prior> {
    prior::by_name(name).expect("registered")
}

fn channel(loss: &str, p: Parameters) -> Channel {
    Channel::new(loss::by_name(loss).expect("registered"), p)
}

fn saddle(names: [&str; 2], mixture: Mixture, bias: Bias, p: &Parameters) -> Observables {
    let model = mixture_model(names[0], names[1], mixture, bias).expect("registered");
    let found = model.sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant);
    found[0].dominant().expect("converges").observables
}

fn evolves_to_the_minimum(name: &str, mixture: Mixture, bias: Bias, alpha: f64) {
    for (confinement, constraint) in [
        (Confinement::Ridge(0.3), Constraint::Ridge(0.3)),
        (Confinement::Sphere(0.2), Constraint::Norm(0.2)),
    ] {
        let p = parameters(alpha, f64::INFINITY);
        let evolution =
            StateEvolution::minimum(channel(name, p), (mixture, bias), confinement).unwrap();
        let fixed = evolution.fixed_point(1e-14, 5000).unwrap_or_else(|| {
            panic!("{name} {mixture:?} {bias:?} {confinement:?} does not settle")
        });
        let learning = Learning::new(name, mixture, bias, constraint).expect("convex");
        let outcome = learning.solve(&p);
        let o = outcome.dominant().expect("converges").observables;
        for (name, got, want) in [
            ("q", fixed.q, o.q),
            ("m", fixed.m, o.m),
            ("v", fixed.v, o.chi),
        ] {
            let off = (got - want.expect("known")).abs();
            assert!(
                off < 1e-10,
                "{mixture:?} {bias:?} {confinement:?} {name}: {off:e}"
            );
        }
    }
}

#[test]
fn state_evolution_ends_at_minima() {
    for (delta, rho, alpha) in [(1.0, 0.5, 2.0), (0.3, 0.2, 1.0), (2.0, 0.7, 0.5)] {
        let mixture = Mixture::new(delta, rho).unwrap();
        for bias in [Bias::Learned, Bias::Fixed(-0.4)] {
            evolves_to_the_minimum("square", mixture, bias, alpha);
            evolves_to_the_minimum("cross-entropy", mixture, bias, alpha);
            evolves_to_the_minimum("hinge", mixture, bias, alpha);
        }
    }
}

#[test]
fn state_evolution_ends_at_saddle_points_of_gibbs_measures() {
    let check = |names, fixed: quenched::message_passing::Overlaps, o: Observables| {
        let off = (fixed.q - o.q.unwrap()).abs() + (fixed.m - o.m.unwrap()).abs();
        assert!(off < 1e-9, "{names:?}: {off:e}");
    };
    for (delta, rho, alpha) in [(1.0, 0.5, 1.0), (0.5, 0.2, 0.6)] {
        let mixture = Mixture::new(delta, rho).unwrap();
        for (beta, bias) in [
            (1.5, Bias::Fixed(0.1)),
            (f64::INFINITY, Bias::Fixed(-0.2)),
            (f64::INFINITY, Bias::Learned),
        ] {
            let p = parameters(alpha, beta);
            let evolution =
                StateEvolution::new(weights("spherical"), Data::Storage, channel("theta", p))
                    .unwrap();
            let evolution = evolution.on_clusters(mixture, bias).unwrap();
            let fixed = evolution.fixed_point(1e-14, 5000).expect("settles");
            let names = ["spherical", "theta"];
            check(names, fixed, saddle(names, mixture, bias, &p));
        }
        let p = parameters(alpha, 1.5);
        let bias = Bias::Fixed(0.1);
        let evolution =
            StateEvolution::new(weights("binary"), Data::Storage, channel("theta", p)).unwrap();
        let fixed = evolution.on_clusters(mixture, bias).unwrap();
        let fixed = fixed.fixed_point(1e-14, 5000).expect("settles");
        let names = ["binary", "theta"];
        check(names, fixed, saddle(names, mixture, bias, &p));
        let hidden =
            StateEvolution::new(weights("spherical"), Data::Storage, channel("theta", p)).unwrap();
        assert!(hidden.on_clusters(mixture, Bias::Learned).is_err());
    }
}

fn gibbs(
    names: [&str; 2],
    (mixture, bias): (Mixture, Bias),
    p: &Parameters,
    (n, first): (usize, u64),
) {
    let o = saddle(names, mixture, bias, p);
    let samples: Vec<Vec<f64>> = (0..16)
        .map(|k| {
            let drawn = sample(n, p.alpha, &mixture, SEED, first + k);
            let patterns = Patterns::Real(drawn.patterns.clone());
            let amp = Amp::new(&patterns, weights(names[0]), channel(names[1], *p)).unwrap();
            let mut amp = amp.on_clusters(clusters(&drawn, &mixture, bias)).unwrap();
            let run = amp.run(&settings());
            assert_eq!(run.status, Status::Converged, "{run:?}");
            let found = amp.thermodynamics();
            let m = amp.overlap_with(&drawn.axis);
            let error = mixture.error(m, 1.0, amp.state().bias);
            let own = vec![found.entropy, found.overlap, m, error, amp.training_error()];
            own.into_iter().chain([amp.state().bias]).collect()
        })
        .collect();
    let label = format!("{names:?} {mixture:?} {bias:?} beta {}", p.beta);
    let mut theory = vec![o.entropy, o.q, o.m, o.generalization_error];
    let mut keys = vec!["entropy", "q", "m", "generalization_error"];
    if p.beta.is_finite() {
        keys.push("training_error");
        theory.push(o.training_error);
    } else {
        assert!(samples.iter().all(|s| s[4] == 0.0));
    }
    let mut samples = samples;
    if bias == Bias::Learned {
        keys.push("bias");
        theory.push(o.bias);
        // The errors, none, leave their place to the bias.
        for own in &mut samples {
            own.swap_remove(4);
        }
    }
    let theory: Vec<f64> = theory.into_iter().map(|x| x.unwrap()).collect();
    agree(&label, &keys, &samples, &theory, 0.012);
}

#[test]
fn gibbs_measures_are_those_of_the_theory() {
    let balanced = Mixture::new(1.0, 0.5).unwrap();
    let other = Mixture::new(0.5, 0.25).unwrap();
    let hard = f64::INFINITY;
    let spherical = ["spherical", "theta"];
    let fixed = Bias::Fixed(0.0);
    gibbs(
        spherical,
        (balanced, fixed),
        &parameters(1.0, hard),
        (800, 20),
    );
    gibbs(
        spherical,
        (balanced, fixed),
        &parameters(2.0, 2.0),
        (800, 40),
    );
    gibbs(
        spherical,
        (other, Bias::Learned),
        &parameters(1.0, hard),
        (800, 60),
    );
    let binary = ["binary", "theta"];
    gibbs(binary, (balanced, fixed), &parameters(0.6, hard), (801, 80));
    gibbs(
        binary,
        (other, Bias::Fixed(-0.2)),
        &parameters(1.0, 1.5),
        (801, 100),
    );
}

/// Unit vector, and bias at unit norm, of a minimiser.
fn minimiser(
    drawn: &Drawn,
    (mixture, bias): (&Mixture, Bias),
    (loss, p): (&str, Parameters),
    lambda: f64,
) -> (Vec<f64>, f64) {
    let patterns = Patterns::Real(drawn.patterns.clone());
    let amp = Amp::minimum(&patterns, channel(loss, p), Confinement::Ridge(lambda)).unwrap();
    let mut amp = amp.on_clusters(clusters(drawn, mixture, bias)).unwrap();
    assert_eq!(amp.run(&settings()).status, Status::Converged);
    let w = amp.state().mean.clone();
    let root = dot(&w, &w).sqrt();
    (
        w.iter().map(|w| w / root).collect(),
        amp.state().bias / root,
    )
}

fn bayes_optimal(drawn: &Drawn) -> Vec<f64> {
    let rows = drawn.patterns.rows();
    let mut sum = vec![0.0; drawn.axis.len()];
    for mu in 0..rows {
        let row = drawn.patterns.row(mu);
        sum.iter_mut().zip(row).for_each(|(s, x)| *s += x);
    }
    let root = dot(&sum, &sum).sqrt();
    sum.iter().map(|s| s / root).collect()
}

/// Shells around a classifier, each sample around its own.
fn surroundings(
    reference: MixtureReference,
    find: impl Fn(&Drawn, &Mixture) -> (Vec<f64>, f64),
    beta: f64,
    overlaps: &[f64],
    n: usize,
) {
    let (mixture, alpha) = (reference.mixture, reference.alpha);
    let p = parameters(alpha, beta);
    let distances: Vec<f64> = overlaps.iter().map(|s| 0.5 * (1.0 - s)).collect();
    let local = LocalMixture::new("theta", reference, None).expect("registered");
    let theory = local.curve(&p, &distances);
    let samples: Vec<Vec<Vec<f64>>> = (0..16)
        .map(|k| {
            let drawn = sample(n, alpha, &mixture, SEED, 100 + k);
            let (w, bias) = find(&drawn, &mixture);
            let patterns = Patterns::Real(drawn.patterns.clone());
            let at = |overlap: &f64| {
                let amp = Amp::new(&patterns, weights("spherical"), channel("theta", p)).unwrap();
                let bias = Bias::Fixed(bias);
                let mut amp = amp.on_clusters(clusters(&drawn, &mixture, bias)).unwrap();
                amp.keep_overlap(&w, *overlap).unwrap();
                let run = amp.run(&settings());
                assert_eq!(run.status, Status::Converged, "{overlap} {run:?}");
                assert!((amp.overlap_with(&w) - overlap).abs() < 1e-7);
                let found = amp.surroundings().unwrap();
                let m = amp.overlap_with(&drawn.axis);
                vec![
                    found.local_entropy,
                    found.inner_overlap,
                    m,
                    found.training_error,
                ]
            };
            overlaps.iter().map(at).collect()
        })
        .collect();
    for (k, overlap) in overlaps.iter().enumerate() {
        let o = theory[k].dominant().expect("converges").observables;
        let values = [Some(o.entropy - o.ball), o.q, o.m, o.training_error];
        let (keys, values): (Vec<&str>, Vec<f64>) = ["local_entropy", "q", "m", "training_error"]
            .into_iter()
            .zip(values)
            .filter(|(key, _)| beta.is_finite() || *key != "training_error")
            .map(|(key, value)| (key, value.expect("known")))
            .unzip();
        let own: Vec<Vec<f64>> = samples.iter().map(|s| s[k].clone()).collect();
        let label = format!("{mixture:?} beta {beta} S = {overlap}");
        agree(&label, &keys, &own, &values, 0.015);
    }
}

#[test]
fn shells_around_classifiers_hold_what_the_theory_says() {
    let hard = f64::INFINITY;
    let balanced = Mixture::new(1.0, 0.5).unwrap();
    let reference = MixtureReference::bayes_optimal(&balanced, 1.0);
    let optimal = |drawn: &Drawn, _: &Mixture| (bayes_optimal(drawn), 0.0);
    surroundings(reference.clone(), optimal, hard, &[0.5, 0.8], 900);
    surroundings(reference, optimal, 2.0, &[0.3, 0.9], 600);
    let other = Mixture::new(0.5, 0.2).unwrap();
    let ridge = Constraint::Ridge(0.5);
    let square = MixtureReference::square(&other, 1.0, Bias::Learned, ridge).unwrap();
    let p = Parameters::default();
    let find = |drawn: &Drawn, mixture: &Mixture| {
        minimiser(drawn, (mixture, Bias::Learned), ("square", p), 0.5)
    };
    surroundings(square.clone(), find, hard, &[0.6, 0.9], 600);
    surroundings(square, find, 1.5, &[0.8], 600);
    let logistic = Learning::new("cross-entropy", other, Bias::Learned, ridge).unwrap();
    let logistic = MixtureReference::minimiser(logistic, &parameters(1.0, hard)).unwrap();
    let find = |drawn: &Drawn, mixture: &Mixture| {
        minimiser(drawn, (mixture, Bias::Learned), ("cross-entropy", p), 0.5)
    };
    surroundings(logistic, find, 3.0, &[0.5, 0.9], 600);
}

/// `φ`, the field and the training error on one shell of one instance.
fn shell_at(drawn: &Drawn, mixture: &Mixture, beta: f64, overlap: f64) -> [f64; 3] {
    let patterns = Patterns::Real(drawn.patterns.clone());
    let p = parameters(1.0, beta);
    let amp = Amp::new(&patterns, weights("spherical"), channel("theta", p)).unwrap();
    let own = clusters(drawn, mixture, Bias::Fixed(-0.3));
    let mut amp = amp.on_clusters(own).unwrap();
    amp.keep_overlap(&bayes_optimal(drawn), overlap).unwrap();
    let exact = Settings {
        tolerance: 1e-12,
        ..settings()
    };
    assert_eq!(amp.run(&exact).status, Status::Converged);
    let found = amp.surroundings().unwrap();
    [found.free_entropy, found.field, found.training_error]
}

#[test]
fn slopes_of_the_free_entropy_of_a_shell_are_its_field_and_its_error() {
    let mixture = Mixture::new(0.8, 0.3).unwrap();
    let drawn = sample(200, 1.0, &mixture, SEED, 500);
    let h = 1e-4;
    for overlap in [0.3, 0.8] {
        let at = |beta: f64, overlap: f64| shell_at(&drawn, &mixture, beta, overlap);
        let [_, field, error] = at(1.7, overlap);
        let by_overlap = (at(1.7, overlap + h)[0] - at(1.7, overlap - h)[0]) / (2.0 * h);
        let by_beta = (at(1.7 + h, overlap)[0] - at(1.7 - h, overlap)[0]) / (2.0 * h);
        assert!((by_overlap + field).abs() < 1e-6, "{by_overlap} {field}");
        assert!((by_beta + error).abs() < 1e-7, "{by_beta} {error}");
        let hard = |overlap: f64| at(f64::INFINITY, overlap);
        let [_, field, error] = hard(0.6 * overlap);
        let near = [0.6 * overlap + h, 0.6 * overlap - h].map(|s| hard(s)[0]);
        assert!(((near[0] - near[1]) / (2.0 * h) + field).abs() < 1e-6);
        assert_eq!(error, 0.0);
    }
}
