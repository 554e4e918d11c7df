//! Coexisting states over a line of parameters, each on its branch.
//!
//! A line is swept by continuation: the branch that starts at small overlap, and any other found by
//! cold starts or deflation, is followed by pseudo-arclength over the whole range, through folds.
//! Every state carries the name of its sheet, so that going from one solution to another is always
//! visible.

use super::ensemble::Ensemble;
use super::sheet::{Sheet, distance, sheets};
use super::state::{Outcome, Regime, State};
use crate::model::{Control, Parameters};
use crate::solve::continuation::Stop;
use crate::solve::{Solution, deflation, saddle};

/// How many of the coexisting states are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Branches {
    /// The one of largest free entropy.
    Dominant,
    /// Every one that is found.
    All,
}

/// What continuation has found out about a line.
#[derive(Default)]
struct Known {
    sheets: Vec<Sheet>,
    /// Where the branch connected to α → 0 ends (q → 1, or a fold), if it does inside the line.
    end: Option<f64>,
}

impl Known {
    /// Whether the connected branch is known not to reach this value of α.
    fn beyond(&self, control: Control, value: f64) -> bool {
        control == Control::Alpha && self.end.is_some_and(|end| value > end)
    }
}

impl Ensemble {
    /// States at each `value` of `control`, all other parameters as in `p`.
    pub fn sweep(
        &self,
        p: &Parameters,
        control: Control,
        values: &[f64],
        branches: Branches,
    ) -> Vec<Outcome> {
        let thermal = |value: &f64| {
            matches!(
                self.regime(&p.with(control, *value)),
                Regime::Thermal | Regime::Satisfied
            ) && value.is_finite()
        };
        let followed: Vec<f64> = values.iter().copied().filter(thermal).collect();
        let known = self.known_sheets(p, control, &followed, branches);
        values
            .iter()
            .map(|&value| self.point(&p.with(control, value), control, &known, branches))
            .collect()
    }

    /// Sheets over the range of the values, from the states found at its ends.
    fn known_sheets(
        &self,
        p: &Parameters,
        control: Control,
        values: &[f64],
        branches: Branches,
    ) -> Known {
        let mut known = Known::default();
        let (low, high) = match (
            values.iter().copied().reduce(f64::min),
            values.iter().copied().reduce(f64::max),
        ) {
            (Some(low), Some(high)) => (low, high),
            _ => return known,
        };
        let single = low == high;
        if single && (branches == Branches::Dominant || control != Control::Alpha) {
            return known;
        }
        // A fold beyond a single value still leads to the coexisting solution.
        let range = if single {
            (low / 3.0, high * 3.0)
        } else {
            (low, high)
        };
        let unique = branches == Branches::Dominant && !self.data.has_teacher();
        let ends = if single || unique {
            vec![low]
        } else {
            vec![low, high]
        };
        for value in ends {
            let here = p.with(control, value);
            for (i, solution) in self.cold(&here, control, branches).into_iter().enumerate() {
                let seen = |s: &Sheet| {
                    s.at(value)
                        .is_some_and(|x| distance(&x, &solution.x) < 0.05)
                };
                // A single value is followed for its folds only, from the connected branch.
                if known.sheets.iter().any(seen) || (single && i > 0) {
                    continue;
                }
                let path = self.branch_along(&here, control, range);
                let (Ok(back), Ok(forth)) = (
                    path.follow(&solution.x, value, false),
                    path.follow(&solution.x, value, true),
                ) else {
                    continue;
                };
                if i == 0 && value == low && forth.stop != Stop::Range {
                    known.end = forth
                        .points
                        .iter()
                        .map(|point| point.control)
                        .reduce(f64::max);
                }
                known
                    .sheets
                    .extend(sheets(back, forth, known.sheets.len() + 1));
            }
        }
        known
    }

    /// Saddle points from cold starts: always the one connected to α → 0; with a teacher also from
    /// near it; with all branches asked for, from deflated searches too.
    fn cold(&self, p: &Parameters, control: Control, branches: Branches) -> Vec<Solution> {
        let mut found: Vec<Solution> = Vec::new();
        let keep = |found: &mut Vec<Solution>, s: Solution| {
            let fresh = found
                .iter()
                .all(|f| distance(&f.x, &s.x) > self.tolerances.same_point);
            if fresh && self.possible(&s.x, p) {
                found.push(s);
            }
        };
        if let Ok(Some(s)) = self.connected(p) {
            keep(&mut found, s);
        }
        if (self.data.has_teacher() || branches == Branches::All)
            && let Ok(s) = self.solve_from(&self.starts()[1], p, control)
        {
            keep(&mut found, s);
        }
        if branches == Branches::All {
            let known: Vec<Vec<f64>> = found.iter().map(|s| s.x.clone()).collect();
            let [low, high] = self.starts();
            let between = |t: f64| {
                low.iter()
                    .zip(&high)
                    .map(|(a, b)| a + t * (b - a))
                    .collect::<Vec<f64>>()
            };
            let starts: Vec<Vec<f64>> = [0.0, 0.25, 0.5, 0.75, 1.0]
                .into_iter()
                .map(between)
                .collect();
            for x in deflation::search(&*self.rs, &starts, &known, p, &self.tolerances) {
                if let Ok(s) = saddle::solve(&*self.rs, &x, p, control, &self.tolerances) {
                    keep(&mut found, s);
                }
            }
        }
        found
    }

