//! What can be asked about two clusters, and about weights with a ridge.

use super::bias::BIAS;
use super::choice::{DATUM, LOSS, MIXTURE, RIDGE, WEIGHT};
use super::cluster_reference::check_probes;
use super::parameter::Parameter;
use super::raw_request::RawRequest;
use super::verb::Verb;
use crate::error::InputError;
use crate::experiment::Algorithm;
use crate::model::registry;
use crate::replica::local::critical::LocalQuantity;
use crate::replica::threshold::Quantity;

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
        check_weights(verb, weights)?;
    }
    let local = matches!(
        verb,
        Verb::LocalEntropy | Verb::LocalThreshold(LocalQuantity::ClosestDistance)
    );
    if mixture && local {
        return check_probes(raw, verb, [weights, loss]);
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
    check_ridge(verb, data, loss, beta)
}

fn refuse(option: &str, value: &str, reason: String, allowed: &str) -> Result<(), InputError> {
    Err(InputError::new(option, value, reason, allowed))
}

/// What there is of weights with a ridge, at this inverse temperature.
fn check_ridge(verb: Verb, data: &str, loss: &str, beta: &str) -> Result<(), InputError> {
    let mixture = data == MIXTURE;
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
        return refuse(WEIGHT.name, RIDGE, reason, &known.join(", "));
    }
    if !matches!(verb, Verb::Solve | Verb::Simulate(Algorithm::Amp)) {
        let reason = format!("{} is that of weights of one norm", verb.name());
        return refuse(WEIGHT.name, RIDGE, reason, "spherical");
    }
    if registry::jumps(loss) {
        let reason = format!("loss {loss} has no minimiser with a ridge");
        let smooth = |name: &&str| !registry::jumps(name);
        let known: Vec<_> = registry::LOSSES.iter().copied().filter(smooth).collect();
        return refuse(LOSS.name, loss, reason, &known.join(", "));
    }
    if beta != "inf" {
        let reason = format!("{RIDGE} weights minimise a risk");
        return refuse("beta", beta, reason, "inf, or leave it out");
    }
    Ok(())
}

/// Refuses weights that mixtures have no theory for.
fn check_weights(verb: Verb, weights: &str) -> Result<(), InputError> {
    if registry::has_clusters(weights) {
        return Ok(());
    }
    let all = registry::WEIGHTS.iter().copied();
    let known: Vec<_> = all.filter(|name| registry::has_clusters(name)).collect();
    let reason = format!("{} has no theory of mixtures for {weights}", verb.name());
    refuse(WEIGHT.name, weights, reason, &known.join(", "))
}
