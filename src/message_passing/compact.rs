//! Belief propagation for the perceptron with one byte per edge (BP.23).
//!
//! A first-order message is `ξ g + m g'` (BP.7): two numbers of the pattern, and of the edge only its
//! cavity mean, multiplied by `g' = O(1/N)`. So the mean need not be exact: it is kept in steps of
//! 1/127. The means of the weights differ from those of
//! [`BeliefPropagation`](super::bp::BeliefPropagation) by less than `0.012/√N`, free entropies by
//! less than 1e-6 (unit tests). Memory: one byte and two bits per edge, patterns included; a sweep
//! reads and writes the byte once and allocates nothing.

use super::bp_settings::BpSettings;
use super::compact_edges::{Listen, Sum, field, pack};
use super::edges::{self, LogCosh};
use super::factor::Factor;
use super::group::{Columns, ROWS};
use super::grouped::Grouped;
use super::iteration::{Run, Settings, Thermodynamics, run};
use super::machine::Machine;
use super::patterns::{Patterns, SignMatrix};
use super::protocol::SelfField;
use super::series::Level;
use super::weights::Weights;
use crate::error::InputError;
use crate::math::special;
use pulp::Arch;

/// Patterns of a block; blocks are what threads share out, whatever their number.
const BLOCK: usize = 256;

/// Belief propagation on one instance of signs, all messages at once, without damping.
#[derive(Clone, Debug)]
pub struct CompactPropagation {
    arch: Arch,
    beta: f64,
    patterns: usize,
    weights: Weights<f32>,
    blocks: Vec<Block>,
}

/// A block of patterns.
#[derive(Clone, Debug)]
struct Block {
    rows: usize,
    factor: Factor,
    entries: Grouped<f32>,
    /// Signs, those of the present group highest.
    signs: Vec<u32>,
    /// For each group two rows of words: the cavity means of its patterns, a byte each.
    means: Vec<u32>,
    /// Slope, and bend over 127, for each pattern.
    replies: Vec<[[f32; 2]; ROWS]>,
    fields: Vec<f64>,
    change: f64,
}

impl CompactPropagation {
    /// Starts from vanishing messages, for solutions of `w·ξ > threshold` (β = ∞), or at inverse
    /// temperature `beta` per error.
    ///
    /// # Errors
    /// A threshold or a temperature out of range.
    pub fn new(matrix: &SignMatrix, threshold: f64, beta: f64) -> Result<Self, InputError> {
        let machine = Machine::Perceptron { threshold };
        let settings = BpSettings {
            beta,
            ..BpSettings::default()
        };
        let nothing = Patterns::Signs(SignMatrix::from_words(0, matrix.columns(), |_, _| 0));
        settings.check(&nothing, machine)?;
        let (rows, n) = (matrix.rows(), matrix.columns());
        let padded = n.next_multiple_of(super::group::MOST);
        let block = |first: usize| {
            let own = first..rows.min(first + BLOCK);
            let groups = own.len().div_ceil(ROWS);
            Block {
                rows: own.len(),
                factor: Factor::new(machine, beta),
                entries: Grouped::new(matrix, machine, own),
                signs: vec![0; padded],
                means: vec![pack(0.0) * 0x0101_0101; groups * 2 * padded],
                replies: vec![[[0.0; 2]; ROWS]; groups],
                fields: vec![0.0; n],
                change: 0.0,
            }
        };
        Ok(CompactPropagation {
            arch: Arch::new(),
            beta,
            patterns: rows,
            weights: Weights::new(n),
            blocks: (0..rows).step_by(BLOCK).map(block).collect(),
        })
    }

    /// Total field of each weight, `atanh` of its mean.
    pub fn totals(&self) -> &[f64] {
        &self.weights.totals
    }

    /// Mean of each weight.
    pub fn magnetisations(&self) -> Vec<f64> {
        self.weights.totals.iter().map(|h| h.tanh()).collect()
    }

    /// One sweep over all patterns, then the fields of the weights on themselves. The mean change
    /// `|Δm|` of a weight, and the largest change `|Δg|` of what the messages of a pattern share.
    pub fn step(&mut self, own: SelfField) -> [f64; 2] {
        let columns = self.weights.columns();
        for_each(&mut self.blocks, |block| block.sweep(self.arch, columns));
        self.weights.pattern_fields.fill(0.0);
        for block in &self.blocks {
            for (field, own) in self.weights.pattern_fields.iter_mut().zip(&block.fields) {
                *field += own;
            }
        }
        let moved = self.weights.update(self.arch, own);
        let changes = self.blocks.iter().map(|block| block.change);
        let n = self.weights.totals.len().max(1) as f64;
        [moved / n, changes.fold(0.0, f64::max)]
    }

    /// Sweeps without self-fields until the messages stand still. Changes below 1e-6 are not
    /// reached.
    pub fn run(&mut self, settings: &Settings) -> Run {
        run(settings, || Some(self.step(SelfField::None)[1]))
    }

