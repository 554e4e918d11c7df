//! Probes near a reference that make at most a given error (MX.32).

use super::around_classifier::{COLDEST, LocalMixture};
use super::geometry::FLOOR;
use super::point::{LocalOutcome, LocalState};
use crate::model::{Control, Parameters};
use crate::solve::event::bracketed_root;
use crate::solve::{NotConverged, Solution};

/// Smallest inverse temperature that a given error is looked for at.
const WARMEST: f64 = 1e-6;
/// Stands for β = 0, where the free entropy is that of the shell.
const HOT: f64 = 1e-12;
/// The limit of a falling error is checked_status where it is this many times its own distance, and has
/// been for so many steps in turn.
const SURE: f64 = 3.0;
const STEPS: usize = 3;

impl LocalMixture {
    /// Local entropy at each of the distances, for probes that make at most this fraction of errors
    /// (theta loss) or have at most this mean loss. Where a neighbour taken at random does as well,
    /// every neighbour is a probe, at β = 0.
    pub fn curve_at_loss(&self, p: &Parameters, loss: f64, distances: &[f64]) -> Vec<LocalOutcome> {
        let mut last = None;
        let point = |&distance: &f64| {
            let p = Parameters {
                distance,
                ..self.here(p)
            };
            match self.at_loss(&p, loss, &mut last) {
                Ok(Some(state)) => LocalOutcome::States(vec![state]),
                Ok(None) => LocalOutcome::NoSolution,
                Err(error) => error.into(),
            }
        };
        distances.iter().map(point).collect()
    }

    /// The state whose mean loss is given: a root in ln β, from the one at the last distance.
    fn at_loss(
        &self,
        p: &Parameters,
        loss: f64,
        last: &mut Option<(f64, Solution)>,
    ) -> Result<Option<LocalState>, NotConverged> {
        // Neighbours that do not look at the patterns do as well already.
        let hot = p.with(Control::Beta, HOT);
        let unaware = unaware(p.distance);
        if loss >= self.mean_loss(&unaware, &hot) {
            let s = self.saddle(&unaware, &hot)?;
            let mut state = self.state(s, &hot);
            state.observables.beta = Some(0.0);
            return Ok(Some(state));
        }
        let (mut beta, mut s) = match last.take() {
            Some((beta, s)) => {
                let there = Parameters { beta, ..*p };
                let solved = self.saddle(&s.x, &there).or_else(|_| self.cold(&there))?;
                (beta, solved)
            }
            None => (1.0, self.cold(&Parameters { beta: 1.0, ..*p })?),
        };
        let excess =
            |s: &Solution, beta: f64| (self.roughly(&s.x, &Parameters { beta, ..*p }) / loss).ln();
        let move_to = |s: &Solution, from: f64, beta: f64| {
            let there = Parameters { beta, ..*p };
            self.look(&s.x, &there)
                .or_else(|_| self.ladder(from, s.clone(), &there))
        };
        // Colder probes make fewer errors.
        let mut here = (beta.ln(), excess(&s, beta));
        let towards = if here.1 > 0.0 { 0.5 } else { -0.5 };
        let mut fall = Fall::default();
        let bracket = loop {
            let next = (here.0 + towards).exp();
            if fall.ends_above(here.1.exp()) && self.full(&p.with(Control::Beta, f64::INFINITY)) {
                // Not even the coldest probes do as well.
                return Ok(None);
            }
            if !(WARMEST..COLDEST).contains(&next) {
                return Err(NotConverged::Escaped);
            }
            let solved = move_to(&s, beta, next)?;
            let there = (next.ln(), excess(&solved, next));
            (beta, s) = (next, solved);
            if there.1 * here.1 <= 0.0 {
                break (here, there);
            }
            here = there;
        };
        let root = bracketed_root(bracket.0, bracket.1, ROUGH, |ln_beta| {
            let next = ln_beta.exp();
            s = move_to(&s, beta, next)?;
            beta = next;
            Ok::<f64, NotConverged>(excess(&s, next))
        })?;
        let (beta, s) = self.settled(p, loss, root.x, &s)?;
        let there = Parameters { beta, ..*p };
        *last = Some((beta, s.clone()));
        Ok(Some(self.state(s, &there)))
    }
}

impl LocalMixture {
    /// The inverse temperature of this mean loss, on rules that the error of a light one is nothing to:
    /// by secants from a rough root in ln β.
    fn settled(
        &self,
        p: &Parameters,
        loss: f64,
        rough: f64,
        near: &Solution,
    ) -> Result<(f64, Solution), NotConverged> {
        let at = |ln_beta: f64, from: &Solution| -> Result<(f64, Solution), NotConverged> {
            let there = Parameters {
                beta: ln_beta.exp(),
                ..*p
            };
            let s = self.saddle(&from.x, &there)?;
            Ok(((self.mean_loss(&s.x, &there) / loss).ln(), s))
        };
        let (mut last, (mut value, mut s)) = (rough, at(rough, near)?);
        let mut here = rough + APART;
        for _ in 0..SECANTS {
            let (next, solution) = at(here, &s)?;
            let step = next * (here - last) / (next - value);
            (last, value, s) = (here, next, solution);
            if next.abs() <= SETTLED || !step.is_finite() {
                break;
            }
            here -= step;
        }
        // A NaN is not small either.
        if value.abs() <= UNSETTLED {
            Ok((last.exp(), s))
        } else {
            let residual = value.abs();
            Err(NotConverged::Stalled { residual })
        }
    }
}

/// Accuracy of the rough root, distance of the first two points of the secant, most secants, and what is
/// left of the logarithm of the loss.
const ROUGH: f64 = 1e-7;
const APART: f64 = 1e-6;
const SECANTS: usize = 8;
const SETTLED: f64 = 1e-13;
/// More than rounding leaves of it: then the temperature is not that of the mean loss asked for.
const UNSETTLED: f64 = 1e-10;

/// Coordinates of probes at β = 0: q = S², and no response but that of the overlap.
fn unaware(distance: f64) -> Vec<f64> {
    let overlap = 1.0 - 2.0 * distance;
    let gap = 4.0 * distance * (1.0 - distance);
    let empty = FLOOR.ln();
    vec![empty, 0.0, empty, 0.0, (overlap / gap).asinh(), 0.0, 0.0]
}

/// Errors at growing β, in units of the one that is looked for: they fall to that of the ground state,
/// at last by a constant factor from step to step.
#[derive(Default)]
struct Fall {
    errors: Vec<f64>,
    above: usize,
}

impl Fall {
    /// Whether with this further error the limit is seen to be above one.
    fn ends_above(&mut self, error: f64) -> bool {
        self.errors.push(error);
        let [.., first, second, third] = self.errors[..] else {
            return false;
        };
        let (before, now) = (first - second, second - third);
        let ratio = now / before;
        let left = SURE * now * ratio / (1.0 - ratio);
        let above = (0.0..1.0).contains(&ratio) && third - left > 1.0;
        self.above = if above { self.above + 1 } else { 0 };
        self.above >= STEPS
    }
}
