//! Functions of single precision that compilers turn into vector instructions: no branch, no
//! table, no fused operation, so that every processor gives the same bits.
//!
//! Relative accuracy 4e-7 where not said otherwise (unit tests, against [`special`]).
//!
//! [`special`]: crate::math::special

/// Coefficients of `2^f` on `|f| ≤ ½`, lowest first.
const EXP2: [f32; 7] = [
    1.0,
    std::f32::consts::LN_2,
    0.2402265,
    0.05550327,
    0.009618025,
    0.0013400433,
    0.00015469732,
];
/// Coefficients of `ln(1+x)/x` on `[0, 1]`.
const LN_1P: [f32; 9] = [
    1.0,
    -0.49999502,
    0.3331927,
    -0.2484437,
    0.1911143,
    -0.1367477,
    0.07836167,
    -0.029588507,
    0.005253458,
];
/// Coefficients of `(t + 0.8) H(t)/G(t)`, `t ≥ 0`, in powers of `(t-3)/(t+3)`.
const INVERSE_MILLS: [f32; 11] = [
    1.1574432,
    -0.13848169,
    -0.10296629,
    0.13637501,
    -0.060036417,
    0.001466548,
    0.007982714,
    -0.00075608597,
    -0.0012532631,
    7.055391e-5,
    0.00015577667,
];
/// Adding and subtracting it rounds to the nearest whole number.
const ROUND: f32 = 12_582_912.0;
/// `1/√(2π)`.
const INV_SQRT_2PI: f32 = 0.398_942_3;
/// From here on `g - x` comes from its expansion: the subtraction would lose digits.
const EXCESS_FROM_EXPANSION: f32 = 12.0;

#[inline(always)]
fn horner<const N: usize>(coefficients: &[f32; N], x: f32) -> f32 {
    let mut sum = coefficients[N - 1];
    let mut k = N - 1;
    while k > 0 {
        k -= 1;
        sum = sum * x + coefficients[k];
    }
    sum
}

/// `e^x` for `x ≤ 0`; not below 1e-38.
#[inline(always)]
pub fn exp_negative(x: f32) -> f32 {
    let y = (x * std::f32::consts::LOG2_E).max(-126.0);
    let rounded = y + ROUND;
    let power = horner(&EXP2, y - (rounded - ROUND));
    let exponent = rounded.to_bits().wrapping_sub(ROUND.to_bits());
    power * f32::from_bits(exponent.wrapping_add(127) << 23)
}

/// `tanh x`, absolutely accurate to 2e-7.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let e = exp_negative(-2.0 * x.abs());
    ((1.0 - e) / (1.0 + e)).copysign(x)
}

/// `ln(1 + e^{-2|x|})`.
#[inline(always)]
fn ln_1p_exp(x: f32) -> f32 {
    let e = exp_negative(-2.0 * x.abs());
    e * horner(&LN_1P, e)
}

/// `A(a, b) = atanh(tanh a tanh b)` of finite numbers (MP.14), absolutely accurate to 3e-7.
#[inline(always)]
pub fn through(a: f32, b: f32) -> f32 {
    let least = a.abs().min(b.abs()).copysign(a) * 1f32.copysign(b);
    least + 0.5 * (ln_1p_exp(a + b) - ln_1p_exp(a - b))
}

/// `(g, g - x)` with the Mills ratio `g = G(x)/H(x)`; the latter accurate to 2e-6 absolutely for
/// `x < 12` and relatively beyond.
#[inline(always)]
pub fn mills(x: f32) -> (f32, f32) {
    let t = x.abs();
    let inverse = horner(&INVERSE_MILLS, (t - 3.0) / (t + 3.0)) / (t + 0.8);
    // Below zero H(x) = 1 - H(t), and H(t) = G(t)/g(t).
    let gauss = INV_SQRT_2PI * exp_negative(-0.5 * t * t);
    let upper = x > 0.0;
    let (over, under) = if upper {
        (1.0, inverse)
    } else {
        (gauss, 1.0 - gauss * inverse)
    };
    let g = over / under;
    let far = 1.0 / t.max(1.0);
    let expansion = far - 2.0 * far * far * far;
    (
        g,
        if x > EXCESS_FROM_EXPANSION {
            expansion
        } else {
            g - x
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special;
    use crate::message_passing::protocol;

    fn points() -> impl Iterator<Item = f32> {
        (-40_000..40_000).map(|k| k as f32 * 1e-3)
    }

    #[test]
    fn functions_are_those_of_double_precision() {
        for x in points() {
            let wide = f64::from(x);
            let (g, excess) = mills(x);
            let exact = special::mills(wide);
            // Below zero the square in the exponent is rounded; below -13 nothing is left.
            let relative = 8e-7 + 1e-7 * wide.min(0.0).powi(2);
            let error = (f64::from(g) - exact).abs();
            assert!(error <= relative * exact + 1e-37, "{x}: {g} {exact}");
            let exact = special::excess(wide);
            let allowed = if x > 12.0 {
                5e-4 * exact
            } else {
                2e-6 * (1.0 + wide.abs())
            };
            assert!(
                (f64::from(excess) - exact).abs() < allowed,
                "{x}: {excess} {exact}"
            );
            assert!((f64::from(tanh(x)) - wide.tanh()).abs() < 2e-7, "{x}");
        }
        for x in points().filter(|x| *x <= 0.0) {
            let exact = f64::from(x).exp();
            let error = (f64::from(exp_negative(x)) - exact).abs();
            assert!(error < (3e-7 + 1e-7 * f64::from(-x)) * exact, "{x}");
        }
        for a in points().step_by(3001) {
            for b in points().step_by(577) {
                let exact = protocol::through(a.into(), b.into());
                let allowed = 3e-7 * (1.0 + exact.abs());
                assert!(
                    (f64::from(through(a, b)) - exact).abs() < allowed,
                    "{a} {b}"
                );
            }
        }
    }
}