    /// Bethe free entropy, energy, entropy and overlap per weight of the present messages without
    /// self-fields (BP.8, BP.9).
    pub fn thermodynamics(&mut self) -> Thermodynamics {
        self.weights.forget_history(self.arch);
        let (arch, columns, totals) = (self.arch, self.weights.columns(), &self.weights.totals);
        let sites: f64 = totals.iter().map(|h| special::ln_2cosh(*h)).sum();
        let mut ln_z = sites * (1.0 - self.patterns as f64);
        let mut errors = 0.0;
        for block in &mut self.blocks {
            let [own, own_errors] = block.free_entropy(arch, columns, totals);
            ln_z += own;
            errors += own_errors;
        }
        let n = totals.len().max(1) as f64;
        let (free_entropy, energy) = (ln_z / n, errors / n);
        let heat = if self.beta.is_finite() {
            self.beta * energy
        } else {
            0.0
        };
        Thermodynamics {
            free_entropy,
            energy,
            entropy: free_entropy + heat,
            overlap: totals.iter().map(|h| h.tanh().powi(2)).sum::<f64>() / n,
        }
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        let block = |block: &Block| {
            size_of_val(&block.means[..])
                + size_of_val(&block.fields[..])
                + size_of_val(&block.signs[..])
                + block.entries.bytes()
        };
        self.blocks.iter().map(block).sum::<usize>() + self.weights.bytes()
    }
}

fn for_each(blocks: &mut [Block], job: impl Fn(&mut Block) + Sync + Send) {
    #[cfg(feature = "rayon")]
    if blocks.len() > 1 {
        use rayon::prelude::*;
        blocks.par_iter_mut().for_each(job);
        return;
    }
    blocks.iter_mut().for_each(job);
}

impl Block {
    fn sweep(&mut self, arch: Arch, columns: Columns<f32>) {
        self.fields.fill(0.0);
        self.change = 0.0;
        let padded = self.signs.len();
        for group in 0..self.replies.len() {
            let sums = self.listen(arch, columns, group, true);
            let mut replies = [[0.0; 2]; ROWS];
            let live = ROWS.min(self.rows - group * ROWS);
            for (reply, [omega, v]) in replies.iter_mut().zip(sums).take(live) {
                self.factor.gaussian(&[omega], &[v]);
                let found = self.factor.replies()[0];
                *reply = [found.slope as f32, (found.bend / 127.0) as f32];
            }
            for (old, new) in self.replies[group].iter().zip(&replies) {
                self.change = self.change.max(f64::from((old[0] - new[0]).abs()));
            }
            self.replies[group] = replies;
            let job = Sum {
                means: &self.means[group * 2 * padded..][..2 * padded],
                signs: &self.signs,
                replies,
                fields: &mut self.fields,
            };
            edges::run(arch, job);
        }
    }

    /// Means and variances of the fields of a group; keeps the cavity means where asked to.
    fn listen(
        &mut self,
        arch: Arch,
        columns: Columns<f32>,
        group: usize,
        keep: bool,
    ) -> [[f64; 2]; ROWS] {
        self.entries.load_signs(group, &mut self.signs);
        let replies = self.replies[group];
        let size = |[slope, bend]: &[f32; 2]| f64::from(slope.abs() + 127.0 * bend.abs());
        let size = replies.iter().map(size).fold(0.0, f64::max);
        let padded = self.signs.len();
        let job = Listen {
            columns,
            means: &mut self.means[group * 2 * padded..][..2 * padded],
            signs: &self.signs,
            replies,
            level: Level::of::<f32>(size * (1.0 + 1e-6)),
            keep,
        };
        edges::run(arch, job)
    }

    fn free_entropy(&mut self, arch: Arch, columns: Columns<f32>, totals: &[f64]) -> [f64; 2] {
        let (mut ln_z, mut errors) = (0.0, 0.0);
        let padded = self.signs.len();
        let mut messages = vec![0.0; totals.len()];
        for group in 0..self.replies.len() {
            let sums = self.listen(arch, columns, group, false);
            let live = ROWS.min(self.rows - group * ROWS);
            for (r, [omega, v]) in sums.into_iter().enumerate().take(live) {
                let means = &self.means[(group * 2 + r / 4) * padded..];
                for (i, message) in messages.iter_mut().enumerate() {
                    *message = field(means[i], self.signs[i], r, self.replies[group][r]);
                }
                let verdict = self.factor.gaussian(&[omega], &[v]);
                let messages = &messages;
                ln_z += verdict.ln_z + edges::run(arch, LogCosh { totals, messages });
                errors += verdict.error;
            }
        }
        [ln_z, errors]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_passing::bp::BeliefPropagation;
    use crate::message_passing::{Instance, InstanceSpec};

    #[test]
    fn a_byte_per_edge_is_enough() {
        for (n, alpha, beta) in [
            (1001, 0.6, f64::INFINITY),
            (2003, 0.4, 1.5),
            (301, 0.5, 3.0),
        ] {
            let drawn = Instance::sample(&InstanceSpec::storage(n, alpha), 4, 0);
            let Patterns::Signs(signs) = &drawn.patterns else {
                panic!("signs were asked for");
            };
            let settings = BpSettings {
                beta,
                ..BpSettings::default()
            };
            let mut exact =
                BeliefPropagation::<f64>::new(&drawn.patterns, Machine::PERCEPTRON, settings)
                    .unwrap();
            let mut compact = CompactPropagation::new(signs, 0.0, beta).unwrap();
            let mut plain = compact.clone();
            plain.arch = Arch::Scalar;
            for _ in 0..40 {
                exact.step(SelfField::None, 0.0);
                assert_eq!(compact.step(SelfField::None), plain.step(SelfField::None));
            }
            assert_eq!(compact.totals(), plain.totals());
            let pairs = exact
                .magnetisations()
                .into_iter()
                .zip(compact.magnetisations());
            let error = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(error < 0.012 / f64::from(n as u32).sqrt(), "{n}: {error:e}");
            let (a, b) = (exact.thermodynamics(), compact.thermodynamics());
            assert!(
                (a.entropy - b.entropy).abs() < 1e-6,
                "{} {}",
                a.entropy,
                b.entropy
            );
            assert!((a.energy - b.energy).abs() < 1e-6);
        }
    }
}
