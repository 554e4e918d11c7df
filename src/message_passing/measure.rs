//! What acts on the weights beside the patterns: a prior with its norm, or what keeps a minimum
//! finite.

use super::iteration::Unsupported;
use crate::model::channel::{Channel, Limit};
use crate::model::loss::ZeroSet;
use crate::model::prior::{Norm, Prior};
use crate::model::site::Jets;
use std::sync::Arc;

/// What keeps the weights of a minimum finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Confinement {
    /// A ridge `λ|w|²/2` of strength `λ > 0`.
    Ridge(f64),
    /// The sphere `|w|² = N Q` of squared norm `Q > 0`.
    Sphere(f64),
}

impl Confinement {
    fn check(self) -> Result<(), Unsupported> {
        let (Confinement::Ridge(x) | Confinement::Sphere(x)) = self;
        let valid = x > 0.0 && x.is_finite();
        valid.then_some(()).ok_or(Unsupported::Confinement)
    }

    /// Stiffness `Â` of a weight when the patterns contribute `reaction` and fields have mean square
    /// `square` (MX.61).
    pub(super) fn stiffness(self, reaction: f64, square: f64) -> f64 {
        match self {
            Confinement::Ridge(lambda) => lambda + reaction,
            Confinement::Sphere(norm) => (square / norm).sqrt(),
        }
    }
}

/// What is averaged over.
#[derive(Clone, Debug)]
pub(super) enum Measure {
    /// Weights with this law.
    Weights(Arc<dyn Prior>),
    /// A single minimum: fields are in units of β (MP.9).
    Minimum(Confinement),
}

impl Measure {
    /// Weights with this law under a channel: on the sphere, in the limit of a ground state, the
    /// single minimum.
    ///
    /// # Errors
    /// [`Unsupported`] where β is none, there is nothing to average over, or the ground state is not
    /// a single one.
    pub(super) fn new(prior: Arc<dyn Prior>, channel: &Channel) -> Result<Self, Unsupported> {
        let beta = channel.parameters.beta;
        match channel.limit {
            Limit::Thermal if beta >= 0.0 && beta.is_finite() => {}
            Limit::Thermal => return Err(Unsupported::Beta),
            Limit::Hard => match channel.zero_set() {
                ZeroSet::Empty => return Err(Unsupported::NoSolutions),
                // Sums over atoms do not meet equalities of real numbers.
                ZeroSet::Point(_) if prior.has_atoms() => return Err(Unsupported::NoSolutions),
                _ => {}
            },
            Limit::Ground if prior.norm() == Norm::Sphere => {
                return Self::minimum(channel, Confinement::Sphere(1.0));
            }
            Limit::Ground => return Err(Unsupported::GroundState),
        }
        Ok(Measure::Weights(prior))
    }

    /// The single minimum of a convex energy.
    ///
    /// # Errors
    /// [`Unsupported::NotConvex`] for other losses, [`Unsupported::Confinement`] for a ridge or a norm
    /// that is not positive.
    pub(super) fn minimum(
        channel: &Channel,
        confinement: Confinement,
    ) -> Result<Self, Unsupported> {
        if !channel.loss.convex() {
            return Err(Unsupported::NotConvex);
        }
        confinement.check()?;
        Ok(Measure::Minimum(confinement))
    }

    /// Whether a learned bias and clusters are known for it (MX.60, MX.62).
    ///
    /// # Errors
    /// [`Unsupported::FreeNorm`] for weights without a norm, [`Unsupported::LearnedBias`] for a bias of
    /// a measure that may have several maxima in it.
    pub(super) fn check_clusters(
        &self,
        channel: &Channel,
        learned: bool,
    ) -> Result<(), Unsupported> {
        match self {
            Measure::Weights(prior) if prior.norm() == Norm::Free => Err(Unsupported::FreeNorm),
            _ if channel.limit == Limit::Thermal && !channel.loss.convex() && learned => {
                Err(Unsupported::LearnedBias)
            }
            _ => Ok(()),
        }
    }

    /// Whether the mean square of the weights is measured: variances then move on their own.
    pub(super) fn is_free(&self) -> bool {
        matches!(self, Measure::Weights(prior) if prior.norm() == Norm::Free)
    }

    /// Mean and variance of a weight before any pattern.
    pub(super) fn start(&self) -> [f64; 2] {
        match self {
            Measure::Minimum(_) => [0.0, 1.0],
            Measure::Weights(prior) => {
                let mut jets = Jets::default();
                prior.fill(&[0.0], 0.0, false, &mut jets);
                [jets.slope[0], jets.bend[0]]
            }
        }
    }

    /// `ln Z_w`, mean and variance of weights in these fields when the patterns contribute `reaction`
    /// to their precision (MP.6); their precision `A`, on the sphere that of its norm (MP.7). Averages
    /// run over the fields with these weights, or evenly.
    pub(super) fn fill(
        &self,
        fields: &[f64],
        weights: Option<&[f64]>,
        reaction: f64,
        out: &mut Jets,
    ) -> f64 {
        match self {
            Measure::Weights(prior) if prior.norm() == Norm::Sphere => {
                on_sphere(&**prior, fields, weights, out)
            }
            Measure::Weights(prior) => {
                prior.fill(fields, reaction, false, out);
                reaction
            }
            Measure::Minimum(confinement) => {
                let square = average(fields.iter().map(|b| b * b), weights);
                let stiffness = confinement.stiffness(reaction, square);
                out.resize(fields.len(), false);
                out.bend.fill(stiffness.recip());
                for (k, b) in fields.iter().enumerate() {
                    out.slope[k] = b / stiffness;
                    out.value[k] = 0.5 * b * b / stiffness;
                }
                stiffness
            }
        }
    }
}

/// Largest misfit of the norm, and most steps of Newton to it.
const MISFIT: f64 = 1e-12;
const STEPS: usize = 60;

/// The precision at which weights in these fields have mean square one, with their jets there: by
/// Newton from (MP.7), which the uniform measure on the sphere has. Not a number where there is none.
fn on_sphere(prior: &dyn Prior, fields: &[f64], weights: Option<&[f64]>, out: &mut Jets) -> f64 {
    let square = average(fields.iter().map(|b| b * b), weights);
    let mut a = ((square * 4.0 + 1.0).sqrt() + 1.0) * 0.5 - 1.0;
    for _ in 0..STEPS {
        prior.fill(fields, a, false, out);
        let squares = out.slope.iter().zip(&out.bend).map(|(m, s)| m * m + s);
        let excess = average(squares, weights) - 1.0;
        if excess.abs() < MISFIT {
            return a;
        }
        // ⟨w²⟩ = -2 ∂_a ln Z_w.
        prior.fill(fields, a, true, out);
        a += 0.5 * excess / average(out.by_by.iter().copied(), weights);
    }
    f64::NAN
}

/// A mean with these weights, or an even one.
fn average(values: impl ExactSizeIterator<Item = f64>, weights: Option<&[f64]>) -> f64 {
    match weights {
        Some(weights) => values.zip(weights).map(|(x, w)| x * w).sum(),
        None => {
            let n = values.len() as f64;
            values.sum::<f64>() / n
        }
    }
}
