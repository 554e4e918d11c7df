//! Which finite systems a simulation runs on, and how: its own options, as typed and validated.

use super::choice::{Choice, MIXTURE, choice};
use super::parameter::Parameter;
use super::raw_request::RawRequest;
use super::spelling::{machine, protocol, protocol_name};
use super::system_values::{number, only, seed, sizes, whole};
use super::verb::Verb;
use crate::error::{Error, InputError, shown};
use crate::experiment::independence::described;
use crate::experiment::{Algorithm, Extent};
use crate::message_passing::Entries;
use crate::message_passing::bp_settings::Rule;
use crate::message_passing::machine::Machine;
use crate::message_passing::protocol::Protocol;
use crate::record::pattern_file::PatternNames;
use crate::record::pattern_options::{LABEL_COLUMN, LABELS, PATTERNS, TEST};
use crate::record::{PatternFile, TestFile, Value};
use std::sync::Arc;

/// The option that leaves out the first samples.
pub(super) const FIRST_SAMPLE: &str = "first-sample";

/// The options that only simulations have.
pub(super) const SYSTEM_OPTIONS: [&str; 18] = [
    PATTERNS,
    LABELS,
    LABEL_COLUMN,
    TEST,
    "n",
    "samples",
    FIRST_SAMPLE,
    "seed",
    "entries",
    "rate",
    "protocol",
    "rule",
    "schedule",
    "damping",
    "tolerance",
    "max-iterations",
    "path",
    "summary",
];

const ENTRIES: Choice = choice("entries", || &["signs", "gaussian"]);
const RULE: Choice = choice("rule", || &["expanded", "cavity", "exact"]);
const SCHEDULE: Choice = choice("schedule", || &["flooding", "sequential"]);
const SUMMARY: Choice = choice("summary", || &["false", "true"]);

/// Number of samples where none is given.
const SAMPLES: f64 = 10.0;

/// The finite systems of a request, and how the algorithm runs on them.
#[derive(Clone, Debug, PartialEq)]
pub struct Systems {
    /// What is run.
    pub algorithm: Algorithm,
    /// The user's own patterns, if it runs on them.
    pub patterns: Option<Arc<PatternFile>>,
    /// Patterns that what was found on these is tried on.
    pub test: Option<Arc<TestFile>>,
    /// The network, its threshold left open.
    pub machine: Machine,
    /// Its name as typed.
    pub machine_name: String,
    /// Numbers of inputs, in the order asked for.
    pub sizes: Vec<usize>,
    /// Samples of each size at each grid point.
    pub samples: usize,
    /// Number of the first of them, counted from 0.
    pub first_sample: u64,
    /// Seed of all of them.
    pub seed: u64,
    /// Law of the entries of patterns.
    pub entries: Entries,
    /// Increment of the reinforcement.
    pub rate: f64,
    /// Schedule of focusing.
    pub protocol: Protocol,
    /// How patterns compute messages.
    pub rule: Rule,
    /// Whether patterns take turns, instead of all answering at once.
    pub sequential: bool,
    /// Part of the old means that is kept, if typed.
    pub damping: Option<f64>,
    /// Largest change of a converged iteration, if typed.
    pub tolerance: Option<f64>,
    /// Most iterations, if typed.
    pub max_iterations: Option<usize>,
    /// What is measured beside the outcome.
    pub extent: Extent,
    /// One row for all samples, instead of one for each.
    pub summary: bool,
}

