//! Averages over two correlated Gaussian fields, of a function of one times a weight that depends
//! on both (GA.8).
//!
//! With `z = c x + s z′` the average `E[A(x, z′) C(x)]` is a one-dimensional average of `C` against
//! the marginal weight `A̅(x) = ∫Dz′ A(x, z′)`. The inner integrand is smooth on the scale of one
//! and decays, so the trapezoidal rule converges exponentially in one over its step; the outer one
//! may have steps, and is left to graded panels.

use std::f64::consts::PI;

/// Inner terms this far below the largest one, in the logarithm, end the sum.
const NEGLIGIBLE: f64 = 37.0;
/// The logarithm of what is nothing against the mass of the whole average, which is one.
const NOTHING: f64 = -70.0;
/// Nothing that counts lies beyond: the tilt of a weight can move its maximum far out.
const FARTHEST: f64 = 1e4;
/// `√(2π)`.
const SQRT_2PI: f64 = 2.506_628_274_631_000_7;
/// Minus the logarithm of the accuracy of a sum at the step that [`step`] gives.
const ACCURACY: f64 = 21.5;
/// Factor by which a refined step is shorter: it makes 1e-9 into 1e-13.
pub const REFINEMENT: f64 = 0.7;
/// Shortest step, for integrands that are out of bounds anyhow.
const SHORTEST_STEP: f64 = 0.02;

/// Rotation that makes two correlated standard Gaussian fields independent: `z = c x + s z′`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotation {
    /// Correlation of the two fields.
    pub cos: f64,
    /// `√(1 - c²)`.
    pub sin: f64,
}

impl Rotation {
    /// Fields of this correlation; rounding beyond ±1 is cut off.
    pub fn of_correlation(cos: f64) -> Self {
        let cos = cos.clamp(-1.0, 1.0);
        Rotation {
            cos,
            sin: ((1.0 - cos) * (1.0 + cos)).sqrt(),
        }
    }

    /// The second field.
    pub fn field(&self, x: f64, inner: f64) -> f64 {
        self.cos * x + self.sin * inner
    }
}

/// The step of an inner sum whose integrand, the Gaussian measure included, has its nearest complex
/// singularity at this distance `y` from the real axis and grows like `exp(c y²/2)` towards it
/// (`c = 1` for the measure alone): moving the contour by `y` gives the error
/// `exp(c y²/2 - 2πy/step)`.
pub fn step(singularity: f64, growth: f64) -> f64 {
    let best = (2.0 * ACCURACY / growth).sqrt();
    let y = singularity.min(best);
    (2.0 * PI * y / (ACCURACY + 0.5 * growth * y * y)).max(SHORTEST_STEP)
}

/// A weight at one inner node: its logarithm and its derivatives relative to its value, with
/// respect to two arguments `u` and `h`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Factor {
    /// `ln A`.
    pub ln: f64,
    /// `∂_u A / A`.
    pub u: f64,
    /// `∂²_u A / A`.
    pub uu: f64,
    /// `∂_h A / A`.
    pub h: f64,
    /// `∂²_h A / A`.
    pub hh: f64,
    /// `∂_u ∂_h A / A`.
    pub uh: f64,
}

/// Inner averages of a weight and its derivatives at one outer node, times the weight of that node.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Marginal {
    /// `∫Dz′ A`.
    pub w: f64,
    /// `∫Dz′ ∂_u A`.
    pub u: f64,
    /// `∫Dz′ ∂²_u A`.
    pub uu: f64,
    /// `∫Dz′ ∂_h A`.
    pub h: f64,
    /// `∫Dz′ ∂²_h A`.
    pub hh: f64,
    /// `∫Dz′ ∂_u ∂_h A`.
    pub uh: f64,
    /// Inner node of the largest term: where the sum at the next outer node best starts.
    pub top: i32,
}

