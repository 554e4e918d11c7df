//! Which description a model needs at given parameters, and its states there.

use super::ground_state::GroundState;
use super::observables::{Ansatz, Observables};
use super::rs::Rs;
use super::state::{Regime, State};
use crate::math::{Feature, average};
use crate::model::{Control, Data, Loss, Parameters, Prior, ZeroSet};
use crate::solve::continuation::Continuation;
use crate::solve::event::bracketed_root;
use crate::solve::{NotConverged, Solution, Tolerances, anderson, fixed_point, saddle};

/// What the phase diagram needs to know about a loss, in `f64`.
trait Cost: Send + Sync {
    fn zero_set(&self, p: &Parameters) -> ZeroSet;
    fn jumps(&self) -> bool;
    fn features(&self, p: &Parameters) -> Vec<Feature>;
    fn energy(&self, delta: f64, p: &Parameters) -> f64;
}

impl<L: Loss> Cost for L {
    fn zero_set(&self, p: &Parameters) -> ZeroSet {
        Loss::zero_set(self, p)
    }
    fn jumps(&self) -> bool {
        Loss::jumps(self)
    }
    fn features(&self, p: &Parameters) -> Vec<Feature> {
        Loss::features(self, p)
    }
    fn energy(&self, delta: f64, p: &Parameters) -> f64 {
        Loss::energy(self, delta, p)
    }
}

/// A model with everything that is computed from it.
///
/// ```
/// use quenched::model::{Control, Data, Parameters, binary::Binary, hinge::Hinge};
/// use quenched::replica::{ensemble::Ensemble, sweep::Branches};
///
/// let svm = Ensemble::new(Binary, Hinge, Data::Storage);
/// let p = Parameters { beta: 2.0, ..Parameters::default() };
/// let outcome = svm.sweep(&p, Control::Alpha, &[0.3, 1.0], Branches::Dominant);
/// assert!(outcome.iter().all(|o| o.dominant().is_some()));
/// ```
pub struct Ensemble {
    /// Finite temperature, or the solutions at β = ∞.
    pub rs: Box<dyn Ansatz>,
    /// Zero temperature, smooth losses, spherical weights.
    pub ground: Box<dyn Ansatz>,
    /// Law of the labels.
    pub data: Data,
    /// Tolerances of every solver used.
    pub tolerances: Tolerances,
    cost: Box<dyn Cost>,
    discrete: bool,
    free_entropy_without_patterns: f64,
}

impl Ensemble {
    /// The model of this prior, loss and data, with default tolerances.
    pub fn new<P: Prior + 'static, L: Loss + 'static>(prior: P, loss: L, data: Data) -> Self {
        let (discrete, entropy) = (prior.is_discrete(), prior.free_entropy_without_patterns());
        let cost = Box::new(loss.clone());
        let (rs, ground): (Box<dyn Ansatz>, Box<dyn Ansatz>) = if data.has_teacher() {
            let ground = GroundState::<L, 3> { loss: loss.clone(), data };
            (Box::new(Rs::<P, L, 5>::new(prior, loss, data)), Box::new(ground))
        } else {
            let ground = GroundState::<L, 2> { loss: loss.clone(), data };
            (Box::new(Rs::<P, L, 3>::new(prior, loss, data)), Box::new(ground))
        };
        Ensemble {
            rs,
            ground,
            data,
            tolerances: Tolerances::default(),
            cost,
            discrete,
            free_entropy_without_patterns: entropy,
        }
    }

    /// Whether weights are discrete.
    pub fn discrete(&self) -> bool {
        self.discrete
    }

    /// The stabilities that cost nothing.
    pub fn zero_set(&self, p: &Parameters) -> ZeroSet {
        self.cost.zero_set(p)
    }

    /// Whether the energy jumps.
    pub fn jumps(&self) -> bool {
        self.cost.jumps()
    }

    /// Which description applies. At β = ∞ a loss with a zero set is `Satisfied` where solutions
    /// exist, which on the sphere is decided by [`satisfiability`](Self::satisfiability), and for
    /// discrete weights by the sign of the entropy, later.
    pub fn regime(&self, p: &Parameters) -> Regime {
        if p.beta == 0.0 {
            return Regime::Free;
        }
        if p.beta.is_finite() {
            return Regime::Thermal;
        }
        let zero_set = self.zero_set(p);
        let satisfiable = match zero_set {
            ZeroSet::Empty => false,
            // A discrete weight vector cannot meet real-valued equalities.
            ZeroSet::Point(_) if self.discrete() => false,
            _ => self.jumps() || self.discrete() || self.satisfiability(p) > 0.0,
        };
        match (satisfiable, self.discrete()) {
            (true, _) => Regime::Satisfied,
            (false, true) => Regime::Frozen,
            (false, false) => Regime::GroundState,
        }
    }

