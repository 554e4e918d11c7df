//! Finite systems beside the theory: many instances, what algorithms find on them, and how that
//! compares with what the replica method predicts.
//!
//! | module | holds |
//! | --- | --- |
//! | [`algorithm`] | the algorithms by name, and what each can be run on |
//! | [`classified`] | a classifier of two clusters, and how well it does |
//! | [`cluster_reference`] | what distances are measured from on two clusters |
//! | [`extent`] | how much of a sample is measured |
//! | [`independence`] | whether own patterns are what message passing assumes |
//! | `memory` | what a sample takes of the machine's |
//! | `mixture` | linear classifiers of two clusters |
//! | `mixture_amp` | message passing on two clusters |
//! | [`mixture_point`] | what the theory says of classifiers of two clusters |
//! | [`neighbourhood`] | what surrounds the configuration that was found |
//! | `parallel` | work on all threads |
//! | [`path`] | the first iterations beside their prediction |
//! | [`remark`] | what own patterns break or leave open |
//! | `run` | an algorithm run on a sample |
//! | [`simulation`] | what is run on a sample, and what came out |
//! | [`statistics`] | means, standard errors, success rates with their intervals |
//! | [`tested`] | patterns that nothing was learned from |
//! | [`validation`] | theory against simulation, quantity by quantity |

pub mod algorithm;
pub mod classified;
pub mod cluster_reference;
pub mod extent;
mod general;
pub mod independence;
mod memory;
mod mixture;
mod mixture_amp;
pub mod mixture_point;
pub mod neighbourhood;
pub(crate) mod parallel;
pub mod path;
pub mod remark;
mod run;
pub mod simulation;
pub mod statistics;
pub mod tested;
pub mod validation;

pub use algorithm::Algorithm;
pub use cluster_reference::ClusterReference;
pub use extent::Extent;
pub use mixture_point::{BiasChoice, MixturePoint, MixtureTheory};
pub use simulation::{Outcome, Simulation};
pub use validation::Validation;
