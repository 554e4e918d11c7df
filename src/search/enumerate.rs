//! Every configuration of a small instance, counted (BP.12).
//!
//! Configurations are visited in the order of a Gray code: one weight flips at a time and the
//! fields of the hidden units are corrected rather than summed anew. All results are integers, so
//! they do not depend on the order, on the number of threads or on rounding.

use super::gray::{Field, Table};
use crate::error::InputError;
use crate::message_passing::machine::Machine;
use crate::message_passing::patterns::Patterns;
use pulp::{Arch, Simd, WithSimd};

/// The largest number of weights that is enumerated.
pub const LARGEST: usize = 30;
/// The largest number of patterns.
pub const MOST_PATTERNS: usize = 100_000;
/// Weights that run inside a block; the others number the blocks.
const INNER: usize = 14;

/// Numbers of configurations of `n` binary weights, by errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enumeration {
    n: usize,
    /// Configurations with `e` errors.
    by_errors: Vec<u64>,
    /// Of these, with weight `i` positive: `e·n + i`.
    positive: Vec<u64>,
    /// Solutions at Hamming distance `0, 1, …, n` from the reference.
    by_distance: Vec<u64>,
}

impl Enumeration {
    /// Counts all configurations of weights ±1 of `machine` on `patterns`, and the solutions by
    /// their distance from `reference` (the configuration of signs +1 where there is none).
    ///
    /// # Errors
    /// More than [`LARGEST`] weights, a machine that does not fit, and a reference of the wrong
    /// length.
    pub fn new(
        patterns: &Patterns,
        machine: Machine,
        reference: Option<&[f64]>,
    ) -> Result<Self, InputError> {
        let n = machine.weights(patterns.columns());
        let refused = |option: &str, value: String, reason: &str, allowed: String| {
            Err(InputError::new(option, value, reason, allowed))
        };
        if let Some(reason) = machine.refusal(patterns.columns()) {
            let allowed = "an odd number of units that divides the inputs of a tree";
            return refused("machine", format!("{machine:?}"), &reason, allowed.into());
        }
        if n > LARGEST {
            let reason = "too many weights to enumerate";
            return refused(
                "weights",
                n.to_string(),
                reason,
                format!("at most {LARGEST}"),
            );
        }
        if patterns.rows() > MOST_PATTERNS {
            let reason = "too many patterns to enumerate";
            let (given, allowed) = (patterns.rows().to_string(), MOST_PATTERNS.to_string());
            return refused("patterns", given, reason, format!("at most {allowed}"));
        }
        if let Some(w) = reference.filter(|w| w.len() != n) {
            let reason = "one sign is needed for each weight";
            return refused(
                "reference",
                w.len().to_string(),
                reason,
                format!("{n} values"),
            );
        }
        let bit = |i: usize| reference.is_none_or(|w| w[i] > 0.0);
        let centre = (0..n).fold(0, |bits, i| bits | u32::from(bit(i)) << i);
        Ok(match patterns {
            Patterns::Signs(_) => count(&Table::<i16>::new(patterns, machine), centre),
            Patterns::Real(_) => count(&Table::<f64>::new(patterns, machine), centre),
        })
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.n
    }

    /// Configurations with `0, 1, …, M` errors.
    pub fn by_errors(&self) -> &[u64] {
        &self.by_errors
    }

    /// Solutions at Hamming distance `0, 1, …, n` from the reference.
    pub fn by_distance(&self) -> &[u64] {
        &self.by_distance
    }

    /// Configurations without an error.
    pub fn solutions(&self) -> u64 {
        self.by_errors[0]
    }

    /// `ln Z/n` at inverse temperature `beta` per error; at β = ∞ the entropy of the solutions.
    /// None where there is no solution at β = ∞.
    pub fn free_entropy(&self, beta: f64) -> Option<f64> {
        let z = self.sum(beta, |e| self.by_errors[e] as f64);
        (z > 0.0).then(|| z.ln() / self.n as f64)
    }

    /// Mean number of errors over `n`.
    pub fn energy(&self, beta: f64) -> Option<f64> {
        let z = self.sum(beta, |e| self.by_errors[e] as f64);
        let errors = self.sum(beta, |e| e as f64 * self.by_errors[e] as f64);
        (z > 0.0).then(|| errors / z / self.n as f64)
    }

    /// Mean of each weight (BP.12).
    pub fn magnetisations(&self, beta: f64) -> Option<Vec<f64>> {
        let z = self.sum(beta, |e| self.by_errors[e] as f64);
        let mean =
            |i: usize| 2.0 * self.sum(beta, |e| self.positive[e * self.n + i] as f64) / z - 1.0;
        (z > 0.0).then(|| (0..self.n).map(mean).collect())
    }

    /// `Σ_e e^{-β e} f(e)`.
    fn sum(&self, beta: f64, f: impl Fn(usize) -> f64) -> f64 {
        let weight = |e: usize| {
            if e == 0 {
                1.0
            } else {
                (-beta * e as f64).exp()
            }
        };
        (0..self.by_errors.len()).map(|e| weight(e) * f(e)).sum()
    }

