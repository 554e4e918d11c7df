//! The edges of a group of patterns: cavity magnetisations. [`renew`](super::renew) has the messages
//! that follow.
//!
//! Rows of messages are read once and written once while they are in cache. Where messages are
//! small, which they are but for a few in a large instance, a cavity magnetisation is a polynomial
//! of the message whose coefficients depend on the weight alone (BP.21): several patterns share
//! them. Sums run in fixed lanes and in a fixed order, with the same fused operations everywhere.

use super::number::{Message, tanh};
use super::series::{Level, coefficients};
use pulp::{Simd, WithSimd};

/// Patterns of a group.
pub(super) const ROWS: usize = 8;
/// Most lanes in which sums run.
pub(super) const MOST: usize = 16;

/// What the weights of a unit show to every pattern: total fields, their `tanh` and `1/cosh²`.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a, S> {
    pub totals: &'a [S],
    pub means: &'a [S],
    pub slopes: &'a [S],
}

/// The last, incomplete line of some numbers; zeros beyond.
#[inline(always)]
pub(super) fn tail<S: Message>(from: &[S]) -> [S; MOST] {
    let mut out = [S::default(); MOST];
    let rest = &from[from.len() - from.len() % S::LANES..];
    out[..rest.len()].copy_from_slice(rest);
    out
}

/// Vectors on a line.
#[inline(always)]
pub(super) const fn parts<S: Message, V: Simd>() -> usize {
    S::LANES * size_of::<S>() / size_of::<S::Vector<V>>()
}

/// Cavity magnetisations of the weights of a unit in a group of patterns; for each pattern the mean
/// and the variance of the unit's field (BP.2).
pub(super) struct Cavities<'a, S: Message> {
    pub columns: Columns<'a, S>,
    pub messages: [&'a [S]; ROWS],
    /// For each weight a word, whose highest bits are set where the entries are -1. Whole lines.
    pub signs: &'a [S::Word],
    /// For each line of weights, a line for each pattern.
    pub magnetisations: &'a mut [S],
    pub level: Level,
    /// Room for the magnetisations of one pattern and their variances, zeros beyond the last.
    pub row: &'a mut [Vec<S>; 2],
}

