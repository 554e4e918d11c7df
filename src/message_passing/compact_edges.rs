//! The edges of a group of patterns, one byte each.

use super::group::{Columns, MOST, ROWS, parts};
use super::number::tanh;
use super::series::{Level, coefficients};
use super::wide::Wide;
use pulp::{Simd, WithSimd};

/// Added to a number of magnitude below 128 it leaves the nearest whole number, plus 128, in the
/// lowest byte.
const ROUND: f32 = 8_388_608.0 + 128.0;
/// What a byte counts.
const STEPS: f32 = 127.0;

/// The byte of a mean.
#[inline(always)]
pub(super) fn pack(mean: f32) -> u32 {
    mean.mul_add(STEPS, ROUND).to_bits() & 0xff
}

/// The message of pattern `r` of a group, from words of means and signs.
#[inline(always)]
pub(super) fn field(means: u32, signs: u32, r: usize, [slope, bend]: [f32; 2]) -> f32 {
    let count = f32::from_bits(0x4b00_0000 | (means >> (8 * (r % 4)) & 0xff)) - ROUND;
    let turned = f32::from_bits(slope.to_bits() ^ (signs << r & 0x8000_0000));
    count.mul_add(bend, turned)
}

/// Counts of pattern `r` in one vector of words.
#[inline(always)]
fn counts<V: Simd>(simd: V, words: V::u32s, r: usize) -> V::f32s {
    let shift = simd.splat_u32s(8 * (r as u32 % 4));
    let byte = simd.and_u32s(
        simd.wrapping_dyn_shr_u32s(words, shift),
        simd.splat_u32s(0xff),
    );
    let number = simd.or_u32s(byte, simd.splat_u32s(0x4b00_0000));
    simd.sub_f32s(simd.transmute_f32s_u32s(number), simd.splat_f32s(ROUND))
}

/// Cavity means of a group from the old ones; mean and variance of the field for each pattern.
pub(super) struct Listen<'a> {
    pub columns: Columns<'a, f32>,
    /// Two rows of words, four patterns each.
    pub means: &'a mut [u32],
    pub signs: &'a [u32],
    pub replies: [[f32; 2]; ROWS],
    pub level: Level,
    pub keep: bool,
}

impl Listen<'_> {
    #[inline(always)]
    fn expand<V: Simd, const LEVEL: usize>(self, simd: V) -> [[[f32; MOST]; 2]; ROWS] {
        let order = const { <f32 as Wide>::EXPANSIONS[LEVEL].0 };
        let mut sums = [[[0.0; MOST]; 2]; ROWS];
        let parts = parts::<f32, V>();
        let length = self.columns.means.len();
        let (lower, upper) = self.means.split_at_mut(self.signs.len());
        let halves = [lower, upper].map(|half| V::as_mut_simd_u32s(half).0);
        let signs = V::as_simd_u32s(self.signs).0;
        let ends = [self.columns.means, self.columns.slopes].map(super::group::tail::<f32>);
        let replies = self.replies.map(|reply| reply.map(|x| simd.splat_f32s(x)));
        let (one, steps) = (simd.splat_f32s(1.0), simd.splat_f32s(STEPS));
        let whole = [self.columns.means, self.columns.slopes].map(<f32 as Wide>::vectors::<V>);
        for part in 0..parts {
            let mut own = [[simd.splat_f32s(0.0); 2]; ROWS];
            for line in 0..length.div_ceil(MOST) {
                let at = line * parts + part;
                let [t, s] = if line < length / MOST {
                    whole.map(|column| column[at])
                } else {
                    [0, 1].map(|k| <f32 as Wide>::vectors::<V>(&ends[k])[part])
                };
                let c = coefficients::<f32, V>(simd, order, t);
                let mut bits = signs[at];
                let old = [halves[0][at], halves[1][at]];
                let mut new = [simd.splat_u32s(0); 2];
                for r in 0..ROWS {
                    let [slope, bend] = replies[r];
                    let slope = <f32 as Wide>::turned(simd, slope, bits);
                    let u = simd.mul_add_f32s(counts(simd, old[r / 4], r), bend, slope);
                    let mut y = c[order - 1];
                    for k in (0..order - 1).rev() {
                        y = simd.mul_add_f32s(y, u, c[k]);
                    }
                    let y = simd.mul_f32s(y, u);
                    let m = simd.negate_mul_add_f32s(s, y, t);
                    let rise = simd.mul_add_f32s(y, simd.add_f32s(t, m), one);
                    let [omega, v] = &mut own[r];
                    *omega = simd.add_f32s(*omega, <f32 as Wide>::turned(simd, m, bits));
                    *v = simd.mul_add_f32s(s, rise, *v);
                    let rounded = simd.mul_add_f32s(m, steps, simd.splat_f32s(ROUND));
                    let byte =
                        simd.and_u32s(simd.transmute_u32s_f32s(rounded), simd.splat_u32s(0xff));
                    let shift = simd.splat_u32s(8 * (r as u32 % 4));
                    let byte = simd.wrapping_dyn_shl_u32s(byte, shift);
                    new[r / 4] = simd.or_u32s(new[r / 4], byte);
                    bits = simd.add_u32s(bits, bits);
                }
                if self.keep {
                    [halves[0][at], halves[1][at]] = new;
                }
            }
            for (sums, own) in sums.iter_mut().zip(own) {
                for (sums, own) in sums.iter_mut().zip(own) {
                    V::as_mut_simd_f32s(sums).0[part] = own;
                }
            }
        }
        sums
    }

    /// Where messages are large.
    #[inline(always)]
    fn exactly(self) -> [[[f32; MOST]; 2]; ROWS] {
        let mut sums = [[[0.0; MOST]; 2]; ROWS];
        let padded = self.signs.len();
        for (i, h) in self.columns.totals.iter().enumerate() {
            for (r, [omega, v]) in sums.iter_mut().enumerate() {
                let word = &mut self.means[r / 4 * padded + i];
                let u = field(*word, self.signs[i], r, self.replies[r]);
                let [m, variance] = tanh(h - u);
                let turned = f32::from_bits(m.to_bits() ^ (self.signs[i] << r & 0x8000_0000));
                omega[i % MOST] += turned;
                v[i % MOST] += variance;
                if self.keep {
                    let shift = 8 * (r % 4);
                    *word = *word & !(0xff << shift) | pack(m) << shift;
                }
            }
        }
        sums
    }
}

