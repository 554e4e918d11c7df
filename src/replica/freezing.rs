//! Discrete weights at zero temperature with positive energy: the ground state is the state at the
//! temperature where the entropy vanishes (ZT.5, TH.7).

use super::ensemble::Ensemble;
use super::reason::{Missing, Reason};
use super::state::{Regime, State};
use super::threshold::{Critical, crossing, unmet};
use crate::model::{Control, Parameters};
use crate::solve::Evaluation;
use crate::solve::continuation::BranchPoint;
use crate::solve::event::{self, Row};

/// `φ - β dφ/dβ` at a point of a branch in β.
fn entropy(point: &BranchPoint) -> f64 {
    point.value - point.control * point.slope
}

impl Ensemble {
    /// The inverse temperature at which the entropy of discrete weights vanishes, and the state
    /// there (ZT.5, TH.7), following the branch from high temperature.
    ///
    /// # Errors
    /// [`Missing`] if the entropy stays positive, or the branch could not be followed.
    pub fn freezing(&self, p: &Parameters) -> Result<Critical, Missing> {
        let range = self.freezing_range(p);
        let within = |missing: Missing| missing.within(Control::Beta, range);
        let warm = Parameters {
            beta: range.0,
            ..*p
        };
        let start = self.connected(&warm).map_err(within)?;
        let path = self.branch_along(&warm, Control::Beta, (0.0, range.1));
        let frozen = |points: &[BranchPoint]| points.last().is_some_and(|p| entropy(p) <= 0.0);
        let branch = path
            .follow_until(&start.x, warm.beta, true, &mut |points| frozen(points))
            .map_err(|error| within(error.into()))?;
        let pair = branch.points.windows(2).last();
        let Some([a, b]) = pair.filter(|w| entropy(&w[0]) > 0.0 && entropy(&w[1]) <= 0.0) else {
            return Err(unmet(&branch, Control::Beta, Reason::NoCrossing));
        };
        let ends = ((a.control.ln(), entropy(a)), (b.control.ln(), entropy(b)));
        let beta = crossing(ends.0, ends.1).exp();
        let guess = a.towards(b, beta).unwrap_or_else(|| b.x.clone());
        let row = |at: &Evaluation, p: &Parameters| Row::entropy(at, p.beta);
        let here = Parameters { beta, ..*p };
        let (control, tolerances) = (Control::Beta, &self.tolerances);
        let event = event::locate(&*self.rs, &guess, &here, control, tolerances, &row)
            .map_err(|error| Missing::from(error).within(control, (a.control, b.control)))?;
        let Critical {
            value,
            error_estimate,
            mut state,
        } = self.critical(event, p, control);
        state.regime = Regime::Frozen;
        state.frozen_beta = Some(value);
        state.observables.errors.frozen_beta = error_estimate;
        Ok(Critical {
            value,
            error_estimate,
            state,
        })
    }

    /// The frozen ground state at β = ∞ (ZT.5): the state at its freezing temperature, with its
    /// energy.
    ///
    /// # Errors
    /// As for [`freezing`](Self::freezing).
    pub fn frozen_state(&self, p: &Parameters) -> Result<State, Missing> {
        let mut state = self.freezing(p)?.state;
        let energy = state.observables.training_loss.map(|loss| loss * p.alpha);
        state.observables.ground_state_energy = energy;
        state.observables.free_entropy = None;
        state.observables.entropy = Some(0.0);
        state.potential = -energy.unwrap_or(f64::INFINITY);
        Ok(state)
    }
}
