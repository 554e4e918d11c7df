//! Tables, and files that are written and read.
//!
//! | module | holds |
//! | --- | --- |
//! | `table` | cells, columns and rows |
//! | `meta` | where a table comes from |
//! | `format` | formats by name and ending |
//! | `table_file` | a table with its meta, as CSV, JSON or, through `parquet_file`, Parquet |
//! | `data_file` | a table that a user has, as csv, npy or Parquet |
//! | `pattern_file`, `pattern_options`, `label_column` | a user's own patterns with their labels |
//! | `npy_file` | arrays for NumPy |
//! | `free_memory` | whether what is to be held fits |
//! | `text_file` | recipes and specs, within bounds |
//! | `save` | files written whole or not at all |

pub(crate) mod data_file;
mod format;
pub(crate) mod free_memory;
mod label_column;
mod meta;
mod npy_file;
pub(crate) mod pattern_file;
pub(crate) mod pattern_options;
mod save;
mod table;
mod table_file;
mod text_file;

#[cfg(feature = "parquet")]
mod parquet_file;

pub use format::Format;
pub use label_column::LabelPair;
pub use meta::{Meta, Pairs};
pub use npy_file::npy;
pub use pattern_file::{PatternFile, TestFile};
pub use save::Destination;
#[cfg(feature = "cli")]
pub(crate) use save::temporary_folder;
pub use table::{Table, Value};
pub use table_file::Record;
#[cfg(feature = "cli")]
pub(crate) use text_file::read_table;
#[cfg(any(feature = "cli", feature = "sweep"))]
pub(crate) use text_file::read_text;
