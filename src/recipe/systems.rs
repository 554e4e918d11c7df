//! Which finite systems a simulation runs on, and how: its own options, as typed and validated.

use super::options::Choice;
use super::range::{parse_values, shortest};
use super::request::RawRequest;
use super::table::Value;
use super::{Parameter, Verb};
use crate::error::InputError;
use crate::experiment::Algorithm;
use crate::message_passing::Entries;
use crate::message_passing::machine::Machine;
use crate::message_passing::protocol::Protocol;

/// The options that only simulations have.
pub(super) const SYSTEM_OPTIONS: [&str; 10] = [
    "n",
    "samples",
    "seed",
    "entries",
    "rate",
    "protocol",
    "damping",
    "tolerance",
    "max-iterations",
    "summary",
];

const ENTRIES: Choice = Choice {
    name: "entries",
    values: &["signs", "gaussian"],
};
const SUMMARY: Choice = Choice {
    name: "summary",
    values: &["false", "true"],
};

/// Largest system and largest number of samples of a request.
const LARGEST: f64 = 1e9;
/// Size and number of samples where none are given.
const SIZE: f64 = 1001.0;
const SAMPLES: f64 = 10.0;

/// The finite systems of a request, and how the algorithm runs on them.
#[derive(Clone, Debug, PartialEq)]
pub struct Systems {
    /// What is run.
    pub algorithm: Algorithm,
    /// The network, its threshold left open.
    pub machine: Machine,
    /// Its name as typed.
    pub machine_name: String,
    /// Numbers of inputs, in the order asked for.
    pub sizes: Vec<usize>,
    /// Samples of each size at each grid point.
    pub samples: usize,
    /// Seed of all of them.
    pub seed: u64,
    /// Law of the entries of patterns.
    pub entries: Entries,
    /// Increment of the reinforcement.
    pub rate: f64,
    /// Schedule of focusing.
    pub protocol: Protocol,
    /// Part of the old means that is kept, if typed.
    pub damping: Option<f64>,
    /// Largest change of a converged iteration, if typed.
    pub tolerance: Option<f64>,
    /// Most iterations, if typed.
    pub max_iterations: Option<usize>,
    /// One row for all samples, instead of one for each.
    pub summary: bool,
}

/// The systems of a request; none for verbs of theory, which take none of these options.
pub(super) fn systems(raw: &RawRequest, verb: Verb) -> Result<Option<Systems>, InputError> {
    let Verb::Simulate(algorithm) = verb else {
        let typed = SYSTEM_OPTIONS.iter().find_map(|n| Some((*n, raw.get(n)?)));
        return typed.map_or(Ok(None), |(name, value)| {
            let reason = format!("{} has no finite systems", verb.name());
            let allowed = "leave it out, or the verb simulate";
            Err(InputError::new(name, value, reason, allowed))
        });
    };
    let rate_default = match algorithm {
        Algorithm::MaxSum => 5e-3,
        _ => 1e-3,
    };
    let reinforced = matches!(algorithm, Algorithm::ReinforcedBp | Algorithm::MaxSum);
    only(raw, "rate", reinforced, "reinforced-bp, max-sum")?;
    only(
        raw,
        "protocol",
        algorithm == Algorithm::FocusingBp,
        "focusing-bp",
    )?;
    let iterates = !matches!(algorithm, Algorithm::MaxSum | Algorithm::Sbpi);
    for name in ["damping", "tolerance"] {
        only(raw, name, iterates, "bp, amp, reinforced-bp, focusing-bp")?;
    }
    let machine_name = raw.get("machine").unwrap_or("perceptron").to_owned();
    let systems = Systems {
        algorithm,
        machine: machine(&machine_name)?,
        machine_name,
        sizes: sizes(raw.get("n"))?,
        samples: whole(raw, "samples", 1.0, SAMPLES)? as usize,
        seed: seed(raw.get("seed"))?,
        entries: match ENTRIES.pick(raw.get(ENTRIES.name))? {
            "gaussian" => Entries::Gaussian,
            _ => Entries::Signs,
        },
        rate: number(raw, "rate", "above 0, at most 1", |x| x > 0.0 && x <= 1.0)?
            .unwrap_or(rate_default),
        protocol: protocol(raw.get("protocol").unwrap_or("pseudo-reinforcement"))?,
        damping: number(raw, "damping", "at least 0, below 1", |x| {
            (0.0..1.0).contains(&x)
        })?,
        tolerance: number(raw, "tolerance", "above 0", |x| x > 0.0)?,
        max_iterations: raw
            .get("max-iterations")
            .map(|_| whole(raw, "max-iterations", 1.0, 1.0).map(|x| x as usize))
            .transpose()?,
        summary: SUMMARY.pick(raw.get(SUMMARY.name))? == "true",
    };
    systems.check()?;
    Ok(Some(systems))
}

