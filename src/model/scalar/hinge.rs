//! Hinge loss `ℓ(Δ) = max(0, 1-Δ)`.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_ℓ` | two truncated Gaussians, `a = (1-ω)/√v`, `t = β√v - a` (L.5) | quadrature (law test) |
//! | `prox_χ(ω)` | `ω+χ`, `1` or `ω` (L.8) | optimality (law test) |

use super::loss::{Loss, ZeroSet, beta_slope};
use crate::math::{Feature, Real, special};
use crate::model::parameters::Parameters;

/// Linear cost below stability one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hinge;

impl Loss for Hinge {
    fn energy<D: Real>(&self, delta: D, _p: &Parameters<D>) -> D {
        if delta.re() < 1.0 {
            -delta + 1.0
        } else {
            D::constant(0.0)
        }
    }

    fn ln_z<D: Real>(&self, omega: D, v: D, p: &Parameters<D>) -> D {
        let root = v.sqrt();
        let a = (-omega + 1.0) / root;
        let t = p.beta * root - a;
        // exp(β²v/2 - β√v a) H(t): the squares cancel where t > 0, so they are never formed there.
        let paid = if t.re() > 0.0 {
            special::ln_h_scaled_of(t) - a * a * 0.5
        } else {
            special::ln_h_of(t) + p.beta * root * (t - a) * 0.5
        };
        D::ln_add_exp(special::ln_h_of(a), paid)
    }

    fn ln_z_jet(&self, omega: f64, v: f64, p: &Parameters) -> [f64; 3] {
        let root = v.sqrt();
        let a = (1.0 - omega) / root;
        let t = p.beta * root - a;
        let ([free, ..], [ln_tail, g, _]) = (special::tail(a), special::tail(t));
        let paid = if t > 0.0 {
            special::ln_h_scaled(t) - 0.5 * a * a
        } else {
            ln_tail + 0.5 * p.beta * root * (t - a)
        };
        let ln_z = f64::ln_add_exp(free, paid);
        // The loss is continuous: what the two parts gain at their common edge cancels.
        let share = (paid - ln_z).exp();
        let slope = p.beta * share;
        [ln_z, slope, slope * (p.beta - g / root - slope)]
    }

    fn tabulate(&self) -> bool {
        false
    }

    fn error_probability(&self, omega: f64, v: f64, p: &Parameters) -> f64 {
        let root = v.sqrt();
        let (a, below) = ((1.0 - omega) / root, p.beta * root + omega / root);
        let t = p.beta * root - a;
        // ∫_{Δ<0}: the same tilt, cut at zero instead of one.
        let ln_mass = if below > 0.0 {
            special::ln_h_scaled(below) - 0.5 * (omega / root).powi(2) - p.beta
        } else {
            special::ln_h(below) + p.beta * root * (t - a) * 0.5
        };
        (ln_mass - self.ln_z(omega, v, p)).exp()
    }

    fn mean_energy(&self, omega: f64, v: f64, p: &Parameters) -> f64 {
        -beta_slope(self, omega, v, p)
    }

    fn zero_set<D: Real>(&self, _p: &Parameters<D>) -> ZeroSet<D> {
        ZeroSet::HalfLine(D::constant(1.0))
    }

    fn features(&self, _p: &Parameters) -> Vec<Feature> {
        vec![Feature {
            centre: 1.0,
            width: 0.0,
        }]
    }

    fn prox(&self, omega: f64, chi: f64, _p: &Parameters) -> f64 {
        (omega + chi).min(omega.max(1.0))
    }

    fn prox_features(&self, chi: f64, _p: &Parameters) -> Vec<Feature> {
        vec![
            Feature {
                centre: 1.0,
                width: 0.0,
            },
            Feature {
                centre: 1.0 - chi,
                width: 0.0,
            },
        ]
    }

    fn moreau<D: Real>(&self, omega: D, chi: D, _p: &Parameters<D>) -> D {
        let gap = -omega + 1.0;
        if gap.re() <= 0.0 {
            D::constant(0.0)
        } else if gap.re() <= chi.re() {
            gap * gap / chi * 0.5
        } else {
            gap - chi * 0.5
        }
    }

    fn envelope(&self, omega: f64, chi: f64, p: &Parameters) -> [f64; 3] {
        let gap = 1.0 - omega;
        let value = self.moreau(omega, chi, p);
        if gap <= 0.0 {
            [value, 0.0, 0.0]
        } else if gap <= chi {
            [value, -gap / chi, 1.0 / chi]
        } else {
            [value, -1.0, 0.0]
        }
    }
}
