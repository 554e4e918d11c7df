//! What distances are measured from on a mixture: the option `reference` there.

use super::bias::BIAS;
use super::parameter::Parameter;
use super::range::shortest;
use super::raw_request::RawRequest;
use super::reference_choice::{REFERENCE, REFERENCE_BETA, has_gamma, losses, number};
use super::verb::Verb;
use crate::error::InputError;
use crate::experiment::ClusterReference;
use crate::model;
use crate::model::loss::{Loss, ZeroSet};
use crate::model::registry::{self, LOSSES};
use crate::replica::local::critical::LocalQuantity;
use std::sync::Arc;

impl ClusterReference {
    /// Its name as the option takes it, the same for equal references however they were typed.
    pub fn name(&self) -> String {
        match self {
            ClusterReference::BayesOptimal => "bayes-optimal".to_owned(),
            ClusterReference::Minimiser { loss, gamma, norm } => {
                let numbers = [gamma, norm].into_iter().flatten();
                let numbers = numbers.map(|x| format!(":{}", shortest(*x)));
                format!("{loss}{}", numbers.collect::<String>())
            }
            ClusterReference::Tilted(tilt) => format!("tilted:{}", shortest(*tilt)),
        }
    }

    /// The reference that an item of the list stands for, or why there is none.
    fn parse(item: &str) -> Result<Self, String> {
        let mut words = item.split(':');
        let word = words.next().unwrap_or_default();
        let numbers: Vec<&str> = words.collect();
        match (word, &numbers[..]) {
            ("", []) => Err("a name is missing".to_owned()),
            ("tilted", []) => Err("tilted needs its tilt".to_owned()),
            ("tilted", [tilt]) => {
                number(item, tilt, f64::NEG_INFINITY).map(ClusterReference::Tilted)
            }
            ("bayes-optimal", []) => Ok(ClusterReference::BayesOptimal),
            (name, numbers) => match losses().find(|loss| *loss == name) {
                Some(loss) => minimiser(item, loss, numbers),
                None => Err(format!("{item} is no reference of a mixture")),
            },
        }
    }
}

/// The minimiser of a loss: its sharpness where it has one, then its squared norm if it is given.
fn minimiser(item: &str, loss: &'static str, numbers: &[&str]) -> Result<ClusterReference, String> {
    let above = |text: &&str| number(item, text, 0.0);
    let (gamma, norm) = match (has_gamma(loss), numbers) {
        (true, []) => return Err(format!("{loss} needs its sharpness")),
        (true, [gamma]) => (Some(gamma), None),
        (true, [gamma, norm]) => (Some(gamma), Some(norm)),
        (false, []) => (None, None),
        (false, [norm]) => (None, Some(norm)),
        _ => return Err(format!("{item} has too many numbers")),
    };
    Ok(ClusterReference::Minimiser {
        loss,
        gamma: gamma.map(above).transpose()?,
        norm: norm.map(above).transpose()?,
    })
}

/// The references as the option takes them, the default first.
pub(super) fn forms(verb: Verb) -> Vec<String> {
    let minimisers = losses().flat_map(|loss| {
        let name = format!("{loss}{}", if has_gamma(loss) { ":G" } else { "" });
        [name.clone(), format!("{name}:Q")]
    });
    let others = (verb == Verb::LocalEntropy).then(|| "tilted:H".to_owned());
    std::iter::once("bayes-optimal".to_owned())
        .chain(minimisers)
        .chain(others)
        .collect()
}

/// The references that are asked for on a mixture, in the order typed; none where the verb takes none.
///
/// # Errors
/// One line that names the option, the value and the references that there are.
pub(super) fn cluster_references(
    raw: &RawRequest,
    verb: Verb,
) -> Result<Vec<ClusterReference>, InputError> {
    let takes = matches!(
        verb,
        Verb::LocalEntropy | Verb::LocalThreshold(LocalQuantity::ClosestDistance)
    );
    if !takes {
        return Ok(Vec::new());
    }
    let forms = forms(verb);
    let text = raw.get(REFERENCE).unwrap_or(&forms[0]);
    let allowed = format!("{}, or a list of these", forms.join(", "));
    let refuse = |reason: String| InputError::new(REFERENCE, text, reason, allowed.as_str());
    let parse = |item: &str| {
        let choice = ClusterReference::parse(item.trim()).map_err(refuse)?;
        if choice.tilt().is_some() && verb != Verb::LocalEntropy {
            let reason = "tilted makes no errors: no classifier without errors is nearest";
            return Err(refuse(reason.to_owned()));
        }
        Ok(choice)
    };
    if let Some(beta) = raw.get(REFERENCE_BETA) {
        let reason = "references of a mixture have no temperature";
        return Err(InputError::new(
            REFERENCE_BETA,
            beta,
            reason,
            "leave it out",
        ));
    }
    let choices = text.split(',').map(parse);
    let choices = choices.collect::<Result<Vec<_>, _>>()?;
    if choices.iter().any(|choice| choice.tilt().is_some()) {
        check_bias(raw)?;
    }
    Ok(choices)
}

