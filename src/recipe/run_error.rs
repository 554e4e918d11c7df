//! Why a request that was well formed was not answered.

use super::table::Table;

/// Why a computation ended without its full table.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RunError {
    /// The request makes no sense for this model; one line says what is allowed.
    #[error("{0}")]
    Invalid(String),
    /// The observer stopped it; the rows that were finished are kept.
    #[error("interrupted after {} grid points", .0.rows().len())]
    Interrupted(Table),
}
