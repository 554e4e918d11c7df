//! Coexisting states over a line of parameters, each on its branch.
//!
//! The branch that starts at light load, and any other found near the teacher or by deflation, is
//! followed by pseudo-arclength over all α, through folds. Every state carries the name of its sheet,
//! so that going from one solution to another is always visible.

use super::alpha_line::AlphaLine;
use super::ensemble::Ensemble;
use super::no_minimiser::no_minimiser;
use super::reason::{Missing, Reason};
use super::sheet::distance;
use super::state::{Outcome, Regime, Standing, State};
use crate::model::prior::Norm;
use crate::model::{Control, Parameters};
use crate::solve::{Solution, saddle};

pub use super::state::Branches;

/// Relative error of a free entropy above which there is no result.
const UNSURE: f64 = 1e-3;
/// How far a saddle point may be from where its sheet says it is.
const NEAR: f64 = 0.3;

impl Ensemble {
    /// States at each `value` of `control`, all other parameters as in `p`. The states at a point and
    /// their names depend on the point alone, not on the others of the grid: each is looked for on
    /// the line of all α through it.
    pub fn sweep(
        &self,
        p: &Parameters,
        control: Control,
        values: &[f64],
        branches: Branches,
    ) -> Vec<Outcome> {
        let mut line: Option<Result<AlphaLine, Missing>> = None;
        let point = |&value: &f64| {
            let here = p.with(control, value);
            let followed = matches!(self.regime(&here), Regime::Thermal | Regime::Satisfied)
                && here.alpha.is_finite()
                && self.may_coexist(branches);
            if followed && (line.is_none() || control != Control::Alpha) {
                line = Some(self.alpha_line(&here, branches));
            }
            let line = line.as_ref().filter(|_| followed);
            match self.point(&here, line, branches) {
                Ok(states) => Outcome::States(states),
                Err(missing) => Outcome::Missing(missing),
            }
        };
        values.iter().map(point).collect()
    }

    /// Whether there can be more than the state connected to light load, or more is asked for.
    fn may_coexist(&self, branches: Branches) -> bool {
        branches == Branches::All || self.disorder.has_teacher()
    }

    fn point(
        &self,
        p: &Parameters,
        line: Option<&Result<AlphaLine, Missing>>,
        branches: Branches,
    ) -> Result<Vec<(String, State)>, Missing> {
        if !self.has_theory(p) {
            return Err(Missing::never(Reason::NoTheory));
        }
        let found = match self.regime(p) {
            Regime::Free => Ok(vec![("1".to_owned(), self.free(p))]),
            Regime::Frozen => self.frozen_state(p).map(|s| vec![("1".to_owned(), s)]),
            Regime::GroundState => self
                .lowest(p)
                .map(|solution| vec![("1".to_owned(), self.ground_state(solution, p))]),
            _ => self.interior(p, line).or_else(|missing| {
                // No configuration without cost is reached: that of least cost may be.
                match self.replace_by_frozen(p, Vec::new()) {
                    Ok(states) if !states.is_empty() => Ok(states),
                    _ => Err(missing),
                }
            }),
        };
        let mut states = Vec::new();
        let missing = match found {
            Ok(found) => {
                states = found;
                None
            }
            Err(missing) => Some(missing),
        };
        if let Some(own) = self.teachers_own(p, &states) {
            states.push(own);
        }
        if let (Some(missing), true) = (missing, states.is_empty()) {
            return Err(missing);
        }
        ranked(states, p, branches)
    }

    /// The ground state of continuous weights.
    fn lowest(&self, p: &Parameters) -> Result<Solution, Missing> {
        if self.prior.norm() == Norm::Free
            && self.disorder.clusters().is_none()
            && let Some((reason, up_to)) =
                no_minimiser(&*self.loss, &self.disorder, self.ridge.unwrap_or(0.0), p)
        {
            return Err(Missing::absent(reason, Control::Alpha, (0.0, up_to)));
        }
        Ok(self.solve_ground(p)?)
    }

    /// The teacher's own weights, or the state around them unless it is among those of the interior.
    fn teachers_own(&self, p: &Parameters, states: &[(String, State)]) -> Option<(String, State)> {
        if let Some(perfect) = self.perfect(p) {
            return Some(("perfect".to_owned(), perfect));
        }
        let around = self.around_teacher(p)?;
        let known = states.iter().any(|(_, s)| self.is_around(s, &around));
        (!known).then(|| ("planted".to_owned(), self.state_around(&around, p)))
    }

