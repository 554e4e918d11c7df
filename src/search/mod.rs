//! Search on one instance: exhaustive, local, and the local energy of what was found.
//!
//! | module | holds |
//! | --- | --- |
//! | [`centroids`] | what patterns say of two clusters, and classifiers in closed form |
//! | [`enumerate`] | every configuration of a small instance |
//! | [`isotropic`] | errors around a classifier of clusters that is disturbed |
//! | [`local_energy`] | errors around a configuration that is disturbed |
//! | [`minimiser`] | classifiers of smallest risk on given patterns |
//! | [`sbpi`] | belief-propagation-inspired learning with integer fields |

pub mod centroids;
pub mod enumerate;
mod gray;
pub mod isotropic;
pub mod local_energy;
pub mod minimiser;
pub mod sbpi;
