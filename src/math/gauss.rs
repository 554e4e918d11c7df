//! Gaussian averages that adapt to the step which forms as an overlap tends to one.
//!
//! The average `∫Dz f(z)` (equation GA.1) is a sum of 20-point Gauss–Legendre panels. Panels are
//! graded towards *features* (GA.3, GA.4): places where the integrand varies on a scale much
//! smaller than one, such as `κ/√q` with width `√((1-q)/q)`. A [`GaussMeasure`] is an ordinary list
//! of nodes, so that it can be frozen while a Newton iteration runs (GA.7).

use super::real::Real;
use super::wide;
use gauss_quad::GaussLegendre;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

/// Nodes per panel.
pub const ORDER: usize = 20;
/// Nodes per panel of light measures, which are refined to [`ORDER`] first.
const LIGHT: usize = 12;
/// Where the Gaussian measure is cut: `H(9.5) ≈ 1e-21`.
pub const CUT: f64 = 9.5;
/// Longest panel: the Gaussian itself is resolved to 1e-16 by 20 nodes on it.
const LONGEST: f64 = 3.2;
/// Adaptive refinement stops at this depth and this number of panels whatever the integrand does:
/// rounding noise must not be chased.
const DEEPEST: u32 = 24;
const MOST_PANELS: usize = 400;

/// A value with an estimate of its absolute error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Absolute error estimate.
    pub error: f64,
}

/// A place where an integrand varies on a small scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    /// Position on the real axis.
    pub centre: f64,
    /// Scale of variation; zero for a kink, at which a panel must end.
    pub width: f64,
}

/// Nodes and weights of `∫Dz`, or of any part of it.
#[derive(Clone, Debug)]
pub struct GaussMeasure {
    panels: Vec<(f64, f64)>,
    nodes: Vec<(f64, f64)>,
    positions: Vec<f64>,
    weights: Vec<f64>,
    light: bool,
}

fn rule(order: usize) -> Vec<(f64, f64)> {
    let order = NonZeroUsize::new(order).unwrap_or(NonZeroUsize::MIN);
    GaussLegendre::new(order).as_node_weight_pairs().to_vec()
}

/// The 20-point Gauss–Legendre rule on `[-1, 1]`.
fn legendre() -> &'static [(f64, f64)] {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    RULE.get_or_init(|| rule(ORDER))
}

/// The 12-point rule.
fn light_legendre() -> &'static [(f64, f64)] {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    RULE.get_or_init(|| rule(LIGHT))
}

/// `∫_a^b f(x) dx` by one 20-point Gauss–Legendre panel.
pub fn panel_integral(a: f64, b: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
    half * legendre()
        .iter()
        .map(|&(x, w)| w * f(centre + half * x))
        .sum::<f64>()
}

/// Nodes and weights of `∫ dx` over consecutive panels.
pub fn panel_nodes(panels: &[(f64, f64)]) -> Vec<(f64, f64)> {
    nodes_by(legendre(), panels)
}

fn nodes_by(rule: &[(f64, f64)], panels: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut nodes = Vec::with_capacity(panels.len() * rule.len());
    for &(a, b) in panels {
        let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
        nodes.extend(rule.iter().map(|&(x, w)| (centre + half * x, half * w)));
    }
    nodes
}

/// Positions and Gaussian weights of the nodes of consecutive panels.
fn fill_panels(
    rule: &[(f64, f64)],
    panels: &[(f64, f64)],
    positions: &mut Vec<f64>,
    weights: &mut Vec<f64>,
) {
    positions.clear();
    positions.reserve(panels.len() * rule.len());
    for &(a, b) in panels {
        let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
        positions.extend(rule.iter().map(|&(x, _)| centre + half * x));
    }
    weights.resize(positions.len(), 0.0);
    wide::gauss(positions, weights);
    for (chunk, &(a, b)) in weights.chunks_exact_mut(rule.len()).zip(panels) {
        let half = 0.5 * (b - a);
        for (weight, &(_, w)) in chunk.iter_mut().zip(rule) {
            *weight *= half * w;
        }
    }
}

/// Splits `[a, b]` until no panel is long against its distance from any feature.
fn grade(a: f64, b: f64, longest: f64, features: &[Feature], panels: &mut Vec<(f64, f64)>) {
    let mid = 0.5 * (a + b);
    let too_long = b - a > longest
        || features
            .iter()
            .any(|f| b - a > (2.0 * f.width).max(1.5 * (mid - f.centre).abs()));
    if too_long && b - a > 1e-13 * (1.0 + mid.abs()) {
        grade(a, mid, longest, features, panels);
        grade(mid, b, longest, features, panels);
    } else {
        panels.push((a, b));
    }
}

