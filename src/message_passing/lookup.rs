//! The innermost loop of [`kernel`](super::kernel), with a version for processors that look up 32
//! table entries in one instruction. The only file of the library with `unsafe` code.

use std::ops::{Add, Neg};

/// Inputs per table.
pub const GROUP: usize = 5;
/// Entries of a table: the signed sums of its inputs.
pub const TABLE: usize = 1 << GROUP;
/// Groups per packed word.
pub const GROUPS: usize = 6;
/// Outputs that are summed together.
pub const STRIP: usize = 128;

/// One packed word of every output of a strip: [`GROUPS`] indices of [`GROUP`] bits, lowest first.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Word(pub [u32; STRIP]);

/// The signed sums of one group of inputs.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Table<T>(pub [T; TABLE]);

/// A precision in which signed sums can be computed.
pub trait Scalar:
    Copy + Default + Send + Sync + Add<Output = Self> + Neg<Output = Self> + 'static
{
    /// Adds to every lane of a strip its entry of every table, [`GROUPS`] tables for each word.
    fn add_looked_up(words: &[Word], tables: &[Table<Self>], sums: &mut [Self; STRIP]);
}

/// The loop in plain Rust, the definition of the result.
#[inline(always)]
fn plain<T: Scalar>(words: &[Word], tables: &[Table<T>], sums: &mut [T; STRIP]) {
    for (word, tables) in words.iter().zip(tables.chunks_exact(GROUPS)) {
        for (group, table) in tables.iter().enumerate() {
            for (sum, index) in sums.iter_mut().zip(&word.0) {
                *sum = *sum + table.0[(index >> (group * GROUP)) as usize % TABLE];
            }
        }
    }
}

impl Scalar for f32 {
    fn add_looked_up(words: &[Word], tables: &[Table<f32>], sums: &mut [f32; STRIP]) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has been asked for AVX-512F.
            unsafe { wide::add_f32(words, tables, sums) };
            return;
        }
        plain(words, tables, sums);
    }
}

impl Scalar for f64 {
    fn add_looked_up(words: &[Word], tables: &[Table<f64>], sums: &mut [f64; STRIP]) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has been asked for AVX-512F.
            unsafe { wide::add_f64(words, tables, sums) };
            return;
        }
        plain(words, tables, sums);
    }
}

/// `Σ_w` of the bits in which two rows of equal length differ.
pub fn differing_bits(a: &[u64], b: &[u64]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512vpopcntdq")
            && std::arch::is_x86_feature_detected!("avx512f")
        {
            // SAFETY: the processor has been asked for both features.
            return unsafe { wide::differing_bits(a, b) };
        }
        if std::arch::is_x86_feature_detected!("popcnt") {
            // SAFETY: the processor has been asked for it.
            return unsafe { wide::differing_bits_by_word(a, b) };
        }
    }
    differing(a, b)
}

