//! Fields of the hidden units on all patterns, corrected as one weight flips.

use crate::message_passing::machine::Machine;
use crate::message_passing::patterns::Patterns;

/// Patterns are padded to a multiple of this.
const LANES: usize = 16;

/// A number that fields are summed in: exact for signs.
pub(super) trait Field:
    Copy
    + Send
    + Sync
    + PartialOrd
    + std::ops::Add<Output = Self>
    + std::ops::AddAssign
    + std::ops::SubAssign
{
    fn of(x: f64) -> Self;
}

impl Field for i16 {
    fn of(x: f64) -> Self {
        x as i16
    }
}

impl Field for f64 {
    fn of(x: f64) -> Self {
        x
    }
}

/// The patterns, arranged as the flips of weights need them.
pub(super) struct Table<F> {
    pub(super) patterns: usize,
    pub(super) weights: usize,
    padded: usize,
    units: usize,
    inputs: usize,
    threshold: F,
    /// Weight after weight: the entries that it acts on. Pads are zero.
    entries: Vec<F>,
}

impl<F: Field> Table<F> {
    pub(super) fn new(patterns: &Patterns, machine: Machine) -> Self {
        let columns = patterns.columns();
        let weights = machine.weights(columns);
        let padded = patterns.rows().next_multiple_of(LANES);
        let mut entries = vec![F::of(0.0); weights * padded];
        for k in 0..machine.units() {
            let (own, seen) = machine.span(k, columns);
            for (i, column) in own.zip(seen) {
                for mu in 0..patterns.rows() {
                    entries[i * padded + mu] = F::of(patterns.entry(mu, column));
                }
            }
        }
        // Fields of signs are integers: what lies between two of them may be rounded down.
        let threshold = match patterns {
            Patterns::Signs(_) => machine.threshold().floor().clamp(-1e3, 1e3),
            Patterns::Real(_) => machine.threshold(),
        };
        Table {
            patterns: patterns.rows(),
            weights,
            padded,
            units: machine.units(),
            inputs: machine.inputs(columns).max(1),
            threshold: F::of(threshold),
            entries,
        }
    }

    /// The fields that weight `i` acts on, of all fields, and its entries.
    #[inline(always)]
    fn reach<'a>(&'a self, i: usize, fields: &'a mut [F]) -> (&'a mut [F], &'a [F]) {
        let first = i / self.inputs * self.padded;
        let own = i * self.padded;
        (
            &mut fields[first..first + self.padded],
            &self.entries[own..own + self.padded],
        )
    }

    /// Fields of unit after unit in the configuration `bits`. Pads are far above the threshold.
    pub(super) fn fields(&self, bits: u32) -> Vec<F> {
        let mut fields = vec![F::of(0.0); self.units * self.padded];
        for unit in fields.chunks_mut(self.padded.max(1)) {
            unit[self.patterns..].fill(F::of(1e4));
        }
        for i in 0..self.weights {
            let (fields, entries) = self.reach(i, &mut fields);
            for (field, entry) in fields.iter_mut().zip(entries) {
                if bits >> i & 1 == 1 {
                    *field += *entry;
                } else {
                    *field -= *entry;
                }
            }
        }
        fields
    }

    /// Adds what the flip of weight `i` to `up` changes.
    #[inline(always)]
    pub(super) fn flip(&self, i: usize, up: bool, fields: &mut [F]) {
        let (fields, entries) = self.reach(i, fields);
        let (fields, _) = fields.as_chunks_mut::<LANES>();
        let (entries, _) = entries.as_chunks::<LANES>();
        for (fields, entries) in fields.iter_mut().zip(entries) {
            for lane in 0..LANES {
                let twice = entries[lane] + entries[lane];
                if up {
                    fields[lane] += twice;
                } else {
                    fields[lane] -= twice;
                }
            }
        }
    }

    /// Patterns without a majority of units above the threshold.
    #[inline(always)]
    pub(super) fn errors(&self, fields: &[F]) -> usize {
        let half = (self.units / 2) as i16;
        let mut wrong = [0_i16; LANES];
        for chunk in (0..self.padded).step_by(LANES) {
            let mut votes = [0_i16; LANES];
            for unit in fields.chunks_exact(self.padded) {
                let fields = &unit[chunk..chunk + LANES];
                for lane in 0..LANES {
                    votes[lane] += i16::from(fields[lane] > self.threshold);
                }
            }
            for lane in 0..LANES {
                wrong[lane] += i16::from(votes[lane] <= half);
            }
        }
        wrong.iter().map(|w| *w as usize).sum()
    }
}