/// Panels covering `[a, b]`, graded towards the features and broken at them.
pub fn graded_panels(a: f64, b: f64, longest: f64, features: &[Feature]) -> Vec<(f64, f64)> {
    let smooth: Vec<Feature> = features.iter().copied().filter(|f| f.width > 0.0).collect();
    let mut cuts: Vec<f64> = features
        .iter()
        .map(|f| f.centre)
        .filter(|c| *c > a && *c < b)
        .collect();
    cuts.push(b);
    cuts.sort_by(f64::total_cmp);
    let (mut panels, mut left) = (Vec::new(), a);
    for cut in cuts {
        if cut - left > 1e-12 * (1.0 + left.abs()) {
            grade(left, cut, longest, &smooth, &mut panels);
            left = cut;
        }
    }
    panels
}

/// Splits panels until halving one changes its integral by less than `tolerance` times the sum of
/// the magnitudes of all of them.
pub fn refine_adaptively(
    panels: &[(f64, f64)],
    tolerance: f64,
    mut f: impl FnMut(f64) -> f64,
) -> Vec<(f64, f64)> {
    let mut work: Vec<(f64, f64, f64, u32)> = Vec::new();
    for &(a, b) in panels.iter().rev() {
        work.push((a, b, panel_integral(a, b, &mut f), 0));
    }
    let scale = work.iter().map(|w| w.2.abs()).sum::<f64>();
    let mut done = Vec::with_capacity(panels.len());
    while let Some((a, b, whole, depth)) = work.pop() {
        let mid = 0.5 * (a + b);
        let (left, right) = (
            panel_integral(a, mid, &mut f),
            panel_integral(mid, b, &mut f),
        );
        let resolved = (left + right - whole).abs() <= tolerance * scale;
        let enough = depth >= DEEPEST || done.len() + work.len() >= MOST_PANELS;
        if resolved || enough || b - a < 1e-13 * (1.0 + mid.abs()) {
            done.push((a, b));
        } else {
            work.push((mid, b, right, depth + 1));
            work.push((a, mid, left, depth + 1));
        }
    }
    done
}

impl GaussMeasure {
    fn from_panels(panels: Vec<(f64, f64)>, light: bool) -> Self {
        let rule = if light { light_legendre() } else { legendre() };
        let (mut positions, mut weights) = (Vec::new(), Vec::new());
        fill_panels(rule, &panels, &mut positions, &mut weights);
        let nodes = positions
            .iter()
            .copied()
            .zip(weights.iter().copied())
            .collect();
        GaussMeasure {
            panels,
            nodes,
            positions,
            weights,
            light,
        }
    }

    /// A measure without nodes: of an average that has a closed form.
    pub fn empty() -> Self {
        Self::from_panels(Vec::new(), false)
    }

    /// A measure graded towards the given features. With none it integrates functions that vary
    /// on the scale of one.
    pub fn graded(features: &[Feature]) -> Self {
        Self::from_panels(graded_panels(-CUT, CUT, LONGEST, features), false)
    }

    /// The same over another range, for integrands that fall off more slowly than the Gaussian measure
    /// lets them.
    pub fn graded_over((low, high): (f64, f64), features: &[Feature]) -> Self {
        Self::from_panels(graded_panels(low, high, LONGEST, features), false)
    }

    /// The same panels with half the nodes: accurate to about 1e-9, and its refinement as accurate as
    /// a graded measure. For averages whose integrand is an average itself.
    pub fn light(features: &[Feature]) -> Self {
        Self::light_over((-CUT, CUT), features)
    }

    /// A light measure over another range: for integrands that grow like a Gaussian themselves.
    pub fn light_over((low, high): (f64, f64), features: &[Feature]) -> Self {
        Self::from_panels(graded_panels(low, high, LONGEST, features), true)
    }

    /// This measure with panels split wherever `f` is not yet resolved to `tolerance` (relative to
    /// `∫Dz |f|`).
    pub fn resolving(&self, tolerance: f64, f: impl Fn(f64) -> f64) -> Self {
        let weighted = |z: f64| super::special::gauss(z) * f(z);
        Self::from_panels(
            refine_adaptively(&self.panels, tolerance, weighted),
            self.light,
        )
    }

