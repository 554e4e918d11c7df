//! What was asked: as typed, and as validated with every default filled in.

use super::axes::{Scope, check_rows, grid};
use super::bias::{BIAS, bias};
use super::choice::{BRANCHES, DATUM, LOSS, MACHINE, MIXTURE, RIDGE, WEIGHT};
use super::classifiers::{self, CLASSIFIER, classifiers};
use super::cluster_reference::cluster_references;
use super::comparison::{Comparison, comparison};
use super::grid::Grid;
use super::mixture::check_mixture;
use super::options::check_names;
use super::parameter::Parameter;
use super::range;
use super::raw_request::RawRequest;
use super::reference_choice::{REFERENCE, REFERENCE_BETA, references};
use super::simulated_model::check_model;
use super::systems::{Systems, systems};
use super::verb::Verb;
use crate::error::{Error, InputError};
use crate::experiment::{BiasChoice, ClusterReference};
use crate::model::Data;
use crate::model::prior::Norm;
use crate::model::registry::{self, DATA, WEIGHTS};
use crate::record::pattern_options::PATTERNS;
use crate::record::{Meta, Pairs, Value};
use crate::replica::closed_form::classifier::ClosedForm;
use crate::replica::local::neighbourhoods::Choice as ReferenceChoice;
use crate::replica::sweep::Branches;
use crate::replica::threshold::Quantity;

/// The law of patterns that come from a file.
const FROM_FILE: &str = "file";

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
    pub bias: Option<BiasChoice>,
    /// Law of patterns and labels: a registered name, `mixture` or `file`.
    pub data: &'static str,
    /// What a stability costs: a registered name.
    pub loss: &'static str,
    /// Which solutions are returned; always dominant for thresholds.
    pub branches: Branches,
    /// What distances are measured from; none for verbs that measure no distance.
    pub references: Vec<ReferenceChoice>,
    /// The same on a mixture.
    pub cluster_references: Vec<ClusterReference>,
    /// Classifiers in closed form; none for other verbs.
    pub classifiers: Vec<ClosedForm>,
    /// The finite systems of a simulation.
    pub systems: Option<Systems>,
    /// What `validate` compares; none for other verbs.
    pub comparison: Option<Comparison>,
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
        let comparison = comparison(raw, verb)?;
        if comparison.is_some() {
            return Ok(Request::of_comparison(comparison));
        }
        let classifiers = classifiers(raw, verb)?;
        let systems = systems(raw, verb)?;
        let machine = match systems {
            Some(_) => MACHINE.values()[0],
            None => MACHINE.pick(raw.get(MACHINE.name))?,
        };
        let weights = weights(raw, verb)?;
        let data = data(raw, verb)?;
        let loss = LOSS.pick(raw.get(LOSS.name))?;
        let branches = branches(raw)?;
        let bias = match verb {
            Verb::Classifiers => None,
            _ => bias(raw, data)?,
        };
        check_verb(raw, verb, weights, data, loss)?;
        if let Some(systems) = &systems {
            check_model(raw, systems, [weights, data, loss])?;
        }
        let (references, cluster_references) = match data {
            MIXTURE if verb.is_local() => (Vec::new(), cluster_references(raw, verb)?),
            _ => (references(raw, verb)?, Vec::new()),
        };
        let load = systems.as_ref().and_then(Systems::load);
        let scope = Scope {
            verb,
            names: [weights, data, loss],
            ridge: cluster_references.iter().any(ClusterReference::has_ridge),
            references: references.len() + cluster_references.len(),
        };
        let grid = grid(raw, &scope, load)?;
        if let Some(systems) = &systems {
            check_rows(raw, systems, &grid)?;
        }
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
            cluster_references,
            classifiers,
            systems,
            comparison: None,
            timed: false,
            grid,
        })
    }

    /// The checks have their own models and grids.
    fn of_comparison(comparison: Option<Comparison>) -> Self {
        Request {
            verb: Verb::Validate,
            machine: MACHINE.values()[0],
            weights: WEIGHT.values()[0],
            bias: None,
            data: DATUM.values()[0],
            loss: LOSS.values()[0],
            branches: Branches::Dominant,
            references: Vec::new(),
            cluster_references: Vec::new(),
            classifiers: Vec::new(),
            systems: None,
            comparison,
            timed: false,
            grid: Grid::default(),
        }
    }

    /// Names and values of everything that was asked, defaults included: a number for a
    /// parameter of one value, else its values as text.
    pub fn parameters(&self) -> Pairs {
        let mut list = vec![("verb", self.verb.word().into())];
        list.extend(self.verb.quantity().map(|q| ("quantity", q.into())));
        if let Some(comparison) = &self.comparison {
            list.extend(comparison.parameters());
        } else if self.verb == Verb::Classifiers {
            list.push((DATUM.name, self.data.into()));
            list.push((CLASSIFIER, classifiers::names(&self.classifiers)));
        } else {
            list.extend([
                (MACHINE.name, self.machine_name().into()),
                (WEIGHT.name, self.weights.into()),
                (DATUM.name, self.data.into()),
                (LOSS.name, self.loss.into()),
            ]);
        }
        if self.verb.has_branches() {
            let all = self.branches == Branches::All;
            list.push((BRANCHES.name, BRANCHES.values()[usize::from(all)].into()));
        }
        list.extend(self.bias.map(|bias| (BIAS, super::bias::value(bias))));
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

    /// Where the table that answers it comes from.
    pub fn meta(&self, command: impl Into<String>, tolerances: Pairs) -> Meta {
        Meta {
            command: command.into(),
            parameters: self.parameters(),
            seed: match (&self.systems, &self.comparison) {
                (Some(systems), _) => Some(systems.seed),
                (None, comparison) => comparison.as_ref().map(|c| c.validation.seed),
            },
            tolerances,
            ..Meta::default()
        }
    }

    fn machine_name(&self) -> &str {
        let systems = self.systems.as_ref();
        systems.map_or(self.machine, |systems| &systems.machine_name)
    }

    fn reference_parameters(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let names = self.references.iter().map(ReferenceChoice::name);
        let of_mixture = self.cluster_references.iter().map(ClusterReference::name);
        let names: Vec<_> = names.chain(of_mixture).collect();
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

    /// Number of grid points, those of every reference counted; of comparisons that of instances.
    pub fn points(&self) -> usize {
        if let Some(comparison) = &self.comparison {
            return comparison.validation.instances();
        }
        let systems = self.systems.as_ref();
        let samples = systems.map_or(1, |s| s.sizes.len() * s.samples);
        let references = self.references.len() + self.cluster_references.len();
        self.grid.len() * references.max(1) * samples
    }

    /// One text for equal requests: the same whatever the order of options that do not order
    /// the grid, and however equal values were typed.
    pub fn canonical(&self) -> String {
        let words: Vec<String> = self
            .parameters()
            .into_iter()
            .map(|(name, value)| match value {
                Value::Num(x) => format!("{name}={}", range::canonical(&[x])),
                Value::Text(text) => format!("{name}={text}"),
                other => format!("{name}={other:?}"),
            })
            .collect();
        words.join(" ")
    }
}

fn branches(raw: &RawRequest) -> Result<Branches, InputError> {
    Ok(match BRANCHES.pick(raw.get(BRANCHES.name))? {
        "all" => Branches::All,
        _ => Branches::Dominant,
    })
}

/// The law of patterns and labels; classifiers in closed form are those of a mixture, and so are all of
/// own patterns.
fn data(raw: &RawRequest, verb: Verb) -> Result<&'static str, InputError> {
    let own = raw.get(PATTERNS).is_some() && raw.get(DATUM.name).is_none();
    match verb {
        Verb::Classifiers => Ok(MIXTURE),
        Verb::Simulate(algorithm) if own && algorithm.classifies() => Ok(MIXTURE),
        _ => DATUM.pick(raw.get(DATUM.name)),
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
        Verb::Solve | Verb::Simulate(_) | Verb::Classifiers | Verb::Validate => Ok(()),
        Verb::Threshold(quantity) => check_quantity(raw, quantity, weights, loss),
        Verb::LocalEntropy | Verb::LocalThreshold(_) => check_local(raw, verb, weights, data),
    }
}

