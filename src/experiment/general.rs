//! Approximate message passing for any registered weights and loss, at any temperature.

use super::extent::Extent;
use super::independence::broken;
use super::path::path;
use super::remark::Remark;
use super::simulation::{Outcome, Simulation, is_given, measured, unbiased};
use crate::error::InputError;
use crate::message_passing::machine::Machine;
use crate::message_passing::{Amp, Instance, Patterns, StateEvolution, Status, Unsupported};
use crate::model::channel::{Channel, Limit};
use crate::model::loss::{self, Loss};
use crate::model::prior::{self, Norm, Prior};
use crate::model::{Data, Parameters};
use crate::replica::model::model;
use crate::replica::state::Regime;
use std::sync::Arc;

/// Runs it on an instance: to the minimum of the energy where spherical weights have a single one,
/// else over the Gibbs measure, or over the solutions.
///
/// # Errors
/// Weights or a loss that are not registered, and temperatures at which they have no measure.
pub(super) fn run(simulation: &Simulation, instance: &Instance) -> Result<Outcome, InputError> {
    let prior = weights(simulation)?;
    let loss = loss(simulation)?;
    let patterns = &instance.patterns;
    let machine = simulation.machine_at(patterns.columns());
    let mut p = simulation.parameters;
    // The margin between two neighbouring values of the field, which weights ±1 have.
    let signs = prior.norm() == Norm::Unit && prior.has_atoms();
    let lattice = signs && !matches!((patterns, is_given(instance)), (Patterns::Real(_), true));
    if lattice && p.beta.is_infinite() {
        p.kappa = machine.threshold() / (patterns.columns() as f64).sqrt();
    }
    let limit = limit(simulation, &*prior, &*loss, &p)?;
    let channel = |p| Channel::new(loss.clone(), p).in_limit(limit);
    let refused = |error: Unsupported| refused(simulation, error);
    let mut amp = Amp::new(patterns, prior.clone(), channel(p)).map_err(refused)?;
    if is_given(instance) {
        amp = amp.of_variance(mean_square(patterns));
    }
    let Extent::Path(iterations) = simulation.extent else {
        return Ok(iterate(amp, simulation, instance, machine, signs));
    };
    let at_load = Parameters {
        alpha: patterns.rows() as f64 / patterns.columns() as f64,
        ..p
    };
    let data = simulation.instance.data;
    let evolution = StateEvolution::new(prior, data, channel(at_load)).map_err(refused)?;
    Ok(Outcome {
        iterations,
        path: path(amp, &evolution, instance, iterations),
        ..Outcome::default()
    })
}

/// The prior of the weights.
///
/// # Errors
/// A name that is not registered.
pub(super) fn weights(simulation: &Simulation) -> Result<Arc<dyn Prior>, InputError> {
    let name = simulation.names[0];
    prior::by_name(name).map_err(|reason| InputError::new("weights", name, reason, "another name"))
}

/// The loss.
///
/// # Errors
/// A name that is not registered.
pub(super) fn loss(simulation: &Simulation) -> Result<Arc<dyn Loss>, InputError> {
    let name = simulation.names[1];
    loss::by_name(name).ok_or_else(|| {
        let names: Vec<String> = loss::registered().iter().map(|l| l.name()).collect();
        InputError::new("loss", name, "not registered", names.join(", "))
    })
}

/// What is left of the loss: at β = ∞ continuous weights may or may not satisfy every pattern, which
/// is for the theory to say.
fn limit(
    simulation: &Simulation,
    prior: &dyn Prior,
    loss: &dyn Loss,
    p: &Parameters,
) -> Result<Limit, InputError> {
    if p.beta.is_finite() {
        return Ok(Limit::Thermal);
    }
    if loss.jumps() || prior.has_atoms() {
        return Ok(Limit::Hard);
    }
    let [weights, loss] = simulation.names;
    let data = match simulation.instance.data {
        Data::Storage => "storage",
        Data::Teacher => "teacher",
    };
    let theory = model(weights, data, loss).ok_or_else(|| {
        let reason = format!("whether weights {weights} can satisfy every pattern is not known");
        InputError::new("beta", "inf", reason, "a finite beta above 0")
    })?;
    Ok(match theory.regime(p) {
        Regime::GroundState => Limit::Ground,
        _ => Limit::Hard,
    })
}

