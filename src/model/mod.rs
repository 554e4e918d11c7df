//! Models: weights × data × loss, each written once as its local partition function.
//!
//! | role | trait | file to copy |
//! | --- | --- | --- |
//! | law of one weight | [`Prior`] | [`binary`] (the template) |
//! | cost of a stability | [`Loss`] | [`square`] (the template) |
//! | law of labels | [`Data`] | [`storage`](data) |
//! | clusters instead of labels | [`Mixture`] | [`mixture`] |
//!
//! A new model is one file here and one line in [`registry`]. Equations W.* and L.* of
//! `theory/models.md`.

pub mod channel;
pub mod data;
mod hard;
pub mod loss;
pub mod mixture;
pub mod parameters;
pub mod prior;
pub mod registry;
pub mod scalar;
pub mod site;
pub mod tilted;

pub use data::Data;
pub use mixture::{Bias, Mixture};
pub use parameters::{Control, Parameters};
