//! The bias of a classifier of two clusters, as it is spelled.

use super::choice::MIXTURE;
use super::parameter::Parameter;
use super::range::shortest;
use super::raw_request::RawRequest;
use crate::error::InputError;
use crate::experiment::BiasChoice;
use crate::record::Value;
use crate::record::pattern_options::PATTERNS;

/// The option of the bias.
pub(super) const BIAS: &str = "bias";

const ALLOWED: &str = "learned, fixed:B with a finite B, or bayes";

/// A bias as it is spelled.
pub(super) fn value(bias: BiasChoice) -> Value {
    match bias {
        BiasChoice::Learned => "learned".into(),
        BiasChoice::Fixed(bias) => Value::Text(format!("fixed:{}", shortest(bias))),
        BiasChoice::Bayes => "bayes".into(),
    }
}

/// The bias of a request on a mixture; none for other data.
///
/// # Errors
/// Text that is no bias, and a bias of other data.
pub(super) fn bias(raw: &RawRequest, data: &str) -> Result<Option<BiasChoice>, InputError> {
    let text = raw.get(BIAS);
    if data != MIXTURE {
        return text.map_or(Ok(None), |text| {
            let reason = format!("data {data} has no bias");
            let allowed = format!("leave it out, or data {MIXTURE}");
            Err(InputError::new(BIAS, text, reason, allowed))
        });
    }
    let text = text.unwrap_or("learned");
    let fixed = || {
        let value: f64 = text.strip_prefix("fixed:")?.parse().ok()?;
        value.is_finite().then_some(BiasChoice::Fixed(value))
    };
    match text {
        "learned" => Ok(Some(BiasChoice::Learned)),
        "bayes" if raw.get(PATTERNS).is_some() => {
            let reason = "the clusters that it belongs to are not known";
            Err(InputError::new(BIAS, text, reason, "learned, or fixed:B"))
        }
        "bayes" if raw.get(Parameter::Norm.name()).is_some() => Ok(Some(BiasChoice::Bayes)),
        "bayes" => {
            let reason = "the norm that it belongs to is missing";
            Err(InputError::new(BIAS, text, reason, "a norm beside it"))
        }
        _ => fixed()
            .map(Some)
            .ok_or_else(|| InputError::new(BIAS, text, "no bias", ALLOWED)),
    }
}
