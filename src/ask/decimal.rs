//! Decimal numbers as typed, held exactly, so that grids contain the numbers one means.

/// `mantissa · 10^exponent`, exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decimal {
    mantissa: i128,
    exponent: i32,
}

/// Largest power of ten that an `i128` holds.
const MAX_SHIFT: u32 = 38;

impl Decimal {
    /// Reads `-1.25e-3` and the like; none for anything else and for what an `i128` cannot hold.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (number, power) = match text.split_once(['e', 'E']) {
            Some((number, power)) => (number, power.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let unsigned = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        let is_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(unsigned) || !is_digits(fraction) || unsigned.len() + fraction.len() == 0 {
            return None;
        }
        let mantissa = format!("{whole}{fraction}").parse().ok()?;
        let exponent = power.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        Some(Decimal { mantissa, exponent })
    }

    /// The same number with a smaller exponent.
    fn rescaled(self, exponent: i32) -> Option<i128> {
        if self.mantissa == 0 {
            return Some(0);
        }
        let shift = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        if shift > MAX_SHIFT {
            return None;
        }
        self.mantissa.checked_mul(10_i128.checked_pow(shift)?)
    }

    /// `self + i · step`, rounded once to the nearest `f64`; none where an `i128` overflows.
    pub(super) fn plus_steps(self, step: Decimal, i: usize) -> Option<f64> {
        let exponent = self.exponent.min(step.exponent);
        let offset = step
            .rescaled(exponent)?
            .checked_mul(i128::try_from(i).ok()?)?;
        let mantissa = self.rescaled(exponent)?.checked_add(offset)?;
        if mantissa == 0 {
            return Some(0.0);
        }
        let exact = small_to_f64(mantissa, exponent);
        exact.or_else(|| format!("{mantissa}e{exponent}").parse().ok())
    }

    /// `self - other`, shortest form, or none where an `i128` overflows.
    pub(super) fn minus(self, other: Decimal) -> Option<Decimal> {
        let exponent = self.exponent.min(other.exponent);
        let mantissa = self
            .rescaled(exponent)?
            .checked_sub(other.rescaled(exponent)?)?;
        Some(Decimal { mantissa, exponent })
    }

    /// Nearest `f64`.
    pub(super) fn to_f64(self) -> f64 {
        self.plus_steps(self, 0).unwrap_or(f64::NAN)
    }
}

/// `mantissa · 10^exponent` where both factors are exact as `f64`, so that one operation rounds
/// once: long grids are made a hundred times faster than by way of text.
fn small_to_f64(mantissa: i128, exponent: i32) -> Option<f64> {
    const EXACT_POWER: u32 = 22;
    let whole = i64::try_from(mantissa).ok()?;
    let power = exponent.unsigned_abs();
    if whole.unsigned_abs() > 1 << f64::MANTISSA_DIGITS || power > EXACT_POWER {
        return None;
    }
    let scale = (0..power).fold(1.0, |x, _| 10.0 * x);
    Some(if exponent < 0 {
        whole as f64 / scale
    } else {
        whole as f64 * scale
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_operation_rounds_as_text_does() {
        let mut compared = 0;
        let mut mantissa: i128 = 1;
        for i in 0..20_000 {
            mantissa = (mantissa * 6_364_136_223_846_793_005 + 1) % (1 << 54);
            let (signed, exponent) = (if i % 2 == 0 { mantissa } else { -mantissa }, i % 47 - 23);
            let text: f64 = format!("{signed}e{exponent}").parse().unwrap();
            if let Some(x) = small_to_f64(signed, exponent) {
                assert_eq!(x.to_bits(), text.to_bits(), "{signed}e{exponent}");
                compared += 1;
            }
        }
        assert!((5000..15_000).contains(&compared), "{compared}");
    }

    #[test]
    fn reads_what_a_number_may_look_like() {
        for text in ["1", "-1.5", "+.5", "2.", "1e-3", "1.25E+4", "-0.0"] {
            let decimal = Decimal::parse(text).unwrap();
            assert_eq!(decimal.to_f64(), text.parse::<f64>().unwrap(), "{text}");
        }
        for text in [
            "", "-", ".", "1e", "e5", "nan", "inf", "0x1", "1_0", "--1", "1.-5",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn steps_are_exact() {
        let start = Decimal::parse("-1").unwrap();
        let step = Decimal::parse("0.1").unwrap();
        assert_eq!(start.plus_steps(step, 13), Some(0.3));
        assert_eq!(
            start.plus_steps(step, 10).unwrap().to_bits(),
            0.0_f64.to_bits()
        );
    }

    #[test]
    fn overflow_is_none() {
        let big = Decimal::parse("1e300").unwrap();
        let one = Decimal::parse("1").unwrap();
        assert_eq!(big.plus_steps(one, 1), None);
        assert_eq!(big.minus(one), None);
        assert_eq!(Decimal::parse(&"9".repeat(60)), None);
    }
}
