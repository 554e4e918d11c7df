//! A level of replicas (LD.2, LD.34): the average over an outer Gaussian field of
//! `(1/y) ln E exp y f`, where the inner average is over another Gaussian field and `f` is the logarithm
//! of any site's partition function. Weights and patterns of groups of replicas are both of this form.
//!
//! With `e = y(q₁ - q₀)`, `q₀` and `q₁` the variances of the outer field and of both together, the inner
//! average at an outer field `ω` has the weight `exp y[f(u) - (u-ω)²/(2e)]`. For `y → ∞` at fixed `e` it
//! is taken at the maximum (LD.6). Because of the heat equation of `f`, its slope `g` and its curvature
//! `b` are enough for the derivatives of every first derivative (LD.34, LD.36, LD.39).

mod finite;
mod limit;
mod rule;
mod site;

pub use rule::Rule;
pub use site::{Averages, Fields, Level, Scale};
