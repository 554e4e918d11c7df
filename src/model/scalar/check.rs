//! Laws that every prior and every loss obeys, as functions a newcomer calls in one line.
//!
//! Each returns the largest violation found, so that a test states its own tolerance.
//!
//! ```
//! use quenched::model::scalar::{check, binary::Binary};
//! assert!(check::prior_derivatives(&Binary) < 1e-8);
//! ```

use super::loss::Loss;
use super::prior::Prior;
use super::tilted;
use crate::model::parameters::Parameters;

const STEP: f64 = 1e-5;

/// Largest deviation of mean, variance and second moment from finite differences of `ln Z_w`:
/// `∂_b ln Z = ⟨w⟩`, `∂²_b ln Z = var w`, `∂_a ln Z = -½⟨w²⟩`.
pub fn prior_derivatives<P: Prior>(prior: &P) -> f64 {
    let mut worst: f64 = 0.0;
    for a in [0.0, 0.3, 2.0] {
        for b in [-5.0, -0.7, 0.0, 0.2, 3.0] {
            let at = |a: f64, b: f64| prior.ln_z(a, b);
            let mean = (at(a, b + STEP) - at(a, b - STEP)) / (2.0 * STEP);
            let variance = (prior.mean(a, b + STEP) - prior.mean(a, b - STEP)) / (2.0 * STEP);
            let second = -(at(a + STEP, b) - at(a - STEP, b)) / STEP;
            let moment = prior.variance(a, b) + prior.mean(a, b).powi(2);
            worst = worst
                .max((mean - prior.mean(a, b)).abs())
                .max((variance - prior.variance(a, b)).abs())
                .max((second - moment).abs());
        }
    }
    worst
}

/// Largest violation of the heat equation `∂_v Z = ½ ∂²_ω Z` (GA.6) by `ln Z_ℓ`, from its dual
/// derivatives, and of these derivatives against finite differences.
pub fn loss_derivatives<L: Loss>(loss: &L, p: &Parameters) -> f64 {
    use crate::math::real::{gradient, hessian, variable};
    let mut worst: f64 = 0.0;
    for v in [0.05, 0.6] {
        for omega in [-4.0, -1.0, 0.0, 0.4, 1.0, 5.0] {
            let dual = loss.ln_z(variable::<2>(omega, 0), variable::<2>(v, 1), &p.lift());
            let (g, h) = (gradient(&dual), hessian(&dual));
            let scale = 1.0 + g[0] * g[0] + h[0][0].abs();
            let heat = g[1] - 0.5 * (h[0][0] + g[0] * g[0]);
            let slope =
                (loss.ln_z(omega + STEP, v, p) - loss.ln_z(omega - STEP, v, p)) / (2.0 * STEP);
            worst = worst
                .max(heat.abs() / scale)
                .max((slope - g[0]).abs() / scale);
        }
    }
    worst
}

/// Largest difference between a loss's own `ln Z_ℓ`, mean energy and error probability and those
/// that quadrature of its energy gives (the defaults).
pub fn loss_overrides<L: Loss>(loss: &L, p: &Parameters) -> f64 {
    let mut worst: f64 = 0.0;
    for v in [1e-4, 0.05, 0.6] {
        for omega in [-6.0, -1.0, 0.0, 0.9, 1.0, 1.1, 5.0] {
            let ln_z = tilted::ln_z(loss, omega, v, p);
            let energy = tilted::average(loss, omega, v, p, |d| loss.energy(d, p));
            let error = tilted::average(loss, omega, v, p, |d| f64::from(u8::from(d < 0.0)));
            let scale = 1.0 + ln_z.abs();
            worst = worst
                .max((ln_z - loss.ln_z(omega, v, p)).abs() / scale)
                .max((energy - loss.mean_energy(omega, v, p)).abs() / (1.0 + energy.abs()))
                .max((error - loss.error_probability(omega, v, p)).abs());
        }
    }
    worst
}

