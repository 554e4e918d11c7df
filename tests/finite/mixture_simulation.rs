//! Classifiers of finite mixtures against the theory: means over samples at two sizes, extrapolated
//! to infinite size, with their z-scores.

use quenched::experiment::classified::{Classified, Trained};
use quenched::experiment::statistics::Mean;
use quenched::experiment::{Algorithm, Extent, Simulation};
use quenched::message_passing::bp_settings::Rule;
use quenched::message_passing::machine::Machine;
use quenched::message_passing::protocol::Protocol;
use quenched::message_passing::{Clusters, Instance, InstanceSpec, Patterns, RealMatrix};
use quenched::model::Constraint;
use quenched::model::{Bias, Mixture, Parameters};
use quenched::replica::closed_form::classifier::{bayes_optimal, hebb, plug_in};
use quenched::replica::closed_form::least_squares::shortest_interpolator;
use quenched::replica::learning::Learning;
use quenched::replica::local::classifier_reference::MixtureReference;
use quenched::replica::observables::Observables;
use quenched::replica::state::Status;

const SIZES: [usize; 2] = [100, 200];
const SAMPLES: u64 = 60;
/// Largest z-score of about two hundred.
const LARGEST: f64 = 4.2;

#[derive(Clone, Copy)]
struct Case {
    algorithm: Algorithm,
    loss: &'static str,
    gamma: f64,
    alpha: f64,
    mixture: Mixture,
    trained: Trained,
}

fn case(loss: &'static str, alpha: f64, rho: f64, bias: Bias, constraint: Constraint) -> Case {
    Case {
        algorithm: Algorithm::Minimise,
        loss,
        gamma: 0.5,
        alpha,
        mixture: Mixture::new(0.8, rho).expect("a mixture"),
        trained: Trained { bias, constraint },
    }
}

impl Case {
    fn parameters(&self) -> Parameters {
        Parameters {
            alpha: self.alpha,
            gamma: self.gamma,
            ..Parameters::default()
        }
    }

    fn simulation(&self, n: usize, extent: Extent) -> Simulation {
        Simulation {
            algorithm: self.algorithm,
            machine: Machine::PERCEPTRON,
            names: ["ridge", self.loss],
            parameters: self.parameters(),
            trained: Some(self.trained),
            instance: InstanceSpec::mixture(n, self.alpha, self.mixture),
            rate: 1e-3,
            protocol: Protocol::PseudoReinforcement { step: 0.005 },
            rule: Rule::Expanded,
            sequential: false,
            damping: None,
            tolerance: None,
            max_iterations: None,
            extent,
        }
    }

    fn samples(&self, n: usize, extent: &Extent) -> Vec<Classified> {
        let simulation = self.simulation(n, extent.clone());
        let one = |sample: u64| {
            let outcome = simulation.run(5, sample).expect("runs");
            let classified = outcome.classified.expect("a classifier");
            assert_eq!(
                classified.status,
                Some(Status::Ok),
                "{:?}",
                classified.reason
            );
            classified
        };
        (0..SAMPLES).map(one).collect()
    }
}

/// z-scores of all comparisons.
#[derive(Default)]
struct Scores {
    all: Vec<f64>,
    failures: Vec<String>,
}

impl Scores {
    /// A quantity at two sizes, the second twice the first: what is left of order 1/N cancels.
    fn add(&mut self, label: &str, sizes: [Vec<f64>; 2], theory: f64) {
        let [small, large] = sizes.map(|values| Mean::of(&values).expect("values"));
        let value = 2.0 * large.mean - small.mean;
        let error = (2.0 * large.error.expect("many")).hypot(small.error.expect("many"));
        // Quantities that are exact have no scatter.
        let z = (value - theory) / error.max(1e-12);
        println!("{label}: {value:.5} ± {error:.5}, theory {theory:.5}, z {z:.2}");
        if z.is_nan() || z.abs() > LARGEST {
            self.failures
                .push(format!("{label}: {value} ± {error} instead of {theory}"));
        }
        self.all.push(z);
    }

