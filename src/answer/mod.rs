//! What comes out: the rows that answer a request, and what their words mean.
//!
//! | module | holds |
//! | --- | --- |
//! | `run` | every request to its rows |
//! | `states`, `line` | solutions and critical values, along lines of the grid |
//! | `local_entropy`, `mixture_local_entropy`, `pieces` | what surrounds a reference |
//! | `simulate`, `sample_columns` | finite systems |
//! | `kept` | weights and predictions, which rows do not hold |
//! | `classifiers` | classifiers in closed form |
//! | `comparison` | theory against simulation |
//! | `gather`, `run_error` | rows of all points on all threads, and what stops it |
//! | `finite` | no answer is infinite |
//! | `missing` | what a row without a solution says |
//! | `quantities` | every column: name, unit, meaning, equation, and what it is read off |
//! | [`terms`] | what the words of an answer mean |

mod classifiers;
mod comparison;
mod finite;
mod gather;
mod kept;
mod line;
mod local_entropy;
mod missing;
mod mixture_local_entropy;
mod pieces;
mod quantities;
mod run;
mod run_error;
mod sample_columns;
mod simulate;
mod states;
pub mod terms;

pub use comparison::comparison_table;
pub use kept::Kept;
pub use run::{empty, run, run_keeping, tolerances};
pub use run_error::RunError;
pub use simulate::check_memory;
