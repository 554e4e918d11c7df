//! All journals of a sweep together.

use super::codec::encode;
use super::journal::{Content, Outcome, damaged};
use super::plan::Plan;
use super::shard::Shard;
use super::task::Task;
use crate::error::Error;
use crate::record::Value;
use crate::replica::state::Status;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A line of a journal.
type Place = (PathBuf, usize);

/// What keeps journals from being merged.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// A line that is not what was written.
    Damaged(PathBuf, usize),
    /// Two results of one task that differ.
    Contradiction {
        /// The task's id.
        task: String,
        /// Where they stand.
        places: [(PathBuf, usize); 2],
    },
}

impl Trouble {
    /// The trouble in one line, with how to recover.
    pub fn error(&self) -> Error {
        match self {
            Trouble::Damaged(path, line) => damaged(path, *line),
            Trouble::Contradiction { task, places } => {
                let [first, second] = places
                    .each_ref()
                    .map(|(path, line)| format!("{}:{line}", path.display()));
                Error::Damaged(format!(
                    "{first} and {second}: two different results of task {task}; \
                     quenched sweep repair sets both aside, quenched sweep run does the task again"
                ))
            }
        }
    }
}

/// What one journal holds.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalContent {
    /// The file.
    pub path: PathBuf,
    /// Whose it is, where its name tells.
    pub shard: Option<Shard>,
    /// Lines with results.
    pub results: usize,
    /// Rows in them whose status is not_converged.
    pub not_converged: usize,
    /// Lines with failures.
    pub failures: usize,
    /// Lines that do not read back.
    pub damaged: usize,
    /// Whether it ends in a line without an end: a task was being written, or the process died.
    pub torn: bool,
    /// Wall time of all its tasks in seconds.
    pub seconds: f64,
}

/// A result and where it stands.
#[derive(Clone, Debug)]
struct Stored {
    rows: Vec<Vec<Value>>,
    place: Place,
}

/// Everything that was computed so far.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    results: HashMap<String, Stored>,
    failures: BTreeMap<String, String>,
    /// One entry a journal.
    pub journals: Vec<JournalContent>,
    /// What has to be repaired before merging.
    pub troubles: Vec<Trouble>,
    /// Results of tasks that are not in the plan.
    pub strangers: usize,
}

impl Collected {
    /// Reads all journals of a plan.
    ///
    /// # Errors
    /// A file that cannot be read; damage is told in [`Collected::troubles`].
    pub fn read(plan: &Plan) -> Result<Self, Error> {
        let known: HashSet<&str> = plan.tasks.iter().map(|task| task.id.as_str()).collect();
        let mut all = Collected::default();
        for path in plan.journals()? {
            let content = Content::read(&path)?;
            all.add(&path, content, &known);
        }
        let done = |task: &String| all.results.contains_key(task);
        all.failures.retain(|task, _| !done(task));
        Ok(all)
    }

    fn add(&mut self, path: &Path, content: Content, known: &HashSet<&str>) {
        let mut found = JournalContent {
            path: path.to_owned(),
            shard: path.file_name().and_then(|n| Shard::of_file(n.to_str()?)),
            results: 0,
            not_converged: 0,
            failures: 0,
            damaged: content.damaged.len(),
            torn: content.torn,
            seconds: 0.0,
        };
        let damaged = content.damaged.into_iter();
        let troubles = damaged.map(|line| Trouble::Damaged(path.to_owned(), line));
        self.troubles.extend(troubles);
        let failed = Value::from(Status::NotConverged.name());
        for (line, entry) in content.entries {
            found.seconds += entry.seconds;
            if !known.contains(entry.task.as_str()) {
                self.strangers += 1;
                continue;
            }
            match entry.outcome {
                Outcome::Rows(rows) => {
                    found.results += 1;
                    found.not_converged += rows.iter().filter(|row| row.contains(&failed)).count();
                    let place = (path.to_owned(), line);
                    self.store(entry.task, Stored { rows, place });
                }
                Outcome::Failed(reason) => {
                    found.failures += 1;
                    self.failures.insert(entry.task, reason);
                }
            }
        }
        self.journals.push(found);
    }

    fn store(&mut self, task: String, new: Stored) {
        let Some(old) = self.results.get(&task) else {
            self.results.insert(task, new);
            return;
        };
        // Equal numbers may differ in their bits: 0 and -0.
        let bits = |rows: &Vec<Vec<Value>>| -> Vec<String> {
            let row = |row: &Vec<Value>| row.iter().map(encode).collect::<serde_json::Value>();
            rows.iter().map(|r| row(r).to_string()).collect()
        };
        if bits(&old.rows) != bits(&new.rows) {
            let places = [old.place.clone(), new.place];
            self.troubles.push(Trouble::Contradiction { task, places });
        }
    }

    /// The rows of a task, where it is done.
    pub fn rows(&self, task: &Task) -> Option<&[Vec<Value>]> {
        self.results
            .get(&task.id)
            .map(|stored| stored.rows.as_slice())
    }

    /// Why a task failed, where it did and was not done since.
    pub fn failure(&self, task: &Task) -> Option<&str> {
        self.failures.get(&task.id).map(String::as_str)
    }

    /// Whether there are two different results of a task.
    pub(super) fn contradicts(&self, id: &str) -> bool {
        let about = |trouble: &Trouble| match trouble {
            Trouble::Contradiction { task, .. } => task == id,
            Trouble::Damaged(..) => false,
        };
        self.troubles.iter().any(about)
    }

    /// The first trouble as an error.
    ///
    /// # Errors
    /// It is the error.
    pub fn check(&self) -> Result<(), Error> {
        let first = self.troubles.first();
        first.map_or(Ok(()), |trouble| Err(trouble.error()))
    }
}
