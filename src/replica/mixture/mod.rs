//! Two Gaussian clusters (`theory/gaussian-mixture.md`).
//!
//! A mixture has what a law of labels has not: a cluster for each label, hence two averages at two
//! cavity means, and a bias. Its functionals therefore stand beside those of random labels and of a
//! teacher, on the same solvers and Gaussian averages, for every registered loss.
//!
//! | module | answers |
//! | --- | --- |
//! | [`classifier`] | linear classifiers in closed form: Bayes-optimal, oracle, Hebb, plug-in |
//! | [`risk`] | regularised or norm-constrained risk minimisation: its functional |
//! | [`learning`] | the minimisers of a loss chosen by name, at one point or along a curve |
//! | [`square`] | the minimiser of the square loss in closed form |
//! | [`gibbs`] | the Gibbs measure on the sphere or of discrete weights: its functional |
//! | [`separability`] | the largest load that can be satisfied |
//!
//! The Gibbs measure as an [`Ensemble`](super::ensemble::Ensemble), with its branches, thresholds and
//! ground states, is made by [`mixture_model`](super::model::mixture_model).

pub mod classifier;
mod field;
pub mod gibbs;
pub mod learning;
pub mod risk;
pub mod separability;
mod site;
pub mod square;
