//! Cross-entropy `ℓ(Δ) = -Δ/2 + ln(2cosh γΔ)/(2γ) = ln(1 + e^{-2γΔ})/(2γ)`.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `γ` | sharpness; ½ is the logistic loss, ∞ is `max(0, -Δ)` (L.3) | limits (unit test) |
//! | `ln Z_ℓ`, `prox_χ` | the defaults: no closed form | enumeration, optimality (law test) |

use super::loss::Loss;
use super::parameters::{Control, Parameters};
use crate::math::{Feature, Real};

/// Logistic loss of sharpness `γ`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrossEntropy;

/// `ln(1 + e^{-x})` without overflow, and without losing small values at large `x`.
fn softplus_of_minus<D: Real>(x: D) -> D {
    if x.re() > 0.0 {
        (-x).exp().ln_1p()
    } else {
        x.exp().ln_1p() - x
    }
}

impl Loss for CrossEntropy {
    fn parameters(&self) -> &'static [Control] {
        &[Control::Gamma]
    }

    fn energy<D: Real>(&self, delta: D, p: &Parameters<D>) -> D {
        softplus_of_minus(p.gamma * delta * 2.0) / p.gamma * 0.5
    }

    fn features(&self, p: &Parameters) -> Vec<Feature> {
        vec![Feature {
            centre: 0.0,
            width: 1.0 / p.gamma,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special::ln_2cosh;

    #[test]
    fn both_forms_and_both_limits() {
        let p = |gamma: f64| Parameters {
            gamma,
            ..Parameters::default()
        };
        for delta in [-3.0, -0.2, 0.0, 0.4, 5.0] {
            let form = -delta / 2.0 + ln_2cosh(0.7 * delta) / 1.4;
            assert!((CrossEntropy.energy(delta, &p(0.7)) - form).abs() < 1e-15);
            assert!((CrossEntropy.energy(delta, &p(1e9)) - (-delta).max(0.0)).abs() < 1e-9);
        }
        let far = CrossEntropy.energy(40.0, &p(2.0));
        assert!((far / ((-160.0f64).exp() / 4.0) - 1.0).abs() < 1e-14);
    }
}
