//! What a fixed point of approximate message passing says: free entropy, energy, errors (MP.8,
//! MX.63).

use super::amp::Amp;
use super::iteration::Thermodynamics;
use super::measure::{Confinement, Measure};
use crate::model::site::{Jets, Site};

impl Amp<'_> {
    /// Free entropy, energy, entropy and overlap of the present state; they mean something at a
    /// fixed point.
    pub fn thermodynamics(&self) -> Thermodynamics {
        let state = &self.state;
        let n = state.mean.len() as f64;
        let mut energies = vec![0.0; state.omega.len()];
        self.channel
            .mean_energy(&state.omega, state.v, &mut energies);
        let energy = energies.iter().sum::<f64>() / n;
        let overlap = state.mean.iter().map(|m| m * m).sum::<f64>() / n;
        if let Measure::Minimum(confinement) = self.measure {
            let ridge = match confinement {
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
        let mut jets = Jets::default();
        let free_entropy = (self.weights_term(&mut jets) + self.patterns_term(&mut jets)) / n;
        let beta = self.channel.parameters.beta;
        let beta_energy = if beta.is_finite() { beta * energy } else { 0.0 };
        Thermodynamics {
            free_entropy,
            energy,
            entropy: free_entropy + beta_energy,
            overlap,
        }
    }

    /// Part of the weights in MP.8.
    fn weights_term(&self, jets: &mut Jets) -> f64 {
        let Measure::Weights(prior) = &self.measure else {
            return 0.0;
        };
        let state = &self.state;
        let fields = state.field.iter().zip(&self.external);
        let totals: Vec<f64> = fields.map(|(b, h)| b + h).collect();
        prior.fill(&totals, state.precision, false, jets);
        let term = |i: usize| {
            let m = state.mean[i];
            jets.value[i] + 0.5 * state.precision * (m * m + state.variance[i]) - state.field[i] * m
        };
        (0..state.mean.len()).map(term).sum()
    }

    /// Part of the patterns in MP.8.
    fn patterns_term(&self, jets: &mut Jets) -> f64 {
        let state = &self.state;
        self.channel.fill(&state.omega, state.v, None, jets);
        let terms = jets.value.iter().zip(&state.g);
        terms.map(|(ln_z, g)| ln_z + 0.5 * state.v * g * g).sum()
    }

    /// Mean square `Q` of a weight: one unless the norm is free (MP.24).
    pub fn mean_square(&self) -> f64 {
        let pairs = self.state.mean.iter().zip(&self.state.variance);
        let own = |variance: f64| match self.measure {
            Measure::Weights(_) => variance,
            Measure::Minimum(_) => 0.0,
        };
        pairs.map(|(m, s)| m * m + own(*s)).sum::<f64>() / self.state.mean.len() as f64
    }

    /// `m·w/N`, the overlap of the means with a configuration.
    pub fn overlap_with(&self, w: &[f64]) -> f64 {
        let pairs = self.state.mean.iter().zip(w);
        pairs.map(|(m, w)| m * w).sum::<f64>() / self.state.mean.len() as f64
    }

    /// Mean probability that a pattern has `Δ < 0`; for a minimum the fraction of such patterns.
    pub fn training_error(&self) -> f64 {
        let state = &self.state;
        let mut wrong = vec![0.0; state.omega.len()];
        self.channel
            .error_probability(&state.omega, state.v, &mut wrong);
        wrong.iter().sum::<f64>() / wrong.len() as f64
    }
}
