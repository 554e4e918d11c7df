//! The messages of a block of patterns.

use super::bp_settings::{BpSettings, Rule, Schedule};
use super::edges::{self, Accumulate, Blend, Expand, LogCosh, Magnetise, Message, Unpack};
use super::exact::Convolution;
use super::factor::{Factor, Verdict};
use super::grouped::Grouped;
use super::machine::Machine;
use super::patterns::Patterns;
use super::sweep::Sweep;
use crate::math::special;
use pulp::Arch;
use std::ops::Range;

/// The room that a block of patterns works in.
#[derive(Clone, Debug)]
pub(super) struct Block<S: Message> {
    machine: Machine,
    rule: Rule,
    rows: Range<usize>,
    factor: Factor,
    entries: Vec<S>,
    magnetisations: Vec<S>,
    fresh: Vec<S>,
    omega: Vec<f64>,
    v: Vec<f64>,
    fields: Vec<f64>,
    laws: Vec<Convolution>,
    /// The way to renew all messages at once, where there is a faster one.
    grouped: Option<Grouped<S>>,
}

impl<S: Message> Block<S> {
    pub(super) fn new(
        patterns: &Patterns,
        machine: Machine,
        settings: &BpSettings,
        rows: Range<usize>,
    ) -> Self {
        let columns = patterns.columns();
        let (units, weights) = (machine.units(), machine.weights(columns));
        let exact = settings.rule == Rule::Exact;
        let laws = if exact { units } else { 0 };
        let grouped = match patterns {
            Patterns::Signs(matrix)
                if settings.rule == Rule::Expanded && settings.schedule == Schedule::Flooding =>
            {
                Some(Grouped::new(matrix, machine, rows.clone()))
            }
            _ => None,
        };
        // Room for one pattern.
        let (entries, messages) = match grouped {
            Some(_) => (0, 0),
            None => (columns, weights),
        };
        Block {
            machine,
            rule: settings.rule,
            rows,
            factor: Factor::new(machine, settings.beta),
            entries: vec![S::default(); entries],
            magnetisations: vec![S::default(); messages],
            fresh: vec![S::default(); messages],
            omega: vec![0.0; units],
            v: vec![0.0; units],
            fields: vec![0.0; weights],
            laws: (0..laws)
                .map(|_| Convolution::new(machine.inputs(columns)))
                .collect(),
            grouped,
        }
    }

    /// Says that no message is larger than this.
    pub(super) fn set_size(&mut self, size: f64) {
        if let Some(grouped) = &mut self.grouped {
            grouped.set_size(size);
        }
    }

