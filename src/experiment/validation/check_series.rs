//! What each check compares.

use super::checks::Check;
use super::quantity::{Nearby, Quantity};
use super::size_series::{Method, Series};
use super::{mixture_plan, random_plan};
use crate::experiment::Algorithm;

impl Check {
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
            Check::Mixture => mixture_plan::series(self, sizes),
            Check::MixtureLandscape => mixture_plan::around_classifiers(self, sizes),
            Check::Classifiers => mixture_plan::closed_forms(self, sizes),
            _ => random_plan::series(self, sizes),
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
