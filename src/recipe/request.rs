//! What was asked: as typed, and as validated with every default filled in.

use super::clusters::{BIAS, RIDGE, bias, bias_value, check_mixture};
use super::grid::{Axis, Grid};
use super::options::{BRANCHES, DATUM, LOSS, MACHINE, WEIGHT, check_names, default_distances};
use super::range::GRID_LIMIT;
use super::reference::{REFERENCE, REFERENCE_BETA, references};
use super::simulated_model::check_model;
use super::systems::{Systems, systems};
use super::table::Value;
use super::{Branches, Parameter, Quantity, ReferenceChoice, Verb};
use crate::error::{Error, InputError};
use crate::model::registry::{self, DATA, WEIGHTS, is_discrete};
use crate::model::{Bias, Data};

use std::path::PathBuf;

/// The law of patterns that come from a file.
const FROM_FILE: &str = "file";

/// A request as typed, on the command line or in a recipe.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawRequest {
    /// `solve`, `threshold`, `local-entropy` or `simulate`.
    pub verb: String,
    /// What `threshold` is to find, or `simulate` to run.
    pub quantity: Option<String>,
    /// Options by long name without dashes, in the order given; grid parameters vary in this
    /// order, the last one fastest.
    pub options: Vec<(String, String)>,
    /// Where names of files start from: the folder of a recipe; empty for the current one.
    pub folder: PathBuf,
}

impl RawRequest {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.options.iter().find(|(option, _)| option == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A validated request: every name is registered, every number in its domain, every default
/// filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is to be computed.
    pub verb: Verb,
    /// How hidden units make an output: a registered name.
    pub machine: &'static str,
    /// Law of one weight: a registered name.
    pub weights: &'static str,
    /// Bias of a classifier of a mixture; none for other data.
    pub bias: Option<Bias>,
    /// Law of patterns and labels: a registered name, `mixture` or `file`.
    pub data: &'static str,
    /// What a stability costs: a registered name.
    pub loss: &'static str,
    /// Which solutions are returned; always dominant for thresholds.
    pub branches: Branches,
    /// What distances are measured from; none for verbs that measure no distance.
    pub references: Vec<ReferenceChoice>,
    /// The finite systems of a simulation.
    pub systems: Option<Systems>,
    /// Whether the seconds that samples took are a column: they differ from run to run.
    pub timed: bool,
    /// Where it is to be computed, for each reference.
    pub grid: Grid,
}

impl Request {
    /// Validates a request and fills in the defaults.
    ///
    /// # Errors
    /// One line that names the option, its value and what is allowed, or the file that cannot be
    /// read.
    pub fn new(raw: &RawRequest) -> Result<Self, Error> {
        let verb = Verb::parse(raw)?;
        check_names(&raw.options)?;
        let systems = systems(raw, verb)?;
        let machine = match systems {
            Some(_) => MACHINE.values[0],
            None => MACHINE.pick(raw.get(MACHINE.name))?,
        };
        let weights = weights(raw, verb)?;
        let data = DATUM.pick(raw.get(DATUM.name))?;
        let loss = LOSS.pick(raw.get(LOSS.name))?;
        let branches = match BRANCHES.pick(raw.get(BRANCHES.name))? {
            "all" => Branches::All,
            _ => Branches::Dominant,
        };
        let bias = bias(raw, data)?;
        check_verb(raw, verb, weights, data, loss)?;
        if let Some(systems) = &systems {
            check_model(raw, systems, [weights, data, loss])?;
        }
        let references = references(raw, verb)?;
        let load = systems.as_ref().and_then(Systems::load);
        let grid = grid(raw, verb, [weights, data, loss], references.len(), load)?;
        let data = if load.is_some() { FROM_FILE } else { data };
        Ok(Request {
            verb,
            machine,
            weights,
            bias,
            data,
            loss,
            branches,
            references,
            systems,
            timed: false,
            grid,
        })
    }

