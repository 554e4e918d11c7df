//! Finite patterns of two clusters, and classifiers on them.

use crate::message_passing::{Biased, Clusters, Instance, InstanceSpec, Patterns, TeacherWeights};
use crate::model::{Bias, Mixture};
use crate::search::minimiser::Training;

/// Patterns of two clusters, `|v|² = N`.
pub(super) struct Drawn {
    pub patterns: Patterns,
    pub labels: Vec<f64>,
    pub axis: Vec<f64>,
}

/// Draws a sample: rows `y x`, labels and axis. The axis has entries ±1, which binary weights need
/// and spherical ones do not notice.
pub(super) fn draw(
    n: usize,
    alpha: f64,
    mixture: &Mixture,
    (seed, sample): (u64, u64),
) -> Option<Drawn> {
    let spec = InstanceSpec {
        weights: TeacherWeights::Binary,
        ..InstanceSpec::mixture(n, alpha, *mixture)
    };
    let Instance {
        patterns, clusters, ..
    } = Instance::sample(&spec, seed, sample);
    let Clusters { labels, axis } = clusters?;
    Some(Drawn {
        patterns,
        labels,
        axis: axis?,
    })
}

/// A classifier on one sample.
#[derive(Clone, Debug)]
pub(super) struct Classifier {
    pub weights: Vec<f64>,
    pub bias: f64,
}

impl Drawn {
    /// The patterns as classifiers are trained on them.
    pub fn training(&self) -> Option<Training> {
        Training::of(&Instance {
            patterns: self.patterns.clone(),
            teacher: None,
            clusters: Some(Clusters {
                labels: self.labels.clone(),
                axis: None,
            }),
        })
    }

    pub fn biased(&self, mixture: &Mixture, bias: Bias) -> Biased {
        Biased {
            variance: mixture.delta(),
            labels: self.labels.clone(),
            bias,
        }
    }

    /// Fraction of patterns that a classifier gets wrong.
    pub fn training_error(&self, found: &Classifier) -> f64 {
        let root = (found.weights.len() as f64).sqrt();
        let fields = self.patterns.preactivations(&found.weights);
        let wrong = fields
            .zip(&self.labels)
            .filter(|(field, y)| field / root + *y * found.bias < 0.0);
        wrong.count() as f64 / self.labels.len() as f64
    }

    /// The posterior mean of the axis with its bias (MX.4, MX.6).
    pub fn bayes_optimal(&self, mixture: &Mixture) -> Classifier {
        let (n, m) = (self.axis.len(), self.labels.len());
        let mut sum = vec![0.0; n];
        for mu in 0..m {
            for (i, sum) in sum.iter_mut().enumerate() {
                *sum += self.patterns.entry(mu, i);
            }
        }
        let load = m as f64 / n as f64;
        let scale = 1.0 / ((load + mixture.delta()) * (n as f64).sqrt());
        Classifier {
            weights: sum.iter().map(|x| scale * x).collect(),
            bias: 0.5 * mixture.delta() * mixture.log_odds(),
        }
    }
}

/// `a·b/N`.
pub(super) fn overlap(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64
}
