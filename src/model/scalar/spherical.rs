//! Spherical weights `|w|² = N`.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_w(a, b)` | `b²/(2(1+a)) - ln(1+a)/2` (unit Gaussian base) | quadrature (law test); W.3 |
//! | radius multiplier | shifts `a`; eliminated: `A = (1 + √(1 + 4(q̂ + m̂²)))/2` | RS.6 |
//! | entropic part at the saddle | `½ ln(1-q) + (q-m²)/(2(1-q))` | Legendre transform (unit test) |

use super::neighbourhood::{Around, LocalEntropic};
use super::prior::Prior;
use crate::math::{Feature, GaussMeasure, Real};

/// Uniform measure on the sphere `|w|² = N`, normalised to one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spherical;

/// The precision `A` of one weight once the radius multiplier has fixed the norm (RS.6).
fn precision<D: Real>(field_square: D) -> D {
    (((field_square * 4.0) + 1.0).sqrt() + 1.0) * 0.5
}

impl Prior for Spherical {
    fn ln_z<D: Real>(&self, a: D, b: D) -> D {
        let precision = a + 1.0;
        b * b / precision * 0.5 - precision.ln() * 0.5
    }

    fn norm_precision(&self, _a: f64, field_square: f64) -> f64 {
        precision(field_square) - 1.0
    }

    /// A Gaussian teacher enters through `E[w₀²] = 1` only.
    fn teacher_atoms(&self) -> Vec<(f64, f64)> {
        vec![(1.0, 1.0)]
    }

    fn is_discrete(&self) -> bool {
        false
    }

    fn entropic<D: Real>(&self, q_hat: D, m_hat: D, _measure: &GaussMeasure) -> D {
        let field_square = q_hat + m_hat * m_hat;
        let a = precision(field_square);
        (a - 1.0) * 0.5 + field_square / a * 0.5 - a.ln() * 0.5
    }

    fn squared_variance(&self, q_hat: f64, m_hat: f64, _measure: &GaussMeasure) -> f64 {
        precision(q_hat + m_hat * m_hat).powi(-2)
    }

    fn features(&self, _q_hat: f64, _m_hat: f64) -> Vec<Feature> {
        Vec::new()
    }

    /// The reference weight enters through its covariance `r̂` with the field (FP.6).
    fn local_entropic<D: Real>(
        &self,
        [q_hat, r_hat, m_hat]: [D; 3],
        _around: &Around,
        measure: &GaussMeasure,
        _step: f64,
    ) -> LocalEntropic<D> {
        let own = q_hat + m_hat * r_hat * 2.0;
        LocalEntropic {
            value: self.entropic(own, m_hat, measure),
            squared_variance: self.squared_variance(own.re(), m_hat.re(), measure),
            mass: 1.0,
        }
    }

    fn ball(&self, overlap: f64) -> f64 {
        0.5 * ((1.0 - overlap) * (1.0 + overlap)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legendre_transform_gives_the_closed_form() {
        let measure = GaussMeasure::graded(&[]);
        for (q, m) in [(0.3, 0.0), (0.7, 0.5), (0.95, -0.6)] {
            let (v, q): (f64, f64) = (1.0 - q, q);
            let (q_hat, m_hat) = ((q - m * m) / (v * v), m / v);
            let phi = -0.5 * q_hat * v - m * m_hat + Spherical.entropic(q_hat, m_hat, &measure);
            let closed = 0.5 * v.ln() + (q - m * m) / (2.0 * v);
            assert!((phi - closed).abs() < 1e-13, "{q} {m}: {phi} {closed}");
        }
    }
}
