//! What can go wrong with the user's input and files, in one line each.

use std::io;
use std::path::PathBuf;

/// Longest piece of a user's value that a message repeats.
const SHOWN: usize = 60;

/// Longest message: lists of what is allowed are cut where a user's own names make them endless.
const LONGEST: usize = 2000;

/// Bad input, or a file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An option, or a key of a recipe, with a value that is not allowed.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file or folder that cannot be read or written.
    #[error("{}", one_line(&format!("{}: cannot {action}: {}", .path.display(), plain(.source))))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: `read` or `write`.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A recipe that can be read but not understood or not drawn: one line that names the file,
    /// the place in it, what was written and what is allowed.
    #[error("{}", one_line(.0))]
    Recipe(String),
    /// A file that can be read but is not what was written: one line that names it, the place in
    /// it, and how to recover.
    #[error("{0}")]
    Damaged(String),
}

impl Error {
    /// A file that cannot be written.
    pub fn write(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Error::File {
            path: path.into(),
            action: "write",
            source,
        }
    }

    /// A file that cannot be read.
    pub fn read(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Error::File {
            path: path.into(),
            action: "read",
            source,
        }
    }
}

impl Error {
    /// The same error, found at `place` in a recipe instead of on the command line.
    pub fn at(self, place: impl Into<String>) -> Self {
        match self {
            Error::Input(error) => Error::Input(error.at(place)),
            other => other,
        }
    }
}

/// The system's message without its error number.
fn plain(source: &io::Error) -> String {
    let text = source.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

/// A refused value: which option, what was given, why, and what is allowed.
///
/// It displays as one line: `--alpha 0:0:1: step must not be zero; allowed: …`, or, inside a
/// recipe, `fig.toml, curve 1: alpha = 0:0:1: step must not be zero; allowed: …`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", one_line(&self.line()))]
pub struct InputError {
    /// The option's long name without dashes, or an upper-case name for a positional argument.
    pub option: String,
    /// The value as typed; none where the option is missing.
    pub value: Option<String>,
    /// Why it is refused.
    pub reason: String,
    /// What would be accepted; empty where nothing would.
    pub allowed: String,
    /// Where the option stands, if not on the command line: a recipe's file and key.
    pub place: Option<String>,
}

impl InputError {
    /// A refused value.
    pub fn new(
        option: impl Into<String>,
        value: impl Into<String>,
        reason: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        InputError {
            option: option.into(),
            value: Some(value.into()),
            reason: reason.into(),
            allowed: allowed.into(),
            place: None,
        }
    }

    /// A required option that is absent.
    pub fn missing(
        option: impl Into<String>,
        reason: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        InputError {
            value: None,
            ..InputError::new(option, "", reason, allowed)
        }
    }

    /// The same error, found at `place` in a recipe instead of on the command line.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    fn line(&self) -> String {
        let mut line = self
            .place
            .iter()
            .map(|p| format!("{p}: "))
            .collect::<String>();
        let positional = self.option.chars().all(|c| c.is_ascii_uppercase());
        match (&self.place, positional) {
            (Some(_), _) => line.push_str(&self.option.to_lowercase()),
            (None, true) => line.push_str(&self.option),
            (None, false) => line.push_str(&format!("--{}", self.option)),
        }
        if let Some(value) = &self.value {
            line.push_str(if self.place.is_some() { " = " } else { " " });
            line.push_str(&shown(value));
        }
        line.push_str(": ");
        line.push_str(&self.reason);
        if !self.allowed.is_empty() {
            line.push_str("; allowed: ");
            line.push_str(&self.allowed);
        }
        line
    }
}

/// A message as one line, whatever names of the user's are in it: control characters escaped, and
/// cut where it is long.
pub fn one_line(text: &str) -> String {
    escaped(text, LONGEST)
}

fn escaped(text: &str, longest: usize) -> String {
    let mut out: String = text
        .chars()
        .take(longest)
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            let kept = (!c.is_control()).then_some(c);
            escaped.into_iter().flatten().chain(kept)
        })
        .collect();
    if text.chars().nth(longest).is_some() {
        out.push('…');
    }
    out
}

/// A user's text as it may stand inside a one-line message: quoted if empty or spaced, control
/// characters escaped, and cut where it is long.
pub fn shown(text: &str) -> String {
    let mut out = escaped(text, SHOWN);
    if out.is_empty() || out.contains(' ') {
        out = format!("'{out}'");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_names_option_value_and_allowed() {
        let error = InputError::new("alpha", "0:0:1", "step must not be zero", "a value");
        assert_eq!(
            error.to_string(),
            "--alpha 0:0:1: step must not be zero; allowed: a value"
        );
        assert_eq!(
            error.at("a.toml, curve 1").to_string(),
            "a.toml, curve 1: alpha = 0:0:1: step must not be zero; allowed: a value"
        );
    }

    #[test]
    fn positional_names_have_no_dashes_and_missing_values_are_not_shown() {
        let error = InputError::missing("QUANTITY", "required", "capacity");
        assert_eq!(error.to_string(), "QUANTITY: required; allowed: capacity");
    }

    #[test]
    fn users_text_stays_on_one_line_and_short() {
        assert_eq!(shown("a\nb"), "a\\nb");
        assert_eq!(shown(""), "''");
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), SHOWN + 1);
    }

    #[test]
    fn names_of_the_users_do_not_break_the_line() {
        let place = InputError::new("a\nb", "1", "no such option", "").at("f.toml, c\td");
        assert_eq!(
            place.to_string(),
            "f.toml, c\\td: a\\nb = 1: no such option"
        );
        let recipe = Error::Recipe("a\u{1b}[0m".to_owned() + &"x".repeat(3000));
        let line = recipe.to_string();
        assert!(
            line.starts_with("a\\u{1b}[0mx") && line.ends_with("x…"),
            "{line}"
        );
        let file = Error::read("a\nb", io::ErrorKind::NotFound.into());
        assert!(file.to_string().starts_with("a\\nb: cannot read"), "{file}");
    }
}
