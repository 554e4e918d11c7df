//! Tails of the Gaussian: ln H, the Mills ratio G/H and what cancels in it.
//!
//! `H(x) = ½ erfc(x/√2)` is the upper tail of the standard normal law, `G` its density
//! (equation GA.2). Built on `puruspe::erfcx` and `libm::erfc`; every function here is accurate to
//! 1e-14 relative for |x| ≤ 1e8 (tests/theory/special_functions.rs, against 50-digit tables).

use super::real::Real;
use std::f64::consts::FRAC_1_SQRT_2;

pub use super::real::sech_squared;

/// `√(2/π)`.
const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
/// `1/√(2π)`.
const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
/// From here on `G/H - x` comes from its continued fraction: the subtraction would lose digits.
const EXCESS_FROM_FRACTION: f64 = 4.0;
/// The same for the variance `1 - g(g - x)`, which cancels twice.
const VARIANCE_FROM_FRACTION: f64 = 1.5;

/// `exp(-x²/2)` without the rounding error of `x²`, which in the far tail would be amplified.
fn exp_minus_half_square(x: f64) -> f64 {
    let head = (x * 16.0).trunc() / 16.0;
    let tail = x - head;
    (-0.5 * head * head).exp() * (-tail * (head + 0.5 * tail)).exp()
}

/// Density of the standard normal law, `G(x) = exp(-x²/2)/√(2π)`.
pub fn gauss(x: f64) -> f64 {
    INV_SQRT_2PI * exp_minus_half_square(x)
}

/// `H(x)` for `x ≥ 0`, accurate in the far tail.
fn upper_tail(x: f64) -> f64 {
    if x < 1.0 {
        0.5 * libm::erfc(x * FRAC_1_SQRT_2)
    } else {
        0.5 * puruspe::erfcx(x * FRAC_1_SQRT_2) * exp_minus_half_square(x)
    }
}

/// Gaussian tail `H(x) = ∫_x^∞ Dz`.
pub fn h(x: f64) -> f64 {
    if x >= 0.0 {
        upper_tail(x)
    } else {
        1.0 - upper_tail(-x)
    }
}

/// `ln H(x)`.
pub fn ln_h(x: f64) -> f64 {
    if x > 0.0 {
        -0.5 * x * x + (0.5 * puruspe::erfcx(x * FRAC_1_SQRT_2)).ln()
    } else {
        (-upper_tail(-x)).ln_1p()
    }
}

/// `ln H(x) + x²/2`, finite however far in the upper tail.
pub fn ln_h_scaled(x: f64) -> f64 {
    if x > -1.0 {
        (0.5 * puruspe::erfcx(x * FRAC_1_SQRT_2)).ln()
    } else {
        ln_h(x) + 0.5 * x * x
    }
}

/// Mills ratio `g(x) = G(x)/H(x)`.
pub fn mills(x: f64) -> f64 {
    if x >= -1.0 {
        SQRT_2_OVER_PI / puruspe::erfcx(x * FRAC_1_SQRT_2)
    } else {
        gauss(x) / (1.0 - upper_tail(-x))
    }
}

/// `(e, r)` with `e = g(x) - x = 1/(x + r)` for `x ≥` [`VARIANCE_FROM_FRACTION`].
///
/// `r = 2/(x + 3/(x + …))`, evaluated backwards with a depth that suffices for 1e-17.
fn excess_fraction(x: f64) -> (f64, f64) {
    let depth = 8 + (750.0 / (x * x)) as u32;
    // r = numerator/denominator, so that only the last step divides.
    let (mut numerator, mut denominator) = (x, 1.0);
    for n in (3..=depth + 2).rev() {
        (numerator, denominator) = (x * numerator + f64::from(n) * denominator, numerator);
        if numerator > 1e200 {
            (numerator, denominator) = (numerator * 1e-200, denominator * 1e-200);
        }
    }
    let r = 2.0 * denominator / numerator;
    (1.0 / (x + r), r)
}

/// `g(x) - x`, the distance of the mean of a truncated Gaussian from its edge.
pub fn excess(x: f64) -> f64 {
    if x < EXCESS_FROM_FRACTION {
        mills(x) - x
    } else {
        excess_fraction(x).0
    }
}

