//! Which description a model needs at given parameters, and its states there.

use super::chart::Range;
use super::clusters::Clusters;
use super::ground_state::GroundState;
use super::observables::Ansatz;
use super::rs::Rs;
use super::state::{Regime, State};
use crate::model::loss::{Loss, ZeroSet};
use crate::model::prior::{Norm, Prior, is_discrete};
use crate::model::{Control, Data, Parameters};
use crate::solve::continuation::Continuation;
use crate::solve::event::bracketed_root;
use crate::solve::{NotConverged, Solution, Tolerances, anderson, fixed_point, saddle};
use std::sync::Arc;

/// A model with everything that is computed from it.
///
/// ```
/// use quenched::model::{Control, Data, Parameters, loss::Hinge, prior::Binary};
/// use quenched::replica::{ensemble::Ensemble, sweep::Branches};
/// use std::sync::Arc;
///
/// let svm = Ensemble::new(Arc::new(Binary), Arc::new(Hinge), Data::Storage);
/// let p = Parameters { beta: 2.0, ..Parameters::default() };
/// let outcome = svm.sweep(&p, Control::Alpha, &[0.3, 1.0], Branches::Dominant);
/// assert!(outcome.iter().all(|o| o.dominant().is_some()));
/// ```
pub struct Ensemble {
    /// Finite temperature, or the solutions at β = ∞.
    pub rs: Box<dyn Ansatz>,
    /// Zero temperature with a positive energy. It holds where [`Ensemble::has_ground`] says so.
    pub ground: Box<dyn Ansatz>,
    /// Law of one weight.
    pub prior: Arc<dyn Prior>,
    /// Cost of a stability.
    pub loss: Arc<dyn Loss>,
    /// Law of the labels, of patterns without clusters.
    pub data: Data,
    /// The clusters, of patterns that have them.
    pub clusters: Option<Clusters>,
    /// Tolerances of every solver used.
    pub tolerances: Tolerances,
    pub(super) free_entropy_without_patterns: f64,
}

impl Ensemble {
    /// The model of this prior, loss and data, with default tolerances.
    pub fn new(prior: Arc<dyn Prior>, loss: Arc<dyn Loss>, data: Data) -> Self {
        Ensemble {
            rs: Box::new(Rs::new(prior.clone(), loss.clone(), data)),
            ground: Box::new(GroundState::new(loss.clone(), data)),
            free_entropy_without_patterns: prior.volume(),
            prior,
            loss,
            data,
            clusters: None,
            tolerances: Tolerances::default(),
        }
    }

    /// Whether weights are discrete.
    pub fn discrete(&self) -> bool {
        is_discrete(&*self.prior)
    }

    /// Whether ground states of positive energy are those of [`Ensemble::ground`]: for weights on the
    /// sphere. Those of discrete weights freeze (ZT.5), and for a free norm there is no theory here.
    pub fn has_ground(&self) -> bool {
        self.prior.norm() == Norm::Sphere
    }

    /// The stabilities that cost nothing.
    pub fn zero_set(&self, p: &Parameters) -> ZeroSet {
        self.loss.zero_set(p)
    }

