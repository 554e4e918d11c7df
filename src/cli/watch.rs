//! Progress on a terminal, and Ctrl-C.

use super::exit::INTERRUPTED;
use crate::observer::Observer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

const STYLE: &str = "{msg} {wide_bar} {pos}/{len} [{elapsed} < {eta}]";

/// Set by the first Ctrl-C; the second one ends the program at once.
static STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
    let stop = Arc::new(AtomicBool::new(false));
    let code = i32::from(INTERRUPTED);
    let signal = signal_hook::consts::SIGINT;
    // Without a handler Ctrl-C simply ends the program, with the system's own code 130.
    let _ = signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&stop));
    let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    stop
});

/// Shows a computation's progress and passes Ctrl-C on to it.
pub(super) struct Watch {
    bar: ProgressBar,
    /// Progress may be reported out of order by several threads; it never goes back.
    done: AtomicUsize,
}

impl Watch {
    pub(super) fn new(label: &str, quiet: bool) -> Self {
        LazyLock::force(&STOP);
        let target = if quiet || !io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target).with_message(label.to_owned());
        Watch {
            bar,
            done: AtomicUsize::new(0),
        }
    }
}

impl Observer for Watch {
    fn progress(&self, done: usize, total: usize) {
        if self.bar.length() != Some(total as u64) {
            if let Ok(style) = ProgressStyle::with_template(STYLE) {
                self.bar.set_style(style);
            }
            self.bar.set_length(total as u64);
        }
        let most = self.done.fetch_max(done, Ordering::Relaxed).max(done);
        self.bar.set_position(most as u64);
    }

    fn cancelled(&self) -> bool {
        STOP.load(Ordering::Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
