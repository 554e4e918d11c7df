//! Scalar bodies of the kernels: a few dozen operations and selections without a branch, so that a
//! plain loop over a slice becomes vector code for whatever instruction set it is compiled for.
//!
//! `F` says whether a fused multiply-add is one instruction. Clamps are written as comparisons
//! that are false for NaN, so that NaN passes through.

use super::coefficients::{EXCESS, EXCESS_MIDDLE, EXPONENTIAL, LOGARITHM, LOGARITHM_WIDE};
use std::f64::consts::LOG2_E;

/// `1/√(2π)`.
pub(crate) const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
/// `√(2π)`.
const SQRT_2PI: f64 = 2.506_628_274_631_000_7;
/// `ln √(2π)`.
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;
/// `ln 2` in 33 bits: its product with an exponent is exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
/// The rest of `ln 2`.
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// `1.5·2⁵²`: what is added to it is rounded to an integer, found in the low bits of the sum.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// Exponentials of less are returned as zero.
const LOWEST: f64 = -708.0;
/// Exponentials of more are infinite.
const HIGHEST: f64 = 710.0;
/// From here on the density of the standard normal law is zero.
const FARTHEST: f64 = 38.0;

/// `a b + c`, rounded once if `F`.
#[inline(always)]
pub(crate) fn fma<const F: bool>(a: f64, b: f64, c: f64) -> f64 {
    if F { a.mul_add(b, c) } else { a * b + c }
}

/// `Σ_k c[start + stride k] x^k`: one of several shorter chains that make a polynomial.
#[inline(always)]
fn chain<const F: bool, const N: usize>(c: &[f64; N], start: usize, stride: usize, x: f64) -> f64 {
    let terms = (N - start).div_ceil(stride);
    let mut sum = c[start + stride * (terms - 1)];
    for k in (0..terms - 1).rev() {
        sum = fma::<F>(sum, x, c[start + stride * k]);
    }
    sum
}

/// A polynomial in two chains, in even and in odd powers.
#[inline(always)]
fn two_chains<const F: bool, const N: usize>(c: &[f64; N], x: f64) -> f64 {
    let square = x * x;
    let odd = chain::<F, N>(c, 1, 2, square);
    fma::<F>(odd, x, chain::<F, N>(c, 0, 2, square))
}

/// `(2^(n-1), q)` with `e^x = 2^n (1 + q)` and `|q| < ½`, for `x` from `LOWEST` to `HIGHEST`; the
/// half of the power does not overflow.
#[inline(always)]
fn exp_parts<const F: bool>(x: f64) -> (f64, f64) {
    let shifted = fma::<F>(x, LOG2_E, ROUNDING);
    let n = shifted - ROUNDING;
    let r = fma::<F>(n, -LN_2_LOW, fma::<F>(n, -LN_2_HIGH, x));
    let q = fma::<F>(two_chains::<F, 11>(&EXPONENTIAL, r), r * r, r);
    let half = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1022 << 52));
    (half, q)
}

/// `e^x`; zero below -708, where it would leave the normal numbers.
#[inline(always)]
pub(crate) fn exp<const F: bool>(x: f64) -> f64 {
    let inside = if x < LOWEST { LOWEST } else { x };
    let inside = if inside > HIGHEST { HIGHEST } else { inside };
    let (half, q) = exp_parts::<F>(inside);
    let y = 2.0 * fma::<F>(half, q, half);
    if x < LOWEST { 0.0 } else { y }
}

/// `[e^x, e^x - 1]` for `x ≤ 0`.
#[inline(always)]
pub(crate) fn exp_and_rest<const F: bool>(x: f64) -> [f64; 2] {
    let inside = if x < LOWEST { LOWEST } else { x };
    let (half, q) = exp_parts::<F>(inside);
    let power = half + half;
    let y = fma::<F>(power, q, power);
    let y = if x < LOWEST { 0.0 } else { y };
    [y, fma::<F>(power, q, power - 1.0)]
}

/// Density of the standard normal law. The rounding error of `x²`, which the exponential would
/// amplify, is computed and compensated.
#[inline(always)]
pub(crate) fn gauss<const F: bool>(x: f64) -> f64 {
    let a = x.abs();
    let a = if a > FARTHEST { FARTHEST } else { a };
    let square = a * a;
    let low = if F {
        a.mul_add(a, -square)
    } else {
        // Dekker's product: both halves of `a` have exact squares.
        let scaled = a * 134_217_729.0;
        let head = scaled - (scaled - a);
        let rest = a - head;
        ((head * head - square) + 2.0 * head * rest) + rest * rest
    };
    let exponent = -0.5 * square;
    // Too low an exponent gives any number here: the selection below drops it.
    let (half, q) = exp_parts::<F>(exponent);
    let power = (2.0 * INV_SQRT_2PI) * half;
    let y = fma::<F>(power, fma::<F>(-0.5 * low, 1.0 + q, q), power);
    if exponent < LOWEST { 0.0 } else { y }
}

