//! Cross-entropy `ℓ(Δ) = -Δ/2 + ln(2cosh γΔ)/(2γ) = ln(1 + e^{-2γΔ})/(2γ)` (L.3).

use super::{Loss, ZeroSet};
use crate::math::Feature;
use crate::model::{Control, Parameters};

/// Logistic loss of sharpness `γ`; ½ is the logistic loss, ∞ is `max(0, -Δ)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrossEntropy;

/// `[ln(1 + e^{-y}), its slope, its second derivative]`.
fn softplus(y: f64) -> [f64; 3] {
    let e = (-y.abs()).exp();
    let c = 1.0 / (1.0 + e);
    let slope = if y > 0.0 { e * c } else { c };
    [e.ln_1p() + (-y).max(0.0), -slope, e * c * c]
}

impl Loss for CrossEntropy {
    fn name(&self) -> String {
        "cross-entropy".to_owned()
    }

    fn formula(&self) -> String {
        "log(1 + exp(-2 gamma x)) / (2 gamma)".to_owned()
    }

    fn controls(&self) -> Vec<Control> {
        vec![Control::Gamma]
    }

    fn energy(&self, delta: f64, p: &Parameters) -> [f64; 3] {
        let scale = 2.0 * p.gamma;
        let [value, slope, bend] = softplus(scale * delta);
        [value / scale, slope, scale * bend]
    }

    fn energy_by(&self, delta: f64, control: Control, p: &Parameters) -> [f64; 3] {
        if control != Control::Gamma {
            return [0.0; 3];
        }
        // ℓ = S(y)/s with y = sΔ: ∂_s ℓ = (y S′ - S)/s², and ∂_γ = 2 ∂_s.
        let scale = 2.0 * p.gamma;
        let y = scale * delta;
        let [value, slope, bend] = softplus(y);
        let first = (y * slope - value) / (scale * scale);
        [
            2.0 * first,
            2.0 * delta * bend,
            4.0 * (delta * delta * bend - 2.0 * first) / scale,
        ]
    }

    fn zero_set(&self, _p: &Parameters) -> ZeroSet {
        ZeroSet::Empty
    }

    fn features(&self, p: &Parameters) -> Vec<Feature> {
        vec![Feature {
            centre: 0.0,
            width: 1.0 / p.gamma,
        }]
    }

    fn dynamic(&self) -> &dyn Loss {
        self
    }
}
