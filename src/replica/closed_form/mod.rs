//! What is known of two Gaussian clusters without solving equations (`theory/gaussian-mixture.md`).
//!
//! | module | answers |
//! | --- | --- |
//! | [`classifier`] | linear classifiers: Bayes-optimal, oracle, Hebb, plug-in |
//! | [`least_squares`] | the minimiser of the square loss |

pub mod classifier;
pub mod least_squares;
