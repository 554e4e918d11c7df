//! Finite mixtures of two clusters (MX.50).
//!
//! | symbol | meaning |
//! | --- | --- |
//! | `v` | axis from the middle to the cluster of label +1, `|v|² = N` |
//! | `y^μ` | labels, so many of +1 as the fraction says, in random order |
//! | `ξ^μ = y^μ x^μ` | rows of the patterns: `v/√N + √Δ z` |

use super::patterns::RealMatrix;
use crate::model::Mixture;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What is known of labelled patterns beside the patterns, into which the labels are absorbed.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// Label ±1 of each pattern.
    pub labels: Vec<f64>,
    /// The axis `v` of the clusters, `|v|² = N`; none for a user's own patterns.
    pub axis: Option<Vec<f64>>,
}

impl Clusters {
    /// Number of patterns of label +1.
    pub fn positive(&self) -> usize {
        self.labels.iter().filter(|y| **y > 0.0).count()
    }
}

/// Labels of `m` patterns: `round(ρ m)` of them are +1. Their number is not drawn, because its
/// scatter would move every average by the order of `1/√N`.
fn labels(m: usize, mixture: &Mixture, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let positive = (mixture.rho() * m as f64).round() as usize;
    let sign = |mu: usize| if mu < positive { 1.0 } else { -1.0 };
    let mut labels: Vec<f64> = (0..m).map(sign).collect();
    labels.shuffle(rng);
    labels
}

/// Draws `m` patterns around the two ends of this axis, labels first, then row by row.
pub(super) fn draw(
    m: usize,
    mixture: &Mixture,
    axis: Vec<f64>,
    rng: &mut ChaCha8Rng,
) -> (RealMatrix, Clusters) {
    let labels = labels(m, mixture, rng);
    let (root, width) = ((axis.len() as f64).sqrt(), mixture.delta().sqrt());
    // The noise is as likely as its opposite: it need not be multiplied by the label.
    let matrix = RealMatrix::from_fn(m, axis.len(), |_, i| {
        let noise: f64 = StandardNormal.sample(rng);
        axis[i] / root + width * noise
    });
    let axis = Some(axis);
    (matrix, Clusters { labels, axis })
}

#[cfg(test)]
mod tests {
    use crate::message_passing::{Instance, InstanceSpec, Patterns, TeacherWeights};
    use crate::model::Mixture;

    #[test]
    fn counts_and_norm_are_exact_and_moments_are_those_of_the_mixture() {
        let mixture = Mixture::new(0.7, 0.3).unwrap();
        let spec = InstanceSpec::mixture(200, 2.0, mixture);
        let instance = Instance::sample(&spec, 3, 1);
        assert_eq!(instance, Instance::sample(&spec, 3, 1));
        assert_ne!(instance, Instance::sample(&spec, 3, 2));
        let clusters = instance.clusters.clone().unwrap();
        assert_eq!((clusters.labels.len(), clusters.positive()), (400, 120));
        assert_ne!(clusters.labels[..120], [1.0; 120]);
        let axis = clusters.axis.unwrap();
        let square: f64 = axis.iter().map(|v| v * v).sum();
        assert!((square - 200.0).abs() < 1e-10);
        let Patterns::Real(matrix) = &instance.patterns else {
            panic!("bits")
        };
        let root = 200_f64.sqrt();
        let (mut along, mut around) = (0.0, 0.0);
        for mu in 0..400 {
            let row = matrix.row(mu);
            along += row.iter().zip(&axis).map(|(x, v)| x * v).sum::<f64>() / root;
            let off = |(x, v): (&f64, &f64)| (x - v / root).powi(2);
            around += row.iter().zip(&axis).map(off).sum::<f64>();
        }
        // Standard errors: √(Δ/M) along the axis, Δ√(2/NM) of the variance.
        assert!((along / 400.0 - 1.0).abs() < 4.0 * (0.7_f64 / 400.0).sqrt());
        let variance = around / 80_000.0;
        assert!((variance - 0.7).abs() < 4.0 * 0.7 * (2.0_f64 / 80_000.0).sqrt());
        assert_eq!(instance.patterns.bytes() as u64, Instance::memory(&spec));
    }

    #[test]
    fn an_axis_of_signs() {
        let mixture = Mixture::new(1.0, 0.5).unwrap();
        let spec = InstanceSpec {
            weights: TeacherWeights::Binary,
            ..InstanceSpec::mixture(50, 1.0, mixture)
        };
        let axis = Instance::sample(&spec, 1, 0)
            .clusters
            .unwrap()
            .axis
            .unwrap();
        assert!(axis.iter().all(|v| v.abs() == 1.0));
        assert!(axis.iter().any(|v| *v < 0.0) && axis.iter().any(|v| *v > 0.0));
    }
}
