//! The axes of a request's grid: what was typed, and defaults for what was not.

use super::choice::MIXTURE;
use super::classifiers;
use super::distances::default_distances;
use super::grid::{Axis, Grid};
use super::parameter::Parameter;
use super::range::{GRAMMAR, GRID_LIMIT, parse_values, shortest};
use super::raw_request::RawRequest;
use super::reference_choice::REFERENCE;
use super::systems::Systems;
use super::verb::Verb;
use crate::error::InputError;
use crate::experiment::Extent;
use crate::model::registry;

/// The option that gives parameters of a loss their values: `NAME=VALUES`.
pub(super) const SET: &str = "set";

/// What decides which parameters a request has.
pub(super) struct Scope<'a> {
    pub(super) verb: Verb,
    pub(super) names: [&'a str; 3],
    /// Whether a reference is the minimiser of a risk with a ridge.
    pub(super) ridge: bool,
    /// Number of references.
    pub(super) references: usize,
}

impl Scope<'_> {
    fn has(&self, parameter: Parameter) -> bool {
        match parameter {
            _ if self.verb == Verb::Classifiers => classifiers::PARAMETERS.contains(&parameter),
            Parameter::Lambda if self.ridge => true,
            Parameter::Norm if self.verb.is_local() => false,
            Parameter::TrainingError => {
                self.verb == Verb::LocalEntropy && parameter.belongs_to(self.names)
            }
            _ => parameter.belongs_to(self.names),
        }
    }
}

/// The product grid, in a canonical order: parameters of one value first, then the others in
/// the order given, and the distance last, along which a curve is computed at once. `load` is that
/// of patterns from a file.
pub(super) fn grid(raw: &RawRequest, scope: &Scope, load: Option<f64>) -> Result<Grid, InputError> {
    let mut axes = Vec::new();
    let given_error = raw.get(Parameter::TrainingError.name()).is_some();
    let given_own = own_values(raw, scope.names[2])?;
    for parameter in Parameter::of_loss(scope.names[2]) {
        let own = given_own.iter().find(|(own, _)| *own == parameter);
        if let Parameter::Own { .. } = parameter {
            let values = own.map_or_else(|| own_default(parameter, scope), |(_, v)| v.clone());
            axes.push(Axis { parameter, values });
            continue;
        }
        let text = raw.get(parameter.name());
        let values = match (text, load) {
            (Some(text), _) => given(parameter, text, scope)?,
            (None, Some(load)) if parameter == Parameter::Alpha => vec![load],
            // The clusters of a file are its own.
            (None, Some(_)) if matches!(parameter, Parameter::Delta | Parameter::Rho) => Vec::new(),
            (None, _) if parameter == Parameter::Beta && given_error => Vec::new(),
            (None, _) => absent(parameter, scope)?,
        };
        if !values.is_empty() {
            axes.push(Axis { parameter, values });
        }
    }
    let place = |axis: &Axis| {
        let name = axis.parameter.name();
        let own = format!("{name}=");
        let is_own = |option: &str, text: &str| option == SET && text.starts_with(&own);
        let typed = raw
            .options
            .iter()
            .position(|(option, text)| option == name || is_own(option, text));
        typed.filter(|_| axis.values.len() > 1).map(|i| i + 1)
    };
    axes.sort_by_key(|axis| {
        let is_curve = axis.parameter == Parameter::Distance;
        (is_curve, place(axis).unwrap_or(0))
    });
    check_size(&axes, scope.references, raw)?;
    Ok(Grid::new(axes))
}

/// Values of parameters that only the loss has, as given by `set` with `NAME=VALUES`.
fn own_values(raw: &RawRequest, loss: &str) -> Result<Vec<(Parameter, Vec<f64>)>, InputError> {
    let own = registry::loss(loss).map_or_else(Vec::new, |loss| loss.own());
    let mut found: Vec<(Parameter, Vec<f64>)> = Vec::new();
    for (_, text) in raw.options.iter().filter(|(name, _)| name == SET) {
        let refuse = |reason: String| {
            let names: Vec<_> = own.iter().map(|o| o.control.name()).collect();
            let allowed = match names[..] {
                [] => "leave it out: this loss has no parameter of its own".to_owned(),
                _ => format!("NAME=VALUES with a NAME of {}, {GRAMMAR}", names.join(", ")),
            };
            InputError::new(SET, text.as_str(), reason, allowed)
        };
        let Some((name, values)) = text.split_once('=') else {
            return Err(refuse("there is no =".to_owned()));
        };
        let Some(one) = own.iter().find(|o| o.control.name() == name) else {
            return Err(refuse(format!("loss {loss} has no parameter {name}")));
        };
        let values = parse_values(SET, values, false).map_err(|e| refuse(e.reason))?;
        if let Some(x) = values.iter().find(|x| **x <= one.above) {
            let reason = format!("{} is not above {}", shortest(*x), shortest(one.above));
            return Err(refuse(reason));
        }
        let parameter = Parameter::from(one.control);
        if found.iter().any(|(earlier, _)| *earlier == parameter) {
            return Err(refuse(format!("{name} is given twice")));
        }
        found.push((parameter, values));
    }
    Ok(found)
}

