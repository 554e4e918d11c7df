//! Newton's method for a few equations without a potential, with a Jacobian by differences,
//! kept up to date by Broyden's formula.

use crate::solve::NotConverged;
use nalgebra::{SMatrix, SVector};

/// Largest residual of a solution.
const RESIDUAL: f64 = 1e-11;
/// Residual that is accepted where it does not fall any more.
const FLOOR: f64 = 1e-9;
/// Step of the differences.
const STEP: f64 = 1e-5;
/// Longest step.
const LONGEST: f64 = 1.0;

/// A root.
pub struct Root<const N: usize> {
    /// Where it is.
    pub x: [f64; N],
    /// The largest residual there.
    pub residual: f64,
    /// What is left of the equations.
    pub left: [f64; N],
    /// The Jacobian near it.
    slope: SMatrix<f64, N, N>,
}

impl<const N: usize> Root<N> {
    /// Where the root is, to first order, of equations that have these values at this one; how far it
    /// is from there where the Jacobian is singular is not known.
    pub fn moved(&self, values: &[f64; N]) -> [f64; N] {
        match self.slope.try_inverse() {
            Some(inverse) => {
                let step = inverse * SVector::<f64, N>::from(*values);
                std::array::from_fn(|i| self.x[i] - step[i])
            }
            None => [f64::NAN; N],
        }
    }
}

/// The root reached from `start`, in coordinates of order one.
///
/// # Errors
/// [`NotConverged`] where no step decreases the residual.
pub fn solve<const N: usize>(
    start: [f64; N],
    f: impl Fn(&[f64; N]) -> [f64; N],
) -> Result<Root<N>, NotConverged> {
    let size = |r: &[f64; N]| {
        r.iter().fold(0.0_f64, |m, x| {
            if x.is_finite() {
                m.max(x.abs())
            } else {
                f64::INFINITY
            }
        })
    };
    let mut x = start;
    let mut at = f(&x);
    let mut residual = size(&at);
    let mut jacobian: Option<SMatrix<f64, N, N>> = None;
    for _ in 0..30 {
        if residual <= RESIDUAL {
            break;
        }
        let fresh = jacobian.is_none();
        let slope = jacobian.unwrap_or_else(|| differences((&x, &at), &f));
        let inverse = slope
            .try_inverse()
            .ok_or(NotConverged::Stalled { residual })?;
        let step = inverse * SVector::<f64, N>::from(at);
        let longest = step.amax();
        if !longest.is_finite() {
            return Err(NotConverged::Stalled { residual });
        }
        let mut length = (LONGEST / longest).min(1.0);
        let before = residual;
        for _ in 0..14 {
            let trial: [f64; N] = std::array::from_fn(|i| x[i] - length * step[i]);
            let value = f(&trial);
            let r = size(&value);
            if r < residual * (1.0 - 1e-4 * length) {
                // Broyden's update: the new slope is exact along the step that was taken.
                let taken = step * -length;
                let change = SVector::<f64, N>::from(value) - SVector::<f64, N>::from(at);
                let update = (change - slope * taken) * taken.transpose() / taken.norm_squared();
                jacobian = Some(slope + update);
                (x, at, residual) = (trial, value, r);
                break;
            }
            if !fresh {
                break;
            }
            length *= 0.5;
        }
        if residual == before {
            if fresh {
                break;
            }
            jacobian = None;
        } else if residual > 0.3 * before {
            jacobian = None;
        }
    }
    if residual <= FLOOR {
        let slope = jacobian.unwrap_or_else(|| differences((&x, &at), &f));
        let left = at;
        Ok(Root {
            x,
            residual,
            left,
            slope,
        })
    } else {
        Err(NotConverged::Stalled { residual })
    }
}

/// One-sided differences: Broyden's formula mends what they miss.
fn differences<const N: usize>(
    (x, at): (&[f64; N], &[f64; N]),
    f: impl Fn(&[f64; N]) -> [f64; N],
) -> SMatrix<f64, N, N> {
    let mut jacobian = SMatrix::<f64, N, N>::zeros();
    for j in 0..N {
        let mut moved = *x;
        moved[j] += STEP;
        let moved = f(&moved);
        for i in 0..N {
            jacobian[(i, j)] = (moved[i] - at[i]) / STEP;
        }
    }
    jacobian
}
