//! Closed forms of one piece of a [piecewise](super::piecewise) loss: its share of the partition
//! function and its proximal point.

use super::ZeroSet;
use super::pieces::{Number, Piece, Pieces};
use crate::math::gauss::panel_nodes;
use crate::math::real::{Dual2, gradient, hessian, variable};
use crate::math::{Real, special};
use crate::model::site::Jets;
use std::sync::OnceLock;

/// `ln √(2π)`.
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;
/// Intervals over which the exponent of the Gaussian changes by less than about this are integrated by
/// a rule: the difference of two tails would lose digits.
const NARROW: f64 = 2.0;

/// `ln ∫ N(Δ; ω, v) e^{-βℓ(Δ)} dΔ` over all pieces (L.23).
pub(super) fn ln_z<D: Real>(pieces: &Pieces<D>, omega: D, v: D, beta: D) -> D {
    let mut total: Option<D> = None;
    for (i, piece) in pieces.as_slice().iter().enumerate() {
        let one = ln_mass(piece, pieces.ends(i), omega, v, beta);
        total = Some(match total {
            Some(sum) => D::ln_add_exp(sum, one),
            None => one,
        });
    }
    total.unwrap_or(D::constant(0.0))
}

/// `ln ∫ N(Δ; ω, v) e^{-βℓ(Δ)} dΔ` over one piece (L.24): with `A = 1 + βv ℓ″`, the ends at
/// `y = (c + βv ℓ′(c) - ω)/√(vA)`.
fn ln_mass<D: Real>(piece: &Piece<D>, ends: [Option<D>; 2], omega: D, v: D, beta: D) -> D {
    let chi = beta * v;
    let stiff = chi * piece.bend + 1.0;
    let root = (v * stiff).sqrt();
    let image = |edge: D| (edge - omega + chi * piece.at(edge)[1]) / root;
    let exponent_at = |edge: D| {
        let x = edge - omega;
        -(x * x) / v * 0.5 - beta * piece.at(edge)[0]
    };
    let [low, high] = ends.map(|end| end.map(image));
    // Reflected, so that most of the interval lies above zero.
    let flip = match (low, high) {
        (Some(low), Some(high)) => low.re() + high.re() < 0.0,
        (None, Some(_)) => true,
        _ => false,
    };
    let (near, near_end, far) = match flip {
        false => (low, ends[0], high),
        true => (high.map(|y| -y), ends[1], low.map(|y| -y)),
    };
    let normal = stiff.ln() * -0.5;
    let (Some(near), Some(end)) = (near, near_end) else {
        return normal + peak(piece, omega, chi, stiff, beta);
    };
    if let Some(far) = far {
        let width = far - near;
        if width.re() * near.re().abs().max(1.0) < NARROW {
            return normal + exponent_at(end) + narrow(near, width);
        }
    }
    if near.re() > 0.0 {
        let whole = normal + exponent_at(end) + special::ln_h_scaled_of(near);
        return whole
            + far.map_or(D::constant(0.0), |far| {
                let fall = (far - near) * (far + near) * -0.5;
                let rest = special::ln_h_scaled_of(far) - special::ln_h_scaled_of(near);
                (-(fall + rest).exp()).ln_1p()
            });
    }
    let inside = special::ln_h_of(near);
    normal
        + peak(piece, omega, chi, stiff, beta)
        + inside
        + far.map_or(D::constant(0.0), |far| {
            (-(special::ln_h_of(far) - inside).exp()).ln_1p()
        })
}

/// The exponent at its peak, `-β` times the Moreau envelope of the polynomial.
fn peak<D: Real>(piece: &Piece<D>, omega: D, chi: D, stiff: D, beta: D) -> D {
    -(beta * polynomial_envelope(piece, omega, chi, stiff))
}

/// `min_Δ` of the polynomial plus `(Δ-ω)²/(2χ)` over the whole axis.
fn polynomial_envelope<D: Real>(piece: &Piece<D>, omega: D, chi: D, stiff: D) -> D {
    let d = omega - piece.origin;
    let bracket = piece.slope * (d - chi * piece.slope * 0.5) + piece.bend * d * d * 0.5;
    piece.height + bracket / stiff
}

/// Nodes and weights of `∫₀¹`.
pub(in crate::model) fn unit_rule() -> &'static [(f64, f64)] {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    RULE.get_or_init(|| panel_nodes(&[(0.0, 1.0)]))
}

