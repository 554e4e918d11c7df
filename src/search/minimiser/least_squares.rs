//! The minimiser of the square loss by a direct solution of its linear equations (MX.52).

use super::training::{Point, Task};
use crate::message_passing::instance::stream;
use crate::model::Bias;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Stream of the part of a vector that no pattern sees.
const UNSEEN: u64 = 6;
/// Corrections of a solution by its own residual.
const REFINEMENTS: usize = 2;
/// Most multipliers that are tried to meet a norm, and the relative misfit that ends the search.
const TRIALS: usize = 100;
const MISFIT: f64 = 1e-13;

/// The linear equations: `(D Dᵀ + λ) w = D t`, or for fewer patterns than weights `w = D a` with
/// `(Dᵀ D + λ) a = t`. A learned bias is eliminated: its direction, the labels, is projected out of
/// `D` and `t`.
pub(super) struct Equations {
    design: DMatrix<f64>,
    target: DVector<f64>,
    /// The matrix without `λ`.
    matrix: DMatrix<f64>,
    /// Whether unknowns are the patterns' multipliers `a` instead of the weights.
    by_patterns: bool,
}

/// The matrix at one `λ`, factorised.
struct Factor {
    matrix: DMatrix<f64>,
    cholesky: Cholesky<f64, Dyn>,
}

impl Factor {
    fn solve(&self, right: &DVector<f64>) -> DVector<f64> {
        let mut solution = self.cholesky.solve(right);
        for _ in 0..REFINEMENTS {
            let left = right - &self.matrix * &solution;
            solution += self.cholesky.solve(&left);
        }
        solution
    }
}

impl Equations {
    /// The equations of a task.
    pub(super) fn new(task: &Task) -> Self {
        let training = task.training;
        let labels = &training.labels;
        let (n, m) = (training.weights(), training.patterns());
        let mut design = training.design.clone();
        let mut target = DVector::from_element(m, 1.0);
        match task.bias {
            Bias::Fixed(bias) => target.axpy(-bias, labels, 1.0),
            Bias::Learned => {
                let mean = labels.dot(&target) / m as f64;
                target.axpy(-mean, labels, 1.0);
                let along = &design * labels;
                design.ger(-1.0 / m as f64, &along, labels, 1.0);
            }
        }
        let by_patterns = m <= n;
        let transposed = design.transpose();
        let mut matrix = if by_patterns {
            &transposed * &design
        } else {
            &design * &transposed
        };
        if by_patterns && task.is_bias_free() {
            // The labels span the kernel of the projection; the target is orthogonal to them.
            matrix.ger(matrix.trace() / (m * m) as f64, labels, labels, 1.0);
        }
        Equations {
            design,
            target,
            matrix,
            by_patterns,
        }
    }

    /// None where the matrix is not positive, to rounding.
    fn factor(&self, lambda: f64) -> Option<Factor> {
        let mut matrix = self.matrix.clone();
        for i in 0..matrix.nrows() {
            matrix[(i, i)] += lambda;
        }
        let cholesky = Cholesky::new(matrix.clone())?;
        let pivots = cholesky.l_dirty().diagonal();
        let determined = pivots.min() > 1e-7 * pivots.max();
        determined.then_some(Factor { matrix, cholesky })
    }

    fn weights(&self, factor: &Factor) -> DVector<f64> {
        if self.by_patterns {
            &self.design * factor.solve(&self.target)
        } else {
            factor.solve(&(&self.design * &self.target))
        }
    }

    /// The minimiser with a ridge; none where the equations do not determine it.
    pub(super) fn at_ridge(&self, task: &Task, lambda: f64) -> Option<Point> {
        Some(with_bias(task, self.weights(&self.factor(lambda)?)))
    }

    /// The minimiser at `|w|² = N Q`: of all points where the gradient is along the weights the one
    /// with a multiplier above minus the smallest eigenvalue, hence the lowest. The length falls with
    /// the multiplier; `1/|w|` is nearly linear in it. None where no multiplier gives the length.
    pub(super) fn at_norm(&self, task: &Task, norm: f64) -> Option<Point> {
        let wanted = (norm * self.design.nrows() as f64).sqrt();
        let mut low = match self.by_patterns {
            true => 0.0,
            false => -self.matrix.diagonal().min(),
        };
        let mut high = (&self.design * &self.target).norm() / wanted;
        let (mut lambda, mut best) = (0.0, None);
        for _ in 0..TRIALS {
            let mut next = f64::NAN;
            match self.factor(lambda) {
                None => low = lambda,
                Some(factor) => {
                    let weights = self.weights(&factor);
                    let length = weights.norm();
                    let excess = length / wanted - 1.0;
                    if excess > 0.0 {
                        low = lambda;
                    } else {
                        high = lambda;
                    }
                    let change = if self.by_patterns {
                        let twice = factor.solve(&factor.solve(&self.target));
                        weights.dot(&(&self.design * twice))
                    } else {
                        weights.dot(&factor.solve(&weights))
                    };
                    next = lambda + length * length / change * excess;
                    best = Some(weights);
                    if excess.abs() < MISFIT {
                        break;
                    }
                }
            }
            lambda = if next > low && next < high {
                next
            } else {
                0.5 * (low + high)
            };
        }
        let weights = best?;
        let misfit = weights.norm() / wanted - 1.0;
        (misfit.abs() < 1e-8).then(|| with_bias(task, weights * (1.0 + misfit).recip()))
    }

    /// The shortest interpolator lengthened to `|w|² = N Q` by a random vector that no pattern sees;
    /// none where it is longer already.
    pub(super) fn lengthened(
        &self,
        task: &Task,
        norm: f64,
        (seed, sample): (u64, u64),
    ) -> Option<Point> {
        if !self.by_patterns {
            return None;
        }
        let factor = self.factor(0.0)?;
        let shortest = self.weights(&factor);
        let n = shortest.len();
        let missing = norm * n as f64 - shortest.norm_squared();
        if missing < 0.0 {
            return None;
        }
        let mut rng: ChaCha8Rng = stream(seed, sample, UNSEEN);
        let mut unseen = DVector::from_fn(n, |_, _| StandardNormal.sample(&mut rng));
        unseen -= &self.design * factor.solve(&self.design.tr_mul(&unseen));
        let length = unseen.norm();
        Some(with_bias(
            task,
            shortest + unseen * (missing.sqrt() / length),
        ))
    }
}

/// The best bias of these weights.
fn with_bias(task: &Task, weights: DVector<f64>) -> Point {
    let mut point = task.point(weights, 0.0);
    let labels = &task.training.labels;
    point.bias = match task.bias {
        Bias::Fixed(bias) => bias,
        Bias::Learned => {
            let miss = point.fields.map(|field| 1.0 - field);
            labels.dot(&miss) / labels.len() as f64
        }
    };
    point
}
