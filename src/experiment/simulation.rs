//! One algorithm on one sample.

use super::algorithm::Algorithm;
use super::extent::Extent;
use super::general;
use super::mixture::{self, Classified, Trained};
use super::mixture_amp;
use super::neighbourhood::{Nearby, nearby};
use super::path::PathPoint;
use crate::error::InputError;
use crate::message_passing::bp::{BeliefPropagation, Ending};
use crate::message_passing::bp_settings::{BpSettings, Rule, Schedule};
use crate::message_passing::committee::Committee;
use crate::message_passing::instance::lattice_threshold;
use crate::message_passing::machine::Machine;
use crate::message_passing::max_sum::{MaxSumSettings, max_sum};
use crate::message_passing::protocol::Protocol;
use crate::message_passing::reinforcement::{
    self, Reinforced, SolverSettings, focusing_bp, reinforced_bp,
};
use crate::message_passing::{
    Entries, FastPerceptron, Instance, InstanceSpec, Patterns, Settings, Status, Thermodynamics,
};
use crate::model::Parameters;
use crate::model::loss::ZeroSet;
use crate::model::prior::{self, Alphabet, Norm, Prior};
use crate::search::sbpi::{SbpiSettings, sbpi};

/// What is run, on what, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// What is run.
    pub algorithm: Algorithm,
    /// What the weights make of a pattern; the margin is that of `parameters`.
    pub machine: Machine,
    /// Registered names of the weights and of the loss.
    pub names: [&'static str; 2],
    /// Load, margin, temperature and sharpness.
    pub parameters: Parameters,
    /// How classifiers of clusters are trained; none for other data.
    pub trained: Option<Trained>,
    /// What an instance is drawn from.
    pub instance: InstanceSpec,
    /// Increment of the reinforcement, per iteration.
    pub rate: f64,
    /// Schedule of focusing.
    pub protocol: Protocol,
    /// How patterns compute the messages of belief propagation.
    pub rule: Rule,
    /// Whether they take turns in an order drawn anew for each sweep, instead of all at once.
    pub sequential: bool,
    /// Part of the old means that is kept; none for what suits the algorithm.
    pub damping: Option<f64>,
    /// Largest change of a converged iteration; none for what suits the algorithm.
    pub tolerance: Option<f64>,
    /// Most iterations, or passes over the patterns; none for what suits the algorithm.
    pub max_iterations: Option<usize>,
    /// What else is measured.
    pub extent: Extent,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Whether the signs of the means, or the configuration found, make no error.
    pub solved: bool,
    /// Iterations, sweeps, or passes over the patterns.
    pub iterations: usize,
    /// Patterns that this configuration misclassifies.
    pub training_errors: usize,
    /// Whether the iteration reached a fixed point; none for solvers, which need none.
    pub converged: Option<bool>,
    /// `ln Z/N`.
    pub free_entropy: Option<f64>,
    /// Entropy per weight.
    pub entropy: Option<f64>,
    /// Mean loss per pattern.
    pub training_loss: Option<f64>,
    /// `|m|²/N`.
    pub q: Option<f64>,
    /// Overlap of the means with the teacher, per weight.
    pub m: Option<f64>,
    /// The configuration found, or the means.
    pub weights: Vec<f64>,
    /// The first iterations, if they were asked for.
    pub path: Vec<PathPoint>,
    /// What surrounds a solution that was found, if that was asked for.
    pub nearby: Vec<Nearby>,
    /// The classifier, for clusters.
    pub classified: Option<Classified>,
}

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
        let mut outcome = self.alone(instance, seed, sample)?;
        let solved = outcome.solved && !self.algorithm.classifies();
        if let (Extent::Neighbourhood(distances), true) = (&self.extent, solved) {
            let machine = self.machine_at(instance.patterns.columns());
            let found = (&outcome.weights[..], &distances[..]);
            outcome.nearby = nearby(instance, machine, found, (seed, sample))?;
        }
        Ok(outcome)
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
                let status = self.believed(run.status, &found);
                Ok(measured(
                    found,
                    status,
                    run.iterations,
                    means,
                    instance,
                    machine,
                ))
            }
            Algorithm::Amp if self.instance.mixture.is_some() => mixture_amp::run(self, instance),
            Algorithm::Amp => general::run(self, instance),
            Algorithm::ReinforcedBp | Algorithm::FocusingBp => {
                let found = self.attract(patterns, machine, seed, sample)?;
                Ok(solution(found, instance))
            }
            Algorithm::MaxSum => {
                let settings = MaxSumSettings::default();
                let settings = MaxSumSettings {
                    rate: self.rate,
                    max_iterations: self.max_iterations.unwrap_or(settings.max_iterations),
                    ..settings
                };
                Ok(solution(
                    max_sum(patterns, &settings, seed, sample)?,
                    instance,
                ))
            }
            Algorithm::Sbpi => {
                let settings = SbpiSettings::default();
                let settings = SbpiSettings {
                    max_epochs: self.max_iterations.unwrap_or(settings.max_epochs),
                    ..settings
                };
                Ok(solution(sbpi(patterns, &settings, seed, sample)?, instance))
            }
            Algorithm::Planted => planted(instance, machine),
            Algorithm::Minimise | Algorithm::BayesOptimal | Algorithm::Hebb | Algorithm::PlugIn => {
                mixture::run(self, instance, (seed, sample))
            }
        }
    }

    /// The machine with its threshold for this many inputs.
    pub(super) fn machine_at(&self, columns: usize) -> Machine {
        match self.machine {
            Machine::Perceptron { .. } => {
                let kappa = self.parameters.kappa;
                let threshold = match self.instance.entries {
                    Entries::Signs => lattice_threshold(kappa, columns),
                    Entries::Gaussian => kappa * (columns as f64).sqrt(),
                };
                Machine::Perceptron { threshold }
            }
            committee => committee,
        }
    }

    pub(super) fn settings(&self) -> Settings {
        let default = Settings::default();
        Settings {
            tolerance: self.tolerance.unwrap_or(default.tolerance),
            max_iterations: self.max_iterations.unwrap_or(default.max_iterations),
            damping: self.damping.unwrap_or(default.damping),
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
        let status = self.believed(status, &found);
        Ok(measured(found, status, sweeps, means, instance, machine))
    }

    /// Messages that stand still in a contradiction have not converged: the sum over configurations
    /// of discrete weights is neither larger than that of all of them nor smaller, by any such
    /// factor, than its smallest term.
    pub(super) fn believed(&self, status: Status, found: &Thermodynamics) -> Status {
        let range = |prior: &dyn Prior| match prior.alphabet() {
            Alphabet::Atoms(atoms) => {
                let least = atoms.iter().map(|(_, weight)| *weight);
                Some([least.fold(f64::INFINITY, f64::min).ln(), prior.volume()])
            }
            Alphabet::Continuous => None,
        };
        let prior = prior::by_name(self.names[0]).ok();
        let range = prior.and_then(|prior| range(&*prior));
        let possible =
            range.is_none_or(|[least, all]| (found.entropy - least).abs() < all - least + 1e-6);
        if possible { status } else { Status::Diverged }
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

/// What a fixed point says, or what is left where there is none.
pub(super) fn measured(
    found: Thermodynamics,
    status: Status,
    iterations: usize,
    means: Vec<f64>,
    instance: &Instance,
    machine: Machine,
) -> Outcome {
    let converged = status == Status::Converged;
    let kept = |x: f64| (converged && x.is_finite()).then_some(x);
    let signs: Vec<f64> = means
        .iter()
        .map(|m| if *m < 0.0 { -1.0 } else { 1.0 })
        .collect();
    let training_errors = machine.errors(&instance.patterns, &signs);
    let alpha = instance.patterns.rows() as f64 / means.len() as f64;
    Outcome {
        solved: training_errors == 0,
        iterations,
        training_errors,
        converged: Some(converged),
        free_entropy: kept(found.free_entropy),
        entropy: kept(found.entropy),
        training_loss: kept(found.energy / alpha),
        q: kept(found.overlap),
        m: overlap(instance, &means).and_then(kept),
        weights: means,
        ..Outcome::default()
    }
}

/// What a solver found.
fn solution(found: reinforcement::Outcome, instance: &Instance) -> Outcome {
    Outcome {
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

fn overlap(instance: &Instance, weights: &[f64]) -> Option<f64> {
    let teacher = instance.teacher.as_ref()?;
    let pairs = teacher.iter().zip(weights);
    Some(pairs.map(|(a, b)| a * b).sum::<f64>() / weights.len() as f64)
}