    /// Memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        let row = [&self.entries, &self.magnetisations, &self.fresh];
        let row: usize = row.map(|numbers| size_of_val(&numbers[..])).iter().sum();
        let grouped = self.grouped.as_ref().map_or(0, Grouped::bytes);
        row + grouped + size_of_val(&self.fields[..])
    }

    /// Sum over the block of the messages to each weight, after [`Block::sweep`].
    pub(super) fn fields(&self) -> &[f64] {
        &self.fields
    }

    /// What the last call of [`Block::renew`] changed.
    pub(super) fn changes(&self) -> &[S] {
        &self.fresh
    }

    /// Renews all messages of the block; the largest change.
    pub(super) fn sweep(&mut self, sweep: &Sweep<S>, messages: &mut [S]) -> f64 {
        self.fields.fill(0.0);
        if let Some(grouped) = &mut self.grouped {
            return grouped.sweep(sweep, self.rows.len(), messages, &mut self.fields);
        }
        let mut largest = 0.0_f64;
        let weights = self.fields.len();
        for (mu, row) in self.rows.clone().zip(messages.chunks_mut(sweep.stride)) {
            let row = &mut row[..weights];
            largest = largest.max(self.renew(sweep, mu, row));
            let job = Accumulate {
                messages: row,
                fields: &mut self.fields,
            };
            edges::run(sweep.arch, job);
        }
        largest
    }

    /// Renews the messages of one pattern; the largest change.
    pub(super) fn renew(&mut self, sweep: &Sweep<S>, mu: usize, messages: &mut [S]) -> f64 {
        self.answer(sweep, mu, messages);
        match self.rule {
            Rule::Expanded => self.expand(sweep.arch),
            Rule::Cavity => self.leave_out(),
            Rule::Exact => self.convolve(),
        }
        let job = Blend {
            fresh: &mut self.fresh,
            messages,
            damping: sweep.damping,
        };
        edges::run(sweep.arch, job)
    }

    /// Sum over the block of `ln Z_μ + Σ_i ln 2cosh(total - u)`, and of error probabilities.
    pub(super) fn free_entropy(&mut self, sweep: &Sweep<S>, messages: &mut [S]) -> [f64; 2] {
        if let Some(grouped) = &self.grouped {
            return grouped.free_entropy(sweep, self.rows.len(), messages);
        }
        let (mut ln_z, mut errors) = (0.0, 0.0);
        let weights = self.fields.len();
        for (mu, row) in self.rows.clone().zip(messages.chunks(sweep.stride)) {
            let row = &row[..weights];
            let verdict = self.answer(sweep, mu, row);
            let cavities = LogCosh {
                totals: sweep.totals,
                messages: row,
            };
            ln_z += verdict.ln_z + edges::run(sweep.arch, cavities);
            errors += verdict.error;
        }
        [ln_z, errors]
    }

    /// Cavity magnetisations of a pattern's weights and its replies to the fields of the units.
    fn answer(&mut self, sweep: &Sweep<S>, mu: usize, messages: &[S]) -> Verdict {
        load(sweep, mu, &mut self.entries);
        for k in 0..self.machine.units() {
            let (own, seen) = self.machine.span(k, self.entries.len());
            let job = Magnetise {
                totals: &sweep.columns.totals[own.clone()],
                messages: &messages[own.clone()],
                entries: &self.entries[seen.clone()],
                magnetisations: &mut self.magnetisations[own.clone()],
            };
            [self.omega[k], self.v[k]] = edges::run(sweep.arch, job);
            if let Some(law) = self.laws.get_mut(k) {
                let entries = self.entries[seen].iter();
                let terms = entries.zip(&self.magnetisations[own]);
                law.load(terms.map(|(x, m)| x.value() * m.value()));
            }
        }
        if self.rule == Rule::Exact {
            let threshold = self.machine.threshold();
            self.factor
                .votes(self.laws.iter().map(|law| law.signs(threshold)))
        } else {
            self.factor.gaussian(&self.omega, &self.v)
        }
    }

    fn expand(&mut self, arch: Arch) {
        for k in 0..self.machine.units() {
            let (own, seen) = self.machine.span(k, self.entries.len());
            let reply = &self.factor.replies()[k];
            let job = Expand {
                entries: &self.entries[seen],
                magnetisations: &self.magnetisations[own.clone()],
                slope: reply.slope,
                bend: reply.bend,
                fresh: &mut self.fresh[own],
            };
            edges::run(arch, job);
        }
    }

    fn leave_out(&mut self) {
        let threshold = self.machine.threshold();
        for k in 0..self.machine.units() {
            let (own, seen) = self.machine.span(k, self.entries.len());
            let reply = &self.factor.replies()[k];
            let (omega, v) = (self.omega[k], self.v[k]);
            for (i, column) in own.zip(seen) {
                let (x, m) = (self.entries[column].value(), self.magnetisations[i].value());
                let rest = (v - x * x * (1.0 - m * m)).max(f64::MIN_POSITIVE);
                let cavity = omega - x * m;
                let side = |x: f64| special::ln_h((threshold - cavity - x) / rest.sqrt());
                self.fresh[i] = S::of(Factor::message(reply, side(x), side(-x)));
            }
        }
    }

    fn convolve(&mut self) {
        let threshold = self.machine.threshold();
        for (k, law) in self.laws.iter().enumerate() {
            let (own, seen) = self.machine.span(k, self.entries.len());
            let reply = &self.factor.replies()[k];
            for (place, (i, column)) in own.zip(seen).enumerate() {
                let [plus, minus] = law.without(place, threshold);
                let field = Factor::message(reply, plus, minus);
                self.fresh[i] = S::of(self.entries[column].value() * field);
            }
        }
    }
}

/// The entries of one pattern as numbers.
fn load<S: Message>(sweep: &Sweep<S>, mu: usize, entries: &mut [S]) {
    match sweep.patterns {
        Patterns::Signs(matrix) => {
            let words = matrix.row(mu);
            edges::run(sweep.arch, Unpack { words, entries });
        }
        Patterns::Real(matrix) => {
            for (entry, x) in entries.iter_mut().zip(matrix.row(mu)) {
                *entry = S::of(*x);
            }
        }
    }
}
