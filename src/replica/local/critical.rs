//! Critical values of local entropy curves: where they bend, vanish or end (FP.14, FP.15, LD.10).

use super::curve::SMALLEST;
use super::neighbourhoods::{Choice, LocalModel, NoTheory};
use super::point::{FARTHEST, LocalState};
use super::reference::{NoReference, Reference};
use super::scan::{Event, Extreme, Known, Look, Scan, Spot, moved};
use crate::model::{Control, Parameters};
use crate::replica::reason::Searched;
use crate::replica::threshold::Quantity;
use crate::solve::NotConverged;

/// What is critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalQuantity {
    /// α at which the local entropy stops to grow with the distance everywhere (FP.15).
    Break,
    /// Distance at which the local entropy vanishes (FP.14).
    IsolationDistance,
    /// Margin of the reference at which it stops to be isolated.
    IsolationMargin,
    /// α at which the reference becomes isolated.
    IsolationLoad,
    /// Distance at which the overlap of the probes goes to one: the curve ends there.
    ClosestDistance,
}

impl LocalQuantity {
    /// Every quantity.
    pub const ALL: [LocalQuantity; 5] = [
        LocalQuantity::Break,
        LocalQuantity::IsolationDistance,
        LocalQuantity::IsolationMargin,
        LocalQuantity::IsolationLoad,
        LocalQuantity::ClosestDistance,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            LocalQuantity::Break => "local-entropy-break",
            LocalQuantity::IsolationDistance => "isolation-distance",
            LocalQuantity::IsolationMargin => "isolation-margin",
            LocalQuantity::IsolationLoad => "isolation-load",
            LocalQuantity::ClosestDistance => "closest-distance",
        }
    }
}

