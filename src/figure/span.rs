//! A range of values on a scale.

use crate::ask::recipe::Scale;

/// A range of values on a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub scale: Scale,
    pub min: f64,
    pub max: f64,
}

impl Span {
    /// Where a value lies: 0 at `min`, 1 at `max`; `None` where the axis has no place for it.
    pub fn fraction(&self, value: f64) -> Option<f64> {
        let place = self.raw(value);
        place.is_finite().then_some(place)
    }

    /// The value at a place.
    pub fn value(&self, fraction: f64) -> f64 {
        match self.scale {
            Scale::Linear => self.min + fraction * (self.max - self.min),
            Scale::Log => self.min * (self.max / self.min).powf(fraction),
        }
    }

    pub(super) fn raw(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.min) / (self.max - self.min),
            Scale::Log => (value / self.min).ln() / (self.max / self.min).ln(),
        }
    }
}
