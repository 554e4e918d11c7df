//! Whole figures from small recipes.

use super::label::{Glyphs, Label};
use super::*;
use crate::ask::recipe::FigureRecipe;
use crate::record::{Table, Value};

fn table(columns: &[&str], rows: &[&[Option<f64>]]) -> Table {
    let mut table = Table::new(columns.iter().copied());
    for row in rows {
        table.push(row.iter().map(|v| Value::from(*v)).collect());
    }
    table
}

fn figure(panel: &str, rows: &[&[Option<f64>]]) -> Result<String, FigureError> {
    let head = "[data.d]\nfile = \"d.csv\"\n[[panel]]\n";
    let recipe = FigureRecipe::parse(&format!("{head}{panel}"), "f.toml").expect("a good recipe");
    let data = Tables::from([("d".to_owned(), table(&["x", "y", "e"], rows))]);
    let provenance = Provenance {
        version: "1 < 2".into(),
        recipe: "a & b".into(),
    };
    draw(&recipe, &data, &provenance)
}

const LINE: &str = "x = { min = 0, max = 2 }\ny = { min = 0, max = 1, label = '$\\alpha$' }\n\
                    [[panel.curve]]\ndata = \"d\"\nx = \"x\"\ny = \"y\"\n";

/// The path data of the first path in the palette's first colour.
fn curve(svg: &str) -> String {
    let path = svg
        .lines()
        .find(|l| l.contains("stroke=\"#0072b2\""))
        .expect("a blue line");
    path.split('"').nth(1).expect("path data").to_owned()
}

fn rows(points: &[(f64, f64)]) -> Vec<[Option<f64>; 3]> {
    points
        .iter()
        .map(|(x, y)| [Some(*x), Some(*y), None])
        .collect()
}

fn drawn(panel: &str, points: &[[Option<f64>; 3]]) -> String {
    let rows: Vec<&[Option<f64>]> = points.iter().map(|r| r.as_slice()).collect();
    figure(panel, &rows).expect("a picture")
}

/// FNV-1a, so that the golden values do not depend on the standard library's hasher.
fn hash(text: &str) -> u64 {
    let step = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[test]
fn ten_labels_are_set_as_they_were() {
    let golden: [(&str, u64); 10] = [
        ("margin $\\kappa$", 0xd3c8a74113b67db5),
        ("$\\alpha_{\\mathrm{c}}$", 0x192d3f59ee04f9a2),
        ("$\\hat{q}$", 0x198684d14f438087),
        ("$\\frac{1}{2}$", 0xd92772eea13a6b40),
        ("$\\mathcal{S}_{\\mathrm{int}}$", 0x19f1d4e017ad41c3),
        ("$10^{-3}$", 0xd35caa5b1a076e38),
        ("$-0.5$", 0x3e0d535f3fd77efa),
        ("100% of N_1 & more", 0x6dba4d394fabee95),
        ("$\\int \\mathcal{D}z\\,\\ln H(z)$", 0x35e6791736ad610a),
        ("$\\sqrt{1-q}\\leq\\Delta$", 0xd60c9227f1cc01df),
    ];
    let mut found = Vec::new();
    for (text, _) in golden {
        let label = Label::new(text).expect(text);
        assert!(
            label.width > 0.2 && label.ascent > 0.3 && label.descent >= 0.0,
            "{text}"
        );
        let (mut out, mut glyphs) = (String::new(), Glyphs::default());
        label.write(&mut out, &mut glyphs);
        glyphs.write(&mut out);
        found.push((text, hash(&out)));
    }
    assert_eq!(found, golden);
}

#[test]
fn a_minus_is_a_minus_and_not_a_hyphen() {
    let width = |text: &str| Label::new(text).expect(text).width;
    assert!(width("$-1$") > width("-1") + 0.3);
}

#[test]
fn labels_that_cannot_be_set_say_why() {
    let why = |text: &str| Label::new(text).expect_err(text).to_string();
    assert!(why("$\\alpha").contains("no dollar that closes it"));
    assert!(why("$\\nosuchthing$").contains("nosuchthing"));
    assert!(why("漢").contains("U+6F22"));
}

#[test]
fn the_file_has_outlines_only_and_is_the_same_each_time() {
    let points = rows(&[(0.0, 0.0), (1.0, 0.3), (2.0, 0.9)]);
    let svg = drawn(LINE, &points);
    assert_eq!(svg, drawn(LINE, &points));
    for forbidden in [
        "<text",
        "font-family",
        "NaN",
        "inf",
        "<image",
        "href=\"http",
    ] {
        assert!(!svg.contains(forbidden), "{forbidden}");
    }
    assert!(svg.starts_with("<svg ") && svg.contains("width=\"86mm\""));
    assert!(svg.contains("version=\"1 &lt; 2\">a &amp; b</recipe>"));
    // Each glyph stands once in the definitions.
    let defined: Vec<&str> = svg
        .lines()
        .filter(|l| l.starts_with("<path id=\"g"))
        .collect();
    let mut outlines: Vec<&str> = defined
        .iter()
        .filter_map(|l| l.split("d=\"").nth(1))
        .collect();
    outlines.sort_unstable();
    outlines.dedup();
    assert_eq!(outlines.len(), defined.len());
}

#[test]
fn numbers_have_at_most_three_decimals() {
    let svg = drawn(
        LINE,
        &rows(&[(0.0, 1.0 / 3.0), (1.0, 2.0 / 7.0), (2.0, 0.9)]),
    );
    for path in svg
        .split(" d=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        for number in path.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')) {
            let decimals = number.split_once('.').map_or(0, |(_, d)| d.len());
            assert!(decimals <= 3, "{number} in {path}");
        }
    }
}

