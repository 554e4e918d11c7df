//! What can be combined: every machine, law of weights, data and loss with every verb that answers
//! them. Nothing is listed here; each combination is put to [`Request::new`](super::Request::new), which decides.
//!
//! | module | holds |
//! | --- | --- |
//! | `combination` | what is combined, and the request that shows it |
//! | `groups` | the same in few lines, for eyes |
//! | `literature` | equations, chapters and papers |
//! | `symbols` | names and parameters with the symbols of the theory |

mod combination;
mod groups;
mod literature;
mod symbols;

pub use combination::{Combination, Temperature, combinations};
pub use groups::{Group, groups};
pub use literature::{CHAPTERS, PAPERS, Paper, chapter};
pub use symbols::{Symbol, symbols};
