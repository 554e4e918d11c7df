//! Newton's method with factorised Hessians, for patterns whose entries may have any scale (MX.80).
//!
//! Coordinates are those of a basis of the patterns, each column of the patterns scaled to length
//! one: condition numbers are then those of the problem, and not of its units.

use super::newton::{Cost, Slope};
use super::training::{Point, Task};
use crate::model::{Bias, Constraint};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// Most products in one Hessian: some seconds.
const PRODUCTS: f64 = 2e10;
/// Most steps.
const STEPS: usize = 300;
/// Relative change of the coordinates below which a step is as good as none, and the one up to which a
/// point that changes no less is accepted.
const SETTLED: f64 = 1e-14;
const ACCEPTED: f64 = 1e-7;
/// Steps without progress after which rounding has the last word.
const STALLED: usize = 3;
/// Most halvings of a step.
const HALVINGS: usize = 60;

/// The patterns in scaled coordinates, a row each; the last column is that of a learned bias.
pub(super) struct Dense<'a> {
    task: Task<'a>,
    pub(super) rows: DMatrix<f64>,
    /// What the columns were divided by.
    units: DVector<f64>,
    /// Orthonormal vectors that the patterns span, where there are fewer patterns than weights.
    basis: Option<DMatrix<f64>>,
    lambda: f64,
}

impl<'a> Dense<'a> {
    /// Of a task with a ridge; none for others and for patterns too many to factorise.
    pub(super) fn new(task: Task<'a>) -> Option<Self> {
        let Constraint::Ridge(lambda) = task.constraint else {
            return None;
        };
        let training = task.training;
        let (n, m) = (training.weights(), training.patterns());
        let size = n.min(m) as f64;
        if size * size * m as f64 > PRODUCTS {
            return None;
        }
        let (basis, inputs) = if m < n {
            let qr = training.design.clone().qr();
            (Some(qr.q()), qr.r().transpose())
        } else {
            (None, training.design.transpose())
        };
        let mut rows = inputs;
        if task.is_bias_free() {
            let last = rows.ncols();
            rows = rows.insert_column(last, 0.0);
            rows.set_column(last, &training.labels);
        }
        let length = |column: nalgebra::DVectorView<f64>| match column.norm() {
            0.0 => 1.0,
            length => length,
        };
        let units = DVector::from_iterator(rows.ncols(), rows.column_iter().map(length));
        for (mut column, unit) in rows.column_iter_mut().zip(units.iter()) {
            column /= *unit;
        }
        Some(Dense {
            task,
            rows,
            units,
            basis,
            lambda,
        })
    }

    fn given_bias(&self) -> f64 {
        match self.task.bias {
            Bias::Fixed(bias) => bias,
            Bias::Learned => 0.0,
        }
    }

    /// Number of coordinates of the weights.
    fn inputs(&self) -> usize {
        self.rows.ncols() - usize::from(self.task.is_bias_free())
    }

    /// Stiffness of the coordinates: that of the ridge.
    pub(super) fn stiffness(&self) -> DVector<f64> {
        let inputs = self.inputs();
        let stiff = |(i, unit): (usize, &f64)| match i < inputs {
            true => self.lambda / (unit * unit),
            false => 0.0,
        };
        DVector::from_iterator(self.units.len(), self.units.iter().enumerate().map(stiff))
    }

    /// Stabilities that a fixed bias alone gives.
    pub(super) fn offset(&self) -> DVector<f64> {
        self.task.training.labels.clone() * self.given_bias()
    }

    /// Stabilities at these coordinates.
    pub(super) fn stabilities(&self, at: &DVector<f64>) -> DVector<f64> {
        &self.rows * at + self.offset()
    }

    /// The classifier at these coordinates.
    pub(super) fn point(&self, at: &DVector<f64>) -> Point {
        let own = at.component_div(&self.units);
        let inputs = own.rows(0, self.inputs()).into_owned();
        let bias = match self.task.bias {
            Bias::Fixed(bias) => bias,
            Bias::Learned => own[self.inputs()],
        };
        self.task.point(
            match &self.basis {
                Some(basis) => basis * inputs,
                None => inputs,
            },
            bias,
        )
    }

    /// The coordinates of a classifier in the span of the patterns.
    pub(super) fn coordinates(&self, point: &Point) -> DVector<f64> {
        let inputs = match &self.basis {
            Some(basis) => basis.tr_mul(&point.weights),
            None => point.weights.clone(),
        };
        let mut at = DVector::zeros(self.units.len());
        at.rows_mut(0, inputs.len()).copy_from(&inputs);
        if self.task.is_bias_free() {
            at[inputs.len()] = point.bias;
        }
        at.component_mul_assign(&self.units);
        at
    }

