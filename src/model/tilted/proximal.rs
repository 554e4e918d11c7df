//! Proximal points and Moreau envelopes.

use crate::model::Parameters;
use crate::model::loss::Loss;
use crate::model::site::{By, Jets};

/// Minus the Moreau envelope and its derivatives (L.21), from the proximal points.
pub fn envelope(
    loss: &dyn Loss,
    omega: &[f64],
    chi: f64,
    p: &Parameters,
    by: Option<By>,
    out: &mut Jets,
) {
    if loss.envelope(omega, chi, p, by, out) {
        return;
    }
    out.resize(omega.len(), by.is_some());
    let mut points = std::mem::take(&mut out.scratch);
    points.resize(omega.len(), 0.0);
    proximal(loss, omega, chi, p, &mut points);
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

/// Proximal points: in closed form, or those of a convex energy: the root of the increasing function `Δ - ω + χ ℓ′(Δ)`, by
/// Newton's method inside of a bracket.
pub fn proximal(loss: &dyn Loss, omega: &[f64], chi: f64, p: &Parameters, out: &mut [f64]) {
    if loss.proximal(omega, chi, p, out) {
        return;
    }
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
