//! What was asked: as typed, and as validated with every default filled in.

use super::grid::{Axis, Grid};
use super::options::{BRANCHES, DATUM, LOSS, MACHINE, WEIGHT, check_names};
use super::range::GRID_LIMIT;
use super::table::Value;
use super::{Branches, Parameter, Quantity};
use crate::error::InputError;
use crate::model::registry::{WEIGHTS, is_discrete};

/// A request as typed, on the command line or in a recipe.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawRequest {
    /// `solve` or `threshold`.
    pub verb: String,
    /// What `threshold` is to find.
    pub quantity: Option<String>,
    /// Options by long name without dashes, in the order given; grid parameters vary in this
    /// order, the last one fastest.
    pub options: Vec<(String, String)>,
}

impl RawRequest {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.options.iter().find(|(option, _)| option == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Quantity {
    fn parse(text: Option<&str>) -> Result<Self, InputError> {
        let names = Quantity::ALL.map(Quantity::name).join(", ");
        let Some(text) = text else {
            return Err(InputError::missing(
                "QUANTITY",
                "what to find is missing",
                names,
            ));
        };
        let found = Quantity::ALL.into_iter().find(|q| q.name() == text);
        found.ok_or_else(|| InputError::new("QUANTITY", text, "no such quantity", names))
    }
}

/// What is to be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Order parameters at each grid point.
    Solve,
    /// A critical value at each grid point.
    Threshold(Quantity),
}

impl Verb {
    fn parse(raw: &RawRequest) -> Result<Self, InputError> {
        match (raw.verb.as_str(), raw.quantity.as_deref()) {
            ("solve", None) => Ok(Verb::Solve),
            ("solve", Some(text)) => Err(InputError::new(
                "QUANTITY",
                text,
                "solve takes no quantity",
                "leave it out, or the verb threshold",
            )),
            ("threshold", quantity) => Quantity::parse(quantity).map(Verb::Threshold),
            (verb, _) => Err(InputError::new(
                "VERB",
                verb,
                "no such verb",
                "solve, threshold",
            )),
        }
    }

    /// The parameter that is the answer, if one is.
    pub fn answer(self) -> Option<Parameter> {
        match self {
            Verb::Solve => None,
            Verb::Threshold(quantity) => Some(quantity.control()),
        }
    }

    /// The verb and its quantity as typed.
    pub fn name(self) -> String {
        match self {
            Verb::Solve => "solve".to_owned(),
            Verb::Threshold(quantity) => format!("threshold {}", quantity.name()),
        }
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
    /// Law of patterns and labels: a registered name.
    pub data: &'static str,
    /// What a stability costs: a registered name.
    pub loss: &'static str,
    /// Which solutions are returned; always dominant for thresholds.
    pub branches: Branches,
    /// Where it is to be computed.
    pub grid: Grid,
}

impl Request {
    /// Validates a request and fills in the defaults.
    ///
    /// # Errors
    /// One line that names the option, its value and what is allowed.
    pub fn new(raw: &RawRequest) -> Result<Self, InputError> {
        let verb = Verb::parse(raw)?;
        check_names(&raw.options)?;
        let machine = MACHINE.pick(raw.get(MACHINE.name))?;
        let weights = WEIGHT.pick(raw.get(WEIGHT.name))?;
        let data = DATUM.pick(raw.get(DATUM.name))?;
        let loss = LOSS.pick(raw.get(LOSS.name))?;
        let branches = match BRANCHES.pick(raw.get(BRANCHES.name))? {
            "all" => Branches::All,
            _ => Branches::Dominant,
        };
        check_verb(raw, verb, weights, loss)?;
        Ok(Request {
            verb,
            machine,
            weights,
            data,
            loss,
            branches,
            grid: grid(raw, verb, loss)?,
        })
    }

