//! How many patterns of a mixture a linear classifier can satisfy (MX.28, MX.29).

use crate::math::real::{self, Dual2};
use crate::math::{Real, special};
use crate::model::loss::ZeroSet;
use crate::model::{Bias, Mixture};

/// The largest load, and the classifier that is left there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Separability {
    /// Patterns per weight.
    pub alpha: f64,
    /// Overlap of the last classifier with the axis, at `|w|² = N`.
    pub m: f64,
    /// Its bias.
    pub bias: f64,
    /// Relative error of the load.
    pub error: f64,
    /// Fraction of patterns on the edge of the zero set (AT.4).
    pub pinned: f64,
}

/// Newton steps of the maximisation, and halvings of each.
const STEPS: usize = 100;
const HALVINGS: i32 = 40;

/// Beyond this the continued fraction of repeated integrals replaces differences.
const FAR: f64 = 2.0;

/// `E[(t + z)²; t + z < 0]` and its first two derivatives in `t`, `2J₂`, `-2J₁` and `2J₀` with the
/// repeated integrals `Jₙ(t) = ∫_t^∞ Dx (x - t)ⁿ/n!`, to relative accuracy far in the tail (TH.24).
pub(in crate::replica) fn shortfalls(t: f64) -> [f64; 3] {
    let (tail, density) = (special::h(t), special::gauss(t));
    if t < FAR {
        let first = density - t * tail;
        return [tail - t * first, -2.0 * first, 2.0 * tail];
    }
    let first = tail * ratio(1.0, t);
    [2.0 * first * ratio(2.0, t), -2.0 * first, 2.0 * tail]
}

/// `Jₙ/Jₙ₋₁ = 1/(t + (n+1)/(t + (n+2)/(t + …)))`, from `n Jₙ = Jₙ₋₂ - t Jₙ₋₁` (TH.24).
fn ratio(n: f64, t: f64) -> f64 {
    let terms = (750.0 / (t * t)).ceil() as u32 + 12;
    let tail = (1..=terms)
        .rev()
        .fold(t, |below, k| t + (n + f64::from(k)) / below);
    1.0 / tail
}

/// `E[(t + z)²; t + z < 0]`.
pub(super) fn shortfall<D: Real>(t: D) -> D {
    t.lift(shortfalls(t.re()))
}

/// Mean squared distance from a zero set of a Gaussian field of this mean and variance.
pub(super) fn squared_distance<D: Real>(mean: D, variance: D, set: ZeroSet) -> D {
    match set {
        ZeroSet::HalfLine(edge) => shortfall((mean - edge) / variance.sqrt()) * variance,
        ZeroSet::Interval(low, high) => {
            let root = variance.sqrt();
            let below = shortfall((mean - low) / root);
            (below + shortfall((-mean + high) / root)) * variance
        }
        ZeroSet::Point(y) => (mean - y).square() + variance,
        ZeroSet::Empty => D::constant(f64::INFINITY),
    }
}

/// The separability threshold of weights of squared norm `N` (MX.28); none if the loss has no zero
/// set.
///
/// ```
/// use quenched::model::{Bias, Mixture, loss::ZeroSet};
/// use quenched::replica::mixture::separability::separability;
///
/// let mixture = Mixture::new(1.0, 0.5).expect("a mixture");
/// let found = separability(&mixture, Bias::Learned, ZeroSet::HalfLine(0.0)).expect("has one");
/// assert!((found.alpha - 3.7000334557).abs() < 1e-10);
/// ```
pub fn separability(mixture: &Mixture, bias: Bias, set: ZeroSet) -> Option<Separability> {
    let root = mixture.delta().sqrt();
    if set == ZeroSet::Empty {
        return None;
    }
    let delta = mixture.delta();
    let miss = |mean: Dual2<2>| squared_distance(mean, Real::constant(delta), set) / delta;
    let (start, learned) = match mixture.bias(bias) {
        Bias::Fixed(bias) => (bias, false),
        Bias::Learned => (0.0, true),
    };
    // The logarithm of the inverse load, in (artanh m, b): quasi-convex, with one minimum.
    let cost = |[u, b]: [f64; 2]| {
        let (u, b) = (real::variable::<2>(u, 0), real::variable::<2>(b, 1));
        let mut total = Dual2::<2>::constant(0.0);
        for class in mixture.classes() {
            total += miss(u.tanh() + b * class.label) * class.weight;
        }
        total.ln() - u.sech().ln() * 2.0
    };
    let mut x = [0.5, start];
    let mut here = cost(x);
    for _ in 0..STEPS {
        let (g, h) = (real::gradient(&here), real::hessian(&here));
        let step = descent(g, h, learned);
        let length = |fraction: f64| [x[0] + fraction * step[0], x[1] + fraction * step[1]];
        let better = (0..HALVINGS)
            .map(|k| length(0.5_f64.powi(k)))
            .map(|y| (y, cost(y)))
            .find(|(_, there)| there.re < here.re);
        let Some((next, there)) = better else {
            // The cost no longer tells: the last step is Newton's own.
            if step.iter().all(|s| s.abs() < 1e-6) {
                x = length(1.0);
            }
            break;
        };
        (x, here) = (next, there);
    }
    let (m, bias) = (x[0].tanh(), x[1]);
    // Depth in the set from each of its ends.
    let depths = |y: f64| match set {
        ZeroSet::HalfLine(low) => [Some(m + y * bias - low), None],
        ZeroSet::Interval(low, high) => [Some(m + y * bias - low), Some(high - m - y * bias)],
        ZeroSet::Point(_) | ZeroSet::Empty => [None, None],
    };
    let depths = |y: f64| depths(y).into_iter().flatten().map(|d| d / root);
    let pinned = match set {
        ZeroSet::Point(_) | ZeroSet::Empty => 1.0,
        _ => mixture.mean(|y| depths(y).map(special::h).sum()),
    };
    let deepest = [1.0, -1.0].into_iter().flat_map(depths).fold(0.0, f64::max);
    Some(Separability {
        error: f64::EPSILON * (64.0 + deepest * deepest),
        alpha: (-here.re).exp(),
        m,
        bias,
        pinned,
    })
}

/// A Newton step where the Hessian is positive, else a step downhill.
fn descent(g: [f64; 2], h: [[f64; 2]; 2], learned: bool) -> [f64; 2] {
    if !learned {
        return [-g[0] / h[0][0].abs(), 0.0];
    }
    let determinant = h[0][0] * h[1][1] - h[0][1] * h[0][1];
    if h[0][0] > 0.0 && determinant > 0.0 {
        [
            -(h[1][1] * g[0] - h[0][1] * g[1]) / determinant,
            -(h[0][0] * g[1] - h[0][1] * g[0]) / determinant,
        ]
    } else {
        [-g[0], -g[1]]
    }
}
