//! The tilted measure of a smooth energy on nodes that all cavity means share.
//!
//! The trapezoidal rule converges exponentially for a Gaussian times a function that is analytic in a
//! strip. With step `h` in units of `√v` its error is the least of `exp(G(y) - 2πy/h)` over heights `y`
//! above the real axis at which the exponent has grown by `G(y)` (L.33). The energy is therefore computed once at every node and each mean only sums the terms that count.

use super::proximal::proximal;
use crate::math::wide::{LANES, dispatch, fold, kernels as k};
use crate::model::loss::Loss;
use crate::model::site::{By, Jets};
use crate::model::{Control, Parameters};
use std::cell::RefCell;

/// Terms this far below the largest are left out.
const NEGLIGIBLE: f64 = 42.0;
/// Nodes in a group that counts or does not.
const GROUP: usize = LANES;
/// The density has dropped by `e^{-40}` this far from its peak, in units of `√v`.
const REACH: f64 = 9.0;
/// `ln √(2π)`.
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// The nodes and what is known there.
#[derive(Default)]
struct Grid {
    /// Distance of the nodes, in units of `√v`.
    step: f64,
    delta: Vec<f64>,
    /// The nodes counted from the first one: however small `√v` is, their distances are exact.
    place: Vec<f64>,
    /// `-βℓ`.
    tilt: Vec<f64>,
    /// `-β√v ℓ′`.
    force: Vec<f64>,
    /// `βv ℓ″`.
    stiff: Vec<f64>,
    /// Minus the derivative of the exponent by the parameter.
    cost: Vec<f64>,
    /// The second one.
    cost_cost: Vec<f64>,
    weight: Vec<f64>,
}

thread_local! {
    static GRID: RefCell<Grid> = RefCell::new(Grid::default());
}

/// Sums over nodes, relative to the largest term, with positions `d` in units of `√v`, forces `f` and
/// costs `c` measured from those at its node.
#[derive(Clone, Copy, Default)]
struct Sums {
    w: f64,
    d: f64,
    dd: f64,
    f: f64,
    ff: f64,
    s: f64,
    ddd: f64,
    dddd: f64,
    c: f64,
    cc: f64,
    cd: f64,
    second: f64,
}

/// Smallest and largest mean.
pub(super) fn ends<'a>(omega: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let fold = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
    omega.into_iter().fold(start, fold)
}

/// `ln Z` and derivatives at the means of these places.
pub(super) fn thermal(
    loss: &dyn Loss,
    (omega, places): (&[f64], &[usize]),
    v: f64,
    p: &Parameters,
    by: Option<By>,
    step: f64,
    out: &mut Jets,
) {
    let mut grid = GRID.take();
    grid.prepare(loss, (omega, places), v, p, by, step);
    let mut top = 0;
    for &i in places {
        let mean = grid.place_of(omega[i], v);
        top = grid.summit(mean, top);
        let range = grid.range(mean, top);
        let (sums, node, peak) = grid.sums(mean, range, by);
        let constant = step.ln() - LN_SQRT_2PI + peak;
        write(&sums, &grid, node, mean, v, constant, by, out, i);
    }
    GRID.set(grid);
}

/// Mean energy at the means of these places.
pub(super) fn mean_energy(
    loss: &dyn Loss,
    (omega, places): (&[f64], &[usize]),
    v: f64,
    p: &Parameters,
    step: f64,
    out: &mut [f64],
) {
    let mut grid = GRID.take();
    let by = Some(By::Control(Control::Beta));
    grid.prepare(loss, (omega, places), v, p, by, step);
    let mut top = 0;
    for &i in places {
        let mean = grid.place_of(omega[i], v);
        top = grid.summit(mean, top);
        let range = grid.range(mean, top);
        let weight = &mut grid.weight[..range.len()];
        let (place, tilt) = (&grid.place[range.clone()], &grid.tilt[range.clone()]);
        terms(place, tilt, mean, step, weight);
        let [mass, cost] = mass_and_cost(weight, &grid.cost[range]);
        out[i] = cost / mass;
    }
    GRID.set(grid);
}

