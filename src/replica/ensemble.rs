//! Which description a model needs at given parameters, and its states there.

use super::clusters::Clusters;
use super::ground_state::GroundState;
use super::observables::Ansatz;
use super::rs::Rs;
use super::state::{Regime, Standing, State};
use crate::model::loss::{Loss, ZeroSet};
use crate::model::prior::{Norm, Prior, is_discrete};
use crate::model::{Control, Data, Parameters};
use crate::solve::continuation::Continuation;
use crate::solve::{Solution, Tolerances};
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
            longest: 1.0,
            points: 400,
        }
    }

    /// The state at a saddle point of [`Rs`].
    pub fn state(&self, solution: Solution, p: &Parameters) -> State {
        let rule = self.rs.freeze(&solution.x, p).refined();
        let observables = self.rs.observables(&solution.x, solution.value, p, &rule);
        let mut state = State {
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
            planted: false,
            standing: if self.is_barrier(&solution) {
                Standing::Barrier
            } else {
                Standing::Dominant
            },
            stats: solution.stats,
            x: solution.x,
        };
        if let Some((potential, _, error, around)) = self.rival(p) {
            let itself = around.is_some_and(|around| self.is_around(&state, &around));
            state.planted = !itself;
            if !itself {
                state.beside(potential - error, true);
            }
        }
        state
    }

    /// Whether a saddle point lies between two states: the Hessian of a state has as many positive
    /// as negative eigenvalues, one pair for every order parameter and its conjugate (S.21).
    pub(super) fn is_barrier(&self, solution: &Solution) -> bool {
        solution.positive != self.rs.dimension() / 2
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
            standing: Standing::Dominant,
            stats: solution.stats,
            x: solution.x,
        }
    }
}
