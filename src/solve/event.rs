//! Zeros of a function along a branch: by Newton on the saddle-point equations together with the
//! event's own (S.23), or by bracketing (equation S.5).

use super::newton::{Linear, NewtonResult, newton};
use super::problem::{Evaluation, Nodes, NotConverged, Solution, SolveStats, Stationary, norm};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};
use nalgebra::{DMatrix, DVector};

/// A function of order parameters and one control parameter whose zero is wanted, with exact
/// derivatives.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its value.
    pub value: f64,
    /// Its gradient in the coordinates.
    pub by_x: DVector<f64>,
    /// Its derivative with respect to the control parameter.
    pub by_control: f64,
    /// Its rounding error.
    pub rounding: f64,
}

impl Row {
    /// The functional, minus a constant.
    pub fn value(at: &Evaluation, level: f64) -> Row {
        Row {
            value: at.value - level,
            by_x: at.gradient.clone(),
            by_control: at.control_slope,
            rounding: at.rounding(),
        }
    }

    /// `φ - β ∂_β φ`, the entropy, where β is the control parameter (TH.22).
    pub fn entropy(at: &Evaluation, beta: f64) -> Row {
        Row {
            value: at.value - beta * at.control_slope,
            by_x: &at.gradient - &at.mixed * beta,
            by_control: -beta * at.control_bend,
            rounding: at.rounding() * (1.0 + beta * at.control_slope.abs()),
        }
    }
}

/// A located event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Value of the control parameter.
    pub control: f64,
    /// Its absolute error (TH.7).
    pub error: f64,
    /// Total derivative of the event's function along the branch.
    pub slope: f64,
    /// The saddle point there.
    pub solution: Solution,
}

/// Largest change of a control parameter in one step, in its own units (κ) or in its logarithm.
const STRIDE: f64 = 1.0;

/// Newton steps on few nodes: a start from which more are needed is not near enough for this to save
/// anything.
const LOOK: usize = 8;

/// Newton from somewhere on nodes `R`, with at most so many steps.
type Run<'a, R, T> = dyn Fn(&[f64], &R, usize) -> Result<NewtonResult<T>, NotConverged> + 'a;

/// A system of equations on nodes `R`.
struct System<'a, R, T> {
    /// Few nodes for the neighbourhood of a point.
    sketch: &'a dyn Fn(&[f64]) -> R,
    /// Nodes for the neighbourhood of a point.
    freeze: &'a dyn Fn(&[f64]) -> R,
    /// The same with finer panels.
    refine: &'a dyn Fn(&R) -> R,
    /// Its solver.
    newton: &'a Run<'a, R, T>,
}

/// Coordinates on the coarse rule, that rule, the end on the fine one, the cost.
type Settled<R, T> = Result<(Vec<f64>, R, NewtonResult<T>, SolveStats), NotConverged>;

/// Newton on few nodes, then on nodes that are placed at the start of each round until they no longer
/// move, then once more on the refined rule.
fn settle<R, T>(
    start: Vec<f64>,
    placement: f64,
    limits: &Tolerances,
    system: &System<R, T>,
) -> Settled<R, T> {
    let mut stats = SolveStats::default();
    let mut y = start;
    if let Ok(end) = (system.newton)(&y, &(system.sketch)(&y), LOOK) {
        stats += end.stats;
        y = end.x;
    }
    let (rounds, steps) = (limits.freezing_rounds, limits.newton_iterations);
    let mut rule = (system.freeze)(&y);
    for round in 1..=rounds {
        let end = (system.newton)(&y, &rule, steps)?;
        stats += end.stats;
        let moved = y.iter().zip(&end.x).map(|(a, b)| (a - b).abs());
        let moved = moved.fold(0.0, f64::max);
        y = end.x;
        if moved <= placement {
            break;
        }
        if round < rounds {
            rule = (system.freeze)(&y);
        }
    }
    let fine = (system.newton)(&y, &(system.refine)(&rule), steps)?;
    stats += fine.stats;
    Ok((y, rule, fine, stats))
}

