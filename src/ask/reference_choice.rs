//! What distances are measured from: the options `reference` and `reference-beta`.

use super::range::{parse_values, shortest};
use super::raw_request::RawRequest;
use super::verb::Verb;
use crate::error::InputError;
use crate::model::Control;
use crate::model::registry::{LOSSES, loss_parameters};
use crate::replica::local::critical::LocalQuantity;
use crate::replica::local::neighbourhoods::{Choice as ReferenceChoice, Replicas};

/// The option that lists references.
pub(super) const REFERENCE: &str = "reference";
/// The option that sets the inverse temperature of references of a loss.
pub(super) const REFERENCE_BETA: &str = "reference-beta";

/// What the inverse temperature of references may be.
const ONE_BETA: &str = "one value, at least 0, inf for zero temperature";

/// What a request that takes neither option says.
const LEAVE_OUT: &str = "leave it out, or the verb local-entropy";

/// References of mixture data.
const FOREIGN: &str = "bayes-optimal";

impl ReferenceChoice {
    /// Its name as the option takes it, the same for equal references however they were typed.
    pub fn name(&self) -> String {
        let valued = |name: &str, value: f64| format!("{name}:{}", shortest(value));
        match self {
            ReferenceChoice::Typical => "typical".to_owned(),
            ReferenceChoice::Margin(kappa) => valued("margin", *kappa),
            ReferenceChoice::LargestMargin => "margin:max".to_owned(),
            ReferenceChoice::Loss { name, gamma, .. } => {
                gamma.map_or(name.clone(), |gamma| valued(name, gamma))
            }
            ReferenceChoice::Robust(Replicas::Infinite) => "robust".to_owned(),
            ReferenceChoice::Robust(Replicas::Finite(y)) => valued("robust", *y),
            ReferenceChoice::Robust(Replicas::ZeroComplexity) => {
                "robust:complexity-zero".to_owned()
            }
        }
    }

    /// Its name with a letter for its number: `margin:K`.
    fn form(&self) -> String {
        match self {
            ReferenceChoice::Margin(_) => "margin:K".to_owned(),
            ReferenceChoice::Loss {
                name,
                gamma: Some(_),
                ..
            } => format!("{name}:G"),
            ReferenceChoice::Robust(Replicas::Finite(_)) => "robust:Y".to_owned(),
            other => other.name(),
        }
    }

    /// The reference that an item of the list stands for, or why there is none.
    fn parse(item: &str, beta: f64) -> Result<Self, String> {
        let (word, value) = match item.split_once(':') {
            Some((word, value)) => (word, Some(value)),
            None => (item, None),
        };
        match (word, value) {
            ("", None) => Err("a name is missing".to_owned()),
            ("typical", None) => Ok(ReferenceChoice::Typical),
            ("margin", Some("max")) => Ok(ReferenceChoice::LargestMargin),
            ("margin", Some(kappa)) => {
                number(item, kappa, f64::NEG_INFINITY).map(ReferenceChoice::Margin)
            }
            ("margin", None) => Err("margin needs its value, a number or max".to_owned()),
            ("robust", None) => Ok(ReferenceChoice::Robust(Replicas::Infinite)),
            ("robust", Some("complexity-zero")) => {
                Ok(ReferenceChoice::Robust(Replicas::ZeroComplexity))
            }
            ("robust", Some(y)) => {
                number(item, y, 1.0).map(|y| ReferenceChoice::Robust(Replicas::Finite(y)))
            }
            (FOREIGN, _) => Err(format!("{FOREIGN} belongs to mixture data")),
            (name, value) if losses().any(|loss| loss == name) => of_loss(item, name, value, beta),
            _ => Err(format!("{item} is no reference")),
        }
    }
}

/// A typical configuration of another loss.
fn of_loss(
    item: &str,
    name: &str,
    value: Option<&str>,
    beta: f64,
) -> Result<ReferenceChoice, String> {
    let gamma = match (value, has_gamma(name)) {
        (None, false) => None,
        (Some(gamma), true) => Some(number(item, gamma, 0.0)?),
        (None, true) => return Err(format!("{name} needs its sharpness")),
        (Some(_), false) => return Err(format!("{name} takes no number")),
    };
    Ok(ReferenceChoice::Loss {
        name: name.to_owned(),
        gamma,
        beta,
    })
}

/// The number of an item, finite and above a bound.
pub(super) fn number(item: &str, text: &str, above: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() && x > above => Ok(x + 0.0),
        Ok(x) if x.is_finite() => Err(format!("{item} is not above {above}")),
        _ => Err(format!("{item} does not end in a number")),
    }
}

/// Losses that a reference may be drawn from; the theta loss is that of margins, and a
/// reference has no room for parameters of one loss.
pub(super) fn losses() -> impl Iterator<Item = &'static str> {
    let all = LOSSES.iter().copied();
    all.filter(|loss| {
        let shared = |control: &Control| *control == Control::Gamma;
        loss_parameters(loss).iter().all(shared)
    })
}

pub(super) fn has_gamma(loss: &str) -> bool {
    loss_parameters(loss).contains(&Control::Gamma)
}