/// `ln ∫ G(y) dy` from `near` on over `width`, plus `near²/2`.
fn narrow<D: Real>(near: D, width: D) -> D {
    let rule = unit_rule();
    let mut sum = D::constant(0.0);
    for &(t, weight) in rule {
        let step = width * t;
        sum += (-(step * (near + step * 0.5))).exp() * weight;
    }
    sum.ln() + width.ln() - LN_SQRT_2PI
}

/// `ln ∫ N(Δ; ω, v) dΔ` between two ends.
pub(in crate::model) fn ln_interval<D: Real>(ends: [Option<D>; 2], omega: D, v: D) -> D {
    let zero = D::constant(0.0);
    let free = Piece {
        from: zero,
        origin: zero,
        height: zero,
        slope: zero,
        bend: zero,
    };
    ln_mass(&free, ends, omega, v, zero)
}

/// A function of the second of two variables, from its value and derivatives.
pub(in crate::model) fn second_of_two_jet(jet: [f64; 3]) -> Dual2<2> {
    variable::<2>(0.0, 1).lift(jet)
}

/// Value and derivatives in field and parameter.
pub(in crate::model) fn store(at: Dual2<2>, i: usize, out: &mut Jets) {
    let (g, h) = (gradient(&at), hessian(&at));
    out.value[i] = at.re;
    out.slope[i] = g[0];
    out.bend[i] = h[0][0];
    if let Some(by) = out.by.get_mut(i) {
        *by = g[1];
        out.slope_by[i] = h[0][1];
        out.by_by[i] = h[1][1];
    }
}

/// Moreau envelope, slope and curvature of the envelope, and proximal point (L.26): of the least of the minima over
/// the pieces.
pub(super) fn envelope<D: Real>(pieces: &Pieces<D>, omega: D, chi: D) -> [D; 4] {
    let mut best = [D::constant(f64::INFINITY), omega, omega, omega];
    for (i, piece) in pieces.as_slice().iter().enumerate() {
        let stiff = chi * piece.bend + 1.0;
        let free = (omega - chi * piece.slope - piece.origin) / stiff + piece.origin;
        let [low, high] = pieces.ends(i);
        let edge = match (low, high) {
            (Some(low), _) if free.re() < low.re() => Some(low),
            (_, Some(high)) if free.re() > high.re() => Some(high),
            _ => None,
        };
        let one = match edge {
            Some(edge) => {
                let x = edge - omega;
                let value = piece.at(edge)[0] + x * x / chi * 0.5;
                [value, -x / chi, chi.recip(), edge]
            }
            None => [
                polynomial_envelope(piece, omega, chi, stiff),
                (piece.slope + piece.bend * (omega - piece.origin)) / stiff,
                piece.bend / stiff,
                free,
            ],
        };
        if one[0].re() < best[0].re() {
            best = one;
        }
    }
    best
}

/// Energies below this, relative to the scale of the piece, count as zero.
const ZERO: f64 = 0.0;

/// The ends of the stabilities that cost nothing; infinite where there is no end.
fn zero_ends<D: Real>(pieces: &Pieces<D>) -> Option<[D; 2]> {
    let mut found: Option<[D; 2]> = None;
    for (i, piece) in pieces.as_slice().iter().enumerate() {
        let [low, high] = pieces.ends(i);
        let free = piece.height.re().abs() <= ZERO && piece.slope.re() == 0.0;
        let inside = low.is_none_or(|low| low.re() < piece.origin.re())
            && high.is_none_or(|high| high.re() > piece.origin.re());
        let own = match piece.bend.re() == 0.0 {
            true => [
                low.unwrap_or(D::constant(f64::NEG_INFINITY)),
                high.unwrap_or(D::constant(f64::INFINITY)),
            ],
            false if inside => [piece.origin; 2],
            false => continue,
        };
        if free {
            found = Some(match found {
                Some([first, _]) => [first, own[1]],
                None => own,
            });
        }
    }
    found
}

/// The stabilities that cost nothing.
pub(super) fn zero_set(pieces: &Pieces<f64>) -> ZeroSet {
    match zero_ends(pieces) {
        None => ZeroSet::Empty,
        Some([low, high]) if low == high => ZeroSet::Point(low),
        Some([low, f64::INFINITY]) => ZeroSet::HalfLine(low),
        Some([low, high]) => ZeroSet::Interval(low, high),
    }
}

/// First and second derivative of its lower and upper end.
pub(super) fn zero_set_by(pieces: &Pieces<Number>) -> [[f64; 2]; 2] {
    let of = |x: Number| [gradient(&x)[0], hessian(&x)[0][0]];
    zero_ends(pieces).map_or([[0.0; 2]; 2], |ends| ends.map(of))
}
