//! Classifiers of a mixture in closed form: which are asked for.

use super::choice::{DATUM, MIXTURE};
use super::parameter::Parameter;
use super::raw_request::RawRequest;
use super::verb::Verb;
use crate::error::InputError;
use crate::record::Value;
use crate::replica::closed_form::classifier::ClosedForm;

/// The option that lists them.
pub(crate) const CLASSIFIER: &str = "classifier";

/// The parameters that they depend on.
pub(crate) const PARAMETERS: [Parameter; 4] = [
    Parameter::Alpha,
    Parameter::Norm,
    Parameter::Delta,
    Parameter::Rho,
];

/// The classifiers that are asked for, in the order typed; none for other verbs.
///
/// # Errors
/// Names that are unknown or given twice, and options of anything else.
pub(super) fn classifiers(raw: &RawRequest, verb: Verb) -> Result<Vec<ClosedForm>, InputError> {
    let text = raw.get(CLASSIFIER);
    if verb != Verb::Classifiers {
        return text.map_or(Ok(Vec::new()), |text| {
            let reason = format!("{} takes no classifier", verb.name());
            let allowed = "leave it out, or the verb classifiers";
            Err(InputError::new(CLASSIFIER, text, reason, allowed))
        });
    }
    for (name, value) in &raw.options {
        let parameter = PARAMETERS.iter().any(|p| p.name() == name);
        if name == DATUM.name && value != MIXTURE {
            let reason = "classifiers in closed form are those of a mixture";
            return Err(InputError::new(name, value, reason, MIXTURE));
        }
        if !parameter && name != CLASSIFIER && name != DATUM.name {
            let mut allowed: Vec<_> = PARAMETERS.iter().map(|p| p.name()).collect();
            allowed.extend([DATUM.name, CLASSIFIER]);
            let reason = format!("classifiers takes no {name}");
            let allowed = format!("leave it out; {}", allowed.join(", "));
            return Err(InputError::new(name, value, reason, allowed));
        }
    }
    let Some(text) = text else {
        return Ok(ClosedForm::ALL.to_vec());
    };
    let mut found = Vec::new();
    for item in text.split(',').map(str::trim) {
        let form = ClosedForm::ALL.into_iter().find(|form| form.name() == item);
        let refuse = |reason: String| {
            let known = ClosedForm::ALL.map(ClosedForm::name).join(", ");
            InputError::new(
                CLASSIFIER,
                text,
                reason,
                format!("{known}, or a list of these"),
            )
        };
        let form = form.ok_or_else(|| refuse(format!("{item} is no classifier")))?;
        if found.contains(&form) {
            return Err(refuse(format!("{item} is given twice")));
        }
        found.push(form);
    }
    Ok(found)
}

/// The names of classifiers as the option takes them.
pub(super) fn names(classifiers: &[ClosedForm]) -> Value {
    let names: Vec<_> = classifiers.iter().map(|form| form.name()).collect();
    Value::Text(names.join(","))
}
