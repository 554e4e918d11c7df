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

/// The linear equations: `(D Dᵀ + λ) w = D t`, or for fewer patterns than weights `w = D a` with
/// `(Dᵀ D + λ) a = t`. A learned bias is eliminated: its direction, the labels, is projected out of
/// `D` and `t`.
pub(super) struct Equations {
    design: DMatrix<f64>,
    target: DVector<f64>,
    factor: Cholesky<f64, Dyn>,
    matrix: DMatrix<f64>,
    /// Whether unknowns are the patterns' multipliers `a` instead of the weights.
    by_patterns: bool,
}

impl Equations {
    /// The equations at a ridge `λ ≥ 0`; none where they do not determine the weights.
    pub(super) fn new(task: &Task, lambda: f64) -> Option<Self> {
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
        for i in 0..matrix.nrows() {
            matrix[(i, i)] += lambda;
        }
        let factor = Cholesky::new(matrix.clone())?;
        // A pivot at rounding means that the equations are singular.
        let pivots = factor.l_dirty().diagonal();
        let determined = pivots.min() > 1e-7 * pivots.max();
        determined.then_some(Equations {
            design,
            target,
            factor,
            matrix,
            by_patterns,
        })
    }

    fn solve(&self, right: &DVector<f64>) -> DVector<f64> {
        let mut solution = self.factor.solve(right);
        for _ in 0..REFINEMENTS {
            let left = right - &self.matrix * &solution;
            solution += self.factor.solve(&left);
        }
        solution
    }

    /// The minimiser.
    pub(super) fn minimum(&self, task: &Task) -> Point {
        let weights = if self.by_patterns {
            &self.design * self.solve(&self.target)
        } else {
            self.solve(&(&self.design * &self.target))
        };
        with_bias(task, weights)
    }

    /// The shortest interpolator lengthened to `|w|² = N Q` by a random vector that no pattern sees;
    /// none where it is longer already.
    pub(super) fn lengthened(
        &self,
        task: &Task,
        norm: f64,
        (seed, sample): (u64, u64),
    ) -> Option<Point> {
        let shortest = self.minimum(task).weights;
        let n = shortest.len();
        let missing = norm * n as f64 - shortest.norm_squared();
        if !self.by_patterns || missing < 0.0 {
            return None;
        }
        let mut rng: ChaCha8Rng = stream(seed, sample, UNSEEN);
        let mut unseen = DVector::from_fn(n, |_, _| StandardNormal.sample(&mut rng));
        unseen -= &self.design * self.solve(&self.design.tr_mul(&unseen));
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
