//! Critical values: events on continued branches (equations TH.1 to TH.7).

use super::ensemble::Ensemble;
use super::reason::{Missing, Reason};
use super::state::{State, Status};
use crate::math::special;
use crate::model::prior::{Alphabet, Norm};
use crate::model::{Control, Parameters, loss::ZeroSet};
use crate::solve::continuation::{Branch, BranchPoint, Stop};
use crate::solve::event::{self, Event, Row, bracketed_root};
use crate::solve::{Evaluation, NotConverged, Solution, saddle};

/// What is critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Largest α with solutions at β = ∞: zero entropy (binary), q → 1 (spherical).
    Capacity,
    /// Largest margin with solutions at given α: the inverse of the capacity.
    KappaMax,
    /// α at which the replicon vanishes (de Almeida–Thouless).
    At,
    /// α at which the branch connected to α → 0 ends in a fold.
    Spinodal,
    /// α at which two coexisting states have equal free entropy.
    FirstOrder,
    /// β at which the entropy of discrete weights vanishes.
    Freezing,
    /// Largest α at which a mixture can be separated: its capacity.
    Interpolation,
}

impl Quantity {
    /// Every quantity.
    pub const ALL: [Quantity; 7] = [
        Quantity::Capacity,
        Quantity::At,
        Quantity::Spinodal,
        Quantity::FirstOrder,
        Quantity::KappaMax,
        Quantity::Freezing,
        Quantity::Interpolation,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Capacity => "capacity",
            Quantity::At => "at",
            Quantity::Spinodal => "spinodal",
            Quantity::FirstOrder => "first-order",
            Quantity::KappaMax => "kappa-max",
            Quantity::Freezing => "freezing",
            Quantity::Interpolation => "interpolation",
        }
    }

    /// The parameter whose critical value is the answer.
    pub fn control(self) -> Control {
        match self {
            Quantity::KappaMax => Control::Kappa,
            Quantity::Freezing => Control::Beta,
            _ => Control::Alpha,
        }
    }
}

/// A critical value.
#[derive(Clone, Debug)]
pub struct Critical {
    /// The critical value of [`Quantity::control`].
    pub value: f64,
    /// Its absolute error: that of the event divided by its slope, and the final bracket.
    pub error_estimate: f64,
    /// The state there.
    pub state: State,
}

impl Critical {
    /// Verdict on this row. A vanishing replicon is the definition of [`Quantity::At`], not a flaw.
    pub fn status(&self) -> Status {
        self.state.status()
    }
}

/// Smallest α that counts as "no load": everything is analytic there.
pub(super) const LIGHTEST: f64 = 1e-3;
/// Logarithm of the largest β at which freezing is looked for, `ln 10⁶⁰`.
const COLDEST: f64 = 138.155_105_579_642_74;

/// Step of the difference that tells how fast a state moves with the control parameter, relative to
/// parameters above one: about the square root of a rounding error, which leaves half of the digits.
const RATE_STEP: f64 = 1e-7;

/// Shares of the entropy without patterns that margins to start from cost.
const SHARES: [f64; 3] = [0.5, 0.2, 0.05];

impl Ensemble {
    /// A critical value; the parameter that is critical is ignored in `p`.
    ///
    /// # Errors
    /// [`Missing`]: that it does not exist, or that it was not reached, and where it was looked for.
    pub fn threshold(&self, quantity: Quantity, p: &Parameters) -> Result<Critical, Missing> {
        match quantity {
            _ if self.ridge.is_some() => Err(Missing::never(Reason::NoTheory)),
            Quantity::Capacity | Quantity::Interpolation => self.capacity(p),
            Quantity::KappaMax => self.kappa_max(p),
            Quantity::At => self.at_line(p),
            Quantity::Spinodal => self.spinodal(p),
            Quantity::FirstOrder => self.first_order(p),
            Quantity::Freezing => self.freezing_point(p),
        }
    }

    /// The critical values at several points. Each is that of [`threshold`](Self::threshold): none
    /// depends on the others.
    pub fn thresholds(
        &self,
        quantity: Quantity,
        points: &[Parameters],
    ) -> Vec<Result<Critical, Missing>> {
        let at = |p| self.threshold(quantity, p);
        points.iter().map(at).collect()
    }

