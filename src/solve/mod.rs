//! Saddle points, branches and events of any stationary functional. No physics.
//!
//! | type | role |
//! | --- | --- |
//! | [`Stationary`] | a functional with its exact gradient and Hessian on frozen quadrature nodes |
//! | [`saddle::solve`] | one saddle point: Newton, nodes re-frozen, error from refinement |
//! | [`anderson`], [`fixed_point`] | robust starts |
//! | [`minimum`](mod@minimum) | a minimum of a function of few variables |
//! | [`deflation`] | further coexisting saddle points |
//! | [`continuation`] | a branch followed through folds |
//! | [`walk`](mod@walk) | a solution followed in the logarithm of any parameter |
//! | [`event`] | a zero of any functional along a branch |
//! | [`tolerance`] | the one place that owns tolerances |

pub mod anderson;
pub mod continuation;
pub mod deflation;
pub mod event;
pub mod fixed_point;
pub mod minimum;
pub mod newton;
pub mod problem;
pub mod saddle;
pub mod tolerance;
pub mod walk;

pub use problem::{
    Evaluation, Inner, Nodes, NotConverged, Solution, SolveStats, Stationary, Steps,
};
pub use tolerance::Tolerances;

#[cfg(test)]
mod tests;
