//! Newton's method on a sum of smooth costs of the stabilities: directions by conjugate gradients,
//! steps by a search along the direction (MX.51).
//!
//! | symbol | meaning |
//! | --- | --- |
//! | `f_μ(s)` | cost of pattern `μ` at stability `s`, with slope and curvature |
//! | `g`, `H` | gradient and Hessian in `(w, b)`, on a sphere their tangent part |
//! | `λ` | strength of the ridge, or the multiplier `-w·∇/|w|²` of a norm |

use super::training::{Point, Task};
use crate::model::Constraint;
use nalgebra::{DMatrix, DVector, DVectorViewMut};

/// Value, slope and curvature of the cost of pattern `μ` at a stability.
pub(super) type Cost<'a> = dyn Fn(usize, f64) -> [f64; 3] + 'a;

/// Most steps; a dozen is common.
const STEPS: usize = 300;
/// Largest part of the gradient that a direction may leave.
const FORCING: f64 = 0.1;
/// Steps after which a gradient that does not fall any more is as small as rounding lets it be.
const STALLED: usize = 4;
/// Share of the slope along a direction that may be left after a step.
const SLOPE: f64 = 0.5;
/// Trials of a step.
const TRIALS: usize = 60;
/// Part of the patterns below which those without curvature are left out of products.
const SPARSE: f64 = 0.7;

/// The cost and its first derivatives at a point.
pub(super) struct Slope {
    /// Sum of the costs, ridge included.
    pub(super) value: f64,
    /// Strength of the ridge, or the multiplier of the norm.
    pub(super) lambda: f64,
    /// Slopes `f′_μ`.
    pub(super) slopes: DVector<f64>,
    /// Gradient in `(w, √M b)`, the last entry zero where the bias is given.
    pub(super) gradient: DVector<f64>,
    pub(super) bends: DVector<f64>,
    /// Euclidean norm of the gradient in `(w, b)`.
    pub(super) norm: f64,
}

/// Minimisation of the same kind of costs.
pub(super) struct Newton<'a> {
    pub(super) task: Task<'a>,
    pub(super) cost: &'a Cost<'a>,
}