    /// `E_m dist²(z, zero set)` of the cavity field at teacher overlap `m` (TH.2).
    fn squared_distance(&self, m: f64, p: &Parameters) -> f64 {
        let zero_set = self.zero_set(p);
        let sine = (1.0 - m * m).sqrt();
        let data = self.data;
        let mut features = data.features(m, sine);
        let (edge, both_sides) = match zero_set {
            ZeroSet::HalfLine(edge) => (edge, false),
            ZeroSet::Point(y) => (y, true),
            ZeroSet::Empty => return f64::INFINITY,
        };
        features.push(Feature { centre: edge, width: 0.0 });
        let distance = |z: f64| if both_sides || z < edge { edge - z } else { 0.0 };
        average(&features, |z| data.weight(z, m, sine) * distance(z).powi(2)).value
    }

    /// Teacher overlap at which spherical weights can satisfy most patterns, and that number per
    /// weight: `max_m (1-m²)/E_m dist²`, the RS capacity (TH.2).
    pub fn spherical_capacity(&self, p: &Parameters) -> (f64, f64) {
        let load = |m: f64| (1.0 - m * m) / self.squared_distance(m, p);
        if !self.data.has_teacher() {
            return (0.0, load(0.0));
        }
        // Golden-section search; the load is unimodal in m for a convex zero set.
        let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
        let (mut low, mut high): (f64, f64) = (0.0, 1.0 - 1e-9);
        for _ in 0..90 {
            let (a, b) = (high - golden * (high - low), low + golden * (high - low));
            if load(a) > load(b) { high = b } else { low = a }
        }
        let m = 0.5 * (low + high);
        (m, load(m))
    }

    /// Positive where spherical weights can satisfy every pattern, according to replica symmetry.
    pub fn satisfiability(&self, p: &Parameters) -> f64 {
        match self.zero_set(p) {
            // The teacher itself is a solution, and so is everything near it.
            ZeroSet::HalfLine(edge) if edge <= 0.0 && self.data.has_teacher() => 1.0,
            _ => self.spherical_capacity(p).1 / p.alpha - 1.0,
        }
    }

    /// A start with small overlap, and one close to the teacher (or to q = 1).
    pub fn starts(&self) -> [Vec<f64>; 2] {
        if self.data.has_teacher() {
            [vec![-2.0, -1.5, 0.3, 0.3], vec![4.0, 3.0, 2.0, 4.0]]
        } else {
            [vec![-2.0, -1.5], vec![3.0, 3.0]]
        }
    }

    /// The saddle point of [`Rs`] reached from a start: Anderson iteration (the damped one where that
    /// wanders), then Newton.
    ///
    /// # Errors
    /// [`NotConverged`] from either.
    pub fn solve_from(&self, start: &[f64], p: &Parameters, control: Control) -> Result<Solution, NotConverged> {
        let target = self.tolerances.handover;
        let (x, stats) = anderson::anderson(&*self.rs, start, p, target, &self.tolerances)
            .or_else(|error| match error {
                NotConverged::Escaped => Err(error),
                _ => fixed_point::fixed_point(&*self.rs, start, p, 0.5, target, &self.tolerances),
            })?;
        let mut solution = saddle::solve(&*self.rs, &x, p, control, &self.tolerances)?;
        solution.stats += stats;
        Ok(solution)
    }

    /// The saddle point connected to α → 0: from the small-overlap start if that converges, else by
    /// following the branch up from small α.
    ///
    /// # Errors
    /// `Ok(None)` if the branch ends before this α; [`NotConverged`] if it could not be followed.
    pub fn connected(&self, p: &Parameters) -> Result<Option<Solution>, NotConverged> {
        match self.solve_from(&self.starts()[0], p, Control::Alpha) {
            Ok(solution) => Ok(Some(solution)),
            Err(error) => self.follow_up(p, error),
        }
    }

    fn follow_up(&self, p: &Parameters, error: NotConverged) -> Result<Option<Solution>, NotConverged> {
        let mut low = Parameters { alpha: p.alpha / 2.0, ..*p };
        let mut start = self.solve_from(&self.starts()[0], &low, Control::Alpha);
        for _ in 0..12 {
            if start.is_ok() {
                break;
            }
            low.alpha *= 0.5;
            start = self.solve_from(&self.starts()[0], &low, Control::Alpha);
        }
        let branch = self.alpha_branch(&low, (0.0, p.alpha)).follow(&start?.x, low.alpha, true)?;
        let Some(last) = branch.points.last() else { return Err(error) };
        if last.control >= p.alpha {
            return saddle::solve(&*self.rs, &last.x, p, Control::Alpha, &self.tolerances).map(Some);
        }
        let turned = branch.points.iter().any(|point| !point.forward());
        match branch.stop {
            crate::solve::continuation::Stop::Domain => Ok(None),
            // Towards q → 1 the steps shrink before the bound is met.
            _ if turned || last.x[0] > 12.0 => Ok(None),
            _ => Err(error),
        }
    }

