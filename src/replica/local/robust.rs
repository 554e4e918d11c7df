//! Curves of replicas at a mutual distance (LD.1): a group at each distance, followed from where it
//! is easily found.

use super::group::{Group, Law};
use super::model::Replicas;
use super::observables::{probe, refusal};
use super::point::{LocalObservables, LocalOutcome, LocalState};
use super::{densest, replicas};
use crate::model::Parameters;
use crate::model::channel::Channel;
use crate::model::loss::Loss;
use crate::model::prior::{Prior, is_discrete};
use crate::replica::state::Status;
use crate::solve::NotConverged;
use std::sync::Arc;

/// Distances at which a first group is looked for.
const ANCHORS: [f64; 8] = [0.1, 0.05, 0.15, 0.03, 0.2, 0.015, 0.25, 0.007];
/// Numbers of replicas by which a finite one is approached from infinity.
const LADDER: [f64; 8] = [1000.0, 300.0, 100.0, 30.0, 10.0, 5.0, 3.0, 2.0];
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
}

impl Robust {
    fn channel(&self) -> Channel {
        probe(&self.loss, &self.parameters)
    }

    fn infinite(&self, d: f64, guess: Option<&Group>) -> Result<Group, NotConverged> {
        let channel = self.channel();
        match self.law {
            Law::Signs { bias, offset } => densest::signs(channel, (bias, offset), d, guess),
            Law::Sphere => densest::spherical(channel, d, guess),
        }
    }

    fn finite(&self, d: f64, y: Option<f64>, guess: &Group) -> Result<Group, NotConverged> {
        let channel = self.channel();
        match self.law {
            Law::Signs { bias, offset } => replicas::signs(channel, (bias, offset), d, y, guess),
            Law::Sphere => replicas::spherical(channel, d, y, guess),
        }
    }

    /// The group at distance `d`, from one nearby.
    fn near(&self, d: f64, guess: &Group) -> Result<Group, NotConverged> {
        match self.replicas {
            Replicas::Infinite => self.infinite(d, Some(guess)),
            Replicas::Finite(y) => self.finite(d, Some(y), guess),
            Replicas::ZeroComplexity => self.finite(d, None, guess),
        }
    }

    /// The group at distance `d` from nothing: infinitely many replicas first, then fewer.
    fn cold(&self, d: f64) -> Result<Group, NotConverged> {
        let mut group = self.infinite(d, None)?;
        let last = match self.replicas {
            Replicas::Infinite => return Ok(group),
            Replicas::Finite(y) => y,
            Replicas::ZeroComplexity => 0.0,
        };
        for y in LADDER {
            if y <= last {
                break;
            }
            group = self.finite(d, Some(y), &group)?;
            if self.replicas == Replicas::ZeroComplexity && group.external > 0.0 {
                return self.finite(d, None, &group);
            }
        }
        match self.replicas {
            Replicas::Finite(y) => self.finite(d, Some(y), &group),
            _ => Err(NotConverged::Escaped),
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
        let again = |group: Group| self.near(group.distance, &group);
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
        while walker.0.distance != target {
            let d = walker.0.distance;
            let left = (target / d).ln();
            let step = left.clamp(-longest, longest);
            let next = if step == left { target } else { d * step.exp() };
            match self.near(next, &ahead(walker, next)) {
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
                Ok(Some(group)) => LocalOutcome::Found(vec![self.state(&group)]),
                Ok(None) => LocalOutcome::NoSolution,
                Err(error) => error.into(),
            })
            .collect()
    }

    /// The point of a curve that a group is.
    pub fn state(&self, group: &Group) -> LocalState {
        let q = 1.0 - 2.0 * group.distance;
        let discrete = is_discrete(&*self.prior);
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
                q: Some(q - group.e / group.y),
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
