//! Error bars in fractions of the axes.

use super::clip::{self, Place};
use super::runs::{Point, Run};
use super::span::Span;

/// The bars of all points, cut at the frame.
pub(super) fn pieces(runs: &[Run], x: &Span, y: &Span) -> Vec<Vec<Place>> {
    let mut out = Vec::new();
    for point in runs.iter().flatten().filter(|p| p.exact) {
        out.extend(
            upright(point, x, y)
                .into_iter()
                .chain(flat(point, x, y))
                .flatten(),
        );
    }
    out
}

fn upright(p: &Point, x: &Span, y: &Span) -> Option<Vec<Vec<Place>>> {
    let [down, up] = p.dy;
    let (u, high) = (x.fraction(p.x)?, y.fraction(p.y + up)?);
    (down + up > 0.0).then(|| clip::polyline(&[(u, lower(y, p.y - down)), (u, high)]))
}

fn flat(p: &Point, x: &Span, y: &Span) -> Option<Vec<Vec<Place>>> {
    let (v, high) = (y.fraction(p.y)?, x.fraction(p.x + p.dx)?);
    (p.dx > 0.0).then(|| clip::polyline(&[(lower(x, p.x - p.dx), v), (high, v)]))
}

/// The lower end; one that is not positive on a logarithmic axis lies outside the frame.
fn lower(span: &Span, value: f64) -> f64 {
    span.fraction(value).unwrap_or(-1.0).max(-1.0)
}
