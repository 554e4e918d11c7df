//! Arithmetic over the edges of one pattern, in single or double precision.
//!
//! Branch-free loops over fixed lanes: the compiler makes of them what the processor offers, and
//! the result does not depend on what that is.

pub use super::number::Message;
use super::number::tanh;
pub use super::wide::CLIP;
use pulp::{Arch, Simd, WithSimd};

/// Sums run in this many lanes, joined in order.
const LANES: usize = 16;
/// Chunks after which the product of the lanes' `1 + e^{-2|h|}` is turned into a logarithm.
const FLUSH: usize = 64;

/// The signs of one pattern as numbers.
pub(super) struct Unpack<'a, S> {
    pub words: &'a [u64],
    pub entries: &'a mut [S],
}

impl<S: Message> WithSimd for Unpack<'_, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) {
        let sign = |word: u64, bit: usize| S::of((word >> bit & 1) as i32 as f64 * 2.0 - 1.0);
        let (whole, end) = self.entries.as_chunks_mut::<{ u64::BITS as usize }>();
        for (chunk, word) in whole.iter_mut().zip(self.words) {
            for (bit, entry) in chunk.iter_mut().enumerate() {
                *entry = sign(*word, bit);
            }
        }
        if let Some(word) = self.words.get(whole.len()) {
            for (bit, entry) in end.iter_mut().enumerate() {
                *entry = sign(*word, bit);
            }
        }
    }
}

#[inline(always)]
fn join<S: Message>(lanes: [S; LANES]) -> f64 {
    lanes.iter().map(|x| x.value()).sum()
}

/// Cavity magnetisations of the weights of a unit, and the mean and variance of its field (BP.2).
pub(super) struct Magnetise<'a, S> {
    pub totals: &'a [S],
    pub messages: &'a [S],
    pub entries: &'a [S],
    pub magnetisations: &'a mut [S],
}

impl<S: Message> WithSimd for Magnetise<'_, S> {
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) -> [f64; 2] {
        let (mut omega, mut v) = ([S::default(); LANES], [S::default(); LANES]);
        let (totals, totals_end) = self.totals.as_chunks::<LANES>();
        let (messages, messages_end) = self.messages.as_chunks::<LANES>();
        let (entries, entries_end) = self.entries.as_chunks::<LANES>();
        let (out, out_end) = self.magnetisations.as_chunks_mut::<LANES>();
        for (((h, u), x), m) in totals.iter().zip(messages).zip(entries).zip(out) {
            for lane in 0..LANES {
                let [t, s] = tanh(h[lane] - u[lane]);
                m[lane] = t;
                omega[lane] = omega[lane] + x[lane] * t;
                v[lane] = v[lane] + x[lane] * x[lane] * s;
            }
        }
        let ends = totals_end.iter().zip(messages_end).zip(entries_end);
        for (lane, (((h, u), x), m)) in ends.zip(out_end).enumerate() {
            let [t, s] = tanh(*h - *u);
            *m = t;
            omega[lane] = omega[lane] + *x * t;
            v[lane] = v[lane] + *x * *x * s;
        }
        [join(omega), join(v)]
    }
}

/// Messages of a unit to first order in the edge's own weight (BP.7).
pub(super) struct Expand<'a, S> {
    pub entries: &'a [S],
    pub magnetisations: &'a [S],
    pub slope: f64,
    pub bend: f64,
    pub fresh: &'a mut [S],
}

impl<S: Message> WithSimd for Expand<'_, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) {
        let (slope, bend) = (S::of(self.slope), S::of(self.bend));
        let edges = self.entries.iter().zip(self.magnetisations);
        for ((x, m), u) in edges.zip(self.fresh) {
            *u = *x * (slope + *x * *m * bend);
        }
    }
}

/// Moves messages towards fresh ones, within the clip. The change replaces the fresh message; its
/// largest magnitude is returned.
pub(super) struct Blend<'a, S> {
    pub fresh: &'a mut [S],
    pub messages: &'a mut [S],
    pub damping: f64,
}

