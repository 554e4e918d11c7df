//! The Gaussian measure of a set of stabilities: what is left of a loss at β = ∞ when every pattern
//! can be satisfied (L.9).

use super::loss::ZeroSet;
use super::loss::mass::{ln_interval, second_of_two_jet, store};
use super::site::{By, Jets};
use crate::math::real::{Dual2, variable};
use crate::math::{Feature, Real};

/// `ln ∫_K N(Δ; ω, v) dΔ` and its derivatives; `moves` are first and second derivatives of the ends
/// with respect to the control parameter.
pub fn fill(
    set: ZeroSet,
    moves: [[f64; 2]; 2],
    omega: &[f64],
    v: f64,
    by: Option<By>,
    out: &mut Jets,
) {
    out.resize(omega.len(), by.is_some());
    let own = match by {
        Some(By::Variance) => variable::<2>(v, 1),
        _ => Dual2::constant(v),
    };
    let end = |at: f64, k: usize| match by {
        Some(By::Control(_)) => second_of_two_jet([at, moves[k][0], moves[k][1]]),
        _ => Dual2::constant(at),
    };
    let ends = match set {
        ZeroSet::HalfLine(low) => [Some(end(low, 0)), None],
        ZeroSet::Interval(low, high) => [
            low.is_finite().then(|| end(low, 0)),
            high.is_finite().then(|| end(high, 1)),
        ],
        ZeroSet::Point(y) => [Some(end(y, 0)), None],
        ZeroSet::Empty => [None, None],
    };
    for (i, &field) in omega.iter().enumerate() {
        let field = variable::<2>(field, 0);
        let value = match (set, ends[0]) {
            (ZeroSet::Empty, _) => Dual2::constant(f64::NEG_INFINITY),
            (ZeroSet::Point(_), Some(y)) => -(own.ln() + (y - field).square() / own) * 0.5,
            _ => ln_interval(ends, field, own),
        };
        store(value, i, out);
    }
}

/// Probability of `Δ < 0` under the measure that is uniform on the set.
pub fn error_probability(set: ZeroSet, omega: &[f64], v: f64, out: &mut [f64]) {
    let (low, high) = match set {
        ZeroSet::HalfLine(low) => (low, f64::INFINITY),
        ZeroSet::Interval(low, high) => (low, high),
        ZeroSet::Point(y) => {
            out.fill(f64::from(u8::from(y < 0.0)));
            return;
        }
        ZeroSet::Empty => {
            out.fill(0.0);
            return;
        }
    };
    if low >= 0.0 {
        out.fill(0.0);
        return;
    }
    let end = |x: f64| x.is_finite().then_some(x);
    for (out, &field) in out.iter_mut().zip(omega) {
        let below = ln_interval([end(low), end(high.min(0.0))], field, v);
        *out = (below - ln_interval([end(low), end(high)], field, v)).exp();
    }
}

/// Where the measure of the set varies fast as a function of the cavity mean.
pub fn features(set: ZeroSet, v: f64, out: &mut Vec<Feature>) {
    let mut edge = |centre: f64| {
        if centre.is_finite() {
            out.push(Feature {
                centre,
                width: v.sqrt(),
            });
        }
    };
    match set {
        ZeroSet::HalfLine(low) => edge(low),
        ZeroSet::Interval(low, high) => {
            edge(low);
            edge(high);
        }
        ZeroSet::Point(_) | ZeroSet::Empty => {}
    }
}
