//! Averages over the cavity field `ω = μ + σ z` of the patterns of one cluster (MX.13).

use crate::math::gauss::CUT;
use crate::math::real::{self, Dual2};
use crate::math::{Feature, GaussMeasure};
use crate::model::mixture::Class;
use crate::model::{Bias, Mixture};
use crate::solve::{Evaluation, Nodes};
use nalgebra::{DMatrix, DVector};

/// Panels on a feature may be this much longer than those on a kink of its width: singularities of
/// the local functions lie a multiple of it off the real axis. What that leaves is resolved.
const SMOOTH: f64 = 2.0;

/// Mean and width of the cavity field of one cluster.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// `m + y b`.
    pub mean: f64,
    /// `√(Δq)`.
    pub width: f64,
}

impl Field {
    /// Nodes for an integrand with these features in `ω`.
    pub fn roughly(&self, features: &[Feature]) -> GaussMeasure {
        let seen: Vec<Feature> = features
            .iter()
            .map(|f| Feature {
                centre: (f.centre - self.mean) / self.width,
                width: SMOOTH * f.width / self.width,
            })
            .filter(|f| f.centre.abs() < CUT + f.width)
            .collect();
        GaussMeasure::graded(&seen)
    }
}

/// The clusters that have to be averaged over: without bias both have the same stabilities.
pub fn classes(mixture: &Mixture, bias: Bias) -> Vec<Class> {
    match mixture.bias(bias) {
        Bias::Fixed(0.0) => vec![Class {
            label: 1.0,
            weight: 1.0,
        }],
        _ => mixture.classes().to_vec(),
    }
}

/// The nodes that belong to a cluster.
pub fn nodes_of<'a>(rule: &'a Nodes, class: &Class) -> &'a GaussMeasure {
    match &rule.negative {
        Some(negative) if class.label < 0.0 => negative,
        _ => &rule.energetic,
    }
}

/// Nodes for the clusters, in their order.
pub fn place(classes: &[Class], nodes: impl Fn(&Class) -> GaussMeasure) -> Nodes {
    let mut measures = classes.iter().map(nodes);
    let energetic = measures.next().unwrap_or_else(|| GaussMeasure::graded(&[]));
    Nodes {
        negative: measures.next(),
        ..Nodes::new(GaussMeasure::graded(&[]), energetic)
    }
}

/// An evaluation from a dual number whose last variable is the control, in the free coordinates.
pub(super) fn evaluation<const N: usize>(
    total: &Dual2<N>,
    free: &[usize],
    control: usize,
    terms: [Dual2<N>; 3],
) -> Evaluation {
    let (gradient, hessian) = (real::gradient(total), real::hessian(total));
    let n = free.len();
    Evaluation {
        value: total.re,
        magnitude: terms.iter().map(|t| t.re.abs()).sum(),
        gradient: DVector::from_fn(n, |i, _| gradient[free[i]]),
        hessian: DMatrix::from_fn(n, n, |i, j| hessian[free[i]][free[j]]),
        control_slope: gradient[control],
        control_bend: hessian[control][control],
        mixed: DVector::from_fn(n, |i, _| hessian[free[i]][control]),
        defect: 0.0,
        replicon: None,
    }
}
