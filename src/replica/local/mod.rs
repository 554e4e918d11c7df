//! Local entropies: how many configurations of one measure lie near a typical one of another
//! (`theory/franz-parisi.md`), and the densest regions there are (`theory/robust-ensemble.md`).
//!
//! | module | answers |
//! | --- | --- |
//! | [`neighbourhoods`] | local entropies of a model chosen by name, around any reference |
//! | [`mod@reference`] | the measure that a reference is drawn from, and its saddle point |
//! | [`franz_parisi`] | free entropy of a probe at a distance from a reference |
//! | [`around_classifier`] | the same around a classifier of two clusters, [`classifier_reference`] |
//! | [`teacher`] | the same at a distance from a teacher |
//! | [`curve`] | branches of its saddle points over distances |
//! | [`point`] | one point of a curve and how far it can be trusted |

pub mod around_classifier;
pub mod classifier_reference;
pub mod critical;
pub mod curve;
mod energetic;
pub mod entropic;
pub(in crate::replica) mod first_point;
pub mod franz_parisi;
pub(in crate::replica) mod geometry;
mod given_loss;
mod ground_average;
pub mod group;
mod level;
pub(in crate::replica) mod linear;
pub mod neighbourhoods;
pub mod no_theory;
pub mod number;
pub(in crate::replica) mod own_patterns;
pub(in crate::replica) mod patterns;
pub mod point;
pub mod reference;
mod replicas;
pub mod robust;
mod scan;
pub mod teacher;
mod thermodynamics;
