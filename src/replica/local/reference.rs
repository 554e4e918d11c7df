//! The measure that a reference configuration is drawn from (FP.1), and its own saddle point.

use super::entropic::Around;
use super::no_theory::NoTheory;
use super::patterns::{self, GroundPatterns, LinearShift, ThermalPatterns};
use crate::math::gauss::CUT;
use crate::model::channel::{Channel, Limit};
use crate::model::loss::Loss;
use crate::model::mixture::Class;
use crate::model::moved::Moved;
use crate::model::{Control, Parameters};
use crate::replica::ensemble::Ensemble;
use crate::replica::reason::{Missing, Reason};
use crate::replica::state::{Outcome, Regime, State, Status};
use crate::replica::sweep::Branches;
use crate::replica::threshold::Quantity;
use crate::solve::NotConverged;
use std::sync::Arc;

/// Fields of other references are looked up to this many times [`CUT`]: pairs of fields reach farther
/// than one does, and the table is made once.
pub const REACH: f64 = 3.0;
/// Overlap of two references below which they have none: that of a symmetric loss is rounding of its own
/// saddle point.
const CENTRED: f64 = 1e-11;

/// What the energetic average needs to know of the reference's patterns.
#[derive(Clone, Debug)]
pub enum Patterns {
    /// A Gibbs measure of overlap below one.
    Thermal(Arc<ThermalPatterns>),
    /// A single configuration (spherical weights, zero temperature).
    Ground(Arc<GroundPatterns>),
    /// The same with stabilities that are linear in the field.
    Linear(LinearShift),
}

/// A reference: a typical configuration of a Gibbs measure.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Its control parameters; β is that of freezing where it is frozen.
    pub parameters: Parameters,
    /// Its saddle point, and how far it can be trusted.
    pub state: State,
    /// Overlap `q̃` of two references.
    pub q: f64,
    /// Law of one reference weight.
    pub around: Around,
    /// Its patterns, of every class.
    pub patterns: Vec<(Class, Patterns)>,
    /// With clusters, how it lies among them.
    pub axis: Option<Axis>,
}

/// How a classifier lies among clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Its overlap with their axis.
    pub m: f64,
    /// Variance of the noise.
    pub noise: f64,
}

/// Why there is no reference.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoReference {
    /// The measure is empty.
    #[error("{}", Reason::ReferenceAbsent.text())]
    Absent,
    /// Its saddle point was not reached.
    #[error("the reference did not converge: {0}")]
    NotConverged(#[from] NotConverged),
    /// There is no theory for this prior.
    #[error(transparent)]
    NoTheory(#[from] NoTheory),
}

impl From<&NoReference> for Missing {
    fn from(error: &NoReference) -> Self {
        match error {
            NoReference::Absent => Missing::never(Reason::ReferenceAbsent),
            NoReference::NoTheory(_) => Missing::never(Reason::NoTheory),
            NoReference::NotConverged(error) => Missing::NotConverged {
                reason: Reason::ReferenceNotConverged,
                residual: error.residual(),
                searched: None,
            },
        }
    }
}

impl From<Missing> for NoReference {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Absent { .. } => NoReference::Absent,
            Missing::NotConverged { residual, .. } => NotConverged::Stalled { residual }.into(),
        }
    }
}

/// Patterns of one class.
fn alike(patterns: Patterns) -> Vec<(Class, Patterns)> {
    let all = Class {
        label: 1.0,
        weight: 1.0,
    };
    vec![(all, patterns)]
}

impl Reference {
    /// Absolute error of its order parameters and, where it is frozen, of that temperature relative
    /// to one above 1.
    pub fn error_estimate(&self) -> f64 {
        let frozen = self.state.observables.errors.frozen_beta / self.parameters.beta.max(1.0);
        self.state.error_estimate.max(frozen)
    }

    /// A typical configuration of this model at these parameters; `loss` is the loss that the
    /// ensemble was made with.
    ///
    /// # Errors
    /// [`NoReference`].
    pub fn typical(
        ensemble: &Ensemble,
        loss: Arc<dyn Loss>,
        p: &Parameters,
    ) -> Result<Self, NoReference> {
        let outcome = ensemble.sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant);
        let state = match outcome.into_iter().next() {
            Some(Outcome::States(states)) => states.into_iter().next().map(|(_, state)| state),
            Some(Outcome::Missing(Missing::NotConverged { residual, .. })) => {
                return Err(NotConverged::Stalled { residual }.into());
            }
            _ => None,
        };
        Self::from_state(state.ok_or(NoReference::Absent)?, loss, p)
    }

    /// The reference of largest margin: the limit κ̃ → κ_max(α).
    ///
    /// # Errors
    /// [`NoReference`].
    pub fn largest_margin(
        ensemble: &Ensemble,
        loss: Arc<dyn Loss>,
        p: &Parameters,
    ) -> Result<Self, NoReference> {
        let critical = ensemble.threshold(Quantity::KappaMax, p)?;
        let p = Parameters {
            kappa: critical.value,
            beta: f64::INFINITY,
            ..*p
        };
        if ensemble.discrete() {
            return Self::from_state(critical.state, loss, &p);
        }
        Ok(Reference {
            parameters: p,
            state: critical.state,
            q: 1.0,
            around: Around { q_hat: 0.0, v: 0.0 },
            patterns: alike(Patterns::Ground(Arc::new(GroundPatterns::LargestMargin(
                p.kappa,
            )))),
            axis: None,
        })
    }

    fn from_state(state: State, loss: Arc<dyn Loss>, p: &Parameters) -> Result<Self, NoReference> {
        let parameters = Parameters {
            beta: state.frozen_beta.unwrap_or(p.beta),
            ..*p
        };
        let channel = |limit| Channel {
            loss,
            parameters,
            limit,
        };
        if let (Regime::GroundState, Some(chi)) = (state.regime, state.observables.chi) {
            let ground = GroundPatterns::Envelope(Moved::not(channel(Limit::Ground)), chi);
            return Ok(Reference {
                parameters,
                q: 1.0,
                around: Around { q_hat: 0.0, v: 0.0 },
                patterns: alike(Patterns::Ground(Arc::new(ground))),
                axis: None,
                state,
            });
        }
        // Boundary states (no pattern counts, or the teacher itself) have no coordinates.
        let (&[t, ..], Some(q), Some(q_hat)) =
            (&state.x[..], state.observables.q, state.observables.q_hat)
        else {
            return Err(NoReference::Absent);
        };
        let limit = if parameters.beta.is_finite() {
            Limit::Thermal
        } else {
            Limit::Hard
        };
        let v = 1.0 / (1.0 + t.exp());
        let site = Moved::not(channel(limit));
        let patterns = ThermalPatterns::new(site, v, REACH * CUT * q.sqrt());
        Ok(Reference {
            parameters,
            q,
            around: Around { q_hat, v },
            patterns: alike(Patterns::Thermal(Arc::new(patterns))),
            axis: None,
            state,
        })
    }

    /// Whether two references have no overlap.
    pub fn centred(&self) -> bool {
        self.q < CENTRED
    }

    /// Whether the reference is the measure of a hard margin, and which.
    pub fn margin(&self, loss: Arc<dyn Loss>) -> Option<f64> {
        let (parameters, finite) = (self.parameters, self.parameters.beta.is_finite());
        let limit = if finite { Limit::Thermal } else { Limit::Hard };
        patterns::edge(&Channel {
            loss,
            parameters,
            limit,
        })
    }

    /// Its own verdict.
    pub fn status(&self) -> Status {
        self.state.status()
    }
}
