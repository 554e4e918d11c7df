//! Steps of the trapezoidal rule for the tilted measure of a smooth convex energy (L.33, L.39).
//!
//! How fast the exponent grows off the real axis depends on where the density lies: an energy that is
//! stiff at its centre is hardly felt by a mean whose density stays away from it. Steps are therefore
//! found at means some way apart, and each mean takes the shorter one of its neighbours.

use super::proximal::proximal;
use super::shared::ends;
use crate::math::Feature;
use crate::math::wide::{LANES, dispatch, kernels as k};
use crate::model::Parameters;
use crate::model::loss::Loss;
use std::cell::Cell;
use std::f64::consts::{PI, SQRT_2};

/// Terms of the error are below `e^{-44}`.
const ACCURACY: f64 = 44.0;
/// Heights above the real axis, in units of `√v`, farther than which none is best.
const HIGHEST: f64 = 10.0;
/// Heights that are tried.
const HEIGHTS: usize = 15;
/// With smaller steps than this each mean gets panels of its own.
const LEAST_STEP: f64 = 0.01;
/// Where one step for all means is shorter than the longest by no more than this, all take it.
const ALIKE: f64 = 0.7;
/// Means at which steps are found, for each scale of the energy, and how many at most.
const PER_SCALE: f64 = 2.0;
const MOST: f64 = 256.0;
/// Stabilities on either side of the peak at which the growth is looked at; they lie densest there.
const SIDE: usize = 3 * LANES;
/// How far from the peak that is, in units of `√v`: the density has dropped by `e^{-44}`.
const REACH: f64 = 9.4;
/// Nodes for each mean, and for all, up to which they are shared.
const NODES: [usize; 2] = [48, 512];

/// Which means share nodes, and of which step.
#[derive(Default)]
pub(super) struct Plan {
    /// A step and the means, by their places, that share nodes of it; a single one has its own.
    pub shared: Vec<(f64, Vec<usize>)>,
    /// Means with panels of their own.
    pub alone: Vec<usize>,
    /// Arrays that are not in use.
    spare: Vec<Vec<usize>>,
    features: Vec<Feature>,
}

thread_local! {
    static PLAN: Cell<Plan> = Cell::default();
}

impl Plan {
    /// Runs a closure with this thread's plan, whose arrays are kept, made for this energy and these means.
    pub fn with<R>(
        (loss, omega): (&dyn Loss, &[f64]),
        v: f64,
        p: &Parameters,
        run: impl FnOnce(&Plan) -> R,
    ) -> R {
        let mut plan = PLAN.take();
        plan.make(loss, omega, v, p);
        let out = run(&plan);
        PLAN.set(plan);
        out
    }

    fn make(&mut self, loss: &dyn Loss, omega: &[f64], v: f64, p: &Parameters) {
        let emptied = self.shared.drain(..).map(|(_, means)| means);
        self.spare.extend(emptied);
        self.alone.clear();
        let mut features = std::mem::take(&mut self.features);
        features.clear();
        loss.features(p, &mut features);
        self.sort(loss, omega, (v, &features), p);
        self.features = features;
    }

    /// An empty array of places.
    fn places(&mut self) -> Vec<usize> {
        let mut places = self.spare.pop().unwrap_or_default();
        places.clear();
        places
    }

