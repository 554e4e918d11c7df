//! What a series simulates, and what the theory says of it.

use super::quantity::Quantity;
use super::size_series::{Method, Series, Theory, channel};
use crate::experiment::{Algorithm, Extent, Simulation};
use crate::message_passing::bp::BeliefPropagation;
use crate::message_passing::bp_settings::{BpSettings, Rule};
use crate::message_passing::machine::Machine;
use crate::message_passing::protocol::Protocol;
use crate::message_passing::{Amp, Instance, Overlaps, StateEvolution};
use crate::model::prior;
use crate::replica::local::neighbourhoods::{Choice, LocalModel};
use crate::replica::local::point::LocalOutcome;
use crate::search::enumerate::Enumeration;
use std::f64::consts::PI;

/// Largest change of a mean in a converged iteration: far below the errors of the means of samples.
const TOLERANCE: f64 = 1e-8;

/// An iteration that needs more counts as not converged.
const MOST_ITERATIONS: usize = 500;

impl Series {
    /// The quantities on one sample of `n` weights; none where an iteration did not converge or
    /// there is no solution.
    pub fn measure(&self, n: usize, seed: u64, sample: u64) -> Option<Vec<f64>> {
        let values: Option<Vec<f64>> = match self.method {
            Method::FixedPoint(algorithm) => self.fixed_point(algorithm, n, seed, sample),
            Method::Trajectory => self.trajectory(n, seed, sample),
            Method::FirstSolution => self.first_solution(n, seed, sample).map(|m| vec![m]),
            Method::AroundTeacher => self.around_teacher(n, seed, sample),
            Method::Enumeration => self.deviation(n, seed, sample).map(|x| vec![x]),
            Method::Random(setup) => setup.measure(self, n, (seed, sample)),
            Method::Mixture(setup) => setup.measure(self, n, (seed, sample)),
        };
        values.filter(|values| values.iter().all(|x| x.is_finite()))
    }

    fn simulation(&self, algorithm: Algorithm, n: usize, extent: Extent) -> Simulation {
        Simulation {
            algorithm,
            machine: Machine::PERCEPTRON,
            names: [self.names[0], self.names[2]],
            parameters: self.parameters(self.alpha),
            trained: None,
            instance: self.spec(n),
            rate: 0.0,
            protocol: Protocol::StandardReinforcement { step: 0.5 },
            rule: Rule::Expanded,
            sequential: false,
            damping: None,
            tolerance: Some(TOLERANCE),
            max_iterations: Some(MOST_ITERATIONS),
            extent,
        }
    }

    fn fixed_point(
        &self,
        algorithm: Algorithm,
        n: usize,
        seed: u64,
        sample: u64,
    ) -> Option<Vec<f64>> {
        let simulation = self.simulation(algorithm, n, Extent::Outcome);
        let found = simulation.run(seed, sample).ok()?;
        if found.converged != Some(true) {
            return None;
        }
        let load = self.load(n);
        let value = |quantity: &Quantity| match quantity {
            Quantity::Entropy => found.entropy,
            Quantity::Q => found.q,
            Quantity::M => found.m,
            Quantity::GroundStateEnergy => found.training_loss.map(|loss| loss * load),
            Quantity::GeneralizationError => found.m.map(|m| m.clamp(-1.0, 1.0).acos() / PI),
            _ => None,
        };
        self.quantities.iter().map(value).collect()
    }

    fn around_teacher(&self, n: usize, seed: u64, sample: u64) -> Option<Vec<f64>> {
        let extent = Extent::Neighbourhood(self.distances());
        let simulation = self.simulation(Algorithm::Planted, n, extent);
        let found = simulation.run(seed, sample).ok()?;
        found.nearby.iter().map(|near| near.local_entropy).collect()
    }

    fn trajectory(&self, n: usize, seed: u64, sample: u64) -> Option<Vec<f64>> {
        let instance = Instance::sample(&self.spec(n), seed, sample);
        let mut amp = self.amp(&instance)?;
        let step = |quantity: &Quantity| {
            amp.step(0.0)?;
            match (quantity, &instance.teacher) {
                (Quantity::TeacherAfter(_), Some(teacher)) => Some(amp.overlap_with(teacher)),
                _ => Some(amp.overlap_with(&amp.state().mean)),
            }
        };
        self.quantities.iter().map(step).collect()
    }

