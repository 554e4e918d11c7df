//! Why a figure cannot be drawn.

use crate::error::one_line;

/// A figure that cannot be drawn, as one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    /// The recipe names data for which no table was given.
    #[error("{}", one_line(&format!("{place}: data = \"{data}\": no table of this name; there are: {known}")))]
    NoTable {
        /// Where in the recipe.
        place: String,
        /// The name.
        data: String,
        /// The names that exist.
        known: String,
    },
    /// A column that the table does not have.
    #[error("{}", one_line(&format!(
        "{place}: {key} = \"{column}\": no such column in \"{data}\"; there are: {known}"
    )))]
    NoColumn {
        /// Where in the recipe.
        place: String,
        /// The key of the recipe.
        key: String,
        /// The column.
        column: String,
        /// The name of the data.
        data: String,
        /// The columns that exist.
        known: String,
    },
    /// A column of words where numbers are needed.
    #[error("{}", one_line(&format!(
        "{place}: {key} = \"{column}\": this column holds words, not numbers"
    )))]
    NotNumbers {
        /// Where in the recipe.
        place: String,
        /// The key of the recipe.
        key: String,
        /// The column.
        column: String,
    },
    /// No row matches, or no matching row has finite numbers.
    #[error("{}", one_line(&format!(
        "{place}: no finite point of \"{data}\" is left ({rows} rows, {matching} match `where`{})",
        if *doubtful > 0 { format!(", not ok: {doubtful}") } else { String::new() }
    )))]
    Empty {
        /// Where in the recipe.
        place: String,
        /// The name of the data.
        data: String,
        /// Rows of the table.
        rows: usize,
        /// Rows that match.
        matching: usize,
        /// Those of them that have a point, but a status for which the recipe does not ask.
        doubtful: usize,
    },
    /// A label that cannot be set.
    #[error("{}", one_line(&format!("label {text:?}: {why}")))]
    Label {
        /// The label.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// Anything else that makes a picture impossible.
    #[error("{}", one_line(.0))]
    Impossible(String),
}
