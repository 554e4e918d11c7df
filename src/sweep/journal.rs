//! The results of one shard: a file that grows by one line a task. A line is handed to the system at
//! once, so that a process that dies loses nothing that it had finished; it is synced to the disk
//! within a second, with all that came since, so that a machine that dies loses no more than that.
//!
//! A line is a JSON object that ends with a fingerprint of what stands before. A process that dies
//! while it writes leaves a last line without its end: whoever opens the journal next cuts it off,
//! and its task is done again. Any other line that does not read back is damage, and refused.

use super::codec::{decode, encode, opened, sealed};
use crate::error::Error;
use crate::record::Value;
use serde_json::{Value as Json, json};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What became of a task.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// The rows of its table.
    Rows(Vec<Vec<Value>>),
    /// Why there are none.
    Failed(String),
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The task's id.
    pub(super) task: String,
    /// Wall time that it took.
    pub(super) seconds: f64,
    /// What came out.
    pub(super) outcome: Outcome,
}

impl Entry {
    fn line(&self) -> String {
        let mut object = json!({ "task": self.task, "seconds": self.seconds });
        match &self.outcome {
            Outcome::Rows(rows) => {
                let row = |row: &Vec<Value>| row.iter().map(encode).collect::<Json>();
                object["rows"] = rows.iter().map(row).collect();
            }
            Outcome::Failed(reason) => object["failed"] = json!(reason),
        }
        sealed(&object)
    }

    fn parse(line: &str) -> Option<Self> {
        let object = opened(line)?;
        let outcome = match (object.get("rows"), object.get("failed")) {
            (Some(rows), None) => {
                let row = |row: &Json| row.as_array()?.iter().map(decode).collect();
                Outcome::Rows(rows.as_array()?.iter().map(row).collect::<Option<_>>()?)
            }
            (None, Some(reason)) => Outcome::Failed(reason.as_str()?.to_owned()),
            _ => return None,
        };
        Some(Entry {
            task: object.get("task")?.as_str()?.to_owned(),
            seconds: object.get("seconds")?.as_f64()?,
            outcome,
        })
    }
}

/// What stands in a journal.
pub(super) struct Content {
    /// Lines that read back, with their numbers counted from 1.
    pub(super) entries: Vec<(usize, Entry)>,
    /// Numbers of lines that do not.
    pub(super) damaged: Vec<usize>,
    /// Bytes up to the end of the last whole line.
    whole: u64,
    /// Whether a line without its end follows.
    pub(super) torn: bool,
}

impl Content {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let mut content = Content {
            entries: Vec::new(),
            damaged: Vec::new(),
            whole: whole as u64,
            torn: whole < bytes.len(),
        };
        for (i, line) in bytes[..whole].split_inclusive(|b| *b == b'\n').enumerate() {
            let text = std::str::from_utf8(&line[..line.len() - 1]).ok();
            match text.and_then(Entry::parse) {
                Some(entry) => content.entries.push((i + 1, entry)),
                None => content.damaged.push(i + 1),
            }
        }
        content
    }

    /// Reads a journal that may be growing.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(|e| Error::read(path, e))?;
        Ok(Content::of(&bytes))
    }
}

/// A journal that this process appends to.
pub struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    /// Whether a line without its end was cut off when it was opened.
    pub repaired: bool,
}

impl Journal {
    /// Opens a journal, made where there is none, for this process alone, and cuts off a last line
    /// without its end.
    ///
    /// # Errors
    /// Another process has it, lines are damaged, or what the system reports.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let fail = |e| Error::write(path, e);
        refuse_link(path)?;
        let fresh = !path.exists();
        let mut options = OpenOptions::new();
        let options = options.read(true).append(true).create(true);
        let mut file = options.open(path).map_err(fail)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let taken = "another process works on this shard; give each its own --shard i/n";
                return Err(fail(io::Error::other(taken)));
            }
            // Where the file system knows no locks, whole lines still do not mix.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(fail)?;
        let content = Content::of(&bytes);
        if let Some(line) = content.damaged.first() {
            return Err(damaged(path, *line));
        }
        if content.torn && !is_beginning(&bytes[content.whole as usize..]) {
            let line = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
            return Err(damaged(path, line));
        }
        if content.torn {
            file.set_len(content.whole).map_err(fail)?;
            file.sync_data().map_err(fail)?;
        }
        if fresh && let Some(folder) = path.parent() {
            // Some file systems refuse to sync a folder; there is nothing else to be done.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(Journal {
            path: path.to_owned(),
            file,
            length: content.whole,
            repaired: content.torn,
        })
    }

    /// Appends a line and hands it to the system.
    ///
    /// # Errors
    /// What the system reports; the journal is then as it was before, where the system allows.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<(), Error> {
        let line = entry.line() + "\n";
        match self.file.write_all(line.as_bytes()) {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // What cannot be cut off now is cut off by whoever opens the journal next.
                let _ = self.file.set_len(self.length);
                let _ = self.file.seek(SeekFrom::End(0));
                Err(Error::write(&self.path, error))
            }
        }
    }
}

