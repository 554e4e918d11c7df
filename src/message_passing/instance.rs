//! Instances: patterns and labels drawn from a seed.

use super::clusters::{self, Clusters};
use super::lookup::differing_bits;
use super::patterns::{Patterns, RealMatrix, SignMatrix};
use crate::model::prior::{Norm, Prior};
use crate::model::{Data, Mixture};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::sync::Arc;

/// Distance between the streams of one seed: stream `sample + STREAM·k` holds the patterns
/// (`k = 0`), the teacher (`k = 1`) and the initial noise of algorithms (`k ≥ 2`).
pub const STREAM: u64 = 1 << 32;

/// The law of the entries of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entries {
    /// ±1 with equal probability.
    Signs,
    /// N(0, 1).
    Gaussian,
}

/// The law of a teacher's weights.
#[derive(Clone, Debug)]
pub enum TeacherWeights {
    /// ±1 with equal probability.
    Binary,
    /// Uniform on the sphere `|w|² = N`.
    Spherical,
    /// Independent weights of a prior.
    Law(Arc<dyn Prior>),
}

impl TeacherWeights {
    /// A teacher of this prior: its weights, up to a gauge symmetry of the patterns.
    pub fn of(prior: &Arc<dyn Prior>) -> Self {
        match prior.norm() {
            Norm::Sphere => TeacherWeights::Spherical,
            // As many of either sign: the gauge symmetry makes one of them.
            Norm::Unit if prior.teacher().len() == 1 => TeacherWeights::Binary,
            Norm::Unit | Norm::Free => TeacherWeights::Law(prior.clone()),
        }
    }
}

impl PartialEq for TeacherWeights {
    /// Priors of the same name are the same.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (TeacherWeights::Law(a), TeacherWeights::Law(b)) => a.name() == b.name(),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// What an instance is drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceSpec {
    /// Entries of a pattern.
    pub n: usize,
    /// Patterns.
    pub m: usize,
    /// Law of the entries.
    pub entries: Entries,
    /// Law of the labels.
    pub data: Data,
    /// Law of the teacher, or of the axis of clusters, where there is one.
    pub weights: TeacherWeights,
    /// Two clusters (MX.50) in the place of the laws of entries and labels.
    pub mixture: Option<Mixture>,
}

/// Patterns with their labels absorbed: row `μ` is `σ^μ ξ^μ`.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The patterns.
    pub patterns: Patterns,
    /// The teacher, for data of a teacher.
    pub teacher: Option<Vec<f64>>,
    /// Labels and axis, for clusters.
    pub clusters: Option<Clusters>,
}

/// The generator of stream `sample + STREAM·k` of a seed.
pub fn stream(seed: u64, sample: u64, k: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(sample.wrapping_add(STREAM.wrapping_mul(k)));
    rng
}

impl InstanceSpec {
    /// Random labels, entries ±1, `M = round(α N)`.
    pub fn storage(n: usize, alpha: f64) -> Self {
        InstanceSpec {
            n,
            m: (alpha * n as f64).round() as usize,
            entries: Entries::Signs,
            data: Data::Storage,
            weights: TeacherWeights::Binary,
            mixture: None,
        }
    }

    /// Labels of a binary teacher, entries ±1, `M = round(α N)`.
    pub fn teacher(n: usize, alpha: f64) -> Self {
        InstanceSpec {
            data: Data::Teacher,
            ..Self::storage(n, alpha)
        }
    }

    /// Two clusters with an axis on the sphere, `M = round(α N)`.
    pub fn mixture(n: usize, alpha: f64, mixture: Mixture) -> Self {
        InstanceSpec {
            entries: Entries::Gaussian,
            weights: TeacherWeights::Spherical,
            mixture: Some(mixture),
            ..Self::storage(n, alpha)
        }
    }
}

impl Instance {
    /// Draws one instance; patterns are the same whatever the law of the labels, up to the labels.
    pub fn sample(spec: &InstanceSpec, seed: u64, sample: u64) -> Self {
        let mut rng = stream(seed, sample, 0);
        if let Some(mixture) = &spec.mixture {
            let axis = draw_teacher(spec, &mut stream(seed, sample, 1));
            let (matrix, clusters) = clusters::draw(spec.m, mixture, axis, &mut rng);
            return Instance {
                patterns: Patterns::Real(matrix),
                teacher: None,
                clusters: Some(clusters),
            };
        }
        let teacher = match spec.data {
            Data::Storage => None,
            Data::Teacher => Some(draw_teacher(spec, &mut stream(seed, sample, 1))),
        };
        let patterns = match spec.entries {
            Entries::Signs => Patterns::Signs(draw_signs(spec, teacher.as_deref(), &mut rng)),
            Entries::Gaussian => Patterns::Real(draw_reals(spec, teacher.as_deref(), &mut rng)),
        };
        Instance {
            patterns,
            teacher,
            clusters: None,
        }
    }

    /// Patterns with `w·ξ ≤ 0`.
    pub fn errors(&self, w: &[f64]) -> usize {
        let fields = self.patterns.preactivations(w);
        fields.filter(|field| *field <= 0.0).count()
    }

    /// Memory that the patterns of an instance take, in bytes.
    pub fn memory(spec: &InstanceSpec) -> u64 {
        let (m, n) = (spec.m as u64, spec.n as u64);
        match spec.entries {
            Entries::Signs if spec.mixture.is_none() => {
                m.saturating_mul(n.div_ceil(64)).saturating_mul(8)
            }
            _ => m.saturating_mul(n).saturating_mul(8),
        }
    }
}

