//! Belief propagation with one message per edge (BP.1 to BP.9).
//!
//! A message from a pattern to a weight is a field `u = atanh m`. Memory: one message per edge
//! (eight bytes, or four in single precision) beside one bit or number per entry of the patterns;
//! where all first-order messages of signs are renewed at once, a second copy of the bits. A sweep
//! reads and writes each message once and allocates nothing.

use super::bp_settings::{BpSettings, Rule, Schedule};
use super::edges::{self, Message};
use super::exact::Convolution;
use super::iteration::Thermodynamics;
use super::machine::Machine;
use super::messages::Block;
use super::patterns::Patterns;
use super::protocol::SelfField;
use super::reinforcement::Reinforced;
use super::rows::Rows;
use super::sweep::Sweep;
use super::thread_rooms::Rooms;
use super::weights::Weights;
use crate::error::InputError;
use crate::math::special;
use pulp::Arch;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Patterns of a block; blocks are what threads share out, whatever their number.
const BLOCK: usize = 256;

/// Memory that exact messages of `rows` patterns take beyond those of the other rules, in bytes: what
/// grows as the square of the number of weights.
pub(crate) fn exact_memory(machine: Machine, rows: usize, columns: usize) -> u64 {
    let laws = rows.max(1).div_ceil(BLOCK).saturating_mul(machine.units());
    Convolution::bytes(machine.inputs(columns)).saturating_mul(laws as u64)
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ending {
    /// Messages stand still.
    Converged {
        /// Sweeps used.
        sweeps: usize,
    },
    /// Messages are still moving.
    Moving {
        /// Sweeps used.
        sweeps: usize,
        /// Largest change in the last one.
        change: f64,
    },
    /// Messages are at the largest field that is allowed: a fixed point of small Gaussian
    /// instances that means nothing, or a contradiction between patterns (BP.11).
    Saturated {
        /// Sweeps used.
        sweeps: usize,
    },
}

impl Ending {
    /// Whether marginals and free entropy may be used.
    pub fn converged(self) -> bool {
        matches!(self, Ending::Converged { .. })
    }
}

/// Belief propagation on one instance, its messages stored as `S` (`f64` or `f32`).
///
/// ```
/// use quenched::message_passing::{bp::BeliefPropagation, bp_settings::BpSettings};
/// use quenched::message_passing::{Instance, InstanceSpec, machine::Machine};
///
/// let instance = Instance::sample(&InstanceSpec::storage(1001, 0.4), 1, 0);
/// let perceptron = Machine::PERCEPTRON;
/// let mut bp = BeliefPropagation::<f64>::new(&instance.patterns, perceptron, BpSettings::default())?;
/// assert!(bp.run().converged());
/// let entropy = bp.thermodynamics().free_entropy;
/// assert!((entropy - 0.396).abs() < 0.02);
/// # Ok::<(), quenched::error::InputError>(())
/// ```
#[derive(Clone, Debug)]
pub struct BeliefPropagation<'a, S: Message = f64> {
    patterns: &'a Patterns,
    machine: Machine,
    settings: BpSettings,
    arch: Arch,
    messages: Rows<S>,
    weights: Weights<S>,
    blocks: Vec<Block<S>>,
    /// Sum over a block, or its largest change, and its errors.
    outcomes: Vec<[f64; 2]>,
    rooms: Rooms<S>,
    order: Vec<usize>,
    rng: ChaCha8Rng,
}

impl<'a, S: Message> BeliefPropagation<'a, S> {
    /// Starts from vanishing messages.
    ///
    /// # Errors
    /// A machine that does not fit the patterns, and settings out of range.
    pub fn new(
        patterns: &'a Patterns,
        machine: Machine,
        settings: BpSettings,
    ) -> Result<Self, InputError> {
        settings.check(patterns, machine)?;
        let (rows, weights) = (patterns.rows(), machine.weights(patterns.columns()));
        let starts = (0..rows.max(1)).step_by(BLOCK);
        let blocks = starts.map(|first| {
            let rows = first..rows.min(first + BLOCK);
            Block::new(patterns, machine, &settings, rows)
        });
        let blocks: Vec<Block<S>> = blocks.collect();
        let seed = match settings.schedule {
            Schedule::Flooding => 0,
            Schedule::Sequential { seed } => seed,
        };
        Ok(BeliefPropagation {
            patterns,
            machine,
            settings,
            arch: Arch::new(),
            messages: Rows::new(rows, weights),
            weights: Weights::new(weights),
            outcomes: vec![[0.0; 2]; blocks.len()],
            blocks,
            rooms: Rooms::new(machine, patterns.columns(), settings.beta),
            order: (0..rows).collect(),
            rng: ChaCha8Rng::seed_from_u64(seed),
        })
    }