    /// Names and values of everything that was asked, defaults included: a number for a
    /// parameter of one value, else its values as text.
    pub fn parameters(&self) -> Vec<(String, Value)> {
        let mut list = vec![("verb", self.verb.word().into())];
        list.extend(self.verb.quantity().map(|q| ("quantity", q.into())));
        list.extend([
            (MACHINE.name, self.machine_name().into()),
            (WEIGHT.name, self.weights.into()),
            (DATUM.name, self.data.into()),
            (LOSS.name, self.loss.into()),
        ]);
        if self.verb.has_branches() {
            let all = self.branches == Branches::All;
            list.push((BRANCHES.name, BRANCHES.values[usize::from(all)].into()));
        }
        list.extend(self.bias.map(|bias| (BIAS, bias_value(bias))));
        list.extend(self.reference_parameters());
        list.extend(self.systems.iter().flat_map(Systems::parameters));
        for axis in self.grid.axes() {
            let value = match axis.values[..] {
                [one] => Value::Num(one),
                _ => Value::Text(axis.canonical()),
            };
            list.push((axis.parameter.name(), value));
        }
        list.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
    }

    fn machine_name(&self) -> &str {
        let systems = self.systems.as_ref();
        systems.map_or(self.machine, |systems| &systems.machine_name)
    }

    fn reference_parameters(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let names: Vec<_> = self.references.iter().map(|r| r.name()).collect();
        let list = (!names.is_empty()).then(|| (REFERENCE, Value::Text(names.join(","))));
        let beta = self
            .references
            .iter()
            .find_map(|reference| match reference {
                ReferenceChoice::Loss { beta, .. } => Some((REFERENCE_BETA, Value::Num(*beta))),
                _ => None,
            });
        list.into_iter().chain(beta)
    }

    /// Number of grid points, those of every reference counted.
    pub fn points(&self) -> usize {
        let systems = self.systems.as_ref();
        let samples = systems.map_or(1, |s| s.sizes.len() * s.samples);
        self.grid.len() * self.references.len().max(1) * samples
    }

    /// One text for equal requests: the same whatever the order of options that do not order
    /// the grid, and however equal values were typed.
    pub fn canonical(&self) -> String {
        let words: Vec<String> = self
            .parameters()
            .into_iter()
            .map(|(name, value)| match value {
                Value::Num(x) => format!("{name}={}", super::range::canonical(&[x])),
                Value::Text(text) => format!("{name}={text}"),
                other => format!("{name}={other:?}"),
            })
            .collect();
        words.join(" ")
    }
}

/// The law of the weights; classifiers of clusters have a ridge where none is given.
fn weights(raw: &RawRequest, verb: Verb) -> Result<&'static str, InputError> {
    match (raw.get(WEIGHT.name), verb) {
        (None, Verb::Simulate(algorithm)) if algorithm.classifies() => Ok(RIDGE),
        (text, _) => WEIGHT.pick(text),
    }
}

/// Refuses what the verb has no use for or cannot do without.
fn check_verb(
    raw: &RawRequest,
    verb: Verb,
    weights: &str,
    data: &str,
    loss: &str,
) -> Result<(), InputError> {
    if let (Some(value), false) = (raw.get(BRANCHES.name), verb.has_branches()) {
        let reason = format!("{} does not choose between branches", verb.name());
        let allowed = "leave it out";
        return Err(InputError::new(BRANCHES.name, value, reason, allowed));
    }
    check_mixture(raw, verb, [weights, data, loss])?;
    match verb {
        Verb::Solve | Verb::Simulate(_) => Ok(()),
        Verb::Threshold(quantity) => check_quantity(raw, quantity, weights, loss),
        Verb::LocalEntropy | Verb::LocalThreshold(_) => check_local(raw, verb, data),
    }
}

