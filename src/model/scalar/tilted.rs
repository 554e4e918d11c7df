//! The tilted measure `N(Δ; ω, v) e^{-β ℓ(Δ)}` of a convex energy, by quadrature: what a loss
//! without closed forms falls back on.
//!
//! The density is log-concave, so it lies within nine widths `√v` of its maximum, the proximal
//! point `prox_{βv}(ω)`: integrating there, and not around `ω`, is what keeps exponentially small
//! errors right at low temperature.

use super::loss::Loss;
use crate::math::gauss::{graded_panels, panel_nodes};
use crate::math::real::{self, Dual2};
use crate::math::{Feature, Real};
use crate::model::parameters::Parameters;

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
        if f < 0.0 {
            low = delta
        } else {
            high = delta
        }
        let mut next = delta - f / df;
        // Where Newton has not settled after many steps, or leaves the bracket, bisect.
        if !(next > low && next < high) || iteration > 60 {
            next = if low.is_finite() && high.is_finite() {
                0.5 * (low + high)
            } else {
                next
            };
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
            out.push(Feature {
                centre: delta + chi * slope,
                width,
            });
        }
    }
    out
}

/// Exponents this far below the largest one are left out: `e^{-45}` is below rounding.
const NEGLIGIBLE: f64 = -45.0;

/// The tilted density in units `Δ = ω + √v x`: nodes `x` with weights that include the density
/// relative to its largest value, whose logarithm is `peak`.
struct Density {
    nodes: Vec<(f64, f64)>,
    peak: f64,
}

fn density<L: Loss>(loss: &L, omega: f64, v: f64, p: &Parameters, cut: Option<f64>) -> Density {
    let (root, chi) = (v.sqrt(), p.beta * v);
    let top = loss.prox(omega, chi, p);
    let (_, bend) = slope_and_bend(loss, top, p);
    let centre = (top - omega) / root;
    let log_density = |x: f64| -0.5 * x * x - p.beta * loss.energy(omega + root * x, p);
    let peak = log_density(centre);
    let mut features = vec![Feature {
        centre,
        width: 1.0 / (1.0 + chi * bend).sqrt(),
    }];
    features.extend(loss.features(p).iter().map(|f| Feature {
        centre: (f.centre - omega) / root,
        width: f.width / root,
    }));
    let (mut low, mut high) = (centre - REACH, centre + REACH);
    if let Some(cut) = cut {
        // The mass beyond a cut may be what is asked for, however far it lies from the bulk.
        features.push(Feature {
            centre: cut,
            width: 0.0,
        });
        (low, high) = (low.min(cut - REACH), high.max(cut + REACH));
    }
    let mut panels = graded_panels(low, high, 3.0, &features);
    if cut.is_none() {
        // Log-concave: beyond the maximum a panel is largest at its inner end.
        let negligible = |a: f64, b: f64| {
            let inner = if a >= centre { a } else { b };
            (a >= centre || b <= centre) && log_density(inner) - peak < NEGLIGIBLE
        };
        panels.retain(|&(a, b)| !negligible(a, b));
    }
    let weigh = |(x, dx): (f64, f64)| (x, dx * (log_density(x) - peak).exp());
    Density {
        nodes: panel_nodes(&panels).into_iter().map(weigh).collect(),
        peak,
    }
}

/// `ln Z_ℓ(ω, v)` by quadrature, in any number type.
///
/// Derivatives in `ω`, `v` and `β` come from the cumulants of the tilted measure (GA.6), so that the
/// quadrature itself runs in `f64`. Only where the loss's own parameters carry derivatives is it
/// carried out in dual arithmetic.
pub fn ln_z<L: Loss, D: Real>(loss: &L, omega: D, v: D, p: &Parameters<D>) -> D {
    let here = p.re();
    let density = density(loss, omega.re(), v.re(), &here, None);
    if !(p.gamma.is_constant() && p.kappa.is_constant()) {
        return dual_sum(loss, omega, v, p, &density);
    }
    let total: f64 = density.nodes.iter().map(|n| n.1).sum();
    let value = total.ln() + density.peak - LN_SQRT_2PI;
    if omega.is_constant() && v.is_constant() && p.beta.is_constant() {
        return D::constant(value);
    }
    let with_energy = !p.beta.is_constant();
    let jet = cumulants(loss, omega.re(), v.re(), &here, &density, with_energy);
    let (dw, dv, db) = (omega - omega.re(), v - v.re(), p.beta - here.beta);
    let mut out = dw * (dw * (0.5 * jet.ww) + dv * jet.wv + jet.w)
        + dv * (dv * (0.5 * jet.vv) + jet.v)
        + value;
    if with_energy {
        out += db * (db * (0.5 * jet.bb) + dw * jet.wb + dv * jet.vb + jet.b);
    }
    out
}

