//! Belief propagation at zero temperature: max-sum for one unit on patterns of signs.
//!
//! A pattern's messages are order statistics of its cavity fields (BP.13): each is one of two
//! numbers, times the sign of the entry. So a message is one bit and a pattern keeps two numbers.

use super::instance::stream;
use super::machine::Machine;
use super::patterns::{Patterns, SignMatrix};
use super::reinforcement::Outcome;
use crate::error::InputError;
use rand::RngExt;

/// Stream of the initial fields, which break ties.
const NOISE: u64 = 4;
/// Bits of a word.
const BITS: usize = u64::BITS as usize;

/// How the search runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxSumSettings {
    /// Part of the old field that is kept, at the first iteration.
    pub start: f64,
    /// Its growth per iteration, up to one.
    pub rate: f64,
    /// Iterations after which it gives up.
    pub max_iterations: usize,
}

impl Default for MaxSumSettings {
    fn default() -> Self {
        MaxSumSettings {
            start: 0.0,
            rate: 5e-3,
            max_iterations: 400,
        }
    }
}

/// Searches for weights ±1 of the perceptron that satisfy all patterns, by max-sum with
/// reinforcement `f ← Σ_μ u_μ + ρ_t f` (BP.14). Initial fields, uniform in (-1, 1), come from the
/// stream of `seed` and `sample`.
///
/// # Errors
/// Patterns that are not signs or have an even number of entries (fields could vanish).
pub fn max_sum(
    patterns: &Patterns,
    settings: &MaxSumSettings,
    seed: u64,
    sample: u64,
) -> Result<Outcome, InputError> {
    let matrix = odd_signs(patterns)?;
    let mut rng = stream(seed, sample, NOISE);
    let n = matrix.columns();
    let mut fields: Vec<f64> = (0..n).map(|_| 2.0 * rng.random::<f64>() - 1.0).collect();
    let mut messages = vec![Message::new(n); matrix.rows()];
    let mut room = Room::default();
    let mut best = Outcome {
        solved: false,
        iterations: 0,
        errors: usize::MAX,
        weights: vec![1.0; n],
        diverged: false,
    };
    let mut sums = vec![0.0; n];
    loop {
        let weights: Vec<f64> = fields.iter().map(|f| 1f64.copysign(*f)).collect();
        let errors = Machine::PERCEPTRON.errors(patterns, &weights);
        best.solved = errors == 0;
        if errors < best.errors {
            best.errors = errors;
            best.weights = weights;
        }
        if best.solved || best.iterations == settings.max_iterations {
            return Ok(best);
        }
        sums.fill(0.0);
        for (mu, message) in messages.iter_mut().enumerate() {
            message.renew(matrix, mu, &fields, &mut room);
            message.add_to(matrix.row(mu), &mut sums);
        }
        let rho = (settings.start + settings.rate * best.iterations as f64).min(1.0);
        for (field, sum) in fields.iter_mut().zip(&sums) {
            *field = sum + rho * *field;
        }
        best.iterations += 1;
    }
}

/// The matrix of signs of patterns with an odd number of entries.
pub(crate) fn odd_signs(patterns: &Patterns) -> Result<&SignMatrix, InputError> {
    match patterns {
        Patterns::Signs(matrix) if !matrix.columns().is_multiple_of(2) => Ok(matrix),
        Patterns::Signs(matrix) => Err(InputError::new(
            "patterns",
            format!("{} entries", matrix.columns()),
            "the field of a pattern could vanish",
            "an odd number of entries",
        )),
        Patterns::Real(_) => Err(InputError::new(
            "patterns",
            "real entries",
            "searches of signs need patterns of signs",
            "entries ±1",
        )),
    }
}

/// The messages of one pattern: `ξ_i` times the larger value where the bit is set, the smaller one
/// elsewhere.
#[derive(Clone, Debug)]
struct Message {
    larger: f64,
    smaller: f64,
    bits: Vec<u64>,
}

/// Room for the cavity fields of a pattern.
#[derive(Default)]
struct Room {
    /// `ψ_i = ξ_i (f_i - u_i)`.
    aligned: Vec<f64>,
    /// Magnitudes of those that are negative.
    against: Vec<f64>,
}

impl Message {
    fn new(n: usize) -> Self {
        Message {
            larger: 0.0,
            smaller: 0.0,
            bits: vec![0; n.div_ceil(BITS)],
        }
    }

