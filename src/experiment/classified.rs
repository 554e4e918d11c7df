//! A classifier of two clusters, how it is trained and how well it does.

use crate::model::{Bias, Constraint};
use crate::replica::reason::Reason;
use crate::replica::state::Status;
pub use crate::search::isotropic::Perturbed;

/// How classifiers of clusters are trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trained {
    /// The bias.
    pub bias: Bias,
    /// The ridge, or the norm.
    pub constraint: Constraint,
}

/// A classifier and how well it does. What is not known, or was not reached, is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Classified {
    /// Why the numbers are not there, or what else has to be said of them.
    pub reason: Option<Reason>,
    /// How far they can be trusted; none where that goes without saying.
    pub status: Option<Status>,
    /// `|w|²/N`.
    pub q: Option<f64>,
    /// `w·v/N`.
    pub m: Option<f64>,
    /// `m/√q`.
    pub cosine: Option<f64>,
    /// Bias.
    pub bias: Option<f64>,
    /// Multiplier of the norm, or the ridge.
    pub lambda: Option<f64>,
    /// Smallest risk per weight, ridge included.
    pub ground_state_energy: Option<f64>,
    /// Mean loss per pattern.
    pub training_loss: Option<f64>,
    /// Fraction of the patterns that are misclassified.
    pub training_error: Option<f64>,
    /// Probability to misclassify a new pattern.
    pub generalization_error: Option<f64>,
    /// How far the conditions of a minimum are violated ([`Minimum::residual`](crate::search::minimiser::Minimum::residual)).
    pub residual: Option<f64>,
    /// Fraction of the patterns that are misclassified by the classifier of all the others (MX.83).
    pub leave_one_out_error: Option<f64>,
    /// What a user's own patterns say of their clusters.
    pub estimated: Option<Estimated>,
    /// What surrounds it, if that was asked for.
    pub perturbed: Vec<Perturbed>,
}

/// Estimates from patterns whose clusters are not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimated {
    /// Variance of the noise where the signal is one (MX.56).
    pub delta: Option<f64>,
    /// Fraction of label +1.
    pub rho: f64,
    /// Distance of the clusters from their middle.
    pub signal: Option<f64>,
    /// Distance of their middle from the origin.
    pub offset: f64,
    /// Cosine of the classifier with the axis (MX.57).
    pub cosine: Option<f64>,
    /// Probability of an error on a new pattern (MX.57).
    pub generalization_error: Option<f64>,
}