/// The systems of a request; none for verbs of theory, which take none of these options.
///
/// # Errors
/// An option that is refused, or a file of patterns that cannot be read.
pub(super) fn systems(raw: &RawRequest, verb: Verb) -> Result<Option<Systems>, Error> {
    let Verb::Simulate(algorithm) = verb else {
        let typed = SYSTEM_OPTIONS.iter().find_map(|n| Some((*n, raw.get(n)?)));
        return typed.map_or(Ok(None), |(name, value)| {
            let reason = format!("{} has no finite systems", verb.name());
            let allowed = "leave it out, or the verb simulate";
            Err(InputError::new(name, value, reason, allowed).into())
        });
    };
    let rate_default = match algorithm {
        Algorithm::MaxSum => 5e-3,
        _ => 1e-3,
    };
    check_owners(raw, algorithm)?;
    let patterns = patterns(raw, algorithm)?;
    let test = test(raw, patterns.as_deref())?;
    let machine_name = raw.get("machine").unwrap_or("perceptron").to_owned();
    let systems = Systems {
        algorithm,
        machine: machine(&machine_name)?,
        machine_name,
        sizes: match &patterns {
            Some(file) => vec![file.shape()[1]],
            None => sizes(raw.get("n"))?,
        },
        samples: samples(raw, patterns.is_some())?,
        first_sample: whole(raw, FIRST_SAMPLE, 0.0, 0.0)? as u64,
        seed: seed(raw.get("seed"))?,
        entries: match (&patterns, ENTRIES.pick(raw.get(ENTRIES.name))?) {
            (Some(file), _) => file.entries(),
            (None, _) if raw.get("data") == Some(MIXTURE) => Entries::Gaussian,
            (None, "gaussian") => Entries::Gaussian,
            (None, _) => Entries::Signs,
        },
        patterns,
        test,
        rate: number(raw, "rate", "above 0, at most 1", |x| x > 0.0 && x <= 1.0)?
            .unwrap_or(rate_default),
        protocol: protocol(raw.get("protocol").unwrap_or("pseudo-reinforcement"))?,
        rule: match RULE.pick(raw.get(RULE.name))? {
            "cavity" => Rule::Cavity,
            "exact" => Rule::Exact,
            _ => Rule::Expanded,
        },
        sequential: SCHEDULE.pick(raw.get(SCHEDULE.name))? == "sequential",
        damping: number(raw, "damping", "at least 0, below 1", |x| {
            (0.0..1.0).contains(&x)
        })?,
        tolerance: number(raw, "tolerance", "above 0", |x| x > 0.0)?,
        max_iterations: raw
            .get("max-iterations")
            .map(|_| whole(raw, "max-iterations", 1.0, 1.0).map(|x| x as usize))
            .transpose()?,
        extent: extent(raw, algorithm)?,
        summary: SUMMARY.pick(raw.get(SUMMARY.name))? == "true",
    };
    systems.check()?;
    Ok(Some(systems))
}

/// How many samples are run.
fn samples(raw: &RawRequest, own: bool) -> Result<usize, InputError> {
    let default = if own { 1.0 } else { SAMPLES };
    Ok(whole(raw, "samples", 1.0, default)? as usize)
}

/// Refuses options of other algorithms.
fn check_owners(raw: &RawRequest, algorithm: Algorithm) -> Result<(), InputError> {
    let reinforced = matches!(algorithm, Algorithm::ReinforcedBp | Algorithm::MaxSum);
    only(raw, "rate", reinforced, "reinforced-bp, max-sum")?;
    only(
        raw,
        "protocol",
        algorithm == Algorithm::FocusingBp,
        "focusing-bp",
    )?;
    for name in [RULE.name, SCHEDULE.name] {
        only(raw, name, algorithm == Algorithm::Bp, "bp")?;
    }
    let iterates = algorithm.takes_committees();
    for name in ["damping", "tolerance"] {
        only(raw, name, iterates, "bp, amp, reinforced-bp, focusing-bp")?;
    }
    let steps = !algorithm.classifies();
    only(raw, "max-iterations", steps, "algorithms that iterate")
}

