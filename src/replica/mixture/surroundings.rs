//! Averages over the training patterns of a probe near a reference (MX.32 to MX.34): its cavity field
//! is `ω = μ_y + r D_y(z̃) + √Δ (S z̃ + √(q-S²) n)`.

use super::reference::{Displacement, MixtureReference};
use super::site::{Sites, second_step};
use crate::math::gauss::CUT;
use crate::math::real::Jet;
use crate::math::{Feature, GaussMeasure, pair, special};
use crate::model::mixture::Class;
use crate::model::{Control, Parameters, scalar::Loss};
use crate::replica::scalar::cavity_features;
use std::f64::consts::PI;

/// Order parameters of the probe as the average needs them.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// Overlap with the reference.
    pub overlap: f64,
    /// `q - S²`, without cancellation.
    pub spread: f64,
    /// Variance of the probe's field given all fields of the reference: `q - S²`, less what lies along
    /// other references where there are some.
    pub free: f64,
    /// `1 - q`, without cancellation.
    pub v: f64,
    /// Overlap with the axis.
    pub m: f64,
    /// Response to the reference's own pattern.
    pub response: f64,
    /// Bias of the probe.
    pub bias: f64,
}

/// An average with its derivatives in `m` (through `μ`), `r`, `q`, `S` and a control parameter, and
/// that of `(∂²_ω ln Z_ℓ)²`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around {
    pub jet: Jet<5>,
    pub square_bend: f64,
}

/// Smallest width of the probe's own field, in units of `√Δ`: only derivatives in `S` divide by it.
const NARROW: f64 = 1e-12;
/// The inner sum is this much finer than 1e-9 needs: already the coarse one is exact to 1e-13.
const FINE: f64 = pair::REFINEMENT;
/// Distance of the zeros of `H` from the real axis (GA.3).
const STRIP: f64 = 2.5;
/// Panels on a feature may be this much longer than those on a kink of its width.
const SMOOTH: f64 = 2.0;

impl Surroundings {
    /// Mean of the cavity field at `z̃`, the derivative of the displacement, and the displacement.
    fn mean(&self, reference: &MixtureReference, label: f64, z: f64) -> [f64; 3] {
        let [shift, slope] = reference.displaced(label, z);
        let field = reference.mixture.delta().sqrt() * self.shared(reference) * z;
        let mean = self.m + label * self.bias + self.response * shift + field;
        [mean, shift, slope]
    }

    /// For a displacement that is linear in `z̃` the field is Gaussian: its mean for this label,
    /// its variance beyond `Δq`, and the two numbers that the displacement is made of.
    fn gaussian(&self, reference: &MixtureReference, label: f64) -> Option<[f64; 4]> {
        let Displacement::Linear { slope, .. } = &reference.displacement else {
            return None;
        };
        let [offset, _] = reference.displaced(label, 0.0);
        let mean = self.m + label * self.bias + self.response * offset;
        let root = reference.mixture.delta().sqrt();
        let extra = self.response * slope * (2.0 * root * self.overlap + self.response * slope);
        Some([mean, extra, offset, *slope])
    }

    fn variance(&self, reference: &MixtureReference, extra: f64) -> f64 {
        let q = self.spread + self.overlap * self.overlap;
        (reference.mixture.delta() * q + extra).max(f64::MIN_POSITIVE)
    }

    /// Range of the cavity field that counts, over both clusters.
    pub fn range(&self, reference: &MixtureReference) -> (f64, f64) {
        let width = self.inner_width(reference);
        let noise = CUT * reference.mixture.delta().sqrt() * width;
        let mut range = (f64::INFINITY, f64::NEG_INFINITY);
        for label in [1.0, -1.0] {
            for z in [-CUT, -0.5 * CUT, 0.0, 0.5 * CUT, CUT] {
                let [mean, ..] = self.mean(reference, label, z);
                range.0 = range.0.min(mean - noise);
                range.1 = range.1.max(mean + noise);
            }
        }
        range
    }

    /// Nodes of the outer average for one cluster, and the step of the inner sum: none for a
    /// Gaussian field, whose nodes are those of the whole field.
    pub fn place<L: Loss>(
        &self,
        loss: &L,
        reference: &MixtureReference,
        class: &Class,
        p: &Parameters,
    ) -> (GaussMeasure, Option<f64>) {
        let delta = reference.mixture.delta();
        let seen = features(loss, delta * self.v, p);
        if let Some([mean, extra, ..]) = self.gaussian(reference, class.label) {
            let width = self.variance(reference, extra).sqrt();
            let features: Vec<Feature> = seen
                .iter()
                .map(|f| Feature {
                    centre: (f.centre - mean) / width,
                    width: SMOOTH * f.width / width,
                })
                .filter(|f| f.centre.abs() < CUT + f.width)
                .collect();
            return (GaussMeasure::graded(&features), None);
        }
        let width = self.inner_width(reference);
        let noise = delta.sqrt() * width;
        let mut features = reference.features(class.label);
        for f in &seen {
            let blur = f.width.hypot(noise).hypot((delta * self.v).sqrt());
            features.extend(self.crossing(reference, class.label, f.centre, blur));
        }
        for f in &mut features {
            f.width *= SMOOTH;
        }
        // Distance of the nearest zero of Z_ℓ from the real axis.
        let strip = second_step(loss, p).map_or(STRIP, |x| STRIP.min(PI / x));
        let plane = strip * (delta * self.v).sqrt();
        let step = FINE * pair::step(plane / noise.max(NARROW), 1.0);
        let step = self.inner_step(reference, step);
        (GaussMeasure::graded(&features), Some(step))
    }

