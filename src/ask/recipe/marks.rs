//! What is drawn in a panel: curves, points, regions, reference lines, notes.

use serde::Deserialize;

use super::source::{Sources, has_data};
use super::value::{Color, Coordinate, Edge, Level, Match};

/// A line or a set of markers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Name of the data. Required.
    pub data: String,
    /// Column of the abscissa, or a number. Required.
    pub x: Coordinate,
    /// Column of the ordinate, or a number; a missing value breaks the line. Required.
    pub y: Coordinate,
    /// Conditions on rows: a value, a list of values, or `{ min, max }`.
    #[serde(default, rename = "where")]
    pub filter: Match,
    /// One curve for each value of this column; `{column}` in `label` becomes the value.
    pub split_by: Option<String>,
    /// Entry in the legend; TeX between `$…$`.
    #[serde(default)]
    pub label: String,
    /// Style of the line.
    pub style: Option<LineStyle>,
    /// Width of the line in points (default 1).
    pub width: Option<f64>,
    /// Colour (default: the next of the palette); an index goes on with `split_by`.
    pub color: Option<Color>,
    /// Marker.
    pub marker: Option<Marker>,
    /// Diameter of the marker in points (default 4).
    pub marker_size: Option<f64>,
    /// Whether the marker is drawn as an outline.
    #[serde(default)]
    pub open: bool,
    /// Column of symmetric error bars of the ordinate.
    pub error: Option<String>,
    /// Columns of the lower and the upper end of error bars of the ordinate, instead of `error`.
    pub interval: Option<[String; 2]>,
    /// Column of symmetric error bars of the abscissa.
    pub x_error: Option<String>,
}

/// Style of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineStyle {
    /// Drawn through.
    Solid,
    /// Long strokes.
    Dashed,
    /// Points.
    Dotted,
    /// Strokes and points.
    DashDot,
    /// No line.
    None,
}

/// Shape of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Marker {
    /// No marker.
    None,
    /// A disc.
    Circle,
    /// A square.
    Square,
    /// A triangle that points up.
    Triangle,
    /// A square on its corner.
    Diamond,
    /// Two diagonal strokes.
    Cross,
    /// A horizontal and a vertical stroke.
    Plus,
    /// A five-pointed star.
    Star,
}

/// A shaded region between a curve and an edge.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shade {
    /// Name of the data. Required.
    pub data: String,
    /// Column of the abscissa. Required.
    pub x: String,
    /// Column of the ordinate. Required.
    pub y: String,
    /// Conditions on rows.
    #[serde(default, rename = "where")]
    pub filter: Match,
    /// Where the region ends: an edge of the panel, an ordinate, or another curve. Required.
    pub to: Edge,
    /// Colour (default grey).
    pub color: Option<Color>,
    /// Opacity from 0 to 1 (default 0.2).
    pub opacity: Option<f64>,
    /// Text: in the region where `at` is given, else an entry in the legend.
    #[serde(default)]
    pub label: String,
    /// Where the middle of the text stands, in data coordinates.
    pub at: Option<[f64; 2]>,
}

/// A vertical line (`x`) or a horizontal one (`y`).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Abscissa of a vertical line: a number or `{ data, column }`.
    pub x: Option<Level>,
    /// Ordinate of a horizontal line: a number or `{ data, column }`.
    pub y: Option<Level>,
    /// Text beside the line.
    #[serde(default)]
    pub label: String,
    /// Where along the line the text stands, from 0 to 1 (default 0.95).
    pub position: Option<f64>,
    /// On which side of the line the text stands.
    #[serde(default)]
    pub side: Side,
    /// Style of the line (default dashed).
    pub style: Option<LineStyle>,
    /// Width in points (default 0.5).
    pub width: Option<f64>,
    /// Colour (default grey).
    pub color: Option<Color>,
}

/// Side of a reference line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Side {
    /// `right` of a vertical line, `above` a horizontal one.
    #[default]
    #[serde(rename = "right", alias = "above")]
    After,
    /// `left` of a vertical line, `below` a horizontal one.
    #[serde(rename = "left", alias = "below")]
    Before,
}

/// An annotation at data coordinates.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What is written; TeX between `$…$`. Required.
    pub text: String,
    /// Where, in data coordinates. Required.
    pub at: [f64; 2],
    /// Which point of the text stands there.
    #[serde(default)]
    pub anchor: Anchor,
    /// Anticlockwise rotation in degrees.
    #[serde(default)]
    pub rotate: f64,
    /// Colour (default black).
    pub color: Option<Color>,
    /// Size in points (default: that of the figure).
    pub size_pt: Option<f64>,
}

/// A point of a text's box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names say it
pub enum Anchor {
    #[default]
    Center,
    Top,
    Bottom,
    Left,
    Right,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

impl Curve {
    pub(super) fn check(&self, sources: &Sources) -> Result<(), String> {
        has_data(sources, &self.data)?;
        within("width", self.width, 0.05, 20.0)?;
        within("marker_size", self.marker_size, 0.5, 50.0)
    }
}

impl Shade {
    pub(super) fn check(&self, sources: &Sources) -> Result<(), String> {
        has_data(sources, &self.data)?;
        if let Edge::Curve(other) = &self.to {
            has_data(sources, &other.data).map_err(|m| format!("to: {m}"))?;
        }
        within("opacity", self.opacity, 0.0, 1.0)
    }
}

impl Line {
    pub(super) fn check(&self, sources: &Sources) -> Result<(), String> {
        if self.x.is_some() == self.y.is_some() {
            return Err("a line has either x (vertical) or y (horizontal)".into());
        }
        if let Some(Level::Column { data, .. }) = self.x.as_ref().or(self.y.as_ref()) {
            has_data(sources, data)?;
        }
        within("position", self.position, 0.0, 1.0)?;
        within("width", self.width, 0.05, 20.0)
    }
}

impl Note {
    pub(super) fn check(&self) -> Result<(), String> {
        if !self.at.iter().all(|v| v.is_finite()) {
            return Err(format!("at = {:?}: must be finite", self.at));
        }
        within("size_pt", self.size_pt, 2.0, 60.0)
    }
}

fn within(key: &str, value: Option<f64>, low: f64, high: f64) -> Result<(), String> {
    match value {
        Some(v) if !(low..=high).contains(&v) => {
            Err(format!("{key} = {v}: must lie between {low} and {high}"))
        }
        _ => Ok(()),
    }
}
