//! Averages over the patterns at a saddle point: training loss and training error, with nodes of
//! their own.

use super::observables::Errors;
use super::rs::{RESOLUTION, with_room};
use crate::math::gauss::CUT;
use crate::math::{Feature, GaussMeasure};
use crate::model::Data;
use crate::model::average::Correlation;
use crate::model::channel::{Channel, Limit};
use crate::model::site::Site;
use crate::solve::Evaluation;
use nalgebra::DVector;

/// What is measured besides the functional.
pub(super) struct Measured {
    pub entropy: f64,
    pub loss: f64,
    pub error: f64,
    pub errors: Errors,
}

/// The patterns at given order parameters.
pub(super) struct Patterns {
    pub channel: Channel,
    pub data: Data,
    /// `√q`, deviation of the cavity field.
    pub root: f64,
    /// Variance of a stability, or response.
    pub own: f64,
    pub correlation: Correlation,
}

/// Which of the two averages.
#[derive(Clone, Copy)]
enum Kind {
    Loss,
    Error,
}

impl Patterns {
    fn fill(&self, kind: Kind, fields: &[f64], out: &mut Vec<f64>) {
        out.resize(fields.len(), 0.0);
        match kind {
            Kind::Loss => self.channel.mean_energy(fields, self.own, out),
            Kind::Error => self.channel.error_probability(fields, self.own, out),
        }
    }

    /// Where a tilted stability changes sign: at the cavity field `χℓ′(0)` whose proximal point is
    /// zero, over the width that thermal noise leaves (RS.26).
    fn sign_changes(&self, out: &mut Vec<Feature>) {
        let p = &self.channel.parameters;
        let (chi, noise) = match self.channel.limit {
            Limit::Thermal => (p.beta * self.own, self.own),
            Limit::Hard => (0.0, self.own),
            Limit::Ground => (self.own, 0.0),
        };
        for side in [-f64::MIN_POSITIVE, 0.0] {
            let [_, slope, bend] = self.channel.loss.energy(side, p);
            let stretch = 1.0 + chi * bend.max(0.0);
            let centre = chi * slope;
            if centre.is_finite() && stretch.is_finite() {
                let width = (noise * stretch).sqrt();
                out.push(Feature { centre, width });
            }
        }
    }

    /// Nodes that resolve both averages.
    pub fn nodes(&self) -> GaussMeasure {
        let mut features = Vec::with_capacity(8);
        self.channel.features(self.own, &mut features);
        self.sign_changes(&mut features);
        for f in &mut features {
            f.centre /= self.root;
            f.width /= self.root;
        }
        features.retain(|f| f.centre.abs() < CUT + f.width);
        let c = &self.correlation;
        features.extend(self.data.features(c.cosine, c.sine));
        let resolved = |measure: GaussMeasure, kind: Kind| {
            with_room(|room| {
                measure.resolving_batch(RESOLUTION, &mut |z, y| {
                    room.batch.positions(z, self.root, self.data, *c);
                    self.fill(kind, &room.batch.fields, y);
                    let weights = &room.batch.weights[0];
                    y.iter_mut().zip(weights).for_each(|(y, w)| *y *= w);
                })
            })
        };
        resolved(
            resolved(GaussMeasure::graded(&features), Kind::Loss),
            Kind::Error,
        )
    }

    /// Mean loss and fraction of stabilities below zero.
    pub fn sums(&self, nodes: &GaussMeasure) -> [f64; 2] {
        with_room(|room| {
            room.batch
                .patterns(nodes, self.root, self.data, self.correlation);
            [Kind::Loss, Kind::Error].map(|kind| {
                self.fill(kind, &room.batch.fields, &mut room.values);
                room.batch.sum(&room.values)
            })
        })
    }
}

/// The step to the saddle point of the coarse rule, lengthened by what is left to that of the fine
/// one and by what rounding of the gradient moves it: how far the order parameters may be from the
/// truth (RS.25). Zero where the Hessian is singular.
pub(super) fn correction(coarse: &Evaluation, fine: &Evaluation, rounding: &[f64]) -> Vec<f64> {
    let Some(inverse) = fine.hessian.clone().try_inverse() else {
        return vec![0.0; coarse.gradient.len()];
    };
    let step = |gradient: &DVector<f64>| -&inverse * gradient;
    let (a, b) = (step(&coarse.gradient), step(&fine.gradient));
    let blur = inverse.abs() * DVector::from_column_slice(rounding);
    (0..a.len())
        .map(|i| a[i] + (b[i].abs() + blur[i]).copysign(a[i]))
        .collect()
}
