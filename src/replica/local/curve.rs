//! Local entropy against distance: branches of saddle points around one reference.
//!
//! The curve is walked from the distance where it starts in steps that follow its tangent. Where
//! that fails the branch has a fold: then it is followed by arclength through all of its folds, and
//! every stretch between two of them is a sheet of its own.

use super::first_point::{self, Own};
use super::franz_parisi::LocalAnsatz;
use super::point::{LocalOutcome, LocalState};
use crate::model::{Control, Parameters};
use crate::replica::sheet::{self, Sheet};
use crate::solve::continuation::{Branch, Continuation, Stop};
use crate::solve::walk::{Pace, Progress, walk};
use crate::solve::{NotConverged, Solution, Tolerances, saddle};
use std::cmp::Ordering;

/// Steps of the walk in `ln d`.
const PACE: Pace = Pace {
    longest: 0.4,
    shortest: 1e-4,
    shrinking: 0.3,
    tries: usize::MAX,
};
/// Farther than this from where the tangent pointed, a solution lies on another branch.
const ASTRAY: f64 = 0.3;
/// Points of a branch that is followed by arclength.
const POINTS: usize = 150;
/// Where the variance that probes have left would vanish within this part of the distance, the
/// curve ends: their overlap goes to one.
const CLOSED: f64 = 0.01;

/// A local entropy curve: a probe, its parameters, and a first point.
pub struct Curve<'a> {
    ansatz: &'a dyn LocalAnsatz,
    parameters: Parameters,
    tolerances: Tolerances,
    first: (Parameters, Solution),
}

/// Smallest distance that is of interest.
pub(super) const SMALLEST: f64 = 1e-6;

/// Why a walk ends before its target.
enum End {
    /// The overlap of the probes goes to one: there is nothing further on.
    Closed,
    /// The solver lost the branch, at a fold for instance.
    Lost,
}

/// A point of the branch, and the one before.
struct Walker {
    at: (f64, Solution),
    before: Option<(f64, Solution)>,
    /// Whether the step from there was an easy one, so that the next may be predicted by it.
    easy: bool,
}

impl Walker {
    /// Where the branch goes: along the cubic through the last two points in `ln d`, or along the
    /// tangent.
    fn ahead(&self, next: f64) -> Option<Vec<f64>> {
        let (d, s) = &self.at;
        let slope = s.tangent.as_ref()?;
        let step = (next / d).ln();
        let along = |i: usize| {
            let tangent = slope[i] * d;
            let linear = tangent * step;
            let (Some((d0, s0)), true) = (&self.before, self.easy && linear.abs() < 0.5) else {
                return linear;
            };
            let (Some(slope0), h) = (s0.tangent.as_ref(), (d / d0).ln()) else {
                return linear;
            };
            if h == 0.0 || (step / h).abs() > 2.0 {
                return linear;
            }
            let (rise, tangent0) = ((s.x[i] - s0.x[i]) / h, slope0[i] * d0);
            let bend = (2.0 * tangent + tangent0 - 3.0 * rise) / h;
            let twist = (tangent + tangent0 - 2.0 * rise) / (h * h);
            linear + step * step * (bend + twist * step)
        };
        let guess = (0..s.x.len()).map(|i| s.x[i] + along(i).clamp(-2.0, 2.0));
        Some(guess.collect())
    }
}

impl<'a> Curve<'a> {
    /// The curve of a probe whose own measure is this.
    ///
    /// # Errors
    /// [`NotConverged`] if no first point is found.
    pub fn new(
        ansatz: &'a dyn LocalAnsatz,
        own: Own,
        p: &Parameters,
        tolerances: &Tolerances,
    ) -> Result<Self, NotConverged> {
        let first = first_point::first(ansatz, own, p, tolerances)?;
        Ok(Curve {
            ansatz,
            parameters: *p,
            tolerances: *tolerances,
            first,
        })
    }

    /// The curve through the point at this distance near known coordinates, which may be those of a
    /// slightly different problem.
    ///
    /// # Errors
    /// [`NotConverged`] if there is no point nearby.
    pub fn near(
        ansatz: &'a dyn LocalAnsatz,
        (distance, x): (f64, &[f64]),
        p: &Parameters,
        tolerances: &Tolerances,
    ) -> Result<Self, NotConverged> {
        let here = Parameters { distance, ..*p };
        let solution = saddle::solve(ansatz, x, &here, Control::Distance, tolerances)?;
        Ok(Curve {
            ansatz,
            parameters: *p,
            tolerances: *tolerances,
            first: (here, solution),
        })
    }

