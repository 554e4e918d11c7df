//! Patterns whose stabilities a reference moves linearly, `D = d₀ + d₁ z̃`: the probe's field is one
//! Gaussian (MX.34), of mean `τ d₀` and variance `q + e`, `e = τ d₁ (2 S + τ d₁)`.

use super::energetic::{PatternAverage, Placed, by};
use super::geometry::Geometry;
use super::patterns::{Lent, LinearShift};
use crate::math::gauss::CUT;
use crate::math::real::{self, Dual2, Jet};
use crate::math::{Feature, GaussMeasure, Rows, wide};
use crate::model::Control;
use crate::model::site::Site;

/// Accuracy to which panels resolve the integrand.
const RESOLUTION: f64 = 1e-13;

/// The average over patterns of this displacement.
pub struct LinearAverage(pub LinearShift);

impl LinearAverage {
    /// Mean and deviation of the probe's field.
    fn law(&self, g: &Geometry) -> [f64; 2] {
        let bent = g.tau * self.0.slope;
        let variance = g.q + bent * (2.0 * g.overlap + bent);
        let root = variance.max(f64::MIN_POSITIVE).sqrt();
        [g.tau * self.0.offset, root]
    }

    fn fields(&self, g: &Geometry, z: &[f64]) -> Vec<f64> {
        let [mean, root] = self.law(g);
        z.iter().map(|z| mean + root * z).collect()
    }

    /// Nodes of the field.
    pub fn place(&self, probe: &dyn Site, g: &Geometry) -> Placed {
        let [mean, root] = self.law(g);
        let mut features: Vec<Feature> = Vec::new();
        probe.features(g.v, &mut features);
        for f in &mut features {
            f.centre = (f.centre - mean) / root;
            f.width /= root;
        }
        features.retain(|f| f.centre.abs() < CUT + f.width);
        let mut jets = Lent::new();
        let measure = GaussMeasure::graded(&features).resolving_batch(RESOLUTION, &mut |z, y| {
            probe.fill(&self.fields(g, z), g.v, None, &mut jets);
            y.clear();
            y.extend_from_slice(&jets.value);
        });
        Placed {
            measure,
            rows: Rows::default(),
            table: 0.0,
        }
    }

    /// The average of a function of the probe's field.
    pub fn mean_of(
        &self,
        g: &Geometry,
        measure: &GaussMeasure,
        f: &dyn Fn(&[f64]) -> Vec<f64>,
    ) -> f64 {
        wide::dot(measure.weights(), &f(&self.fields(g, measure.positions())))
    }

    /// The average as a function of `(q, τ, S)`, the mean and the control.
    pub fn average(
        &self,
        probe: &dyn Site,
        g: &Geometry,
        control: Control,
        measure: &GaussMeasure,
    ) -> PatternAverage {
        let [_, root] = self.law(g);
        let fields = self.fields(g, measure.positions());
        let mut jets = Lent::new();
        let by = by(control);
        probe.fill(&fields, g.v, by, &mut jets);
        // First in the mean, in e, in q and in the control.
        let mut jet = Jet::<4>::default();
        let mut squared = 0.0;
        for (i, (z, w)) in measure
            .positions()
            .iter()
            .zip(measure.weights())
            .enumerate()
        {
            let (f, slope, bend) = (jets.value[i], jets.slope[i], jets.bend[i]);
            let (c, sc, cc) = match by {
                Some(_) => (jets.by[i], jets.slope_by[i], jets.by_by[i]),
                None => (0.0, 0.0, 0.0),
            };
            // Third derivatives in the field are traded for factors of z (Stein).
            let across = z * bend / root;
            squared += w * bend * bend;
            let gradient = [slope, 0.5 * bend, -0.5 * slope * slope, c];
            let upper = [
                [bend, 0.5 * across, -slope * bend, sc],
                [
                    0.0,
                    0.25 * (z * z - 1.0) * bend / (root * root),
                    -0.5 * slope * across,
                    0.5 * z * sc / root,
                ],
                [0.0, 0.0, bend * (slope * slope - 0.5 * bend), -slope * sc],
                [0.0, 0.0, 0.0, cc],
            ];
            jet.add(*w, f, gradient, upper);
        }
        PatternAverage {
            jet: self.chain(&jet.symmetric(), g),
            squared_bend: squared,
            mass: measure.weights().iter().sum(),
        }
    }

    /// From derivatives in `(mean, e, q, c)` to those in `(q, τ, S, mean, c)`.
    fn chain(&self, jet: &Jet<4>, g: &Geometry) -> Jet<5> {
        let variable = |x: f64, i: usize| -> Dual2<5> { real::variable(x, i) };
        let (tau, overlap) = (variable(g.tau, 1), variable(g.overlap, 2));
        let bent = tau * self.0.slope;
        let extra = bent * (overlap * 2.0 + bent);
        let mean = variable(0.0, 3) + tau * self.0.offset;
        let total = jet.at([mean, extra, variable(0.0, 0), variable(0.0, 4)]);
        Jet {
            value: total.re,
            gradient: real::gradient(&total),
            hessian: real::hessian(&total),
        }
    }
}
