//! Lines, markers, error bars and regions as elements that plotters places.

use std::convert::Infallible;

use plotters::element::{Drawable, PointCollection};
use plotters_backend::{BackendCoord, DrawingErrorKind};

use crate::ask::recipe::Marker;

use super::canvas::{Canvas, Pen, UNIT, circle, hex};
use super::number::number;
use super::palette::Rgb;
use super::traces::Stamp;

/// A point in data coordinates.
pub(super) type Datum = (f64, f64);

/// What is done with groups of placed points.
enum Tool {
    Stroke(Pen),
    Fill(Rgb, f64),
    Stamp(Stamp),
    /// Bars with caps of this half length in points.
    Bars(Pen, f64),
}

/// Groups of points with a tool.
pub(super) struct Mark {
    tool: Tool,
    groups: Vec<Vec<Datum>>,
    points: Vec<Datum>,
}

impl Mark {
    fn new(tool: Tool, groups: Vec<Vec<Datum>>) -> Self {
        let points = groups.iter().flatten().copied().collect();
        Mark {
            tool,
            groups,
            points,
        }
    }

    /// Polylines.
    pub fn stroke(runs: Vec<Vec<Datum>>, pen: Pen) -> Self {
        Mark::new(Tool::Stroke(pen), runs)
    }

    /// Filled polygons.
    pub fn fill(polygons: Vec<Vec<Datum>>, color: Rgb, opacity: f64) -> Self {
        Mark::new(Tool::Fill(color, opacity), polygons)
    }

    /// A marker at each point.
    pub fn stamp(points: Vec<Datum>, stamp: Stamp) -> Self {
        Mark::new(Tool::Stamp(stamp), vec![points])
    }

    /// Error bars, each from its first point to its second.
    pub fn bars(bars: Vec<Vec<Datum>>, pen: Pen, cap: f64) -> Self {
        Mark::new(Tool::Bars(pen, cap), bars)
    }
}

impl<'a> PointCollection<'a, Datum> for &'a Mark {
    type Point = &'a Datum;
    type IntoIter = std::slice::Iter<'a, Datum>;
    fn point_iter(self) -> Self::IntoIter {
        self.points.iter()
    }
}

impl Drawable<Canvas<'_>> for Mark {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut placed: I,
        canvas: &mut Canvas<'_>,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        let groups: Vec<Vec<BackendCoord>> = self
            .groups
            .iter()
            .map(|g| placed.by_ref().take(g.len()).collect())
            .collect();
        match &self.tool {
            Tool::Stroke(pen) => canvas.stroke(&groups, pen),
            Tool::Fill(color, opacity) => canvas.fill(&groups, *color, *opacity),
            Tool::Stamp(stamp) => {
                for &(x, y) in groups.iter().flatten() {
                    draw_stamp(canvas, stamp, (f64::from(x) / UNIT, f64::from(y) / UNIT));
                }
            }
            Tool::Bars(pen, cap) => canvas.stroke(&with_caps(&groups, *cap), pen),
        }
        Ok(())
    }
}

fn with_caps(bars: &[Vec<BackendCoord>], cap: f64) -> Vec<Vec<BackendCoord>> {
    let half = (cap * UNIT).round() as i32;
    let mut out = Vec::with_capacity(3 * bars.len());
    for bar in bars {
        out.push(bar.clone());
        let upright = bar.first().map(|p| p.0) == bar.last().map(|p| p.0);
        let (dx, dy) = if upright { (half, 0) } else { (0, half) };
        out.extend(
            bar.iter()
                .map(|p| vec![(p.0 - dx, p.1 - dy), (p.0 + dx, p.1 + dy)]),
        );
    }
    out
}

/// Draws one marker with its centre at a point of the page.
pub(super) fn draw_stamp(canvas: &mut Canvas, stamp: &Stamp, centre: (f64, f64)) {
    let d = shape(stamp.shape, centre, stamp.size / 2.0);
    let color = hex(stamp.color);
    let thin = number((stamp.size * 0.17).clamp(0.4, 1.0));
    let strokes = matches!(stamp.shape, Marker::Cross | Marker::Plus);
    let attributes = match (strokes, stamp.open) {
        (true, _) => format!("fill=\"none\" stroke=\"{color}\" stroke-width=\"{thin}\""),
        (false, true) => format!("fill=\"#fff\" stroke=\"{color}\" stroke-width=\"{thin}\""),
        (false, false) => format!("fill=\"{color}\""),
    };
    if !d.is_empty() {
        canvas.raw(&d, &attributes);
    }
}

/// Path data of a marker; sizes are chosen so that all shapes look equally large.
fn shape(marker: Marker, (x, y): (f64, f64), r: f64) -> String {
    let corners = |points: &[(f64, f64)]| {
        let at = |p: &(f64, f64)| format!("{} {}", number(x + r * p.0), number(y + r * p.1));
        format!("M{}z", points.iter().map(at).collect::<Vec<_>>().join("L"))
    };
    let strokes = |pairs: [[(f64, f64); 2]; 2]| {
        let at = |p: (f64, f64)| format!("{} {}", number(x + r * p.0), number(y + r * p.1));
        pairs.map(|[a, b]| format!("M{}L{}", at(a), at(b))).concat()
    };
    match marker {
        Marker::None => String::new(),
        Marker::Circle => circle((x, y), r),
        Marker::Square => {
            let s = 0.89;
            corners(&[(-s, -s), (s, -s), (s, s), (-s, s)])
        }
        Marker::Triangle => corners(&[(0.0, -1.25), (1.083, 0.625), (-1.083, 0.625)]),
        Marker::Diamond => corners(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
        Marker::Cross => {
            let s = 0.85;
            strokes([[(-s, -s), (s, s)], [(-s, s), (s, -s)]])
        }
        Marker::Plus => strokes([[(-1.1, 0.0), (1.1, 0.0)], [(0.0, -1.1), (0.0, 1.1)]]),
        Marker::Star => {
            let turn = std::f64::consts::PI / 5.0;
            let point = |k: usize| {
                let radius = if k.is_multiple_of(2) { 1.35 } else { 0.56 };
                let angle = k as f64 * turn;
                (radius * angle.sin(), -radius * angle.cos())
            };
            corners(&(0..10).map(point).collect::<Vec<_>>())
        }
    }
}
