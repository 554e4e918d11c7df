//! Approximate message passing for binary weights of a perceptron or a committee of `K` sign units
//! (MP.15–MP.17), with external and self-fields.
//!
//! Fields of the units are plain sums `ξ·m`, without `1/√N`. Per weight and per pattern and unit it
//! keeps a few numbers; one iteration costs two products with the patterns for each unit, over its
//! own inputs, and allocates nothing.

use super::factor::Factor;
use super::instance::stream;
use super::iteration::{Run, Settings, Thermodynamics, run};
use super::kernel::{Operator, Tables};
use super::machine::Machine;
use super::patterns::{Patterns, RealMatrix};
use super::protocol::SelfField;
use super::reinforcement::Reinforced;
use crate::math::special;
use rand_distr::{Distribution, StandardNormal};
use std::borrow::Cow;

/// Stream of the initial noise of an iteration.
const NOISE: u64 = 2;

/// The iterated quantities. Weights come unit after unit, and so do patterns.
#[derive(Clone, Debug)]
struct State {
    mean: Vec<f64>,
    /// Total fields.
    total: Vec<f64>,
    /// Fields of the patterns.
    field: Vec<f64>,
    omega: Vec<f64>,
    g: Vec<f64>,
    /// Variance of the field of each unit.
    v: Vec<f64>,
}

/// Message passing for the binary weights of a [`Machine`] on one instance.
#[derive(Clone, Debug)]
pub struct Committee<'a> {
    machine: Machine,
    operators: Vec<Operator<'a>>,
    patterns: usize,
    beta: f64,
    factor: Factor,
    external: Vec<f64>,
    state: State,
    old: State,
    table: Tables,
    /// Room for the fields of the units on one pattern and the sums of their bends.
    fields: Vec<f64>,
    /// Room for the preactivations of a configuration.
    preactivations: Vec<f64>,
}

impl<'a> Committee<'a> {
    /// Starts at zero means. `beta` is the inverse temperature of an error, ∞ for solutions only.
    /// None where the machine cannot act on the patterns (see [`Machine::refusal`]) or `beta` is
    /// none.
    pub fn new(patterns: &'a Patterns, machine: Machine, beta: f64) -> Option<Self> {
        let (m, columns) = (patterns.rows(), patterns.columns());
        if beta.is_nan() || beta <= 0.0 || machine.refusal(columns).is_some() {
            return None;
        }
        let (n, units) = (machine.weights(columns), machine.units());
        let state = State {
            mean: vec![0.0; n],
            total: vec![0.0; n],
            field: vec![0.0; n],
            omega: vec![0.0; units * m],
            g: vec![0.0; units * m],
            v: vec![machine.inputs(columns) as f64; units],
        };
        Some(Committee {
            operators: operators(patterns, machine),
            factor: Factor::new(machine, beta),
            machine,
            patterns: m,
            beta,
            external: vec![0.0; n],
            old: state.clone(),
            state,
            table: Vec::new(),
            fields: vec![0.0; 2 * units],
            preactivations: vec![0.0; units * m],
        })
    }

    /// Means of the weights, unit after unit.
    pub fn mean(&self) -> &[f64] {
        &self.state.mean
    }

    /// Total fields of the weights, `atanh` of their means where there is no damping.
    pub fn total(&self) -> &[f64] {
        &self.state.total
    }

    /// Starts anew at these means; ignored where there is not one for each weight.
    pub fn start_at(&mut self, mean: &[f64]) {
        if mean.len() == self.state.mean.len() && mean.iter().all(|m| m.abs() <= 1.0) {
            self.state.mean.copy_from_slice(mean);
            self.state.total.fill(0.0);
            self.state.g.fill(0.0);
        }
    }

    /// Starts anew at means `tanh(amplitude · N(0, 1))`: the zero means are a fixed point of the
    /// symmetry among the units of a fully connected committee.
    pub fn start_from_noise(&mut self, amplitude: f64, seed: u64, sample: u64) {
        let noise = standard_normals(self.state.mean.len(), seed, sample);
        let mean: Vec<f64> = noise.iter().map(|x| (amplitude * x).tanh()).collect();
        self.start_at(&mean);
    }