/// Curves around the teacher, else references of storage data.
fn check_local(raw: &RawRequest, verb: Verb, data: &str) -> Result<(), InputError> {
    let has_teacher = |name: &str| registry::data(name).is_some_and(Data::has_teacher);
    let around_teacher = verb == Verb::LocalEntropy
        && raw
            .get(REFERENCE)
            .is_none_or(|name| name == ReferenceChoice::Typical.name());
    if !has_teacher(data) || around_teacher {
        return Ok(());
    }
    let allowed: Vec<_> = DATA.iter().copied().filter(|d| !has_teacher(d)).collect();
    let needs = match verb {
        Verb::LocalEntropy => format!("around anything but a typical solution {} ", verb.name()),
        _ => format!("{} ", verb.name()),
    };
    let reason = needs + "needs storage data";
    Err(InputError::new(
        DATUM.name,
        data,
        reason,
        allowed.join(", "),
    ))
}

fn check_quantity(
    raw: &RawRequest,
    quantity: Quantity,
    weights: &str,
    loss: &str,
) -> Result<(), InputError> {
    let name = quantity.name();
    if quantity == Quantity::KappaMax && !Parameter::Kappa.own_losses().contains(&loss) {
        let reason = "threshold kappa-max needs a loss with a margin";
        let allowed = Parameter::Kappa.own_losses().join(", ");
        return Err(InputError::new(LOSS.name, loss, reason, allowed));
    }
    let beta = raw.get(Parameter::Beta.name());
    if let (Some(beta), Quantity::Capacity | Quantity::KappaMax) = (beta, quantity)
        && beta != "inf"
    {
        let reason = format!("threshold {name} is about zero temperature");
        return Err(InputError::new(
            "beta",
            beta,
            reason,
            "inf, or leave it out",
        ));
    }
    let discrete: Vec<_> = WEIGHTS.iter().copied().filter(|w| is_discrete(w)).collect();
    if quantity == Quantity::Freezing && !discrete.contains(&weights) {
        let reason = "threshold freezing needs discrete weights";
        return Err(InputError::new(
            WEIGHT.name,
            weights,
            reason,
            discrete.join(", "),
        ));
    }
    Ok(())
}

/// The product grid, in a canonical order: parameters of one value first, then the others in
/// the order given, and the distance last, along which a curve is computed at once. `load` is that
/// of patterns from a file.
fn grid(
    raw: &RawRequest,
    verb: Verb,
    names: [&str; 3],
    references: usize,
    load: Option<f64>,
) -> Result<Grid, InputError> {
    let mut axes = Vec::new();
    for parameter in Parameter::ALL {
        let text = raw.get(parameter.name());
        let values = match (text, load) {
            (Some(text), _) => given(parameter, text, verb, names)?,
            (None, Some(load)) if parameter == Parameter::Alpha => vec![load],
            // The clusters of a file are its own.
            (None, Some(_)) if matches!(parameter, Parameter::Delta | Parameter::Rho) => Vec::new(),
            (None, _) => absent(parameter, verb, names)?,
        };
        if !values.is_empty() {
            axes.push(Axis { parameter, values });
        }
    }
    let place = |axis: &Axis| {
        let name = axis.parameter.name();
        let typed = raw.options.iter().position(|(option, _)| option == name);
        typed.filter(|_| axis.values.len() > 1).map(|i| i + 1)
    };
    axes.sort_by_key(|axis| {
        let is_curve = axis.parameter == Parameter::Distance;
        (is_curve, place(axis).unwrap_or(0))
    });
    check_size(&axes, references, raw)?;
    Ok(Grid::new(axes))
}

/// The values of a parameter that was typed.
fn given(
    parameter: Parameter,
    text: &str,
    verb: Verb,
    names: [&str; 3],
) -> Result<Vec<f64>, InputError> {
    let name = parameter.name();
    if !parameter.belongs_to(names) {
        let owners = parameter.owners();
        let [weights, data, loss] = names;
        let what = match parameter {
            Parameter::Lambda => format!("weights {weights}"),
            Parameter::Delta | Parameter::Rho => format!("data {data}"),
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
fn absent(parameter: Parameter, verb: Verb, names: [&str; 3]) -> Result<Vec<f64>, InputError> {
    if verb.answer() == Some(parameter) || !parameter.belongs_to(names) {
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

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
