//! Probes around a reference classifier: the Franz–Parisi ansatz over both clusters.

use super::classifier_reference::MixtureReference;
use super::curve::{Curve, outcomes, state_at};
use super::first_point::Own;
use super::franz_parisi::{FranzParisi, LocalAnsatz};
use super::point::{LocalObservables, LocalOutcome, LocalState};
use crate::model::loss::Loss;
use crate::model::prior::sphere;
use crate::model::{Bias, Control, Disorder, Parameters, registry};
use crate::replica::ensemble::Ensemble;
use crate::replica::sweep::Branches;
use crate::replica::unit_overlap::closest::{Nearest, Shell, nearest, room};
use crate::solve::walk::{Pace, Progress, walk};
use crate::solve::{Nodes, NotConverged, Solution, Stationary, Tolerances, saddle};
use std::sync::Arc;

/// An inverse temperature at which the patterns hardly matter.
const WARM: f64 = 0.25;
/// Steps in the logarithm of β on the way from one temperature to another: one to β = ∞ takes ten where
/// there is one.
const PACE: Pace = Pace {
    longest: 1.0,
    shortest: 0.01,
    shrinking: 0.4,
    tries: 20,
};
/// Iterations of each.
const ITERATIONS: usize = 15;
/// From here on the way looks whether β = ∞ is in reach.
const COLD: f64 = 4.0;
/// It goes no further.
pub(super) const COLDEST: f64 = 1e5;

/// Probes of one loss around a reference.
pub struct LocalMixture {
    ansatz: FranzParisi,
    reference: MixtureReference,
    /// The probe's own measure.
    own: Ensemble,
    /// Tolerances of the solvers.
    pub tolerances: Tolerances,
}

impl LocalMixture {
    /// Probes of the loss of this registered name, with the reference's bias or another one; none if
    /// the name is unknown.
    ///
    /// ```
    /// use quenched::model::{Mixture, Parameters};
    /// use quenched::replica::local::around_classifier::LocalMixture;
    /// use quenched::replica::local::classifier_reference::MixtureReference;
    ///
    /// let mixture = Mixture::new(1.0, 0.5).expect("a mixture");
    /// let optimal = MixtureReference::bayes_optimal(&mixture, 1.0);
    /// let local = LocalMixture::new("theta", optimal, None).expect("registered");
    /// let p = Parameters { alpha: 1.0, ..Parameters::default() };
    /// let curve = local.curve(&p, &[0.1]);
    /// let at = curve[0].dominant().expect("there are solutions at S = 0.8").observables;
    /// assert!((at.entropy - at.ball + 0.24158).abs() < 1e-5);
    /// ```
    pub fn new(loss: &str, reference: MixtureReference, bias: Option<f64>) -> Option<Self> {
        Self::of(registry::loss(loss)?, reference, bias)
    }

    /// The same for a loss as an object.
    fn of(loss: Arc<dyn Loss>, reference: MixtureReference, bias: Option<f64>) -> Option<Self> {
        let bias = bias.unwrap_or(reference.bias);
        let sphere = sphere();
        let around = reference.around(bias == 0.0);
        let ansatz = FranzParisi::new(sphere.clone(), loss.clone(), around).ok()?;
        let clusters = Disorder::Clusters(reference.mixture, Bias::Fixed(bias));
        Some(LocalMixture {
            ansatz: ansatz.with_bias(bias),
            own: Ensemble::new(sphere, loss, clusters),
            reference,
            tolerances: Tolerances {
                coarse_residual: COARSE,
                ..Tolerances::default()
            },
        })
    }

    /// What distances are measured from.
    pub fn reference(&self) -> &MixtureReference {
        &self.reference
    }

    /// The functional.
    pub fn functional(&self) -> &dyn LocalAnsatz {
        &self.ansatz
    }

