//! What the theory says of classifiers of two clusters at a point of their parameters.

use super::classified::Trained;
use crate::model::{Bias, Constraint, Mixture};
use crate::replica::closed_form::classifier::bayes_optimal;
use crate::replica::ensemble::Ensemble;
use crate::replica::learning::Learning;
use crate::replica::model::mixture_model;

/// The bias of a classifier, as asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BiasChoice {
    /// Chosen with the weights.
    Learned,
    /// Given.
    Fixed(f64),
    /// That of the Bayes-optimal classifier of the same norm (MX.6).
    Bayes,
}

/// The clusters, and what is given of classifiers of them. None is what has no meaning, or is the
/// answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixturePoint {
    /// The clusters; none where patterns come from a file.
    pub mixture: Option<Mixture>,
    /// Patterns per weight.
    pub alpha: Option<f64>,
    /// Squared norm of the weights.
    pub norm: Option<f64>,
    /// Strength of a ridge.
    pub ridge: Option<f64>,
}

/// What describes classifiers of two clusters.
pub enum MixtureTheory {
    /// A Gibbs measure, or its ground states.
    Measure(Box<Ensemble>),
    /// The minimum of a risk with a ridge, or of given norm.
    Minimum(Learning),
}

impl MixturePoint {
    /// The bias.
    pub fn bias(&self, choice: BiasChoice) -> Option<Bias> {
        Some(match choice {
            BiasChoice::Learned => Bias::Learned,
            BiasChoice::Fixed(bias) => Bias::Fixed(bias),
            BiasChoice::Bayes => {
                let optimal = bayes_optimal(&self.mixture?, self.alpha?);
                Bias::Fixed(optimal.of_norm(self.norm?).bias)
            }
        })
    }

    /// What holds the length of the weights of a minimiser.
    fn constraint(&self) -> Option<Constraint> {
        let ridge = self.ridge.map(Constraint::Ridge);
        ridge.or(self.norm.map(Constraint::Norm))
    }

    /// How classifiers of one sample are trained, the norm being one where none is given.
    pub fn training(&self, bias: BiasChoice) -> Option<Trained> {
        Some(Trained {
            bias: self.bias(bias)?,
            constraint: self.constraint().unwrap_or(Constraint::Norm(1.0)),
        })
    }

    /// The theory of weights and a loss by name; none if these are unknown or do not go together.
    pub fn theory(&self, [weights, loss]: [&str; 2], bias: BiasChoice) -> Option<MixtureTheory> {
        let mixture = self.mixture?;
        let bias = self.bias(bias)?;
        if let Some(constraint) = self.constraint() {
            let minimum = Learning::new(loss, mixture, bias, constraint);
            return minimum.map(MixtureTheory::Minimum);
        }
        let measure = mixture_model(weights, loss, mixture, bias);
        measure.map(|model| MixtureTheory::Measure(Box::new(model)))
    }

    /// The smallest error that any classifier of these patterns can have.
    pub fn bayes_error(&self) -> Option<f64> {
        let mixture = self.mixture?;
        Some(bayes_optimal(&mixture, self.alpha?).generalization_error(&mixture))
    }

    /// The error, with the best bias, of weights with overlap `m` with the axis; `q` is the squared
    /// norm where a ridge decides it.
    pub fn best_bias_error(&self, m: Option<f64>, q: Option<f64>) -> Option<f64> {
        // The norm of weights on a sphere is not the overlap of two of them.
        let norm = match self.ridge {
            Some(_) => q,
            None => Some(self.norm.unwrap_or(1.0)),
        };
        let (mixture, m, norm) = (self.mixture?, m?, norm?);
        Some(mixture.error(m, norm, mixture.best_bias(m, norm)))
    }
}
