//! Why a table cannot be read.

use std::io;

/// Why a table cannot be read; reasons name the line where there is one.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It is no such table.
    Malformed(String),
    /// A line has another number of fields than those before.
    Ragged {
        /// The line, counted from 1.
        line: u64,
        /// Its fields.
        width: usize,
        /// Those of the lines before.
        wanted: usize,
    },
    /// The file failed.
    Failed(io::Error),
}

impl Unreadable {
    /// The reason in words.
    pub(crate) fn reason(&self) -> String {
        match self {
            Unreadable::Malformed(reason) => reason.clone(),
            Unreadable::Ragged {
                line,
                width,
                wanted,
            } => format!("line {line}: {width} columns, {wanted} in those before"),
            Unreadable::Failed(error) => error.to_string(),
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => malformed("the file ends too early"),
            // What flate2 says of bytes that do not unpack.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                malformed("it does not unpack as gzip")
            }
            _ => Unreadable::Failed(error),
        }
    }
}

/// It is no such table, for this reason.
pub(super) fn malformed(reason: impl Into<String>) -> Unreadable {
    Unreadable::Malformed(reason.into())
}