    /// States at each of the distances, in their order.
    pub fn at(&self, distances: &[f64]) -> Vec<LocalOutcome> {
        let mut outcomes = vec![LocalOutcome::NoSolution; distances.len()];
        for side in [Ordering::Less, Ordering::Greater] {
            let on_side = |i: &usize| {
                let order = distances[*i].total_cmp(&self.first.0.distance);
                order == side || (side == Ordering::Less && order == Ordering::Equal)
            };
            let mut path: Vec<usize> = (0..distances.len()).filter(on_side).collect();
            path.sort_by(|a, b| distances[*a].total_cmp(&distances[*b]));
            if side == Ordering::Less {
                path.reverse();
            }
            self.along(&path, distances, &mut outcomes);
        }
        outcomes
    }

    /// Fills in the outcomes at the distances of this path, which leads away from the first point.
    fn along(&self, path: &[usize], distances: &[f64], outcomes: &mut [LocalOutcome]) {
        let mut walker = Walker {
            at: (self.first.0.distance, self.first.1.clone()),
            before: None,
            easy: false,
        };
        for (k, &i) in path.iter().enumerate() {
            match self.walk(&mut walker, distances[i]) {
                Ok(()) => {
                    let state = self.state("1", walker.at.1.clone(), distances[i]);
                    outcomes[i] = LocalOutcome::States(vec![state]);
                }
                Err(End::Closed) => return,
                Err(End::Lost) => {
                    let rest: Vec<f64> = path[k..].iter().map(|&i| distances[i]).collect();
                    for (&i, outcome) in path[k..].iter().zip(self.through_folds(&walker.at, &rest))
                    {
                        outcomes[i] = outcome;
                    }
                    return;
                }
            }
        }
    }

    /// Where the curve ends at small distance because the overlap of the probes goes to one: the
    /// distance, its error and the last point. `None` if it goes on to the smallest distance.
    ///
    /// # Errors
    /// [`NotConverged`] where the branch is lost on the way.
    pub fn end(&self) -> Result<Option<(f64, f64, LocalState)>, NotConverged> {
        let mut walker = Walker {
            at: (self.first.0.distance, self.first.1.clone()),
            before: None,
            easy: false,
        };
        match self.walk(&mut walker, SMALLEST) {
            Ok(()) => return Ok(None),
            Err(End::Lost) => return Err(NotConverged::Escaped),
            Err(End::Closed) => {}
        }
        let end = self.closure(&walker).ok_or(NotConverged::Escaped)?;
        let (d, s) = walker.at;
        let state = self.state("1", s, d);
        Ok(Some((end, 0.2 * (d - end).abs(), state)))
    }

    /// Where the variance that probes have left vanishes, which close to there it does linearly.
    fn closure(&self, walker: &Walker) -> Option<f64> {
        let left =
            |(d, s): &(f64, Solution)| (*d, self.ansatz.order_parameters(&s.x, &self.here(*d))[0]);
        let ((d, u), (d0, u0)) = (left(&walker.at), left(walker.before.as_ref()?));
        let end = d - u * (d0 - d) / (u0 - u);
        end.is_finite().then_some(end)
    }

    /// Largest difference of two points in any order parameter.
    fn apart(&self, a: &[f64], b: &[f64], p: &Parameters) -> f64 {
        let natural = |x: &[f64]| self.ansatz.order_parameters(x, p);
        sheet::distance(&natural(a), &natural(b))
    }

    fn here(&self, distance: f64) -> Parameters {
        Parameters {
            distance,
            ..self.parameters
        }
    }

    /// Moves along the branch to the saddle point at `target`, or as far as the branch goes.
    fn walk(&self, walker: &mut Walker, target: f64) -> Result<(), End> {
        let from = walker.at.0;
        let mut step = |next: f64| {
            let p = self.here(next);
            let guess = walker.ahead(next).ok_or(())?;
            let solved =
                saddle::solve(self.ansatz, &guess, &p, Control::Distance, &self.tolerances);
            match solved {
                Ok(solution) if self.apart(&solution.x, &guess, &p) < ASTRAY => {
                    let here = std::mem::replace(&mut walker.at, (next, solution));
                    walker.before = Some(here);
                    walker.easy = true;
                    Ok(Progress::Onward)
                }
                _ => {
                    walker.easy = false;
                    Err(())
                }
            }
        };
        walk(from, target, &PACE, &mut step).map_err(|_| {
            let closed = self.closure(walker);
            match closed.is_some_and(|end| (walker.at.0 - end).abs() < CLOSED * walker.at.0) {
                true => End::Closed,
                false => End::Lost,
            }
        })
    }