    /// Names and values of everything that was asked, defaults included: a number for a
    /// parameter of one value, else its values as text.
    pub fn parameters(&self) -> Vec<(String, Value)> {
        let mut list = vec![("verb", "solve".into())];
        if let Verb::Threshold(quantity) = self.verb {
            list = vec![
                ("verb", "threshold".into()),
                ("quantity", quantity.name().into()),
            ];
        }
        list.extend([
            (MACHINE.name, self.machine.into()),
            (WEIGHT.name, self.weights.into()),
            (DATUM.name, self.data.into()),
            (LOSS.name, self.loss.into()),
        ]);
        if self.verb == Verb::Solve {
            let all = self.branches == Branches::All;
            list.push((BRANCHES.name, BRANCHES.values[usize::from(all)].into()));
        }
        for axis in self.grid.axes() {
            let value = match axis.values[..] {
                [one] => Value::Num(one),
                _ => Value::Text(axis.canonical()),
            };
            list.push((axis.parameter.name(), value));
        }
        list.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
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

/// Refuses what the verb has no use for or cannot do without.
fn check_verb(raw: &RawRequest, verb: Verb, weights: &str, loss: &str) -> Result<(), InputError> {
    let Verb::Threshold(quantity) = verb else {
        return Ok(());
    };
    let name = quantity.name();
    if let Some(value) = raw.get(BRANCHES.name) {
        let reason = format!("threshold {name} does not choose between branches");
        return Err(InputError::new(
            BRANCHES.name,
            value,
            reason,
            "leave it out",
        ));
    }
    if quantity == Quantity::KappaMax && !Parameter::Kappa.belongs_to(loss) {
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
/// the order given.
fn grid(raw: &RawRequest, verb: Verb, loss: &str) -> Result<Grid, InputError> {
    let mut axes = Vec::new();
    for parameter in Parameter::ALL {
        let text = raw.get(parameter.name());
        let values = match text {
            Some(text) => given(parameter, text, verb, loss)?,
            None => absent(parameter, verb, loss)?,
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
    axes.sort_by_key(|axis| place(axis).unwrap_or(0));
    check_size(&axes, raw)?;
    Ok(Grid::new(axes))
}

/// The values of a parameter that was typed.
fn given(parameter: Parameter, text: &str, verb: Verb, loss: &str) -> Result<Vec<f64>, InputError> {
    let name = parameter.name();
    if !parameter.belongs_to(loss) {
        let own = parameter.own_losses().join(", ");
        let reason = format!("loss {loss} has no {name}");
        let allowed = format!("leave it out, or loss {own}");
        return Err(InputError::new(name, text, reason, allowed));
    }
    if verb.answer() == Some(parameter) {
        let reason = format!("{name} is the answer of {}", verb.name());
        return Err(InputError::new(name, text, reason, "leave it out"));
    }
    parameter.values(text)
}

/// The default of a parameter that was not typed; no value where it is the answer or has no
/// meaning.
fn absent(parameter: Parameter, verb: Verb, loss: &str) -> Result<Vec<f64>, InputError> {
    if verb.answer() == Some(parameter) || !parameter.belongs_to(loss) {
        return Ok(Vec::new());
    }
    let missing = || {
        let reason = format!("{} needs it", verb.name());
        InputError::missing(parameter.name(), reason, parameter.allowed())
    };
    Ok(vec![parameter.default_value().ok_or_else(missing)?])
}

fn check_size(axes: &[Axis], raw: &RawRequest) -> Result<(), InputError> {
    let mut points = 1_usize;
    for axis in axes {
        points = points.saturating_mul(axis.values.len());
        if points > GRID_LIMIT {
            let several = axes.iter().filter(|axis| axis.values.len() > 1);
            let names: Vec<_> = several.map(|axis| axis.parameter.name()).collect();
            let name = axis.parameter.name();
            return Err(InputError::new(
                name,
                raw.get(name).unwrap_or_default(),
                format!("the grid of {} is too large", names.join(" and ")),
                format!("at most {GRID_LIMIT} grid points"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
