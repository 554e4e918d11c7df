//! The neighbourhoods of a model chosen by name.

pub use super::no_theory::NoTheory;
pub use super::number::Replicas;

use super::curve::outcomes;
use super::entropic::{NoNeighbourhood, Weight};
use super::first_point::Own;
use super::franz_parisi::{FranzParisi, LocalAnsatz};
use super::group::{Group, Law, NoGroups};
use super::point::{LocalOutcome, LocalState};
use super::reference::{NoReference, Reference};
use super::robust::Robust;
use super::teacher::Shell;
use crate::model::loss::Loss;
use crate::model::prior::Prior;
use crate::model::registry;
use crate::model::{Control, Data, Parameters};
use crate::replica::ensemble::Ensemble;
use crate::replica::model::model;
use crate::replica::reason::{Missing, Reason};
use crate::replica::state::{Outcome, Regime, State};
use crate::replica::sweep::Branches;
use crate::solve::Tolerances;
use std::sync::Arc;

/// Light measures are accurate to about 1e-9: they need not be solved better than this.
const COARSE: f64 = 1e-6;

/// What the distance is measured from.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// A typical configuration of the constrained measure itself; with a teacher, the teacher.
    Typical,
    /// A typical solution of this margin.
    Margin(f64),
    /// The limit of margins towards the largest possible one.
    LargestMargin,
    /// A typical configuration of another loss: its registered name, its own parameter (the
    /// sharpness of the cross-entropy) and its inverse temperature.
    Loss {
        /// Registered name.
        name: String,
        /// Sharpness, where the loss has one.
        gamma: Option<f64>,
        /// Inverse temperature.
        beta: f64,
    },
    /// Many replicas at a mutual distance (LD.1).
    Robust(Replicas),
}

/// A local entropy curve, or why there is none.
pub struct LocalCurve {
    /// The reference; none for replicas and for the teacher.
    pub reference: Option<Reference>,
    /// What is found at each distance, in the order asked for.
    pub outcomes: Vec<LocalOutcome>,
}

/// Probes of one model around any reference.
pub struct LocalModel {
    names: [String; 3],
    ensemble: Ensemble,
    prior: Arc<dyn Prior>,
    loss: Arc<dyn Loss>,
    tolerances: Tolerances,
}

impl LocalModel {
    /// The model of these registered names; `None` if any is unknown.
    pub fn new(weights: &str, data: &str, loss: &str) -> Option<Self> {
        Some(LocalModel {
            names: [weights, data, loss].map(str::to_owned),
            ensemble: model(weights, data, loss)?,
            prior: registry::prior(weights).ok()?,
            loss: registry::loss(loss)?,
            tolerances: Tolerances {
                coarse_residual: COARSE,
                ..Tolerances::default()
            },
        })
    }

    /// Registered name of the weights.
    pub fn weights(&self) -> &str {
        &self.names[0]
    }

    /// Tolerances of the solvers.
    pub fn tolerances(&self) -> &Tolerances {
        &self.tolerances
    }

    /// The probe's own measure.
    pub fn ensemble(&self) -> &Ensemble {
        &self.ensemble
    }

    /// The reference of this choice for probes with parameters `p`; `None` for replicas.
    ///
    /// # Errors
    /// [`NoReference`] if the measure is empty or its saddle point was not reached.
    pub fn reference(
        &self,
        choice: &Choice,
        p: &Parameters,
    ) -> Result<Option<Reference>, NoReference> {
        let hard = Parameters {
            beta: f64::INFINITY,
            ..*p
        };
        let (loss, p, largest_margin) = match choice {
            Choice::Robust(_) => return Ok(None),
            Choice::Typical => (self.names[2].as_str(), *p, false),
            Choice::Margin(kappa) => (
                "theta",
                Parameters {
                    kappa: *kappa,
                    ..hard
                },
                false,
            ),
            Choice::LargestMargin => ("theta", hard, true),
            Choice::Loss { name, gamma, beta } => {
                let gamma = gamma.unwrap_or(p.gamma);
                let p = Parameters {
                    gamma,
                    beta: *beta,
                    ..*p
                };
                (name.as_str(), p, false)
            }
        };
        let ensemble = model(&self.names[0], &self.names[1], loss).ok_or(NoReference::Absent)?;
        let loss = registry::loss(loss).ok_or(NoReference::Absent)?;
        if largest_margin {
            Reference::largest_margin(&ensemble, loss, &p)
        } else {
            Reference::typical(&ensemble, loss, &p)
        }
        .map(Some)
    }

