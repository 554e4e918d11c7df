//! Cross-entropy `ℓ(Δ) = -Δ/2 + ln(2cosh γΔ)/(2γ) = ln(1 + e^{-2γΔ})/(2γ)` (L.3).

use super::{Loss, ZeroSet};
use crate::math::Feature;
use crate::math::wide::{self, dispatch, kernels};
use crate::model::site::{By, Jets};
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

    fn envelope(
        &self,
        omega: &[f64],
        chi: f64,
        p: &Parameters,
        by: Option<By>,
        out: &mut Jets,
    ) -> bool {
        if by.is_some() {
            return false;
        }
        out.resize(omega.len(), false);
        let scale = 2.0 * p.gamma;
        for start in (0..omega.len()).step_by(BLOCK) {
            let range = start..omega.len().min(start + BLOCK);
            let y = proximal(&omega[range.clone()], scale, scale * chi);
            let value = &mut out.value[range.clone()];
            let (slope, bend) = (&mut out.slope[range.clone()], &mut out.bend[range]);
            wide::softplus(&y[..value.len()], value, slope, bend);
            for i in 0..value.len() {
                let (s, b) = (-slope[i], scale * bend[i]);
                value[i] = -(value[i] / scale + 0.5 * chi * s * s);
                slope[i] = s;
                bend[i] = -b / (1.0 + chi * b);
            }
        }
        true
    }

    fn proximal(&self, omega: &[f64], chi: f64, p: &Parameters, out: &mut [f64]) -> bool {
        let scale = 2.0 * p.gamma;
        for (omega, out) in omega.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
            let y = proximal(omega, scale, scale * chi);
            out.iter_mut().zip(y).for_each(|(out, y)| *out = y / scale);
        }
        true
    }
}

/// A block of fields.
type Lane = [f64; BLOCK];

/// `y = 2γΔ` at the proximal points of a block of fields: the roots of `y = a + k/(1 + e^y)`, `a = 2γω`
/// and `k = 2γχ`.
fn proximal(omega: &[f64], scale: f64, k: f64) -> Lane {
    let (mut a, mut y, mut left) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
    a.iter_mut().zip(omega).for_each(|(a, w)| *a = scale * w);
    start(&a, k, k.ln_1p(), &mut y);
    for _ in 0..STEPS {
        step(&a, k, &mut y, &mut left);
        if !left.iter().any(|left| *left > NEAR) {
            break;
        }
    }
    y
}

/// Most steps: the iteration is monotone, and then cubic.
const STEPS: usize = 100;

/// The function whose root is looked for is convex below zero and concave above: starts are on the side
/// where Newton's method is monotone.
#[inline(always)]
fn start_body<const F: bool>(a: &Lane, k: f64, log: f64, y: &mut Lane) {
    for i in 0..BLOCK {
        // From e^y = k/(y-a) - 1: an upper bound of y gives a lower one.
        let above = a[i].max(0.0) + log;
        let ratio = k / (above - a[i]);
        let logarithm = kernels::ln::<F>(ratio - 1.0);
        let below = if ratio > 2.0 { logarithm } else { 0.0 };
        let negative = (a[i] + k).min(0.0);
        y[i] = if a[i] + 0.5 * k <= 0.0 {
            negative
        } else {
            below.max(a[i])
        };
    }
}

dispatch! { fn start(a: &Lane, k: f64, log: f64, y: &mut Lane) = start_body }

/// A step, and its size relative to `1 + |y|`. Halley's correction where it is small: its error is
/// cubic.
#[inline(always)]
fn step_body<const F: bool>(a: &Lane, k: f64, y: &mut Lane, left: &mut Lane) {
    let mut power = [0.0; BLOCK];
    for i in 0..BLOCK {
        power[i] = kernels::exp::<F>(-y[i].abs());
    }
    for i in 0..BLOCK {
        let c = 1.0 / (1.0 + power[i]);
        let s = if y[i] > 0.0 { power[i] * c } else { c };
        let fall = power[i] * c * c;
        let df = 1.0 + k * fall;
        let ddf = -k * fall * (1.0 - 2.0 * s);
        let newton = (y[i] - a[i] - k * s) / df;
        let bent = 0.5 * newton * ddf / df;
        let factor = if bent.abs() < 0.3 { 1.0 - bent } else { 1.0 };
        let step = newton / factor;
        y[i] -= step;
        left[i] = step.abs() / (1.0 + y[i].abs());
    }
}

dispatch! { fn step(a: &Lane, k: f64, y: &mut Lane, left: &mut Lane) = step_body }

/// A relative step after which the error, that of the next one, is below rounding.
const NEAR: f64 = 1e-6;
