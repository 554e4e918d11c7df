//! What can be asked for: a verb and, of critical values, which.

use super::parameter::Parameter;
use super::raw_request::RawRequest;
use crate::error::InputError;
use crate::experiment::Algorithm;
use crate::replica::local::critical::LocalQuantity;
use crate::replica::threshold::Quantity;

/// Every verb of a request.
const VERBS: [&str; 6] = [
    "solve",
    "threshold",
    "local-entropy",
    "simulate",
    "classifiers",
    "validate",
];

/// What is to be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Order parameters at each grid point.
    Solve,
    /// A critical value at each grid point.
    Threshold(Quantity),
    /// Local entropies at each distance from each reference, at each grid point.
    LocalEntropy,
    /// A critical value of the local entropy around each reference, at each grid point.
    LocalThreshold(LocalQuantity),
    /// An algorithm on finite systems, at each grid point.
    Simulate(Algorithm),
    /// Classifiers of a mixture in closed form, at each grid point.
    Classifiers,
    /// Theory against simulation.
    Validate,
}

impl LocalQuantity {
    /// The parameter whose critical value is the answer; none for the margin of the reference.
    pub fn control(self) -> Option<Parameter> {
        match self {
            LocalQuantity::Break | LocalQuantity::IsolationLoad => Some(Parameter::Alpha),
            LocalQuantity::IsolationDistance | LocalQuantity::ClosestDistance => {
                Some(Parameter::Distance)
            }
            LocalQuantity::IsolationMargin => None,
        }
    }
}

impl Verb {
    pub(super) fn parse(raw: &RawRequest) -> Result<Self, InputError> {
        match (raw.verb.as_str(), raw.quantity.as_deref()) {
            ("solve", None) => Ok(Verb::Solve),
            ("local-entropy", None) => Ok(Verb::LocalEntropy),
            ("classifiers", None) => Ok(Verb::Classifiers),
            ("validate", None) => Ok(Verb::Validate),
            ("threshold", quantity) => Verb::critical(quantity),
            ("simulate", algorithm) => Verb::simulate(algorithm),
            (verb, Some(text)) if VERBS.contains(&verb) => Err(InputError::new(
                "QUANTITY",
                text,
                format!("{verb} takes no quantity"),
                "leave it out, or the verb threshold",
            )),
            (verb, _) => Err(InputError::new(
                "VERB",
                verb,
                "no such verb",
                VERBS.join(", "),
            )),
        }
    }

    /// The threshold of this name.
    fn critical(quantity: Option<&str>) -> Result<Self, InputError> {
        let all = Quantity::ALL.map(|q| (q.name(), Verb::Threshold(q)));
        let local = LocalQuantity::ALL.map(|q| (q.name(), Verb::LocalThreshold(q)));
        let mut known = all.into_iter().chain(local);
        let names = || {
            let names: Vec<_> = known.clone().map(|(name, _)| name).collect();
            names.join(", ")
        };
        let Some(text) = quantity else {
            let reason = "what to find is missing";
            return Err(InputError::missing("QUANTITY", reason, names()));
        };
        let refusal = InputError::new("QUANTITY", text, "no such quantity", names());
        let found = known.find(|(name, _)| *name == text);
        found.map(|(_, verb)| verb).ok_or(refusal)
    }

    /// The algorithm of this name.
    fn simulate(algorithm: Option<&str>) -> Result<Self, InputError> {
        let names = Algorithm::ALL.map(Algorithm::name).join(", ");
        let Some(text) = algorithm else {
            let reason = "what to run is missing";
            return Err(InputError::missing("ALGORITHM", reason, names));
        };
        let found = Algorithm::ALL.into_iter().find(|a| a.name() == text);
        let refusal = InputError::new("ALGORITHM", text, "no such algorithm", names);
        found.map(Verb::Simulate).ok_or(refusal)
    }

    /// The parameter that is the answer, if one is.
    pub fn answer(self) -> Option<Parameter> {
        match self {
            Verb::Solve | Verb::LocalEntropy | Verb::Simulate(_) => None,
            Verb::Classifiers | Verb::Validate => None,
            Verb::Threshold(quantity) => Some(quantity.control().into()),
            Verb::LocalThreshold(quantity) => quantity.control(),
        }
    }

    /// Whether it measures distances from a reference.
    pub(super) fn is_local(self) -> bool {
        matches!(self, Verb::LocalEntropy | Verb::LocalThreshold(_))
    }

    /// Whether it chooses between branches of solutions.
    pub(crate) fn has_branches(self) -> bool {
        matches!(self, Verb::Solve | Verb::LocalEntropy)
    }

    /// The verb alone, as typed.
    pub(super) fn word(self) -> &'static str {
        match self {
            Verb::Solve => "solve",
            Verb::LocalEntropy => "local-entropy",
            Verb::Threshold(_) | Verb::LocalThreshold(_) => "threshold",
            Verb::Simulate(_) => "simulate",
            Verb::Classifiers => "classifiers",
            Verb::Validate => "validate",
        }
    }

    /// Which critical value, as typed.
    pub(super) fn quantity(self) -> Option<&'static str> {
        match self {
            Verb::Solve | Verb::LocalEntropy | Verb::Classifiers | Verb::Validate => None,
            Verb::Threshold(quantity) => Some(quantity.name()),
            Verb::LocalThreshold(quantity) => Some(quantity.name()),
            Verb::Simulate(algorithm) => Some(algorithm.name()),
        }
    }

    /// The verb and its quantity as typed.
    pub fn name(self) -> String {
        let words: Vec<_> = std::iter::once(self.word())
            .chain(self.quantity())
            .collect();
        words.join(" ")
    }
}