/// The threshold `T` of `w·ξ > κ√N` for entries and weights ±1: halfway between the last value of
/// `w·ξ` that violates it and the first that satisfies it (MP.3). Every threshold between these two
/// defines the same solutions, but a Gaussian law of `w·ξ` counts them right only at the midpoint.
pub fn lattice_threshold(kappa: f64, n: usize) -> f64 {
    let parity = (n % 2) as f64;
    let edge = kappa * (n as f64).sqrt();
    // Values of w·ξ are parity + 2k.
    let first = parity + 2.0 * (((edge - parity) * 0.5).floor() + 1.0);
    first - 1.0
}

fn draw_teacher(spec: &InstanceSpec, rng: &mut ChaCha8Rng) -> Vec<f64> {
    match &spec.weights {
        // The middle of one of 2⁵³ cells of the unit interval.
        TeacherWeights::Law(prior) => (0..spec.n)
            .map(|_| prior.draw(((rng.next_u64() >> 11) as f64 + 0.5) * f64::EPSILON * 0.5))
            .collect(),
        TeacherWeights::Binary => {
            let bits = SignMatrix::from_words(1, spec.n, |_, _| rng.next_u64());
            (0..spec.n).map(|i| bits.sign(0, i)).collect()
        }
        TeacherWeights::Spherical => {
            let mut w: Vec<f64> = (0..spec.n).map(|_| StandardNormal.sample(rng)).collect();
            let square: f64 = w.iter().map(|w| w * w).sum();
            let scale = (spec.n as f64 / square).sqrt();
            w.iter_mut().for_each(|w| *w *= scale);
            w
        }
    }
}

fn draw_signs(spec: &InstanceSpec, teacher: Option<&[f64]>, rng: &mut ChaCha8Rng) -> SignMatrix {
    let mut raw = SignMatrix::from_words(spec.m, spec.n, |_, _| rng.next_u64());
    let Some(teacher) = teacher else { return raw };
    if teacher.iter().all(|w| w.abs() == 1.0) {
        // The field of a pattern is the number of entries less twice that of differing ones.
        let signs = SignMatrix::from_fn(1, spec.n, |_, i| teacher[i] > 0.0);
        for mu in 0..spec.m {
            if 2 * differing_bits(raw.row(mu), signs.row(0)) as usize > spec.n {
                raw.negate(mu);
            }
        }
        return raw;
    }
    for mu in 0..spec.m {
        let entries = teacher.iter().enumerate();
        if entries.map(|(i, w)| raw.sign(mu, i) * w).sum::<f64>() < 0.0 {
            raw.negate(mu);
        }
    }
    raw
}

fn draw_reals(spec: &InstanceSpec, teacher: Option<&[f64]>, rng: &mut ChaCha8Rng) -> RealMatrix {
    let raw = RealMatrix::from_fn(spec.m, spec.n, |_, _| StandardNormal.sample(rng));
    let Some(teacher) = teacher else { return raw };
    let field = |mu: usize| -> f64 { raw.row(mu).iter().zip(teacher).map(|(x, w)| x * w).sum() };
    let label: Vec<f64> = (0..spec.m).map(|mu| 1f64.copysign(field(mu))).collect();
    RealMatrix::from_fn(spec.m, spec.n, |mu, i| raw.row(mu)[i] * label[mu])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_repeat_and_differ() {
        let spec = InstanceSpec::storage(101, 0.5);
        let first = Instance::sample(&spec, 7, 0);
        assert_eq!(first, Instance::sample(&spec, 7, 0));
        assert_ne!(first, Instance::sample(&spec, 7, 1));
        assert_ne!(first, Instance::sample(&spec, 8, 0));
        assert_eq!(first.patterns.rows(), 51);
        assert_eq!(first.patterns.bytes() as u64, Instance::memory(&spec));
    }

    #[test]
    fn a_teacher_makes_no_error() {
        for entries in [Entries::Signs, Entries::Gaussian] {
            for weights in [TeacherWeights::Binary, TeacherWeights::Spherical] {
                let spec = InstanceSpec {
                    entries,
                    weights: weights.clone(),
                    ..InstanceSpec::teacher(101, 3.0)
                };
                let instance = Instance::sample(&spec, 1, 5);
                let teacher = instance.teacher.clone().unwrap();
                let square: f64 = teacher.iter().map(|w| w * w).sum();
                assert!((square - 101.0).abs() < 1e-10);
                assert_eq!(instance.errors(&teacher), 0);
                let minus: Vec<f64> = teacher.iter().map(|w| -w).collect();
                assert_eq!(instance.errors(&minus), 303);
            }
        }
    }

    #[test]
    fn thresholds_lie_between_lattice_points() {
        assert_eq!(lattice_threshold(0.0, 101), 0.0);
        assert_eq!(lattice_threshold(0.0, 100), 1.0);
        for n in [21, 22, 101] {
            for kappa in [-1.3, -0.2, 0.05, 0.7] {
                let t = lattice_threshold(kappa, n);
                let edge = kappa * (n as f64).sqrt();
                assert!(t - 1.0 <= edge && edge < t + 1.0, "{n} {kappa}: {t}");
                assert_eq!((t as i64 - n as i64).rem_euclid(2), 1);
            }
        }
    }
}
