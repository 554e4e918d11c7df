//! The one function from which everything about a replica ansatz follows.

use crate::math::Real;
use crate::math::real::{self, Dual2};
use crate::model::{Control, Parameters};
use crate::solve::{Evaluation, Nodes};
use nalgebra::{DMatrix, DVector};

/// Contributions to a free entropy per weight, kept apart so that they can be inspected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms<D> {
    /// Products of order parameters and conjugates.
    pub legendre: D,
    /// What the weights contribute.
    pub entropic: D,
    /// What the patterns contribute, α included.
    pub energetic: D,
}

impl<D: Real> Terms<D> {
    /// The free entropy.
    pub fn total(&self) -> D {
        self.legendre + self.entropic + self.energetic
    }
}

/// A free entropy per weight as a function of its order parameters, in unconstrained coordinates
/// (RS.12).
///
/// `N` is the number of coordinates plus one: the control parameter is differentiated with them, so
/// that the tangent of a branch is exact. [`differentiate`] turns an implementation into values,
/// gradients and Hessians.
pub trait FreeEntropy<const N: usize>: Send + Sync {
    /// The free entropy at coordinates `x` (`N - 1` of them).
    fn terms<D: Real>(&self, x: &[D], p: &Parameters<D>, rule: &Nodes) -> Terms<D>;
}

/// Value and exact derivatives of a free entropy with respect to its coordinates and one control
/// parameter.
pub fn differentiate<const N: usize, F: FreeEntropy<N>>(
    free_entropy: &F,
    x: &[f64],
    p: &Parameters,
    control: Control,
    rule: &Nodes,
) -> Evaluation {
    let n = N - 1;
    let seeded: Vec<Dual2<N>> = x
        .iter()
        .enumerate()
        .map(|(i, &x)| real::variable(x, i))
        .collect();
    let parameters = p.lift_with(control, real::variable::<N>(p.get(control), n));
    let terms = free_entropy.terms(&seeded, &parameters, rule);
    let total = terms.total();
    let magnitude = [terms.legendre, terms.entropic, terms.energetic]
        .map(|t| t.re.abs())
        .iter()
        .sum();
    let (gradient, hessian) = (real::gradient(&total), real::hessian(&total));
    Evaluation {
        value: total.re,
        magnitude,
        gradient: DVector::from_column_slice(&gradient[..n]),
        hessian: DMatrix::from_fn(n, n, |i, j| hessian[i][j]),
        control_slope: gradient[n],
        control_bend: hessian[n][n],
        mixed: DVector::from_fn(n, |i, _| hessian[i][n]),
        defect: 0.0,
        replicon: None,
    }
}
