//! Order parameters of replica symmetry and the coordinates without boundaries in which they are
//! solved for (RS.12, RS.24).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `q` | overlap of two configurations | `t = ln(q/(Q-q))` |
//! | `q̂` | its conjugate | `s = ln q̂` |
//! | `m = c √(ρ q)` | overlap with the teacher, `c` the cosine | `c = tanh u` |
//! | `m̂` | its conjugate | `m̂ = sinh w` |
//! | `Q` | mean square of a weight, where nothing fixes it | `ln Q`, or the logit between the smallest and largest square of an atom |
//! | `a = q̂ + Q̂` | precision that acts on a weight | `a = sinh y` |
//! | `b` | bias, unless it is given | itself |
//!
//! Only those exist that the model has, in this order.

use crate::math::Real;
use crate::math::real::{self, Dual2};
use crate::model::prior::{Alphabet, Norm, Prior};

/// Overlaps and conjugates below this are solved to absolute, larger ones to relative accuracy: what
/// is left of averages that nearly cancel carries their rounding.
const SMALL_OVERLAP: f64 = 1e-3;
/// Squared sines of the angle to the teacher below this are solved to absolute accuracy: `m` itself,
/// close to one, is what is computed.
const SMALL_ANGLE: f64 = 1e-5;
/// Distance that the self-consistent iteration keeps from the bounds of order parameters.
const EDGE: f64 = 1e-14;

/// The values that the mean square of a weight can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// One value.
    Fixed(f64),
    /// Any between the squares of the smallest and the largest atom.
    Between(f64, f64),
    /// Any positive one.
    Positive,
}

impl Range {
    /// That of a prior.
    pub fn of(prior: &dyn Prior) -> Self {
        match (prior.norm(), prior.alphabet()) {
            (Norm::Unit | Norm::Sphere, _) => Range::Fixed(1.0),
            (Norm::Free, Alphabet::Continuous) => Range::Positive,
            (Norm::Free, Alphabet::Atoms(atoms)) => {
                let squares = atoms.iter().map(|a| a.0 * a.0);
                let low = squares.clone().fold(f64::INFINITY, f64::min);
                let high = squares.fold(0.0, f64::max);
                if high - low > EDGE * high {
                    Range::Between(low, high)
                } else {
                    Range::Fixed(high)
                }
            }
        }
    }

    fn value<D: Real>(self, r: D) -> D {
        match self {
            Range::Fixed(value) => D::constant(value),
            Range::Between(low, high) => r.logistic() * (high - low) + low,
            Range::Positive => r.exp(),
        }
    }

    /// Derivative of the value in the coordinate.
    fn slope(self, r: f64) -> f64 {
        match self {
            Range::Fixed(_) => 0.0,
            Range::Between(low, high) => (high - low) * r.logistic() * (-r).logistic(),
            Range::Positive => r.exp(),
        }
    }

    /// The coordinate of a value, which is moved inside first.
    pub fn coordinate(self, value: f64) -> f64 {
        match self {
            Range::Fixed(_) => 0.0,
            Range::Between(low, high) => {
                let part = ((value - low) / (high - low)).clamp(EDGE, 1.0 - EDGE);
                (part / (1.0 - part)).ln()
            }
            Range::Positive => value.max(EDGE).ln(),
        }
    }
}

/// Which order parameters a model has, and in which coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chart {
    /// Mean square of a teacher's weight, where there is a teacher.
    pub teacher: Option<f64>,
    /// The values of `Q`.
    pub range: Range,
    /// Whether a bias is an order parameter.
    pub bias: bool,
}

/// Order parameters in physical units, with complements that keep their digits as q → Q.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order<D> {
    /// Overlap of two configurations.
    pub q: D,
    /// `Q - q`, without cancellation.
    pub v: D,
    /// Conjugate of `q`.
    pub q_hat: D,
    /// Cosine of the angle to the teacher, `m/√(ρ q)` (zero without one).
    pub cosine: D,
    /// `√(1 - c²)`, without cancellation.
    pub sine: D,
    /// Overlap with the teacher.
    pub m: D,
    /// Conjugate of `m`.
    pub m_hat: D,
    /// Mean square `Q` of a weight.
    pub norm: D,
    /// Precision `a` that acts on a weight.
    pub precision: D,
    /// Bias, where it is an order parameter.
    pub bias: D,
}

