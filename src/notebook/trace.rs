//! Python for curves and points.

use crate::ask::recipe::{Color, Condition, Coordinate, Curve, LineStyle, Literal, Marker, Match};

use super::literal::{CYCLE, call, color, conditions, label, literal, number};
use super::literal::{split_label, variable};
use super::marks::{dash, table};
use crate::ask::in_python as text;

/// A curve or a set of points: one call, or a loop over the values that it is split by.
pub(super) fn python(
    curve: &Curve,
    lined: bool,
    values: &[Option<Literal>],
    next: usize,
    ax: &str,
) -> String {
    let first = curve.color.unwrap_or(Color::Index(next % CYCLE));
    let labelled = !curve.label.is_empty();
    let Some(column) = &curve.split_by else {
        let trace = Trace {
            curve,
            lined,
            rows: table(&curve.data),
            filter: curve.filter.clone(),
            pen: color(first, None),
            label: labelled.then(|| label(&curve.label)),
            indent: 0,
            ax,
        };
        return trace.python();
    };
    let values: Vec<Literal> = values.iter().flatten().cloned().collect();
    let name = variable(column);
    let mut filter = curve.filter.clone();
    filter.remove(column);
    let trace = Trace {
        curve,
        lined,
        rows: "rows".to_owned(),
        filter,
        pen: color(first, Some("k")),
        label: labelled.then(|| split_label(&curve.label, column, &name, &values)),
        indent: 4,
        ax,
    };
    let listed: Vec<String> = values.iter().map(literal).collect();
    let listed = [format!("[{}]", listed.join(", "))];
    let head = call(0, &format!("for k, {name} in enumerate"), &listed);
    let data = table(&curve.data);
    let rows = format!("{data}[matches({data}[{}], {name})]", text(column));
    format!(
        "{}:\n    rows = {rows}\n{}",
        head.trim_end(),
        trace.python()
    )
}

/// One trace with everything that does not come from the recipe's curve alone.
struct Trace<'a> {
    curve: &'a Curve,
    /// Whether a line is the default, else a marker is.
    lined: bool,
    /// The rows to choose from.
    rows: String,
    filter: Match,
    pen: String,
    label: Option<String>,
    indent: usize,
    ax: &'a str,
}

impl Trace<'_> {
    fn python(&self) -> String {
        let bars = bars(self.curve);
        let stamped = self.shape() != Marker::None || !bars.is_empty();
        let lined = self.dash() != "none";
        let label = self.label.iter().map(|label| format!("label={label}"));
        let label: Vec<String> = label.collect();
        // Where an interval cuts a line, its ends are no points of the data.
        let between = |condition: &Condition| matches!(condition, Condition::Between { .. });
        let cut = self.filter.values().any(between);
        match (lined, stamped) {
            (_, false) => self.draw("curve", &[], [self.stroke(), label].concat()),
            (true, true) if cut => {
                let line = self.draw("curve", &[], [self.stroke(), label].concat());
                line + &self.draw("points", &bars, [self.no_stroke(), self.stamp()].concat())
            }
            (true, true) => self.draw(
                "curve",
                &bars,
                [self.stroke(), self.stamp(), label].concat(),
            ),
            (false, true) => self.draw(
                "points",
                &bars,
                [self.no_stroke(), self.stamp(), label].concat(),
            ),
        }
    }

    /// Chooses rows with `function` and draws them.
    fn draw(&self, function: &str, bars: &[String], style: Vec<String>) -> String {
        let from = if function == "curve" { "line" } else { "dots" };
        let ends = [coordinate(&self.curve.x), coordinate(&self.curve.y)];
        let mut select = [&[self.rows.clone()][..], &ends].concat();
        select.extend(conditions(&self.filter));
        select.extend_from_slice(bars);
        let chosen = call(self.indent, &format!("{from} = {function}"), &select);
        let mut arguments = vec![format!("{from}.x"), format!("{from}.y")];
        if bars.iter().any(|bar| !bar.starts_with("x_error")) {
            arguments.push(format!("yerr=[{from}.down, {from}.up]"));
        }
        if bars.iter().any(|bar| bar.starts_with("x_error")) {
            arguments.push(format!("xerr={from}.across"));
        }
        arguments.extend(style);
        let plot = if bars.is_empty() { "plot" } else { "errorbar" };
        if !bars.is_empty() {
            arguments.push("elinewidth=0.6".to_owned());
        }
        chosen + &call(self.indent, &format!("{}.{plot}", self.ax), &arguments)
    }

    fn shape(&self) -> Marker {
        let default = if self.lined {
            Marker::None
        } else {
            Marker::Circle
        };
        self.curve.marker.unwrap_or(default)
    }

    fn dash(&self) -> &'static str {
        let default = if self.lined {
            LineStyle::Solid
        } else {
            LineStyle::None
        };
        dash(self.curve.style.unwrap_or(default))
    }

    fn stroke(&self) -> Vec<String> {
        let mut out = vec![format!("color={}", self.pen)];
        if self.dash() != "-" {
            out.push(format!("linestyle=\"{}\"", self.dash()));
        }
        let width = self.curve.width;
        out.extend(width.map(|width| format!("linewidth={}", number(width))));
        out
    }

    fn no_stroke(&self) -> Vec<String> {
        vec![
            format!("color={}", self.pen),
            "linestyle=\"none\"".to_owned(),
        ]
    }

    fn stamp(&self) -> Vec<String> {
        let sign = match self.shape() {
            Marker::None => return Vec::new(),
            Marker::Circle => "o",
            Marker::Square => "s",
            Marker::Triangle => "^",
            Marker::Diamond => "D",
            Marker::Cross => "x",
            Marker::Plus => "+",
            Marker::Star => "*",
        };
        let mut out = vec![format!("marker=\"{sign}\"")];
        // matplotlib adds the width of the rim.
        let size = self
            .curve
            .marker_size
            .map(|size| number((90.0 * size).round() / 100.0));
        out.extend(size.map(|size| format!("markersize={size}")));
        if self.curve.open && !matches!(self.shape(), Marker::Cross | Marker::Plus) {
            out.push("markerfacecolor=\"white\"".to_owned());
        }
        out
    }
}

fn coordinate(coordinate: &Coordinate) -> String {
    match coordinate {
        Coordinate::Column(column) => text(column),
        Coordinate::Constant(value) => number(*value),
    }
}

/// The columns of error bars.
fn bars(curve: &Curve) -> Vec<String> {
    let mut out = Vec::new();
    if let Some([low, high]) = &curve.interval {
        out.push(format!("interval=({}, {})", text(low), text(high)));
    } else if let Some(column) = &curve.error {
        out.push(format!("error={}", text(column)));
    }
    let across = curve.x_error.as_ref();
    out.extend(across.map(|column| format!("x_error={}", text(column))));
    out
}