fn refused(simulation: &Simulation, error: Unsupported) -> InputError {
    let beta = simulation.parameters.beta.to_string();
    InputError::new("beta", beta, error.to_string(), "a finite beta above 0")
}

/// Mean square of the entries of patterns.
pub(super) fn mean_square(patterns: &Patterns) -> f64 {
    match patterns {
        Patterns::Signs(_) => 1.0,
        Patterns::Real(matrix) => {
            let squares: f64 = matrix.values().iter().map(|x| x * x).sum();
            squares / matrix.values().len() as f64
        }
    }
}

/// What own patterns break, such that a fixed point says nothing of them: a minimum, which satisfies
/// its conditions whatever the patterns, says all there is.
fn remark(amp: &Amp, simulation: &Simulation, instance: &Instance) -> Option<Remark> {
    if !is_given(instance) || amp.is_minimum() {
        return None;
    }
    broken(&instance.patterns).or_else(|| {
        let damped = simulation.damping.unwrap_or(0.0) > 0.0;
        contradiction(amp, &instance.patterns, damped)
    })
}

/// What a fixed point says against itself.
pub(super) fn contradiction(amp: &Amp, patterns: &Patterns, damped: bool) -> Option<Remark> {
    if damped && leaves(amp.clone()) {
        return Some(Remark::Unstable);
    }
    let mismatch = amp.response_mismatch(patterns)?;
    let chance = FEW / patterns.columns() as f64;
    (mismatch.abs() > chance.max(CONTRADICTORY)).then_some(Remark::Contradictory(mismatch))
}

/// Part by which the response of the weights may differ from their variances, and how many times one
/// over the number of weights it may where these are few.
const CONTRADICTORY: f64 = 0.15;
const FEW: f64 = 2.25;

/// Size of a perturbation of a fixed point, how many iterations have to forget it, and how far it
/// may have grown until then.
const NUDGE: f64 = 1e-6;
const FORGOTTEN: usize = 200;
const GROWN: f64 = 10.0;

/// Whether the iteration without damping leaves a fixed point.
fn leaves(mut amp: Amp) -> bool {
    let start = amp.state().mean.clone();
    let by: Vec<f64> = (0..start.len())
        .map(|i| if i % 3 == 0 { -NUDGE } else { NUDGE })
        .collect();
    if amp.displace(&by).is_err() {
        return false;
    }
    for _ in 0..FORGOTTEN {
        if amp.step(0.0).is_none() {
            return true;
        }
    }
    let moved = amp.state().mean.iter().zip(&start);
    let farthest = moved.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    farthest > GROWN * NUDGE
}

fn iterate(
    mut amp: Amp,
    simulation: &Simulation,
    instance: &Instance,
    machine: Machine,
    signs: bool,
) -> Outcome {
    let run = amp.run(&simulation.settings());
    let means = amp.state().mean.clone();
    let found = amp.thermodynamics();
    let mut status = simulation.checked_status(run.status, &found);
    let remark = remark(&amp, simulation, instance).filter(|_| status == Status::Converged);
    if remark.is_some() {
        status = Status::Diverged;
    }
    let mut outcome = measured(found, status, run.iterations, means, instance, machine);
    outcome.remark = remark;
    if !signs {
        outcome.linear = unbiased(machine, &outcome.weights);
        // The means themselves are the estimate: signs would be another machine's.
        outcome.training_errors = machine.errors(&instance.patterns, &outcome.weights);
        outcome.solved = outcome.training_errors == 0;
    }
    outcome
}
