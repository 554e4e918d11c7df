//! Gaussian weights of any length.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | law | `√(λ/2π) exp(-λ w²/2)`, `λ = 1` for `gaussian` | |
//! | `ln Z_w(a, b)` | `b²/(2P) - ½ ln(P/λ)`, `P = λ + a > 0` (FN.11) | quadrature (law test) |
//! | average | `F/(2P) - ½ ln(P/λ)`, `F = q̂ + m̂²/λ` (FN.12) | quadrature (law test) |

use super::{Alphabet, Norm, Prior};
use crate::math::real::Jet;
use crate::math::{Feature, GaussMeasure};
use crate::model::site::Jets;

/// Normal law of mean zero and precision λ, normalised to one; the norm of a weight vector is free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    strength: f64,
    ridge: bool,
}

impl Default for Gaussian {
    fn default() -> Self {
        Gaussian::unit()
    }
}

impl Gaussian {
    /// Unit variance.
    pub const fn unit() -> Self {
        Gaussian {
            strength: 1.0,
            ridge: false,
        }
    }

    /// Precision λ: the ridge penalty `λ w²/2`. `None` unless λ is positive and finite.
    pub fn ridge(lambda: f64) -> Option<Self> {
        (lambda > 0.0 && lambda.is_finite()).then_some(Gaussian {
            strength: lambda,
            ridge: true,
        })
    }

    /// λ.
    pub fn strength(&self) -> f64 {
        self.strength
    }
}

impl Prior for Gaussian {
    fn name(&self) -> String {
        if self.ridge { "ridge" } else { "gaussian" }.into()
    }

    fn norm(&self) -> Norm {
        Norm::Free
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Continuous
    }

    /// For `a ≤ -λ` the integral diverges and the jets are not finite.
    fn fill(&self, fields: &[f64], a: f64, by_precision: bool, out: &mut Jets) {
        out.resize(fields.len(), by_precision);
        let precision = self.strength + a;
        let (variance, volume) = if precision > 0.0 {
            (1.0 / precision, -0.5 * (a / self.strength).ln_1p())
        } else {
            (f64::INFINITY, f64::INFINITY)
        };
        for (i, &b) in fields.iter().enumerate() {
            let mean = b * variance;
            out.value[i] = 0.5 * b * mean + volume;
            out.slope[i] = mean;
        }
        out.bend.fill(variance);
        if by_precision {
            for i in 0..fields.len() {
                let square = out.slope[i] * out.slope[i];
                out.by[i] = -0.5 * (variance + square);
                out.slope_by[i] = -variance * out.slope[i];
                out.by_by[i] = variance * (0.5 * variance + square);
            }
        }
    }

    fn features(&self, _a: f64, _out: &mut Vec<Feature>) {}

    fn teacher(&self) -> Vec<(f64, f64)> {
        let measure = GaussMeasure::graded(&[Feature {
            centre: 0.0,
            width: 0.0,
        }]);
        let width = self.strength.sqrt().recip();
        let half: Vec<(f64, f64)> = measure
            .positions()
            .iter()
            .zip(measure.weights())
            .filter(|(z, _)| **z > 0.0)
            .map(|(&z, &weight)| (z * width, weight))
            .collect();
        super::definition::normalised(half)
    }

    fn second_moment(&self) -> f64 {
        1.0 / self.strength
    }

    fn closed(&self, q_hat: f64, m_hat: f64, shift: f64) -> Option<(Jet<3>, f64)> {
        let rho = 1.0 / self.strength;
        let added = q_hat + shift;
        let v = 1.0 / (self.strength + added);
        let f = q_hat + m_hat * m_hat * rho;
        let (first, third) = (m_hat * rho * v, f * v * v * v);
        let half = 0.5 * v * v;
        let q_m = -first * v;
        let jet = Jet {
            value: 0.5 * f * v - 0.5 * (added * rho).ln_1p(),
            gradient: [-f * half, first, -f * half - 0.5 * v],
            hessian: [
                [third - half, q_m, third],
                [q_m, rho * v, q_m],
                [third, q_m, third + half],
            ],
        };
        Some((jet, v * v))
    }

    fn volume(&self) -> f64 {
        0.0
    }

    fn draw(&self, uniform: f64) -> f64 {
        super::definition::normal_quantile(uniform) / self.strength.sqrt()
    }
}