    /// Continuation of [`Rs`] in α.
    pub fn alpha_branch(&self, p: &Parameters, range: (f64, f64)) -> Continuation<'_, dyn Ansatz> {
        self.branch_along(p, Control::Alpha, range)
    }

    /// Continuation of [`Rs`] in any control parameter.
    pub fn branch_along(&self, p: &Parameters, control: Control, range: (f64, f64)) -> Continuation<'_, dyn Ansatz> {
        Continuation {
            problem: &*self.rs,
            parameters: *p,
            control,
            range,
            tolerances: self.tolerances,
            longest: 0.5,
            points: 200,
        }
    }

    /// The state at a saddle point of [`Rs`].
    pub fn state(&self, solution: Solution, p: &Parameters) -> State {
        let rule = self.rs.freeze(&solution.x, p).refined();
        State {
            regime: if p.beta.is_finite() { Regime::Thermal } else { Regime::Satisfied },
            observables: self.rs.observables(&solution.x, solution.value, p, &rule),
            potential: solution.value,
            residual: solution.residual,
            error_estimate: solution.value_error,
            frozen_beta: None,
            discrete: self.discrete(),
            planted: self.planted(p),
            stats: solution.stats,
            x: solution.x,
        }
    }

    /// The state at a saddle point of the zero-temperature functional.
    pub fn ground_state(&self, solution: Solution, p: &Parameters) -> State {
        let rule = self.ground.freeze(&solution.x, p).refined();
        State {
            regime: Regime::GroundState,
            observables: self.ground.observables(&solution.x, solution.value, p, &rule),
            potential: solution.value,
            residual: solution.residual,
            error_estimate: solution.value_error,
            frozen_beta: None,
            discrete: false,
            planted: false,
            stats: solution.stats,
            x: solution.x,
        }
    }

    /// Saddle point of the zero-temperature functional.
    ///
    /// # Errors
    /// [`NotConverged`] if no start converges.
    pub fn solve_ground(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        let overlaps: &[f64] = if self.data.has_teacher() { &[0.5, 0.2, 0.8, 0.95] } else { &[0.0] };
        let mut error = NotConverged::Escaped;
        for &m in overlaps {
            let tail = if self.data.has_teacher() { vec![m.atanh()] } else { vec![] };
            let coordinates = |s: f64| [vec![s], tail.clone()].concat();
            let equation = |s: f64| -> Result<f64, NotConverged> {
                let x = coordinates(s);
                let rule = self.ground.freeze(&x, p);
                let at = self.ground.evaluate(&x, p, Control::Alpha, &rule);
                Ok(self.ground.residual(&x, &at.gradient)[0])
            };
            // The response equation at fixed m decreases from positive to negative with χ.
            let (low, high) = (-12.0, 25.0);
            let ends = (equation(low)?, equation(high)?);
            let s = if ends.0 * ends.1 < 0.0 {
                bracketed_root((low, ends.0), (high, ends.1), 1e-4, equation)?.x
            } else {
                0.0
            };
            match saddle::solve(&*self.ground, &coordinates(s), p, Control::Alpha, &self.tolerances) {
                Ok(solution) => return Ok(solution),
                Err(e) => error = e,
            }
        }
        Err(error)
    }

    /// Whether the teacher's own weights are an isolated state (RS.11).
    fn planted(&self, p: &Parameters) -> bool {
        let discrete_teacher = self.data.has_teacher() && self.discrete();
        discrete_teacher && self.jumps() && p.kappa == 0.0 && p.beta > 0.0
    }

    /// The teacher's own weights as an isolated state, where the model has one.
    pub fn perfect(&self, p: &Parameters) -> Option<State> {
        self.planted(p).then(|| State {
            regime: Regime::Perfect,
            x: Vec::new(),
            observables: Observables {
                q: Some(1.0),
                m: Some(1.0),
                free_entropy: p.beta.is_finite().then_some(0.0),
                entropy: Some(0.0),
                ground_state_energy: p.beta.is_infinite().then_some(0.0),
                training_loss: Some(0.0),
                training_error: Some(0.0),
                generalization_error: Some(0.0),
                bayes_error: Some(0.0),
                ..Observables::default()
            },
            potential: 0.0,
            residual: 0.0,
            error_estimate: 0.0,
            frozen_beta: None,
            discrete: true,
            planted: true,
            stats: Default::default(),
        })
    }

    /// The state without interaction, β = 0 (RS.14).
    pub fn free(&self, p: &Parameters) -> State {
        let mut features = self.cost.features(p);
        features.push(Feature { centre: 0.0, width: 0.0 });
        let loss = average(&features, |z| self.cost.energy(z, p));
        let phi = self.free_entropy_without_patterns;
        let teacher = |value: f64| self.data.has_teacher().then_some(value);
        State {
            regime: Regime::Free,
            x: Vec::new(),
            observables: Observables {
                q: Some(0.0),
                q_hat: Some(0.0),
                m: teacher(0.0),
                m_hat: teacher(0.0),
                free_entropy: Some(phi),
                entropy: Some(phi),
                training_loss: Some(loss.value),
                training_error: Some(0.5),
                generalization_error: teacher(0.5),
                bayes_error: teacher(0.5),
                at_stability: Some(1.0),
                ..Observables::default()
            },
            potential: phi,
            residual: 0.0,
            error_estimate: loss.error,
            frozen_beta: None,
            discrete: self.discrete(),
            planted: false,
            stats: Default::default(),
        }
    }

    /// The inverse temperature at which the entropy of discrete weights vanishes, and the state
    /// there (ZT.5, TH.7), following the branch from high temperature.
    ///
    /// # Errors
    /// `Ok(None)` if the entropy stays positive up to β = 1e12.
    pub fn freezing(&self, p: &Parameters) -> Result<Option<(f64, f64, State)>, NotConverged> {
        let at = |lambda: f64| Parameters { beta: lambda.exp(), ..*p };
        let entropy = |s: &Solution, lambda: f64| s.value - lambda.exp() * s.control_slope;
        let mut lambda = (0.2 / p.alpha).clamp(0.05, 1.0).ln();
        let mut last = self.solve_from(&self.starts()[0], &at(lambda), Control::Beta)?;
        let mut last_entropy = entropy(&last, lambda);
        let mut step: f64 = 0.5;
        let mut before = (lambda, last_entropy);
        while last_entropy > 0.0 {
            if lambda > 12.0 * 10.0_f64.ln() {
                return Ok(None);
            }
            let ahead = |s: &Solution, by: f64| -> Vec<f64> {
                let slope = s.tangent.clone().unwrap_or_else(|| vec![0.0; s.x.len()]);
                s.x.iter().zip(slope).map(|(x, t)| x + t * lambda.exp() * by).collect()
            };
            match saddle::solve(&*self.rs, &ahead(&last, step), &at(lambda + step), Control::Beta, &self.tolerances) {
                Ok(next) => {
                    before = (lambda, last_entropy);
                    lambda += step;
                    last_entropy = entropy(&next, lambda);
                    last = next;
                    step = (step * 1.2).min(1.0);
                }
                Err(error) if step < 1e-3 => return Err(error),
                Err(_) => step *= 0.5,
            }
        }
        let mut warm = last.x.clone();
        let mut solve_at = |lambda: f64| -> Result<Solution, NotConverged> {
            let s = saddle::solve(&*self.rs, &warm, &at(lambda), Control::Beta, &self.tolerances)?;
            warm.clone_from(&s.x);
            Ok(s)
        };
        let root = bracketed_root(before, (lambda, last_entropy), self.tolerances.event, |l| {
            solve_at(l).map(|s| entropy(&s, l))
        })?;
        let solution = solve_at(root.x)?;
        let beta = root.x.exp();
        // dS/dlnβ by a central difference: it only scales the error estimate.
        let h = 1e-4;
        let slope = (entropy(&solve_at(root.x + h)?, root.x + h) - entropy(&solve_at(root.x - h)?, root.x - h)) / (2.0 * h);
        let entropy_error = solution.value_error * (1.0 + p.alpha * beta) + root.value.abs();
        let beta_error = beta * (entropy_error / slope.abs() + root.width);
        let mut state = self.state(solution, &at(root.x));
        state.regime = Regime::Frozen;
        state.frozen_beta = Some(beta);
        Ok(Some((beta, beta_error, state)))
    }

    /// The frozen ground state at β = ∞ (ZT.5): the state at its freezing temperature, with its
    /// energy.
    ///
    /// # Errors
    /// As for [`freezing`](Self::freezing).
    pub fn frozen_state(&self, p: &Parameters) -> Result<Option<State>, NotConverged> {
        let Some((_, _, mut state)) = self.freezing(p)? else { return Ok(None) };
        let energy = state.observables.training_loss.map(|loss| loss * p.alpha);
        state.observables.ground_state_energy = energy;
        state.observables.free_entropy = None;
        state.observables.entropy = Some(0.0);
        state.potential = -energy.unwrap_or(f64::INFINITY);
        Ok(Some(state))
    }
}
