//! The legend: samples with labels, where they cover least.

use crate::ask::recipe::LegendPlace;

use super::canvas::{Canvas, Pen, units};
use super::figure_error::FigureError;
use super::label::Label;
use super::layout::Frame;
use super::marks::draw_stamp;
use super::palette::{BLACK, Rgb};
use super::traces::{Stamp, Trace};

/// What an entry shows left of its label.
pub(super) struct Sample {
    pub pen: Option<Pen>,
    pub stamp: Option<Stamp>,
    /// Colour and opacity of a region.
    pub swatch: Option<(Rgb, f64)>,
}

impl From<&Trace> for Sample {
    fn from(trace: &Trace) -> Self {
        Sample {
            pen: trace.pen,
            stamp: trace.stamp,
            swatch: None,
        }
    }
}

/// A legend that has been measured; lengths in points.
pub(super) struct Legend {
    entries: Vec<(Sample, Label)>,
    size: f64,
    width: f64,
    height: f64,
}

impl Legend {
    /// The legend of samples with their labels.
    pub fn new(samples: Vec<(Sample, &str)>, size: f64) -> Result<Self, FigureError> {
        let set = |(sample, text)| Ok((sample, Label::new(text)?));
        let entries = samples
            .into_iter()
            .map(set)
            .collect::<Result<Vec<_>, FigureError>>()?;
        let widest = entries
            .iter()
            .map(|(_, label)| label.width)
            .fold(0.0, f64::max)
            * size;
        let rows: f64 = entries.iter().map(|(_, label)| pitch(label, size)).sum();
        let width = length(size) + 0.6 * size + widest + 0.8 * size;
        Ok(Legend {
            entries,
            size,
            width,
            height: rows + 0.5 * size,
        })
    }

    /// The box of the legend, or `None` where there is nothing to show; `covered` are the points
    /// of the page that should stay visible.
    pub fn place(
        &self,
        place: LegendPlace,
        frame: &Frame,
        covered: &[(f64, f64)],
    ) -> Option<Frame> {
        if self.entries.is_empty() || place == LegendPlace::None {
            return None;
        }
        if let Some(fixed) = fixed(place) {
            return Some(self.area(fixed, frame));
        }
        let cost = |(u, v): &(f64, f64)| {
            let area = self.area((*u, *v), frame);
            let near = 0.4 * self.size;
            let inside = |p: &&(f64, f64)| {
                p.0 > area.left - near
                    && p.0 < area.left + area.width + near
                    && p.1 > area.top - near
                    && p.1 < area.top + area.height + near
            };
            covered.iter().filter(inside).count()
        };
        // Corners and edges first, then everywhere; the first of equals stays.
        let named = PLACES.iter().filter_map(|place| fixed(*place));
        let steps = || (0..=20).map(|i| f64::from(i) / 20.0);
        let anywhere = steps().flat_map(|v| steps().map(move |u| (1.0 - u, v)));
        let best = named.chain(anywhere).min_by_key(cost);
        best.map(|place| self.area(place, frame))
    }

    /// The box with these fractions of the free space left of it and above it.
    fn area(&self, (u, v): (f64, f64), frame: &Frame) -> Frame {
        let gap = 0.7 * self.size;
        let free_x = frame.width - self.width - 2.0 * gap;
        let free_y = frame.height - self.height - 2.0 * gap;
        Frame {
            left: frame.left + gap + u * free_x,
            top: frame.top + gap + v * free_y,
            width: self.width,
            height: self.height,
        }
    }

    /// Draws the legend into its box.
    pub fn draw(&self, area: &Frame, canvas: &mut Canvas) {
        let [left, top] = [area.left, area.top].map(units);
        let [right, bottom] = [area.left + area.width, area.top + area.height].map(units);
        let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        canvas.fill(&[corners], (255, 255, 255), 0.85);
        let mut y = area.top + 0.25 * self.size;
        for (sample, label) in &self.entries {
            let pitch = pitch(label, self.size);
            let start = area.left + 0.4 * self.size;
            let end = start + length(self.size);
            let baseline = y + pitch / 2.0 + (label.ascent - label.descent) * self.size / 2.0;
            // The sample stands at half the height of a digit, whatever the label's extents.
            let middle = baseline - 0.3 * self.size;
            if let Some((color, opacity)) = sample.swatch {
                let ([left, right], half) = ([start, end].map(units), 0.35 * self.size);
                let [top, bottom] = [middle - half, middle + half].map(units);
                let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
                canvas.fill(&[corners], color, opacity);
            }
            if let Some(pen) = &sample.pen {
                let line = vec![(units(start), units(middle)), (units(end), units(middle))];
                canvas.stroke(&[line], pen);
            }
            if let Some(stamp) = &sample.stamp {
                draw_stamp(canvas, stamp, ((start + end) / 2.0, middle));
            }
            let at = (end + 0.6 * self.size, baseline);
            canvas.label(label, at, self.size, 0.0, BLACK);
            y += pitch;
        }
    }
}

/// The named places, in the order in which they are preferred.
const PLACES: [LegendPlace; 8] = [
    LegendPlace::TopRight,
    LegendPlace::TopLeft,
    LegendPlace::BottomRight,
    LegendPlace::BottomLeft,
    LegendPlace::Right,
    LegendPlace::Left,
    LegendPlace::Top,
    LegendPlace::Bottom,
];

/// Fractions of the free space left of and above a named place.
fn fixed(place: LegendPlace) -> Option<(f64, f64)> {
    use LegendPlace as P;
    Some(match place {
        P::Best | P::None => return None,
        P::TopLeft => (0.0, 0.0),
        P::Top => (0.5, 0.0),
        P::TopRight => (1.0, 0.0),
        P::Left => (0.0, 0.5),
        P::Right => (1.0, 0.5),
        P::BottomLeft => (0.0, 1.0),
        P::Bottom => (0.5, 1.0),
        P::BottomRight => (1.0, 1.0),
    })
}

/// Length of a sample.
fn length(size: f64) -> f64 {
    2.3 * size
}

/// Height of an entry.
fn pitch(label: &Label, size: f64) -> f64 {
    ((label.ascent + label.descent) * size + 0.3 * size).max(1.3 * size)
}
