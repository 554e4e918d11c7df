//! The law of the cavity field of one class of patterns.

use super::data::Data;
use crate::math::Feature;
use crate::math::gauss::CUT;

/// The law of a teacher's field and its correlation with a pattern's cavity field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// Cosine `c = m/√(ρ q)`.
    pub cosine: f64,
    /// `√(1 - c²)`.
    pub sine: f64,
    /// Variance `ρ` of the teacher's field.
    pub variance: f64,
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