    /// No score is too large, and together they scatter as they should.
    fn end(self, at_least: usize) {
        let count = self.all.len();
        let rms = (self.all.iter().map(|z| z * z).sum::<f64>() / count as f64).sqrt();
        println!("{count} comparisons, rms z {rms:.3}");
        assert!(count >= at_least, "{count}");
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
        assert!(rms < 1.4, "rms z {rms}");
    }
}

type Read = fn(&Classified) -> Option<f64>;
type Wanted = fn(&Observables) -> Option<f64>;

/// A quantity of every sample: each has it.
fn every(samples: &[Classified], read: Read) -> Vec<f64> {
    let read = |c: &Classified| read(c).expect("measured");
    samples.iter().map(read).collect()
}

const QUANTITIES: [(&str, Read, Wanted); 8] = [
    ("q", |c| c.q, |o| o.q),
    ("m", |c| c.m, |o| o.m),
    ("cosine", |c| c.cosine, |o| o.cosine),
    ("lambda", |c| c.lambda, |o| o.lambda),
    (
        "ground_state_energy",
        |c| c.ground_state_energy,
        |o| o.ground_state_energy,
    ),
    ("training_loss", |c| c.training_loss, |o| o.training_loss),
    ("training_error", |c| c.training_error, |o| o.training_error),
    (
        "generalization_error",
        |c| c.generalization_error,
        |o| o.generalization_error,
    ),
];

fn compare(scores: &mut Scores, case: &Case) {
    let Trained { bias, constraint } = case.trained;
    let learning = Learning::new(case.loss, case.mixture, bias, constraint).expect("known");
    let outcome = learning.solve(&case.parameters());
    let theory = outcome.dominant().expect("solved").observables;
    let ran = SIZES.map(|n| case.samples(n, &Extent::Outcome));
    let rho = case.mixture.rho();
    let label = format!(
        "{} alpha={} rho={rho} {bias:?} {constraint:?}",
        case.loss, case.alpha
    );
    for (name, read, wanted) in QUANTITIES {
        let given = match constraint {
            Constraint::Ridge(_) => name == "lambda",
            Constraint::Norm(_) => name == "q",
        };
        if given {
            continue;
        }
        let values = |samples: &Vec<Classified>| every(samples, read);
        let sizes = [&ran[0], &ran[1]].map(values);
        scores.add(
            &format!("{label} {name}"),
            sizes,
            wanted(&theory).expect("known"),
        );
    }
    if bias == Bias::Learned {
        let values = |samples: &Vec<Classified>| every(samples, |c| c.bias);
        let sizes = [&ran[0], &ran[1]].map(values);
        scores.add(&format!("{label} bias"), sizes, theory.bias.expect("known"));
    }
}

#[test]
fn minimisers_with_a_ridge() {
    let mut scores = Scores::default();
    for loss in ["square", "cross-entropy", "hinge"] {
        for (alpha, rho, bias, lambda) in [
            (2.0, 0.5, Bias::Fixed(0.0), 1.0),
            (2.0, 0.2, Bias::Learned, 1.0),
            (1.2, 0.4, Bias::Fixed(-0.2), 0.5),
        ] {
            compare(
                &mut scores,
                &case(loss, alpha, rho, bias, Constraint::Ridge(lambda)),
            );
        }
    }
    let sharp = case(
        "cross-entropy",
        1.5,
        0.3,
        Bias::Learned,
        Constraint::Ridge(0.3),
    );
    compare(
        &mut scores,
        &Case {
            gamma: 2.0,
            ..sharp
        },
    );
    scores.end(74);
}

#[test]
fn minimisers_of_a_given_norm() {
    let mut scores = Scores::default();
    for (loss, alpha, rho, bias, norm) in [
        ("square", 2.0, 0.5, Bias::Fixed(0.0), 0.1),
        // Longer than least squares: a negative multiplier.
        ("square", 2.0, 0.2, Bias::Learned, 2.0),
        ("cross-entropy", 2.0, 0.2, Bias::Learned, 1.0),
        ("hinge", 2.0, 0.5, Bias::Fixed(0.0), 0.5),
    ] {
        compare(
            &mut scores,
            &case(loss, alpha, rho, bias, Constraint::Norm(norm)),
        );
    }
    // Beyond the shortest interpolator.
    let long = case("square", 0.5, 0.3, Bias::Learned, Constraint::Norm(6.0));
    let theory = shortest_interpolator(&long.mixture, 0.5, Bias::Learned).expect("alpha < 1");
    assert!(theory.q < 3.0);
    let ran = SIZES.map(|n| long.samples(n, &Extent::Outcome));
    let values = |read: Read| [&ran[0], &ran[1]].map(|s| every(s, read));
    scores.add("interpolator m", values(|c| c.m), theory.m);
    scores.add("interpolator bias", values(|c| c.bias), theory.bias);
    scores.end(30);
}

