//! Why a notebook cannot be made.

use crate::figure::FigureError;

/// A notebook that cannot be made, as one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotebookError {
    /// The recipe names an equation that the theory book does not have.
    #[error("[notebook]: theory = \"{tag}\": no equation has this tag; there are: {known}")]
    NoEquation {
        /// The tag.
        tag: String,
        /// Tags of the same chapter, or the first of each.
        known: String,
    },
    /// What [`crate::figure::draw`] refuses.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A cell that raised an exception.
    #[error("cell {cell}: {error}")]
    Failed {
        /// Its id.
        cell: String,
        /// The exception with its message.
        error: String,
    },
    /// An executed notebook that is not the one that was to be executed.
    #[error("the executed notebook cannot be used: {0}")]
    Foreign(String),
}
