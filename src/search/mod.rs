//! Search on one instance: exhaustive, local, and the local energy of what was found.
//!
//! | module | holds |
//! | --- | --- |
//! | [`enumerate`] | every configuration of a small instance |

pub mod enumerate;
mod gray;
