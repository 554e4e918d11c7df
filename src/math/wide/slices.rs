//! Loops over slices.

use super::isa::{Isa, dispatch};
use super::kernels as k;

/// Elements that the stages of a kernel keep in the first-level cache. One long chain of dependent
/// operations would leave the arithmetic units waiting; several short loops keep them busy.
const BLOCK: usize = 64;

/// Lanes of every sum.
pub const LANES: usize = 8;

/// The instruction set that the loops run on, in words.
pub fn instruction_set() -> &'static str {
    Isa::current().name()
}

/// The sum of eight partial sums, in the order of all sums here.
#[inline(always)]
pub fn fold(s: [f64; LANES]) -> f64 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

#[inline(always)]
fn exp_body<const F: bool>(x: &[f64], y: &mut [f64]) {
    assert_eq!(x.len(), y.len(), "slices of one length");
    for (x, y) in x.iter().zip(y) {
        *y = k::exp::<F>(*x);
    }
}

dispatch! {
    /// `y = e^x`; zero for `x < -708`.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn exp(x: &[f64], y: &mut [f64]) = exp_body
}

#[inline(always)]
fn ln_body<const F: bool>(x: &[f64], y: &mut [f64]) {
    assert_eq!(x.len(), y.len(), "slices of one length");
    for (x, y) in x.iter().zip(y) {
        *y = k::ln::<F>(*x);
    }
}

dispatch! {
    /// `y = ln x`; minus infinity at zero, NaN below.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn ln(x: &[f64], y: &mut [f64]) = ln_body
}

#[inline(always)]
fn gauss_body<const F: bool>(x: &[f64], y: &mut [f64]) {
    assert_eq!(x.len(), y.len(), "slices of one length");
    for (x, y) in x.iter().zip(y) {
        *y = k::gauss::<F>(*x);
    }
}

dispatch! {
    /// `y = G(x) = e^{-x²/2}/√(2π)`; zero for `|x| > 37.6`.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn gauss(x: &[f64], y: &mut [f64]) = gauss_body
}

/// The parts of four slices that belong to one block.
macro_rules! blocks {
    ($start:ident, $x:ident, $($out:ident),+) => {
        let length = BLOCK.min($x.len() - $start);
        let $x = &$x[$start..$start + length];
        $( let $out = &mut $out[$start..$start + length]; )+
    };
}

/// Room for what stages hand on, cut to the length of the block.
macro_rules! stages {
    ($x:ident, $($stage:ident),+) => {
        $( let $stage = &mut $stage[..$x.len()]; )+
    };
}

#[inline(always)]
fn tail_body<const F: bool>(x: &[f64], ln_h: &mut [f64], mills: &mut [f64], excess: &mut [f64]) {
    let lengths = [ln_h.len(), mills.len(), excess.len()];
    assert_eq!(lengths, [x.len(); 3], "slices of one length");
    let [mut upper, mut density, mut argument, mut correction] = [[0.0; BLOCK]; 4];
    for start in (0..x.len()).step_by(BLOCK) {
        blocks!(start, x, ln_h, mills, excess);
        stages!(x, upper, density, argument, correction);
        for (x, upper) in x.iter().zip(&mut *upper) {
            *upper = k::excess_positive::<F>(x.abs());
        }
        for (x, density) in x.iter().zip(&mut *density) {
            *density = k::gauss::<F>(*x);
        }
        for i in 0..x.len() {
            let [g, e, y, c] = k::tail_combine(x[i], upper[i], density[i]);
            mills[i] = g;
            excess[i] = e;
            argument[i] = y;
            correction[i] = c;
        }
        for i in 0..x.len() {
            let logarithm = k::ln_with::<F>(argument[i], correction[i]);
            ln_h[i] = k::tail_value::<F>(x[i], logarithm);
        }
    }
}

dispatch! {
    /// `ln H`, `g = G/H` and `g - x`, each without cancellation; `H` is the upper tail of the
    /// standard normal law and `G` its density (GA.2).
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn tail(x: &[f64], ln_h: &mut [f64], mills: &mut [f64], excess: &mut [f64]) = tail_body
}