#[inline(always)]
fn differing(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

/// AVX-512: a permutation of two registers is a lookup in 32 floats or 16 doubles.
#[cfg(target_arch = "x86_64")]
mod wide {
    use crate::message_passing::lookup::{GROUP, GROUPS, STRIP, Table, Word};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f,avx512vpopcntdq")]
    pub(super) fn differing_bits(a: &[u64], b: &[u64]) -> u32 {
        super::differing(a, b)
    }

    #[target_feature(enable = "popcnt")]
    pub(super) fn differing_bits_by_word(a: &[u64], b: &[u64]) -> u32 {
        super::differing(a, b)
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn add_f32(words: &[Word], tables: &[Table<f32>], sums: &mut [f32; STRIP]) {
        let mut total: [__m512; 8] = std::array::from_fn(|b| load_f32(&sums[16 * b..]));
        for (word, tables) in words.iter().zip(tables.chunks_exact(GROUPS)) {
            fetch(word);
            let mut at: [__m512i; 8] = std::array::from_fn(|b| load_u32(&word.0[16 * b..]));
            for table in tables {
                let (low, high) = (load_f32(&table.0), load_f32(&table.0[16..]));
                for (total, at) in total.iter_mut().zip(&mut at) {
                    *total = _mm512_add_ps(*total, _mm512_permutex2var_ps(low, *at, high));
                    *at = _mm512_srli_epi32::<{ GROUP as u32 }>(*at);
                }
            }
        }
        for (sums, total) in sums.chunks_exact_mut(16).zip(total) {
            // SAFETY: the chunk has sixteen floats.
            unsafe { _mm512_storeu_ps(sums.as_mut_ptr(), total) };
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn add_f64(words: &[Word], tables: &[Table<f64>], sums: &mut [f64; STRIP]) {
        for (half, sums) in sums.chunks_exact_mut(STRIP / 2).enumerate() {
            let mut total: [__m512d; 8] = std::array::from_fn(|b| load_f64(&sums[8 * b..]));
            for (word, tables) in words.iter().zip(tables.chunks_exact(GROUPS)) {
                let word = &word.0[half * (STRIP / 2)..];
                let mut at: [__m512i; 8] = std::array::from_fn(|b| load_widened(&word[8 * b..]));
                for table in tables {
                    let part: [__m512d; 4] = std::array::from_fn(|p| load_f64(&table.0[8 * p..]));
                    for (total, at) in total.iter_mut().zip(&mut at) {
                        let low = _mm512_permutex2var_pd(part[0], *at, part[1]);
                        let high = _mm512_permutex2var_pd(part[2], *at, part[3]);
                        let upper = _mm512_test_epi64_mask(*at, _mm512_set1_epi64(16));
                        *total = _mm512_add_pd(*total, _mm512_mask_mov_pd(low, upper, high));
                        *at = _mm512_srli_epi64::<{ GROUP as u32 }>(*at);
                    }
                }
            }
            for (sums, total) in sums.chunks_exact_mut(8).zip(total) {
                // SAFETY: the chunk has eight doubles.
                unsafe { _mm512_storeu_pd(sums.as_mut_ptr(), total) };
            }
        }
    }

    /// Words that are asked for before they are needed: the processor itself does not look beyond
    /// a page.
    const AHEAD: usize = 8;

    /// Asks for the word a little after this one, which need not exist.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn fetch(word: &Word) {
        let ahead = std::ptr::from_ref(word).wrapping_add(AHEAD).cast::<i8>();
        for line in 0..size_of::<Word>() / 64 {
            // SAFETY: a prefetch reads nothing, wherever it points.
            #[allow(unused_unsafe, reason = "safe in newer standard libraries")]
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(64 * line))
            };
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load_f32(from: &[f32]) -> __m512 {
        // SAFETY: sixteen floats are read from a slice that has them.
        unsafe { _mm512_loadu_ps(from[..16].as_ptr()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load_f64(from: &[f64]) -> __m512d {
        // SAFETY: eight doubles are read from a slice that has them.
        unsafe { _mm512_loadu_pd(from[..8].as_ptr()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load_u32(from: &[u32]) -> __m512i {
        // SAFETY: sixteen words are read from a slice that has them.
        unsafe { _mm512_loadu_si512(from[..16].as_ptr().cast()) }
    }

    /// Eight words, each in a lane of 64 bits.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load_widened(from: &[u32]) -> __m512i {
        // SAFETY: eight words are read from a slice that has them.
        let words = unsafe { _mm256_loadu_si256(from[..8].as_ptr().cast()) };
        _mm512_cvtepu32_epi64(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree<T: Scalar + PartialEq + std::fmt::Debug>(number: impl Fn(usize) -> T) {
        let hash = |i: usize| (i as u32).wrapping_mul(2_654_435_761);
        let words: Vec<Word> = (0..7)
            .map(|w| Word(std::array::from_fn(|lane| hash(w * STRIP + lane))))
            .collect();
        let tables: Vec<Table<T>> = (0..7 * GROUPS)
            .map(|t| Table(std::array::from_fn(|e| number(t * TABLE + e))))
            .collect();
        let (mut one, mut other) = ([T::default(); STRIP], [T::default(); STRIP]);
        plain(&words, &tables, &mut one);
        T::add_looked_up(&words, &tables, &mut other);
        assert_eq!(one, other);
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        agree(|i| (i as f32 * 0.37).sin());
        agree(|i| (i as f64 * 0.37).sin());
        let row = |factor: u64| -> Vec<u64> {
            (1..100u64)
                .map(|i| i.wrapping_mul(i).wrapping_mul(factor))
                .collect()
        };
        let (a, b) = (row(0x9e37_79b9_7f4a_7c15), row(0xd1b5_4a32_d192_ed03));
        assert_eq!(differing_bits(&a, &b), differing(&a, &b));
    }
}
