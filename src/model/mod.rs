//! Models: weights × data × loss, each written once as its local partition function.
//!
//! | role | type | file to copy |
//! | --- | --- | --- |
//! | law of one weight | [`Prior`](prior::Prior) | [`ternary`](prior::ternary) |
//! | cost of a stability, polynomial on pieces | [`Piecewise`](loss::Piecewise) | [`huber_hinge`](loss::huber_hinge) |
//! | cost of a stability, smooth | [`Loss`](loss::Loss) | [`cross_entropy`](loss::cross_entropy) |
//! | how hidden units make an output | [`Machine`](machine::Machine) | [`machine`] |
//! | law of the patterns | [`Disorder`] | [`disorder`] |
//! | law of labels | [`Data`] | [`data`] |
//! | two clusters | [`Mixture`] | [`mixture`] |
//!
//! A prior, and a loss in one of its limits ([`channel`]), are [`site`]s: for an array of fields they
//! fill arrays of `ln Z` and its derivatives, of which [`average`] makes averages with gradient and
//! Hessian. [`tilted`] has what a loss has no closed form for.
//!
//! A new model is one file here and its line in [`prior::registered`] or [`loss::registered`].
//! Equations W.* and L.* of `theory/models.md`, FN.* of `theory/free-norm.md`.

pub mod average;
pub mod channel;
pub mod constraint;
pub mod data;
pub mod disorder;
pub mod field;
mod hard;
pub mod loss;
pub mod machine;
pub mod mixture;
pub mod moved;
pub mod parameters;
pub mod prior;
pub mod registry;
pub mod site;
pub mod tilted;

pub use constraint::Constraint;
pub use data::Data;
pub use disorder::Disorder;
pub use mixture::{Bias, Mixture};
pub use parameters::{Control, Parameters};
