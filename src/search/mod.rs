//! Search on one instance: exhaustive, local, and the local energy of what was found.
//!
//! | module | holds |
//! | --- | --- |
//! | [`enumerate`] | every configuration of a small instance |
//! | [`local_energy`] | errors around a configuration that is disturbed |
//! | [`minimiser`] | classifiers of smallest risk on given patterns |
//! | [`sbpi`] | belief-propagation-inspired learning with integer fields |

pub mod enumerate;
mod gray;
pub mod local_energy;
pub mod minimiser;
pub mod sbpi;