/// The user's own patterns, where there are any.
fn patterns(raw: &RawRequest, algorithm: Algorithm) -> Result<Option<Arc<PatternFile>>, Error> {
    let labels = raw.get(LABELS);
    let Some(patterns) = raw.get(PATTERNS) else {
        let theirs = [LABELS, LABEL_COLUMN, TEST];
        let typed = theirs.iter().find_map(|name| Some((*name, raw.get(name)?)));
        return typed.map_or(Ok(None), |(name, value)| {
            let belong = if name == LABELS { "belong" } else { "belongs" };
            let reason = format!("{name} {belong} to {PATTERNS}");
            let allowed = format!("leave it out, or add {PATTERNS}");
            Err(InputError::new(name, value, reason, allowed).into())
        });
    };
    let of_clusters = algorithm.classifies() || algorithm == Algorithm::Amp;
    for name in ["n", "entries", "data", "alpha", "delta", "rho"] {
        // That a file holds two clusters is for the user to say.
        let said = |value: &&str| name != "data" || *value != MIXTURE || !of_clusters;
        if let Some(value) = raw.get(name).filter(said) {
            let reason = format!("the file of {PATTERNS} says it, {}", shown(patterns));
            return Err(InputError::new(name, value, reason, "leave it out").into());
        }
    }
    let names = PatternNames {
        patterns,
        labels,
        label_column: raw.get(LABEL_COLUMN),
    };
    let file = PatternFile::read(names, &raw.folder)?;
    // Only the side of a margin counts: entries of one size are signs.
    let sided = matches!(raw.get("loss"), None | Some("theta")) && raw.get("data").is_none();
    let signs = match sided && !algorithm.classifies() {
        true => file.as_signs(),
        false => None,
    };
    Ok(Some(Arc::new(signs.unwrap_or(file))))
}

/// Patterns to be tried on, where there are any.
fn test(raw: &RawRequest, patterns: Option<&PatternFile>) -> Result<Option<Arc<TestFile>>, Error> {
    let (Some(name), Some(patterns)) = (raw.get(TEST), patterns) else {
        return Ok(None);
    };
    let refuse = |reason: &str, allowed: &str| InputError::new(TEST, name, reason, allowed);
    if raw
        .get("machine")
        .is_some_and(|machine| machine != "perceptron")
    {
        let reason = "patterns are tried on machines of one unit";
        return Err(refuse(reason, "leave it out, or machine perceptron").into());
    }
    for other in ["path", Parameter::Distance.name()] {
        if raw.get(other).is_some() {
            let reason = format!("rows of --{other} are about other configurations");
            return Err(refuse(&reason, "one of the two").into());
        }
    }
    Ok(Some(Arc::new(patterns.read_test(name, &raw.folder)?)))
}

/// What is measured: along a path, around what was found, or neither.
fn extent(raw: &RawRequest, algorithm: Algorithm) -> Result<Extent, InputError> {
    only(raw, "path", algorithm == Algorithm::Amp, "amp")?;
    if raw.get("path").is_some() {
        let iterations = whole(raw, "path", 1.0, 1.0)?;
        return Ok(Extent::Path(iterations as usize));
    }
    let distance = Parameter::Distance;
    only(
        raw,
        distance.name(),
        algorithm.solves(),
        "algorithms that find a configuration",
    )?;
    Ok(match raw.get(distance.name()) {
        Some(text) => Extent::Neighbourhood(distance.values(text)?),
        None => Extent::Outcome,
    })
}

impl Systems {
    /// What depends on several options.
    fn check(&self) -> Result<(), InputError> {
        let name = self.algorithm.name();
        let along_path = matches!(self.extent, Extent::Path(_));
        let single = along_path || !self.algorithm.takes_committees();
        if self.machine != Machine::PERCEPTRON && single {
            let what = if along_path { "path" } else { name };
            let reason = format!("{what} is for one hidden unit");
            return Err(InputError::new(
                "machine",
                &*self.machine_name,
                reason,
                "perceptron",
            ));
        }
        if let Some(n) = self
            .sizes
            .iter()
            .find(|n| self.machine.refusal(**n).is_some())
        {
            let reason = format!(
                "{n} inputs cannot be shared by {} units",
                self.machine.units()
            );
            let allowed = format!("multiples of {}", self.machine.units());
            return Err(self.refuse(("n", &n.to_string()), reason, &allowed));
        }
        if self.rule == Rule::Exact && self.entries == Entries::Gaussian {
            let reason = "exact messages need patterns of signs";
            return Err(InputError::new(
                RULE.name,
                "exact",
                reason,
                "expanded, cavity",
            ));
        }
        if !self.algorithm.needs_odd_signs() {
            return Ok(());
        }
        if self.entries == Entries::Gaussian {
            let reason = format!("{name} needs patterns of signs");
            return Err(self.refuse(("entries", "gaussian"), reason, "signs"));
        }
        match self.sizes.iter().find(|n| n.is_multiple_of(2)) {
            None => Ok(()),
            Some(n) => {
                let reason = format!("{name} needs fields that cannot vanish");
                Err(self.refuse(("n", &n.to_string()), reason, "odd numbers"))
            }
        }
    }