/// Refuses an option that the algorithm has no use for.
fn only(raw: &RawRequest, name: &str, has: bool, owners: &str) -> Result<(), InputError> {
    match raw.get(name) {
        Some(value) if !has => {
            let reason = format!("{name} belongs to {owners}");
            Err(InputError::new(name, value, reason, "leave it out"))
        }
        _ => Ok(()),
    }
}

/// One number in a domain, if it was typed.
fn number(
    raw: &RawRequest,
    name: &str,
    domain: &str,
    admits: impl Fn(f64) -> bool,
) -> Result<Option<f64>, InputError> {
    let Some(text) = raw.get(name) else {
        return Ok(None);
    };
    match parse_values(name, text, false)?[..] {
        [x] if admits(x) => Ok(Some(x)),
        _ => Err(InputError::new(
            name,
            text,
            "out of range",
            format!("one value, {domain}"),
        )),
    }
}

/// One whole number of at least `least`.
fn whole(raw: &RawRequest, name: &str, least: f64, default: f64) -> Result<f64, InputError> {
    let domain = format!("a whole number, {least} to {LARGEST}");
    let admits = |x: f64| x >= least && x <= LARGEST && x.fract() == 0.0;
    Ok(number(raw, name, &domain, admits)?.unwrap_or(default))
}

fn sizes(text: Option<&str>) -> Result<Vec<usize>, InputError> {
    let Some(text) = text else {
        return Ok(vec![SIZE as usize]);
    };
    let values = parse_values("n", text, false)?;
    let fits = |x: &f64| *x >= 1.0 && *x <= LARGEST && x.fract() == 0.0;
    match values.iter().find(|x| !fits(x)) {
        None => Ok(values.into_iter().map(|x| x as usize).collect()),
        Some(x) => {
            let reason = format!("{} is no number of weights", shortest(*x));
            let allowed = format!("whole numbers, 1 to {LARGEST}: a value, a list or a range");
            Err(InputError::new("n", text, reason, allowed))
        }
    }
}

fn seed(text: Option<&str>) -> Result<u64, InputError> {
    let Some(text) = text else { return Ok(0) };
    text.parse().map_err(|_| {
        let allowed = "a whole number, 0 to 18446744073709551615";
        InputError::new("seed", text, "no seed", allowed)
    })
}

/// What machines a simulation takes, in words.
pub(super) const SIMULATED_MACHINES: &str =
    "perceptron, tree-committee:K or committee:K with K hidden units, odd and at least 3";

fn machine(text: &str) -> Result<Machine, InputError> {
    let refuse = || InputError::new("machine", text, "no such machine", SIMULATED_MACHINES);
    let (name, units) = match text.split_once(':') {
        None if text == "perceptron" => return Ok(Machine::PERCEPTRON),
        None => return Err(refuse()),
        Some((name, units)) => (name, units.parse::<usize>().map_err(|_| refuse())?),
    };
    if units < 3 || units.is_multiple_of(2) || units > 999 {
        return Err(refuse());
    }
    match name {
        "tree-committee" => Ok(Machine::Tree { units }),
        "committee" => Ok(Machine::FullyConnected { units }),
        _ => Err(refuse()),
    }
}

/// What schedules there are, in words.
const PROTOCOLS: &str = "pseudo-reinforcement[:STEP], standard-reinforcement[:STEP] with a step of \
     rho below 1, or scoping[:Y] with Y replicas, above 1";

fn protocol(text: &str) -> Result<Protocol, InputError> {
    let refuse = |reason: &str| InputError::new("protocol", text, reason, PROTOCOLS);
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => {
            let value = value.parse::<f64>().map_err(|_| refuse("not a number"))?;
            (name, Some(value))
        }
        None => (text, None),
    };
    let step = value.unwrap_or(5e-3);
    let unfit = !(step > 1e-6 && step < 1.0);
    match name {
        "pseudo-reinforcement" | "standard-reinforcement" if unfit => {
            Err(refuse("the step is out of range"))
        }
        "pseudo-reinforcement" => Ok(Protocol::PseudoReinforcement { step }),
        "standard-reinforcement" => Ok(Protocol::StandardReinforcement { step }),
        "scoping" => {
            let y = value.unwrap_or(21.0);
            if !(y > 1.0 && y.is_finite()) {
                return Err(refuse("no number of replicas"));
            }
            // The more replicas, the less each has to be attracted.
            let largest = if y > 14.0 { 1.5 } else { 2.5 };
            Ok(Protocol::Scoping {
                y,
                step: 0.01,
                largest,
            })
        }
        _ => Err(refuse("no such protocol")),
    }
}

