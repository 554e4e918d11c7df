//! Minimisers of a risk among clusters: one point, or a curve.

use super::closed_form::least_squares::{SquareMinimum, shortest_interpolator};
use super::ground_state::GroundState;
use super::no_minimiser::no_minimiser;
use super::observables::Observables;
use super::reason::{Missing, Reason};
use super::state::{Outcome, Regime, State};
use super::unit_overlap::largest_load::largest_load;
use crate::model::loss::{Loss, ZeroSet};
use crate::model::{Bias, Constraint, Control, Disorder, Mixture, Parameters, registry};
use crate::solve::walk::{Pace, Progress, walk};
use crate::solve::{NotConverged, Solution, Tolerances, anderson, saddle};
use std::sync::Arc;

/// Steps in the logarithm of the constraint when a solution is followed in it.
const PACE: Pace = Pace {
    longest: 3.0,
    shortest: 1e-3,
    shrinking: 0.4,
    tries: usize::MAX,
};

/// Risk minimisation on a mixture.
#[derive(Clone, Debug)]
pub struct Learning {
    minimiser: GroundState,
    mixture: Mixture,
    bias: Bias,
    /// Tolerances of the solvers.
    pub tolerances: Tolerances,
}

impl Learning {
    /// The minimiser of the loss of this registered name; none if it is unknown or counts errors, or
    /// for a negative ridge or norm.
    ///
    /// ```
    /// use quenched::model::{Bias, Constraint, Mixture, Parameters};
    /// use quenched::replica::learning::Learning;
    ///
    /// let mixture = Mixture::new(1.0, 0.5).expect("a mixture");
    /// let ridge = Constraint::Ridge(1.0);
    /// let logistic = Learning::new("cross-entropy", mixture, Bias::Learned, ridge).expect("known");
    /// let p = Parameters { alpha: 2.0, gamma: 0.5, ..Parameters::default() };
    /// let outcome = logistic.solve(&p);
    /// let error = outcome.dominant().and_then(|s| s.observables.generalization_error);
    /// assert!((error.expect("converges") - 0.2113499968).abs() < 1e-10);
    /// ```
    pub fn new(loss: &str, mixture: Mixture, bias: Bias, constraint: Constraint) -> Option<Self> {
        Learning::of(registry::loss(loss)?, mixture, bias, constraint)
    }

    /// The minimiser of this loss; none if it counts errors, or for a negative ridge or norm.
    pub fn of(
        loss: Arc<dyn Loss>,
        mixture: Mixture,
        bias: Bias,
        constraint: Constraint,
    ) -> Option<Self> {
        // A loss that jumps has no proximal description.
        let described = constraint.valid() && !loss.jumps();
        described.then(|| Learning {
            minimiser: GroundState::new(loss, Disorder::Clusters(mixture, bias), constraint, 1.0),
            mixture,
            bias,
            tolerances: Tolerances::default(),
        })
    }

    /// The saddle point at these parameters.
    ///
    /// # Errors
    /// [`NotConverged`] if none was reached.
    pub fn solution(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        self.cold(p, Control::Alpha)
    }

    /// The functional.
    pub fn minimiser(&self) -> &GroundState {
        &self.minimiser
    }

    /// Law of the patterns.
    pub fn mixture(&self) -> &Mixture {
        &self.mixture
    }

    /// The minimiser at these parameters.
    pub fn solve(&self, p: &Parameters) -> Outcome {
        match self.cold(p, Control::Alpha) {
            Ok(solution) => self.found(solution, p),
            Err(error) => self.missing(p, error),
        }
    }

    /// The minimiser at each `value` of `control`, each from the one before.
    pub fn curve(&self, p: &Parameters, control: Control, values: &[f64]) -> Vec<Outcome> {
        let mut last: Option<(f64, Solution)> = None;
        let point = |&value: &f64| {
            let here = p.with(control, value);
            let ahead = last.as_ref().and_then(|(from, s)| {
                if self.no_minimiser(&here).is_some() {
                    return None;
                }
                let slope = s.tangent.as_ref()?;
                let step = |(x, t): (&f64, &f64)| x + (t * (value - from)).clamp(-1.0, 1.0);
                let guess: Vec<f64> = s.x.iter().zip(slope).map(step).collect();
                saddle::solve(&self.minimiser, &guess, &here, control, &self.tolerances).ok()
            });
            match ahead.map_or_else(|| self.cold(&here, control), Ok) {
                Ok(solution) => {
                    last = Some((value, solution.clone()));
                    self.found(solution, &here)
                }
                Err(error) => self.missing(&here, error),
            }
        };
        values.iter().map(point).collect()
    }

