//! The local functions of a loss: its closed forms where it has them, else by quadrature of the tilted
//! measure `N(Δ; ω, v) e^{-βℓ(Δ)}`, and by Newton's method for its proximal points.

mod cut;
mod proximal;
mod shared;

mod steps;

use super::loss::{Loss, features_of};
use super::site::{By, Jets};
use super::{Control, Parameters};
use crate::math::gauss::{graded_panels, panel_nodes};
use crate::math::{Feature, wide};
use std::cell::Cell;
use steps::Plan;

pub use proximal::{envelope, proximal};

/// Half-width of the domain in units of `√v`: the density has dropped by `e^{-40}`.
const REACH: f64 = 9.0;
/// `ln √(2π)`.
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// Nodes of one tilted measure, in units of `√v` from its mean, with their weights.
#[derive(Default)]
struct Density {
    x: Vec<f64>,
    weight: Vec<f64>,
    total: f64,
    peak: f64,
    /// Room for intermediate results.
    room: [Vec<f64>; 4],
}

thread_local! {
    static DENSITY: Cell<Density> = Cell::default();
}

/// Runs a closure with this thread's arrays; nested calls get fresh ones.
fn with_density<R>(run: impl FnOnce(&mut Density) -> R) -> R {
    let mut density = DENSITY.take();
    let out = run(&mut density);
    DENSITY.set(density);
    out
}

