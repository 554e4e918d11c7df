//! The law of the patterns: what the theory averages over.
//!
//! A pattern belongs to a class; in each the cavity field of a stability is Gaussian, or has the
//! density that a teacher's label gives it.

use super::data::Data;
use super::field::{Correlation, Field, Law};
use super::mixture::{Bias, Class, Mixture};

/// Where patterns come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Disorder {
    /// I.i.d. entries of unit variance, labelled in one of these ways.
    Labels(Data),
    /// Two clusters, and the bias of their classifier.
    Clusters(Mixture, Bias),
}

impl From<Data> for Disorder {
    fn from(data: Data) -> Self {
        Disorder::Labels(data)
    }
}

impl Disorder {
    /// Whether the labels are a teacher's.
    pub fn has_teacher(&self) -> bool {
        *self == Disorder::Labels(Data::Teacher)
    }

    /// The law of the labels given the class.
    pub fn labels(&self) -> Data {
        match self {
            Disorder::Labels(data) => *data,
            Disorder::Clusters(..) => Data::Storage,
        }
    }

    /// The mixture and the bias of patterns in clusters.
    pub fn clusters(&self) -> Option<(&Mixture, Bias)> {
        match self {
            Disorder::Clusters(mixture, bias) => Some((mixture, *bias)),
            Disorder::Labels(_) => None,
        }
    }

    /// Whether there is a direction, of the teacher or of the clusters, the overlap `m` with which is an
    /// order parameter.
    pub fn has_axis(&self) -> bool {
        self.has_teacher() || self.clusters().is_some()
    }

    /// Variance of an entry of a pattern around the centre of its class.
    pub fn noise(&self) -> f64 {
        self.clusters().map_or(1.0, |(mixture, _)| mixture.delta())
    }

    /// The bias, if it is given or follows from symmetry: `None` if it is an order parameter.
    pub fn given_bias(&self) -> Option<f64> {
        match self.clusters().map(|(mixture, bias)| mixture.bias(bias)) {
            Some(Bias::Learned) => None,
            Some(Bias::Fixed(bias)) => Some(bias),
            None => Some(0.0),
        }
    }

    /// The classes that have to be averaged over, with their weights: clusters without a bias have the
    /// same stabilities.
    pub fn classes(&self) -> Vec<Class> {
        match self.clusters() {
            Some((mixture, _)) if self.given_bias() != Some(0.0) => mixture.classes().to_vec(),
            _ => vec![Class {
                label: 1.0,
                weight: 1.0,
            }],
        }
    }

    /// The cavity field of a class at overlap `q` and at this correlation with the teacher, or overlap
    /// `m` with the axis of the clusters and bias `b`.
    pub fn field(&self, class: &Class, q: f64, teacher: Correlation, [m, bias]: [f64; 2]) -> Field {
        let law = match self {
            Disorder::Labels(Data::Storage) => Law::Centred,
            Disorder::Labels(Data::Teacher) => Law::Labelled(teacher),
            Disorder::Clusters(..) => Law::Shifted(m + class.label * bias),
        };
        Field {
            root: (self.noise() * q).sqrt(),
            law,
        }
    }
}
