//! Tables, and files that are written and read.
//!
//! | module | holds |
//! | --- | --- |
//! | `table` | cells, columns and rows |
//! | `meta` | where a table comes from |
//! | `format` | formats by name and ending |
//! | `table_file` | a table with its meta, as CSV, JSON or, through `parquet_file`, Parquet |
//! | `matrix_file`, `npy` | matrices of numbers that a user has |
//! | `pattern_file` | a user's own patterns with their labels |
//! | `free_memory` | whether what is to be held fits |
//! | `text_file` | recipes and specs, within bounds |
//! | `save` | files written whole or not at all |

mod format;
pub(crate) mod free_memory;
mod matrix_file;
mod meta;
mod npy;
pub(crate) mod pattern_file;
mod save;
mod table;
mod table_file;
mod text_file;

#[cfg(feature = "parquet")]
mod parquet_file;

pub use format::Format;
pub use meta::{Meta, Pairs};
pub use pattern_file::PatternFile;
pub use save::Destination;
pub(crate) use save::temporary_folder;
pub use table::{Table, Value};
pub use table_file::Record;
pub(crate) use text_file::{read_table, read_text};
