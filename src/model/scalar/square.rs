//! Square loss `ℓ(Δ) = (1-Δ)²/2`. **The template of a loss.**
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_ℓ` | `-½ ln(1+βv) - β(1-ω)²/(2(1+βv))` (L.4) | quadrature of the energy (law test) |
//! | `prox_χ(ω)` | `(ω+χ)/(1+χ)` (L.8) | optimality (law test) |

use super::loss::{Loss, ZeroSet, beta_slope};
use crate::math::{Feature, Real, special};
use crate::model::parameters::Parameters;

/// Squared distance of the stability from one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Square;

impl Loss for Square {
    fn energy<D: Real>(&self, delta: D, _p: &Parameters<D>) -> D {
        (delta - 1.0).square() * 0.5
    }

    fn ln_z<D: Real>(&self, omega: D, v: D, p: &Parameters<D>) -> D {
        let stiffness = p.beta * v + 1.0;
        -(stiffness.ln() + p.beta * (omega - 1.0).square() / stiffness) * 0.5
    }

    fn ln_z_jet(&self, omega: f64, v: f64, p: &Parameters) -> [f64; 3] {
        let (gap, soft) = (1.0 - omega, p.beta / (1.0 + p.beta * v));
        let ln_z = -0.5 * ((p.beta * v).ln_1p() + soft * gap * gap);
        [ln_z, soft * gap, -soft]
    }

    fn tabulate(&self) -> bool {
        false
    }

    fn error_probability(&self, omega: f64, v: f64, p: &Parameters) -> f64 {
        let stiffness = 1.0 + p.beta * v;
        special::h((omega + p.beta * v) / (stiffness * v).sqrt())
    }

    fn mean_energy(&self, omega: f64, v: f64, p: &Parameters) -> f64 {
        -beta_slope(self, omega, v, p)
    }

    fn zero_set<D: Real>(&self, _p: &Parameters<D>) -> ZeroSet<D> {
        ZeroSet::Point(D::constant(1.0))
    }

    fn features(&self, _p: &Parameters) -> Vec<Feature> {
        Vec::new()
    }

    fn prox(&self, omega: f64, chi: f64, _p: &Parameters) -> f64 {
        (omega + chi) / (1.0 + chi)
    }

    fn envelope(&self, omega: f64, chi: f64, _p: &Parameters) -> [f64; 3] {
        let (gap, soft) = (1.0 - omega, 1.0 / (1.0 + chi));
        [0.5 * gap * gap * soft, -gap * soft, soft]
    }
}
