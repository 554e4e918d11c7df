//! Zeros of a scalar function in a bracket: where an event happens along a branch (equation S.5).

/// A located zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root {
    /// Position.
    pub x: f64,
    /// Function value there.
    pub value: f64,
    /// Width of the final bracket.
    pub width: f64,
    /// Function evaluations.
    pub evaluations: usize,
}

/// Zero of `f` between `a` and `b`, whose values `fa`, `fb` have opposite signs, to within
/// `tolerance · (1 + |x|)`: Brent's combination of bisection and inverse interpolation.
///
/// The function may fail; the failure is passed on. (Argmin's solver is held against this one in the
/// tests; it is not used here because its cost functions cannot carry a warm start from one
/// evaluation to the next.)
///
/// # Errors
/// Whatever `f` returns.
pub fn bracketed_root<E>(
    (mut a, mut fa): (f64, f64),
    (mut b, mut fb): (f64, f64),
    tolerance: f64,
    mut f: impl FnMut(f64) -> Result<f64, E>,
) -> Result<Root, E> {
    if fa.abs() < fb.abs() {
        (a, fa, b, fb) = (b, fb, a, fa);
    }
    let (mut c, mut fc) = (a, fa);
    let (mut last_step, mut step_before) = (b - a, b - a);
    let mut evaluations = 0;
    while evaluations < 200 {
        if fb == 0.0 {
            c = b;
            break;
        }
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
            last_step = b - a;
            step_before = last_step;
        }
        if fc.abs() < fb.abs() {
            (a, fa) = (b, fb);
            (b, fb) = (c, fc);
            (c, fc) = (a, fa);
        }
        let target = 0.5 * tolerance * (1.0 + b.abs());
        let half = 0.5 * (c - b);
        if half.abs() <= target {
            break;
        }
        let step = interpolated_step((a, fa), (b, fb), (c, fc))
            .filter(|s| {
                s.abs() < 1.5 * half.abs() && s * half > 0.0 && s.abs() < 0.5 * step_before.abs()
            })
            .unwrap_or(half);
        step_before = if step == half { half } else { last_step };
        last_step = step;
        (a, fa) = (b, fb);
        b += if step.abs() > target {
            step
        } else {
            target.copysign(half)
        };
        fb = f(b)?;
        evaluations += 1;
    }
    Ok(Root {
        x: b,
        value: fb,
        width: (c - b).abs(),
        evaluations,
    })
}

/// Step from `b` by the secant or by inverse quadratic interpolation.
fn interpolated_step((a, fa): (f64, f64), (b, fb): (f64, f64), (c, fc): (f64, f64)) -> Option<f64> {
    let s = fb / fa;
    let (numerator, denominator) = if a == c {
        ((c - b) * s, 1.0 - s)
    } else {
        let (q, r) = (fa / fc, fb / fc);
        let numerator = s * ((c - b) * q * (q - r) - (b - a) * (r - 1.0));
        (numerator, (q - 1.0) * (r - 1.0) * (s - 1.0))
    };
    let step = -numerator / denominator;
    step.is_finite().then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn root(f: impl Fn(f64) -> f64, a: f64, b: f64) -> Root {
        let Ok(root) = bracketed_root((a, f(a)), (b, f(b)), 1e-15, |x| Ok::<f64, Infallible>(f(x)));
        root
    }

    #[test]
    fn finds_zeros_of_easy_and_awkward_functions() {
        type Case = (fn(f64) -> f64, f64, f64, f64);
        let cases: [Case; 5] = [
            (|x| x.cos(), 0.0, 3.0, std::f64::consts::FRAC_PI_2),
            (|x| x.powi(9), -1.0, 1.7, 0.0),
            (|x| (x - 0.3).atan() * 1e6, -100.0, 50.0, 0.3),
            (|x| if x < 0.7 { -1.0 } else { 1.0 }, 0.0, 1.0, 0.7),
            (|x| x.exp() - 2.0, -40.0, 40.0, std::f64::consts::LN_2),
        ];
        for (i, (f, a, b, exact)) in cases.into_iter().enumerate() {
            let r = root(f, a, b);
            assert!((r.x - exact).abs() < 1e-14, "{i}: {r:?}");
            assert!(r.evaluations < 160, "{i}: {r:?}");
        }
        assert!(root(|x| x.cos(), 0.0, 3.0).evaluations < 12);
    }
}
