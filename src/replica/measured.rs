//! Averages over the patterns at a saddle point: training loss and training error, with nodes of
//! their own.

use super::rs::{RESOLUTION, with_room};
use crate::math::{Feature, GaussMeasure, special};
use crate::model::channel::{Channel, Limit};
use crate::model::field::{Field, Law};
use crate::model::loss::ZeroSet;
use crate::model::mixture::Class;
use crate::model::site::Site;
use crate::solve::Evaluation;
use nalgebra::DVector;

/// What is measured besides the functional.
pub(super) struct Measured {
    pub loss: f64,
    pub error: f64,
    pub replicon: f64,
}

/// The patterns at given order parameters.
pub(super) struct Patterns {
    pub channel: Channel,
    /// Their classes with their cavity fields.
    pub fields: Vec<(Class, Field)>,
    /// Variance of a stability, or response.
    pub own: f64,
}

/// What is averaged over the patterns.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Mean loss.
    Loss,
    /// Fraction of stabilities below zero.
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

    /// What needs no average: where every pattern is satisfied the loss is zero, and so is the
    /// probability of an error if no solution has a negative stability.
    fn known(&self, kind: Kind) -> Option<f64> {
        let correct = || match self.channel.zero_set() {
            ZeroSet::HalfLine(low) | ZeroSet::Interval(low, _) | ZeroSet::Point(low) => low >= 0.0,
            ZeroSet::Empty => false,
        };
        let zero = match kind {
            Kind::Loss => true,
            Kind::Error => correct(),
        };
        (self.channel.limit == Limit::Hard && zero).then_some(0.0)
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

    fn features(&self, field: &Field) -> Vec<Feature> {
        let mut features = Vec::with_capacity(8);
        self.channel.features(self.own, &mut features);
        self.sign_changes(&mut features);
        field.in_units(&mut features);
        features
    }

    /// A few nodes of each class, for how fast these averages move.
    pub fn few_nodes(&self) -> Vec<GaussMeasure> {
        let of = |(_, field): &(Class, Field)| GaussMeasure::light(&self.features(field));
        self.fields.iter().map(of).collect()
    }

    /// Nodes of each class that resolve these averages.
    pub fn nodes(&self, kinds: &[Kind]) -> Vec<GaussMeasure> {
        let of = |(_, field): &(Class, Field)| {
            let rough = GaussMeasure::graded(&self.features(field));
            let averaged = kinds.iter().filter(|&&kind| self.known(kind).is_none());
            averaged.fold(rough, |measure, &kind| self.resolving(measure, kind, field))
        };
        self.fields.iter().map(of).collect()
    }

    fn resolving(&self, measure: GaussMeasure, kind: Kind, field: &Field) -> GaussMeasure {
        with_room(|room| {
            measure.resolving_batch(RESOLUTION, &mut |z, y| {
                room.batch.positions(z, field);
                self.fill(kind, &room.batch.fields, y);
                let weights = &room.batch.weights[0];
                y.iter_mut().zip(weights).for_each(|(y, w)| *y *= w);
            })
        })
    }

    /// The fraction of stabilities below zero where proximal points rise with a Gaussian field: that of
    /// the fields below the one whose proximal point is zero. `None` elsewhere.
    pub fn errors_below_an_edge(&self) -> Option<f64> {
        let loss = &self.channel.loss;
        let gaussian = |(_, field): &(Class, Field)| !matches!(field.law, Law::Labelled(_));
        let known = self.channel.limit == Limit::Ground && loss.convex();
        if !known || !self.fields.iter().all(gaussian) {
            return None;
        }
        let [_, slope, _] = loss.energy(-f64::MIN_POSITIVE, &self.channel.parameters);
        let edge = self.own * slope;
        let below = |(class, field): &(Class, Field)| {
            class.weight * special::h((field.mean() - edge) / field.root)
        };
        Some(self.fields.iter().map(below).sum())
    }

    /// These averages, on these nodes or on finer ones.
    pub fn sums<const N: usize>(
        &self,
        kinds: [Kind; N],
        nodes: &[GaussMeasure],
        finer: bool,
    ) -> [f64; N] {
        let known = kinds.map(|kind| self.known(kind));
        let mut total = known.map(|value| value.unwrap_or(0.0));
        if known.iter().all(Option::is_some) {
            return total;
        }
        for ((class, field), nodes) in self.fields.iter().zip(nodes) {
            let refined = finer.then(|| nodes.refined());
            let nodes = refined.as_ref().unwrap_or(nodes);
            with_room(|room| {
                room.batch.patterns(nodes, field);
                let averaged = total.iter_mut().zip(kinds).zip(&known);
                for ((total, kind), _) in averaged.filter(|(_, known)| known.is_none()) {
                    self.fill(kind, &room.batch.fields, &mut room.values);
                    *total += class.weight * room.batch.sum(&room.values);
                }
            });
        }
        total
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
