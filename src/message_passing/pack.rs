//! Bits of a pattern matrix, packed for [`kernel`](super::kernel).

use super::lookup::{GROUP, GROUPS, STRIP, Word};
use super::patterns::SignMatrix;

/// Inputs of a packed word.
const INPUTS: usize = GROUP * GROUPS;
/// Bits that are turned at once.
const SQUARE: usize = 32;

/// One strip of patterns, for sums over their entries.
pub(super) fn rows(matrix: &SignMatrix, strip: usize, words: &mut [Word]) {
    let first = strip * STRIP;
    for (lane, mu) in (first..matrix.rows().min(first + STRIP)).enumerate() {
        for (place, word) in words.iter_mut().enumerate() {
            let bits = matrix.bits_from(mu, place * INPUTS);
            word.0[lane] = bits as u32 & ((1 << INPUTS) - 1);
        }
    }
}

/// One strip of columns, for sums over the patterns.
pub(super) fn columns(matrix: &SignMatrix, strip: usize, words: &mut [Word]) {
    for (place, word) in words.iter_mut().enumerate() {
        let first = place * INPUTS;
        let patterns = first..matrix.rows().min(first + INPUTS);
        for (pair, lanes) in word.0.chunks_exact_mut(2 * SQUARE).enumerate() {
            let mut halves = [[0; SQUARE]; 2];
            for (k, mu) in patterns.clone().enumerate() {
                let bits = matrix.bits_from(mu, strip * STRIP + pair * 2 * SQUARE);
                halves[0][k] = bits as u32;
                halves[1][k] = (bits >> SQUARE) as u32;
            }
            for (half, lanes) in halves.iter_mut().zip(lanes.chunks_exact_mut(SQUARE)) {
                transpose(half);
                lanes.copy_from_slice(half);
            }
        }
    }
}

/// Exchanges rows and bits: bit `j` of row `k` becomes bit `k` of row `j`.
fn transpose(rows: &mut [u32; SQUARE]) {
    swap::<16>(rows, 0x0000_ffff);
    swap::<8>(rows, 0x00ff_00ff);
    swap::<4>(rows, 0x0f0f_0f0f);
    swap::<2>(rows, 0x3333_3333);
    swap::<1>(rows, 0x5555_5555);
}

/// Exchanges the squares of `SIDE` bits beside the diagonal of every square twice as large.
#[inline(always)]
fn swap<const SIDE: usize>(rows: &mut [u32; SQUARE], low: u32) {
    for pair in rows.chunks_exact_mut(2 * SIDE) {
        let (upper, lower) = pair.split_at_mut(SIDE);
        for (a, b) in upper.iter_mut().zip(lower) {
            let differ = ((*a >> SIDE) ^ *b) & low;
            *a ^= differ << SIDE;
            *b ^= differ;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_where_the_kernel_looks() {
        for (m, n) in [(1, 1), (29, 64), (130, 61), (300, 257)] {
            let positive = |mu: usize, i: usize| (mu * mu + 3 * i * mu + i / 3).is_multiple_of(5);
            let matrix = SignMatrix::from_fn(m, n, positive);
            let empty = |length: usize| vec![Word([0; STRIP]); length];
            for strip in 0..m.div_ceil(STRIP) {
                let mut words = empty(n.div_ceil(INPUTS));
                rows(&matrix, strip, &mut words);
                for lane in 0..STRIP.min(m - strip * STRIP) {
                    for i in 0..words.len() * INPUTS {
                        let bit = words[i / INPUTS].0[lane] >> (i % INPUTS) & 1 == 1;
                        assert_eq!(bit, i < n && positive(strip * STRIP + lane, i));
                    }
                }
            }
            for strip in 0..n.div_ceil(STRIP) {
                let mut words = empty(m.div_ceil(INPUTS));
                columns(&matrix, strip, &mut words);
                for lane in 0..STRIP.min(n - strip * STRIP) {
                    for mu in 0..words.len() * INPUTS {
                        let bit = words[mu / INPUTS].0[lane] >> (mu % INPUTS) & 1 == 1;
                        assert_eq!(bit, mu < m && positive(mu, strip * STRIP + lane));
                    }
                }
            }
        }
    }
}
