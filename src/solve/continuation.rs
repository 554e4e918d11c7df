//! Pseudo-arclength continuation: a branch followed through folds (equation S.4).

use super::newton::{Linear, newton};
use super::problem::{Evaluation, Nodes, NotConverged, Stationary, norm};
use super::tolerance::Tolerances;
use crate::model::{Control, Parameters};
use nalgebra::{DMatrix, DVector};

/// A point of a branch.
#[derive(Clone, Debug)]
pub struct BranchPoint {
    /// Unconstrained coordinates.
    pub x: Vec<f64>,
    /// Value of the control parameter.
    pub control: f64,
    /// Which parameter that is.
    pub parameter: Control,
    /// Value of the functional.
    pub value: f64,
    /// Its derivative along the branch with respect to the control parameter.
    pub slope: f64,
    /// How many eigenvalues of the Hessian are positive; changes at a fold.
    pub positive: usize,
    /// Replicon, where the averages that are taken anyhow give it.
    pub replicon: Option<f64>,
    /// Unit tangent in `(x, λ)`; its last entry changes sign at a fold.
    tangent: DVector<f64>,
}

impl BranchPoint {
    /// Whether the control parameter grows along the direction of travel.
    pub fn forward(&self) -> bool {
        self.tangent[self.tangent.len() - 1] > 0.0
    }

    fn coordinates(&self) -> DVector<f64> {
        let mut y = DVector::from_column_slice(&self.x).push(0.0);
        y[self.x.len()] = to_coordinate(self.parameter, self.control);
        y
    }

    /// Whether the control parameter is extremal here.
    pub fn is_fold(&self) -> bool {
        self.tangent[self.tangent.len() - 1] == 0.0
    }

    /// The same point with the branch travelled the other way.
    pub fn reversed(mut self) -> Self {
        self.tangent.neg_mut();
        self
    }

    /// Value of the functional at a value of the control parameter between this point and the next,
    /// on the cubic that has both slopes.
    pub fn value_towards(&self, next: &BranchPoint, control: f64) -> f64 {
        let length = next.control - self.control;
        let t = (control - self.control) / length;
        let u = 1.0 - t;
        self.value * (u * u * (1.0 + 2.0 * t))
            + next.value * (t * t * (1.0 + 2.0 * u))
            + (self.slope * u - next.slope * t) * (t * u * length)
    }

    /// Coordinates at a value of the control parameter between this point and the next, on the cubic
    /// in arclength that has both tangents: its error is of fourth order in their distance, next to
    /// a fold too. None where the cubic does not reach the value.
    pub fn towards(&self, next: &BranchPoint, value: f64) -> Option<Vec<f64>> {
        let place = |value: f64| to_coordinate(self.parameter, value);
        let (n, target) = (self.x.len(), place(value));
        if (place(self.control) - target) * (place(next.control) - target) > 0.0 {
            return None;
        }
        let (a, b) = (self.coordinates(), next.coordinates());
        let length = (&b - &a).norm();
        let at = |t: f64, i: usize| {
            let (u, bend) = (1.0 - t, t * (1.0 - t) * length);
            a[i] * (u * u * (1.0 + 2.0 * t))
                + b[i] * (t * t * (1.0 + 2.0 * u))
                + (self.tangent[i] * u - next.tangent[i] * t) * bend
        };
        let side = |t: f64| at(t, n) - target;
        let (mut low, mut high) = (0.0, 1.0);
        let rising = side(high) > side(low);
        for _ in 0..52 {
            let middle = 0.5 * (low + high);
            if (side(middle) < 0.0) == rising {
                low = middle;
            } else {
                high = middle;
            }
        }
        let t = 0.5 * (low + high);
        Some((0..n).map(|i| at(t, i)).collect())
    }
}

/// Why a branch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The range of the control parameter was left.
    Range,
    /// An order parameter reached its bound (such as q → 1).
    Domain,
    /// The step became too small to go on.
    Stuck,
    /// The limit of points was reached.
    Length,
    /// Whoever follows it had enough.
    Asked,
}

/// A branch of saddle points.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its points, in order of arclength.
    pub points: Vec<BranchPoint>,
    /// Why it ends.
    pub stop: Stop,
}

/// A fold: the control parameter is extremal along the branch (spinodal).
#[derive(Clone, Debug)]
pub struct Fold {
    /// The point itself.
    pub point: BranchPoint,
    /// Absolute error of its control parameter, from refining the quadrature.
    pub error: f64,
}