/// Columns and messages as vectors.
struct Loaded<'a, S: Message, V: Simd> {
    columns: [&'a [S::Vector<V>]; 2],
    messages: [&'a [S::Vector<V>]; ROWS],
}

/// Sums over lanes: mean and variance for each pattern.
type Sums<S> = [[[S; MOST]; 2]; ROWS];

impl<S: Message> Cavities<'_, S> {
    #[inline(always)]
    fn expand<V: Simd, const LEVEL: usize>(self, simd: V) -> Sums<S> {
        let mut sums = [[[S::default(); MOST]; 2]; ROWS];
        let Columns { means, slopes, .. } = self.columns;
        let (lines, rest) = (means.len() / S::LANES, means.len() % S::LANES);
        let whole = Loaded::<S, V> {
            columns: [means, slopes].map(S::vectors::<V>),
            messages: self.messages.map(S::vectors::<V>),
        };
        let ends = ([means, slopes].map(tail), self.messages.map(tail));
        let end = Loaded::<S, V> {
            columns: ends.0.each_ref().map(|end| S::vectors::<V>(end)),
            messages: ends.1.each_ref().map(|end| S::vectors::<V>(end)),
        };
        let parts = parts::<S, V>();
        for part in 0..parts {
            let zero = S::splat(simd, S::default());
            let mut own = [[zero; 2]; ROWS];
            let out = S::vectors_mut::<V>(self.magnetisations);
            let mut out = out.chunks_exact_mut(ROWS * parts);
            for (line, out) in (0..lines).zip(&mut out) {
                let at = line * parts + part;
                let bits = S::bits::<V>(self.signs)[at];
                expand_one::<S, V, LEVEL>(simd, &whole, at, bits, part, out, &mut own);
            }
            if let Some(out) = out.next().filter(|_| rest > 0) {
                let bits = S::bits::<V>(self.signs)[lines * parts + part];
                expand_one::<S, V, LEVEL>(simd, &end, part, bits, part, out, &mut own);
            }
            for (sums, own) in sums.iter_mut().zip(own) {
                for (sums, own) in sums.iter_mut().zip(own) {
                    S::vectors_mut::<V>(sums)[part] = own;
                }
            }
        }
        sums
    }

    #[inline(always)]
    fn exactly<V: Simd>(self, simd: V) -> Sums<S> {
        let mut sums = [[[S::default(); MOST]; 2]; ROWS];
        let [means, variances] = self.row;
        let parts = parts::<S, V>();
        for (r, messages) in self.messages.into_iter().enumerate() {
            let edges = self.columns.totals.iter().zip(messages);
            let out = means.iter_mut().zip(&mut *variances);
            for ((h, u), (mean, variance)) in edges.zip(out) {
                [*mean, *variance] = tanh(*h - *u);
            }
            for part in 0..parts {
                let zero = S::splat(simd, S::default());
                let [mut omega, mut v] = [zero; 2];
                let out = S::vectors_mut::<V>(self.magnetisations);
                let out = out.chunks_exact_mut(ROWS * parts);
                for (line, out) in out.enumerate() {
                    let at = line * parts + part;
                    let mut bits = S::bits::<V>(self.signs)[at];
                    for _ in 0..r {
                        bits = S::shifted(simd, bits);
                    }
                    let m = S::vectors::<V>(means)[at];
                    omega = S::plus(simd, omega, S::turned(simd, m, bits));
                    v = S::plus(simd, v, S::vectors::<V>(variances)[at]);
                    out[r * parts + part] = m;
                }
                let [own_omega, own_v] = &mut sums[r];
                S::vectors_mut::<V>(own_omega)[part] = omega;
                S::vectors_mut::<V>(own_v)[part] = v;
            }
        }
        sums
    }
}

/// One vector of weights in all patterns of a group.
#[inline(always)]
fn expand_one<S: Message, V: Simd, const LEVEL: usize>(
    simd: V,
    from: &Loaded<S, V>,
    at: usize,
    mut bits: S::Bits<V>,
    part: usize,
    out: &mut [S::Vector<V>],
    sums: &mut [[S::Vector<V>; 2]; ROWS],
) {
    let order = const { S::EXPANSIONS[LEVEL].0 };
    let [t, s] = from.columns.map(|column| column[at]);
    let c = coefficients::<S, V>(simd, order, t);
    let one = S::splat(simd, S::of(1.0));
    for r in 0..ROWS {
        let u = from.messages[r][at];
        let mut y = c[order - 1];
        for k in (0..order - 1).rev() {
            y = S::fused(simd, y, u, c[k]);
        }
        let y = S::times(simd, y, u);
        let m = S::fused_minus(simd, s, y, t);
        let rise = S::fused(simd, y, S::plus(simd, t, m), one);
        out[r * parts::<S, V>() + part] = m;
        let [omega, v] = &mut sums[r];
        *omega = S::plus(simd, *omega, S::turned(simd, m, bits));
        *v = S::fused(simd, s, rise, *v);
        bits = S::shifted(simd, bits);
    }
}

