//! Whether a first line holds names or data, and which column only numbers the rows.

use super::sheet::{Cell, Sheet};
use std::collections::HashSet;

/// What stands for a value that is missing, in lower case.
const MISSING: [&str; 9] = ["", "na", "n/a", "nan", "null", "none", "nil", "?", "<na>"];
/// Names that pandas gives to a column that only numbers the rows.
const INDEX: [&str; 3] = ["", "Unnamed: 0", "__index_level_0__"];
/// Whole numbers from 0 on as a first line are names from so many on: two may be data.
const COUNTED: usize = 3;

/// Whether a cell stands for a value that is missing.
pub(crate) fn is_missing(text: &str) -> bool {
    MISSING.contains(&text.to_ascii_lowercase().as_str())
}

/// What a field of a first line may be.
#[derive(Clone, Copy, PartialEq)]
enum Field {
    Number(f64),
    Missing,
    Word,
}

fn field(text: &str) -> Field {
    match text.parse::<f64>() {
        _ if is_missing(text) => Field::Missing,
        Ok(x) => Field::Number(x),
        Err(_) => Field::Word,
    }
}

/// Takes the first line, cut off before, for names or for data.
pub(super) fn settle(sheet: &mut Sheet, first: Vec<String>, line: u64) {
    if !is_header(sheet, &first) {
        sheet.put_first(&first, line);
        return;
    }
    let numbered = first.iter().all(|text| field(text) != Field::Word);
    sheet.set_names(first, line);
    if numbered {
        sheet.remark(format!("line {line} is taken for names of columns"));
    }
}

fn is_header(sheet: &Sheet, first: &[String]) -> bool {
    let fields: Vec<Field> = first.iter().map(|text| field(text)).collect();
    let number = |field: &Field| match field {
        Field::Number(x) => Some(*x),
        _ => None,
    };
    let numbers: Vec<f64> = fields.iter().filter_map(number).collect();
    let from = |start: f64| {
        let mut counted = numbers.iter().enumerate();
        counted.all(|(k, x)| *x == start + k as f64)
    };
    let missing = fields.iter().filter(|f| **f == Field::Missing).count();
    let words: Vec<usize> = (0..first.len())
        .filter(|i| fields[*i] == Field::Word)
        .collect();
    if words.is_empty() {
        // pandas names columns 0, 1, 2, …, and leaves that of its index without a name.
        let index = missing == 1 && fields[0] == Field::Missing && first[0].is_empty();
        let enough = index && !numbers.is_empty() || missing == 0 && numbers.len() >= COUNTED;
        return enough && from(0.0);
    }
    // A label in words is met again below.
    let again = |i: usize| {
        let mut below = sheet.column(i);
        below.any(|cell| cell == Cell::Other(&first[i]))
    };
    if words.iter().all(|i| again(*i)) && sheet.rows() > 0 {
        return false;
    }
    numbers.is_empty() || from(0.0) || from(1.0) && numbers.len() > 1
}

/// Leaves out a column that has no name of its own and only numbers the rows, or names them.
pub(super) fn leave_out_index(sheet: &mut Sheet) {
    let Some(names) = sheet.names() else { return };
    let is_index = |(i, name): (usize, &String)| {
        INDEX.contains(&name.as_str()) && (i == 0 || !name.is_empty())
    };
    let Some(column) = names.iter().enumerate().position(is_index) else {
        return;
    };
    if sheet.columns() < 2 || sheet.rows() == 0 || !is_distinct(sheet, column) {
        return;
    }
    let place = sheet.origin(column);
    sheet.remark(format!(
        "column {place} has no name and tells the rows apart: left out"
    ));
    sheet.leave_out(column);
}

/// Whether all cells of a column are different whole numbers, or different words.
fn is_distinct(sheet: &Sheet, column: usize) -> bool {
    let mut seen = HashSet::with_capacity(sheet.rows());
    (0..sheet.rows()).all(|row| match sheet.cell(row, column) {
        Cell::Number(x) => x.fract() == 0.0 && seen.insert(x.to_string()),
        Cell::Other(text) => !is_missing(text) && seen.insert(text.to_owned()),
    })
}