    /// Whether the theory covers this model around this choice.
    ///
    /// # Errors
    /// [`NoTheory`] says what it does not cover.
    pub fn theory(&self, choice: &Choice) -> Result<(), NoTheory> {
        match choice {
            Choice::Robust(_) => Law::of(&*self.prior).map(|_| ())?,
            _ => Weight::new(self.prior.clone()).map(|_| ())?,
        }
        Ok(())
    }

    /// The free entropy of probes around a reference.
    ///
    /// # Errors
    /// [`NoNeighbourhood`] for priors of which distances have no theory.
    pub fn around(&self, reference: Reference) -> Result<Box<dyn LocalAnsatz>, NoNeighbourhood> {
        let (prior, loss) = (self.prior.clone(), self.loss.clone());
        Ok(Box::new(FranzParisi::new(prior, loss, reference)?))
    }

    /// The state of the probe's own measure.
    fn own_state(&self, p: &Parameters) -> Option<State> {
        let outcome = self
            .ensemble
            .sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant);
        outcome.first()?.dominant().cloned()
    }

    /// The probe's own measure: where curves start.
    pub fn own(&self, p: &Parameters) -> Option<Own> {
        Own::of(&self.own_state(p)?.observables)
    }

    /// Whether the probe's own measure is that of another temperature, frozen or without solutions.
    fn unsatisfied(&self, p: &Parameters) -> bool {
        let own = p.beta.is_infinite().then(|| self.own_state(p)).flatten();
        own.is_some_and(|s| s.frozen_beta.is_some() || s.regime == Regime::GroundState)
    }

    /// What there is at every distance where the probe's own measure has no state: nothing beyond its
    /// capacity.
    fn without_probe(&self, p: &Parameters) -> LocalOutcome {
        let own = &self.ensemble;
        let outcomes = own.sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant);
        match outcomes.first() {
            Some(Outcome::Missing(Missing::NotConverged { residual, .. })) => {
                let residual = *residual;
                LocalOutcome::NotConverged { residual }
            }
            _ => LocalOutcome::Nothing(Reason::BeyondCapacity),
        }
    }

    /// Replicas at each of the distances, from a known group or from nothing, with errors or without.
    ///
    /// # Errors
    /// [`NoGroups`] for priors of which groups have no theory.
    pub fn groups(
        &self,
        replicas: Replicas,
        p: &Parameters,
        distances: &[f64],
        (known, errors): (Option<Group>, bool),
    ) -> Result<Vec<LocalOutcome>, NoGroups> {
        let law = Law::of(&*self.prior)?;
        if self.unsatisfied(p) {
            let nothing = LocalOutcome::Nothing(Reason::BeyondCapacity);
            return Ok(vec![nothing; distances.len()]);
        }
        let robust = Robust {
            prior: self.prior.clone(),
            law,
            loss: self.loss.clone(),
            replicas,
            parameters: *p,
            own: self.own(p),
            errors,
        };
        Ok(robust.curve(distances, known))
    }

    /// Local entropy at each of the distances.
    ///
    /// # Errors
    /// [`NoReference`] if there is nothing to measure distances from.
    pub fn curve(
        &self,
        choice: &Choice,
        p: &Parameters,
        distances: &[f64],
    ) -> Result<LocalCurve, NoReference> {
        self.theory(choice)?;
        if registry::data(&self.names[1]).is_some_and(Data::has_teacher) {
            // The teacher is a typical solution; others are not written down.
            if *choice != Choice::Typical {
                return Err(NoReference::Absent);
            }
            let shell =
                Shell::new(self.prior.clone(), self.loss.clone()).map_err(NoTheory::from)?;
            let outcomes = shell.curve(p, distances, &self.tolerances);
            return Ok(LocalCurve {
                reference: None,
                outcomes,
            });
        }
        let Some(reference) = self.reference(choice, p)? else {
            let Choice::Robust(replicas) = choice else {
                return Err(NoReference::Absent);
            };
            return Ok(LocalCurve {
                reference: None,
                outcomes: self
                    .groups(*replicas, p, distances, (None, true))
                    .map_err(NoTheory::from)?,
            });
        };
        let Some(own) = self.own(p) else {
            return Ok(LocalCurve {
                reference: Some(reference),
                outcomes: vec![self.without_probe(p); distances.len()],
            });
        };
        let ansatz = self.around(reference.clone()).map_err(NoTheory::from)?;
        let outcomes = outcomes(&*ansatz, own, p, &self.tolerances, distances);
        Ok(LocalCurve {
            reference: Some(reference),
            outcomes,
        })
    }
}

impl LocalCurve {
    /// The states of largest free entropy, where there are any.
    pub fn states(&self) -> impl Iterator<Item = &LocalState> {
        self.outcomes.iter().filter_map(LocalOutcome::dominant)
    }
}
