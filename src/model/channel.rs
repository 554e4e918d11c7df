//! The one place for `ln Z` of a pattern: a loss at finite β, as a hard constraint, or as a ground
//! state.

use super::Parameters;
use super::hard;
use super::loss::{Loss, Theta, ZeroSet};
use super::site::{By, Jets, Site};
use super::tilted;
use crate::math::Feature;
use std::sync::Arc;

/// What is left of a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// A Gibbs measure at finite β.
    Thermal,
    /// β = ∞ where every pattern can be satisfied: the uniform measure on the zero set.
    Hard,
    /// β = ∞ where not: proximal points.
    Ground,
}

/// A pattern's factor of the partition function.
#[derive(Clone, Debug)]
pub struct Channel {
    /// What a stability costs.
    pub loss: Arc<dyn Loss>,
    /// At which parameters.
    pub parameters: Parameters,
    /// In which limit.
    pub limit: Limit,
}

/// Zeros of `H(x + iy)` nearest to the real axis lie at this distance from it.
const NEAREST_ZERO: f64 = 2.8;

impl Channel {
    /// A loss at its β: a Gibbs measure, or at β = ∞ the measure on its zero set.
    pub fn new(loss: Arc<dyn Loss>, parameters: Parameters) -> Self {
        let limit = match parameters.beta.is_infinite() {
            true => Limit::Hard,
            false => Limit::Thermal,
        };
        Channel {
            loss,
            parameters,
            limit,
        }
    }

    /// The constraint that a pattern is on the right side.
    pub fn without_errors() -> Self {
        let parameters = Parameters {
            beta: f64::INFINITY,
            kappa: 0.0,
            ..Parameters::default()
        };
        Channel::new(Arc::new(Theta), parameters)
    }

    /// The same loss in another limit.
    pub fn in_limit(self, limit: Limit) -> Self {
        Channel { limit, ..self }
    }

    /// Mean energy of the tilted measure at each field (Thermal), zero (Hard), the energy of the
    /// proximal points (Ground).
    pub fn mean_energy(&self, omega: &[f64], own: f64, out: &mut [f64]) {
        let (loss, p) = (&*self.loss, &self.parameters);
        match self.limit {
            Limit::Thermal => tilted::mean_energy(loss, omega, own, p, out),
            Limit::Hard => out.fill(0.0),
            Limit::Ground => {
                tilted::proximal(loss, omega, own, p, out);
                for delta in out {
                    *delta = self.loss.energy(*delta, p)[0];
                }
            }
        }
    }

    /// Probability of `Δ < 0` at each field, in the same three senses.
    pub fn error_probability(&self, omega: &[f64], own: f64, out: &mut [f64]) {
        let (loss, p) = (&*self.loss, &self.parameters);
        match self.limit {
            Limit::Thermal => tilted::error_probability(loss, omega, own, p, out),
            Limit::Hard => hard::error_probability(self.zero_set(), omega, own, out),
            Limit::Ground => {
                tilted::proximal(loss, omega, own, p, out);
                for delta in out {
                    *delta = f64::from(u8::from(*delta < 0.0));
                }
            }
        }
    }

    /// What is left at β = ∞ when every pattern is satisfied.
    pub fn zero_set(&self) -> ZeroSet {
        self.loss.zero_set(&self.parameters)
    }

    /// Distance of the complex singularities of the partition function's inverse, as a function of
    /// the field, from the real axis, in units of `√v`.
    pub fn singularity(&self) -> f64 {
        NEAREST_ZERO
    }
}

impl Site for Channel {
    fn fill(&self, fields: &[f64], own: f64, by: Option<By>, out: &mut Jets) {
        let (loss, p) = (&*self.loss, &self.parameters);
        match self.limit {
            Limit::Thermal => tilted::thermal(loss, fields, own, p, by, out),
            Limit::Ground => tilted::envelope(loss, fields, own, p, by, out),
            Limit::Hard => {
                let moves = match by {
                    Some(By::Control(control)) => self.loss.zero_set_by(control, p),
                    _ => [[0.0; 2]; 2],
                };
                hard::fill(self.zero_set(), moves, fields, own, by, out);
            }
        }
    }

    fn features(&self, own: f64, out: &mut Vec<Feature>) {
        let (loss, p) = (&*self.loss, &self.parameters);
        match self.limit {
            Limit::Thermal => tilted::thermal_features(loss, own, p, out),
            Limit::Ground => tilted::envelope_features(loss, own, p, out),
            Limit::Hard => hard::features(self.zero_set(), own, out),
        }
    }

    fn costly(&self) -> bool {
        self.limit == Limit::Thermal && self.loss.costly()
    }

    fn temperature(&self) -> f64 {
        match self.limit {
            Limit::Ground => 0.0,
            Limit::Thermal | Limit::Hard => 1.0,
        }
    }
}
