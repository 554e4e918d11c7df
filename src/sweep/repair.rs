//! Damaged and contradicting lines set aside, so that their tasks are done again.

use super::collect::Collected;
use super::journal::{Content, refuse_link};
use super::plan::Plan;
use crate::error::Error;
use crate::record::Destination;
use std::fs::{self, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Moves lines that keep journals from being merged to `NAME.jsonl.damaged` beside each, and returns
/// these files with the number of lines moved. Nothing else changes, and nothing is lost.
///
/// # Errors
/// A journal that a process works on, or what the system reports.
pub fn repair(plan: &Plan) -> Result<Vec<(PathBuf, usize)>, Error> {
    let collected = Collected::read(plan)?;
    let mut moved = Vec::new();
    for journal in &collected.journals {
        let path = &journal.path;
        refuse_link(path)?;
        let file = lock(path)?;
        let bytes = fs::read(path).map_err(|e| Error::read(path, e))?;
        let content = Content::of(&bytes);
        let mut bad = content.damaged;
        let entries = content.entries.iter();
        let contradicting = entries.filter(|(_, entry)| collected.contradicts(&entry.task));
        bad.extend(contradicting.map(|(line, _)| *line));
        if bad.is_empty() {
            continue;
        }
        let (mut kept, mut removed) = (Vec::new(), Vec::new());
        for (i, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
            // A last line without its end is cut off by the next run.
            let to = if bad.contains(&(i + 1)) {
                &mut removed
            } else {
                &mut kept
            };
            to.extend_from_slice(line);
        }
        let aside = aside(path);
        refuse_link(&aside)?;
        append(&aside, &removed).map_err(|e| Error::write(&aside, e))?;
        Destination::new(path)?.write(&kept)?;
        drop(file);
        moved.push((aside, bad.len()));
    }
    Ok(moved)
}

fn lock(path: &Path) -> Result<fs::File, Error> {
    let file = OpenOptions::new().append(true).open(path);
    let file = file.map_err(|e| Error::write(path, e))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let taken = io::Error::other("a process works on this shard");
            Err(Error::write(path, taken))
        }
        Err(TryLockError::Error(_)) | Ok(()) => Ok(file),
    }
}

fn aside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".damaged");
    path.with_file_name(name)
}

fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::super::journal::{Entry, Journal, Outcome};
    use super::super::scratch::Folder;
    use super::*;

    #[test]
    fn bad_lines_are_set_aside_and_good_ones_stay() {
        let folder = Folder::new("repair");
        let plan = folder.plan("verb = 'classifiers'\nalpha = [1, 2, 3]");
        let path = plan.folder().join("shards/all.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        let mut write = |task: usize, number: f64| {
            let entry = Entry {
                task: plan.tasks[task].id.clone(),
                seconds: 0.0,
                outcome: Outcome::Rows(vec![vec![number.into()]]),
            };
            journal.append(&entry).unwrap();
        };
        write(0, 1.0);
        write(1, 2.0);
        // The same result twice is no contradiction, another one is.
        write(0, 1.0);
        write(2, 0.0);
        write(2, 0.0);
        write(2, -0.0);
        drop(journal);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let damaged = lines[1].replace("2.0", "3.0");
        let torn = &lines[0][..20];
        fs::write(&path, text.replace(lines[1], &damaged) + torn).unwrap();
        let collected = Collected::read(&plan).unwrap();
        assert_eq!(collected.troubles.len(), 2);
        assert!(collected.check().is_err());
        let aside = plan.folder().join("shards/all.jsonl.damaged");
        assert_eq!(repair(&plan).unwrap(), [(aside.clone(), 4)]);
        let removed = [&damaged, lines[3], lines[4], lines[5], ""].join("\n");
        assert_eq!(fs::read_to_string(&aside).unwrap(), removed);
        let kept = [lines[0], lines[2], torn].join("\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), kept);
        let collected = Collected::read(&plan).unwrap();
        collected.check().unwrap();
        assert!(collected.rows(&plan.tasks[0]).is_some());
        assert!(collected.rows(&plan.tasks[1]).is_none());
        assert!(collected.rows(&plan.tasks[2]).is_none());
        assert_eq!(repair(&plan).unwrap(), []);
    }
}
