//! References that are drawn from a measure: their stabilities on a pattern spread (MX.42, MX.43).
//!
//! Given the field `z̃` that all references of the measure share, the stability of one of them is
//! `m̃ + y b̃ + √(Δq̃) z̃ + D` with `D = h Ṽ + √Ṽ ξ`, `Ṽ = Δ(1-q̃)` and a Gaussian `ξ` that is cut where
//! the stability vanishes, at `ξ = -a(z̃)`.

use super::reference::{Displacement, MixtureReference};
use super::site::Sites;
use super::surroundings::{Around, Surroundings};
use crate::math::gauss::{CUT, graded_panels, panel_nodes};
use crate::math::real::Jet;
use crate::math::{Feature, GaussMeasure, LnH, pair, special};
use crate::model::scalar::Loss;

/// Longest panel of averages over `ξ`.
const LONGEST: f64 = 1.6;
/// Below this `√u` (MX.45) the cut of the reference's stability is sharp to the probe.
const SHARP: f64 = 0.1;
/// Panels may be this many times longer than the step of a trapezoidal sum over the same integrand.
const PANEL: f64 = 6.0;
/// Smallest share of the probe's own field that is resolved.
const NARROW: f64 = 1e-12;
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// What probes need to know of a measure of solutions without errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Overlap of two references.
    pub q: f64,
    /// `1 - q̃`.
    pub gap: f64,
    /// Tilt `h`.
    pub tilt: f64,
}

/// A pattern of the reference, one of many in an average.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    /// Shared field.
    pub z: f64,
    /// `D`.
    pub shift: f64,
    /// Its share among the patterns of its label.
    pub weight: f64,
}

impl Spread {
    /// `√Ṽ`.
    fn root(&self, reference: &MixtureReference) -> f64 {
        (reference.mixture.delta() * self.gap).sqrt()
    }

    /// `a(z̃)`: how far the cut lies below the mean of `ξ`.
    fn edge(&self, reference: &MixtureReference, label: f64, z: f64) -> f64 {
        let root = self.root(reference);
        let field = reference.m + label * reference.bias + self.width(reference) * z;
        field / root + self.tilt * root
    }

    /// `√(Δq̃)`.
    fn width(&self, reference: &MixtureReference) -> f64 {
        (reference.mixture.delta() * self.q).sqrt()
    }

    /// Mean of `D` given `z̃`, and its derivative.
    pub(super) fn mean(&self, reference: &MixtureReference, label: f64, z: f64) -> [f64; 2] {
        let root = self.root(reference);
        let a = self.edge(reference, label, z);
        let k = special::mills(-a);
        let mean = root * (self.tilt * root + k);
        [mean, -self.width(reference) * special::curvature(-a)]
    }

    /// Where `a` vanishes, and on what scale.
    pub(super) fn feature(&self, reference: &MixtureReference, label: f64) -> Feature {
        let (root, width) = (self.root(reference), self.width(reference));
        let mean = reference.m + label * reference.bias + self.tilt * root * root;
        Feature {
            centre: -mean / width,
            width: root / width,
        }
    }

    /// The patterns of one label, resolved on this scale of the stability.
    pub(super) fn patterns(
        &self,
        reference: &MixtureReference,
        label: f64,
        scale: f64,
    ) -> Vec<Pattern> {
        let root = self.root(reference);
        let table = LnH::new();
        let outer = GaussMeasure::graded(&[self.feature(reference, label)]);
        let mut found = Vec::new();
        for &(z, weight) in outer.nodes() {
            let a = self.edge(reference, label, z);
            let [ln_mass, ..] = table.at(-a);
            // Beyond the cut the law falls off like exp(a ξ).
            let reach = CUT.max(-a + 80.0 / (-a).max(8.0));
            let low = (-a).max(-CUT);
            let seen = Feature {
                centre: -a,
                width: (scale / root).min(1.0 / (-a).max(1.0)),
            };
            let panels = graded_panels(low, reach, LONGEST, &[seen]);
            found.extend(panel_nodes(&panels).into_iter().map(|(xi, w)| Pattern {
                z,
                shift: root * (self.tilt * root + xi),
                weight: weight * w * (-0.5 * xi * xi - ln_mass - LN_SQRT_2PI).exp(),
            }));
        }
        found
    }
}

