//! One level for any number of replicas.

use super::site::{Averages, Fields, Level};
use super::{finite, limit};

/// Where the nodes of a level lie.
pub enum Rule {
    /// Those of a finite number of replicas.
    Finite(finite::Rule),
    /// Those of infinitely many.
    Limit(limit::Rule),
}

impl Level<'_> {
    /// Nodes for these fields.
    pub fn place(&self, at: Fields, fine: bool) -> Rule {
        if at.y.is_finite() {
            Rule::Finite(finite::Rule::place(self, at, fine))
        } else {
            Rule::Limit(limit::Rule::place(self, at, fine))
        }
    }

    /// The factor by which `e` may differ from that for which nodes were placed, if a root has to stay
    /// within it: elsewhere nodes are about right beyond.
    pub fn slack(&self, y: f64) -> Option<f64> {
        if y.is_infinite() {
            return Some(limit::SLACK);
        }
        let slack = finite::slack(self, y);
        (slack < finite::SLACK).then_some(slack)
    }

    /// Averages over these fields, on nodes for the same number of replicas.
    pub fn averages(&self, rule: &Rule, at: Fields) -> Averages {
        match rule {
            Rule::Finite(rule) => rule.averages(at),
            Rule::Limit(rule) => rule.averages(self, at),
        }
    }

    /// The average over both fields of anything that is known of the site at all inner fields.
    pub fn mean(&self, rule: &Rule, at: Fields, fill: &dyn Fn(&[f64], &mut [f64])) -> f64 {
        match rule {
            Rule::Finite(rule) => rule.mean(at, fill),
            Rule::Limit(rule) => rule.mean(self, at, fill),
        }
    }
}
