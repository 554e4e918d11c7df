//! The grammar of a numeric option: a value, a list `a,b,c`, a range `start:step:stop`, or a list
//! of values and ranges.
//!
//! Ranges step on the decimal grid as typed, so that `-1:0.1:1` contains exactly 0 and 0.3. The
//! stop is included up to rounding.

use super::decimal::Decimal;
use crate::error::{InputError, shown};

/// Most points a grid may have, all its parameters together.
pub const GRID_LIMIT: usize = 1_000_000;

/// What a numeric option accepts, in words.
pub(super) const GRAMMAR: &str = "a value, a list a,b,c or a range start:step:stop";

/// A stop that is missed by less than this fraction of a step is included.
const STOP_ROUNDING: f64 = 1e-9;

/// Fewest equally spaced values that are written as a range.
const SHORTEST_RANGE: usize = 3;

struct Number {
    value: f64,
    decimal: Option<Decimal>,
}

struct Range {
    start: Number,
    step: Number,
    stop: f64,
    count: usize,
}

/// The values that `text` stands for, in order; ±∞ only where `infinity` allows it.
///
/// # Errors
/// One line that names `option`, if the text is not of this grammar, a range is empty or has no
/// step, a number is NaN or infinite, or there are more than [`GRID_LIMIT`] values.
pub fn parse_values(option: &str, text: &str, infinity: bool) -> Result<Vec<f64>, InputError> {
    let refuse = |reason: String| InputError::new(option, text, reason, GRAMMAR);
    let mut pieces = Vec::new();
    let mut total = 0_usize;
    for item in text.split(',') {
        let range = piece(item.trim(), infinity).map_err(refuse)?;
        total = total.saturating_add(range.count);
        if total > GRID_LIMIT {
            return Err(InputError::new(
                option,
                text,
                format!("more than {GRID_LIMIT} grid points"),
                format!("at most {GRID_LIMIT} grid points"),
            ));
        }
        pieces.push(range);
    }
    let mut values = Vec::with_capacity(total);
    for range in &pieces {
        values.extend((0..range.count).map(|i| range.value(i)));
    }
    Ok(values)
}

/// One item of a list: a range, or a value as a range of one point.
fn piece(item: &str, infinity: bool) -> Result<Range, String> {
    let parts: Vec<&str> = item.split(':').map(str::trim).collect();
    match parts[..] {
        [""] => Err("a number is missing".to_owned()),
        [value] => {
            let start = number(value, infinity)?;
            Ok(Range {
                stop: start.value,
                start,
                step: number("0", false)?,
                count: 1,
            })
        }
        [start, step, stop] => range(number(start, false)?, number(step, false)?, stop),
        _ => Err(format!("a range has three parts, this has {}", parts.len())),
    }
}

fn range(start: Number, step: Number, stop: &str) -> Result<Range, String> {
    let stop = number(stop, false)?;
    if step.value == 0.0 {
        return Err("step must not be zero".to_owned());
    }
    let exact = |a: &Number, b: &Number| Some(a.decimal?.minus(b.decimal?)?.to_f64());
    let span = exact(&stop, &start).unwrap_or(stop.value - start.value);
    let steps = (span / step.value + STOP_ROUNDING).floor();
    if steps < 0.0 {
        return Err("the range is empty, its step leads away from its stop".to_owned());
    }
    // The conversion saturates: a hopeless range counts as usize::MAX points.
    let count = (steps as usize).saturating_add(1);
    Ok(Range {
        start,
        step,
        stop: stop.value,
        count,
    })
}

impl Range {
    fn value(&self, i: usize) -> f64 {
        let exact = || {
            let (start, step) = (self.start.decimal?, self.step.decimal?);
            start.plus_steps(step, i)
        };
        let rounded = || self.start.value + i as f64 * self.step.value;
        let value = if self.count == 1 {
            self.start.value
        } else {
            exact().unwrap_or_else(rounded)
        };
        let is_stop = (value - self.stop).abs() <= STOP_ROUNDING * self.step.value.abs();
        // Adding zero turns -0 into 0.
        (if is_stop { self.stop } else { value }) + 0.0
    }
}

fn number(text: &str, infinity: bool) -> Result<Number, String> {
    let value: f64 = text
        .parse()
        .map_err(|_| format!("{} is not a number", shown(text)))?;
    if value.is_nan() {
        return Err("nan is not a number".to_owned());
    }
    if value.is_infinite() && text.bytes().any(|b| b.is_ascii_digit()) {
        return Err(format!("{} is too large for a number", shown(text)));
    }
    if value.is_infinite() && !infinity {
        return Err("inf is not allowed here".to_owned());
    }
    Ok(Number {
        value,
        decimal: Decimal::parse(text),
    })
}

