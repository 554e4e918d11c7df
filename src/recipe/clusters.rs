//! What a request says of a mixture of two clusters, and of the weights that are trained on it.

use super::cluster_reference::check_landscape;
use super::options::{DATUM, LOSS, WEIGHT};
use super::pattern_file::PATTERNS;
use super::request::RawRequest;
use super::table::Value;
use super::{LocalQuantity, Parameter, Parameters, Quantity, Verb};
use crate::error::InputError;
use crate::experiment::Algorithm;
use crate::model::Constraint;
use crate::model::registry;
use crate::model::{Bias, Mixture};
use crate::replica::ensemble::Ensemble;
use crate::replica::mixture::classifier::bayes_optimal;
use crate::replica::mixture::learning::Learning;
use crate::replica::model::mixture_model;

/// Names of the data and of the weights that this is about.
pub(super) const MIXTURE: &str = "mixture";
pub(super) const RIDGE: &str = "ridge";
/// The option of the bias.
pub(super) const BIAS: &str = "bias";

const ALLOWED: &str = "learned, fixed:B with a finite B, or bayes";

/// The bias of a classifier, as asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BiasChoice {
    /// Chosen with the weights.
    Learned,
    /// Given.
    Fixed(f64),
    /// That of the Bayes-optimal classifier of the same norm (MX.6).
    Bayes,
}

impl BiasChoice {
    /// The bias at a point of the grid.
    pub(super) fn at(self, point: &Parameters) -> Option<Bias> {
        Some(match self {
            BiasChoice::Learned => Bias::Learned,
            BiasChoice::Fixed(bias) => Bias::Fixed(bias),
            BiasChoice::Bayes => {
                let optimal = bayes_optimal(&mixture(point)?, point.alpha?);
                Bias::Fixed(optimal.of_norm(point.norm?).bias)
            }
        })
    }

    /// As it is spelled.
    pub(super) fn value(self) -> Value {
        match self {
            BiasChoice::Learned => "learned".into(),
            BiasChoice::Fixed(bias) => {
                Value::Text(format!("fixed:{}", super::range::shortest(bias)))
            }
            BiasChoice::Bayes => "bayes".into(),
        }
    }
}

/// The bias of a request on a mixture; none for other data.
///
/// # Errors
/// Text that is no bias, and a bias of other data.
pub(super) fn bias(raw: &RawRequest, data: &str) -> Result<Option<BiasChoice>, InputError> {
    let text = raw.get(BIAS);
    if data != MIXTURE {
        return text.map_or(Ok(None), |text| {
            let reason = format!("data {data} has no bias");
            let allowed = format!("leave it out, or data {MIXTURE}");
            Err(InputError::new(BIAS, text, reason, allowed))
        });
    }
    let text = text.unwrap_or("learned");
    let fixed = || {
        let value: f64 = text.strip_prefix("fixed:")?.parse().ok()?;
        value.is_finite().then_some(BiasChoice::Fixed(value))
    };
    match text {
        "learned" => Ok(Some(BiasChoice::Learned)),
        "bayes" if raw.get(PATTERNS).is_some() => {
            let reason = "the clusters that it belongs to are not known";
            Err(InputError::new(BIAS, text, reason, "learned, or fixed:B"))
        }
        "bayes" if raw.get(Parameter::Norm.name()).is_some() => Ok(Some(BiasChoice::Bayes)),
        "bayes" => {
            let reason = "the norm that it belongs to is missing";
            Err(InputError::new(BIAS, text, reason, "a norm beside it"))
        }
        _ => fixed()
            .map(Some)
            .ok_or_else(|| InputError::new(BIAS, text, "no bias", ALLOWED)),
    }
}