    /// The messages of pattern `mu` in the total fields (BP.13).
    fn renew(&mut self, matrix: &SignMatrix, mu: usize, fields: &[f64], room: &mut Room) {
        let n = fields.len();
        let sizes = [self.smaller, self.larger];
        room.aligned.resize(n, 0.0);
        room.against.resize(n, 0.0);
        let mut against = 0;
        let places = room.aligned.chunks_mut(BITS).zip(fields.chunks(BITS));
        for ((aligned, fields), (signs, bits)) in places.zip(matrix.row(mu).iter().zip(&self.bits))
        {
            for (bit, (aligned, field)) in aligned.iter_mut().zip(fields).enumerate() {
                let size = sizes[(bits >> bit & 1) as usize];
                *aligned = signed(*field, signs >> bit) - size;
                // Written always, counted where it is against: no branch to guess.
                room.against[against] = -*aligned;
                against += usize::from(*aligned < 0.0);
            }
        }
        // Without constraint the sum of aligned signs would be n minus twice those against.
        self.bits.fill(0);
        if 2 * against + 3 <= n {
            (self.larger, self.smaller) = (0.0, 0.0);
            return;
        }
        // So many signs have to be turned, and the next one would be turned for a weight that is
        // held against the pattern.
        let turned = against - n / 2;
        let (before, next, _) =
            room.against[..against].select_nth_unstable_by(turned, |a, b| a.total_cmp(b));
        self.larger = *next;
        self.smaller = before.iter().fold(0.0, |a: f64, b| a.max(*b));
        // Where nothing has to be turned, only weights in favour feel the pattern.
        let least = if turned > 0 { -self.smaller } else { 0.0 };
        for (word, aligned) in self.bits.iter_mut().zip(room.aligned.chunks(BITS)) {
            for (bit, aligned) in aligned.iter().enumerate() {
                *word |= u64::from(*aligned >= least) << bit;
            }
        }
    }

    fn add_to(&self, row: &[u64], sums: &mut [f64]) {
        let sizes = [self.smaller, self.larger];
        for ((sums, signs), bits) in sums.chunks_mut(BITS).zip(row).zip(&self.bits) {
            for (bit, sum) in sums.iter_mut().enumerate() {
                *sum += signed(sizes[(bits >> bit & 1) as usize], signs >> bit);
            }
        }
    }
}

/// `x` where the lowest bit is set and `-x` elsewhere, without a branch.
fn signed(x: f64, bit: u64) -> f64 {
    f64::from_bits(x.to_bits() ^ (!bit & 1) << 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the difference of the largest `Σ_j h_j w_j` over the configurations that satisfy the
    /// pattern with `w_i = +1` and with `w_i = -1`, without the term of `i` itself.
    fn by_configurations(matrix: &SignMatrix, cavity: &[f64], i: usize) -> f64 {
        let n = cavity.len();
        let largest = |sign: u32| {
            let mut best = f64::NEG_INFINITY;
            for bits in (0..1_u32 << n).filter(|bits| bits >> i & 1 == sign) {
                let w = |j: usize| if bits >> j & 1 == 1 { 1.0 } else { -1.0 };
                let field: f64 = (0..n).map(|j| w(j) * matrix.sign(0, j)).sum();
                if field > 0.0 {
                    let others = (0..n).filter(|&j| j != i);
                    best = best.max(others.map(|j| cavity[j] * w(j)).sum());
                }
            }
            best
        };
        0.5 * (largest(1) - largest(0))
    }

    #[test]
    fn messages_are_the_differences_of_constrained_maxima() {
        let n = 9;
        for sample in 0..40 {
            let mut rng = stream(3, sample, 0);
            let matrix = SignMatrix::from_fn(1, n, |_, _| rng.random());
            // Fields lean against the pattern by different amounts.
            let lean = 0.1 * sample as f64 - 2.5;
            let fields: Vec<f64> = (0..n)
                .map(|i| rng.random::<f64>() - 0.5 + lean * 0.4 * matrix.sign(0, i))
                .collect();
            let mut message = Message::new(n);
            message.renew(&matrix, 0, &fields, &mut Room::default());
            for i in 0..n {
                let expected = by_configurations(&matrix, &fields, i);
                let larger = message.bits[0] >> i & 1 == 1;
                let size = if larger {
                    message.larger
                } else {
                    message.smaller
                };
                let own = matrix.sign(0, i) * size;
                assert!((own - expected).abs() < 1e-14, "{sample} {i}");
            }
        }
    }
}
