//! Values of a recipe as Python writes them.

use crate::ask::in_python as text;
use crate::ask::recipe::{COLOR_NAMES, Color, Condition, Literal, Match};

/// Columns that say which question a row answers.
pub(super) const INPUTS: [&str; 14] = [
    "reference",
    "algorithm",
    "n",
    "alpha",
    "kappa",
    "beta",
    "gamma",
    "lambda",
    "norm",
    "delta",
    "rho",
    "distance",
    "branch",
    "sample",
];

/// Longest line of Python.
const WIDTH: usize = 96;

/// How many colours curves cycle through.
pub(super) const CYCLE: usize = 8;

/// A number with the fewest digits that read back as the same number.
pub(super) fn number(x: f64) -> String {
    match x {
        f64::INFINITY => "np.inf".to_owned(),
        f64::NEG_INFINITY => "-np.inf".to_owned(),
        x if x.is_nan() => "np.nan".to_owned(),
        x if x != 0.0 && (x.abs() < 1e-4 || x.abs() >= 1e15) => format!("{x:e}"),
        x => x.to_string(),
    }
}

/// A label as matplotlib sets it: TeX between dollars, with the one word that it does not know.
pub(super) fn label(tex: &str) -> String {
    text(&tex.replace("\\text{", "\\mathrm{"))
}

/// A label with the value of `column` in it, which the Python variable `variable` holds.
pub(super) fn split_label(tex: &str, column: &str, variable: &str, values: &[Literal]) -> String {
    let key = format!("{{{column}}}");
    let numbers = values.iter().any(|v| matches!(v, Literal::Number(_)));
    let mut out = String::new();
    let tex = tex.replace("\\text{", "\\mathrm{");
    for (i, part) in tex.split('$').enumerate() {
        let in_math = i % 2 == 1;
        out.push_str(if i > 0 { "$" } else { "" });
        let value = match (in_math, numbers) {
            (false, true) => format!("${{{variable}}}$"),
            (true, false) => format!("\\mathrm{{{{{{{variable}}}}}}}"),
            _ => format!("{{{variable}}}"),
        };
        let pieces: Vec<String> = part.split(&key).map(doubled).collect();
        out.push_str(&pieces.join(&value));
    }
    if out == format!("{{{variable}}}") {
        return variable.to_owned();
    }
    match text(&out) {
        raw if raw.starts_with('r') => format!("rf{}", &raw[1..]),
        plain => format!("f{plain}"),
    }
}

/// Braces that are no place for a value.
fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// A value of a table.
pub(super) fn literal(value: &Literal) -> String {
    match value {
        Literal::Number(x) => number(*x),
        Literal::Text(word) => text(word),
        Literal::Bool(true) => "True".to_owned(),
        Literal::Bool(false) => "False".to_owned(),
    }
}

/// `where={…}`, or nothing.
pub(super) fn conditions(filter: &Match) -> Option<String> {
    let condition = |condition: &Condition| match condition {
        Condition::Between { min, max } => format!("({}, {})", number(*min), number(*max)),
        Condition::OneOf(one) if one.len() == 1 => literal(&one[0]),
        Condition::OneOf(many) => {
            let many: Vec<String> = many.iter().map(literal).collect();
            format!("[{}]", many.join(", "))
        }
    };
    let pairs = filter.iter();
    let pairs: Vec<String> = pairs
        .map(|(column, c)| format!("{}: {}", text(column), condition(c)))
        .collect();
    (!pairs.is_empty()).then(|| format!("where={{{}}}", pairs.join(", ")))
}

/// The Python name of a colour of the palette.
pub(super) fn color_name(index: usize) -> String {
    COLOR_NAMES[index].to_uppercase().replace('-', "_")
}

/// A colour; one of the palette goes on by `step`, a Python expression.
pub(super) fn color(color: Color, step: Option<&str>) -> String {
    match (color, step) {
        (Color::Rgb(r, g, b), _) => format!("\"#{r:02x}{g:02x}{b:02x}\""),
        (Color::Index(CYCLE), _) => color_name(CYCLE),
        (Color::Index(i), None) => color_name(i % CYCLE),
        (Color::Index(i), Some(step)) if i % CYCLE == 0 => format!("PALETTE[{step} % {CYCLE}]"),
        (Color::Index(i), Some(step)) => format!("PALETTE[({} + {step}) % {CYCLE}]", i % CYCLE),
    }
}

