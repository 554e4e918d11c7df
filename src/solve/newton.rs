//! Newton's method on any square system: saddle points, points of a branch and events alike, with a
//! line search on the scaled residual and a domain guard (equation S.2).

use super::problem::{Evaluation, Nodes, NotConverged, SolveStats, Stationary, norm};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};
use nalgebra::{DMatrix, DVector};

/// Modifies a Newton step before it is taken (deflation does).
pub type StepFilter<'a> = dyn Fn(&[f64], &DVector<f64>) -> DVector<f64> + 'a;

/// A system of equations at one point.
pub struct Linear<T> {
    /// What shall vanish.
    pub equations: DVector<f64>,
    /// Its Jacobian.
    pub jacobian: DMatrix<f64>,
    /// Largest scaled residual, by which convergence is judged.
    pub residual: f64,
    /// What the equations were made from.
    pub detail: T,
}

impl<T> Linear<T> {
    /// Newton's step; none where the Jacobian is singular.
    pub fn step(&self) -> Option<DVector<f64>> {
        self.jacobian.clone().lu().solve(&(-&self.equations))
    }
}

/// The end of a Newton run on frozen nodes.
pub struct NewtonResult<T> {
    /// Final coordinates.
    pub x: Vec<f64>,
    /// The system there.
    pub at: Linear<T>,
    /// What it cost.
    pub stats: SolveStats,
}

/// Runs Newton from `x` until the scaled residual is below [`Tolerances::residual`]. The system is
/// `None` outside the domain, and every call of it counts as one evaluation.
///
/// # Errors
/// [`NotConverged`] where no step decreases the residual any more and it is still above
/// [`Tolerances::residual_floor`], or where the domain is left.
pub fn newton<T>(
    x: &[f64],
    tolerances: &Tolerances,
    filter: Option<&StepFilter>,
    system: &mut dyn FnMut(&[f64]) -> Option<Linear<T>>,
) -> Result<NewtonResult<T>, NotConverged> {
    let mut stats = SolveStats {
        evaluations: 1,
        ..SolveStats::default()
    };
    let mut x = x.to_vec();
    let mut at = system(&x).ok_or(NotConverged::Escaped)?;
    for _ in 0..tolerances.newton_iterations {
        if at.residual <= tolerances.residual {
            break;
        }
        let residual = at.residual;
        let Some(mut step) = at.step() else {
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
        let Some(next) = search(&x, &step, residual, filter.is_some(), system, &mut stats) else {
            // No decrease: either the rounding floor or a true stall.
            break;
        };
        (x, at) = next;
        stats.newton_steps += 1;
    }
    if at.residual <= tolerances.residual.max(tolerances.residual_floor) {
        Ok(NewtonResult { x, at, stats })
    } else {
        Err(NotConverged::Stalled {
            residual: at.residual,
        })
    }
}

/// Halves the step until the scaled residual decreases. A deflated step (`free`) need not decrease
/// the undeflated residual: there only the domain is guarded.
fn search<T>(
    x: &[f64],
    step: &DVector<f64>,
    residual: f64,
    free: bool,
    system: &mut dyn FnMut(&[f64]) -> Option<Linear<T>>,
    stats: &mut SolveStats,
) -> Option<(Vec<f64>, Linear<T>)> {
    let mut length = 1.0;
    for _ in 0..12 {
        let along = x.iter().zip(step.iter());
        let trial: Vec<f64> = along.map(|(x, s)| x + length * s).collect();
        if let Some(at) = system(&trial) {
            stats.evaluations += 1;
            let better = free || at.residual < residual * (1.0 - 1e-4 * length);
            if at.residual.is_finite() && better {
                return Some((trial, at));
            }
        }
        length *= 0.5;
    }
    None
}

/// The saddle-point equations of a functional on frozen nodes, as a system for [`newton`].
pub fn stationary<'a, P: Stationary + ?Sized>(
    problem: &'a P,
    p: &'a Parameters,
    control: Control,
    rule: &'a Nodes,
) -> impl FnMut(&[f64]) -> Option<Linear<Evaluation>> + 'a {
    move |x| {
        problem.admissible(x, p).then(|| {
            let at = problem.evaluate(x, p, control, rule);
            Linear {
                equations: at.gradient.clone(),
                jacobian: at.hessian.clone(),
                residual: norm(&problem.residual(x, p, &at.gradient)),
                detail: at,
            }
        })
    }
}