impl<S: Message> WithSimd for Cavities<'_, S> {
    type Output = [[f64; 2]; ROWS];

    #[inline(always)]
    fn with_simd<V: Simd>(self, simd: V) -> [[f64; 2]; ROWS] {
        let sums = match self.level {
            Level::Expansion(0) => self.expand::<V, 0>(simd),
            Level::Expansion(1) => self.expand::<V, 1>(simd),
            Level::Expansion(2) => self.expand::<V, 2>(simd),
            Level::Expansion(_) | Level::Tanh => self.exactly(simd),
        };
        let join = |lanes: [S; MOST]| lanes.iter().map(|x| x.value()).sum();
        sums.map(|sums| sums.map(join))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_passing::renew::Renew;
    use pulp::Arch;

    /// What every processor has, the widest first.
    fn archs() -> Vec<Arch> {
        let mut archs = vec![Arch::new(), Arch::Scalar];
        #[cfg(target_arch = "x86_64")]
        archs.extend(pulp::x86::V3::try_new().map(Arch::V3));
        archs
    }

    fn wave(length: usize, k: f64, size: f64) -> Vec<f64> {
        (0..length).map(|i| size * (i as f64 * k).sin()).collect()
    }

    fn rounded<S: Message>(numbers: &[f64]) -> Vec<S> {
        numbers.iter().map(|x| S::of(*x)).collect()
    }

    /// Sums, magnetisations, new messages and fields of a group of messages up to `size`, and the
    /// error of the magnetisations.
    fn group<S: Message>(arch: Arch, length: usize, size: f64, damping: f64) -> (Vec<f64>, f64) {
        let padded = length.next_multiple_of(S::LANES);
        let totals = rounded::<S>(&wave(length, 0.7, 3.0));
        let tanhs: Vec<[f64; 2]> = totals.iter().map(|h| tanh(h.value())).collect();
        let means: Vec<f64> = tanhs.iter().map(|t| t[0]).collect();
        let slopes: Vec<f64> = tanhs.iter().map(|t| t[1]).collect();
        let (means, slopes) = (rounded::<S>(&means), rounded::<S>(&slopes));
        let mut words = vec![S::Word::default(); padded];
        for place in 0..ROWS {
            for (part, words) in words.chunks_mut(64).enumerate() {
                let bits = (part as u64 + 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                S::set(words, place, bits.rotate_left(7 * place as u32));
            }
        }
        let row = |r: usize| rounded::<S>(&wave(length, 0.3 + 0.01 * r as f64, size));
        let mut messages: [Vec<S>; ROWS] = std::array::from_fn(row);
        let mut magnetisations = vec![S::default(); padded * ROWS];
        let sums = arch.dispatch(Cavities {
            columns: Columns {
                totals: &totals,
                means: &means,
                slopes: &slopes,
            },
            messages: messages.each_ref().map(|row| &row[..]),
            signs: &words,
            magnetisations: &mut magnetisations,
            level: Level::of::<S>(size),
            row: &mut [0; 2].map(|_| vec![S::default(); padded]),
        });
        let mut error = 0.0_f64;
        for (i, h) in totals.iter().enumerate() {
            for (r, row) in messages.iter().enumerate() {
                let at = i / S::LANES * S::LANES * ROWS + r * S::LANES + i % S::LANES;
                let exact = (h.value() - row[i].value()).tanh();
                error = error.max((magnetisations[at].value() - exact).abs());
            }
        }
        let mut fields = vec![0.0; length];
        let change = arch.dispatch(Renew {
            messages: messages.each_mut().map(|row| &mut row[..]),
            signs: &words,
            magnetisations: &magnetisations,
            replies: std::array::from_fn(|r| [S::of(0.02 * r as f64), S::of(1e-3)]),
            damping,
            size: 0.2,
            fields: &mut fields,
        });
        let mut out: Vec<f64> = sums.concat();
        out.push(change);
        out.extend(messages.iter().flatten().map(|u| u.value()));
        out.extend(magnetisations.iter().map(|m| m.value()));
        out.extend(fields);
        (out, error)
    }

    fn check<S: Message>(rounding: f64) {
        for length in [1, 7, 8, 17, 64, 203] {
            for size in S::EXPANSIONS
                .map(|(_, limit)| limit)
                .into_iter()
                .chain([4.0])
            {
                for damping in [0.0, 0.3] {
                    let (widest, error) = group::<S>(Arch::new(), length, size, damping);
                    assert!(error < rounding, "{size}: {error:e}");
                    for arch in archs() {
                        assert_eq!(group::<S>(arch, length, size, damping).0, widest);
                    }
                }
            }
        }
    }

    #[test]
    fn every_processor_gives_the_same_accurate_bits() {
        check::<f32>(1.2e-7);
        check::<f64>(2.3e-16);
    }
}