impl Marginal {
    /// Sums over inner nodes `z′ = k step` from `k = start` to both sides, as far as terms count,
    /// times the weight of the outer node. Of the terms, which have one maximum, those count that
    /// are not negligible against the largest, nor, on the way down, against the mass of all outer
    /// nodes.
    pub fn sum(step: f64, weight: f64, start: i32, factor: impl Fn(f64) -> Factor) -> Self {
        let mut total = Marginal {
            top: start,
            ..Marginal::default()
        };
        let mut peak = f64::NEG_INFINITY;
        let outer = weight.ln();
        let last = (FARTHEST / step) as i32;
        let height = |k: i32| {
            let z = step * f64::from(k);
            outer + factor(z).ln - 0.5 * z * z
        };
        let Some(start) = climb(height, start, last) else {
            return total;
        };
        for sign in [1, -1] {
            let mut before = f64::NEG_INFINITY;
            let mut k = start + sign.min(0);
            while k.abs() <= last {
                let z = step * f64::from(k);
                let f = factor(z);
                let ln = outer + f.ln - 0.5 * z * z;
                if ln < peak - NEGLIGIBLE || ln < NOTHING && ln <= before {
                    break;
                }
                before = ln;
                if ln > peak {
                    (peak, total.top) = (ln, k);
                }
                total.add(ln.exp(), &f);
                k += sign;
            }
        }
        let norm = step / SQRT_2PI;
        for sum in [
            &mut total.w,
            &mut total.u,
            &mut total.uu,
            &mut total.h,
            &mut total.hh,
            &mut total.uh,
        ] {
            *sum *= norm;
        }
        total
    }

    fn add(&mut self, weight: f64, f: &Factor) {
        self.w += weight;
        self.u += weight * f.u;
        self.uu += weight * f.uu;
        self.h += weight * f.h;
        self.hh += weight * f.hh;
        self.uh += weight * f.uh;
    }
}

/// From `start` upwards on a function with one maximum, in strides that double, to where it is more
/// than nothing; none if it is so nowhere.
fn climb(height: impl Fn(i32) -> f64, start: i32, last: i32) -> Option<i32> {
    let mut low = (start, height(start));
    if low.1 >= NOTHING {
        return Some(start);
    }
    let sign = [1, -1]
        .into_iter()
        .find(|sign| height(start + sign) > low.1)?;
    let mut stride = 1;
    let mut middle = (start + sign, height(start + sign));
    while middle.1 < NOTHING {
        stride *= 2;
        let next = middle.0 + sign * stride;
        let above = height(next);
        if above <= middle.1 {
            // The maximum lies between the last but one and this.
            let mut far = next;
            while (far - low.0).abs() > 1 {
                let half = low.0 + (far - low.0) / 2;
                let here = height(half);
                if here >= NOTHING {
                    return Some(half);
                }
                if height(half + sign) > here {
                    low.0 = half;
                } else {
                    far = half;
                }
            }
            return None;
        }
        if next.abs() > last {
            return None;
        }
        low = middle;
        middle = (next, above);
    }
    Some(middle.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaussian_moments_and_a_tilt() {
        // A = exp(5 z′): mean e^{12.5}, its maximum far from where the sum starts.
        let tilt = |z: f64| Factor {
            ln: 5.0 * z,
            u: z,
            uu: z * z,
            ..Factor::default()
        };
        for h in [step(f64::INFINITY, 1.0) * REFINEMENT, 0.3] {
            let m = Marginal::sum(h, 1.0, 0, tilt);
            let mean = 12.5_f64.exp();
            assert!((m.w / mean - 1.0).abs() < 1e-12, "{m:?}");
            assert!((m.u / (5.0 * mean) - 1.0).abs() < 1e-12);
            assert!((m.uu / (26.0 * mean) - 1.0).abs() < 1e-11);
        }
    }

    #[test]
    fn a_far_maximum_is_found_and_nothing_is_nothing() {
        // A = exp(b z′ - b²/2): its mean is one, its maximum at z′ = b.
        let far = |weight: f64| {
            let factor = |z: f64| Factor {
                ln: 300.0 * z - 45_000.0,
                ..Factor::default()
            };
            Marginal::sum(0.7, weight, 0, factor)
        };
        let found = far(1.0);
        assert!((found.w - 1.0).abs() < 1e-11, "{found:?}");
        assert_eq!(found.top, 429);
        assert_eq!(far(1e-40).w, 0.0);
        assert_eq!(far(0.0).w, 0.0);
    }

    #[test]
    fn the_step_follows_the_nearest_singularity() {
        // E tanh²(3z): poles at iπ/6.
        let average = |h: f64| {
            Marginal::sum(h, 1.0, 0, |z| Factor {
                u: (3.0 * z).tanh().powi(2),
                ..Factor::default()
            })
            .u
        };
        let h = step(PI / 6.0, 1.0);
        let (coarse, fine, exact) = (average(h), average(REFINEMENT * h), average(0.02));
        // The poles are double, which multiplies the bound by 2π/step.
        let bound = |factor: f64| 2.0 * PI / h * (-ACCURACY / factor).exp() * 10.0;
        assert!((coarse - exact).abs() < bound(1.0) && (coarse - exact).abs() > 1e-14);
        assert!((fine - exact).abs() < bound(REFINEMENT));
    }
}
