//! Why a request that was well formed was not answered.

use crate::ask::Request;
use crate::record::Table;

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

/// A request whose names no model has.
pub(super) fn unregistered(request: &Request) -> RunError {
    let names = format!("{} {} {}", request.weights, request.data, request.loss);
    RunError::Invalid(format!("model {names}: not registered"))
}
