//! An axis as plotters sees it: from values to places, with its ticks.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, KeyPointWeight, NoDefaultFormatting, Ranged};

use super::span::Span;
use super::ticks::Ticks;

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
