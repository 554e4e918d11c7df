//! Transitions along the branch that starts at light load: loss of stability, spinodal and
//! first-order transition (TH.4 to TH.6).

use super::ensemble::Ensemble;
use super::observables::Ansatz;
use super::reason::{Missing, Reason};
use super::state::Regime;
use super::threshold::{Critical, crossing, unmet};
use crate::model::{Control, Parameters, loss::ZeroSet};
use crate::solve::continuation::{Branch, BranchPoint, Continuation};
use crate::solve::event::{self, Row, bracketed_root};
use crate::solve::problem::norm;
use crate::solve::{Evaluation, NotConverged, Solution, SolveStats};

/// Smallest `1 - q` at which the sign of a replicon that vanishes with it can be told: `ln(q/(1-q))`.
const CLOSE: f64 = 16.0;

/// `ln(q/(1-q))` from which on a turn that cannot be located is none.
const SHRUNK: f64 = 9.0;

/// A branch and the path that it was followed on.
type Followed<'a> = (Branch, Continuation<'a, dyn Ansatz>);

impl Ensemble {
    /// The branch of light load, until `enough` says so of the points so far.
    fn branch_of_light_load(
        &self,
        p: &Parameters,
        enough: &mut dyn FnMut(&[BranchPoint]) -> bool,
    ) -> Result<Followed<'_>, Missing> {
        let light = self.lightest(p);
        let range = self.loads(p);
        let here = Parameters { alpha: light, ..*p };
        let solution = self.connected(&here)?;
        let path = self.alpha_branch(&here, range);
        let branch = path
            .follow_until(&solution.x, light, true, enough)
            .map_err(|error| Missing::from(error).within(Control::Alpha, range))?;
        Ok((branch, path))
    }

    /// Whether the description at light load has a branch in α to follow.
    fn has_branch(&self, p: &Parameters) -> bool {
        let light = Parameters {
            alpha: self.lightest(p),
            ..*p
        };
        matches!(self.regime(&light), Regime::Thermal | Regime::Satisfied)
    }

    pub(super) fn at_line(&self, p: &Parameters) -> Result<Critical, Missing> {
        if !self.has_branch(p) {
            return self.at_of_ground_states(p);
        }
        let replicon = |point: &BranchPoint| {
            let here = p.with(Control::Alpha, point.control);
            let rule = || self.rs.freeze(&point.x, &here);
            point
                .replicon
                .unwrap_or_else(|| self.rs.at_stability(&point.x, &here, &rule()))
        };
        let (mut last, mut here) = (f64::NAN, f64::NAN);
        let (branch, _) = self.branch_of_light_load(p, &mut |points| {
            let Some(point) = points.last() else {
                return false;
            };
            (last, here) = (here, replicon(point));
            (last > 0.0 && here <= 0.0) || !point.forward() || point.x[0] > CLOSE
        })?;
        let pair = branch.points.windows(2).last();
        let Some([a, b]) = pair.filter(|w| last > 0.0 && here <= 0.0 && w[1].forward()) else {
            let heavy = Parameters { alpha: 1e3, ..*p };
            if self.regime(&heavy) == Regime::GroundState {
                return self.at_of_ground_states(p);
            }
            return Err(match branch.points.last() {
                Some(end) if end.x[0] > CLOSE => {
                    let low = branch.points[0].control;
                    Missing::absent(Reason::NoCrossing, Control::Alpha, (low, end.control))
                }
                _ => unmet(&branch, Control::Alpha, Reason::NoCrossing),
            });
        };
        self.at_between(a, b, p)
            .map_err(|error| Missing::from(error).within(Control::Alpha, (a.control, b.control)))
    }

    /// The zero of the replicon between two points of a branch in α.
    fn at_between(
        &self,
        a: &BranchPoint,
        b: &BranchPoint,
        p: &Parameters,
    ) -> Result<Critical, NotConverged> {
        let replicon = |s: &Solution, at: &Parameters| {
            let refined = || self.rs.freeze(&s.x, at).refined();
            s.replicon
                .unwrap_or_else(|| self.rs.at_stability(&s.x, at, &refined()))
        };
        let (mut event, slope) = self.between(a, b, p, replicon)?;
        let at = p.with(Control::Alpha, event.control);
        let x = &event.solution.x;
        let moved = event.solution.moved.as_ref().unwrap_or(x);
        let rule = self.rs.freeze(x, &at);
        let coarse = self.rs.at_stability(moved, &at, &rule);
        let fine = self.rs.at_stability(x, &at, &rule.refined());
        event.error += ((coarse - fine).abs() + 1e-14) / slope.abs();
        Ok(self.critical(event, p, Control::Alpha))
    }

    /// AT point of the zero-temperature description, scanned upwards in α from where it begins.
    fn at_of_ground_states(&self, p: &Parameters) -> Result<Critical, Missing> {
        if self.discrete() {
            // Frozen states are not followed in α: unknown, which is not the same as absent.
            let (low, high) = (0.0, f64::INFINITY);
            let residual = f64::INFINITY;
            let reason = Reason::NoTheory;
            return Err(Missing::lost(reason, residual, Control::Alpha, (low, high)));
        }
        let at = |alpha: f64| -> Result<f64, NotConverged> {
            let here = Parameters { alpha, ..*p };
            let s = self.solve_ground(&here)?;
            Ok(self
                .ground
                .at_stability(&s.x, &here, &self.ground.freeze(&s.x, &here).refined()))
        };
        let first = match self.zero_set(p) {
            ZeroSet::Empty => 0.02,
            _ => self.spherical_capacity(p).1 * 1.0001,
        };
        let within = |high: f64| {
            move |error: NotConverged| Missing::from(error).within(Control::Alpha, (first, high))
        };
        let mut alpha = first;
        let mut last = at(alpha).map_err(within(alpha))?;
        while alpha < 1e4 {
            let next = alpha * 1.25;
            let here = at(next).map_err(within(next))?;
            if last * here < 0.0 {
                let ends = ((alpha, last), (next, here));
                let root = bracketed_root(ends.0, ends.1, self.tolerances.event, at)
                    .map_err(within(next))?;
                let here_p = Parameters {
                    alpha: root.x,
                    ..*p
                };
                let solution = self.solve_ground(&here_p).map_err(within(next))?;
                let slope = (here - last) / (next - alpha);
                let state = self.ground_state(solution, &here_p);
                let left = root.value.abs() + state.observables.errors.order;
                return Ok(Critical {
                    value: root.x,
                    error_estimate: (1e-14 + left) / slope.abs() + root.width,
                    state,
                });
            }
            (alpha, last) = (next, here);
        }
        let reason = Reason::NoCrossing;
        Err(Missing::absent(reason, Control::Alpha, (first, alpha)))
    }

    pub(super) fn spinodal(&self, p: &Parameters) -> Result<Critical, Missing> {
        if !self.has_branch(p) {
            return Err(Missing::never(Reason::NoTheory));
        }
        let over = |p: &BranchPoint| !p.forward() || p.x[0] > CLOSE;
        let (branch, path) =
            self.branch_of_light_load(p, &mut |points| points.last().is_some_and(over))?;
        let Some([a, b]) = branch.points.windows(2).last().filter(|w| !w[1].forward()) else {
            return Err(unmet(&branch, Control::Alpha, Reason::NoFold));
        };
        let fold = match path.fold(a, b) {
            Ok(fold) => fold,
            // As q → 1 the load tends to its limit faster than points resolve: no turn, but rounding.
            Err(_) if a.x[0] > SHRUNK => {
                return Err(unmet(&branch, Control::Alpha, Reason::NoFold));
            }
            Err(error) => {
                let searched = (a.control, b.control);
                return Err(Missing::from(error).within(Control::Alpha, searched));
            }
        };
        let x = fold.point.x;
        let here = p.with(Control::Alpha, fold.point.control);
        let rule = self.rs.freeze(&x, &here).refined();
        let at = self.rs.evaluate(&x, &here, Control::Alpha, &rule);
        let residual = norm(&self.rs.residual(&x, &here, &at.gradient));
        let stats = SolveStats::default();
        let mut solution = Solution::of(x, &at, at.value, residual, stats);
        // The last point of the state, not of the barrier.
        solution.positive = a.positive;
        solution.value_error += fold.error * at.control_slope.abs();
        let mut state = self.state(solution, &here);
        state.error_estimate = fold.error;
        Ok(Critical {
            value: fold.point.control,
            error_estimate: fold.error,
            state,
        })
    }

    pub(super) fn first_order(&self, p: &Parameters) -> Result<Critical, Missing> {
        if !self.has_branch(p) {
            return Err(Missing::never(Reason::NoTheory));
        }
        if self.planted(&p.with(Control::Alpha, 1.0)) {
            return self.overtaken_by_the_teacher(p);
        }
        // So close to the teacher the sheet is out of reach (TH.29).
        let beyond = |critical: &Critical| critical.error_estimate < 1e-10 * critical.value;
        let around = self.overtaken_by_the_teacher(p).ok();
        if let Some(critical) = around.as_ref().filter(|critical| beyond(critical)) {
            return Ok(critical.clone());
        }
        match self.equal_branches(p) {
            Err(missing @ Missing::NotConverged { .. }) => around.ok_or(missing),
            found => found,
        }
    }

    /// The load at which two sheets of the branch of light load have the same free entropy.
    fn equal_branches(&self, p: &Parameters) -> Result<Critical, Missing> {
        // An S-shaped branch: growing, falling, growing again past where it turned first.
        let (branch, _) = self.branch_of_light_load(p, &mut |points| {
            let fold = points.iter().position(|p| !p.forward());
            let end = points.last().filter(|p| p.forward());
            match (fold, end) {
                (Some(i), Some(end)) => end.control > points[i - 1].control,
                _ => false,
            }
        })?;
        let points = &branch.points;
        let turn = points.iter().position(|p| !p.forward());
        let Some(turn) = turn else {
            return Err(unmet(&branch, Control::Alpha, Reason::NoFold));
        };
        let Some(again) = points[turn..].iter().position(|p| p.forward()) else {
            return Err(unmet(&branch, Control::Alpha, Reason::BranchEnds));
        };
        self.equal_sheets(&points[..turn], &points[turn + again..], p)
    }

    /// The first load at which the lower of two sheets no longer has the larger free entropy.
    fn equal_sheets(
        &self,
        lower: &[BranchPoint],
        upper: &[BranchPoint],
        p: &Parameters,
    ) -> Result<Critical, Missing> {
        let on_upper = |alpha: f64| {
            upper
                .windows(2)
                .find(|w| w[0].control <= alpha && alpha <= w[1].control)
        };
        let gap = |point: &BranchPoint| {
            let pair = on_upper(point.control)?;
            Some(point.value - pair[0].value_towards(&pair[1], point.control))
        };
        for pair in lower.windows(2) {
            // Before the upper sheet exists, the lower one is alone.
            let a = gap(&pair[0]).unwrap_or(f64::INFINITY);
            let Some(b) = gap(&pair[1]).filter(|b| a > 0.0 && *b <= 0.0) else {
                continue;
            };
            let (low, high) = (pair[0].control, pair[1].control);
            let guess = if a.is_finite() {
                crossing((low, a), (high, b))
            } else {
                high
            };
            return self
                .coincidence(pair, on_upper(guess), guess, p)
                .map_err(|error| Missing::from(error).within(Control::Alpha, (low, high)));
        }
        let end = lower.last().map_or(0.0, |p| p.control);
        let searched = (lower[0].control, end);
        Err(Missing::absent(
            Reason::NoCrossing,
            Control::Alpha,
            searched,
        ))
    }

    /// The load at which two sheets have the same free entropy.
    fn coincidence(
        &self,
        lower: &[BranchPoint],
        upper: Option<&[BranchPoint]>,
        alpha: f64,
        p: &Parameters,
    ) -> Result<Critical, NotConverged> {
        let guess = |pair: &[BranchPoint]| pair[0].towards(&pair[1], alpha);
        let pair = upper.ok_or(NotConverged::Escaped)?;
        let starts = guess(lower).zip(guess(pair)).ok_or(NotConverged::Escaped)?;
        let here = p.with(Control::Alpha, alpha);
        let (control, tolerances) = (Control::Alpha, &self.tolerances);
        let event = event::coincide(
            &*self.rs,
            [&starts.0, &starts.1],
            &here,
            control,
            tolerances,
        )?;
        Ok(self.critical(event, p, control))
    }

    /// The load at which the teacher's own weights, or the state around them, overtake the branch of
    /// light load.
    fn overtaken_by_the_teacher(&self, p: &Parameters) -> Result<Critical, Missing> {
        let rival = |alpha: f64| self.rival(&p.with(Control::Alpha, alpha));
        if rival(1.0).is_none() {
            return Err(Missing::never(Reason::NoTheory));
        }
        let gap = |point: &BranchPoint| match rival(point.control) {
            Some((potential, ..)) => point.value - potential,
            None => f64::INFINITY,
        };
        let (mut last, mut here) = (f64::NAN, f64::NAN);
        let (branch, _) = self.branch_of_light_load(p, &mut |points| {
            points.last().is_some_and(|p| {
                (last, here) = (here, gap(p));
                here <= 0.0 || !p.forward()
            })
        })?;
        let pair = branch.points.windows(2).last();
        let Some([a, b]) = pair.filter(|_| last > 0.0 && here <= 0.0) else {
            return Err(unmet(&branch, Control::Alpha, Reason::NoCrossing));
        };
        let alpha = if last.is_finite() {
            crossing((a.control, last), (b.control, here))
        } else {
            b.control
        };
        let guess = a.towards(b, alpha).unwrap_or_else(|| b.x.clone());
        let at = p.with(Control::Alpha, alpha);
        let row = |at: &Evaluation, p: &Parameters| {
            let (potential, per_load, ..) = self.rival(p).unwrap_or((f64::NAN, 0.0, 0.0, None));
            let mut row = Row::value(at, potential);
            row.by_control -= per_load;
            row
        };
        let control = Control::Alpha;
        let event = event::locate(&*self.rs, &guess, &at, control, &self.tolerances, &row)
            .map_err(|error| Missing::from(error).within(control, (a.control, b.control)))?;
        let unknown = rival(event.control).map_or(0.0, |r| r.2);
        let event = event::Event {
            error: event.error + unknown / event.slope.abs(),
            ..event
        };
        Ok(self.critical(event, p, control))
    }
}
