//! Which description a model needs at given parameters, and its states there.

use super::ground_state::GroundState;
use super::learning::Learning;
use super::observables::Ansatz;
use super::rs::Rs;
use super::state::{Regime, Standing, State};
use super::unit_overlap::largest_load::largest_load;
use crate::model::loss::{Loss, ZeroSet};
use crate::model::machine::Machine;
use crate::model::prior::{Gaussian, Norm, Prior};
use crate::model::{Constraint, Control, Data, Disorder, Parameters};
use crate::solve::continuation::Continuation;
use crate::solve::{Solution, Tolerances};
use std::sync::Arc;

/// Coordinate of an overlap of 1e-11, below which the patterns hardly matter and there is one state: of
/// what is left of the Hessian even the signs are rounding.
const FAINT: f64 = -25.3;

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
    /// Law of the patterns.
    pub disorder: Disorder,
    /// Strength λ of a term `λ|w|²/2` of the energy: at zero temperature the weights minimise a
    /// risk, whatever their law. At finite temperature there is no theory of it here.
    pub ridge: Option<f64>,
    /// Tolerances of every solver used.
    pub tolerances: Tolerances,
    pub(super) free_entropy_without_patterns: f64,
}

impl Ensemble {
    /// The model of this prior, loss and law of the patterns, with default tolerances.
    pub fn new(prior: Arc<dyn Prior>, loss: Arc<dyn Loss>, disorder: impl Into<Disorder>) -> Self {
        let disorder = disorder.into();
        let constraint = match prior.norm() {
            Norm::Free => Constraint::Ridge(0.0),
            Norm::Unit | Norm::Sphere => Constraint::Norm(1.0),
        };
        let axis = match disorder {
            Disorder::Labels(_) => prior.second_moment(),
            Disorder::Clusters(..) => 1.0,
        };
        Ensemble {
            rs: Box::new(Rs::new(prior.clone(), loss.clone(), disorder)),
            ground: Box::new(GroundState::new(loss.clone(), disorder, constraint, axis)),
            ridge: None,
            free_entropy_without_patterns: prior.volume(),
            prior,
            loss,
            disorder,
            tolerances: Tolerances::default(),
        }
    }

    /// A machine of binary weights, or of others of norm one that can be counted, on patterns with random
    /// labels (RS.28); `None` for weights that replica symmetry of machines is not derived for here.
    ///
    /// ```
    /// use quenched::model::{Parameters, loss::Theta, machine::WideRelu, prior::Binary};
    /// use quenched::replica::{ensemble::Ensemble, threshold::Quantity};
    /// use std::sync::Arc;
    ///
    /// let relu = Ensemble::of_machine(Arc::new(WideRelu), Arc::new(Binary), Arc::new(Theta));
    /// let capacity = relu.expect("binary").threshold(Quantity::Capacity, &Parameters::default());
    /// assert!((capacity.expect("a capacity").value - 0.9039863).abs() < 1e-7);
    /// ```
    pub fn of_machine(
        machine: Arc<dyn Machine>,
        prior: Arc<dyn Prior>,
        loss: Arc<dyn Loss>,
    ) -> Option<Self> {
        let counted = prior.norm() == Norm::Unit && prior.has_atoms();
        let rs = Rs::new(prior.clone(), loss.clone(), Data::Storage).of_machine(machine);
        counted.then(|| Ensemble {
            rs: Box::new(rs),
            ..Ensemble::new(prior, loss, Data::Storage)
        })
    }

