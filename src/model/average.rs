//! The average of a site over one Gaussian field, with its derivatives (GA.10 to GA.14).
//!
//! | coordinate | of patterns | of weights |
//! | --- | --- | --- |
//! | 0, variance | overlap `q`: variance of the field up, own variance `Q - q` down; in the ground state the response `χ` | conjugate `q̂`: variance of the field and precision up |
//! | 1, mean | covariance `m` with the teacher's field | conjugate `m̂`: the field has mean `m̂ w₀` |
//! | 2, parameter | `Q`, or a control parameter | shift `A` of the precision |
//!
//! The same sums serve both: what differs are three arrays of weights, one for the average and one
//! for each derivative in the mean.

use super::field::{Correlation, Field, Law};
use super::prior::Prior;
use super::site::{By, Jets, Site};
use crate::math::real::Jet;
use crate::math::{GaussMeasure, wide};

/// Fields at which a site is wanted, with the weights of the average and of its first and second
/// derivative in the mean.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The fields.
    pub fields: Vec<f64>,
    /// The weights; the second and third array are empty where there is no mean.
    pub weights: [Vec<f64>; 3],
    scratch: [Vec<f64>; 3],
}

impl Batch {
    /// Fields of patterns; with a teacher weighted by `W = 2H(-c z/s)` (RS.4), whose derivatives in
    /// `m` are those of Price's theorem (GA.12). Where the mean moves with `m` all weights are alike.
    pub fn patterns(&mut self, measure: &GaussMeasure, field: &Field) {
        self.positions(measure.positions(), field);
        let [w0, w1, w2] = &mut self.weights;
        let g = measure.weights();
        match field.law {
            Law::Centred => w0.copy_from_slice(g),
            Law::Shifted(_) => [w0, w1, w2].into_iter().for_each(|w| w.copy_from_slice(g)),
            Law::Labelled(_) => {
                for w in [w0, w1, w2] {
                    w.iter_mut().zip(g).for_each(|(w, g)| *w *= g);
                }
            }
        }
    }

    /// The same for bare positions `z`: weights without those of the Gaussian measure.
    pub fn positions(&mut self, z: &[f64], field: &Field) {
        let (root, mean) = (field.root, field.mean());
        self.fields.clear();
        self.fields.extend(z.iter().map(|z| root * z + mean));
        let [w0, w1, w2] = &mut self.weights;
        let Correlation {
            cosine,
            sine,
            variance,
        } = match field.law {
            Law::Labelled(teacher) => teacher,
            Law::Centred | Law::Shifted(_) => {
                let moves = field.law != Law::Centred;
                for (w, there) in [(w0, true), (w1, moves), (w2, moves)] {
                    w.clear();
                    w.resize(if there { z.len() } else { 0 }, 1.0);
                }
                return;
            }
        };
        let slope = 1.0 / (sine * variance.sqrt());
        let bend = 1.0 / (sine * sine * variance);
        let ratio = -cosine / sine;
        let [argument, mills, missing] = &mut self.scratch;
        argument.clear();
        argument.extend(z.iter().map(|z| ratio * z));
        for array in [&mut *mills, &mut *missing, w0, w1, w2] {
            array.resize(z.len(), 0.0);
        }
        wide::tail_split(argument, w1, mills, missing);
        wide::exp(missing, w2);
        for i in 0..z.len() {
            let tail = 2.0 * w1[i] * w2[i];
            let density = tail * mills[i];
            w0[i] = tail;
            w1[i] = density * slope;
            w2[i] = density * argument[i] * bend;
        }
    }

    /// Fields `√q̂ z + m̂ w₀` of weights, over the values and probabilities of the teacher's; without
    /// a teacher `m̂ = 0` and one value suffices.
    pub fn weights(
        &mut self,
        measure: &GaussMeasure,
        root: f64,
        m_hat: f64,
        teacher: &[(f64, f64)],
    ) {
        self.fields.clear();
        for w in &mut self.weights {
            w.clear();
        }
        let [w0, w1, w2] = &mut self.weights;
        let (z, g) = (measure.positions(), measure.weights());
        if teacher.is_empty() {
            self.fields.extend(z.iter().map(|z| root * z));
            w0.extend_from_slice(g);
        }
        for &(value, probability) in teacher {
            let mean = m_hat * value;
            self.fields.extend(z.iter().map(|z| root * z + mean));
            let first = probability * value;
            w0.extend(g.iter().map(|g| probability * g));
            w1.extend(g.iter().map(|g| first * g));
            w2.extend(g.iter().map(|g| first * value * g));
        }
    }

