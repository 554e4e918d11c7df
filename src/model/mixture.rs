//! Two Gaussian clusters: patterns `x = y v/√N + √Δ z` with `|v|² = N`, standard Gaussian `z` and
//! labels `y = ±1`, `P(y = 1) = ρ` (MX.1).
//!
//! | symbol | meaning |
//! | --- | --- |
//! | `Δ` | variance of the noise |
//! | `ρ` | fraction of patterns of label +1 |
//! | `Λ` | log-odds `ln ρ/(1-ρ)` |
//! | `m`, `q`, `b` | `w·v/N`, `|w|²/N` and bias of a linear classifier `sign(w·x/√N + b)` |

use crate::math::special;

/// The law of the patterns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture {
    delta: f64,
    rho: f64,
}

/// The bias of a classifier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bias {
    /// Given.
    Fixed(f64),
    /// Chosen with the weights, at no cost of its own.
    Learned,
}

/// One of the two clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// Its label `y`.
    pub label: f64,
    /// Its weight among the patterns.
    pub weight: f64,
}

impl Mixture {
    /// The mixture of noise variance `Δ > 0` and fraction `0 < ρ < 1` of label +1; none outside.
    pub fn new(delta: f64, rho: f64) -> Option<Self> {
        let valid = delta > 0.0 && delta.is_finite() && rho > 0.0 && rho < 1.0;
        valid.then_some(Mixture { delta, rho })
    }

    /// Variance `Δ` of the noise.
    pub fn delta(&self) -> f64 {
        self.delta
    }

    /// Fraction `ρ` of label +1.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// Log-odds `Λ = ln ρ/(1-ρ)`.
    pub fn log_odds(&self) -> f64 {
        self.rho.ln() - (-self.rho).ln_1p()
    }

    /// Mean label `2ρ - 1`.
    pub fn mean_label(&self) -> f64 {
        2.0 * self.rho - 1.0
    }

    /// The bias to work with: a learned one vanishes by symmetry where the clusters are balanced.
    pub fn bias(&self, bias: Bias) -> Bias {
        match bias {
            Bias::Learned if self.rho == 0.5 => Bias::Fixed(0.0),
            other => other,
        }
    }

    /// The clusters.
    pub fn classes(&self) -> [Class; 2] {
        [(1.0, self.rho), (-1.0, 1.0 - self.rho)].map(|(label, weight)| Class { label, weight })
    }

    /// Average over the clusters of a function of the label.
    pub fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.classes().iter().map(|c| c.weight * f(c.label)).sum()
    }

    /// Probability that `y (w·x/√N + b) < 0` for stabilities `N(m + y b, Δ q)` (MX.2): with
    /// `m = w·v/N` and `q = |w|²/N` the generalisation error.
    pub fn error(&self, m: f64, q: f64, bias: f64) -> f64 {
        let root = (self.delta * q).sqrt();
        self.mean(|y| special::h((m + y * bias) / root))
    }

    /// The bias of smallest error at given overlap and norm, `Δ q Λ/(2m)` (MX.3).
    pub fn best_bias(&self, m: f64, q: f64) -> f64 {
        let odds = self.log_odds();
        if odds == 0.0 {
            0.0
        } else {
            0.5 * self.delta * q * odds / m
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_bias_is_a_minimum_of_the_error() {
        for rho in [0.1, 0.4, 0.8] {
            let mixture = Mixture::new(0.7, rho).unwrap();
            let (m, q) = (0.4, 0.6);
            let best = mixture.best_bias(m, q);
            let (here, h) = (mixture.error(m, q, best), 1e-4);
            let (left, right) = (mixture.error(m, q, best - h), mixture.error(m, q, best + h));
            assert!(left > here && right > here);
            assert!((right - left).abs() < 1e-11);
        }
        assert_eq!(Mixture::new(1.0, 0.5).unwrap().best_bias(0.0, 1.0), 0.0);
    }

    #[test]
    fn what_is_no_mixture_is_refused() {
        for (delta, rho) in [
            (0.0, 0.5),
            (-1.0, 0.5),
            (1.0, 0.0),
            (1.0, 1.0),
            (f64::NAN, 0.5),
        ] {
            assert!(Mixture::new(delta, rho).is_none());
        }
    }
}