impl Systems {
    /// What depends on several options.
    fn check(&self) -> Result<(), InputError> {
        let name = self.algorithm.name();
        if self.machine != Machine::PERCEPTRON && !self.algorithm.takes_committees() {
            let reason = format!("{name} is for one hidden unit");
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
            return Err(InputError::new("n", n.to_string(), reason, allowed));
        }
        if !self.algorithm.needs_odd_signs() {
            return Ok(());
        }
        if self.entries == Entries::Gaussian {
            let reason = format!("{name} needs patterns of signs");
            return Err(InputError::new("entries", "gaussian", reason, "signs"));
        }
        match self.sizes.iter().find(|n| n.is_multiple_of(2)) {
            None => Ok(()),
            Some(n) => {
                let reason = format!("{name} needs fields that cannot vanish");
                Err(InputError::new("n", n.to_string(), reason, "odd numbers"))
            }
        }
    }

    /// Names and values of the options, defaults included.
    pub(super) fn parameters(&self) -> Vec<(&'static str, Value)> {
        let int = |x: usize| Value::Int(x as i64);
        let sizes: Vec<_> = self.sizes.iter().map(usize::to_string).collect();
        let entries = ENTRIES.values[usize::from(self.entries == Entries::Gaussian)];
        let mut list = vec![
            (
                "n",
                match self.sizes[..] {
                    [n] => int(n),
                    _ => Value::Text(sizes.join(",")),
                },
            ),
            ("samples", int(self.samples)),
            ("seed", Value::Text(self.seed.to_string())),
            ("entries", entries.into()),
        ];
        if matches!(self.algorithm, Algorithm::ReinforcedBp | Algorithm::MaxSum) {
            list.push(("rate", Value::Num(self.rate)));
        }
        if self.algorithm == Algorithm::FocusingBp {
            list.push(("protocol", Value::Text(self.protocol_name())));
        }
        list.extend(self.damping.map(|x| ("damping", Value::Num(x))));
        list.extend(self.tolerance.map(|x| ("tolerance", Value::Num(x))));
        list.extend(self.max_iterations.map(|x| ("max-iterations", int(x))));
        list.push(("summary", Value::Bool(self.summary)));
        list
    }

    fn protocol_name(&self) -> String {
        match self.protocol {
            Protocol::PseudoReinforcement { step } => {
                format!("pseudo-reinforcement:{}", shortest(step))
            }
            Protocol::StandardReinforcement { step } => {
                format!("standard-reinforcement:{}", shortest(step))
            }
            Protocol::Scoping { y, .. } => format!("scoping:{}", shortest(y)),
            Protocol::FreeScoping(_) => "free".to_owned(),
        }
    }
}

/// Refuses models that the algorithm cannot be run on.
pub(super) fn check_model(
    raw: &RawRequest,
    systems: &Systems,
    [weights, data, loss]: [&str; 3],
) -> Result<(), InputError> {
    let algorithm = systems.algorithm;
    let name = algorithm.name();
    let committee = systems.machine != Machine::PERCEPTRON;
    let special = committee || !algorithm.is_general();
    let what = if committee { "a committee" } else { name };
    for (option, value, wanted) in [("weights", weights, "binary"), ("loss", loss, "theta")] {
        if special && value != wanted {
            let reason = format!("{what} is for {wanted} {option}");
            return Err(InputError::new(option, value, reason, wanted));
        }
    }
    if committee && data != "storage" {
        let reason = "the teacher of a committee is not there";
        return Err(InputError::new("data", data, reason, "storage"));
    }
    let parameter = |parameter: Parameter| raw.get(parameter.name());
    if let Some(kappa) = parameter(Parameter::Kappa)
        && (committee || algorithm.needs_odd_signs())
        && kappa != "0"
    {
        let reason = format!("{what} is without margin");
        return Err(InputError::new(
            "kappa",
            kappa,
            reason,
            "0, or leave it out",
        ));
    }
    let beta = parameter(Parameter::Beta).unwrap_or("inf");
    if algorithm.solves() && beta != "inf" {
        let reason = format!("{name} looks for solutions");
        return Err(InputError::new(
            "beta",
            beta,
            reason,
            "inf, or leave it out",
        ));
    }
    let smooth = matches!(loss, "cross-entropy" | "square");
    if weights == "binary" && smooth && beta.split(',').any(|b| b == "inf") {
        let reason = format!("no configuration has vanishing loss {loss}");
        return Err(InputError::new(
            "beta",
            beta,
            reason,
            "finite values above 0",
        ));
    }
    Ok(())
}
