//! Labels on the page: anchors, turns, and the words around a panel.

use crate::ask::recipe::Anchor;

use super::canvas::Canvas;
use super::label::Label;
use super::layout::{self, Placed};
use super::palette::{BLACK, Rgb};

/// How a label stands: its anchor, size in points, anticlockwise turn in degrees and colour.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub anchor: Anchor,
    pub size: f64,
    pub turn: f64,
    pub color: Rgb,
}

impl Setting {
    /// Upright and black.
    pub fn plain(anchor: Anchor, size: f64) -> Self {
        Setting {
            anchor,
            size,
            turn: 0.0,
            color: BLACK,
        }
    }
}

/// Tick numbers, axis labels and the heading.
pub(super) fn around(p: &Placed, canvas: &mut Canvas) {
    let (frame, font, small) = (&p.frame, p.font, p.small);
    let (_, ascent, descent) = layout::extent(&p.x, small);
    let baseline = frame.top + frame.height + layout::tick_gap(small) + ascent;
    for (tick, number) in p.x.axis.ticks.major.iter().zip(&p.x.numbers) {
        if let Some(u) = p.x.axis.span.fraction(tick.value) {
            let x = frame.at((u, 0.0)).0 - number.width * small / 2.0;
            canvas.label(number, (x, baseline), small, 0.0, BLACK);
        }
    }
    let (width, ..) = layout::extent(&p.y, small);
    for (tick, number) in p.y.axis.ticks.major.iter().zip(&p.y.numbers) {
        if let Some(v) = p.y.axis.span.fraction(tick.value) {
            // Digits are 0.644 em high: centred on the tick whatever exponent they carry.
            let y = frame.at((0.0, v)).1 + 0.322 * small;
            let x = frame.left - layout::tick_gap(small) - number.width * small;
            canvas.label(number, (x, y), small, 0.0, BLACK);
        }
    }
    let gap = layout::label_gap(font);
    let below = (frame.left + frame.width / 2.0, baseline + descent + gap);
    write(
        canvas,
        &p.x.label,
        below,
        &Setting::plain(Anchor::Top, font),
    );
    let numbers = if width > 0.0 {
        width + layout::tick_gap(small)
    } else {
        0.0
    };
    let beside = (frame.left - numbers - gap, frame.top + frame.height / 2.0);
    let upward = Setting {
        turn: 90.0,
        ..Setting::plain(Anchor::Bottom, font)
    };
    write(canvas, &p.y.label, beside, &upward);
    let above = (frame.left, frame.top - 0.45 * font);
    write(
        canvas,
        &p.heading,
        above,
        &Setting::plain(Anchor::BottomLeft, font),
    );
}

/// Writes a label with its anchor at a point of the page.
pub(super) fn write(canvas: &mut Canvas, label: &Label, at: (f64, f64), how: &Setting) {
    let (x, y) = turned(offset(label, how), how.turn);
    canvas.label(label, (at.0 + x, at.1 + y), how.size, how.turn, how.color);
}

/// Points of the page that a label covers.
pub(super) fn covered(label: &Label, at: (f64, f64), how: &Setting) -> Vec<(f64, f64)> {
    let (dx, dy) = offset(label, how);
    let mut points = Vec::new();
    for i in 0..=10 {
        for j in 0..=2 {
            let (u, v) = (f64::from(i) / 10.0, f64::from(j) / 2.0);
            let right = dx + u * label.width * how.size;
            let down = dy + (v * (label.ascent + label.descent) - label.ascent) * how.size;
            let (x, y) = turned((right, down), how.turn);
            points.push((at.0 + x, at.1 + y));
        }
    }
    points
}

/// From the anchor to the left end of the baseline.
fn offset(label: &Label, how: &Setting) -> (f64, f64) {
    use Anchor as A;
    let x = match how.anchor {
        A::Left | A::TopLeft | A::BottomLeft => 0.0,
        A::Center | A::Top | A::Bottom => -label.width / 2.0,
        A::Right | A::TopRight | A::BottomRight => -label.width,
    };
    let y = match how.anchor {
        A::Top | A::TopLeft | A::TopRight => label.ascent,
        A::Center | A::Left | A::Right => (label.ascent - label.descent) / 2.0,
        A::Bottom | A::BottomLeft | A::BottomRight => -label.descent,
    };
    (x * how.size, y * how.size)
}

/// An offset on the page after an anticlockwise turn (the page's y axis points down).
fn turned((x, y): (f64, f64), degrees: f64) -> (f64, f64) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    (x * cos + y * sin, -x * sin + y * cos)
}
