//! What is looked at on random patterns.

use crate::model::Parameters;
use crate::replica::local::neighbourhoods::Choice;

/// A measure of random patterns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Setup {
    pub beta: f64,
    pub kappa: f64,
    pub gamma: f64,
    pub target: Target,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    /// The Gibbs measure, or the solutions.
    Measure,
    /// The minimum of a convex loss on the sphere.
    Minimum,
    /// The rate at which message passing forgets a perturbation.
    Forgetting,
    /// The largest margin on the sphere.
    LargestMargin,
    /// Solutions on the sphere around a configuration.
    Around(Centre),
}

/// What distances are measured from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Centre {
    /// The teacher.
    Teacher,
    /// The minimiser of the cross-entropy of this sharpness on the sphere.
    CrossEntropy(f64),
    /// The solution of largest margin.
    LargestMargin,
}

impl Centre {
    pub fn name(self) -> String {
        match self {
            Centre::Teacher => "typical".to_owned(),
            Centre::CrossEntropy(gamma) => format!("cross-entropy:{gamma}"),
            Centre::LargestMargin => "margin:max".to_owned(),
        }
    }

    pub fn choice(self) -> Choice {
        match self {
            Centre::Teacher => Choice::Typical,
            Centre::LargestMargin => Choice::LargestMargin,
            Centre::CrossEntropy(gamma) => Choice::Loss {
                name: "cross-entropy".to_owned(),
                gamma: Some(gamma),
                beta: f64::INFINITY,
            },
        }
    }
}

impl Setup {
    /// Name of what is run.
    pub fn algorithm(&self) -> &'static str {
        match self.target {
            Target::LargestMargin => "minimise",
            _ => "amp",
        }
    }

    /// Its parameters in words.
    pub fn setting(&self, loss: &str) -> String {
        let sharpness = (loss == "cross-entropy").then(|| format!("gamma={}", self.gamma));
        let margin = (loss == "theta" && !matches!(self.target, Target::LargestMargin))
            .then(|| format!("kappa={}", self.kappa));
        let reference = match self.target {
            Target::Around(centre) => Some(format!("reference={}", centre.name())),
            _ => None,
        };
        let beta = Some(format!("beta={}", self.beta));
        let words = [margin, sharpness, beta, reference];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    pub fn parameters(&self, alpha: f64) -> Parameters {
        Parameters {
            alpha,
            beta: self.beta,
            kappa: self.kappa,
            gamma: self.gamma,
            ..Parameters::default()
        }
    }
}
