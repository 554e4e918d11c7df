//! Statistical physics of learning: a model is written once, as its local partition functions with
//! two derivatives in the field, and from it come its replica-symmetric saddle points, their
//! stability, its critical lines and the publication figure.
//!
//! | room | holds |
//! | --- | --- |
//! | [`math`] | special functions, also on whole arrays, Gaussian averages, dual numbers |
//! | [`model`] | priors of the weights and losses as objects, data, and the registry of their names |
//! | [`solve`] | Newton, Anderson, deflation, continuation, events |
//! | [`replica`] | the replica-symmetric theory of any model |
//! | [`message_passing`] | approximate message passing and belief propagation on one instance |
//! | [`search`] | local and exhaustive search on one instance |
//! | [`experiment`] | algorithms on many instances, beside the theory |
//! | [`record`] | tables with their provenance, and the files that are written and read |
//! | [`ask`] | what is asked: requests, grids, the recipes of figures, what can be combined |
//! | [`answer`] | what comes out: rows, and what their words mean |
//! | `figure` | recipes drawn as SVG (feature `figure`) |
//! | `notebook` | figures with their physics, data and Python as Jupyter notebooks (feature `figure`) |
//! | `sweep` | large grids as many tasks, resumed, shared out and merged (feature `sweep`) |
//! | `cli` | the command line (feature `cli`) |
//!
//! Rooms depend on those above them only. Equations are tagged in `theory/` and cited by tag.
//!
//! # Example
//!
//! The overlap of two typical solutions of the binary perceptron at half its load:
//!
//! ```
//! use quenched::model::{Control, Parameters};
//! use quenched::replica::{model::model, sweep::Branches};
//!
//! let perceptron = model("binary", "storage", "theta").expect("registered");
//! let p = Parameters { alpha: 0.5, ..Parameters::default() };
//! let outcome = perceptron.sweep(&p, Control::Alpha, &[0.5], Branches::Dominant);
//! let q = outcome[0].dominant().and_then(|state| state.observables.q).expect("below capacity");
//! assert!((q - 0.322385363224).abs() < 1e-12);
//! ```
#![warn(missing_docs)]

pub mod answer;
pub mod ask;
pub mod error;
pub mod experiment;
pub mod math;
pub mod message_passing;
pub mod model;
pub mod observer;
pub mod record;
pub mod replica;
pub mod search;
pub mod solve;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "figure")]
pub mod figure;
#[cfg(feature = "figure")]
pub mod notebook;
#[cfg(feature = "sweep")]
pub mod sweep;