impl Newton<'_> {
    /// Steps from a point until the gradient is below `goal` or falls no more; a point at which
    /// `stop` holds ends them as well. The number of steps is added to `steps`.
    pub(super) fn descend(
        &self,
        point: &mut Point,
        goal: f64,
        stop: &dyn Fn(&Point) -> bool,
        steps: &mut usize,
    ) -> Slope {
        let mut at = self.slope(point);
        let (first, mut least, mut stalled) = (at.norm, at.norm, 0);
        for _ in 0..STEPS {
            if at.norm <= goal || !at.norm.is_finite() || stop(point) || stalled == STALLED {
                break;
            }
            let forcing = FORCING.min(at.norm / first);
            let direction = self.direction(point, &at, forcing);
            self.advance(point, &at, &direction);
            at = self.slope(point);
            *steps += 1;
            stalled = if at.norm < 0.9 * least {
                0
            } else {
                stalled + 1
            };
            least = least.min(at.norm);
        }
        at
    }

    /// Value and derivatives at a point.
    pub(super) fn slope(&self, point: &Point) -> Slope {
        let training = self.task.training;
        let (n, m) = (training.weights(), training.patterns());
        let (mut slopes, mut bends) = (DVector::zeros(m), DVector::zeros(m));
        let mut value = 0.0;
        for mu in 0..m {
            let stability = point.fields[mu] + training.labels[mu] * point.bias;
            let [cost, slope, bend] = (self.cost)(mu, stability);
            value += cost;
            slopes[mu] = slope;
            bends[mu] = bend;
        }
        let mut gradient = self.adjoint(&training.design, &training.labels, &slopes);
        let mut weights = gradient.rows_mut(0, n);
        let lambda = match self.task.constraint {
            Constraint::Ridge(lambda) => {
                value += 0.5 * lambda * point.weights.norm_squared();
                lambda
            }
            Constraint::Norm(_) => -point.weights.dot(&weights) / point.weights.norm_squared(),
        };
        weights.axpy(lambda, &point.weights, 1.0);
        if let Constraint::Norm(_) = self.task.constraint {
            // What rounding leaves along the weights is not small against a small gradient.
            project(&mut weights, &point.weights.normalize());
        }
        let by_bias = gradient[n] * (m as f64).sqrt();
        let norm = gradient.rows(0, n).norm().hypot(by_bias);
        Slope {
            value,
            lambda,
            slopes,
            gradient,
            bends,
            norm,
        }
    }

    /// `(Σ u_μ ξ_μ/√N, Σ u_μ y_μ/√M)`.
    fn adjoint(
        &self,
        design: &DMatrix<f64>,
        labels: &DVector<f64>,
        u: &DVector<f64>,
    ) -> DVector<f64> {
        let n = design.nrows();
        let mut out = DVector::zeros(n + 1);
        out.rows_mut(0, n).gemv(1.0, design, u, 0.0);
        if self.task.is_bias_free() {
            out[n] = labels.dot(u) / self.root();
        }
        out
    }

    /// Changes of the stabilities of these columns along a direction.
    fn forward(
        &self,
        design: &DMatrix<f64>,
        labels: &DVector<f64>,
        z: &DVector<f64>,
    ) -> DVector<f64> {
        let n = design.nrows();
        let mut out = design.tr_mul(&z.rows(0, n));
        out.axpy(z[n] / self.root(), labels, 1.0);
        out
    }

    fn root(&self) -> f64 {
        (self.task.training.patterns() as f64).sqrt()
    }

    /// `H d = -g` by conjugate gradients, down to the part `forcing` of `g`, or to a direction in
    /// which the curvature is not positive.
    fn direction(&self, point: &Point, at: &Slope, forcing: f64) -> DVector<f64> {
        let curved = Curved::new(self, point, at);
        let mut step = DVector::zeros(at.gradient.len());
        let mut residual = -&at.gradient;
        let mut search = residual.clone();
        let mut square = residual.norm_squared();
        let goal = square * forcing * forcing;
        for _ in 0..4 * at.gradient.len() {
            let image = curved.apply(&search);
            let bend = search.dot(&image);
            if bend <= f64::EPSILON * search.norm_squared() {
                break;
            }
            let length = square / bend;
            step.axpy(length, &search, 1.0);
            residual.axpy(-length, &image, 1.0);
            let next = residual.norm_squared();
            if next <= goal {
                break;
            }
            search *= next / square;
            search += &residual;
            square = next;
        }
        curved.tangent(&mut step);
        if step.dot(&at.gradient) < 0.0 {
            step
        } else {
            -&at.gradient
        }
    }

    /// Moves along a direction to where the slope along it has fallen enough.
    fn advance(&self, point: &mut Point, at: &Slope, direction: &DVector<f64>) {
        let training = self.task.training;
        let n = training.weights();
        let ray = Ray {
            newton: self,
            point,
            at,
            turn: direction.rows(0, n).into_owned(),
            lift: direction[n] / self.root(),
            fields: training.fields(&direction.rows(0, n).into_owned()),
        };
        let t = ray.step();
        let (turn, lift) = (ray.turn, ray.lift);
        point.weights.axpy(t, &turn, 1.0);
        point.bias += t * lift;
        if let Constraint::Norm(norm) = self.task.constraint {
            let wanted = (norm * n as f64).sqrt() / point.weights.norm();
            point.weights *= wanted;
        }
        // Not moved along with the weights: rounding would add up.
        point.fields = training.fields(&point.weights);
    }
}

/// The Hessian at a point, patterns without curvature left out.
struct Curved<'a> {
    newton: &'a Newton<'a>,
    lambda: f64,
    /// Unit vector that directions on a sphere are orthogonal to.
    normal: Option<DVector<f64>>,
    part: Option<DMatrix<f64>>,
    labels: DVector<f64>,
    bends: DVector<f64>,
}

impl<'a> Curved<'a> {
    fn new(newton: &'a Newton<'a>, point: &Point, at: &Slope) -> Self {
        let training = newton.task.training;
        let bent: Vec<usize> = (0..at.bends.len())
            .filter(|mu| at.bends[*mu] != 0.0)
            .collect();
        let few = (bent.len() as f64) < SPARSE * at.bends.len() as f64;
        let chosen = |all: &DVector<f64>| {
            if few {
                all.select_rows(&bent)
            } else {
                all.clone()
            }
        };
        Curved {
            newton,
            lambda: at.lambda,
            normal: match newton.task.constraint {
                Constraint::Ridge(_) => None,
                Constraint::Norm(_) => Some(point.weights.normalize()),
            },
            part: few.then(|| training.design.select_columns(&bent)),
            labels: chosen(&training.labels),
            bends: chosen(&at.bends),
        }
    }

