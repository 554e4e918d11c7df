//! What a solver needs to know about a functional.

use crate::math::{GaussMeasure, Rows, pair};
use crate::model::{Control, Parameters};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// Quadrature nodes of a functional, frozen while Newton runs (GA.7).
#[derive(Clone, Debug)]
pub struct Nodes {
    /// Nodes of the average over the entropic field.
    pub entropic: GaussMeasure,
    /// Nodes of the average over the cavity field.
    pub energetic: GaussMeasure,
    /// Nodes for patterns of negative label, where these have their own (MX.14).
    pub negative: Option<GaussMeasure>,
    /// Steps of the inner sums where the two averages are over pairs of fields (GA.8).
    pub steps: Steps,
    /// Inner nodes of averages over pairs of fields, where these are batches (GA.26).
    pub inner: Inner,
}

/// Inner nodes of averages over pairs of fields (GA.26).
#[derive(Clone, Debug, Default)]
pub struct Inner {
    /// Those of the entropic average.
    pub entropic: Option<Rows>,
    /// Those of the energetic average over each class of patterns.
    pub energetic: [Option<Rows>; 2],
    /// Steps of tables in which the innermost functions are looked up, where they are (GA.9).
    pub tables: [f64; 2],
}

/// A refined rule has tables of steps shorter by this factor: their error falls by its sixth power.
const FINER_TABLE: f64 = 0.5;

impl Inner {
    fn refined(&self, entropic: &GaussMeasure, energetic: [&GaussMeasure; 2]) -> Self {
        let refine = |rows: &Option<Rows>, outer: &GaussMeasure| {
            rows.as_ref().map(|r| r.refined(outer.positions()))
        };
        Inner {
            entropic: refine(&self.entropic, entropic),
            energetic: [0, 1].map(|i| refine(&self.energetic[i], energetic[i])),
            tables: self.tables.map(|step| FINER_TABLE * step),
        }
    }
}

/// Steps of the inner trapezoidal sums of averages over pairs of fields (GA.8).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Steps {
    /// That of the entropic average.
    pub entropic: f64,
    /// That of the energetic average.
    pub energetic: f64,
}

impl Nodes {
    /// Nodes of one-dimensional averages.
    pub fn new(entropic: GaussMeasure, energetic: GaussMeasure) -> Self {
        Nodes {
            entropic,
            energetic,
            negative: None,
            steps: Steps::default(),
            inner: Inner::default(),
        }
    }

    /// Nodes of one-dimensional averages over one or two classes of patterns.
    pub fn of_classes(
        entropic: GaussMeasure,
        mut energetic: impl Iterator<Item = GaussMeasure>,
    ) -> Self {
        let first = energetic.next().unwrap_or_else(GaussMeasure::empty);
        Nodes {
            negative: energetic.next(),
            ..Nodes::new(entropic, first)
        }
    }

    /// The nodes of the class of patterns at this place in their list.
    pub fn of_class(&self, place: usize) -> &GaussMeasure {
        match &self.negative {
            Some(negative) if place > 0 => negative,
            _ => &self.energetic,
        }
    }

    /// The same rule with finer panels and steps.
    pub fn refined(&self) -> Self {
        let (entropic, energetic) = (self.entropic.refined(), self.energetic.refined());
        let negative = self.negative.as_ref().map(GaussMeasure::refined);
        let second = negative.as_ref().unwrap_or(&energetic);
        Nodes {
            inner: self.inner.refined(&entropic, [&energetic, second]),
            entropic,
            energetic,
            negative,
            steps: Steps {
                entropic: pair::REFINEMENT * self.steps.entropic,
                energetic: pair::REFINEMENT * self.steps.energetic,
            },
        }
    }
}

/// Value and exact derivatives of a functional at one point.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The functional (free entropy per weight).
    pub value: f64,
    /// Sum of the magnitudes of its terms: what its rounding error is relative to.
    pub magnitude: f64,
    /// Gradient in the unconstrained coordinates.
    pub gradient: DVector<f64>,
    /// Hessian in the unconstrained coordinates.
    pub hessian: DMatrix<f64>,
    /// Partial derivative with respect to the control parameter.
    pub control_slope: f64,
    /// Second partial derivative with respect to the control parameter.
    pub control_bend: f64,
    /// Mixed derivatives of gradient and control parameter.
    pub mixed: DVector<f64>,
    /// Error of the value according to averages whose result is known: zero where there are none.
    pub defect: f64,
    /// Replicon, where the averages that are taken anyhow give it.
    pub replicon: Option<f64>,
}

