//! One local entropy curve, looked at as a function of the distance: its extremes, zeros and end.

use super::curve::Curve;
use super::franz_parisi::LocalAnsatz;
use super::model::{Choice, LocalModel};
use super::point::{LocalOutcome, LocalState};
use super::reference::NoReference;
use crate::model::Parameters;
use crate::solve::NotConverged;
use crate::solve::event::bracketed_root;

/// Distances at which a curve is looked at first: from the finest up to the coarsest, in ratios.
/// Replicas are followed less far: their number grows without bound.
const FINEST: (f64, f64) = (2e-5, 1e-3);
const FINEST_OF_REPLICAS: f64 = 1.5e-3;
const COARSEST: (f64, f64) = (0.3, 0.1);
const RATIO: (f64, f64) = (1.3, 1.45);
/// Factor around a hint within which an extreme is looked for.
const NEAR: f64 = 1.5;
/// Accuracy of distances, relative.
const DISTANCE: f64 = 1e-11;
/// Sections by which an extreme is narrowed down.
const SECTIONS: usize = 40;

/// What of a curve is extreme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The smallest slope where the curve ought to rise.
    Slope,
    /// The smallest entropy at a local minimum.
    Entropy,
}

/// A distance at which something happens, its absolute error, and the state there.
pub type Event = (f64, f64, LocalState);

/// A curve ready to be evaluated at any distance.
pub struct Scan<'a> {
    model: &'a LocalModel,
    choice: Choice,
    parameters: Parameters,
    ansatz: Option<Box<dyn LocalAnsatz>>,
    own: (f64, f64),
}

impl<'a> Scan<'a> {
    /// The curve of this choice; `None` where there is no probe.
    ///
    /// # Errors
    /// [`NoReference`].
    pub fn new(
        model: &'a LocalModel,
        choice: &Choice,
        p: &Parameters,
    ) -> Result<Option<Self>, NoReference> {
        let ansatz = model
            .reference(choice, p)?
            .map(|reference| model.around(reference));
        let own = model.own(p);
        let scan = |own| Scan {
            model,
            choice: choice.clone(),
            parameters: *p,
            ansatz,
            own,
        };
        Ok(own.map(scan))
    }

    /// Outcomes at these distances, from a known point or from nothing.
    fn outcomes(
        &self,
        distances: &[f64],
        known: Option<&LocalState>,
    ) -> Result<Vec<LocalOutcome>, NotConverged> {
        let (p, tolerances) = (&self.parameters, self.model.tolerances());
        match (&self.ansatz, &self.choice) {
            (Some(ansatz), _) => {
                let curve = match known {
                    Some(point) => {
                        Curve::near(&**ansatz, (point.distance, &point.x), p, tolerances)?
                    }
                    None => Curve::new(&**ansatz, self.own, p, tolerances)?,
                };
                Ok(curve.at(distances))
            }
            (None, Choice::Robust(replicas)) => {
                let group = known.and_then(|state| state.group);
                Ok(self.model.groups(*replicas, p, distances, group))
            }
            _ => Ok(vec![LocalOutcome::NoSolution; distances.len()]),
        }
    }

    /// The state at a distance, from a known one nearby.
    fn state(&self, distance: f64, known: &LocalState) -> Result<LocalState, NotConverged> {
        let outcome = self.outcomes(&[distance], Some(known))?;
        let state = outcome.first().and_then(LocalOutcome::dominant);
        state.cloned().ok_or(NotConverged::Escaped)
    }

    /// States on the first grid, up to the distance at which most probes lie.
    fn grid(&self) -> Result<Vec<LocalState>, NotConverged> {
        let mut distances = Vec::new();
        let (mut d, ratio, coarsest) = match &self.ansatz {
            // Nearer than this the probe does not feel the patterns: the reference's margin is wider
            // than what a move by d changes (FP.34).
            Some(ansatz) => {
                let excess = ansatz.reference().parameters.kappa - self.parameters.kappa;
                (
                    (excess * excess / 60.0).clamp(FINEST.0, FINEST.1),
                    RATIO.0,
                    COARSEST.0,
                )
            }
            None => (FINEST_OF_REPLICAS, RATIO.1, COARSEST.1),
        };
        while d < coarsest {
            distances.push(d);
            d *= ratio;
        }
        let outcomes = self.outcomes(&distances, None)?;
        let mut states: Vec<LocalState> = Vec::new();
        for outcome in &outcomes {
            match outcome {
                LocalOutcome::Found(found) => states.extend(found.first().cloned()),
                LocalOutcome::NoSolution => {}
                LocalOutcome::NotConverged { residual } => {
                    return Err(NotConverged::Stalled {
                        residual: *residual,
                    });
                }
            }
        }
        // Beyond its last maximum the curve falls again, as it has to; a broken one may have been
        // higher before.
        let rising = states
            .windows(2)
            .rposition(|w| w[0].observables.entropy <= w[1].observables.entropy);
        let top = rising.map_or(0, |i| i + 1);
        Ok(states.into_iter().take(top.max(3)).collect())
    }

