//! How machines of finite systems and schedules of focusing are spelled.

use super::range::shortest;
use crate::error::InputError;
use crate::message_passing::machine::Machine;
use crate::message_passing::protocol::Protocol;

/// The machines with a letter for the number of hidden units.
pub(super) const MACHINE_FORMS: [&str; 3] = ["perceptron", "tree-committee:K", "committee:K"];

/// What machines a simulation takes, in words.
pub(super) const SIMULATED_MACHINES: &str =
    "perceptron, tree-committee:K or committee:K with K hidden units, odd and at least 3";

/// The machine that is spelled like this, its threshold left open.
pub(super) fn machine(text: &str) -> Result<Machine, InputError> {
    let refuse = || InputError::new("machine", text, "no such machine", SIMULATED_MACHINES);
    let (name, units) = match text.split_once(':') {
        None if text == "perceptron" => return Ok(Machine::PERCEPTRON),
        None => return Err(refuse()),
        Some((name, units)) => (name, units.parse::<usize>().map_err(|_| refuse())?),
    };
    if units < 3 || units.is_multiple_of(2) || units > 999 {
        return Err(refuse());
    }
    match name {
        "tree-committee" => Ok(Machine::Tree { units }),
        "committee" => Ok(Machine::FullyConnected { units }),
        _ => Err(refuse()),
    }
}

/// What schedules there are, in words.
const PROTOCOLS: &str = "pseudo-reinforcement[:STEP], standard-reinforcement[:STEP] with a step of \
     rho below 1, or scoping[:Y] with Y replicas, above 1";

/// The schedule that is spelled like this.
pub(super) fn protocol(text: &str) -> Result<Protocol, InputError> {
    let refuse = |reason: &str| InputError::new("protocol", text, reason, PROTOCOLS);
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => {
            let value = value.parse::<f64>().map_err(|_| refuse("not a number"))?;
            (name, Some(value))
        }
        None => (text, None),
    };
    let step = value.unwrap_or(5e-3);
    let unfit = !(step > 1e-6 && step < 1.0);
    match name {
        "pseudo-reinforcement" | "standard-reinforcement" if unfit => {
            Err(refuse("the step is out of range"))
        }
        "pseudo-reinforcement" => Ok(Protocol::PseudoReinforcement { step }),
        "standard-reinforcement" => Ok(Protocol::StandardReinforcement { step }),
        "scoping" => {
            let y = value.unwrap_or(21.0);
            if !(y > 1.0 && y.is_finite()) {
                return Err(refuse("no number of replicas"));
            }
            // The more replicas, the less each has to be attracted.
            let largest = if y > 14.0 { 1.5 } else { 2.5 };
            Ok(Protocol::Scoping {
                y,
                step: 0.01,
                largest,
            })
        }
        _ => Err(refuse("no such protocol")),
    }
}

/// A schedule as it is spelled.
pub(super) fn protocol_name(protocol: &Protocol) -> String {
    match *protocol {
        Protocol::PseudoReinforcement { step } => {
            format!("pseudo-reinforcement:{}", shortest(step))
        }
        Protocol::StandardReinforcement { step } => {
            format!("standard-reinforcement:{}", shortest(step))
        }
        Protocol::Scoping { y, .. } => format!("scoping:{}", shortest(y)),
        Protocol::FreeScoping(_) => "free".to_owned(),
    }
}