#[inline(always)]
fn tail_split_body<const F: bool>(x: &[f64], s: &mut [f64], g: &mut [f64], missing: &mut [f64]) {
    let lengths = [s.len(), g.len(), missing.len()];
    assert_eq!(lengths, [x.len(); 3], "slices of one length");
    let [mut upper, mut density] = [[0.0; BLOCK]; 2];
    for start in (0..x.len()).step_by(BLOCK) {
        blocks!(start, x, s, g, missing);
        stages!(x, upper, density);
        for (x, upper) in x.iter().zip(&mut *upper) {
            *upper = k::excess_positive::<F>(x.abs());
        }
        for (x, density) in x.iter().zip(&mut *density) {
            *density = k::gauss::<F>(*x);
        }
        for i in 0..x.len() {
            let split = k::split_combine(x[i], upper[i], density[i]);
            [s[i], g[i], missing[i]] = split;
        }
    }
}

dispatch! {
    /// `H = s e^missing` without a logarithm, and `g = G/H`: `missing` is `-x²/2` for `x > 0` and
    /// zero otherwise, so that products of tails need one exponential. Beyond `x = 1e150` the
    /// factor `s` stays what it is there.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn tail_split(x: &[f64], s: &mut [f64], g: &mut [f64], missing: &mut [f64])
        = tail_split_body
}

#[inline(always)]
fn cosh_body<const F: bool>(x: &[f64], ln_2cosh: &mut [f64], tanh: &mut [f64], sech2: &mut [f64]) {
    let lengths = [ln_2cosh.len(), tanh.len(), sech2.len()];
    assert_eq!(lengths, [x.len(); 3], "slices of one length");
    let [mut power, mut rest] = [[0.0; BLOCK]; 2];
    for start in (0..x.len()).step_by(BLOCK) {
        blocks!(start, x, ln_2cosh, tanh, sech2);
        stages!(x, power, rest);
        for i in 0..x.len() {
            [power[i], rest[i]] = k::exp_and_rest::<F>(-2.0 * x[i].abs());
        }
        for i in 0..x.len() {
            [ln_2cosh[i], tanh[i], sech2[i]] = k::cosh_combine(x[i], power[i], rest[i]);
        }
        for (x, value) in x.iter().zip(ln_2cosh) {
            *value = k::plus_artanh::<F>(x.abs(), *value);
        }
    }
}

dispatch! {
    /// `ln 2cosh x`, `tanh x` and `1/cosh² x`.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn cosh(x: &[f64], ln_2cosh: &mut [f64], tanh: &mut [f64], sech2: &mut [f64]) = cosh_body
}

#[inline(always)]
fn softplus_body<const F: bool>(x: &[f64], value: &mut [f64], slope: &mut [f64], bend: &mut [f64]) {
    let lengths = [value.len(), slope.len(), bend.len()];
    assert_eq!(lengths, [x.len(); 3], "slices of one length");
    for start in (0..x.len()).step_by(BLOCK) {
        blocks!(start, x, value, slope, bend);
        for (x, power) in x.iter().zip(&mut *value) {
            [*power, _] = k::exp_and_rest::<F>(-x.abs());
        }
        for i in 0..x.len() {
            [value[i], slope[i], bend[i]] = k::softplus_combine(x[i], value[i]);
        }
        for (x, value) in x.iter().zip(value) {
            *value = k::plus_artanh::<F>(k::negative_part(*x), *value);
        }
    }
}

dispatch! {
    /// `ln(1 + e^{-x})`, its slope `-1/(1 + e^x)` and its second derivative.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn softplus(x: &[f64], value: &mut [f64], slope: &mut [f64], bend: &mut [f64])
        = softplus_body
}

/// Vectors of eight numbers, and the rest filled up with zeros, which add nothing to a sum.
#[inline(always)]
fn lanes(a: &[f64]) -> (&[[f64; LANES]], [f64; LANES]) {
    let (vectors, rest) = a.as_chunks::<LANES>();
    let mut last = [0.0; LANES];
    last[..rest.len()].copy_from_slice(rest);
    (vectors, last)
}

/// The sum of `p q` with `[p, q] = factors(w, a, b)`.
///
/// One sum in one loop: several sums in one loop have more partial sums than the compiler turns
/// into vectors.
#[inline(always)]
fn sum<const F: bool>([w, a, b]: [&[f64]; 3], factors: impl Fn(f64, f64, f64) -> [f64; 2]) -> f64 {
    assert_eq!([a.len(), b.len()], [w.len(); 2], "slices of one length");
    let (w, w_last) = lanes(w);
    let (a, a_last) = lanes(a);
    let (b, b_last) = lanes(b);
    let mut sums = [0.0; LANES];
    for ((w, a), b) in w.iter().zip(a).zip(b) {
        for j in 0..LANES {
            let [p, q] = factors(w[j], a[j], b[j]);
            sums[j] = k::fma::<F>(p, q, sums[j]);
        }
    }
    for j in 0..LANES {
        let [p, q] = factors(w_last[j], a_last[j], b_last[j]);
        sums[j] = k::fma::<F>(p, q, sums[j]);
    }
    fold(sums)
}

