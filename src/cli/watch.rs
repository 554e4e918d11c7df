//! Progress on a terminal, and Ctrl-C.

use super::exit::INTERRUPTED;
use crate::observer::Observer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

const STYLE: &str = "{msg} {wide_bar} {pos}/{len} [{elapsed} < {eta}]";

/// How long after Ctrl-C a computation may finish what it is at.
const GRACE: Duration = Duration::from_millis(500);

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(50);

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

/// Whether the user pressed Ctrl-C, from the first call on.
pub(super) fn stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

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

    /// Takes the bar from the screen and tells how many grid points are finished.
    pub(super) fn close(&self) -> usize {
        self.bar.finish_and_clear();
        self.done.load(Ordering::Relaxed)
    }
}

/// Runs `work` on a thread of its own; none where it does not stop soon after Ctrl-C. The thread
/// that is left behind then ends with the program, and nothing that it computes is used.
pub(super) fn interruptible<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (send, receive) = mpsc::channel();
    let worker = thread::spawn(move || {
        // Nobody listens any more where the wait was given up.
        let _ = send.send(work());
    });
    let mut asked: Option<Instant> = None;
    loop {
        match receive.recv_timeout(TICK) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Timeout) => {
                let stop = STOP.load(Ordering::Relaxed);
                if stop && asked.get_or_insert_with(Instant::now).elapsed() > GRACE {
                    return None;
                }
            }
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Ok(()) => return None,
                Err(cause) => panic::resume_unwind(cause),
            },
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
