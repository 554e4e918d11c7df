//! A first saddle point around a reference, near the distance at which most probes lie (FP.12).

use super::franz_parisi::LocalAnsatz;
use super::geometry::{Boundary, coordinates};
use crate::model::{Control, Parameters};
use crate::replica::observables::Observables;
use crate::solve::{NotConverged, Solution, Tolerances, anderson, saddle};

/// Overlaps with the reference in units of the typical one, with a pull towards it.
const TYPICAL: [(f64, f64); 6] = [
    (0.75, 0.0),
    (0.9, 0.0),
    (0.6, 0.0),
    (0.3, 0.0),
    (0.6, 1.0),
    (0.8, 1.0),
];
/// Overlaps with the reference in a ball.
const BALLS: [f64; 3] = [0.5, 0.3, 0.7];
/// Where the typical overlap is below this, a fraction of it is too near to the typical point: the
/// averages of (FP.3) have steps there, whose width vanishes with the distance from it.
const WEAK: f64 = 0.25;

/// Where the probe's own measure is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Own {
    /// Overlap of two probes.
    pub q: f64,
    /// Its conjugate.
    pub q_hat: f64,
    /// With clusters: overlap with their axis, and its conjugate.
    pub axis: [f64; 2],
}

impl Own {
    /// From the observables of a state; none of a state without an overlap.
    pub fn of(observables: &Observables) -> Option<Self> {
        let axis = [observables.m, observables.m_hat].map(|x| x.unwrap_or(0.0));
        Some(Own {
            q: observables.q?,
            q_hat: observables.q_hat?,
            axis,
        })
    }
}

/// The saddle point at a distance where the probe hardly feels the reference, from the probe's own
/// measure.
///
/// # Errors
/// [`NotConverged`] if no start converges.
pub fn first(
    ansatz: &dyn LocalAnsatz,
    own: Own,
    p: &Parameters,
    tolerances: &Tolerances,
) -> Result<(Parameters, Solution), NotConverged> {
    let (q, q_hat) = (own.q, own.q_hat);
    let reference = ansatz.reference();
    let boundary = Boundary::of(reference);
    let typical = |(share, pull): (f64, f64)| {
        let overlap = share * (reference.q * q).sqrt();
        let gap = 1.0 - overlap * overlap;
        let covariance = share * (q_hat * reference.around.q_hat).sqrt();
        let overlaps = [0.98 * (1.0 - q).min(gap), 0.1 * overlap];
        let fields = [q_hat, reference.around.v * covariance + pull, 0.0];
        (overlap, overlaps, fields)
    };
    // Where patterns hardly count, the probe fills the ball around the reference.
    let ball = |overlap: f64| {
        let gap = 1.0 - overlap * overlap;
        (overlap, [0.99 * gap, overlap], [q_hat, 0.0, overlap / gap])
    };
    let mut starts: Vec<_> = TYPICAL.map(typical).into_iter().collect();
    starts.extend(BALLS.map(ball));
    if (reference.q * q).sqrt() < WEAK {
        starts.rotate_left(TYPICAL.len());
    }
    let mut error = NotConverged::Escaped;
    for (overlap, overlaps, fields) in starts {
        let gap = 1.0 - overlap * overlap;
        let mut start = coordinates(overlaps, fields, (overlap, gap), &boundary);
        if let Some(axis) = &reference.axis {
            let [m, m_hat] = own.axis;
            start.push((m - overlaps[1] * axis.m) / gap.sqrt());
            start.push(m_hat.asinh());
        }
        let here = Parameters {
            distance: 0.5 * (1.0 - overlap),
            ..*p
        };
        match from(ansatz, &start, &here, tolerances) {
            Ok(solution) => return Ok((here, solution)),
            Err(e) => error = e,
        }
    }
    Err(error)
}

/// The saddle point reached from a start: Anderson iteration, then Newton.
///
/// # Errors
/// [`NotConverged`] from either.
pub fn from(
    ansatz: &dyn LocalAnsatz,
    start: &[f64],
    p: &Parameters,
    tolerances: &Tolerances,
) -> Result<Solution, NotConverged> {
    let target = tolerances.handover;
    let (x, _) = anderson::anderson(ansatz, start, p, target, tolerances)?;
    saddle::solve(ansatz, &x, p, Control::Distance, tolerances)
}