/// A Python name for the values of a column: its own where it is one of the inputs of the program,
/// else one that is no word of the language and hides nothing that the notebook calls.
pub(super) fn variable(column: &str) -> String {
    if INPUTS.contains(&column) && column != "lambda" {
        return column.to_owned();
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = column.chars().map(plain).collect();
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => format!("{name}_value"),
        false => format!("value_{name}"),
    }
}

/// A call, on several lines where it is long; `indent` spaces stand before each.
pub(super) fn call(indent: usize, function: &str, arguments: &[String]) -> String {
    let margin = " ".repeat(indent);
    let one = format!("{margin}{function}({})\n", arguments.join(", "));
    if one.chars().count() <= WIDTH + 1 {
        return one;
    }
    let mut out = format!("{margin}{function}(\n");
    let mut line = String::new();
    for argument in arguments {
        let length = indent + 4 + line.chars().count() + argument.chars().count() + 2;
        if !line.is_empty() && length > WIDTH {
            out.push_str(&format!("{margin}    {}\n", line.trim_end()));
            line.clear();
        }
        line.push_str(&format!("{argument}, "));
    }
    out + &format!("{margin}    {}\n{margin})\n", line.trim_end())
}

/// `NAME = (…)`, a string for each piece of a CSV text that belongs together: a line of its head,
/// its columns, the rows of one curve. Code hosts show folded cells in full; so they stay short.
pub(super) fn block(name: &str, csv: &str, by_curve: bool) -> String {
    let mut pieces: Vec<(Option<&str>, String)> = Vec::new();
    let mut in_head = true;
    for line in csv.split_inclusive('\n') {
        let curve = if by_curve {
            line.split(',').next()
        } else {
            Some("")
        };
        let key = curve.filter(|_| !in_head);
        in_head &= line.starts_with('#');
        match pieces.last_mut() {
            Some((last, text)) if key.is_some() && *last == key => text.push_str(line),
            _ => pieces.push((key, line.to_owned())),
        }
    }
    let lines = pieces
        .iter()
        .map(|(_, piece)| format!("    {}\n", text(piece)));
    format!("{name} = (\n{})\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_python() {
        let all = [0.5, 1.0, -2.0, 1e-6, 1e300, 0.0].map(number);
        assert_eq!(all, ["0.5", "1", "-2", "1e-6", "1e300", "0"]);
        assert_eq!(number(f64::NEG_INFINITY), "-np.inf");
    }

    #[test]
    fn values_stand_in_labels_as_the_figure_sets_them() {
        let numbers = [Literal::Number(0.5)];
        let words = [Literal::Text("a".into())];
        let label = |tex: &str, values: &[Literal]| split_label(tex, "q", "q", values);
        assert_eq!(label("{q}", &words), "q");
        assert_eq!(label("{q}", &numbers), "f\"${q}$\"");
        assert_eq!(
            label(r"$\rho_{\mathrm{B}}={q}$", &numbers),
            r#"rf"$\rho_{{\mathrm{{B}}}}={q}$""#
        );
        assert_eq!(label("$x_{q}$", &words), "rf\"$x_\\mathrm{{{q}}}$\"");
    }

    #[test]
    fn long_calls_are_broken_between_arguments() {
        let arguments: Vec<String> = (0..12).map(|i| format!("argument_{i}=12345")).collect();
        let long = call(2, "f", &arguments);
        assert!(
            long.lines().count() > 3 && long.lines().all(|l| l.len() <= WIDTH),
            "{long}"
        );
        assert!(long.starts_with("  f(\n      argument_0=12345, "), "{long}");
        assert_eq!(call(0, "f", &arguments[..1]), "f(argument_0=12345)\n");
    }

    #[test]
    fn a_block_has_a_line_a_curve() {
        let csv = "# a: \"b\"\ncurve,x\na,1\na,2\nb,3\n";
        let wanted = "CSV = (\n    \"# a: \\\"b\\\"\\n\"\n    \"curve,x\\n\"\n    \
                      \"a,1\\na,2\\n\"\n    \"b,3\\n\"\n)\n";
        assert_eq!(block("CSV", csv, true), wanted);
        let points = block("P", "x\n1\n2\n", false);
        assert_eq!(points, "P = (\n    \"x\\n\"\n    \"1\\n2\\n\"\n)\n");
    }

    #[test]
    fn words_of_the_language_are_no_names() {
        let names = ["lambda", "n", "my col", "2d", "class", "str"].map(variable);
        let python = [
            "lambda_value",
            "n",
            "my_col_value",
            "value_2d",
            "class_value",
            "str_value",
        ];
        assert_eq!(names, python);
    }
}