/// Tilted references do not learn their bias: it is given, or vanishes by symmetry.
fn check_bias(raw: &RawRequest) -> Result<(), InputError> {
    let bias = raw.get(BIAS).unwrap_or("learned");
    let Some(text) = raw.get(Parameter::Rho.name()).filter(|_| bias == "learned") else {
        return Ok(());
    };
    if Parameter::Rho.values(text)?.iter().all(|rho| *rho == 0.5) {
        return Ok(());
    }
    let reason = "tilted references of unequal clusters do not learn their bias";
    Err(InputError::new(BIAS, bias, reason, "fixed:B, or rho 0.5"))
}

/// What there is not of local entropies of a mixture, beyond what no mixture has.
///
/// # Errors
/// One line for the first thing.
pub(super) fn check_probes(
    raw: &RawRequest,
    verb: Verb,
    [weights, loss]: [&str; 2],
) -> Result<(), InputError> {
    let refuse = |option: &str, value: &str, reason: String, allowed: &str| {
        Err(InputError::new(option, value, reason, allowed))
    };
    if weights != "spherical" {
        let reason = format!("{} on a mixture needs weights of one norm", verb.name());
        return refuse("weights", weights, reason, "spherical");
    }
    let error = Parameter::TrainingError.name();
    let beta = raw.get(Parameter::Beta.name());
    if let Some(text) = raw.get(error) {
        if let Some(beta) = beta {
            let reason = format!("{error} decides the temperature");
            return refuse("beta", beta, reason, &format!("leave it out, or {error}"));
        }
        let kappa = raw.get(Parameter::Kappa.name()).unwrap_or("0");
        if loss != "theta" || kappa.parse() != Ok(0.0) {
            let reason = "only loss theta of margin 0 counts the errors".to_owned();
            return refuse(error, text, reason, "leave it out, or loss theta, kappa 0");
        }
        return Ok(());
    }
    // Probes that satisfy all patterns exactly have no volume, or there are none.
    let soft = !has_solutions(loss);
    let closest = verb != Verb::LocalEntropy;
    if closest && soft {
        let reason = format!("{} needs a loss that can vanish on one side", verb.name());
        let known = LOSSES.iter().copied().filter(|loss| has_solutions(loss));
        return refuse("loss", loss, reason, &known.collect::<Vec<_>>().join(", "));
    }
    let has_cold = |text: &str| text.split(',').any(|x| x.trim() == "inf");
    match beta {
        Some(beta) if closest && beta != "inf" => {
            let reason = format!("{} is about zero temperature", verb.name());
            refuse("beta", beta, reason, "inf, or leave it out")
        }
        None if soft => {
            let reason = format!("probes of loss {loss} need a temperature");
            Err(InputError::missing("beta", reason, "finite values"))
        }
        Some(beta) if soft && has_cold(beta) => {
            let reason = format!("probes of loss {loss} need a temperature");
            refuse("beta", beta, reason, "finite values")
        }
        _ => Ok(()),
    }
}
/// Whether a loss can vanish for all stabilities of a range, so that many weights satisfy every pattern.
fn has_solutions(loss: &str) -> bool {
    // A window of no width is one point.
    let wide = model::Parameters {
        kappa: 1.0,
        ..model::Parameters::default()
    };
    let set = |loss: Arc<dyn Loss>| loss.zero_set(&wide);
    let set = registry::loss(loss).map(set);
    matches!(set, Some(ZeroSet::HalfLine(_) | ZeroSet::Interval(..)))
}
