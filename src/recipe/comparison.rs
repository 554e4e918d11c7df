//! Theory against simulation as a request: which checks, how well, and the table of their rows.

use super::Verb;
use super::request::RawRequest;
use super::run_error::RunError;
use super::table::{Table, Value};
use crate::error::InputError;
use crate::experiment::validation::{Check, Row, Validation};
use crate::math::special;
use crate::observer::Observer;

/// The options that only comparisons have.
pub(super) const COMPARISON_OPTIONS: [&str; 3] = [CHECKS, ALL, SIGMAS];
/// All options that they have.
const OPTIONS: [&str; 6] = [CHECKS, ALL, "n", "samples", "seed", SIGMAS];

const CHECKS: &str = "checks";
const ALL: &str = "all";
const SIGMAS: &str = "sigmas";

const COLUMNS: [&str; 19] = [
    "check",
    "quantity",
    "weights",
    "data",
    "loss",
    "setting",
    "algorithm",
    "n",
    "alpha",
    "samples",
    "theory",
    "simulation",
    "standard_error",
    "z",
    "judged",
    "position",
    "normal_quantile",
    "status",
    "reason",
];

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
    /// The rows in the order of the checks; none where the observer stopped it.
    ///
    /// # Errors
    /// Checks, sizes or samples that cannot be compared.
    pub fn rows(&self, observer: &dyn Observer) -> Result<Option<Vec<Row>>, InputError> {
        self.validation.run(observer)
    }

    /// The table of its rows.
    pub fn table(&self, rows: &[Row]) -> Table {
        let mut table = Table::new(COLUMNS);
        let (positions, quantiles) = (positions(rows), quantiles(rows));
        for (i, row) in rows.iter().enumerate() {
            table.push(vec![
                row.check.name().into(),
                row.quantity.as_str().into(),
                row.weights.into(),
                row.data.into(),
                row.loss.into(),
                row.setting.as_deref().map_or(Value::Null, Value::from),
                row.algorithm.into(),
                row.n.map_or(Value::Null, count),
                row.alpha.into(),
                count(row.samples),
                row.theory.into(),
                row.simulation.map(|s| s.value).into(),
                row.simulation.map(|s| s.error).into(),
                row.z().into(),
                row.judged.into(),
                positions[i].into(),
                quantiles[i].into(),
                row.verdict(self.sigmas).name().into(),
                row.reason.as_deref().map_or(Value::Null, Value::from),
            ]);
        }
        table
    }

    /// The table, computed.
    ///
    /// # Errors
    /// [`RunError::Interrupted`] without rows where the observer stopped it.
    pub(super) fn run(&self, observer: &dyn Observer) -> Result<Table, RunError> {
        match self.rows(observer) {
            Ok(Some(rows)) => Ok(self.table(&rows)),
            Ok(None) => Err(RunError::Interrupted(empty())),
            Err(refused) => Err(RunError::Invalid(refused.to_string())),
        }
    }

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

/// The table without its rows.
pub(super) fn empty() -> Table {
    Table::new(COLUMNS)
}

fn count(n: usize) -> Value {
    i64::try_from(n).map_or(Value::Null, Value::Int)
}

/// Of judged rows where to draw them: the number of the check among those that were run, from 0 on,
/// and the place among its rows as a fraction.
fn positions(rows: &[Row]) -> Vec<Option<f64>> {
    let mut checks: Vec<Check> = Vec::new();
    for row in rows {
        if !checks.contains(&row.check) {
            checks.push(row.check);
        }
    }
    let of = |check: Check| rows.iter().filter(move |r| r.judged && r.check == check);
    let mut positions = vec![None; rows.len()];
    for (number, check) in checks.into_iter().enumerate() {
        let all = of(check).count() as f64;
        let own = (0..rows.len()).filter(|i| rows[*i].judged && rows[*i].check == check);
        for (k, i) in own.enumerate() {
            positions[i] = Some(number as f64 + (k as f64 + 0.5) / all);
        }
    }
    positions
}

/// Of judged rows what a normal law expects at the rank of their z.
fn quantiles(rows: &[Row]) -> Vec<Option<f64>> {
    let judged = |i: &usize| rows[*i].judged && rows[*i].z().is_some();
    let z = |i: usize| rows[i].z().unwrap_or(0.0);
    let mut order: Vec<usize> = (0..rows.len()).filter(judged).collect();
    order.sort_by(|a, b| z(*a).total_cmp(&z(*b)));
    let mut quantiles = vec![None; rows.len()];
    for (rank, i) in order.iter().enumerate() {
        let below = (rank as f64 + 0.5) / order.len() as f64;
        quantiles[*i] = Some(normal_quantile(below));
    }
    quantiles
}

/// The number below which a standard normal one lies with this probability, by bisection.
fn normal_quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    let log = probability.ln();
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        // ln_h(-x) is the logarithm of the probability below x.
        if special::ln_h(-middle) < log {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
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
    use crate::recipe::Request;

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

    #[test]
    fn quantiles_are_those_of_the_normal_law() {
        // From tables.
        for (p, x) in [(0.5, 0.0), (0.975, 1.959963985), (0.0013498980316, -3.0)] {
            assert!((normal_quantile(p) - x).abs() < 1e-8, "{p}");
        }
    }

    #[test]
    fn judged_rows_have_places_and_quantiles() {
        let options = [
            ("checks", "storage,enumeration"),
            ("n", "101,201"),
            ("samples", "10"),
        ];
        let found = request(&options).unwrap().comparison.unwrap();
        let rows = found.rows(&crate::observer::Silent).unwrap().unwrap();
        let places: Vec<f64> = positions(&rows).into_iter().flatten().collect();
        let wanted = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5].map(|k| k / 6.0);
        assert_eq!(places, [&wanted[..], &[1.5]].concat());
        let quantiles = quantiles(&rows);
        let judged: Vec<usize> = (0..rows.len()).filter(|i| rows[*i].judged).collect();
        for a in &judged {
            for b in &judged {
                assert_eq!(rows[*a].z() < rows[*b].z(), quantiles[*a] < quantiles[*b]);
            }
        }
        let sum: f64 = quantiles.iter().flatten().sum();
        assert!(sum.abs() < 1e-9 && quantiles.iter().flatten().count() == 7);
    }
}