    /// Sorts the means by the step that their densities ask for.
    fn sort(
        &mut self,
        loss: &dyn Loss,
        omega: &[f64],
        (v, features): (f64, &[Feature]),
        p: &Parameters,
    ) {
        let kinks = features.iter().any(|f| f.width == 0.0);
        if kinks || !loss.convex() {
            self.alone.extend(0..omega.len());
            return;
        }
        let (root, chi) = (v.sqrt(), p.beta * v);
        let narrowest = features.iter().fold(f64::INFINITY, |w, f| w.min(f.width));
        let heights_here = heights(root / narrowest);
        let longest = best_step(&heights_here, |_| 0.0);
        let mut step = longest;
        for feature in features {
            let bend = chi * loss.energy(feature.centre, p)[2].max(0.0);
            let heights = heights(root / feature.width);
            step = step.min(best_step(&heights, |cosine| bend * cosine));
        }
        if step >= ALIKE * longest {
            let mut means = self.places();
            means.extend(0..omega.len());
            self.add(step, means, omega, root);
            return;
        }
        let (low, high) = ends(omega);
        let count = (PER_SCALE * (high - low) / narrowest)
            .ceil()
            .clamp(1.0, MOST);
        let spacing = (high - low) / count;
        let anchors: Vec<f64> = (0..=count as usize)
            .map(|i| low + spacing * i as f64)
            .collect();
        let levels = levels(loss, &anchors, v, p, (&heights_here, longest));
        self.graded(omega, root, |mean| {
            let at = ((mean - low) / spacing) as usize;
            let at = at.min(levels.len() - 2);
            let level = levels[at].max(levels[at + 1]);
            (level, longest * SQRT_2.powi(-i32::from(level)))
        });
    }

    /// Means of one level share their nodes.
    fn graded(&mut self, omega: &[f64], root: f64, level: impl Fn(f64) -> (u8, f64)) {
        let mut groups: Vec<(f64, Vec<usize>)> = Vec::new();
        for (i, &mean) in omega.iter().enumerate() {
            let (level, step) = level(mean);
            let level = usize::from(level);
            while groups.len() <= level {
                groups.push((0.0, self.places()));
            }
            groups[level].0 = step;
            groups[level].1.push(i);
        }
        for (step, means) in groups {
            if means.is_empty() {
                self.spare.push(means);
            } else {
                self.add(step, means, omega, root);
            }
        }
    }

    /// These means at this step, if it is not too short: on nodes that they share, or where these would
    /// be too many, on as many for each.
    fn add(&mut self, step: f64, mut means: Vec<usize>, omega: &[f64], root: f64) {
        let (low, high) = ends(means.iter().map(|&i| &omega[i]));
        let nodes = (high - low) / (step * root);
        let few = nodes < (NODES[0] * means.len() + NODES[1]) as f64;
        if step < LEAST_STEP {
            self.alone.append(&mut means);
            self.spare.push(means);
        } else if few {
            self.shared.push((step, means));
        } else {
            for i in means.drain(..) {
                let mut single = self.places();
                single.push(i);
                self.shared.push((step, single));
            }
            self.spare.push(means);
        }
    }
}

type Heights = [[f64; 2]; HEIGHTS];

/// Heights up to the singularity of an energy of scale `1/c`, in units of `√v`, and `-ln cos(cy)/c²`.
fn heights(c: f64) -> Heights {
    let reach = HIGHEST.min(0.5 * PI / c);
    std::array::from_fn(|k| {
        let y = reach * (k + 1) as f64 / (HEIGHTS + 1) as f64;
        let cosine = if c * y > 1e-3 {
            -(c * y).cos().ln() / (c * c)
        } else {
            0.5 * y * y
        };
        [y, cosine]
    })
}

/// Largest step whose error is below the accuracy, for an exponent that at height `y` above the real
/// axis grows by `½y²` and what `growth` makes of `-ln cos(cy)/c²` (L.33).
fn best_step(heights: &Heights, growth: impl Fn(f64) -> f64) -> f64 {
    let step = |&[y, cosine]: &[f64; 2]| 2.0 * PI * y / (ACCURACY + 0.5 * y * y + growth(cosine));
    heights.iter().map(step).fold(0.0, f64::max)
}

#[inline(always)]
fn growth_body<const F: bool>(bend: &[f64], drop: &[f64], factor: f64) -> f64 {
    let mut most = [0.0; LANES];
    let (bend, drop) = (bend.as_chunks::<LANES>().0, drop.as_chunks::<LANES>().0);
    for (b, d) in bend.iter().zip(drop) {
        for j in 0..LANES {
            let growth = k::fma::<F>(b[j], factor, -d[j]);
            most[j] = if growth > most[j] { growth } else { most[j] };
        }
    }
    most.into_iter().fold(0.0, f64::max)
}

