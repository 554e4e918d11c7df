//! A user's own table, whatever file it stands in: one reader for patterns, labels and the points of
//! figures.
//!
//! | module | holds |
//! | --- | --- |
//! | `sheet` | the table: numbers, what else stands in cells, names and places |
//! | `header` | whether the first line holds names, and which column numbers the rows |
//! | `separated` | csv: separators, quotes, comments |
//! | `npy` | NumPy's arrays |
//! | `parquet` | Apache Parquet |
//! | `open` | files, packed or not, by their endings |

mod header;
mod npy;
mod open;
#[cfg(feature = "parquet")]
mod parquet;
mod separated;
mod sheet;
mod unreadable;

pub(crate) use header::is_missing;
#[cfg(feature = "figure")]
pub(crate) use open::names_format;
pub(crate) use open::{parse, read};
pub(crate) use sheet::{Cell, Sheet};
pub(crate) use unreadable::Unreadable;

/// What is allowed in a file of numbers.
#[cfg(feature = "parquet")]
pub(crate) const ALLOWED: &str = "a .csv (or .tsv, .txt, .dat) file with one row a line, a .npy file \
     with a two-dimensional array, or a .parquet file, also packed as .gz; finite numbers with a decimal \
     point and without thousands separators, rows of one width";
/// What is allowed in a file of numbers.
#[cfg(not(feature = "parquet"))]
pub(crate) const ALLOWED: &str = "a .csv (or .tsv, .txt, .dat) file with one row a line, or a .npy file \
     with a two-dimensional array, also packed as .gz; finite numbers with a decimal point and without \
     thousands separators, rows of one width";
