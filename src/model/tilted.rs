//! The tilted measure `N(Δ; ω, v) e^{-β ℓ(Δ)}` of a convex energy, by quadrature: what a loss
//! without closed forms falls back on.
//!
//! The density is log-concave, so it lies within nine widths `√v` of its maximum, the proximal
//! point `prox_{βv}(ω)`: integrating there, and not around `ω`, is what keeps exponentially small
//! errors right at low temperature.

use super::loss::Loss;
use super::parameters::Parameters;
use crate::math::gauss::{graded_panels, panel_nodes, refine_adaptively};
use crate::math::real::{self, Dual2};
use crate::math::{Feature, Real};

/// Half-width of the domain in units of `√v`: the density has dropped by `e^{-40}`.
const REACH: f64 = 9.0;
/// `ln √(2π)`.
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// First derivatives of the slope `ℓ′(Δ)`.
pub struct EnergyJet {
    /// `ℓ′`.
    pub slope: f64,
    /// `ℓ″`.
    pub bend: f64,
    /// `∂_κ ℓ′`.
    pub slope_kappa: f64,
    /// `∂_γ ℓ′`.
    pub slope_gamma: f64,
}

/// Derivatives of the energy at `Δ`, exact.
pub fn energy_jet<L: Loss>(loss: &L, delta: f64, p: &Parameters) -> EnergyJet {
    let mut dual = p.lift::<Dual2<3>>();
    dual.kappa = real::variable(p.kappa, 1);
    dual.gamma = real::variable(p.gamma, 2);
    let energy = loss.energy(real::variable::<3>(delta, 0), &dual);
    let hessian = real::hessian(&energy);
    EnergyJet {
        slope: real::gradient(&energy)[0],
        bend: hessian[0][0],
        slope_kappa: hessian[0][1],
        slope_gamma: hessian[0][2],
    }
}

/// Slope and curvature of the energy.
fn slope_and_bend<L: Loss>(loss: &L, delta: f64, p: &Parameters) -> (f64, f64) {
    let energy = loss.energy(real::variable::<1>(delta, 0), &p.lift());
    (real::gradient(&energy)[0], real::hessian(&energy)[0][0])
}

/// Root of the increasing function `Δ - ω + χ ℓ′(Δ)`: Newton, safeguarded by a bracket.
pub fn prox<L: Loss>(loss: &L, omega: f64, chi: f64, p: &Parameters) -> f64 {
    if chi == 0.0 {
        return omega;
    }
    let residual = |delta: f64| {
        let (slope, bend) = slope_and_bend(loss, delta, p);
        (delta - omega + chi * slope, 1.0 + chi * bend)
    };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut delta = omega;
    for iteration in 0..200 {
        let (f, df) = residual(delta);
        if f == 0.0 {
            return delta;
        }
        if f < 0.0 { low = delta } else { high = delta }
        let mut next = delta - f / df;
        // Where Newton has not settled after many steps, or leaves the bracket, bisect.
        if !(next > low && next < high) || iteration > 60 {
            next = if low.is_finite() && high.is_finite() { 0.5 * (low + high) } else { next };
        }
        if (next - delta).abs() <= 4.0 * f64::EPSILON * delta.abs().max(1e-300) {
            return next;
        }
        delta = next;
    }
    delta
}

/// Image of the energy's features under `Δ ↦ Δ + χ ℓ′(Δ)`.
pub fn prox_features<L: Loss>(loss: &L, chi: f64, p: &Parameters) -> Vec<Feature> {
    let mut out = Vec::new();
    for feature in loss.features(p) {
        for shift in [-2.0, -1.0, 0.0, 1.0, 2.0] {
            let delta = feature.centre + shift * feature.width;
            let (slope, bend) = slope_and_bend(loss, delta, p);
            let width = feature.width * (1.0 + chi * bend);
            out.push(Feature { centre: delta + chi * slope, width });
        }
    }
    out
}

/// Nodes `x` and weights `dx` of the tilted measure in units `Δ = ω + √v x`, and the logarithm of
/// its largest density.
fn nodes<L: Loss>(loss: &L, omega: f64, v: f64, p: &Parameters) -> (Vec<(f64, f64)>, f64) {
    let root = v.sqrt();
    let chi = p.beta * v;
    let top = loss.prox(omega, chi, p);
    let (_, bend) = slope_and_bend(loss, top, p);
    let centre = (top - omega) / root;
    let log_density = |x: f64| -0.5 * x * x - p.beta * loss.energy(omega + root * x, p);
    let peak = log_density(centre);
    let mut features = vec![Feature { centre, width: 1.0 / (1.0 + chi * bend).sqrt() }];
    features.extend(loss.features(p).iter().map(|f| Feature {
        centre: (f.centre - omega) / root,
        width: f.width / root,
    }));
    let panels = graded_panels(centre - REACH, centre + REACH, 3.0, &features);
    let panels = refine_adaptively(&panels, 1e-14, |x| (log_density(x) - peak).exp());
    (panel_nodes(&panels), peak)
}

/// `ln Z_ℓ(ω, v)` by quadrature, in any number type.
pub fn ln_z<L: Loss, D: Real>(loss: &L, omega: D, v: D, p: &Parameters<D>) -> D {
    let (nodes, peak) = nodes(loss, omega.re(), v.re(), &p.re());
    let root = v.sqrt();
    let mut total = D::constant(0.0);
    for (x, dx) in nodes {
        let exponent = -(p.beta * loss.energy(root * x + omega, p)) - (0.5 * x * x + peak);
        total += exponent.exp() * dx;
    }
    total.ln() + (peak - LN_SQRT_2PI)
}

/// Average of `f(Δ)` under the tilted measure. Discontinuities of `f` at zero are respected.
pub fn average<L: Loss>(
    loss: &L,
    omega: f64,
    v: f64,
    p: &Parameters,
    f: impl Fn(f64) -> f64,
) -> f64 {
    let (root, chi) = (v.sqrt(), p.beta * v);
    let top = loss.prox(omega, chi, p);
    let (_, bend) = slope_and_bend(loss, top, p);
    let centre = (top - omega) / root;
    let log_density = |x: f64| -0.5 * x * x - p.beta * loss.energy(omega + root * x, p);
    let peak = log_density(centre);
    let width = 1.0 / (1.0 + chi * bend).sqrt();
    // The tail below zero may be what is asked for, however far it lies from the bulk.
    let zero = -omega / root;
    let edges = (centre - REACH).min(zero - 2.0 * REACH)..(centre + REACH).max(zero);
    let features = [Feature { centre, width }, Feature { centre: zero, width: 0.0 }, Feature { centre: zero, width }];
    let panels = graded_panels(edges.start, edges.end, 3.0, &features);
    let density = |x: f64| (log_density(x) - peak).exp();
    let panels = refine_adaptively(&panels, 1e-14, density);
    let (mut above, mut below) = (0.0, 0.0);
    for (x, dx) in panel_nodes(&panels) {
        let weight = density(x) * dx;
        above += weight * f(omega + root * x);
        below += weight;
    }
    above / below
}
