//! Belief propagation with one message per edge (BP.1 to BP.9).
//!
//! A message from a pattern to a weight is a field `u = atanh m`. Memory: one message per edge
//! (eight bytes, or four in single precision) beside one bit or number per entry of the patterns.

use super::bp_settings::{BpSettings, Rule, Schedule};
use super::edges::{self, Message};
use super::iteration::Thermodynamics;
use super::machine::Machine;
use super::messages::{Block, Sweep};
use super::patterns::Patterns;
use super::protocol::SelfField;
use super::reinforcement::Reinforced;
use crate::error::InputError;
use crate::math::special;
use pulp::Arch;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Patterns of a block; blocks are what threads share out, whatever their number.
const BLOCK: usize = 128;

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
    messages: Vec<S>,
    /// Sum of the messages to each weight.
    pattern_fields: Vec<f64>,
    /// Field from outside.
    external: Vec<f64>,
    /// Total field of each weight: of the patterns, from outside and of the weight on itself.
    totals: Vec<f64>,
    /// The same as the messages are stored.
    stored: Vec<S>,
    blocks: Vec<Block<S>>,
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
        let seed = match settings.schedule {
            Schedule::Flooding => 0,
            Schedule::Sequential { seed } => seed,
        };
        Ok(BeliefPropagation {
            patterns,
            machine,
            settings,
            arch: Arch::new(),
            messages: vec![S::default(); rows * weights],
            pattern_fields: vec![0.0; weights],
            external: vec![0.0; weights],
            totals: vec![0.0; weights],
            stored: vec![S::default(); weights],
            blocks: blocks.collect(),
            order: (0..rows).collect(),
            rng: ChaCha8Rng::seed_from_u64(seed),
        })
    }

    /// Puts a field on the weights, beside what the patterns say. It stays until the next call.
    ///
    /// # Errors
    /// A field of the wrong length or with a value that is not finite.
    pub fn set_external(&mut self, field: &[f64]) -> Result<(), InputError> {
        if field.len() != self.external.len() || field.iter().any(|x| !x.is_finite()) {
            return Err(InputError::new(
                "field",
                format!("{} values", field.len()),
                "one finite value is needed for each weight",
                format!("{} finite values", self.external.len()),
            ));
        }
        self.external.copy_from_slice(field);
        self.forget_history();
        Ok(())
    }

    /// What the patterns say to each weight, `H_i = Σ_μ u_{μi}`.
    pub fn pattern_fields(&self) -> &[f64] {
        &self.pattern_fields
    }

    /// Total field of each weight, `atanh` of its mean.
    pub fn totals(&self) -> &[f64] {
        &self.totals
    }

    /// Mean of each weight.
    pub fn magnetisations(&self) -> Vec<f64> {
        self.totals.iter().map(|h| h.tanh()).collect()
    }

    /// Forgets all messages.
    pub fn reset(&mut self) {
        self.messages.fill(S::default());
        self.pattern_fields.fill(0.0);
        self.forget_history();
    }

    /// Small random messages, uniform in `(-size, size)`: what the equivalent units of a fully
    /// connected machine need to become different.
    pub fn randomise(&mut self, size: f64, rng: &mut impl Rng) {
        for message in &mut self.messages {
            *message = S::of(size * (2.0 * rng.random::<f64>() - 1.0));
        }
        self.pattern_fields.fill(0.0);
        for row in self.messages.chunks_exact(self.totals.len().max(1)) {
            accumulate(self.arch, row, &mut self.pattern_fields);
        }
        self.forget_history();
    }

    /// One sweep over all patterns, then the fields of the weights on themselves. A part `damping`
    /// of each old message is kept. The mean change `|Δm|` of a weight and the largest change
    /// `|Δu|` of a message.
    pub fn step(&mut self, own: SelfField, damping: f64) -> [f64; 2] {
        let largest = match self.settings.schedule {
            Schedule::Flooding => self.flood(damping),
            Schedule::Sequential { .. } => self.visit_in_turn(damping),
        };
        let mut moved = 0.0;
        let fields = self.pattern_fields.iter().zip(&self.external);
        for (total, (h, field)) in self.totals.iter_mut().zip(fields) {
            let next = own.total(h + field, *total);
            moved += (next.tanh() - total.tanh()).abs();
            *total = next;
        }
        [moved / self.totals.len().max(1) as f64, largest]
    }

    /// Sweeps without self-fields until messages stand still.
    pub fn run(&mut self) -> Ending {
        let mut change = f64::INFINITY;
        self.forget_history();
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
        let weights = self.totals.len().max(1);
        let at = |sign: f64| move |u: &S| sign * u.value() >= edges::CLIP * (1.0 - 1e-6);
        if self.settings.rule != Rule::Exact {
            return self.messages.iter().any(|u| at(u.value().signum())(u));
        }
        // Exact messages may force a weight; two that force it to opposite signs may not.
        (0..weights).any(|i| {
            let column = || self.messages.iter().skip(i).step_by(weights);
            column().any(at(1.0)) && column().any(at(-1.0))
        })
    }

    /// Whether the free entropy says, at β = ∞, that there is much less than one configuration:
    /// messages that stand still in a contradiction between patterns (BP.11).
    fn contradicts(&mut self) -> bool {
        let strength: f64 = self.external.iter().map(|field| field.abs()).sum();
        let least = -std::f64::consts::LN_2 - strength / self.external.len().max(1) as f64;
        let impossible = |free_entropy: f64| free_entropy.is_nan() || free_entropy < least;
        self.settings.beta.is_infinite() && impossible(self.thermodynamics().free_entropy)
    }

    /// Bethe free entropy, energy, entropy and overlap per weight of the present messages without
    /// self-fields (BP.8, BP.9). They belong to the measure, tilted by the external field, where
    /// the messages have converged.
    pub fn thermodynamics(&mut self) -> Thermodynamics {
        self.forget_history();
        self.store_totals();
        let per_block = self.for_blocks(0.0, |block, sweep, rows| block.free_entropy(sweep, rows));
        let sites: f64 = self.totals.iter().map(|h| special::ln_2cosh(*h)).sum();
        // Each pattern's edges subtract every site once more (BP.8).
        let mut ln_z = sites * (1.0 - self.patterns.rows() as f64);
        let mut errors = 0.0;
        for (own, own_errors) in per_block {
            ln_z += own;
            errors += own_errors;
        }
        let n = self.totals.len().max(1) as f64;
        let (free_entropy, energy) = (ln_z / n, errors / n);
        let beta = self.settings.beta;
        let heat = if beta.is_finite() { beta * energy } else { 0.0 };
        Thermodynamics {
            free_entropy,
            energy,
            entropy: free_entropy + heat,
            overlap: self.totals.iter().map(|h| h.tanh().powi(2)).sum::<f64>() / n,
        }
    }

    /// Memory of the messages, the fields and the room to work in, in bytes.
    pub fn bytes(&self) -> usize {
        let per_block = self.totals.len() * (8 + 3 * size_of::<S>());
        self.messages.len() * size_of::<S>()
            + self.totals.len() * 32
            + self.blocks.len() * per_block
    }

    /// Total fields without self-fields.
    fn forget_history(&mut self) {
        let fields = self.pattern_fields.iter().zip(&self.external);
        for (total, (h, field)) in self.totals.iter_mut().zip(fields) {
            *total = h + field;
        }
    }

    fn store_totals(&mut self) {
        for (stored, total) in self.stored.iter_mut().zip(&self.totals) {
            *stored = S::of(*total);
        }
    }

    fn flood(&mut self, damping: f64) -> f64 {
        self.store_totals();
        let changes = self.for_blocks(damping, |block, sweep, rows| block.sweep(sweep, rows));
        self.pattern_fields.fill(0.0);
        for block in &self.blocks {
            for (field, own) in self.pattern_fields.iter_mut().zip(block.fields()) {
                *field += own;
            }
        }
        changes.into_iter().fold(0.0, f64::max)
    }

    fn visit_in_turn(&mut self, damping: f64) -> f64 {
        self.order.shuffle(&mut self.rng);
        let weights = self.totals.len();
        let mut largest = 0.0_f64;
        let Some(block) = self.blocks.first_mut() else {
            return largest;
        };
        for &mu in &self.order {
            for (stored, total) in self.stored.iter_mut().zip(&self.totals) {
                *stored = S::of(*total);
            }
            let sweep = Sweep {
                arch: self.arch,
                patterns: self.patterns,
                totals: &self.stored,
                damping,
            };
            let row = &mut self.messages[mu * weights..(mu + 1) * weights];
            largest = largest.max(block.renew(&sweep, mu, row));
            accumulate(self.arch, block.changes(), &mut self.pattern_fields);
            accumulate(self.arch, block.changes(), &mut self.totals);
        }
        largest
    }

    /// Runs over blocks with their rows of messages; results keep the order of the blocks.
    fn for_blocks<T: Send>(
        &mut self,
        damping: f64,
        job: impl Fn(&mut Block<S>, &Sweep<S>, &mut [S]) -> T + Sync + Send,
    ) -> Vec<T> {
        let sweep = Sweep {
            arch: self.arch,
            patterns: self.patterns,
            totals: &self.stored,
            damping,
        };
        let rows = (BLOCK * self.totals.len()).max(1);
        #[cfg(feature = "rayon")]
        {
            use rayon::prelude::*;
            if self.blocks.len() > 1 {
                let rows = self.messages.par_chunks_mut(rows);
                let pairs = self.blocks.par_iter_mut().zip(rows);
                return pairs
                    .map(|(block, rows)| job(block, &sweep, rows))
                    .collect();
            }
        }
        let pairs = self.blocks.iter_mut().zip(self.messages.chunks_mut(rows));
        pairs
            .map(|(block, rows)| job(block, &sweep, rows))
            .collect()
    }
}

impl<S: Message> Reinforced for BeliefPropagation<'_, S> {
    fn iterate(&mut self, field: SelfField, damping: f64) -> Option<f64> {
        let [moved, _] = self.step(field, damping);
        moved.is_finite().then_some(moved)
    }

    fn decide(&self, weights: &mut [f64]) {
        for (w, total) in weights.iter_mut().zip(&self.totals) {
            *w = if *total < 0.0 { -1.0 } else { 1.0 };
        }
    }

    fn errors(&mut self, weights: &[f64]) -> usize {
        self.machine.errors(self.patterns, weights)
    }

    fn weights(&self) -> usize {
        self.totals.len()
    }

    fn set_field(&mut self, field: &[f64]) {
        if field.len() == self.external.len() && field.iter().all(|x| x.is_finite()) {
            self.external.copy_from_slice(field);
        }
    }
}

fn accumulate<S: Message>(arch: Arch, messages: &[S], fields: &mut [f64]) {
    edges::run(arch, edges::Accumulate { messages, fields });
}
