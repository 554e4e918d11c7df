//! All options by their long names: which there are.

use super::axes::SET;
use super::bias::BIAS;
use super::choice::CHOICES;
use super::classifiers::CLASSIFIER;
use super::comparison::COMPARISON_OPTIONS;
use super::parameter::Parameter;
use super::reference_choice::{REFERENCE, REFERENCE_BETA};
use super::systems::SYSTEM_OPTIONS;
use crate::error::InputError;

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