/// The losses as the option takes them.
fn loss_forms() -> Vec<String> {
    let form = |loss| format!("{loss}{}", if has_gamma(loss) { ":G" } else { "" });
    losses().map(form).collect()
}

impl LocalQuantity {
    /// References that it may be asked of, the default first.
    fn forms(self) -> &'static [&'static str] {
        const ROBUST: &str = "robust:complexity-zero";
        match self {
            LocalQuantity::Break => &["margin:max", "margin:K", "typical", "robust", ROBUST],
            LocalQuantity::IsolationLoad => &["margin:max", "margin:K", "typical"],
            LocalQuantity::IsolationDistance | LocalQuantity::ClosestDistance => {
                &["typical", "margin:K"]
            }
            // Its answer is a reference.
            LocalQuantity::IsolationMargin => &[],
        }
    }
}

impl Verb {
    /// References that the verb takes, the default first; none where it measures no distance.
    pub(super) fn reference_forms(self) -> Vec<String> {
        match self {
            Verb::Solve | Verb::Threshold(_) | Verb::Simulate(_) => Vec::new(),
            Verb::Classifiers | Verb::Validate => Vec::new(),
            Verb::LocalThreshold(quantity) => quantity
                .forms()
                .iter()
                .map(|&form| form.to_owned())
                .collect(),
            Verb::LocalEntropy => {
                let owned =
                    |forms: &[&str]| forms.iter().map(|&f| f.to_owned()).collect::<Vec<_>>();
                let margins = owned(&["typical", "margin:K", "margin:max"]);
                let robust = owned(&["robust", "robust:Y", "robust:complexity-zero"]);
                [margins, loss_forms(), robust].concat()
            }
        }
    }
}

/// The references that are asked for, in the order typed; none where the verb takes none.
///
/// # Errors
/// One line that names the option, the value and the references that the verb takes.
pub(super) fn references(raw: &RawRequest, verb: Verb) -> Result<Vec<ReferenceChoice>, InputError> {
    let beta = beta(raw, verb)?;
    let forms = verb.reference_forms();
    let Some(default) = forms.first() else {
        return match raw.get(REFERENCE) {
            None => Ok(Vec::new()),
            Some(text) => {
                let reason = format!("{} takes no reference", verb.name());
                Err(InputError::new(REFERENCE, text, reason, LEAVE_OUT))
            }
        };
    };
    let text = raw.get(REFERENCE).unwrap_or(default);
    let refuse = |reason: String| {
        let allowed = format!("{}, or a list of these", forms.join(", "));
        InputError::new(REFERENCE, text, reason, allowed)
    };
    let parse = |item: &str| {
        let choice = ReferenceChoice::parse(item.trim(), beta).map_err(refuse)?;
        if !forms.contains(&choice.form()) {
            let reason = format!("{} does not take {}", verb.name(), choice.name());
            return Err(refuse(reason));
        }
        Ok(choice)
    };
    let choices: Vec<_> = text.split(',').map(parse).collect::<Result<_, _>>()?;
    let of_loss = |choice: &ReferenceChoice| matches!(choice, ReferenceChoice::Loss { .. });
    if let (Some(typed), Some(other)) = (
        raw.get(REFERENCE_BETA),
        choices.iter().find(|c| !of_loss(c)),
    ) {
        let reason = format!("reference {} has no temperature of its own", other.name());
        let allowed = format!(
            "leave it out, or references {} only",
            loss_forms().join(", ")
        );
        return Err(InputError::new(REFERENCE_BETA, typed, reason, allowed));
    }
    Ok(choices)
}

