//! Replica-symmetric theory of any registered model.
//!
//! | module | answers |
//! | --- | --- |
//! | [`chart`] | order parameters of replica symmetry and their coordinates |
//! | [`rs`] | replica-symmetric free entropy at finite β, or of the solutions at β = ∞ |
//! | [`ground_state`] | its zero-temperature limit for losses that do not jump, on the sphere |
//! | [`learning`] | minimisers of a loss on two clusters, at a point or along a curve |
//! | [`closed_form`] | classifiers of two clusters that no equation is solved for |
//! | [`observables`] | entropy, energies, errors and stability at a saddle point |
//! | [`ensemble`] | which of these a model at given parameters needs, and every solution of it |
//! | [`reason`] | what there is to say of a row beyond its status |
//! | [`state`] | a solved state and how far it can be trusted |
//! | [`model`] | a model by its registered names |
//! | [`local`] | local entropies: the neighbourhood of typical configurations |
//! | [`sweep`] | branches over a line of parameters |
//! | [`threshold`] | critical values as events on continued branches |
//! | [`unit_overlap`] | where the overlap goes to one: largest loads, and closest classifiers |

mod alpha_line;
mod around_teacher;
mod boundary;
pub mod chart;
pub mod closed_form;
pub mod ensemble;
mod freezing;
pub mod ground_state;
pub mod learning;
pub mod local;
mod measured;
pub mod model;
mod no_minimiser;
pub mod observables;
pub mod reason;
pub mod rs;
mod sheet;
mod start;
pub mod state;
pub mod sweep;
pub mod threshold;
mod transition;
pub mod unit_overlap;

#[cfg(test)]
mod threshold_tests;