    fn capacity(&self, p: &Parameters) -> Result<Critical, Missing> {
        let p = Parameters {
            beta: f64::INFINITY,
            ..*p
        };
        let set = self.zero_set(&p);
        match set {
            ZeroSet::Empty => return Err(Missing::never(Reason::NoZeroEnergy)),
            ZeroSet::Point(_) if self.discrete() => return Err(Missing::never(Reason::Equalities)),
            // The teacher meets every margin up to zero, whatever the load.
            ZeroSet::HalfLine(edge) if edge <= 0.0 && self.disorder.has_teacher() => {
                return Err(Missing::never(Reason::AlwaysSatisfied));
            }
            _ if self.some_length_satisfies(&p) => {
                return Err(Missing::never(Reason::SomeLengthSatisfies));
            }
            _ if !self.discrete() => return self.spherical_limit(&p),
            // Where configurations have weights, their logarithm is no entropy (FN.20).
            _ if !self.counts() => return Err(Missing::never(Reason::NoTheory)),
            _ => {}
        }
        // The annealed entropy bounds the capacity from above.
        let annealed = self.free_entropy_without_patterns / self.cost_of_a_pattern(&p);
        let range = (LIGHTEST * annealed, 40.0 * annealed);
        let start = Parameters {
            alpha: 0.6 * annealed,
            ..p
        };
        self.zero_entropy(&start, Control::Alpha, range)
    }

    /// Whether the prior counts configurations: every value of a weight has the same.
    fn counts(&self) -> bool {
        match self.prior.alphabet() {
            Alphabet::Atoms(atoms) => atoms.iter().all(|atom| atom.1 == atoms[0].1),
            Alphabet::Continuous => false,
        }
    }

    /// Minus the logarithm of the probability that a pattern of light load is satisfied: its
    /// stability is Gaussian with the variance of the prior's own mean square.
    pub(super) fn cost_of_a_pattern(&self, p: &Parameters) -> f64 {
        let scale = self.prior.second_moment().sqrt();
        match self.zero_set(p) {
            ZeroSet::HalfLine(edge) => -special::ln_h(edge / scale),
            ZeroSet::Interval(low, high) => {
                -(special::h(low / scale) - special::h(high / scale)).ln()
            }
            ZeroSet::Point(_) | ZeroSet::Empty => f64::INFINITY,
        }
    }

    fn kappa_max(&self, p: &Parameters) -> Result<Critical, Missing> {
        let p = Parameters {
            beta: f64::INFINITY,
            ..*p
        };
        let at = |kappa: f64| p.with(Control::Kappa, kappa);
        let (zero, one) = (self.zero_set(&at(0.0)), self.zero_set(&at(1.0)));
        if zero == one {
            // No margin, nothing to be largest.
            return Err(Missing::never(Reason::NoZeroEnergy));
        }
        if self.cost_of_a_pattern(&at(1.0)) < self.cost_of_a_pattern(&at(0.0)) {
            // Wider zero sets have more solutions: there is no largest.
            return Err(Missing::never(Reason::NoCrossing));
        }
        if !self.discrete() && self.prior.norm() == Norm::Free {
            // Margins are those of some length: below the capacity none is the largest.
            return Err(Missing::never(Reason::NoTheory));
        }
        if !self.discrete() {
            return self.spherical_kappa_max(&p);
        }
        let mut found = Err(Missing::never(Reason::NoCrossing));
        for share in SHARES {
            let low = self.lighter(&p, share * self.free_entropy_without_patterns);
            found = self.zero_entropy(&at(low), Control::Kappa, (low - 10.0, low + 40.0));
            if found.is_ok() {
                break;
            }
        }
        found
    }

    /// The margin at which the annealed entropy loses this much.
    fn lighter(&self, p: &Parameters, loss: f64) -> f64 {
        let cost = |kappa: f64| p.alpha * self.cost_of_a_pattern(&p.with(Control::Kappa, kappa));
        let (mut low, mut high) = (-60.0, 60.0);
        for _ in 0..60 {
            let mid = 0.5 * (low + high);
            if cost(mid) < loss {
                low = mid
            } else {
                high = mid
            }
        }
        low
    }

    /// Zero of the entropy at β = ∞ along `control`, from a start with positive entropy: Newton on
    /// the saddle point and the entropy at once (S.23); along the branch where that fails.
    fn zero_entropy(
        &self,
        start: &Parameters,
        control: Control,
        range: (f64, f64),
    ) -> Result<Critical, Missing> {
        if let Ok((x, _)) = self.approach(&self.light_start(start), start, &self.tolerances)
            && let Ok(event) = self.empty(&x, start, control)
            && event.slope < 0.0
            && event.control < range.1
            && !self.is_barrier(&event.solution)
        {
            return Ok(self.critical(event, start, control));
        }
        let light = if control == Control::Alpha {
            Parameters {
                alpha: range.0,
                ..*start
            }
        } else {
            *start
        };
        let first = self
            .connected(&light)
            .map_err(|missing| missing.within(control, range))?;
        let below = if control == Control::Kappa {
            range.0
        } else {
            0.5 * range.0
        };
        let path = self.branch_along(&light, control, (below, range.1));
        let empty = |points: &[BranchPoint]| points.last().is_some_and(|p| p.value <= 0.0);
        let branch = path
            .follow_until(&first.x, light.get(control), true, &mut |p| empty(p))
            .map_err(|error| Missing::from(error).within(control, range))?;
        let pair = branch.points.windows(2).last();
        let Some([a, b]) = pair.filter(|w| w[0].value > 0.0 && w[1].value <= 0.0) else {
            return Err(unmet(&branch, control, Reason::NoCrossing));
        };
        let value = crossing((a.control, a.value), (b.control, b.value));
        let guess = a.towards(b, value).unwrap_or_else(|| a.x.clone());
        let event = self
            .empty(&guess, &start.with(control, value), control)
            .map_err(|error| Missing::from(error).within(control, (a.control, b.control)))?;
        Ok(self.critical(event, start, control))
    }