    /// Whether the energy jumps.
    pub fn jumps(&self) -> bool {
        self.loss.jumps()
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

    /// Positive where continuous weights can satisfy every pattern, according to replica symmetry.
    pub fn satisfiability(&self, p: &Parameters) -> f64 {
        match self.zero_set(p) {
            // Short weights of a free norm are.
            ZeroSet::HalfLine(edge) if edge < 0.0 && self.prior.norm() == Norm::Free => 1.0,
            ZeroSet::Interval(low, high)
                if low < 0.0 && high > 0.0 && self.prior.norm() == Norm::Free =>
            {
                1.0
            }
            // The teacher itself is a solution, and so is everything near it.
            ZeroSet::HalfLine(edge) if edge <= 0.0 && self.data.has_teacher() => 1.0,
            _ => self.spherical_capacity(p).1 / p.alpha - 1.0,
        }
    }

    /// The saddle point to leading order in the load (RS.14): the conjugates at vanishing overlap,
    /// and the overlaps that these give.
    pub fn light_start(&self, p: &Parameters) -> Vec<f64> {
        let step = |x: &[f64]| {
            let rule = self.rs.freeze(x, p);
            let at = self.rs.evaluate(x, p, Control::Alpha, &rule);
            self.rs.iterate(x, p, &at.gradient)
        };
        let vanishing = self.completed(vec![-18.0, -18.0], [0.0, 0.0], 0.0);
        let conjugates = step(&vanishing);
        let mut start = vanishing.clone();
        let labelled = self.data.has_teacher() || self.clusters.is_some();
        start[1] = conjugates[1].clamp(-30.0, 8.0);
        if labelled {
            start[3] = conjugates[3].clamp(-6.0, 6.0);
        }
        if let (Some(clusters), true) = (&self.clusters, start.len() > 4) {
            start[4] = clusters.first_bias(self.zero_set(p));
        }
        let free = self.range().map(|_| start.len() - 2);
        if let Some(place) = free {
            start[place + 1] = conjugates[place + 1].clamp(-3.0, 3.0);
        }
        let overlaps = step(&start);
        start[0] = overlaps[0].clamp(-30.0, 8.0);
        if labelled {
            start[2] = overlaps[2].clamp(-2.0, 2.0);
        }
        if let Some(place) = free {
            start[place] = overlaps[place].clamp(-8.0, 8.0);
        }
        if start.iter().all(|x| x.is_finite()) {
            start
        } else {
            self.starts()[0].clone()
        }
    }

    /// The values that the mean square of a weight can have, where it is an order parameter.
    fn range(&self) -> Option<Range> {
        let range = Range::of(&*self.prior);
        (self.clusters.is_none() && !matches!(range, Range::Fixed(_))).then_some(range)
    }

    /// Coordinates of the overlap and its conjugate, with those of a teacher or of clusters, and for a
    /// free norm those of the prior's own mean square and of a precision (RS.12, RS.24).
    fn completed(&self, mut start: Vec<f64>, labels: [f64; 2], precision: f64) -> Vec<f64> {
        if self.data.has_teacher() || self.clusters.is_some() {
            start.extend(labels);
        }
        if let Some(range) = self.range() {
            start.push(range.coordinate(self.prior.second_moment()));
            start.push(precision.asinh());
        }
        start.resize(self.rs.dimension(), 0.0);
        start
    }

    /// A start with small overlap, and one close to the teacher (or to q = 1).
    pub fn starts(&self) -> [Vec<f64>; 2] {
        if let Some(clusters) = &self.clusters {
            let learned = self.rs.dimension() > 4;
            let bias = learned.then(|| clusters.first_bias(ZeroSet::HalfLine(0.0)));
            [[-2.0, -1.5, 0.3, 0.3], [3.0, 3.0, 1.0, 1.0]]
                .map(|start| start.into_iter().chain(bias).collect())
        } else if self.data.has_teacher() {
            [
                self.completed(vec![-2.0, -1.5], [0.3, 0.3], 0.3),
                self.completed(vec![4.0, 3.0], [2.0, 4.0], 10.0),
            ]
        } else {
            [
                self.completed(vec![-2.0, -1.5], [0.0; 2], 0.3),
                self.completed(vec![3.0, 3.0], [0.0; 2], 10.0),
            ]
        }
    }

    /// The saddle point of [`Rs`] reached from a start: Anderson iteration (the damped one where that
    /// wanders), then Newton.
    ///
    /// # Errors
    /// [`NotConverged`] from either.
    pub fn solve_from(
        &self,
        start: &[f64],
        p: &Parameters,
        control: Control,
    ) -> Result<Solution, NotConverged> {
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
        match self.solve_from(&self.light_start(p), p, Control::Alpha) {
            Ok(solution) => Ok(Some(solution)),
            Err(error) => self.follow_up(p, error),
        }
    }

    fn follow_up(
        &self,
        p: &Parameters,
        error: NotConverged,
    ) -> Result<Option<Solution>, NotConverged> {
        let mut low = Parameters {
            alpha: p.alpha / 2.0,
            ..*p
        };
        let mut start = self.solve_from(&self.light_start(&low), &low, Control::Alpha);
        for _ in 0..12 {
            if start.is_ok() {
                break;
            }
            low.alpha *= 0.5;
            start = self.solve_from(&self.light_start(&low), &low, Control::Alpha);
        }
        let branch = self
            .alpha_branch(&low, (0.0, p.alpha))
            .follow(&start?.x, low.alpha, true)?;
        let Some(last) = branch.points.last() else {
            return Err(error);
        };
        if last.control >= p.alpha {
            return saddle::solve(&*self.rs, &last.x, p, Control::Alpha, &self.tolerances)
                .map(Some);
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
    pub fn branch_along(
        &self,
        p: &Parameters,
        control: Control,
        range: (f64, f64),
    ) -> Continuation<'_, dyn Ansatz> {
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
        let observables = self.rs.observables(&solution.x, solution.value, p, &rule);
        State {
            regime: if p.beta.is_finite() {
                Regime::Thermal
            } else {
                Regime::Satisfied
            },
            observables,
            potential: solution.value,
            residual: solution.residual,
            error_estimate: solution.value_error.max(observables.errors.largest()),
            frozen_beta: None,
            discrete: self.discrete(),
            planted: self.planted(p),
            stats: solution.stats,
            x: solution.x,
        }
    }

    /// The state at a saddle point of the zero-temperature functional.
    pub fn ground_state(&self, solution: Solution, p: &Parameters) -> State {
        let ground = &*self.ground;
        let rule = ground.freeze(&solution.x, p).refined();
        let observables = ground.observables(&solution.x, solution.value, p, &rule);
        State {
            regime: Regime::GroundState,
            observables,
            potential: solution.value,
            residual: solution.residual,
            error_estimate: solution.value_error.max(observables.errors.largest()),
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
    /// [`NotConverged`] if no start converges, or where [`Ensemble::has_ground`] says no.
    pub fn solve_ground(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        if !self.has_ground() {
            return Err(NotConverged::Escaped);
        }
        if let Some(clusters) = &self.clusters {
            let learning = clusters.learning.as_ref();
            return learning.map_or(Err(NotConverged::Escaped), |l| l.solution(p));
        }
        let overlaps: &[f64] = if self.data.has_teacher() {
            &[0.5, 0.2, 0.8, 0.95]
        } else {
            &[0.0]
        };
        let mut error = NotConverged::Escaped;
        for &m in overlaps {
            let tail = if self.data.has_teacher() {
                vec![m.atanh()]
            } else {
                vec![]
            };
            let coordinates = |s: f64| [vec![s], tail.clone()].concat();
            let equation = |s: f64| -> Result<f64, NotConverged> {
                let x = coordinates(s);
                let rule = self.ground.freeze(&x, p);
                let at = self.ground.evaluate(&x, p, Control::Alpha, &rule);
                Ok(self.ground.residual(&x, p, &at.gradient)[0])
            };
            // The response equation at fixed m decreases from positive to negative with χ.
            let (low, high) = (-12.0, 250.0);
            let ends = (equation(low)?, equation(high)?);
            let s = if ends.0 * ends.1 < 0.0 {
                bracketed_root((low, ends.0), (high, ends.1), 1e-4, equation)?.x
            } else {
                0.0
            };
            match saddle::solve(
                &*self.ground,
                &coordinates(s),
                p,
                Control::Alpha,
                &self.tolerances,
            ) {
                Ok(solution) => return Ok(solution),
                Err(e) => error = e,
            }
        }
        Err(error)
    }
}
