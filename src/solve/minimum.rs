//! A minimum of a function of few variables: Newton's steps, downhill.

use nalgebra::{DMatrix, DVector};

/// Steps, and halvings of each.
const STEPS: usize = 100;
const HALVINGS: i32 = 40;
/// A step that is shorter no longer changes the value: it is the last one.
const LAST: f64 = 1e-8;
/// Where no step lowers the value, one that is shorter than this is taken nonetheless: rounding of the
/// value hides what it gains.
const HIDDEN: f64 = 1e-6;

/// A function at one point.
pub struct Curved<T> {
    /// Its value.
    pub value: f64,
    /// Its gradient.
    pub gradient: DVector<f64>,
    /// Its Hessian.
    pub hessian: DMatrix<f64>,
    /// What it was made from.
    pub detail: T,
}

impl<T> Curved<T> {
    /// Newton's step where the Hessian is positive. Along directions in which it is not, the same
    /// downhill.
    fn step(&self) -> Option<DVector<f64>> {
        let n = self.gradient.len();
        let finite = self.hessian.iter().chain(&self.gradient);
        if n == 0 || !finite.copied().all(f64::is_finite) {
            return None;
        }
        let eigen = self.hessian.clone().symmetric_eigen();
        let along = eigen.eigenvectors.tr_mul(&self.gradient);
        let scaled = along.zip_map(&eigen.eigenvalues, |g, e| -g / e.abs());
        let step = eigen.eigenvectors * scaled;
        step.iter().all(|s| s.is_finite()).then_some(step)
    }
}

/// The minimum that lies downhill of `x`, and the function there.
pub fn minimum<T>(
    x: &[f64],
    function: &mut dyn FnMut(&[f64]) -> Curved<T>,
) -> (Vec<f64>, Curved<T>) {
    let mut x = x.to_vec();
    let mut here = function(&x);
    for _ in 0..STEPS {
        let Some(step) = here.step() else { break };
        let along = |length: f64| -> Vec<f64> {
            let pairs = x.iter().zip(&step);
            pairs.map(|(x, s)| x + length * s).collect()
        };
        let longest = step.amax();
        let better = (0..HALVINGS)
            .take_while(|_| longest > LAST)
            .map(|k| along(0.5_f64.powi(k)))
            .map(|y| (function(&y), y))
            .find(|(there, _)| there.value < here.value);
        let Some((there, y)) = better else {
            if longest < HIDDEN {
                x = along(1.0);
                here = function(&x);
            }
            break;
        };
        (x, here) = (y, there);
    }
    (x, here)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bent valley, whose Hessian is not positive everywhere.
    fn valley(x: &[f64]) -> Curved<()> {
        let (a, b) = (x[0], x[1]);
        let off = b - a * a;
        Curved {
            value: (1.0 - a).powi(2) + 100.0 * off * off,
            gradient: DVector::from_vec(vec![-2.0 * (1.0 - a) - 400.0 * a * off, 200.0 * off]),
            hessian: DMatrix::from_row_slice(
                2,
                2,
                &[
                    2.0 - 400.0 * (off - 2.0 * a * a),
                    -400.0 * a,
                    -400.0 * a,
                    200.0,
                ],
            ),
            detail: (),
        }
    }

    #[test]
    fn minima_are_found_downhill() {
        for start in [[-1.2, 1.0], [0.0, 3.0], [2.0, -5.0]] {
            let (x, at) = minimum(&start, &mut valley);
            assert!(
                (x[0] - 1.0).abs() < 1e-13 && (x[1] - 1.0).abs() < 1e-13,
                "{x:?}"
            );
            assert!(at.value < 1e-25);
        }
    }

    #[test]
    fn nothing_to_vary_is_a_value() {
        let mut constant = |_: &[f64]| Curved {
            value: 3.0,
            gradient: DVector::zeros(0),
            hessian: DMatrix::zeros(0, 0),
            detail: (),
        };
        let (x, at) = minimum(&[], &mut constant);
        assert!(x.is_empty() && at.value == 3.0);
    }
}