    fn amp<'a>(&self, instance: &'a Instance) -> Option<Amp<'a>> {
        let [weights, _, loss] = self.names;
        let channel = channel(loss, &self.parameters(self.alpha))?;
        Amp::new(&instance.patterns, prior::by_name(weights).ok()?, channel).ok()
    }

    /// Overlap with the teacher; also where no iteration was without error.
    fn first_solution(&self, n: usize, seed: u64, sample: u64) -> Option<f64> {
        let instance = Instance::sample(&self.spec(n), seed, sample);
        let teacher = instance.teacher.as_ref()?;
        let mut amp = self.amp(&instance)?;
        let mut signs = Vec::new();
        for _ in 0..MOST_ITERATIONS {
            let moved = amp.step(0.0);
            let sign = |m: &f64| if *m < 0.0 { -1.0 } else { 1.0 };
            signs = amp.state().mean.iter().map(sign).collect();
            let solved = Machine::PERCEPTRON.errors(&instance.patterns, &signs) == 0;
            if moved.is_none() || solved {
                break;
            }
        }
        let pairs = signs.iter().zip(teacher);
        Some(pairs.map(|(a, b)| a * b).sum::<f64>() / n as f64)
    }

    fn deviation(&self, n: usize, seed: u64, sample: u64) -> Option<f64> {
        let patterns = Instance::sample(&self.spec(n), seed, sample).patterns;
        let settings = BpSettings {
            rule: Rule::Exact,
            tolerance: TOLERANCE,
            ..BpSettings::default()
        };
        let perceptron = Machine::PERCEPTRON;
        let exact = Enumeration::new(&patterns, perceptron, None).ok()?;
        let exact = exact.free_entropy(f64::INFINITY)?;
        let mut bp = BeliefPropagation::<f64>::new(&patterns, perceptron, settings).ok()?;
        let converged = bp.run().converged();
        converged.then(|| bp.thermodynamics().free_entropy - exact)
    }

    /// The quantities of an infinite system, at the load that is asked for and at those of the
    /// sizes.
    pub fn theory(&self) -> Theory {
        if let Method::Mixture(setup) = self.method {
            let at_sizes = self.sizes.iter();
            return Theory {
                limit: setup.theory(self, None),
                at_sizes: at_sizes.map(|n| setup.theory(self, Some(*n))).collect(),
            };
        }
        let sizes = self.sizes.iter().map(|n| self.load(*n));
        let loads: Vec<f64> = std::iter::once(self.alpha).chain(sizes).collect();
        let mut found = match self.method {
            Method::Enumeration => vec![Some(vec![0.0; self.quantities.len()]); loads.len()],
            Method::Trajectory => loads.iter().map(|alpha| self.evolution(*alpha)).collect(),
            Method::FixedPoint(_) | Method::Mixture(_) => self.saddle_points(&loads),
            Method::Random(setup) => setup.theory(self, &loads),
            Method::AroundTeacher => loads.iter().map(|alpha| self.shell(*alpha)).collect(),
            // The teacher itself, whose overlap does not depend on the load.
            Method::FirstSolution => {
                vec![self.saddle_points(&loads[..1]).pop().flatten(); loads.len()]
            }
        };
        let limit = found.remove(0);
        let at_sizes = found;
        Theory { limit, at_sizes }
    }

    fn evolution(&self, alpha: f64) -> Option<Vec<f64>> {
        let p = self.parameters(alpha);
        let [weights, _, loss] = self.names;
        let prior = prior::by_name(weights).ok()?;
        let evolution = StateEvolution::new(prior, self.data(), channel(loss, &p)?).ok()?;
        let path = evolution.trajectory(self.quantities.len());
        let value = |(quantity, at): (&Quantity, &Overlaps)| match quantity {
            Quantity::TeacherAfter(_) => at.m,
            _ => at.q,
        };
        let pairs = self.quantities.iter().zip(path.iter().skip(1));
        Some(pairs.map(value).collect())
    }

    fn shell(&self, alpha: f64) -> Option<Vec<f64>> {
        let [weights, data, loss] = self.names;
        let p = self.parameters(alpha);
        let model = LocalModel::new(weights, data, loss)?;
        let curve = model.curve(&Choice::Typical, &p, &self.distances()).ok()?;
        let entropy = |outcome: &LocalOutcome| Some(outcome.dominant()?.observables.entropy);
        curve.outcomes.iter().map(entropy).collect()
    }
}
