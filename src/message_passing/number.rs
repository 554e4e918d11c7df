//! The numbers that messages are stored in, and their hyperbolic tangent.

use super::wide::{CLIP, Wide};

/// A number that a message is stored in.
pub trait Message:
    Copy
    + Default
    + Send
    + Sync
    + PartialOrd
    + std::fmt::Debug
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
    + std::ops::Neg<Output = Self>
    + Wide
{
    /// The nearest number of this format.
    fn of(x: f64) -> Self;
    /// The number, exactly.
    fn value(self) -> f64;
    /// Magnitude.
    fn size(self) -> Self;
    /// This magnitude with the sign of `other`.
    fn signed_as(self, other: Self) -> Self;
    /// `e^y - 1` for `0 ≤ y ≤ 2 CLIP`.
    fn exp_m1(y: Self) -> Self;
}

/// `ln 2` in two parts, the first with few digits, so that its small multiples are exact.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

macro_rules! message {
    ($float:ty, $bits:ty, $mantissa:literal, $bias:literal, $ln_2:expr, $taylor:expr) => {
        impl Message for $float {
            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $float
            }
            #[inline(always)]
            fn value(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn size(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn signed_as(self, other: Self) -> Self {
                self.copysign(other)
            }
            #[inline(always)]
            fn exp_m1(y: Self) -> Self {
                // Adding 3·2^(mantissa-1) leaves round(y/ln 2) in the lowest bits.
                const SHIFT: $float = 1.5 * (1u64 << $mantissa) as $float;
                let shifted = y * std::f64::consts::LOG2_E as $float + SHIFT;
                let k = shifted - SHIFT;
                let r = y - k * $ln_2[0] - k * $ln_2[1];
                let mut p: $float = 0.0;
                for c in $taylor {
                    p = p * r + c;
                }
                let power = (shifted.to_bits() << $mantissa).wrapping_add($bias << $mantissa);
                let power = <$float>::from_bits(power);
                power * (p * r) + (power - 1.0)
            }
        }
    };
}

/// `1/n!` from `n` down to 1.
const fn reciprocal_factorials<const N: usize>() -> [f64; N] {
    let mut out = [0.0; N];
    let mut value = 1.0;
    let mut n = 1;
    while n <= N {
        value /= n as f64;
        out[N - n] = value;
        n += 1;
    }
    out
}
const TAYLOR_64: [f64; 13] = reciprocal_factorials();
const TAYLOR_32: [f32; 7] = {
    let wide = reciprocal_factorials::<7>();
    let mut out = [0.0; 7];
    let mut n = 0;
    while n < 7 {
        out[n] = wide[n] as f32;
        n += 1;
    }
    out
};

message!(f64, u64, 52, 1023, LN_2, TAYLOR_64);
message!(
    f32,
    u32,
    23,
    127,
    [0.693_359_4_f32, -2.121_944_4e-4_f32],
    TAYLOR_32
);

/// `tanh h` and `1/cosh² h`.
#[inline(always)]
pub(super) fn tanh<S: Message>(h: S) -> [S; 2] {
    let double = h.size() + h.size();
    let limit = S::of(2.0 * CLIP);
    let grown = S::exp_m1(if double > limit { limit } else { double });
    let q = S::of(1.0) / (grown + S::of(2.0));
    let slope = S::of(4.0) * (grown + S::of(1.0)) * q * q;
    [(grown * q).signed_as(h), slope]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special;

    #[test]
    fn hyperbolic_tangent_is_accurate() {
        for n in -3999..=3998 {
            let h = f64::from(n) * 0.005 + 1e-7;
            let [t, s] = tanh(h);
            assert!((t - h.tanh()).abs() <= 6e-16 * h.tanh().abs(), "{h}");
            let exact = special::sech_squared(h);
            assert!((s - exact).abs() < 2e-15 * exact, "{h}");
            let [t, s] = tanh(h as f32);
            let exact = f64::from(h as f32);
            assert!((f64::from(t) - exact.tanh()).abs() < 2.5e-7 * exact.tanh().abs());
            let exact = special::sech_squared(exact);
            assert!((f64::from(s) - exact).abs() < 1.5e-6 * exact);
        }
        assert_eq!(tanh(0.0), [0.0, 1.0]);
        assert_eq!(tanh(-1e300)[0], -1.0);
    }
}
