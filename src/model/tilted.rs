//! Defaults of a loss by quadrature of the tilted measure `N(Δ; ω, v) e^{-βℓ(Δ)}`, and by Newton's
//! method for its proximal points.

mod cut;
mod shared;
mod steps;

use super::loss::Loss;
use super::site::{By, Jets};
use super::{Control, Parameters};
use crate::math::Feature;
use crate::math::gauss::{graded_panels, panel_nodes};
use steps::Plan;

/// Half-width of the domain in units of `√v`: the density has dropped by `e^{-40}`.
const REACH: f64 = 9.0;
/// `ln √(2π)`.
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

struct Density {
    nodes: Vec<(f64, f64)>,
    peak: f64,
}

fn density(loss: &dyn Loss, omega: f64, v: f64, p: &Parameters, cut: Option<f64>) -> Density {
    let (root, chi) = (v.sqrt(), p.beta * v);
    let mut top = [omega];
    loss.proximal(&[omega], chi, p, &mut top);
    let [top] = top;
    let bend = loss.energy(top, p)[2].max(0.0);
    let centre = (top - omega) / root;
    let log_density = |x: f64| -0.5 * x * x - p.beta * loss.energy(omega + root * x, p)[0];
    let mut features = vec![Feature {
        centre,
        width: 1.0 / (1.0 + chi * bend).sqrt(),
    }];
    features.extend(loss.features(p).iter().map(|f| Feature {
        centre: (f.centre - omega) / root,
        width: f.width / root,
    }));
    let (mut low, mut high) = (centre.min(0.0) - REACH, centre.max(0.0) + REACH);
    if let Some(cut) = cut {
        features.push(Feature {
            centre: cut,
            width: 0.0,
        });
        (low, high) = (low.min(cut - REACH), high.max(cut + REACH));
    }
    let panels = graded_panels(low, high, 1.5, &features);
    let mut nodes = panel_nodes(&panels);
    let mut peak = f64::NEG_INFINITY;
    for (x, _) in &nodes {
        peak = peak.max(log_density(*x));
    }
    for (x, weight) in &mut nodes {
        *weight *= (log_density(*x) - peak).exp();
    }
    Density { nodes, peak }
}

/// `ln Z_ℓ` and its derivatives by quadrature (GA.6).
pub fn thermal(
    loss: &dyn Loss,
    omega: &[f64],
    v: f64,
    p: &Parameters,
    by: Option<By>,
    out: &mut Jets,
) {
    out.resize(omega.len(), by.is_some());
    let plan = Plan::new(loss, omega, v, p);
    for (step, places) in &plan.shared {
        shared::thermal(loss, (omega, places), v, p, by, *step, out);
    }
    let root = v.sqrt();
    for &i in &plan.alone {
        let field = omega[i];
        let density = density(loss, field, v, p, None);
        let total: f64 = density.nodes.iter().map(|n| n.1).sum();
        let mean = density.nodes.iter().map(|n| n.0 * n.1).sum::<f64>() / total;
        let centred = |f: &dyn Fn(f64) -> f64| {
            density.nodes.iter().map(|&(x, w)| w * f(x)).sum::<f64>() / total
        };
        let second = centred(&|x| (x - mean).powi(2));
        out.value[i] = total.ln() + density.peak - LN_SQRT_2PI;
        out.slope[i] = mean / root;
        out.bend[i] = (second - 1.0) / v;
        let (g, b) = (out.slope[i], out.bend[i]);
        match by {
            None => {}
            Some(By::Variance) => {
                let third = centred(&|x| (x - mean).powi(3)) / (v * root);
                let fourth = centred(&|x| (x - mean).powi(4)) - 3.0 * second * second;
                out.by[i] = 0.5 * (b + g * g);
                out.slope_by[i] = 0.5 * (third + 2.0 * g * b);
                out.by_by[i] = 0.25 * fourth / (v * v) + g * third + 0.5 * b * b + g * g * b;
            }
            Some(By::Control(control)) => {
                let beta = control == Control::Beta;
                let cost = |x: f64| {
                    let delta = field + root * x;
                    if beta {
                        [loss.energy(delta, p)[0], 0.0]
                    } else {
                        let [first, _, second] = loss.energy_by(delta, control, p);
                        [p.beta * first, p.beta * second]
                    }
                };
                let average = centred(&|x| cost(x)[0]);
                out.by[i] = -average;
                out.slope_by[i] = -centred(&|x| (cost(x)[0] - average) * (x - mean)) / root;
                out.by_by[i] =
                    centred(&|x| (cost(x)[0] - average).powi(2)) - centred(&|x| cost(x)[1]);
            }
        }
    }
}

