//! An algorithm run on a sample.

use super::algorithm::Algorithm;
use super::extent::Extent;
use super::neighbourhood::nearby;
use super::remark::Remark;
use super::simulation::{Outcome, Simulation, is_given, measured, overlap, unbiased};
use super::{general, independence, mixture, mixture_amp};
use crate::error::InputError;
use crate::message_passing::bp::{BeliefPropagation, Ending};
use crate::message_passing::bp_settings::{BpSettings, Schedule};
use crate::message_passing::committee::Committee;
use crate::message_passing::machine::Machine;
use crate::message_passing::max_sum::{MaxSumSettings, max_sum};
use crate::message_passing::reinforcement::{
    self, Reinforced, SolverSettings, focusing_bp, reinforced_bp,
};
use crate::message_passing::{FastPerceptron, Instance, Patterns, RealMatrix, Status};
use crate::model::loss::ZeroSet;
use crate::model::prior::Norm;
use crate::search::sbpi::{SbpiSettings, sbpi};

impl Simulation {
    /// Runs it on the sample of this number.
    ///
    /// # Errors
    /// What the algorithm cannot be run on.
    pub fn run(&self, seed: u64, sample: u64) -> Result<Outcome, InputError> {
        let instance = Instance::sample(&self.instance, seed, sample);
        self.on(&instance, seed, sample)
    }

    /// Runs it on an instance; random numbers of its own come from the streams of the sample.
    ///
    /// # Errors
    /// What the algorithm cannot be run on.
    pub fn on(&self, instance: &Instance, seed: u64, sample: u64) -> Result<Outcome, InputError> {
        self.check_model()?;
        let scaled = self.scaled(instance);
        let (simulation, own) = match &scaled {
            Some((simulation, instance)) => (simulation, instance),
            None => (self, instance),
        };
        let mut outcome = simulation.alone(own, seed, sample)?;
        let solved = outcome.solved && !self.algorithm.classifies();
        if let (Extent::Neighbourhood(distances), true) = (&self.extent, solved) {
            let machine = self.machine_at(instance.patterns.columns());
            let found = (&outcome.weights[..], &distances[..]);
            outcome.nearby = nearby(instance, machine, found, (seed, sample))?;
        }
        Ok(outcome)
    }

    /// The same on own patterns of variance one, where messages are for these: a margin is divided as
    /// the entries are.
    fn scaled(&self, instance: &Instance) -> Option<(Simulation, Instance)> {
        let Patterns::Real(matrix) = &instance.patterns else {
            return None;
        };
        let attracts = matches!(
            self.algorithm,
            Algorithm::ReinforcedBp | Algorithm::FocusingBp
        );
        let counts = || general::loss(self).is_ok_and(|loss| loss.jumps());
        let amp = self.algorithm == Algorithm::Amp && self.trained.is_none() && counts();
        let size = general::mean_square(&instance.patterns).sqrt();
        if !(is_given(instance) && (attracts || amp) && size > 0.0) {
            return None;
        }
        let entry = |mu: usize, i: usize| matrix.row(mu)[i] / size;
        let mut simulation = self.clone();
        simulation.parameters.kappa /= size;
        let patterns = RealMatrix::from_fn(matrix.rows(), matrix.columns(), entry);
        let instance = Instance {
            patterns: Patterns::Real(patterns),
            ..instance.clone()
        };
        Some((simulation, instance))
    }

    /// What own patterns break, for measures by message passing: such a fixed point says nothing of
    /// them.
    fn distrusted(&self, status: Status, instance: &Instance) -> (Status, Option<Remark>) {
        let remark = match status {
            Status::Converged if is_given(instance) => independence::broken(&instance.patterns),
            _ => None,
        };
        match remark {
            Some(_) => (Status::Diverged, remark),
            None => (status, None),
        }
    }