#[inline(always)]
fn dot_body<const F: bool>(a: &[f64], b: &[f64]) -> f64 {
    sum::<F>(
        [a, b, b],
        #[inline(always)]
        |a, b, _| [a, b],
    )
}

#[inline(always)]
fn dot3_body<const F: bool>(w: &[f64], a: &[f64], b: &[f64]) -> f64 {
    sum::<F>(
        [w, a, b],
        #[inline(always)]
        |w, a, b| [w * a, b],
    )
}

#[inline(always)]
fn contract_body<const F: bool>(w: &[f64], f: &[f64], g: &[f64], b: &[f64]) -> [f64; 4] {
    let bend = |w: f64, g: f64, b: f64| [w * b, k::fma::<F>(-0.5, b, g * g)];
    [
        dot_body::<F>(w, f),
        dot3_body::<F>(w, g, g),
        sum::<F>([w, g, b], bend),
        dot3_body::<F>(w, b, b),
    ]
}

dispatch! {
    /// `Σ a b`.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn dot(a: &[f64], b: &[f64]) -> f64 = dot_body
}

dispatch! {
    /// `Σ w a b`.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn dot3(w: &[f64], a: &[f64], b: &[f64]) -> f64 = dot3_body
}

dispatch! {
    /// `[Σ w f, Σ w g², Σ w (g² b - b²/2), Σ w b²]`: a Gaussian average and its derivatives in the
    /// variance, from value, slope and curvature at the nodes.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn contract(w: &[f64], f: &[f64], g: &[f64], b: &[f64]) -> [f64; 4] = contract_body
}

/// Sums over nodes of weight `w` that powers of a partition function need: `f` its logarithm, `g` and `b`
/// slope and curvature of that, `f` and `g` measured from an origin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// `Σ w`.
    pub one: f64,
    /// `Σ w f`.
    pub f: f64,
    /// `Σ w f²`.
    pub ff: f64,
    /// `Σ w f g`.
    pub fg: f64,
    /// `Σ w f g²`.
    pub fgg: f64,
    /// `Σ w gⁿ` for `n` = 1 to 4.
    pub g: [f64; 4],
    /// `Σ w b`.
    pub b: f64,
    /// `Σ w b²`.
    pub bb: f64,
    /// `Σ w g b`.
    pub gb: f64,
    /// `Σ w g² b`.
    pub ggb: f64,
}

impl Moments {
    /// Divides all of them.
    pub fn divide(&mut self, by: f64) {
        let [g1, g2, g3, g4] = &mut self.g;
        for moment in [
            &mut self.one,
            &mut self.f,
            &mut self.ff,
            &mut self.fg,
            &mut self.fgg,
            g1,
            g2,
            g3,
            g4,
            &mut self.b,
            &mut self.bb,
            &mut self.gb,
            &mut self.ggb,
        ] {
            *moment /= by;
        }
    }
}

/// Sums of the first four powers of the slope, measured from `g0`.
#[inline(always)]
fn powers_of_slope<const F: bool>(w: &[f64], g: &[f64], g0: f64) -> [f64; 4] {
    [
        sum::<F>(
            [w, g, g],
            #[inline(always)]
            |w, g, _| [w, g - g0],
        ),
        sum::<F>(
            [w, g, g],
            #[inline(always)]
            |w, g, _| [w * (g - g0), g - g0],
        ),
        sum::<F>(
            [w, g, g],
            #[inline(always)]
            |w, g, _| [w * (g - g0), (g - g0) * (g - g0)],
        ),
        sum::<F>(
            [w, g, g],
            #[inline(always)]
            |w, g, _| {
                let square = (g - g0) * (g - g0);
                [w * square, square]
            },
        ),
    ]
}

