//! One local entropy curve, looked at as a function of the distance: its extremes, zeros and end.
//!
//! A curve is looked at coarsely first, without errors ([`Tolerances::refined`]); what is found there
//! is then solved for, from derivatives in `u = ln d` that every saddle point comes with.

use super::curve::Curve;
use super::franz_parisi::LocalAnsatz;
use super::group::Group;
use super::neighbourhoods::{Choice, LocalModel, NoTheory};
use super::point::{LocalOutcome, LocalState};
use super::reference::NoReference;
use crate::model::{Control, Parameters};
use crate::solve::{NotConverged, Solution, Tolerances, saddle};

/// Distances at which a curve is looked at first: from the finest up to the coarsest, in ratios.
/// Replicas are followed less far: their number grows without bound.
const FINEST: (f64, f64) = (2e-5, 1e-3);
const FINEST_OF_REPLICAS: f64 = 1.5e-3;
const COARSEST: (f64, f64) = (0.3, 0.1);
const RATIO: (f64, f64) = (1.4, 1.45);
/// Step in `ln d` of differences, where a derivative is not at hand.
const DIFFERENCE: f64 = 1e-3;
/// Steps towards a zero in a bracket.
const STEPS: usize = 60;
/// Accuracy of distances, relative.
const DISTANCE: f64 = 1e-11;

/// What of a curve is extreme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The smallest slope where the curve ought to rise.
    Slope,
    /// The smallest entropy at a local minimum.
    Entropy,
}

impl Extreme {
    /// Its value at a point.
    pub fn of(self, state: &LocalState) -> f64 {
        match self {
            Extreme::Slope => state.potential[1],
            Extreme::Entropy => state.observables.entropy,
        }
    }
}

/// A distance at which something happens, its absolute error, and the state there.
pub type Event = (f64, f64, LocalState);

/// What a point of a curve is found from, and what is known of it afterwards.
#[derive(Clone, Debug)]
pub enum Known {
    /// Coordinates of a saddle point around a reference and their slope in `u`.
    Saddle(Vec<f64>, Vec<f64>),
    /// A group of replicas.
    Group(Group),
}

/// A value along a curve with its first two derivatives in `u = ln d`.
#[derive(Clone, Debug)]
pub struct Spot {
    /// Value, slope and curvature.
    pub jet: [f64; 3],
    /// The point itself.
    pub known: Known,
}

/// What a coarse look at a curve shows.
#[derive(Debug)]
pub enum Look {
    /// The lowest minimum.
    Dip {
        /// Its value.
        value: f64,
        /// Where it is, nearly.
        u: f64,
        /// The point there.
        known: Known,
    },
    /// No minimum: the smallest value.
    Flat(f64),
    /// There is no probe or no reference.
    Absent,
}

/// A curve ready to be evaluated at any distance.
pub struct Scan<'a> {
    model: &'a LocalModel,
    choice: Choice,
    parameters: Parameters,
    ansatz: Option<Box<dyn LocalAnsatz>>,
}

impl<'a> Scan<'a> {
    /// The curve of this choice.
    ///
    /// # Errors
    /// [`NoReference`].
    pub fn new(
        model: &'a LocalModel,
        choice: &Choice,
        p: &Parameters,
    ) -> Result<Self, NoReference> {
        let reference = model.reference(choice, p)?;
        let ansatz = reference.map(|reference| model.around(reference));
        let ansatz = ansatz.transpose().map_err(NoTheory::from)?;
        Ok(Scan {
            model,
            choice: choice.clone(),
            parameters: *p,
            ansatz,
        })
    }

    /// Margin of the reference, where there is one.
    pub fn margin(&self) -> Option<f64> {
        let ansatz = self.ansatz.as_ref();
        ansatz.map(|ansatz| ansatz.reference().parameters.kappa)
    }

    fn rough(&self) -> Tolerances {
        Tolerances {
            refined: false,
            ..*self.model.tolerances()
        }
    }

    fn here(&self, u: f64) -> Parameters {
        self.parameters.with(Control::Distance, u.exp())
    }