/// The law of the probe's inner field at one shared field.
struct Inner {
    /// `a`, `φ(a)/Φ(a)` and `ln Φ(a)`.
    a: f64,
    k: f64,
    ln_mass: f64,
    /// Correlation of the inner field with `ξ`, and the root of what is left.
    cos: f64,
    sin: f64,
    /// The probe's field is `mean + noise n`.
    mean: f64,
    noise: f64,
}

/// A node of the inner field: its weight, and how that depends on the cut.
struct Node {
    omega: f64,
    weight: f64,
    /// `(a + c n)/√u`, and `φ/Φ` of it over `√u`.
    x: f64,
    pull: f64,
}

impl Surroundings {
    /// The part of the probe's field that goes with `z̃`: `t/√q̃` with `t = S - r (1-q̃)` where the
    /// reference spreads.
    pub(super) fn shared(&self, reference: &MixtureReference) -> f64 {
        match &reference.displacement {
            Displacement::Spread(of) => (self.overlap - self.response * of.gap) / of.q.sqrt(),
            _ => self.overlap,
        }
    }

    /// Width of the probe's field given `z̃`, in units of `√Δ`.
    pub(super) fn inner_width(&self, reference: &MixtureReference) -> f64 {
        match &reference.displacement {
            Displacement::Spread(of) => self.inner(of)[2],
            _ => self.spread.sqrt(),
        }
    }

    /// Step of the sum over the inner field, given the one that `Z_ℓ` asks for: shorter where the weight
    /// grows fast off the real axis, unless panels take the place of the sum (MX.45).
    pub(super) fn inner_step(&self, reference: &MixtureReference, step: f64) -> f64 {
        match &reference.displacement {
            Displacement::Spread(of) => {
                let [_, sin, _] = self.inner(of);
                if sin < SHARP {
                    return step;
                }
                let own = pair::REFINEMENT * pair::step(f64::INFINITY, 1.0 / (sin * sin));
                1.0 / (1.0 / step + 1.0 / own)
            }
            _ => step,
        }
    }

    /// Correlation of the probe's inner field with `ξ`, root of the rest, and the inner field's width
    /// in units of `√Δ`.
    fn inner(&self, spread: &Spread) -> [f64; 3] {
        let free = self.free.max(NARROW * self.spread).max(f64::MIN_POSITIVE);
        let along = self.response * spread.gap.sqrt();
        let width = free.sqrt().hypot(along);
        [along / width, free.sqrt() / width, width]
    }

    fn law(&self, reference: &MixtureReference, spread: &Spread, label: f64, z: f64) -> Inner {
        let delta = reference.mixture.delta();
        let a = spread.edge(reference, label, z);
        let [ln_mass, slope, _] = LnH::new().at(-a);
        let [cos, sin, width] = self.inner(spread);
        let offset = self.response * spread.tilt * delta * spread.gap;
        let field = delta.sqrt() * self.shared(reference) * z;
        Inner {
            a,
            k: -slope,
            ln_mass,
            cos,
            sin,
            mean: self.m + label * self.bias + offset + field,
            noise: delta.sqrt() * width,
        }
    }

    /// Average over both fields.
    pub(super) fn spread_average(
        &self,
        reference: &MixtureReference,
        spread: &Spread,
        label: f64,
        (measure, step): (&GaussMeasure, f64),
        f: impl Fn(f64) -> f64,
    ) -> f64 {
        measure.sum(|z| {
            let mut total = 0.0;
            let law = self.law(reference, spread, label, z);
            law.each(step, |node| total += node.weight * f(node.omega));
            total
        })
    }