    /// Refuses weights and losses that the algorithm has no messages for: all but approximate message
    /// passing of one unit, the teacher itself and the classifiers are about signs and their errors.
    fn check_model(&self) -> Result<(), InputError> {
        let general = self.algorithm.is_general() && self.machine.units() == 1;
        let any = general || self.algorithm == Algorithm::Planted;
        let around = matches!(self.extent, Extent::Neighbourhood(_));
        if self.algorithm.classifies() || any && !around {
            return Ok(());
        }
        let what = match around {
            true => "what surrounds a configuration",
            false => self.algorithm.name(),
        };
        let prior = general::weights(self)?;
        if prior.norm() != Norm::Unit || prior.teacher().len() != 1 {
            let reason = format!("{what} is for weights -1 and 1, both alike");
            return Err(InputError::new("weights", prior.name(), reason, "binary"));
        }
        let loss = general::loss(self)?;
        let half_line = matches!(loss.zero_set(&self.parameters), ZeroSet::HalfLine(_));
        if !(loss.jumps() && half_line) {
            let reason = format!("{what} is for a loss that counts errors");
            return Err(InputError::new("loss", loss.name(), reason, "theta"));
        }
        Ok(())
    }

    /// The outcome, without its neighbourhood.
    fn alone(&self, instance: &Instance, seed: u64, sample: u64) -> Result<Outcome, InputError> {
        let patterns = &instance.patterns;
        let machine = self.machine_at(patterns.columns());
        match self.algorithm {
            Algorithm::Bp => {
                self.belief_propagation(instance, machine, seed ^ sample.rotate_left(32))
            }
            Algorithm::Amp if machine.units() > 1 => {
                let mut amp = committee(patterns, machine, self.parameters.beta)?;
                if matches!(machine, Machine::FullyConnected { .. }) {
                    amp.start_from_noise(NOISE, seed, sample);
                }
                let run = amp.run(&self.settings());
                let means = amp.mean().to_vec();
                let found = amp.thermodynamics();
                let status = self.checked_status(run.status, &found);
                let (status, remark) = self.distrusted(status, instance);
                let measured = measured(found, status, run.iterations, means, instance, machine);
                Ok(Outcome { remark, ..measured })
            }
            Algorithm::Amp if self.trained.is_some() => mixture_amp::run(self, instance),
            Algorithm::Amp => general::run(self, instance),
            Algorithm::ReinforcedBp | Algorithm::FocusingBp => {
                let found = self.attract(patterns, machine, seed, sample)?;
                Ok(solution(found, instance, machine))
            }
            Algorithm::MaxSum => {
                let settings = MaxSumSettings::default();
                let settings = MaxSumSettings {
                    rate: self.rate,
                    max_iterations: self.max_iterations.unwrap_or(settings.max_iterations),
                    ..settings
                };
                let found = max_sum(patterns, &settings, seed, sample)?;
                Ok(solution(found, instance, machine))
            }
            Algorithm::Sbpi => {
                let settings = SbpiSettings::default();
                let settings = SbpiSettings {
                    max_epochs: self.max_iterations.unwrap_or(settings.max_epochs),
                    ..settings
                };
                let found = sbpi(patterns, &settings, seed, sample)?;
                Ok(solution(found, instance, machine))
            }
            Algorithm::Planted => planted(instance, machine),
            Algorithm::Minimise | Algorithm::BayesOptimal | Algorithm::Hebb | Algorithm::PlugIn => {
                mixture::run(self, instance, (seed, sample))
            }
        }
    }