#[inline(always)]
fn mass_and_cost_body<const F: bool>(weight: &[f64], cost: &[f64]) -> [f64; 2] {
    let mut s = [[0.0; LANES]; 2];
    let (weight, cost) = (weight.as_chunks::<LANES>().0, cost.as_chunks::<LANES>().0);
    for (w, c) in weight.iter().zip(cost) {
        for j in 0..LANES {
            s[0][j] += w[j];
            s[1][j] = k::fma::<F>(w[j], c[j], s[1][j]);
        }
    }
    s.map(fold)
}
dispatch! { fn mass_and_cost(weight: &[f64], cost: &[f64]) -> [f64; 2] = mass_and_cost_body }

/// Jets of one mean from its sums (GA.6, L.34).
#[allow(clippy::too_many_arguments, reason = "one caller")]
fn write(
    sums: &Sums,
    grid: &Grid,
    node: usize,
    mean: f64,
    v: f64,
    constant: f64,
    by: Option<By>,
    out: &mut Jets,
    i: usize,
) {
    let r = 1.0 / v.sqrt();
    let per = 1.0 / sums.w;
    let (d, f, s) = (sums.d * per, sums.f * per, sums.s * per);
    let (dd, ff) = (sums.dd * per - d * d, sums.ff * per - f * f);
    let mean = (grid.place[node] - mean) * grid.step + d;
    let pull = grid.force[node] + f;
    out.value[i] = constant + sums.w.ln();
    // By the position or by the force, whichever has the smaller terms.
    out.slope[i] = r * if pull.abs() < mean.abs() + 1.0 {
        pull
    } else {
        mean
    };
    out.bend[i] = r * r * if ff + s < 1.0 { ff - s } else { dd - 1.0 };
    let (g, b) = (out.slope[i], out.bend[i]);
    match by {
        None => {}
        Some(By::Variance) => {
            let third = sums.ddd * per - 3.0 * d * (sums.dd * per) + 2.0 * d * d * d;
            let raw4 = sums.dddd * per - 4.0 * d * sums.ddd * per + 6.0 * d * d * sums.dd * per
                - 3.0 * d * d * d * d;
            let (third, fourth) = (third * r * r * r, (raw4 - 3.0 * dd * dd) * r * r * r * r);
            out.by[i] = 0.5 * (b + g * g);
            out.slope_by[i] = 0.5 * third + g * b;
            out.by_by[i] = 0.25 * fourth + g * third + 0.5 * b * b + g * g * b;
        }
        Some(By::Control(_)) => {
            let c = sums.c * per;
            out.by[i] = -(grid.cost[node] + c);
            out.slope_by[i] = -(sums.cd * per - c * d) * r;
            out.by_by[i] = sums.cc * per - c * c - sums.second * per;
        }
    }
}

impl Grid {
    /// Nodes around all means, and the energy there.
    fn prepare(
        &mut self,
        loss: &dyn Loss,
        (omega, places): (&[f64], &[usize]),
        v: f64,
        p: &Parameters,
        by: Option<By>,
        step: f64,
    ) {
        let (root, chi) = (v.sqrt(), p.beta * v);
        let (low, high) = ends(places.iter().map(|&i| &omega[i]));
        let mut outer = [low, high];
        proximal(loss, &[low, high], chi, p, &mut outer);
        let from = low.min(outer[0]) - REACH * root;
        let to = high.max(outer[1]) + REACH * root;
        let count = ((to - from) / (step * root)) as usize + 2;
        let count = count.next_multiple_of(GROUP);
        self.step = step;
        self.delta.clear();
        self.delta
            .extend((0..count).map(|i| from + step * root * i as f64));
        self.place.clear();
        self.place.extend((0..count).map(|i| i as f64));
        for array in [
            &mut self.tilt,
            &mut self.force,
            &mut self.stiff,
            &mut self.weight,
        ] {
            array.resize(count, 0.0);
        }
        loss.energies(
            &self.delta,
            p,
            [&mut self.tilt, &mut self.force, &mut self.stiff],
        );
        self.cost.clear();
        self.cost_cost.clear();
        match by {
            Some(By::Control(Control::Beta)) => {
                self.cost.extend_from_slice(&self.tilt);
                self.cost_cost.resize(count, 0.0);
            }
            Some(By::Control(control)) => {
                for &delta in &self.delta {
                    let [first, _, second] = loss.energy_by(delta, control, p);
                    self.cost.push(p.beta * first);
                    self.cost_cost.push(p.beta * second);
                }
            }
            _ => {}
        }
        for i in 0..count {
            self.tilt[i] *= -p.beta;
            self.force[i] *= -p.beta * root;
            self.stiff[i] *= chi;
        }
    }

