//! Message passing on one instance: the finite-size side of the replica theory.
//!
//! | module | holds |
//! | --- | --- |
//! | [`patterns`] | matrices of patterns: one bit or one number per entry |
//! | [`instance`] | instances drawn from a seed |
//!
//! Labels are absorbed into the patterns: row `μ` is `σ^μ ξ^μ`, and a pattern is learned where
//! `w·ξ > 0`. Overlaps, energies and entropies are per weight in every public result. Equations
//! MP.* of `theory/message-passing.md` and BP.* of `theory/belief-propagation.md`.

pub mod instance;
pub mod patterns;

pub use instance::{Entries, Instance, InstanceSpec, TeacherWeights};
pub use patterns::{Patterns, RealMatrix, SignMatrix};