    /// Where the mean of the field crosses a level, and how wide that is in `z̃`.
    fn crossing(
        &self,
        reference: &MixtureReference,
        label: f64,
        level: f64,
        blur: f64,
    ) -> Option<Feature> {
        let above = |z: f64| self.mean(reference, label, z)[0] - level;
        let (mut low, mut high) = (-CUT, CUT);
        if above(low) * above(high) > 0.0 {
            return None;
        }
        let rising = above(low) < 0.0;
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if (above(middle) < 0.0) == rising {
                low = middle
            } else {
                high = middle
            }
        }
        let slope = (above(low + 1e-3) - above(low - 1e-3)).abs() / 2e-3;
        Some(Feature {
            centre: low,
            width: blur / slope.max(1e-3),
        })
    }

    /// Average of a function of the cavity field over one cluster.
    pub fn average(
        &self,
        reference: &MixtureReference,
        class: &Class,
        (measure, step): (&GaussMeasure, f64),
        f: impl Fn(f64) -> f64,
    ) -> f64 {
        if let Some([mean, extra, ..]) = self.gaussian(reference, class.label) {
            let width = self.variance(reference, extra).sqrt();
            return measure.sum(|z| f(mean + width * z));
        }
        if let Displacement::Spread(of) = &reference.displacement {
            return self.spread_average(reference, of, class.label, (measure, step), f);
        }
        let noise = (reference.mixture.delta() * self.spread).sqrt();
        measure.sum(|z| {
            let [mean, ..] = self.mean(reference, class.label, z);
            let mut total = 0.0;
            over_normal(step, |n, dn| total += dn * f(mean + noise * n));
            total
        })
    }

    /// Average of `ln Z_ℓ` over one cluster with its derivatives.
    pub fn free_energy<L: Loss>(
        &self,
        reference: &MixtureReference,
        class: &Class,
        sites: &Sites<'_, L>,
        (measure, step): (&GaussMeasure, f64),
    ) -> Around {
        match self.gaussian(reference, class.label) {
            Some(law) => self.one_field(reference, law, sites, measure),
            None => match &reference.displacement {
                Displacement::Spread(of) => {
                    self.spread_fields(reference, of, class.label, sites, (measure, step))
                }
                _ => self.two_fields(reference, class.label, sites, (measure, step)),
            },
        }
    }

    /// One Gaussian field of mean `μ + r d₀` and variance `Δq + e`, `e = r d₁ (2√Δ S + r d₁)`
    /// (MX.34).
    fn one_field<L: Loss>(
        &self,
        reference: &MixtureReference,
        [mean, extra, offset, slope]: [f64; 4],
        sites: &Sites<'_, L>,
        measure: &GaussMeasure,
    ) -> Around {
        let delta = reference.mixture.delta();
        let width = self.variance(reference, extra).sqrt();
        // First in (μ, e, q, c).
        let mut jet = Jet::<4>::default();
        let mut square_bend = 0.0;
        for &(z, w) in measure.nodes() {
            let s = sites.at(mean + width * z);
            let across = z * s.bend / width;
            square_bend += w * s.bend * s.bend;
            jet.value += w * s.ln_z;
            let first = [s.g, 0.5 * s.bend, -0.5 * delta * s.g * s.g, s.c];
            for (entry, term) in jet.gradient.iter_mut().zip(first) {
                *entry += w * term;
            }
            let rows = [
                [s.bend, 0.5 * across, -delta * s.g * s.bend, s.gc],
                [
                    0.0,
                    0.25 * (z * z - 1.0) * s.bend / (width * width),
                    -0.5 * delta * s.g * across,
                    0.5 * z * s.gc / width,
                ],
                [
                    0.0,
                    0.0,
                    delta * delta * s.bend * (s.g * s.g - 0.5 * s.bend),
                    -delta * s.g * s.gc,
                ],
                [0.0, 0.0, 0.0, s.cc],
            ];
            for (row, terms) in jet.hessian.iter_mut().zip(rows) {
                for (entry, term) in row.iter_mut().zip(terms) {
                    *entry += w * term;
                }
            }
        }
        Around {
            jet: self.chain(&jet.symmetric(), delta.sqrt(), offset, slope),
            square_bend,
        }
    }

    /// From derivatives in `(μ, e, q, c)` to those in `(m, r, q, S, c)`.
    fn chain(&self, jet: &Jet<4>, root: f64, offset: f64, slope: f64) -> Jet<5> {
        use crate::math::real::{self, Dual2};
        let variable = |x: f64, i: usize| -> Dual2<5> { real::variable(x, i) };
        let m = variable(0.0, 0);
        let r = variable(self.response, 1);
        let overlap = variable(self.overlap, 3);
        let bent = r * slope;
        let extra = bent * (overlap * (2.0 * root) + bent);
        let arguments = [m + r * offset, extra, variable(0.0, 2), variable(0.0, 4)];
        let total = jet.at(arguments);
        Jet {
            value: total.re,
            gradient: real::gradient(&total),
            hessian: real::hessian(&total),
        }
    }

    /// Two fields, `z̃` and `n` (MX.33).
    fn two_fields<L: Loss>(
        &self,
        reference: &MixtureReference,
        label: f64,
        sites: &Sites<'_, L>,
        (measure, step): (&GaussMeasure, f64),
    ) -> Around {
        let delta = reference.mixture.delta();
        let (root, sigma) = (delta.sqrt(), self.spread.sqrt().max(NARROW));
        let mut around = Around::default();
        for &(z, weight) in measure.nodes() {
            let [mean, shift, slope] = self.mean(reference, label, z);
            let pull = self.response * slope;
            let mut inner = Jet::<5>::default();
            let mut square = 0.0;
            over_normal(step, |n, w| {
                let s = sites.at(mean + root * sigma * n);
                // Third derivatives in ω are traded for factors of n (Stein).
                let across = pull * n * s.bend / sigma;
                square += w * s.bend * s.bend;
                inner.value += w * s.ln_z;
                let first = [
                    s.g,
                    shift * s.g,
                    -0.5 * delta * s.g * s.g,
                    root * pull * s.bend,
                    s.c,
                ];
                for (entry, term) in inner.gradient.iter_mut().zip(first) {
                    *entry += w * term;
                }
                let twice = z * n - self.overlap / sigma * (n * n - 1.0);
                let rows = [
                    [s.bend, shift * s.bend, -delta * s.g * s.bend, across, s.gc],
                    [
                        0.0,
                        shift * shift * s.bend,
                        -delta * shift * s.g * s.bend,
                        root * slope * s.bend + shift * across,
                        shift * s.gc,
                    ],
                    [
                        0.0,
                        0.0,
                        delta * delta * s.bend * (s.g * s.g - 0.5 * s.bend),
                        -delta * s.g * across,
                        -delta * s.g * s.gc,
                    ],
                    [
                        0.0,
                        0.0,
                        0.0,
                        root * pull * s.bend * twice / sigma,
                        pull * n * s.gc / sigma,
                    ],
                    [0.0, 0.0, 0.0, 0.0, s.cc],
                ];
                for (row, terms) in inner.hessian.iter_mut().zip(rows) {
                    for (entry, term) in row.iter_mut().zip(terms) {
                        *entry += w * term;
                    }
                }
            });
            around.square_bend += weight * square;
            around.jet.value += weight * inner.value;
            for (to, from) in around.jet.gradient.iter_mut().zip(inner.gradient) {
                *to += weight * from;
            }
            for (to, from) in around.jet.hessian.iter_mut().zip(inner.hessian) {
                for (to, from) in to.iter_mut().zip(from) {
                    *to += weight * from;
                }
            }
        }
        around.jet = around.jet.symmetric();
        around
    }
}

/// Features of the probe's `ln Z_ℓ` in the cavity field.
fn features<L: Loss>(loss: &L, v: f64, p: &Parameters) -> Vec<Feature> {
    let mut found = cavity_features(loss, v, p);
    if let Some(x) = second_step(loss, p) {
        let lower = found.iter().map(|f| Feature {
            centre: f.centre - x * v.sqrt(),
            width: v.sqrt() / x,
        });
        found.extend(lower.collect::<Vec<_>>());
    }
    found
}

/// Visits the nodes and weights of `∫Dn`.
fn over_normal(step: f64, mut visit: impl FnMut(f64, f64)) {
    let last = (CUT / step) as i32;
    for i in -last..=last {
        let n = step * f64::from(i);
        visit(n, step * special::gauss(n));
    }
}

/// The route by which sites are found: sums over two fields look them up.
pub fn sites<'a, L: Loss>(
    loss: &'a L,
    around: &Surroundings,
    reference: &MixtureReference,
    p: &'a Parameters,
    control: Control,
) -> Sites<'a, L> {
    let v = reference.mixture.delta() * around.v;
    let many = !matches!(reference.displacement, Displacement::Linear { .. });
    Sites::new(loss, v, p, control, around.range(reference), many)
}
