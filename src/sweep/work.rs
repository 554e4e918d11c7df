//! Tasks done on all threads, each written down as soon as it is finished, and on the disk a second
//! later.

use super::journal::{Entry, Journal, Outcome, Syncing};
use super::task::Task;
use crate::answer::{RunError, run};
use crate::ask::Request;
use crate::error::Error;
use crate::observer::Observer;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How far a process got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worked {
    /// Tasks whose results were written.
    pub done: usize,
    /// The first failure, and how many there were.
    pub failed: Option<(String, usize)>,
    /// Whether the observer stopped it before the end.
    pub interrupted: bool,
}

/// What a machine that dies may lose: half of it, since syncing takes time too.
const PAUSE: Duration = Duration::from_millis(500);

/// What the threads share.
struct State {
    journal: Journal,
    worked: Worked,
    error: Option<Error>,
    /// Lines that may not be on the disk yet.
    unsynced: bool,
    /// Whether all tasks are through.
    over: bool,
}

/// Does tasks and appends their results to a journal, in the order in which they are finished. A
/// task that fails is written down with its reason, and the others go on.
///
/// # Errors
/// The journal cannot be written: what was finished before is in it.
pub fn work(tasks: &[&Task], journal: Journal, observer: &dyn Observer) -> Result<Worked, Error> {
    let syncing = journal.syncing()?;
    let state = Mutex::new(State {
        journal,
        worked: Worked::default(),
        error: None,
        unsynced: false,
        over: false,
    });
    let end = Condvar::new();
    let lock = || locked(&state);
    let one = |task: &&Task| {
        if observer.cancelled() {
            lock().worked.interrupted = true;
            return;
        }
        if lock().error.is_some() {
            return;
        }
        let start = Instant::now();
        let outcome = outcome(task, observer);
        let seconds = start.elapsed().as_secs_f64();
        let mut state = lock();
        match outcome {
            Some(outcome) => state.record(task, seconds, outcome, observer, tasks.len()),
            None => state.worked.interrupted = true,
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| keep_synced(&syncing, &state, &end));
        // It is told even where the tasks end in a panic.
        let _over = Over(&state, &end);
        for_each(tasks, one);
    });
    let State { worked, error, .. } = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    error.map_or(Ok(worked), Err)
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says when it is dropped that all tasks are through.
struct Over<'a>(&'a Mutex<State>, &'a Condvar);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        locked(self.0).over = true;
        self.1.notify_all();
    }
}

/// Syncs the journal time and again while others append to it, and once more at the end.
fn keep_synced(syncing: &Syncing, state: &Mutex<State>, end: &Condvar) {
    loop {
        let waited = end.wait_timeout_while(locked(state), PAUSE, |state| !state.over);
        let (mut now, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let (unsynced, over) = (std::mem::take(&mut now.unsynced), now.over);
        // Others go on while the disk writes.
        drop(now);
        if unsynced && let Err(error) = syncing.sync() {
            locked(state).error.get_or_insert(error);
        }
        if over {
            return;
        }
    }
}

impl State {
    fn record(
        &mut self,
        task: &Task,
        seconds: f64,
        outcome: Outcome,
        observer: &dyn Observer,
        total: usize,
    ) {
        if self.error.is_some() {
            return;
        }
        let failure = match &outcome {
            Outcome::Failed(reason) => Some(format!("{}: {reason}", task.raw.command())),
            Outcome::Rows(_) => None,
        };
        let entry = Entry {
            task: task.id.clone(),
            seconds,
            outcome,
        };
        if let Err(error) = self.journal.append(&entry) {
            self.error = Some(error);
            return;
        }
        self.unsynced = true;
        match failure {
            None => self.worked.done += 1,
            Some(line) => self.worked.failed.get_or_insert((line, 0)).1 += 1,
        }
        let failed = self.worked.failed.as_ref().map_or(0, |(_, count)| *count);
        observer.progress(self.worked.done + failed, total);
    }
}

/// What becomes of a task; none where the observer stopped it.
fn outcome(task: &Task, observer: &dyn Observer) -> Option<Outcome> {
    let attempt = || -> Result<Option<Outcome>, String> {
        let request = Request::new(&task.raw).map_err(|e| e.to_string())?;
        match run(&request, &Patient(observer)) {
            Ok(table) => Ok(Some(Outcome::Rows(table.rows().to_vec()))),
            Err(RunError::Interrupted(_)) => Ok(None),
            Err(RunError::Invalid(line)) => Err(line),
        }
    };
    // A mistake of the program in one task must not cost the others.
    match catch_unwind(AssertUnwindSafe(attempt)) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(reason)) => Some(Outcome::Failed(reason)),
        Err(cause) => Some(Outcome::Failed(format!(
            "internal error: {}",
            said(&*cause)
        ))),
    }
}

