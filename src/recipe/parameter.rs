//! The numbers of a request: control parameters of the theory, and those of a mixture and a ridge.

use crate::model::{Control, registry};

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
    /// A parameter that only one loss has, given by the option `set`.
    Own {
        /// Its place among those of the loss.
        slot: usize,
        /// Its name.
        name: &'static str,
    },
}

impl Parameter {
    /// All that models share, in the order of their columns.
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

    /// The parameters of this loss and those that models share, in the order of their columns.
    pub(super) fn of_loss(loss: &str) -> Vec<Parameter> {
        let own = registry::loss(loss).map_or_else(Vec::new, |loss| loss.own());
        let own = own.into_iter().map(|own| own.control.into());
        Parameter::ALL.into_iter().chain(own).collect()
    }

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
            Parameter::Own { name, .. } => name,
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
            Parameter::Own { slot, name } => Some(Control::Own { slot, name }),
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
            Control::Own { slot, name } => Parameter::Own { slot, name },
        }
    }
}