    /// Puts a field on the weights, beside what the patterns say. It stays until the next call.
    ///
    /// # Errors
    /// A field of the wrong length or with a value that is not finite.
    pub fn set_external(&mut self, field: &[f64]) -> Result<(), InputError> {
        if field.len() != self.weights.external.len() || field.iter().any(|x| !x.is_finite()) {
            return Err(InputError::new(
                "field",
                format!("{} values", field.len()),
                "one finite value is needed for each weight",
                format!("{} finite values", self.weights.external.len()),
            ));
        }
        self.weights.external.copy_from_slice(field);
        self.weights.forget_history(self.arch);
        Ok(())
    }

    /// What the patterns say to each weight, `H_i = Σ_μ u_{μi}`.
    pub fn pattern_fields(&self) -> &[f64] {
        &self.weights.pattern_fields
    }

    /// Total field of each weight, `atanh` of its mean.
    pub fn totals(&self) -> &[f64] {
        &self.weights.totals
    }

    /// Mean of each weight.
    pub fn magnetisations(&self) -> Vec<f64> {
        self.weights.totals.iter().map(|h| h.tanh()).collect()
    }

    /// Forgets all messages.
    pub fn reset(&mut self) {
        self.messages.padded().fill(S::default());
        self.set_size(0.0);
        self.weights.pattern_fields.fill(0.0);
        self.weights.forget_history(self.arch);
    }

    /// Small random messages, uniform in `(-size, size)`: what the equivalent units of a fully
    /// connected machine need to become different.
    pub fn randomise(&mut self, size: f64, rng: &mut impl Rng) {
        self.set_size(size.abs());
        self.weights.pattern_fields.fill(0.0);
        for mu in 0..self.patterns.rows() {
            let row = self.messages.row_mut(mu);
            for message in &mut *row {
                *message = S::of(size * (2.0 * rng.random::<f64>() - 1.0));
            }
            accumulate(self.arch, row, &mut self.weights.pattern_fields);
        }
        self.weights.forget_history(self.arch);
    }

    /// One sweep over all patterns, then the fields of the weights on themselves. A part `damping`
    /// of each old message is kept. The mean change `|Δm|` of a weight and the largest change
    /// `|Δu|` of a message.
    pub fn step(&mut self, own: SelfField, damping: f64) -> [f64; 2] {
        let largest = match self.settings.schedule {
            Schedule::Flooding => self.flood(damping),
            Schedule::Sequential { .. } => self.visit_in_turn(damping),
        };
        let moved = self.weights.update(self.arch, own);
        [moved / self.weights.totals.len().max(1) as f64, largest]
    }

    /// Sweeps without self-fields until messages stand still.
    pub fn run(&mut self) -> Ending {
        let mut change = f64::INFINITY;
        self.weights.forget_history(self.arch);
        for sweeps in 1..=self.settings.max_sweeps {
            [_, change] = self.step(SelfField::None, self.settings.damping);
            if change < self.settings.tolerance {
                return if self.saturated() || self.contradicts() {
                    Ending::Saturated { sweeps }
                } else {
                    Ending::Converged { sweeps }
                };
            }
        }
        let sweeps = self.settings.max_sweeps;
        if self.saturated() {
            return Ending::Saturated { sweeps };
        }
        Ending::Moving { sweeps, change }
    }

    /// Whether messages are at the clip where they should not be (BP.11).
    pub fn saturated(&self) -> bool {
        let at = |sign: f64| move |u: &S| sign * u.value() >= edges::CLIP * (1.0 - 1e-6);
        if self.settings.rule != Rule::Exact {
            let largest = |row: &[S]| row.iter().any(|u| at(u.value().signum())(u));
            return self.messages.iter().any(largest);
        }
        // Exact messages may force a weight; two that force it to opposite signs may not.
        (0..self.weights.totals.len()).any(|i| {
            let forced = |sign| self.messages.iter().any(|row| at(sign)(&row[i]));
            forced(1.0) && forced(-1.0)
        })
    }

    /// Whether the free entropy says, at β = ∞, that there is much less than one configuration:
    /// messages that stand still in a contradiction between patterns (BP.11).
    fn contradicts(&mut self) -> bool {
        let strength: f64 = self.weights.external.iter().map(|field| field.abs()).sum();
        let least = -std::f64::consts::LN_2 - strength / self.weights.external.len().max(1) as f64;
        let impossible = |free_entropy: f64| free_entropy.is_nan() || free_entropy < least;
        self.settings.beta.is_infinite() && impossible(self.thermodynamics().free_entropy)
    }