    /// The curve from nothing; `None` where there is no probe.
    fn cold<'b>(
        &self,
        ansatz: &'b dyn LocalAnsatz,
        tolerances: &Tolerances,
    ) -> Result<Option<Curve<'b>>, NotConverged> {
        let Some(own) = self.model.own(&self.parameters) else {
            return Ok(None);
        };
        Curve::new(ansatz, own, &self.parameters, tolerances).map(Some)
    }

    /// The state at a point that is nearly known, with its error.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn state(&self, u: f64, known: &Known) -> Result<LocalState, NotConverged> {
        let d = u.exp();
        let outcome = match (&self.ansatz, known, &self.choice) {
            (Some(ansatz), Known::Saddle(x, _), _) => {
                let tolerances = self.model.tolerances();
                Curve::near(&**ansatz, (d, x), &self.parameters, tolerances)?.at(&[d])
            }
            (None, Known::Group(group), Choice::Robust(replicas)) => {
                let known = Group {
                    distance: d,
                    ..*group
                };
                let model = self.model;
                let groups = model.groups(*replicas, &self.parameters, &[d], (Some(known), true));
                groups.map_err(|_| NotConverged::Escaped)?
            }
            _ => return Err(NotConverged::Escaped),
        };
        let state = outcome.first().and_then(LocalOutcome::dominant);
        state.cloned().ok_or(NotConverged::Escaped)
    }

    /// Absolute error of what is extreme at a point: for the slope its change between the two rules.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn noise(&self, extreme: Extreme, state: &LocalState) -> Result<f64, NotConverged> {
        let (Some(ansatz), Extreme::Slope) = (&self.ansatz, extreme) else {
            return Ok(state.error_estimate);
        };
        let tolerances = self.model.tolerances();
        let rough = Tolerances {
            refined: false,
            coarse_residual: tolerances.residual,
            ..*tolerances
        };
        let p = self.here(state.distance.ln());
        let coarse = saddle::solve(&**ansatz, &state.x, &p, Control::Distance, &rough)?;
        Ok((coarse.control_slope - state.potential[1]).abs() + state.error_estimate)
    }

    /// The saddle point at `u` from coordinates nearby.
    fn saddle(
        &self,
        ansatz: &dyn LocalAnsatz,
        u: f64,
        x: &[f64],
    ) -> Result<Solution, NotConverged> {
        let tolerances = self.model.tolerances();
        saddle::solve(ansatz, x, &self.here(u), Control::Distance, tolerances)
    }

    /// What is extreme, at `u`, with its derivatives.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn spot(&self, extreme: Extreme, u: f64, known: &Known) -> Result<Spot, NotConverged> {
        if let (Some(ansatz), Known::Saddle(x, _)) = (&self.ansatz, known) {
            // At β = ∞ the entropy is φ; the slope is dφ/dd: both have exact derivatives.
            if extreme == Extreme::Slope || self.parameters.beta.is_infinite() {
                return self.exact(&**ansatz, extreme, u, x);
            }
        }
        let value = |u: f64, known: &Known| self.state(u, known).map(|s| (extreme.of(&s), s));
        let (middle, state) = value(u, known)?;
        let known = match state.group {
            Some(group) => Known::Group(group),
            None => Known::Saddle(state.x, Vec::new()),
        };
        let (up, _) = value(u + DIFFERENCE, &known)?;
        let (down, _) = value(u - DIFFERENCE, &known)?;
        let slope = (up - down) / (2.0 * DIFFERENCE);
        let bend = (up - 2.0 * middle + down) / (DIFFERENCE * DIFFERENCE);
        Ok(Spot {
            jet: [middle, slope, bend],
            known,
        })
    }

    fn exact(
        &self,
        ansatz: &dyn LocalAnsatz,
        extreme: Extreme,
        u: f64,
        x: &[f64],
    ) -> Result<Spot, NotConverged> {
        let solution = self.saddle(ansatz, u, x)?;
        let d = u.exp();
        let missing = NotConverged::Escaped;
        let bend = solution.control_bend.ok_or(missing)?;
        let tangent = solution.tangent.as_ref().ok_or(missing)?;
        let tangent: Vec<f64> = tangent.iter().map(|slope| slope * d).collect();
        let jet = match extreme {
            Extreme::Entropy => {
                let slope = d * solution.control_slope;
                [solution.value, slope, d * d * bend + slope]
            }
            Extreme::Slope => {
                let step = |(x, slope): (&f64, &f64)| x + DIFFERENCE * slope;
                let ahead: Vec<f64> = solution.x.iter().zip(&tangent).map(step).collect();
                let next = self.saddle(ansatz, u + DIFFERENCE, &ahead)?;
                let next = next.control_bend.ok_or(missing)? * (u + DIFFERENCE).exp();
                let slope = d * bend;
                [solution.control_slope, slope, (next - slope) / DIFFERENCE]
            }
        };
        Ok(Spot {
            jet,
            known: Known::Saddle(solution.x, tangent),
        })
    }

    /// Distances of the first look, from the smallest.
    fn distances(&self) -> Vec<f64> {
        let (finest, ratio, coarsest) = match self.margin() {
            // Nearer than this the probe does not feel the patterns: the reference's margin is wider
            // than what a move by d changes (FP.34).
            Some(margin) => {
                let excess = margin - self.parameters.kappa;
                let finest = (excess * excess / 60.0).clamp(FINEST.0, FINEST.1);
                (finest, RATIO.0, COARSEST.0)
            }
            None => (FINEST_OF_REPLICAS, RATIO.1, COARSEST.1),
        };
        let up = std::iter::successors(Some(finest), |d| Some(d * ratio));
        up.take_while(|d| *d < coarsest).collect()
    }

    /// States without errors on the first grid, up to the distance at which most probes lie; from a
    /// known point or from nothing. `None` where there is no probe.
    fn grid(&self, from: Option<(f64, &Known)>) -> Result<Option<Vec<LocalState>>, NotConverged> {
        let rough = self.rough();
        let distances = self.distances();
        let p = &self.parameters;
        let outcomes = match (&self.ansatz, &self.choice, from) {
            (Some(ansatz), _, Some((u, Known::Saddle(x, _)))) => {
                Curve::near(&**ansatz, (u.exp(), x), p, &rough)?.at(&distances)
            }
            (Some(ansatz), ..) => match self.cold(&**ansatz, &rough)? {
                Some(curve) => curve.at(&distances),
                None => return Ok(None),
            },
            (None, Choice::Robust(replicas), from) => {
                let known = from.and_then(|(u, known)| match known {
                    Known::Group(group) => Some(Group {
                        distance: u.exp(),
                        ..*group
                    }),
                    Known::Saddle(..) => None,
                });
                let groups = self.model.groups(*replicas, p, &distances, (known, false));
                groups.map_err(|_| NotConverged::Escaped)?
            }
            _ => return Ok(None),
        };
        let mut states: Vec<LocalState> = Vec::new();
        for outcome in outcomes {
            match outcome {
                LocalOutcome::States(found) => states.extend(found.into_iter().next()),
                LocalOutcome::NoSolution | LocalOutcome::Nothing(_) => {}
                LocalOutcome::NotConverged { residual } => {
                    return Err(NotConverged::Stalled { residual });
                }
            }
        }
        // Beyond its last maximum the curve falls again, as it has to; a broken one may have been
        // higher before.
        let rising = states
            .windows(2)
            .rposition(|w| w[0].observables.entropy <= w[1].observables.entropy);
        let top = rising.map_or(0, |i| i + 1);
        states.truncate(top.max(3));
        Ok(Some(states))
    }

    /// Looks for the smallest slope, or the smallest entropy at a local minimum, on the whole curve;
    /// from a known point or from nothing. A curve without a local minimum has the entropy of its
    /// first point, which is positive as far as such a curve rises from zero.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn look(
        &self,
        extreme: Extreme,
        from: Option<(f64, &Known)>,
    ) -> Result<Look, NotConverged> {
        let Some(states) = self.grid(from)? else {
            return Ok(Look::Absent);
        };
        let value: Vec<f64> = states.iter().map(|s| extreme.of(s)).collect();
        let inner = (1..states.len().saturating_sub(1))
            .filter(|&i| value[i] <= value[i - 1] && value[i] <= value[i + 1]);
        let Some(i) = inner.min_by(|a, b| value[*a].total_cmp(&value[*b])) else {
            let smallest = value.iter().copied().min_by(f64::total_cmp);
            return Ok(smallest.map_or(Look::Absent, Look::Flat));
        };
        let at = |i: usize| (states[i].distance.ln(), value[i]);
        let u = vertex(at(i - 1), at(i), at(i + 1));
        Ok(Look::Dip {
            value: value[i],
            u,
            known: between(&states[i - 1..=i + 1], u),
        })
    }

    /// The distance at which the entropy vanishes, from below to above, with its error.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn zero(&self) -> Result<Option<Event>, NotConverged> {
        let states = self.grid(None)?.unwrap_or_default();
        let crossing = states
            .windows(2)
            .rev()
            .find(|w| w[0].observables.entropy < 0.0 && w[1].observables.entropy >= 0.0);
        let Some(pair @ [a, b]) = crossing else {
            return Ok(None);
        };
        let (mut low, mut high) = (a.distance.ln(), b.distance.ln());
        let (fa, fb) = (a.observables.entropy, b.observables.entropy);
        let mut u = low + (high - low) * fa / (fa - fb);
        let mut known = between(pair, u);
        for _ in 0..STEPS {
            let Spot {
                jet: [value, slope, _],
                known: found,
            } = self.spot(Extreme::Entropy, u, &known)?;
            if value < 0.0 {
                low = u
            } else {
                high = u
            }
            let mut next = u - value / slope;
            if !(next >= low && next <= high) {
                next = 0.5 * (low + high);
            }
            let step = next - u;
            known = moved(&found, step);
            u = next;
            if step.abs() <= DISTANCE {
                let state = self.state(u, &known)?;
                let distance = u.exp();
                let left = state.observables.entropy.abs() + state.error_estimate;
                let error = (left / slope.abs() + DISTANCE) * distance;
                return Ok(Some((distance, error, state)));
            }
        }
        Err(NotConverged::Escaped)
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
        match self.cold(&**ansatz, self.model.tolerances())? {
            Some(curve) => curve.end(),
            None => Ok(None),
        }
    }
}

