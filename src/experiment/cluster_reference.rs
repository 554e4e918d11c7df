//! What distances are measured from on two clusters.

use super::mixture_point::{BiasChoice, MixturePoint};
use crate::model::{Bias, Constraint, Parameters};
use crate::replica::learning::Learning;
use crate::replica::local::classifier_reference::MixtureReference;
use crate::replica::local::reference::NoReference;

/// A reference classifier of a mixture.
#[derive(Clone, Debug, PartialEq)]
pub enum ClusterReference {
    /// The Bayes-optimal classifier.
    BayesOptimal,
    /// The minimiser of a loss.
    Minimiser {
        /// Registered name of the loss.
        loss: &'static str,
        /// Sharpness, where the loss has one.
        gamma: Option<f64>,
        /// Squared norm of the weights per weight; none where a ridge decides it.
        norm: Option<f64>,
    },
    /// A typical classifier without errors, tilted towards the Bayes-optimal one.
    Tilted(f64),
}

impl ClusterReference {
    /// Sharpness of the loss that it minimises.
    pub fn gamma(&self) -> Option<f64> {
        match self {
            ClusterReference::Minimiser { gamma, .. } => *gamma,
            _ => None,
        }
    }

    /// Its tilt.
    pub fn tilt(&self) -> Option<f64> {
        match self {
            ClusterReference::Tilted(tilt) => Some(*tilt),
            _ => None,
        }
    }

    /// Whether the strength of a ridge is among its parameters.
    pub fn has_ridge(&self) -> bool {
        matches!(self, ClusterReference::Minimiser { norm: None, .. })
    }

    /// The classifier at a point, whose other parameters are `p`.
    ///
    /// # Errors
    /// [`NoReference`].
    pub fn at(
        &self,
        bias: BiasChoice,
        point: &MixturePoint,
        p: &Parameters,
    ) -> Result<MixtureReference, NoReference> {
        let mixture = point.mixture.ok_or(NoReference::Absent)?;
        let bias = point.bias(bias).ok_or(NoReference::Absent)?;
        let p = Parameters {
            beta: f64::INFINITY,
            gamma: self.gamma().unwrap_or(0.5),
            ..*p
        };
        match self {
            ClusterReference::BayesOptimal => {
                let optimal = MixtureReference::bayes_optimal(&mixture, p.alpha);
                Ok(match bias {
                    Bias::Learned => optimal,
                    Bias::Fixed(bias) => optimal.with_bias(bias),
                })
            }
            ClusterReference::Tilted(tilt) => {
                // Without bias where it is learned: only balanced clusters get here.
                let bias = match bias {
                    Bias::Fixed(bias) => bias,
                    Bias::Learned => 0.0,
                };
                MixtureReference::tilted(&mixture, p.alpha, bias, *tilt)
            }
            ClusterReference::Minimiser { loss, norm, .. } => {
                let constraint = match (norm, point.ridge) {
                    (Some(norm), _) => Constraint::Norm(*norm),
                    (None, Some(lambda)) => Constraint::Ridge(lambda),
                    (None, None) => return Err(NoReference::Absent),
                };
                if *loss == "square" {
                    let found = MixtureReference::square(&mixture, p.alpha, bias, constraint);
                    return found.ok_or(NoReference::Absent);
                }
                let learning = Learning::new(loss, mixture, bias, constraint);
                MixtureReference::minimiser(learning.ok_or(NoReference::Absent)?, &p)
            }
        }
    }
}
