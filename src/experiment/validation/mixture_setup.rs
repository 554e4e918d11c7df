//! What is looked at on two clusters.

use crate::model::{Bias, Constraint, Mixture, Parameters};
use crate::search::centroids::Rule;

/// A measure or a minimiser on two clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Setup {
    pub mixture: Mixture,
    pub bias: Bias,
    pub beta: f64,
    pub target: Target,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    /// The minimiser of a convex loss.
    Minimum(Constraint),
    /// The posterior mean of the axis.
    BayesOptimal,
    /// A classifier in closed form.
    Closed(Rule),
    /// The Gibbs measure of a loss.
    Gibbs,
    /// What surrounds a classifier.
    Around(MixtureCentre),
}

/// The classifier that distances are measured from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum MixtureCentre {
    /// The Bayes-optimal classifier.
    BayesOptimal,
    /// The minimiser of a loss, with a ridge.
    Minimiser(&'static str, f64),
}

impl MixtureCentre {
    /// Its name.
    pub fn name(self) -> String {
        match self {
            MixtureCentre::BayesOptimal => "bayes-optimal".to_owned(),
            MixtureCentre::Minimiser(loss, lambda) => format!("{loss}(lambda={lambda})"),
        }
    }
}

impl Setup {
    /// Name of what is run.
    pub fn algorithm(&self) -> &'static str {
        match self.target {
            Target::BayesOptimal | Target::Closed(Rule::BayesOptimal) => "bayes-optimal",
            Target::Closed(Rule::Hebb) => "hebb",
            Target::Closed(Rule::PlugIn) => "plug-in",
            _ => "amp",
        }
    }

    /// Its parameters in words.
    pub fn setting(&self) -> String {
        let (delta, rho) = (self.mixture.delta(), self.mixture.rho());
        let bias = match (self.target, self.bias) {
            (Target::BayesOptimal | Target::Closed(_) | Target::Around(_), _) => String::new(),
            (_, Bias::Learned) => " bias=learned".to_owned(),
            (_, Bias::Fixed(b)) => format!(" bias={b}"),
        };
        let rest = match self.target {
            Target::Minimum(Constraint::Ridge(lambda)) => format!(" lambda={lambda}"),
            Target::Minimum(Constraint::Norm(norm)) => format!(" norm={norm}"),
            Target::BayesOptimal | Target::Closed(_) => String::new(),
            Target::Gibbs => format!(" beta={}", self.beta),
            Target::Around(own) => format!(" beta={} reference={}", self.beta, own.name()),
        };
        format!("delta={delta} rho={rho}{bias}{rest}")
    }

    pub fn parameters(&self, alpha: f64) -> Parameters {
        Parameters {
            alpha,
            beta: self.beta,
            ..Parameters::default()
        }
    }

    /// Load and mixture of whole numbers of patterns at this size, or as asked for.
    pub fn at_size(&self, alpha: f64, n: Option<usize>) -> Option<(f64, Mixture)> {
        let Some(n) = n else {
            return Some((alpha, self.mixture));
        };
        let m = (alpha * n as f64).round();
        let positive = (self.mixture.rho() * m).round();
        let mixture = Mixture::new(self.mixture.delta(), positive / m)?;
        Some((m / n as f64, mixture))
    }
}
