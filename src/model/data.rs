//! The law of the labels: what the theory averages over.

use crate::math::{Feature, Real, special};

/// Patterns with i.i.d. N(0, 1) entries, labelled in one of these ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Random labels: every cavity field is as likely as the Gaussian measure says.
    Storage,
    /// Labels of a teacher drawn from the weights' own prior (RS.4).
    Teacher,
}

impl Data {
    /// Whether the overlap `m` with a teacher is an order parameter.
    pub fn has_teacher(self) -> bool {
        self == Data::Teacher
    }

    /// Density of the cavity field `z` relative to the Gaussian measure, at cosine
    /// `c = m/√q` with the teacher and sine `s = √(1-c²)`: one, or `2H(-c z/s)` (RS.4).
    pub fn weight<D: Real>(self, z: f64, cosine: D, sine: D) -> D {
        match self {
            Data::Storage => D::constant(1.0),
            Data::Teacher => special::h_of(-cosine * z / sine) * 2.0,
        }
    }

    /// Where [`Data::weight`] varies fast in `z`.
    pub fn features(self, cosine: f64, sine: f64) -> Vec<Feature> {
        match self {
            Data::Storage => Vec::new(),
            Data::Teacher => {
                vec![Feature {
                    centre: 0.0,
                    width: sine / cosine.abs().max(f64::MIN_POSITIVE),
                }]
            }
        }
    }
}
