//! A table for eyes: aligned columns, rounded numbers, colour for the status.

use crate::record::{Table, Value};
use std::io::{self, IsTerminal};

/// Columns of numbers that only their size matters of.
const ROUGH: [&str; 4] = ["residual", "error_estimate", "standard_error", "z"];
const GAP: &str = "  ";

/// Stays in the rows even where all have the same.
const STATUS: &str = "status";

/// Longest line above a table, in characters.
const WIDTH: usize = 80;

/// Whether stdout takes colour: a terminal, and `NO_COLOR` is not set.
pub(super) fn colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    io::stdout().is_terminal() && !refused
}

/// The table as text: a line a row, or a line a column where there is one row only. Columns
/// without any value are left out; those of one value in all rows stand above the table.
pub(super) fn render(table: &Table, colour: bool) -> String {
    let name = |i: &usize| table.columns()[*i].clone();
    let cell = |row: &[Value], i: &usize| cell(&row[*i], &table.columns()[*i]);
    let has_value = |i: &usize| table.rows().iter().any(|row| row[*i] != Value::Null);
    let shown: Vec<usize> = (0..table.columns().len()).filter(has_value).collect();
    let (first, rest) = match table.rows() {
        [] => return String::new(),
        [row] => {
            let lines = shown.iter().map(|i| vec![name(i), cell(row, i)]);
            return aligned(&lines.collect::<Vec<_>>(), colour);
        }
        [first, rest @ ..] => (first, rest),
    };
    let constant =
        |i: &usize| table.columns()[*i] != STATUS && rest.iter().all(|row| row[*i] == first[*i]);
    let (above, columns): (Vec<usize>, Vec<usize>) = shown.into_iter().partition(constant);
    let words: Vec<String> = above
        .iter()
        .map(|i| format!("{}={}", name(i), cell(first, i)))
        .collect();
    let header = columns.iter().map(name).collect();
    let line = |row: &Vec<Value>| columns.iter().map(|i| cell(row, i)).collect();
    let lines: Vec<Vec<String>> = std::iter::once(header)
        .chain(table.rows().iter().map(line))
        .collect();
    folded(&words) + &aligned(&lines, colour)
}

/// Words beside each other, in lines of at most [`WIDTH`] characters, and an empty line.
fn folded(words: &[String]) -> String {
    let mut text = String::new();
    let mut used = 0;
    for word in words {
        let length = word.chars().count();
        if used > 0 && used + GAP.len() + length > WIDTH {
            text.push('\n');
            used = 0;
        } else if used > 0 {
            text.push_str(GAP);
            used += GAP.len();
        }
        text.push_str(word);
        used += length;
    }
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text
}

/// A text in lines of at most `width` characters, each after `indent`; words are not broken.
pub(super) fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push('\n');
            used = 0;
        }
        lines.push_str(if used == 0 { indent } else { " " });
        lines.push_str(word);
        used += length + if used == 0 { indent.chars().count() } else { 1 };
    }
    lines + "\n"
}

fn aligned(lines: &[Vec<String>], colour: bool) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |i: usize| {
        let widths = lines.iter().map(|l| l[i].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let text = |line: &Vec<String>| {
        let padded = line.iter().zip(&widths).enumerate();
        let cells: Vec<_> = padded
            .map(|(i, (c, w))| pad(c, *w, i == 0, colour))
            .collect();
        format!("{}\n", cells.join(GAP).trim_end())
    };
    lines.iter().map(text).collect()
}

/// Left-aligned in the first column, which is an input or a name, else right-aligned.
fn pad(cell: &str, width: usize, first: bool, colour: bool) -> String {
    let space = " ".repeat(width - cell.chars().count());
    let cell = match status_colour(cell).filter(|_| colour) {
        Some(code) => format!("\x1b[{code}m{cell}\x1b[0m"),
        None => cell.to_owned(),
    };
    if first { cell + &space } else { space + &cell }
}

fn status_colour(cell: &str) -> Option<u8> {
    match cell {
        "ok" => Some(32),
        "rs_unstable" => Some(33),
        "no_solution" => Some(35),
        "not_converged" | "differs" => Some(31),
        _ => None,
    }
}

fn cell(value: &Value, column: &str) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(b) => if *b { "yes" } else { "no" }.to_owned(),
        Value::Int(i) => i.to_string(),
        Value::Num(x) => rounded(*x, if ROUGH.contains(&column) { 2 } else { 8 }),
        Value::Text(text) => text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect(),
    }
}

/// A number with that many significant digits, trailing zeros dropped.
fn rounded(x: f64, digits: usize) -> String {
    let short: f64 = format!("{x:.*e}", digits - 1).parse().unwrap_or(x);
    if short == 0.0 || short.is_infinite() || (1e-4..1e9).contains(&short.abs()) {
        format!("{short}")
    } else {
        format!("{short:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: usize) -> Table {
        let mut table = Table::new(["loss", "alpha", "q", "void", "residual", "status"]);
        for i in 0..rows {
            let (q, status) = match i {
                1 => (Value::Null, "no_solution"),
                _ => ((1.0 / 3.0).into(), "ok"),
            };
            let (alpha, residual) = ((0.5 + i as f64).into(), 1.234e-13.into());
            let row = vec![
                "theta".into(),
                alpha,
                q,
                Value::Null,
                residual,
                status.into(),
            ];
            table.push(row);
        }
        table
    }

    #[test]
    fn columns_are_aligned_and_constant_ones_stand_above() {
        let expected = "\
loss=theta  residual=1.2e-13

alpha           q       status
0.5    0.33333333           ok
1.5             -  no_solution
";
        assert_eq!(render(&table(2), false), expected);
    }

    #[test]
    fn one_row_stands_upright() {
        let expected = "\
loss           theta
alpha            0.5
q         0.33333333
residual     1.2e-13
status            ok
";
        assert_eq!(render(&table(1), false), expected);
        assert_eq!(render(&table(0), false), "");
    }

    #[test]
    fn a_status_that_all_rows_share_stays_with_them() {
        let mut table = Table::new(["alpha", "status"]);
        table.push(vec![1.0.into(), "ok".into()]);
        table.push(vec![2.0.into(), "ok".into()]);
        assert_eq!(
            render(&table, false),
            "alpha  status\n1          ok\n2          ok\n"
        );
    }

    #[test]
    fn words_are_folded() {
        let words = vec!["x".repeat(40); 3];
        let lines = folded(&words);
        assert_eq!(
            lines.lines().map(str::len).collect::<Vec<_>>(),
            [40, 40, 40, 0]
        );
        let words = vec!["x".repeat(39); 3];
        let lines = folded(&words);
        assert_eq!(lines.lines().map(str::len).collect::<Vec<_>>(), [80, 39, 0]);
    }

    #[test]
    fn colour_is_for_the_status_only() {
        let text = render(&table(2), true);
        assert_eq!(text.matches("\x1b[0m").count(), 2);
        assert!(text.contains("\x1b[32mok\x1b[0m"));
    }

    #[test]
    fn numbers_keep_their_meaning() {
        assert_eq!(rounded(0.1 + 0.2, 8), "0.3");
        assert_eq!(rounded(f64::INFINITY, 8), "inf");
        assert_eq!(rounded(-1e-7, 8), "-1e-7");
        assert_eq!(rounded(0.0, 8), "0");
        assert_eq!(rounded(123_456_789.5, 8), "123456790");
    }
}