/// `ln y + correction`, for `y` normal and positive; `biased` is to be taken from the exponent read
/// as the low bits of `2⁵²`.
#[inline(always)]
fn ln_of_normal<const F: bool>(y: f64, biased: f64, correction: f64) -> f64 {
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const ROOT_OF_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
    const TWO_TO_52: u64 = 0x4330_0000_0000_0000;
    // The mantissa `m` is to lie between √½ and √2.
    let shifted = y.to_bits().wrapping_add(ONE - ROOT_OF_HALF);
    let m = f64::from_bits((shifted & MANTISSA).wrapping_add(ROOT_OF_HALF));
    let n = f64::from_bits((shifted >> 52) | TWO_TO_52) - biased;
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let p = two_chains::<F, 8>(&LOGARITHM, z);
    // ln m = 2 artanh s = f - f²/2 + s (f²/2 + z p): `f` is exact, the rest small.
    let half_square = 0.5 * f * f;
    let low = fma::<F>(n, LN_2_LOW, correction);
    let tail = fma::<F>(s, fma::<F>(z, p, half_square), low);
    fma::<F>(n, LN_2_HIGH, f - (half_square - tail))
}

/// `2⁵²` and the bias of exponents.
const BIAS: f64 = 4_503_599_627_370_496.0 + 1023.0;

/// `ln y + correction`, for `y` normal and positive.
#[inline(always)]
pub(crate) fn ln_with<const F: bool>(y: f64, correction: f64) -> f64 {
    ln_of_normal::<F>(y, BIAS, correction)
}

/// `ln y` of any number.
#[inline(always)]
pub(crate) fn ln<const F: bool>(y: f64) -> f64 {
    const TWO_TO_54: f64 = 18_014_398_509_481_984.0;
    let tiny = y < f64::MIN_POSITIVE;
    let scaled = if tiny { y * TWO_TO_54 } else { y };
    let value = ln_of_normal::<F>(scaled, if tiny { BIAS + 54.0 } else { BIAS }, 0.0);
    let value = if y < f64::INFINITY { value } else { y };
    let outside = if y < 0.0 { f64::NAN } else { f64::NEG_INFINITY };
    if y <= 0.0 { outside } else { value }
}

/// `g(x) - x` for `x ≥ 0`, where `g = G/H`.
#[inline(always)]
pub(crate) fn excess_positive<const F: bool>(x: f64) -> f64 {
    let inverse = 1.0 / (x + EXCESS_MIDDLE);
    // (x - K)/(x + K), also at infinity.
    let t = fma::<F>(-2.0 * EXCESS_MIDDLE, inverse, 1.0);
    let square = t * t;
    let fourth = square * square;
    let c0 = chain::<F, 28>(&EXCESS, 0, 4, fourth);
    let c1 = chain::<F, 28>(&EXCESS, 1, 4, fourth);
    let c2 = chain::<F, 28>(&EXCESS, 2, 4, fourth);
    let c3 = chain::<F, 28>(&EXCESS, 3, 4, fourth);
    fma::<F>(fma::<F>(c3, t, c2), square, fma::<F>(c1, t, c0)) * inverse
}

/// `[g, g - x, y, c]` with `ln y + c` the logarithm in `ln H` (see [`tail_value`]), from the excess
/// and the density at `|x|`.
///
/// In the lower tail everything comes from the upper one: with `h = H(|x|) = G/ga`, where `ga` is
/// `G/H` at `|x|`, `H = 1 - h` and `g = G/(1 - h)`.
#[inline(always)]
pub(crate) fn tail_combine(x: f64, excess: f64, density: f64) -> [f64; 4] {
    let a = x.abs();
    let ga = a + excess;
    let upper = x > 0.0;
    // Where the density is zero the lower tail is trivial: any finite number will do.
    let m = if ga > 64.0 { 64.0 } else { ga };
    let rest = m - density;
    let p = 1.0 / (m * rest);
    let h = density * (p * rest);
    let complement = 1.0 - h;
    let inverse = m * m * p;
    // What rounding took from the complement, relative to it.
    let slip = ((1.0 - complement) - h) * inverse;
    let low = density * inverse;
    [
        if upper { ga } else { low },
        if upper { excess } else { low + a },
        if upper { ga } else { complement },
        if upper { 0.0 } else { slip },
    ]
}

/// `ln H` from its logarithm.
#[inline(always)]
pub(crate) fn tail_value<const F: bool>(x: f64, logarithm: f64) -> f64 {
    let upper = fma::<F>(-0.5 * x, x, -(logarithm + LN_SQRT_2PI));
    if x > 0.0 { upper } else { logarithm }
}

/// `[ln H, g, g - x]`.
#[inline(always)]
pub(crate) fn tail<const F: bool>(x: f64) -> [f64; 3] {
    let excess = excess_positive::<F>(x.abs());
    let [g, excess, y, c] = tail_combine(x, excess, gauss::<F>(x));
    [tail_value::<F>(x, ln_with::<F>(y, c)), g, excess]
}

