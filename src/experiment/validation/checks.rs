//! The checks by name, and what each of them compares.

use super::quantity::{Nearby, Quantity};
use super::series::{Method, Series};
use super::{landscape, mixture_series, random_series};
use crate::experiment::Algorithm;

/// A comparison of theory and simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// Binary weights, random labels: entropy and overlap of the solutions.
    Storage,
    /// The same entropy from a message per edge.
    Edges,
    /// Exact messages beside all configurations of small instances.
    Enumeration,
    /// The first iterations of message passing.
    StateEvolution,
    /// Overlap with a teacher below, between and above the transitions.
    Teacher,
    /// Solutions at a distance from a teacher.
    LocalEntropy,
    /// Log-volume of spherical solutions.
    Spherical,
    /// Energies and generalisation errors of convex losses on the sphere.
    GroundState,
    /// Two clusters: minimisers, the Bayes-optimal classifier, Gibbs measures.
    Mixture,
    /// Two clusters: errors and solutions around classifiers.
    MixtureLandscape,
    /// Gibbs measures at finite temperatures, and at margins other than zero.
    Temperature,
    /// What a student knows of a teacher: entropies, errors, the first iterations.
    Learning,
    /// Minima of convex losses on the sphere: response and errors.
    Minima,
    /// The rate at which message passing forgets.
    Stability,
    /// The largest margin on the sphere.
    Margin,
    /// Solutions on the sphere around a teacher and around solutions.
    Reference,
    /// Two clusters: classifiers in closed form.
    Classifiers,
}