    /// The weights that minimise the sum of the loss over the patterns and `λ|w|²/2`; a teacher has
    /// norm one.
    ///
    /// ```
    /// use quenched::model::{Control, Data, Parameters, loss::Hinge};
    /// use quenched::replica::{ensemble::Ensemble, sweep::Branches};
    /// use std::sync::Arc;
    ///
    /// let svm = Ensemble::minimiser(0.1, Arc::new(Hinge), Data::Teacher);
    /// let p = Parameters::default();
    /// let outcome = svm.sweep(&p, Control::Alpha, &[1.0, 3.0], Branches::Dominant);
    /// let errors = outcome.iter().map(|o| o.dominant().unwrap().observables.generalization_error);
    /// assert!(errors.is_sorted_by(|a, b| a > b));
    /// ```
    pub fn minimiser(ridge: f64, loss: Arc<dyn Loss>, disorder: impl Into<Disorder>) -> Self {
        let (disorder, constraint) = (disorder.into(), Constraint::Ridge(ridge));
        let unit = Ensemble::new(Arc::new(Gaussian::unit()), loss.clone(), disorder);
        Ensemble {
            ground: Box::new(GroundState::new(loss, disorder, constraint, 1.0)),
            ridge: Some(ridge),
            ..unit
        }
    }

    /// Risk minimisation on the sphere among clusters, for a loss that has it.
    pub(super) fn learning(&self) -> Option<Learning> {
        let (mixture, bias) = self.disorder.clusters()?;
        let norm = Constraint::Norm(1.0);
        Learning::of(self.loss.clone(), *mixture, bias, norm)
    }

    /// A bias to start from: that of the last classifier among clusters that satisfies every pattern.
    pub(super) fn first_bias(&self, set: ZeroSet) -> f64 {
        let last = largest_load(&self.disorder, set);
        last.map_or(0.0, |last| last.bias)
    }

    /// Whether weights are discrete.
    pub fn discrete(&self) -> bool {
        self.prior.has_atoms()
    }

    /// Whether ground states of positive energy are those of [`Ensemble::ground`]: for continuous
    /// weights and a loss that does not jump. Those of discrete weights freeze (ZT.5).
    pub fn has_ground(&self) -> bool {
        !self.discrete()
    }

    /// Whether there is a theory at these parameters: with a ridge only of minimisers, and only where
    /// a loss has them.
    pub fn has_theory(&self, p: &Parameters) -> bool {
        self.ridge.is_none() || (p.beta.is_infinite() && !self.jumps())
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
        if self.ridge.is_some() {
            return Regime::GroundState;
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

    /// Whether continuous weights of free norm satisfy every pattern at every load: short ones a
    /// margin below zero or a window around it, long ones along the teacher any margin.
    pub(super) fn some_length_satisfies(&self, p: &Parameters) -> bool {
        let free = self.prior.norm() == Norm::Free && !self.discrete();
        free && match self.zero_set(p) {
            ZeroSet::HalfLine(edge) => edge < 0.0 || self.disorder.has_teacher(),
            ZeroSet::Interval(low, high) => low < 0.0 && high > 0.0,
            ZeroSet::Point(_) | ZeroSet::Empty => false,
        }
    }

    /// Positive where continuous weights can satisfy every pattern, according to replica symmetry.
    pub fn satisfiability(&self, p: &Parameters) -> f64 {
        match self.zero_set(p) {
            // The teacher itself is a solution, and so is everything near it.
            ZeroSet::HalfLine(edge) if edge <= 0.0 && self.disorder.has_teacher() => 1.0,
            _ if self.some_length_satisfies(p) => 1.0,
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
        let placed = || Arc::new(self.rs.freeze(&solution.x, p));
        let rule = solution.nodes.clone().unwrap_or_else(placed);
        let observables = self.rs.observables(&solution.x, solution.value, p, &rule);
        let regime = match p.beta.is_finite() {
            true => Regime::Thermal,
            false => Regime::Satisfied,
        };
        let standing = match self.is_barrier(&solution) {
            true => Standing::Barrier,
            false => Standing::Dominant,
        };
        let mut state = State {
            standing,
            discrete: self.discrete(),
            ..State::solved(regime, solution, observables)
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
        solution.x[0] > FAINT && solution.positive != self.rs.dimension() / 2
    }

    /// The state at a saddle point of the zero-temperature functional.
    pub fn ground_state(&self, solution: Solution, p: &Parameters) -> State {
        State::ground(&*self.ground, solution, p)
    }
}