impl Evaluation {
    /// `dx/dcontrol` along the branch (S.6); none where the Hessian is singular.
    pub fn tangent(&self) -> Option<DVector<f64>> {
        self.hessian.clone().lu().solve(&(-&self.mixed))
    }

    /// The step to where the gradient vanishes, to first order; none where the Hessian is singular.
    pub fn step(&self) -> Option<DVector<f64>> {
        self.hessian.clone().lu().solve(&(-&self.gradient))
    }

    /// The step to where the gradient vanishes, lengthened by what rounding of the gradient moves it: a
    /// component is a difference of terms that a unit step of a coordinate changes by about themselves.
    pub(super) fn reach(&self) -> Option<DVector<f64>> {
        let inverse = self.hessian.clone().try_inverse()?;
        let step = -&inverse * &self.gradient;
        let terms = DVector::from_fn(step.len(), |i, _| self.hessian.row(i).amax());
        let blur = inverse.abs() * terms * (8.0 * f64::EPSILON);
        Some(step.zip_map(&blur, |step, blur| step + blur.copysign(step)))
    }

    /// Rounding error of the value.
    pub fn rounding(&self) -> f64 {
        32.0 * f64::EPSILON * (1.0 + self.magnitude)
    }

    /// How many eigenvalues of the Hessian are positive (S.21).
    pub fn positive(&self) -> usize {
        if self.hessian.iter().any(|h| !h.is_finite()) {
            return 0;
        }
        let eigenvalues = balanced(&self.hessian).symmetric_eigenvalues();
        eigenvalues.iter().filter(|e| **e > 0.0).count()
    }
}

/// Rounds of balancing: each halves the logarithms of what is left.
const ROUNDS: usize = 12;

/// `D H D` with a diagonal `D` that makes the largest entry of every row about one: this leaves the
/// signs of the eigenvalues and makes them certain, also where diagonal entries vanish but for rounding.
fn balanced(hessian: &DMatrix<f64>) -> DMatrix<f64> {
    let mut scaled = hessian.clone();
    for _ in 0..ROUNDS {
        let largest: Vec<f64> = scaled.row_iter().map(|row| row.amax()).collect();
        let root = |i: usize| match largest[i] {
            0.0 => 1.0,
            size => size.sqrt(),
        };
        for i in 0..scaled.nrows() {
            for j in 0..scaled.ncols() {
                scaled[(i, j)] /= root(i) * root(j);
            }
        }
    }
    scaled
}

/// A functional whose saddle points are wanted, in unconstrained coordinates `x ∈ Rⁿ`.
pub trait Stationary: Send + Sync {
    /// Number of coordinates.
    fn dimension(&self) -> usize;

    /// Places the quadrature nodes for the neighbourhood of `x`.
    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes;

    /// Fewer nodes, for coordinates that are starts of what is solved again: points of a branch and
    /// steps of an iteration. Averages on them are accurate to about 1e-9.
    fn sketch(&self, x: &[f64], p: &Parameters) -> Nodes {
        self.freeze(x, p)
    }

    /// Value, gradient, Hessian, and their derivatives with respect to `control`.
    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation;

    /// The saddle-point equations as dimensionless residuals: the gradient, rescaled so that an
    /// order parameter near its bound is measured against its distance from it.
    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64>;

    /// One step of the self-consistent iteration, from the gradient.
    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64>;

    /// How far the point may be from where the nodes were placed. Kinks in the integrand, at which
    /// panels end, ask for much less than the default.
    fn placement_tolerance(&self) -> f64 {
        1e-3
    }

    /// Whether `x` lies where the functional can be evaluated without loss of accuracy.
    fn admissible(&self, x: &[f64], _p: &Parameters) -> bool {
        x.iter().all(|t| t.abs() < 80.0)
    }
}

