//! Two Gaussian clusters (`theory/gaussian-mixture.md`).
//!
//! Its functionals are those of [`Rs`](super::rs::Rs), [`GroundState`](super::ground_state::GroundState)
//! and [`FranzParisi`](super::local::franz_parisi::FranzParisi) over two classes of patterns
//! ([`Disorder`](crate::model::Disorder)). Here is what clusters alone have: closed forms, the largest
//! load, classifiers as references, and how minimisers and probes are found.
//!
//! | module | answers |
//! | --- | --- |
//! | [`classifier`] | linear classifiers in closed form: Bayes-optimal, oracle, Hebb, plug-in |
//! | [`learning`] | the minimisers of a loss chosen by name, at one point or along a curve |
//! | [`square`] | the minimiser of the square loss in closed form |
//! | [`reference`](mod@reference) | classifiers to measure distances from |
//! | [`spread`] | the stabilities of references that are drawn from a measure |
//! | [`local`] | the local landscape of a loss chosen by name |
//! | `given_loss` | probes that make at most a given error |
//!
//! The Gibbs measure as an [`Ensemble`](super::ensemble::Ensemble), with its branches, thresholds and
//! ground states, is made by [`mixture_model`](super::model::mixture_model).

pub mod classifier;
mod given_loss;
pub mod learning;
pub mod local;
pub mod reference;
pub mod spread;
pub mod square;
