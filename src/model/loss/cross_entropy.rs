//! Cross-entropy `ℓ(Δ) = -Δ/2 + ln(2cosh γΔ)/(2γ) = ln(1 + e^{-2γΔ})/(2γ)` (L.3).

use super::{Loss, ZeroSet};
use crate::math::{Feature, wide};
use crate::model::site::{By, Jets};
use crate::model::tilted;
use crate::model::{Control, Parameters};

/// Logistic loss of sharpness `γ`; ½ is the logistic loss, ∞ is `max(0, -Δ)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrossEntropy;

/// Stabilities done at a time.
const BLOCK: usize = 64;

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

    fn energies(&self, delta: &[f64], p: &Parameters, out: [&mut [f64]; 3]) {
        let (scale, [value, slope, bend]) = (2.0 * p.gamma, out);
        let mut room = [0.0; BLOCK];
        for start in (0..delta.len()).step_by(BLOCK) {
            let range = start..delta.len().min(start + BLOCK);
            let y = &mut room[..range.len()];
            for (y, delta) in y.iter_mut().zip(&delta[range.clone()]) {
                *y = scale * delta;
            }
            let (value, bend) = (&mut value[range.clone()], &mut bend[range.clone()]);
            wide::softplus(y, value, &mut slope[range], bend);
            for (value, bend) in value.iter_mut().zip(bend) {
                *value /= scale;
                *bend *= scale;
            }
        }
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

    fn features(&self, p: &Parameters, out: &mut Vec<Feature>) {
        out.push(Feature {
            centre: 0.0,
            width: 1.0 / p.gamma,
        });
    }

    fn envelope(&self, omega: &[f64], chi: f64, p: &Parameters, by: Option<By>, out: &mut Jets) {
        if by.is_some() {
            return tilted::envelope(self, omega, chi, p, by, out);
        }
        out.resize(omega.len(), false);
        let scale = 2.0 * p.gamma;
        for (i, &field) in omega.iter().enumerate() {
            let s = pull(scale * field, scale * chi);
            let bend = scale * s * (1.0 - s);
            // ln(1 + e^-y) with 1/(1 + e^y) = s.
            let y = scale * (field + chi * s);
            let cost = if s < 0.5 { -(-s).ln_1p() } else { -y - s.ln() };
            out.value[i] = -(cost / scale + 0.5 * chi * s * s);
            out.slope[i] = s;
            out.bend[i] = -bend / (1.0 + chi * bend);
        }
    }

    fn proximal(&self, omega: &[f64], chi: f64, p: &Parameters, out: &mut [f64]) {
        let scale = 2.0 * p.gamma;
        for (out, &field) in out.iter_mut().zip(omega) {
            *out = field + chi * pull(scale * field, scale * chi);
        }
    }

    fn dynamic(&self) -> &dyn Loss {
        self
    }
}

/// Minus the slope `s = 1/(1 + e^y)` of the loss at its proximal point, `y = a + k s`: the root of a
/// function that is convex below zero and concave above, from the side where Newton's method is
/// monotone.
fn pull(a: f64, k: f64) -> f64 {
    let mut y = if a + 0.5 * k <= 0.0 {
        (a + k).min(0.0)
    } else {
        // From e^y = k/(y-a) - 1: an upper bound of y gives a lower one.
        let above = a.max(0.0) + k.ln_1p();
        let ratio = k / (above - a);
        let below = if ratio > 2.0 { (ratio - 1.0).ln() } else { 0.0 };
        below.max(a)
    };
    for _ in 0..100 {
        let s = slope_at(y);
        let fall = s * (1.0 - s);
        let (f, df) = (y - a - k * s, 1.0 + k * fall);
        let ddf = -k * fall * (1.0 - 2.0 * s);
        let newton = f / df;
        // Halley's correction where it is small; its error is cubic, and s follows to second order.
        let bent = 0.5 * newton * ddf / df;
        let step = if bent.abs() < 0.3 {
            newton / (1.0 - bent)
        } else {
            newton
        };
        y -= step;
        if step.abs() <= NEAR * (1.0 + y.abs()) {
            return s + fall * step * (1.0 + 0.5 * (1.0 - 2.0 * s) * step);
        }
    }
    slope_at(y)
}

/// A step after which the error of the next one is below rounding.
const NEAR: f64 = 1e-6;

/// `1/(1 + e^y)`, accurate in both tails.
fn slope_at(y: f64) -> f64 {
    if y > 0.0 {
        let e = (-y).exp();
        e / (1.0 + e)
    } else {
        1.0 / (1.0 + y.exp())
    }
}