/// Solves `∇φ = 0` together with `row = 0` for coordinates and control parameter, from a guess of
/// both: nodes frozen anew until they no longer move, then once more on the refined rule; the
/// difference of the two control values enters the error (S.23, TH.7).
///
/// # Errors
/// [`NotConverged`] as for [`newton`].
pub fn locate<P: Stationary + ?Sized>(
    problem: &P,
    start: &[f64],
    p: &Parameters,
    control: Control,
    tolerances: &Tolerances,
    row: &dyn Fn(&Evaluation, &Parameters) -> Row,
) -> Result<Event, NotConverged> {
    let n = start.len();
    let logarithmic = control != Control::Kappa;
    let parameters = |y: &[f64]| {
        let value = if logarithmic { y[n].exp() } else { y[n] };
        p.with(control, value)
    };
    let system = |y: &[f64], rule: &Nodes| {
        let (x, p) = (&y[..n], parameters(y));
        if !problem.admissible(x, &p) {
            return None;
        }
        let at = problem.evaluate(x, &p, control, rule);
        let r = row(&at, &p);
        let stretch = if logarithmic { p.get(control) } else { 1.0 };
        let residual = norm(&problem.residual(x, &p, &at.gradient));
        let left = (r.value.abs() - 0.1 * r.rounding).max(0.0);
        Some(Linear {
            equations: at.gradient.clone().push(r.value),
            residual: residual.max(left / (1.0 + at.magnitude)),
            jacobian: with_row(&at, &r, stretch),
            detail: (at, r),
        })
    };
    let limits = Tolerances {
        longest_step: tolerances.longest_step.min(STRIDE),
        ..*tolerances
    };
    let system = System {
        sketch: &|y| problem.sketch(&y[..n], &parameters(y)),
        freeze: &|y| problem.freeze(&y[..n], &parameters(y)),
        refine: &Nodes::refined,
        newton: &|y, rule, steps| newton(y, &limits.steps(steps), None, &mut |y| system(y, rule)),
    };
    let value = p.get(control);
    let mut y = start.to_vec();
    y.push(if logarithmic { value.ln() } else { value });
    let placement = problem.placement_tolerance();
    let (coarse, rule, fine, stats) = settle(y, placement, tolerances, &system)?;
    let values = [&fine.x, &coarse].map(|y| parameters(y).get(control));
    let (at, r) = fine.at.detail;
    let tangent = at.tangent().ok_or(NotConverged::Escaped)?;
    let slope = r.by_control + r.by_x.dot(&tangent);
    // Where the row is not stationary, it moves with what is left of the saddle-point equations.
    let reach = at.reach().ok_or(NotConverged::Escaped)?;
    let left = r.rounding + r.value.abs() + r.by_x.dot(&reach).abs() + at.defect;
    let x = fine.x[..n].to_vec();
    let mut event = located(values, slope, left, (x, &at), fine.at.residual, stats);
    event.solution = event.solution.on(rule);
    Ok(event)
}

/// The Hessian bordered by the derivative with respect to the control parameter and by the row of an
/// event (S.23).
fn with_row(at: &Evaluation, row: &Row, stretch: f64) -> DMatrix<f64> {
    let n = at.hessian.nrows();
    let mut jacobian = DMatrix::zeros(n + 1, n + 1);
    jacobian.view_mut((0, 0), (n, n)).copy_from(&at.hessian);
    let mixed = &at.mixed * stretch;
    jacobian.view_mut((0, n), (n, 1)).copy_from(&mixed);
    let by_x = row.by_x.transpose();
    jacobian.view_mut((n, 0), (1, n)).copy_from(&by_x);
    jacobian[(n, n)] = row.by_control * stretch;
    jacobian
}

