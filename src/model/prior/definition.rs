//! What a prior says of itself.

use crate::math::Feature;
use crate::math::real::Jet;
use crate::model::site::Jets;
use std::fmt::Debug;

/// What fixes the length of a weight vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Norm {
    /// Every weight has `w² = 1`.
    Unit,
    /// `|w|² = N`, by a multiplier that is eliminated after averaging (RS.6).
    Sphere,
    /// Nothing: the mean square `Q` of a weight and its conjugate `Q̂` are order parameters (FN.1).
    Free,
}

/// The values that a weight can have.
#[derive(Clone, Debug, PartialEq)]
pub enum Alphabet {
    /// These values, each with its (unnormalised) prior weight.
    Atoms(Vec<(f64, f64)>),
    /// A continuum.
    Continuous,
}

/// A prior over weights, by its local partition function.
///
/// | symbol | meaning |
/// | --- | --- |
/// | `a`, `b` | precision and field acting on one weight |
/// | `ln Z_w(a, b)` | `ln ∫dP(w) exp(-a w²/2 + b w)` (W.1), `P` not necessarily normalised |
///
/// Mean and variance of the weight are the slope and the bend of `ln Z_w` in `b`. The tests
/// beside it hold every registered prior to what it says here.
pub trait Prior: Debug + Send + Sync {
    /// Its name on the command line.
    fn name(&self) -> String;

    /// What fixes the length of a weight vector.
    fn norm(&self) -> Norm;

    /// The values that a weight can have.
    fn alphabet(&self) -> Alphabet;

    /// Whether a weight has finitely many values, so that configurations can be counted: their entropy
    /// cannot be negative.
    fn has_atoms(&self) -> bool {
        matches!(self.alphabet(), Alphabet::Atoms(_))
    }

    /// `ln Z_w(a, b)`, mean and variance at every field `b`; with `by_precision` also the derivatives
    /// with respect to `a`: `-½⟨w²⟩`, `-½ cov(w, w²)`, `¼ var(w²)`.
    fn fill(&self, fields: &[f64], a: f64, by_precision: bool, out: &mut Jets);

    /// Where `ln Z_w(a, ·)` varies fast as a function of the field.
    fn features(&self, a: f64, out: &mut Vec<Feature>);

    /// Values of a teacher's weight with their probabilities: the law itself, normalised, as nodes of
    /// a quadrature where it is continuous. A law that is symmetric is represented by its positive
    /// half, with doubled probabilities: patterns have a gauge symmetry.
    fn teacher(&self) -> Vec<(f64, f64)>;

    /// Mean square of a teacher's weight.
    fn second_moment(&self) -> f64;

    /// The entropic average `E_{w₀} ∫Dz ln Z_w(a, √q̂ z + m̂ w₀)` with `a = q̂ + A`, where it has a
    /// closed form: value, gradient and Hessian in `(q̂, m̂, A)`, and `E[(∂²_b ln Z_w)²]`. A
    /// [`Norm::Sphere`] has `A` eliminated: the value is `extr_A` of the average plus `(q̂ + A)/2`,
    /// and derivatives in `A` vanish (RS.6).
    fn closed(&self, _q_hat: f64, _m_hat: f64, _shift: f64) -> Option<(Jet<3>, f64)> {
        None
    }

    /// Log-volume (log-number) per weight with no pattern at all: `ln Z_w(0, 0)`, zero on the sphere.
    fn volume(&self) -> f64;

    /// Log-volume (log-number) per weight of the configurations at overlap `S` with a given one,
    /// where every configuration has the same norm (FP.10).
    fn ball(&self, _overlap: f64) -> Option<f64> {
        None
    }

    /// Draws a teacher's weight from a number uniform on `(0, 1)`.
    fn draw(&self, uniform: f64) -> f64;
}

/// Nodes with their weights divided by the sum of these.
pub(super) fn normalised(mut nodes: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let total: f64 = nodes.iter().map(|node| node.1).sum();
    for node in &mut nodes {
        node.1 /= total;
    }
    nodes
}

/// The number that a standard normal variable is below with probability `uniform`.
pub(super) fn normal_quantile(uniform: f64) -> f64 {
    -std::f64::consts::SQRT_2 * puruspe::inverfc(2.0 * uniform)
}
