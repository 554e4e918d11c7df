//! Spherical weights `|w|² = N`.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_w(a, b)` | `b²/(2(1+a)) - ln(1+a)/2` (unit Gaussian base) | quadrature (law test); W.3 |
//! | radius multiplier | eliminated: `P = 1 + q̂ + A = (1 + √(1 + 4(q̂ + m̂²)))/2` | RS.6 |
//! | ball | `½ ln(1 - S²)` | Legendre transform (law test) |

use super::gaussian::Gaussian;
use super::{Alphabet, Norm, Prior};
use crate::math::Feature;
use crate::math::real::Jet;
use crate::model::site::Jets;

/// Uniform measure on the sphere `|w|² = N`, normalised to one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spherical;

impl Prior for Spherical {
    fn name(&self) -> String {
        "spherical".into()
    }

    fn norm(&self) -> Norm {
        Norm::Sphere
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Continuous
    }

    fn fill(&self, fields: &[f64], a: f64, by_precision: bool, out: &mut Jets) {
        Gaussian::unit().fill(fields, a, by_precision, out);
    }

    fn features(&self, _a: f64, _out: &mut Vec<Feature>) {}

    /// A Gaussian teacher enters through `E[w₀²] = 1` only.
    fn teacher(&self) -> Vec<(f64, f64)> {
        vec![(1.0, 1.0)]
    }

    fn second_moment(&self) -> f64 {
        1.0
    }

    fn closed(&self, q_hat: f64, m_hat: f64, _shift: f64) -> Option<(Jet<3>, f64)> {
        let field_square = q_hat + m_hat * m_hat;
        let root = (1.0 + 4.0 * field_square).sqrt();
        let p = 0.5 * (1.0 + root);
        // P - 1 without cancellation at small fields.
        let above = field_square / p;
        let bend = -0.5 / (p * p * root);
        let value = 0.5 * (above + field_square / p - above.ln_1p());
        let mixed = 2.0 * m_hat * bend;
        let own = 1.0 / p + 4.0 * m_hat * m_hat * bend;
        let jet = Jet {
            value,
            gradient: [0.5 / p, m_hat / p, 0.0],
            hessian: [[bend, mixed, 0.0], [mixed, own, 0.0], [0.0; 3]],
        };
        Some((jet, 1.0 / (p * p)))
    }

    fn volume(&self) -> f64 {
        0.0
    }

    fn ball(&self, overlap: f64) -> Option<f64> {
        Some(0.5 * ((1.0 - overlap) * (1.0 + overlap)).ln())
    }

    fn draw(&self, uniform: f64) -> f64 {
        Gaussian::unit().draw(uniform)
    }
}
