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

pub mod classifier;
mod field;
pub mod learning;
pub mod risk;
pub mod square;
