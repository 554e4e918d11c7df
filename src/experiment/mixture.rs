//! Linear classifiers of two clusters on one sample: minimisers of a risk, and closed forms.

use super::algorithm::Algorithm;
use super::classified::{Classified, Estimated, Trained};
use super::extent::Extent;
use super::remark::Remark;
use super::simulation::{Outcome, Simulation, is_given};
use crate::error::InputError;
use crate::message_passing::Instance;
use crate::model::Constraint;
use crate::model::Parameters;
use crate::model::loss;
use crate::replica::reason::Reason;
use crate::replica::state::Status;
use crate::search::centroids::{Centroids, Linear, Rule};
use crate::search::isotropic::perturbed;
use crate::search::minimiser::left_out::stabilities_left_out;
use crate::search::minimiser::{Ending, Minimum, Training, minimise};

/// Directions that a curve of perturbed classifiers is averaged over.
const DRAWS: usize = 100;

/// Trains a classifier on an instance of clusters and measures it.
///
/// # Errors
/// Patterns without labels, a loss that has no minimiser, and patterns that say nothing of clusters.
pub(super) fn run(
    simulation: &Simulation,
    instance: &Instance,
    streams: (u64, u64),
) -> Result<Outcome, InputError> {
    let training = Training::of(instance).ok_or_else(|| {
        let reason = "patterns of two clusters are needed";
        InputError::new("data", "storage", reason, "mixture")
    })?;
    if training.patterns() == 0 {
        let alpha = simulation.parameters.alpha.to_string();
        return Err(InputError::new(
            "alpha",
            alpha,
            "no pattern is left",
            "a larger alpha or n",
        ));
    }
    let around = matches!(simulation.extent, Extent::Neighbourhood(_));
    if around && training.weights() == 1 {
        let reason = "a single weight has no neighbours of its norm";
        return Err(InputError::new("n", "1", reason, "at least 2"));
    }
    let trained = simulation.trained.ok_or_else(|| {
        let reason = "classifiers need a ridge or a norm";
        InputError::new("weights", simulation.names[0], reason, "ridge, spherical")
    })?;
    let sample = Sample {
        simulation,
        instance,
        centroids: Centroids::of(&training),
        training,
        trained,
    };
    let (linear, minimum) = sample.classifier(streams)?;
    let mut outcome = sample.measure(&linear, minimum.as_ref());
    let known = outcome.classified.as_mut().filter(|c| c.q > Some(0.0));
    if let (Extent::Neighbourhood(distances), Some(classified)) = (&simulation.extent, known) {
        let general = |linear: &Linear| sample.judge(linear)[1];
        let how = (&distances[..], DRAWS);
        classified.perturbed = perturbed(&sample.training, &linear, &general, how, streams);
    }
    outcome.weights.clone_from(&linear.weights);
    outcome.linear = outcome.converged.and_then(|ok| ok.then_some(linear));
    Ok(outcome)
}

struct Sample<'a> {
    simulation: &'a Simulation,
    instance: &'a Instance,
    training: Training,
    centroids: Option<Centroids>,
    trained: Trained,
}

