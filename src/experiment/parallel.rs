//! Work on all threads.

/// Runs over the jobs on all threads; results keep their order.
#[cfg(feature = "rayon")]
pub(crate) fn for_each<W: Sync, T: Send>(jobs: &[W], f: impl Fn(&W) -> T + Sync + Send) -> Vec<T> {
    use rayon::prelude::*;
    jobs.par_iter().map(f).collect()
}

/// Runs over the jobs one after the other.
#[cfg(not(feature = "rayon"))]
pub(crate) fn for_each<W, T>(jobs: &[W], f: impl Fn(&W) -> T) -> Vec<T> {
    jobs.iter().map(f).collect()
}
