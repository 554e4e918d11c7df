//! The square loss in closed form (MX.18 to MX.20).

use crate::model::Constraint;
use crate::model::{Bias, Mixture};
use crate::solve::event::bracketed_root;
use std::convert::Infallible;

/// Order parameters of the minimiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquareMinimum {
    /// Overlap with the axis.
    pub m: f64,
    /// Squared norm.
    pub q: f64,
    /// Response of a stability to a field; infinite for interpolators.
    pub chi: f64,
    /// Bias.
    pub bias: f64,
    /// Strength of the ridge, or the multiplier of the norm.
    pub lambda: f64,
    /// Training loss per pattern.
    pub training_loss: f64,
}

/// The response at a ridge of either sign: the root of `λχ² + (λ+αΔ-Δ)χ - Δ` that is connected to
/// `λ → ∞` (MX.18). None below the edge of the spectrum.
fn response(delta: f64, alpha: f64, lambda: f64) -> Option<f64> {
    let linear = lambda + (alpha - 1.0) * delta;
    let root = (linear * linear + 4.0 * lambda * delta).sqrt();
    let chi = if linear > 0.0 {
        2.0 * delta / (linear + root)
    } else if lambda > 0.0 {
        (root - linear) / (2.0 * lambda)
    } else {
        return None;
    };
    chi.is_finite().then_some(chi)
}

/// The saddle point at given shrinkage `x = χ/(1+χ)` (MX.19).
fn at_shrinkage(mixture: &Mixture, alpha: f64, bias: Bias, x: f64) -> SquareMinimum {
    let (delta, odd) = (mixture.delta(), mixture.mean_label());
    let (k, square) = (alpha * x / delta, alpha * x * x / delta);
    let (m, bias) = match mixture.bias(bias) {
        Bias::Learned => {
            let share = k * (1.0 - odd * odd);
            let m = share / (1.0 + share);
            (m, odd * (1.0 - m))
        }
        Bias::Fixed(b) => (k * (1.0 - odd * b) / (1.0 + k), b),
    };
    let miss = mixture.mean(|y| (1.0 - m - y * bias).powi(2));
    let q = (m * m + square * miss) / (1.0 - square * delta);
    let chi = x / (1.0 - x);
    SquareMinimum {
        m,
        q,
        chi,
        bias,
        lambda: delta / chi - alpha * delta * (1.0 - x),
        training_loss: 0.5 * (miss + delta * q) * (1.0 - x) * (1.0 - x),
    }
}

/// The minimiser of the square loss; none at a ridge below the edge of the spectrum, at `λ = 0`
/// below `α = 1`, or at a norm beyond that of the shortest interpolator.
pub fn minimum(
    mixture: &Mixture,
    alpha: f64,
    bias: Bias,
    constraint: Constraint,
) -> Option<SquareMinimum> {
    match constraint {
        Constraint::Ridge(lambda) => {
            let chi = response(mixture.delta(), alpha, lambda)?;
            let found = at_shrinkage(mixture, alpha, bias, chi / (1.0 + chi));
            Some(SquareMinimum {
                chi,
                lambda,
                ..found
            })
        }
        Constraint::Norm(norm) => {
            // The norm grows with the shrinkage, without bound where α > 1.
            let gap = |x: f64| (at_shrinkage(mixture, alpha, bias, x).q / norm).ln();
            let most = if alpha > 1.0 {
                alpha.sqrt().recip()
            } else {
                1.0
            };
            let (low, high) = (1e-300, most * (1.0 - 4.0 * f64::EPSILON));
            if gap(high) < 0.0 {
                return None;
            }
            let ends = ((low, -1e9), (high, gap(high)));
            let Ok(root) = bracketed_root(ends.0, ends.1, 1e-16, |x| Ok::<f64, Infallible>(gap(x)));
            Some(at_shrinkage(mixture, alpha, bias, root.x))
        }
    }
}

/// The shortest vector that meets every pattern exactly, `α < 1` (MX.20).
pub fn shortest_interpolator(mixture: &Mixture, alpha: f64, bias: Bias) -> Option<SquareMinimum> {
    (alpha < 1.0).then(|| SquareMinimum {
        lambda: 0.0,
        chi: f64::INFINITY,
        training_loss: 0.0,
        ..at_shrinkage(mixture, alpha, bias, 1.0)
    })
}
