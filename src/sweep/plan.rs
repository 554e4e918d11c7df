//! The folder of a sweep, `NAME.sweep` beside `NAME.toml`:
//!
//! | file | holds |
//! | --- | --- |
//! | `plan.json` | the spec and the version that it was planned with |
//! | `tasks.jsonl` | the tasks, one a line, in the order of the table |
//! | `shards/*.jsonl` | the journals |

use super::digest;
use super::journal::refuse_link;
use super::shard::Shard;
use super::spec::Spec;
use super::task::{Task, tasks};
use crate::ask::RawRequest;
use crate::error::{Error, shown};
use crate::record::{Destination, Pairs, Value, read_text};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const ENDING: &str = "jsonl";

/// A spec, its tasks, and the folder of its results.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is asked.
    pub spec: Spec,
    /// The tasks, in the order of the table.
    pub tasks: Vec<Task>,
    /// The spec's file as typed.
    path: PathBuf,
    folder: PathBuf,
}

impl Plan {
    /// Reads a spec and cuts it into tasks; nothing is written.
    ///
    /// # Errors
    /// A file that cannot be read, or a spec that is refused; a name that is not UTF-8, which no
    /// script could hold.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let text = read_text(path)?;
        if path.file_name().is_none_or(|file| file.to_str().is_none()) {
            let line = "the name of the file is not UTF-8; allowed: names that are";
            return Err(Error::Recipe(format!("{name}: {line}")));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let spec = Spec::parse(&text, &name, folder)?;
        let tasks = tasks(&spec)?;
        Ok(Plan {
            spec,
            tasks,
            path: path.to_owned(),
            folder: path.with_extension("sweep"),
        })
    }

    /// The folder of the results.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The stem of the spec's file.
    pub fn name(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// The spec's file without its folder.
    pub(super) fn file_name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The spec's file as a command in its folder names it.
    pub fn file(&self) -> String {
        typeable(&self.file_name())
    }

    /// The journal of a shard.
    pub fn journal(&self, shard: Shard) -> PathBuf {
        self.shards().join(shard.file())
    }

    fn shards(&self) -> PathBuf {
        self.folder.join("shards")
    }

    /// All journals that there are, in the order of their names.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn journals(&self) -> Result<Vec<PathBuf>, Error> {
        let folder = self.shards();
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|e| Error::read(&folder, e))?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| Error::read(&folder, e))?.path();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Whether the sweep was planned.
    pub fn exists(&self) -> bool {
        self.file_of_plan().exists()
    }

    fn file_of_plan(&self) -> PathBuf {
        self.folder.join("plan.json")
    }

    /// Writes the plan and the list of tasks. What was planned with another spec is replaced with
    /// `again` only; results of tasks that are in both are kept.
    ///
    /// # Errors
    /// The difference from what was planned; what the system reports.
    pub fn write(&self, again: bool) -> Result<(), Error> {
        if self.exists() && !again {
            self.check()?;
        }
        let shards = self.shards();
        fs::create_dir_all(&shards).map_err(|e| Error::write(&shards, e))?;
        let list = self.list();
        let plan = json!({
            "version": VERSION,
            "spec": self.spec.text,
            "tasks": self.tasks.len(),
            "list": digest::word(list.as_bytes()),
        });
        let file = |path: PathBuf, text: &str| {
            refuse_link(&path)?;
            Destination::new(path)?.write(text.as_bytes())
        };
        file(self.folder.join("tasks.jsonl"), &list)?;
        file(self.file_of_plan(), &format!("{plan}\n"))
    }

    /// The tasks, one a line.
    fn list(&self) -> String {
        let mut text = String::new();
        for task in &self.tasks {
            let mut line = json!({ "task": task.id });
            if let Some(data) = &self.spec.runs[task.run].data {
                line["curve"] = json!(data);
            }
            line["command"] = json!(task.raw.command());
            text += &line.to_string();
            text.push('\n');
        }
        text
    }

    /// That the sweep was planned with this spec.
    ///
    /// # Errors
    /// It was not planned, or with another spec or version: the difference, and what to do.
    pub fn check(&self) -> Result<(), Error> {
        let (path, spec) = (self.file_of_plan(), self.path.display());
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let line = "not planned; allowed: quenched sweep plan before it";
                return Err(Error::Recipe(format!("{spec}: {line}")));
            }
            text => text.map_err(|e| Error::read(&path, e))?,
        };
        let damaged = || {
            let path = path.display();
            let line = "damaged; quenched sweep plan --replan writes it again";
            Error::Damaged(format!("{path}: {line}"))
        };
        let plan: Json = serde_json::from_str(&text).map_err(|_| damaged())?;
        let word = |key: &str| plan.get(key).and_then(Json::as_str);
        let (Some(version), Some(old), Some(list)) = (word("version"), word("spec"), word("list"))
        else {
            return Err(damaged());
        };
        // Other versions may answer the same command with other numbers.
        let difference = if version != VERSION {
            format!("planned by quenched {}, this is {VERSION}", shown(version))
        } else if list != digest::word(self.list().as_bytes()) {
            format!("changed since it was planned: {}", self.difference(old))
        } else {
            return Ok(());
        };
        let allowed = "what was planned, or quenched sweep plan --replan, which keeps the results \
                       of tasks that stay";
        Err(Error::Recipe(format!(
            "{spec}: {difference}; allowed: {allowed}"
        )))
    }

    /// What differs from an earlier text of the spec, in one line.
    fn difference(&self, old: &str) -> String {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let Ok(old) = Spec::parse(old, &self.spec.name, folder) else {
            return "it was another kind of file".to_owned();
        };
        let mut words = Vec::new();
        if old.streams != self.spec.streams {
            words.push(
                format!("streams {:?}, now {:?}", old.streams, self.spec.streams).to_lowercase(),
            );
        }
        let of = |spec: &Spec| -> BTreeMap<String, String> {
            let runs = spec.runs.iter();
            runs.flat_map(|run| {
                let place = run
                    .data
                    .as_ref()
                    .map_or(String::new(), |data| format!("{data}."));
                let pairs = typed(&run.raw).into_iter();
                pairs.map(move |(key, value)| (format!("{place}{key}"), text(&value)))
            })
            .collect()
        };
        let (before, now) = (of(&old), of(&self.spec));
        for (key, value) in &before {
            match now.get(key) {
                None => words.push(format!("{} was {}, now absent", shown(key), shown(value))),
                Some(other) if other != value => {
                    words.push(format!(
                        "{} was {}, now {}",
                        shown(key),
                        shown(value),
                        shown(other)
                    ));
                }
                Some(_) => {}
            }
        }
        let added = now.iter().filter(|(key, _)| !before.contains_key(*key));
        words.extend(
            added.map(|(key, value)| format!("{} was absent, now {}", shown(key), shown(value))),
        );
        if words.is_empty() {
            // Nothing else makes a task what it is.
            return "the order of its options, or a file that it names".to_owned();
        }
        const SHOWN: usize = 10;
        let more = words.len().saturating_sub(SHOWN);
        words.truncate(SHOWN);
        if more > 0 {
            words.push(format!("and {more} more"));
        }
        words.join(", ")
    }
}

