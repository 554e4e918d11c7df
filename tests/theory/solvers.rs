//! The solvers on functionals whose stationary points are known in closed form, and on the
//! perceptron where one solver is held against another.

use nalgebra::{DMatrix, DVector};
use quenched::math::{GaussMeasure, special};
use quenched::model::{Control, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::model::model;
use quenched::replica::sweep::Branches;
use quenched::solve::continuation::{Continuation, Stop};
use quenched::solve::event::bracketed_root;
use quenched::solve::newton::{NewtonResult, newton, stationary};
use quenched::solve::{
    Evaluation, Nodes, NotConverged, Solution, Stationary, Tolerances, anderson, deflation,
    fixed_point, saddle,
};
use std::convert::Infallible;
use std::f64::consts::PI;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A functional given by its value, gradient, Hessian and derivatives with respect to α.
struct Toy<F, A> {
    dimension: usize,
    at: F,
    admissible: A,
    evaluations: AtomicUsize,
}

/// Value, gradient, Hessian (by rows), `∂/∂α` and mixed derivatives.
type Jet = (f64, Vec<f64>, Vec<f64>, f64, Vec<f64>);

impl<F, A> Toy<F, A>
where
    F: Fn(&[f64], f64, &Nodes) -> Jet + Send + Sync,
    A: Fn(&[f64]) -> bool + Send + Sync,
{
    fn new(dimension: usize, at: F, admissible: A) -> Self {
        Toy {
            dimension,
            at,
            admissible,
            evaluations: AtomicUsize::new(0),
        }
    }
}

impl<F, A> Stationary for Toy<F, A>
where
    F: Fn(&[f64], f64, &Nodes) -> Jet + Send + Sync,
    A: Fn(&[f64]) -> bool + Send + Sync,
{
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn freeze(&self, _x: &[f64], _p: &Parameters) -> Nodes {
        Nodes::new(GaussMeasure::graded(&[]), GaussMeasure::graded(&[]))
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, _control: Control, rule: &Nodes) -> Evaluation {
        self.evaluations.fetch_add(1, Ordering::Relaxed);
        assert!((self.admissible)(x), "evaluated outside the domain: {x:?}");
        let (value, gradient, hessian, control_slope, mixed) = (self.at)(x, p.alpha, rule);
        let n = self.dimension;
        Evaluation {
            value,
            magnitude: f64::abs(value),
            gradient: DVector::from_vec(gradient),
            hessian: DMatrix::from_row_slice(n, n, &hessian),
            control_slope,
            control_bend: 0.0,
            mixed: DVector::from_vec(mixed),
            defect: 0.0,
            replicon: None,
        }
    }

    fn residual(&self, _x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        gradient.as_slice().to_vec()
    }

    fn iterate(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        x.iter()
            .zip(gradient.iter())
            .map(|(x, g)| x - 0.5 * g)
            .collect()
    }

    fn admissible(&self, x: &[f64], _p: &Parameters) -> bool {
        (self.admissible)(x)
    }
}

fn everywhere(_x: &[f64]) -> bool {
    true
}

/// One-dimensional and independent of α: value, gradient, Hessian.
fn plain(value: f64, gradient: f64, hessian: f64) -> Jet {
    (value, vec![gradient], vec![hessian], 0.0, vec![0.0])
}

/// Where the fold of [`fold`] lies.
const FOLD: f64 = 2.0;

/// `φ = x³/3 - (2 E[z²] - α) x`: stationary at `x = ±√(2-α)`, which meet in a fold at `α = 2`.
fn fold(x: &[f64], alpha: f64, rule: &Nodes) -> Jet {
    let (x, gap) = (x[0], FOLD * rule.energetic.sum(|z| z * z) - alpha);
    (
        x.powi(3) / 3.0 - gap * x,
        vec![x * x - gap],
        vec![2.0 * x],
        x,
        vec![1.0],
    )
}

/// Two double wells `u⁴/4 - αu²/2` along axes turned by 0.6: nine stationary points.
fn wells(x: &[f64], alpha: f64, _rule: &Nodes) -> Jet {
    let (s, c) = 0.6_f64.sin_cos();
    let along = [c * x[0] + s * x[1], c * x[1] - s * x[0]];
    let slope = along.map(|u| u.powi(3) - alpha * u);
    let bend = along.map(|u| 3.0 * u * u - alpha);
    let back = |a: [f64; 2]| vec![c * a[0] - s * a[1], s * a[0] + c * a[1]];
    let mixed = (bend[0] - bend[1]) * c * s;
    (
        along
            .iter()
            .map(|u| u.powi(4) / 4.0 - alpha * u * u / 2.0)
            .sum(),
        back(slope),
        vec![
            c * c * bend[0] + s * s * bend[1],
            mixed,
            mixed,
            s * s * bend[0] + c * c * bend[1],
        ],
        -along.iter().map(|u| u * u / 2.0).sum::<f64>(),
        back(along.map(|u| -u)),
    )
}

/// The nine stationary points of [`wells`].
fn well_points(alpha: f64) -> Vec<Vec<f64>> {
    let (s, c) = 0.6_f64.sin_cos();
    let r = alpha.sqrt();
    let turned = |a: f64, b: f64| vec![c * a - s * b, s * a + c * b];
    let values = [0.0, -r, r];
    values
        .iter()
        .flat_map(|&a| values.iter().map(move |&b| turned(a, b)))
        .collect()
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn at_alpha(alpha: f64) -> Parameters {
    Parameters {
        alpha,
        ..Parameters::default()
    }
}

fn run<P: Stationary>(
    problem: &P,
    x: &[f64],
    p: &Parameters,
    tolerances: &Tolerances,
) -> Result<NewtonResult<Evaluation>, NotConverged> {
    let rule = problem.freeze(x, p);
    let mut system = stationary(problem, p, Control::Alpha, &rule);
    newton(x, tolerances, None, &mut system)
}

fn perceptron() -> Ensemble {
    model("binary", "storage", "theta").expect("registered")
}

fn cold(model: &Ensemble, p: &Parameters) -> Solution {
    model
        .solve_from(&model.starts()[0], p, Control::Alpha)
        .expect("below capacity")
}

/// Fourth-order central difference.
fn slope(h: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

// Newton.

#[test]
fn newton_converges_quadratically() {
    let toy = Toy::new(1, fold, everywhere);
    let p = at_alpha(1.0);
    // Errors e ← e²/(2x) from 0.5: 8e-2, 3e-3, 5e-6, 1e-11, 5e-23.
    let result = run(&toy, &[1.5], &p, &Tolerances::default()).expect("converges");
    assert!(result.stats.newton_steps <= 5, "{:?}", result.stats);
    // A residual of 1e-12 is 5e-13 in x, the gradient having slope 2.
    assert!((result.x[0] - 1.0).abs() < 5e-13);
    // Each residual is the square of the one before, over 4: tolerance 0.1 for the higher orders.
    let mut residuals = Vec::new();
    for newton_iterations in 0..4 {
        let tolerances = Tolerances {
            newton_iterations,
            residual_floor: f64::INFINITY,
            ..Tolerances::default()
        };
        let r = run(&toy, &[1.2], &p, &tolerances).expect("any residual is accepted");
        assert_eq!(r.stats.newton_steps, newton_iterations);
        residuals.push(r.at.residual);
    }
    for pair in residuals.windows(2).skip(1) {
        let ratio = pair[1] / (pair[0] * pair[0] / 4.0);
        assert!((ratio - 1.0).abs() < 0.1, "{residuals:?}");
    }
}

#[test]
fn the_line_search_tames_a_start_from_which_newton_diverges() {
    // Plain Newton on atan diverges beyond |x| = 1.392.
    let toy = Toy::new(
        1,
        |x: &[f64], _, _: &Nodes| {
            plain(
                x[0] * x[0].atan() - 0.5 * (x[0] * x[0]).ln_1p(),
                x[0].atan(),
                1.0 / (1.0 + x[0] * x[0]),
            )
        },
        everywhere,
    );
    for start in [1.5, -3.0, 20.0] {
        for longest_step in [2.0, 1e3] {
            let tolerances = Tolerances {
                longest_step,
                ..Tolerances::default()
            };
            let found = run(&toy, &[start], &at_alpha(1.0), &tolerances).expect("converges");
            // The slope at the root is one: the residual is the distance.
            assert!(found.x[0].abs() <= tolerances.residual, "{start}");
            assert!(found.stats.newton_steps < 25, "{:?}", found.stats);
        }
    }
}

#[test]
fn newton_never_leaves_the_domain() {
    // φ = x - ln x; from x > 2 a full step lands at x ≤ 0, where `evaluate` would panic.
    let toy = Toy::new(
        1,
        |x: &[f64], _, _: &Nodes| plain(x[0] - x[0].ln(), 1.0 - 1.0 / x[0], 1.0 / (x[0] * x[0])),
        |x: &[f64]| x[0] > 0.0,
    );
    let tolerances = Tolerances {
        longest_step: 1e3,
        ..Tolerances::default()
    };
    for start in [2.5, 7.0, 30.0, 1e-3] {
        let found = run(&toy, &[start], &at_alpha(1.0), &tolerances).expect("converges");
        assert!((found.x[0] - 1.0).abs() <= tolerances.residual, "{start}");
    }
    // The same functional where the domain excludes its stationary point.
    let cut = Toy::new(
        1,
        |x: &[f64], _, _: &Nodes| plain(x[0] - x[0].ln(), 1.0 - 1.0 / x[0], 1.0 / (x[0] * x[0])),
        |x: &[f64]| x[0] > 1.5,
    );
    match run(&cut, &[3.0], &at_alpha(1.0), &tolerances) {
        Err(NotConverged::Escaped) => {}
        // The residual at the bound is 1 - 1/1.5.
        Err(NotConverged::Stalled { residual }) => assert!(residual >= 1.0 / 3.0, "{residual}"),
        Ok(found) => panic!("{:?}", found.x),
    }
}

#[test]
fn newton_reports_where_there_is_no_root() {
    let toy = Toy::new(1, fold, everywhere);
    for start in [1.0, 0.3, -2.0] {
        for alpha in [2.1, 3.0, 50.0] {
            // x² + (α-2) is at least α-2.
            match run(&toy, &[start], &at_alpha(alpha), &Tolerances::default()) {
                Err(NotConverged::Stalled { residual }) => {
                    assert!(residual >= alpha - FOLD - 1e-14, "{residual}");
                }
                Err(error) => panic!("{error}"),
                Ok(found) => panic!("{:?}", found.x),
            }
        }
    }
}

#[test]
fn newton_accepts_a_double_root_with_its_residual() {
    // At the fold itself the root is double: convergence is linear, the residual still arrives.
    let toy = Toy::new(1, fold, everywhere);
    let found = run(&toy, &[1.0], &at_alpha(FOLD), &Tolerances::default()).expect("converges");
    assert!(found.at.residual <= 1e-9);
    // x² ≤ residual + rounding of 2E[z²].
    assert!(found.x[0].abs() <= (found.at.residual + 1e-14).sqrt());
}

#[test]
fn counters_count_evaluations() {
    let toy = Toy::new(1, fold, everywhere);
    let found = run(&toy, &[9.0], &at_alpha(1.0), &Tolerances::default()).expect("converges");
    assert_eq!(
        found.stats.evaluations,
        toy.evaluations.swap(0, Ordering::Relaxed)
    );
    let p = at_alpha(1.0);
    let solution = saddle::solve(&toy, &[9.0], &p, Control::Alpha, &Tolerances::default());
    let stats = solution.expect("converges").stats;
    assert_eq!(
        stats.evaluations,
        toy.evaluations.swap(0, Ordering::Relaxed)
    );
    assert_eq!(stats.fixed_point_steps, 0);
    let tolerances = Tolerances::default();
    let (_, stats) =
        fixed_point::fixed_point(&toy, &[0.8], &p, 0.5, 1e-8, &tolerances).expect("a contraction");
    assert_eq!(
        stats.evaluations,
        toy.evaluations.swap(0, Ordering::Relaxed)
    );
    assert_eq!(stats.evaluations, stats.fixed_point_steps + 1);
    let (_, stats) =
        anderson::anderson(&toy, &[0.8], &p, 1e-8, &tolerances).expect("a contraction");
    assert_eq!(stats.evaluations, toy.evaluations.load(Ordering::Relaxed));
}

// Fixed-point iterations.

#[test]
fn three_solvers_agree_on_the_perceptron() {
    let model = perceptron();
    for alpha in [0.2, 0.5, 0.8] {
        let p = at_alpha(alpha);
        let start = &model.starts()[0];
        let tolerances = Tolerances {
            fixed_point_iterations: 4000,
            ..model.tolerances
        };
        let target = 1e-11;
        let (slow, slow_stats) =
            fixed_point::fixed_point(&*model.rs, start, &p, 0.5, target, &tolerances)
                .expect("converges");
        let (fast, fast_stats) =
            anderson::anderson(&*model.rs, start, &p, target, &tolerances).expect("converges");
        let exact =
            saddle::solve(&*model.rs, &slow, &p, Control::Alpha, &tolerances).expect("converges");
        // Newton from a tenth of a residual, without either to the end.
        let (near, _) =
            anderson::anderson(&*model.rs, start, &p, 0.1, &tolerances).expect("converges");
        let direct =
            saddle::solve(&*model.rs, &near, &p, Control::Alpha, &tolerances).expect("converges");
        // A residual of 1e-11 is divided by 1 - (rate of the plain map), which is above 0.05 here.
        for (name, x) in [("fixed point", &slow), ("anderson", &fast)] {
            let off = apart(x, &exact.x);
            assert!(off < 20.0 * target, "alpha={alpha} {name}: {off:e}");
        }
        // Both have residuals below 1e-12; the same factor 20.
        assert!(apart(&direct.x, &exact.x) < 2e-11, "alpha={alpha}");
        assert!(
            2 * fast_stats.fixed_point_steps < slow_stats.fixed_point_steps,
            "alpha={alpha}: {} and {} steps",
            fast_stats.fixed_point_steps,
            slow_stats.fixed_point_steps
        );
        assert_eq!(fast_stats.newton_steps, 0);
    }
}

#[test]
fn fixed_point_iterations_report_where_there_is_no_root() {
    // x ← x - (x² + 1)/2 runs away to -∞, and leaves |x| < 34.
    let toy = Toy::new(1, fold, |x: &[f64]| x[0].abs() < 34.0);
    let p = at_alpha(3.0);
    let tolerances = Tolerances::default();
    let slow = fixed_point::fixed_point(&toy, &[0.5], &p, 0.5, 1e-8, &tolerances);
    assert_eq!(slow.map(|_| ()), Err(NotConverged::Escaped));
    assert!(anderson::anderson(&toy, &[0.5], &p, 1e-8, &tolerances).is_err());
    // Too few steps: the residual reached is reported.
    let short = Tolerances {
        fixed_point_iterations: 3,
        ..tolerances
    };
    match fixed_point::fixed_point(&toy, &[0.2], &at_alpha(1.0), 0.5, 1e-8, &short) {
        Err(NotConverged::Stalled { residual }) => assert!(residual > 1e-8 && residual < 1.0),
        other => panic!("{other:?}"),
    }
}

// Deflation.

#[test]
fn deflation_finds_every_other_point_and_none_twice() {
    let toy = Toy::new(2, wells, everywhere);
    let alpha = 1.7;
    let p = at_alpha(alpha);
    let points = well_points(alpha);
    let starts: Vec<Vec<f64>> = (0..24)
        .map(|i| {
            let (s, c) = (0.1 + f64::from(i) * 2.399_963).sin_cos();
            let radius = 0.4 + 0.09 * f64::from(i);
            vec![radius * c, radius * s]
        })
        .collect();
    for known in [vec![], vec![points[0].clone()], points[1..4].to_vec()] {
        let found = deflation::search(&toy, &starts, &known, &p, &Tolerances::default());
        let mut hits = vec![0; points.len()];
        for x in &found {
            // The search stops at a residual of 1e-6; the softest curvature of the wells is α.
            let near = points.iter().position(|y| apart(x, y) < 1e-6 / alpha * 1.5);
            hits[near.unwrap_or_else(|| panic!("{x:?} is no stationary point"))] += 1;
        }
        for (hits, point) in hits.iter().zip(&points) {
            let expected = usize::from(!known.contains(point));
            assert_eq!(*hits, expected, "{point:?}; {} known", known.len());
        }
    }
}

#[test]
fn deflation_finds_the_other_point_from_one_start() {
    let toy = Toy::new(1, fold, |x: &[f64]| x[0].abs() < 34.0);
    let p = at_alpha(1.0);
    for (known, other) in [(1.0, -1.0), (-1.0, 1.0)] {
        // From the basin of the known point.
        let start = vec![vec![known * 1.4]];
        let found = deflation::search(&toy, &start, &[vec![known]], &p, &Tolerances::default());
        assert_eq!(found.len(), 1, "{found:?}");
        // Residual 1e-6 over the slope 2.
        assert!((found[0][0] - other).abs() < 5e-7, "{found:?}");
    }
    // All known, or none existing: nothing is invented.
    let all = [vec![1.0], vec![-1.0]];
    let starts = [vec![0.1], vec![3.0], vec![-3.0]];
    assert!(deflation::search(&toy, &starts, &all, &p, &Tolerances::default()).is_empty());
    let none = at_alpha(3.0);
    assert!(deflation::search(&toy, &starts, &[], &none, &Tolerances::default()).is_empty());
}

// Continuation.

fn along<P>(problem: &P, range: (f64, f64)) -> Continuation<'_, P> {
    Continuation {
        problem,
        parameters: at_alpha(1.0),
        control: Control::Alpha,
        range,
        tolerances: Tolerances::default(),
        longest: 0.3,
        points: 400,
    }
}

#[test]
fn a_branch_goes_through_its_fold() {
    let toy = Toy::new(1, fold, everywhere);
    let path = along(&toy, (0.5, 5.0));
    let branch = path.follow(&[1.0], 1.0, true).expect("starts on a root");
    assert_eq!(branch.stop, Stop::Range);
    let (first, last) = (&branch.points[0], &branch.points[branch.points.len() - 1]);
    assert!(first.forward() && !last.forward());
    assert!(last.x[0] < -1.2 && last.control < 0.5);
    for pair in branch.points.windows(2) {
        assert!(pair[1].x[0] < pair[0].x[0], "x falls all along");
        assert!(apart(&pair[1].x, &pair[0].x) <= 0.31, "steps of 0.3");
    }
    for point in &branch.points {
        // Points are starts for what is located between them: solved to the coarse residual.
        let off = point.x[0].powi(2) - (FOLD - point.control);
        assert!(off.abs() <= path.tolerances.coarse_residual, "{off:e}");
        let value = point.x[0].powi(3) / 3.0 - (FOLD - point.control) * point.x[0];
        // The value is that of the point itself.
        assert!((point.value - value).abs() < 2e-12);
    }
    let folds = path.folds(&branch);
    assert_eq!(folds.len(), 1);
    let off = (folds[0].point.control - FOLD).abs();
    assert!(off < 1e-10, "{off:e}");
    // The nodes integrate z² to rounding, so the estimate is rounding; twice it for the residual.
    assert!(folds[0].error < 1e-13, "{:e}", folds[0].error);
    assert!(off <= 2.0 * folds[0].error + 1e-12, "{off:e}");
}

/// `E[1/(1+z²/w²)]`.
fn lorentzian(w: f64) -> f64 {
    (2.0 * PI).sqrt() * w * (0.5 * w * w).exp() * special::h(w)
}

#[test]
fn the_error_of_a_fold_covers_unresolved_nodes() {
    // A Lorentzian of width 0.3 on panels of length 3: the coarse nodes miss digits.
    let w = 0.3;
    let toy = Toy::new(
        1,
        move |x: &[f64], alpha, rule: &Nodes| {
            let c = 2.0 * rule.energetic.sum(|z| 1.0 / (1.0 + (z / w).powi(2))) / lorentzian(w);
            let (x, gap) = (x[0], c - alpha);
            (
                x.powi(3) / 3.0 - gap * x,
                vec![x * x - gap],
                vec![2.0 * x],
                x,
                vec![1.0],
            )
        },
        everywhere,
    );
    let path = along(&toy, (0.5, 5.0));
    let branch = path.follow(&[1.0], 1.0, true).expect("near a root");
    let folds = path.folds(&branch);
    assert_eq!(folds.len(), 1);
    let off = (folds[0].point.control - FOLD).abs();
    println!("fold off by {off:e}, estimate {:e}", folds[0].error);
    assert!(folds[0].error > 1e-9, "the test is void");
    assert!(off <= folds[0].error, "{off:e} > {:e}", folds[0].error);

    let solution = saddle::solve(
        &toy,
        &[1.0],
        &at_alpha(1.0),
        Control::Alpha,
        &Tolerances::default(),
    );
    let solution = solution.expect("converges");
    // φ at x = √(2-α) = 1 is -2/3.
    let off = (solution.value + 2.0 / 3.0).abs();
    println!("value off by {off:e}, estimate {:e}", solution.value_error);
    assert!(solution.value_error > 1e-9, "the test is void");
    assert!(off <= solution.value_error);
}

#[test]
fn a_branch_says_why_it_ends() {
    let toy = Toy::new(1, fold, everywhere);
    let short = Continuation {
        points: 5,
        ..along(&toy, (0.5, 5.0))
    };
    let branch = short.follow(&[1.0], 1.0, true).expect("starts on a root");
    assert_eq!((branch.stop, branch.points.len()), (Stop::Length, 5));

    // Backwards: straight to the lower end of the range, without a fold.
    let path = along(&toy, (0.5, 5.0));
    let branch = path.follow(&[1.0], 1.0, false).expect("starts on a root");
    assert_eq!(branch.stop, Stop::Range);
    assert!(path.folds(&branch).is_empty());
    assert!(branch.points.iter().all(|point| !point.forward()));

    let bounded = Toy::new(1, fold, |x: &[f64]| x[0] > -0.7);
    let path = along(&bounded, (0.5, 5.0));
    let branch = path.follow(&[1.0], 1.0, true).expect("starts on a root");
    assert_eq!(branch.stop, Stop::Domain);
    let last = &branch.points[branch.points.len() - 1];
    // Steps stop below a hundredth of the longest.
    assert!(last.x[0] > -0.7 && last.x[0] < -0.69, "{:?}", last.x);

    // No stationary point continues past α = 1.5: the value is not a number there.
    let broken = Toy::new(
        1,
        |x: &[f64], alpha, rule: &Nodes| {
            let (value, mut gradient, hessian, slope, mixed) = fold(x, alpha, rule);
            if alpha > 1.5 {
                gradient[0] += 1.0;
            }
            (value, gradient, hessian, slope, mixed)
        },
        everywhere,
    );
    let path = along(&broken, (0.5, 5.0));
    let branch = path.follow(&[1.0], 1.0, true).expect("starts on a root");
    assert_eq!(branch.stop, Stop::Stuck);
    let last = &branch.points[branch.points.len() - 1];
    // Steps shrink to 1e-7 of arclength, at most as much in ln α.
    assert!((last.control - 1.5).abs() < 1e-6, "{}", last.control);

    assert!(along(&toy, (2.5, 5.0)).follow(&[1.0], 3.0, true).is_err());
}

#[test]
fn a_root_is_bracketed_and_failures_pass_through() {
    let cubic = |x: f64| x.powi(3) - 2.0;
    let Ok(root) = bracketed_root((0.0, -2.0), (2.0, 6.0), 1e-14, |x| {
        Ok::<f64, Infallible>(cubic(x))
    });
    // The tolerance is relative to 1 + |x| = 2.26.
    assert!((root.x - 2.0_f64.cbrt()).abs() < 2.3e-14);
    assert!(root.width <= 2.3e-14 && root.evaluations < 15, "{root:?}");
    // Order and sign of the bracket do not matter.
    let Ok(turned) = bracketed_root((2.0, -6.0), (0.0, 2.0), 1e-14, |x| {
        Ok::<f64, Infallible>(-cubic(x))
    });
    assert!((turned.x - root.x).abs() < 2.3e-14);
    let failed = bracketed_root((0.0, -2.0), (2.0, 6.0), 1e-14, |_| Err("no value"));
    assert_eq!(failed, Err("no value"));
}

// Saddle points of the perceptron.

#[test]
fn tangent_and_slope_are_derivatives_of_the_solution() {
    // Steps of 1e-3 of the parameter: truncation h⁴ ≈ 1e-12 times a fifth derivative of up to 1e3,
    // rounding of solutions (residual 1e-12) 1e-12/h. Values are second order in the residual.
    let cases = [
        ("theta", Control::Alpha, 0.5, f64::INFINITY),
        ("theta", Control::Kappa, 0.5, f64::INFINITY),
        ("theta", Control::Alpha, 0.8, 3.0),
        ("theta", Control::Beta, 0.8, 3.0),
        ("hinge", Control::Beta, 1.5, 2.0),
        ("cross-entropy", Control::Gamma, 1.5, 2.0),
    ];
    for (loss, control, alpha, beta) in cases {
        let model = model("binary", "storage", loss).expect("registered");
        let p = Parameters {
            alpha,
            beta,
            kappa: if loss == "theta" { 0.1 } else { 0.0 },
            gamma: 0.5,
            ..Parameters::default()
        };
        let start = cold(&model, &p).x;
        let solve = |shift: f64| {
            let there = p.with(control, p.get(control) + shift);
            saddle::solve(&*model.rs, &start, &there, control, &model.tolerances)
                .expect("converges")
        };
        let here = solve(0.0);
        let tangent = here.tangent.clone().expect("regular");
        for (i, exact) in tangent.iter().enumerate() {
            let numeric = slope(1e-3, |h| solve(h).x[i]);
            let off = (numeric - exact).abs() / (1.0 + exact.abs());
            assert!(off < 2e-9, "{loss} {control:?} x[{i}]: {off:e}");
        }
        let numeric = slope(1e-3, |h| solve(h).value);
        let off = (numeric - here.control_slope).abs();
        // With gamma varying ln Z is a table, good to 1e-14 of its largest value (about 20): the
        // difference over 1e-3 shows it, the exact slope does not.
        let noise = if control == Control::Gamma {
            1e-9
        } else {
            2e-11
        };
        assert!(off < noise, "{loss} {control:?}: {off:e}");
        // dq/dλ = q(1-q) dx₀/dλ against differences of the overlap itself.
        let overlap = |x: &[f64]| 1.0 / (1.0 + (-x[0]).exp());
        let q = overlap(&here.x);
        let numeric = slope(1e-3, |h| overlap(&solve(h).x));
        let off = (numeric - q * (1.0 - q) * tangent[0]).abs();
        assert!(off < 2e-9, "{loss} {control:?} q: {off:e}");
    }
}

#[test]
fn a_cold_solve_is_cheap() {
    let model = perceptron();
    for (alpha, bound) in [(0.2, 25), (0.5, 30), (0.8, 40)] {
        let stats = cold(&model, &at_alpha(alpha)).stats;
        println!("alpha={alpha}: {stats:?}");
        assert!(stats.evaluations <= bound, "alpha={alpha}: {stats:?}");
        assert!(stats.newton_steps <= 8, "alpha={alpha}: {stats:?}");
    }
}

#[test]
fn the_error_of_the_value_is_honest() {
    let model = perceptron();
    let half = cold(&model, &at_alpha(0.5));
    // The reference has twelve decimals: half a unit of the last one is added.
    let off = (half.value - 0.314_390_066_856).abs();
    assert!(off <= half.value_error + 5e-13, "{off:e}");
    for (weights, loss, alpha, beta) in [
        ("binary", "theta", 0.2, f64::INFINITY),
        ("binary", "theta", 0.83, f64::INFINITY),
        ("binary", "theta", 1.2, 20.0),
        ("binary", "hinge", 0.4, 50.0),
        ("binary", "cross-entropy", 2.0, 10.0),
        ("spherical", "theta", 1.95, f64::INFINITY),
        ("spherical", "hinge", 2.0, 1e3),
        ("spherical", "cross-entropy", 2.0, 1e3),
    ] {
        let model = quenched::replica::model::model(weights, "storage", loss).expect("registered");
        let p = Parameters {
            alpha,
            beta,
            ..Parameters::default()
        };
        let label = format!("{weights} {loss} {alpha} {beta}");
        let solution = cold(&model, &p);
        // Every panel of the final rule quartered once more.
        let much_finer = model
            .rs
            .freeze(&solution.x, &p)
            .refined()
            .refined()
            .refined();
        let mut system = stationary(&*model.rs, &p, Control::Alpha, &much_finer);
        let fine = newton(&solution.x, &model.tolerances, None, &mut system);
        let fine = fine.unwrap_or_else(|e| panic!("{label}: {e}"));
        let off = (fine.at.detail.value - solution.value).abs();
        println!("{label}: off {off:e}, estimate {:e}", solution.value_error);
        assert!(off <= solution.value_error, "{label}: {off:e}");
        // And not a pessimist: the rule is said to resolve 1e-13.
        let scale = 1.0 + solution.value.abs();
        assert!(solution.value_error < 1e-11 * scale, "{label}");
    }
}

#[test]
fn a_fold_of_the_perceptron_is_found_by_both_routes() {
    // The spinodal of the binary teacher: 34-digit evaluation of the Bayes-optimal equations.
    let model = quenched::replica::model::model("binary", "teacher", "theta").expect("registered");
    let p = at_alpha(1.3);
    let start = cold(&model, &p);
    let path = model.alpha_branch(&p, (1.3, 2.0));
    let branch = path.follow(&start.x, 1.3, true).expect("on the branch");
    let folds = path.folds(&branch);
    assert!(!folds.is_empty());
    let off = (folds[0].point.control - 1.492_631_818_230_351).abs();
    println!("spinodal off {off:e}, estimate {:e}", folds[0].error);
    assert!(off < 1e-10, "{off:e}");
    assert!(
        off <= folds[0].error + 1e-12,
        "{off:e} {:e}",
        folds[0].error
    );
    // Just above it, the connected state is gone.
    let sweep = model.sweep(&p, Control::Alpha, &[1.4926, 1.4927], Branches::All);
    let interior = |i: usize| match &sweep[i] {
        quenched::replica::state::Outcome::States(states) => states
            .iter()
            .filter(|(_, s)| s.observables.q.is_some_and(|q| q < 0.95))
            .count(),
        _ => 0,
    };
    println!("{} {}", interior(0), interior(1));
    assert!(interior(0) > 0 && interior(1) == 0);
}