#[test]
fn sloped_lines_have_fractional_coordinates() {
    let points: Vec<(f64, f64)> = (0..=40)
        .map(|i| (f64::from(i) / 20.0, f64::from(i) / 41.3))
        .collect();
    let d = curve(&drawn(LINE, &rows(&points)));
    let numbers: Vec<f64> = d
        .split(['M', 'L', ' '])
        .filter_map(|n| n.parse().ok())
        .collect();
    assert_eq!(numbers.len(), 82);
    let fractional = numbers.iter().filter(|n| n.fract() != 0.0).count();
    assert!(fractional > 70, "{d}");
    // On a straight line the steps are equal up to the resolution of 1/100 pt.
    let steps: Vec<f64> = numbers.chunks(2).map(|p| p[1]).collect();
    let steps: Vec<f64> = steps.windows(2).map(|y| y[0] - y[1]).collect();
    let (low, high) = steps
        .iter()
        .fold((9e9f64, 0f64), |(l, h), s| (l.min(*s), h.max(*s)));
    assert!(high - low < 0.0201, "{low} {high}");
}

#[test]
fn a_missing_value_breaks_the_line() {
    let mut points = rows(&[(0.0, 0.1), (0.5, 0.2), (1.0, 0.3), (1.5, 0.4), (2.0, 0.5)]);
    assert_eq!(curve(&drawn(LINE, &points)).matches('M').count(), 1);
    points[2][1] = None;
    assert_eq!(curve(&drawn(LINE, &points)).matches('M').count(), 2);
    points[2][1] = Some(f64::INFINITY);
    assert_eq!(curve(&drawn(LINE, &points)).matches('M').count(), 2);
}

#[test]
fn a_range_cuts_the_line_at_its_bound() {
    let panel = format!("{LINE}where = {{ y = {{ max = 0.5 }} }}\n");
    let whole = drawn(LINE, &rows(&[(0.0, 0.0), (1.0, 0.5)]));
    let cut = drawn(&panel, &rows(&[(0.0, 0.0), (2.0, 1.0)]));
    assert_eq!(curve(&whole), curve(&cut));
}

#[test]
fn rows_of_other_branches_do_not_break_a_line_but_holes_do() {
    let panel = format!("{LINE}where = {{ e = 1 }}\n");
    let row = |x: f64, branch: f64| [Some(x), Some(0.1 + 0.1 * x), Some(branch)];
    let both = [
        row(0.0, 1.0),
        row(0.0, 2.0),
        row(1.0, 1.0),
        row(1.0, 2.0),
        row(2.0, 1.0),
    ];
    assert_eq!(curve(&drawn(&panel, &both)).matches('M').count(), 1);
    let hole = [
        row(0.0, 1.0),
        row(0.4, 1.0),
        row(1.0, 2.0),
        row(1.6, 1.0),
        row(2.0, 1.0),
    ];
    assert_eq!(curve(&drawn(&panel, &hole)).matches('M').count(), 2);
}

#[test]
fn a_curve_without_points_is_an_error() {
    let panel = format!("{LINE}where = {{ e = 7 }}\n");
    let points = [
        [Some(0.0), Some(0.0), Some(1.0)],
        [Some(1.0), Some(0.0), Some(1.0)],
    ];
    let rows: Vec<&[Option<f64>]> = points.iter().map(|r| r.as_slice()).collect();
    let error = figure(&panel, &rows)
        .expect_err("nothing matches")
        .to_string();
    assert_eq!(
        error,
        "panel 1: curve 1: no finite point of \"d\" is left (2 rows, 0 match `where`)"
    );
}

