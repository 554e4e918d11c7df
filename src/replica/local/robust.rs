//! Curves of replicas at a mutual distance (LD.1): a group at each distance, followed from where it
//! is easily found.

use super::first_point::Own;
use super::group::{Group, Law};
use super::number::Replicas;
use super::point::{LocalObservables, LocalOutcome, LocalState};
use super::replicas::{Groups, MOST};
use super::thermodynamics::{probe, refusal};
use crate::model::Parameters;
use crate::model::channel::Channel;
use crate::model::loss::Loss;
use crate::model::prior::Prior;
use crate::replica::state::Status;
use crate::solve::NotConverged;
use std::sync::Arc;

/// Distances at which a first group is looked for.
const ANCHORS: [f64; 8] = [0.1, 0.05, 0.15, 0.03, 0.2, 0.015, 0.25, 0.007];
/// First step of the number of replicas, in its logarithm, the shortest one, and the longest.
const NUMBERS: (f64, f64, f64) = (0.3, 1e-3, 1.0);
/// Longest and shortest step in `ln d`.
const STEPS: (f64, f64) = (0.35, 2e-3);
/// Where groups differ by less than this the replicas have lost each other: the curve ends at the
/// overlap of two typical configurations (LD.8).
const LOOSE: f64 = 0.1;

/// Groups of one model.
pub struct Robust {
    /// Prior of one weight.
    pub prior: Arc<dyn Prior>,
    /// Its law, as groups see it.
    pub law: Law,
    /// What a stability costs.
    pub loss: Arc<dyn Loss>,
    /// How many replicas.
    pub replicas: Replicas,
    /// Control parameters.
    pub parameters: Parameters,
    /// Overlap and conjugate of two typical configurations, where there are any.
    pub own: Option<Own>,
    /// Whether errors are wanted: a look at where something happens can do without.
    pub errors: bool,
}

impl Robust {
    fn channel(&self) -> Channel {
        probe(&self.loss, &self.parameters)
    }

    fn infinite(&self, d: f64, guess: Option<&Group>, errors: bool) -> Result<Group, NotConverged> {
        let groups = self.at(d);
        let guess = guess.copied().filter(|group| group.e.is_finite());
        let guess = guess.unwrap_or_else(|| groups.infinite());
        groups.near(Some(f64::INFINITY), &guess, errors)
    }

    fn at(&self, d: f64) -> Groups {
        Groups::new(self.channel(), (self.law, self.prior.clone()), d)
    }

    /// The limit of infinitely many replicas, where they have no fewer regions than one: as many as make
    /// the external entropy vanish.
    fn unlimited(
        &self,
        d: f64,
        guess: Option<&Group>,
        errors: bool,
    ) -> Result<Group, NotConverged> {
        let group = self.infinite(d, guess, errors)?;
        if group.external >= 0.0 {
            Ok(group)
        } else {
            Err(NotConverged::Escaped)
        }
    }

    /// The group at distance `d`, from one nearby: with errors, if these are asked for.
    fn near(&self, d: f64, guess: &Group, errors: bool) -> Result<Group, NotConverged> {
        match self.replicas {
            Replicas::Infinite => self.infinite(d, Some(guess), errors),
            Replicas::Finite(y) => self.at(d).near(Some(y), guess, errors),
            Replicas::ZeroComplexity if guess.y.is_infinite() => {
                self.unlimited(d, Some(guess), errors).or_else(|_| {
                    self.cold(d)
                        .and_then(|group| self.near_finite(&group, errors))
                })
            }
            Replicas::ZeroComplexity => self
                .at(d)
                .near(None, guess, errors)
                .or_else(|error| self.unlimited(d, None, errors).map_err(|_| error)),
        }
    }

    /// The same group with errors.
    fn near_finite(&self, group: &Group, errors: bool) -> Result<Group, NotConverged> {
        match (errors, group.y.is_infinite()) {
            (false, _) => Ok(*group),
            (true, true) => self.infinite(group.distance, Some(group), true),
            (true, false) => self.at(group.distance).near(None, group, true),
        }
    }

    /// The group at distance `d` from nothing: from one replica, which is known, to more.
    fn cold(&self, d: f64) -> Result<Group, NotConverged> {
        let most = match self.replicas {
            Replicas::Infinite => return self.infinite(d, None, false),
            Replicas::Finite(y) => y,
            Replicas::ZeroComplexity => {
                if let Ok(group) = self.unlimited(d, None, false) {
                    return Ok(group);
                }
                MOST
            }
        };
        let groups = self.at(d);
        let mut group = groups.one(
            self.own
                .map(|own| (own.q, own.q_hat))
                .ok_or(NotConverged::Escaped)?,
        )?;
        let mut before: Option<Group> = None;
        let mut longest = NUMBERS.0;
        while group.y < most {
            let y = (group.y * longest.exp()).min(most);
            let guess = before.map_or(group, |before| group.of_number(&before, y));
            match groups.near(Some(y), &guess, false) {
                Ok(next) if self.replicas == Replicas::ZeroComplexity && next.external < 0.0 => {
                    return groups.near(None, &next, false);
                }
                Ok(next) => {
                    before = Some(std::mem::replace(&mut group, next));
                    longest = (1.5 * longest).min(NUMBERS.2);
                }
                Err(error) => {
                    before = None;
                    longest *= 0.4;
                    if longest < NUMBERS.1 {
                        return Err(error);
                    }
                }
            }
        }
        match self.replicas {
            Replicas::ZeroComplexity => Err(NotConverged::Escaped),
            _ => Ok(group),
        }
    }