/// Positive parameters are followed in their logarithm.
fn to_coordinate(control: Control, value: f64) -> f64 {
    if control == Control::Kappa {
        value
    } else {
        value.ln()
    }
}

fn from_coordinate(control: Control, lambda: f64) -> f64 {
    if control == Control::Kappa {
        lambda
    } else {
        lambda.exp()
    }
}

/// `d control / dλ`.
fn stretch(control: Control, value: f64) -> f64 {
    if control == Control::Kappa {
        1.0
    } else {
        value
    }
}

/// Follows branches of one functional along one control parameter.
pub struct Continuation<'a, P: ?Sized> {
    /// The functional.
    pub problem: &'a P,
    /// All parameters; that of `control` is overridden along the branch.
    pub parameters: Parameters,
    /// What varies.
    pub control: Control,
    /// Range in which to follow it.
    pub range: (f64, f64),
    /// Tolerances.
    pub tolerances: Tolerances,
    /// Longest arclength step.
    pub longest: f64,
    /// Largest number of points.
    pub points: usize,
}

impl<P: Stationary + ?Sized> Continuation<'_, P> {
    /// Follows the branch from `x` at `control`, first in the direction of growing (`forward`) or
    /// falling control parameter.
    ///
    /// # Errors
    /// [`NotConverged`] if the start is no saddle point.
    pub fn follow(&self, x: &[f64], control: f64, forward: bool) -> Result<Branch, NotConverged> {
        self.follow_until(x, control, forward, &mut |_| false)
    }

    /// The same until `enough` says so of the points so far.
    ///
    /// # Errors
    /// [`NotConverged`] if the start is no saddle point.
    pub fn follow_until(
        &self,
        x: &[f64],
        control: f64,
        forward: bool,
        enough: &mut dyn FnMut(&[BranchPoint]) -> bool,
    ) -> Result<Branch, NotConverged> {
        let mut guess = DVector::from_column_slice(x).push(0.0);
        let n = x.len();
        guess[n] = to_coordinate(self.control, control);
        let mut axis = DVector::zeros(n + 1);
        axis[n] = if forward { 1.0 } else { -1.0 };
        let (first, _) = self.correct(&guess, &axis)?;
        let mut points = vec![first];
        let mut ds = 0.05 * self.longest;
        let stop = loop {
            if enough(&points) {
                break Stop::Asked;
            }
            if let Some(stop) = self.ended(&points) {
                break stop;
            }
            let last = &points[points.len() - 1];
            match self.step(last, ds) {
                Ok((point, iterations)) if point.tangent.dot(&last.tangent) > 0.8 => {
                    points.push(point);
                    let ease = match iterations {
                        0..=3 => 1.6,
                        4..=5 => 1.1,
                        _ => 0.7,
                    };
                    ds = (ds * ease).min(self.longest);
                }
                Err(NotConverged::Escaped) if ds < 1e-2 * self.longest => break Stop::Domain,
                _ if ds < 2.5e-7 => break Stop::Stuck,
                _ => ds *= 0.4,
            }
        };
        Ok(Branch { points, stop })
    }

    /// Why a branch is not followed beyond its last point.
    fn ended(&self, points: &[BranchPoint]) -> Option<Stop> {
        let last = &points[points.len() - 1];
        if points.len() >= self.points {
            Some(Stop::Length)
        } else if creeps(points, self.longest) {
            Some(Stop::Stuck)
        } else if last.control < self.range.0 || last.control > self.range.1 {
            Some(Stop::Range)
        } else {
            None
        }
    }

    /// One predictor–corrector step of arclength `ds`.
    fn step(&self, from: &BranchPoint, ds: f64) -> Result<(BranchPoint, usize), NotConverged> {
        let guess = from.coordinates() + &from.tangent * ds;
        self.correct(&guess, &from.tangent)
    }

    /// The parameters at coordinates `(x, λ)`.
    fn parameters_at(&self, y: &[f64]) -> Parameters {
        let value = from_coordinate(self.control, y[y.len() - 1]);
        self.parameters.with(self.control, value)
    }

    /// Value, derivatives and scaled residual at coordinates `(x, λ)`; none outside the domain. The
    /// control parameter's derivatives are with respect to `λ`.
    fn evaluate(&self, y: &[f64], rule: &Nodes) -> Option<(Evaluation, f64)> {
        let (x, p) = (&y[..y.len() - 1], self.parameters_at(y));
        self.problem.admissible(x, &p).then(|| {
            let mut at = self.problem.evaluate(x, &p, self.control, rule);
            let residual = norm(&self.problem.residual(x, &p, &at.gradient));
            at.mixed *= stretch(self.control, p.get(self.control));
            (at, residual)
        })
    }

    /// Newton on the bordered system: saddle-point equations, and no motion along `along`.
    fn correct(
        &self,
        guess: &DVector<f64>,
        along: &DVector<f64>,
    ) -> Result<(BranchPoint, usize), NotConverged> {
        let n = guess.len() - 1;
        let tolerances = Tolerances {
            residual: PATH,
            residual_floor: PATH_FLOOR,
            newton_iterations: 14,
            ..self.tolerances
        };
        let y = guess.as_slice();
        let p = self.parameters_at(y);
        if !self.problem.admissible(&y[..n], &p) {
            return Err(NotConverged::Escaped);
        }
        let rule = self.problem.sketch(&y[..n], &p);
        let mut system = |y: &[f64]| {
            let (at, residual) = self.evaluate(y, &rule)?;
            let off = along.dot(&(DVector::from_column_slice(y) - guess));
            Some(Linear {
                equations: at.gradient.clone().push(off),
                jacobian: bordered(&at, along),
                residual: residual.max(off.abs()),
                detail: at,
            })
        };
        let end = newton(y, &tolerances, None, &mut system)?;
        let mut unit = DVector::zeros(n + 1);
        unit[n] = 1.0;
        let tangent = end.at.jacobian.lu().solve(&unit);
        let Some(tangent) = tangent.filter(|t| t.iter().all(|t| t.is_finite())) else {
            return Err(NotConverged::Stalled {
                residual: end.at.residual,
            });
        };
        let point = BranchPoint {
            control: from_coordinate(self.control, end.x[n]),
            parameter: self.control,
            value: end.at.detail.value,
            slope: end.at.detail.control_slope,
            positive: end.at.detail.positive(),
            replicon: end.at.detail.replicon,
            tangent: &tangent / tangent.norm(),
            x: end.x[..n].to_vec(),
        };
        Ok((point, end.stats.newton_steps))
    }

    /// Every fold of a branch, located where the tangent turns; its error compares the rule with
    /// its refinement.
    pub fn folds(&self, branch: &Branch) -> Vec<Fold> {
        let turns = branch
            .points
            .windows(2)
            .filter(|w| w[0].forward() != w[1].forward());
        turns.filter_map(|w| self.fold(&w[0], &w[1]).ok()).collect()
    }

    /// The fold between two points of a branch; its error compares the rule with its refinement.
    ///
    /// # Errors
    /// [`NotConverged`] if Newton on the extended system (S.22) does not reach it.
    pub fn fold(&self, before: &BranchPoint, after: &BranchPoint) -> Result<Fold, NotConverged> {
        let coarse = self.turn(before, after)?;
        let p = self.parameters.with(self.control, coarse.control);
        let rule = self.problem.freeze(&coarse.x, &p).refined();
        let (point, left) = self.extended(&coarse, &rule)?;
        let rounding = 16.0 * f64::EPSILON * point.control.abs();
        let error = (coarse.control - point.control).abs() + left + rounding;
        Ok(Fold { point, error })
    }

    /// The same on the coarse rule only.
    ///
    /// # Errors
    /// As for [`fold`](Self::fold).
    pub fn turn(
        &self,
        before: &BranchPoint,
        after: &BranchPoint,
    ) -> Result<BranchPoint, NotConverged> {
        let n = before.x.len();
        let (a, b) = (before.tangent[n], after.tangent[n]);
        let (near, far) = (b / (b - a), a / (a - b));
        let start = before.coordinates() * near + after.coordinates() * far;
        let along = (&before.tangent * near + &after.tangent * far).normalize();
        let (mut point, _) = self.correct(&start, &along)?;
        // The second time on nodes that were placed at the fold itself.
        for _ in 0..2 {
            let p = self.parameters.with(self.control, point.control);
            let rule = self.problem.freeze(&point.x, &p);
            (point, _) = self.extended(&point, &rule)?;
        }
        if point.tangent.dot(&along) < 0.0 {
            point.tangent.neg_mut();
        }
        Ok(point)
    }

    /// Newton on the saddle-point equations together with `g = 0`, where
    /// `(H b; bᵀ 0)(v; g) = (0; 1)` and `b` is the direction of the branch (S.22).
    fn extended(
        &self,
        near: &BranchPoint,
        rule: &Nodes,
    ) -> Result<(BranchPoint, f64), NotConverged> {
        let n = near.x.len();
        let border = near.tangent.rows(0, n).normalize();
        let mut system = |y: &[f64]| {
            let (at, residual) = self.evaluate(y, rule)?;
            let (v, g) = null_vector(&at.hessian, &border)?;
            let moved = |by: f64| {
                let mut y = y.to_vec();
                y.iter_mut().zip(v.iter()).for_each(|(y, v)| *y += by * v);
                self.evaluate(&y, rule).map(|(at, _)| at)
            };
            let (ahead, behind) = (moved(BEND)?, moved(-BEND)?);
            // ∂g = -∂(vᵀHv) at fixed v, the third derivatives by a difference along v.
            let by_x = (&ahead.hessian - &behind.hessian) * &v / (-2.0 * BEND);
            let by_control = (&ahead.mixed - &behind.mixed).dot(&v) / (-2.0 * BEND);
            let mut jacobian = DMatrix::zeros(n + 1, n + 1);
            jacobian.view_mut((0, 0), (n, n)).copy_from(&at.hessian);
            jacobian.view_mut((0, n), (n, 1)).copy_from(&at.mixed);
            jacobian
                .view_mut((n, 0), (1, n))
                .copy_from(&by_x.transpose());
            jacobian[(n, n)] = by_control;
            let scale = at.hessian.amax().max(f64::MIN_POSITIVE);
            Some(Linear {
                equations: at.gradient.clone().push(g),
                jacobian,
                residual: residual.max(g.abs() / scale),
                detail: at,
            })
        };
        let start = near.coordinates();
        let end = newton(start.as_slice(), &self.tolerances, None, &mut system)?;
        let (at, control) = (&end.at.detail, from_coordinate(self.control, end.x[n]));
        let v = null_vector(&at.hessian, &border).map(|(v, _)| v.normalize());
        let v = v.unwrap_or(border);
        // What is left of the gradient moves the fold by its part along the null vector.
        let left = at.gradient.dot(&v) / at.mixed.dot(&v);
        let left = left.abs() * stretch(self.control, control);
        let point = BranchPoint {
            x: end.x[..n].to_vec(),
            control,
            parameter: self.control,
            value: end.at.detail.value,
            slope: end.at.detail.control_slope,
            positive: end.at.detail.positive(),
            replicon: end.at.detail.replicon,
            tangent: v.push(0.0),
        };
        Ok((point, left))
    }
}