impl Sample<'_> {
    fn classifier(&self, streams: (u64, u64)) -> Result<(Linear, Option<Minimum>), InputError> {
        let rule = match self.simulation.algorithm {
            Algorithm::BayesOptimal => Rule::BayesOptimal,
            Algorithm::Hebb => Rule::Hebb,
            Algorithm::PlugIn => Rule::PlugIn,
            _ => return self.minimiser(streams),
        };
        let known = self.simulation.instance.mixture;
        let found = match (&known, &self.centroids) {
            (Some(mixture), _) => Some(rule.of(&self.training, mixture)),
            (None, Some(centroids)) => rule.estimated(&self.training, centroids),
            (None, None) => None,
        };
        let linear = found.ok_or_else(|| {
            let reason = "no distance of the classes is seen above the noise";
            InputError::new("patterns", "", reason, "more patterns, of both classes")
        })?;
        let linear = match self.trained.constraint {
            Constraint::Ridge(_) => linear,
            Constraint::Norm(norm) => linear.of_norm(norm),
        };
        Ok((linear, None))
    }

    fn minimiser(&self, streams: (u64, u64)) -> Result<(Linear, Option<Minimum>), InputError> {
        let loss = self.simulation.names[1];
        let how = (self.trained.bias, self.trained.constraint);
        let p = &self.simulation.parameters;
        let minimum = minimise(&self.training, loss, p, how, streams).ok_or_else(|| {
            let reason = format!("loss {loss} has no minimiser");
            InputError::new("loss", loss, reason, "cross-entropy, square, hinge")
        })?;
        let linear = Linear {
            weights: minimum.weights.clone(),
            bias: minimum.bias,
        };
        Ok((linear, Some(minimum)))
    }

    fn measure(&self, linear: &Linear, minimum: Option<&Minimum>) -> Outcome {
        let stabilities = self.training.stabilities(&linear.weights, linear.bias);
        let errors = stabilities.iter().filter(|s| **s <= 0.0).count();
        let (mut status, reason) = minimum.map_or((Status::Ok, None), |m| verdict(m.ending));
        let mut remark = self.not_round();
        let assumed = matches!(
            self.simulation.algorithm,
            Algorithm::BayesOptimal | Algorithm::PlugIn
        );
        if assumed && remark.is_some() {
            status = Status::NoSolution;
        }
        let mut classified = Classified {
            status: Some(status),
            reason,
            residual: minimum.map(|m| m.residual).filter(|r| r.is_finite()),
            estimated: self.estimates(linear, status),
            ..Classified::default()
        };
        if let (None, Some(estimated), Status::Ok) = (remark, classified.estimated, status) {
            let unknown = estimated.signal.is_some() && estimated.cosine.is_none();
            remark = unknown.then_some(Remark::Undetermined);
        }
        if status == Status::Ok {
            let (n, patterns) = (linear.weights.len() as f64, stabilities.len() as f64);
            let q = linear.q();
            let p = &self.simulation.parameters;
            let loss = mean_loss(self.simulation.names[1], p, &stabilities);
            let [cosine, general] = match self.instance.clusters.as_ref() {
                Some(clusters) if clusters.axis.is_some() => self.judge(linear),
                _ => [None, None],
            };
            let ridge = match self.trained.constraint {
                Constraint::Ridge(lambda) => 0.5 * lambda * q,
                Constraint::Norm(_) => 0.0,
            };
            classified = Classified {
                q: Some(q),
                cosine,
                m: cosine.map(|c| c * q.sqrt()),
                bias: Some(linear.bias),
                lambda: minimum.map(|m| m.lambda),
                ground_state_energy: minimum.map(|m| m.loss / n + ridge),
                training_loss: loss,
                training_error: Some(errors as f64 / patterns),
                generalization_error: general,
                leave_one_out_error: minimum.and_then(|m| self.left_out(m)),
                ..classified
            };
        }
        Outcome {
            solved: errors == 0 && status == Status::Ok,
            iterations: minimum.map_or(0, |m| m.iterations),
            training_errors: errors,
            converged: Some(status == Status::Ok),
            classified: Some(classified),
            remark,
            ..Outcome::default()
        }
    }

    /// That a user's own clusters are not round, where they are not.
    fn not_round(&self) -> Option<Remark> {
        let centroids = self.centroids.as_ref().filter(|_| is_given(self.instance));
        centroids?.elongated().map(Remark::NotRound)
    }

    /// Fraction of a user's own patterns that are misclassified when they are left out.
    fn left_out(&self, minimum: &Minimum) -> Option<f64> {
        if !is_given(self.instance) || matches!(self.trained.constraint, Constraint::Norm(_)) {
            return None;
        }
        let simulation = self.simulation;
        let how = (self.trained.bias, self.trained.constraint);
        let p = &simulation.parameters;
        let all = stabilities_left_out(&self.training, simulation.names[1], p, how, minimum)?;
        let wrong = all.iter().filter(|s| **s <= 0.0).count();
        Some(wrong as f64 / all.len() as f64)
    }

    /// Cosine with the axis and error on new patterns: known for drawn patterns, else estimated.
    fn judge(&self, linear: &Linear) -> [Option<f64>; 2] {
        let clusters = self.instance.clusters.as_ref();
        let axis = clusters.and_then(|clusters| clusters.axis.as_ref());
        match (axis, &self.simulation.instance.mixture) {
            (Some(axis), Some(mixture)) => {
                let along: f64 = axis.iter().zip(&linear.weights).map(|(v, w)| v * w).sum();
                let (m, q) = (along / axis.len() as f64, linear.q());
                let error = mixture.error(m, q, linear.bias);
                [m / q.sqrt(), error].map(|x| Some(x).filter(|x| x.is_finite()))
            }
            _ => {
                let centroids = self.centroids.as_ref();
                let judged = centroids.and_then(|centroids| centroids.judge(linear));
                [judged.map(|j| j[0]), judged.map(|j| j[1])]
            }
        }
    }

    fn estimates(&self, linear: &Linear, status: Status) -> Option<Estimated> {
        let centroids = self.centroids.as_ref()?;
        if self.simulation.instance.mixture.is_some() {
            return None;
        }
        let judged = match status {
            Status::Ok if self.not_round().is_none() => self.judge(linear),
            _ => [None, None],
        };
        Some(Estimated {
            delta: centroids.delta(),
            rho: centroids.rho(),
            signal: centroids.signal(),
            offset: centroids.offset(),
            cosine: judged[0],
            generalization_error: judged[1],
        })
    }
}

fn verdict(ending: Ending) -> (Status, Option<Reason>) {
    match ending {
        Ending::Reached => (Status::Ok, None),
        Ending::Drawn => (Status::Ok, Some(Reason::Drawn)),
        Ending::NotUnique => (Status::NoSolution, Some(Reason::NotUnique)),
        Ending::Infinite => (Status::NoSolution, Some(Reason::NoFiniteMinimum)),
        Ending::Exhausted => (Status::NotConverged, Some(Reason::GradientLeft)),
    }
}

/// Mean loss per pattern of a registered loss.
fn mean_loss(name: &str, p: &Parameters, stabilities: &[f64]) -> Option<f64> {
    let loss = loss::by_name(name)?;
    let energies = stabilities.iter().map(|s| loss.energy(*s, p)[0]);
    Some(energies.sum::<f64>() / stabilities.len() as f64)
}
