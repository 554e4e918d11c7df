//! Minimisers on patterns that were not drawn: their entries may have any scale and any dependence, so
//! that residuals say little, and whether there is a single minimiser is asked before.

use super::dense::Dense;
use super::multipliers;
use super::newton::Cost;
use super::separation::Span;
use super::support::Supported;
use super::training::Point;
use super::{Ending, GOAL, Minimise, Minimum, RESIDUAL, VANISHING};
use crate::model::Constraint;
use crate::model::loss::{Loss, ZeroSet, features_of};

impl Minimise<'_> {
    /// The minimum with a ridge on given patterns; none for others, and for so many that they cannot
    /// be factorised.
    pub(super) fn of_given(&self, loss: &dyn Loss) -> Option<Minimum> {
        if !self.task.training.is_given() {
            return None;
        }
        let dense = Dense::new(self.task)?;
        if self.task.constraint == Constraint::Ridge(0.0)
            && let Some(ending) = self.without_ridge(loss, &dense)
        {
            let nothing = (0.0, f64::INFINITY, 0);
            return Some(self.minimum(loss, self.task.start(), nothing, ending));
        }
        let kinked = features_of(loss, self.p).iter().any(|f| f.width == 0.0);
        Some(match kinked {
            true => self.kinked(loss, &dense),
            false => self.smooth(loss, &dense),
        })
    }

    /// Why there is no single finite minimiser, where there is none.
    fn without_ridge(&self, loss: &dyn Loss, dense: &Dense) -> Option<Ending> {
        let span = Span::new(&dense.rows);
        let falls = loss.zero_set(self.p) == ZeroSet::Empty;
        if falls && span.is_separable() == Some(true) {
            return Some(Ending::Infinite);
        }
        let few = self.task.training.patterns() < self.task.training.weights();
        (few || !span.is_full()).then_some(Ending::NotUnique)
    }

    fn smooth(&self, loss: &dyn Loss, dense: &Dense) -> Minimum {
        let mut point = dense.point(&nalgebra::DVector::zeros(dense.rows.ncols()));
        let cost = |_: usize, s: f64| loss.energy(s, self.p);
        let mut steps = 0;
        let (slope, reached) = dense.descend(&cost, &mut point, &mut steps);
        self.ended(loss, point, (slope.lambda, slope.norm, steps), reached)
    }

    /// A minimum whose steps have become as small as rounding lets them.
    fn ended(
        &self,
        loss: &dyn Loss,
        point: Point,
        found: (f64, f64, usize),
        reached: bool,
    ) -> Minimum {
        let ending = match reached {
            true => Ending::Reached,
            false => Ending::Exhausted,
        };
        Minimum {
            ending,
            ..self.minimum(loss, point, found, ending)
        }
    }

    fn kinked(&self, loss: &dyn Loss, dense: &Dense) -> Minimum {
        let mut point = dense.point(&nalgebra::DVector::zeros(dense.rows.ncols()));
        let mut steps = 0;
        let mut inner = |cost: &Cost, point: &mut Point, _: f64| {
            let mut slope = dense.descend(cost, point, &mut steps).0;
            // In units in which every column has length one.
            let at = dense.coordinates(point);
            let left = dense.rows.tr_mul(&slope.slopes) + dense.stiffness().component_mul(&at);
            slope.norm = left.norm();
            slope
        };
        let (slope, residual) = multipliers::descend((loss, self.p), &mut point, GOAL, &mut inner);
        let rough = Supported::rough(dense, dense.coordinates(&point), -slope.slopes);
        let (found, reached) = match rough.exact(dense) {
            Some(exact) => (exact, true),
            None => (rough, residual <= RESIDUAL),
        };
        let point = dense.point(&found.at);
        let training = self.task.training;
        let mut gradient = &training.design * -&found.multipliers;
        gradient.axpy(slope.lambda, &point.weights, 1.0);
        let minimum = self.ended(loss, point, (slope.lambda, gradient.norm(), steps), reached);
        let ridgeless = slope.lambda == 0.0;
        let vanishing = minimum.loss <= VANISHING * training.patterns() as f64;
        let free = ridgeless && (vanishing || found.has_free_direction(dense))
            || self.task.is_bias_free() && found.has_free_bias(&training.labels);
        Minimum {
            ending: match free && reached {
                true => Ending::NotUnique,
                false => minimum.ending,
            },
            ..minimum
        }
    }
}