    /// Fields `b = s z` of weights, `s² = q̂ + m̂²ρ`, for a teacher with a continuous law: the density of
    /// `√q̂ z + m̂ w₀` is that of `N(0, q̂)` times `Z_w(m̂²/q̂, m̂b/q̂)`, and the law of `w₀` given `b` is
    /// the tilted one, so that the averages over `w₀` and `z` are one (FN.9). `jets` is used for that.
    pub fn weights_by_law(
        &mut self,
        measure: &GaussMeasure,
        [q_hat, m_hat, scale]: [f64; 3],
        prior: &dyn Prior,
        jets: &mut Jets,
    ) {
        self.fields.clear();
        self.fields
            .extend(measure.positions().iter().map(|z| scale * z));
        let (pull, precision) = (m_hat / q_hat, m_hat * m_hat / q_hat);
        let [tilted, exponent, _] = &mut self.scratch;
        tilted.clear();
        tilted.extend(self.fields.iter().map(|b| pull * b));
        prior.fill(tilted, precision, false, jets);
        // Density relative to the Gaussian one of the nodes.
        let excess = 0.5 * (1.0 - scale * scale / q_hat);
        let normal = (scale / q_hat.sqrt()).ln() - prior.volume();
        exponent.clear();
        let positions = measure.positions().iter().zip(&jets.value);
        exponent.extend(positions.map(|(z, ln_z)| excess * z * z + normal + ln_z));
        let [w0, w1, w2] = &mut self.weights;
        for array in [&mut *w0, w1, w2] {
            array.resize(exponent.len(), 0.0);
        }
        wide::exp(exponent, w0);
        for (i, g) in measure.weights().iter().enumerate() {
            w0[i] *= g;
            w1[i] = w0[i] * jets.slope[i];
            w2[i] = w0[i] * (jets.bend[i] + jets.slope[i] * jets.slope[i]);
        }
    }

    /// `Σ weight · values`.
    pub fn sum(&self, values: &[f64]) -> f64 {
        wide::dot(&self.weights[0], values)
    }
}

/// An average with what else the same sums give.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Average {
    /// Value, gradient and Hessian in variance, mean and parameter, in this order.
    pub jet: Jet<3>,
    /// `E (f″)²`, the site's factor of the replicon (AT.1).
    pub squared_bend: f64,
}

/// The average of a site over a batch (GA.10 to GA.13), `own` being its own variance or precision
/// and `by` the parameter, if one is asked for. `jets` holds the site's arrays afterwards.
pub fn average(
    site: &dyn Site,
    batch: &Batch,
    own: f64,
    by: Option<By>,
    jets: &mut Jets,
) -> Average {
    site.fill(&batch.fields, own, by, jets);
    let temperature = site.temperature();
    // `∂ = ½∂²_ω - ∂_v` acts on an average as -½g²; without thermal noise `∂_χ` acts as +½g².
    let sign = 2.0 * temperature - 1.0;
    let [w0, w1, w2] = &batch.weights;
    let (f, g, b) = (&jets.value[..], &jets.slope[..], &jets.bend[..]);
    let [value, squares, curl, squared_bend] = wide::contract(w0, f, g, b);
    let mut jet = Jet::<3> {
        value,
        ..Jet::default()
    };
    jet.gradient[0] = -0.5 * sign * squares;
    jet.hessian[0][0] = curl + 0.5 * (1.0 - temperature) * squared_bend;
    if !w1.is_empty() {
        jet.gradient[1] = wide::dot(w1, g);
        jet.hessian[1][1] = wide::dot(w2, b);
        jet.hessian[0][1] = -sign * wide::dot3(w1, g, b);
    }
    if by.is_some() {
        jet.gradient[2] = wide::dot(w0, &jets.by);
        jet.hessian[2][2] = wide::dot(w0, &jets.by_by);
        jet.hessian[0][2] = -sign * wide::dot3(w0, g, &jets.slope_by);
        if !w1.is_empty() {
            jet.hessian[1][2] = wide::dot(w1, &jets.slope_by);
        }
    }
    Average {
        jet: jet.symmetric(),
        squared_bend,
    }
}

/// `∂_v∂_c` of an average at fixed law of the field, from the jets of its control parameter `c`
/// (GA.14).
pub fn own_and_control(batch: &Batch, jets: &Jets, field: &Field) -> f64 {
    let [w0, w1, _] = &batch.weights;
    let along = wide::dot3(w0, &batch.fields, &jets.slope_by);
    let across = if w1.is_empty() {
        0.0
    } else {
        field.along() * wide::dot(w1, &jets.slope_by)
    };
    let bend = (along - across) / (field.root * field.root);
    0.5 * bend + wide::dot3(w0, &jets.slope, &jets.slope_by)
}
