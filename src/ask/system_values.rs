//! Values of the options of finite systems.

use super::range::{parse_values, shortest};
use super::raw_request::RawRequest;
use crate::error::InputError;

/// Largest system and largest number of samples of a request.
const LARGEST: f64 = 1e9;
/// Size where none is given.
const SIZE: f64 = 1001.0;

/// Refuses an option that the algorithm has no use for.
pub(super) fn only(
    raw: &RawRequest,
    name: &str,
    has: bool,
    owners: &str,
) -> Result<(), InputError> {
    match raw.get(name) {
        Some(value) if !has => {
            let reason = format!("{name} belongs to {owners}");
            Err(InputError::new(name, value, reason, "leave it out"))
        }
        _ => Ok(()),
    }
}

/// One number in a domain, if it was typed.
pub(super) fn number(
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
pub(super) fn whole(
    raw: &RawRequest,
    name: &str,
    least: f64,
    default: f64,
) -> Result<f64, InputError> {
    let domain = format!("a whole number, {least} to {LARGEST}");
    let admits = |x: f64| x >= least && x <= LARGEST && x.fract() == 0.0;
    Ok(number(raw, name, &domain, admits)?.unwrap_or(default))
}

/// Numbers of inputs, in the order asked for.
pub(super) fn sizes(text: Option<&str>) -> Result<Vec<usize>, InputError> {
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

/// The seed of all random numbers.
pub(super) fn seed(text: Option<&str>) -> Result<u64, InputError> {
    let Some(text) = text else { return Ok(0) };
    text.parse().map_err(|_| {
        let allowed = "a whole number, 0 to 18446744073709551615";
        InputError::new("seed", text, "no seed", allowed)
    })
}
