//! One saddle point, with its error.

use super::newton::{newton, stationary};
use super::problem::{Evaluation, NotConverged, Solution, SolveStats, Stationary};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};

/// Newton steps on few nodes.
const SKETCHED: usize = 4;

/// Where Newton on few nodes leads from a start that is nearly a saddle point, so that the full nodes
/// are placed once; the start itself where that leads nowhere.
pub fn near<P: Stationary + ?Sized>(
    problem: &P,
    start: &[f64],
    p: &Parameters,
    tolerances: &Tolerances,
) -> Vec<f64> {
    let rule = problem.sketch(start, p);
    let limits = Tolerances {
        residual: tolerances.coarse_residual,
        residual_floor: tolerances.coarse_residual,
        newton_iterations: SKETCHED,
        ..*tolerances
    };
    let mut system = stationary(problem, p, Control::Alpha, &rule);
    let end = newton(start, &limits, None, &mut system);
    end.map_or_else(|_| start.to_vec(), |end| end.x)
}

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
        let mut system = stationary(problem, p, control, &rule);
        let result = newton(&x, &coarsely, None, &mut system)?;
        drop(system);
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
    if !tolerances.refined {
        return Ok(Solution::of(
            coarse.x,
            &coarse.at.detail,
            f64::INFINITY,
            coarse.at.residual,
            stats,
        )
        .on(rule));
    }
    let fine_rule = rule.refined();
    let mut system = stationary(problem, p, control, &fine_rule);
    let fine = newton(&x, tolerances, None, &mut system)?;
    stats += fine.stats;
    // Stationary to the coarse residual only: to second order the value there is off by half a step.
    let mut at = coarse.at.detail;
    let decrement = |at: &Evaluation| {
        let step = at.step();
        step.map_or(0.0, |step| 0.5 * at.gradient.dot(&step))
    };
    if decrement(&at).abs() > at.rounding() {
        // A flat direction between large terms, as q → 1.
        let mut system = stationary(problem, p, control, &rule);
        let end = newton(&x, tolerances, None, &mut system)?;
        drop(system);
        stats += end.stats;
        at = end.at.detail;
    }
    let coarse = at.value + decrement(&at);
    Ok(Solution::of(fine.x, &fine.at.detail, coarse, fine.at.residual, stats).on(rule))
}
