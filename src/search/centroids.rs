//! What labelled patterns say of two clusters, and the classifiers that follow in closed form
//! (MX.55 to MX.58).
//!
//! | symbol | meaning |
//! | --- | --- |
//! | `û`, `ĉ` | half the difference, and half the sum, of the means of the two classes |
//! | `σ²` | variance within the classes, per entry |
//! | `τ`, `δ` | `(1/M₊ ± 1/M₋)/4`: the noise of `û` and `ĉ` has variance `σ²τ`, covariance `σ²δ` |
//! | `s`, `o` | lengths of half the difference and half the sum, noise subtracted |

use super::minimiser::Training;
use crate::model::Mixture;
use nalgebra::{DVector, Matrix2, Vector2};

/// Elongation up to which clusters count as round.
const ROUND: f64 = 1.25;
/// Part of the noise in the mean of all patterns below which it has been subtracted.
const CENTRED: f64 = 0.5;
/// Squared sine of the angle between two directions below which they are one.
const PARALLEL: f64 = 1e-12;
/// Smaller of both sizes of patterns up to which their products are formed.
const LARGEST: usize = 2000;

/// A classifier `sign(w·x/√N + b)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Weights.
    pub weights: Vec<f64>,
    /// Bias.
    pub bias: f64,
}

impl Linear {
    /// `|w|²/N`.
    pub fn q(&self) -> f64 {
        let square: f64 = self.weights.iter().map(|w| w * w).sum();
        square / self.weights.len() as f64
    }

    /// `w/√N`, by which the entries of a pattern are multiplied.
    pub fn coefficients(&self) -> Vec<f64> {
        let root = (self.weights.len() as f64).sqrt();
        self.weights.iter().map(|w| w / root).collect()
    }

    /// The same classifier with `|w|² = N Q`: the bias is rescaled with the weights.
    pub fn of_norm(self, norm: f64) -> Self {
        let scale = (norm / self.q()).sqrt();
        Linear {
            weights: self.weights.into_iter().map(|w| scale * w).collect(),
            bias: scale * self.bias,
        }
    }
}

/// Classifiers that need no iteration, from patterns of a known mixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The posterior mean of the axis, with the bias of the posterior (MX.4, MX.6).
    BayesOptimal,
    /// The mean of the patterns times their labels, without bias (MX.8).
    Hebb,
    /// The same with the bias that is best if the axis is known (MX.8).
    PlugIn,
}

impl Rule {
    /// The classifier of patterns of this mixture, whose middle is the origin.
    pub fn of(self, training: &Training, mixture: &Mixture) -> Linear {
        let alpha = training.patterns() as f64 / training.weights() as f64;
        let sum = training.design.column_sum();
        let bias = 0.5 * mixture.delta() * mixture.log_odds();
        let (over, bias) = match self {
            Rule::BayesOptimal => (alpha + mixture.delta(), bias),
            Rule::Hebb => (alpha, 0.0),
            Rule::PlugIn => (alpha, bias),
        };
        Linear {
            weights: (sum / over).as_slice().to_vec(),
            bias,
        }
    }

    /// The classifier of patterns of which nothing is known but that they lie in two round clusters:
    /// what it needs is estimated, the middle too (MX.58). Hebb's rule needs nothing. None without a
    /// signal above the noise.
    pub fn estimated(self, training: &Training, centroids: &Centroids) -> Option<Linear> {
        let root = (training.weights() as f64).sqrt();
        let odds = centroids.clusters()?.log_odds();
        let (shrinkage, middle) = match self {
            Rule::Hebb => {
                let alpha = training.patterns() as f64 / training.weights() as f64;
                let weights = (training.design.column_sum() / alpha).as_slice().to_vec();
                return Some(Linear { weights, bias: 0.0 });
            }
            Rule::PlugIn => (1.0, centroids.middle),
            Rule::BayesOptimal => {
                let square = centroids.half.norm_squared();
                (centroids.signal()?.powi(2) / square, centroids.middle)
            }
        };
        Some(Linear {
            weights: (&centroids.half * (shrinkage * root)).as_slice().to_vec(),
            bias: 0.5 * centroids.noise * odds - shrinkage * middle,
        })
    }
}