#[inline(always)]
fn moments_body<const F: bool>(
    w: &[f64],
    f: &[f64],
    g: &[f64],
    b: &[f64],
    origin: [f64; 2],
) -> Moments {
    let [f0, g0] = origin;
    Moments {
        one: sum::<F>(
            [w, w, w],
            #[inline(always)]
            |w, _, _| [w, 1.0],
        ),
        f: sum::<F>(
            [w, f, f],
            #[inline(always)]
            |w, f, _| [w, f - f0],
        ),
        ff: sum::<F>(
            [w, f, f],
            #[inline(always)]
            |w, f, _| [w * (f - f0), f - f0],
        ),
        fg: sum::<F>(
            [w, f, g],
            #[inline(always)]
            |w, f, g| [w * (f - f0), g - g0],
        ),
        fgg: sum::<F>(
            [w, f, g],
            #[inline(always)]
            |w, f, g| [w * (f - f0), (g - g0) * (g - g0)],
        ),
        g: powers_of_slope::<F>(w, g, g0),
        b: sum::<F>(
            [w, b, b],
            #[inline(always)]
            |w, b, _| [w, b],
        ),
        bb: sum::<F>(
            [w, b, b],
            #[inline(always)]
            |w, b, _| [w * b, b],
        ),
        gb: sum::<F>(
            [w, g, b],
            #[inline(always)]
            |w, g, b| [w * (g - g0), b],
        ),
        ggb: sum::<F>(
            [w, g, b],
            #[inline(always)]
            |w, g, b| [w * (g - g0) * (g - g0), b],
        ),
    }
}

dispatch! {
    /// The moments of value, slope and curvature at nodes of weight `w`, where value and slope are
    /// measured from `origin`.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn moments(w: &[f64], f: &[f64], g: &[f64], b: &[f64], origin: [f64; 2]) -> Moments
        = moments_body
}

#[inline(always)]
fn powers_body<const F: bool>(
    f: &[f64],
    [fields, weights]: [&[f64]; 2],
    power: [f64; 4],
    [exponents, w]: [&mut [f64]; 2],
) {
    let lengths = [fields.len(), weights.len(), exponents.len(), w.len()];
    assert_eq!(lengths, [f.len(); 4], "slices of one length");
    let n = f.len();
    let (fields, weights) = (&fields[..n], &weights[..n]);
    let (exponents, w) = (&mut exponents[..n], &mut w[..n]);
    let [y, half, centre, top] = power;
    for i in 0..n {
        let x = fields[i] - centre;
        exponents[i] = y * (top - k::fma::<F>(-half * x, x, f[i]));
        w[i] = weights[i] * k::exp::<F>(-exponents[i]);
    }
}

dispatch! {
    /// `y(t - f + x²/(2s))` and `w exp` of minus that at the nodes `x + c` of weight `w`: from fields and
    /// weights of the nodes, and `power`, that is `y`, `1/(2s)`, `c` and `t`.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn powers(f: &[f64], nodes: [&[f64]; 2], power: [f64; 4], out: [&mut [f64]; 2]) = powers_body
}

#[inline(always)]
fn exp1_body<const F: bool>(x: f64) -> f64 {
    k::exp::<F>(x)
}

dispatch! {
    /// [`exp`] of one number, with the same bits.
    pub fn exp1(x: f64) -> f64 = exp1_body
}

#[inline(always)]
fn ln1_body<const F: bool>(x: f64) -> f64 {
    k::ln::<F>(x)
}

dispatch! {
    /// [`ln`] of one number, with the same bits.
    pub fn ln1(x: f64) -> f64 = ln1_body
}

#[inline(always)]
fn tail1_body<const F: bool>(x: f64) -> [f64; 3] {
    k::tail::<F>(x)
}

dispatch! {
    /// `[ln H, g, g - x]` as in [`tail`], with the same bits.
    pub fn tail1(x: f64) -> [f64; 3] = tail1_body
}

#[inline(always)]
fn cosh1_body<const F: bool>(x: f64) -> [f64; 3] {
    k::cosh::<F>(x)
}

dispatch! {
    /// `[ln 2cosh, tanh, 1/cosh²]` as in [`cosh`], with the same bits.
    pub fn cosh1(x: f64) -> [f64; 3] = cosh1_body
}

#[inline(always)]
fn gauss1_body<const F: bool>(x: f64) -> f64 {
    k::gauss::<F>(x)
}

dispatch! {
    /// [`gauss`] of one number, with the same bits.
    pub fn gauss1(x: f64) -> f64 = gauss1_body
}

#[inline(always)]
fn tail_split1_body<const F: bool>(x: f64) -> [f64; 3] {
    k::tail_split::<F>(x)
}

dispatch! {
    /// `[s, g, missing]` as in [`tail_split`], with the same bits.
    pub fn tail_split1(x: f64) -> [f64; 3] = tail_split1_body
}

#[inline(always)]
fn softplus1_body<const F: bool>(x: f64) -> [f64; 3] {
    k::softplus::<F>(x)
}

dispatch! {
    /// Value, slope and curvature as in [`softplus`], with the same bits.
    pub fn softplus1(x: f64) -> [f64; 3] = softplus1_body
}