    fn apply(&self, z: &DVector<f64>) -> DVector<f64> {
        let design = self
            .part
            .as_ref()
            .unwrap_or(&self.newton.task.training.design);
        let mut fields = self.newton.forward(design, &self.labels, z);
        fields.component_mul_assign(&self.bends);
        let mut image = self.newton.adjoint(design, &self.labels, &fields);
        let n = design.nrows();
        let mut weights = image.rows_mut(0, n);
        weights.axpy(self.lambda, &z.rows(0, n), 1.0);
        self.tangent(&mut image);
        image
    }

    /// Removes what leads away from the sphere.
    fn tangent(&self, z: &mut DVector<f64>) {
        if let Some(normal) = &self.normal {
            project(&mut z.rows_mut(0, normal.len()), normal);
        }
    }
}

/// Removes the part along a unit vector.
fn project(weights: &mut DVectorViewMut<f64>, normal: &DVector<f64>) {
    let along = normal.dot(weights);
    weights.axpy(-along, normal, 1.0);
}

/// The costs along a direction: a straight line, or the circle that it spans with the weights.
struct Ray<'a> {
    newton: &'a Newton<'a>,
    point: &'a Point,
    at: &'a Slope,
    turn: DVector<f64>,
    lift: f64,
    fields: DVector<f64>,
}

impl Ray<'_> {
    /// By what weights at `t` are multiplied to keep their norm.
    fn scale(&self, t: f64) -> f64 {
        match self.newton.task.constraint {
            Constraint::Ridge(_) => 1.0,
            Constraint::Norm(_) => {
                let ratio = self.turn.norm_squared() / self.point.weights.norm_squared();
                (1.0 + t * t * ratio).sqrt().recip()
            }
        }
    }

    /// Cost and its slope in `t`.
    fn at(&self, t: f64) -> [f64; 2] {
        let labels = &self.newton.task.training.labels;
        let scale = self.scale(t);
        let (mut value, mut slope, mut shrink) = (0.0, 0.0, 0.0);
        if let Constraint::Norm(_) = self.newton.task.constraint {
            let ratio = self.turn.norm_squared() / self.point.weights.norm_squared();
            shrink = -t * ratio * scale * scale * scale;
        }
        for mu in 0..labels.len() {
            let straight = self.point.fields[mu] + t * self.fields[mu];
            let shift = labels[mu] * (self.point.bias + t * self.lift);
            let [cost, by_stability, _] = (self.newton.cost)(mu, scale * straight + shift);
            value += cost;
            let change = shrink * straight + scale * self.fields[mu] + labels[mu] * self.lift;
            slope += by_stability * change;
        }
        if let Constraint::Ridge(lambda) = self.newton.task.constraint {
            let (w, d) = (&self.point.weights, &self.turn);
            let along = w.dot(d) + t * d.norm_squared();
            slope += lambda * along;
            value += 0.5 * lambda * (w.norm_squared() + t * (w.dot(d) + along));
        }
        [value, slope]
    }

    /// A step that leaves little of the slope, the full one if it does.
    fn step(&self) -> f64 {
        let [value, first] = [self.at.value, self.at(0.0)[1]];
        let slack = 1e-12 * (1.0 + value.abs());
        let (mut low, mut high, mut t) = (0.0, f64::INFINITY, 1.0);
        for _ in 0..TRIALS {
            let [cost, slope] = self.at(t);
            let falls = cost <= value + slack;
            if falls && slope.abs() <= SLOPE * first.abs() {
                return t;
            }
            if !falls || slope > 0.0 {
                high = t;
            } else {
                low = t;
            }
            t = if high.is_finite() {
                0.5 * (low + high)
            } else {
                2.0 * t
            };
        }
        // The slope is lost in rounding: whatever fell.
        if low > 0.0 { low } else { t }
    }
}