impl WithSimd for Listen<'_> {
    type Output = [[f64; 2]; ROWS];

    #[inline(always)]
    fn with_simd<V: Simd>(self, simd: V) -> [[f64; 2]; ROWS] {
        let sums = match self.level {
            Level::Expansion(0) => self.expand::<V, 0>(simd),
            Level::Expansion(1) => self.expand::<V, 1>(simd),
            Level::Expansion(2) => self.expand::<V, 2>(simd),
            Level::Expansion(_) | Level::Tanh => self.exactly(),
        };
        let join = |lanes: [f32; MOST]| lanes.iter().map(|x| f64::from(*x)).sum();
        sums.map(|sums| sums.map(join))
    }
}

/// Adds the messages of a group to the fields of the weights.
pub(super) struct Sum<'a> {
    pub means: &'a [u32],
    pub signs: &'a [u32],
    pub replies: [[f32; 2]; ROWS],
    pub fields: &'a mut [f64],
}

impl WithSimd for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<V: Simd>(self, simd: V) {
        let parts = parts::<f32, V>();
        let (lower, upper) = self.means.split_at(self.signs.len());
        let halves = [lower, upper].map(|half| V::as_simd_u32s(half).0);
        let signs = V::as_simd_u32s(self.signs).0;
        let replies = self.replies.map(|reply| reply.map(|x| simd.splat_f32s(x)));
        for (line, fields) in self.fields.chunks_mut(MOST).enumerate() {
            let mut sums = [0.0f32; MOST];
            for part in 0..parts {
                let at = line * parts + part;
                let mut bits = signs[at];
                let mut sum = simd.splat_f32s(0.0);
                for r in 0..ROWS {
                    let [slope, bend] = replies[r];
                    let slope = <f32 as Wide>::turned(simd, slope, bits);
                    let counts = counts(simd, halves[r / 4][at], r);
                    sum = simd.add_f32s(sum, simd.mul_add_f32s(counts, bend, slope));
                    bits = simd.add_u32s(bits, bits);
                }
                V::as_mut_simd_f32s(&mut sums).0[part] = sum;
            }
            for (field, sum) in fields.iter_mut().zip(sums) {
                *field += f64::from(sum);
            }
        }
    }
}
