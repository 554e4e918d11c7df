//! One algorithm on one sample: what is run, how, and what came out.

use super::algorithm::Algorithm;
use super::classified::{Classified, Trained};
use super::extent::Extent;
use super::neighbourhood::Nearby;
use super::path::PathPoint;
use super::remark::Remark;
use super::tested::Linear;
use crate::message_passing::bp_settings::Rule;
use crate::message_passing::instance::lattice_threshold;
use crate::message_passing::machine::Machine;
use crate::message_passing::protocol::Protocol;
use crate::message_passing::{Entries, Instance, InstanceSpec, Settings, Status, Thermodynamics};
use crate::model::Parameters;
use crate::model::prior::{self, Alphabet, Prior};

/// What is run, on what, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// What is run.
    pub algorithm: Algorithm,
    /// What the weights make of a pattern; the margin is that of `parameters`.
    pub machine: Machine,
    /// Registered names of the weights and of the loss.
    pub names: [&'static str; 2],
    /// Load, margin, temperature and sharpness.
    pub parameters: Parameters,
    /// How classifiers of clusters are trained; none for other data.
    pub trained: Option<Trained>,
    /// What an instance is drawn from.
    pub instance: InstanceSpec,
    /// Increment of the reinforcement, per iteration.
    pub rate: f64,
    /// Schedule of focusing.
    pub protocol: Protocol,
    /// How patterns compute the messages of belief propagation.
    pub rule: Rule,
    /// Whether they take turns in an order drawn anew for each sweep, instead of all at once.
    pub sequential: bool,
    /// Part of the old means that is kept; none for what suits the algorithm.
    pub damping: Option<f64>,
    /// Largest change of a converged iteration; none for what suits the algorithm.
    pub tolerance: Option<f64>,
    /// Most iterations, or passes over the patterns; none for what suits the algorithm.
    pub max_iterations: Option<usize>,
    /// What else is measured.
    pub extent: Extent,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Whether the signs of the means, or the configuration found, make no error.
    pub solved: bool,
    /// Iterations, sweeps, or passes over the patterns.
    pub iterations: usize,
    /// Patterns that this configuration misclassifies.
    pub training_errors: usize,
    /// Whether the iteration reached a fixed point; none for solvers, which need none.
    pub converged: Option<bool>,
    /// `ln Z/N`.
    pub free_entropy: Option<f64>,
    /// Entropy per weight.
    pub entropy: Option<f64>,
    /// Mean loss per pattern.
    pub training_loss: Option<f64>,
    /// `|m|²/N`.
    pub q: Option<f64>,
    /// Overlap of the means with the teacher, per weight.
    pub m: Option<f64>,
    /// The configuration found, or the means.
    pub weights: Vec<f64>,
    /// The first iterations, if they were asked for.
    pub path: Vec<PathPoint>,
    /// What surrounds a solution that was found, if that was asked for.
    pub nearby: Vec<Nearby>,
    /// The classifier, for clusters.
    pub classified: Option<Classified>,
    /// The classifier whose errors are counted, for machines of one unit.
    pub linear: Option<Linear>,
    /// What own patterns break of what the algorithm assumes, or leave open.
    pub remark: Option<Remark>,
}

impl Simulation {
    /// The machine with its threshold for this many inputs.
    pub(super) fn machine_at(&self, columns: usize) -> Machine {
        match self.machine {
            Machine::Perceptron { .. } => {
                let kappa = self.parameters.kappa;
                let threshold = match self.instance.entries {
                    Entries::Signs => lattice_threshold(kappa, columns),
                    Entries::Gaussian => kappa * (columns as f64).sqrt(),
                };
                Machine::Perceptron { threshold }
            }
            committee => committee,
        }
    }

    pub(super) fn settings(&self) -> Settings {
        let default = Settings::default();
        Settings {
            tolerance: self.tolerance.unwrap_or(default.tolerance),
            max_iterations: self.max_iterations.unwrap_or(default.max_iterations),
            damping: self.damping.unwrap_or(default.damping),
        }
    }

    /// Messages that stand still in a contradiction have not converged: the sum over configurations
    /// of discrete weights is neither larger than that of all of them nor smaller, by any such
    /// factor, than its smallest term.
    pub(super) fn checked_status(&self, status: Status, found: &Thermodynamics) -> Status {
        let range = |prior: &dyn Prior| match prior.alphabet() {
            Alphabet::Atoms(atoms) => {
                let least = atoms.iter().map(|(_, weight)| *weight);
                Some([least.fold(f64::INFINITY, f64::min).ln(), prior.volume()])
            }
            Alphabet::Continuous => None,
        };
        let prior = prior::by_name(self.names[0]).ok();
        let range = prior.and_then(|prior| range(&*prior));
        let possible =
            range.is_none_or(|[least, all]| (found.entropy - least).abs() < all - least + 1e-6);
        if possible { status } else { Status::Diverged }
    }
}

/// What a fixed point says, or what is left where there is none.
pub(super) fn measured(
    found: Thermodynamics,
    status: Status,
    iterations: usize,
    means: Vec<f64>,
    instance: &Instance,
    machine: Machine,
) -> Outcome {
    let converged = status == Status::Converged;
    let kept = |x: f64| (converged && x.is_finite()).then_some(x);
    let signs: Vec<f64> = means
        .iter()
        .map(|m| if *m < 0.0 { -1.0 } else { 1.0 })
        .collect();
    let training_errors = machine.errors(&instance.patterns, &signs);
    let alpha = instance.patterns.rows() as f64 / means.len() as f64;
    Outcome {
        solved: training_errors == 0,
        iterations,
        training_errors,
        converged: Some(converged),
        free_entropy: kept(found.free_entropy),
        entropy: kept(found.entropy),
        training_loss: kept(found.energy / alpha),
        q: kept(found.overlap),
        m: overlap(instance, &means).and_then(kept),
        weights: means,
        linear: unbiased(machine, &signs),
        ..Outcome::default()
    }
}

/// Weights of one unit as a classifier without bias.
pub(super) fn unbiased(machine: Machine, weights: &[f64]) -> Option<Linear> {
    (machine.units() == 1).then(|| Linear {
        weights: weights.to_vec(),
        bias: 0.0,
    })
}

/// Whether the patterns are a user's own, and not drawn.
pub(super) fn is_given(instance: &Instance) -> bool {
    let clusters = instance.clusters.as_ref();
    clusters.is_some_and(|clusters| clusters.axis.is_none())
}

pub(super) fn overlap(instance: &Instance, weights: &[f64]) -> Option<f64> {
    let teacher = instance.teacher.as_ref()?;
    let pairs = teacher.iter().zip(weights);
    Some(pairs.map(|(a, b)| a * b).sum::<f64>() / weights.len() as f64)
}
