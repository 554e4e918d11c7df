//! Damped fixed-point iteration (equation S.1): slow, and hard to lead astray.

use super::problem::{NotConverged, SolveStats, Stationary, norm};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};

/// Iterates `x ← x + damping (F(x) - x)` until the residual of the equations (not the step) is
/// below `target`.
///
/// # Errors
/// [`NotConverged`] with the residual reached.
pub fn fixed_point<P: Stationary + ?Sized>(
    problem: &P,
    x: &[f64],
    p: &Parameters,
    damping: f64,
    target: f64,
    tolerances: &Tolerances,
) -> Result<(Vec<f64>, SolveStats), NotConverged> {
    let mut stats = SolveStats::default();
    let mut x = x.to_vec();
    let mut rule = problem.sketch(&x, p);
    let mut residual = f64::INFINITY;
    for step in 0..tolerances.fixed_point_iterations {
        if step % 10 == 0 {
            rule = problem.sketch(&x, p);
        }
        let at = problem.evaluate(&x, p, Control::Alpha, &rule);
        stats.evaluations += 1;
        residual = norm(&problem.residual(&x, p, &at.gradient));
        if residual <= target {
            return Ok((x, stats));
        }
        let image = problem.iterate(&x, p, &at.gradient);
        for (x, y) in x.iter_mut().zip(image) {
            *x += damping * (y - *x);
        }
        stats.fixed_point_steps += 1;
        if !problem.admissible(&x, p) {
            return Err(NotConverged::Escaped);
        }
    }
    Err(NotConverged::Stalled { residual })
}