impl<S: Message> WithSimd for Blend<'_, S> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) -> f64 {
        let (clip, share) = (S::of(CLIP), S::of(1.0 - self.damping));
        let mut largest = [S::default(); LANES];
        let mut blend = |lane: usize, fresh: &mut S, message: &mut S| {
            let wanted = *fresh;
            let wanted = if wanted > clip { clip } else { wanted };
            let wanted = if wanted < -clip { -clip } else { wanted };
            let change = (wanted - *message) * share;
            let next = *message + change;
            *fresh = next - *message;
            *message = next;
            let size = change.size();
            if size > largest[lane] {
                largest[lane] = size;
            }
        };
        let (fresh, fresh_end) = self.fresh.as_chunks_mut::<LANES>();
        let (messages, messages_end) = self.messages.as_chunks_mut::<LANES>();
        for (fresh, messages) in fresh.iter_mut().zip(messages) {
            for lane in 0..LANES {
                blend(lane, &mut fresh[lane], &mut messages[lane]);
            }
        }
        for (lane, (fresh, message)) in fresh_end.iter_mut().zip(messages_end).enumerate() {
            blend(lane, fresh, message);
        }
        largest.iter().fold(0.0, |a: f64, x| a.max(x.value()))
    }
}

/// Adds messages to the fields of their weights.
pub(super) struct Accumulate<'a, S> {
    pub messages: &'a [S],
    pub fields: &'a mut [f64],
}

impl<S: Message> WithSimd for Accumulate<'_, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) {
        for (field, message) in self.fields.iter_mut().zip(self.messages) {
            *field += message.value();
        }
    }
}

/// `Σ ln 2cosh(total - message)` over the edges of a pattern.
pub(super) struct LogCosh<'a, S> {
    pub totals: &'a [f64],
    pub messages: &'a [S],
}

impl<S: Message> WithSimd for LogCosh<'_, S> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) -> f64 {
        let (mut sizes, mut product) = ([0.0; LANES], [1.0; LANES]);
        let mut logarithm = 0.0;
        let mut add = |lane: usize, product: &mut f64, h: f64| {
            let size = h.abs();
            let limit = if size > CLIP { CLIP } else { size };
            let grown = <f64 as Message>::exp_m1(limit + limit);
            sizes[lane] += size;
            *product *= 1.0 + 1.0 / (grown + 1.0);
        };
        let (totals, totals_end) = self.totals.as_chunks::<LANES>();
        let (messages, messages_end) = self.messages.as_chunks::<LANES>();
        for (index, (h, u)) in totals.iter().zip(messages).enumerate() {
            for lane in 0..LANES {
                add(lane, &mut product[lane], h[lane] - u[lane].value());
            }
            if index % FLUSH == FLUSH - 1 {
                logarithm += product.iter().map(|p| p.ln()).sum::<f64>();
                product = [1.0; LANES];
            }
        }
        for (lane, (h, u)) in totals_end.iter().zip(messages_end).enumerate() {
            add(lane, &mut product[lane], *h - u.value());
        }
        logarithm += product.iter().map(|p| p.ln()).sum::<f64>();
        join(sizes) + logarithm
    }
}

/// Runs a loop with what the processor offers.
pub(super) fn run<L: WithSimd>(arch: Arch, job: L) -> L::Output {
    arch.dispatch(job)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special;

    /// Bits of a whole row of messages, and its sums.
    fn row(length: usize, dispatched: bool) -> Vec<u64> {
        let wave = |k: f64| (0..length).map(move |i| (i as f64 * k).sin()).collect();
        let (totals, mut messages): (Vec<f64>, Vec<f64>) = (wave(0.7), wave(0.3));
        let entries: Vec<f64> = wave(1.9);
        let mut m = vec![0.0; length];
        let mut fresh = vec![0.0; length];
        let arch = if dispatched {
            Arch::new()
        } else {
            Arch::Scalar
        };
        let job = Magnetise {
            totals: &totals,
            messages: &messages,
            entries: &entries,
            magnetisations: &mut m,
        };
        let mut out = run(arch, job).to_vec();
        let job = Expand {
            entries: &entries,
            magnetisations: &m,
            slope: 0.3,
            bend: 0.2,
            fresh: &mut fresh,
        };
        run(arch, job);
        let job = Blend {
            fresh: &mut fresh,
            messages: &mut messages,
            damping: 0.3,
        };
        out.push(run(arch, job));
        let job = LogCosh {
            totals: &totals,
            messages: &messages,
        };
        out.push(run(arch, job));
        let slow = totals.iter().zip(&messages);
        let slow: f64 = slow.map(|(h, u)| special::ln_2cosh(h - u)).sum();
        assert!((out[3] - slow).abs() < 1e-12 * (1.0 + slow));
        out.extend(messages);
        out.iter().map(|x| x.to_bits()).collect()
    }

    #[test]
    fn bits_do_not_depend_on_the_processor() {
        for length in [0, 1, 15, 16, 33, 1001, 3000] {
            assert_eq!(row(length, true), row(length, false), "{length}");
        }
    }
}