/// A journal by which others wait until its lines are on the disk.
pub(super) struct Syncing {
    path: PathBuf,
    file: File,
}

impl Syncing {
    /// Waits until every line that was appended so far is on the disk.
    ///
    /// # Errors
    /// What the system reports.
    pub(super) fn sync(&self) -> Result<(), Error> {
        let synced = self.file.sync_data();
        synced.map_err(|e| Error::write(&self.path, e))
    }
}

impl Journal {
    /// The same file for the one who syncs it while others append.
    ///
    /// # Errors
    /// What the system reports.
    pub(super) fn syncing(&self) -> Result<Syncing, Error> {
        let path = self.path.clone();
        match self.file.try_clone() {
            Ok(file) => Ok(Syncing { path, file }),
            Err(error) => Err(Error::write(path, error)),
        }
    }
}

/// The files of a sweep are in its folder: what a link leads to is somebody else's.
pub(super) fn refuse_link(path: &Path) -> Result<(), Error> {
    match fs::symlink_metadata(path) {
        Ok(about) if !about.is_file() => {
            let line = "it is a link or no file; allowed: a file of its own";
            Err(Error::write(path, io::Error::other(line)))
        }
        _ => Ok(()),
    }
}

/// Whether bytes are those of a line whose writing was cut short: its beginning, or what a disk gives
/// where nothing was written yet.
fn is_beginning(bytes: &[u8]) -> bool {
    let starts = [&b"{\"rows\":["[..], b"{\"failed\":\""];
    let begins = |start: &[u8]| {
        let length = start.len().min(bytes.len());
        bytes[..length] == start[..length]
    };
    bytes.iter().all(|byte| *byte == 0) || starts.into_iter().any(begins)
}

/// A damaged line, and how to recover.
pub(super) fn damaged(path: &Path, line: usize) -> Error {
    Error::Damaged(format!(
        "{}:{line}: damaged line: it is not what was written; quenched sweep repair sets it aside, \
         quenched sweep run does its task again",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Folder;
    use super::*;

    fn entry(task: &str) -> Entry {
        Entry {
            task: task.to_owned(),
            seconds: 0.25,
            outcome: Outcome::Rows(vec![vec![1.5.into(), Value::Null], vec![]]),
        }
    }

    #[test]
    fn lines_read_back_and_a_torn_end_is_cut_off() {
        let folder = Folder::new("journal");
        let path = folder.path("all.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        let failed = Entry {
            outcome: Outcome::Failed("why".to_owned()),
            ..entry("b")
        };
        journal.append(&entry("a")).unwrap();
        journal.append(&failed).unwrap();
        drop(journal);
        let bytes = fs::read(&path).unwrap();
        let second = entry("a").line().len() + 1;
        for length in 0..=bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            let journal = Journal::open(&path).unwrap();
            let whole = [0, second, bytes.len()];
            assert_eq!(journal.repaired, !whole.contains(&length), "{length}");
            let content = Content::read(&path).unwrap();
            let expected = [(1, entry("a")), (2, failed.clone())];
            let kept = whole.iter().filter(|end| **end <= length).count() - 1;
            assert_eq!(content.entries, expected[..kept]);
            assert!(!content.torn && content.damaged.is_empty());
        }
    }

    #[test]
    fn a_damaged_line_is_refused_with_its_number() {
        let folder = Folder::new("damage");
        let path = folder.path("all.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        for task in ["a", "b", "c"] {
            journal.append(&entry(task)).unwrap();
        }
        drop(journal);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.replacen("1.5", "2.5", 2).replacen("2.5", "1.5", 1),
        )
        .unwrap();
        let line = Journal::open(&path).err().unwrap().to_string();
        assert!(
            line.contains("all.jsonl:2: ") && line.contains("sweep repair"),
            "{line}"
        );
        let content = Content::read(&path).unwrap();
        assert_eq!((content.entries.len(), content.damaged), (2, vec![2]));
    }

    #[test]
    fn a_file_that_is_no_journal_stays_as_it_is() {
        let folder = Folder::new("foreign");
        let (foreign, path) = (folder.path("thesis.tex"), folder.path("all.jsonl"));
        for text in ["no end of a line", "a line\nand more", "{\"other\": 1"] {
            fs::write(&foreign, text).unwrap();
            fs::copy(&foreign, &path).unwrap();
            assert!(Journal::open(&path).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            fs::remove_file(&path).unwrap();
            #[cfg(unix)]
            {
                std::os::unix::fs::symlink(&foreign, &path).unwrap();
                let line = Journal::open(&path).err().unwrap().to_string();
                assert!(line.contains("it is a link"), "{line}");
                assert_eq!(fs::read_to_string(&foreign).unwrap(), text);
                fs::remove_file(&path).unwrap();
            }
        }
    }

    #[test]
    fn a_journal_has_one_writer() {
        let folder = Folder::new("lock");
        let path = folder.path("all.jsonl");
        let first = Journal::open(&path).unwrap();
        let line = Journal::open(&path).err().unwrap().to_string();
        assert!(
            line.contains("another process works on this shard"),
            "{line}"
        );
        drop(first);
        assert!(Journal::open(&path).is_ok());
    }
}
