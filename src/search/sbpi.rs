//! Belief-propagation-inspired learning of one unit with integer fields (BP.15).
//!
//! Each weight is the sign of an odd integer. A pattern that is wrong moves all integers; one that
//! is barely right moves, now and then, those that agree with it, which keeps them from drifting
//! back through zero.

use crate::error::InputError;
use crate::message_passing::instance::stream;
use crate::message_passing::machine::{Configuration, Machine};
use crate::message_passing::max_sum::odd_signs;
use crate::message_passing::patterns::Patterns;
use crate::message_passing::reinforcement::Outcome;
use rand::RngExt;
use rand::seq::SliceRandom;

/// Stream of the initial integers and of the order of the patterns.
const NOISE: u64 = 3;
/// Bits of a word.
const BITS: usize = u64::BITS as usize;

/// How the search runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SbpiSettings {
    /// Fields `w·ξ` up to this one are barely right.
    pub margin: f64,
    /// The probability that a pattern that is barely right moves anything.
    pub probability: f64,
    /// Passes over all patterns after which it gives up.
    pub max_epochs: usize,
}

impl Default for SbpiSettings {
    fn default() -> Self {
        SbpiSettings {
            margin: 1.0,
            probability: 0.3,
            max_epochs: 2000,
        }
    }
}

/// Searches for weights ±1 of the perceptron that satisfy all patterns. Random choices come from
/// the stream of `seed` and `sample`. An iteration of the outcome is a pass over all patterns.
///
/// # Errors
/// Patterns that are not signs or have an even number of entries (fields could vanish).
pub fn sbpi(
    patterns: &Patterns,
    settings: &SbpiSettings,
    seed: u64,
    sample: u64,
) -> Result<Outcome, InputError> {
    let matrix = odd_signs(patterns)?;
    let mut rng = stream(seed, sample, NOISE);
    let n = matrix.columns();
    let mut integers: Vec<i64> = (0..n)
        .map(|_| if rng.random::<bool>() { 1 } else { -1 })
        .collect();
    let mut order: Vec<usize> = (0..matrix.rows()).collect();
    let mut best = Outcome {
        solved: false,
        iterations: 0,
        errors: usize::MAX,
        weights: signs(&integers),
        diverged: false,
    };
    let mut configuration = Configuration::new(Machine::PERCEPTRON, &best.weights, n);
    loop {
        let wrong = |mu: &usize| configuration.field(0, matrix.row(*mu)) < 0;
        let errors = (0..matrix.rows()).filter(wrong).count();
        if errors < best.errors {
            best.errors = errors;
            best.weights = signs(&integers);
        }
        best.solved = errors == 0;
        if best.solved || best.iterations == settings.max_epochs {
            return Ok(best);
        }
        best.iterations += 1;
        order.shuffle(&mut rng);
        for &mu in &order {
            let row = matrix.row(mu);
            let field = configuration.field(0, row) as f64;
            let barely = field > 0.0 && field <= settings.margin;
            if field < 0.0 || barely && rng.random::<f64>() < settings.probability {
                push(&mut integers, row, field < 0.0, &mut configuration);
            }
        }
    }
}

/// Adds twice the entries of a pattern to all integers, or to those of the same sign only, and
/// keeps the signs up to date.
fn push(integers: &mut [i64], row: &[u64], all: bool, signs: &mut Configuration) {
    for (i, integer) in integers.iter_mut().enumerate() {
        let up = row[i / BITS] >> (i % BITS) & 1 == 1;
        let positive = *integer > 0;
        if all || up == positive {
            *integer += if up { 2 } else { -2 };
            if (*integer > 0) != positive {
                signs.flip(0, i);
            }
        }
    }
}

fn signs(integers: &[i64]) -> Vec<f64> {
    let sign = |x: &i64| if *x > 0 { 1.0 } else { -1.0 };
    integers.iter().map(sign).collect()
}
