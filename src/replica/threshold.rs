//! Critical values: events on continued branches (equations TH.1 to TH.7).

use super::ensemble::Ensemble;
use super::observables::{Ansatz, Observables};
use super::state::{Regime, State, Status};
use crate::math::{Feature, GaussMeasure, special};
use crate::model::{Control, Parameters, ZeroSet};
use crate::solve::continuation::{Branch, BranchPoint, Continuation};
use crate::solve::event::bracketed_root;
use crate::solve::{NotConverged, Solution, saddle};
use std::f64::consts::LN_2;

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
}

impl Quantity {
    /// Every quantity.
    pub const ALL: [Quantity; 6] = [
        Quantity::Capacity,
        Quantity::At,
        Quantity::Spinodal,
        Quantity::FirstOrder,
        Quantity::KappaMax,
        Quantity::Freezing,
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

type Found = Result<Option<Critical>, NotConverged>;

/// Smallest α that counts as "no load": everything is analytic there.
const LIGHTEST: f64 = 1e-3;

impl Ensemble {
    /// A critical value; the parameter that is critical is ignored in `p`.
    ///
    /// # Errors
    /// [`NotConverged`] if it should exist and was not reached. `Ok(None)` if it does not exist.
    pub fn threshold(&self, quantity: Quantity, p: &Parameters) -> Found {
        match quantity {
            Quantity::Capacity => self.capacity(p),
            Quantity::KappaMax => self.kappa_max(p),
            Quantity::At => self.at_line(p),
            Quantity::Spinodal => self.spinodal(p),
            Quantity::FirstOrder => self.first_order(p),
            Quantity::Freezing => self.freezing_point(p),
        }
    }

    fn capacity(&self, p: &Parameters) -> Found {
        let p = Parameters { beta: f64::INFINITY, ..*p };
        match self.zero_set(&p) {
            ZeroSet::Empty => Ok(None),
            ZeroSet::Point(_) if self.discrete() => Ok(None),
            _ if !self.discrete() => Ok(self.spherical_limit(&p)),
            ZeroSet::HalfLine(edge) => {
                // The annealed entropy bounds the capacity from above.
                let annealed = -LN_2 / special::ln_h(edge);
                let start = Parameters { alpha: 0.55 * annealed, ..p };
                self.zero_entropy(&start, Control::Alpha, (LIGHTEST * annealed, 40.0 * annealed))
            }
            ZeroSet::Point(_) => Ok(None),
        }
    }

    /// Capacity of spherical weights: q → 1, in closed form (TH.2).
    fn spherical_limit(&self, p: &Parameters) -> Option<Critical> {
        if let (ZeroSet::HalfLine(edge), true) = (self.zero_set(p), self.data.has_teacher()) {
            if edge <= 0.0 {
                return None;
            }
        }
        let (m, value) = self.spherical_capacity(p);
        let has_teacher = self.data.has_teacher();
        // The search for m leaves √ε in m, ε in the load, which is flat there.
        let error_estimate = 16.0 * f64::EPSILON * (1.0 + value) * if has_teacher { 8.0 } else { 1.0 };
        let teacher = |x: f64| has_teacher.then_some(x);
        let sine = (1.0 - m * m).sqrt();
        let angle = sine.atan2(m) / std::f64::consts::PI;
        let observables = Observables {
            q: Some(1.0),
            m: teacher(m),
            training_loss: Some(0.0),
            ground_state_energy: Some(0.0),
            generalization_error: teacher(angle),
            bayes_error: teacher(angle),
            at_stability: Some(1.0 - value * self.pinned_fraction(m, p)),
            ..Observables::default()
        };
        let state = State {
            regime: Regime::Satisfied,
            x: Vec::new(),
            observables,
            potential: f64::NEG_INFINITY,
            residual: 0.0,
            error_estimate,
            frozen_beta: None,
            discrete: false,
            planted: false,
            stats: Default::default(),
        };
        Some(Critical { value, error_estimate, state })
    }

    /// Fraction of patterns pinned to the edge of the zero set at capacity (AT.4).
    fn pinned_fraction(&self, m: f64, p: &Parameters) -> f64 {
        let sine = (1.0 - m * m).sqrt();
        match self.zero_set(p) {
            ZeroSet::HalfLine(edge) => {
                let mut features = self.data.features(m, sine);
                features.push(Feature { centre: edge, width: 0.0 });
                let below = |z: f64| if z < edge { self.data.weight(z, m, sine) } else { 0.0 };
                GaussMeasure::graded(&features).sum(below)
            }
            _ => 1.0,
        }
    }

    fn kappa_max(&self, p: &Parameters) -> Found {
        let p = Parameters { beta: f64::INFINITY, ..*p };
        if !self.discrete() {
            return self.spherical_kappa_max(&p);
        }
        // A margin light enough for the annealed entropy to lose only half of ln 2.
        let cost = |kappa: f64| -p.alpha * special::ln_h(kappa);
        let (mut low, mut high) = (-12.0, 60.0);
        for _ in 0..60 {
            let mid = 0.5 * (low + high);
            if cost(mid) < 0.5 * LN_2 { low = mid } else { high = mid }
        }
        self.zero_entropy(&Parameters { kappa: low, ..p }, Control::Kappa, (low - 10.0, low + 40.0))
    }

    fn spherical_kappa_max(&self, p: &Parameters) -> Found {
        let gap = |kappa: f64| -> Result<f64, NotConverged> {
            Ok((self.spherical_capacity(&Parameters { kappa, ..*p }).1 / p.alpha).ln())
        };
        let lowest = if self.data.has_teacher() { 1e-9 } else { -15.0 };
        let ends = ((lowest, gap(lowest)?), (60.0, gap(60.0)?));
        if ends.0.1 * ends.1.1 > 0.0 {
            return Ok(None);
        }
        let root = bracketed_root(ends.0, ends.1, self.tolerances.event, gap)?;
        let here = Parameters { kappa: root.x, ..*p };
        let Some(mut critical) = self.spherical_limit(&here) else { return Ok(None) };
        let slope = (gap(root.x + 1e-5)? - gap(root.x - 1e-5)?) / 2e-5;
        critical.error_estimate = critical.error_estimate / critical.value / slope.abs() + root.width;
        critical.value = root.x;
        Ok(Some(critical))
    }

    /// Zero of the entropy at β = ∞ along `control`: Newton on the entropy, whose slope along the
    /// branch is exact, from a start with positive entropy; by bracketing where that fails.
    fn zero_entropy(&self, start: &Parameters, control: Control, range: (f64, f64)) -> Found {
        let solution = self.solve_from(&self.starts()[0], start, control)?;
        if let Ok(critical) = self.newton_on_value(&solution, start, control) {
            return Ok(Some(critical));
        }
        let path = self.branch_along(start, control, range);
        let branch = path.follow(&solution.x, start.get(control), true)?;
        let crossing = branch.points.windows(2).find(|w| w[0].value > 0.0 && w[1].value <= 0.0);
        let Some([a, b]) = crossing else { return Ok(None) };
        self.between(a, b, start, control, |s, _| Ok(s.value)).map(Some)
    }

    fn newton_on_value(&self, from: &Solution, p: &Parameters, control: Control) -> Result<Critical, NotConverged> {
        let (mut s, mut p) = (from.clone(), *p);
        for _ in 0..30 {
            let value = p.get(control);
            let step = -s.value / s.control_slope;
            // The residual entropy must be explained by rounding before the answer counts.
            if step.abs() <= self.tolerances.event * (1.0 + value.abs()) {
                let error_estimate = s.value_error / s.control_slope.abs() + step.abs();
                let state = self.state(s, &p);
                return Ok(Critical { value, error_estimate, state });
            }
            let cap = if control == Control::Kappa { 0.5 } else { 0.6 * value };
            (s, p) = self.step_along(&s, &p, control, step.clamp(-cap, cap))?;
        }
        Err(NotConverged::Stalled { residual: s.value.abs() })
    }

    /// The saddle point a step further along the branch, or less far where that fails.
    fn step_along(&self, s: &Solution, p: &Parameters, control: Control, step: f64) -> Result<(Solution, Parameters), NotConverged> {
        let slope = s.tangent.clone().unwrap_or_else(|| vec![0.0; s.x.len()]);
        let mut step = step;
        loop {
            let next = p.with(control, p.get(control) + step);
            let guess: Vec<f64> = s.x.iter().zip(&slope).map(|(x, t)| x + (t * step).clamp(-1.0, 1.0)).collect();
            match saddle::solve(&*self.rs, &guess, &next, control, &self.tolerances) {
                Ok(solution) => return Ok((solution, next)),
                Err(error) if step.abs() < 1e-3 * (1.0 + p.get(control).abs()) => return Err(error),
                Err(_) => step *= 0.5,
            }
        }
    }

    /// Zero of an event between two branch points.
    fn between(
        &self,
        a: &BranchPoint,
        b: &BranchPoint,
        p: &Parameters,
        control: Control,
        event: impl Fn(&Solution, &Parameters) -> Result<f64, NotConverged>,
    ) -> Result<Critical, NotConverged> {
        let solve_at = |value: f64| -> Result<Solution, NotConverged> {
            let t = (value - a.control) / (b.control - a.control);
            let guess: Vec<f64> = a.x.iter().zip(&b.x).map(|(a, b)| a + t * (b - a)).collect();
            saddle::solve(&*self.rs, &guess, &p.with(control, value), control, &self.tolerances)
        };
        let value_at = |value: f64| solve_at(value).and_then(|s| event(&s, &p.with(control, value)));
        let ends = ((a.control, value_at(a.control)?), (b.control, value_at(b.control)?));
        let root = bracketed_root(ends.0, ends.1, self.tolerances.event, value_at)?;
        let here = p.with(control, root.x);
        let solution = solve_at(root.x)?;
        let slope = (ends.1.1 - ends.0.1) / (ends.1.0 - ends.0.0);
        let error_estimate = (solution.value_error + root.value.abs()) / slope.abs() + root.width;
        Ok(Critical { value: root.x, error_estimate, state: self.state(solution, &here) })
    }

    fn from_light_load(&self, p: &Parameters) -> Result<(Branch, Continuation<'_, dyn Ansatz>), NotConverged> {
        let light = self.lightest(p);
        let here = Parameters { alpha: light, ..*p };
        let solution = self.solve_from(&self.starts()[0], &here, Control::Alpha)?;
        let path = self.alpha_branch(&here, (0.5 * light, 1e6));
        let branch = path.follow(&solution.x, light, true)?;
        Ok((branch, path))
    }

    /// An α at which patterns hardly matter: each costs at most about α entropies.
    fn lightest(&self, p: &Parameters) -> f64 {
        match self.zero_set(p) {
            ZeroSet::HalfLine(edge) if p.beta.is_infinite() => {
                (-0.05 / special::ln_h(edge)).clamp(LIGHTEST, 1e5)
            }
            _ => 0.05 / (1.0 + p.beta.min(10.0)),
        }
    }

    fn at_line(&self, p: &Parameters) -> Found {
        let light = Parameters { alpha: self.lightest(p), ..*p };
        match self.regime(&light) {
            Regime::Thermal | Regime::Satisfied => {}
            _ => return self.at_of_ground_states(p),
        }
        let (branch, _) = self.from_light_load(p)?;
        let event = |s: &Solution, at: &Parameters| Ok(self.replicon(&s.x, at));
        let replicon = |point: &BranchPoint| self.replicon(&point.x, &Parameters { alpha: point.control, ..*p });
        let mut last = (0, replicon(&branch.points[0]));
        for (i, point) in branch.points.iter().enumerate().skip(1) {
            if !point.forward() {
                break;
            }
            let here = replicon(point);
            if last.1 > 0.0 && here <= 0.0 {
                let mut critical = self.between(&branch.points[last.0], point, p, Control::Alpha, event)?;
                let rule = self.rs.freeze(&critical.state.x, &Parameters { alpha: critical.value, ..*p });
                let at = Parameters { alpha: critical.value, ..*p };
                let coarse = self.rs.at_stability(&critical.state.x, &at, &rule);
                let fine = self.rs.at_stability(&critical.state.x, &at, &rule.refined());
                let slope = (here - last.1) / (point.control - branch.points[last.0].control);
                critical.error_estimate += ((coarse - fine).abs() + 1e-14) / slope.abs();
                return Ok(Some(critical));
            }
            last = (i, here);
        }
        if self.regime(&Parameters { alpha: 1e3, ..*p }) == Regime::GroundState {
            return self.at_of_ground_states(p);
        }
        Ok(None)
    }

    fn replicon(&self, x: &[f64], p: &Parameters) -> f64 {
        self.rs.at_stability(x, p, &self.rs.freeze(x, p).refined())
    }

    /// AT point of the zero-temperature description, scanned upwards in α from where it begins.
    fn at_of_ground_states(&self, p: &Parameters) -> Found {
        if self.discrete() {
            return Ok(None);
        }
        let at = |alpha: f64| -> Result<f64, NotConverged> {
            let here = Parameters { alpha, ..*p };
            let s = self.solve_ground(&here)?;
            Ok(self.ground.at_stability(&s.x, &here, &self.ground.freeze(&s.x, &here).refined()))
        };
        let mut alpha = match self.zero_set(p) {
            ZeroSet::Empty => 0.02,
            _ => self.spherical_capacity(p).1 * 1.0001,
        };
        let mut last = at(alpha)?;
        while alpha < 1e4 {
            let next = alpha * 1.25;
            let here = at(next)?;
            if last * here < 0.0 {
                let root = bracketed_root((alpha, last), (next, here), self.tolerances.event, at)?;
                let here_p = Parameters { alpha: root.x, ..*p };
                let solution = self.solve_ground(&here_p)?;
                let slope = (here - last) / (next - alpha);
                let error_estimate = (1e-14 + root.value.abs()) / slope.abs() + root.width;
                let state = self.ground_state(solution, &here_p);
                return Ok(Some(Critical { value: root.x, error_estimate, state }));
            }
            (alpha, last) = (next, here);
        }
        Ok(None)
    }

    fn spinodal(&self, p: &Parameters) -> Found {
        if !matches!(self.regime(&Parameters { alpha: self.lightest(p), ..*p }), Regime::Thermal | Regime::Satisfied) {
            return Ok(None);
        }
        let (branch, path) = self.from_light_load(p)?;
        let Some(fold) = path.folds(&branch).into_iter().next() else { return Ok(None) };
        let here = Parameters { alpha: fold.point.control, ..*p };
        let rule = self.rs.freeze(&fold.point.x, &here).refined();
        let at = self.rs.evaluate(&fold.point.x, &here, Control::Alpha, &rule);
        let residual = crate::solve::problem::norm(&self.rs.residual(&fold.point.x, &at.gradient));
        let solution = Solution {
            x: fold.point.x.clone(),
            value: at.value,
            value_error: fold.error,
            residual,
            control_slope: at.control_slope,
            tangent: None,
            stats: Default::default(),
        };
        let state = self.state(solution, &here);
        Ok(Some(Critical { value: fold.point.control, error_estimate: fold.error, state }))
    }

    fn first_order(&self, p: &Parameters) -> Found {
        if !matches!(self.regime(&Parameters { alpha: self.lightest(p), ..*p }), Regime::Thermal | Regime::Satisfied) {
            return Ok(None);
        }
        let (branch, _) = self.from_light_load(p)?;
        let turn = branch.points.iter().position(|point| !point.forward()).unwrap_or(branch.points.len());
        let connected = &branch.points[..turn];
        if let Some(perfect) = self.perfect(p) {
            let gap = |point: &BranchPoint| point.value - perfect.potential;
            let crossing = connected.windows(2).find(|w| gap(&w[0]) > 0.0 && gap(&w[1]) <= 0.0);
            let Some([a, b]) = crossing else { return Ok(None) };
            let event = |s: &Solution, _: &Parameters| Ok(s.value - perfect.potential);
            return self.between(a, b, p, Control::Alpha, event).map(Some);
        }
        // The third sheet of an S-shaped branch: it grows again after the second fold.
        let Some(again) = branch.points[turn..].iter().position(|point| point.forward()) else { return Ok(None) };
        let upper = &branch.points[turn + again..];
        let on_upper = |alpha: f64| -> Result<Solution, NotConverged> {
            let pair = upper.windows(2).find(|w| w[0].control <= alpha && alpha <= w[1].control);
            let Some([a, b]) = pair else { return Err(NotConverged::Escaped) };
            let t = (alpha - a.control) / (b.control - a.control);
            let guess: Vec<f64> = a.x.iter().zip(&b.x).map(|(a, b)| a + t * (b - a)).collect();
            saddle::solve(&*self.rs, &guess, &Parameters { alpha, ..*p }, Control::Alpha, &self.tolerances)
        };
        let event = |s: &Solution, at: &Parameters| Ok(s.value - on_upper(at.alpha)?.value);
        for pair in connected.windows(2) {
            let gap = |point: &BranchPoint| on_upper(point.control).map(|s| point.value - s.value);
            if let (Ok(a), Ok(b)) = (gap(&pair[0]), gap(&pair[1])) {
                if a > 0.0 && b <= 0.0 {
                    return self.between(&pair[0], &pair[1], p, Control::Alpha, event).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn freezing_point(&self, p: &Parameters) -> Found {
        if !self.discrete() {
            return Ok(None);
        }
        let Some((value, error_estimate, state)) = self.freezing(p)? else { return Ok(None) };
        Ok(Some(Critical { value, error_estimate, state }))
    }
}
