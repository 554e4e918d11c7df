//! The one place that owns tolerances, and why each has its value.

/// Tolerances and limits of every solver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// Largest scaled residual of a converged saddle point. Rounding of a 300-term quadrature leaves
    /// about 1e-15; three digits above it always ends.
    pub residual: f64,
    /// Residual that is still accepted when the line search finds no further decrease, which
    /// happens where conditioning (a fold, q → 1) lifts the rounding floor.
    pub residual_floor: f64,
    /// Residual to which the coarse rule is solved before the fine one takes over.
    pub coarse_residual: f64,
    /// Newton iterations on one set of frozen nodes.
    pub newton_iterations: usize,
    /// Rounds of re-freezing the nodes at the new point.
    pub freezing_rounds: usize,
    /// Longest Newton step in the unconstrained coordinates (logits and logarithms): e² is as far
    /// as a local model can be checked_status.
    pub longest_step: f64,
    /// Residual at which a fixed-point iteration hands over to Newton.
    pub handover: f64,
    /// Fixed-point iterations before giving up.
    pub fixed_point_iterations: usize,
    /// Accuracy of a critical control parameter, relative to `1 + |value|`.
    pub event: f64,
    /// Two saddle points closer than this in every coordinate are the same.
    pub same_point: f64,
    /// Whether a saddle point is solved again on the finer rule, which estimates its error. A look
    /// at where something happens can do without.
    pub refined: bool,
}

impl Tolerances {
    /// The same with at most so many Newton steps.
    pub(super) fn steps(self, newton_iterations: usize) -> Self {
        Tolerances {
            newton_iterations,
            ..self
        }
    }
}

impl Default for Tolerances {
    fn default() -> Self {
        Tolerances {
            residual: 1e-12,
            residual_floor: 1e-9,
            coarse_residual: 1e-8,
            newton_iterations: 60,
            freezing_rounds: 8,
            longest_step: 2.0,
            handover: 1e-3,
            fixed_point_iterations: 400,
            event: 1e-13,
            same_point: 1e-6,
            refined: true,
        }
    }
}
