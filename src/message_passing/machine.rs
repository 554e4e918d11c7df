//! How the weights of a classifier act on patterns: perceptron and committees.

use super::patterns::Patterns;
use std::ops::Range;

/// How the weights of a classifier with binary output act on a pattern. Labels are absorbed in the
/// patterns, which an odd function allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Machine {
    /// One unit: `w·ξ > T`.
    Perceptron {
        /// The threshold `T`, in units of `w·ξ` (no factor `√N`).
        threshold: f64,
    },
    /// Majority of an odd number of units, each with its own part of the inputs.
    Tree {
        /// The number of hidden units, `K`.
        units: usize,
    },
    /// Majority of an odd number of units that all see all inputs.
    FullyConnected {
        /// The number of hidden units, `K`.
        units: usize,
    },
}

impl Machine {
    /// The perceptron without margin.
    pub const PERCEPTRON: Machine = Machine::Perceptron { threshold: 0.0 };

    /// The number of hidden units, `K`.
    pub fn units(self) -> usize {
        match self {
            Machine::Perceptron { .. } => 1,
            Machine::Tree { units } | Machine::FullyConnected { units } => units,
        }
    }

    /// What a unit's field has to exceed.
    pub fn threshold(self) -> f64 {
        match self {
            Machine::Perceptron { threshold } => threshold,
            Machine::Tree { .. } | Machine::FullyConnected { .. } => 0.0,
        }
    }

    /// The number of weights over patterns of this many columns.
    pub fn weights(self, columns: usize) -> usize {
        match self {
            Machine::Perceptron { .. } | Machine::Tree { .. } => columns,
            Machine::FullyConnected { units } => units * columns,
        }
    }

    /// The number of inputs of each unit.
    pub fn inputs(self, columns: usize) -> usize {
        self.weights(columns) / self.units().max(1)
    }

    /// The weights of unit `k` and the columns that they act on.
    pub fn span(self, k: usize, columns: usize) -> (Range<usize>, Range<usize>) {
        let inputs = self.inputs(columns);
        let weights = k * inputs..(k + 1) * inputs;
        let own = match self {
            Machine::Perceptron { .. } | Machine::Tree { .. } => weights.clone(),
            Machine::FullyConnected { .. } => 0..columns,
        };
        (weights, own)
    }

    /// Why the machine cannot act on patterns of this many columns, if it cannot.
    pub fn refusal(self, columns: usize) -> Option<String> {
        let units = self.units();
        if units.is_multiple_of(2) {
            return Some(format!(
                "{units} hidden units: a majority needs an odd number"
            ));
        }
        if matches!(self, Machine::Tree { .. }) && !columns.is_multiple_of(units) {
            return Some(format!(
                "{columns} inputs cannot be shared by {units} units"
            ));
        }
        (!self.threshold().is_finite()).then(|| "the threshold is not finite".to_owned())
    }

    /// The patterns that `weights` misclassify. A field at the threshold is not above it; weights of
    /// the wrong number are right about nothing.
    pub fn errors(self, patterns: &Patterns, weights: &[f64]) -> usize {
        let columns = patterns.columns();
        if weights.len() != self.weights(columns) {
            return patterns.rows();
        }
        if let Patterns::Signs(matrix) = patterns
            && weights.iter().all(|w| w.abs() == 1.0)
        {
            let configuration = Configuration::new(self, weights, columns);
            return (0..matrix.rows())
                .filter(|mu| !configuration.satisfies(matrix.row(*mu)))
                .count();
        }
        let wrong = |mu: &usize| {
            let positive = |k: &usize| {
                let (own, seen) = self.span(*k, columns);
                let entries = weights[own].iter().zip(seen);
                let field: f64 = entries.map(|(w, i)| w * patterns.entry(*mu, i)).sum();
                field > self.threshold()
            };
            (0..self.units()).filter(positive).count() <= self.units() / 2
        };
        (0..patterns.rows()).filter(wrong).count()
    }
}

/// Bits of a word.
const BITS: usize = u64::BITS as usize;

/// Weights ±1 of a machine as bits, unit after unit, for patterns of signs.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    machine: Machine,
    words: usize,
    /// For each unit, and each word of a pattern: the signs, and which of them count.
    units: Vec<[u64; 2]>,
}

impl Configuration {
    /// The signs of `weights` (+1 for zero), over patterns of this many columns.
    pub(crate) fn new(machine: Machine, weights: &[f64], columns: usize) -> Self {
        let words = columns.div_ceil(BITS);
        let mut units = vec![[0; 2]; words * machine.units()];
        for k in 0..machine.units() {
            let (own, seen) = machine.span(k, columns);
            for (i, column) in own.zip(seen) {
                let word = &mut units[k * words + column / BITS];
                word[0] |= u64::from(weights[i] >= 0.0) << (column % BITS);
                word[1] |= 1 << (column % BITS);
            }
        }
        Configuration {
            machine,
            words,
            units,
        }
    }

    /// Turns the sign of weight `i` of unit `k`, which acts on `column`.
    pub(crate) fn flip(&mut self, k: usize, column: usize) {
        self.units[k * self.words + column / BITS][0] ^= 1 << (column % BITS);
    }

    /// Field of unit `k` on a pattern.
    pub(crate) fn field(&self, k: usize, row: &[u64]) -> i64 {
        let unit = &self.units[k * self.words..(k + 1) * self.words];
        let (mut equal, mut all) = (0, 0);
        for ([signs, counts], entries) in unit.iter().zip(row) {
            equal += (!(signs ^ entries) & counts).count_ones();
            all += counts.count_ones();
        }
        2 * i64::from(equal) - i64::from(all)
    }

    /// Whether most units are above the threshold on a pattern.
    pub(crate) fn satisfies(&self, row: &[u64]) -> bool {
        let threshold = self.machine.threshold();
        let above = (0..self.machine.units()).filter(|k| self.field(*k, row) as f64 > threshold);
        above.count() > self.machine.units() / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_passing::{Instance, InstanceSpec, RealMatrix};

    #[test]
    fn bits_and_numbers_count_the_same_errors() {
        let machines = [
            Machine::PERCEPTRON,
            Machine::Perceptron { threshold: -4.0 },
            Machine::Tree { units: 3 },
            Machine::FullyConnected { units: 5 },
        ];
        for machine in machines {
            for columns in [63, 129] {
                let spec = InstanceSpec::storage(columns, 2.0);
                let patterns = Instance::sample(&spec, 3, 0).patterns;
                let n = machine.weights(columns);
                let sign = |i: usize| {
                    if (i * i + i / 3).is_multiple_of(3) {
                        1.0
                    } else {
                        -1.0
                    }
                };
                let w: Vec<f64> = (0..n).map(sign).collect();
                let entry = |mu: usize, i: usize| patterns.entry(mu, i);
                let reals = RealMatrix::from_fn(patterns.rows(), columns, entry);
                let slow = machine.errors(&Patterns::Real(reals), &w);
                assert!(slow > 10, "{slow}");
                assert_eq!(machine.errors(&patterns, &w), slow);
            }
        }
    }

    #[test]
    fn misfits_are_refused() {
        assert!(Machine::Tree { units: 4 }.refusal(8).is_some());
        assert!(Machine::Tree { units: 3 }.refusal(8).is_some());
        assert!(Machine::Tree { units: 3 }.refusal(9).is_none());
        assert!(Machine::FullyConnected { units: 0 }.refusal(9).is_some());
        let threshold = f64::NAN;
        assert!(Machine::Perceptron { threshold }.refusal(9).is_some());
    }
}
