//! Vectors of messages as the processor has them.

use pulp::Simd;

/// Largest field `atanh m` of a message.
pub const CLIP: f64 = 20.0;

/// A number of which a processor holds several in a vector. The operations are those of one number
/// in each lane, the same on every processor; a product and a sum are rounded once.
pub trait Wide: Sized + Copy {
    /// Lanes in which sums run, one cache line.
    const LANES: usize;
    /// As many bits as a number has.
    type Word: Copy + Default + Send + Sync + std::fmt::Debug;
    /// Their number.
    const BITS: usize;
    /// Orders to which a cavity mean is expanded, and the largest messages for which that is
    /// accurate to this format (BP.22).
    const EXPANSIONS: [(usize, f64); 3];
    /// A vector.
    type Vector<V: Simd>: Copy;
    /// A vector of words.
    type Bits<V: Simd>: Copy;

    /// The whole vectors of a slice.
    fn vectors<V: Simd>(from: &[Self]) -> &[Self::Vector<V>];
    /// The whole vectors of a slice.
    fn vectors_mut<V: Simd>(from: &mut [Self]) -> &mut [Self::Vector<V>];
    /// The same number in each lane.
    fn splat<V: Simd>(simd: V, x: Self) -> Self::Vector<V>;
    /// `a + b`.
    fn plus<V: Simd>(simd: V, a: Self::Vector<V>, b: Self::Vector<V>) -> Self::Vector<V>;
    /// `a - b`.
    fn minus<V: Simd>(simd: V, a: Self::Vector<V>, b: Self::Vector<V>) -> Self::Vector<V>;
    /// `a b`.
    fn times<V: Simd>(simd: V, a: Self::Vector<V>, b: Self::Vector<V>) -> Self::Vector<V>;
    /// `a b + c`, rounded once.
    fn fused<V: Simd>(
        simd: V,
        a: Self::Vector<V>,
        b: Self::Vector<V>,
        c: Self::Vector<V>,
    ) -> Self::Vector<V>;
    /// `c - a b`, rounded once.
    fn fused_minus<V: Simd>(
        simd: V,
        a: Self::Vector<V>,
        b: Self::Vector<V>,
        c: Self::Vector<V>,
    ) -> Self::Vector<V>;
    /// The larger of `|a|` and `b`; `b` where `a` is not a number.
    fn larger_size<V: Simd>(simd: V, a: Self::Vector<V>, b: Self::Vector<V>) -> Self::Vector<V>;
    /// Within `±CLIP`.
    fn clipped<V: Simd>(simd: V, a: Self::Vector<V>) -> Self::Vector<V>;
    /// Turned where the highest bit of `bits` is set.
    fn turned<V: Simd>(simd: V, a: Self::Vector<V>, bits: Self::Bits<V>) -> Self::Vector<V>;
    /// The whole vectors of a slice.
    fn bits<V: Simd>(from: &[Self::Word]) -> &[Self::Bits<V>];
    /// All bits one place higher.
    fn shifted<V: Simd>(simd: V, bits: Self::Bits<V>) -> Self::Bits<V>;
    /// Bits `by` places higher.
    fn shift(from: &[Self::Word], by: usize, to: &mut [Self::Word]);
    /// Sets the bit at `place`, the highest being at zero, where a bit of `from` is zero, lowest
    /// first.
    fn set(words: &mut [Self::Word], place: usize, from: u64);
}

