//! The first iterations of approximate message passing beside their prediction (MP.10).

use crate::message_passing::{Amp, Instance, Overlaps, StateEvolution};
use crate::model::scalar::{Loss, Prior};

/// Overlaps after some iterations from zero means.
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
pub(super) fn path<P: Prior, L: Loss>(
    mut amp: Amp<P, L>,
    evolution: &StateEvolution<P, L>,
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
