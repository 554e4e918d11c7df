//! Critical values of local entropy curves: where they bend, vanish or end (FP.14, FP.15, LD.10).

use super::model::{Choice, LocalModel};
use super::point::LocalState;
use super::reference::{NoReference, Reference};
use super::scan::{Event, Extreme, Scan};
use crate::model::{Control, Parameters};
use crate::replica::threshold::Quantity;
use crate::solve::NotConverged;
use crate::solve::event::bracketed_root;

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

type Found = Result<Option<LocalCritical>, NotConverged>;

/// Accuracy of critical values, relative to `1 + |value|`.
const EVENT: f64 = 3e-10;
/// Values of the control that are looked at before its event is bracketed, as fractions of its range.
const LOOKS: usize = 9;
/// The same for replicas, which are costly, in the narrower range where they break up.
const LOOKS_OF_REPLICAS: usize = 4;

/// Where a critical control parameter is looked for, and what happens there.
struct Search<'a> {
    model: &'a LocalModel,
    extreme: Extreme,
    looks: usize,
    /// Parameters and reference at a value of the control.
    at: &'a dyn Fn(f64) -> (Parameters, Choice),
}

impl Search<'_> {
    /// The extreme of the curve at a value of the control, and where on the curve it is.
    fn event(
        &self,
        value: f64,
        hint: Option<&LocalState>,
    ) -> Result<Option<(f64, LocalState)>, NotConverged> {
        let (p, choice) = (self.at)(value);
        match Scan::new(self.model, &choice, &p) {
            Ok(Some(scan)) => scan.extreme(self.extreme, hint),
            Ok(None) | Err(NoReference::Absent) => Ok(None),
            Err(NoReference::NotConverged(error)) => Err(error),
        }
    }

    /// The value of the control in `range` at which the extreme, positive at `range.0`, vanishes.
    fn root(&self, range: (f64, f64)) -> Found {
        let mut good: Option<(f64, f64)> = None;
        let mut bad: Option<(f64, f64)> = None;
        let mut hint: Option<LocalState> = None;
        for i in 0..self.looks {
            let t = i as f64 / (self.looks as f64 - 0.5);
            let value = range.0 + t * (range.1 - range.0);
            let Some((extreme, state)) = self.event(value, None)? else {
                continue;
            };
            if extreme > 0.0 {
                good = Some((value, extreme));
            } else if good.is_some() {
                bad = Some((value, extreme));
                hint = Some(state);
                break;
            } else {
                // Broken from the start.
                return Ok(None);
            }
        }
        let (Some(good), Some(bad)) = (good, bad) else {
            return Ok(None);
        };
        let missing = NotConverged::Escaped;
        let root = bracketed_root(good, bad, EVENT, |value| {
            let (extreme, state) = self.event(value, hint.as_ref())?.ok_or(missing)?;
            hint = Some(state);
            Ok(extreme)
        })?;
        // Once more on the whole curve: nothing else on it may be lower.
        let (residue, state) = self.event(root.x, None)?.ok_or(missing)?;
        let slope = (bad.1 - good.1) / (bad.0 - good.0);
        let (parameters, choice) = (self.at)(root.x);
        let reference = self.model.reference(&choice, &parameters).ok().flatten();
        let margin = reference.as_ref().map(|r| r.parameters.kappa);
        let noise = match self.extreme {
            Extreme::Slope => state.error_estimate / state.distance,
            Extreme::Entropy => state.error_estimate,
        };
        Ok(Some(LocalCritical {
            value: root.x,
            error_estimate: (residue.abs() + noise) / slope.abs() + root.width,
            state,
            parameters,
            reference,
            margin,
        }))
    }
}

impl LocalModel {
    /// A critical value; the parameter that is critical is ignored in `p`.
    ///
    /// # Errors
    /// [`NotConverged`] if it should exist and was not reached. `Ok(None)` if it does not exist.
    pub fn threshold(&self, quantity: LocalQuantity, choice: &Choice, p: &Parameters) -> Found {
        let isolation = matches!(
            quantity,
            LocalQuantity::IsolationDistance
                | LocalQuantity::IsolationLoad
                | LocalQuantity::IsolationMargin
        );
        // Continuous weights always have a neighbourhood, however small its volume.
        if isolation && !self.ensemble().discrete() {
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

    /// Looks for α between light load and the capacity of probe and reference.
    fn along_load(&self, extreme: Extreme, choice: &Choice, p: &Parameters) -> Found {
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
        let at = |alpha: f64| (Parameters { alpha, ..*p }, choice.clone());
        let (from, looks) = match choice {
            Choice::Robust(_) => (0.85, LOOKS_OF_REPLICAS),
            _ => (0.55, LOOKS),
        };
        let search = Search {
            model: self,
            extreme,
            looks,
            at: &at,
        };
        match search.root((from * most, most))? {
            Some(critical) => Ok(Some(critical)),
            None => search.root((0.02 * most, from * most)),
        }
    }

    /// Looks for the margin of the reference between that of the probe and the largest one.
    fn along_margin(&self, p: &Parameters) -> Found {
        let largest = match self.reference(&Choice::LargestMargin, p) {
            Ok(Some(reference)) => reference.parameters.kappa,
            Ok(None) | Err(NoReference::Absent) => return Ok(None),
            Err(NoReference::NotConverged(error)) => return Err(error),
        };
        // From the largest margin downwards, in a logarithmic scale of the excess over κ.
        let margin = |t: f64| p.kappa + (largest - p.kappa) * (-t).exp();
        let at = |t: f64| (*p, Choice::Margin(margin(t)));
        let search = Search {
            model: self,
            extreme: Extreme::Entropy,
            looks: LOOKS,
            at: &at,
        };
        let Some(mut critical) = search.root((0.0, 9.0))? else {
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
    ) -> Found {
        let scan = match Scan::new(self, choice, p) {
            Ok(Some(scan)) => scan,
            Ok(None) | Err(NoReference::Absent) => return Ok(None),
            Err(NoReference::NotConverged(error)) => return Err(error),
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