/// First and second derivatives of `ln Z_ℓ` in `ω` (w), `v` and `β` (b).
#[derive(Default)]
struct Jet {
    w: f64,
    v: f64,
    ww: f64,
    wv: f64,
    vv: f64,
    b: f64,
    bb: f64,
    wb: f64,
    vb: f64,
}

fn cumulants<L: Loss>(
    loss: &L,
    omega: f64,
    v: f64,
    p: &Parameters,
    density: &Density,
    with_energy: bool,
) -> Jet {
    let total: f64 = density.nodes.iter().map(|n| n.1).sum();
    let mean = density.nodes.iter().map(|&(x, w)| w * x).sum::<f64>() / total;
    let (mut m2, mut m3, mut m4) = (0.0, 0.0, 0.0);
    for &(x, w) in &density.nodes {
        let d = x - mean;
        let d2 = d * d;
        m2 += w * d2;
        m3 += w * d2 * d;
        m4 += w * d2 * d2;
    }
    let (m2, m3, m4) = (m2 / total, m3 / total, m4 / total);
    let root = v.sqrt();
    let (l1, l2) = (mean / root, (m2 - 1.0) / v);
    let (l3, l4) = (m3 / (v * root), (m4 - 3.0 * m2 * m2) / (v * v));
    let wv = 0.5 * (l3 + 2.0 * l1 * l2);
    let mut jet = Jet {
        w: l1,
        v: 0.5 * (l2 + l1 * l1),
        ww: l2,
        wv,
        vv: 0.5 * (0.5 * (l4 + 2.0 * l2 * l2 + 2.0 * l1 * l3) + 2.0 * l1 * wv),
        ..Jet::default()
    };
    if with_energy {
        let energy = |x: f64| loss.energy(omega + root * x, p);
        let loss_mean = density
            .nodes
            .iter()
            .map(|&(x, w)| w * energy(x))
            .sum::<f64>()
            / total;
        let (mut bb, mut xb, mut xxb) = (0.0, 0.0, 0.0);
        for &(x, w) in &density.nodes {
            let (d, e) = (x - mean, w * (energy(x) - loss_mean));
            bb += e * (energy(x) - loss_mean);
            xb += e * d;
            xxb += e * d * d;
        }
        jet.b = -loss_mean;
        jet.bb = bb / total;
        jet.wb = -xb / total / root;
        jet.vb = 0.5 * (-xxb / total / v + 2.0 * l1 * jet.wb);
    }
    jet
}

/// The quadrature in dual arithmetic.
fn dual_sum<L: Loss, D: Real>(loss: &L, omega: D, v: D, p: &Parameters<D>, density: &Density) -> D {
    let (here, root) = (p.re(), v.sqrt());
    let mut total = D::constant(0.0);
    for &(x, w) in &density.nodes {
        let start = here.beta * loss.energy(omega.re() + root.re() * x, &here);
        let change = -(p.beta * loss.energy(root * x + omega, p)) + start;
        total += change.exp() * w;
    }
    total.ln() + (density.peak - LN_SQRT_2PI)
}

/// Average of `f(Δ)` under the tilted measure; `f` may jump at `Δ = 0`.
pub fn average<L: Loss>(
    loss: &L,
    omega: f64,
    v: f64,
    p: &Parameters,
    f: impl Fn(f64) -> f64,
) -> f64 {
    let root = v.sqrt();
    let density = density(loss, omega, v, p, Some(-omega / root));
    let total: f64 = density.nodes.iter().map(|n| n.1).sum();
    density
        .nodes
        .iter()
        .map(|&(x, w)| w * f(omega + root * x))
        .sum::<f64>()
        / total
}
