//! Approximate message passing for any registered weights and loss, at any temperature.

use super::extent::Extent;
use super::path::path;
use super::simulation::{Outcome, Simulation, measured};
use crate::error::InputError;
use crate::message_passing::machine::Machine;
use crate::message_passing::{Amp, Instance, StateEvolution, Unsupported};
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
    let lattice = prior.norm() == Norm::Unit && prior.has_atoms();
    if lattice && p.beta.is_infinite() {
        p.kappa = machine.threshold() / (patterns.columns() as f64).sqrt();
    }
    let limit = limit(simulation, &*prior, &*loss, &p)?;
    let channel = |p| Channel::new(loss.clone(), p).in_limit(limit);
    let refused = |error: Unsupported| refused(simulation, error);
    let amp = Amp::new(patterns, prior.clone(), channel(p)).map_err(refused)?;
    let Extent::Path(iterations) = simulation.extent else {
        return Ok(iterate(amp, simulation, instance, machine, lattice));
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
    let status = simulation.checked_status(run.status, &found);
    let mut outcome = measured(found, status, run.iterations, means, instance, machine);
    if !signs {
        // The means themselves are the estimate: signs would be another machine's.
        outcome.training_errors = machine.errors(&instance.patterns, &outcome.weights);
        outcome.solved = outcome.training_errors == 0;
    }
    outcome
}
