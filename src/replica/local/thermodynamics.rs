//! What is measured at a saddle point around a reference or a teacher: mean loss and entropy at finite
//! temperature with their error, and which probes have no volume.

use crate::model::channel::{Channel, Limit};
use crate::model::loss::{Loss, ZeroSet};
use crate::model::{Control, Parameters};
use crate::replica::reason::Reason;
use crate::solve::{Solution, Stationary};
use std::sync::Arc;

/// The probe's patterns at these parameters.
pub fn probe(loss: &Arc<dyn Loss>, p: &Parameters) -> Channel {
    Channel {
        loss: loss.clone(),
        parameters: *p,
        limit: if p.beta.is_finite() {
            Limit::Thermal
        } else {
            Limit::Hard
        },
    }
}

/// Why probes of this loss cannot be counted: at β = ∞ they satisfy every pattern, and where a
/// pattern is an equality, or cannot be satisfied, they have no volume at any distance (FP.43).
pub fn refusal(loss: &dyn Loss, p: &Parameters) -> Option<Reason> {
    if p.beta.is_finite() {
        return None;
    }
    match loss.zero_set(p) {
        ZeroSet::HalfLine(_) => None,
        ZeroSet::Interval(low, high) if low < high => None,
        _ => Some(Reason::NoVolume),
    }
}

/// Mean loss and entropy of a measure.
#[derive(Clone, Copy, Debug)]
pub struct Thermodynamics {
    /// Mean loss per pattern, zero at β = ∞.
    pub training_loss: f64,
    /// Entropy per weight, `φ + βα` times the mean loss.
    pub entropy: f64,
    /// Absolute error of both.
    pub error: f64,
}

/// Mean loss and entropy at a saddle point. At finite β the mean loss is `-∂_β φ/α`, which is not
/// stationary: its error contains the shift of the saddle point between two rules (FP.40).
pub fn thermodynamics(problem: &dyn Stationary, s: &Solution, p: &Parameters) -> Thermodynamics {
    if !p.beta.is_finite() {
        return Thermodynamics {
            training_loss: 0.0,
            entropy: s.value,
            error: s.value_error,
        };
    }
    let rule = problem.freeze(&s.x, p);
    // A look of which no error is wanted.
    if s.value_error.is_infinite() {
        let slope = problem
            .evaluate(&s.x, p, Control::Beta, &rule)
            .control_slope;
        return Thermodynamics {
            training_loss: -slope / p.alpha,
            entropy: s.value - p.beta * slope,
            error: f64::INFINITY,
        };
    }
    let rule = rule.refined();
    let finer = rule.refined();
    let [at, fine] = [&rule, &finer].map(|rule| problem.evaluate(&s.x, p, Control::Beta, rule));
    // Where the finer rule has its saddle point, to first order.
    let shift = fine.step();
    let moved = shift.map_or(f64::INFINITY, |shift| fine.mixed.dot(&shift));
    let slope = fine.control_slope + moved;
    let error = (at.control_slope - slope).abs() * p.beta.max(1.0 / p.alpha);
    Thermodynamics {
        training_loss: -slope / p.alpha,
        entropy: s.value - p.beta * slope,
        error: s.value_error + error,
    }
}