/// The inverse temperature of references of a loss.
fn beta(raw: &RawRequest, verb: Verb) -> Result<f64, InputError> {
    let Some(text) = raw.get(REFERENCE_BETA) else {
        return Ok(f64::INFINITY);
    };
    if verb != Verb::LocalEntropy {
        let reason = format!("{REFERENCE_BETA} belongs to local-entropy");
        return Err(InputError::new(REFERENCE_BETA, text, reason, LEAVE_OUT));
    }
    let refuse = |reason: String| InputError::new(REFERENCE_BETA, text, reason, ONE_BETA);
    let values = parse_values(REFERENCE_BETA, text, true).map_err(|e| refuse(e.reason))?;
    match values[..] {
        [beta] if beta >= 0.0 => Ok(beta),
        [beta] => Err(refuse(format!("{} is out of range", shortest(beta)))),
        _ => Err(refuse(format!("{} values", values.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(options: &[(&str, &str)], verb: Verb) -> Result<Vec<ReferenceChoice>, InputError> {
        let pair = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let raw = RawRequest {
            options: options.iter().map(pair).collect(),
            ..RawRequest::default()
        };
        references(&raw, verb)
    }

    fn names(text: &str) -> Vec<String> {
        let choices = parse(&[("reference", text)], Verb::LocalEntropy).unwrap();
        choices.iter().map(ReferenceChoice::name).collect()
    }

    fn refusal(options: &[(&str, &str)], verb: Verb) -> String {
        parse(options, verb).unwrap_err().to_string()
    }

    #[test]
    fn every_reference_has_one_name_that_reads_back() {
        let all = "typical,margin:0.2,margin:max,cross-entropy:1,square,hinge,robust,robust:2.5,\
                   robust:complexity-zero";
        assert_eq!(names(all).join(","), all);
        let spelled = names(" margin:0.20, margin:-0 ,cross-entropy:1e0,robust:+3.0");
        assert_eq!(
            spelled,
            ["margin:0.2", "margin:0", "cross-entropy:1", "robust:3"]
        );
    }

    #[test]
    fn the_default_is_the_verbs_own() {
        let default = |verb| parse(&[], verb).unwrap();
        assert_eq!(default(Verb::LocalEntropy), [ReferenceChoice::Typical]);
        assert_eq!(default(Verb::Solve), []);
        let of = |quantity| default(Verb::LocalThreshold(quantity));
        assert_eq!(of(LocalQuantity::Break), [ReferenceChoice::LargestMargin]);
        assert_eq!(
            of(LocalQuantity::IsolationLoad),
            [ReferenceChoice::LargestMargin]
        );
        assert_eq!(
            of(LocalQuantity::IsolationDistance),
            [ReferenceChoice::Typical]
        );
        assert_eq!(
            of(LocalQuantity::ClosestDistance),
            [ReferenceChoice::Typical]
        );
        assert_eq!(of(LocalQuantity::IsolationMargin), []);
    }

    #[test]
    fn the_temperature_is_that_of_references_of_a_loss() {
        let options = [
            ("reference", "square,cross-entropy:2"),
            ("reference-beta", "5"),
        ];
        let betas = parse(&options, Verb::LocalEntropy).unwrap();
        assert_eq!(betas.len(), 2);
        for choice in betas {
            assert!(
                matches!(choice, ReferenceChoice::Loss { beta: 5.0, .. }),
                "{choice:?}"
            );
        }
        for (beta, part) in [
            ("-1", "-1 is out of range"),
            ("1,2", "2 values"),
            ("x", "x is not"),
        ] {
            let line = refusal(
                &[("reference", "hinge"), ("reference-beta", beta)],
                Verb::LocalEntropy,
            );
            assert!(
                line.starts_with(&format!("--reference-beta {beta}: {part}")),
                "{line}"
            );
            assert!(line.ends_with(&format!("allowed: {ONE_BETA}")), "{line}");
        }
        let mixed = [("reference", "square,margin:max"), ("reference-beta", "5")];
        assert_eq!(
            refusal(&mixed, Verb::LocalEntropy),
            "--reference-beta 5: reference margin:max has no temperature of its own; allowed: \
             leave it out, or references cross-entropy:G, square, hinge, perceptron only"
        );
        let line = refusal(&[("reference-beta", "5")], Verb::Solve);
        assert!(
            line.contains("reference-beta belongs to local-entropy"),
            "{line}"
        );
    }

    #[test]
    fn refusals_say_what_is_wrong_and_what_is_allowed() {
        for (text, reason) in [
            ("", "a name is missing"),
            ("typical,,square", "a name is missing"),
            ("Typical", "Typical is no reference"),
            ("theta", "theta is no reference"),
            ("typical:1", "typical:1 is no reference"),
            ("margin", "margin needs its value"),
            ("margin:", "margin: does not end in a number"),
            ("margin:inf", "margin:inf does not end in a number"),
            ("margin:nan", "margin:nan does not end in a number"),
            ("margin:0:0.1:1", "margin:0:0.1:1 does not end in a number"),
            ("cross-entropy", "cross-entropy needs its sharpness"),
            ("cross-entropy:0", "cross-entropy:0 is not above 0"),
            ("square:1", "square takes no number"),
            ("robust:1", "robust:1 is not above 1"),
            ("robust:inf", "robust:inf does not end in a number"),
            ("bayes-optimal", "bayes-optimal belongs to mixture data"),
        ] {
            let line = refusal(&[("reference", text)], Verb::LocalEntropy);
            assert!(line.contains(&format!(": {reason}")), "{text}: {line}");
            assert!(
                line.ends_with(
                    "; allowed: typical, margin:K, margin:max, cross-entropy:G, square, hinge, perceptron, \
                     robust, robust:Y, robust:complexity-zero, or a list of these"
                ),
                "{line}"
            );
        }
        let isolation = Verb::LocalThreshold(LocalQuantity::IsolationDistance);
        assert_eq!(
            refusal(&[("reference", "typical,robust")], isolation),
            "--reference typical,robust: threshold isolation-distance does not take robust; \
             allowed: typical, margin:K, or a list of these"
        );
        let margin = Verb::LocalThreshold(LocalQuantity::IsolationMargin);
        for (verb, name) in [
            (Verb::Solve, "solve"),
            (margin, "threshold isolation-margin"),
        ] {
            let line = refusal(&[("reference", "typical")], verb);
            assert!(
                line.contains(&format!("{name} takes no reference")),
                "{line}"
            );
        }
    }
}