/// The event at `[fine, coarse]` control values, where its function has this slope and what is left
/// of it, with the solution there.
fn located(
    [value, coarse]: [f64; 2],
    slope: f64,
    left: f64,
    (x, at): (Vec<f64>, &Evaluation),
    residual: f64,
    stats: SolveStats,
) -> Event {
    let shift = value - coarse;
    // What the functional would be at the coarse control value: its own error is the rest.
    let before = at.value + shift * at.control_slope;
    Event {
        control: value,
        error: shift.abs() + left / slope.abs() + 4.0 * f64::EPSILON * value.abs(),
        slope,
        solution: Solution::of(x, at, before, residual, stats),
    }
}

/// Solves `∇φ = 0` at two points together with `φ(x₁) = φ(x₂)` for both and the control parameter
/// (S.24), from guesses; the solution that is returned is the first. Nodes and error as in
/// [`locate`].
///
/// # Errors
/// [`NotConverged`] as for [`newton`].
pub fn coincide<P: Stationary + ?Sized>(
    problem: &P,
    starts: [&[f64]; 2],
    p: &Parameters,
    control: Control,
    tolerances: &Tolerances,
) -> Result<Event, NotConverged> {
    let n = starts[0].len();
    let halves = |y: &[f64]| [y[..n].to_vec(), y[n..2 * n].to_vec()];
    let system = |y: &[f64], rules: &[Nodes; 2]| {
        let p = p.with(control, y[2 * n]);
        let mut jacobian = DMatrix::zeros(2 * n + 1, 2 * n + 1);
        let mut equations = DVector::zeros(2 * n + 1);
        let (mut residual, mut both) = (0.0_f64, Vec::new());
        for (i, x) in halves(y).iter().enumerate() {
            if !problem.admissible(x, &p) {
                return None;
            }
            let (k, sign) = (i * n, if i == 0 { 1.0 } else { -1.0 });
            let at = problem.evaluate(x, &p, control, &rules[i]);
            residual = residual.max(norm(&problem.residual(x, &p, &at.gradient)));
            equations.rows_mut(k, n).copy_from(&at.gradient);
            equations[2 * n] += sign * at.value;
            jacobian.view_mut((k, k), (n, n)).copy_from(&at.hessian);
            jacobian.view_mut((k, 2 * n), (n, 1)).copy_from(&at.mixed);
            let by_x = at.gradient.transpose() * sign;
            jacobian.view_mut((2 * n, k), (1, n)).copy_from(&by_x);
            jacobian[(2 * n, 2 * n)] += sign * at.control_slope;
            both.push(at);
        }
        let rounding = 0.1 * (both[0].rounding() + both[1].rounding());
        let left = (equations[2 * n].abs() - rounding).max(0.0);
        Some(Linear {
            equations,
            jacobian,
            residual: residual.max(left),
            detail: both,
        })
    };
    let at = |y: &[f64]| p.with(control, y[2 * n]);
    let system = System {
        sketch: &|y| halves(y).map(|x| problem.sketch(&x, &at(y))),
        freeze: &|y| halves(y).map(|x| problem.freeze(&x, &at(y))),
        refine: &|rules: &[Nodes; 2]| rules.each_ref().map(Nodes::refined),
        newton: &|y, rules, steps| {
            newton(y, &tolerances.steps(steps), None, &mut |y| system(y, rules))
        },
    };
    let y = [starts[0], starts[1], &[p.get(control)]].concat();
    let placement = problem.placement_tolerance();
    let (coarse, [rule, _], fine, stats) = settle(y, placement, tolerances, &system)?;
    let (a, b) = (&fine.at.detail[0], &fine.at.detail[1]);
    let slope = a.control_slope - b.control_slope;
    let left = (a.value - b.value).abs() + a.rounding() + b.rounding();
    let (values, x) = ([fine.x[2 * n], coarse[2 * n]], fine.x[..n].to_vec());
    let mut event = located(values, slope, left, (x, a), fine.at.residual, stats);
    event.solution = event.solution.on(rule);
    Ok(event)
}

/// A located zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root {
    /// Position.
    pub x: f64,
    /// Function value there.
    pub value: f64,
    /// Width of the final bracket.
    pub width: f64,
    /// Function evaluations.
    pub evaluations: usize,
}