    /// Bethe free entropy, energy, entropy and overlap per weight of the present messages without
    /// self-fields (BP.8, BP.9). They belong to the measure, tilted by the external field, where
    /// the messages have converged.
    pub fn thermodynamics(&mut self) -> Thermodynamics {
        self.weights.forget_history(self.arch);
        self.for_blocks(0.0, |block, sweep, rows| block.free_entropy(sweep, rows));
        let totals = self.weights.totals.iter();
        let sites: f64 = totals.map(|h| special::ln_2cosh(*h)).sum();
        // Each pattern's edges subtract every site once more (BP.8).
        let mut ln_z = sites * (1.0 - self.patterns.rows() as f64);
        let mut errors = 0.0;
        for [own, own_errors] in &self.outcomes {
            ln_z += own;
            errors += own_errors;
        }
        let n = self.weights.totals.len().max(1) as f64;
        let (free_entropy, energy) = (ln_z / n, errors / n);
        let beta = self.settings.beta;
        let heat = if beta.is_finite() { beta * energy } else { 0.0 };
        Thermodynamics {
            free_entropy,
            energy,
            entropy: free_entropy + heat,
            overlap: self
                .weights
                .totals
                .iter()
                .map(|h| h.tanh().powi(2))
                .sum::<f64>()
                / n,
        }
    }

    /// Memory of the messages, the fields and the room to work in, in bytes.
    pub fn bytes(&self) -> usize {
        let blocks: usize = self.blocks.iter().map(Block::bytes).sum();
        self.messages.bytes() + self.weights.bytes() + blocks + self.rooms.bytes()
    }

    fn set_size(&mut self, size: f64) {
        for block in &mut self.blocks {
            block.set_size(size);
        }
    }

    fn flood(&mut self, damping: f64) -> f64 {
        self.for_blocks(damping, |block, sweep, rows| {
            [block.sweep(sweep, rows), 0.0]
        });
        self.weights.pattern_fields.fill(0.0);
        for block in &self.blocks {
            for (field, own) in self.weights.pattern_fields.iter_mut().zip(block.fields()) {
                *field += own;
            }
        }
        let changes = self.outcomes.iter().map(|[change, _]| *change);
        changes.fold(0.0, f64::max)
    }

    fn visit_in_turn(&mut self, damping: f64) -> f64 {
        self.order.shuffle(&mut self.rng);
        let mut largest = 0.0_f64;
        let Some(block) = self.blocks.first_mut() else {
            return largest;
        };
        for &mu in &self.order {
            self.weights.store_totals();
            let sweep = Sweep {
                arch: self.arch,
                patterns: self.patterns,
                totals: &self.weights.totals,
                columns: self.weights.columns(),
                stride: self.messages.stride(),
                damping,
                rooms: &self.rooms,
            };
            largest = largest.max(block.renew(&sweep, mu, self.messages.row_mut(mu)));
            let weights = &mut self.weights;
            accumulate(self.arch, block.changes(), &mut weights.pattern_fields);
            accumulate(self.arch, block.changes(), &mut weights.totals);
        }
        largest
    }

    /// Runs over blocks with their rows of messages, and keeps what they say.
    fn for_blocks(
        &mut self,
        damping: f64,
        job: impl Fn(&mut Block<S>, &Sweep<S>, &mut [S]) -> [f64; 2] + Sync + Send,
    ) {
        let sweep = Sweep {
            arch: self.arch,
            patterns: self.patterns,
            totals: &self.weights.totals,
            columns: self.weights.columns(),
            stride: self.messages.stride(),
            damping,
            rooms: &self.rooms,
        };
        let size = BLOCK * self.messages.stride();
        let messages = self.messages.padded();
        #[cfg(feature = "rayon")]
        if self.blocks.len() > 1 {
            use rayon::prelude::*;
            let blocks = self.blocks.par_iter_mut().zip(&mut self.outcomes);
            let blocks = blocks.zip(messages.par_chunks_mut(size));
            blocks.for_each(|((block, outcome), rows)| *outcome = job(block, &sweep, rows));
            return;
        }
        let blocks = self.blocks.iter_mut().zip(&mut self.outcomes);
        for ((block, outcome), rows) in blocks.zip(messages.chunks_mut(size)) {
            *outcome = job(block, &sweep, rows);
        }
    }
}

impl<S: Message> Reinforced for BeliefPropagation<'_, S> {
    fn iterate(&mut self, field: SelfField, damping: f64) -> Option<f64> {
        let [moved, _] = self.step(field, damping);
        moved.is_finite().then_some(moved)
    }

    fn decide(&self, weights: &mut [f64]) {
        for (w, total) in weights.iter_mut().zip(&self.weights.totals) {
            *w = if *total < 0.0 { -1.0 } else { 1.0 };
        }
    }

    fn errors(&mut self, weights: &[f64]) -> usize {
        self.machine.errors(self.patterns, weights)
    }

    fn weights(&self) -> usize {
        self.weights.totals.len()
    }

    fn set_field(&mut self, field: &[f64]) {
        if field.len() == self.weights.external.len() && field.iter().all(|x| x.is_finite()) {
            self.weights.external.copy_from_slice(field);
        }
    }
}

fn accumulate<S: Message>(arch: Arch, messages: &[S], fields: &mut [f64]) {
    edges::run(arch, edges::Accumulate { messages, fields });
}
