//! The local landscape around a reference classifier, for a loss chosen by name.

use super::landscape::{Landscape, MixtureLandscape};
use super::nearest::{Nearest, nearest, room};
use super::reference::MixtureReference;
use crate::model::registry::{self, LossVisitor};
use crate::model::{Control, Parameters, scalar::Loss};
use crate::replica::local::point::{LocalObservables, LocalOutcome, LocalState};
use crate::solve::{NotConverged, Solution, Tolerances, anderson, saddle};

/// First inverse temperature of the ladder that cold starts climb, and its largest and smallest step
/// in the logarithm.
const WARM: f64 = 0.25;
const LONGEST: f64 = 1.0;
const SHORTEST: f64 = 0.01;
/// From here on the ladder looks whether β = ∞ is in reach.
const COLD: f64 = 4.0;
/// The ladder goes no further.
pub(super) const COLDEST: f64 = 1e5;
/// Where [`LocalMixture`] starts instead, as a fraction of a distance, and its steps from there.
const SHORTER: f64 = 0.96;
const STRIDES: u32 = 8;

/// Probes of one loss around a reference.
pub struct LocalMixture {
    pub(super) landscape: Box<dyn Landscape>,
    /// Tolerances of the solvers.
    pub tolerances: Tolerances,
}

struct Make(MixtureReference, f64);

impl LossVisitor for Make {
    type Output = Box<dyn Landscape>;
    fn visit<L: Loss + 'static>(self, loss: L) -> Self::Output {
        Box::new(MixtureLandscape {
            loss,
            reference: self.0,
            bias: self.1,
        })
    }
}