/// What a panic said.
fn said(cause: &(dyn Any + Send)) -> &str {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

/// Hears nothing of the progress within a task.
struct Patient<'a>(&'a dyn Observer);

impl Observer for Patient<'_> {
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

#[cfg(feature = "rayon")]
fn for_each(tasks: &[&Task], one: impl Fn(&&Task) + Sync + Send) {
    use rayon::prelude::*;
    tasks.par_iter().with_max_len(1).for_each(one);
}

#[cfg(not(feature = "rayon"))]
fn for_each(tasks: &[&Task], one: impl Fn(&&Task)) {
    tasks.iter().for_each(one);
}

#[cfg(test)]
mod tests {
    use super::super::collect::Collected;
    use super::super::scratch::Folder;
    use super::super::shard::Shard;
    use super::*;
    use crate::observer::Silent;

    #[test]
    fn a_task_that_fails_is_written_down_and_the_others_go_on() {
        let folder = Folder::new("work");
        let mut plan = folder.plan("verb = 'classifiers'\nalpha = [1, 2, 3]");
        let good = plan.tasks[1].raw.clone();
        plan.tasks[1].raw.options[0].1 = "-2".to_owned();
        let attempt = |plan: &super::super::Plan| {
            let collected = Collected::read(plan).unwrap();
            let left = plan
                .tasks
                .iter()
                .filter(|task| collected.rows(task).is_none());
            let left: Vec<&Task> = left.collect();
            let journal = Journal::open(&plan.journal(Shard::ALL)).unwrap();
            work(&left, journal, &Silent).unwrap()
        };
        let worked = attempt(&plan);
        let (first, failed) = worked.failed.unwrap();
        assert_eq!((worked.done, failed, worked.interrupted), (2, 1, false));
        assert!(
            first.starts_with("quenched classifiers --alpha=-2: "),
            "{first}"
        );
        let collected = Collected::read(&plan).unwrap();
        assert!(
            collected
                .failure(&plan.tasks[1])
                .unwrap()
                .contains("out of range")
        );
        // It is tried again, and its failure is forgotten when it succeeds.
        plan.tasks[1].raw = good;
        let worked = attempt(&plan);
        assert_eq!((worked.done, worked.failed), (1, None));
        let collected = Collected::read(&plan).unwrap();
        assert!(
            plan.tasks
                .iter()
                .all(|task| collected.failure(task).is_none())
        );
        assert!(plan.tasks.iter().all(|task| collected.rows(task).is_some()));
    }

    #[test]
    fn an_observer_stops_it_between_tasks() {
        struct Impatient;
        impl Observer for Impatient {
            fn cancelled(&self) -> bool {
                true
            }
        }
        let folder = Folder::new("work-stop");
        let plan = folder.plan("verb = 'classifiers'\nalpha = [1, 2, 3]");
        let journal = Journal::open(&plan.journal(Shard::ALL)).unwrap();
        let tasks: Vec<&Task> = plan.tasks.iter().collect();
        let worked = work(&tasks, journal, &Impatient).unwrap();
        assert_eq!((worked.done, worked.interrupted), (0, true));
    }
}
