//! One point of a local entropy curve and how far it can be trusted.

use super::group::Group;
use crate::model::Control;
use crate::replica::reason::{Missing, Reason};
use crate::replica::state::Status;
use crate::solve::NotConverged;

/// Below minus this an entropy or a replicon counts as negative.
const MARGINAL: f64 = 1e-9;
/// What rounding can leave of an external entropy that is made to vanish, at the largest numbers of replicas
/// that are looked for; a larger error excuses no more.
const ROUNDED: f64 = 1e-6;

/// What is measured at one distance. A quantity that does not exist is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LocalObservables {
    /// Overlap with the reference, or between replicas: `1 - 2d`.
    pub overlap: f64,
    /// Log-number or log-volume per weight (FP.2, LD.3).
    pub entropy: f64,
    /// The same without patterns: the log-volume of the ball (FP.10, LD.8).
    pub ball: f64,
    /// `(1/N) E ln Z` of the probe, at finite β.
    pub free_entropy: Option<f64>,
    /// Legendre-conjugate field `γ = -dφ/dS` (FP.8).
    pub field: Option<f64>,
    /// Overlap of two probes (FP.2), or of the centres of two groups of replicas (LD.2).
    pub q: Option<f64>,
    /// Its conjugate.
    pub q_hat: Option<f64>,
    /// Overlap of a probe with another reference.
    pub t: Option<f64>,
    /// Its conjugate.
    pub t_hat: Option<f64>,
    /// Conjugate of the overlap with the reference.
    pub s_hat: Option<f64>,
    /// Mean loss of the probe per pattern.
    pub training_loss: Option<f64>,
    /// With clusters: overlap of the probe with their axis.
    pub m: Option<f64>,
    /// With clusters: bias of the probe.
    pub bias: Option<f64>,
    /// With clusters: response of the probe to the reference's own pattern (MX.31).
    pub response: Option<f64>,
    /// With clusters: inverse temperature of the probe.
    pub beta: Option<f64>,
    /// With clusters: fraction of patterns that the probe gets wrong.
    pub training_error: Option<f64>,
    /// With clusters: probability that the probe errs on a new pattern.
    pub generalization_error: Option<f64>,
    /// Number `y` of replicas; none in the limit of infinitely many.
    pub replicas: Option<f64>,
    /// Log-number of groups of replicas per weight (LD.3).
    pub external_entropy: Option<f64>,
    /// Distance from the barycentre of the replicas, `(1-√q)/2` (LD.8).
    pub centre_distance: Option<f64>,
    /// Replicon of the probe (FP.11).
    pub at_stability: Option<f64>,
}

/// A converged point.
#[derive(Clone, Debug)]
pub struct LocalState {
    /// Distance from the reference, or between replicas.
    pub distance: f64,
    /// Name of the sheet.
    pub branch: String,
    /// What is measured there.
    pub observables: LocalObservables,
    /// Free entropy `φ`, its slope `dφ/dd` and `d²φ/dd²`.
    pub potential: [f64; 3],
    /// Largest absolute scaled residual of the saddle-point equations.
    pub residual: f64,
    /// Largest error of what is measured: absolute, of conjugates and slopes relative to those above one.
    pub error_estimate: f64,
    /// Unconstrained coordinates (none for replicas).
    pub x: Vec<f64>,
    /// The group, for replicas.
    pub group: Option<Group>,
    /// Whether weights are discrete.
    pub discrete: bool,
    /// The reference's own verdict.
    pub reference: Status,
}

impl LocalState {
    /// `not_converged` where the entropy is above that of all configurations, which is impossible, or
    /// where a quantity that the verdict needs could not be computed. Else
    /// `ok`, or `rs_unstable` where the replicon of the probes or of the reference is negative, or
    /// where discrete weights have a negative entropy.
    pub fn status(&self) -> Status {
        match self.reason() {
            Some(Reason::MoreThanAll | Reason::Inaccurate) => Status::NotConverged,
            Some(_) => Status::RsUnstable,
            None => Status::Ok,
        }
    }

    /// Why the state is not `ok`.
    pub fn reason(&self) -> Option<Reason> {
        let negative = |x: Option<f64>| x.is_some_and(|x| x < -MARGINAL);
        let unknown = |x: Option<f64>| x.is_some_and(f64::is_nan);
        let o = &self.observables;
        let room = self.observables.ball + MARGINAL + self.error_estimate;
        if self.observables.entropy > room || self.observables.entropy.is_nan() {
            Some(Reason::MoreThanAll)
        } else if [o.at_stability, o.external_entropy]
            .into_iter()
            .any(unknown)
            || !self.error_estimate.is_finite()
        {
            Some(Reason::Inaccurate)
        } else if self.reference != Status::Ok {
            Some(Reason::ReferenceUnstable)
        } else if negative(self.observables.at_stability) {
            Some(Reason::RepliconNegative)
        } else if self.discrete && self.observables.entropy < -MARGINAL {
            Some(Reason::LocalEntropyNegative)
        } else if self.discrete
            && o.external_entropy
                .is_some_and(|sigma| sigma < -MARGINAL - self.error_estimate.min(ROUNDED))
        {
            Some(Reason::ExternalEntropyNegative)
        } else {
            None
        }
    }
}

/// What is found at one distance.
#[derive(Clone, Debug)]
pub enum LocalOutcome {
    /// Coexisting states, the one of largest free entropy first.
    States(Vec<LocalState>),
    /// The curve does not reach this distance.
    NoSolution,
    /// There is nothing to count at any distance: the local entropy is minus infinity.
    Nothing(Reason),
    /// It should, but was not followed there.
    NotConverged {
        /// Residual reached.
        residual: f64,
    },
}

impl From<NotConverged> for LocalOutcome {
    fn from(error: NotConverged) -> Self {
        LocalOutcome::NotConverged {
            residual: error.residual(),
        }
    }
}

/// The largest distance that curves are asked for.
pub const FARTHEST: f64 = 0.5;

impl LocalOutcome {
    /// Why there is no state at this distance, and where the curve was looked for.
    pub fn missing(&self, distance: f64) -> Option<Missing> {
        let range = (distance.min(FARTHEST), distance.max(FARTHEST));
        match self {
            LocalOutcome::States(_) => None,
            LocalOutcome::Nothing(reason) => Some(Missing::never(*reason)),
            LocalOutcome::NoSolution => {
                let reason = Reason::BranchEnds;
                Some(Missing::absent(reason, Control::Distance, range))
            }
            LocalOutcome::NotConverged { residual } => {
                let reason = Reason::BranchLost;
                Some(Missing::lost(reason, *residual, Control::Distance, range))
            }
        }
    }

    /// The state of largest free entropy.
    pub fn dominant(&self) -> Option<&LocalState> {
        match self {
            LocalOutcome::States(states) => states.first(),
            _ => None,
        }
    }
}
