//! Approximate message passing on one sample of two clusters: minimisers and Gibbs measures (MX.60 to
//! MX.66).

use super::classified::Classified;
use super::general;
use super::simulation::{Outcome, Simulation};
use crate::error::InputError;
use crate::message_passing::{Amp, Biased, Confinement, Instance, Run, Settings, Unsupported};
use crate::message_passing::{Status as Ending, Thermodynamics};
use crate::model::Constraint;
use crate::model::channel::Channel;
use crate::model::{Bias, Mixture};
use crate::replica::reason::Reason;
use crate::replica::state::Status;

/// Part of the old means that measures keep where nothing else is asked for.
const DAMPING: f64 = 0.2;

/// Runs it on an instance: to the minimiser where continuous weights have one, else over the Gibbs
/// measure, or over the classifiers that satisfy every pattern.
///
/// # Errors
/// Patterns that were not drawn from a mixture, and what message passing cannot be run on.
pub(super) fn run(simulation: &Simulation, instance: &Instance) -> Result<Outcome, InputError> {
    let drawn = || {
        let clusters = instance.clusters.as_ref()?;
        let trained = simulation.trained?;
        let mixture = simulation.instance.mixture?;
        Some(Sample {
            simulation,
            instance,
            mixture,
            constraint: trained.constraint,
            axis: clusters.axis.as_deref()?,
            biased: Biased {
                variance: mixture.delta(),
                labels: clusters.labels.clone(),
                bias: trained.bias,
            },
        })
    };
    let mut sample = drawn().ok_or_else(|| {
        let reason = "patterns drawn from two clusters are needed";
        InputError::new("data", "storage", reason, "mixture")
    })?;
    let prior = general::weights(simulation);
    let loss = general::loss(simulation)?;
    let hard = simulation.parameters.beta.is_infinite();
    let discrete = prior.as_ref().is_ok_and(|prior| prior.has_atoms());
    let minimum = hard && !discrete && !loss.jumps();
    let channel = Channel::new(loss, simulation.parameters);
    let patterns = &instance.patterns;
    if minimum {
        let confinement = match sample.constraint {
            Constraint::Ridge(lambda) => Confinement::Ridge(lambda),
            Constraint::Norm(norm) => Confinement::Sphere(norm),
        };
        let amp = Amp::minimum(patterns, channel, confinement)
            .and_then(|amp| amp.on_clusters(sample.biased.clone()))
            .map_err(|error| sample.refused(&error))?;
        return Ok(sample.minimum(amp));
    }
    // A measure learns none where it vanishes by symmetry.
    sample.biased.bias = sample.mixture.bias(sample.biased.bias);
    let amp = Amp::new(patterns, prior?, channel)
        .and_then(|amp| amp.on_clusters(sample.biased.clone()))
        .map_err(|error| sample.refused(&error))?;
    Ok(sample.measure(amp))
}

struct Sample<'a> {
    simulation: &'a Simulation,
    instance: &'a Instance,
    mixture: Mixture,
    constraint: Constraint,
    axis: &'a [f64],
    biased: Biased,
}

impl Sample<'_> {
    fn refused(&self, error: &Unsupported) -> InputError {
        let bias = match self.biased.bias {
            Bias::Learned => "learned".to_owned(),
            Bias::Fixed(bias) => format!("fixed:{bias}"),
        };
        let [weights, loss] = self.simulation.names;
        let (option, value) = match error {
            Unsupported::LearnedBias => ("bias", bias),
            Unsupported::NotConvex => ("loss", loss.to_owned()),
            Unsupported::Confinement => ("lambda", "0".to_owned()),
            Unsupported::Beta | Unsupported::NoSolutions => {
                ("beta", self.simulation.parameters.beta.to_string())
            }
            _ => ("weights", weights.to_owned()),
        };
        InputError::new(option, value, error.to_string(), "another value")
    }

    /// The outcome of an iteration that ended like this.
    fn outcome(&self, run: Run, found: Classified, errors: usize) -> Outcome {
        let converged = run.status == Ending::Converged;
        let found = if converged {
            found
        } else {
            Classified {
                reason: Some(Reason::NoFixedPoint),
                status: Some(Status::NotConverged),
                ..Classified::default()
            }
        };
        Outcome {
            solved: errors == 0 && converged,
            iterations: run.iterations,
            training_errors: errors,
            converged: Some(converged),
            classified: Some(found),
            ..Outcome::default()
        }
    }

    /// Number of patterns that weights with this bias misclassify.
    fn errors(&self, weights: &[f64], bias: f64) -> usize {
        let root = (weights.len() as f64).sqrt();
        let fields = self.instance.patterns.preactivations(weights);
        let stabilities = fields.zip(&self.biased.labels);
        let wrong = stabilities.filter(|(field, y)| field / root + *y * bias <= 0.0);
        wrong.count()
    }

    /// Overlap with the axis.
    fn along(&self, weights: &[f64]) -> f64 {
        let pairs = self.axis.iter().zip(weights);
        pairs.map(|(v, w)| v * w).sum::<f64>() / self.axis.len() as f64
    }

    fn minimum(&self, mut amp: Amp) -> Outcome {
        let run = amp.run(&self.simulation.settings());
        let energies = amp.thermodynamics();
        let state = amp.state();
        let (m, q) = (self.along(&state.mean), energies.overlap);
        let errors = self.errors(&state.mean, state.bias);
        let patterns = self.biased.labels.len() as f64;
        let found = Classified {
            status: Some(Status::Ok),
            q: Some(q),
            m: Some(m),
            cosine: Some(m / q.sqrt()),
            bias: Some(state.bias),
            lambda: Some(state.multiplier),
            ground_state_energy: Some(-energies.free_entropy),
            training_loss: Some(energies.energy * state.mean.len() as f64 / patterns),
            training_error: Some(errors as f64 / patterns),
            generalization_error: Some(self.mixture.error(m, q, state.bias)),
            ..Classified::default()
        };
        let weights = state.mean.clone();
        Outcome {
            weights,
            ..self.outcome(run, found, errors)
        }
    }

    fn measure(&self, mut amp: Amp) -> Outcome {
        let run = amp.run(&Settings {
            damping: self.simulation.damping.unwrap_or(DAMPING),
            ..self.simulation.settings()
        });
        let found = amp.thermodynamics();
        let weights = amp.state().mean.clone();
        let bias = amp.state().bias;
        let m = self.along(&weights);
        let errors = self.errors(&weights, bias);
        let load = self.biased.labels.len() as f64 / weights.len() as f64;
        let status = self.simulation.checked_status(run.status, &found);
        let run = Run { status, ..run };
        let classified = Classified {
            status: Some(Status::Ok),
            q: Some(found.overlap),
            m: Some(m),
            bias: Some(bias),
            training_loss: Some(found.energy / load),
            training_error: Some(amp.training_error()),
            generalization_error: Some(self.mixture.error(m, 1.0, bias)),
            ..Classified::default()
        };
        let outcome = self.outcome(run, classified, errors);
        let kept = |x: f64| (outcome.converged == Some(true) && x.is_finite()).then_some(x);
        let Thermodynamics {
            free_entropy,
            entropy,
            ..
        } = found;
        Outcome {
            free_entropy: kept(free_entropy),
            entropy: kept(entropy),
            weights,
            ..outcome
        }
    }
}