/// Centroids of labelled patterns, and the noise around them.
#[derive(Clone, Debug, PartialEq)]
pub struct Centroids {
    half: DVector<f64>,
    sum: DVector<f64>,
    /// Variance `σ²` of an entry within the classes.
    pub noise: f64,
    counts: [f64; 2],
    /// `û·c` of the true middle, estimated.
    middle: f64,
    /// Mean square over squared mean of the variances along the principal axes within the classes,
    /// one where the clusters are round, noise subtracted; none for patterns too many to tell.
    elongation: Option<f64>,
}

impl Centroids {
    /// Of these patterns; none where a class is empty or there are fewer than three patterns.
    pub fn of(training: &Training) -> Option<Self> {
        let (n, m) = (training.weights(), training.patterns());
        let positive = training.labels.iter().filter(|y| **y > 0.0).count();
        let counts = [positive as f64, (m - positive) as f64];
        if positive == 0 || positive == m || m < 3 {
            return None;
        }
        let mut means = [DVector::zeros(n), DVector::zeros(n)];
        let root = (n as f64).sqrt();
        // Columns are y x/√N.
        for (column, y) in training.design.column_iter().zip(training.labels.iter()) {
            means[usize::from(*y < 0.0)].axpy(y * root, &column, 1.0);
        }
        for (mean, count) in means.iter_mut().zip(counts) {
            *mean /= count;
        }
        let mut around = 0.0;
        for (column, y) in training.design.column_iter().zip(training.labels.iter()) {
            let mean = &means[usize::from(*y < 0.0)];
            let off = |(x, c): (&f64, &f64)| (y * root * x - c).powi(2);
            around += column.iter().zip(mean.iter()).map(off).sum::<f64>();
        }
        let elongation = elongation(training, &means);
        let [plus, minus] = means;
        let (half, sum) = ((&plus - &minus) * 0.5, (plus + minus) * 0.5);
        let noise = around / (n as f64 * (m as f64 - 2.0));
        let shared = 0.25 * (counts[0].recip() - counts[1].recip());
        Some(Centroids {
            middle: half.dot(&sum) - n as f64 * noise * shared,
            half,
            sum,
            noise,
            counts,
            elongation,
        })
    }

    /// How far from round the clusters are, where that is more than chance: mean square over squared
    /// mean of the variances along their axes (MX.84).
    pub fn elongated(&self) -> Option<f64> {
        let n = self.half.len() as f64;
        let ratio = n / (self.counts[0] + self.counts[1] - 2.0);
        let chance = 8.0 * ratio / n * (1.0 + ratio.sqrt());
        self.elongation.filter(|a| *a > ROUND + chance)
    }

    /// Whether the patterns have been moved such that their mean vanishes: then the middle of the
    /// clusters lies on their axis, and only this is left to estimate from.
    fn is_centred(&self) -> bool {
        let lean = 2.0 * self.rho() - 1.0;
        // The mean is ĉ + (2ρ - 1)û; noise alone gives it the variance σ²/M.
        let mean = &self.sum + &self.half * lean;
        let noise = self.half.len() as f64 * self.noise / (self.counts[0] + self.counts[1]);
        mean.norm_squared() <= CENTRED * noise
    }

    /// Noise `N σ²τ` of the squared length of half the difference, and `N σ²δ`.
    fn spread(&self) -> [f64; 2] {
        let scale = 0.25 * self.half.len() as f64 * self.noise;
        let [plus, minus] = self.counts.map(f64::recip);
        [scale * (plus + minus), scale * (plus - minus)]
    }

    /// Distance `s` of the clusters from the middle, noise subtracted; none where nothing is left.
    pub fn signal(&self) -> Option<f64> {
        let square = self.half.norm_squared() - self.spread()[0];
        (square > 0.0).then(|| square.sqrt())
    }