impl LocalMixture {
    /// Probes of the loss of this registered name, with the reference's bias or another one; none if
    /// the name is unknown.
    ///
    /// ```
    /// use quenched::model::{Mixture, Parameters};
    /// use quenched::replica::mixture::{local::LocalMixture, reference::MixtureReference};
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
        let bias = bias.unwrap_or(reference.bias);
        let landscape = registry::with_loss(loss, Make(reference, bias))?;
        Some(LocalMixture {
            landscape,
            tolerances: Tolerances::default(),
        })
    }

    /// The functional.
    pub fn landscape(&self) -> &dyn Landscape {
        &*self.landscape
    }

    /// What distances are measured from.
    pub fn reference(&self) -> &MixtureReference {
        self.landscape.reference()
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
        let mut last: Option<(f64, Solution)> = None;
        let point = |&distance: &f64| {
            let p = Parameters {
                distance,
                ..self.here(p)
            };
            let ahead = last.as_ref().and_then(|(from, s)| {
                let slope = s.tangent.as_ref()?;
                let step = |(x, t): (&f64, &f64)| x + (t * (distance - from)).clamp(-1.0, 1.0);
                let guess: Vec<f64> = s.x.iter().zip(slope).map(step).collect();
                let solved = self.newton(&guess, &p).ok()?;
                near(&solved.x, &guess).then_some(solved)
            });
            match ahead.map_or_else(|| self.cold(&p), Ok) {
                Ok(solution) => {
                    last = Some((distance, solution.clone()));
                    LocalOutcome::Found(vec![self.state(solution, &p)])
                }
                Err(error) => self.missing(&p, error),
            }
        };
        distances.iter().map(point).collect()
    }

    /// The nearest classifier that satisfies every pattern, if the reference is not one itself.
    ///
    /// # Errors
    /// [`NotConverged`].
    pub fn nearest(&self, p: &Parameters) -> Result<Option<Nearest>, NotConverged> {
        nearest(
            &*self.landscape,
            &self.here(p).with(Control::Beta, f64::INFINITY),
        )
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
        let (bias, mixture) = (self.landscape.bias(), self.reference().mixture);
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

    pub(super) fn newton(&self, x: &[f64], p: &Parameters) -> Result<Solution, NotConverged> {
        saddle::solve(&*self.landscape, x, p, Control::Distance, &self.tolerances)
    }

    /// From any start: the accelerated self-consistent map, then Newton.
    fn from(&self, x: &[f64], p: &Parameters) -> Result<Solution, NotConverged> {
        let target = self.tolerances.handover;
        let (x, _) = anderson::anderson(&*self.landscape, x, p, target, &self.tolerances)?;
        self.newton(&x, p)
    }

    /// Without a start: directly, up a ladder of inverse temperatures, or from a shorter distance.
    pub(super) fn cold(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        self.climb(p).or_else(|error| {
            if self.full(p) {
                return Err(error);
            }
            self.aside(p)
        })
    }

    /// From a shorter distance: near overlap zero `q - S²` all but vanishes, and the ladder can be lost.
    fn aside(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        let at = |k: u32| {
            let share = f64::from(k) / f64::from(STRIDES);
            let distance = p.distance * (SHORTER + share * (1.0 - SHORTER));
            Parameters { distance, ..*p }
        };
        let mut s = self.climb(&at(0))?;
        for k in 1..=STRIDES {
            let (here, next) = (at(k - 1).distance, at(k));
            let along = |(x, t): (&f64, &f64)| x + t * (next.distance - here);
            let guess: Vec<f64> = match &s.tangent {
                Some(tangent) => s.x.iter().zip(tangent).map(along).collect(),
                None => s.x.clone(),
            };
            s = self
                .newton(&guess, &next)
                .or_else(|_| self.newton(&s.x, &next))?;
        }
        Ok(s)
    }

    fn climb(&self, p: &Parameters) -> Result<Solution, NotConverged> {
        let start = [-1.0, 0.0, 0.0];
        self.from(&start, p).or_else(|error| {
            if self.full(p) {
                return Err(error);
            }
            let first = Parameters {
                beta: WARM.min(p.beta),
                ..*p
            };
            let s = self.from(&start, &first)?;
            self.ladder(first.beta, s, p)
        })
    }

    pub(super) fn ladder(
        &self,
        from: f64,
        s: Solution,
        p: &Parameters,
    ) -> Result<Solution, NotConverged> {
        let (mut beta, mut s, mut step) = (from, s, LONGEST);
        let mut before: Option<(f64, Vec<f64>)> = None;
        while beta != p.beta {
            if p.beta.is_infinite()
                && beta > COLD
                && let Ok(last) = self.newton(&s.x, p)
            {
                return Ok(last);
            }
            let left = (p.beta / beta).ln();
            let next = if left.abs() <= step {
                p.beta
            } else {
                beta * step.copysign(left).exp()
            };
            // Along the secant in ln β.
            let along = |i: usize| match &before {
                Some((b, x)) => (s.x[i] - x[i]) * (next / beta).ln() / (beta / b).ln(),
                None => 0.0,
            };
            let guess: Vec<f64> = (0..s.x.len())
                .map(|i| s.x[i] + along(i).clamp(-1.0, 1.0))
                .collect();
            let there = Parameters { beta: next, ..*p };
            match self.newton(&guess, &there) {
                Ok(solution) if near(&solution.x, &guess) => {
                    before = Some((beta, std::mem::replace(&mut s, solution).x));
                    beta = next;
                    step = (1.5 * step).min(LONGEST);
                }
                Ok(_) | Err(_) if step > SHORTEST => step *= 0.4,
                Ok(_) => return Err(NotConverged::Escaped),
                Err(error) => return Err(error),
            }
            if p.beta.is_infinite() && beta > COLDEST {
                return Err(NotConverged::Escaped);
            }
        }
        Ok(s)
    }

    /// Whether at β = ∞ the patterns leave no room at this distance (MX.35, MX.48).
    pub(super) fn full(&self, p: &Parameters) -> bool {
        p.beta.is_infinite()
            && (self.landscape.is_starved(p)
                || room(&*self.landscape, p.distance, p).is_ok_and(|room| room <= 0.0))
    }

    /// What there is where no saddle point is found: nothing, if the patterns leave no room.
    fn missing(&self, p: &Parameters, error: NotConverged) -> LocalOutcome {
        if self.full(p) {
            LocalOutcome::NoSolution
        } else {
            error.into()
        }
    }

    pub(super) fn state(&self, s: Solution, p: &Parameters) -> LocalState {
        LocalState {
            distance: p.distance,
            branch: "1".to_owned(),
            observables: self.landscape.observe(&s, p),
            potential: [s.value, s.control_slope, s.control_bend.unwrap_or(f64::NAN)],
            residual: s.residual,
            error_estimate: s.value_error,
            x: s.x,
            group: None,
            discrete: false,
            reference: self.reference().status(),
        }
    }
}

/// Whether a solution is where it was looked for.
fn near(x: &[f64], guess: &[f64]) -> bool {
    x.iter().zip(guess).all(|(a, b)| (a - b).abs() < 1.0)
}
