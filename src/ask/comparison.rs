//! Theory against simulation as a request: which checks, how well, and the table of their rows.

use super::raw_request::RawRequest;
use super::verb::Verb;
use crate::error::InputError;
use crate::experiment::validation::{Check, Validation};
use crate::record::Value;

/// The options that only comparisons have.
pub(super) const COMPARISON_OPTIONS: [&str; 3] = [CHECKS, ALL, SIGMAS];
/// All options that they have.
const OPTIONS: [&str; 6] = [CHECKS, ALL, "n", "samples", "seed", SIGMAS];

const CHECKS: &str = "checks";
const ALL: &str = "all";
const SIGMAS: &str = "sigmas";

/// Theory against simulation: what is compared, and by how much it may differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Checks, sizes, samples and seed.
    pub validation: Validation,
    /// Standard errors by which theory and simulation may differ.
    pub sigmas: f64,
}

/// The comparison of a request; none for other verbs, which take none of its options.
///
/// # Errors
/// An option that is refused.
pub(super) fn comparison(raw: &RawRequest, verb: Verb) -> Result<Option<Comparison>, InputError> {
    if verb != Verb::Validate {
        let typed = COMPARISON_OPTIONS
            .iter()
            .find_map(|name| Some((*name, raw.get(name)?)));
        return typed.map_or(Ok(None), |(name, value)| {
            let reason = format!("{} compares nothing", verb.name());
            let allowed = "leave it out, or the verb validate";
            Err(InputError::new(name, value, reason, allowed))
        });
    }
    let foreign = |(name, _): &&(String, String)| !OPTIONS.contains(&name.as_str());
    if let Some((name, value)) = raw.options.iter().find(foreign) {
        let reason = format!("validate has no {name}");
        let allowed = OPTIONS.join(", ");
        return Err(InputError::new(name, value, reason, allowed));
    }
    let default = Validation::default();
    let validation = Validation {
        checks: checks(raw)?.unwrap_or(default.checks),
        sizes: sizes(raw.get("n"))?.unwrap_or(default.sizes),
        samples: whole("samples", raw.get("samples"))?.unwrap_or(default.samples),
        seed: whole("seed", raw.get("seed"))?.unwrap_or(default.seed),
    };
    validation.check()?;
    let sigmas = sigmas(raw.get(SIGMAS))?;
    Ok(Some(Comparison { validation, sigmas }))
}

impl Comparison {
    /// Names and values of the options, defaults included.
    pub(super) fn parameters(&self) -> Vec<(&'static str, Value)> {
        let own = &self.validation;
        let names: Vec<&str> = own.checks.iter().map(|c| c.name()).collect();
        let sizes: Vec<String> = own.sizes.iter().map(usize::to_string).collect();
        vec![
            (CHECKS, names.join(",").as_str().into()),
            ("n", sizes.join(",").as_str().into()),
            ("samples", count(own.samples)),
            ("seed", Value::Text(own.seed.to_string())),
            (SIGMAS, self.sigmas.into()),
        ]
    }
}

fn count(n: usize) -> Value {
    i64::try_from(n).map_or(Value::Null, Value::Int)
}

fn whole<T: std::str::FromStr>(option: &str, text: Option<&str>) -> Result<Option<T>, InputError> {
    let refuse = |text: &str| InputError::new(option, text, "not a whole number", "0, 1, 2, ...");
    let parse = |text: &str| text.parse().map_err(|_| refuse(text));
    text.map(parse).transpose()
}

fn sizes(text: Option<&str>) -> Result<Option<Vec<usize>>, InputError> {
    let refuse = |text: &str| {
        let allowed = "numbers separated by commas, such as 1001,3001";
        InputError::new("n", text, "not a list of whole numbers", allowed)
    };
    let parse = |text: &str| {
        let sizes = text.split(',').map(|n| n.trim().parse());
        sizes.collect::<Result<_, _>>().map_err(|_| refuse(text))
    };
    text.map(parse).transpose()
}

fn sigmas(text: Option<&str>) -> Result<f64, InputError> {
    let Some(text) = text else { return Ok(4.0) };
    match text.parse() {
        Ok(x) if x > 0.0 && f64::is_finite(x) => Ok(x),
        _ => {
            let (reason, allowed) = ("not a number of standard errors", "a finite number above 0");
            Err(InputError::new(SIGMAS, text, reason, allowed))
        }
    }
}

/// In the order of the rows, whatever the order in the list.
fn checks(raw: &RawRequest) -> Result<Option<Vec<Check>>, InputError> {
    let names = Check::ALL.map(Check::name).join(", ") + ", or all";
    let all = match raw.get(ALL) {
        None | Some("false") => false,
        Some("true") => true,
        Some(text) => {
            let reason = "neither yes nor no";
            return Err(InputError::new(ALL, text, reason, "true, false"));
        }
    };
    let text = match (raw.get(CHECKS), all) {
        (Some(text), true) => {
            let (reason, allowed) = ("given with all", "one of checks and all");
            return Err(InputError::new(CHECKS, text, reason, allowed));
        }
        (None, true) => "all",
        (Some(text), false) => text,
        (None, false) => return Ok(None),
    };
    if text.trim() == "all" {
        return Ok(Some(Check::ALL.to_vec()));
    }
    let refuse = |name: &str| InputError::new(CHECKS, name, "no such check", names.as_str());
    let named = text.split(',').map(str::trim);
    let asked: Vec<Check> = named
        .map(|name| Check::parse(name).ok_or_else(|| refuse(name)))
        .collect::<Result<_, _>>()?;
    let all = Check::ALL.into_iter();
    Ok(Some(all.filter(|check| asked.contains(check)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Request;

    fn request(options: &[(&str, &str)]) -> Result<Request, crate::error::Error> {
        let pair = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        Request::new(&RawRequest {
            verb: "validate".to_owned(),
            options: options.iter().map(pair).collect(),
            ..RawRequest::default()
        })
    }

    #[test]
    fn a_comparison_is_a_request() {
        let found = request(&[("all", "true"), ("n", "301,901"), ("sigmas", "3")]).unwrap();
        let comparison = found.comparison.clone().expect("a comparison");
        assert_eq!(comparison.validation.checks, Check::ALL);
        assert_eq!(comparison.validation.sizes, [301, 901]);
        assert_eq!(comparison.sigmas, 3.0);
        let same = request(&[("sigmas", "3"), ("checks", "all"), ("n", "301,901")]).unwrap();
        assert_eq!(same.canonical(), found.canonical());
        assert!(found.points() > 1000);
    }

    #[test]
    fn options_of_others_are_refused() {
        let line = |options: &[(&str, &str)]| request(options).unwrap_err().to_string();
        let alpha = line(&[("alpha", "1")]);
        assert!(alpha.starts_with("--alpha 1: validate has no alpha; allowed: checks, all"));
        let both = line(&[("all", "true"), ("checks", "storage")]);
        assert!(both.contains("one of checks and all"), "{both}");
        assert!(line(&[("all", "maybe")]).contains("true, false"));
        let raw = RawRequest {
            verb: "solve".to_owned(),
            options: vec![("sigmas".to_owned(), "3".to_owned())],
            ..RawRequest::default()
        };
        let solve = Request::new(&raw).unwrap_err().to_string();
        assert!(
            solve.starts_with("--sigmas 3: solve compares nothing"),
            "{solve}"
        );
    }
}
