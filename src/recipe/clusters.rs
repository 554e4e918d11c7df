//! What a request says of a mixture of two clusters, and of the weights that are trained on it.

use super::options::{DATUM, LOSS, WEIGHT};
use super::request::RawRequest;
use super::table::Value;
use super::{Parameter, Parameters, Quantity, Verb};
use crate::error::InputError;
use crate::model::registry;
use crate::model::{Bias, Mixture};
use crate::replica::ensemble::Ensemble;
use crate::replica::mixture::classifier::bayes_optimal;
use crate::replica::mixture::learning::Learning;
use crate::replica::mixture::risk::Constraint;
use crate::replica::model::mixture_model;

/// Names of the data and of the weights that this is about.
pub(super) const MIXTURE: &str = "mixture";
pub(super) const RIDGE: &str = "ridge";
/// The option of the bias.
pub(super) const BIAS: &str = "bias";

const ALLOWED: &str = "learned, or fixed:B with a finite B";

/// The bias of a request on a mixture; none for other data.
///
/// # Errors
/// Text that is no bias, and a bias of other data.
pub(super) fn bias(raw: &RawRequest, data: &str) -> Result<Option<Bias>, InputError> {
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
        value.is_finite().then_some(Bias::Fixed(value))
    };
    match text {
        "learned" => Ok(Some(Bias::Learned)),
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
    if let Verb::Simulate(algorithm) = verb
        && algorithm.classifies()
    {
        return Ok(());
    }
    let mixture = data == MIXTURE;
    let refuse = |option: &str, value: &str, reason: String, allowed: &str| {
        Err(InputError::new(option, value, reason, allowed))
    };
    if mixture && !matches!(verb, Verb::Solve | Verb::Threshold(Quantity::Interpolation)) {
        let reason = format!("{} is not for mixtures", verb.name());
        return refuse(DATUM.name, data, reason, "storage, teacher");
    }
    if let (Verb::Threshold(Quantity::Interpolation), false) = (verb, mixture) {
        let reason = "threshold interpolation is that of a mixture".to_owned();
        return refuse(DATUM.name, data, reason, MIXTURE);
    }
    let beta = raw.get(Parameter::Beta.name()).unwrap_or("inf");
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
    if !mixture {
        let reason = format!("{RIDGE} weights minimise the risk of a mixture");
        return refuse(WEIGHT.name, weights, reason, "binary, spherical");
    }
    if verb != Verb::Solve {
        let reason = format!("{} is that of weights of one norm", verb.name());
        return refuse(WEIGHT.name, weights, reason, "spherical");
    }
    if registry::jumps(loss) {
        let reason = format!("loss {loss} has no minimiser with a ridge");
        return refuse(LOSS.name, loss, reason, "cross-entropy, square, hinge");
    }
    if beta != "inf" {
        let reason = format!("{RIDGE} weights minimise a risk");
        return refuse("beta", beta, reason, "inf, or leave it out");
    }
    Ok(())
}

/// A bias as it is spelled.
pub(super) fn bias_value(bias: Bias) -> Value {
    match bias {
        Bias::Learned => "learned".into(),
        Bias::Fixed(value) => Value::Text(format!("fixed:{}", super::range::shortest(value))),
    }
}

/// What answers a request on a mixture at one point of its own parameters.
pub(super) enum Trained {
    /// A Gibbs measure, or its ground states.
    Measure(Ensemble),
    /// The minimum of a risk with a ridge.
    Minimum(Learning),
}

/// The clusters at a point of the grid.
pub(super) fn mixture(point: &Parameters) -> Option<Mixture> {
    Mixture::new(point.delta?, point.rho?)
}

/// The model at a point of the grid; none if its names are unknown or do not go together.
pub(super) fn trained(
    [weights, loss]: [&str; 2],
    bias: Bias,
    point: &Parameters,
) -> Option<Trained> {
    let mixture = mixture(point)?;
    if weights == RIDGE {
        let ridge = Constraint::Ridge(point.lambda?);
        return Learning::new(loss, mixture, bias, ridge).map(Trained::Minimum);
    }
    mixture_model(weights, loss, mixture, bias).map(Trained::Measure)
}

/// The smallest error that any classifier of these patterns can have.
pub(super) fn bayes_error(point: &Parameters) -> Option<f64> {
    let mixture = mixture(point)?;
    Some(bayes_optimal(&mixture, point.alpha?).generalization_error(&mixture))
}