    /// Average of `ln Z_ℓ` over one cluster with its derivatives in `(m, r, q, S, c)` (MX.45).
    pub(super) fn spread_fields<L: Loss>(
        &self,
        reference: &MixtureReference,
        spread: &Spread,
        label: f64,
        sites: &Sites<'_, L>,
        (measure, step): (&GaussMeasure, f64),
    ) -> Around {
        let delta = reference.mixture.delta();
        let root = spread.root(reference);
        let shift = spread.tilt * root * root;
        let mut around = Around::default();
        for &(z, outer) in measure.nodes() {
            let law = self.law(reference, spread, label, z);
            let (a, k) = (law.a, law.k);
            let mean = shift + root * k;
            let square = shift * shift + 2.0 * shift * root * k + root * root * k * (a + 2.0 * k);
            let mut inner = Jet::<5>::default();
            let mut bends = 0.0;
            law.each(step, |node| {
                let s = sites.at(node.omega);
                let (w, pull) = (node.weight, node.pull);
                // Derivative of the weight in a shift of the reference's fields, over the weight.
                let drift = delta / root * (pull - k);
                let mixed = shift * drift - delta * k * (a + 2.0 * k - pull);
                let twice = k * (a + 2.0 * k - 2.0 * pull) - node.x * pull / law.sin;
                bends += w * s.bend * s.bend;
                inner.add(
                    w,
                    s.ln_z,
                    [s.g, mean * s.g, -0.5 * delta * s.g * s.g, drift * s.g, s.c],
                    [
                        [
                            s.bend,
                            mean * s.bend,
                            -delta * s.g * s.bend,
                            drift * s.bend,
                            s.gc,
                        ],
                        [
                            0.0,
                            square * s.bend,
                            -delta * mean * s.g * s.bend,
                            mixed * s.bend,
                            mean * s.gc,
                        ],
                        [
                            0.0,
                            0.0,
                            delta * delta * s.bend * (s.g * s.g - 0.5 * s.bend),
                            -delta * drift * s.g * s.bend,
                            -delta * s.g * s.gc,
                        ],
                        [
                            0.0,
                            0.0,
                            0.0,
                            delta * delta / (root * root) * twice * s.bend,
                            drift * s.gc,
                        ],
                        [0.0, 0.0, 0.0, 0.0, s.cc],
                    ],
                );
            });
            around.square_bend += outer * bends;
            around
                .jet
                .add(outer, inner.value, inner.gradient, inner.hessian);
        }
        around.jet = around.jet.symmetric();
        around
    }
}

impl Inner {
    /// Visits the nodes of the inner field that count: those of a trapezoidal sum around its conditional
    /// mean, or of panels that are graded towards the cut where that is sharp.
    fn each(&self, step: f64, mut visit: impl FnMut(Node)) {
        let table = LnH::new();
        let centre = self.cos * self.k;
        let norm = -LN_SQRT_2PI - self.ln_mass;
        let mut at = |n: f64, width: f64| {
            let x = (self.a + self.cos * n) / self.sin;
            let [ln, slope, _] = table.at(-x);
            let ln_weight = ln - 0.5 * n * n + norm;
            if ln_weight > NEGLIGIBLE {
                visit(Node {
                    omega: self.mean + self.noise * n,
                    weight: width * ln_weight.exp(),
                    x,
                    pull: -slope / self.sin,
                });
            }
        };
        if self.sin < SHARP {
            let cut = Feature {
                centre: -self.a / self.cos,
                width: self.sin / self.cos.abs(),
            };
            let longest = LONGEST.min(PANEL * step);
            let panels = graded_panels(centre - CUT, centre + CUT, longest, &[cut]);
            for (n, width) in panel_nodes(&panels) {
                at(n, width);
            }
            return;
        }
        let last = (CUT / step) as i32;
        for i in -last..=last {
            at(centre + step * f64::from(i), step);
        }
    }
}

/// The logarithm of weights that do not count.
const NEGLIGIBLE: f64 = -90.0;
