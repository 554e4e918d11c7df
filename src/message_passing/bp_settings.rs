//! How belief propagation runs.

use super::machine::Machine;
use super::patterns::Patterns;
use crate::error::InputError;

/// How a pattern computes its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Gaussian field, first order in the edge's own weight (BP.7): errors `O(1/N)`, cheapest.
    Expanded,
    /// Gaussian cavity field (BP.6).
    Cavity,
    /// No approximation (BP.10): signs only, `O(N²)` per pattern.
    Exact,
}

/// The order in which messages are renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// All patterns at once.
    Flooding,
    /// One pattern after the other, in an order drawn anew for every sweep.
    Sequential {
        /// Seed of the orders.
        seed: u64,
    },
}

/// How belief propagation runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BpSettings {
    /// How messages are computed.
    pub rule: Rule,
    /// In which order.
    pub schedule: Schedule,
    /// Inverse temperature per error; ∞ forbids errors.
    pub beta: f64,
    /// Share of the old message that is kept, in `[0, 1)`.
    pub damping: f64,
    /// Largest change of a message, `|Δu|`, at which a sweep counts as the last.
    pub tolerance: f64,
    /// Sweeps after which it gives up.
    pub max_sweeps: usize,
}

impl Default for BpSettings {
    fn default() -> Self {
        BpSettings {
            rule: Rule::Expanded,
            schedule: Schedule::Flooding,
            beta: f64::INFINITY,
            damping: 0.0,
            tolerance: 1e-7,
            max_sweeps: 1000,
        }
    }
}

impl BpSettings {
    /// Whether belief propagation can run so.
    ///
    /// # Errors
    /// A machine that does not fit the patterns, entries that are not finite, and settings out of
    /// range.
    pub fn check(&self, patterns: &Patterns, machine: Machine) -> Result<(), InputError> {
        if let Some(reason) = machine.refusal(patterns.columns()) {
            let allowed = "an odd number of units that divides the inputs of a tree";
            return Err(refused(
                "machine",
                format!("{machine:?}"),
                &reason,
                allowed.into(),
            ));
        }
        if self.rule == Rule::Exact && matches!(patterns, Patterns::Real(_)) {
            let reason = "exact messages need patterns of signs";
            return Err(refused(
                "rule",
                "exact".into(),
                reason,
                "expanded, cavity".into(),
            ));
        }
        if let Patterns::Real(matrix) = patterns {
            let unfit = |mu: usize| matrix.row(mu).iter().any(|x| !x.is_finite());
            if let Some(mu) = (0..matrix.rows()).find(|mu| unfit(*mu)) {
                let reason = "not all entries are finite";
                return Err(refused(
                    "patterns",
                    format!("row {mu}"),
                    reason,
                    "finite entries".into(),
                ));
            }
        }
        let (beta, damping) = (self.beta, self.damping);
        if beta.is_nan() || beta <= 0.0 {
            return Err(refused(
                "beta",
                beta.to_string(),
                "no temperature",
                "above 0".into(),
            ));
        }
        if !(0.0..1.0).contains(&damping) {
            let reason = "messages would not move towards their equations";
            return Err(refused(
                "damping",
                damping.to_string(),
                reason,
                "0 ≤ damping < 1".into(),
            ));
        }
        Ok(())
    }
}

fn refused(option: &str, value: String, reason: &str, allowed: String) -> InputError {
    InputError::new(option, value, reason, allowed)
}