/// Curves around the teacher, else references of storage data.
fn check_local(raw: &RawRequest, verb: Verb, weights: &str, data: &str) -> Result<(), InputError> {
    let has_teacher = |name: &str| registry::data(name).is_some_and(Data::has_teacher);
    let around_teacher = verb == Verb::LocalEntropy
        && raw
            .get(REFERENCE)
            .is_none_or(|name| name == ReferenceChoice::Typical.name());
    if !has_teacher(data) || around_teacher {
        return check_distance(verb, weights);
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

/// Distances are angles: they need weights of one norm.
fn check_distance(verb: Verb, weights: &str) -> Result<(), InputError> {
    let one_norm = |name: &str| registry::norm(name).is_some_and(|norm| norm != Norm::Free);
    if weights == RIDGE || one_norm(weights) {
        return Ok(());
    }
    let allowed: Vec<_> = WEIGHTS.iter().copied().filter(|w| one_norm(w)).collect();
    let reason = format!(
        "{} measures distances, which are not defined for weights of free norm",
        verb.name()
    );
    Err(InputError::new(
        WEIGHT.name,
        weights,
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
    let discrete: Vec<_> = WEIGHTS
        .iter()
        .copied()
        .filter(|w| registry::has_atoms(w))
        .collect();
    if quantity == Quantity::Freezing && !registry::has_atoms(weights) {
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

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
