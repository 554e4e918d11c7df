//! Capacity and largest margin of continuous weights: q → 1 (TH.2, AT.4, MX.28).

use super::largest_load::{LargestLoad, largest_load};
use crate::model::prior::Norm;
use crate::model::{Control, Mixture, Parameters, loss::ZeroSet};
use crate::replica::ensemble::Ensemble;
use crate::replica::observables::Observables;
use crate::replica::reason::{Missing, Reason};
use crate::replica::state::{Regime, State};
use crate::replica::threshold::Critical;
use crate::solve::NotConverged;
use crate::solve::event::bracketed_root;

/// Smallest margin whose capacity is a number of double precision.
const LOWEST_MARGIN: f64 = -37.0;
/// The same around a teacher, who meets every margin below zero.
const LOWEST_AROUND_TEACHER: f64 = 1e-9;
/// Largest margin that is looked at.
const HIGHEST_MARGIN: f64 = 60.0;
/// Step of the difference that tells how the capacity changes with the margin.
const DIFFERENCE: f64 = 1e-5;

impl Ensemble {
    /// The zero set that decides at capacity: long weights of a free norm meet every margin, and every
    /// set of equalities, that are met at margin zero.
    fn zero_set_at_capacity(&self, p: &Parameters) -> ZeroSet {
        match self.zero_set(p) {
            set if self.prior.norm() != Norm::Free => set,
            ZeroSet::HalfLine(_) => ZeroSet::HalfLine(0.0),
            ZeroSet::Point(_) => ZeroSet::Point(0.0),
            set => set,
        }
    }

    /// Cosine with the teacher or the axis at which spherical weights can satisfy most patterns, and
    /// that number per weight, the RS capacity (TH.2).
    pub fn spherical_capacity(&self, p: &Parameters) -> (f64, f64) {
        let last = largest_load(&self.disorder, self.zero_set_at_capacity(p));
        last.map_or((0.0, 0.0), |last| (last.m, last.alpha))
    }

    /// Capacity of spherical weights: q → 1 (TH.2, MX.28).
    pub(in crate::replica) fn spherical_limit(&self, p: &Parameters) -> Result<Critical, Missing> {
        let set = self.zero_set_at_capacity(p);
        let last = largest_load(&self.disorder, set).ok_or(Missing::never(Reason::NoZeroEnergy))?;
        if !last.alpha.is_finite() {
            let range = (0.0, f64::MAX);
            let reason = Reason::OutOfReach;
            return Err(Missing::lost(reason, f64::INFINITY, Control::Alpha, range));
        }
        let error_estimate = last.alpha * last.error;
        let state = State {
            potential: f64::NEG_INFINITY,
            error_estimate,
            ..State::bare(Regime::Satisfied, self.observables_of_last(&last, set))
        };
        Ok(Critical {
            value: last.alpha,
            error_estimate,
            state,
        })
    }

    /// What is measured at capacity.
    fn observables_of_last(&self, last: &LargestLoad, set: ZeroSet) -> Observables {
        let disorder = &self.disorder;
        let mixture = disorder.clusters().map(|(mixture, _)| mixture);
        let angle = (1.0 - last.m * last.m).sqrt().atan2(last.m) / std::f64::consts::PI;
        let angle = disorder.has_teacher().then_some(angle);
        Observables {
            q: Some(1.0),
            m: disorder.has_axis().then_some(last.m),
            bias: mixture.map(|_| last.bias),
            training_loss: Some(0.0),
            training_error: mixture.map(|mixture| errors_of_last(mixture, last, set)),
            ground_state_energy: Some(0.0),
            generalization_error: mixture
                .map(|mixture| mixture.error(last.m, 1.0, last.bias))
                .or(angle),
            bayes_error: angle,
            at_stability: Some(1.0 - last.alpha * last.pinned),
            ..Observables::default()
        }
    }

    /// The margin at which this load is the largest.
    pub(in crate::replica) fn spherical_kappa_max(
        &self,
        p: &Parameters,
    ) -> Result<Critical, Missing> {
        let gap = |kappa: f64| -> Result<f64, NotConverged> {
            let there = p.with(Control::Kappa, kappa);
            Ok((self.spherical_capacity(&there).1 / p.alpha).ln())
        };
        let lowest = match self.disorder.has_teacher() {
            true => LOWEST_AROUND_TEACHER,
            false => LOWEST_MARGIN,
        };
        let range = (lowest, HIGHEST_MARGIN);
        let ends = ((range.0, gap(range.0)?), (range.1, gap(range.1)?));
        if ends.0.1 * ends.1.1 > 0.0 {
            return Err(Missing::absent(Reason::NoCrossing, Control::Kappa, range));
        }
        let root = bracketed_root(ends.0, ends.1, self.tolerances.event, gap)?;
        let mut critical = self.spherical_limit(&p.with(Control::Kappa, root.x))?;
        let difference = gap(root.x + DIFFERENCE)? - gap(root.x - DIFFERENCE)?;
        let slope = difference / (2.0 * DIFFERENCE);
        critical.error_estimate =
            critical.error_estimate / critical.value / slope.abs() + root.width;
        critical.value = root.x;
        Ok(critical)
    }
}

/// Fraction of training patterns that the last classifier gets wrong: stabilities outside the set are
/// moved to its edge.
fn errors_of_last(mixture: &Mixture, last: &LargestLoad, set: ZeroSet) -> f64 {
    match set {
        ZeroSet::HalfLine(low) | ZeroSet::Interval(low, _) | ZeroSet::Point(low) if low >= 0.0 => {
            0.0
        }
        ZeroSet::Point(_) => 1.0,
        ZeroSet::Empty => 0.0,
        _ => mixture.error(last.m, 1.0, last.bias),
    }
}
