//! Anderson acceleration of the self-consistent iteration (equation S.1).
//!
//! Convergence is judged by the residual of the equations. An accelerated step that leaves the
//! domain, or a residual that grows tenfold, clears the memory and falls back to the damped step.

use super::fixed_point::AT_REST;
use super::problem::{NotConverged, SolveStats, Stationary, norm};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};
use nalgebra::{DMatrix, DVector};
use std::collections::VecDeque;

/// How many previous iterates are mixed.
const MEMORY: usize = 5;
/// Damping of the plain step.
const DAMPING: f64 = 0.5;

/// Iterates until the scaled residual is below `target`.
///
/// # Errors
/// [`NotConverged`] with the residual reached.
pub fn anderson<P: Stationary + ?Sized>(
    problem: &P,
    x: &[f64],
    p: &Parameters,
    target: f64,
    tolerances: &Tolerances,
) -> Result<(Vec<f64>, SolveStats), NotConverged> {
    let mut stats = SolveStats::default();
    let mut x = DVector::from_column_slice(x);
    let mut rule = problem.sketch(x.as_slice(), p);
    let mut history: VecDeque<(DVector<f64>, DVector<f64>)> = VecDeque::new();
    let (mut residual, mut best) = (f64::INFINITY, f64::INFINITY);
    for step in 0..tolerances.fixed_point_iterations / 4 {
        if step % 10 == 0 {
            rule = problem.sketch(x.as_slice(), p);
        }
        let at = problem.evaluate(x.as_slice(), p, Control::Alpha, &rule);
        stats.evaluations += 1;
        residual = norm(&problem.residual(x.as_slice(), p, &at.gradient));
        if residual <= target {
            return Ok((x.as_slice().to_vec(), stats));
        }
        if residual > 10.0 * best {
            history.clear();
        }
        best = best.min(residual);
        let image = DVector::from_vec(problem.iterate(x.as_slice(), p, &at.gradient));
        if image.iter().any(|y| !y.is_finite()) {
            return Err(NotConverged::Escaped);
        }
        let defect = &image - &x;
        if norm(defect.as_slice()) <= AT_REST * target {
            return Err(NotConverged::Stalled { residual });
        }
        history.push_back((x.clone(), defect.clone()));
        if history.len() > MEMORY + 1 {
            history.pop_front();
        }
        let plain = &x + &defect * DAMPING;
        let mixed = mix(&history).filter(|y| problem.admissible(y.as_slice(), p));
        let longest = |y: &DVector<f64>| norm((y - &x).as_slice());
        x = match mixed {
            Some(y) if longest(&y) <= tolerances.longest_step => y,
            _ => plain,
        };
        stats.fixed_point_steps += 1;
        if !problem.admissible(x.as_slice(), p) {
            return Err(NotConverged::Escaped);
        }
    }
    Err(NotConverged::Stalled { residual })
}

/// The combination of past iterates whose linearised defect is smallest.
fn mix(history: &VecDeque<(DVector<f64>, DVector<f64>)>) -> Option<DVector<f64>> {
    let (last_x, last_f) = history.back()?;
    let m = history.len() - 1;
    if m == 0 {
        return None;
    }
    let n = last_x.len();
    let mut df = DMatrix::zeros(n, m);
    let mut dx = DMatrix::zeros(n, m);
    for (j, (x, f)) in history.iter().take(m).enumerate() {
        df.set_column(j, &(last_f - f));
        dx.set_column(j, &(last_x - x));
    }
    let weights = df
        .clone()
        .svd(true, true)
        .solve(last_f, 1e-10 * last_f.norm().max(1e-300))
        .ok()?;
    Some(last_x + last_f - (dx + df) * weights)
}
