//! The options that describe a model, declared once for every verb that takes them.
//!
//! Values are passed on as typed, in the order typed: what they may be is decided where requests
//! are validated, so that recipes and the command line are refused with the same words.

use crate::ask::{DATA_NAMES, Parameter};
use crate::error::InputError;
use crate::model::registry::{LOSSES, MACHINES, WEIGHTS};
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::OsString;

const MODEL: &str = "Model";
const PARAMETERS: &str = "Parameters (a value, a list a,b,c or a range start:step:stop)";

const DISTANCES: &str = "Distances";

/// An option's long name, the name of its value, and what it means.
type Numeric = (&'static str, &'static str, &'static str);

/// An option's long name, what it may be, and what it means.
type Named = (&'static str, fn() -> &'static [&'static str], &'static str);

const CHOICES: [Named; 4] = [
    (
        "machine",
        || MACHINES,
        "The network: hidden units and how they make an output",
    ),
    (
        "weights",
        || &WEIGHTS,
        "Law of the weights: binary is w_i = ±1, spherical |w|² = N; ternary -1, 0, 1; gaussian and \
         laplace have unit scale; atoms:V[@P],… has the values V with prior weights P; ridge \
         minimises the loss plus lambda |w|²/2",
    ),
    (
        "data",
        || DATA_NAMES,
        "Random patterns and labels: storage draws labels at random, teacher takes those of a \
         teacher drawn like the weights, mixture has a cluster for each label",
    ),
    (
        "loss",
        || &LOSSES,
        "What a pattern costs by its stability: theta counts those below the margin kappa, window \
         those further from 0 than kappa; the others vary continuously",
    ),
];

const NUMERIC: [Numeric; 9] = [
    (
        "alpha",
        "ALPHA",
        "Patterns per weight, above 0 [no default: needed unless it is the answer]",
    ),
    (
        "kappa",
        "KAPPA",
        "Margin of losses theta and squared-hinge, of either sign; half-width of window [default: 0]",
    ),
    (
        "beta",
        "BETA",
        "Inverse temperature, at least 0, inf for zero temperature [default: inf]",
    ),
    (
        "gamma",
        "GAMMA",
        "Sharpness of loss cross-entropy, above 0; 0.5 is the logistic loss [default: 0.5]",
    ),
    (
        "lambda",
        "LAMBDA",
        "Strength of the ridge, at least 0: the loss is summed over patterns [default: 1]",
    ),
    (
        NORM,
        "NORM",
        "Squared norm |w|²/N: of minimisers of a loss on a mixture, with weights spherical, where the \
         column lambda is its multiplier; or what classifiers are scaled to [default: 1; of \
         classifiers their own]",
    ),
    (
        "delta",
        "DELTA",
        "Variance of the noise of a mixture, whose centres are at distance one from the middle \
         [default: 1]",
    ),
    (
        "rho",
        "RHO",
        "Fraction of patterns of label +1 in a mixture [default: 0.5]",
    ),
    (
        "bias",
        "BIAS",
        "Bias of a classifier of a mixture: learned, fixed:B, or bayes, that of the Bayes-optimal \
         classifier of the same --norm [default: learned]",
    ),
];

/// Options of some verbs only: the others do not show them, and say where they belong.
const LOCAL: [Numeric; 4] = [
    (
        DISTANCE,
        "DISTANCE",
        "Distances (1 - overlap)/2 from the reference, above 0, at most 0.5: a value, a list or a \
         range [default: 61 values over the whole range]",
    ),
    (
        REFERENCE,
        "NAMES",
        "What distances are measured from: one of the references below, or a list of them",
    ),
    (
        REFERENCE_BETA,
        "BETA",
        "Inverse temperature of references of a loss, at least 0 [default: inf]",
    ),
    (
        "training-error",
        "ERROR",
        "Largest fraction of patterns that probes of a mixture get wrong, in the place of --beta: a value, a \
         list or a range",
    ),
];

pub(super) const DISTANCE: &str = "distance";
pub(super) const REFERENCE: &str = "reference";
pub(super) const NORM: &str = "norm";
const REFERENCE_BETA: &str = "reference-beta";
const SET: &str = "set";

/// The options of a model as typed.
pub(super) struct ModelOptions {
    /// Long names without dashes and values, in the order typed.
    pub(super) typed: Vec<(String, String)>,
}

/// Refuses a parameter without its value. Values may start with a minus sign, so the parser
/// itself would take the next option for the value.
pub(super) fn refuse_missing(args: &[OsString]) -> Result<(), InputError> {
    let words: Vec<&str> = args.iter().map(|a| a.to_str().unwrap_or("")).collect();
    for (i, word) in words.iter().enumerate() {
        let Some(name) = word.strip_prefix("--") else {
            continue;
        };
        let parameter = Parameter::ALL.into_iter().find(|p| p.name() == name);
        let allowed = match (parameter, name) {
            (Some(parameter), _) => parameter.allowed(),
            (None, REFERENCE) => "a reference, or a list of them".to_owned(),
            (None, REFERENCE_BETA) => Parameter::Beta.allowed(),
            _ => continue,
        };
        if words.get(i + 1).is_none_or(|next| next.starts_with("--")) {
            return Err(InputError::missing(name, "its value is missing", allowed));
        }
    }
    Ok(())
}

fn names() -> impl Iterator<Item = &'static str> {
    let choices = CHOICES.iter().map(|(name, ..)| *name);
    let numeric = NUMERIC.iter().map(|(name, ..)| *name);
    let local = LOCAL.iter().map(|(name, ..)| *name);
    choices.chain(numeric).chain(local)
}

impl clap::FromArgMatches for ModelOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let on_command_line =
            |name: &&str| matches.value_source(name) == Some(ValueSource::CommandLine);
        let mut found: Vec<(Option<usize>, (String, String))> = names()
            .filter(on_command_line)
            .filter_map(|name| {
                let value = matches.get_one::<String>(name)?;
                Some((matches.index_of(name), (name.to_owned(), value.clone())))
            })
            .collect();
        let indices = matches.indices_of(SET).into_iter().flatten();
        let texts = matches.get_many::<String>(SET).into_iter().flatten();
        let own = indices.zip(texts);
        found.extend(own.map(|(i, text)| (Some(i), (SET.to_owned(), text.clone()))));
        found.sort_by_key(|(index, _)| *index);
        let typed = found.into_iter().map(|(_, pair)| pair).collect();
        Ok(ModelOptions { typed })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for ModelOptions {
    fn augment_args(command: Command) -> Command {
        let choices = CHOICES.iter().map(|(name, values, help)| {
            let help = format!("{help} [default: {}]", values()[0]);
            Arg::new(*name)
                .long(*name)
                .help(help)
                .help_heading(MODEL)
                .value_name("NAME")
                .value_parser(Names(values()))
        });
        let numeric = NUMERIC.iter().map(|(name, value, help)| {
            Arg::new(*name)
                .long(*name)
                .help(*help)
                .help_heading(PARAMETERS)
                .value_name(*value)
                .allow_hyphen_values(true)
        });
        let local = LOCAL.iter().map(|(name, value, help)| {
            Arg::new(*name)
                .long(*name)
                .help(*help)
                .help_heading(DISTANCES)
                .value_name(*value)
                .allow_hyphen_values(true)
                .hide(true)
        });
        let own = Arg::new(SET)
            .long(SET)
            .help("Values of a parameter that only one loss has, such as width=0.5")
            .help_heading(PARAMETERS)
            .value_name("NAME=VALUES")
            .action(ArgAction::Append);
        let options = choices.chain(numeric).chain([own]).chain(local);
        command.args(options)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Offers names to help and completion; takes any text.
#[derive(Clone)]
pub(super) struct Names(pub(super) &'static [&'static str]);

impl TypedValueParser for Names {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            self.0.iter().map(|name| PossibleValue::new(*name)),
        ))
    }
}

/// Shows an option that only some verbs have.
pub(super) fn shown(option: Arg) -> Arg {
    option.hide(false)
}

/// Hides an option that a verb has no use for.
pub(super) fn hidden(option: Arg) -> Arg {
    option.hide(true)
}

/// Shows those of all options that only local entropies have; the norm is that of a reference there.
pub(super) fn local_shown(option: Arg) -> Arg {
    let is_local = LOCAL.iter().any(|(name, ..)| option.get_id() == name);
    match option.get_id().as_str() {
        NORM => hidden(option),
        _ if is_local => shown(option),
        _ => option,
    }
}
