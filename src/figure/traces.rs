//! What a panel draws, with names resolved: runs of points, pens, markers, levels.

use crate::ask::recipe::{
    Color, Coordinate, Curve, DataCurve, Edge, Level, LineStyle, Literal, Marker, Match, Panel,
    Shade,
};
use crate::record::Table;

use super::canvas::{Dash, Pen};
use super::figure_error::FigureError;
use super::palette::{self, Rgb};
use super::runs::{self, Columns, Run, STATUS};
use super::tables::Tables;

/// A marker as it is stamped at each point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stamp {
    pub shape: Marker,
    /// Diameter in points.
    pub size: f64,
    pub open: bool,
    pub color: Rgb,
}

/// A curve or a set of points.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub runs: Vec<Run>,
    pub pen: Option<Pen>,
    pub stamp: Option<Stamp>,
    pub color: Rgb,
    /// Entry in the legend; empty where there is none.
    pub label: String,
}

/// The traces of a panel: curves, then points, with the palette's colours in turn.
pub(super) fn traces(panel: &Panel, data: &Tables, place: &str) -> Result<Vec<Trace>, FigureError> {
    let mut out = Vec::new();
    let mut next = 0;
    for (kind, curves, lined) in [
        ("curve", &panel.curves, true),
        ("points", &panel.points, false),
    ] {
        for (i, curve) in curves.iter().enumerate() {
            let Some(table) = data.get(&curve.data) else {
                continue;
            };
            let split: Vec<Trace> = split(curve, table, lined, &mut next)
                .into_iter()
                .map(|(_, t)| t)
                .collect();
            if split.is_empty() {
                let columns = columns(curve);
                return Err(FigureError::Empty {
                    place: format!("{place}: {kind} {}", i + 1),
                    data: curve.data.clone(),
                    rows: table.rows().len(),
                    matching: runs::runs(table, &columns, &curve.filter).1,
                    doubtful: doubtful(table, &columns, &curve.filter),
                });
            }
            out.extend(split);
        }
    }
    Ok(out)
}

/// The values that each curve is split by and each set of points, of those that are drawn; one
/// that is not split has a single trace without a value.
pub(super) fn split_values(panel: &Panel, data: &Tables) -> Vec<Vec<Option<Literal>>> {
    let values = |curve: &Curve| {
        let table = data.get(&curve.data);
        let split = table.map(|table| split(curve, table, true, &mut 0));
        split
            .unwrap_or_default()
            .into_iter()
            .map(|(v, _)| v)
            .collect()
    };
    panel
        .curves
        .iter()
        .chain(&panel.points)
        .map(values)
        .collect()
}

fn columns(curve: &Curve) -> Columns<'_> {
    Columns {
        x: curve.x.clone(),
        y: curve.y.clone(),
        x_error: curve.x_error.as_deref(),
        y_error: curve.error.as_deref(),
        y_interval: curve
            .interval
            .as_ref()
            .map(|ends| ends.each_ref().map(String::as_str)),
    }
}

/// The traces of one curve with the values that they are split by: several where it is split.
fn split(
    curve: &Curve,
    table: &Table,
    lined: bool,
    next: &mut usize,
) -> Vec<(Option<Literal>, Trace)> {
    let values: Vec<Option<Literal>> = match &curve.split_by {
        Some(column) => runs::distinct(table, column, &curve.filter)
            .into_iter()
            .map(Some)
            .collect(),
        None => vec![None],
    };
    let mut out = Vec::new();
    for value in values {
        let mut filter = curve.filter.clone();
        let mut label = curve.label.clone();
        let mut group = None;
        if let (Some(column), Some(value)) = (&curve.split_by, &value) {
            label = fill(&label, column, value);
            group = Some(only(table, column, value));
            filter.remove(column);
        }
        let table = group.as_ref().unwrap_or(table);
        let (runs, _) = runs::runs(table, &columns(curve), &filter);
        if runs.is_empty() {
            continue;
        }
        let color = match curve.color {
            Some(Color::Index(i)) => palette::rgb(Color::Index(i), out.len()),
            Some(color) => palette::rgb(color, 0),
            None => palette::rgb(Color::Index((*next + out.len()) % palette::CYCLE), 0),
        };
        out.push((value, styled(curve, runs, color, label, lined)));
    }
    if curve.color.is_none() {
        *next += out.len();
    }
    out
}

/// The rows of a table in which a column has a value.
fn only(table: &Table, column: &str, value: &Literal) -> Table {
    let condition = crate::ask::recipe::Condition::OneOf(vec![value.clone()]);
    let filter = Match::from([(column.to_owned(), condition)]);
    let mut out = Table::new(table.columns().iter().cloned());
    for (row, values) in table.rows().iter().enumerate() {
        if runs::matches(table, row, &filter) {
            out.push(values.clone());
        }
    }
    out
}

fn styled(curve: &Curve, runs: Vec<Run>, color: Rgb, label: String, lined: bool) -> Trace {
    let default = if lined {
        LineStyle::Solid
    } else {
        LineStyle::None
    };
    let width = curve.width.unwrap_or(1.0);
    let shape = curve
        .marker
        .unwrap_or(if lined { Marker::None } else { Marker::Circle });
    let stamp = Stamp {
        shape,
        size: curve.marker_size.unwrap_or(4.0),
        open: curve.open,
        color,
    };
    Trace {
        runs,
        pen: pen(curve.style.unwrap_or(default), width, color),
        stamp: (shape != Marker::None).then_some(stamp),
        color,
        label,
    }
}