    fn shell(&self, p: &Parameters) -> Shell<'_> {
        Shell {
            reference: &self.reference,
            bias: self.ansatz.bias(),
            set: self.ansatz.loss().zero_set(p),
        }
    }

    /// The parameters of the probe: its load is that of the reference.
    pub(super) fn here(&self, p: &Parameters) -> Parameters {
        Parameters {
            alpha: self.reference().alpha,
            ..*p
        }
    }

    /// Local entropy at each of the distances, for probes at this temperature.
    pub fn curve(&self, p: &Parameters, distances: &[f64]) -> Vec<LocalOutcome> {
        let p = self.here(p);
        let mut outcomes = match self.own(&p) {
            Some(own) => outcomes(&self.ansatz, own, &p, &self.tolerances, distances),
            None => vec![self.without_probe(&p); distances.len()],
        };
        for (outcome, &distance) in outcomes.iter_mut().zip(distances) {
            let there = Parameters { distance, ..p };
            if !matches!(outcome, LocalOutcome::NotConverged { .. }) {
                continue;
            }
            if self.full(&there) {
                *outcome = LocalOutcome::NoSolution;
            } else if let Ok(solution) = self.cooled(&there) {
                *outcome = LocalOutcome::States(vec![self.state(solution, &there)]);
            }
        }
        outcomes
    }

    /// Down from a temperature at which the patterns hardly matter.
    fn cooled(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        let beta = WARM.min(0.5 * p.beta);
        let warm = Parameters { beta, ..*p };
        let s = self.ladder(beta, self.cold(&warm)?, p)?;
        self.saddle(&s.x, p)
    }

    /// The probe's own measure, where curves start.
    fn own(&self, p: &Parameters) -> Option<Own> {
        let own = self
            .own
            .sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant);
        Own::of(&own.first()?.dominant()?.observables)
    }

    /// What there is without it, at every distance.
    fn without_probe(&self, p: &Parameters) -> LocalOutcome {
        match self.ansatz.refusal(p) {
            Some(reason) => LocalOutcome::Nothing(reason),
            None => NotConverged::Escaped.into(),
        }
    }

    /// The nearest classifier that satisfies every pattern, if the reference is not one itself.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn nearest(&self, p: &Parameters) -> Result<Option<Nearest>, NotConverged> {
        let p = self.here(p).with(Control::Beta, f64::INFINITY);
        nearest(&self.shell(&p), &p)
    }

    /// The probes where their curve at zero temperature ends on its way to the reference: their overlap
    /// `q` goes to one and their entropy to minus infinity (MX.35). None if every distance has such
    /// probes, or none has.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn end(&self, p: &Parameters) -> Result<Option<LocalState>, NotConverged> {
        let Some(found) = self.nearest(p)? else {
            return Ok(None);
        };
        let (bias, mixture) = (self.ansatz.bias(), self.reference().mixture);
        let observables = LocalObservables {
            overlap: found.overlap,
            entropy: f64::NEG_INFINITY,
            ball: 0.5 * (1.0 - found.overlap * found.overlap).ln(),
            q: Some(1.0),
            m: Some(found.m),
            bias: Some(bias),
            response: Some(found.response),
            beta: Some(f64::INFINITY),
            training_loss: Some(0.0),
            training_error: (p.kappa >= 0.0).then_some(0.0),
            generalization_error: Some(mixture.error(found.m, 1.0, bias)),
            ..LocalObservables::default()
        };
        Ok(Some(LocalState {
            distance: 0.5 * (1.0 - found.overlap),
            branch: "1".to_owned(),
            observables,
            potential: [f64::NEG_INFINITY, f64::NAN, f64::NAN],
            residual: found.residual,
            error_estimate: found.error_estimate,
            x: Vec::new(),
            group: None,
            discrete: false,
            reference: self.reference().status(),
        }))
    }

    pub(super) fn saddle(&self, x: &[f64], p: &Parameters) -> Result<Solution, NotConverged> {
        saddle::solve(&self.ansatz, x, p, Control::Distance, &self.tolerances)
    }

    /// The same on a light rule, without an error.
    pub(super) fn look(&self, x: &[f64], p: &Parameters) -> Result<Solution, NotConverged> {
        let lightly = Tolerances {
            refined: false,
            newton_iterations: ITERATIONS,
            ..self.tolerances
        };
        saddle::solve(&self.ansatz, x, p, Control::Distance, &lightly)
    }

    /// Without a start.
    pub(super) fn cold(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        let own = self.own(p).ok_or(NotConverged::Escaped)?;
        let curve = Curve::new(&self.ansatz, own, p, &self.tolerances)?;
        let outcomes = curve.at(&[p.distance]);
        let state = outcomes.first().and_then(|o| o.dominant());
        self.saddle(&state.ok_or(NotConverged::Escaped)?.x, p)
    }

    /// Mean loss of the probe at a saddle point of a light rule at finite β.
    pub(super) fn roughly(&self, x: &[f64], p: &Parameters) -> f64 {
        self.mean_on(&self.ansatz.freeze(x, p), x, p)
    }

    /// The same at one of the refined rule.
    pub(super) fn mean_loss(&self, x: &[f64], p: &Parameters) -> f64 {
        self.mean_on(&self.ansatz.freeze(x, p).refined(), x, p)
    }

    fn mean_on(&self, rule: &Nodes, x: &[f64], p: &Parameters) -> f64 {
        let at = self.ansatz.evaluate(x, p, Control::Beta, rule);
        -at.control_slope / p.alpha
    }

    /// The saddle point at the temperature of `p`, from one at another temperature.
    pub(super) fn ladder(
        &self,
        from: f64,
        s: Solution,
        p: &Parameters,
    ) -> Result<Solution, NotConverged> {
        let (mut beta, mut s) = (from, s);
        let mut before: Option<(f64, Vec<f64>)> = None;
        let mut step = |next: f64| {
            if p.beta.is_infinite() && beta > COLDEST {
                return Err(NotConverged::Escaped);
            }
            if p.beta.is_infinite()
                && beta > COLD
                && let Ok(last) = self.look(&s.x, p)
            {
                s = last;
                return Ok(Progress::Arrived);
            }
            // Along the secant in ln β.
            let along = |i: usize| match &before {
                Some((b, x)) => (s.x[i] - x[i]) * (next / beta).ln() / (beta / b).ln(),
                None => 0.0,
            };
            let guess: Vec<f64> = (0..s.x.len())
                .map(|i| s.x[i] + along(i).clamp(-1.0, 1.0))
                .collect();
            let solution = self.look(&guess, &Parameters { beta: next, ..*p })?;
            if !near(&solution.x, &guess) {
                return Err(NotConverged::Escaped);
            }
            before = Some((beta, std::mem::replace(&mut s, solution).x));
            beta = next;
            Ok(Progress::Onward)
        };
        let end = walk(from, p.beta, &PACE, &mut step);
        end.map_err(|error| error.unwrap_or(NotConverged::Escaped))?;
        Ok(s)
    }

    /// Whether at β = ∞ the patterns leave no room at this distance (MX.35, MX.48).
    pub(super) fn full(&self, p: &Parameters) -> bool {
        p.beta.is_infinite()
            && (self.shell(p).is_starved(p.distance)
                || room(&self.shell(p), p.distance, p).is_ok_and(|room| room <= 0.0))
    }

    pub(super) fn state(&self, s: Solution, p: &Parameters) -> LocalState {
        state_at(&self.ansatz, "1", s, p)
    }
}

/// Light measures are accurate to about 1e-9: they need not be solved better than this.
const COARSE: f64 = 1e-6;

/// Whether a solution is where it was looked for.
fn near(x: &[f64], guess: &[f64]) -> bool {
    x.iter().zip(guess).all(|(a, b)| (a - b).abs() < 1.0)
}