    /// The saddle point from the minimiser of the square loss, or followed in the constraint from
    /// where that is a good start: a strong ridge, or a small norm.
    fn cold(&self, p: &Parameters, control: Control) -> Result<Solution, NotConverged> {
        if self.no_minimiser(p).is_some() {
            return Err(NotConverged::Escaped);
        }
        let Some(start) = self.minimiser.start_of_least_squares(p) else {
            // Equalities that can all be met have no single minimiser.
            return match self.interpolator(p) {
                Some(_) => Err(NotConverged::Escaped),
                None => self.followed(p, control),
            };
        };
        let start = saddle::near(&self.minimiser, &start, p, &self.tolerances);
        let solve = |x: &[f64]| saddle::solve(&self.minimiser, x, p, control, &self.tolerances);
        solve(&start)
            .or_else(|_| {
                let target = self.tolerances.handover;
                let (x, _) =
                    anderson::anderson(&self.minimiser, &start, p, target, &self.tolerances)?;
                solve(&x)
            })
            .or_else(|_| self.followed(p, control))
    }

    /// From a strong ridge, or a small norm, to the one that is given.
    fn followed(&self, p: &Parameters, control: Control) -> Result<Solution, NotConverged> {
        let delta = self.mixture.delta();
        let (make, target, strong): (fn(f64) -> Constraint, f64, f64) =
            match self.minimiser.constraint() {
                Constraint::Ridge(lambda) => (
                    Constraint::Ridge,
                    lambda.max(1e-300),
                    1e2 * (1.0 + p.alpha) * (1.0 + delta),
                ),
                Constraint::Norm(norm) => (Constraint::Norm, norm, 1e-4 * norm.min(1.0)),
            };
        let first = self.minimiser.under(make(strong));
        let start = first.start_of_least_squares(p);
        let start = start.ok_or(NotConverged::Escaped)?;
        let mut last = saddle::solve(&first, &start, p, control, &self.tolerances)?;
        let mut order = first.order(&last.x);
        let mut step = |next: f64| {
            let there = self.minimiser.under(make(next));
            let start = there.start_near(order, p);
            last = saddle::solve(&there, &start, p, control, &self.tolerances)?;
            order = there.order(&last.x);
            Ok(Progress::Onward)
        };
        let end = walk(strong, target, &PACE, &mut step);
        end.map_err(|error| error.unwrap_or(NotConverged::Escaped))?;
        Ok(last)
    }

    fn found(&self, solution: Solution, p: &Parameters) -> Outcome {
        let state = State::ground(&self.minimiser, solution, p);
        Outcome::States(vec![("1".to_owned(), state)])
    }

    /// Why there is no single minimiser, where a ridge decides the length.
    fn no_minimiser(&self, p: &Parameters) -> Option<Reason> {
        let Constraint::Ridge(ridge) = self.minimiser.constraint() else {
            return None;
        };
        let (loss, disorder) = (self.minimiser.loss(), self.minimiser.disorder());
        no_minimiser(&**loss, disorder, ridge, p).map(|(reason, _)| reason)
    }

    /// What there is where no saddle point is: vectors of this norm that meet every equality of the
    /// square loss (MX.20), many that cost nothing (MX.37), or a failure.
    fn missing(&self, p: &Parameters, error: NotConverged) -> Outcome {
        if let Some(reason) = self.no_minimiser(p) {
            return Outcome::Missing(Missing::never(reason));
        }
        let Constraint::Norm(norm) = self.minimiser.constraint() else {
            return error.into();
        };
        match self.interpolator(p) {
            Some(shortest) if norm >= shortest.q => self.interpolators(norm, shortest, p),
            None if self.satisfies(norm, p) => Outcome::Missing(Missing::never(Reason::NotUnique)),
            _ => error.into(),
        }
    }

    /// The shortest weights that meet every equality, where the loss asks for equalities and they exist.
    fn interpolator(&self, p: &Parameters) -> Option<SquareMinimum> {
        match self.minimiser.loss().zero_set(p) {
            ZeroSet::Point(_) => shortest_interpolator(&self.mixture, p.alpha, self.bias),
            _ => None,
        }
    }

    /// Whether some classifiers of this norm cost nothing: the minimiser is then not one.
    fn satisfies(&self, norm: f64, p: &Parameters) -> bool {
        let ZeroSet::HalfLine(edge) = self.minimiser.loss().zero_set(p) else {
            return false;
        };
        // On the unit sphere: margin and bias are measured in the length of the weights.
        let length = norm.sqrt();
        let bias = match self.bias {
            Bias::Learned => Bias::Learned,
            Bias::Fixed(bias) => Bias::Fixed(bias / length),
        };
        let unit = Disorder::Clusters(self.mixture, bias);
        let most = largest_load(&unit, ZeroSet::HalfLine(edge / length));
        most.is_some_and(|most| p.alpha < most.alpha)
    }

    fn interpolators(&self, norm: f64, s: SquareMinimum, p: &Parameters) -> Outcome {
        let observables = Observables {
            q: Some(norm),
            m: Some(s.m),
            bias: Some(s.bias),
            cosine: Some(s.m / norm.sqrt()),
            lambda: Some(0.0),
            ground_state_energy: Some(0.0),
            training_loss: Some(0.0),
            training_error: Some(0.0),
            generalization_error: Some(self.mixture.error(s.m, norm, s.bias)),
            at_stability: Some(1.0 - p.alpha),
            ..Observables::default()
        };
        let state = State::bare(Regime::Satisfied, observables);
        Outcome::States(vec![("1".to_owned(), state)])
    }
}
