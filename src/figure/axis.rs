//! An axis as plotters sees it: from values to places, with its ticks.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, KeyPointWeight, NoDefaultFormatting, Ranged};

use crate::ask::recipe::Scale;

use super::ticks::Ticks;

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

    fn raw(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.min) / (self.max - self.min),
            Scale::Log => (value / self.min).ln() / (self.max / self.min).ln(),
        }
    }
}

/// An axis with its range and ticks.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub span: Span,
    pub ticks: Ticks,
}

/// Asks an axis for its labelled ticks or for the small ones between them.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Major,
    Minor,
}

impl KeyPointHint for Which {
    fn max_num_points(&self) -> usize {
        usize::MAX
    }

    fn weight(&self) -> KeyPointWeight {
        match self {
            Which::Major => KeyPointWeight::Bold,
            Which::Minor => KeyPointWeight::Any,
        }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let place = self.span.raw(*value);
        (f64::from(from) + place * (f64::from(to) - f64::from(from))).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, hint: H) -> Vec<f64> {
        match hint.weight() {
            KeyPointWeight::Bold => self.ticks.major.iter().map(|tick| tick.value).collect(),
            KeyPointWeight::Any => self.ticks.minor.clone(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.span.min..self.span.max
    }
}