/// Farther out the factors of [`split_combine`] stay what they are here: squares are to be finite.
const SPLIT_LIMIT: f64 = 1e150;

/// `[s, g, missing]` with `H = s e^missing`, from the excess and the density at `|x|`: `missing` is
/// `-x²/2` in the upper tail, else zero.
#[inline(always)]
pub(crate) fn split_combine(x: f64, excess: f64, density: f64) -> [f64; 3] {
    let a = x.abs();
    let ga = a + excess;
    let upper = x > 0.0;
    let m = if ga > SPLIT_LIMIT { SPLIT_LIMIT } else { ga };
    let rest = m - density;
    // One division for 1/m and 1/rest.
    let p = 1.0 / (m * rest);
    [
        (p * rest) * if upper { INV_SQRT_2PI } else { rest },
        if upper { ga } else { density * (m * m * p) },
        if upper { -0.5 * a * a } else { 0.0 },
    ]
}

/// `[s, g, missing]` as in [`split_combine`].
#[inline(always)]
pub(crate) fn tail_split<const F: bool>(x: f64) -> [f64; 3] {
    split_combine(x, excess_positive::<F>(x.abs()), gauss::<F>(x))
}

/// `[1/s, g]` with `s` as in [`split_combine`].
#[inline(always)]
#[allow(dead_code, reason = "for pairs of tails elsewhere in the crate")]
pub(crate) fn inverse_tail(x: f64, excess: f64, density: f64) -> [f64; 2] {
    let ga = x.abs() + excess;
    let upper = x > 0.0;
    let m = if ga > SPLIT_LIMIT { SPLIT_LIMIT } else { ga };
    let low = m / (m - density);
    [
        if upper { m * SQRT_2PI } else { low },
        if upper { ga } else { density * low },
    ]
}

/// `a + 2 artanh t`, for `0 ≤ t ≤ 1/3`.
#[inline(always)]
pub(crate) fn plus_artanh<const F: bool>(a: f64, t: f64) -> f64 {
    let z = t * t;
    a + fma::<F>(t * z, two_chains::<F, 14>(&LOGARITHM_WIDE, z), 2.0 * t)
}

/// `[t, tanh |x|, 1/cosh²]` from `e = e^{-2|x|}` and `e - 1`, with `ln(1 + e) = 2 artanh t`.
#[inline(always)]
pub(crate) fn cosh_combine(x: f64, e: f64, rest: f64) -> [f64; 3] {
    // One division for 1/(1 + e) and 1/(2 + e).
    let p = 1.0 / ((1.0 + e) * (2.0 + e));
    let c = (2.0 + e) * p;
    [
        e * ((1.0 + e) * p),
        (-rest * c).copysign(x),
        4.0 * e * (c * c),
    ]
}

/// `[ln 2cosh, tanh, 1/cosh²]`.
#[inline(always)]
pub(crate) fn cosh<const F: bool>(x: f64) -> [f64; 3] {
    let a = x.abs();
    let [e, rest] = exp_and_rest::<F>(-2.0 * a);
    let [t, tanh, sech2] = cosh_combine(x, e, rest);
    [plus_artanh::<F>(a, t), tanh, sech2]
}

/// `[tanh, 1/cosh², 1 + tanh]`, the last without cancellation.
#[inline(always)]
#[allow(dead_code, reason = "for averages over spins elsewhere in the crate")]
pub(crate) fn tanh<const F: bool>(x: f64) -> [f64; 3] {
    let [e, rest] = exp_and_rest::<F>(-2.0 * x.abs());
    let c = 1.0 / (1.0 + e);
    let one_plus = 2.0 * if x > 0.0 { c } else { e * c };
    [(-rest * c).copysign(x), 4.0 * e * (c * c), one_plus]
}

/// `[t, slope, bend]` of `ln(1 + e^{-x})` from `e = e^{-|x|}`, with `ln(1 + e) = 2 artanh t`.
#[inline(always)]
pub(crate) fn softplus_combine(x: f64, e: f64) -> [f64; 3] {
    let p = 1.0 / ((1.0 + e) * (2.0 + e));
    let c = (2.0 + e) * p;
    let slope = if x > 0.0 { e * c } else { c };
    [e * ((1.0 + e) * p), -slope, e * (c * c)]
}

/// `ln(1 + e^{-x})`, its slope and second derivative.
#[inline(always)]
pub(crate) fn softplus<const F: bool>(x: f64) -> [f64; 3] {
    let [e, _] = exp_and_rest::<F>(-x.abs());
    let [t, slope, bend] = softplus_combine(x, e);
    [plus_artanh::<F>(negative_part(x), t), slope, bend]
}

/// What `ln(1 + e^{-x})` has besides `ln(1 + e^{-|x|})`.
#[inline(always)]
pub(crate) fn negative_part(x: f64) -> f64 {
    if x < 0.0 { -x } else { 0.0 }
}
