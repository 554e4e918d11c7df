//! What was asked, and what came out.

mod axes;
pub mod catalogue;
mod classifiers;
mod cluster_reference;
mod clusters;
mod comparison;
mod decimal;
#[cfg(feature = "figure")]
pub mod figure;
mod gather;
mod grid;
mod landscape;
mod line;
mod local;
mod matrix_file;
mod measured;
mod memory;
mod missing;
mod npy;
mod options;
mod parameter;
mod pattern_file;
mod quantities;
mod range;
mod record;
mod reference;
mod request;
mod run;
mod run_error;
mod save;
mod shell;
mod simulate;
mod simulated_model;
mod spelling;
mod system_values;
mod systems;
mod table;
pub mod terms;
mod verb;

#[cfg(feature = "parquet")]
mod parquet_file;

pub use crate::replica::local::model::Choice as ReferenceChoice;
pub use crate::replica::local::threshold::LocalQuantity;
pub use crate::replica::sweep::Branches;
pub use crate::replica::threshold::Quantity;
pub use cluster_reference::ClusterReference;
pub use clusters::BiasChoice;
pub use comparison::Comparison;
pub use grid::{Axis, Grid, Parameters};
pub use options::{DATA_NAMES, default_distances, is_known_option, known_options};
pub use parameter::Parameter;
pub use pattern_file::PatternFile;
pub use range::{GRID_LIMIT, parse_values};
pub use record::{Format, Meta, Pairs, Record};
pub use request::{RawRequest, Request};
pub use run::{empty, run, tolerances};
pub use run_error::RunError;
pub use save::Destination;
pub use shell::in_shell;
pub use simulate::check_memory;
pub use systems::Systems;
pub use table::{Table, Value};
pub use verb::Verb;
