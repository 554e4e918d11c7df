//! Damped fixed-point iteration (equation S.1): slow, and hard to lead astray.

use super::problem::{NotConverged, SolveStats, Stationary, norm};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};

/// Steps this short against the residual that is wanted: the iteration stands at a bound of the
/// coordinates, where its image is cut off, and will not leave it. Elsewhere steps and scaled residuals
/// are of one size.
pub(super) const AT_REST: f64 = 1e-3;

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
        let mut longest = 0.0_f64;
        for (x, y) in x.iter_mut().zip(image) {
            longest = longest.max((y - *x).abs());
            *x += damping * (y - *x);
        }
        if longest <= AT_REST * target {
            return Err(NotConverged::Stalled { residual });
        }
        stats.fixed_point_steps += 1;
        if !problem.admissible(&x, p) {
            return Err(NotConverged::Escaped);
        }
    }
    Err(NotConverged::Stalled { residual })
}
