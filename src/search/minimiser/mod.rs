//! Exact minimisers of a risk on given patterns, `min_{w,b} Σ ℓ(y (w·x/√N + b)) + λ|w|²/2`, or at
//! given norm (MX.51 to MX.54).
//!
//! | module | holds |
//! | --- | --- |
//! | [`training`] | the patterns, in units of the stability |
//! | `least_squares` | the linear equations of the square loss |
//! | `newton` | smooth losses: Newton's method with conjugate gradients |
//! | `multipliers` | losses with kinks: the same on Moreau envelopes |
//! | `dense`, `given` | patterns of any scale: Newton's method with factorised Hessians |
//! | `separation` | whether there is a finite minimiser without a ridge, and only one |
//! | `support` | the hinge loss: linear equations of the patterns at its kink |
//! | [`left_out`] | stabilities of patterns that are left out |

mod dense;
mod given;
mod least_squares;
pub mod left_out;
mod multipliers;
mod newton;
mod separation;
mod support;
pub mod training;

pub use training::Training;

use crate::model::Constraint;
use crate::model::loss::{Loss, ZeroSet, features_of};
use crate::model::{Bias, Parameters, registry};
use least_squares::Equations;
use newton::Newton;
use training::{Point, Task};

/// Largest residual of a minimiser.
pub const RESIDUAL: f64 = 1e-8;
/// Residual at which an iteration ends.
const GOAL: f64 = 1e-9;
/// Smaller of both sizes of the patterns up to which the linear equations are factorised.
const DIRECT: usize = 2048;
/// Loss per pattern below which it counts as vanishing.
const VANISHING: f64 = 1e-12;

/// How a minimisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The residual is at most [`RESIDUAL`].
    Reached,
    /// One of many classifiers without loss at this norm, drawn at random (MX.54).
    Drawn,
    /// Every minimiser is one of many: the patterns do not determine it.
    NotUnique,
    /// The smallest risk is not reached by any finite classifier.
    Infinite,
    /// The residual did not fall to [`RESIDUAL`].
    Exhausted,
}

/// A classifier of smallest risk.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// How it ended; the rest is meant where it was reached or drawn.
    pub ending: Ending,
    /// Weights `w`.
    pub weights: Vec<f64>,
    /// Bias `b`.
    pub bias: f64,
    /// Strength of the ridge, or the multiplier of the norm, of either sign.
    pub lambda: f64,
    /// Sum of the losses, without the ridge.
    pub loss: f64,
    /// Euclidean norm of the gradient of the risk in `(w, b)`, on a sphere of its tangent part; for
    /// losses with kinks of a subgradient, or the largest mismatch between a stability and the one at
    /// which it is taken, if that is larger.
    pub residual: f64,
    /// Newton steps; none for linear equations.
    pub iterations: usize,
}

struct Minimise<'a> {
    task: Task<'a>,
    p: &'a Parameters,
    streams: (u64, u64),
}

/// The classifier of smallest risk. `loss` is a registered name, `p` holds its sharpness; `streams`,
/// seed and sample, draw where many have no loss.
///
/// None for names that are not registered, losses that count errors, a ridge below zero and a norm
/// that is not above.
pub fn minimise(
    training: &Training,
    loss: &str,
    p: &Parameters,
    (bias, constraint): (Bias, Constraint),
    streams: (u64, u64),
) -> Option<Minimum> {
    let sensible = match constraint {
        Constraint::Ridge(lambda) => lambda >= 0.0 && lambda.is_finite(),
        Constraint::Norm(norm) => norm > 0.0 && norm.is_finite(),
    };
    let loss = registry::loss(loss).filter(|_| registry::MINIMISED.contains(&loss))?;
    if !sensible || training.patterns() == 0 {
        return None;
    }
    let task = Task {
        training,
        bias,
        constraint,
    };
    Some(Minimise { task, p, streams }.of(&*loss))
}