/// The shortest text that reads back as the same number.
pub(crate) fn shortest(x: f64) -> String {
    let text = format!("{x:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// One text for equal values however they were typed: runs of equal steps become ranges.
pub(super) fn canonical(values: &[f64]) -> String {
    let mut items = Vec::new();
    let mut rest = values;
    while let [first, ..] = rest {
        let (run, step) = equal_steps(rest);
        if run >= SHORTEST_RANGE {
            let last = shortest(rest[run - 1]);
            items.push(format!("{}:{step}:{last}", shortest(*first)));
            rest = &rest[run..];
        } else {
            items.push(shortest(*first));
            rest = &rest[1..];
        }
    }
    items.join(",")
}

/// How many values from the first on are equally spaced on a decimal grid, and by what step.
fn equal_steps(values: &[f64]) -> (usize, String) {
    let decimal = |x: f64| Decimal::parse(&shortest(x));
    let find = || {
        let [first, second, ..] = values else {
            return None;
        };
        let start = decimal(*first)?;
        let step = shortest(decimal(*second)?.minus(start)?.to_f64());
        let by = Decimal::parse(&step).filter(|s| s.to_f64() != 0.0)?;
        let on_grid = |(i, x): &(usize, &f64)| start.plus_steps(by, *i) == Some(**x);
        let run = values.iter().enumerate().take_while(on_grid).count();
        Some((run, step))
    };
    find().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<f64> {
        parse_values("alpha", text, false).unwrap()
    }

    fn reason(text: &str) -> String {
        parse_values("alpha", text, false).unwrap_err().to_string()
    }

    #[test]
    fn ranges_hit_the_decimal_grid() {
        let grid = values("-1:0.1:1");
        let typed: Vec<f64> = (-10..=10).map(|i| f64::from(i) / 10.0).collect();
        assert_eq!(grid, typed);
        assert!(grid.iter().all(|x| x.to_bits() != (-0.0_f64).to_bits()));
        assert_eq!(values("0.9:-0.3:0"), [0.9, 0.6, 0.3, 0.0]);
        assert_eq!(values("1e-300:1e-300:3e-300"), [1e-300, 2e-300, 3e-300]);
    }

    #[test]
    fn stop_is_included_up_to_rounding_only() {
        assert_eq!(values("0:0.4:1"), [0.0, 0.4, 0.8]);
        assert_eq!(values("0:0.33333333333333337:1").last(), Some(&1.0));
        assert_eq!(values("2:5:2"), [2.0]);
    }

    #[test]
    fn lists_mix_values_and_ranges() {
        assert_eq!(
            values("0, 0.5:0.1:0.8 ,-2"),
            [0.0, 0.5, 0.6, 0.7, 0.8, -2.0]
        );
        let beta = parse_values("beta", "1,inf", true).unwrap();
        assert_eq!(beta, [1.0, f64::INFINITY]);
    }

    #[test]
    fn refusals_are_exact() {
        assert_eq!(
            reason("0:0:1"),
            "--alpha 0:0:1: step must not be zero; \
             allowed: a value, a list a,b,c or a range start:step:stop"
        );
        for (text, why) in [
            ("", "a number is missing"),
            ("1,,2", "a number is missing"),
            ("0:0.1", "three parts"),
            ("0:1:2:3", "three parts"),
            ("1:0.1:0", "empty"),
            ("0:-0.1:1", "empty"),
            ("nan", "nan is not a number"),
            ("0:nan:1", "nan is not a number"),
            ("inf", "inf is not allowed"),
            ("0:1:inf", "inf is not allowed"),
            ("1e999", "too large"),
            ("half", "half is not a number"),
            ("::", "is not a number"),
        ] {
            assert!(reason(text).contains(why), "{text}: {}", reason(text));
        }
    }

    #[test]
    fn huge_ranges_are_refused_without_being_built() {
        for text in [
            "0:1e-9:1",
            "0:1e-300:1",
            "-1e308:1e-5:1e308",
            "0:1:9e17,0:1:9e18",
        ] {
            assert!(reason(text).contains("more than 1000000"), "{text}");
        }
        assert_eq!(values("1:1:1000000").len(), GRID_LIMIT);
    }

    #[test]
    fn canonical_is_one_text_for_equal_values_and_reads_back() {
        assert_eq!(canonical(&values("0.1,0.2,0.3,0.5")), "0.1:0.1:0.3,0.5");
        assert_eq!(canonical(&values("0.1:0.1:0.3,0.5")), "0.1:0.1:0.3,0.5");
        assert_eq!(canonical(&[1.0, 1.0, 1.0, f64::INFINITY]), "1,1,1,inf");
        for text in [
            "-1:0.1:1",
            "5",
            "0:0.333:2,7,8,9",
            "1e20:1e5:1.00000000001e20",
        ] {
            assert_eq!(values(&canonical(&values(text))), values(text), "{text}");
        }
    }
}
