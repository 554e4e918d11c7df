//! What was asked, and what came out.

mod decimal;
#[cfg(feature = "figure")]
pub mod figure;
mod grid;
mod line;
mod options;
mod range;
mod record;
mod request;
mod run;
mod run_error;
mod save;
mod table;

#[cfg(feature = "parquet")]
mod parquet_file;

pub use crate::model::Control as Parameter;
pub use crate::replica::sweep::Branches;
pub use crate::replica::threshold::Quantity;
pub use grid::{Axis, Grid, Parameters};
pub use options::{is_known_option, known_options};
pub use range::{GRID_LIMIT, parse_values};
pub use record::{Format, Meta, Pairs, Record};
pub use request::{RawRequest, Request, Verb};
pub use run::{empty, run, tolerances};
pub use run_error::RunError;
pub use save::Destination;
pub use table::{Table, Value};