impl Minimise<'_> {
    fn of(self, loss: &dyn Loss) -> Minimum {
        let task = self.task;
        let one_sided = task.is_bias_free() && task.training.is_one_sided();
        // Equalities that are not met cost their squares: the minimiser solves linear equations.
        let is_square = matches!(loss.zero_set(self.p), ZeroSet::Point(_));
        if one_sided && !is_square {
            // The bias alone satisfies every pattern, the more the larger it is.
            let ending = match loss.zero_set(self.p) {
                ZeroSet::Empty => Ending::Infinite,
                _ => Ending::NotUnique,
            };
            return self.minimum(loss, task.start(), (0.0, f64::INFINITY, 0), ending);
        }
        if let Some(minimum) = self.of_given(loss) {
            return minimum;
        }
        let sizes = [task.training.weights(), task.training.patterns()];
        if is_square && sizes[0].min(sizes[1]) <= DIRECT {
            match self.directly(loss) {
                Some(minimum) => return minimum,
                None if task.constraint == Constraint::Ridge(0.0) => {
                    let found = (0.0, f64::INFINITY, 0);
                    return self.minimum(loss, task.start(), found, Ending::NotUnique);
                }
                None => {}
            }
        }
        self.by_steps(loss)
    }
}

impl Minimise<'_> {
    /// The square loss by its linear equations; none where they have no unique solution, or where a
    /// norm has to be met otherwise.
    fn directly(&self, loss: &dyn Loss) -> Option<Minimum> {
        let task = self.task;
        let equations = Equations::new(&task);
        let (point, ending) = match task.constraint {
            Constraint::Ridge(lambda) => (equations.at_ridge(&task, lambda)?, Ending::Reached),
            Constraint::Norm(norm) => match equations.lengthened(&task, norm, self.streams) {
                Some(point) => (point, Ending::Drawn),
                None => (equations.at_norm(&task, norm)?, Ending::Reached),
            },
        };
        let cost = |_: usize, s: f64| loss.energy(s, self.p);
        let slope = Newton { task, cost: &cost }.slope(&point);
        let found = (slope.lambda, slope.norm, 0);
        Some(self.minimum(loss, point, found, ending))
    }

    /// Any convex loss, step by step.
    fn by_steps(&self, loss: &dyn Loss) -> Minimum {
        let (task, p) = (self.task, self.p);
        let mut point = task.start();
        let mut steps = 0;
        let zero_set = loss.zero_set(p);
        let ridgeless = task.constraint == Constraint::Ridge(0.0);
        // Without a ridge, patterns that can be separated pull the weights to infinity.
        let bias_free = task.is_bias_free();
        let separates = |point: &Point| {
            let labels = &task.training.labels;
            let bias = if bias_free { point.bias } else { 0.0 };
            let mut fields = point.fields.iter().zip(labels.iter());
            ridgeless && zero_set == ZeroSet::Empty && fields.all(|(f, y)| f + y * bias > 0.0)
        };
        let kinked = features_of(loss, p).iter().any(|f| f.width == 0.0);
        let (slope, residual) = if kinked {
            let mut inner = |cost: &newton::Cost, point: &mut Point, goal: f64| {
                Newton { task, cost }.descend(point, goal, &|_| false, &mut steps)
            };
            multipliers::descend((loss, p), &mut point, GOAL, &mut inner)
        } else {
            let cost = |_: usize, s: f64| loss.energy(s, p);
            let newton = Newton { task, cost: &cost };
            let slope = newton.descend(&mut point, GOAL, &separates, &mut steps);
            let norm = slope.norm;
            (slope, norm)
        };
        let ending = if separates(&point) {
            Ending::Infinite
        } else if residual <= RESIDUAL {
            Ending::Reached
        } else {
            Ending::Exhausted
        };
        let found = self.minimum(loss, point, (slope.lambda, residual, steps), ending);
        let shared = ridgeless || matches!(task.constraint, Constraint::Norm(_));
        let vanishing = found.loss <= VANISHING * task.training.patterns() as f64;
        if shared && vanishing && zero_set != ZeroSet::Empty {
            return Minimum {
                ending: Ending::NotUnique,
                ..found
            };
        }
        found
    }

    fn minimum(
        &self,
        loss: &dyn Loss,
        point: Point,
        (lambda, residual, iterations): (f64, f64, usize),
        ending: Ending,
    ) -> Minimum {
        let labels = self.task.training.labels.iter();
        let stabilities = point.fields.iter().zip(labels);
        let energies = stabilities.map(|(f, y)| loss.energy(f + y * point.bias, self.p)[0]);
        let missed = residual.is_nan() || residual > RESIDUAL;
        let exhausted = ending == Ending::Reached && missed;
        Minimum {
            ending: if exhausted { Ending::Exhausted } else { ending },
            loss: energies.sum(),
            weights: point.weights.as_slice().to_vec(),
            bias: point.bias,
            lambda,
            residual,
            iterations,
        }
    }
}

#[cfg(test)]
mod given_tests;
#[cfg(test)]
mod hinge_tests;
#[cfg(test)]
mod tests;