/// A pen for a style; `None` where no line is drawn.
pub(super) fn pen(style: LineStyle, width: f64, color: Rgb) -> Option<Pen> {
    let dash = match style {
        LineStyle::Solid => Dash::Solid,
        LineStyle::Dashed => Dash::Dashed,
        LineStyle::Dotted => Dash::Dotted,
        LineStyle::DashDot => Dash::Mixed,
        LineStyle::None => return None,
    };
    Some(Pen { color, width, dash })
}

/// Puts a value in place of `{column}`, as math inside and outside dollars.
fn fill(label: &str, column: &str, value: &Literal) -> String {
    let key = format!("{{{column}}}");
    let (text, is_math) = match value {
        Literal::Number(x) if *x == f64::INFINITY => ("\\infty".to_owned(), true),
        Literal::Number(x) => (x.to_string(), true),
        Literal::Bool(b) => (b.to_string(), false),
        Literal::Text(text) => (text.clone(), false),
    };
    let mut out = String::new();
    for (i, part) in label.split('$').enumerate() {
        let in_math = i % 2 == 1;
        if i > 0 {
            out.push('$');
        }
        let value = match (in_math, is_math) {
            (false, true) => format!("${text}$"),
            (true, false) => format!("\\text{{{text}}}"),
            _ => text.clone(),
        };
        out.push_str(&part.replace(&key, &value));
    }
    out
}

/// The runs of a shade's own curve.
pub(super) fn shade_runs(shade: &Shade, data: &Tables) -> Vec<Run> {
    select(data, &shade.data, &shade.x, &shade.y, &shade.filter)
}

/// The runs of the other curve of a shade.
pub(super) fn edge_runs(edge: &Edge, data: &Tables) -> Vec<Run> {
    match edge {
        Edge::Curve(DataCurve {
            data: name,
            x,
            y,
            filter,
        }) => select(data, name, x, y, filter),
        _ => Vec::new(),
    }
}

fn select(data: &Tables, name: &str, x: &str, y: &str, filter: &Match) -> Vec<Run> {
    data.get(name)
        .map_or_else(Vec::new, |t| runs::runs(t, &plain(x, y), filter).0)
}

/// Two columns without errors.
fn plain(x: &str, y: &str) -> Columns<'static> {
    Columns {
        x: Coordinate::Column(x.to_owned()),
        y: Coordinate::Column(y.to_owned()),
        x_error: None,
        y_error: None,
        y_interval: None,
    }
}

/// How many points are not drawn because of their status.
fn doubtful(table: &Table, columns: &Columns, filter: &Match) -> usize {
    let left = runs::left_out(table, columns, filter);
    left.iter().map(|(_, count)| count).sum()
}

/// What a panel does not draw because of its status, a line for each curve, set of points and shade.
pub(super) fn left_out(panel: &Panel, data: &Tables, place: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut tell = |what: String, name: &str, columns: &Columns, filter: &Match| {
        let left = data.get(name).map(|t| runs::left_out(t, columns, filter));
        for (status, count) in left.unwrap_or_default() {
            out.push(format!(
                "{place}: {what}: not drawn of \"{name}\": {status} ({count}); \
                 where = {{ {STATUS} = [\"ok\", \"{status}\"] }} draws them"
            ));
        }
    };
    for (kind, curves) in [("curve", &panel.curves), ("points", &panel.points)] {
        for (i, curve) in curves.iter().enumerate() {
            let what = format!("{kind} {}", i + 1);
            tell(what, &curve.data, &columns(curve), &curve.filter);
        }
    }
    for (i, shade) in panel.shades.iter().enumerate() {
        let what = format!("shade {}", i + 1);
        tell(
            what.clone(),
            &shade.data,
            &plain(&shade.x, &shade.y),
            &shade.filter,
        );
        if let Edge::Curve(to) = &shade.to {
            tell(what, &to.data, &plain(&to.x, &to.y), &to.filter);
        }
    }
    out
}

/// The number of a level: that of a row that can be trusted, unless the recipe asks for another status.
pub(super) fn level(level: &Level, data: &Tables, place: &str) -> Result<f64, FigureError> {
    match level {
        Level::Number(x) => Ok(*x),
        Level::Column {
            data: name,
            column,
            filter,
        } => {
            let Some(table) = data.get(name) else {
                return Err(FigureError::Impossible(format!("{place}: no data {name}")));
            };
            let rows = table.rows().len();
            let matching: Vec<usize> = (0..rows)
                .filter(|r| runs::matches(table, *r, filter))
                .collect();
            let first = matching
                .iter()
                .filter(|r| runs::trusted(table, **r, filter))
                .find_map(|r| runs::number(table, *r, column));
            first.ok_or_else(|| FigureError::Empty {
                place: place.to_owned(),
                data: name.clone(),
                rows,
                matching: matching.len(),
                doubtful: doubtful(table, &plain(column, column), filter),
            })
        }
    }
}
