//! The one place for `ln Z` of a pattern: a loss at finite β, as a hard constraint, or as a ground
//! state.

use super::loss::{Loss, ZeroSet};
use super::site::{By, Jets, Site};
use super::{Control, Parameters};
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

impl Channel {
    /// Mean energy of the tilted measure at each field (Thermal), zero (Hard), the energy of the
    /// proximal points (Ground).
    pub fn mean_energy(&self, _omega: &[f64], _own: f64, _out: &mut [f64]) {
        unimplemented!()
    }

    /// Probability of `Δ < 0` at each field, in the same three senses.
    pub fn error_probability(&self, _omega: &[f64], _own: f64, _out: &mut [f64]) {
        unimplemented!()
    }

    /// What is left at β = ∞ when every pattern is satisfied.
    pub fn zero_set(&self) -> ZeroSet {
        self.loss.zero_set(&self.parameters)
    }
}

impl Site for Channel {
    fn fill(&self, _fields: &[f64], _own: f64, _by: Option<By>, _out: &mut Jets) {
        let _ = Control::Alpha;
        unimplemented!()
    }
    fn features(&self, _own: f64, _out: &mut Vec<Feature>) {
        unimplemented!()
    }
}
