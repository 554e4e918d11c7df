//! Approximate message passing for any registered weights and loss, at any temperature.

use super::extent::Extent;
use super::path::path;
use super::simulation::{Outcome, Simulation, measured};
use crate::error::InputError;
use crate::message_passing::machine::Machine;
use crate::message_passing::{Amp, Instance, StateEvolution, Unsupported};
use crate::model::registry::{self, LossVisitor, PriorVisitor};
use crate::model::{
    Parameters,
    scalar::{Loss, Prior},
};
use crate::replica::ensemble::Ensemble;
use crate::replica::state::Regime;

/// Runs it on an instance: to the minimum of the energy where spherical weights have a single one,
/// else over the Gibbs measure, or over the solutions.
///
/// # Errors
/// Weights or a loss that are not registered, and temperatures at which they have no measure.
pub(super) fn run(simulation: &Simulation, instance: &Instance) -> Result<Outcome, InputError> {
    let [weights, loss] = simulation.names;
    let visitor = OnPrior {
        simulation,
        instance,
        loss,
    };
    registry::with_prior(weights, visitor)
        .flatten()
        .ok_or_else(|| unregistered(weights))?
}

fn unregistered(name: &str) -> InputError {
    InputError::new(
        "weights",
        name,
        "not registered",
        registry::WEIGHTS.join(", "),
    )
}

struct OnPrior<'a> {
    simulation: &'a Simulation,
    instance: &'a Instance,
    loss: &'static str,
}

type Ran = Option<Result<Outcome, InputError>>;

impl PriorVisitor for OnPrior<'_> {
    type Output = Ran;
    fn visit<P: Prior + 'static>(self, prior: P) -> Ran {
        let visitor = OnLoss {
            simulation: self.simulation,
            instance: self.instance,
            prior,
        };
        registry::with_loss(self.loss, visitor)
    }
}

struct OnLoss<'a, P> {
    simulation: &'a Simulation,
    instance: &'a Instance,
    prior: P,
}

impl<P: Prior + 'static> LossVisitor for OnLoss<'_, P> {
    type Output = Result<Outcome, InputError>;
    fn visit<L: Loss + 'static>(self, loss: L) -> Self::Output {
        let Self {
            simulation,
            instance,
            prior,
        } = self;
        let patterns = &instance.patterns;
        let machine = simulation.machine_at(patterns.columns());
        let mut p = simulation.parameters;
        // The margin between two neighbouring values of the field.
        p.kappa = match (prior.is_discrete(), p.beta.is_infinite()) {
            (true, true) => machine.threshold() / (patterns.columns() as f64).sqrt(),
            _ => p.kappa,
        };
        // Whether every pattern can be satisfied is for the theory to say.
        let data = simulation.instance.data;
        let regime = Ensemble::new(prior.clone(), loss.clone(), data).regime(&p);
        let run = OnInstance {
            simulation,
            instance,
            machine,
            beta: p.beta,
        };
        let at_load = Parameters {
            alpha: patterns.rows() as f64 / patterns.columns() as f64,
            ..p
        };
        if regime == Regime::GroundState {
            let amp = Amp::ground_state(patterns, loss.clone(), p);
            return run.go(amp, || StateEvolution::ground_state(loss, data, at_load));
        }
        let amp = Amp::new(patterns, prior.clone(), loss.clone(), p);
        run.go(amp, || StateEvolution::new(prior, loss, data, at_load))
    }
}

/// A simulation on one instance, whatever the types of weights and loss.
struct OnInstance<'a> {
    simulation: &'a Simulation,
    instance: &'a Instance,
    machine: Machine,
    beta: f64,
}

impl OnInstance<'_> {
    /// To the fixed point, or along the path to it.
    fn go<P: Prior, L: Loss>(
        &self,
        amp: Result<Amp<P, L>, Unsupported>,
        evolution: impl FnOnce() -> Result<StateEvolution<P, L>, Unsupported>,
    ) -> Result<Outcome, InputError> {
        let refused = |error| refused(error, self.beta);
        let amp = amp.map_err(refused)?;
        let Extent::Path(iterations) = self.simulation.extent else {
            return Ok(iterate(amp, self.simulation, self.instance, self.machine));
        };
        let evolution = evolution().map_err(refused)?;
        Ok(Outcome {
            iterations,
            path: path(amp, &evolution, self.instance, iterations),
            ..Outcome::default()
        })
    }
}

fn refused(error: Unsupported, beta: f64) -> InputError {
    InputError::new(
        "beta",
        beta.to_string(),
        error.to_string(),
        "a finite beta above 0",
    )
}

fn iterate<P: Prior, L: Loss>(
    mut amp: Amp<P, L>,
    simulation: &Simulation,
    instance: &Instance,
    machine: Machine,
) -> Outcome {
    let run = amp.run(&simulation.settings());
    let means = amp.state().mean.clone();
    let found = amp.thermodynamics();
    let status = simulation.believed(run.status, &found);
    let mut outcome = measured(found, status, run.iterations, means, instance, machine);
    if simulation.names[0] != "binary" {
        // The means themselves are the estimate: signs would be another machine's.
        outcome.training_errors = machine.errors(&instance.patterns, &outcome.weights);
        outcome.solved = outcome.training_errors == 0;
    }
    outcome
}
