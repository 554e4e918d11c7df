//! The number type that every formula of the crate is written in.
//!
//! A free entropy written over [`Real`] can be evaluated in `f64` for its value, in [`Dual1`] for
//! its gradient and in [`Dual2`] for its Hessian as well. The dual arithmetic is num-dual's; this
//! thin trait keeps the rest of the crate independent of its interface.

use num_dual::{Derivative, Dual2SVec64, DualSVec64};
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// Value and gradient with respect to `N` variables.
pub type Dual1<const N: usize> = DualSVec64<N>;
/// Value, gradient and Hessian with respect to `N` variables.
pub type Dual2<const N: usize> = Dual2SVec64<N>;

/// A real number that may carry exact first and second derivatives.
pub trait Real:
    Copy
    + Debug
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
    + AddAssign
    + 'static
{
    /// A constant: all derivatives vanish.
    fn constant(x: f64) -> Self;

    /// The value without its derivatives.
    fn re(self) -> f64;

    /// Whether it carries no derivative at all, so that cheaper formulas apply.
    fn is_constant(&self) -> bool;

    /// `f(self)` for a scalar function with `[f, f′, f″]` evaluated at [`Real::re`].
    fn lift(self, f: [f64; 3]) -> Self;

    /// Exponential.
    fn exp(self) -> Self {
        let e = self.re().exp();
        self.lift([e, e, e])
    }

    /// Natural logarithm.
    fn ln(self) -> Self {
        let x = self.re();
        self.lift([x.ln(), 1.0 / x, -1.0 / (x * x)])
    }

    /// `ln(1 + self)`.
    fn ln_1p(self) -> Self {
        let r = 1.0 / (1.0 + self.re());
        self.lift([self.re().ln_1p(), r, -r * r])
    }

    /// Square root.
    fn sqrt(self) -> Self {
        let s = self.re().sqrt();
        self.lift([s, 0.5 / s, -0.25 / (s * s * s)])
    }

    /// Reciprocal.
    fn recip(self) -> Self {
        let r = 1.0 / self.re();
        self.lift([r, -r * r, 2.0 * r * r * r])
    }

    /// Square.
    fn square(self) -> Self {
        let x = self.re();
        self.lift([x * x, 2.0 * x, 2.0])
    }

    /// Hyperbolic tangent.
    fn tanh(self) -> Self {
        let t = self.re().tanh();
        let s = sech_squared(self.re());
        self.lift([t, s, -2.0 * t * s])
    }

    /// Hyperbolic secant `1/cosh`, without cancellation at large argument.
    fn sech(self) -> Self {
        let (t, c) = (self.re().tanh(), 1.0 / self.re().cosh());
        self.lift([c, -t * c, c * (t * t - c * c)])
    }

    /// Hyperbolic sine.
    fn sinh(self) -> Self {
        let (s, c) = (self.re().sinh(), self.re().cosh());
        self.lift([s, c, s])
    }

    /// Logistic function `1/(1 + e^{-self})`, accurate in both tails.
    fn logistic(self) -> Self {
        let x = self.re();
        let (p, m) = (1.0 / (1.0 + (-x).exp()), 1.0 / (1.0 + x.exp()));
        self.lift([p, p * m, p * m * (m - p)])
    }

    /// `ln(e^a + e^b)`, stable for any pair of arguments.
    fn ln_add_exp(a: Self, b: Self) -> Self {
        let (high, low) = if a.re() >= b.re() { (a, b) } else { (b, a) };
        high + (low - high).exp().ln_1p()
    }
}

impl Real for f64 {
    fn constant(x: f64) -> Self {
        x
    }
    fn re(self) -> f64 {
        self
    }
    fn is_constant(&self) -> bool {
        true
    }
    fn lift(self, f: [f64; 3]) -> Self {
        f[0]
    }
}

impl<const N: usize> Real for Dual1<N> {
    fn constant(x: f64) -> Self {
        Self::from_re(x)
    }
    fn re(self) -> f64 {
        self.re
    }
    fn is_constant(&self) -> bool {
        self.eps.0.is_none()
    }
    fn lift(self, f: [f64; 3]) -> Self {
        Self::new(f[0], Derivative::new(self.eps.0.map(|e| e * f[1])))
    }
}

impl<const N: usize> Real for Dual2<N> {
    fn constant(x: f64) -> Self {
        Self::from_re(x)
    }
    fn re(self) -> f64 {
        self.re
    }
    fn is_constant(&self) -> bool {
        self.v1.0.is_none()
    }
    fn lift(self, f: [f64; 3]) -> Self {
        let v1 = self.v1.0.map(|g| g * f[1]);
        let v2 = match (self.v1.0, self.v2.0) {
            (Some(g), Some(h)) => Some(h * f[1] + g.tr_mul(&g) * f[2]),
            (Some(g), None) => Some(g.tr_mul(&g) * f[2]),
            (None, h) => h.map(|h| h * f[1]),
        };
        Self::new(f[0], Derivative::new(v1), Derivative::new(v2))
    }
}