    /// Distance of the middle from the origin, noise subtracted, in units of the data; zero where
    /// nothing is left.
    pub fn offset(&self) -> f64 {
        (self.sum.norm_squared() - self.spread()[0]).max(0.0).sqrt()
    }

    /// Fraction of label +1.
    pub fn rho(&self) -> f64 {
        self.counts[0] / (self.counts[0] + self.counts[1])
    }

    /// Variance of the noise in units of the signal, `Δ = σ²/s²`: the convention `|v|² = N` (MX.56).
    pub fn delta(&self) -> Option<f64> {
        Some(self.noise / self.signal()?.powi(2))
    }

    /// The clusters in the units of the data.
    fn clusters(&self) -> Option<Mixture> {
        Mixture::new(self.noise, self.rho())
    }

    /// Estimates of a classifier that was made from these patterns: the cosine with the axis, and the
    /// probability of an error on a new pattern (MX.57). None without a signal above the noise.
    pub fn judge(&self, classifier: &Linear) -> Option<[f64; 2]> {
        let signal = self.signal()?;
        let w = DVector::from_column_slice(&classifier.weights);
        let root = (w.len() as f64).sqrt();
        let q = classifier.q();
        let on = self.kept(Vector2::new(w.dot(&self.half), w.dot(&self.sum)))? / root;
        let error = self.clusters()?.error(on.x, q, classifier.bias + on.y);
        let cosine = on.x / (signal * q.sqrt());
        (cosine.abs() <= 1.0 && error.is_finite()).then_some([cosine, error])
    }

    /// What is left of the products of a classifier with half the difference and half the sum of the
    /// means when the noise that it has learned from is subtracted.
    fn kept(&self, products: Vector2<f64>) -> Option<Vector2<f64>> {
        if self.is_centred() {
            let share = self.signal()?.powi(2) / self.half.norm_squared();
            let along = share * products.x;
            return Some(Vector2::new(along, (1.0 - 2.0 * self.rho()) * along));
        }
        let [noise, shared] = self.spread();
        let both = self.half.dot(&self.sum);
        let [half, sum] = [&self.half, &self.sum].map(DVector::norm_squared);
        let apart = 1.0 - both * both / (half * sum);
        let seen = Matrix2::new(half, both, both, sum);
        let noise = Matrix2::new(noise, shared, shared, noise);
        let inverse = seen.try_inverse().filter(|_| apart > PARALLEL)?;
        Some((Matrix2::identity() - noise * inverse) * products)
    }
}

