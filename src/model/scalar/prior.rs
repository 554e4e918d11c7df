//! The law of one weight.

use super::neighbourhood::{self, Around, LocalEntropic};
use crate::math::{Feature, GaussMeasure, Real};

/// A prior over weights, written as its local partition function.
///
/// | symbol | meaning |
/// | --- | --- |
/// | `a`, `b` | precision and field acting on one weight |
/// | `ln Z_w(a, b)` | `ln ∫dP(w) exp(-a w²/2 + b w)` (equation W.1) |
///
/// From it follow the mean `∂_b ln Z_w`, the variance `∂²_b ln Z_w` and the entropic part of every
/// free entropy.
pub trait Prior: Clone + Send + Sync {
    /// `ln Z_w(a, b)`, equation W.1.
    fn ln_z<D: Real>(&self, a: D, b: D) -> D;

    /// Mean weight in the field `b`. Default: the derivative of [`Prior::ln_z`].
    fn mean(&self, a: f64, b: f64) -> f64 {
        crate::math::real::gradient(&self.ln_z(a.into(), crate::math::real::variable::<1>(b, 0)))[0]
    }

    /// Variance of the weight in the field `b`. Default: the second derivative of [`Prior::ln_z`].
    fn variance(&self, a: f64, b: f64) -> f64 {
        crate::math::real::hessian(&self.ln_z(a.into(), crate::math::real::variable::<1>(b, 0)))[0]
            [0]
    }

    /// `[ln Z_w, mean, variance]` in the field `b`, where all three are wanted.
    fn jet(&self, a: f64, b: f64) -> [f64; 3] {
        [self.ln_z(a, b), self.mean(a, b), self.variance(a, b)]
    }

    /// The precision at which weights in fields of mean square `field_square` have mean square one
    /// (MP.7). Default: `a`, for priors whose every state has.
    ///
    /// Priors that fix the norm only globally override it.
    fn norm_precision(&self, a: f64, _field_square: f64) -> f64 {
        a
    }

    /// Values of a teacher's weight and their probabilities, for discrete priors. By a gauge
    /// symmetry of the patterns a symmetric prior needs its positive value only.
    fn teacher_atoms(&self) -> Vec<(f64, f64)>;

    /// Whether weights are discrete: their entropy cannot be negative, and their ground state
    /// freezes (ZT.5).
    fn is_discrete(&self) -> bool;

    /// Entropic part of the free entropy at `|w|² = N`, self-overlap term included:
    /// `S(q̂, m̂) = E_{w₀} ∫Dz ln Z_w(q̂, √q̂ z + m̂ w₀) + q̂/2`, with the Legendre term
    /// `-q̂(1-q)/2 - m m̂` left to the caller (RS.3, RS.4).
    ///
    /// Priors that fix the norm only globally override it (RS.6).
    fn entropic<D: Real>(&self, q_hat: D, m_hat: D, measure: &GaussMeasure) -> D {
        let root = q_hat.sqrt();
        let mut total = q_hat * 0.5;
        for (w0, weight) in self.teacher_atoms() {
            total += measure.sum(|z| self.ln_z(q_hat, root * z + m_hat * w0)) * weight;
        }
        total
    }

    /// `E[(∂²_b ln Z_w)²]`, the weights' factor of the replicon (AT.1).
    fn squared_variance(&self, q_hat: f64, m_hat: f64, measure: &GaussMeasure) -> f64 {
        let root = q_hat.sqrt();
        let site = |w0: f64| measure.sum(|z| self.variance(q_hat, root * z + m_hat * w0).powi(2));
        self.teacher_atoms()
            .iter()
            .map(|&(w0, weight)| weight * site(w0))
            .sum()
    }

    /// Where the entropic integrand varies fast in `z`.
    fn features(&self, q_hat: f64, m_hat: f64) -> Vec<Feature> {
        let root = q_hat.sqrt().max(f64::MIN_POSITIVE);
        self.teacher_atoms()
            .iter()
            .map(|&(w0, _)| Feature {
                centre: -m_hat * w0 / root,
                width: 1.0 / root,
            })
            .collect()
    }

    /// The states of a discrete weight up to the gauge symmetry of the patterns, each with the
    /// number of states that it stands for. None for continuous weights.
    fn states(&self) -> Vec<(f64, f64)> {
        Vec::new()
    }

    /// Entropic part of the free entropy around a reference (FP.5, FP.6), self-overlap term
    /// included: `E ln Z_w(q̂, y + m̂ w̃) + q̂/2` over the reference weight `w̃` and a field `y` of
    /// variance `q̂` whose covariance with the reference's own field is `r̂/(1-q̃)`. The Legendre term
    /// `-m̂ S - r̂ τ - q̂(1-q)/2` is left to the caller. Beside it `E[(∂²_b ln Z_w)²]`, the weights'
    /// factor of the replicon (FP.11).
    ///
    /// Default: sums over [`Prior::states`]. Continuous priors override it.
    fn local_entropic<D: Real>(
        &self,
        fields: [D; 3],
        around: &Around,
        measure: &GaussMeasure,
        step: f64,
    ) -> LocalEntropic<D> {
        neighbourhood::entropic(self, fields, around, measure, step)
    }

    /// Log-volume (or log-number) per weight of the configurations at overlap `S` with any given
    /// one (FP.10): the largest local entropy that there can be.
    fn ball(&self, overlap: f64) -> f64;

    /// Largest distance of the inner sum of [`Prior::local_entropic`] from a singularity of its
    /// integrand, as a step (GA.8).
    fn local_step(&self, fields: [f64; 3], around: &Around) -> f64 {
        neighbourhood::step(fields, around)
    }

    /// Entropy per weight with no pattern at all: ln 2 for binary weights, 0 on the sphere.
    fn free_entropy_without_patterns(&self) -> f64 {
        self.entropic(f64::MIN_POSITIVE, 0.0, &GaussMeasure::graded(&[]))
    }
}
