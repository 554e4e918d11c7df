//! The first iterations of approximate message passing beside their prediction (MP.10).

use crate::message_passing::{Amp, Instance, Overlaps, StateEvolution};

/// Overlaps after some iterations from the means of the prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathPoint {
    /// Iterations.
    pub iteration: usize,
    /// `|m|²/N`.
    pub q: f64,
    /// Overlap of the means with the teacher; zero without one.
    pub m: f64,
    /// What state evolution predicts at the load of the instance.
    pub predicted: Overlaps,
}

/// The start and so many iterations; fewer where the iteration fails.
pub(super) fn path(
    mut amp: Amp,
    evolution: &StateEvolution,
    instance: &Instance,
    iterations: usize,
) -> Vec<PathPoint> {
    let predicted = evolution.trajectory(iterations);
    let mut points = Vec::new();
    for (iteration, predicted) in predicted.into_iter().enumerate() {
        if iteration > 0 && amp.step(0.0).is_none() {
            break;
        }
        let teacher = instance.teacher.as_ref();
        points.push(PathPoint {
            iteration,
            q: amp.overlap_with(&amp.state().mean),
            m: teacher.map_or(0.0, |w| amp.overlap_with(w)),
            predicted,
        });
    }
    points
}