    /// The inputs of unit `k`, its patterns, and what acts on them.
    fn operator(&self, k: usize) -> &Operator<'a> {
        &self.operators[k.min(self.operators.len() - 1)]
    }

    /// One iteration: the mean and the largest change of a mean, or `None` where numbers became
    /// infinite, with the state before it restored.
    pub fn step(&mut self, own: SelfField, damping: f64) -> Option<[f64; 2]> {
        self.old.copy(&self.state);
        self.fields_of_units();
        self.answers();
        let [mean, largest] = self.means(own, damping);
        if mean.is_finite() && self.state.total.iter().all(|x| x.is_finite()) {
            return Some([mean, largest]);
        }
        std::mem::swap(&mut self.state, &mut self.old);
        None
    }

    /// Means and variances of the fields of the units (MP.15).
    fn fields_of_units(&mut self) {
        let (n, m) = (self.state.mean.len() / self.machine.units(), self.patterns);
        for k in 0..self.machine.units() {
            let mean = &self.state.mean[k * n..(k + 1) * n];
            let v: f64 = mean.iter().map(|m| (1.0 - m) * (1.0 + m)).sum();
            // Saturated weights leave no variance; a trace of it keeps the answers finite.
            let v = v.max(LEAST_VARIANCE);
            self.state.v[k] = v;
            let operator = &self.operators[k.min(self.operators.len() - 1)];
            let omega = &mut self.state.omega[k * m..(k + 1) * m];
            operator.forward(mean, &mut self.table, omega);
            for (omega, g) in omega.iter_mut().zip(&self.state.g[k * m..(k + 1) * m]) {
                *omega -= v * g;
            }
        }
    }

    /// Answers of the patterns (MP.16) and the fields that they make.
    fn answers(&mut self) {
        let (units, m) = (self.machine.units(), self.patterns);
        let n = self.state.mean.len() / units;
        let (omega, bends) = self.fields.split_at_mut(units);
        bends.fill(0.0);
        for mu in 0..m {
            for (k, omega) in omega.iter_mut().enumerate() {
                *omega = self.state.omega[k * m + mu];
            }
            self.factor.gaussian(omega, &self.state.v);
            for (k, reply) in self.factor.replies().iter().enumerate() {
                self.state.g[k * m + mu] = reply.slope;
                bends[k] += reply.bend;
            }
        }
        for (k, bend) in bends.iter().enumerate() {
            let operator = &self.operators[k.min(self.operators.len() - 1)];
            let field = &mut self.state.field[k * n..(k + 1) * n];
            operator.backward(&self.state.g[k * m..(k + 1) * m], &mut self.table, field);
            for (field, mean) in field.iter_mut().zip(&self.state.mean[k * n..(k + 1) * n]) {
                *field += bend * mean;
            }
        }
    }

    /// New means in the total fields (MP.17); their mean and largest change.
    fn means(&mut self, own: SelfField, damping: f64) -> [f64; 2] {
        let state = &mut self.state;
        let (mut sum, mut largest) = (0.0, 0.0f64);
        for i in 0..state.mean.len() {
            let field = state.field[i] + self.external[i];
            state.total[i] = own.total(field, state.total[i]);
            let mean = (1.0 - damping) * state.total[i].tanh() + damping * state.mean[i];
            let change = (mean - state.mean[i]).abs();
            sum += change;
            largest = largest.max(change);
            state.mean[i] = mean;
        }
        [sum / state.mean.len() as f64, largest]
    }

    /// Iterates without self-fields to a fixed point.
    pub fn run(&mut self, settings: &Settings) -> Run {
        run(settings, || {
            let changes = self.step(SelfField::None, settings.damping);
            changes.map(|[_, largest]| largest)
        })
    }

    /// Free entropy (MP.18), energy, entropy and overlap per weight at a fixed point without
    /// self-fields.
    pub fn thermodynamics(&mut self) -> Thermodynamics {
        let (units, m) = (self.machine.units(), self.patterns);
        let n = self.state.mean.len();
        let (mut free, mut energy) = (0.0, 0.0);
        for mu in 0..m {
            let omega: &mut [f64] = &mut self.fields[..units];
            for (k, omega) in omega.iter_mut().enumerate() {
                *omega = self.state.omega[k * m + mu];
            }
            let verdict = self.factor.gaussian(omega, &self.state.v);
            free += verdict.ln_z;
            energy += verdict.error;
            let square = |k: usize| self.state.v[k] * self.state.g[k * m + mu].powi(2);
            free += 0.5 * (0..units).map(square).sum::<f64>();
        }
        let mut overlap = 0.0;
        for i in 0..n {
            let (mean, field) = (self.state.mean[i], self.state.field[i]);
            free += special::ln_2cosh(field + self.external[i]) - mean * field;
            overlap += mean * mean;
        }
        let scale = (n as f64).recip();
        let (free_entropy, energy) = (free * scale, energy * scale);
        let beta_energy = if self.beta.is_finite() {
            self.beta * energy
        } else {
            0.0
        };
        Thermodynamics {
            free_entropy,
            energy,
            entropy: free_entropy + beta_energy,
            overlap: overlap * scale,
        }
    }

    /// Memory of the packed patterns and of the state, in bytes.
    pub fn bytes(&self) -> usize {
        let packed: usize = self.operators.iter().map(Operator::bytes).sum();
        let state = 7 * self.state.mean.len() + 5 * self.state.g.len();
        packed + state * size_of::<f64>()
    }
}