#[test]
fn closed_forms_on_patterns() {
    let mut scores = Scores::default();
    for rho in [0.5, 0.2] {
        for algorithm in [Algorithm::BayesOptimal, Algorithm::Hebb, Algorithm::PlugIn] {
            let ridge = Constraint::Ridge(1.0);
            let case = Case {
                algorithm,
                ..case("square", 1.5, rho, Bias::Learned, ridge)
            };
            let theory = match algorithm {
                Algorithm::BayesOptimal => bayes_optimal(&case.mixture, 1.5),
                Algorithm::Hebb => hebb(&case.mixture, 1.5),
                _ => plug_in(&case.mixture, 1.5),
            };
            let ran = SIZES.map(|n| case.samples(n, &Extent::Outcome));
            let values = |read: Read| [&ran[0], &ran[1]].map(|s| every(s, read));
            let label = format!("{} rho={rho}", algorithm.name());
            let wanted: [(&str, Read, Option<f64>); 6] = [
                ("q", |c| c.q, Some(theory.q)),
                ("m", |c| c.m, Some(theory.m)),
                ("cosine", |c| c.cosine, Some(theory.cosine())),
                (
                    "training_error",
                    |c| c.training_error,
                    theory.training_error(&case.mixture),
                ),
                (
                    "training_loss",
                    |c| c.training_loss,
                    theory.training_square_loss(&case.mixture),
                ),
                (
                    "generalization_error",
                    |c| c.generalization_error,
                    Some(theory.generalization_error(&case.mixture)),
                ),
            ];
            for (name, read, theory) in wanted {
                scores.add(
                    &format!("{label} {name}"),
                    values(read),
                    theory.expect("known"),
                );
            }
        }
    }
    scores.end(36);
}

#[test]
fn perturbed_classifiers() {
    let distances = vec![0.01, 0.1, 0.3];
    let extent = Extent::Neighbourhood(distances.clone());
    let mut scores = Scores::default();
    for (loss, rho, bias) in [
        ("bayes", 0.3, Bias::Learned),
        ("square", 0.5, Bias::Fixed(0.0)),
        ("cross-entropy", 0.3, Bias::Learned),
        ("hinge", 0.5, Bias::Fixed(0.0)),
    ] {
        let plain = case(loss, 2.0, rho, bias, Constraint::Ridge(0.5));
        let case = match loss {
            "bayes" => Case {
                algorithm: Algorithm::BayesOptimal,
                loss: "square",
                ..plain
            },
            _ => plain,
        };
        let reference = if loss == "bayes" {
            MixtureReference::bayes_optimal(&case.mixture, 2.0)
        } else {
            let Trained { bias, constraint } = case.trained;
            let learning = Learning::new(loss, case.mixture, bias, constraint).expect("known");
            MixtureReference::minimiser(learning, &case.parameters()).expect("solved")
        };
        let ran = SIZES.map(|n| case.samples(n, &extent));
        for (k, distance) in distances.iter().enumerate() {
            let overlap = 1.0 - 2.0 * distance;
            let at = |samples: &Vec<Classified>, general: bool| -> Vec<f64> {
                let near = samples.iter().map(|c| c.perturbed[k]);
                near.map(|p| {
                    assert_eq!(p.distance, *distance);
                    if general {
                        p.generalization_error.expect("known")
                    } else {
                        p.training_error
                    }
                })
                .collect()
            };
            let label = format!("{loss} d={distance}");
            let training = [&ran[0], &ran[1]].map(|s| at(s, false));
            scores.add(
                &format!("{label} training"),
                training,
                reference.perturbed_error(overlap),
            );
            let general = [&ran[0], &ran[1]].map(|s| at(s, true));
            let theory = case
                .mixture
                .error(overlap * reference.m, 1.0, reference.bias);
            scores.add(&format!("{label} new"), general, theory);
        }
    }
    scores.end(24);
}