    fn point(
        &self,
        p: &Parameters,
        control: Control,
        known: &Known,
        branches: Branches,
    ) -> Outcome {
        let mut states = match self.regime(p) {
            Regime::Free => vec![("1".to_owned(), self.free(p))],
            Regime::Frozen => match self.frozen_state(p) {
                Ok(Some(state)) => vec![("1".to_owned(), state)],
                Ok(None) => return Outcome::NoSolution,
                Err(error) => return error.into(),
            },
            Regime::GroundState => match self.solve_ground(p) {
                Ok(solution) => vec![("1".to_owned(), self.ground_state(solution, p))],
                Err(error) => return error.into(),
            },
            _ => match self.interior(p, control, known, branches) {
                Ok(states) => states,
                Err(outcome) => return outcome,
            },
        };
        if let Some(perfect) = self.perfect(p) {
            states.push(("perfect".to_owned(), perfect));
        }
        states.sort_by(|a, b| b.1.potential.total_cmp(&a.1.potential));
        if branches == Branches::Dominant {
            states.truncate(1);
        }
        if states.is_empty() {
            Outcome::NoSolution
        } else {
            Outcome::Found(states)
        }
    }

    /// States inside the domain of the order parameters, from the sheets and from cold starts.
    fn interior(
        &self,
        p: &Parameters,
        control: Control,
        known: &Known,
        branches: Branches,
    ) -> Result<Vec<(String, State)>, Outcome> {
        let mut found: Vec<(String, Solution)> = Vec::new();
        let value = p.get(control);
        for sheet in &known.sheets {
            let Some(guess) = sheet.at(value) else {
                continue;
            };
            let Ok(s) = saddle::solve(&*self.rs, &guess, p, control, &self.tolerances) else {
                continue;
            };
            // Newton may slip to another sheet near a fold; only what stays close is on this one.
            let near = distance(&s.x, &guess) < 0.3;
            let fresh = found
                .iter()
                .all(|(_, f)| distance(&f.x, &s.x) > self.tolerances.same_point);
            if near && fresh && self.possible(&s.x, p) {
                found.push((sheet.name.clone(), s));
            }
        }
        let mut failure = None;
        if found.is_empty() && !known.beyond(control, value) || known.sheets.is_empty() {
            match self.connected(p) {
                Err(error) => failure = Some(error),
                Ok(_) => {
                    for s in self.cold(p, control, branches) {
                        if found.iter().all(|(_, f)| distance(&f.x, &s.x) > 1e-5) {
                            found.push(((known.sheets.len() + found.len() + 1).to_string(), s));
                        }
                    }
                }
            }
        }
        let states: Vec<(String, State)> = found
            .into_iter()
            .map(|(name, s)| (name, self.state(s, p)))
            .collect();
        if let (true, Some(error)) = (states.is_empty() && self.perfect(p).is_none(), failure) {
            return Err(error.into());
        }
        self.replace_by_frozen(p, states)
    }

    /// With a smooth loss and discrete weights at β = ∞, negative entropy means that no
    /// configuration costs nothing: the ground state is the frozen one.
    fn replace_by_frozen(
        &self,
        p: &Parameters,
        states: Vec<(String, State)>,
    ) -> Result<Vec<(String, State)>, Outcome> {
        let satisfied = |s: &State| s.observables.entropy.is_some_and(|e| e >= 0.0);
        let frozen = p.beta.is_infinite()
            && self.discrete()
            && !self.jumps()
            && !states.iter().any(|(_, s)| satisfied(s));
        if !frozen {
            return Ok(states);
        }
        match self.frozen_state(p) {
            Ok(Some(state)) => Ok(vec![("frozen".to_owned(), state)]),
            Ok(None) => Err(Outcome::NoSolution),
            Err(error) => Err(error.into()),
        }
    }
}
