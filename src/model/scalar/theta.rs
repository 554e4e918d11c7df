//! Error counting with a margin: `ℓ(Δ) = 1` if `Δ < κ`, else 0.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_ℓ`, β = ∞ | `ln H(x)`, `x = (κ-ω)/√v` (L.2) | limit of finite β (law test) |
//! | `ln Z_ℓ`, finite β | `ln(H(x) + e^{-β} H(-x))` | quadrature on both sides of the step |

use super::loss::{Loss, ZeroSet, dual_jet};
use crate::math::{Feature, Real, special};
use crate::model::parameters::{Control, Parameters};

/// Counts stabilities below the margin `κ`, of any sign.
#[derive(Clone, Copy, Debug, Default)]
pub struct Theta;

/// Partition functions below this are known by their logarithm only.
const UNDERFLOW: f64 = 1e-280;

impl Loss for Theta {
    fn parameters(&self) -> &'static [Control] {
        &[Control::Kappa]
    }

    fn energy<D: Real>(&self, delta: D, p: &Parameters<D>) -> D {
        D::constant(f64::from(u8::from(delta.re() < p.kappa.re())))
    }

    fn ln_z<D: Real>(&self, omega: D, v: D, p: &Parameters<D>) -> D {
        let x = (p.kappa - omega) / v.sqrt();
        D::ln_add_exp(special::ln_h_of(x), special::ln_h_of(-x) - p.beta)
    }

    fn ln_z_jet(&self, omega: f64, v: f64, p: &Parameters) -> [f64; 3] {
        let root = v.sqrt();
        let x = (p.kappa - omega) / root;
        let gain = -(-p.beta).exp_m1();
        // Z = 1 - gain H(-x), written as what is left where that is small.
        let ln_z = if x > 0.0 {
            let z = (-p.beta).exp() + gain * special::h(x);
            if z < UNDERFLOW {
                return dual_jet(self, omega, v, p);
            }
            z.ln()
        } else {
            (-gain * special::h(-x)).ln_1p()
        };
        let g = gain * special::gauss(x) * (-ln_z).exp();
        [ln_z, g / root, g * (x - g) / v]
    }

    fn tabulate(&self) -> bool {
        false
    }

    fn error_probability(&self, omega: f64, v: f64, p: &Parameters) -> f64 {
        // Mass below min(κ, 0) pays; mass between κ and 0 (κ < 0) errs without paying. Logarithms,
        // because Z itself underflows deep in the frustrated tail.
        let root = v.sqrt();
        let (edge, zero) = ((p.kappa - omega) / root, -omega / root);
        let ln_z = self.ln_z(omega, v, p);
        let paid = (special::ln_h(-edge.min(zero)) - p.beta - ln_z).exp();
        let free = if zero > edge {
            let (from, to) = (special::ln_h(edge) - ln_z, special::ln_h(zero) - ln_z);
            from.exp() * -(to - from).exp_m1()
        } else {
            0.0
        };
        paid + free
    }

    fn mean_energy(&self, omega: f64, v: f64, p: &Parameters) -> f64 {
        let x = (p.kappa - omega) / v.sqrt();
        (special::ln_h(-x) - p.beta - self.ln_z(omega, v, p)).exp()
    }

    fn zero_set<D: Real>(&self, p: &Parameters<D>) -> ZeroSet<D> {
        ZeroSet::HalfLine(p.kappa)
    }

    fn jumps(&self) -> bool {
        true
    }

    fn features(&self, p: &Parameters) -> Vec<Feature> {
        vec![Feature {
            centre: p.kappa,
            width: 0.0,
        }]
    }

    fn prox_features(&self, _chi: f64, p: &Parameters) -> Vec<Feature> {
        self.features(p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::gauss::panel_integral;

    /// Averages of the tilted measure by plain panels broken at the step and at zero.
    fn plain(omega: f64, v: f64, p: &Parameters) -> [f64; 3] {
        let root = v.sqrt();
        let mut cuts = [omega - 12.0 * root, omega + 12.0 * root, p.kappa, 0.0];
        cuts.sort_by(f64::total_cmp);
        let mut sums = [0.0; 3];
        for pair in cuts.windows(2) {
            for piece in 0..64 {
                let step = (pair[1] - pair[0]) / 64.0;
                let a = pair[0] + step * f64::from(piece);
                let mid = a + 0.5 * step;
                let (cost, wrong) = (Theta.energy(mid, p), f64::from(u8::from(mid < 0.0)));
                let mass =
                    panel_integral(a, a + step, |d| special::gauss((d - omega) / root) / root);
                let mass = mass * (-p.beta * cost).exp();
                sums[0] += mass;
                sums[1] += mass * cost;
                sums[2] += mass * wrong;
            }
        }
        [sums[0].ln(), sums[1] / sums[0], sums[2] / sums[0]]
    }

    #[test]
    fn closed_forms_agree_with_quadrature_on_both_sides_of_the_step() {
        for (kappa, beta) in [(0.0, 0.7), (0.4, 3.0), (-0.6, 3.0), (-0.6, 30.0)] {
            let p = Parameters {
                kappa,
                beta,
                ..Parameters::default()
            };
            for omega in [-2.0, 0.0, 0.3, 1.5] {
                let [ln_z, energy, error] = plain(omega, 0.3, &p);
                assert!((Theta.ln_z(omega, 0.3, &p) - ln_z).abs() < 1e-12);
                assert!((Theta.mean_energy(omega, 0.3, &p) - energy).abs() < 1e-12);
                assert!((Theta.error_probability(omega, 0.3, &p) - error).abs() < 1e-12);
            }
        }
        let frustrated = Parameters {
            beta: 1e4,
            ..Parameters::default()
        };
        assert!((Theta.error_probability(-60.0, 1.0, &frustrated) - 0.0).abs() < 1e-12);
        assert!(
            (Theta.error_probability(
                -60.0,
                0.1,
                &Parameters {
                    beta: 1e3,
                    ..frustrated
                }
            ) - 1.0)
                .abs()
                < 1e-12
        );
    }
}
