//! Overlaps of a probe with a reference, in coordinates that stay accurate as the distance vanishes
//! and whose domain cannot be left by more than rounding (FP.13).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `v = 1-q` | variance of the probe | `ln((p+ε)/(1-p))`, `v = (1-S²)(1-p) R`, `R = 1 - y²(1-q̃)/q̃` |
//! | `τ = (S-t)/(1-q̃)` | response to the reference's own weights | `y`, `τ = S - √(1-S²) y` |
//! | `q̂` | conjugate of `q` | `ln(â+ε)`, `q̂ = â + t̂²/q̃̂` |
//! | `r̂ = (1-q̃)t̂`, `m̂ = Ŝ-t̂` | other conjugates | `asinh` |
//!
//! `(1-S²) R p` is the variance of the probe's field given all fields of the reference, `â` that of
//! its conjugate field: neither can be negative, and both vanish at the typical point (FP.12).

use super::reference::Reference;
use crate::math::{Real, Rotation};
use nalgebra::DVector;

/// Variances much smaller than this are solved to absolute, larger ones to relative accuracy.
pub const FLOOR: f64 = 1e-5;

/// Curvatures of the domain's boundary: `(1-q̃)/q̃` for the overlaps, `1/((1-q̃)² q̃̂)` for the fields.
#[derive(Clone, Copy, Debug)]
pub struct Boundary {
    overlaps: f64,
    fields: f64,
}

impl Boundary {
    /// That of a reference.
    pub fn of(reference: &Reference) -> Self {
        let around = &reference.around;
        let fields = around.v * around.v * around.q_hat;
        Boundary {
            overlaps: around.v / reference.q,
            fields: if fields > 0.0 { 1.0 / fields } else { 0.0 },
        }
    }
}

/// Order parameters in any number type.
#[derive(Clone, Copy, Debug)]
pub struct Overlaps<D> {
    /// Overlap `S` with the reference.
    pub overlap: D,
    /// `1 - S² = 4d(1-d)`.
    pub gap: D,
    /// `1 - q`.
    pub v: D,
    /// Response `τ`.
    pub tau: D,
    /// `q̂`, `r̂`, `m̂`.
    pub fields: [D; 3],
}

impl<D: Real> Overlaps<D> {
    /// From coordinates and the distance.
    pub fn from_coordinates(x: &[D], distance: D, boundary: &Boundary) -> Self {
        let overlap = -(distance * 2.0) + 1.0;
        let gap = distance * (-distance + 1.0) * 4.0;
        let (y, r_hat) = (x[1], x[3].sinh());
        let room = -(y * y * boundary.overlaps) + 1.0;
        let u = room * (-x[0]).logistic() * (1.0 + FLOOR);
        let q_hat = x[2].exp() - FLOOR + r_hat * r_hat * boundary.fields;
        Overlaps {
            overlap,
            gap,
            v: gap * u,
            tau: overlap - gap.sqrt() * y,
            fields: [q_hat, r_hat, x[4].sinh()],
        }
    }
}

impl<D> Overlaps<D> {
    /// The same function of every order parameter.
    pub fn map(self, f: impl Fn(D) -> D) -> Self {
        Overlaps {
            overlap: f(self.overlap),
            gap: f(self.gap),
            v: f(self.v),
            tau: f(self.tau),
            fields: self.fields.map(f),
        }
    }
}

/// Right-hand sides of the saddle-point equations (FP.7).
pub struct Consistent {
    pub v: f64,
    pub tau: f64,
    pub q_hat: f64,
    pub r_hat: f64,
    pub m_hat: f64,
}

impl Consistent {
    /// Read off the gradient in the coordinates.
    pub fn new(x: &[f64], o: &Overlaps<f64>, g: &DVector<f64>, boundary: &Boundary) -> Self {
        let [q_hat, r_hat, m_hat] = o.fields;
        let room = 1.0 - x[1] * x[1] * boundary.overlaps;
        let by_v = -g[0] / (o.v * x[0].logistic());
        let by_tau = -(g[1] + 2.0 * x[1] * boundary.overlaps / room * o.v * by_v) / o.gap.sqrt();
        let by_q_hat = g[2] / x[2].exp();
        let by_r_hat = g[3] / r_hat.hypot(1.0) - 2.0 * r_hat * boundary.fields * by_q_hat;
        Consistent {
            v: o.v + 2.0 * by_q_hat,
            tau: o.tau + by_r_hat,
            q_hat: q_hat + 2.0 * by_v,
            r_hat: r_hat + by_tau,
            // The overlap with the reference is imposed: one Newton step for its field.
            m_hat: m_hat - g[4] / (m_hat.hypot(1.0) * o.v),
        }
    }