    /// The place of a mean among the nodes.
    fn place_of(&self, omega: f64, v: f64) -> f64 {
        (omega - self.delta[0]) / (self.step * v.sqrt())
    }

    fn height(&self, group: usize, mean: f64) -> f64 {
        let i = (group * GROUP).min(self.place.len() - 1);
        let x = (self.place[i] - mean) * self.step;
        self.tilt[i] - 0.5 * x * x
    }

    /// The group whose first node has the largest term, uphill from `start`: there is one peak.
    fn summit(&self, mean: f64, start: usize) -> usize {
        let groups = self.delta.len() / GROUP;
        let height = |group: usize| self.height(group, mean);
        let mut at = start.min(groups - 1);
        let mut here = height(at);
        while at + 1 < groups && height(at + 1) > here {
            at += 1;
            here = height(at);
        }
        while at > 0 && height(at - 1) > here {
            at -= 1;
            here = height(at);
        }
        at
    }

    /// The nodes that count.
    fn range(&self, mean: f64, top: usize) -> std::ops::Range<usize> {
        let groups = self.delta.len() / GROUP;
        let least = self.height(top, mean) - NEGLIGIBLE;
        let reach = |first: usize| self.height(first, mean) > least;
        let mut first = top;
        while first > 0 && reach(first) {
            first -= 1;
        }
        let mut last = top + 1;
        while last < groups && reach(last) {
            last += 1;
        }
        first * GROUP..last.min(groups) * GROUP
    }

    fn sums(
        &mut self,
        mean: f64,
        range: std::ops::Range<usize>,
        by: Option<By>,
    ) -> (Sums, usize, f64) {
        let (start, n) = (range.start, range.len());
        let weight = &mut self.weight[..n];
        let step = self.step;
        let (node, peak) = terms(
            &self.place[range.clone()],
            &self.tilt[range.clone()],
            mean,
            step,
            weight,
        );
        let node = start + node;
        let mut sums = Sums::default();
        let at = [self.place[node], self.force[node]];
        let arrays = [
            &self.place[range.clone()],
            &self.force[range.clone()],
            &self.stiff[range.clone()],
        ];
        moments(weight, arrays, at, step, &mut sums);
        match by {
            None => {}
            Some(By::Variance) => higher(weight, arrays[0], at[0], step, &mut sums),
            Some(By::Control(_)) => costs(
                weight,
                [arrays[0], &self.cost[range.clone()], &self.cost_cost[range]],
                [at[0], self.cost[node]],
                step,
                &mut sums,
            ),
        }
        (sums, node, peak)
    }
}

type Lanes = [f64; LANES];

#[inline(always)]
fn terms_body<const F: bool>(
    delta: &[f64],
    tilt: &[f64],
    omega: f64,
    r: f64,
    weight: &mut [f64],
) -> (usize, f64) {
    let n = weight.len();
    let (delta, tilt) = (&delta[..n], &tilt[..n]);
    for i in 0..n {
        let x = (delta[i] - omega) * r;
        weight[i] = k::fma::<F>(-0.5 * x, x, tilt[i]);
    }
    let mut most: Lanes = [f64::NEG_INFINITY; LANES];
    for chunk in weight.as_chunks::<LANES>().0 {
        for j in 0..LANES {
            most[j] = if chunk[j] > most[j] {
                chunk[j]
            } else {
                most[j]
            };
        }
    }
    let peak = most.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    let node = weight.iter().position(|w| *w == peak).unwrap_or(0);
    for w in weight.iter_mut() {
        *w = k::exp::<F>(*w - peak);
    }
    (node, peak)
}
dispatch! { pub(super) fn terms(delta: &[f64], tilt: &[f64], omega: f64, r: f64, weight: &mut [f64]) -> (usize, f64) = terms_body }

