//! One model at one load over several sizes: what is simulated, and what the theory says.

use super::checks::Check;
use super::quantity::{Quantity, thousandths};
use super::{mixture_setup, random_setup};
use crate::experiment::Algorithm;
use crate::message_passing::{Entries, InstanceSpec, TeacherWeights};
use crate::model::channel::Channel;
use crate::model::loss;
use crate::model::prior;
use crate::model::{Control, Data, Parameters};
use crate::replica::model::model;
use crate::replica::observables::Observables;
use crate::replica::state::Outcome;
use crate::replica::sweep::Branches;

/// What the theory says; none where it has no solution.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Theory {
    /// The quantities at the load that is asked for.
    pub limit: Option<Vec<f64>>,
    /// The same at the loads of the sizes.
    pub at_sizes: Vec<Option<Vec<f64>>>,
}

/// How a sample is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Method {
    /// The fixed point of an algorithm.
    FixedPoint(Algorithm),
    /// The first iterations of approximate message passing.
    Trajectory,
    /// The signs of its means, as soon as they make no error. Near a teacher the Gaussian law of
    /// fields on a lattice has no fixed point (MP.20).
    FirstSolution,
    /// Belief propagation in a field along the teacher.
    AroundTeacher,
    /// Belief propagation with exact messages beside all configurations.
    Enumeration,
    /// Random patterns with real entries.
    Random(random_setup::Setup),
    /// Two clusters.
    Mixture(mixture_setup::Setup),
}

/// One model at one load over several sizes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub check: Check,
    /// Registered names of the weights, the data and the loss.
    pub names: [&'static str; 3],
    pub method: Method,
    pub alpha: f64,
    pub sizes: Vec<usize>,
    pub quantities: Vec<Quantity>,
}

impl Series {
    /// Name of the algorithm.
    pub fn algorithm(&self) -> &'static str {
        match self.method {
            Method::FixedPoint(algorithm) => algorithm.name(),
            Method::Trajectory | Method::FirstSolution => Algorithm::Amp.name(),
            Method::AroundTeacher | Method::Enumeration => Algorithm::Bp.name(),
            Method::Random(setup) => setup.algorithm(),
            Method::Mixture(setup) => setup.algorithm(),
        }
    }

    /// What else there is to know about the model.
    pub fn setting(&self) -> Option<String> {
        match self.method {
            Method::Random(setup) => Some(setup.setting(self.names[2])),
            Method::Mixture(setup) => Some(setup.setting()),
            _ => None,
        }
    }

    pub(super) fn distances(&self) -> Vec<f64> {
        let distance = |quantity: &Quantity| match quantity {
            Quantity::Local(_, d) => Some(thousandths(*d)),
            _ => None,
        };
        self.quantities.iter().filter_map(distance).collect()
    }

    /// Load of an instance: that of a whole number of patterns.
    pub fn load(&self, n: usize) -> f64 {
        self.spec(n).m as f64 / n as f64
    }

    pub(super) fn spec(&self, n: usize) -> InstanceSpec {
        InstanceSpec {
            entries: Entries::Signs,
            data: self.data(),
            weights: prior::by_name(self.names[0]).map_or(TeacherWeights::Spherical, |prior| {
                TeacherWeights::of(&prior)
            }),
            ..InstanceSpec::storage(n, self.alpha)
        }
    }

    pub(super) fn data(&self) -> Data {
        match self.names[1] {
            "teacher" => Data::Teacher,
            _ => Data::Storage,
        }
    }

    pub(super) fn parameters(&self, alpha: f64) -> Parameters {
        match self.method {
            Method::Random(setup) => setup.parameters(alpha),
            _ => Parameters {
                alpha,
                ..Parameters::default()
            },
        }
    }

    /// At each load the replica-symmetric solution that an iteration from zero means reaches: of
    /// those that coexist the one of smallest overlap.
    pub(super) fn saddle_points(&self, loads: &[f64]) -> Vec<Option<Vec<f64>>> {
        let [weights, data, loss] = self.names;
        let Some(model) = model(weights, data, loss) else {
            return vec![None; loads.len()];
        };
        let branches = match self.data() {
            Data::Teacher => Branches::All,
            Data::Storage => Branches::Dominant,
        };
        let outcomes = model.sweep(
            &self.parameters(self.alpha),
            Control::Alpha,
            loads,
            branches,
        );
        let overlap = |o: &Observables| o.m.or(o.q).unwrap_or(1.0);
        let reached = |outcome: Outcome| {
            let Outcome::States(states) = outcome else {
                return None;
            };
            let all = states.into_iter().map(|(_, state)| state.observables);
            let least = all.min_by(|a, b| overlap(a).total_cmp(&overlap(b)))?;
            let value = |quantity: &Quantity| quantity.of(&least);
            self.quantities.iter().map(value).collect()
        };
        outcomes.into_iter().map(reached).collect()
    }
}

/// The registered loss of this name at finite β, or at β = ∞ what is left of it where every pattern can
/// be satisfied.
pub(super) fn channel(loss: &str, p: &Parameters) -> Option<Channel> {
    Some(Channel::new(loss::by_name(loss)?, *p))
}
