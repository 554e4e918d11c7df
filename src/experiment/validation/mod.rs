//! Theory against simulation, quantity by quantity.
//!
//! | module | holds |
//! | --- | --- |
//! | `run` | which checks, on what samples, and all of it run |
//! | `checks`, `check_series` | the checks by name, and what each of them compares |
//! | `size_series`, `measure` | one model at one load over several sizes, sampled and computed |
//! | `quantity` | what is compared, by name |
//! | `drawn`, `mixture_sample` | finite patterns of two clusters, and classifiers on them |
//! | `mixture_setup`, `mixture` | two clusters: minimisers and Gibbs measures |
//! | `around_classifier` | two clusters: what surrounds a classifier |
//! | `mixture_plan` | which of them are compared |
//! | `random_setup`, `random` | random patterns: measures, minima, largest margins and what surrounds them |
//! | `random_plan` | which of them are compared |
//! | `compare` | means of the samples beside the theory, and their limit of infinite size |
//! | `fit` | from finite sizes to the infinite one |
//! | `row` | one quantity compared |
//! | [`rank`] | where judged rows stand among each other |
//!
//! Means over finite instances differ from the theory of infinite ones by terms of order `1/N`
//! (MP.19). Rows at a finite size are printed for information; what is judged is their
//! extrapolation. **A new check is one variant of [`Check`] and one arm in `Check::series`.**

mod around_classifier;
mod check_series;
mod checks;
mod compare;
mod drawn;
mod fit;
mod measure;
mod mixture;
mod mixture_plan;
mod mixture_sample;
mod mixture_setup;
mod quantity;
mod random;
mod random_plan;
mod random_setup;
pub mod rank;
mod row;
mod run;
mod size_series;

pub use checks::Check;
pub use fit::{Measured, intercept};
pub use quantity::{Nearby, Quantity};
pub use row::{Row, Verdict};
pub use run::{FEWEST_SAMPLES, LARGEST, MOST_SAMPLES, SMALLEST, Validation};