impl Density {
    /// Places the nodes for this mean, with a panel end at `cut`.
    fn prepare(&mut self, loss: &dyn Loss, omega: f64, v: f64, p: &Parameters, cut: Option<f64>) {
        let (root, chi) = (v.sqrt(), p.beta * v);
        let mut top = [omega];
        proximal(loss, &[omega], chi, p, &mut top);
        let [top] = top;
        let bend = loss.energy(top, p)[2].max(0.0);
        let centre = (top - omega) / root;
        let mut features = vec![Feature {
            centre,
            width: 1.0 / (1.0 + chi * bend).sqrt(),
        }];
        features.extend(features_of(loss, p).iter().map(|f| Feature {
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
        let nodes = panel_nodes(&graded_panels(low, high, 1.5, &features));
        self.x.clear();
        self.x.extend(nodes.iter().map(|node| node.0));
        self.weigh(loss, omega, root, p);
        for (weight, node) in self.weight.iter_mut().zip(&nodes) {
            *weight *= node.1;
        }
        self.total = self.weight.iter().sum();
    }

    /// The density at the nodes relative to its largest value there.
    fn weigh(&mut self, loss: &dyn Loss, omega: f64, root: f64, p: &Parameters) {
        let [delta, energy, slope, bend] = &mut self.room;
        delta.clear();
        delta.extend(self.x.iter().map(|x| omega + root * x));
        for array in [&mut *energy, slope, bend, &mut self.weight] {
            array.resize(delta.len(), 0.0);
        }
        loss.energies(delta, p, [&mut *energy, slope, bend]);
        for (energy, x) in energy.iter_mut().zip(&self.x) {
            *energy = -0.5 * x * x - p.beta * *energy;
        }
        self.peak = energy.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for energy in energy.iter_mut() {
            *energy -= self.peak;
        }
        wide::exp(energy, &mut self.weight);
    }

    fn average(&self, f: impl Fn(f64) -> f64) -> f64 {
        let terms = self.x.iter().zip(&self.weight);
        terms.map(|(&x, w)| w * f(x)).sum::<f64>() / self.total
    }
}

/// `ln Z_ℓ` and its derivatives, by quadrature (GA.6) where there is no closed form.
pub fn thermal(
    loss: &dyn Loss,
    omega: &[f64],
    v: f64,
    p: &Parameters,
    by: Option<By>,
    out: &mut Jets,
) {
    if loss.thermal(omega, v, p, by, out) {
        return;
    }
    out.resize(omega.len(), by.is_some());
    Plan::with((loss, omega), v, p, |plan| {
        for (step, places) in &plan.shared {
            shared::thermal(loss, (omega, places), v, p, by, *step, out);
        }
        with_density(|density| {
            for &i in &plan.alone {
                density.prepare(loss, omega[i], v, p, None);
                density.write(loss, omega[i], v, p, by, out, i);
            }
        });
    });
}

impl Density {
    /// Writes the jets at one mean.
    #[allow(clippy::too_many_arguments, reason = "one call, split for length")]
    fn write(
        &self,
        loss: &dyn Loss,
        field: f64,
        v: f64,
        p: &Parameters,
        by: Option<By>,
        out: &mut Jets,
        i: usize,
    ) {
        let root = v.sqrt();
        let mean = self.average(|x| x);
        let second = self.average(|x| (x - mean).powi(2));
        out.value[i] = self.total.ln() + self.peak - LN_SQRT_2PI;
        out.slope[i] = mean / root;
        out.bend[i] = (second - 1.0) / v;
        let (g, b) = (out.slope[i], out.bend[i]);
        match by {
            None => {}
            Some(By::Variance) => {
                let third = self.average(|x| (x - mean).powi(3)) / (v * root);
                let fourth = self.average(|x| (x - mean).powi(4)) - 3.0 * second * second;
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
                let average = self.average(|x| cost(x)[0]);
                out.by[i] = -average;
                out.slope_by[i] = -self.average(|x| (cost(x)[0] - average) * (x - mean)) / root;
                out.by_by[i] =
                    self.average(|x| (cost(x)[0] - average).powi(2)) - self.average(|x| cost(x)[1]);
            }
        }
    }
}

/// Mean energy under the tilted measure.
pub fn mean_energy(loss: &dyn Loss, omega: &[f64], v: f64, p: &Parameters, out: &mut [f64]) {
    if loss.mean_energy(omega, v, p, out) {
        return;
    }
    Plan::with((loss, omega), v, p, |plan| {
        for (step, places) in &plan.shared {
            shared::mean_energy(loss, (omega, places), v, p, *step, out);
        }
        let root = v.sqrt();
        with_density(|density| {
            for &i in &plan.alone {
                let field = omega[i];
                density.prepare(loss, field, v, p, None);
                out[i] = density.average(|x| loss.energy(field + root * x, p)[0]);
            }
        });
    });
}

/// Probability of `Δ < 0` under the tilted measure.
pub fn error_probability(loss: &dyn Loss, omega: &[f64], v: f64, p: &Parameters, out: &mut [f64]) {
    if loss.error_probability(omega, v, p, out) {
        return;
    }
    if loss.convex() {
        return cut::error_probability(loss, omega, v, p, out);
    }
    with_density(|density| {
        for (out, &field) in out.iter_mut().zip(omega) {
            let cut = -field / v.sqrt();
            density.prepare(loss, field, v, p, Some(cut));
            *out = density.average(|x| f64::from(u8::from(x < cut)));
        }
    });
}

/// Where the envelope bends: images of the energy's features under `Δ ↦ Δ + χ ℓ′(Δ)`.
pub fn envelope_features(loss: &dyn Loss, chi: f64, p: &Parameters, out: &mut Vec<Feature>) {
    if !loss.envelope_features(chi, p, out) {
        images(loss, chi, p, out);
    }
}

fn images(loss: &dyn Loss, chi: f64, p: &Parameters, out: &mut Vec<Feature>) {
    for feature in features_of(loss, p) {
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

/// Where `ln Z_ℓ` varies fast: the same smoothed by the variance.
pub fn thermal_features(loss: &dyn Loss, v: f64, p: &Parameters, out: &mut Vec<Feature>) {
    if loss.thermal_features(v, p, out) {
        return;
    }
    let start = out.len();
    images(loss, p.beta * v, p, out);
    for feature in &mut out[start..] {
        feature.width = (feature.width * feature.width + v).sqrt();
    }
}