/// The value of such a parameter where none is given.
fn own_default(parameter: Parameter, scope: &Scope) -> Vec<f64> {
    let own = registry::loss(scope.names[2]).map_or_else(Vec::new, |loss| loss.own());
    let one = own.iter().find(|o| Parameter::from(o.control) == parameter);
    one.map(|o| o.default).into_iter().collect()
}

/// The values of a parameter that was typed.
fn given(parameter: Parameter, text: &str, scope: &Scope) -> Result<Vec<f64>, InputError> {
    let (name, verb) = (parameter.name(), scope.verb);
    if !scope.has(parameter) {
        let owners = parameter.owners();
        let [weights, data, loss] = scope.names;
        let local = verb.is_local() && data == MIXTURE;
        if parameter == Parameter::Lambda && local {
            let reason = "lambda is the ridge of references without a given norm";
            let allowed = "leave it out, or references cross-entropy:G, square, hinge";
            return Err(InputError::new(name, text, reason, allowed));
        }
        let what = match parameter {
            Parameter::TrainingError => verb.name(),
            Parameter::Lambda => format!("weights {weights}"),
            Parameter::Delta | Parameter::Rho => format!("data {data}"),
            Parameter::Norm => format!("a model of {weights}, {data}, {loss}"),
            _ => format!("loss {loss}"),
        };
        let reason = format!("{what} has no {name}");
        let allowed = format!("leave it out, or {owners}");
        return Err(InputError::new(name, text, reason, allowed));
    }
    if verb.answer() == Some(parameter) {
        let reason = format!("{name} is the answer of {}", verb.name());
        return Err(InputError::new(name, text, reason, "leave it out"));
    }
    let measured = matches!(verb, Verb::LocalEntropy | Verb::Simulate(_));
    if parameter == Parameter::Distance && !measured {
        let reason = "distance belongs to local-entropy and simulate";
        let allowed = "leave it out, or the verb local-entropy or simulate";
        return Err(InputError::new(name, text, reason, allowed));
    }
    parameter.values(text)
}

/// The default of a parameter that was not typed; no value where it is the answer or has no
/// meaning.
fn absent(parameter: Parameter, scope: &Scope) -> Result<Vec<f64>, InputError> {
    let verb = scope.verb;
    let optional = matches!(parameter, Parameter::TrainingError | Parameter::Norm);
    let nothing = verb.answer() == Some(parameter) || optional;
    if nothing || !scope.has(parameter) {
        return Ok(Vec::new());
    }
    if parameter == Parameter::Distance {
        let is_curve = verb == Verb::LocalEntropy;
        return Ok(if is_curve {
            default_distances()
        } else {
            Vec::new()
        });
    }
    let missing = || {
        let reason = format!("{} needs it", verb.name());
        InputError::missing(parameter.name(), reason, parameter.allowed())
    };
    Ok(vec![parameter.default_value().ok_or_else(missing)?])
}

/// Refuses simulations of more rows than a grid may have points: each is held until the last.
pub(super) fn check_rows(
    raw: &RawRequest,
    systems: &Systems,
    grid: &Grid,
) -> Result<(), InputError> {
    let path = match systems.extent {
        Extent::Path(iterations) => iterations,
        _ => 1,
    };
    let own = [
        ("n", systems.sizes.len()),
        ("samples", systems.samples),
        ("path", path),
    ];
    let all = own.iter().map(|(_, count)| *count);
    let rows = all.fold(grid.len(), usize::saturating_mul);
    if rows <= GRID_LIMIT {
        return Ok(());
    }
    // One of them is above 1: the grid alone is within the limit.
    let (name, _) = own
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .unwrap_or(own[1]);
    let reason = "sizes, samples, iterations of a path and grid points are too many";
    let allowed = format!("at most {GRID_LIMIT}, all of them multiplied");
    Err(InputError {
        value: raw.get(name).map(str::to_owned),
        ..InputError::missing(name, reason, allowed)
    })
}

fn check_size(axes: &[Axis], references: usize, raw: &RawRequest) -> Result<(), InputError> {
    let mut points = references.max(1);
    for axis in axes {
        points = points.saturating_mul(axis.values.len());
        if points > GRID_LIMIT {
            let several = axes.iter().filter(|axis| axis.values.len() > 1);
            let mut names: Vec<_> = several.map(|axis| axis.parameter.name()).collect();
            names.extend((references > 1).then_some(REFERENCE));
            let name = axis.parameter.name();
            let reason = format!("the grid of {} is too large", names.join(" and "));
            let allowed = format!("at most {GRID_LIMIT} grid points");
            return Err(InputError {
                value: raw.get(name).map(str::to_owned),
                ..InputError::missing(name, reason, allowed)
            });
        }
    }
    Ok(())
}