#[inline(always)]
fn moments_body<const F: bool>(
    weight: &[f64],
    [delta, force, stiff]: [&[f64]; 3],
    [centre, base]: [f64; 2],
    r: f64,
    sums: &mut Sums,
) {
    let mut s = [[0.0; LANES]; 6];
    let (weight, delta) = (weight.as_chunks::<LANES>().0, delta.as_chunks::<LANES>().0);
    let (force, stiff) = (force.as_chunks::<LANES>().0, stiff.as_chunks::<LANES>().0);
    for (((w, d), f), a) in weight.iter().zip(delta).zip(force).zip(stiff) {
        for j in 0..LANES {
            let (d, f) = ((d[j] - centre) * r, f[j] - base);
            let (wd, wf) = (w[j] * d, w[j] * f);
            s[0][j] += w[j];
            s[1][j] += wd;
            s[2][j] = k::fma::<F>(wd, d, s[2][j]);
            s[3][j] += wf;
            s[4][j] = k::fma::<F>(wf, f, s[4][j]);
            s[5][j] = k::fma::<F>(w[j], a[j], s[5][j]);
        }
    }
    [sums.w, sums.d, sums.dd, sums.f, sums.ff, sums.s] = s.map(fold);
}
dispatch! { fn moments(weight: &[f64], arrays: [&[f64]; 3], at: [f64; 2], r: f64, sums: &mut Sums) = moments_body }

#[inline(always)]
fn higher_body<const F: bool>(weight: &[f64], delta: &[f64], centre: f64, r: f64, sums: &mut Sums) {
    let mut s = [[0.0; LANES]; 2];
    let (weight, delta) = (weight.as_chunks::<LANES>().0, delta.as_chunks::<LANES>().0);
    for (w, d) in weight.iter().zip(delta) {
        for j in 0..LANES {
            let d = (d[j] - centre) * r;
            let cube = w[j] * d * d * d;
            s[0][j] += cube;
            s[1][j] = k::fma::<F>(cube, d, s[1][j]);
        }
    }
    [sums.ddd, sums.dddd] = s.map(fold);
}
dispatch! { fn higher(weight: &[f64], delta: &[f64], centre: f64, r: f64, sums: &mut Sums) = higher_body }

#[inline(always)]
fn costs_body<const F: bool>(
    weight: &[f64],
    [delta, cost, second]: [&[f64]; 3],
    [centre, base]: [f64; 2],
    r: f64,
    sums: &mut Sums,
) {
    let mut s = [[0.0; LANES]; 4];
    let (weight, delta) = (weight.as_chunks::<LANES>().0, delta.as_chunks::<LANES>().0);
    let (cost, second) = (cost.as_chunks::<LANES>().0, second.as_chunks::<LANES>().0);
    for (((w, d), c), a) in weight.iter().zip(delta).zip(cost).zip(second) {
        for j in 0..LANES {
            let (d, c) = ((d[j] - centre) * r, c[j] - base);
            let wc = w[j] * c;
            s[0][j] += wc;
            s[1][j] = k::fma::<F>(wc, c, s[1][j]);
            s[2][j] = k::fma::<F>(wc, d, s[2][j]);
            s[3][j] = k::fma::<F>(w[j], a[j], s[3][j]);
        }
    }
    [sums.c, sums.cc, sums.cd, sums.second] = s.map(fold);
}
dispatch! { fn costs(weight: &[f64], arrays: [&[f64]; 3], at: [f64; 2], r: f64, sums: &mut Sums) = costs_body }
