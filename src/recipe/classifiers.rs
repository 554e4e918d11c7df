//! Classifiers of a mixture in closed form: what a request says of them, and their table.

use super::clusters::{MIXTURE, mixture};
use super::gather::{Rows, gather};
use super::options::DATUM;
use super::quantities::{of_classifiers, of_trust};
use super::request::{RawRequest, Request};
use super::run_error::RunError;
use super::table::{Table, Value};
use super::{Parameter, Parameters, Verb};
use crate::error::InputError;
use crate::observer::Observer;
use crate::replica::mixture::classifier::ClosedForm;
use crate::replica::state::Status;

/// The option that lists them.
pub(super) const CLASSIFIER: &str = "classifier";

/// The parameters that they depend on.
pub(super) const PARAMETERS: [Parameter; 4] = [
    Parameter::Alpha,
    Parameter::Norm,
    Parameter::Delta,
    Parameter::Rho,
];

/// Rounding of a closed form.
const ROUNDING: f64 = 1e-15;

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

/// The table that answers a request, without its rows.
pub(super) fn empty(request: &Request) -> Table {
    let mut columns = vec!["data", CLASSIFIER];
    columns.extend(inputs(request).map(Parameter::name));
    columns.extend(of_classifiers().iter().map(|c| c.0));
    columns.extend(of_trust());
    Table::new(columns)
}

fn inputs(request: &Request) -> impl Iterator<Item = Parameter> {
    let asked = |p: &Parameter| request.grid.axes().iter().any(|a| a.parameter == *p);
    PARAMETERS.into_iter().filter(asked)
}

/// Answers a request: a row a classifier at each grid point.
///
/// # Errors
/// As [`super::run()`].
pub(super) fn run(request: &Request, observer: &dyn Observer) -> Result<Table, RunError> {
    let points: Vec<Parameters> = request.grid.iter().collect();
    let answer = |point: &Parameters| rows(request, point);
    let weight = |_: &Parameters| request.classifiers.len();
    gather(empty(request), &points, weight, answer, observer)
}

fn rows(request: &Request, point: &Parameters) -> Rows {
    let (Some(mixture), Some(alpha)) = (mixture(point), point.alpha) else {
        return Rows::new();
    };
    let columns = of_classifiers();
    let row = |form: &ClosedForm| {
        let found = form.at(&mixture, alpha);
        let found = point.norm.map_or(found, |norm| found.of_norm(norm));
        let mut row: Vec<Value> = vec![MIXTURE.into(), form.name().into()];
        row.extend(inputs(request).map(|p| Value::from(point.get(p))));
        row.extend(
            columns
                .iter()
                .map(|(_, read)| Value::from(read(&found, &mixture))),
        );
        row.extend([0.0.into(), ROUNDING.into(), Value::Null]);
        row.extend([Status::Ok.name().into(), Value::Null]);
        row
    };
    request.classifiers.iter().map(row).collect()
}
