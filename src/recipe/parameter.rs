//! The numbers of a request: control parameters of the theory, and those of a mixture and a ridge.

use crate::model::Control;

/// A number that a request may fix, list or let run over a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// Patterns per weight.
    Alpha,
    /// Margin of the theta loss.
    Kappa,
    /// Inverse temperature.
    Beta,
    /// Sharpness of the cross-entropy.
    Gamma,
    /// Strength of the ridge.
    Lambda,
    /// Squared norm of the weights, `|w|²/N`.
    Norm,
    /// Variance of the noise of a mixture.
    Delta,
    /// Fraction of patterns of label +1 in a mixture.
    Rho,
    /// Fraction of patterns that probes of a mixture get wrong.
    TrainingError,
    /// Distance from a reference.
    Distance,
}

impl Parameter {
    /// All of them, in the order of their columns.
    pub const ALL: [Parameter; 10] = [
        Parameter::Alpha,
        Parameter::Kappa,
        Parameter::Beta,
        Parameter::Gamma,
        Parameter::Lambda,
        Parameter::Norm,
        Parameter::Delta,
        Parameter::Rho,
        Parameter::TrainingError,
        Parameter::Distance,
    ];

    /// Its name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Parameter::Alpha => "alpha",
            Parameter::Kappa => "kappa",
            Parameter::Beta => "beta",
            Parameter::Gamma => "gamma",
            Parameter::Lambda => "lambda",
            Parameter::Norm => "norm",
            Parameter::Delta => "delta",
            Parameter::Rho => "rho",
            Parameter::TrainingError => "training-error",
            Parameter::Distance => "distance",
        }
    }

    /// The control parameter that branches are followed along; none for what defines a model.
    pub fn control(self) -> Option<Control> {
        match self {
            Parameter::Alpha => Some(Control::Alpha),
            Parameter::Kappa => Some(Control::Kappa),
            Parameter::Beta => Some(Control::Beta),
            Parameter::Gamma => Some(Control::Gamma),
            Parameter::Distance => Some(Control::Distance),
            Parameter::Lambda
            | Parameter::Norm
            | Parameter::Delta
            | Parameter::Rho
            | Parameter::TrainingError => None,
        }
    }
}

impl From<Control> for Parameter {
    fn from(control: Control) -> Self {
        match control {
            Control::Alpha => Parameter::Alpha,
            Control::Kappa => Parameter::Kappa,
            Control::Beta => Parameter::Beta,
            Control::Gamma => Parameter::Gamma,
            Control::Distance => Parameter::Distance,
            // No verb takes these yet: requests cannot name them.
            Control::Own { .. } => unreachable!("{} is no axis of a request", control.name()),
        }
    }
}
