//! Pseudo-arclength continuation: a branch followed through folds (equation S.4).

use super::event::bracketed_root;
use super::problem::{NotConverged, Stationary, norm};
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
    /// Value of the functional.
    pub value: f64,
    /// Unit tangent in `(x, λ)`; its last entry changes sign at a fold.
    tangent: DVector<f64>,
}

impl BranchPoint {
    /// Whether the control parameter grows along the direction of travel.
    pub fn forward(&self) -> bool {
        self.tangent[self.tangent.len() - 1] > 0.0
    }

    fn coordinates(&self, control: Control) -> DVector<f64> {
        let mut y = DVector::from_column_slice(&self.x).push(0.0);
        y[self.x.len()] = to_coordinate(control, self.control);
        y
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
        let mut guess = DVector::from_column_slice(x).push(0.0);
        let n = x.len();
        guess[n] = to_coordinate(self.control, control);
        let mut axis = DVector::zeros(n + 1);
        axis[n] = if forward { 1.0 } else { -1.0 };
        let first = self.correct(&guess, &axis, false)?;
        let mut points = vec![first];
        let mut ds = 0.05 * self.longest;
        while points.len() < self.points {
            let last = &points[points.len() - 1];
            if last.control < self.range.0 || last.control > self.range.1 {
                return Ok(Branch {
                    points,
                    stop: Stop::Range,
                });
            }
            match self.step(last, ds, false) {
                Ok((point, iterations)) if point.tangent.dot(&last.tangent) > 0.8 => {
                    points.push(point);
                    let ease: f64 = if iterations <= 3 {
                        1.6
                    } else if iterations <= 5 {
                        1.1
                    } else {
                        0.7
                    };
                    ds = (ds * ease).min(self.longest);
                }
                Err(NotConverged::Escaped) if ds < 1e-2 * self.longest => {
                    return Ok(Branch {
                        points,
                        stop: Stop::Domain,
                    });
                }
                _ => {
                    ds *= 0.4;
                    if ds < 1e-7 {
                        return Ok(Branch {
                            points,
                            stop: Stop::Stuck,
                        });
                    }
                }
            }
        }
        Ok(Branch {
            points,
            stop: Stop::Length,
        })
    }

    /// One predictor–corrector step of arclength `ds`.
    fn step(
        &self,
        from: &BranchPoint,
        ds: f64,
        refined: bool,
    ) -> Result<(BranchPoint, usize), NotConverged> {
        let guess = from.coordinates(self.control) + &from.tangent * ds;
        self.correct_counting(&guess, &from.tangent, refined)
    }

    fn correct(
        &self,
        guess: &DVector<f64>,
        along: &DVector<f64>,
        refined: bool,
    ) -> Result<BranchPoint, NotConverged> {
        self.correct_counting(guess, along, refined)
            .map(|(point, _)| point)
    }

    /// Newton on the bordered system: saddle-point equations, and no motion along `along`.
    fn correct_counting(
        &self,
        guess: &DVector<f64>,
        along: &DVector<f64>,
        refined: bool,
    ) -> Result<(BranchPoint, usize), NotConverged> {
        let n = guess.len() - 1;
        let mut y = guess.clone();
        let at = |y: &DVector<f64>| {
            self.parameters
                .with(self.control, from_coordinate(self.control, y[n]))
        };
        let mut rule = None;
        let mut placed = y.clone();
        let mut last_residual = f64::INFINITY;
        for iteration in 0..14 {
            let x = &y.as_slice()[..n];
            let p = at(&y);
            if !self.problem.admissible(x, &p) {
                return Err(NotConverged::Escaped);
            }
            if rule.is_none() || (&placed - &y).amax() > self.problem.placement_tolerance() {
                let fresh = self.problem.freeze(x, &p);
                rule = Some(if refined { fresh.refined() } else { fresh });
                placed = y.clone();
            }
            let Some(nodes) = rule.as_ref() else { break };
            let here = self.problem.evaluate(x, &p, self.control, nodes);
            let residual = norm(&self.problem.residual(x, &p, &here.gradient));
            let scale = stretch(self.control, p.get(self.control));
            let mut bordered = DMatrix::zeros(n + 1, n + 1);
            bordered.view_mut((0, 0), (n, n)).copy_from(&here.hessian);
            bordered
                .view_mut((0, n), (n, 1))
                .copy_from(&(&here.mixed * scale));
            bordered
                .view_mut((n, 0), (1, n + 1))
                .copy_from(&along.transpose());
            let lu = bordered.lu();
            let mut rhs = -here.gradient.clone().push(0.0);
            rhs[n] = along.dot(&(guess - &y));
            let Some(step) = lu.solve(&rhs) else {
                return Err(NotConverged::Stalled { residual });
            };
            // At the rounding floor, which rises as q → 1, the residual no longer falls.
            let floor =
                residual <= self.tolerances.residual_floor && residual > 0.3 * last_residual;
            last_residual = residual;
            if (residual <= self.tolerances.residual || floor) && rhs[n].abs() < 1e-10 {
                let mut unit = DVector::zeros(n + 1);
                unit[n] = 1.0;
                let Some(mut tangent) = lu.solve(&unit) else {
                    return Err(NotConverged::Stalled { residual });
                };
                tangent /= tangent.norm();
                let control = p.get(self.control);
                let x = x.to_vec();
                return Ok((
                    BranchPoint {
                        x,
                        control,
                        value: here.value,
                        tangent,
                    },
                    iteration,
                ));
            }
            let length = step.amax();
            if !length.is_finite() {
                return Err(NotConverged::Stalled { residual });
            }
            y += step * (self.tolerances.longest_step / length).min(1.0);
        }
        Err(NotConverged::Stalled {
            residual: f64::INFINITY,
        })
    }

    /// Every fold of a branch, located where the tangent turns; its error compares the rule with
    /// its refinement.
    pub fn folds(&self, branch: &Branch) -> Vec<Fold> {
        let turns = branch
            .points
            .windows(2)
            .filter(|w| w[0].forward() != w[1].forward());
        turns
            .filter_map(|w| self.locate_fold(&w[0], &w[1]).ok())
            .collect()
    }

    fn locate_fold(&self, before: &BranchPoint, after: &BranchPoint) -> Result<Fold, NotConverged> {
        let n = before.x.len();
        let length = before
            .tangent
            .dot(&(after.coordinates(self.control) - before.coordinates(self.control)));
        let find = |refined: bool| -> Result<BranchPoint, NotConverged> {
            let turning = |s: f64| {
                self.step(before, s, refined)
                    .map(|(point, _)| point.tangent[n])
            };
            let (from, to) = (before.tangent[n], turning(length)?);
            let root = bracketed_root((0.0, from), (length, to), 1e-11, turning)?;
            self.step(before, root.x, refined).map(|(point, _)| point)
        };
        let (coarse, fine) = (find(false)?, find(true)?);
        let rounding = 16.0 * f64::EPSILON * fine.control.abs();
        let error = (coarse.control - fine.control).abs() + rounding;
        Ok(Fold { point: fine, error })
    }
}