/// Over so many points a branch must get on by at least one longest step.
const WINDOW: usize = 30;

/// Whether the last points hardly differ: rounding then steers the steps.
fn creeps(points: &[BranchPoint], longest: f64) -> bool {
    let (Some(last), true) = (points.last(), points.len() > WINDOW) else {
        return false;
    };
    let before = &points[points.len() - 1 - WINDOW];
    (last.coordinates() - before.coordinates()).norm() < longest
}

/// Residual of the points of a branch: they are starts, and what is read off them is solved anew.
const PATH: f64 = 1e-8;
/// Residual accepted where rounding allows no better.
const PATH_FLOOR: f64 = 1e-6;
/// Step of the difference that gives the third derivative at a fold.
const BEND: f64 = 1e-4;

/// The Hessian bordered by the derivative with respect to `λ` and by a direction (S.4).
fn bordered(at: &Evaluation, along: &DVector<f64>) -> DMatrix<f64> {
    let n = at.hessian.nrows();
    let mut matrix = DMatrix::zeros(n + 1, n + 1);
    matrix.view_mut((0, 0), (n, n)).copy_from(&at.hessian);
    matrix.view_mut((0, n), (n, 1)).copy_from(&at.mixed);
    matrix
        .view_mut((n, 0), (1, n + 1))
        .copy_from(&along.transpose());
    matrix
}

/// `v` and `g` of `(H b; bᵀ 0)(v; g) = (0; 1)`: where `H` is singular `g = 0` and `v` is its null
/// vector.
fn null_vector(hessian: &DMatrix<f64>, border: &DVector<f64>) -> Option<(DVector<f64>, f64)> {
    let n = border.len();
    let mut matrix = DMatrix::zeros(n + 1, n + 1);
    matrix.view_mut((0, 0), (n, n)).copy_from(hessian);
    matrix.view_mut((0, n), (n, 1)).copy_from(border);
    matrix
        .view_mut((n, 0), (1, n))
        .copy_from(&border.transpose());
    let mut unit = DVector::zeros(n + 1);
    unit[n] = 1.0;
    let solution = matrix.lu().solve(&unit)?;
    let finite = solution.iter().all(|v| v.is_finite());
    finite.then(|| (solution.rows(0, n).into_owned(), solution[n]))
}
