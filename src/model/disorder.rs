//! The law of the patterns: what the theory averages over.
//!
//! A pattern belongs to a class; in each the cavity field of a stability is Gaussian, or has the
//! density that a teacher's label gives it.

use super::average::Correlation;
use super::data::Data;
use super::mixture::{Bias, Class, Mixture};
use crate::math::Feature;
use crate::math::gauss::CUT;

/// Where patterns come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Disorder {
    /// I.i.d. entries of unit variance, labelled in one of these ways.
    Labels(Data),
    /// Two clusters, and the bias of their classifier.
    Clusters(Mixture, Bias),
}

/// The law of the cavity field of one class of patterns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Deviation of its Gaussian part.
    pub root: f64,
    /// What it is correlated with.
    pub law: Law,
}

/// How a cavity field depends on the overlap `m`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// `ω = σ z`.
    Centred,
    /// The same with the density `2H(-c z/s)` of a teacher's label (RS.4).
    Labelled(Correlation),
    /// `ω = μ + σ z`, with a mean that moves with `m`.
    Shifted(f64),
}

impl Field {
    /// The field at a node `z`.
    pub fn at(&self, z: f64) -> f64 {
        self.mean() + self.root * z
    }

    /// Its mean.
    pub fn mean(&self) -> f64 {
        match self.law {
            Law::Shifted(mean) => mean,
            Law::Centred | Law::Labelled(_) => 0.0,
        }
    }

    /// `Σ` such that `E ω g = σ² E ∂g + Σ ∂_m E g`: the overlap with a teacher, or the mean.
    pub fn along(&self) -> f64 {
        match self.law {
            Law::Centred => 0.0,
            Law::Labelled(c) => c.cosine * self.root * c.variance.sqrt(),
            Law::Shifted(mean) => mean,
        }
    }

    /// Features in `ω` as features in `z`, with those of the labels.
    pub fn in_units(&self, features: &mut Vec<Feature>) {
        let mean = self.mean();
        for f in features.iter_mut() {
            f.centre = (f.centre - mean) / self.root;
            f.width /= self.root;
        }
        features.retain(|f| f.centre.abs() < CUT + f.width);
        if let Law::Labelled(c) = self.law {
            features.extend(Data::Teacher.features(c.cosine, c.sine));
        }
    }
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