/// Minus the Moreau envelope and its derivatives (L.21), from the proximal points.
pub fn envelope(
    loss: &dyn Loss,
    omega: &[f64],
    chi: f64,
    p: &Parameters,
    by: Option<By>,
    out: &mut Jets,
) {
    out.resize(omega.len(), by.is_some());
    let mut points = std::mem::take(&mut out.scratch);
    points.resize(omega.len(), 0.0);
    loss.proximal(omega, chi, p, &mut points);
    for i in 0..omega.len() {
        let (delta, distance) = (points[i], points[i] - omega[i]);
        let [energy, slope, bend] = loss.energy(delta, p);
        let soft = 1.0 / (1.0 + chi * bend);
        out.value[i] = -energy - 0.5 * distance * distance / chi;
        out.slope[i] = -slope;
        out.bend[i] = -bend * soft;
        let (g, b) = (out.slope[i], out.bend[i]);
        match by {
            None => {}
            Some(By::Variance) => {
                out.by[i] = 0.5 * g * g;
                out.slope_by[i] = g * b;
                out.by_by[i] = g * g * b;
            }
            Some(By::Control(control)) => {
                let [first, mixed, second] = loss.energy_by(delta, control, p);
                out.by[i] = -first;
                out.slope_by[i] = -mixed * soft;
                out.by_by[i] = -second + chi * mixed * mixed * soft;
            }
        }
    }
    out.scratch = points;
}

/// Proximal points of a convex energy: the root of the increasing function `Δ - ω + χ ℓ′(Δ)`, by
/// Newton's method inside of a bracket.
pub fn proximal(loss: &dyn Loss, omega: &[f64], chi: f64, p: &Parameters, out: &mut [f64]) {
    for (out, &field) in out.iter_mut().zip(omega) {
        *out = proximal_point(loss, field, chi, p);
    }
}

fn proximal_point(loss: &dyn Loss, omega: f64, chi: f64, p: &Parameters) -> f64 {
    if chi == 0.0 {
        return omega;
    }
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut delta = omega;
    for iteration in 0..200 {
        let [_, slope, bend] = loss.energy(delta, p);
        let f = delta - omega + chi * slope;
        if f == 0.0 {
            return delta;
        }
        if f < 0.0 {
            low = delta
        } else {
            high = delta
        }
        let mut next = delta - f / (1.0 + chi * bend);
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

/// Mean energy under the tilted measure.
pub fn mean_energy(loss: &dyn Loss, omega: &[f64], v: f64, p: &Parameters, out: &mut [f64]) {
    let plan = Plan::new(loss, omega, v, p);
    for (step, places) in &plan.shared {
        shared::mean_energy(loss, (omega, places), v, p, *step, out);
    }
    for &i in &plan.alone {
        let field = omega[i];
        let density = density(loss, field, v, p, None);
        out[i] = average(&density, |x| loss.energy(field + v.sqrt() * x, p)[0]);
    }
}

/// Probability of `Δ < 0` under the tilted measure.
pub fn error_probability(loss: &dyn Loss, omega: &[f64], v: f64, p: &Parameters, out: &mut [f64]) {
    if loss.convex() {
        return cut::error_probability(loss, omega, v, p, out);
    }
    for (out, &field) in out.iter_mut().zip(omega) {
        let cut = -field / v.sqrt();
        let density = density(loss, field, v, p, Some(cut));
        *out = average(&density, |x| f64::from(u8::from(x < cut)));
    }
}

fn average(density: &Density, f: impl Fn(f64) -> f64) -> f64 {
    let total: f64 = density.nodes.iter().map(|n| n.1).sum();
    density.nodes.iter().map(|&(x, w)| w * f(x)).sum::<f64>() / total
}

/// Images of the energy's features under `Δ ↦ Δ + χ ℓ′(Δ)`.
pub fn envelope_features(loss: &dyn Loss, chi: f64, p: &Parameters, out: &mut Vec<Feature>) {
    for feature in loss.features(p) {
        if feature.width == 0.0 {
            kink_images(loss, feature.centre, chi, p, out);
            continue;
        }
        for shift in [-2.0, -1.0, 0.0, 1.0, 2.0] {
            let delta = feature.centre + shift * feature.width;
            let [_, slope, bend] = loss.energy(delta, p);
            out.push(Feature {
                centre: delta + chi * slope,
                width: feature.width * (1.0 + chi * bend.max(0.0)),
            });
        }
    }
}

/// A kink is the proximal point of a whole interval of fields; its ends bend.
fn kink_images(loss: &dyn Loss, kink: f64, chi: f64, p: &Parameters, out: &mut Vec<Feature>) {
    let step = 1e-9 * (1.0 + kink.abs());
    for side in [-step, step] {
        let delta = kink + side;
        let [_, slope, bend] = loss.energy(delta, p);
        out.push(Feature {
            centre: kink + chi * (slope - side * bend),
            width: 0.0,
        });
    }
}

/// The same smoothed by the variance.
pub fn thermal_features(loss: &dyn Loss, v: f64, p: &Parameters, out: &mut Vec<Feature>) {
    let start = out.len();
    envelope_features(loss, p.beta * v, p, out);
    for feature in &mut out[start..] {
        feature.width = (feature.width * feature.width + v).sqrt();
    }
}