    /// The same for a function that fills a batch: panels are halved generation by generation, all of
    /// one in one call. `f(z, y)` gives `y` the length of `z` and fills it. Where the integrand is not
    /// finite, or zero at every node, nothing is refined.
    pub fn resolving_batch(
        &self,
        tolerance: f64,
        f: &mut dyn FnMut(&[f64], &mut Vec<f64>),
    ) -> Self {
        let (mut z, mut w, mut y) = (Vec::new(), Vec::new(), Vec::new());
        let sums = |w: &[f64], y: &[f64], order: usize| -> Vec<f64> {
            let pairs = w.chunks_exact(order).zip(y.chunks_exact(order));
            pairs.map(|(w, y)| wide::dot(w, y)).collect()
        };
        let order = if self.light { LIGHT } else { ORDER };
        f(&self.positions, &mut y);
        let wholes = sums(&self.weights, &y, order);
        let scale = wholes.iter().map(|w| w.abs()).sum::<f64>();
        if !scale.is_finite() || scale == 0.0 {
            return self.clone();
        }
        let mut pending: Vec<((f64, f64), f64)> = self.panels.iter().copied().zip(wholes).collect();
        let mut done = Vec::with_capacity(self.panels.len());
        let rule = if self.light {
            light_legendre()
        } else {
            legendre()
        };
        for depth in 0..=DEEPEST {
            let halves: Vec<(f64, f64)> = pending
                .iter()
                .flat_map(|&((a, b), _)| [(a, 0.5 * (a + b)), (0.5 * (a + b), b)])
                .collect();
            fill_panels(rule, &halves, &mut z, &mut w);
            f(&z, &mut y);
            let parts = sums(&w, &y, order);
            let mut next = Vec::new();
            for (i, &((a, b), whole)) in pending.iter().enumerate() {
                let (left, right) = (parts[2 * i], parts[2 * i + 1]);
                let mid = 0.5 * (a + b);
                let resolved = (left + right - whole).abs() <= tolerance * scale;
                let crowded = done.len() + pending.len() - i + next.len() >= MOST_PANELS;
                let enough = depth == DEEPEST || crowded;
                if resolved || enough || b - a < 1e-13 * (1.0 + mid.abs()) {
                    done.push((a, b));
                } else {
                    next.extend([((a, mid), left), ((mid, b), right)]);
                }
            }
            if next.is_empty() {
                break;
            }
            pending = next;
        }
        if done.len() == self.panels.len() {
            return self.clone();
        }
        done.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self::from_panels(done, self.light)
    }

    /// The same measure with every panel halved, or a light one with all its nodes: the second
    /// opinion behind an error estimate.
    pub fn refined(&self) -> Self {
        if self.light {
            return Self::from_panels(self.panels.clone(), false);
        }
        let halves = self.panels.iter().flat_map(|&(a, b)| {
            let mid = 0.5 * (a + b);
            [(a, mid), (mid, b)]
        });
        Self::from_panels(halves.collect(), false)
    }

    /// Nodes `z` and weights `w`, `Σ w = 1`.
    pub fn nodes(&self) -> &[(f64, f64)] {
        &self.nodes
    }

    /// The nodes `z` alone, as a batch of fields.
    pub fn positions(&self) -> &[f64] {
        &self.positions
    }

    /// Their weights, in the same order.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// `Σ w f(z)` in any number type, in fixed order.
    pub fn sum<D: Real>(&self, mut f: impl FnMut(f64) -> D) -> D {
        let mut total = D::constant(0.0);
        for &(z, w) in &self.nodes {
            total += f(z) * w;
        }
        total
    }

    /// Gaussian average with an error estimate from halving every panel.
    ///
    /// The estimate includes the rounding error of the sum.
    pub fn average(&self, f: impl Fn(f64) -> f64) -> Estimate {
        let coarse = self.sum(&f);
        let fine = self.refined();
        let magnitude = fine.sum(|z| f(z).abs());
        let value = fine.sum(&f);
        Estimate {
            value,
            error: (value - coarse).abs() + 4.0 * f64::EPSILON * magnitude,
        }
    }
}

/// `∫Dz f(z)` for an integrand with the given features, refined until it is resolved to 1e-14.
pub fn average(features: &[Feature], f: impl Fn(f64) -> f64) -> Estimate {
    GaussMeasure::graded(features)
        .resolving(1e-14, &f)
        .average(f)
}

