//! The Gaussian measure of a set of stabilities: what is left of a loss at β = ∞ when every pattern
//! can be satisfied (L.9).

use super::loss::ZeroSet;
use super::loss::batch::Batch;
use super::loss::mass::{ln_interval, second_of_two_jet, store, unit_rule};
use super::loss::pieces::Pieces;
use super::site::{By, Jets};
use crate::math::real::{Dual2, variable};
use crate::math::{Feature, Real, wide};

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
    match set {
        ZeroSet::HalfLine(low) => return half_line(low, moves[0], omega, v, by, out),
        ZeroSet::Interval(low, high) if by.is_none() => {
            let free = [low, high].map(f64::is_finite);
            let pieces = match free {
                [true, true] => Pieces::new().flat(low, 0.0).flat(low, 0.0).flat(high, 0.0),
                _ => Pieces::new(),
            };
            if free == [true, true] {
                return Batch::only(&pieces, 1, v).fill(omega, false, out);
            }
        }
        _ => {}
    }
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

/// The measure of `Δ ≥ low`: `ln H(x)`, `x = (low - ω)/√v`, depends on end and field through their
/// difference alone (L.35).
fn half_line(low: f64, moves: [f64; 2], omega: &[f64], v: f64, by: Option<By>, out: &mut Jets) {
    let r = 1.0 / v.sqrt();
    for (x, field) in out.scratch.iter_mut().zip(omega) {
        *x = (low - field) * r;
    }
    wide::tail(&out.scratch, &mut out.value, &mut out.slope, &mut out.bend);
    for i in 0..omega.len() {
        let (x, g, excess) = (out.scratch[i], out.slope[i], out.bend[i]);
        out.slope[i] = g * r;
        out.bend[i] = -g * excess * r * r;
        match by {
            None => {}
            Some(By::Control(_)) => {
                out.by[i] = -out.slope[i] * moves[0];
                out.slope_by[i] = -out.bend[i] * moves[0];
                out.by_by[i] = out.bend[i] * moves[0] * moves[0] - out.slope[i] * moves[1];
            }
            Some(By::Variance) => {
                let half = 0.5 * r * r;
                out.by[i] = g * x * half;
                out.slope_by[i] = -g * r * half * (x * excess + 1.0);
                out.by_by[i] = -g * x * half * half * (x * excess + 3.0);
            }
        }
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
    if high.is_infinite() && low.is_finite() {
        return below_zero(low, omega, v, out);
    }
    let end = |x: f64| x.is_finite().then_some(x);
    for (out, &field) in out.iter_mut().zip(omega) {
        let below = ln_interval([end(low), end(high.min(0.0))], field, v);
        *out = (below - ln_interval([end(low), end(high)], field, v)).exp();
    }
}

/// Fields done at a time.
const BLOCK: usize = 64;
/// Intervals over which the exponent of the Gaussian changes by less than about this are integrated by
/// a rule: the difference of two tails would lose digits.
const NARROW: f64 = 2.0;

/// Share of `low ≤ Δ < 0` in the measure of `Δ ≥ low`, `low` below zero (L.40): from the tails on the
/// side where they are small, and where their difference would lose digits by a rule.
fn below_zero(low: f64, omega: &[f64], v: f64, out: &mut [f64]) {
    let r = 1.0 / v.sqrt();
    let width = -low * r;
    let ends = |omega: &f64| [(low - omega) * r, -omega * r];
    let mut room = [[0.0; BLOCK]; 7];
    for (out, omega) in out.chunks_mut(BLOCK).zip(omega.chunks(BLOCK)) {
        let n = omega.len();
        let [size, s_y, s_l, g, missing, fall, tail] = room.each_mut().map(|array| &mut array[..n]);
        for (size, omega) in size.iter_mut().zip(omega) {
            *size = ends(omega)[1].abs();
        }
        wide::tail_split(size, s_y, g, fall);
        for i in 0..n {
            let [l, y] = ends(&omega[i]);
            size[i] = l.abs();
            fall[i] = if l < 0.0 {
                fall[i]
            } else {
                -0.5 * width * (y + l)
            };
        }
        wide::tail_split(size, s_l, g, missing);
        wide::exp(missing, tail);
        wide::exp(fall, missing);
        for i in 0..n {
            let [l, y] = ends(&omega[i]);
            let (lower, upper) = (s_l[i] * tail[i], s_y[i] * missing[i]);
            let mass = 1.0 - lower;
            out[i] = if l >= 0.0 {
                1.0 - upper / s_l[i]
            } else if y > 0.0 {
                1.0 - upper / mass
            } else {
                (upper - lower) / mass
            };
            // From the Mills ratio at |l| to that at l.
            g[i] *= if l < 0.0 { lower / mass } else { 1.0 };
        }
        if width < NARROW {
            let ends = omega.iter().map(ends);
            narrow(width, ends, g, [fall, size], out);
        }
    }
}

/// The same by a rule, where the exponent changes little between the ends; `mills` is `G/H` at the lower
/// one.
fn narrow(
    width: f64,
    ends: impl Iterator<Item = [f64; 2]> + Clone,
    mills: &[f64],
    [exponent, term]: [&mut [f64]; 2],
    out: &mut [f64],
) {
    let mut sum = [0.0; BLOCK];
    for &(t, weight) in unit_rule() {
        let step = width * t;
        for (exponent, [l, _]) in exponent.iter_mut().zip(ends.clone()) {
            *exponent = -step * (l + 0.5 * step);
        }
        wide::exp(exponent, term);
        for (sum, term) in sum.iter_mut().zip(&*term) {
            *sum += weight * term;
        }
    }
    for (i, [l, y]) in ends.enumerate() {
        if width * l.abs().min(y.abs()).max(1.0) < NARROW {
            out[i] = width * mills[i] * sum[i];
        }
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
