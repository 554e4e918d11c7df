//! The numbers of a request: control parameters of the theory, and those of a mixture and a ridge.

use super::choice::{MIXTURE, RIDGE};
use super::range::{GRAMMAR, parse_values, shortest};
use crate::error::InputError;
use crate::model::Control;
use crate::model::registry::{self, LOSSES, loss_parameters};

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
    pub(crate) fn of_loss(loss: &str) -> Vec<Parameter> {
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

    /// The value where none is given; none for alpha, which has to be asked for, for the distance,
    /// which takes [`default_distances`](super::default_distances), for the norm, which is that of
    /// the weights, and for the training error, which takes the place of beta.
    pub fn default_value(self) -> Option<f64> {
        match self {
            Parameter::Alpha => None,
            Parameter::Kappa => Some(0.0),
            Parameter::Beta => Some(f64::INFINITY),
            Parameter::Gamma | Parameter::Rho => Some(0.5),
            Parameter::Lambda | Parameter::Delta => Some(1.0),
            Parameter::Norm | Parameter::Distance | Parameter::TrainingError => None,
            Parameter::Own { .. } => None,
        }
    }

    /// Whether models with these weights, data and loss have the parameter at all.
    pub(crate) fn belongs_to(self, [weights, data, loss]: [&str; 3]) -> bool {
        match self {
            Parameter::Alpha | Parameter::Beta | Parameter::Distance => true,
            Parameter::Lambda => weights == RIDGE,
            Parameter::Norm => weights == "spherical" && data == MIXTURE && !registry::jumps(loss),
            Parameter::Delta | Parameter::Rho | Parameter::TrainingError => data == MIXTURE,
            Parameter::Kappa | Parameter::Gamma | Parameter::Own { .. } => self.is_of(loss),
        }
    }

    fn is_of(self, loss: &str) -> bool {
        let control = self.control();
        control.is_some_and(|control| loss_parameters(loss).contains(&control))
    }

    /// What has the parameter, where not everything has.
    pub(super) fn owners(self) -> String {
        match self {
            Parameter::Lambda => format!("weights {RIDGE}"),
            Parameter::Norm => {
                let smooth = LOSSES.iter().copied().filter(|loss| !registry::jumps(loss));
                let losses: Vec<_> = smooth.collect();
                let losses = losses.join(", ");
                format!("weights spherical with data {MIXTURE} and loss {losses}")
            }
            Parameter::Delta | Parameter::Rho => format!("data {MIXTURE}"),
            Parameter::TrainingError => format!("local-entropy of data {MIXTURE}"),
            _ => format!("loss {}", self.own_losses().join(", ")),
        }
    }

    /// The losses that have this parameter, where not all have.
    pub(super) fn own_losses(self) -> Vec<&'static str> {
        LOSSES
            .iter()
            .copied()
            .filter(|loss| self.is_of(loss))
            .collect()
    }

    fn admits(self, x: f64) -> bool {
        match self {
            Parameter::Alpha | Parameter::Gamma | Parameter::Norm => x > 0.0,
            Parameter::Kappa | Parameter::Own { .. } => true,
            Parameter::Beta | Parameter::Lambda => x >= 0.0,
            Parameter::Delta => x > 0.0,
            Parameter::Rho | Parameter::TrainingError => x > 0.0 && x < 1.0,
            Parameter::Distance => x > 0.0 && x <= 0.5,
        }
    }

    fn domain(self) -> &'static str {
        match self {
            Parameter::Alpha | Parameter::Gamma | Parameter::Norm | Parameter::Delta => {
                "greater than 0 and finite"
            }
            Parameter::Lambda => "at least 0 and finite",
            Parameter::Rho | Parameter::TrainingError => "above 0, below 1",
            Parameter::Kappa | Parameter::Own { .. } => "finite",
            Parameter::Beta => "at least 0, inf for zero temperature",
            Parameter::Distance => "above 0, at most 0.5",
        }
    }

    /// What may stand for this parameter, in words.
    pub fn allowed(self) -> String {
        format!("{GRAMMAR}, {}", self.domain())
    }

    /// The values that `text` stands for.
    ///
    /// # Errors
    /// One line, if the text cannot be read or a value is outside the parameter's domain.
    pub fn values(self, text: &str) -> Result<Vec<f64>, InputError> {
        let values = parse_values(self.name(), text, self == Parameter::Beta)?;
        match values.iter().find(|x| !self.admits(**x)) {
            None => Ok(values),
            Some(x) => Err(InputError::new(
                self.name(),
                text,
                format!("{} is out of range", shortest(*x)),
                self.allowed(),
            )),
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
