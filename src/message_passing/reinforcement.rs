//! Message passing driven to a solution: reinforcement (MP.12) and focusing (MP.13).

use super::machine::Machine;
use super::protocol::{Protocol, SelfField};

/// An iteration over binary weights on which self-fields can act.
pub trait Reinforced {
    /// One iteration, keeping a part `damping` of the old means. The mean change `|Δm|` of a
    /// weight, or `None` where numbers became infinite, with the state before it restored.
    fn iterate(&mut self, field: SelfField, damping: f64) -> Option<f64>;

    /// Writes the signs of the total fields.
    fn decide(&self, weights: &mut [f64]);

    /// Patterns that a configuration misclassifies.
    fn errors(&mut self, weights: &[f64]) -> usize;

    /// Number of weights.
    fn weights(&self) -> usize;

    /// Replaces the external field on the weights; ignored where it has the wrong length.
    fn set_field(&mut self, field: &[f64]);
}

/// What a solver found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Whether the configuration makes no error.
    pub solved: bool,
    /// Iterations made.
    pub iterations: usize,
    /// Errors of the configuration.
    pub errors: usize,
    /// The configuration: the solution, or the one with the fewest errors of those checked.
    pub weights: Vec<f64>,
    /// Whether the iteration stopped because its numbers became infinite.
    pub diverged: bool,
}

/// How a solver checks for solutions and how it iterates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolverSettings {
    /// Part of the old means kept in an iteration, in `[0, 1)`.
    pub damping: f64,
    /// Most iterations at one step of a schedule.
    pub iterations_per_step: usize,
    /// Mean change of a weight below which a step of a schedule ends.
    pub step_tolerance: f64,
    /// Iterations from one check for a solution to the next, at least one.
    pub check_every: usize,
}

impl SolverSettings {
    /// For [`focusing_bp`]: damping ½, at most 20 iterations a step, mean change 2e-4.
    pub const FOCUSING: Self = SolverSettings {
        damping: 0.5,
        iterations_per_step: 20,
        step_tolerance: 2e-4,
        check_every: 1,
    };
    /// For [`reinforced_bp`] on perceptrons and trees: no damping.
    pub const REINFORCEMENT: Self = SolverSettings {
        damping: 0.0,
        ..Self::FOCUSING
    };

    /// For [`reinforced_bp`]: the units of a fully connected committee, all fed by the same inputs,
    /// oscillate without damping.
    pub fn reinforcement(machine: Machine) -> Self {
        match machine {
            Machine::FullyConnected { .. } => SolverSettings {
                damping: 0.5,
                ..Self::REINFORCEMENT
            },
            _ => Self::REINFORCEMENT,
        }
    }
}

/// An external field `amplitude · pattern_i` whose amplitude follows a schedule: what separates the
/// equivalent units of a fully connected committee.
#[derive(Clone, Debug, PartialEq)]
pub struct SymmetryBreaking {
    /// The field on each weight, of order one.
    pub pattern: Vec<f64>,
    /// Its amplitude at the start.
    pub amplitude: f64,
    /// Part of the schedule, in `(0, 1]`, after which it has decreased to zero linearly; none where
    /// it stays.
    pub gone_after: Option<f64>,
}

impl SymmetryBreaking {
    fn amplitude_at(&self, progress: f64) -> f64 {
        match self.gone_after {
            Some(end) => self.amplitude * (1.0 - progress / end).max(0.0),
            None => self.amplitude,
        }
    }
}

/// Largest part of the old field that reinforcement keeps.
const LARGEST_RHO: f64 = 0.9999;

/// Checks configurations and remembers the best.
struct Watch {
    outcome: Outcome,
    candidate: Vec<f64>,
    settings: SolverSettings,
    field: Vec<f64>,
}

impl Watch {
    fn new(n: usize, settings: SolverSettings) -> Self {
        Watch {
            outcome: Outcome {
                solved: false,
                iterations: 0,
                errors: usize::MAX,
                weights: vec![1.0; n],
                diverged: false,
            },
            candidate: vec![1.0; n],
            settings,
            field: vec![0.0; n],
        }
    }

    /// Sets the external field at this part of the schedule.
    fn break_symmetry<R: Reinforced + ?Sized>(
        &mut self,
        iteration: &mut R,
        breaking: Option<&SymmetryBreaking>,
        progress: f64,
    ) {
        let Some(breaking) = breaking else { return };
        let amplitude = breaking.amplitude_at(progress);
        for (field, x) in self.field.iter_mut().zip(&breaking.pattern) {
            *field = amplitude * x;
        }
        iteration.set_field(&self.field);
    }

    /// One iteration and, when due, a check. `None` ends the run.
    fn advance<R: Reinforced + ?Sized>(
        &mut self,
        iteration: &mut R,
        field: SelfField,
    ) -> Option<f64> {
        let Some(change) = iteration.iterate(field, self.settings.damping) else {
            self.outcome.diverged = true;
            self.check(iteration);
            return None;
        };
        self.outcome.iterations += 1;
        let due = self
            .outcome
            .iterations
            .is_multiple_of(self.settings.check_every.max(1));
        if due {
            self.check(iteration);
        }
        (!self.outcome.solved).then_some(change)
    }

    fn check<R: Reinforced + ?Sized>(&mut self, iteration: &mut R) {
        iteration.decide(&mut self.candidate);
        let errors = iteration.errors(&self.candidate);
        if errors < self.outcome.errors {
            self.outcome.errors = errors;
            self.outcome.weights.copy_from_slice(&self.candidate);
            self.outcome.solved = errors == 0;
        }
    }

    fn finish<R: Reinforced + ?Sized>(mut self, iteration: &mut R) -> Outcome {
        if !self.outcome.solved {
            self.check(iteration);
        }
        self.outcome
    }
}

/// Reinforced message passing with memory: `ρ_t = min(rate·t, 0.9999)` (MP.12), until a check finds
/// a solution or `ρ` has reached its largest value. A rate that is not a positive number makes no
/// iteration.
pub fn reinforced_bp<R: Reinforced + ?Sized>(
    iteration: &mut R,
    rate: f64,
    settings: SolverSettings,
    breaking: Option<&SymmetryBreaking>,
) -> Outcome {
    let mut watch = Watch::new(iteration.weights(), settings);
    let last = if rate > 0.0 {
        (1.0 / rate).ceil() as u64
    } else {
        0
    };
    for t in 0..last {
        let rho = (rate * t as f64).min(LARGEST_RHO);
        watch.break_symmetry(iteration, breaking, rho);
        if watch
            .advance(iteration, SelfField::History { rho })
            .is_none()
        {
            break;
        }
    }
    watch.finish(iteration)
}

/// Focusing message passing along a schedule `(γ, y)` (MP.13), each step iterated until its means
/// settle or its iterations are used up.
pub fn focusing_bp<R: Reinforced + ?Sized>(
    iteration: &mut R,
    protocol: &Protocol,
    settings: SolverSettings,
    breaking: Option<&SymmetryBreaking>,
) -> Outcome {
    let mut watch = Watch::new(iteration.weights(), settings);
    let steps = protocol.steps().count().max(1) as f64;
    'schedule: for (number, focus) in protocol.steps().enumerate() {
        watch.break_symmetry(iteration, breaking, number as f64 / steps);
        for _ in 0..settings.iterations_per_step {
            match watch.advance(iteration, SelfField::Focusing(focus)) {
                None => break 'schedule,
                Some(change) if change < settings.step_tolerance => break,
                Some(_) => {}
            }
        }
    }
    watch.finish(iteration)
}