/// Where a known point goes when `u` changes by a step.
pub fn moved(known: &Known, step: f64) -> Known {
    match known {
        Known::Saddle(x, slope) if slope.len() == x.len() => {
            let x = x.iter().zip(slope).map(|(x, slope)| x + step * slope);
            Known::Saddle(x.collect(), slope.clone())
        }
        other => other.clone(),
    }
}

/// Minimum of the parabola through three points of which the middle one is the lowest.
fn vertex(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> f64 {
    let (p, q) = (b.0 - a.0, b.0 - c.0);
    let (fa, fc) = (b.1 - a.1, b.1 - c.1);
    let shift = (p * p * fc - q * q * fa) / (2.0 * (p * fc - q * fa));
    let u = b.0 - shift;
    if u > a.0 && u < c.0 { u } else { b.0 }
}

/// What is known at `u` from states on either side of it.
fn between(states: &[LocalState], u: f64) -> Known {
    let apart = |s: &&LocalState| (s.distance.ln() - u).abs();
    let nearest = |a: &&LocalState, b: &&LocalState| apart(a).total_cmp(&apart(b));
    let mut sorted: Vec<&LocalState> = states.iter().collect();
    sorted.sort_by(nearest);
    let (Some(near), Some(next)) = (sorted.first(), sorted.get(1)) else {
        return Known::Saddle(Vec::new(), Vec::new());
    };
    if let Some(group) = near.group {
        return Known::Group(group);
    }
    let run = next.distance.ln() - near.distance.ln();
    let slope: Vec<f64> = near
        .x
        .iter()
        .zip(&next.x)
        .map(|(a, b)| (b - a) / run)
        .collect();
    moved(
        &Known::Saddle(near.x.clone(), slope),
        u - near.distance.ln(),
    )
}