/// `∫Dx ∫Dy f(x, y)`, where the features in `y` may move with `x`.
///
/// `outer` lists the features of the inner average as a function of `x`.
pub fn average2(
    outer: &[Feature],
    inner: impl Fn(f64) -> Vec<Feature>,
    f: impl Fn(f64, f64) -> f64,
) -> Estimate {
    let inner_value = |x: f64| {
        GaussMeasure::graded(&inner(x))
            .resolving(1e-13, |y| f(x, y))
            .sum(|y| f(x, y))
    };
    let measure = GaussMeasure::graded(outer).resolving(1e-13, inner_value);
    let fine = measure.refined();
    let inner_errors = measure.sum(|x| {
        GaussMeasure::graded(&inner(x))
            .resolving(1e-13, |y| f(x, y))
            .average(|y| f(x, y))
            .error
    });
    let (coarse, value) = (measure.sum(inner_value), fine.sum(inner_value));
    Estimate {
        value,
        error: (value - coarse).abs() + inner_errors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special::{ln_2cosh, ln_h};

    /// The independent rule: trapezoid with a sinh-clustered variable around the step, 4001 points.
    fn plain(centre: f64, width: f64, f: impl Fn(f64) -> f64) -> f64 {
        let reach = ((2.0 * CUT) / width).asinh() + 1.0;
        let n = 8000;
        let h = 2.0 * reach / f64::from(n);
        (0..=n)
            .map(|i| {
                let t = -reach + h * f64::from(i);
                let z = centre + width * t.sinh();
                h * width * t.cosh() * super::super::special::gauss(z) * f(z)
            })
            .sum()
    }

    #[test]
    fn moments_are_exact() {
        let m = GaussMeasure::graded(&[]);
        for (power, moment) in [(0, 1.0), (2, 1.0), (4, 3.0), (8, 105.0)] {
            assert!(
                (m.sum(|z: f64| z.powi(power)) - moment).abs() < 2e-15 * moment,
                "{power}"
            );
        }
    }

    #[test]
    fn a_step_is_followed_to_machine_precision() {
        for kappa in [0.0, 0.7] {
            for one_minus_q in [0.5, 0.1, 1e-2, 1e-4, 1e-6, 1e-8] {
                let q: f64 = 1.0 - one_minus_q;
                let (centre, width) = (kappa / q.sqrt(), (one_minus_q / q).sqrt());
                let f = |z: f64| ln_h((kappa - q.sqrt() * z) / one_minus_q.sqrt());
                let e = GaussMeasure::graded(&[Feature { centre, width }]).average(f);
                let exact = plain(centre, width, f);
                // The plain sum has 8001 terms: its rounding is what is seen here.
                assert!((e.value / exact - 1.0).abs() < 1e-14, "{q} {e:?} {exact}");
                assert!(e.error < 1e-14 * exact.abs(), "{q} {e:?}");
            }
        }
    }

    #[test]
    fn an_unannounced_step_is_found() {
        let f = |z: f64| ln_2cosh(300.0 * (z - 0.123));
        let e = average(&[], f);
        assert!((e.value / plain(0.123, 1.0 / 300.0, f) - 1.0).abs() < 1e-14);
        let blind = GaussMeasure::graded(&[]).average(f);
        assert!(
            blind.error > 1e-9,
            "halving must notice what is not resolved: {blind:?}"
        );
    }

    #[test]
    fn batches_resolve_what_single_points_do() {
        let f = |z: f64| ln_2cosh(300.0 * (z - 0.123));
        let single = GaussMeasure::graded(&[]).resolving(1e-14, f);
        let batched = GaussMeasure::graded(&[]).resolving_batch(1e-14, &mut |z, y| {
            y.clear();
            y.extend(z.iter().map(|&z| f(z)));
        });
        assert_eq!(single.panels.len(), batched.panels.len());
        assert!((single.sum(f) / batched.sum(f) - 1.0).abs() < 2e-15);
    }

    #[test]
    fn two_variables() {
        // ∫DxDy |x + y/3| = √(2/π) √(1 + 1/9): the kink in y moves with x.
        let inner = |x: f64| {
            vec![Feature {
                centre: -3.0 * x,
                width: 0.0,
            }]
        };
        let e = average2(&[], inner, |x, y| (x + y / 3.0).abs());
        let exact = (2.0 / std::f64::consts::PI * (1.0 + 1.0 / 9.0)).sqrt();
        assert!((e.value - exact).abs() < 1e-12, "{e:?} {exact}");
        assert!(e.error < 1e-11);
    }
}