    fn empty(&self, x: &[f64], p: &Parameters, control: Control) -> Result<Event, NotConverged> {
        let row = |at: &Evaluation, _: &Parameters| Row::value(at, 0.0);
        event::locate(&*self.rs, x, p, control, &self.tolerances, &row)
    }

    /// The critical value at a located event, with its state, whose error has that of the critical value
    /// in it (TH.30).
    pub(super) fn critical(&self, event: Event, p: &Parameters, control: Control) -> Critical {
        let Event {
            control: value,
            error,
            solution,
            ..
        } = event;
        let mut state = self.state(solution.clone(), &p.with(control, value));
        let rate = self.rate(&solution, p, (control, value));
        state.error_estimate += rate * error;
        Critical {
            value,
            error_estimate: error,
            state,
        }
    }

    /// How fast what is measured moves along a branch with its control parameter: by the difference
    /// over a step along the tangent, on the same few nodes. Zero at a fold, which has no tangent.
    fn rate(&self, at: &Solution, p: &Parameters, (control, value): (Control, f64)) -> f64 {
        let Some(tangent) = &at.tangent else {
            return 0.0;
        };
        let step = RATE_STEP * value.abs().max(1.0);
        let along = at.x.iter().zip(tangent);
        let x: Vec<f64> = along.map(|(x, t)| x + step * t).collect();
        let moved = at.value + step * at.control_slope;
        let (here, there) = (p.with(control, value), p.with(control, value + step));
        let apart = self.rs.apart((&at.x, at.value, &here), (&x, moved, &there));
        apart / step
    }

    /// Zero of a function of saddle points between two points of a branch, by bracketing.
    pub(super) fn between(
        &self,
        a: &BranchPoint,
        b: &BranchPoint,
        p: &Parameters,
        function: impl Fn(&Solution, &Parameters) -> f64,
    ) -> Result<(Event, f64), NotConverged> {
        let control = a.parameter;
        let solve_at = |value: f64| {
            let guess = a.towards(b, value).ok_or(NotConverged::Escaped)?;
            let here = p.with(control, value);
            saddle::solve(&*self.rs, &guess, &here, control, &self.tolerances)
        };
        let value_at = |value: f64| -> Result<f64, NotConverged> {
            Ok(function(&solve_at(value)?, &p.with(control, value)))
        };
        let ends = (
            (a.control, value_at(a.control)?),
            (b.control, value_at(b.control)?),
        );
        let root = bracketed_root(ends.0, ends.1, self.tolerances.event, value_at)?;
        let slope = (ends.1.1 - ends.0.1) / (ends.1.0 - ends.0.0);
        let solution = solve_at(root.x)?;
        let event = Event {
            control: root.x,
            error: root.value.abs() / slope.abs() + root.width,
            slope,
            solution,
        };
        Ok((event, slope))
    }

    fn freezing_point(&self, p: &Parameters) -> Result<Critical, Missing> {
        if !self.discrete() {
            return Err(Missing::never(Reason::NotDiscrete));
        }
        self.freezing(p)
    }

    /// Range of β in which freezing is looked for.
    pub(super) fn freezing_range(&self, p: &Parameters) -> (f64, f64) {
        ((0.2 / p.alpha).clamp(0.01, 1.0), COLDEST.exp())
    }
}

/// Zero of the straight line through two points.
pub(super) fn crossing((a, fa): (f64, f64), (b, fb): (f64, f64)) -> f64 {
    a + (b - a) * fa / (fa - fb)
}

/// Why an event was not met on a branch, and how far it was followed.
pub(super) fn unmet(branch: &Branch, control: Control, reason: Reason) -> Missing {
    let controls = || branch.points.iter().map(|p| p.control);
    let low = controls().fold(f64::INFINITY, f64::min);
    let range = (low, controls().fold(low, f64::max));
    match branch.stop {
        Stop::Stuck | Stop::Length => {
            Missing::lost(Reason::BranchLost, f64::INFINITY, control, range)
        }
        Stop::Asked if reason != Reason::NoFold => {
            Missing::absent(Reason::BranchEnds, control, range)
        }
        _ => Missing::absent(reason, control, range),
    }
}
