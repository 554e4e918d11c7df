//! Local entropies: how many configurations of one measure lie near a typical one of another
//! (`theory/franz-parisi.md`), and the densest regions there are (`theory/robust-ensemble.md`).
//!
//! | module | answers |
//! | --- | --- |
//! | [`model`] | local entropies of a model chosen by name, around any reference |
//! | [`mod@reference`] | the measure that a reference is drawn from, and its saddle point |
//! | [`franz_parisi`] | free entropy of a probe at a distance from a reference |
//! | [`teacher`] | the same at a distance from a teacher |
//! | [`curve`] | branches of its saddle points over distances |
//! | [`point`] | one point of a curve and how far it can be trusted |

pub mod curve;
mod energetic;
pub mod entropic;
pub mod franz_parisi;
pub(in crate::replica) mod geometry;
mod ground_average;
pub mod group;
mod level;
pub(in crate::replica) mod linear;
pub mod model;
pub mod no_theory;
pub mod number;
mod observables;
pub(in crate::replica) mod patterns;
pub mod point;
pub mod reference;
mod replicas;
pub mod robust;
mod scan;
pub(in crate::replica) mod start;
pub mod teacher;
pub mod threshold;
