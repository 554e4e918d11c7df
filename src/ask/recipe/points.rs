//! A user's own points: a table with a line of names.

use super::recipe_error::RecipeError;
use crate::error::Error;
use crate::record::data_file::{self, Cell, Sheet, Unreadable, is_missing};
use crate::record::{Table, Value};
use std::path::Path;

/// Reads the points in a file; `name` is its name as errors shall show it. What is missing in it is
/// [`Value::Null`].
///
/// # Errors
/// [`Error::File`] if it cannot be read, [`Error::Recipe`] as for [`read_points`].
pub fn read_point_file(path: &Path, name: &str) -> Result<Table, Error> {
    if !data_file::names_format(path) {
        // Whatever it is called, text is read as text.
        let text = std::fs::read_to_string(path).map_err(|error| Error::read(path, error))?;
        return read_points(&text, name).map_err(|error| Error::Recipe(error.to_string()));
    }
    let table = data_file::read(path).map_err(|unreadable| match unreadable {
        Unreadable::Failed(error) => Error::read(path, error),
        other => Error::Recipe(refusal(&other, name).to_string()),
    });
    points(&table?, name).map_err(|error| Error::Recipe(error.to_string()))
}

/// The same from the text of a file of separated values.
///
/// Empty cells, `nan` and `null` are [`Value::Null`]; lines that start with `#` are comments.
///
/// # Errors
/// One line that names the file and line: no header, a repeated column, or a row of another length.
pub fn read_points(text: &str, name: &str) -> Result<Table, RecipeError> {
    let sheet = data_file::parse("points.csv", text.as_bytes());
    points(&sheet.map_err(|error| refusal(&error, name))?, name)
}

fn refusal(unreadable: &Unreadable, name: &str) -> RecipeError {
    RecipeError::new(match unreadable {
        Unreadable::Ragged {
            line,
            width,
            wanted,
        } => format!("{name}:{line}: {width} values, the header has {wanted}"),
        other => format!("{name}: {}", other.reason()),
    })
}

fn points(sheet: &Sheet, name: &str) -> Result<Table, RecipeError> {
    let Some(columns) = sheet.names() else {
        return Err(RecipeError::new(format!(
            "{name}: no header line with column names"
        )));
    };
    for (i, column) in columns.iter().enumerate() {
        if columns[..i].contains(column) {
            return Err(RecipeError::new(format!(
                "{name}: column {column} appears twice"
            )));
        }
    }
    let mut table = Table::new(columns);
    for row in 0..sheet.rows() {
        let cells = (0..columns.len()).map(|column| value(sheet.cell(row, column)));
        table.push(cells.collect());
    }
    Ok(table)
}

fn value(cell: Cell) -> Value {
    match cell {
        Cell::Number(x) => Value::Num(x),
        Cell::Other(text) if is_missing(text) => Value::Null,
        Cell::Other("true") => Value::Bool(true),
        Cell::Other("false") => Value::Bool(false),
        Cell::Other(text) => match text.parse::<f64>() {
            Ok(x) => Value::number(x),
            Err(_) => Value::Text(text.to_owned()),
        },
    }
}