dispatch! {
    /// The largest of `B f - D`, or zero (L.39).
    fn growth(bend: &[f64], drop: &[f64], factor: f64) -> f64 = growth_body
}

/// By how many factors `√2` the step at each mean is shorter than the longest (L.39).
fn levels(
    loss: &dyn Loss,
    means: &[f64],
    v: f64,
    p: &Parameters,
    (heights, longest): (&Heights, f64),
) -> Vec<u8> {
    let (root, chi) = (v.sqrt(), p.beta * v);
    let mut peaks = means.to_vec();
    proximal(loss, means, chi, p, &mut peaks);
    let around = |peak: f64| {
        (0..2 * SIDE).map(move |j| {
            let (side, j) = if j < SIDE { (-1.0, j) } else { (1.0, j - SIDE) };
            let share = j as f64 / (SIDE - 1) as f64;
            peak + side * REACH * root * share * share
        })
    };
    let delta: Vec<f64> = peaks.iter().flat_map(|&peak| around(peak)).collect();
    let mut jets = [(); 3].map(|()| vec![0.0; delta.len()]);
    let [value, slope, bend] = &mut jets;
    loss.energies(&delta, p, [value, slope, bend]);
    let level = |(i, &mean): (usize, &f64)| {
        let at = 2 * SIDE * i..2 * SIDE * (i + 1);
        let (delta, value, bend) = (&delta[at.clone()], &value[at.clone()], &bend[at]);
        let cost = |j: usize| {
            let x = (delta[j] - mean) / root;
            0.5 * x * x + p.beta * value[j]
        };
        // The peak comes first.
        let least = cost(0);
        let drops: [f64; 2 * SIDE] = std::array::from_fn(|j| cost(j) - least);
        let step = best_step(heights, |cosine| growth(bend, &drops, chi * cosine));
        (2.0 * (longest / step).log2()).ceil().clamp(0.0, 100.0) as u8
    };
    means.iter().enumerate().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{thermal, with_density};
    use super::*;
    use crate::model::loss::CrossEntropy;
    use crate::model::site::Jets;

    /// `ln Z` and its slope on panels around one mean.
    fn on_panels(mean: f64, v: f64, p: &Parameters) -> [f64; 2] {
        with_density(|density| {
            density.prepare(&CrossEntropy, mean, v, p, None);
            let value = density.total.ln() + density.peak - 0.5 * (2.0 * PI).ln();
            [value, density.average(|x| x) / v.sqrt()]
        })
    }

    #[test]
    fn stiff_energies_are_summed_with_steps_of_each_mean() {
        let omega: Vec<f64> = (0..=400).map(|i| -14.0 + 0.07 * f64::from(i)).collect();
        let mut jets = Jets::default();
        let mut steps = 0;
        for (gamma, beta) in [
            (3.0, 800.0),
            (2.0, 100.0),
            (0.5, 126.0),
            (1.0, 3.0),
            (6.0, 40.0),
        ] {
            for v in [0.4, 0.2, 0.05, 1e-3, 1e-7] {
                let p = Parameters {
                    gamma,
                    beta,
                    ..Parameters::default()
                };
                let mut plan = Plan::default();
                plan.make(&CrossEntropy, &omega, v, &p);
                assert!(plan.alone.is_empty(), "{gamma} {beta} {v}");
                let few = plan.shared.iter().filter(|group| group.1.len() > 1);
                steps = steps.max(few.count());
                thermal(&CrossEntropy, &omega, v, &p, None, &mut jets);
                for (i, &mean) in omega.iter().enumerate() {
                    let [value, slope] = on_panels(mean, v, &p);
                    let off = (jets.value[i] - value).abs() / (1.0 + value.abs());
                    assert!(off < 1e-13, "{gamma} {beta} {v} {mean}: {off:e}");
                    let off = (jets.slope[i] - slope).abs() * v.sqrt();
                    let size = 1.0 + slope.abs() * v.sqrt();
                    assert!(
                        off < 1e-12 * size,
                        "{gamma} {beta} {v} {mean}: slope {off:e}"
                    );
                }
            }
        }
        assert!(steps > 2, "{steps} steps at most");
    }
}
