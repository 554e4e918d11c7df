//! Many pieces of work, one table.

use super::run_error::RunError;
use crate::experiment::parallel::for_each;
use crate::observer::Observer;
use crate::record::{Table, Value};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a piece of work brings: its rows, in order.
pub(super) type Rows = Vec<Vec<Value>>;

/// Fills a table with the rows of all pieces, in their order, whatever the number of threads.
/// `points` counts the grid points of a piece, `answer` does it.
///
/// # Errors
/// [`RunError::Interrupted`] with the rows that were finished, up to the first that was not.
pub(super) fn gather<W: Sync>(
    mut table: Table,
    pieces: &[W],
    points: impl Fn(&W) -> usize + Sync,
    answer: impl Fn(&W) -> Rows + Sync,
    observer: &dyn Observer,
) -> Result<Table, RunError> {
    let done = AtomicUsize::new(0);
    let total = pieces.iter().map(&points).sum();
    let answers = for_each(pieces, |piece| {
        if observer.cancelled() {
            return None;
        }
        let rows = answer(piece);
        let own = points(piece);
        observer.progress(done.fetch_add(own, Ordering::Relaxed) + own, total);
        Some(rows)
    });
    for rows in answers {
        match rows {
            Some(rows) => rows.into_iter().for_each(|row| table.push(row)),
            None => return Err(RunError::Interrupted(table)),
        }
    }
    Ok(table)
}