    /// The smallest slope, or the smallest entropy at a local minimum, and the point where it is.
    /// A curve without a local minimum has the entropy of its first point, which is positive as far
    /// as such a curve rises from zero.
    ///
    /// With the extreme of a similar curve as a hint it is looked for around that first.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn extreme(
        &self,
        extreme: Extreme,
        hint: Option<&LocalState>,
    ) -> Result<Option<(f64, LocalState)>, NotConverged> {
        let value = |s: &LocalState| match extreme {
            Extreme::Slope => s.potential[1],
            Extreme::Entropy => s.observables.entropy,
        };
        if let Some(best) = hint.and_then(|hint| self.around(hint, &value)) {
            return Ok(Some((value(&best), best)));
        }
        let states = self.grid()?;
        let inner = (1..states.len().saturating_sub(1)).filter(|&i| {
            value(&states[i]) <= value(&states[i - 1]) && value(&states[i]) <= value(&states[i + 1])
        });
        let Some(i) = inner.min_by(|a, b| value(&states[*a]).total_cmp(&value(&states[*b]))) else {
            let first = states.iter().min_by(|a, b| value(a).total_cmp(&value(b)));
            return Ok(first.map(|s| (value(s), s.clone())));
        };
        let ends = (states[i - 1].distance, states[i + 1].distance);
        let best = self.minimum(ends, states[i].clone(), &value)?;
        Ok(Some((value(&best), best)))
    }

    /// The local minimum around the place of a similar one, if there is one.
    fn around(&self, hint: &LocalState, value: &dyn Fn(&LocalState) -> f64) -> Option<LocalState> {
        let d = hint.distance;
        let ends = (d / NEAR, d * NEAR);
        let outcomes = self.outcomes(&[ends.0, d, ends.1], Some(hint)).ok()?;
        let [a, middle, b] = &outcomes[..] else {
            return None;
        };
        let (a, middle, b) = (a.dominant()?, middle.dominant()?, b.dominant()?);
        if value(middle) > value(a) || value(middle) > value(b) {
            return None;
        }
        self.minimum(ends, middle.clone(), value).ok()
    }

    /// The minimum of a function of the state between two distances, by parabolas through its
    /// smallest values: in `ln d`.
    fn minimum(
        &self,
        ends: (f64, f64),
        middle: LocalState,
        value: &dyn Fn(&LocalState) -> f64,
    ) -> Result<LocalState, NotConverged> {
        let known = middle.clone();
        let at = |x: f64| self.state(x.exp(), &known).map(|s| (x, value(&s), s));
        let (mut a, mut b) = (at(ends.0.ln())?, at(ends.1.ln())?);
        let mut best = (middle.distance.ln(), value(&middle), middle);
        for _ in 0..SECTIONS {
            let (p, q) = (best.0 - a.0, best.0 - b.0);
            let (fa, fb) = (best.1 - a.1, best.1 - b.1);
            let below = p * fb - q * fa;
            let shift = (p * p * fb - q * q * fa) / (2.0 * below);
            let mut x = best.0 - shift;
            let width = b.0 - a.0;
            if !(x > a.0 + 1e-3 * width && x < b.0 - 1e-3 * width) {
                x = if best.0 - a.0 > b.0 - best.0 {
                    0.5 * (a.0 + best.0)
                } else {
                    0.5 * (b.0 + best.0)
                };
            }
            // The minimum's value is stationary: this is enough for ten digits of it.
            if (x - best.0).abs() < 1e-6 || width < 1e-6 {
                break;
            }
            let next = at(x)?;
            if next.1 < best.1 {
                if next.0 > best.0 {
                    a = best
                } else {
                    b = best
                }
                best = next;
            } else if next.0 > best.0 {
                b = next
            } else {
                a = next
            }
        }
        Ok(best.2)
    }

    /// The distance at which the entropy vanishes, from below to above, with its error.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn zero(&self) -> Result<Option<Event>, NotConverged> {
        let states = self.grid()?;
        let crossing = states
            .windows(2)
            .rev()
            .find(|w| w[0].observables.entropy < 0.0 && w[1].observables.entropy >= 0.0);
        let Some([a, b]) = crossing else {
            return Ok(None);
        };
        let end = |s: &LocalState| (s.distance.ln(), s.observables.entropy);
        let root = bracketed_root(end(a), end(b), DISTANCE, |x| {
            self.state(x.exp(), b).map(|s| s.observables.entropy)
        })?;
        let state = self.state(root.x.exp(), b)?;
        let error = (state.error_estimate + root.value.abs()) / state.potential[1].abs();
        let distance = root.x.exp();
        Ok(Some((distance, error + root.width * distance, state)))
    }

    /// The distance at which the probes' overlap goes to one, extrapolated from the last points
    /// before it.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn end(&self) -> Result<Option<Event>, NotConverged> {
        let Some(ansatz) = &self.ansatz else {
            return Ok(None);
        };
        let curve = Curve::new(
            &**ansatz,
            self.own,
            &self.parameters,
            self.model.tolerances(),
        )?;
        Ok(curve.end())
    }
}
