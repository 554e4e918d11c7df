//! Options that take one of a few names: those of a model, and which branches are told.

use crate::error::InputError;
use crate::model::registry::{self, LOSSES, MACHINES, WEIGHTS};

/// Names of the data and of the weights that have rules of their own: two clusters, and weights
/// that minimise a loss with a ridge.
pub(crate) const MIXTURE: &str = "mixture";
pub(crate) const RIDGE: &str = "ridge";

/// An option that takes one of a few names; the first name is the default.
pub(super) struct Choice {
    /// The option's long name.
    pub(super) name: &'static str,
    /// What it may be.
    values: fn() -> &'static [&'static str],
}

pub(super) const MACHINE: Choice = choice("machine", || MACHINES);
pub(super) const WEIGHT: Choice = choice("weights", || &WEIGHTS);
pub(super) const DATUM: Choice = choice("data", || DATA_NAMES);
pub(super) const LOSS: Choice = choice("loss", || &LOSSES);
pub(super) const BRANCHES: Choice = choice("branches", || &["dominant", "all"]);

/// Laws of the patterns.
pub const DATA_NAMES: &[&str] = &["storage", "teacher", MIXTURE];

/// All of them.
pub(super) const CHOICES: [&Choice; 5] = [&MACHINE, &WEIGHT, &DATUM, &LOSS, &BRANCHES];

pub(super) const fn choice(name: &'static str, values: fn() -> &'static [&'static str]) -> Choice {
    Choice { name, values }
}

impl Choice {
    /// What it may be, the default first.
    pub(super) fn values(&self) -> &'static [&'static str] {
        (self.values)()
    }

    /// The registered name equal to `text`, or the default where nothing is given.
    pub(super) fn pick(&self, text: Option<&str>) -> Result<&'static str, InputError> {
        let Some(text) = text else {
            return Ok(self.values()[0]);
        };
        let found = self.values().iter().find(|v| **v == text).copied();
        let found = match self.name {
            _ if found.is_some() => Ok(found),
            "weights" if text.starts_with("atoms:") => registry::canonical_weights(text).map(Some),
            "loss" => Ok(registry::canonical_loss(text)),
            _ => Ok(None),
        };
        let refuse = |reason: String| {
            let mut allowed = self.values().join(", ");
            if self.name == "weights" {
                allowed += &format!(", {}", registry::ATOMS);
            }
            InputError::new(self.name, text, reason, allowed)
        };
        match found {
            Ok(Some(name)) => Ok(name),
            Ok(None) => Err(refuse(format!("no such {}", self.name))),
            Err(reason) => Err(refuse(reason)),
        }
    }
}
