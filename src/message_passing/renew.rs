//! The edges of a group of patterns: new messages.

use super::group::{MOST, ROWS, parts, tail};
use super::number::Message;
use super::wide::CLIP;
use pulp::{Simd, WithSimd};

/// New messages of a unit's weights in a group of patterns, to first order in the edge's own weight
/// (BP.7), within the clip; the largest change. Their sums are added to the fields of the weights.
pub(super) struct Renew<'a, S: Message> {
    pub messages: [&'a mut [S]; ROWS],
    /// For each weight a word, whose highest bits are set where the entries are -1. Whole lines.
    pub signs: &'a [S::Word],
    pub magnetisations: &'a [S],
    /// Slope and bend of each pattern.
    pub replies: [[S; 2]; ROWS],
    /// Share of the old messages that is kept.
    pub damping: f64,
    /// Largest magnitude of a new message.
    pub size: f64,
    pub fields: &'a mut [f64],
}

impl<S: Message> Renew<'_, S> {
    #[inline(always)]
    fn write<V: Simd, const PLAIN: bool>(mut self, simd: V) -> f64 {
        let parts = parts::<S, V>();
        let (lines, rest) = (self.fields.len() / S::LANES, self.fields.len() % S::LANES);
        let replies = self.replies.map(|reply| reply.map(|x| S::splat(simd, x)));
        let one = Rule::<S, V> {
            replies,
            share: S::splat(simd, S::of(1.0 - self.damping)),
        };
        let mut ends = self.messages.each_ref().map(|row| tail(row));
        let mut whole = self.messages.each_mut().map(|row| S::vectors_mut::<V>(row));
        let mut largest = [S::default(); MOST];
        let mut sizes = [S::splat(simd, S::default()); MOST];
        let magnetisations = S::vectors::<V>(self.magnetisations);
        let mut fields = self.fields.chunks_mut(S::LANES);
        for (line, fields) in (0..lines).zip(&mut fields) {
            let mut sums = [S::default(); MOST];
            for part in 0..parts {
                let at = line * parts + part;
                let m = &magnetisations[line * ROWS * parts + part..];
                let bits = S::bits::<V>(self.signs)[at];
                let sum = one.apply::<PLAIN>(simd, &mut whole, at, bits, m, &mut sizes[part], None);
                S::vectors_mut::<V>(&mut sums)[part] = sum;
            }
            for (field, sum) in fields.iter_mut().zip(&sums[..S::LANES]) {
                *field += sum.value();
            }
        }
        if let Some(fields) = fields.next() {
            let live: [S; MOST] =
                std::array::from_fn(|lane| S::of(f64::from(u8::from(lane < rest))));
            let mut end = ends.each_mut().map(|row| S::vectors_mut::<V>(row));
            let mut sums = [S::default(); MOST];
            for part in 0..parts {
                let m = &magnetisations[lines * ROWS * parts + part..];
                let bits = S::bits::<V>(self.signs)[lines * parts + part];
                let live = Some(S::vectors::<V>(&live)[part]);
                let sum = one.apply::<PLAIN>(simd, &mut end, part, bits, m, &mut sizes[part], live);
                S::vectors_mut::<V>(&mut sums)[part] = sum;
            }
            for (field, sum) in fields.iter_mut().zip(&sums) {
                *field += sum.value();
            }
            for (row, end) in self.messages.iter_mut().zip(&ends) {
                row[lines * S::LANES..].copy_from_slice(&end[..rest]);
            }
        }
        S::vectors_mut::<V>(&mut largest)[..parts].copy_from_slice(&sizes[..parts]);
        largest.iter().fold(0.0, |a: f64, x| a.max(x.value()))
    }
}

/// How messages of a group are renewed.
struct Rule<S: Message, V: Simd> {
    replies: [[S::Vector<V>; 2]; ROWS],
    share: S::Vector<V>,
}

impl<S: Message, V: Simd> Rule<S, V> {
    /// One vector of weights in all patterns of a group; the sum of the messages. Changes count
    /// where `live` is one.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn apply<const PLAIN: bool>(
        &self,
        simd: V,
        messages: &mut [&mut [S::Vector<V>]; ROWS],
        at: usize,
        mut bits: S::Bits<V>,
        m: &[S::Vector<V>],
        largest: &mut S::Vector<V>,
        live: Option<S::Vector<V>>,
    ) -> S::Vector<V> {
        let mut sum = S::splat(simd, S::default());
        for r in 0..ROWS {
            let [slope, bend] = self.replies[r];
            let old = messages[r][at];
            let slope = S::turned(simd, slope, bits);
            let wanted = S::fused(simd, m[r * parts::<S, V>()], bend, slope);
            bits = S::shifted(simd, bits);
            let (mut change, next);
            if PLAIN {
                change = S::minus(simd, wanted, old);
                next = wanted;
            } else {
                let wanted = S::clipped(simd, wanted);
                change = S::times(simd, S::minus(simd, wanted, old), self.share);
                next = S::plus(simd, old, change);
            }
            if let Some(live) = live {
                change = S::times(simd, change, live);
            }
            messages[r][at] = next;
            *largest = S::larger_size(simd, change, *largest);
            sum = S::plus(simd, sum, next);
        }
        sum
    }
}

impl<S: Message> WithSimd for Renew<'_, S> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<V: Simd>(self, simd: V) -> f64 {
        if self.damping == 0.0 && self.size < CLIP {
            self.write::<V, true>(simd)
        } else {
            self.write::<V, false>(simd)
        }
    }
}
