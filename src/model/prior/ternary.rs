//! Ternary weights `w ∈ {-1, 0, 1}`.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_w(a, b)` | `ln(1 + e^L)`, `L = ln 2cosh b - a/2` (FN.10) | sum over the three states (law test) |
//! | probability of `w ≠ 0` | `p = 1/(1 + e^{-L})` | differences (law test) |
//! | mean, variance | `p tanh b`, `p/cosh² b + p(1-p) tanh² b` | differences (law test) |

use super::{Alphabet, Norm, Prior, cosh, softplus};
use crate::math::Feature;
use crate::model::site::Jets;

/// Counting measure on `{-1, 0, +1}`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ternary;

impl Prior for Ternary {
    fn name(&self) -> String {
        "ternary".into()
    }

    fn norm(&self) -> Norm {
        Norm::Free
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Atoms(vec![(-1.0, 1.0), (0.0, 1.0), (1.0, 1.0)])
    }

    fn fill(&self, fields: &[f64], a: f64, by_precision: bool, out: &mut Jets) {
        out.resize(fields.len(), by_precision);
        cosh(fields, &mut out.scratch, &mut out.slope, &mut out.bend);
        for length in &mut out.scratch {
            *length = 0.5 * a - *length;
        }
        let Jets {
            value,
            slope,
            bend,
            by,
            slope_by,
            by_by,
            scratch,
        } = out;
        // scratch is -L; with p of the table, softplus fills value, -p and p (1 - p).
        let mut minus_p = vec![0.0; fields.len()];
        let mut spread = vec![0.0; fields.len()];
        softplus(scratch, value, &mut minus_p, &mut spread);
        if by_precision {
            for i in 0..fields.len() {
                by[i] = 0.5 * minus_p[i];
                slope_by[i] = -0.5 * spread[i] * slope[i];
                by_by[i] = 0.25 * spread[i];
            }
        }
        for i in 0..fields.len() {
            let tanh = slope[i];
            slope[i] = -minus_p[i] * tanh;
            bend[i] = spread[i] * (tanh * tanh) - minus_p[i] * bend[i];
        }
    }

    /// Zeros of `Z_w`: `2 e^{-a/2} cosh b = -1`.
    fn features(&self, a: f64, out: &mut Vec<Feature>) {
        let half = 0.5 * (0.5 * a).exp();
        if half > 1.0 {
            // arcosh, without overflow at large precisions.
            let centre = if a > 80.0 { 0.5 * a } else { half.acosh() };
            let width = 2.0;
            out.push(Feature { centre, width });
            out.push(Feature {
                centre: -centre,
                width,
            });
        } else {
            out.push(Feature {
                centre: 0.0,
                width: (-half).acos() / std::f64::consts::FRAC_PI_2,
            });
        }
    }

    /// 0 with probability 1/3, ±1 by the gauge symmetry as 1.
    fn teacher(&self) -> Vec<(f64, f64)> {
        vec![(0.0, 1.0 / 3.0), (1.0, 2.0 / 3.0)]
    }

    fn second_moment(&self) -> f64 {
        2.0 / 3.0
    }

    fn volume(&self) -> f64 {
        3.0_f64.ln()
    }

    fn draw(&self, uniform: f64) -> f64 {
        (3.0 * uniform).floor().clamp(0.0, 2.0) - 1.0
    }
}