/// What a solution cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SolveStats {
    /// Evaluations of value, gradient and Hessian.
    pub evaluations: usize,
    /// Newton steps taken.
    pub newton_steps: usize,
    /// Fixed-point steps taken.
    pub fixed_point_steps: usize,
}

impl std::ops::AddAssign for SolveStats {
    fn add_assign(&mut self, other: Self) {
        self.evaluations += other.evaluations;
        self.newton_steps += other.newton_steps;
        self.fixed_point_steps += other.fixed_point_steps;
    }
}

/// A converged saddle point.
#[derive(Clone, Debug)]
pub struct Solution {
    /// Unconstrained coordinates.
    pub x: Vec<f64>,
    /// Value of the functional.
    pub value: f64,
    /// Absolute error of the value, from refining the quadrature and from rounding.
    pub value_error: f64,
    /// Largest absolute scaled residual.
    pub residual: f64,
    /// Total derivative of the value with respect to the control parameter (the coordinates being
    /// stationary, its partial derivative).
    pub control_slope: f64,
    /// Second total derivative of the value with respect to the control parameter, where the
    /// Hessian is regular.
    pub control_bend: Option<f64>,
    /// `dx/dcontrol` along the branch, where the Hessian is regular.
    pub tangent: Option<Vec<f64>>,
    /// How far the true saddle point may be: where the gradient that is left and its rounding put it,
    /// to first order; none where the Hessian is singular.
    pub moved: Option<Vec<f64>>,
    /// That of the last [`Evaluation`].
    pub replicon: Option<f64>,
    /// How many eigenvalues of the Hessian are positive: the same all over a stretch of a branch
    /// between two folds.
    pub positive: usize,
    /// The coarse rule, where it is of one-dimensional averages.
    pub nodes: Option<Arc<Nodes>>,
    /// What it cost.
    pub stats: SolveStats,
}

impl Solution {
    /// The solution at coordinates `x`, from the functional on the refined rule, its value on the
    /// coarse one, and the scaled residual reached.
    pub fn of(
        x: Vec<f64>,
        fine: &Evaluation,
        coarse: f64,
        residual: f64,
        stats: SolveStats,
    ) -> Self {
        let tangent = fine.tangent();
        let moved = fine.reach().map(|reach| {
            let both = x.iter().zip(reach.iter());
            both.map(|(x, d)| x + d).collect()
        });
        Solution {
            x,
            value: fine.value,
            value_error: (fine.value - coarse).abs() + fine.defect + fine.rounding(),
            residual,
            control_slope: fine.control_slope,
            control_bend: tangent
                .as_ref()
                .map(|t| fine.control_bend + fine.mixed.dot(t)),
            moved,
            tangent: tangent.map(|t| t.as_slice().to_vec()),
            replicon: fine.replicon,
            positive: fine.positive(),
            nodes: None,
            stats,
        }
    }

    /// The same solution with the coarse rule that it was found on, for what is measured there. Those of
    /// averages over pairs of fields are too large to be kept.
    pub(super) fn on(mut self, rule: Nodes) -> Self {
        let small = rule.inner.entropic.is_none() && rule.inner.energetic[0].is_none();
        self.nodes = small.then(|| Arc::new(rule));
        self
    }
}

/// Why there is no saddle point.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NotConverged {
    /// The iteration stalled or ran out of steps at this residual.
    #[error("stalled at residual {residual:e}")]
    Stalled {
        /// Largest scaled residual reached.
        residual: f64,
    },
    /// The iteration left the domain of the order parameters.
    #[error("left the domain of the order parameters")]
    Escaped,
}

impl NotConverged {
    /// The scaled residual reached: infinite outside the domain.
    pub fn residual(self) -> f64 {
        match self {
            NotConverged::Stalled { residual } => residual,
            NotConverged::Escaped => f64::INFINITY,
        }
    }
}

/// Largest absolute entry; infinite if any entry is not finite.
pub fn norm(r: &[f64]) -> f64 {
    r.iter().fold(0.0, |m: f64, x| {
        if x.is_finite() {
            m.max(x.abs())
        } else {
            f64::INFINITY
        }
    })
}