/// A function of `N` variables with its first and second derivatives at one point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jet<const N: usize> {
    /// Value.
    pub value: f64,
    /// Gradient.
    pub gradient: [f64; N],
    /// Hessian, symmetric.
    pub hessian: [[f64; N]; N],
}

impl<const N: usize> Default for Jet<N> {
    fn default() -> Self {
        Jet {
            value: 0.0,
            gradient: [0.0; N],
            hessian: [[0.0; N]; N],
        }
    }
}

impl<const N: usize> Jet<N> {
    /// Adds `weight` times another function's value, gradient and upper half of the Hessian.
    #[inline]
    pub fn add(&mut self, weight: f64, value: f64, gradient: [f64; N], upper: [[f64; N]; N]) {
        self.value += weight * value;
        for (entry, term) in self.gradient.iter_mut().zip(gradient) {
            *entry += weight * term;
        }
        for (row, terms) in self.hessian.iter_mut().zip(upper) {
            for (entry, term) in row.iter_mut().zip(terms) {
                *entry += weight * term;
            }
        }
    }

    /// The function at arguments that carry derivatives themselves (chain rule), whose values are
    /// those at which the jet was taken.
    pub fn at<D: Real>(&self, arguments: [D; N]) -> D {
        let steps = arguments.map(|x| x - x.re());
        let mut out = D::constant(self.value);
        for (i, &step) in steps.iter().enumerate() {
            out += step * self.gradient[i];
            for (j, &other) in steps.iter().enumerate() {
                out += step * other * (0.5 * self.hessian[i][j]);
            }
        }
        out
    }

    /// Adds the transpose of the entries above the diagonal.
    pub fn symmetric(mut self) -> Self {
        for i in 0..N {
            for j in 0..i {
                self.hessian[i][j] = self.hessian[j][i];
            }
        }
        self
    }
}

/// Seeds `x` as variable number `index` of `N` for value, gradient and Hessian.
pub fn variable<const N: usize>(x: f64, index: usize) -> Dual2<N> {
    Dual2::<N>::from_re(x).derivative(index)
}

/// The number without its second derivatives.
pub fn first_order<const N: usize>(d: Dual2<N>) -> Dual2<N> {
    Dual2::new(d.re, d.v1, Derivative::none())
}

/// Gradient carried by a dual number.
pub fn gradient<const N: usize>(d: &Dual2<N>) -> [f64; N] {
    let mut out = [0.0; N];
    if let Some(g) = d.v1.0 {
        out.copy_from_slice(g.as_slice());
    }
    out
}

/// Hessian carried by a dual number.
pub fn hessian<const N: usize>(d: &Dual2<N>) -> [[f64; N]; N] {
    let mut out = [[0.0; N]; N];
    if let Some(h) = d.v2.0 {
        for (i, row) in out.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                *entry = h[(i, j)];
            }
        }
    }
    out
}

/// `1/cosh²(x) = 1 - tanh²(x)`, without cancellation.
pub fn sech_squared(x: f64) -> f64 {
    let e = (-2.0 * x.abs()).exp();
    4.0 * e / ((1.0 + e) * (1.0 + e))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lifted function must agree with central differences in value, slope and curvature.
    fn check(f: impl Fn(Dual2<1>) -> Dual2<1>, g: impl Fn(f64) -> f64, x: f64) {
        let d = f(variable::<1>(x, 0));
        let h = 1e-4;
        let (p, m, z) = (g(x + h), g(x - h), g(x));
        let (slope, bend) = (gradient(&d)[0], hessian(&d)[0][0]);
        assert!((d.re - z).abs() <= 2e-15 * z.abs().max(1.0));
        assert!((slope - (p - m) / (2.0 * h)).abs() < 1e-6 * (1.0 + slope.abs()));
        assert!((bend - (p - 2.0 * z + m) / (h * h)).abs() < 1e-6 * (1.0 + bend.abs()));
    }

    #[test]
    fn lifts_agree_with_finite_differences() {
        for x in [-2.3, -0.4, 0.3, 1.7] {
            check(Real::tanh, f64::tanh, x);
            check(Real::sech, |x| 1.0 / x.cosh(), x);
            check(Real::sinh, f64::sinh, x);
            check(Real::logistic, |x| 1.0 / (1.0 + (-x).exp()), x);
            check(Real::exp, f64::exp, x);
            check(Real::square, |x| x * x, x);
            check(
                |d| Real::ln_add_exp(d, d * d - 1.0),
                |x| (x.exp() + (x * x - 1.0).exp()).ln(),
                x,
            );
        }
        for x in [0.2, 3.1] {
            check(Real::sqrt, f64::sqrt, x);
            check(Real::ln, f64::ln, x);
            check(Real::ln_1p, f64::ln_1p, x);
            check(Real::recip, |x| 1.0 / x, x);
        }
    }

    #[test]
    fn gradient_type_agrees_with_hessian_type() {
        let a = Dual1::<1>::from_re(0.7).derivative(0).logistic().ln();
        let b = variable::<1>(0.7, 0).logistic().ln();
        assert_eq!(a.eps.0.map(|e| e[0]), b.v1.0.map(|e| e[0]));
    }
}