/// Largest violation of proximal optimality: no neighbour of `prox_χ(ω)` may have a smaller value
/// of `ℓ(Δ) + (Δ-ω)²/(2χ)`, and the Moreau envelope is that value, with
/// `∂_ω M = (ω - prox)/χ` (L.6).
pub fn loss_prox<L: Loss>(loss: &L, p: &Parameters) -> f64 {
    use crate::math::real::{gradient, variable};
    let mut worst: f64 = 0.0;
    for chi in [0.01, 1.0, 40.0] {
        for omega in [-8.0, -1.0, 0.0, 0.5, 1.0, 3.0] {
            let value = |d: f64| loss.energy(d, p) + (d - omega).powi(2) / (2.0 * chi);
            let at = loss.prox(omega, chi, p);
            let best = value(at);
            for step in [1e-3, -1e-3, 1.0, -1.0] {
                worst = worst.max(best - value(at + step));
            }
            let envelope = loss.moreau(variable::<2>(omega, 0), variable::<2>(chi, 1), &p.lift());
            let g = gradient(&envelope);
            worst = worst
                .max((envelope.re - best).abs() / (1.0 + best))
                .max((g[0] - (omega - at) / chi).abs())
                .max((g[1] + (omega - at).powi(2) / (2.0 * chi * chi)).abs() / (1.0 + g[1].abs()));
        }
    }
    worst
}

/// Largest difference of a loss's own jets of `ln Z_ℓ` and of the Moreau envelope in `ω` from those
/// that dual numbers give (the defaults).
pub fn loss_jets<L: Loss>(loss: &L, p: &Parameters) -> f64 {
    use super::loss::dual_jet;
    use crate::math::real::{gradient, hessian, variable};
    let mut worst: f64 = 0.0;
    let mut compare = |got: [f64; 3], want: [f64; 3]| {
        for (got, want) in got.iter().zip(want) {
            worst = worst.max((got - want).abs() / (1.0 + want.abs()));
        }
    };
    for v in [1e-3, 0.05, 0.6, 4.0] {
        for omega in [-6.0, -1.0, -0.31, 0.0, 0.7, 0.93, 1.1, 5.0] {
            compare(loss.ln_z_jet(omega, v, p), dual_jet(loss, omega, v, p));
            if !loss.jumps() {
                let at = loss.moreau(variable::<1>(omega, 0), v.into(), &p.lift());
                let want = [at.re, gradient(&at)[0], hessian(&at)[0][0]];
                compare(loss.envelope(omega, v, p), want);
            }
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::{
        LossVisitor, PriorVisitor, SCALAR_LOSSES, SCALAR_WEIGHTS, with_loss, with_prior,
    };

    struct PriorLaws;
    impl PriorVisitor for PriorLaws {
        type Output = f64;
        fn visit<P: Prior + 'static>(self, prior: P) -> f64 {
            prior_derivatives(&prior)
        }
    }

    #[test]
    fn every_registered_prior_obeys_its_laws() {
        for name in SCALAR_WEIGHTS {
            let worst = with_prior(name, PriorLaws).expect("registered");
            assert!(worst < 1e-8, "{name}: {worst:e}");
        }
    }

    struct LossLaws(Parameters);
    impl LossVisitor for LossLaws {
        type Output = [f64; 4];
        fn visit<L: Loss + 'static>(self, loss: L) -> [f64; 4] {
            let convex = !loss.jumps();
            [
                loss_derivatives(&loss, &self.0),
                if convex {
                    loss_overrides(&loss, &self.0)
                } else {
                    0.0
                },
                if convex {
                    loss_prox(&loss, &self.0)
                } else {
                    0.0
                },
                loss_jets(&loss, &self.0),
            ]
        }
    }

    #[test]
    fn every_registered_loss_obeys_its_laws() {
        for name in SCALAR_LOSSES {
            for beta in [0.3, 2.0, 40.0] {
                for gamma in [0.5, 3.0] {
                    let p = Parameters {
                        beta,
                        gamma,
                        kappa: 0.3,
                        ..Parameters::default()
                    };
                    let [derivatives, overrides, prox, jets] =
                        with_loss(name, LossLaws(p)).expect("registered");
                    assert!(
                        derivatives < 1e-7,
                        "{name} beta={beta}: derivatives {derivatives:e}"
                    );
                    assert!(
                        overrides < 1e-12,
                        "{name} beta={beta}: overrides {overrides:e}"
                    );
                    assert!(prox < 1e-12, "{name} gamma={gamma}: prox {prox:e}");
                    assert!(jets < 1e-10, "{name} beta={beta}: jets {jets:e}");
                }
            }
        }
    }
}
