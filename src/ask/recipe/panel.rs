//! One panel: axes and what is drawn between them.

use serde::Deserialize;

use super::marks::{Curve, Line, Note, Shade};
use super::source::Sources;
use super::value::Ticks;

/// A pair of axes with everything drawn in it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Text above the frame, after the letter.
    #[serde(default)]
    pub title: String,
    /// Horizontal axis.
    #[serde(default)]
    pub x: Axis,
    /// Vertical axis.
    #[serde(default)]
    pub y: Axis,
    /// Where the legend stands (default: the emptiest place).
    #[serde(default)]
    pub legend: LegendPlace,
    /// Lines through data.
    #[serde(default, rename = "curve")]
    pub curves: Vec<Curve>,
    /// Markers at data; the same keys as a curve, other defaults.
    #[serde(default, rename = "points")]
    pub points: Vec<Curve>,
    /// Shaded regions.
    #[serde(default, rename = "shade")]
    pub shades: Vec<Shade>,
    /// Vertical and horizontal reference lines.
    #[serde(default, rename = "line")]
    pub lines: Vec<Line>,
    /// Annotations.
    #[serde(default, rename = "text")]
    pub notes: Vec<Note>,
    /// A small panel inside this one; needs `place`.
    pub inset: Option<Box<Panel>>,
    /// Of an inset only: left, bottom, width and height of its frame, as fractions of the panel.
    pub place: Option<[f64; 4]>,
}

/// One axis.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Axis {
    /// Label; TeX between `$…$`.
    pub label: String,
    /// Smallest value (default: from the data).
    pub min: Option<f64>,
    /// Largest value (default: from the data).
    pub max: Option<f64>,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// How many labelled ticks, or where.
    pub ticks: Option<Ticks>,
    /// How tick numbers are written.
    pub format: TickFormat,
}

/// Scale of an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Proportional to the value.
    #[default]
    Linear,
    /// Proportional to the logarithm; only positive values exist.
    Log,
}

/// How tick numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TickFormat {
    /// Decimals on a linear axis, powers of ten on a logarithmic one.
    #[default]
    Auto,
    /// `0.01`.
    Decimal,
    /// `10^{-2}`, with a factor where needed.
    Power,
    /// Ticks without numbers.
    None,
}

/// Where the legend stands inside the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names say it
pub enum LegendPlace {
    /// Where it covers least.
    #[default]
    Best,
    /// No legend.
    None,
    TopLeft,
    Top,
    TopRight,
    Left,
    Right,
    BottomLeft,
    Bottom,
    BottomRight,
}

impl Panel {
    pub(super) fn check(&self, sources: &Sources, inset: bool) -> Result<(), String> {
        match (&self.place, inset) {
            (None, true) => return Err("inset: needs place = [left, bottom, width, height]".into()),
            (Some(_), false) => return Err("place: only an inset has a place".into()),
            (Some(place), true) => check_place(place)?,
            (None, false) => {}
        }
        self.x.check("x")?;
        self.y.check("y")?;
        for (kind, curves) in [("curve", &self.curves), ("points", &self.points)] {
            for (i, curve) in curves.iter().enumerate() {
                curve
                    .check(sources)
                    .map_err(|m| format!("{kind} {}: {m}", i + 1))?;
            }
        }
        for (i, shade) in self.shades.iter().enumerate() {
            shade
                .check(sources)
                .map_err(|m| format!("shade {}: {m}", i + 1))?;
        }
        for (i, line) in self.lines.iter().enumerate() {
            line.check(sources)
                .map_err(|m| format!("line {}: {m}", i + 1))?;
        }
        for (i, note) in self.notes.iter().enumerate() {
            note.check().map_err(|m| format!("text {}: {m}", i + 1))?;
        }
        match &self.inset {
            Some(_) if inset => Err("inset: an inset has no inset".into()),
            Some(inner) => inner
                .check(sources, true)
                .map_err(|m| format!("inset: {m}")),
            None => Ok(()),
        }
    }
}

fn check_place(place: &[f64; 4]) -> Result<(), String> {
    let [left, bottom, width, height] = *place;
    let inside = |from: f64, extent: f64| from >= 0.0 && extent > 0.0 && from + extent <= 1.0;
    if inside(left, width) && inside(bottom, height) {
        return Ok(());
    }
    Err(format!(
        "place = {place:?}: left, bottom, width, height must lie inside the unit square"
    ))
}

impl Axis {
    fn check(&self, name: &str) -> Result<(), String> {
        for (key, value) in [("min", self.min), ("max", self.max)] {
            if let Some(v) = value {
                if !v.is_finite() {
                    return Err(format!("{name}.{key} = {v}: must be finite"));
                }
                if self.scale == Scale::Log && v <= 0.0 {
                    return Err(format!(
                        "{name}.{key} = {v}: a logarithmic axis is positive"
                    ));
                }
            }
        }
        match (self.min, self.max) {
            (Some(min), Some(max)) if min >= max => Err(format!(
                "{name}.min = {min}: must be smaller than {name}.max = {max}"
            )),
            _ => Ok(()),
        }
    }
}
