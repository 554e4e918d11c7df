//! Cross-entropy `ℓ(Δ) = -Δ/2 + ln(2cosh γΔ)/(2γ) = ln(1 + e^{-2γΔ})/(2γ)`.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `γ` | sharpness; ½ is the logistic loss, ∞ is `max(0, -Δ)` (L.3) | limits (unit test) |
//! | `ln Z_ℓ` | the default: no closed form | enumeration (law test) |
//! | `prox_χ(ω)` | root of `y = 2γω + 2γχ/(1+e^y)`, `y = 2γΔ` (L.3) | bracketed Newton (unit test) |

use super::loss::Loss;
use crate::math::{Feature, Real};
use crate::model::parameters::{Control, Parameters};

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

    fn prox(&self, omega: f64, chi: f64, p: &Parameters) -> f64 {
        let scale = 2.0 * p.gamma;
        omega + chi * pull(scale * omega, scale * chi)
    }

    fn envelope(&self, omega: f64, chi: f64, p: &Parameters) -> [f64; 3] {
        let scale = 2.0 * p.gamma;
        let s = pull(scale * omega, scale * chi);
        let bend = scale * s * (1.0 - s);
        // ln(1 + e^-y) with 1/(1 + e^y) = s.
        let y = scale * (omega + chi * s);
        let cost = if s < 0.5 { -(-s).ln_1p() } else { -y - s.ln() };
        let value = cost / scale + 0.5 * chi * s * s;
        [value, -s, bend / (1.0 + chi * bend)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special::ln_2cosh;

    #[test]
    fn the_fast_envelope_is_the_default_one() {
        use crate::math::real::{gradient, hessian, variable};
        use crate::model::scalar::tilted;
        for gamma in [0.05, 0.5, 20.0] {
            let p = Parameters {
                gamma,
                ..Parameters::default()
            };
            for chi in [1e-6, 0.3, 7.0, 1e3, 1e6] {
                for i in -40..=40 {
                    let omega = 0.37 * f64::from(i);
                    let plain = tilted::prox(&CrossEntropy, omega, chi, &p);
                    let fast = CrossEntropy.prox(omega, chi, &p);
                    let scale = plain.abs().max(1.0);
                    // Far below zero the proximal point is a difference of large numbers.
                    let rounding = 1e-15 * (omega.abs() + chi);
                    let off = (plain - fast).abs();
                    assert!(
                        off < 1e-13 * scale + rounding,
                        "{gamma} {chi} {omega}: {off}"
                    );
                    let at = CrossEntropy.moreau(
                        variable::<1>(omega, 0),
                        Real::constant(chi),
                        &p.lift(),
                    );
                    let want = [at.re, gradient(&at)[0], hessian(&at)[0][0]];
                    let got = CrossEntropy.envelope(omega, chi, &p);
                    for (got, want) in got.iter().zip(want) {
                        let off = (got - want).abs();
                        assert!(
                            off < 2e-11 * (1e-3 + want.abs()),
                            "{gamma} {chi} {omega}: {off}"
                        );
                    }
                }
            }
        }
    }

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
