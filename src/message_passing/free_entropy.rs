//! What a fixed point of approximate message passing says: free entropy, energy, errors (MP.8,
//! MX.63).

use super::amp::{Amp, Confinement};
use super::channel::Regime;
use super::iteration::Thermodynamics;
use crate::model::scalar::{Loss, Prior};

impl<P: Prior, L: Loss> Amp<'_, P, L> {
    /// Free entropy, energy, entropy and overlap of the present state; they mean something at a
    /// fixed point.
    pub fn thermodynamics(&self) -> Thermodynamics {
        let state = &self.state;
        let n = state.mean.len() as f64;
        let energy = state
            .omega
            .iter()
            .map(|&omega| self.regime.energy(&self.loss, omega, state.v, &self.p))
            .sum::<f64>()
            / n;
        let overlap = state.mean.iter().map(|m| m * m).sum::<f64>() / n;
        if self.regime == Regime::Minimum {
            let ridge = match self.confinement {
                Confinement::Ridge(lambda) => 0.5 * lambda * overlap,
                Confinement::Sphere(_) => 0.0,
            };
            return Thermodynamics {
                free_entropy: -(energy + ridge),
                energy,
                entropy: 0.0,
                overlap,
            };
        }
        let free_entropy = (self.weights_term() + self.patterns_term()) / n;
        let beta_energy = if self.p.beta.is_finite() {
            self.p.beta * energy
        } else {
            0.0
        };
        Thermodynamics {
            free_entropy,
            energy,
            entropy: free_entropy + beta_energy,
            overlap,
        }
    }

    /// Part of the weights in MP.8.
    fn weights_term(&self) -> f64 {
        let state = &self.state;
        let term = |i: usize| {
            let (m, b) = (state.mean[i], state.field[i]);
            self.prior.ln_z(state.precision, b + self.external[i])
                + 0.5 * state.precision * (m * m + state.variance[i])
                - b * m
        };
        (0..state.mean.len()).map(term).sum()
    }

    /// Part of the patterns in MP.8.
    fn patterns_term(&self) -> f64 {
        let state = &self.state;
        let term = |(&omega, &g): (&f64, &f64)| {
            let response = self.regime.respond(&self.loss, omega, state.v, &self.p);
            response.ln_z + 0.5 * state.v * g * g
        };
        state.omega.iter().zip(&state.g).map(term).sum()
    }

    /// `m·w/N`, the overlap of the means with a configuration.
    pub fn overlap_with(&self, w: &[f64]) -> f64 {
        let pairs = self.state.mean.iter().zip(w);
        pairs.map(|(m, w)| m * w).sum::<f64>() / self.state.mean.len() as f64
    }

    /// Mean probability that a pattern has `Δ < 0`; for a minimum the fraction of such patterns.
    pub fn training_error(&self) -> f64 {
        let state = &self.state;
        let wrong = |&omega: &f64| self.regime.error(&self.loss, omega, state.v, &self.p);
        state.omega.iter().map(wrong).sum::<f64>() / state.omega.len() as f64
    }
}