/// A path as a command takes it: one that begins with a dash would be an option.
pub fn typeable(path: &str) -> String {
    match path.starts_with('-') {
        true => format!("./{path}"),
        false => path.to_owned(),
    }
}

/// What a run asks, as typed.
pub(super) fn typed(raw: &RawRequest) -> Pairs {
    let mut list: Pairs = vec![("verb".to_owned(), raw.verb.as_str().into())];
    list.extend(
        raw.quantity
            .iter()
            .map(|quantity| ("quantity".to_owned(), quantity.as_str().into())),
    );
    let options = raw.options.iter();
    list.extend(options.map(|(name, value)| (name.clone(), value.as_str().into())));
    list
}

fn text(value: &Value) -> String {
    value.as_text().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Folder;
    use super::*;

    const SPEC: &str = "verb = 'classifiers'\nalpha = [1, 2]\nrho = 0.3\n";

    fn changed(folder: &Folder, text: &str) -> Plan {
        let path = folder.path("a.toml");
        fs::write(&path, text).unwrap();
        Plan::read(&path).unwrap()
    }

    #[test]
    fn a_plan_holds_the_spec_and_its_tasks() {
        let folder = Folder::new("plan");
        let plan = folder.plan(SPEC);
        assert!(plan.folder().ends_with("a.sweep"));
        let list = fs::read_to_string(plan.folder().join("tasks.jsonl")).unwrap();
        assert_eq!(list.lines().count(), 2);
        assert!(
            list.contains("quenched classifiers --alpha 2 --rho 0.3"),
            "{list}"
        );
        plan.check().unwrap();
        // Words that ask nothing may change.
        changed(&folder, &format!("# a comment\ntitle = 'T'\n{SPEC}"))
            .check()
            .unwrap();
    }

    #[test]
    fn a_spec_that_changed_is_refused_with_the_difference() {
        let folder = Folder::new("changed");
        folder.plan(SPEC);
        for (text, part) in [
            (
                SPEC.replace("[1, 2]", "[1, 3]"),
                "planned: alpha was 1,2, now 1,3; allowed",
            ),
            (SPEC.replace("rho = 0.3", ""), "rho was 0.3, now absent"),
            (format!("{SPEC}delta = 2"), "delta was absent, now 2"),
            (
                format!("[data.x]\n{SPEC}"),
                "verb was classifiers, now absent, x.alpha was absent",
            ),
        ] {
            let plan = changed(&folder, &text);
            for refused in [plan.check(), plan.write(false)] {
                let line = refused.unwrap_err().to_string();
                assert!(line.contains(part) && line.contains("--replan"), "{line}");
            }
        }
        let plan = changed(&folder, &SPEC.replace("[1, 2]", "[1, 3]"));
        plan.write(true).unwrap();
        plan.check().unwrap();
    }

    #[test]
    fn another_version_and_damage_are_told_apart() {
        let folder = Folder::new("version");
        let plan = folder.plan(SPEC);
        let path = plan.folder().join("plan.json");
        let text = fs::read_to_string(&path).unwrap();
        let older = text.replace(VERSION, "0.0.1");
        fs::write(&path, older).unwrap();
        let line = plan.check().unwrap_err().to_string();
        assert!(line.contains("planned by quenched 0.0.1"), "{line}");
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        let line = plan.check().unwrap_err().to_string();
        assert!(line.contains("plan.json: damaged"), "{line}");
        fs::remove_file(&path).unwrap();
        let line = plan.check().unwrap_err().to_string();
        assert!(line.contains("a.toml: not planned"), "{line}");
    }
}