    /// States inside the domain of the order parameters, from the sheets of the line of α, or from
    /// light load where it says nothing.
    fn interior(
        &self,
        p: &Parameters,
        line: Option<&Result<AlphaLine, Missing>>,
    ) -> Result<Vec<(String, State)>, Missing> {
        let mut found: Vec<(String, Solution)> = Vec::new();
        if let Some(Ok(line)) = line {
            found = self.on_sheets(line, p);
        }
        if found.is_empty() {
            match line {
                Some(Ok(line)) if line.covers(p.alpha) && !line.lost() => {
                    return Err(line.missing());
                }
                Some(Ok(line)) => {
                    let solution = self.connected(p).map_err(|_| line.missing())?;
                    found.push(("1".to_owned(), solution));
                }
                _ => found.push(("1".to_owned(), self.connected(p)?)),
            }
        }
        let states = found
            .into_iter()
            .map(|(name, s)| (name, self.state(s, p)))
            .collect();
        self.replace_by_frozen(p, states)
    }

    /// The saddle point on every sheet that covers this α.
    fn on_sheets(&self, line: &AlphaLine, p: &Parameters) -> Vec<(String, Solution)> {
        let mut found: Vec<(String, Solution)> = Vec::new();
        for sheet in &line.sheets {
            let Some(guess) = sheet.at(p.alpha) else {
                continue;
            };
            let near = self.near(&guess, p);
            let solved = saddle::solve(&*self.rs, &near, p, Control::Alpha, &self.tolerances);
            let Ok(s) = solved else { continue };
            // Newton may slip to another sheet near a fold, where the Hessian has another sign.
            let near = distance(&s.x, &guess) < NEAR;
            let here = near && sheet.has_signs(p.alpha, s.positive);
            let fresh = found
                .iter()
                .all(|(_, f)| distance(&f.x, &s.x) > self.tolerances.same_point);
            if here && fresh && self.possible(&s.x, p) {
                found.push((sheet.name.clone(), s));
            }
        }
        found
    }

    /// With a smooth loss and discrete weights at β = ∞, negative entropy means that no
    /// configuration costs nothing: the ground state is the frozen one.
    fn replace_by_frozen(
        &self,
        p: &Parameters,
        states: Vec<(String, State)>,
    ) -> Result<Vec<(String, State)>, Missing> {
        let satisfied = |s: &State| s.observables.entropy.is_some_and(|e| e >= 0.0);
        let frozen = p.beta.is_infinite()
            && self.discrete()
            && !self.jumps()
            && !states.iter().any(|(_, s)| satisfied(s));
        if !frozen {
            return Ok(states);
        }
        match self.frozen_state(p) {
            Ok(state) => Ok(vec![("frozen".to_owned(), state)]),
            Err(missing) => Err(missing),
        }
    }
}

/// The states at a point with what each is among them, the dominant one first.
fn ranked(
    mut states: Vec<(String, State)>,
    p: &Parameters,
    branches: Branches,
) -> Result<Vec<(String, State)>, Missing> {
    states.sort_by(|a, b| b.1.potential.total_cmp(&a.1.potential));
    // A barrier dominates nothing: it stands behind the states, whatever its potential.
    states.sort_by_key(|(_, state)| state.standing == Standing::Barrier);
    // A value that its own error exceeds is none.
    let known = |s: &State| s.error_estimate <= UNSURE * (1.0 + s.potential.abs());
    let residual = states.first().map_or(f64::INFINITY, |(_, s)| s.residual);
    states.retain(|(_, state)| known(state));
    if states.is_empty() {
        let (reason, here) = (Reason::Inaccurate, (p.alpha, p.alpha));
        return Err(Missing::lost(reason, residual, Control::Alpha, here));
    }
    let (best, teacher) = {
        let first = &states[0].1;
        (first.potential, first.regime == Regime::Perfect)
    };
    for (_, state) in states.iter_mut().skip(1) {
        state.beside(best, teacher);
    }
    if branches == Branches::Dominant {
        states.truncate(1);
    }
    Ok(states)
}
