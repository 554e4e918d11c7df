//! Python that draws the figure again with matplotlib: the page and its panels.

use crate::ask::in_comment;
use crate::ask::recipe::{Axis, COLOR_NAMES, FigureRecipe, LegendPlace, Panel, Scale};
use crate::figure::{OKABE_ITO, Outline};

use super::literal::{CYCLE, call, color_name, label, number};
use super::{marks, ticks, trace};

/// The cell that sets fonts, strokes and colours.
pub(super) fn style(recipe: &FigureRecipe) -> String {
    let font = recipe.size.font_pt;
    let small = rounded(0.9 * font);
    let mut out = include_str!("style.py").to_owned();
    let sizes = ["xtick.labelsize", "ytick.labelsize", "legend.fontsize"];
    let mut pairs = vec![format!("\"font.size\": {}", number(font))];
    for name in ["axes.titlesize", "axes.labelsize"] {
        pairs.push(format!("\"{name}\": {}", number(font)));
    }
    pairs.extend(sizes.map(|name| format!("\"{name}\": {small}")));
    out.push_str(&format!(
        "plt.rcParams.update({{\n    {},\n}})\n",
        pairs.join(",\n    ")
    ));
    let hex = |i: usize| {
        let (r, g, b) = OKABE_ITO[i];
        format!("\"#{r:02x}{g:02x}{b:02x}\"")
    };
    let names: Vec<String> = (0..CYCLE).map(color_name).collect();
    let values: Vec<String> = (0..CYCLE).map(hex).collect();
    out.push_str(&format!(
        "{} = PALETTE = [\n    {},\n]\n{} = {}\n",
        names.join(", "),
        values.join(", "),
        color_name(COLOR_NAMES.len() - 1),
        hex(COLOR_NAMES.len() - 1)
    ));
    out
}

/// The cell that draws.
pub(super) fn figure(recipe: &FigureRecipe, outlines: &[Outline]) -> String {
    let (rows, columns) = recipe.grid();
    let inches = |mm: f64| rounded(mm / 25.4);
    let size = format!(
        "figsize=({}, {})",
        inches(recipe.size.width()),
        inches(recipe.size.height((rows, columns)))
    );
    let arguments = [
        rows.to_string(),
        columns.to_string(),
        size,
        "layout=\"constrained\"".to_owned(),
        "squeeze=False".to_owned(),
    ];
    let mut out = call(0, "fig, axes = plt.subplots", &arguments);
    out.push_str("axes = axes.flatten()\n");
    for (i, (panel, outline)) in recipe.panels.iter().zip(outlines).enumerate() {
        let letter = recipe.lettered().then(|| char::from(b'a' + (i % 26) as u8));
        let heading = letter.map_or(String::new(), |letter| format!("({letter})  "));
        let heading = format!("{heading}{}", panel.title);
        let comment = letter.map_or("The panel".to_owned(), |letter| format!("({letter})"));
        let comment = in_comment(&format!("{comment} {}", panel.title));
        out.push_str(&format!("\n# {comment}\nax = axes[{i}]\n"));
        out.push_str(&draw(panel, outline, &heading, "ax"));
    }
    if rows * columns > recipe.panels.len() {
        let from = recipe.panels.len();
        out.push_str(&format!(
            "\nfor ax in axes[{from}:]:\n    ax.set_visible(False)\n"
        ));
    }
    out + "\nplt.show()"
}

/// Three digits after the point are enough for lengths.
fn rounded(x: f64) -> String {
    number((x * 1000.0).round() / 1000.0)
}

/// Everything in a panel that `ax` is the axes of.
fn draw(panel: &Panel, outline: &Outline, heading: &str, ax: &str) -> String {
    let mut out = axes(panel, outline, ax);
    if !heading.trim().is_empty() {
        let title = format!("{ax}.set_title");
        out.push_str(&call(
            0,
            &title,
            &[label(heading.trim()), "loc=\"left\"".to_owned()],
        ));
    }
    for shade in &panel.shades {
        out.push_str(&marks::shade(shade, ax));
    }
    for line in &panel.lines {
        out.push_str(&marks::level(line, ax));
    }
    let mut next = 0;
    let lined = panel.curves.iter().map(|curve| (curve, true));
    let stamped = panel.points.iter().map(|curve| (curve, false));
    for ((curve, lined), values) in lined.chain(stamped).zip(&outline.split) {
        out.push_str(&trace::python(curve, lined, values, next, ax));
        if curve.color.is_none() {
            next += values.len();
        }
    }
    for note in &panel.notes {
        out.push_str(&marks::note(note, ax));
    }
    if let (Some(inset), Some(outline)) = (&panel.inset, &outline.inset) {
        let place = inset
            .place
            .unwrap_or([0.5, 0.5, 0.4, 0.4])
            .map(number)
            .join(", ");
        out.push_str(&format!("\ninset = {ax}.inset_axes([{place}])\n"));
        out.push_str(&draw(inset, outline, &inset.title, "inset"));
        out.push('\n');
    }
    out + &legend(panel, ax)
}

/// Scales, ends, labels and ticks.
fn axes(panel: &Panel, outline: &Outline, ax: &str) -> String {
    let mut arguments = Vec::new();
    for (name, axis) in [("x", &panel.x), ("y", &panel.y)] {
        if axis.scale == Scale::Log {
            arguments.push(format!("{name}scale=\"log\""));
        }
    }
    let both: [(&str, &Axis, [f64; 2]); 2] =
        [("x", &panel.x, outline.x), ("y", &panel.y, outline.y)];
    for (name, axis, [low, high]) in both {
        if !axis.label.is_empty() {
            arguments.push(format!("{name}label={}", label(&axis.label)));
        }
        // An end that the data decide needs no more digits than can be seen.
        let digits = |x: f64| match axis.scale {
            Scale::Linear => {
                let unit = 10f64.powi((high - low).log10().floor() as i32 - 3);
                number(
                    format!("{:.12}", (x / unit).round() * unit)
                        .parse()
                        .unwrap_or(x),
                )
            }
            Scale::Log => number(format!("{x:.3e}").parse().unwrap_or(x)),
        };
        let end = |given: Option<f64>, x: f64| given.map_or_else(|| digits(x), number);
        let ends = (end(axis.min, low), end(axis.max, high));
        arguments.push(format!("{name}lim=({}, {})", ends.0, ends.1));
    }
    let mut out = call(0, &format!("{ax}.set"), &arguments);
    for (name, axis, ends) in both {
        for line in ticks::lines(ax, name, axis, ends) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

fn legend(panel: &Panel, ax: &str) -> String {
    let traces = panel.curves.iter().chain(&panel.points);
    let shades = panel.shades.iter().filter(|shade| shade.at.is_none());
    let mut labels = traces.map(|c| &c.label).chain(shades.map(|s| &s.label));
    if labels.all(String::is_empty) {
        return String::new();
    }
    use LegendPlace as P;
    let place = match panel.legend {
        P::None => return String::new(),
        P::Best => "best",
        P::TopLeft => "upper left",
        P::Top => "upper center",
        P::TopRight => "upper right",
        P::Left => "center left",
        P::Right => "center right",
        P::BottomLeft => "lower left",
        P::Bottom => "lower center",
        P::BottomRight => "lower right",
    };
    format!("{ax}.legend(loc=\"{place}\")\n")
}
