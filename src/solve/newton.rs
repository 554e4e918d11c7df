//! Newton's method on an exact Hessian, with a line search on the scaled residual and a domain
//! guard (equation S.2).

use super::problem::{Evaluation, Nodes, NotConverged, SolveStats, Stationary, norm};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};
use nalgebra::DVector;

/// Modifies a Newton step before it is taken (deflation does).
pub type StepFilter<'a> = dyn Fn(&[f64], &DVector<f64>) -> DVector<f64> + 'a;

/// The end of a Newton run on frozen nodes.
pub struct NewtonResult {
    /// Final coordinates.
    pub x: Vec<f64>,
    /// Evaluation there.
    pub at: Evaluation,
    /// Largest scaled residual there.
    pub residual: f64,
    /// What it cost.
    pub stats: SolveStats,
}

/// Runs Newton from `x` with the given nodes until the scaled residual is below
/// [`Tolerances::residual`].
///
/// # Errors
/// [`NotConverged`] where no step decreases the residual any more and it is still above
/// [`Tolerances::residual_floor`], or where the domain is left.
pub fn newton<P: Stationary + ?Sized>(
    problem: &P,
    x: &[f64],
    p: &Parameters,
    control: Control,
    rule: &Nodes,
    tolerances: &Tolerances,
    filter: Option<&StepFilter>,
) -> Result<NewtonResult, NotConverged> {
    let mut stats = SolveStats {
        evaluations: 1,
        ..SolveStats::default()
    };
    let mut x = x.to_vec();
    let mut at = problem.evaluate(&x, p, control, rule);
    let mut residual = norm(&problem.residual(&x, p, &at.gradient));
    for _ in 0..tolerances.newton_iterations {
        if residual <= tolerances.residual {
            break;
        }
        let Some(mut step) = at.hessian.clone().lu().solve(&(-&at.gradient)) else {
            return Err(NotConverged::Stalled { residual });
        };
        if let Some(filter) = filter {
            step = filter(&x, &step);
        }
        let longest = norm(step.as_slice());
        if !longest.is_finite() {
            return Err(NotConverged::Stalled { residual });
        }
        step *= (tolerances.longest_step / longest).min(1.0);
        let Some(next) = line_search(
            problem,
            &x,
            &step,
            p,
            control,
            rule,
            residual,
            filter.is_some(),
            &mut stats,
        ) else {
            // No decrease: either the rounding floor or a true stall.
            return accept(x, at, residual, stats, tolerances);
        };
        (x, at, residual) = next;
        stats.newton_steps += 1;
        if !problem.admissible(&x, p) {
            return Err(NotConverged::Escaped);
        }
    }
    accept(x, at, residual, stats, tolerances)
}

fn accept(
    x: Vec<f64>,
    at: Evaluation,
    residual: f64,
    stats: SolveStats,
    tolerances: &Tolerances,
) -> Result<NewtonResult, NotConverged> {
    if residual <= tolerances.residual_floor {
        Ok(NewtonResult {
            x,
            at,
            residual,
            stats,
        })
    } else {
        Err(NotConverged::Stalled { residual })
    }
}

/// Halves the step until the scaled residual decreases. A deflated step need not decrease the
/// undeflated residual: there only the domain is guarded.
#[allow(clippy::too_many_arguments)]
fn line_search<P: Stationary + ?Sized>(
    problem: &P,
    x: &[f64],
    step: &DVector<f64>,
    p: &Parameters,
    control: Control,
    rule: &Nodes,
    residual: f64,
    free: bool,
    stats: &mut SolveStats,
) -> Option<(Vec<f64>, Evaluation, f64)> {
    let mut length = 1.0;
    for _ in 0..12 {
        let trial: Vec<f64> = x
            .iter()
            .zip(step.iter())
            .map(|(x, s)| x + length * s)
            .collect();
        if problem.admissible(&trial, p) {
            let at = problem.evaluate(&trial, p, control, rule);
            stats.evaluations += 1;
            let r = norm(&problem.residual(&trial, p, &at.gradient));
            if r.is_finite() && (free || r < residual * (1.0 - 1e-4 * length)) {
                return Some((trial, at, r));
            }
        }
        length *= 0.5;
    }
    None
}
