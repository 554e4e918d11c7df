//! One saddle point, with its error.

use super::newton::newton;
use super::problem::{NotConverged, Solution, SolveStats, Stationary};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};

/// Solves `∇φ = 0` from `start`: Newton on frozen nodes, nodes frozen anew at the result until they
/// no longer move, then once more on the rule with every panel halved. The difference of the two
/// values is the error estimate (GA.7). Without [`Tolerances::refined`] the second half is left out and
/// the error is infinite: nothing is known of it.
///
/// # Errors
/// [`NotConverged`] as for [`newton`].
pub fn solve<P: Stationary + ?Sized>(
    problem: &P,
    start: &[f64],
    p: &Parameters,
    control: Control,
    tolerances: &Tolerances,
) -> Result<Solution, NotConverged> {
    let coarsely = Tolerances {
        residual: tolerances.coarse_residual,
        residual_floor: tolerances.residual_floor.max(tolerances.coarse_residual),
        ..*tolerances
    };
    let mut stats = SolveStats::default();
    let mut x = start.to_vec();
    let mut coarse = None;
    for _ in 0..tolerances.freezing_rounds {
        let rule = problem.freeze(&x, p);
        let result = newton(problem, &x, p, control, &rule, &coarsely, None)?;
        stats += result.stats;
        let moved = x
            .iter()
            .zip(&result.x)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        x.clone_from(&result.x);
        coarse = Some((rule, result));
        if moved <= problem.placement_tolerance() {
            break;
        }
    }
    let Some((rule, coarse)) = coarse else {
        return Err(NotConverged::Stalled {
            residual: f64::INFINITY,
        });
    };
    let (fine, missed) = if tolerances.refined {
        let fine = newton(problem, &x, p, control, &rule.refined(), tolerances, None)?;
        stats += fine.stats;
        let missed = (fine.at.value - coarse.at.value).abs();
        (fine, missed)
    } else {
        (coarse, f64::INFINITY)
    };
    let tangent = fine.at.hessian.clone().lu().solve(&(-&fine.at.mixed));
    let rounding = 32.0 * f64::EPSILON * (1.0 + fine.at.magnitude);
    Ok(Solution {
        value: fine.at.value,
        value_error: missed + fine.at.defect + rounding,
        residual: fine.residual,
        control_slope: fine.at.control_slope,
        control_bend: tangent
            .as_ref()
            .map(|t| fine.at.control_bend + fine.at.mixed.dot(t)),
        tangent: tangent.map(|t| t.as_slice().to_vec()),
        replicon: fine.at.replicon,
        x: fine.x,
        stats,
    })
}
