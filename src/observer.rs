//! How a long computation reports and is stopped, without knowing who watches.

/// Watches a computation: hears of its progress and may stop it.
///
/// Called from worker threads, hence `Sync`; every method has a silent default.
pub trait Observer: Sync {
    /// `done` of `total` grid points are finished.
    fn progress(&self, done: usize, total: usize) {
        let _ = (done, total);
    }

    /// Whether the computation should stop at the next grid point.
    fn cancelled(&self) -> bool {
        false
    }
}

/// The observer that hears nothing and never stops anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}