macro_rules! wide {
    ($float:ident, $word:ident, $expansions:expr, $vector:ident, $bits:ident, [$as:ident, $as_mut:ident,
     $splat:ident, $add:ident, $sub:ident, $mul:ident, $fused:ident, $negated:ident, $abs:ident,
     $max:ident, $min:ident, $from_bits:ident, $to_bits:ident, $as_bits:ident, $and:ident,
     $xor:ident, $add_bits:ident]) => {
        impl Wide for $float {
            const LANES: usize = 64 / size_of::<$float>();
            type Word = $word;
            const BITS: usize = $word::BITS as usize;
            const EXPANSIONS: [(usize, f64); 3] = $expansions;
            type Vector<V: Simd> = V::$vector;
            type Bits<V: Simd> = V::$bits;

            #[inline(always)]
            fn vectors<V: Simd>(from: &[Self]) -> &[V::$vector] {
                V::$as(from).0
            }
            #[inline(always)]
            fn vectors_mut<V: Simd>(from: &mut [Self]) -> &mut [V::$vector] {
                V::$as_mut(from).0
            }
            #[inline(always)]
            fn splat<V: Simd>(simd: V, x: Self) -> V::$vector {
                simd.$splat(x)
            }
            #[inline(always)]
            fn plus<V: Simd>(simd: V, a: V::$vector, b: V::$vector) -> V::$vector {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn minus<V: Simd>(simd: V, a: V::$vector, b: V::$vector) -> V::$vector {
                simd.$sub(a, b)
            }
            #[inline(always)]
            fn times<V: Simd>(simd: V, a: V::$vector, b: V::$vector) -> V::$vector {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn fused<V: Simd>(simd: V, a: V::$vector, b: V::$vector, c: V::$vector) -> V::$vector {
                simd.$fused(a, b, c)
            }
            #[inline(always)]
            fn fused_minus<V: Simd>(
                simd: V,
                a: V::$vector,
                b: V::$vector,
                c: V::$vector,
            ) -> V::$vector {
                simd.$negated(a, b, c)
            }
            #[inline(always)]
            fn larger_size<V: Simd>(simd: V, a: V::$vector, b: V::$vector) -> V::$vector {
                simd.$max(simd.$abs(a), b)
            }
            #[inline(always)]
            fn clipped<V: Simd>(simd: V, a: V::$vector) -> V::$vector {
                let clip = CLIP as $float;
                simd.$max(simd.$min(a, simd.$splat(clip)), simd.$splat(-clip))
            }
            #[inline(always)]
            fn turned<V: Simd>(simd: V, a: V::$vector, bits: V::$bits) -> V::$vector {
                let sign = simd.$to_bits(simd.$splat(-0.0));
                simd.$from_bits(simd.$xor(simd.$to_bits(a), simd.$and(sign, bits)))
            }
            #[inline(always)]
            fn bits<V: Simd>(from: &[$word]) -> &[V::$bits] {
                V::$as_bits(from).0
            }
            #[inline(always)]
            fn shifted<V: Simd>(simd: V, bits: V::$bits) -> V::$bits {
                simd.$add_bits(bits, bits)
            }
            #[inline(always)]
            fn shift(from: &[$word], by: usize, to: &mut [$word]) {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = from << by;
                }
            }
            #[inline(always)]
            fn set(words: &mut [$word], place: usize, from: u64) {
                let shift = <Self as Wide>::BITS - 1 - place;
                for (bit, word) in words.iter_mut().enumerate() {
                    *word |= ((!from >> bit & 1) as $word) << shift;
                }
            }
        }
    };
}

wide!(
    f32,
    u32,
    [(4, 0.0404), (5, 0.0742), (8, 0.203)],
    f32s,
    u32s,
    [
        as_simd_f32s,
        as_mut_simd_f32s,
        splat_f32s,
        add_f32s,
        sub_f32s,
        mul_f32s,
        mul_add_f32s,
        negate_mul_add_f32s,
        abs_f32s,
        max_f32s,
        min_f32s,
        transmute_f32s_u32s,
        transmute_u32s_f32s,
        as_simd_u32s,
        and_u32s,
        xor_u32s,
        add_u32s
    ]
);
wide!(
    f64,
    u64,
    [(9, 0.0338), (12, 0.0817), (16, 0.163)],
    f64s,
    u64s,
    [
        as_simd_f64s,
        as_mut_simd_f64s,
        splat_f64s,
        add_f64s,
        sub_f64s,
        mul_f64s,
        mul_add_f64s,
        negate_mul_add_f64s,
        abs_f64s,
        max_f64s,
        min_f64s,
        transmute_f64s_u64s,
        transmute_u64s_f64s,
        as_simd_u64s,
        and_u64s,
        xor_u64s,
        add_u64s
    ]
);