/// `-(ln H)″ = g (g - x)`, between 0 (lower tail) and 1 (upper tail).
pub fn curvature(x: f64) -> f64 {
    mills(x) * excess(x)
}

/// `1 - g (g - x)`: the variance of a standard Gaussian truncated to `[x, ∞)`.
pub fn truncated_variance(x: f64) -> f64 {
    if x < VARIANCE_FROM_FRACTION {
        let g = mills(x);
        1.0 - g * (g - x)
    } else {
        let (e, r) = excess_fraction(x);
        e * (r - e)
    }
}

/// `ln 2cosh(x)`.
pub fn ln_2cosh(x: f64) -> f64 {
    x.abs() + (-2.0 * x.abs()).exp().ln_1p()
}

/// `[ln H, g, g - x]` at once: they share their costly factor.
pub fn tail(x: f64) -> [f64; 3] {
    if x > 0.0 {
        let scaled = puruspe::erfcx(x * FRAC_1_SQRT_2);
        let g = SQRT_2_OVER_PI / scaled;
        let excess = if x < EXCESS_FROM_FRACTION {
            g - x
        } else {
            excess_fraction(x).0
        };
        return [-0.5 * x * x + (0.5 * scaled).ln(), g, excess];
    }
    let lower = upper_tail(-x);
    let g = if x >= -1.0 {
        SQRT_2_OVER_PI / puruspe::erfcx(x * FRAC_1_SQRT_2)
    } else {
        gauss(x) / (1.0 - lower)
    };
    [(-lower).ln_1p(), g, g - x]
}

/// [`ln_h`] over any [`Real`].
pub fn ln_h_of<D: Real>(x: D) -> D {
    if x.is_constant() {
        return D::constant(ln_h(x.re()));
    }
    let [value, g, excess] = tail(x.re());
    x.lift([value, -g, -g * excess])
}

/// [`ln_h_scaled`] over any [`Real`].
pub fn ln_h_scaled_of<D: Real>(x: D) -> D {
    let t = x.re();
    x.lift([ln_h_scaled(t), -excess(t), truncated_variance(t)])
}

/// [`h`] over any [`Real`].
pub fn h_of<D: Real>(x: D) -> D {
    let g = gauss(x.re());
    x.lift([h(x.re()), -g, x.re() * g])
}

/// `[ln 2cosh, tanh, 1/cosh²]` at once, from one exponential.
pub fn cosh_jet(x: f64) -> [f64; 3] {
    let minus = (-2.0 * x.abs()).exp_m1();
    let e = 1.0 + minus;
    let c = 1.0 / (1.0 + e);
    [
        x.abs() + e.ln_1p(),
        (-minus * c).copysign(x),
        4.0 * e * c * c,
    ]
}

/// [`ln_2cosh`] over any [`Real`].
pub fn ln_2cosh_of<D: Real>(x: D) -> D {
    let [value, tanh, bend] = cosh_jet(x.re());
    x.lift([value, tanh, bend])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symmetry_and_values_at_zero() {
        assert_eq!(h(0.0), 0.5);
        assert!((mills(0.0) - SQRT_2_OVER_PI).abs() < 1e-16);
        for x in [0.1, 0.9, 1.1, 3.0, 7.5] {
            assert!((h(x) + h(-x) - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn lifts_are_the_derivatives() {
        use crate::math::real::{gradient, hessian, variable};
        let step = 1e-5;
        for x in [-6.0, -1.0, -0.2, 0.0, 0.7, 3.999, 4.001, 9.0, 200.0] {
            let d = ln_h_scaled_of(variable::<1>(x, 0));
            let slope = (ln_h_scaled(x + step) - ln_h_scaled(x - step)) / (2.0 * step);
            assert!(
                (gradient(&d)[0] - slope).abs() < 1e-8 * (1.0 + slope.abs()),
                "{x}"
            );
            let bend = (excess(x - step) - excess(x + step)) / (2.0 * step);
            assert!((hessian(&d)[0][0] - bend).abs() < 1e-8, "{x}");
            let l = ln_h_of(variable::<1>(x, 0));
            assert!(
                (hessian(&l)[0][0] + 1.0 - truncated_variance(x)).abs() < 1e-12,
                "{x}"
            );
        }
    }
}
