//! `quenched explain`.

use super::exit::{Done, OK, print};
use super::readable::wrapped;
use crate::answer::terms::{Kind, Term, explain, terms};

/// What a status, a reason or a column means, and what to do
///
/// Without a word the words are listed. A reason may be typed in part, as long as no other one
/// begins alike.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Explain {
    /// A word of a table: what stands in the column status or reason, or the name of a column
    #[arg(value_name = "WORD", allow_hyphen_values = true)]
    words: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  What to do with a row whose status is not ok:
    quenched explain rs_unstable
  What there was to add in words:
    quenched explain entropy negative
  What a column holds:
    quenched explain normalized_local_entropy";

/// Longest line, in characters.
const WIDTH: usize = 80;

impl Explain {
    pub(super) fn run(self) -> Done {
        let text = if self.words.is_empty() {
            list()
        } else {
            let found = explain(&self.words.join(" "))?;
            let texts: Vec<String> = found.iter().map(one).collect();
            texts.join("\n")
        };
        print(text.as_bytes())?;
        Ok(OK)
    }
}

/// One word, what it means, what to do, and where there is more.
fn one(term: &Term) -> String {
    let mut text = format!("{} ({})\n", term.word, term.kind.name());
    text += &wrapped(term.meaning, "  ", WIDTH);
    if !term.remedy.is_empty() {
        text += "\n  What to do:\n";
        text += &wrapped(term.remedy, "  ", WIDTH);
    }
    text + &format!("\n  More: {}\n", term.place)
}

fn list() -> String {
    let all = terms();
    let of = |kind: Kind| {
        let words = all
            .iter()
            .filter(|term| term.kind == kind)
            .map(|term| term.word);
        let words: Vec<&str> = words.collect();
        match kind {
            Kind::Reason => words.iter().map(|word| format!("  {word}\n")).collect(),
            _ => wrapped(&words.join(" "), "  ", WIDTH),
        }
    };
    let section = |kind: Kind| {
        let title = match kind {
            Kind::Status => "Statuses",
            Kind::Reason => "Reasons",
            Kind::Column => "Columns",
        };
        format!("{title}\n{}", of(kind))
    };
    Kind::ALL.map(section).join("\n")
}