    /// Refuses what the patterns are: an option of those that are drawn, else the file.
    fn refuse(&self, (option, value): (&str, &str), reason: String, allowed: &str) -> InputError {
        let Some(file) = &self.patterns else {
            return InputError::new(option, value, reason, allowed);
        };
        let (reason, allowed) = match option {
            "n" => (
                format!("{reason}, and it has {value} inputs"),
                format!("files with {allowed} of inputs"),
            ),
            _ => (reason, "entries of one size, such as -1 and 1".to_owned()),
        };
        InputError::new(PATTERNS, &*file.patterns, reason, allowed)
    }

    /// How own files were read, where they might have been read otherwise, a line each.
    pub fn remarks(&self) -> Vec<String> {
        let own = self.patterns.iter().flat_map(|file| file.remarks());
        let tried = self.test.iter().flat_map(|file| file.remarks());
        own.chain(tried).cloned().collect()
    }

    /// What own patterns are like, in words.
    pub fn described(&self) -> Option<String> {
        let file = self.patterns.as_ref()?;
        Some(format!(
            "{}: {}",
            file.patterns,
            described(&file.instance.patterns)
        ))
    }

    /// Patterns per weight, where they come from a file.
    pub(super) fn load(&self) -> Option<f64> {
        let [rows, columns] = self.patterns.as_ref()?.shape();
        Some(rows as f64 / self.machine.weights(columns) as f64)
    }

    /// Names and values of the options, defaults included.
    pub(super) fn parameters(&self) -> Vec<(&'static str, Value)> {
        let int = |x: usize| Value::Int(x as i64);
        let sizes: Vec<_> = self.sizes.iter().map(usize::to_string).collect();
        let entries = ENTRIES.values()[usize::from(self.entries == Entries::Gaussian)];
        let mut list = Vec::new();
        if let Some(file) = &self.patterns {
            list.push((PATTERNS, Value::Text(file.patterns.clone())));
            list.extend(file.labels.clone().map(|name| (LABELS, Value::Text(name))));
            let column = file.label_column.clone();
            list.extend(column.map(|name| (LABEL_COLUMN, Value::Text(name))));
        }
        let test = self.test.as_ref();
        list.extend(test.map(|file| (TEST, Value::Text(file.name.clone()))));
        list.extend([
            (
                "n",
                match self.sizes[..] {
                    [n] => int(n),
                    _ => Value::Text(sizes.join(",")),
                },
            ),
            ("samples", int(self.samples)),
        ]);
        if self.first_sample > 0 {
            list.push((FIRST_SAMPLE, Value::Int(self.first_sample as i64)));
        }
        list.push(("seed", Value::Text(self.seed.to_string())));
        if self.patterns.is_none() && !self.algorithm.classifies() {
            list.push((ENTRIES.name, entries.into()));
        }
        if matches!(self.algorithm, Algorithm::ReinforcedBp | Algorithm::MaxSum) {
            list.push(("rate", Value::Num(self.rate)));
        }
        if self.algorithm == Algorithm::FocusingBp {
            list.push(("protocol", Value::Text(protocol_name(&self.protocol))));
        }
        if self.algorithm == Algorithm::Bp {
            let rule = RULE.values()[self.rule as usize];
            let schedule = SCHEDULE.values()[usize::from(self.sequential)];
            list.extend([(RULE.name, rule.into()), (SCHEDULE.name, schedule.into())]);
        }
        list.extend(self.damping.map(|x| ("damping", Value::Num(x))));
        list.extend(self.tolerance.map(|x| ("tolerance", Value::Num(x))));
        list.extend(self.max_iterations.map(|x| ("max-iterations", int(x))));
        if let Extent::Path(iterations) = self.extent {
            list.push(("path", int(iterations)));
        }
        list.push(("summary", Value::Bool(self.summary)));
        list
    }
}
