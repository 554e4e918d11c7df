//! Labelled patterns to be learned, and points of the space of classifiers.

use crate::message_passing::{Instance, Patterns};
use crate::model::Bias;
use crate::model::Constraint;
use nalgebra::{DMatrix, DVector};

/// Patterns in the units of the stability `s_μ = ξ_μ·w/√N + y_μ b`.
#[derive(Clone, Debug)]
pub struct Training {
    /// Column `μ` is `ξ_μ/√N`, the label absorbed.
    pub(in crate::search) design: DMatrix<f64>,
    /// Labels `y_μ = ±1`.
    pub(in crate::search) labels: DVector<f64>,
    /// Whether they are a user's own, and not drawn.
    given: bool,
}

/// Weights, bias, and what patterns feel of the weights.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) weights: DVector<f64>,
    pub(super) bias: f64,
    /// `ξ_μ·w/√N`, without the bias.
    pub(super) fields: DVector<f64>,
}

/// Which classifiers are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'a> {
    pub(super) training: &'a Training,
    pub(super) bias: Bias,
    pub(super) constraint: Constraint,
}

impl Training {
    /// The patterns of an instance of clusters; none where it has no labels.
    pub fn of(instance: &Instance) -> Option<Self> {
        let clusters = instance.clusters.as_ref()?;
        let labels = DVector::from_column_slice(&clusters.labels);
        let patterns = &instance.patterns;
        let (m, n) = (patterns.rows(), patterns.columns());
        let scale = (n as f64).sqrt().recip();
        let design = match patterns {
            Patterns::Real(matrix) => DMatrix::from_column_slice(n, m, matrix.values()) * scale,
            Patterns::Signs(matrix) => DMatrix::from_fn(n, m, |i, mu| matrix.sign(mu, i) * scale),
        };
        Some(Training {
            design,
            labels,
            given: clusters.axis.is_none(),
        })
    }

    /// Whether they are a user's own: nothing is known of their law.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// Number of weights `N`.
    pub fn weights(&self) -> usize {
        self.design.nrows()
    }

    /// Number of patterns `M`.
    pub fn patterns(&self) -> usize {
        self.design.ncols()
    }

    /// Stabilities of a classifier on these patterns.
    ///
    /// # Panics
    /// If there is not one weight for each entry of a pattern.
    pub fn stabilities(&self, weights: &[f64], bias: f64) -> Vec<f64> {
        let mut stabilities = self.fields(&DVector::from_column_slice(weights));
        stabilities.axpy(bias, &self.labels, 1.0);
        stabilities.as_slice().to_vec()
    }

    /// Whether all labels are the same.
    pub(super) fn is_one_sided(&self) -> bool {
        self.labels.iter().all(|y| *y == self.labels[0])
    }

    pub(in crate::search) fn fields(&self, weights: &DVector<f64>) -> DVector<f64> {
        self.design.tr_mul(weights)
    }
}

impl Task<'_> {
    pub(super) fn is_bias_free(&self) -> bool {
        self.bias == Bias::Learned
    }

    /// The point of these weights and bias.
    pub(super) fn point(&self, weights: DVector<f64>, bias: f64) -> Point {
        Point {
            fields: self.training.fields(&weights),
            weights,
            bias,
        }
    }

    /// Where a search starts: nowhere with a ridge, at Hebb's rule of the wanted norm on a sphere.
    pub(super) fn start(&self) -> Point {
        let training = self.training;
        let bias = match self.bias {
            Bias::Fixed(bias) => bias,
            Bias::Learned => 0.0,
        };
        let weights = match self.constraint {
            Constraint::Ridge(_) => DVector::zeros(training.weights()),
            Constraint::Norm(norm) => {
                let sum = training.design.column_sum();
                let wanted = (norm * training.weights() as f64).sqrt();
                let length = sum.norm();
                // Patterns that cancel leave every direction as good as any other.
                if length > 0.0 {
                    sum * (wanted / length)
                } else {
                    DVector::from_element(training.weights(), norm.sqrt())
                }
            }
        };
        self.point(weights, bias)
    }
}