    fn solve(&self, guess: &[f64], p: &Parameters) -> Result<Solution, NotConverged> {
        saddle::solve(self.ansatz, guess, p, Control::Distance, &self.tolerances)
            .or_else(|_| first_point::from(self.ansatz, guess, p, &self.tolerances))
    }

    /// Every sheet of the branch beyond a point where the walk was lost, by arclength, and whether
    /// these are all: whether both ends of the branch are out of range or on the boundary.
    fn sheets(
        &self,
        from: &(f64, Solution),
        distances: &[f64],
    ) -> Result<(Vec<Sheet>, bool), NotConverged> {
        let low = distances.iter().fold(from.0, |a: f64, b| a.min(*b));
        let high = distances.iter().fold(from.0, |a: f64, b| a.max(*b));
        let path = Continuation {
            problem: self.ansatz,
            parameters: self.here(from.0),
            control: Control::Distance,
            range: (0.99 * low, 1.01 * high),
            tolerances: self.tolerances,
            longest: 0.5,
            points: POINTS,
        };
        let back = path.follow(&from.1.x, from.0, high > from.0)?;
        let onwards = path.follow(&from.1.x, from.0, low < from.0)?;
        let ends = |branch: &Branch| matches!(branch.stop, Stop::Range | Stop::Domain);
        let whole = ends(&back) && ends(&onwards);
        Ok((sheet::sheets(back, onwards, 1), whole))
    }

    fn through_folds(&self, from: &(f64, Solution), distances: &[f64]) -> Vec<LocalOutcome> {
        let (sheets, whole) = match self.sheets(from, distances) {
            Ok(found) => found,
            Err(error) => return vec![error.into(); distances.len()],
        };
        let point = |&d: &f64| {
            let p = self.here(d);
            let mut states: Vec<LocalState> = Vec::new();
            let mut failure = (!whole).then_some(NotConverged::Escaped);
            for sheet in &sheets {
                let Some(guess) = sheet.at(d) else { continue };
                match self.solve(&guess, &p) {
                    Ok(s) if self.apart(&s.x, &guess, &p) < ASTRAY => {
                        let known = |f: &LocalState| {
                            sheet::distance(&f.x, &s.x) <= self.tolerances.same_point
                        };
                        if !states.iter().any(known) {
                            states.push(self.state(&sheet.name, s, d));
                        }
                    }
                    Ok(_) => failure = Some(NotConverged::Escaped),
                    Err(error) => failure = Some(error),
                }
            }
            states.sort_by(|a, b| b.potential[0].total_cmp(&a.potential[0]));
            match failure {
                _ if !states.is_empty() => LocalOutcome::States(states),
                Some(error) => error.into(),
                None => LocalOutcome::NoSolution,
            }
        };
        distances.iter().map(point).collect()
    }

    fn state(&self, branch: &str, s: Solution, distance: f64) -> LocalState {
        state_at(self.ansatz, branch, s, &self.here(distance))
    }
}

/// What is known at a saddle point.
pub fn state_at(ansatz: &dyn LocalAnsatz, branch: &str, s: Solution, p: &Parameters) -> LocalState {
    let (observables, error_estimate) = ansatz.observe(&s, p);
    LocalState {
        distance: p.distance,
        branch: branch.to_owned(),
        observables,
        potential: [s.value, s.control_slope, s.control_bend.unwrap_or(f64::NAN)],
        residual: s.residual,
        error_estimate,
        x: s.x,
        group: None,
        discrete: ansatz.discrete(),
        reference: ansatz.reference().status(),
    }
}

/// What probes of this functional, whose own measure is this, are at each of the distances, in their
/// order.
pub fn outcomes(
    ansatz: &dyn LocalAnsatz,
    own: Own,
    p: &Parameters,
    tolerances: &Tolerances,
    distances: &[f64],
) -> Vec<LocalOutcome> {
    if let Some(reason) = ansatz.refusal(p) {
        return vec![LocalOutcome::Nothing(reason); distances.len()];
    }
    match Curve::new(ansatz, own, p, tolerances) {
        Ok(curve) => curve.at(distances),
        Err(error) => vec![error.into(); distances.len()],
    }
}
