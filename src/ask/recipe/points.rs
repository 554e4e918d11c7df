//! A user's own points: CSV with `#` comments and one header line.

use super::recipe_error::RecipeError;
use crate::record::{Table, Value};

/// Reads comma-separated values; `name` is the file's name as errors shall show it.
///
/// Empty cells, `nan` and `null` are [`Value::Null`]; lines that start with `#` are comments.
///
/// # Errors
/// One line that names the file and line: no header, a repeated column, or a row of another length.
pub fn read_points(text: &str, name: &str) -> Result<Table, RecipeError> {
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let (_, header) = lines
        .next()
        .ok_or_else(|| RecipeError::new(format!("{name}: no header line with column names")))?;
    let columns = cells(header);
    for (i, column) in columns.iter().enumerate() {
        if columns[..i].contains(column) {
            return Err(RecipeError::new(format!(
                "{name}: column {column} appears twice"
            )));
        }
    }
    let mut table = Table::new(columns.clone());
    for (number, line) in lines {
        let row: Vec<Value> = cells(line).iter().map(|cell| value(cell)).collect();
        if row.len() != columns.len() {
            return Err(RecipeError::new(format!(
                "{name}:{}: {} values, the header has {}",
                number + 1,
                row.len(),
                columns.len()
            )));
        }
        table.push(row);
    }
    Ok(table)
}

fn value(cell: &str) -> Value {
    match cell {
        "" | "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match cell.parse::<f64>() {
            Ok(x) => Value::number(x),
            Err(_) => Value::Text(cell.to_owned()),
        },
    }
}

/// Splits at commas outside quotes; a doubled quote inside quotes is a quote.
fn cells(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = chars.next() {
        let cell = out.last_mut().expect("starts with one cell and only grows");
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.push(chars.next().unwrap_or('"')),
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            c => cell.push(c),
        }
    }
    out.iter().map(|cell| cell.trim().to_owned()).collect()
}