/// The same patterns in other units around another middle, their clusters not known.
fn unknown(instance: &Instance, unit: f64, middle: f64) -> Instance {
    let clusters = instance.clusters.as_ref().expect("clusters");
    let labels = &clusters.labels;
    let Patterns::Real(matrix) = &instance.patterns else {
        panic!("bits")
    };
    let value = |mu: usize, i: usize| unit * matrix.row(mu)[i] + labels[mu] * middle;
    Instance {
        patterns: Patterns::Real(RealMatrix::from_fn(matrix.rows(), matrix.columns(), value)),
        teacher: None,
        clusters: Some(Clusters {
            labels: labels.clone(),
            axis: None,
        }),
    }
}

#[test]
fn clusters_are_estimated() {
    let (unit, middle) = (3.0, 0.25);
    let mut scores = Scores::default();
    for rho in [0.5, 0.25] {
        for algorithm in [Algorithm::Minimise, Algorithm::BayesOptimal] {
            let ridge = Constraint::Ridge(9.0);
            let case = Case {
                algorithm,
                ..case("cross-entropy", 2.0, rho, Bias::Learned, ridge)
            };
            let names = ["delta", "signal²", "offset²/N", "cosine", "error", "rho"];
            let mut found = [const { [const { Vec::new() }; 2] }; 6];
            for (size, n) in SIZES.into_iter().enumerate() {
                let known = case.simulation(n, Extent::Outcome);
                let mut own = known.clone();
                own.instance.mixture = None;
                for sample in 0..SAMPLES {
                    let instance = Instance::sample(&known.instance, 9, sample);
                    let outcome = own.on(&unknown(&instance, unit, middle), 9, sample);
                    let outcome = outcome.expect("runs");
                    let classified = outcome.classified.expect("a classifier");
                    assert_eq!(classified.generalization_error, None);
                    let estimated = classified.estimated.expect("own patterns");
                    // What is true of this classifier.
                    let axis = instance.clusters.as_ref().and_then(|c| c.axis.as_ref());
                    let w = &outcome.weights;
                    let along = |v: &[f64]| v.iter().zip(w).map(|(v, w)| v * w).sum::<f64>();
                    let (m, size_n) = (along(axis.expect("drawn")) / n as f64, n as f64);
                    let q = along(w) / size_n;
                    let shift = middle * w.iter().sum::<f64>() / size_n.sqrt();
                    let bias = classified.bias.expect("reached") + shift;
                    let error = case.mixture.error(unit * m, unit * unit * q, bias);
                    let values = [
                        estimated.delta.expect("a signal"),
                        estimated.signal.expect("a signal").powi(2),
                        estimated.offset.powi(2) / size_n,
                        estimated.cosine.expect("a signal") - m / q.sqrt(),
                        estimated.generalization_error.expect("a signal") - error,
                        estimated.rho,
                    ];
                    for (list, value) in found.iter_mut().zip(values) {
                        list[size].push(value);
                    }
                }
            }
            let wanted = [0.8, 9.0, middle * middle, 0.0, 0.0, rho];
            for ((name, sizes), theory) in names.iter().zip(found).zip(wanted) {
                scores.add(
                    &format!("{} rho={rho} {name}", algorithm.name()),
                    sizes,
                    theory,
                );
            }
        }
    }
    scores.end(24);
}

#[test]
fn samples_repeat_and_do_not_depend_on_each_other() {
    let case = case("hinge", 1.2, 0.3, Bias::Learned, Constraint::Ridge(0.4));
    let simulation = case.simulation(60, Extent::Neighbourhood(vec![0.05]));
    let first = simulation.run(1, 3).expect("runs");
    assert_eq!(first, simulation.run(1, 3).expect("runs"));
    assert_ne!(first.weights, simulation.run(1, 4).expect("runs").weights);
    assert_ne!(first.weights, simulation.run(2, 3).expect("runs").weights);
}
