//! Which tasks of a sweep one process does.

use crate::error::InputError;

/// Every n-th task, from one of the first n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Remainder of the places of its tasks, below the number of shards.
    index: usize,
    /// Number of shards.
    count: usize,
}

const ALLOWED: &str = "i/n with i from 1 to n, or from 0 to n - 1";
/// Most shards of a sweep.
const MOST: usize = 1_000_000;

impl Shard {
    /// All tasks.
    pub const ALL: Shard = Shard { index: 0, count: 1 };

    /// Shard `index` of `count`. Whether shards are counted from 0 or from 1 makes no difference:
    /// shard n of n is shard 0 of n. None where there is no such shard.
    pub fn new(index: usize, count: usize) -> Option<Self> {
        ((1..=MOST).contains(&count) && index <= count).then(|| Shard {
            index: index % count,
            count,
        })
    }

    /// Reads `i/n`.
    ///
    /// # Errors
    /// Text that is no shard.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        let numbers = || {
            let (index, count) = text.split_once('/')?;
            Shard::new(index.trim().parse().ok()?, count.trim().parse().ok()?)
        };
        numbers().ok_or_else(|| InputError::new("shard", text, "no shard", ALLOWED))
    }

    /// Whether it has the task at this place of the list.
    pub fn has(self, place: usize) -> bool {
        place % self.count == self.index
    }

    /// The name of its journal.
    pub fn file(self) -> String {
        match self.count {
            1 => "all.jsonl".to_owned(),
            n => format!("{}-of-{n}.jsonl", self.index),
        }
    }

    /// The shard whose journal has this name.
    pub fn of_file(name: &str) -> Option<Self> {
        if name == Shard::ALL.file() {
            return Some(Shard::ALL);
        }
        let (index, count) = name.strip_suffix(".jsonl")?.split_once("-of-")?;
        let shard = Shard::new(index.parse().ok()?, count.parse().ok()?)?;
        (shard.file() == name).then_some(shard)
    }

    /// All shards of the same number of shards.
    pub fn siblings(self) -> impl Iterator<Item = Shard> {
        (0..self.count).map(move |index| Shard { index, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_counted_from_0_or_from_1_have_every_task_once() {
        for first in [0, 1] {
            let shards: Vec<Shard> = (first..first + 7)
                .map(|i| Shard::parse(&format!("{i}/7")).unwrap())
                .collect();
            for place in 0..100 {
                assert_eq!(shards.iter().filter(|s| s.has(place)).count(), 1);
            }
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in [
            "",
            "1",
            "8/7",
            "-1/7",
            "1/0",
            "0/0",
            "a/b",
            "1/2/3",
            "1/1000001",
        ] {
            let line = Shard::parse(text).unwrap_err().to_string();
            assert!(
                line.starts_with("--shard ") && line.contains("allowed: i/n"),
                "{line}"
            );
        }
    }

    #[test]
    fn journals_are_named_after_their_shards() {
        for text in ["1/1", "3/7", "7/7"] {
            let shard = Shard::parse(text).unwrap();
            assert_eq!(Shard::of_file(&shard.file()), Some(shard));
        }
        for name in [
            "all",
            "7-of-7.jsonl",
            "x-of-2.jsonl",
            "1-of-2.jsonl.damaged",
        ] {
            assert_eq!(Shard::of_file(name), None, "{name}");
        }
    }
}