    fn empty(n: usize, patterns: usize) -> Self {
        Enumeration {
            n,
            by_errors: vec![0; patterns + 1],
            positive: vec![0; (patterns + 1) * n],
            by_distance: vec![0; n + 1],
        }
    }

    fn join(mut self, other: &Self) -> Self {
        let add = |a: &mut Vec<u64>, b: &[u64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.by_errors, &other.by_errors);
        add(&mut self.positive, &other.positive);
        add(&mut self.by_distance, &other.by_distance);
        self
    }
}

/// A block of configurations: those that share all but the first `inner` weights.
struct Visit<'a, F> {
    table: &'a Table<F>,
    inner: usize,
    outer: u32,
    centre: u32,
}

impl<F: Field> WithSimd for Visit<'_, F> {
    type Output = Enumeration;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Enumeration {
        let table = self.table;
        let n = table.weights;
        let mut found = Enumeration::empty(n, table.patterns);
        let mut bits = self.outer << self.inner;
        let mut fields = table.fields(bits);
        for step in 1..=1_u32 << self.inner {
            let errors = table.errors(&fields);
            found.by_errors[errors] += 1;
            let positive = &mut found.positive[errors * n..(errors + 1) * n];
            for (i, count) in positive.iter_mut().enumerate() {
                *count += u64::from(bits >> i & 1);
            }
            if errors == 0 {
                found.by_distance[(bits ^ self.centre).count_ones() as usize] += 1;
            }
            // The Gray code flips the weight of the lowest bit of the counter.
            let i = step.trailing_zeros() as usize;
            if i < self.inner {
                bits ^= 1 << i;
                table.flip(i, bits >> i & 1 == 1, &mut fields);
            }
        }
        found
    }
}

/// Visits all blocks and joins what they found.
fn count<F: Field>(table: &Table<F>, centre: u32) -> Enumeration {
    let inner = table.weights.min(INNER);
    let arch = Arch::new();
    let visit = |outer: u32| {
        arch.dispatch(Visit {
            table,
            inner,
            outer,
            centre,
        })
    };
    let blocks = 0..1_u32 << (table.weights - inner);
    let empty = || Enumeration::empty(table.weights, table.patterns);
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        let found = blocks.into_par_iter().map(visit);
        found.reduce(empty, |a, b| a.join(&b))
    }
    #[cfg(not(feature = "rayon"))]
    blocks.map(visit).fold(empty(), |a, b| a.join(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_passing::{Entries, Instance, InstanceSpec};

    /// The same counts, each configuration on its own.
    fn one_by_one(patterns: &Patterns, machine: Machine, reference: &[f64]) -> Enumeration {
        let n = machine.weights(patterns.columns());
        let mut found = Enumeration::empty(n, patterns.rows());
        for bits in 0..1_u32 << n {
            let sign = |i: usize| if bits >> i & 1 == 1 { 1.0 } else { -1.0 };
            let w: Vec<f64> = (0..n).map(sign).collect();
            let errors = machine.errors(patterns, &w);
            found.by_errors[errors] += 1;
            for (i, w) in w.iter().enumerate() {
                found.positive[errors * n + i] += u64::from(*w > 0.0);
            }
            if errors == 0 {
                let distance = w.iter().zip(reference).filter(|(a, b)| a != b).count();
                found.by_distance[distance] += 1;
            }
        }
        found
    }

    #[test]
    fn gray_code_counts_what_single_sums_count() {
        let cases = [
            (15, 17, Machine::PERCEPTRON),
            (15, 9, Machine::Perceptron { threshold: 2.0 }),
            (15, 6, Machine::Tree { units: 3 }),
            (5, 8, Machine::FullyConnected { units: 3 }),
            (3, 0, Machine::PERCEPTRON),
        ];
        for (n, m, machine) in cases {
            for entries in [Entries::Signs, Entries::Gaussian] {
                let spec = InstanceSpec {
                    m,
                    entries,
                    ..InstanceSpec::storage(n, 1.0)
                };
                let patterns = Instance::sample(&spec, 5, m as u64).patterns;
                let weights = machine.weights(n);
                let sign = |i: usize| if i.is_multiple_of(3) { 1.0 } else { -1.0 };
                let reference: Vec<f64> = (0..weights).map(sign).collect();
                let found = Enumeration::new(&patterns, machine, Some(&reference)).unwrap();
                assert_eq!(found, one_by_one(&patterns, machine, &reference));
                assert_eq!(found.by_errors().iter().sum::<u64>(), 1 << weights);
            }
        }
    }

    #[test]
    fn what_cannot_be_enumerated_is_refused() {
        let patterns = |n: usize| Instance::sample(&InstanceSpec::storage(n, 0.5), 1, 0).patterns;
        let refused = |n: usize, machine: Machine, reference: Option<&[f64]>| {
            Enumeration::new(&patterns(n), machine, reference)
                .unwrap_err()
                .option
        };
        assert_eq!(refused(31, Machine::PERCEPTRON, None), "weights");
        assert_eq!(refused(9, Machine::Tree { units: 4 }, None), "machine");
        assert_eq!(refused(9, Machine::PERCEPTRON, Some(&[1.0])), "reference");
    }
}