/// What there is of mixtures, and of weights with a ridge.
pub(super) fn check_mixture(
    raw: &RawRequest,
    verb: Verb,
    [weights, data, loss]: [&str; 3],
) -> Result<(), InputError> {
    let simulated = matches!(verb, Verb::Simulate(algorithm) if algorithm.classifies());
    if verb == Verb::Classifiers || simulated {
        return Ok(());
    }
    let mixture = data == MIXTURE;
    if mixture && weights != RIDGE {
        check_scalar(verb, weights, loss)?;
    } else if mixture {
        check_scalar(verb, "binary", loss)?;
    }
    let refuse = |option: &str, value: &str, reason: String, allowed: &str| {
        Err(InputError::new(option, value, reason, allowed))
    };
    let local = matches!(
        verb,
        Verb::LocalEntropy | Verb::LocalThreshold(LocalQuantity::ClosestDistance)
    );
    if mixture && local {
        return check_landscape(raw, verb, [weights, loss]);
    }
    let solving = matches!(verb, Verb::Solve | Verb::Simulate(Algorithm::Amp));
    if mixture && !solving && verb != Verb::Threshold(Quantity::Interpolation) {
        let reason = format!("{} is not for mixtures", verb.name());
        return refuse(DATUM.name, data, reason, "storage, teacher");
    }
    if let (Verb::Threshold(Quantity::Interpolation), false) = (verb, mixture) {
        let reason = "threshold interpolation is that of a mixture".to_owned();
        return refuse(DATUM.name, data, reason, MIXTURE);
    }
    let beta = raw.get(Parameter::Beta.name()).unwrap_or("inf");
    if let (Some(norm), true) = (raw.get(Parameter::Norm.name()), beta != "inf" || !solving) {
        let reason = "norm is that of a minimiser at zero temperature".to_owned();
        return refuse("norm", norm, reason, "leave it out, or solve at beta inf");
    }
    if weights != RIDGE {
        // The bias that serves the larger cluster alone is better than any other (MX.26).
        let fixed = raw.get(BIAS).is_some_and(|bias| bias != "learned");
        let rho = raw.get(Parameter::Rho.name()).unwrap_or("0.5");
        if mixture && registry::jumps(loss) && beta != "inf" && rho != "0.5" && !fixed {
            let reason = format!("loss {loss} has no learned bias of unequal clusters there");
            return refuse("beta", beta, reason, "inf, or a fixed bias, or rho 0.5");
        }
        return Ok(());
    }
    if !mixture && verb != Verb::Solve {
        let reason = format!(
            "{} has no theory of {RIDGE} weights without clusters",
            verb.name()
        );
        let known: Vec<_> = registry::WEIGHTS
            .iter()
            .filter(|w| **w != RIDGE)
            .copied()
            .collect();
        return refuse(WEIGHT.name, weights, reason, &known.join(", "));
    }
    if !solving {
        let reason = format!("{} is that of weights of one norm", verb.name());
        return refuse(WEIGHT.name, weights, reason, "spherical");
    }
    if registry::jumps(loss) {
        let reason = format!("loss {loss} has no minimiser with a ridge");
        let smooth = |name: &&str| !registry::jumps(name) && (!mixture || has_clusters(name));
        let known: Vec<_> = registry::LOSSES.iter().copied().filter(smooth).collect();
        return refuse(LOSS.name, loss, reason, &known.join(", "));
    }
    if beta != "inf" {
        let reason = format!("{RIDGE} weights minimise a risk");
        return refuse("beta", beta, reason, "inf, or leave it out");
    }
    Ok(())
}

/// Whether mixtures have a theory of this loss.
fn has_clusters(loss: &str) -> bool {
    registry::MIXTURE_LOSSES.contains(&loss)
}

/// Refuses weights and losses that mixtures have no theory for.
fn check_scalar(verb: Verb, weights: &str, loss: &str) -> Result<(), InputError> {
    let weights_known = registry::MIXTURE_WEIGHTS;
    for (option, value, known) in [
        (WEIGHT.name, weights, weights_known),
        (LOSS.name, loss, registry::MIXTURE_LOSSES),
    ] {
        if !known.contains(&value) {
            let reason = format!("{} has no theory of mixtures for {value}", verb.name());
            return Err(InputError::new(option, value, reason, known.join(", ")));
        }
    }
    Ok(())
}

/// What answers a request on a mixture at one point of its own parameters.
pub(super) enum Trained {
    /// A Gibbs measure, or its ground states.
    Measure(Box<Ensemble>),
    /// The minimum of a risk with a ridge, or of given norm.
    Minimum(Learning),
}

/// The clusters at a point of the grid.
pub(super) fn mixture(point: &Parameters) -> Option<Mixture> {
    Mixture::new(point.delta?, point.rho?)
}

/// The model at a point of the grid; none if its names are unknown or do not go together.
pub(super) fn trained(
    [weights, loss]: [&str; 2],
    bias: BiasChoice,
    point: &Parameters,
) -> Option<Trained> {
    let mixture = mixture(point)?;
    let bias = bias.at(point)?;
    let constraint = if weights == RIDGE {
        Some(Constraint::Ridge(point.lambda?))
    } else {
        point.norm.map(Constraint::Norm)
    };
    if let Some(constraint) = constraint {
        return Learning::new(loss, mixture, bias, constraint).map(Trained::Minimum);
    }
    mixture_model(weights, loss, mixture, bias).map(|model| Trained::Measure(Box::new(model)))
}

/// The smallest error that any classifier of these patterns can have.
pub(super) fn bayes_error(point: &Parameters) -> Option<f64> {
    let mixture = mixture(point)?;
    Some(bayes_optimal(&mixture, point.alpha?).generalization_error(&mixture))
}

/// The error of weights of this overlap with the axis and this squared norm, with the best bias.
pub(super) fn best_bias_error(
    point: &Parameters,
    m: Option<f64>,
    norm: Option<f64>,
) -> Option<f64> {
    let (mixture, m, norm) = (mixture(point)?, m?, norm?);
    Some(mixture.error(m, norm, mixture.best_bias(m, norm)))
}
