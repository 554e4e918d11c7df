//! Approximate message passing on one sample of two clusters: minimisers and Gibbs measures (MX.60 to
//! MX.66).

use super::classified::{Classified, Estimated};
use super::general;
use super::remark::Remark;
use super::simulation::{Outcome, Simulation, is_given};
use super::tested::Linear;
use crate::error::InputError;
use crate::message_passing::{Amp, Biased, Confinement, Instance, Run, Settings, Unsupported};
use crate::message_passing::{Status as Ending, Thermodynamics};
use crate::model::Constraint;
use crate::model::channel::Channel;
use crate::model::{Bias, Mixture};
use crate::replica::reason::Reason;
use crate::replica::state::Status;
use crate::search::centroids::Centroids;
use crate::search::minimiser::Training;

/// Part of the old means that measures keep where nothing else is asked for.
const DAMPING: f64 = 0.2;

/// Runs it on an instance: to the minimiser where continuous weights have one, else over the Gibbs
/// measure, or over the classifiers that satisfy every pattern.
///
/// # Errors
/// Patterns that were not drawn from a mixture, and what message passing cannot be run on.
pub(super) fn run(simulation: &Simulation, instance: &Instance) -> Result<Outcome, InputError> {
    let mut sample = Sample::of(simulation, instance).ok_or_else(|| {
        let reason = "patterns of two clusters are needed";
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
    if let Some(mixture) = sample.mixture {
        sample.biased.bias = mixture.bias(sample.biased.bias);
    }
    let amp = Amp::new(patterns, prior?, channel)
        .and_then(|amp| amp.on_clusters(sample.biased.clone()))
        .map_err(|error| sample.refused(&error))?;
    Ok(sample.measure(amp))
}

struct Sample<'a> {
    simulation: &'a Simulation,
    instance: &'a Instance,
    /// What the patterns were drawn from; none for a user's own.
    mixture: Option<Mixture>,
    constraint: Constraint,
    axis: Option<&'a [f64]>,
    /// What a user's own patterns say of their clusters.
    centroids: Option<Centroids>,
    biased: Biased,
}

impl<'a> Sample<'a> {
    /// None where the patterns have no labels, or say nothing of the noise around their centres.
    fn of(simulation: &'a Simulation, instance: &'a Instance) -> Option<Self> {
        let clusters = instance.clusters.as_ref()?;
        let trained = simulation.trained?;
        let given = is_given(instance);
        let mixture = simulation.instance.mixture.filter(|_| !given);
        let centroids = match given {
            true => Some(Centroids::of(&Training::of(instance)?)?),
            false => None,
        };
        let variance = mixture.map(|mixture| mixture.delta());
        Some(Sample {
            simulation,
            instance,
            mixture,
            constraint: trained.constraint,
            axis: clusters.axis.as_deref(),
            biased: Biased {
                variance: variance.or(centroids.as_ref().map(|c| c.noise))?,
                labels: clusters.labels.clone(),
                bias: trained.bias,
            },
            centroids,
        })
    }

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

    /// Overlap with the axis, where it is known.
    fn along(&self, weights: &[f64]) -> Option<f64> {
        let axis = self.axis?;
        let pairs = axis.iter().zip(weights);
        Some(pairs.map(|(v, w)| v * w).sum::<f64>() / axis.len() as f64)
    }

    /// Probability of an error on a new pattern at this overlap, norm and bias, where it is known.
    fn error(&self, m: Option<f64>, q: f64, bias: f64) -> Option<f64> {
        Some(self.mixture?.error(m?, q, bias))
    }

    /// How far from round a user's own clusters are.
    fn not_round(&self) -> Option<Remark> {
        let centroids = self.centroids.as_ref();
        centroids
            .and_then(Centroids::elongated)
            .map(Remark::NotRound)
    }

    /// What a user's own patterns say of their clusters and, of a minimiser, of its errors.
    fn estimates(&self, linear: Option<&Linear>) -> Option<Estimated> {
        let centroids = self.centroids.as_ref()?;
        let linear = linear.filter(|_| self.not_round().is_none());
        let judged = linear.and_then(|linear| centroids.judge(linear));
        Some(Estimated {
            delta: centroids.delta(),
            rho: centroids.rho(),
            signal: centroids.signal(),
            offset: centroids.offset(),
            cosine: judged.map(|j| j[0]),
            generalization_error: judged.map(|j| j[1]),
        })
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
            m,
            cosine: m.map(|m| m / q.sqrt()),
            bias: Some(state.bias),
            lambda: Some(state.multiplier),
            ground_state_energy: Some(-energies.free_entropy),
            training_loss: Some(energies.energy * state.mean.len() as f64 / patterns),
            training_error: Some(errors as f64 / patterns),
            generalization_error: self.error(m, q, state.bias),
            ..Classified::default()
        };
        let linear = Linear {
            weights: state.mean.clone(),
            bias: state.bias,
        };
        let mut outcome = self.outcome(run, found, errors);
        let converged = outcome.converged == Some(true);
        let estimated = self.estimates(Some(&linear).filter(|_| converged));
        outcome.remark = self.not_round().filter(|_| converged);
        if let Some(found) = &mut outcome.classified {
            found.estimated = estimated;
        }
        Outcome {
            weights: linear.weights.clone(),
            linear: converged.then_some(linear),
            ..outcome
        }
    }

    fn measure(&self, mut amp: Amp) -> Outcome {
        let run = amp.run(&Settings {
            damping: self.simulation.damping.unwrap_or(DAMPING),
            ..self.simulation.settings()
        });
        let found = amp.thermodynamics();
        let own = self.centroids.is_some();
        let remark = self.not_round().or_else(|| {
            let asked = own && run.status == Ending::Converged;
            let patterns = &self.instance.patterns;
            asked
                .then(|| general::contradiction(&amp, patterns, true))
                .flatten()
        });
        let weights = amp.state().mean.clone();
        let bias = amp.state().bias;
        let m = self.along(&weights);
        let errors = self.errors(&weights, bias);
        let load = self.biased.labels.len() as f64 / weights.len() as f64;
        let status = self.simulation.checked_status(run.status, &found);
        let distrusted = status == Ending::Converged && remark.is_some();
        let status = if distrusted { Ending::Diverged } else { status };
        let run = Run { status, ..run };
        let classified = Classified {
            status: Some(Status::Ok),
            q: Some(found.overlap),
            m,
            bias: Some(bias),
            training_loss: Some(found.energy / load),
            training_error: Some(amp.training_error()),
            generalization_error: self.error(m, 1.0, bias),
            ..Classified::default()
        };
        let mut outcome = self.outcome(run, classified, errors);
        outcome.remark = remark.filter(|_| distrusted);
        if let Some(found) = &mut outcome.classified {
            found.estimated = self.estimates(None);
        }
        let kept = |x: f64| (outcome.converged == Some(true) && x.is_finite()).then_some(x);
        let Thermodynamics {
            free_entropy,
            entropy,
            ..
        } = found;
        Outcome {
            free_entropy: kept(free_entropy),
            entropy: kept(entropy),
            linear: outcome.converged.and_then(|ok| {
                ok.then(|| Linear {
                    weights: weights.clone(),
                    bias,
                })
            }),
            weights,
            ..outcome
        }
    }
}
