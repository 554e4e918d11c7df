//! The neighbourhoods of a model chosen by name.

use super::curve::Curve;
use super::franz_parisi::{FranzParisi, LocalAnsatz};
use super::group::Group;
use super::point::{LocalOutcome, LocalState};
use super::reference::{NoReference, Reference};
use super::robust::Robust;
use super::teacher::Shell;
use crate::model::registry::{self, LossVisitor, PriorVisitor};
use crate::model::{
    Control, Data, Parameters,
    scalar::{Loss, Prior},
};
use crate::replica::ensemble::Ensemble;
use crate::replica::model::model;
use crate::replica::sweep::Branches;
use crate::solve::Tolerances;

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

/// How many replicas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Replicas {
    /// This many, not necessarily an integer, above one.
    Finite(f64),
    /// The limit of infinitely many (LD.6).
    Infinite,
    /// At each distance as many as make the external entropy vanish (LD.9).
    ZeroComplexity,
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
    neighbours: Box<dyn Neighbours>,
    tolerances: Tolerances,
}

/// Hands the concrete prior and loss of the probe to the free entropy around a reference.
trait Neighbours: Send + Sync {
    fn around(&self, reference: Reference) -> Box<dyn LocalAnsatz>;
    fn groups(
        &self,
        replicas: Replicas,
        p: &Parameters,
        distances: &[f64],
        known: Option<Group>,
    ) -> Vec<LocalOutcome>;
    fn around_teacher(
        &self,
        p: &Parameters,
        distances: &[f64],
        tolerances: &Tolerances,
    ) -> Vec<LocalOutcome>;
}

struct Typed<P, L>(P, L);

impl<P: Prior + 'static, L: Loss + 'static> Neighbours for Typed<P, L> {
    fn around(&self, reference: Reference) -> Box<dyn LocalAnsatz> {
        Box::new(FranzParisi {
            prior: self.0.clone(),
            loss: self.1.clone(),
            reference,
        })
    }

    fn groups(
        &self,
        replicas: Replicas,
        p: &Parameters,
        distances: &[f64],
        known: Option<Group>,
    ) -> Vec<LocalOutcome> {
        let robust = Robust {
            prior: &self.0,
            loss: &self.1,
            replicas,
            parameters: *p,
        };
        robust.curve(distances, known)
    }

    fn around_teacher(
        &self,
        p: &Parameters,
        distances: &[f64],
        tolerances: &Tolerances,
    ) -> Vec<LocalOutcome> {
        Shell::new(self.0.clone(), self.1.clone()).curve(p, distances, tolerances)
    }
}

struct WithPrior<'a>(&'a str);
struct WithLoss<P>(P);

impl PriorVisitor for WithPrior<'_> {
    type Output = Option<Box<dyn Neighbours>>;
    fn visit<P: Prior + 'static>(self, prior: P) -> Self::Output {
        registry::with_loss(self.0, WithLoss(prior))
    }
}

impl<P: Prior + 'static> LossVisitor for WithLoss<P> {
    type Output = Box<dyn Neighbours>;
    fn visit<L: Loss + 'static>(self, loss: L) -> Self::Output {
        Box::new(Typed(self.0, loss))
    }
}

/// Makes a reference of the loss that is visited.
struct MakeReference<'a> {
    ensemble: &'a Ensemble,
    p: Parameters,
    largest_margin: bool,
}

impl LossVisitor for MakeReference<'_> {
    type Output = Result<Reference, NoReference>;
    fn visit<L: Loss + 'static>(self, loss: L) -> Self::Output {
        if self.largest_margin {
            Reference::largest_margin(self.ensemble, &loss, &self.p)
        } else {
            Reference::typical(self.ensemble, &loss, &self.p)
        }
    }
}

impl LocalModel {
    /// The model of these registered names; `None` if any is unknown.
    pub fn new(weights: &str, data: &str, loss: &str) -> Option<Self> {
        Some(LocalModel {
            names: [weights, data, loss].map(str::to_owned),
            ensemble: model(weights, data, loss)?,
            neighbours: registry::with_prior(weights, WithPrior(loss))??,
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
        let make = MakeReference {
            ensemble: &ensemble,
            p,
            largest_margin,
        };
        registry::with_loss(loss, make)
            .unwrap_or(Err(NoReference::Absent))
            .map(Some)
    }

    /// The free entropy of probes around a reference.
    pub fn around(&self, reference: Reference) -> Box<dyn LocalAnsatz> {
        self.neighbours.around(reference)
    }

    /// Overlap and conjugate of the probe's own measure: where curves start.
    pub fn own(&self, p: &Parameters) -> Option<(f64, f64)> {
        let outcome = self
            .ensemble
            .sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant);
        let observables = &outcome.first()?.dominant()?.observables;
        Some((observables.q?, observables.q_hat?))
    }

    /// Replicas at each of the distances, from a known group or from nothing.
    pub fn groups(
        &self,
        replicas: Replicas,
        p: &Parameters,
        distances: &[f64],
        known: Option<Group>,
    ) -> Vec<LocalOutcome> {
        self.neighbours.groups(replicas, p, distances, known)
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
        if registry::data(&self.names[1]).is_some_and(Data::has_teacher) {
            // The teacher is a typical solution; others are not written down.
            if *choice != Choice::Typical {
                return Err(NoReference::Absent);
            }
            let outcomes = self
                .neighbours
                .around_teacher(p, distances, &self.tolerances);
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
                outcomes: self.groups(*replicas, p, distances, None),
            });
        };
        // Beyond its own capacity there is no probe anywhere.
        let Some(own) = self.own(p) else {
            return Ok(LocalCurve {
                reference: Some(reference),
                outcomes: vec![LocalOutcome::NoSolution; distances.len()],
            });
        };
        let ansatz = self.around(reference.clone());
        let outcomes = match Curve::new(&*ansatz, own, p, &self.tolerances) {
            Ok(curve) => curve.at(distances),
            Err(error) => vec![error.into(); distances.len()],
        };
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
