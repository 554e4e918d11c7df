//! Combinations of machine, law of weights, data and loss that a verb answers.

use super::super::choice::DATA_NAMES;
use super::super::cluster_reference;
use super::super::parameter::Parameter;
use super::super::raw_request::RawRequest;
use super::super::request::Request;
use super::super::spelling::MACHINE_FORMS;
use super::super::verb::Verb;
use crate::experiment::Algorithm;
use crate::model::registry::{LOSSES, WEIGHTS};
use crate::replica::closed_form::classifier::ClosedForm;
use crate::replica::local::critical::LocalQuantity;
use crate::replica::threshold::Quantity;

/// What stands for the letter of a form such as `margin:K`.
const NUMBER: &str = "2";
/// What stands for the letter of a machine such as `tree-committee:K`.
const UNITS: &str = "3";
/// A number of weights that every machine and every algorithm takes: odd, a multiple of [`UNITS`].
const SIZE: &str = "1023";

/// Values that show whether a combination takes an option, one for each option that has one.
const VALUES: [(&str, &str); 22] = [
    ("alpha", "0.5"),
    ("kappa", "0.1"),
    ("beta", "1"),
    ("gamma", "1"),
    ("lambda", "1"),
    ("norm", "1"),
    ("delta", "1"),
    ("rho", "0.5"),
    ("training-error", "0.1"),
    ("distance", "0.1"),
    ("bias", "fixed:0"),
    ("reference-beta", "2"),
    ("branches", "all"),
    ("entries", "gaussian"),
    ("rate", "0.1"),
    ("protocol", "scoping"),
    ("rule", "cavity"),
    ("schedule", "sequential"),
    ("damping", "0.1"),
    ("tolerance", "0.1"),
    ("max-iterations", "1"),
    ("path", "1"),
];

/// Which temperatures a combination is answered at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Temperature {
    /// Zero temperature only.
    Zero,
    /// Finite inverse temperatures only.
    Finite,
    /// Both.
    Any,
    /// The critical temperature is the answer, or there is none.
    Open,
}

impl Temperature {
    /// As the option `beta` would say it.
    pub fn name(self) -> &'static str {
        match self {
            Temperature::Zero => "inf",
            Temperature::Finite => "finite",
            Temperature::Any => "any",
            Temperature::Open => "",
        }
    }
}

/// Something that can be asked for, and has an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// What is computed.
    pub verb: Verb,
    /// What distances are measured from, or which classifier, with letters for numbers.
    pub of: Option<String>,
    /// The network, with a letter for its number; none where the verb knows no choice.
    pub machine: Option<&'static str>,
    /// Law of one weight.
    pub weights: Option<&'static str>,
    /// Law of patterns and labels.
    pub data: &'static str,
    /// What a stability costs.
    pub loss: Option<&'static str>,
    /// Temperatures at which it is answered.
    pub beta: Temperature,
    /// Further options that it takes.
    pub options: Vec<&'static str>,
}

/// Every combination that is accepted, in the order verb, reference, machine, weights, data, loss.
pub fn combinations() -> Vec<Combination> {
    let verbs = verbs().into_iter();
    verbs
        .flat_map(|verb| of(verb).into_iter().flat_map(move |of| accepted(verb, of)))
        .collect()
}

/// Everything that can be computed.
fn verbs() -> Vec<Verb> {
    let critical = Quantity::ALL.map(Verb::Threshold).into_iter();
    let local = LocalQuantity::ALL.map(Verb::LocalThreshold);
    let simulated = Algorithm::ALL.map(Verb::Simulate);
    std::iter::once(Verb::Solve)
        .chain(critical)
        .chain([Verb::LocalEntropy])
        .chain(local)
        .chain([Verb::Classifiers])
        .chain(simulated)
        .collect()
}