#[test]
fn an_unknown_column_is_named_with_those_that_exist() {
    let panel = LINE.replace("y = \"y\"", "y = \"z\"");
    let error = figure(&panel, &[]).expect_err("no such column").to_string();
    assert_eq!(
        error,
        "panel 1: curve 1: y = \"z\": no such column in \"d\"; there are: x, y, e"
    );
}

#[test]
fn everything_at_once_stays_finite() {
    let panel = "title = \"all\"\nx = { scale = \"log\" }\n\
        [[panel.points]]\ndata = \"d\"\nx = \"x\"\ny = \"y\"\nerror = \"e\"\nx_error = \"e\"\n\
        label = '$e={e}$'\nsplit_by = \"e\"\n\
        [[panel.shade]]\ndata = \"d\"\nx = \"x\"\ny = \"y\"\nto = \"bottom\"\nlabel = \"below\"\n\
        [[panel.line]]\nx = { data = \"d\", column = \"x\" }\nlabel = \"first\"\n\
        [[panel.text]]\ntext = \"note\"\nat = [1.0, 0.1]\nrotate = 30\n\
        [panel.inset]\nplace = [0.5, 0.5, 0.4, 0.4]\n\
        [[panel.inset.curve]]\ndata = \"d\"\nx = \"x\"\ny = \"y\"\n";
    let points = [
        [Some(1.0), Some(0.1), Some(0.2)],
        [Some(10.0), Some(0.2), Some(20.0)],
        [None; 3],
    ];
    let svg = drawn(panel, &points);
    assert!(svg.contains("id=\"panel-a-inset\""));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[cfg(feature = "png")]
#[test]
fn a_png_has_the_printed_size() {
    let svg = drawn(LINE, &rows(&[(0.0, 0.0), (1.0, 0.3)]));
    let png = png(&svg, 254.0).expect("a picture");
    let width = u32::from_be_bytes([png[16], png[17], png[18], png[19]]);
    assert_eq!(width, 860);
}

#[cfg(feature = "pdf")]
#[test]
fn a_pdf_is_the_same_each_time_and_has_no_date() {
    let svg = drawn(LINE, &rows(&[(0.0, 0.0), (1.0, 0.3)]));
    let file = pdf(&svg).expect("a file");
    assert_eq!(file, pdf(&svg).expect("a file"));
    let text = String::from_utf8_lossy(&file);
    assert!(text.starts_with("%PDF") && !text.contains("CreationDate"));
}

/// A recipe for a table of its own: three points of a curve, the last of which is unstable.
fn doubtful(wanted: &str) -> (FigureRecipe, Tables) {
    let text = format!(
        "[data.d]\nfile = \"d.csv\"\n[[panel]]\n{LINE}{wanted}\n\
         [[panel.line]]\nx = {{ data = \"d\", column = \"x\"{} }}\n",
        wanted.replace("where", ", where")
    );
    let recipe = FigureRecipe::parse(&text, "f.toml").expect("a good recipe");
    let mut table = Table::new(["x", "y", "status"]);
    for (x, y, status) in [
        (1.5, 0.9, "rs_unstable"),
        (0.5, 0.2, "ok"),
        (1.0, 0.4, "ok"),
    ] {
        table.push(vec![x.into(), y.into(), status.into()]);
    }
    (recipe, Tables::from([("d".to_owned(), table)]))
}

#[test]
fn rows_that_are_not_ok_are_drawn_only_where_they_are_asked_for_and_told_else() {
    let (recipe, data) = doubtful("");
    let both = r#"where = { status = ["ok", "rs_unstable"] }"#;
    let (asked, _) = doubtful(both);
    let picture = |recipe| draw(recipe, &data, &Provenance::default()).expect("a picture");
    let corners = |svg: &str| curve(svg).matches(['M', 'L']).count();
    assert_eq!(corners(&picture(&recipe)), 2);
    assert_eq!(corners(&picture(&asked)), 3);
    let said = left_out(&recipe, &data);
    let words = r#"panel 1: curve 1: not drawn of "d": rs_unstable (1); "#;
    assert_eq!(said, [format!("{words}{both} draws them")]);
    assert!(left_out(&asked, &data).is_empty());
    // Alone, such rows are no picture.
    let (only, _) = doubtful("where = { x = 1.5 }");
    let refused = draw(&only, &data, &Provenance::default()).expect_err("no point");
    assert_eq!(
        refused.to_string(),
        "panel 1: curve 1: no finite point of \"d\" is left \
         (3 rows, 1 match `where`, not ok: 1)"
    );
}