impl Check {
    /// All of them, in the order of their rows.
    pub const ALL: [Check; 17] = [
        Check::Storage,
        Check::Edges,
        Check::Enumeration,
        Check::StateEvolution,
        Check::Teacher,
        Check::LocalEntropy,
        Check::Spherical,
        Check::GroundState,
        Check::Mixture,
        Check::MixtureLandscape,
        Check::Temperature,
        Check::Learning,
        Check::Minima,
        Check::Stability,
        Check::Margin,
        Check::Reference,
        Check::Classifiers,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Check::Storage => "storage",
            Check::Edges => "edges",
            Check::Enumeration => "enumeration",
            Check::StateEvolution => "state-evolution",
            Check::Teacher => "teacher",
            Check::LocalEntropy => "local-entropy",
            Check::Spherical => "spherical",
            Check::GroundState => "ground-state",
            Check::Mixture => "mixture",
            Check::MixtureLandscape => "mixture-landscape",
            Check::Temperature => "temperature",
            Check::Learning => "learning",
            Check::Minima => "minima",
            Check::Stability => "stability",
            Check::Margin => "margin",
            Check::Reference => "reference",
            Check::Classifiers => "classifiers",
        }
    }

    /// Whether sums of as many signs as weights occur in it, which must not vanish.
    pub fn needs_odd_sizes(self) -> bool {
        !self.has_real_patterns()
    }

    /// Whether the entries of its patterns are real numbers: slower, at half the sizes.
    fn has_real_patterns(self) -> bool {
        !matches!(
            self,
            Check::Storage
                | Check::Edges
                | Check::Enumeration
                | Check::StateEvolution
                | Check::Teacher
                | Check::LocalEntropy
                | Check::Spherical
                | Check::GroundState
        )
    }

    /// Whether it takes much longer than all others together: real patterns, many models.
    pub fn takes_minutes(self) -> bool {
        self.has_real_patterns()
    }

    /// The check of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Check::ALL.into_iter().find(|check| check.name() == name)
    }

    /// What it simulates, over these sizes.
    pub(super) fn series(self, sizes: &[usize]) -> Vec<Series> {
        if self.has_real_patterns() {
            self.on_real_patterns(&halves(sizes))
        } else {
            self.on_signs(sizes)
        }
    }

    fn on_real_patterns(self, sizes: &[usize]) -> Vec<Series> {
        match self {
            Check::Mixture => mixture_series::series(self, sizes),
            Check::MixtureLandscape => landscape::series(self, sizes),
            Check::Classifiers => mixture_series::closed_forms(self, sizes),
            _ => random_series::series(self, sizes),
        }
    }

    fn on_signs(self, sizes: &[usize]) -> Vec<Series> {
        use Quantity::{Entropy, EntropyDeviation, M, Q};
        let amp = Method::FixedPoint(Algorithm::Amp);
        let new = |names, method, alpha, quantities: &[Quantity]| Series {
            check: self,
            names,
            method,
            alpha,
            sizes: sizes.to_vec(),
            quantities: quantities.to_vec(),
        };
        let binary = ["binary", "storage", "theta"];
        match self {
            Check::Storage => [0.2, 0.4, 0.6]
                .map(|alpha| new(binary, amp, alpha, &[Entropy, Q]))
                .into(),
            Check::Edges => {
                let bp = Method::FixedPoint(Algorithm::Bp);
                vec![Series {
                    sizes: edge_sizes(sizes),
                    ..new(binary, bp, 0.4, &[Entropy])
                }]
            }
            Check::Enumeration => vec![Series {
                // A third of each is a whole number of patterns.
                sizes: vec![9, 15, 21],
                ..new(binary, Method::Enumeration, 1.0 / 3.0, &[EntropyDeviation])
            }],
            Check::StateEvolution => {
                let path: Vec<Quantity> = (1..=10).map(Quantity::OverlapAfter).collect();
                vec![new(binary, Method::Trajectory, 0.4, &path)]
            }
            Check::Teacher => {
                let names = ["binary", "teacher", "theta"];
                vec![
                    new(names, amp, 0.8, &[M]),
                    new(names, amp, 1.35, &[M]),
                    new(names, Method::FirstSolution, 1.7, &[M]),
                ]
            }
            Check::LocalEntropy => {
                let names = ["binary", "teacher", "theta"];
                let distances = [100, 200, 300].map(|d| Quantity::Local(Nearby::Entropy, d));
                let series = new(names, Method::AroundTeacher, 0.4, &distances);
                vec![Series {
                    sizes: edge_sizes(sizes),
                    ..series
                }]
            }
            Check::Spherical => {
                let names = ["spherical", "storage", "theta"];
                vec![new(names, amp, 1.0, &[Entropy, Q])]
            }
            _ => self.ground_states(sizes),
        }
    }

    /// Convex losses on the sphere.
    fn ground_states(self, sizes: &[usize]) -> Vec<Series> {
        use Quantity::{GeneralizationError, GroundStateEnergy};
        // Iterations to a minimum are many.
        let sizes: Vec<usize> = sizes.iter().map(|n| half(*n)).collect();
        let of = |data, loss, quantities: &[Quantity]| Series {
            check: self,
            names: ["spherical", data, loss],
            method: Method::FixedPoint(Algorithm::Amp),
            alpha: 2.0,
            sizes: sizes.clone(),
            quantities: quantities.to_vec(),
        };
        let energy = [GroundStateEnergy];
        let both = [GroundStateEnergy, GeneralizationError];
        vec![
            of("storage", "square", &energy),
            of("teacher", "square", &both),
            of("storage", "cross-entropy", &energy),
            of("teacher", "cross-entropy", &both),
        ]
    }
}

/// About half, and odd.
fn half(n: usize) -> usize {
    (n / 2) | 1
}

/// Minimisers are iterated on matrices of numbers, not of bits: half of each size.
fn halves(sizes: &[usize]) -> Vec<usize> {
    sizes.iter().map(|n| n / 2).collect()
}

/// A message per edge is slow: the smallest size, and half of it.
fn edge_sizes(sizes: &[usize]) -> Vec<usize> {
    let smallest = sizes.iter().copied().min();
    smallest.map_or(Vec::new(), |n| vec![half(n), n])
}
