//! quenched
pub mod math;
pub mod model;
pub mod replica;
pub mod solve;
