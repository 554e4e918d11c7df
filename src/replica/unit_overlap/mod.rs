//! Where the overlap of two configurations goes to one: the last ones that satisfy every pattern.
//!
//! What decides is the mean squared distance of a Gaussian field from the stabilities that cost nothing,
//! over all classes of patterns, at its stationary point in the order parameters that are left.
//!
//! | module | answers |
//! | --- | --- |
//! | `shortfall` | that mean squared distance |
//! | [`largest_load`] | how many patterns can be satisfied |
//! | `capacity` | the same as a critical load, or a critical margin, of a model |
//! | [`closest`] | how near to a reference every pattern can be satisfied |

mod capacity;
pub mod closest;
pub mod largest_load;
pub(in crate::replica) mod shortfall;
