//! Patterns of a Gaussian mixture drawn from a seed.

use super::instance::stream;
use super::patterns::RealMatrix;
use crate::model::Mixture;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Patterns of two clusters, labels absorbed.
#[derive(Clone, Debug, PartialEq)]
pub struct TwoClusters {
    /// Row `μ` is `y_μ x_μ = v/√N + √Δ z`.
    pub patterns: RealMatrix,
    /// Labels: `round(ρM)` of them +1, the first ones.
    pub labels: Vec<f64>,
    /// Axis `v` of the clusters, entries ±1. Rotations of the weights do not change the noise, so
    /// for spherical weights this is any axis of `|v|² = N`.
    pub axis: Vec<f64>,
}

/// Draws `M = round(αN)` patterns. The fraction of labels +1 is that of a whole number of patterns,
/// so that means over samples scatter less (MX.68).
pub fn sample(n: usize, alpha: f64, mixture: &Mixture, seed: u64, sample: u64) -> TwoClusters {
    let mut rng = stream(seed, sample, 1);
    let axis: Vec<f64> = (0..n)
        .map(|_| if rng.next_u64() >> 63 == 1 { 1.0 } else { -1.0 })
        .collect();
    let (m, positive) = counts(n, alpha, mixture);
    let labels = (0..m).map(|mu| if mu < positive { 1.0 } else { -1.0 });
    let (noise, centre) = (mixture.delta().sqrt(), (n as f64).sqrt().recip());
    let mut rng = stream(seed, sample, 0);
    let patterns = RealMatrix::from_fn(m, n, |_, i| {
        let z: f64 = StandardNormal.sample(&mut rng);
        axis[i] * centre + noise * z
    });
    TwoClusters {
        patterns,
        labels: labels.collect(),
        axis,
    }
}

/// Patterns, and those of label +1 among them.
pub fn counts(n: usize, alpha: f64, mixture: &Mixture) -> (usize, usize) {
    let m = (alpha * n as f64).round();
    (m as usize, (mixture.rho() * m).round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centres_noise_and_counts_are_those_of_the_mixture() {
        let mixture = Mixture::new(0.5, 0.2).unwrap();
        let drawn = sample(400, 2.0, &mixture, 5, 1);
        assert_eq!(drawn, sample(400, 2.0, &mixture, 5, 1));
        assert_ne!(drawn, sample(400, 2.0, &mixture, 5, 2));
        assert_eq!(drawn.patterns.rows(), 800);
        assert_eq!(drawn.labels.iter().filter(|y| **y == 1.0).count(), 160);
        let (mut along, mut square) = (0.0, 0.0);
        for mu in 0..800 {
            let row = drawn.patterns.row(mu).iter().zip(&drawn.axis);
            for (x, v) in row {
                along += x * v / 20.0;
                square += x * x;
            }
        }
        // 800 projections of variance Δ, 320 000 entries of variance Δ around 1/20.
        assert!((along / 800.0 - 1.0).abs() < 4.0 * (0.5f64 / 800.0).sqrt());
        let spread = square / 320_000.0 - 1.0 / 400.0;
        assert!((spread - 0.5).abs() < 4.0 * 0.5 * (2.0f64 / 320_000.0).sqrt());
    }
}
