//! The local partition function of a pattern over number types, which local landscapes of mixtures use.

use crate::math::{Feature, Real, special};
use crate::model::{
    Parameters,
    scalar::{Loss, ZeroSet},
};

/// `ln Z_ℓ(ω, v)`; at β = ∞ that of the hard constraint `Δ ∈` zero set (ZT.4).
pub fn local_ln_z<L: Loss, D: Real>(loss: &L, omega: D, v: D, p: &Parameters<D>) -> D {
    if p.beta.re().is_finite() {
        return loss.ln_z(omega, v, p);
    }
    match loss.zero_set(p) {
        ZeroSet::HalfLine(edge) => special::ln_h_of((edge - omega) / v.sqrt()),
        ZeroSet::Point(y) => -(v.ln() + (y - omega).square() / v) * 0.5,
        ZeroSet::Empty => D::constant(f64::NEG_INFINITY),
    }
}

/// Features of `ln Z_ℓ` at variance `v` as a function of the cavity mean `ω`.
pub fn cavity_features<L: Loss>(loss: &L, v: f64, p: &Parameters) -> Vec<Feature> {
    if p.beta.is_finite() {
        let smooth = |f: Feature| Feature {
            width: (f.width * f.width + v).sqrt(),
            ..f
        };
        return loss
            .prox_features(p.beta * v, p)
            .into_iter()
            .map(smooth)
            .collect();
    }
    match loss.zero_set(p) {
        ZeroSet::HalfLine(edge) => vec![Feature {
            centre: edge,
            width: v.sqrt(),
        }],
        _ => Vec::new(),
    }
}

/// Probability of `Δ < 0` under the measure that is uniform on the zero set, at cavity mean `ω`.
#[allow(dead_code)]
pub(super) fn hard_error(set: ZeroSet, omega: f64, v: f64) -> f64 {
    match set {
        ZeroSet::HalfLine(edge) if edge < 0.0 => {
            let root = v.sqrt();
            let (from, to) = ((edge - omega) / root, -omega / root);
            1.0 - (special::ln_h(to) - special::ln_h(from)).exp()
        }
        ZeroSet::Point(y) if y < 0.0 => 1.0,
        _ => 0.0,
    }
}
