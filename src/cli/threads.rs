//! `--threads`: how many threads a computation may use.

use super::exit::Failure;
use crate::error::InputError;

const MOST: usize = 1024;

/// The number of threads, none for all cores.
pub(super) fn parse(text: Option<&str>) -> Result<Option<usize>, InputError> {
    let Some(text) = text else {
        return Ok(None);
    };
    match text.parse() {
        Ok(n @ 1..=MOST) => Ok(Some(n)),
        _ => Err(InputError::new(
            "threads",
            text,
            "not a number of threads",
            format!("a whole number from 1 to {MOST}"),
        )),
    }
}

/// Runs `work` on that many threads.
#[cfg(feature = "rayon")]
pub(super) fn within<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> T + Send,
) -> Result<T, Failure> {
    let Some(n) = threads else {
        return Ok(work());
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build();
    match pool {
        Ok(pool) => Ok(pool.install(work)),
        Err(error) => Err(Failure::bad_input(format!(
            "--threads {n}: {error}; allowed: as many threads as the system can start"
        ))),
    }
}

/// Runs `work`; this build has one thread only.
#[cfg(not(feature = "rayon"))]
pub(super) fn within<T: Send>(
    _threads: Option<usize>,
    work: impl FnOnce() -> T + Send,
) -> Result<T, Failure> {
    Ok(work())
}
