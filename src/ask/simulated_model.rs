//! Which models an algorithm can be run on.

use super::bias::BIAS;
use super::choice::{MIXTURE, RIDGE};
use super::parameter::Parameter;
use super::raw_request::RawRequest;
use super::systems::Systems;
use crate::error::InputError;
use crate::experiment::Algorithm;
use crate::message_passing::machine::Machine;
use crate::model::loss::ZeroSet;
use crate::model::registry;

/// Refuses models that the algorithm cannot be run on.
pub(super) fn check_model(
    raw: &RawRequest,
    systems: &Systems,
    names: [&str; 3],
) -> Result<(), InputError> {
    if systems.algorithm.classifies() {
        check_classifier(raw, systems, names)
    } else {
        check_search(raw, systems, names)
    }
}

/// The same for message passing and searches.
fn check_search(
    raw: &RawRequest,
    systems: &Systems,
    [weights, data, loss]: [&str; 3],
) -> Result<(), InputError> {
    let algorithm = systems.algorithm;
    let name = algorithm.name();
    let committee = systems.machine != Machine::PERCEPTRON;
    if data == MIXTURE {
        check_clusters(raw, committee)?;
        check_labels(systems)?;
    }
    let special = committee || !algorithm.is_general();
    let what = if committee { "a committee" } else { name };
    for (option, value, wanted) in [("weights", weights, "binary"), ("loss", loss, "theta")] {
        if special && value != wanted {
            let reason = format!("{what} is for {wanted} {option}");
            return Err(InputError::new(option, value, reason, wanted));
        }
    }
    if committee && data != "storage" {
        let reason = "the teacher of a committee is not there";
        return Err(InputError::new("data", data, reason, "storage"));
    }
    let parameter = |parameter: Parameter| raw.get(parameter.name());
    if let Some(kappa) = parameter(Parameter::Kappa)
        && (committee || algorithm.needs_odd_signs())
        && kappa != "0"
    {
        let reason = format!("{what} is without margin");
        return Err(InputError::new(
            "kappa",
            kappa,
            reason,
            "0, or leave it out",
        ));
    }
    if algorithm == Algorithm::Planted && data != "teacher" {
        let reason = "nothing is planted";
        return Err(InputError::new("data", data, reason, "teacher"));
    }
    let beta = parameter(Parameter::Beta).unwrap_or("inf");
    if algorithm.solves() && beta != "inf" {
        let reason = format!("{name} looks for solutions");
        return Err(InputError::new(
            "beta",
            beta,
            reason,
            "inf, or leave it out",
        ));
    }
    check_zero(weights, loss, beta)
}

/// Refuses zero temperature where no configuration of discrete weights has vanishing loss.
fn check_zero(weights: &str, loss: &str, beta: &str) -> Result<(), InputError> {
    // At a margin that leaves a loss its room.
    let p = crate::model::Parameters {
        kappa: 1.0,
        ..crate::model::Parameters::default()
    };
    let set = registry::loss(loss).map(|loss| loss.zero_set(&p));
    let never = matches!(set, Some(ZeroSet::Empty | ZeroSet::Point(_)));
    if registry::has_atoms(weights) && never && beta.split(',').any(|b| b == "inf") {
        let reason = format!("no configuration has vanishing loss {loss}");
        return Err(InputError::new(
            "beta",
            beta,
            reason,
            "finite values above 0",
        ));
    }
    Ok(())
}

/// Refuses what message passing on two clusters has not got.
fn check_clusters(raw: &RawRequest, committee: bool) -> Result<(), InputError> {
    if let (Some(machine), true) = (raw.get("machine"), committee) {
        let reason = "a committee does not classify two clusters";
        return Err(InputError::new("machine", machine, reason, "perceptron"));
    }
    for option in ["entries", "path", "distance"] {
        if let Some(value) = raw.get(option) {
            let reason = "message passing on a mixture goes to its fixed point";
            let allowed = "leave it out, or simulate minimise for distances";
            return Err(InputError::new(option, value, reason, allowed));
        }
    }
    Ok(())
}

/// Refuses what classifiers of clusters are not made of.
fn check_classifier(
    raw: &RawRequest,
    systems: &Systems,
    [weights, data, loss]: [&str; 3],
) -> Result<(), InputError> {
    let algorithm = systems.algorithm;
    let name = algorithm.name();
    let refuse = |option: &str, value: &str, reason: String, allowed: &str| {
        Err(InputError::new(option, value, reason, allowed))
    };
    if data != MIXTURE {
        let reason = format!("{name} is for two clusters");
        return refuse("data", data, reason, MIXTURE);
    }
    if !matches!(weights, RIDGE | "spherical") {
        let reason = format!("{name} is for weights of any direction");
        return refuse("weights", weights, reason, "ridge, spherical");
    }
    if let Some(entries) = raw.get("entries") {
        let reason = "entries of a mixture are Gaussian".to_owned();
        return refuse("entries", entries, reason, "leave it out");
    }
    for option in ["lambda", BIAS] {
        if let (Some(value), true) = (raw.get(option), algorithm.is_closed_form()) {
            let reason = format!("{name} minimises no risk and has a bias of its own");
            return refuse(option, value, reason, "leave it out");
        }
    }
    if algorithm == Algorithm::Minimise && raw.get("loss").is_none() && systems.patterns.is_some() {
        let reason = format!("{name} needs it");
        let allowed = registry::MINIMISED.join(", ");
        return Err(InputError::missing("loss", reason, allowed));
    }
    if algorithm == Algorithm::Minimise && registry::jumps(loss) {
        let reason = format!("loss {loss} has no minimiser");
        return refuse("loss", loss, reason, &registry::MINIMISED.join(", "));
    }
    if algorithm == Algorithm::Minimise && !registry::MINIMISED.contains(&loss) {
        let reason = format!("{name} has no method for loss {loss}");
        return refuse("loss", loss, reason, &registry::MINIMISED.join(", "));
    }
    let beta = raw.get("beta").unwrap_or("inf");
    if beta != "inf" {
        let reason = format!("{name} is about zero temperature");
        return refuse("beta", beta, reason, "inf, or leave it out");
    }
    check_labels(systems)
}

/// Refuses own patterns of one class.
fn check_labels(systems: &Systems) -> Result<(), InputError> {
    match &systems.patterns {
        Some(file) if file.is_one_sided() => {
            let (option, shown) = file.labels_option();
            let reason = "all labels are the same";
            Err(InputError::new(
                option,
                shown,
                reason,
                "labels of two classes",
            ))
        }
        _ => Ok(()),
    }
}
