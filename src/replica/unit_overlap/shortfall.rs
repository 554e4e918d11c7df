//! The mean squared distance of a Gaussian field from a zero set (TH.2, TH.24).

use crate::math::{Real, special};
use crate::model::loss::ZeroSet;

/// Beyond this the continued fraction of repeated integrals replaces differences.
const FAR: f64 = 2.0;

/// `E[(t + z)²; t + z < 0]` and its first two derivatives in `t`, `2J₂`, `-2J₁` and `2J₀` with the
/// repeated integrals `Jₙ(t) = ∫_t^∞ Dx (x - t)ⁿ/n!`, to relative accuracy far in the tail (TH.24).
fn shortfalls(t: f64) -> [f64; 3] {
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
fn shortfall<D: Real>(t: D) -> D {
    t.lift(shortfalls(t.re()))
}

/// Mean squared distance from a zero set of a Gaussian field of this mean and variance.
pub fn squared_distance<D: Real>(mean: D, variance: D, set: ZeroSet) -> D {
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

/// How far a mean lies inside a zero set, from each of its ends, in units of the deviation.
pub fn depths(mean: f64, root: f64, set: ZeroSet) -> impl Iterator<Item = f64> {
    let ends = match set {
        ZeroSet::HalfLine(low) => [Some(mean - low), None],
        ZeroSet::Interval(low, high) => [Some(mean - low), Some(high - mean)],
        ZeroSet::Point(_) | ZeroSet::Empty => [None, None],
    };
    ends.into_iter().flatten().map(move |depth| depth / root)
}
