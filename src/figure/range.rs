//! The ranges of a panel's axes, given or from the data.

use crate::ask::recipe::{Axis, Panel, Scale};

use super::figure_error::FigureError;
use super::runs::Point;
use super::span::Span;
use super::traces::Trace;

/// Room beside the data where a limit is not given, as a fraction of the range.
const AIR: f64 = 0.04;

/// The spans of both axes.
pub(super) fn spans(
    panel: &Panel,
    traces: &[Trace],
    place: &str,
) -> Result<(Span, Span), FigureError> {
    let points: Vec<&Point> = traces.iter().flat_map(|t| &t.runs).flatten().collect();
    let in_x = |p: &&&Point| {
        panel.x.min.is_none_or(|min| p.x >= min) && panel.x.max.is_none_or(|max| p.x <= max)
    };
    let xs: Vec<f64> = points
        .iter()
        .flat_map(|p| [p.x - p.dx, p.x + p.dx])
        .collect();
    let ys: Vec<f64> = points
        .iter()
        .filter(in_x)
        .flat_map(|p| [p.y - p.dy[0], p.y + p.dy[1]])
        .collect();
    let x = span(&panel.x, &xs).map_err(|why| complaint(place, "x", why))?;
    let y = span(&panel.y, &ys).map_err(|why| complaint(place, "y", why))?;
    Ok((x, y))
}

fn complaint(place: &str, axis: &str, why: &str) -> FigureError {
    FigureError::Impossible(format!(
        "{place}: {axis}: {why}; give {axis}.min and {axis}.max"
    ))
}

fn span(axis: &Axis, values: &[f64]) -> Result<Span, &'static str> {
    let log = axis.scale == Scale::Log;
    let forward = |v: f64| if log { v.ln() } else { v };
    let usable = values
        .iter()
        .filter(|v| !log || **v > 0.0)
        .map(|v| forward(*v));
    let (mut low, mut high) = usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    });
    if low > high && (axis.min.is_none() || axis.max.is_none()) {
        return Err("no data to choose a range from");
    }
    let air = match high - low {
        range if range > 0.0 => AIR * range,
        _ if log => 0.5,
        _ => 0.1 * high.abs().max(1e-3),
    };
    low = axis.min.map_or(low - air, forward);
    high = axis.max.map_or(high + air, forward);
    let back = |v: f64| if log { v.exp() } else { v };
    let min = axis.min.unwrap_or_else(|| back(low));
    let max = axis.max.unwrap_or_else(|| back(high));
    if !(min < max && min.is_finite() && max.is_finite()) {
        return Err("the data lie outside the limit that is given");
    }
    Ok(Span {
        scale: axis.scale,
        min,
        max,
    })
}