    /// A group at a distance where one is easily found.
    fn anchor(&self) -> Result<Group, NotConverged> {
        let mut error = NotConverged::Escaped;
        for d in ANCHORS {
            match self.cold(d) {
                Ok(group) => return Ok(group),
                Err(e) => error = e,
            }
        }
        Err(error)
    }

    /// Groups at each of the distances, in their order, from a known one or from nothing.
    pub fn groups(
        &self,
        distances: &[f64],
        known: Option<Group>,
    ) -> Vec<Result<Option<Group>, NotConverged>> {
        // A known group may be that of a slightly different problem.
        let again = |group: Group| self.near(group.distance, &group, false);
        let anchor = match known.map_or_else(|| self.anchor(), again) {
            Ok(group) => group,
            Err(error) => return vec![Err(error); distances.len()],
        };
        let mut found = vec![Err(NotConverged::Escaped); distances.len()];
        for nearer in [true, false] {
            let mut path: Vec<usize> = (0..distances.len())
                .filter(|&i| (distances[i] <= anchor.distance) == nearer)
                .collect();
            path.sort_by(|a, b| distances[*a].total_cmp(&distances[*b]));
            if nearer {
                path.reverse();
            }
            let mut walker = (anchor, None);
            let mut ended = None;
            for i in path {
                found[i] = match ended {
                    Some(end) => end,
                    None => match self.walk(&mut walker, distances[i]) {
                        Ok(()) => Ok(Some(walker.0)),
                        Err(_) if !nearer && walker.0.e < LOOSE => Ok(None),
                        Err(error) => Err(error),
                    },
                };
                if !matches!(found[i], Ok(Some(_))) {
                    ended = Some(found[i]);
                }
            }
        }
        found
    }

    fn walk(&self, walker: &mut (Group, Option<Group>), target: f64) -> Result<(), NotConverged> {
        let mut longest = STEPS.0;
        if walker.0.distance == target {
            walker.0 = self.near(target, &walker.0, self.errors)?;
        }
        while walker.0.distance != target {
            let d = walker.0.distance;
            let left = (target / d).ln();
            let step = left.clamp(-longest, longest);
            let next = if step == left { target } else { d * step.exp() };
            let guess = ahead(walker, next);
            if self.replicas == Replicas::ZeroComplexity && guess.y.is_finite() && guess.y > MOST {
                return Err(NotConverged::Escaped);
            }
            match self.near(next, &guess, self.errors && next == target) {
                Ok(group) => {
                    *walker = (group, Some(walker.0));
                    longest = (longest * 1.5).min(STEPS.0);
                }
                Err(error) => {
                    longest = 0.4 * step.abs();
                    walker.1 = None;
                    if longest < STEPS.1 {
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }

    /// Local entropies at each of the distances, from a known group or from nothing.
    pub fn curve(&self, distances: &[f64], known: Option<Group>) -> Vec<LocalOutcome> {
        if let Some(reason) = refusal(&*self.loss, &self.parameters) {
            return vec![LocalOutcome::Nothing(reason); distances.len()];
        }
        self.groups(distances, known)
            .into_iter()
            .map(|group| match group {
                Ok(Some(group)) => LocalOutcome::States(vec![self.state(&self.measured(group))]),
                Ok(None) => LocalOutcome::NoSolution,
                Err(error) => error.into(),
            })
            .collect()
    }

    /// The group with its mean loss, which one without errors does not have yet.
    fn measured(&self, group: Group) -> Group {
        if self.errors {
            return group;
        }
        self.at(group.distance).with_mean_loss(group)
    }

    /// The point of a curve that a group is.
    pub fn state(&self, group: &Group) -> LocalState {
        let q = 1.0 - 2.0 * group.distance;
        let discrete = self.prior.has_atoms();
        let ball = match self.replicas {
            Replicas::Finite(_) => None,
            _ => self.prior.ball(q.sqrt()),
        };
        let p = &self.parameters;
        // At β = ∞ nothing is lost.
        let scale = if p.beta.is_finite() {
            p.beta * p.alpha
        } else {
            0.0
        };
        LocalState {
            distance: group.distance,
            branch: "1".to_owned(),
            observables: LocalObservables {
                overlap: q,
                entropy: group.internal() + scale * group.mean_loss,
                ball: ball.unwrap_or(f64::NAN),
                free_entropy: Some(group.value),
                training_loss: Some(group.mean_loss),
                q: Some(if group.centred {
                    0.0
                } else {
                    q - group.e / group.y
                }),
                q_hat: discrete.then_some(group.q_hat),
                replicas: group.y.is_finite().then_some(group.y),
                external_entropy: Some(group.external),
                centre_distance: Some(0.5 * (1.0 - q.sqrt())),
                at_stability: Some(group.replicon),
                ..LocalObservables::default()
            },
            potential: [group.value, -2.0 * group.slope, f64::NAN],
            residual: group.residual,
            // What is left of the equations moves all that is not stationary there, in proportion.
            error_estimate: group.error
                + scale.max(1.0) * group.mean_loss_error
                + (1.0 + scale) * group.residual,
            x: Vec::new(),
            group: Some(*group),
            discrete,
            reference: Status::Ok,
        }
    }
}

/// Where the group goes: along the line through the last two in logarithms.
fn ahead((at, before): &(Group, Option<Group>), next: f64) -> Group {
    let Some(before) = before else { return *at };
    let t = (next / at.distance).ln() / (at.distance / before.distance).ln();
    let line = |a: f64, b: f64| {
        if a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite() {
            a * ((a / b).ln() * t).clamp(-3.0, 3.0).exp()
        } else {
            a
        }
    };
    Group {
        e: line(at.e, before.e),
        c: line(at.c, before.c),
        q_hat: line(at.q_hat, before.q_hat),
        y: line(at.y, before.y),
        ..*at
    }
}
