//! Why a row is empty, in words: the reason, and where an answer was looked for.

use crate::ask::range::shortest;
use crate::model::Control;
use crate::replica::reason::{Missing, Searched};
use crate::replica::state::Status;

/// The reason with the range that was searched; where no range was, `place` says for which parameters
/// it holds.
pub(super) fn told(missing: &Missing, place: &str) -> String {
    let text = missing.reason().text();
    match missing.searched() {
        Some(Searched { control, low, high }) => {
            let name = control.name();
            let [from, to] = [low, high].map(short);
            if low == high {
                format!("{text}: starts at {name} {from} searched")
            } else {
                format!("{text}: {name} {from} to {to} searched")
            }
        }
        None => format!("{text}: {place}"),
    }
}

/// The same at a given load where no range was searched: what was not reached was looked for from
/// starts at this load.
pub(super) fn at_load(missing: Missing, alpha: f64) -> (Missing, String) {
    let missing = match missing {
        Missing::NotConverged { .. } => missing.within(Control::Alpha, (alpha, alpha)),
        Missing::Absent { .. } => missing,
    };
    (missing, format!("at alpha {}", short(alpha)))
}

/// The status of such a row, and the residual that was reached, where it is a number.
pub(super) fn verdict(missing: &Missing) -> (Status, Option<f64>) {
    match missing {
        Missing::Absent { .. } => (Status::NoSolution, None),
        Missing::NotConverged { residual, .. } => {
            let reached = Some(*residual).filter(|r| r.is_finite());
            (Status::NotConverged, reached)
        }
    }
}

/// A number for eyes: three significant digits.
fn short(x: f64) -> String {
    shortest(format!("{x:.2e}").parse().unwrap_or(x))
}
