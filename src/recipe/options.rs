//! The options that describe a model, by their long names: what each may hold.

use super::Parameter;
use super::classifiers::CLASSIFIER;
use super::clusters::{BIAS, MIXTURE, RIDGE};
use super::comparison::COMPARISON_OPTIONS;
use super::range::{GRAMMAR, parse_values, shortest};
use super::reference::{REFERENCE, REFERENCE_BETA};
use super::systems::SYSTEM_OPTIONS;
use crate::error::InputError;
use crate::model::registry::{self, LOSSES, MACHINES, WEIGHTS, loss_parameters};

impl Parameter {
    /// The value where none is given; none for alpha, which has to be asked for, for the distance,
    /// which takes [`default_distances`], for the norm, which is that of the weights, and for the
    /// training error, which takes the place of beta.
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
    pub(super) fn belongs_to(self, [weights, data, loss]: [&str; 3]) -> bool {
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

/// Distances of a whole curve: dense near the reference, where probes may be lost, then even.
pub fn default_distances() -> Vec<f64> {
    const NEAREST: f64 = 1e-4;
    const EVEN_FROM: f64 = 0.05;
    const FARTHEST: f64 = 0.5;
    const STEPS: u32 = 30;
    let fraction = |i: u32| f64::from(i) / f64::from(STEPS);
    let near = (0..STEPS).map(|i| NEAREST * (EVEN_FROM / NEAREST).powf(fraction(i)));
    let far = (0..=STEPS).map(|i| EVEN_FROM + (FARTHEST - EVEN_FROM) * fraction(i));
    near.chain(far).map(three_digits).collect()
}

/// A number rounded to three significant digits, the nearest to what these digits say.
fn three_digits(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

/// The option that gives parameters of a loss their values: `NAME=VALUES`.
pub(super) const SET: &str = "set";

/// An option that takes one of a few names; the first name is the default.
pub(super) struct Choice {
    /// The option's long name.
    pub(super) name: &'static str,
    /// What it may be.
    pub(super) values: &'static [&'static str],
}

pub(super) const MACHINE: Choice = choice("machine", MACHINES);
pub(super) const WEIGHT: Choice = choice("weights", WEIGHTS);
pub(super) const DATUM: Choice = choice("data", DATA_NAMES);
pub(super) const LOSS: Choice = choice("loss", LOSSES);
pub(super) const BRANCHES: Choice = choice("branches", &["dominant", "all"]);

/// Laws of the patterns.
pub const DATA_NAMES: &[&str] = &["storage", "teacher", MIXTURE];

const CHOICES: [&Choice; 5] = [&MACHINE, &WEIGHT, &DATUM, &LOSS, &BRANCHES];

const fn choice(name: &'static str, values: &'static [&'static str]) -> Choice {
    Choice { name, values }
}

impl Choice {
    /// The registered name equal to `text`, or the default where nothing is given.
    pub(super) fn pick(&self, text: Option<&str>) -> Result<&'static str, InputError> {
        let Some(text) = text else {
            return Ok(self.values[0]);
        };
        let found = self.values.iter().find(|v| **v == text).copied();
        let found = match self.name {
            _ if found.is_some() => Ok(found),
            "weights" if text.starts_with("atoms:") => {
                registry::canonical_weights(text).map(Some)
            }
            "loss" => Ok(registry::canonical_loss(text)),
            _ => Ok(None),
        };
        let refuse = |reason: String| {
            let mut allowed = self.values.join(", ");
            if self.name == "weights" {
                allowed += &format!(", {}", registry::ATOMS);
            }
            InputError::new(self.name, text, reason, allowed)
        };
        match found {
            Ok(Some(name)) => Ok(name),
            Ok(None) => Err(refuse(format!("no such {}", self.name))),
            Err(reason) => Err(refuse(reason)),
        }
    }
}

/// Every option a request may hold, by its long name.
pub fn known_options() -> impl Iterator<Item = &'static str> {
    let choices = CHOICES.iter().map(|c| c.name);
    let parameters = Parameter::ALL.iter().map(|p| p.name());
    choices
        .chain(parameters)
        .chain([SET, BIAS, CLASSIFIER, REFERENCE, REFERENCE_BETA])
        .chain(SYSTEM_OPTIONS)
        .chain(COMPARISON_OPTIONS)
}

/// Whether a request may hold an option of this long name.
pub fn is_known_option(name: &str) -> bool {
    known_options().any(|known| known == name)
}

/// Refuses names that are unknown or given twice.
pub(super) fn check_names(options: &[(String, String)]) -> Result<(), InputError> {
    for (i, (name, value)) in options.iter().enumerate() {
        let refuse = |reason: String, allowed: String| {
            Err(InputError::new(
                name.as_str(),
                value.as_str(),
                reason,
                allowed,
            ))
        };
        if !is_known_option(name) {
            let known: Vec<_> = known_options().collect();
            return refuse("no such option".to_owned(), known.join(", "));
        }
        let again = options[..i].iter().any(|(earlier, _)| earlier == name);
        if again && name != SET {
            return refuse("given twice".to_owned(), format!("one {name}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_distances_cover_the_range_in_short_numbers() {
        let distances = default_distances();
        assert_eq!(distances.len(), 61);
        assert_eq!(distances[..3], [1e-4, 1.23e-4, 1.51e-4]);
        assert_eq!(distances[29..33], [0.0406, 0.05, 0.065, 0.08]);
        assert_eq!(distances.last(), Some(&0.5));
        assert!(distances.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            distances
                .iter()
                .all(|d| shortest(*d).len() <= "0.000123".len())
        );
    }
}
