//! A table for eyes: aligned columns, rounded numbers, colour for the status.

use crate::recipe::{Table, Value};
use std::io::{self, IsTerminal};

/// Columns of small numbers that only their size matters of.
const ROUGH: [&str; 2] = ["residual", "error_estimate"];
const GAP: &str = "  ";

/// Whether stdout takes colour: a terminal, and `NO_COLOR` is not set.
pub(super) fn colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    io::stdout().is_terminal() && !refused
}

/// The table as text: a line a row, or a line a column where there is one row only. Columns
/// without any value are left out.
pub(super) fn render(table: &Table, colour: bool) -> String {
    let has_value = |i: &usize| table.rows().iter().any(|row| row[*i] != Value::Null);
    let shown: Vec<usize> = (0..table.columns().len()).filter(has_value).collect();
    let name = |i: &usize| table.columns()[*i].clone();
    let line = |row: &Vec<Value>| -> Vec<String> {
        let cell = |i: &usize| cell(&row[*i], &table.columns()[*i]);
        shown.iter().map(cell).collect()
    };
    let lines: Vec<Vec<String>> = match table.rows() {
        [row] => {
            let names = shown.iter().map(name);
            names.zip(line(row)).map(|(n, v)| vec![n, v]).collect()
        }
        rows => {
            let header = shown.iter().map(name).collect();
            std::iter::once(header)
                .chain(rows.iter().map(line))
                .collect()
        }
    };
    let columns = lines.first().map_or(0, Vec::len);
    let width = |i: usize| {
        lines
            .iter()
            .map(|l| l[i].chars().count())
            .max()
            .unwrap_or(0)
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
        "not_converged" => Some(31),
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
        let mut table = Table::new(["alpha", "q", "void", "residual", "status"]);
        for i in 0..rows {
            let q = if i == 1 {
                Value::Null
            } else {
                (1.0 / 3.0).into()
            };
            let status = if i == 1 { "no_solution" } else { "ok" };
            let alpha = 0.5 + i as f64;
            table.push(vec![
                alpha.into(),
                q,
                Value::Null,
                1.234e-13.into(),
                status.into(),
            ]);
        }
        table
    }

    #[test]
    fn columns_are_aligned_and_numbers_rounded() {
        let expected = "\
alpha           q  residual       status
0.5    0.33333333   1.2e-13           ok
1.5             -   1.2e-13  no_solution
";
        assert_eq!(render(&table(2), false), expected);
    }

    #[test]
    fn one_row_stands_upright() {
        let expected = "\
alpha            0.5
q         0.33333333
residual     1.2e-13
status            ok
";
        assert_eq!(render(&table(1), false), expected);
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
