//! What is asked: requests as typed and as validated, the recipes of figures, and what can be asked.
//!
//! | module | holds |
//! | --- | --- |
//! | `raw_request`, `request` | a request as typed, and with every default filled in |
//! | `verb` | what is to be computed |
//! | `parameter`, `choice`, `options` | parameters, options of a few names, all options |
//! | `decimal`, `range`, `distances`, `axes`, `grid` | values as typed, and the grid that they span |
//! | `bias`, `mixture`, `cluster_reference`, `classifiers` | two clusters |
//! | `reference_choice` | what distances are measured from |
//! | `spelling`, `system_values`, `systems`, `simulated_model` | finite systems |
//! | `comparison` | theory against simulation |
//! | `quote` | texts of the user's as shells, Python and Markdown read them back |
//! | `shell` | a request as a command |
//! | [`catalogue`] | what can be combined |
//! | `recipe` | the recipe of a figure (feature `figure`) |

mod axes;
mod bias;
pub mod catalogue;
pub(crate) mod choice;
pub(crate) mod classifiers;
mod cluster_reference;
mod comparison;
mod decimal;
mod distances;
mod grid;
mod mixture;
mod options;
mod parameter;
mod quote;
pub(crate) mod range;
mod raw_request;
#[cfg(feature = "figure")]
pub mod recipe;
mod reference_choice;
mod request;
mod shell;
mod simulated_model;
mod spelling;
mod system_values;
mod systems;
mod verb;

pub use crate::experiment::{BiasChoice, ClusterReference};
pub use crate::replica::local::critical::LocalQuantity;
pub use crate::replica::local::neighbourhoods::Choice as ReferenceChoice;
pub use crate::replica::sweep::Branches;
pub use crate::replica::threshold::Quantity;
pub use choice::DATA_NAMES;
pub use comparison::Comparison;
pub use distances::default_distances;
pub use grid::{Axis, Grid, Point};
pub use options::{is_known_option, known_options};
pub use parameter::Parameter;
pub use quote::{in_comment, in_markdown, in_parallel, in_python, in_shell};
pub use range::{GRID_LIMIT, parse_values};
pub use raw_request::RawRequest;
pub use request::Request;
pub use systems::Systems;
pub use verb::Verb;
