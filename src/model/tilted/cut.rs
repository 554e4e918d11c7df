//! Mass of the tilted measure of a convex energy on either side of zero, on panels that all cavity
//! means share (L.38).
//!
//! A density with the Gaussian factor `N(ω, v)` and a convex energy falls off from its peak at least as
//! fast as that Gaussian, and faster where the energy bends. The density of peak `Δ*` has dropped at
//! zero by `β[ℓ(0) - ℓ(Δ*) + Δ*ℓ′(Δ*)] + Δ*²/2v`, which grows with the distance of the peak from zero:
//! peaks beyond a certain one on either side leave nothing on the other. Panels cover the densities of
//! the peaks in between, are graded for the energy and split at zero.

use super::proximal::proximal;
use super::shared::terms;
use crate::math::Feature;
use crate::math::gauss::{graded_panels, panel_nodes};
use crate::math::wide::{LANES, dot};
use crate::model::Parameters;
use crate::model::loss::{Loss, features_of};
use std::cell::RefCell;

/// Distance from its peak, in units of `√v`, at which a density has dropped by `e^{-40}` at least.
const REACH: f64 = 9.0;
/// What counts as dropped to nothing, in the logarithm.
const DROP: f64 = 40.0;
/// Bisections of a distance.
const HALVINGS: usize = 50;
/// Longest panel in units of the local width of a density.
const LONGEST: f64 = 2.5;
/// Shortest panel in units of `√v`.
const SHORTEST: f64 = 1e-9;
/// Terms this far below the largest are left out.
const NEGLIGIBLE: f64 = 44.0;

/// The nodes, from left to right, and what is known there.
#[derive(Default)]
struct Nodes {
    delta: Vec<f64>,
    /// `-βℓ`.
    tilt: Vec<f64>,
    /// Weights of the rule.
    rule: Vec<f64>,
    /// How many nodes are below zero.
    below: usize,
    room: [Vec<f64>; 2],
    weight: Vec<f64>,
}

thread_local! {
    static NODES: RefCell<Nodes> = RefCell::new(Nodes::default());
}

/// Probability of `Δ < 0` at every mean.
pub(super) fn error_probability(
    loss: &dyn Loss,
    omega: &[f64],
    v: f64,
    p: &Parameters,
    out: &mut [f64],
) {
    let mut nodes = NODES.take();
    proximal(loss, omega, p.beta * v, p, out);
    let peaks = [-1.0, 1.0].map(|side| farthest_peak(loss, side, v, p));
    nodes.prepare(loss, peaks, v, p);
    for (out, &field) in out.iter_mut().zip(omega) {
        let peak = *out;
        *out = if peak < peaks[0] {
            1.0
        } else if peak > peaks[1] {
            0.0
        } else {
            nodes.below_zero(peak, field, v)
        };
    }
    NODES.set(nodes);
}

/// How far from zero an increasing function reaches [`DROP`] within [`REACH`]; what it is beyond does
/// not matter.
fn reached(side: f64, v: f64, drop: impl Fn(f64) -> f64) -> f64 {
    let (mut near, mut far) = (0.0, REACH * v.sqrt());
    for _ in 0..HALVINGS {
        let mid = 0.5 * (near + far);
        // Not finite counts as dropped: there is nothing beyond a wall.
        if drop(side * mid) < DROP {
            near = mid;
        } else {
            far = mid;
        }
    }
    side * far
}

/// The farthest peak on one side of zero whose density reaches to the other side.
fn farthest_peak(loss: &dyn Loss, side: f64, v: f64, p: &Parameters) -> f64 {
    let zero = loss.energy(0.0, p)[0];
    reached(side, v, |peak| {
        let [value, slope, _] = loss.energy(peak, p);
        p.beta * (zero - value + peak * slope) + 0.5 * peak * peak / v
    })
}

/// The end, away from zero, of the density of this peak.
fn end(loss: &dyn Loss, (side, peak): (f64, f64), v: f64, p: &Parameters) -> f64 {
    let [height, slope, _] = loss.energy(peak, p);
    peak + reached(side, v, |step| {
        let value = loss.energy(peak + step, p)[0];
        p.beta * (value - height - step * slope) + 0.5 * step * step / v
    })
}

impl Nodes {
    /// Panels around zero for densities of peaks between these, no longer than densities are wide,
    /// and the energy there.
    fn prepare(&mut self, loss: &dyn Loss, peaks: [f64; 2], v: f64, p: &Parameters) {
        let (root, chi) = (v.sqrt(), p.beta * v);
        let low = end(loss, (-1.0, peaks[0]), v, p);
        let high = end(loss, (1.0, peaks[1]), v, p);
        let mut features = features_of(loss, p);
        features.push(Feature {
            centre: 0.0,
            width: 0.0,
        });
        let mut pending = graded_panels(low, high, LONGEST * root, &features);
        pending.reverse();
        let mut panels = Vec::with_capacity(pending.len());
        while let Some((a, b)) = pending.pop() {
            let mid = 0.5 * (a + b);
            let bend = |delta: f64| loss.energy(delta, p)[2];
            let stiff = chi * bend(a).max(bend(mid)).max(bend(b)).max(0.0);
            let length = b - a;
            if length * (1.0 + stiff).sqrt() > LONGEST * root && length > SHORTEST * root {
                pending.extend([(mid, b), (a, mid)]);
            } else {
                panels.push((a, b));
            }
        }
        let rule = panel_nodes(&panels);
        self.below = rule.partition_point(|node| node.0 < 0.0);
        self.delta.clear();
        self.rule.clear();
        self.delta.extend(rule.iter().map(|node| node.0));
        self.rule.extend(rule.iter().map(|node| node.1));
        // Filled up with nodes that have no weight.
        let count = self.delta.len().next_multiple_of(LANES);
        self.delta.resize(count, high);
        self.rule.resize(count, 0.0);
        let [slope, bend] = &mut self.room;
        for array in [&mut self.tilt, &mut self.weight, slope, bend] {
            array.resize(count, 0.0);
        }
        loss.energies(&self.delta, p, [&mut self.tilt, slope, bend]);
        self.tilt.iter_mut().for_each(|tilt| *tilt *= -p.beta);
    }

    /// The share of the mass below zero of the density that has this peak.
    fn below_zero(&mut self, peak: f64, omega: f64, v: f64) -> f64 {
        let count = self.delta.len();
        let height = |i: usize| {
            let d = self.delta[i] - omega;
            self.tilt[i] - 0.5 * d * d / v
        };
        let top = self
            .delta
            .partition_point(|delta| *delta < peak)
            .min(count - 1);
        let least = height(top) - NEGLIGIBLE;
        let (mut first, mut last) = (top / LANES * LANES, top / LANES * LANES + LANES);
        while first > 0 && height(first) > least {
            first -= LANES;
        }
        while last < count && height(last) > least {
            last += LANES;
        }
        let (delta, tilt) = (&self.delta[first..last], &self.tilt[first..last]);
        let weight = &mut self.weight[first..last];
        terms(delta, tilt, omega, 1.0 / v.sqrt(), weight);
        let side = |from: usize, to: usize| dot(&self.weight[from..to], &self.rule[from..to]);
        let split = self.below.clamp(first, last);
        let (below, above) = (side(first, split), side(split, last));
        below / (below + above)
    }
}