    fn belief_propagation(
        &self,
        instance: &Instance,
        machine: Machine,
        orders: u64,
    ) -> Result<Outcome, InputError> {
        let default = BpSettings::default();
        let settings = BpSettings {
            rule: self.rule,
            schedule: if self.sequential {
                Schedule::Sequential { seed: orders }
            } else {
                Schedule::Flooding
            },
            beta: self.parameters.beta,
            damping: self.damping.unwrap_or(match machine {
                Machine::FullyConnected { .. } => 0.5,
                _ => default.damping,
            }),
            tolerance: self.tolerance.unwrap_or(default.tolerance),
            max_sweeps: self.max_iterations.unwrap_or(default.max_sweeps),
        };
        let mut bp = BeliefPropagation::<f64>::new(&instance.patterns, machine, settings)?;
        let (status, sweeps) = match bp.run() {
            Ending::Converged { sweeps } => (Status::Converged, sweeps),
            Ending::Moving { sweeps, .. } => (Status::Exhausted, sweeps),
            Ending::Saturated { sweeps } => (Status::Diverged, sweeps),
        };
        let means = bp.magnetisations();
        let found = bp.thermodynamics();
        let status = self.checked_status(status, &found);
        let (status, remark) = self.distrusted(status, instance);
        let measured = measured(found, status, sweeps, means, instance, machine);
        Ok(Outcome { remark, ..measured })
    }

    /// Reinforced or focusing message passing, on the fastest iteration that there is.
    fn attract(
        &self,
        patterns: &Patterns,
        machine: Machine,
        seed: u64,
        sample: u64,
    ) -> Result<reinforcement::Outcome, InputError> {
        match (patterns, machine) {
            (Patterns::Signs(signs), Machine::Perceptron { threshold }) => {
                Ok(self.drive(&mut FastPerceptron::new(signs, threshold), machine))
            }
            _ => {
                let mut iteration = committee(patterns, machine, self.parameters.beta)?;
                if matches!(machine, Machine::FullyConnected { .. }) {
                    iteration.start_from_noise(NOISE, seed, sample);
                }
                Ok(self.drive(&mut iteration, machine))
            }
        }
    }

    fn drive(&self, iteration: &mut dyn Reinforced, machine: Machine) -> reinforcement::Outcome {
        let own = |settings: SolverSettings| SolverSettings {
            damping: self.damping.unwrap_or(settings.damping),
            iterations_per_step: self.max_iterations.unwrap_or(settings.iterations_per_step),
            step_tolerance: self.tolerance.unwrap_or(settings.step_tolerance),
            ..settings
        };
        match self.algorithm {
            Algorithm::FocusingBp => focusing_bp(
                iteration,
                &self.protocol,
                own(SolverSettings::FOCUSING),
                None,
            ),
            _ => {
                let settings = own(SolverSettings::reinforcement(machine));
                reinforced_bp(iteration, self.rate, settings, None)
            }
        }
    }
}

/// Size of the initial means that tell equivalent hidden units apart.
const NOISE: f64 = 0.1;

fn committee(
    patterns: &Patterns,
    machine: Machine,
    beta: f64,
) -> Result<Committee<'_>, InputError> {
    Committee::new(patterns, machine, beta).ok_or_else(|| {
        let reason = machine
            .refusal(patterns.columns())
            .unwrap_or_else(|| "not at this temperature".to_owned());
        let allowed = "an odd number of units that divides the inputs of a tree, beta above 0";
        InputError::new(
            "machine",
            format!("{} units", machine.units()),
            reason,
            allowed,
        )
    })
}

/// What a solver found.
fn solution(found: reinforcement::Outcome, instance: &Instance, machine: Machine) -> Outcome {
    Outcome {
        linear: unbiased(machine, &found.weights),
        solved: found.solved,
        iterations: found.iterations,
        training_errors: found.errors,
        m: overlap(instance, &found.weights),
        weights: found.weights,
        ..Outcome::default()
    }
}

/// The teacher as what was found.
fn planted(instance: &Instance, machine: Machine) -> Result<Outcome, InputError> {
    let Some(teacher) = &instance.teacher else {
        let reason = "nothing is planted";
        return Err(InputError::new("data", "storage", reason, "teacher"));
    };
    let errors = machine.errors(&instance.patterns, teacher);
    Ok(Outcome {
        solved: errors == 0,
        training_errors: errors,
        m: overlap(instance, teacher),
        weights: teacher.clone(),
        ..Outcome::default()
    })
}
