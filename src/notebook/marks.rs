//! Python for what is drawn in a panel besides curves and points: regions, reference lines, notes.

use crate::ask::recipe::{Anchor, Color, Edge, Level, Line, LineStyle, Match, Note, Shade, Side};

use super::literal::{CYCLE, call, color, conditions, label, number};
use crate::ask::in_python as text;

/// Colour of reference lines and regions where the recipe names none.
const GREY: Color = Color::Index(CYCLE);

/// Rows of a data block as Python finds them.
pub(super) fn table(name: &str) -> String {
    format!("tables[{}]", text(name))
}

/// A line through data columns.
fn plain_curve(data: &str, x: &str, y: &str, filter: &Match) -> String {
    let mut arguments = vec![table(data), text(x), text(y)];
    arguments.extend(conditions(filter));
    call(0, "curve", &arguments).trim_end().to_owned()
}

/// A shaded region.
pub(super) fn shade(shade: &Shade, ax: &str) -> String {
    let line = plain_curve(&shade.data, &shade.x, &shade.y, &shade.filter);
    let mut out = format!("line = {line}\n");
    let (function, mut arguments) = match &shade.to {
        Edge::Top => (
            "fill_between",
            beside("line.x, line.y", &format!("{ax}.get_ylim()[1]")),
        ),
        Edge::Bottom => (
            "fill_between",
            beside("line.x, line.y", &format!("{ax}.get_ylim()[0]")),
        ),
        Edge::Y(value) => ("fill_between", beside("line.x, line.y", &number(*value))),
        Edge::Left => (
            "fill_betweenx",
            beside("line.y, line.x", &format!("{ax}.get_xlim()[0]")),
        ),
        Edge::Right => (
            "fill_betweenx",
            beside("line.y, line.x", &format!("{ax}.get_xlim()[1]")),
        ),
        Edge::Curve(other) => {
            let line = plain_curve(&other.data, &other.x, &other.y, &other.filter);
            out.push_str(&format!("to = {line}\n"));
            ("fill", vec!["*region(line, to)".to_owned()])
        }
    };
    arguments.push(format!(
        "color={}",
        color(shade.color.unwrap_or(GREY), None)
    ));
    arguments.push(format!("alpha={}", number(shade.opacity.unwrap_or(0.2))));
    arguments.push("linewidth=0".to_owned());
    if shade.at.is_none() && !shade.label.is_empty() {
        arguments.push(format!("label={}", label(&shade.label)));
    }
    out.push_str(&call(0, &format!("{ax}.{function}"), &arguments));
    if let (Some([x, y]), false) = (shade.at, shade.label.is_empty()) {
        let place = [number(x), number(y), label(&shade.label)];
        let centred = ["ha=\"center\"", "va=\"center\""].map(str::to_owned);
        out.push_str(&call(
            0,
            &format!("{ax}.text"),
            &[&place[..], &centred].concat(),
        ));
    }
    out
}

fn beside(line: &str, end: &str) -> Vec<String> {
    vec![line.to_owned(), end.to_owned()]
}

/// A reference line with its text.
pub(super) fn level(line: &Line, ax: &str) -> String {
    let upright = line.x.is_some();
    let value = match line.x.as_ref().or(line.y.as_ref()) {
        None => return String::new(),
        Some(Level::Number(x)) => number(*x),
        Some(Level::Column {
            data,
            column,
            filter,
        }) => {
            let mut arguments = vec![table(data), text(column)];
            arguments.extend(conditions(filter));
            format!("first({})", arguments.join(", "))
        }
    };
    let pen = color(line.color.unwrap_or(GREY), None);
    let mut out = String::new();
    let dash = dash(line.style.unwrap_or(LineStyle::Dashed));
    if dash != "none" {
        let arguments = [
            value.clone(),
            format!("color={pen}"),
            format!("linewidth={}", number(line.width.unwrap_or(0.5))),
            format!("linestyle=\"{dash}\""),
        ];
        let function = if upright { "axvline" } else { "axhline" };
        out.push_str(&call(0, &format!("{ax}.{function}"), &arguments));
    }
    if !line.label.is_empty() {
        let position = line.position.unwrap_or(0.95);
        out.push_str(&level_text(line, ax, &value, position, upright));
    }
    out
}

fn level_text(line: &Line, ax: &str, value: &str, position: f64, upright: bool) -> String {
    let late = position > 0.5;
    let after = line.side == Side::After;
    let (at, transform, shift, ha, va) = if upright {
        let (dx, ha) = if after { (3, "left") } else { (-3, "right") };
        let va = if late { "top" } else { "bottom" };
        (
            format!("({value}, {})", number(position)),
            "xaxis",
            format!("({dx}, 0)"),
            ha,
            va,
        )
    } else {
        let (dy, va) = if after { (3, "bottom") } else { (-3, "top") };
        let ha = if late { "right" } else { "left" };
        (
            format!("({}, {value})", number(position)),
            "yaxis",
            format!("(0, {dy})"),
            ha,
            va,
        )
    };
    let arguments = [
        label(&line.label),
        at,
        format!("xycoords={ax}.get_{transform}_transform()"),
        format!("xytext={shift}"),
        "textcoords=\"offset points\"".to_owned(),
        format!("ha=\"{ha}\""),
        format!("va=\"{va}\""),
        "fontsize=plt.rcParams[\"legend.fontsize\"]".to_owned(),
    ];
    call(0, &format!("{ax}.annotate"), &arguments)
}

/// A style of line as matplotlib names it.
pub(super) fn dash(style: LineStyle) -> &'static str {
    match style {
        LineStyle::Solid => "-",
        LineStyle::Dashed => "--",
        LineStyle::Dotted => ":",
        LineStyle::DashDot => "-.",
        LineStyle::None => "none",
    }
}

/// An annotation.
pub(super) fn note(note: &Note, ax: &str) -> String {
    use Anchor as A;
    let ha = match note.anchor {
        A::Left | A::TopLeft | A::BottomLeft => "left",
        A::Center | A::Top | A::Bottom => "center",
        A::Right | A::TopRight | A::BottomRight => "right",
    };
    let va = match note.anchor {
        A::Top | A::TopLeft | A::TopRight => "top",
        A::Center | A::Left | A::Right => "center",
        A::Bottom | A::BottomLeft | A::BottomRight => "bottom",
    };
    let mut arguments = vec![number(note.at[0]), number(note.at[1]), label(&note.text)];
    arguments.extend([format!("ha=\"{ha}\""), format!("va=\"{va}\"")]);
    if note.rotate != 0.0 {
        let turn = number(note.rotate);
        arguments.push(format!("rotation={turn}, rotation_mode=\"anchor\""));
    }
    arguments.extend(note.color.map(|c| format!("color={}", color(c, None))));
    arguments.extend(
        note.size_pt
            .map(|size| format!("fontsize={}", number(size))),
    );
    call(0, &format!("{ax}.text"), &arguments)
}
