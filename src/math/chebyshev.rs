//! Chebyshev tables: the innermost level of a nested average, tabulated in the one scalar it
//! depends on (equation GA.5).
//!
//! In `∫Dz F(∫Dx f(√q z + √v x))` the inner average is a function of `ω = √q z` alone. Evaluating it
//! at a few dozen Chebyshev points and interpolating replaces one inner quadrature a node of the
//! outer one, and loses nothing: the interpolant is accepted only when its coefficients have decayed.

use super::real::Real;
use std::f64::consts::PI;

/// A polynomial interpolant of a smooth function on an interval, over any [`Real`].
#[derive(Clone, Debug)]
pub struct ChebyshevTable<D> {
    centre: f64,
    half: f64,
    coefficients: Vec<D>,
    tail: f64,
}

/// Smallest and largest number of points tried.
const DEGREES: std::ops::RangeInclusive<u32> = 5..=10;

impl<D: Real> ChebyshevTable<D> {
    /// Tabulates `f` on `[a, b]` with 33, 65, … 1025 points until the coefficients fall below
    /// `tolerance` times the largest one.
    ///
    /// Returns `None` if 1025 points do not suffice; the caller then nests the averages.
    pub fn adaptive(a: f64, b: f64, tolerance: f64, f: impl Fn(f64) -> D) -> Option<Self> {
        let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
        let point = |k: usize, n: usize| centre + half * (PI * k as f64 / n as f64).cos();
        let mut values: Vec<D> = Vec::new();
        for log in DEGREES {
            let n = 1usize << log;
            values = if values.is_empty() {
                (0..=n).map(|k| f(point(k, n))).collect()
            } else {
                // The points of the coarser grid are every second one of the finer grid.
                (0..=n)
                    .map(|k| {
                        if k % 2 == 0 {
                            values[k / 2]
                        } else {
                            f(point(k, n))
                        }
                    })
                    .collect()
            };
            let coefficients = cosine_coefficients(&values);
            let largest = coefficients
                .iter()
                .map(|c| c.re().abs())
                .fold(0.0, f64::max);
            let tail = coefficients[n - n / 8..]
                .iter()
                .map(|c| c.re().abs())
                .fold(0.0, f64::max);
            if tail <= tolerance * largest {
                // Small coefficients are kept: their derivatives need not be small.
                return Some(ChebyshevTable {
                    centre,
                    half,
                    coefficients,
                    tail: tail / largest,
                });
            }
        }
        None
    }

    /// Number of points that were needed.
    pub fn points(&self) -> usize {
        self.coefficients.len()
    }

    /// Largest of the last coefficients relative to the largest of all: the accuracy reached.
    pub fn tail(&self) -> f64 {
        self.tail
    }

    /// The interpolant at `x` (Clenshaw's recurrence).
    pub fn at(&self, x: D) -> D {
        let t = (x - self.centre) / self.half;
        let twice = t * 2.0;
        let (mut b1, mut b2) = (D::constant(0.0), D::constant(0.0));
        for &c in self.coefficients[1..].iter().rev() {
            let b = twice * b1 - b2 + c;
            b2 = b1;
            b1 = b;
        }
        t * b1 - b2 + self.coefficients[0]
    }
}

/// Coefficients of the interpolant through values at `cos(πk/n)`, `k = 0 … n`.
fn cosine_coefficients<D: Real>(values: &[D]) -> Vec<D> {
    let n = values.len() - 1;
    let cosines: Vec<f64> = (0..2 * n)
        .map(|k| (PI * k as f64 / n as f64).cos())
        .collect();
    (0..=n)
        .map(|j| {
            let mut sum = (values[0] + values[n] * cosines[(j * n) % (2 * n)]) * 0.5;
            for (k, &v) in values.iter().enumerate().take(n).skip(1) {
                sum += v * cosines[(j * k) % (2 * n)];
            }
            sum * (if j == 0 || j == n { 1.0 } else { 2.0 } / n as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::real::{gradient, hessian, variable};
    use crate::math::special::{ln_h, ln_h_of};

    #[test]
    fn reproduces_a_smooth_function_and_its_derivatives() {
        let table =
            ChebyshevTable::adaptive(-9.0, 9.0, 1e-15, |x| ln_h_of(variable::<1>(x, 0) * 0.0 + x));
        let table = table.expect("ln H is smooth on this interval");
        for x in [-8.7, -3.0, -0.1, 0.0, 2.5, 8.9] {
            let (got, want) = (table.at(variable::<1>(x, 0)), ln_h_of(variable::<1>(x, 0)));
            assert!((got.re - ln_h(x)).abs() < 1e-13, "{x}");
            assert!(
                (gradient(&got)[0] - gradient(&want)[0]).abs() < 1e-12,
                "{x}"
            );
            assert!(
                (hessian(&got)[0][0] - hessian(&want)[0][0]).abs() < 1e-10,
                "{x}"
            );
        }
    }

    #[test]
    fn refuses_what_it_cannot_represent() {
        assert!(ChebyshevTable::adaptive(-1.0, 1.0, 1e-14, |x: f64| x.abs()).is_none());
    }
}
