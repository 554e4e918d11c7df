//! The words of an answer: what each status, reason and column means, and what to do.

mod verdicts;

use super::quantities::{STANDARD_ERROR, quantities};
use crate::error::InputError;
use crate::experiment::remark::Remark;
use crate::experiment::validation::Verdict;
use crate::replica::reason::Reason;
use crate::replica::state::Status;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In the column `status`.
    Status,
    /// In the column `reason`.
    Reason,
    /// The name of a column.
    Column,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Status, Kind::Reason, Kind::Column];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Status => "status",
            Kind::Reason => "reason",
            Kind::Column => "column",
        }
    }
}

/// A word with its explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// As it stands in tables.
    pub word: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it means.
    pub meaning: &'static str,
    /// What to do; nothing for what asks for nothing.
    pub remedy: &'static str,
    /// The file that has more, or a section of it.
    pub place: &'static str,
    /// Unit of a column; nothing for words and pure numbers.
    pub unit: &'static str,
    /// Tag of the equation that defines a column; nothing where none does.
    pub equation: &'static str,
}

/// What a row of a simulation says where a sample was refused, as its words begin.
const REFUSED: &str = "--OPTION VALUE: ...";

/// Every word, in the order status, reason, column.
pub fn terms() -> Vec<Term> {
    let term = |word, kind, [meaning, remedy, place]: [&'static str; 3]| Term {
        word,
        kind,
        meaning,
        remedy,
        place,
        unit: "",
        equation: "",
    };
    let statuses = Status::ALL.map(|s| term(s.name(), Kind::Status, verdicts::of_status(s)));
    let verdicts = Verdict::ALL.iter().filter_map(|v| {
        let text = verdicts::of_validation(*v)?;
        Some(term(v.name(), Kind::Status, text))
    });
    let reasons = Reason::ALL.map(|r| term(r.text(), Kind::Reason, verdicts::of_reason(r)));
    let remarks = Remark::TEXTS.into_iter().zip(verdicts::OF_REMARKS);
    let remarks = remarks.map(|(text, said)| term(text, Kind::Reason, said));
    let refused = term(REFUSED, Kind::Reason, verdicts::REFUSED);
    let columns = quantities().iter().map(|q| Term {
        unit: q.unit,
        equation: q.equation,
        ..term(q.name, Kind::Column, [q.meaning, "", q.place])
    });
    statuses
        .into_iter()
        .chain(verdicts)
        .chain(reasons)
        .chain(remarks)
        .chain([refused])
        .chain(columns)
        .collect()
}

/// The explanation of a word: of a name in full, of a text that begins or holds a reason, or of
/// `NAME_error` in a summary.
///
/// # Errors
/// One line, where the word is unknown or begins several reasons.
pub fn explain(word: &str) -> Result<Vec<Term>, InputError> {
    let all = terms();
    let typed = word.trim();
    let exact: Vec<Term> = all.iter().filter(|t| t.word == typed).copied().collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    let reasons = all.iter().filter(|t| t.kind == Kind::Reason);
    let begun: Vec<Term> = reasons
        .clone()
        .filter(|t| t.word.starts_with(typed))
        .copied()
        .collect();
    let held = reasons.filter(|t| typed.contains(t.word) && t.word.contains(' '));
    let held: Vec<Term> = held.copied().collect();
    match (&begun[..], &held[..]) {
        _ if typed.is_empty() => Err(unknown(word, "a word is missing")),
        ([_], _) => Ok(begun),
        ([_, ..], _) => {
            let words: Vec<_> = begun.iter().map(|t| t.word).collect();
            let reason = "more than one reason begins like this";
            Err(InputError::new("WORD", word, reason, words.join("; ")))
        }
        ([], [_, ..]) => Ok(held),
        _ if typed.starts_with("--") => Ok(all.into_iter().filter(|t| t.word == REFUSED).collect()),
        _ => of_error(typed, &all).ok_or_else(|| unknown(word, "no status, reason or column")),
    }
}

/// The standard error of a column in a summary.
fn of_error(word: &str, all: &[Term]) -> Option<Vec<Term>> {
    let base = word.strip_suffix("_error")?;
    let is_it = |t: &&Term| t.kind == Kind::Column && t.word == base;
    let base = *all.iter().find(is_it)?;
    let standard = *all.iter().find(|t| t.word == STANDARD_ERROR)?;
    Some(vec![standard, base])
}

fn unknown(word: &str, reason: &str) -> InputError {
    let all = terms();
    let words = all
        .iter()
        .filter(|t| t.kind != Kind::Column)
        .map(|t| t.word);
    let words: Vec<_> = words.collect();
    let allowed = format!("{}; or the name of a column", words.join("; "));
    InputError::new("WORD", word, reason, allowed)
}

#[cfg(test)]
mod tests;
