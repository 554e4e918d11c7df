//! What a simulation will take of the machine's memory.

use super::algorithm::Algorithm;
use super::extent::Extent;
use super::simulation::Simulation;
use crate::message_passing::bp::exact_memory;
use crate::message_passing::bp_settings::Rule;
use crate::message_passing::machine::Machine;
use crate::message_passing::{Entries, Instance};

/// Bytes for each weight: messages, means, fields and their copies.
const LINES: u64 = 160;

impl Simulation {
    /// Memory that one sample takes, in bytes: the patterns, and what the algorithm keeps for each
    /// of their entries.
    pub fn memory(&self) -> u64 {
        let entries = (self.instance.m as u64).saturating_mul(self.instance.n as u64);
        let units = match self.machine {
            Machine::FullyConnected { units } => units as u64,
            _ => 1,
        };
        // Bytes for every 100 entries.
        let kept = match (self.algorithm, self.instance.entries) {
            // A message and its share of lines and signs.
            (Algorithm::Bp, _) => 850 * units,
            (Algorithm::MaxSum, _) => 100,
            (Algorithm::Sbpi, _) => 0,
            // Copies in units of the stability, and products of them.
            (algorithm, _) if algorithm.classifies() => 3200,
            (_, Entries::Signs) if self.instance.mixture.is_none() => 27,
            _ => 1600,
        };
        let around = match self.extent {
            Extent::Neighbourhood(_) => 1600 * units,
            _ => 0,
        };
        let kept = entries.saturating_mul(kept.max(around)) / 100;
        // A line of weights is kept a few times over, however few the patterns are.
        let lines = (self.instance.n as u64).saturating_mul(LINES * units);
        let exact = match (self.algorithm, self.rule) {
            (Algorithm::Bp, Rule::Exact) => {
                exact_memory(self.machine, self.instance.m, self.instance.n)
            }
            _ => 0,
        };
        let parts = [Instance::memory(&self.instance), kept, lines, exact];
        parts.into_iter().fold(0, u64::saturating_add)
    }
}