/// Zero of `f` between `a` and `b`, whose values `fa`, `fb` have opposite signs, to within
/// `tolerance · (1 + |x|)`: Brent's combination of bisection and inverse interpolation.
///
/// The function may fail; the failure is passed on. (Argmin's solver is held against this one in the
/// tests; it is not used here because its cost functions cannot carry a warm start from one
/// evaluation to the next.)
///
/// # Errors
/// Whatever `f` returns.
pub fn bracketed_root<E>(
    (mut a, mut fa): (f64, f64),
    (mut b, mut fb): (f64, f64),
    tolerance: f64,
    mut f: impl FnMut(f64) -> Result<f64, E>,
) -> Result<Root, E> {
    if fa.abs() < fb.abs() {
        (a, fa, b, fb) = (b, fb, a, fa);
    }
    let (mut c, mut fc) = (a, fa);
    let (mut last_step, mut step_before) = (b - a, b - a);
    let mut evaluations = 0;
    while evaluations < 200 {
        if fb == 0.0 {
            c = b;
            break;
        }
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
            last_step = b - a;
            step_before = last_step;
        }
        if fc.abs() < fb.abs() {
            (a, fa) = (b, fb);
            (b, fb) = (c, fc);
            (c, fc) = (a, fa);
        }
        let target = 0.5 * tolerance * (1.0 + b.abs());
        let half = 0.5 * (c - b);
        if half.abs() <= target {
            break;
        }
        let step = interpolated_step((a, fa), (b, fb), (c, fc))
            .filter(|s| {
                s.abs() < 1.5 * half.abs() && s * half > 0.0 && s.abs() < 0.5 * step_before.abs()
            })
            .unwrap_or(half);
        step_before = if step == half { half } else { last_step };
        last_step = step;
        (a, fa) = (b, fb);
        b += if step.abs() > target {
            step
        } else {
            target.copysign(half)
        };
        fb = f(b)?;
        evaluations += 1;
    }
    Ok(Root {
        x: b,
        value: fb,
        width: (c - b).abs(),
        evaluations,
    })
}

/// Step from `b` by the secant or by inverse quadratic interpolation.
fn interpolated_step((a, fa): (f64, f64), (b, fb): (f64, f64), (c, fc): (f64, f64)) -> Option<f64> {
    let s = fb / fa;
    let (numerator, denominator) = if a == c {
        ((c - b) * s, 1.0 - s)
    } else {
        let (q, r) = (fa / fc, fb / fc);
        let numerator = s * ((c - b) * q * (q - r) - (b - a) * (r - 1.0));
        (numerator, (q - 1.0) * (r - 1.0) * (s - 1.0))
    };
    let step = -numerator / denominator;
    step.is_finite().then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn root(f: impl Fn(f64) -> f64, a: f64, b: f64) -> Root {
        let Ok(root) = bracketed_root((a, f(a)), (b, f(b)), 1e-15, |x| Ok::<f64, Infallible>(f(x)));
        root
    }

    #[test]
    fn finds_zeros_of_easy_and_awkward_functions() {
        type Example = (fn(f64) -> f64, f64, f64, f64);
        let cases: [Example; 5] = [
            (|x| x.cos(), 0.0, 3.0, std::f64::consts::FRAC_PI_2),
            (|x| x.powi(9), -1.0, 1.7, 0.0),
            (|x| (x - 0.3).atan() * 1e6, -100.0, 50.0, 0.3),
            (|x| if x < 0.7 { -1.0 } else { 1.0 }, 0.0, 1.0, 0.7),
            (|x| x.exp() - 2.0, -40.0, 40.0, std::f64::consts::LN_2),
        ];
        for (i, (f, a, b, exact)) in cases.into_iter().enumerate() {
            let r = root(f, a, b);
            assert!((r.x - exact).abs() < 1e-14, "{i}: {r:?}");
            assert!(r.evaluations < 160, "{i}: {r:?}");
        }
        assert!(root(|x| x.cos(), 0.0, 3.0).evaluations < 12);
    }
}
