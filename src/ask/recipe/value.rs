//! Values that may be written in more than one way.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

/// The colours that a recipe may name, in the order of the palette's indices.
pub const COLOR_NAMES: [&str; 9] = [
    "blue",
    "vermillion",
    "green",
    "purple",
    "orange",
    "sky-blue",
    "black",
    "yellow",
    "grey",
];

/// A colour: an index into the palette, a name of it, or `"#rrggbb"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Color {
    /// Position in the palette; larger indices start again.
    Index(usize),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

impl TryFrom<Value> for Color {
    type Error = String;
    fn try_from(value: Value) -> Result<Self, String> {
        let wrong = || {
            let names = COLOR_NAMES.join(", ");
            format!("{value}: must be an index into the palette, \"#rrggbb\", or one of {names}")
        };
        match &value {
            Value::Integer(i) => usize::try_from(*i).map(Color::Index).map_err(|_| wrong()),
            Value::String(text) => {
                if let Some(i) = COLOR_NAMES.iter().position(|name| name == text) {
                    return Ok(Color::Index(i));
                }
                let hex = text
                    .strip_prefix('#')
                    .filter(|h| h.len() == 6)
                    .ok_or_else(wrong)?;
                let rgb = u32::from_str_radix(hex, 16).map_err(|_| wrong())?;
                let [_, r, g, b] = rgb.to_be_bytes();
                Ok(Color::Rgb(r, g, b))
            }
            _ => Err(wrong()),
        }
    }
}

/// Labelled ticks: how many are wanted, or exactly where.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Ticks {
    /// About this many.
    Count(usize),
    /// At these values.
    At(Vec<f64>),
}

impl TryFrom<Value> for Ticks {
    type Error = String;
    fn try_from(value: Value) -> Result<Self, String> {
        let wrong = || format!("{value}: must be a number from 0 to 50, or a list of values");
        match &value {
            Value::Integer(n @ 0..=50) => Ok(Ticks::Count(*n as usize)),
            Value::Array(items) => {
                let items: Option<Vec<f64>> = items.iter().map(finite).collect();
                items.map(Ticks::At).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

fn finite(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(i) => Some(*i as f64),
        Value::Float(x) if x.is_finite() => Some(*x),
        _ => None,
    }
}

/// A coordinate of a curve: a column of its data, or the same number everywhere.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Coordinate {
    /// The name of a column.
    Column(String),
    /// A number, such as the zero line on which thresholds are marked.
    Constant(f64),
}

impl TryFrom<Value> for Coordinate {
    type Error = String;
    fn try_from(value: Value) -> Result<Self, String> {
        match &value {
            Value::String(column) => Ok(Coordinate::Column(column.clone())),
            number => finite(number)
                .map(Coordinate::Constant)
                .ok_or_else(|| format!("{value}: must be the name of a column, or a number")),
        }
    }
}

/// What a cell is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Equal as numbers, up to rounding of a grid.
    Number(f64),
    /// Equal as text.
    Text(String),
    /// A yes or a no.
    Bool(bool),
}

impl Literal {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(i) => Some(Literal::Number(*i as f64)),
            Value::Float(x) if !x.is_nan() => Some(Literal::Number(*x)),
            Value::String(text) => Some(Literal::Text(text.clone())),
            Value::Boolean(b) => Some(Literal::Bool(*b)),
            _ => None,
        }
    }
}

/// The conditions on rows, by column.
pub type Match = BTreeMap<String, Condition>;

/// A condition on one column.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Condition {
    /// The cell equals one of these.
    OneOf(Vec<Literal>),
    /// The number lies between these bounds; lines are cut exactly there by interpolation.
    Between {
        /// Smallest number that is drawn.
        min: f64,
        /// Largest number that is drawn.
        max: f64,
    },
}

impl TryFrom<Value> for Condition {
    type Error = String;
    fn try_from(value: Value) -> Result<Self, String> {
        let wrong = || {
            format!("{value}: must be a value, a list of allowed values, or {{ min = …, max = … }}")
        };
        match &value {
            Value::Array(items) => {
                let items: Option<Vec<_>> = items.iter().map(Literal::read).collect();
                items.map(Condition::OneOf).ok_or_else(wrong)
            }
            Value::Table(table) => {
                let (mut min, mut max) = (f64::NEG_INFINITY, f64::INFINITY);
                for (key, bound) in table {
                    let number = finite(bound).ok_or_else(wrong)?;
                    match key.as_str() {
                        "min" => min = number,
                        "max" => max = number,
                        _ => return Err(wrong()),
                    }
                }
                Ok(Condition::Between { min, max })
            }
            scalar => Literal::read(scalar)
                .map(|literal| Condition::OneOf(vec![literal]))
                .ok_or_else(wrong),
        }
    }
}

/// A curve of the data: columns of the rows that match.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataCurve {
    /// Name of the data. Required.
    pub data: String,
    /// Column of the abscissa. Required.
    pub x: String,
    /// Column of the ordinate. Required.
    pub y: String,
    /// Conditions on rows.
    #[serde(default, rename = "where")]
    pub filter: Match,
}

/// Where a shaded region ends.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Edge {
    /// The upper edge of the panel.
    Top,
    /// The lower edge of the panel.
    Bottom,
    /// The left edge of the panel.
    Left,
    /// The right edge of the panel.
    Right,
    /// A constant ordinate.
    Y(f64),
    /// Another curve.
    Curve(DataCurve),
}

impl TryFrom<Value> for Edge {
    type Error = String;
    fn try_from(value: Value) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!(
                "{value}: must be \"top\", \"bottom\", \"left\", \"right\", a number, or \
                 {{ data = …, x = …, y = … }}{why}"
            )
        };
        match &value {
            Value::String(text) => match text.as_str() {
                "top" => Ok(Edge::Top),
                "bottom" => Ok(Edge::Bottom),
                "left" => Ok(Edge::Left),
                "right" => Ok(Edge::Right),
                _ => Err(wrong("")),
            },
            Value::Table(_) => value
                .clone()
                .try_into()
                .map(Edge::Curve)
                .map_err(|e: toml::de::Error| wrong(&format!(" ({})", e.message()))),
            number => finite(number).map(Edge::Y).ok_or_else(|| wrong("")),
        }
    }
}

/// A number, or the first matching number of a column.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Level {
    /// The number itself.
    Number(f64),
    /// The first finite value of `column` among the rows of `data` that match and whose status, unless
    /// the conditions speak of it, is `ok`.
    Column {
        /// Name of the data.
        data: String,
        /// Name of the column.
        column: String,
        /// Conditions on rows.
        filter: Match,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnLevel {
    data: String,
    column: String,
    #[serde(default, rename = "where")]
    filter: Match,
}

impl TryFrom<Value> for Level {
    type Error = String;
    fn try_from(value: Value) -> Result<Self, String> {
        let wrong =
            |why: &str| format!("{value}: must be a number or {{ data = …, column = … }}{why}");
        match &value {
            Value::Table(_) => {
                let ColumnLevel {
                    data,
                    column,
                    filter,
                } = value
                    .clone()
                    .try_into()
                    .map_err(|e: toml::de::Error| wrong(&format!(" ({})", e.message())))?;
                Ok(Level::Column {
                    data,
                    column,
                    filter,
                })
            }
            number => finite(number).map(Level::Number).ok_or_else(|| wrong("")),
        }
    }
}
