//! Deflation: further saddle points at the same parameters (equation S.3).
//!
//! Newton on the deflated gradient `M(x) ∇φ(x)`, `M = Π_k (|x - x_k|^{-2} + 1)`, cannot converge to
//! any known solution `x_k`; its step is the plain Newton step rescaled.

use super::newton::{newton, stationary};
use super::problem::{NotConverged, Stationary, norm};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};
use nalgebra::DVector;

/// Scales a Newton step so that it is that of the deflated gradient.
fn deflated_step(x: &[f64], step: &DVector<f64>, known: &[Vec<f64>]) -> DVector<f64> {
    // ∇ ln M · step, by the Sherman–Morrison formula for the rank-one change of the Jacobian.
    let mut slope = 0.0;
    for y in known {
        let d: Vec<f64> = x.iter().zip(y).map(|(a, b)| a - b).collect();
        let square = d.iter().map(|d| d * d).sum::<f64>().max(1e-30);
        let along: f64 = d.iter().zip(step.iter()).map(|(d, s)| d * s).sum();
        slope += -2.0 * along / (square * square) / (1.0 / square + 1.0);
    }
    let denominator = 1.0 - slope;
    let guarded = if denominator.abs() < 0.05 {
        0.05 * denominator.signum()
    } else {
        denominator
    };
    step / guarded
}

/// Looks for saddle points other than the known ones from every start, in order. New ones are
/// appended as they are found and deflated in turn.
///
/// The nodes are frozen anew as the search moves, so a result is a good start for
/// [`saddle::solve`](super::saddle::solve), which polishes it.
pub fn search<P: Stationary + ?Sized>(
    problem: &P,
    starts: &[Vec<f64>],
    known: &[Vec<f64>],
    p: &Parameters,
    tolerances: &Tolerances,
) -> Vec<Vec<f64>> {
    let mut all = known.to_vec();
    for start in starts {
        if let Ok(x) = one(problem, start, &all, p, tolerances) {
            let distinct = all.iter().all(|y| {
                let d: Vec<f64> = x.iter().zip(y).map(|(a, b)| a - b).collect();
                norm(&d) > 1e-4
            });
            if distinct {
                all.push(x);
            }
        }
    }
    all.split_off(known.len())
}

fn one<P: Stationary + ?Sized>(
    problem: &P,
    start: &[f64],
    known: &[Vec<f64>],
    p: &Parameters,
    tolerances: &Tolerances,
) -> Result<Vec<f64>, NotConverged> {
    let filter = |x: &[f64], step: &DVector<f64>| deflated_step(x, step, known);
    let short = Tolerances {
        newton_iterations: 8,
        residual_floor: f64::INFINITY,
        residual: 1e-6,
        ..*tolerances
    };
    let mut x = start.to_vec();
    for _ in 0..8 {
        let rule = problem.sketch(&x, p);
        let mut system = stationary(problem, p, Control::Alpha, &rule);
        let result = newton(&x, &short, Some(&filter), &mut system)?;
        x = result.x;
        if result.at.residual <= short.residual {
            return Ok(x);
        }
    }
    Err(NotConverged::Stalled {
        residual: f64::INFINITY,
    })
}