/// What the verb may be asked about beside a model.
fn of(verb: Verb) -> Vec<Option<String>> {
    if verb == Verb::Classifiers {
        return ClosedForm::ALL
            .map(|form| Some(form.name().to_owned()))
            .into();
    }
    if !verb.is_local() {
        return vec![None];
    }
    let mut forms = verb.reference_forms();
    for form in cluster_reference::forms(verb) {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    // One quantity is a property of the reference, which is none of its options then.
    std::iter::once(None)
        .chain(forms.into_iter().map(Some))
        .collect()
}

/// The combinations of one verb and reference that are accepted.
fn accepted(verb: Verb, of: Option<String>) -> Vec<Combination> {
    let candidate = |machine, weights, data, loss| Combination {
        verb,
        of: of.clone(),
        machine,
        weights,
        data,
        loss,
        beta: Temperature::Open,
        options: Vec::new(),
    };
    let mut found = Vec::new();
    for &data in DATA_NAMES {
        if verb == Verb::Classifiers {
            found.extend(candidate(None, None, data, None).asked());
            continue;
        }
        for machine in MACHINE_FORMS {
            for &weights in WEIGHTS.iter() {
                for &loss in LOSSES.iter() {
                    let one = candidate(Some(machine), Some(weights), data, Some(loss));
                    found.extend(one.asked());
                }
            }
        }
    }
    found
}

impl Combination {
    /// The combination with what it takes, if it is accepted.
    fn asked(mut self) -> Option<Self> {
        // A reference that need not be named is listed by its name.
        if self.of.is_none() && self.names_a_reference() {
            return None;
        }
        let bases: Vec<RawRequest> = self.requests();
        let beta = |text: &str| bases.iter().any(|raw| raw.get("beta") == Some(text));
        self.beta = match (beta("inf"), beta("1")) {
            (true, true) => Temperature::Any,
            (true, false) => Temperature::Zero,
            (false, true) => Temperature::Finite,
            (false, false) if bases.is_empty() => return None,
            (false, false) => Temperature::Open,
        };
        let takes = |(name, value): &(&'static str, &str)| {
            let with = |raw: &RawRequest| {
                let mut raw = raw.clone();
                raw.options.retain(|(option, _)| option != name);
                if *name == "training-error" {
                    raw.options.retain(|(option, _)| option != "beta");
                }
                raw.options.push(((*name).to_owned(), (*value).to_owned()));
                Request::new(&raw).is_ok()
            };
            *name != "beta" && bases.iter().any(with)
        };
        let taken = VALUES.iter().filter(|option| takes(option));
        self.options = taken.map(|(name, _)| *name).collect();
        Some(self)
    }

    /// Whether the verb takes references.
    fn names_a_reference(&self) -> bool {
        let typical = ["typical", "margin:max", "bayes-optimal"];
        let named = |name: &&str| {
            let other = Combination {
                of: Some((**name).to_owned()),
                ..self.clone()
            };
            !other.requests().is_empty()
        };
        self.verb.is_local() && typical.iter().any(named)
    }

    /// Requests for it that are accepted: at zero temperature, at a finite one, at the default,
    /// with numbers for the letters of forms.
    pub fn requests(&self) -> Vec<RawRequest> {
        let betas = [Some("inf"), Some("1"), None];
        let raws = betas.into_iter().map(|beta| self.raw(beta));
        raws.filter(|raw| Request::new(raw).is_ok()).collect()
    }

    /// The combination as one would type it, with numbers for letters.
    fn raw(&self, beta: Option<&str>) -> RawRequest {
        let mut options = Vec::new();
        let mut push = |name: &str, value: Option<&str>| {
            options.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        };
        let of = self.of.as_deref().map(|form| typed(form, NUMBER));
        let chosen = if self.verb == Verb::Classifiers {
            "classifier"
        } else {
            "reference"
        };
        push(chosen, of.as_deref());
        push(
            "machine",
            self.machine.map(|form| typed(form, UNITS)).as_deref(),
        );
        push("weights", self.weights);
        push("data", Some(self.data));
        push("loss", self.loss);
        push("beta", beta);
        push(
            "alpha",
            (self.verb.answer() != Some(Parameter::Alpha)).then_some("0.5"),
        );
        push("n", matches!(self.verb, Verb::Simulate(_)).then_some(SIZE));
        RawRequest {
            verb: self.verb.word().to_owned(),
            quantity: self.verb.quantity().map(str::to_owned),
            options,
            ..RawRequest::default()
        }
    }
}

/// A form with a number in the place of each letter.
fn typed(form: &str, number: &str) -> String {
    let letter = |word: &str| word.len() == 1 && word.chars().all(|c| c.is_ascii_uppercase());
    let words = form
        .split(':')
        .map(|word| if letter(word) { number } else { word });
    words.collect::<Vec<_>>().join(":")
}

#[cfg(test)]
#[path = "combination_tests.rs"]
mod tests;