    /// Their coordinates, inside the domain.
    pub fn coordinates(&self, o: &Overlaps<f64>, boundary: &Boundary) -> Vec<f64> {
        coordinates(
            [self.v, self.tau],
            [self.q_hat, self.r_hat, self.m_hat],
            (o.overlap, o.gap),
            boundary,
        )
    }
}

/// Coordinates of order parameters `(v, τ)` and fields `(q̂, r̂, m̂)` at overlap `S` and gap `1-S²`,
/// moved into the domain.
pub fn coordinates(
    [v, tau]: [f64; 2],
    [q_hat, r_hat, m_hat]: [f64; 3],
    (overlap, gap): (f64, f64),
    boundary: &Boundary,
) -> Vec<f64> {
    if !(v + tau + q_hat + r_hat + m_hat).is_finite() {
        return vec![f64::NAN; 5];
    }
    let u = (v / gap).clamp(1e-12, 1.0);
    let widest = ((1.0 - u) / boundary.overlaps.max(1e-12)).sqrt();
    let y = ((overlap - tau) / gap.sqrt()).clamp(-widest, widest);
    let rest = u / (1.0 - y * y * boundary.overlaps).max(1e-12);
    let free = (q_hat - r_hat * r_hat * boundary.fields).max(0.0);
    vec![
        (((1.0 - rest).max(0.0) + FLOOR) / rest).ln(),
        y,
        (free + FLOOR).ln(),
        r_hat.asinh(),
        m_hat.asinh(),
    ]
}

/// Everything that the averages over one pattern need, in `f64`.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Overlap `S` with the reference.
    pub overlap: f64,
    /// Overlap `q` of two probes.
    pub q: f64,
    /// `1 - q`.
    pub v: f64,
    /// Response `τ`.
    pub tau: f64,
    /// Overlap `t` with another reference.
    pub t: f64,
    /// Correlation of the probe's field with that of the other references.
    pub turn: Rotation,
    /// Mean of the reference's stability given the fields, per unit of outer field.
    pub mean_outer: f64,
    /// The same per unit of inner field.
    pub mean_inner: f64,
    /// Variance of the reference's stability given all fields.
    pub reference_v: f64,
    /// Variance of the reference's stability given the probe's field, `1 - S²/q`.
    pub field_v: f64,
    /// `√(1-q̃)`.
    pub other_root: f64,
    /// `√(q-S²)`.
    pub spread: f64,
}

/// The variance that is left on the boundary of the domain, in units of `1 - S²`.
const LEAST: f64 = 1e-12;

impl Geometry {
    /// At coordinates `x`; those outside the domain are moved to its boundary.
    pub fn new(x: &[f64], distance: f64, reference: &Reference) -> Self {
        let boundary = Boundary::of(reference);
        let o = Overlaps::from_coordinates(x, distance, &boundary);
        let (s0, y) = (o.overlap, x[1]);
        let v = o.v.min(o.gap);
        let (q, q0, v0) = (1.0 - v, reference.q, reference.around.v);
        let t = q0 * s0 + v0 * o.gap.sqrt() * y;
        let room = (1.0 - y * y * boundary.overlaps).max(LEAST);
        let share = ((x[0].exp() - FLOOR) / (1.0 + x[0].exp())).max(LEAST);
        let free = o.gap * room * share;
        let along = v0 * o.tau * o.tau;
        let orthogonal = free + along;
        // cov(h̃, b) - cov(h̃, ζ) cov(ζ, b)/q̃, without cancellation.
        let inner = q0 * (o.gap - v) - v0 * s0 * o.gap.sqrt() * y;
        let sin = (orthogonal / q).sqrt();
        Geometry {
            overlap: s0,
            q,
            v,
            tau: o.tau,
            t,
            turn: Rotation {
                cos: (t / (q * q0).sqrt()).clamp(-1.0, 1.0),
                sin,
            },
            mean_outer: s0 / q.sqrt(),
            mean_inner: inner / (q0.sqrt() * q * sin),
            reference_v: v0 * free / orthogonal,
            // Never narrower than what the floor leaves: an edge has to stay visible.
            field_v: (o.gap - v).max(LEAST * o.gap) / q,
            other_root: v0.sqrt(),
            spread: (o.gap - v).max(0.0).sqrt(),
        }
    }
}