/// A critical value of a local entropy curve.
#[derive(Clone, Debug)]
pub struct LocalCritical {
    /// The critical value.
    pub value: f64,
    /// Its absolute error: that of the event divided by its slope, and the final bracket.
    pub error_estimate: f64,
    /// The probes there.
    pub state: LocalState,
    /// Control parameters there.
    pub parameters: Parameters,
    /// The reference there; none for replicas.
    pub reference: Option<Reference>,
    /// Margin of the reference there, where it has one.
    pub margin: Option<f64>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoThreshold {
    /// It should exist and was not reached.
    #[error(transparent)]
    NotConverged(#[from] NotConverged),
    /// There is no theory of it for this prior.
    #[error(transparent)]
    NoTheory(#[from] NoTheory),
}

type SearchResult = Result<Option<LocalCritical>, NotConverged>;

/// Accuracy of critical values, relative to `1 + |value|`.
const EVENT: f64 = 1e-10;
/// Loads between which events are looked for and where first, as parts of the capacity.
const LIGHTEST: f64 = 0.02;
const USUAL: f64 = 0.87;
/// Smallest excess of a reference's margin, as minus the logarithm of its part of the largest.
const NARROWEST: f64 = 9.0;
/// The one that is looked at first.
const NARROW: f64 = 1.0;
/// Values of the control that are looked at, at most.
const LOOKS: usize = 9;
/// Where the last of them may be, as a part of the range.
const LAST: f64 = 0.975;
/// Parts of the range shorter than this are not looked into.
const LEAST: f64 = 5e-3;
/// How many minima of one curve are tried.
const RIVALS: usize = 4;
/// Steps from a look to the event.
const STEPS: usize = 25;
/// Steps along the curve at one value of the control.
const SETTLE: usize = 12;
/// How near in `u = ln d` to a minimum the expansion about a point counts as exact, and at the event
/// itself.
const NEAR: (f64, f64) = (3e-3, 1e-6);
/// Longest step in `u`.
const LONGEST: f64 = 0.4;
/// First step in the control, relative to its range: a difference.
const DIFFERENCE: f64 = 1e-3;
/// How far in `u` the lowest minimum of a look may be from where the event is.
const SAME: f64 = 0.3;

/// Where a critical control parameter is looked for, and what happens there.
struct Search<'a> {
    model: &'a LocalModel,
    extreme: Extreme,
    /// Parameters and reference at a value of the control.
    at: &'a dyn Fn(f64) -> (Parameters, Choice),
}

/// The lowest point near a known one on the curve at one value of the control.
struct Lowest {
    value: f64,
    /// The extreme.
    extreme: f64,
    /// Where on the curve.
    u: f64,
    known: Known,
}

/// The value of the control at which an extreme vanishes, and how it changes there.
struct Crossing {
    value: f64,
    slope: f64,
    lowest: Lowest,
}

impl Search<'_> {
    /// The curve at a value of the control; `None` without a reference.
    fn scan(&self, value: f64) -> Result<Option<Scan<'_>>, NotConverged> {
        let (p, choice) = (self.at)(value);
        match Scan::new(self.model, &choice, &p) {
            Ok(scan) => Ok(Some(scan)),
            Err(NoReference::NotConverged(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn look(&self, value: f64, from: Option<(f64, &Known)>) -> Result<Look, NotConverged> {
        match self.scan(value)? {
            Some(scan) => scan.look(self.extreme, from),
            None => Ok(Look::Absent),
        }
    }

    /// The minimum near `u`: Newton's method on its slope until a step is shorter than `near`. That
    /// is not taken any more: the value at its end is expanded.
    fn lowest(
        &self,
        value: f64,
        mut u: f64,
        mut known: Known,
        near: f64,
    ) -> Result<Lowest, NotConverged> {
        let scan = self.scan(value)?.ok_or(NotConverged::Escaped)?;
        for _ in 0..SETTLE {
            let Spot {
                jet: [height, slope, bend],
                known: found,
            } = scan.spot(self.extreme, u, &known)?;
            // The extreme may have gone, or be a maximum.
            if bend.is_nan() || bend <= 0.0 {
                return Err(NotConverged::Escaped);
            }
            let step = (-slope / bend).clamp(-LONGEST, LONGEST);
            known = moved(&found, step);
            u += step;
            if step.abs() <= near {
                return Ok(Lowest {
                    value,
                    extreme: height + 0.5 * slope * step,
                    u,
                    known,
                });
            }
        }
        Err(NotConverged::Escaped)
    }

    /// From a minimum on one curve to the value of the control in `range` at which its extreme
    /// vanishes: secants, of which every point is the minimum of its own curve.
    fn follow(
        &self,
        value: f64,
        (u, known): (f64, Known),
        range: (f64, f64),
    ) -> Result<Crossing, NotConverged> {
        let (least, most) = (range.0.min(range.1), range.0.max(range.1));
        let mut here = self.lowest(value, u, known, NEAR.0)?;
        let mut next = value + DIFFERENCE * (range.1 - range.0);
        if !(next >= least && next <= most) {
            next = value - DIFFERENCE * (range.1 - range.0);
        }
        let mut before: Option<Lowest> = None;
        for _ in 0..STEPS {
            let (u, known) = ahead(&here, before.as_ref(), next);
            let there = self.lowest(next, u, known, NEAR.0)?;
            let slope = (there.extreme - here.extreme) / (there.value - here.value);
            let step = -there.extreme / slope;
            if step.abs() <= EVENT * (1.0 + next.abs()) {
                // The extreme has to fall from `range.0` to `range.1`.
                let falls = slope * (range.1 - range.0) < 0.0;
                let value = there.value + step;
                return match falls {
                    true => Ok(Crossing {
                        value,
                        slope,
                        lowest: there,
                    }),
                    false => Err(NotConverged::Escaped),
                };
            }
            next = there.value + step;
            if !(next >= least && next <= most) {
                return Err(NotConverged::Escaped);
            }
            before = Some(std::mem::replace(&mut here, there));
        }
        Err(NotConverged::Escaped)
    }

    /// The value of the control in `range` at which the extreme, positive at `range.0`, vanishes:
    /// from looks at single curves, first at `first`, then at the end of the range and halfway to it, or
    /// where it has to hold, then halving what is left of the range.
    ///
    /// Where the extreme changes its sign without a minimum that could be followed, it is the end of
    /// the look that moves, and there is no event.
    fn root(&self, range: (f64, f64), first: f64) -> SearchResult {
        let last = range.0 + LAST * (range.1 - range.0);
        let (mut good, mut bad) = (None, None);
        let (mut next, mut failure, mut dips) = (first, None, false);
        let mut to_the_end: Option<f64> = None;
        for _ in 0..LOOKS {
            let ends = (good.unwrap_or(range.0), bad.unwrap_or(range.1));
            dips = false;
            let holds = match self.look(next, None) {
                Ok(Look::Dip { value, u, known }) => {
                    dips = true;
                    let holds = value > 0.0;
                    let ends = if holds {
                        (next, ends.1)
                    } else {
                        (ends.0, next)
                    };
                    if let Some(crossing) = self.first_crossing(next, (u, known), ends)? {
                        return self.critical(crossing).map(Some);
                    }
                    holds
                }
                Ok(Look::Flat(value)) => value > 0.0,
                // Without a reference or a probe there is nothing that could hold.
                Ok(Look::Absent) => false,
                Err(error) => {
                    failure = Some(error);
                    false
                }
            };
            let side = if holds { &mut good } else { &mut bad };
            *side = Some(next);
            let Some(ahead) = next_look(range.0, last, (&mut good, bad), &mut to_the_end) else {
                break;
            };
            next = ahead;
            let left = bad.unwrap_or(last) - good.unwrap_or(range.0);
            if left.abs() < LEAST * (range.1 - range.0).abs() {
                break;
            }
        }
        match failure {
            Some(failure) => Err(failure),
            None if good.is_some() && bad.is_some() && dips => Err(NotConverged::Escaped),
            None => Ok(None),
        }
    }

    /// The crossing that is reached from a minimum, if nothing else on its curve is lower: otherwise
    /// the one of that.
    fn first_crossing(
        &self,
        value: f64,
        dip: (f64, Known),
        range: (f64, f64),
    ) -> Result<Option<Crossing>, NotConverged> {
        let (mut value, mut dip, mut range) = (value, dip, range);
        for _ in 0..RIVALS {
            let Ok(crossing) = self.follow(value, dip, range) else {
                return Ok(None);
            };
            let at = &crossing.lowest;
            let (u, known) = match self.look(crossing.value, Some((at.u, &at.known)))? {
                Look::Dip { u, known, .. } if (u - at.u).abs() > SAME => (u, known),
                Look::Flat(value) if value < 0.0 => return Ok(None),
                _ => return Ok(Some(crossing)),
            };
            // The look knows no errors.
            match self.lowest(crossing.value, u, known, NEAR.0) {
                Ok(rival) if rival.extreme < 0.0 => {
                    range = (range.0, crossing.value);
                    value = crossing.value;
                    dip = (rival.u, rival.known);
                }
                _ => return Ok(Some(crossing)),
            }
        }
        Ok(None)
    }

    fn critical(&self, crossing: Crossing) -> Result<LocalCritical, NotConverged> {
        let Crossing {
            value,
            slope,
            lowest,
        } = crossing;
        let lowest = self.lowest(value, lowest.u, lowest.known, NEAR.1)?;
        let scan = self.scan(value)?.ok_or(NotConverged::Escaped)?;
        let state = scan.state(lowest.u, &lowest.known)?;
        let (parameters, choice) = (self.at)(value);
        let residue = self.extreme.of(&state);
        let noise = scan.noise(self.extreme, &state)?;
        Ok(LocalCritical {
            value,
            error_estimate: (residue.abs() + noise) / slope.abs() + EVENT * value.abs(),
            state,
            parameters,
            reference: self.model.reference(&choice, &parameters).ok().flatten(),
            margin: scan.margin(),
        })
    }
}

/// What a point becomes at another value of the control: along the line through the last two.
fn ahead(here: &Lowest, before: Option<&Lowest>, next: f64) -> (f64, Known) {
    let Some(before) = before else {
        return (here.u, here.known.clone());
    };
    let t = (next - here.value) / (here.value - before.value);
    let u = here.u + (t * (here.u - before.u)).clamp(-LONGEST, LONGEST);
    let known = match (&here.known, &before.known) {
        (Known::Saddle(a, slope), Known::Saddle(b, _)) => {
            let line = |(a, b): (&f64, &f64)| a + (t * (a - b)).clamp(-1.0, 1.0);
            Known::Saddle(a.iter().zip(b).map(line).collect(), slope.clone())
        }
        (known, _) => known.clone(),
    };
    (u, known)
}

impl LocalModel {
    /// A critical value; the parameter that is critical is ignored in `p`.
    ///
    /// # Errors
    /// [`NoThreshold`] if it should exist and was not reached, or if there is no theory of it.
    /// `Ok(None)` if it does not exist.
    pub fn threshold(
        &self,
        quantity: LocalQuantity,
        choice: &Choice,
        p: &Parameters,
    ) -> Result<Option<LocalCritical>, NoThreshold> {
        self.theory(choice)?;
        Ok(self.find(quantity, choice, p)?)
    }

    fn find(&self, quantity: LocalQuantity, choice: &Choice, p: &Parameters) -> SearchResult {
        if self.has_none(quantity) {
            return Ok(None);
        }
        match quantity {
            LocalQuantity::Break => self.along_load(Extreme::Slope, choice, p),
            LocalQuantity::IsolationLoad => self.along_load(Extreme::Entropy, choice, p),
            LocalQuantity::IsolationMargin => self.along_margin(p),
            LocalQuantity::IsolationDistance => self.on_curve(choice, p, &|scan| scan.zero()),
            LocalQuantity::ClosestDistance => self.on_curve(choice, p, &|scan| scan.end()),
        }
    }

    /// Where a critical value is looked for; none where there is none to look for, whatever the
    /// parameters.
    pub fn searched(
        &self,
        quantity: LocalQuantity,
        choice: &Choice,
        p: &Parameters,
    ) -> Option<Searched> {
        let (control, (low, high)) = match quantity {
            _ if self.has_none(quantity) => return None,
            LocalQuantity::Break | LocalQuantity::IsolationLoad => {
                (Control::Alpha, self.loads(choice, p).ok()?)
            }
            LocalQuantity::IsolationMargin => {
                let largest = self.reference(&Choice::LargestMargin, p).ok().flatten()?;
                let largest = largest.parameters.kappa;
                (Control::Kappa, (p.kappa.min(largest), p.kappa.max(largest)))
            }
            LocalQuantity::IsolationDistance | LocalQuantity::ClosestDistance => {
                (Control::Distance, (SMALLEST, FARTHEST))
            }
        };
        Some(Searched { control, low, high })
    }

    /// Whether a quantity is one of discrete weights, and these are none: continuous weights always
    /// have a neighbourhood, however small its volume.
    pub fn has_none(&self, quantity: LocalQuantity) -> bool {
        let isolation = matches!(
            quantity,
            LocalQuantity::IsolationDistance
                | LocalQuantity::IsolationLoad
                | LocalQuantity::IsolationMargin
        );
        isolation && !self.ensemble().discrete()
    }

    /// Loads between light ones and the capacity of probe and reference.
    fn loads(&self, choice: &Choice, p: &Parameters) -> Result<(f64, f64), NotConverged> {
        let capacity = |kappa: f64| {
            let p = Parameters { kappa, ..*p };
            let ensemble = crate::replica::model::model(self.weights(), "storage", "theta");
            let found = ensemble.and_then(|e| e.threshold(Quantity::Capacity, &p).ok());
            found.map(|critical| critical.value)
        };
        let mut most = capacity(p.kappa).ok_or(NotConverged::Escaped)?;
        if let Choice::Margin(kappa) = choice {
            most = most.min(capacity(*kappa).ok_or(NotConverged::Escaped)?);
        }
        // Probes that may not err have a capacity of their own.
        if p.beta.is_infinite()
            && let Ok(own) = self.ensemble().threshold(Quantity::Capacity, p)
        {
            most = most.min(own.value);
        }
        Ok((LIGHTEST * most, most))
    }

    /// Looks for α between light load and the capacity of probe and reference.
    fn along_load(&self, extreme: Extreme, choice: &Choice, p: &Parameters) -> SearchResult {
        let range = self.loads(choice, p)?;
        let at = |alpha: f64| (Parameters { alpha, ..*p }, choice.clone());
        let search = Search {
            model: self,
            extreme,
            at: &at,
        };
        search.root(range, USUAL * range.1)
    }

    /// Looks for the margin of the reference between that of the probe and the largest one.
    fn along_margin(&self, p: &Parameters) -> SearchResult {
        let largest = match self.reference(&Choice::LargestMargin, p) {
            Ok(Some(reference)) => reference.parameters.kappa,
            Err(NoReference::NotConverged(error)) => return Err(error),
            Ok(None) | Err(_) => return Ok(None),
        };
        // From the largest margin downwards, in a logarithmic scale of the excess over κ.
        let margin = |t: f64| p.kappa + (largest - p.kappa) * (-t).exp();
        let at = |t: f64| (*p, Choice::Margin(margin(t)));
        let search = Search {
            model: self,
            extreme: Extreme::Entropy,
            at: &at,
        };
        let Some(mut critical) = search.root((0.0, NARROWEST), NARROW)? else {
            return Ok(None);
        };
        let scale = margin(critical.value) - p.kappa;
        critical.error_estimate *= scale;
        critical.value = margin(critical.value);
        critical.margin = Some(critical.value);
        Ok(Some(critical))
    }

    fn on_curve(
        &self,
        choice: &Choice,
        p: &Parameters,
        find: &dyn Fn(&Scan) -> Result<Option<Event>, NotConverged>,
    ) -> SearchResult {
        let scan = match Scan::new(self, choice, p) {
            Ok(scan) => scan,
            Err(NoReference::NotConverged(error)) => return Err(error),
            Err(_) => return Ok(None),
        };
        let Some((value, error_estimate, state)) = find(&scan)? else {
            return Ok(None);
        };
        let reference = self.reference(choice, p).ok().flatten();
        Ok(Some(LocalCritical {
            value,
            error_estimate,
            state,
            parameters: p.with(Control::Distance, value),
            margin: reference.as_ref().map(|r| r.parameters.kappa),
            reference,
        }))
    }
}

/// Where to look next between a start and the last place, `good` and `bad` being where the condition
/// was last seen to hold and not to hold; `None` where it holds at the end and halfway to it, or
/// nowhere: there is no event. `to_the_end` is where it held when the end was first looked at.
fn next_look(
    start: f64,
    last: f64,
    (good, bad): (&mut Option<f64>, Option<f64>),
    to_the_end: &mut Option<f64>,
) -> Option<f64> {
    let middle = 0.5 * (good.unwrap_or(start) + bad.unwrap_or(last));
    match (*good, bad) {
        (Some(held), None) if to_the_end.is_some() && held != last => None,
        (Some(held), None) if held == last => {
            let before = to_the_end.unwrap_or(start);
            *good = Some(before);
            Some(0.5 * (before + last))
        }
        // Twice as far from where it holds, or the end.
        (Some(held), None) => {
            let doubled = held + (held - start);
            if (doubled - middle) * (last - held) < 0.0 {
                return Some(doubled);
            }
            *to_the_end = *good;
            Some(last)
        }
        (None, Some(bad)) if bad == start => None,
        (None, Some(_)) => Some(start),
        _ => Some(middle),
    }
}