impl<D: Real> Order<D> {
    /// The conjugate `Q̂ = a - q̂` of the mean square.
    pub fn shift(&self) -> D {
        self.precision - self.q_hat
    }
}

impl Order<f64> {
    /// How far these are from others: overlaps absolutely, conjugates relative to those above one; and
    /// angles, which are not determined as the overlap vanishes, if they are asked for.
    pub fn apart(&self, other: &Self, angles: bool) -> f64 {
        let angle = |o: &Self| if angles { o.sine.atan2(o.cosine) } else { 0.0 };
        let differences = [
            (self.q - other.q).abs(),
            (self.m - other.m).abs(),
            (angle(self) - angle(other)).abs(),
            (self.bias - other.bias).abs(),
            relative(self.norm, other.norm),
            relative(self.q_hat, other.q_hat),
            relative(self.m_hat, other.m_hat),
            relative(self.shift(), other.shift()),
        ];
        differences.into_iter().fold(0.0, f64::max)
    }
}

/// The difference of two numbers, relative to the first where that exceeds one.
pub(crate) fn relative(a: f64, b: f64) -> f64 {
    (a - b).abs() / a.abs().max(1.0)
}

/// Rounding of an average of terms of one magnitude, relative to it.
pub(super) const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// Right-hand sides of the saddle-point equations (RS.5), read off the gradient (RS.13).
struct Consistent {
    v: f64,
    q_hat: f64,
    m: f64,
    m_hat: f64,
    norm: f64,
    precision: f64,
}

impl Chart {
    /// Whether `Q` is an order parameter.
    pub fn free(&self) -> bool {
        !matches!(self.range, Range::Fixed(_))
    }

    /// Number of coordinates.
    pub fn dimension(&self) -> usize {
        let pairs = 1 + usize::from(self.teacher.is_some()) + usize::from(self.free());
        2 * pairs + usize::from(self.bias)
    }

    /// The order parameters at coordinates `x`.
    pub fn order<D: Real>(&self, x: &[D]) -> Order<D> {
        let zero = D::constant(0.0);
        let (q_hat, rest) = (x[1].exp(), if self.teacher.is_some() { 4 } else { 2 });
        let (norm, precision) = if self.free() {
            (self.range.value(x[rest]), x[rest + 1].sinh())
        } else {
            (self.range.value(zero), q_hat)
        };
        let q = norm * x[0].logistic();
        let (cosine, sine, m, m_hat) = match self.teacher {
            Some(variance) => {
                let cosine = x[2].tanh();
                let m = cosine * (q * variance).sqrt();
                (cosine, x[2].sech(), m, x[3].sinh())
            }
            None => (zero, D::constant(1.0), zero, zero),
        };
        Order {
            q,
            v: norm * (-x[0]).logistic(),
            q_hat,
            cosine,
            sine,
            m,
            m_hat,
            norm,
            precision,
            bias: if self.bias { x[x.len() - 1] } else { zero },
        }
    }

    /// `(q, q̂, m, m̂, Q, Q̂, b)` with their derivatives in the `K` coordinates.
    pub fn natural<const K: usize>(&self, x: &[f64]) -> [Dual2<K>; 7] {
        let mut seeded = [Dual2::<K>::constant(0.0); K];
        for (i, (seed, &x)) in seeded.iter_mut().zip(x).enumerate() {
            *seed = real::variable(x, i);
        }
        let o = self.order(&seeded);
        let shift = if self.free() {
            o.shift()
        } else {
            Real::constant(0.0)
        };
        [o.q, o.q_hat, o.m, o.m_hat, o.norm, shift, o.bias]
    }