/// The elongation within the classes, from the products of all patterns, or of all entries.
fn elongation(training: &Training, means: &[DVector<f64>; 2]) -> Option<f64> {
    let (n, m) = (training.weights(), training.patterns());
    if !training.is_given() || n.min(m) > LARGEST || m < 4 {
        return None;
    }
    let root = (n as f64).sqrt();
    let mut around = training.design.clone() * root;
    for (mut column, y) in around.column_iter_mut().zip(training.labels.iter()) {
        column *= *y;
        column -= &means[usize::from(*y < 0.0)];
    }
    let products = match n <= m {
        true => &around * around.transpose(),
        false => around.tr_mul(&around),
    };
    let trace = products.trace();
    let freedom = m as f64 - 2.0;
    let ratio = n as f64 * products.norm_squared() / (trace * trace);
    let own = (ratio - n as f64 / freedom) / (1.0 + freedom.recip());
    own.is_finite().then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_passing::{Clusters, Instance, InstanceSpec, Patterns, RealMatrix};

    /// Six patterns of two entries, whose moments are done by hand.
    fn six() -> Training {
        let rows = [
            (1.0, [3.0, 1.0]),
            (1.0, [1.0, 3.0]),
            (1.0, [2.0, 2.0]),
            (1.0, [2.0, 6.0]),
            (-1.0, [0.0, 0.0]),
            (-1.0, [-2.0, 2.0]),
        ];
        let value = |mu: usize, i: usize| rows[mu].0 * rows[mu].1[i];
        let instance = Instance {
            patterns: Patterns::Real(RealMatrix::from_fn(6, 2, value)),
            teacher: None,
            clusters: Some(Clusters {
                labels: rows.iter().map(|row| row.0).collect(),
                axis: None,
            }),
        };
        Training::of(&instance).unwrap()
    }

    #[test]
    fn moments_by_hand() {
        let training = six();
        let centroids = Centroids::of(&training).unwrap();
        // Means (2, 3) and (-1, 1).
        assert!((&centroids.half - DVector::from_vec(vec![1.5, 1.0])).amax() < 1e-15);
        assert!((&centroids.sum - DVector::from_vec(vec![0.5, 2.0])).amax() < 1e-15);
        // Squares around them: 2 + 14 and 2 + 2, over 2 · 4.
        assert!((centroids.noise - 20.0 / 8.0).abs() < 1e-14);
        assert_eq!(centroids.rho(), 4.0 / 6.0);
        let tau = 0.25 * (0.25 + 0.5);
        let signal = 1.5 * 1.5 + 1.0 - 2.0 * 2.5 * tau;
        assert!((centroids.signal().unwrap().powi(2) - signal).abs() < 1e-14);
        assert!((centroids.delta().unwrap() - 2.5 / signal).abs() < 1e-14);
        let offset = 0.25 + 4.0 - 2.0 * 2.5 * tau;
        assert!((centroids.offset().powi(2) - offset).abs() < 1e-14);
        let middle = 0.75 + 2.0 - 2.0 * 2.5 * 0.25 * (0.25 - 0.5);
        assert!((centroids.middle - middle).abs() < 1e-14);
    }

    #[test]
    fn too_little_says_nothing() {
        let mixture = Mixture::new(1.0, 0.5).unwrap();
        let draw = |n: usize, alpha: f64, mixture: Mixture| {
            let spec = InstanceSpec::mixture(n, alpha, mixture);
            Training::of(&Instance::sample(&spec, 1, 0)).unwrap()
        };
        assert_eq!(Centroids::of(&draw(10, 0.2, mixture)), None);
        let alike = Mixture::new(1.0, 0.01).unwrap();
        assert_eq!(Centroids::of(&draw(10, 2.0, alike)), None);
        // Far more noise than signal: nothing is left in half of the samples.
        let spec = InstanceSpec::mixture(20, 1.0, Mixture::new(1e6, 0.5).unwrap());
        let lost = (0..40).filter(|sample| {
            let training = Training::of(&Instance::sample(&spec, 2, *sample)).unwrap();
            let centroids = Centroids::of(&training).unwrap();
            let rule = Rule::BayesOptimal.estimated(&training, &centroids);
            assert_eq!(rule.is_none(), centroids.delta().is_none());
            rule.is_none()
        });
        let lost = lost.count();
        assert!((8..33).contains(&lost), "{lost}");
    }

    #[test]
    fn rules_are_sums_over_the_patterns() {
        let training = six();
        let mixture = Mixture::new(0.5, 0.25).unwrap();
        // Σ y x = (10, 10), N = 2, α = 3.
        let root = 2_f64.sqrt();
        let odds = (1.0_f64 / 3.0).ln();
        for (rule, over, bias) in [
            (Rule::BayesOptimal, 3.5, 0.25 * odds),
            (Rule::Hebb, 3.0, 0.0),
            (Rule::PlugIn, 3.0, 0.25 * odds),
        ] {
            let linear = rule.of(&training, &mixture);
            for w in &linear.weights {
                assert!((w - 10.0 / root / over).abs() < 1e-14, "{rule:?} {w}");
            }
            assert!((linear.bias - bias).abs() < 1e-15);
            let unit = linear.clone().of_norm(2.0);
            assert!((unit.q() - 2.0).abs() < 1e-14);
            let ratio = unit.bias * linear.weights[0] - linear.bias * unit.weights[0];
            assert!(ratio.abs() < 1e-14);
        }
    }
}