    /// Moves a point to the minimum of a smooth cost; gives its slope, and whether it was reached.
    pub(super) fn descend(
        &self,
        cost: &Cost,
        point: &mut Point,
        steps: &mut usize,
    ) -> (Slope, bool) {
        let stiffness = self.stiffness();
        let mut at = self.coordinates(point);
        let (mut least, mut stalled, mut reached) = (f64::INFINITY, 0, false);
        for _ in 0..STEPS {
            let slopes = self.slopes(cost, &at);
            let Some(step) = self.direction(&slopes, &at, &stiffness) else {
                break;
            };
            let size = at.amax().max((&at + &step).amax());
            let change = if size > 0.0 { step.amax() / size } else { 0.0 };
            // Slopes along so short a step are rounding.
            reached = change <= ACCEPTED;
            let taken = match reached {
                true => 1.0,
                false => self.length(cost, &at, &step, &stiffness),
            };
            at.axpy(taken, &step, 1.0);
            *steps += 1;
            stalled = if change < 0.5 * least { 0 } else { stalled + 1 };
            least = least.min(change);
            if change <= SETTLED || reached && stalled >= STALLED || !change.is_finite() {
                break;
            }
        }
        *point = self.point(&at);
        (self.slope(cost, &at, point), reached)
    }

    /// Slopes and bends of the costs.
    fn slopes(&self, cost: &Cost, at: &DVector<f64>) -> [DVector<f64>; 2] {
        let stabilities = self.stabilities(at);
        let jets = stabilities.iter().enumerate().map(|(mu, s)| cost(mu, *s));
        let (slopes, bends): (Vec<f64>, Vec<f64>) =
            jets.map(|[_, slope, bend]| (slope, bend)).unzip();
        [slopes, bends].map(DVector::from_vec)
    }

    /// Newton's step; where the Hessian is singular that of a slightly stiffer one.
    fn direction(
        &self,
        [slopes, bends]: &[DVector<f64>; 2],
        at: &DVector<f64>,
        stiffness: &DVector<f64>,
    ) -> Option<DVector<f64>> {
        let mut bent = self.rows.clone();
        for mut column in bent.column_iter_mut() {
            column.zip_apply(bends, |x, bend| *x *= bend.max(0.0).sqrt());
        }
        let mut hessian = bent.tr_mul(&bent);
        for i in 0..hessian.nrows() {
            hessian[(i, i)] += stiffness[i];
        }
        let gradient = self.rows.tr_mul(slopes) + stiffness.component_mul(at);
        let factor = scaled_cholesky(hessian)?;
        Some(-factor.solve(&gradient))
    }

    /// Part of a step after which the cost does not rise steeply: all of it, or a half, ….
    fn length(
        &self,
        cost: &Cost,
        at: &DVector<f64>,
        step: &DVector<f64>,
        stiffness: &DVector<f64>,
    ) -> f64 {
        let along = &self.rows * step;
        let start = self.stabilities(at);
        let slope = |t: f64| {
            let moved = start.iter().zip(along.iter()).enumerate();
            let by_loss = moved.map(|(mu, (s, d))| cost(mu, s + t * d)[1] * d);
            let ridge = at.iter().zip(step.iter()).zip(stiffness.iter());
            let by_ridge = ridge.map(|((x, d), k)| k * (x + t * d) * d);
            by_loss.sum::<f64>() + by_ridge.sum::<f64>()
        };
        let first = slope(0.0).abs();
        let mut t = 1.0;
        for _ in 0..HALVINGS {
            if slope(t) <= 0.5 * first {
                return t;
            }
            t *= 0.5;
        }
        // The slope is lost in rounding.
        1.0
    }

    fn slope(&self, cost: &Cost, at: &DVector<f64>, point: &Point) -> Slope {
        let [slopes, bends] = self.slopes(cost, at);
        let training = self.task.training;
        let mut gradient = &training.design * &slopes;
        gradient.axpy(self.lambda, &point.weights, 1.0);
        let by_bias = match self.task.is_bias_free() {
            true => training.labels.dot(&slopes),
            false => 0.0,
        };
        let norm = gradient.norm().hypot(by_bias);
        Slope {
            value: f64::NAN,
            lambda: self.lambda,
            slopes,
            gradient,
            bends,
            norm,
        }
    }
}

/// A factorised matrix, its diagonal scaled to one.
pub(super) struct Scaled {
    scale: DVector<f64>,
    cholesky: Cholesky<f64, Dyn>,
}

impl Scaled {
    pub(super) fn solve(&self, right: &DVector<f64>) -> DVector<f64> {
        let right = right.component_mul(&self.scale);
        self.cholesky.solve(&right).component_mul(&self.scale)
    }
}

/// Factorises a matrix that is positive, to rounding.
pub(super) fn scaled_cholesky(mut matrix: DMatrix<f64>) -> Option<Scaled> {
    let root = |x: f64| if x > 0.0 { x.sqrt().recip() } else { 1.0 };
    let scale = matrix.diagonal().map(root);
    for (i, mut column) in matrix.column_iter_mut().enumerate() {
        column.component_mul_assign(&scale);
        column *= scale[i];
    }
    let mut added = 0.0;
    for _ in 0..8 {
        let mut stiffer = matrix.clone();
        (0..stiffer.nrows()).for_each(|i| stiffer[(i, i)] += added);
        if let Some(cholesky) = Cholesky::new(stiffer) {
            return Some(Scaled { scale, cholesky });
        }
        added = if added == 0.0 { 1e-15 } else { 10.0 * added };
    }
    None
}