/// Least variance of a unit's field.
const LEAST_VARIANCE: f64 = 1e-12;

impl Reinforced for Committee<'_> {
    fn iterate(&mut self, field: SelfField, damping: f64) -> Option<f64> {
        self.step(field, damping).map(|[mean, _]| mean)
    }

    fn decide(&self, weights: &mut [f64]) {
        for (w, total) in weights.iter_mut().zip(&self.state.total) {
            *w = if *total < 0.0 { -1.0 } else { 1.0 };
        }
    }

    fn errors(&mut self, weights: &[f64]) -> usize {
        let (units, m) = (self.machine.units(), self.patterns);
        let n = self.state.mean.len() / units;
        let mut out = std::mem::take(&mut self.preactivations);
        let mut table = std::mem::take(&mut self.table);
        for k in 0..units {
            let operator = self.operator(k);
            let out = &mut out[k * m..(k + 1) * m];
            operator.forward(&weights[k * n..(k + 1) * n], &mut table, out);
        }
        let threshold = self.machine.threshold();
        let wrong = |mu: &usize| {
            let positive = (0..units).filter(|k| out[k * m + mu] > threshold).count();
            positive <= units / 2
        };
        let errors = (0..m).filter(wrong).count();
        (self.preactivations, self.table) = (out, table);
        errors
    }

    fn weights(&self) -> usize {
        self.state.mean.len()
    }

    fn set_field(&mut self, field: &[f64]) {
        if field.len() == self.external.len() && field.iter().all(|x| x.is_finite()) {
            self.external.copy_from_slice(field);
        }
    }
}

/// Independent standard normal numbers of an algorithm's own stream: noise at its start, or the
/// pattern of a field that tells equivalent units apart.
pub fn standard_normals(n: usize, seed: u64, sample: u64) -> Vec<f64> {
    let mut rng = stream(seed, sample, NOISE);
    (0..n).map(|_| StandardNormal.sample(&mut rng)).collect()
}

/// One operator for all units, or one for each unit's own inputs.
fn operators<'a>(patterns: &'a Patterns, machine: Machine) -> Vec<Operator<'a>> {
    if !matches!(machine, Machine::Tree { .. }) {
        return vec![Operator::new(patterns)];
    }
    let part = |k: usize| {
        let (_, columns) = machine.span(k, patterns.columns());
        match patterns {
            Patterns::Signs(matrix) => {
                Operator::signs(&matrix.columns_between(columns.start, columns.end))
            }
            Patterns::Real(matrix) => {
                let entry = |mu: usize, i: usize| matrix.row(mu)[columns.start + i];
                let own = RealMatrix::from_fn(matrix.rows(), columns.len(), entry);
                Operator::Real(Cow::Owned(own))
            }
        }
    };
    (0..machine.units()).map(part).collect()
}

impl State {
    /// Copies without allocating.
    fn copy(&mut self, other: &State) {
        self.mean.clone_from(&other.mean);
        self.total.clone_from(&other.total);
        self.field.clone_from(&other.field);
        self.omega.clone_from(&other.omega);
        self.g.clone_from(&other.g);
        self.v.clone_from(&other.v);
    }
}