    /// Undoes the chain rule.
    fn consistent(&self, x: &[f64], o: &Order<f64>, g: &[f64]) -> Consistent {
        let rest = if self.teacher.is_some() { 4 } else { 2 };
        let (by_m, by_m_hat) = match self.teacher {
            Some(variance) => (
                g[2] / ((variance * o.q).sqrt() * o.sine * o.sine),
                g[3] / o.m_hat.hypot(1.0),
            ),
            None => (0.0, 0.0),
        };
        // At fixed m: m follows q at fixed cosine.
        let along_q = g[0] * o.norm / (o.q * o.v);
        let by_q = along_q - by_m * o.m / (2.0 * o.q);
        let (mut by_norm, mut by_shift) = (0.0, 0.0);
        if self.free() {
            let fraction = o.q / o.norm;
            by_norm = g[rest] / self.range.slope(x[rest]) - along_q * fraction;
            by_shift = g[rest + 1] / o.precision.hypot(1.0);
        }
        // At fixed precision the shift falls as q̂ rises.
        let by_q_hat = g[1] / o.q_hat + by_shift;
        let q_hat = o.q_hat - 2.0 * by_q;
        let norm = o.norm - 2.0 * by_shift;
        Consistent {
            v: o.v + 2.0 * (by_q_hat - by_shift),
            q_hat,
            m: o.m + by_m_hat,
            m_hat: o.m_hat + by_m,
            norm,
            precision: if self.free() {
                q_hat + o.shift() - 2.0 * by_norm
            } else {
                q_hat
            },
        }
    }

    /// What rounding leaves of each component of the gradient: every order parameter is the difference
    /// of itself and an average, whose terms are not smaller. On the sphere the overlap is no average:
    /// `Q - q` is a closed form that keeps its digits.
    pub fn rounding(&self, x: &[f64], sphere: bool) -> Vec<f64> {
        let o = self.order::<f64>(x);
        let along = o.q * o.v / o.norm;
        let size = if sphere { o.v } else { o.norm };
        let mut out = vec![0.5 * o.q_hat * along, 0.5 * o.q_hat * size];
        if let Some(variance) = self.teacher {
            let (root, fields) = ((variance * o.q).sqrt(), o.m_hat.abs() + o.q_hat.sqrt());
            out[0] += 0.5 * o.m.abs() * o.m_hat.abs() * o.v / o.norm;
            out.push(root * o.sine * o.sine * fields);
            out.push(o.m_hat.hypot(1.0) * root);
        }
        if self.free() {
            let shift = o.shift().abs();
            let by_norm = 0.5 * shift + along / o.norm * 0.5 * o.q_hat;
            out.push(by_norm * self.range.slope(x[out.len()]));
            out.push(o.precision.hypot(1.0) * 0.5 * o.norm);
        }
        if self.bias {
            // A force of the size of the field on a stability.
            out.push(o.q_hat.sqrt());
        }
        out.iter().map(|r| ROUNDING * r).collect()
    }

    /// The saddle-point equations as dimensionless residuals, from the gradient (RS.23), but for that of
    /// the bias.
    pub fn residual(&self, x: &[f64], gradient: &[f64]) -> Vec<f64> {
        let o = self.order::<f64>(x);
        let new = self.consistent(x, &o, gradient);
        let mut r = Vec::with_capacity(6);
        let small = SMALL_OVERLAP * o.norm;
        r.push((new.v - o.v) * o.norm / (o.q.max(small) * o.v));
        r.push((new.q_hat - o.q_hat) / o.q_hat.max(SMALL_OVERLAP));
        if let Some(variance) = self.teacher {
            let across = (o.sine * o.sine).max(SMALL_ANGLE);
            r.push((new.m - o.m) / ((variance * o.q).sqrt() * across));
            r.push((new.m_hat - o.m_hat) / o.m_hat.hypot(1.0));
        }
        if self.free() {
            let slope = self.range.slope(x[r.len()]);
            r.push((new.norm - o.norm) / slope);
            r.push((new.precision - o.precision) / o.precision.hypot(1.0));
        }
        r
    }

    /// One step of the self-consistent iteration, from the gradient, but for the bias.
    pub fn image(&self, x: &[f64], gradient: &[f64]) -> Vec<f64> {
        let o = self.order::<f64>(x);
        let new = self.consistent(x, &o, gradient);
        let norm = if self.free() {
            self.range.value(self.range.coordinate(new.norm))
        } else {
            o.norm
        };
        let v = (new.v / norm).clamp(EDGE, 1.0 - EDGE);
        let mut out = Vec::with_capacity(6);
        out.push(((1.0 - v) / v).ln());
        out.push(new.q_hat.max(EDGE).ln());
        if let Some(variance) = self.teacher {
            let cosine = new.m / (variance * norm * (1.0 - v)).sqrt();
            out.push(cosine.clamp(-1.0 + EDGE, 1.0 - EDGE).atanh());
            out.push(new.m_hat.asinh());
        }
        if self.free() {
            out.push(self.range.coordinate(norm));
            out.push(new.precision.asinh());
        }
        out
    }
}
