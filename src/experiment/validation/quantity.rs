//! What is compared, by name.

use crate::replica::local::point::LocalObservables;
use crate::replica::observables::Observables;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Entropy, or log-volume, per weight.
    Entropy,
    /// Overlap of two solutions; for a minimiser of any norm its squared norm.
    Q,
    /// Conjugate of the overlap of two solutions: variance of the fields on weights.
    QHat,
    /// Overlap with the teacher, or with the axis of two clusters.
    M,
    /// Conjugate of the overlap with the teacher.
    MHat,
    /// Cosine of a minimiser with the axis of two clusters.
    Cosine,
    /// Bias of a classifier.
    Bias,
    /// Strength of the ridge that leads to a given norm.
    Lambda,
    /// Response of the minimum, `lim β(1-q)`.
    Chi,
    /// `ln Z` per weight.
    FreeEntropy,
    /// Lowest energy per weight, that of a ridge included.
    GroundStateEnergy,
    /// Mean loss per pattern.
    TrainingLoss,
    /// Fraction of patterns that are wrong.
    TrainingError,
    /// Probability to err on a new pattern.
    GeneralizationError,
    /// Probability that the posterior mean errs on a new pattern.
    BayesError,
    /// Probability that weights err on a new pattern with the best bias for them.
    BestBiasError,
    /// The replicon: one minus the factor by which message passing shrinks a perturbation.
    AtStability,
    /// The largest margin.
    Kappa,
    /// Overlap after this many iterations.
    OverlapAfter(usize),
    /// Overlap with the teacher after this many iterations.
    TeacherAfter(usize),
    /// At a distance of so many thousandths from a reference.
    Local(Nearby, usize),
    /// Entropy of belief propagation minus the exact one, per weight.
    EntropyDeviation,
}

/// What is compared at a distance from a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearby {
    /// Local entropy; around a classifier of two clusters relative to the volume of the shell.
    Entropy,
    /// Overlap of two probes.
    Q,
    /// Fraction of patterns that probes get wrong.
    TrainingError,
    /// Probability that a probe errs on a new pattern.
    GeneralizationError,
    /// Fraction of patterns that vectors get wrong which do not look at the patterns.
    PerturbedError,
}

impl Nearby {
    fn name(self) -> &'static str {
        match self {
            Nearby::Entropy => "local_entropy",
            Nearby::Q => "local_q",
            Nearby::TrainingError => "local_training_error",
            Nearby::GeneralizationError => "local_generalization_error",
            Nearby::PerturbedError => "perturbed_error",
        }
    }

    /// Its value for probes; none for those that do not look at the patterns.
    pub(super) fn of(self, found: &LocalObservables) -> Option<f64> {
        match self {
            Nearby::Entropy => Some(found.entropy - found.ball),
            Nearby::Q => found.q,
            Nearby::TrainingError => found.training_error,
            Nearby::GeneralizationError => found.generalization_error,
            Nearby::PerturbedError => None,
        }
    }
}

impl Quantity {
    /// Its name in tables.
    pub fn name(self) -> String {
        let plain = match self {
            Quantity::Entropy => "entropy",
            Quantity::Q => "q",
            Quantity::QHat => "q_hat",
            Quantity::M => "m",
            Quantity::MHat => "m_hat",
            Quantity::Cosine => "cosine",
            Quantity::Bias => "bias",
            Quantity::Lambda => "lambda",
            Quantity::Chi => "chi",
            Quantity::FreeEntropy => "free_entropy",
            Quantity::GroundStateEnergy => "ground_state_energy",
            Quantity::TrainingLoss => "training_loss",
            Quantity::TrainingError => "training_error",
            Quantity::GeneralizationError => "generalization_error",
            Quantity::BayesError => "bayes_error",
            Quantity::BestBiasError => "best_bias_error",
            Quantity::AtStability => "at_stability",
            Quantity::Kappa => "kappa",
            Quantity::OverlapAfter(t) => return format!("q_{t}"),
            Quantity::TeacherAfter(t) => return format!("m_{t}"),
            Quantity::Local(what, d) => return format!("{}_{}", what.name(), thousandths(d)),
            Quantity::EntropyDeviation => "entropy_deviation",
        };
        plain.to_owned()
    }

    /// Its value where all weights are observed; none for quantities of a neighbourhood.
    pub(super) fn of(self, found: &Observables) -> Option<f64> {
        match self {
            Quantity::Entropy => found.entropy,
            Quantity::Q => found.q,
            Quantity::QHat => found.q_hat,
            Quantity::M => found.m,
            Quantity::MHat => found.m_hat,
            Quantity::Cosine => found.cosine,
            Quantity::Bias => found.bias,
            Quantity::Lambda => found.lambda,
            Quantity::Chi => found.chi,
            Quantity::FreeEntropy => found.free_entropy,
            Quantity::GroundStateEnergy => found.ground_state_energy,
            Quantity::TrainingLoss => found.training_loss,
            Quantity::TrainingError => found.training_error,
            Quantity::GeneralizationError => found.generalization_error,
            Quantity::BayesError => found.bayes_error,
            Quantity::AtStability => found.at_stability,
            Quantity::BestBiasError
            | Quantity::Kappa
            | Quantity::OverlapAfter(_)
            | Quantity::TeacherAfter(_)
            | Quantity::Local(..)
            | Quantity::EntropyDeviation => None,
        }
    }
}

/// A distance from its number of thousandths.
pub(super) fn thousandths(number: usize) -> f64 {
    number as f64 / 1000.0
}
