//! Patterns in two clusters as an ensemble (`theory/gaussian-mixture.md`).

use super::ensemble::Ensemble;
use super::mixture::gibbs::MixtureRs;
use super::mixture::learning::Learning;
use super::mixture::risk::{Constraint, Risk};
use super::mixture::separability::separability;
use crate::model::loss::ZeroSet;
use crate::model::{Bias, Data, Mixture, scalar};
use std::sync::Arc;

/// Patterns in two clusters, and the bias of their classifier.
pub struct Clusters {
    /// Law of the patterns.
    pub mixture: Mixture,
    /// The bias.
    pub bias: Bias,
    /// Ground states on the sphere of losses that do not jump.
    pub(super) learning: Option<Learning>,
}

impl Clusters {
    /// A bias to start from: that of the last classifier that satisfies every pattern.
    pub(super) fn first_bias(&self, set: ZeroSet) -> f64 {
        separability(&self.mixture, self.bias, among_clusters(set)).map_or(0.0, |s| s.bias)
    }
}

/// The zero set in the terms of the theory of clusters, which has no loss that vanishes on an interval
/// only.
pub(super) fn among_clusters(set: ZeroSet) -> scalar::ZeroSet {
    match set {
        ZeroSet::HalfLine(edge) => scalar::ZeroSet::HalfLine(edge),
        ZeroSet::Point(y) => scalar::ZeroSet::Point(y),
        ZeroSet::Interval(..) | ZeroSet::Empty => scalar::ZeroSet::Empty,
    }
}

impl Ensemble {
    /// The model of this prior and loss, both as objects and as numbers of any type, for patterns in
    /// two clusters, with default tolerances.
    pub fn mixture<P: scalar::Prior + 'static, L: scalar::Loss + 'static>(
        objects: (
            Arc<dyn crate::model::prior::Prior>,
            Arc<dyn crate::model::loss::Loss>,
        ),
        prior: P,
        loss: L,
        mixture: Mixture,
        bias: Bias,
    ) -> Self {
        let norm = Constraint::Norm(1.0);
        let mut model = Ensemble::new(objects.0, objects.1, Data::Storage);
        model.clusters = Some(Clusters {
            mixture,
            bias,
            learning: Learning::of(loss.clone(), mixture, bias, norm),
        });
        model.ground = Box::new(Risk {
            loss: loss.clone(),
            mixture,
            bias,
            constraint: norm,
            careful: true,
        });
        model.rs = Box::new(MixtureRs {
            prior,
            loss,
            mixture,
            bias,
        });
        model
    }
}
