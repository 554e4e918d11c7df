//! Exit codes, and the one line on stderr that goes with them.

use crate::error::{Error, InputError};
use std::io::{self, Write};

pub(super) const OK: u8 = 0;
pub(super) const NO: u8 = 1;
pub(super) const BAD_INPUT: u8 = 2;
pub(super) const NOT_CONVERGED: u8 = 3;
pub(super) const FILE: u8 = 4;
pub(super) const INTERRUPTED: u8 = 130;

/// How a verb ends: with an exit code, or with a code and a line.
pub(super) type Done = Result<u8, Failure>;

/// An exit code with the line that explains it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: u8,
    pub(super) line: String,
}

impl Failure {
    pub(super) fn bad_input(line: impl Into<String>) -> Self {
        Failure {
            code: BAD_INPUT,
            line: line.into(),
        }
    }

    /// Says the line and returns the code.
    pub(super) fn report(self) -> u8 {
        note(&self.line);
        self.code
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Failure::bad_input(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::Input(_) | Error::Recipe(_) => BAD_INPUT,
            Error::File { .. } | Error::Damaged(_) => FILE,
        };
        Failure {
            code,
            line: error.to_string(),
        }
    }
}

/// Longest line on stderr, in characters: its beginning says what, its end what to do.
const BEGINNING: usize = 1500;
const END: usize = 500;

/// One line on stderr, whatever the text holds.
pub(super) fn note(text: &str) {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = text.chars().map(plain).collect();
    let place = |i: usize| line.char_indices().nth(i).map(|(place, _)| place);
    let length = line.chars().count();
    if length > BEGINNING + END
        && let (Some(from), Some(to)) = (place(BEGINNING), place(length - END))
    {
        line.replace_range(from..to, " … ");
    }
    // Nobody is left to tell where stderr is closed.
    let _ = writeln!(io::stderr(), "quenched: {line}");
}

/// Writes to stdout. A reader that has gone away has seen what it wanted.
pub(super) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::write("stdout", error).into())
        }
        _ => Ok(()),
    }
}
