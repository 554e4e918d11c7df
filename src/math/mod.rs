//! Special functions, Gaussian averages and number types. No physics.

pub mod buffer;
pub mod gauss;
pub mod pair;
pub mod quintic;
pub mod real;
pub mod rows;
pub mod special;
pub mod wide;

pub use gauss::{Estimate, Feature, GaussMeasure, average, average2};
pub use pair::{Factor, Marginal, Rotation};
pub use quintic::{LnH, QuinticTable};
pub use real::{Jet, Real};
pub use rows::{Rows, Weights};
