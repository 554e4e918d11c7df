//! Priors and losses written over any number type: what mixtures and their minimisers use.

pub mod binary;
pub mod check;
pub mod cross_entropy;
pub mod hinge;
pub mod loss;
pub mod neighbourhood;
pub mod prior;
pub mod spherical;
pub mod square;
pub mod theta;
pub mod tilted;

pub use loss::{Loss, ZeroSet};
pub use prior::Prior;
