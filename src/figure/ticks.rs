//! Where an axis is marked, and what is written there.

use crate::ask::recipe::{Axis as AxisRecipe, Scale, TickFormat, Ticks as Wanted};

use super::span::Span;

/// A labelled tick.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    /// TeX, with dollars; empty where nothing is written.
    pub label: String,
}

/// The ticks of an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ticks {
    pub major: Vec<Tick>,
    pub minor: Vec<f64>,
}

impl Ticks {
    /// Ticks for a span; about `count` labelled ones unless the recipe says otherwise.
    pub fn new(span: &Span, axis: &AxisRecipe, count: usize) -> Self {
        let (major, minor) = match &axis.ticks {
            Some(Wanted::At(values)) => {
                let inside = |v: &&f64| span.fraction(**v).is_some_and(within);
                (values.iter().filter(inside).copied().collect(), Vec::new())
            }
            Some(Wanted::Count(0)) => (Vec::new(), Vec::new()),
            Some(Wanted::Count(n)) => places(span, *n),
            None => places(span, count),
        };
        let labels = labels(&major, span.scale, axis.format);
        let major = major
            .into_iter()
            .zip(labels)
            .map(|(value, label)| Tick { value, label });
        Ticks {
            major: major.collect(),
            minor,
        }
    }
}

/// Inside the axis up to rounding.
fn within(fraction: f64) -> bool {
    (-1e-9..=1.0 + 1e-9).contains(&fraction)
}

fn places(span: &Span, count: usize) -> (Vec<f64>, Vec<f64>) {
    match span.scale {
        Scale::Linear => linear(span, count),
        Scale::Log => logarithmic(span, count),
    }
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn linear(span: &Span, count: usize) -> (Vec<f64>, Vec<f64>) {
    let raw = (span.max - span.min) / count.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    let (mantissa, parts) = match raw / power {
        m if m < 1.0 + 1e-9 => (1.0, 5),
        m if m < 2.0 + 1e-9 => (2.0, 4),
        m if m < 5.0 + 1e-9 => (5.0, 5),
        _ => (10.0, 5),
    };
    let step = mantissa * power;
    (
        multiples(span, step),
        multiples(span, step / f64::from(parts)),
    )
}

fn multiples(span: &Span, step: f64) -> Vec<f64> {
    let first = (span.min / step - 1e-6).ceil();
    let last = (span.max / step + 1e-6).floor();
    if !(last - first).is_finite() || last - first > 1000.0 {
        return Vec::new();
    }
    let count = (last - first) as i64;
    // Dividing by the inverse of a small step gives the decimal number itself: 3/10, not 3·0.1.
    let inverse = (1.0 / step).round();
    let exact = step < 1.0 && ((1.0 / step) - inverse).abs() < 1e-9 * inverse;
    let at = |k: f64| if exact { k / inverse } else { k * step };
    (0..=count).map(|i| at(first + i as f64) + 0.0).collect()
}

/// Decades where there are at least two, else 1, 2 and 5, else a linear choice.
fn logarithmic(span: &Span, count: usize) -> (Vec<f64>, Vec<f64>) {
    let (low, high) = (span.min.log10(), span.max.log10());
    let decades: Vec<i32> = ((low - 1e-9).ceil() as i32..=(high + 1e-9).floor() as i32).collect();
    let from_mantissas = |mantissas: &[f64]| -> Vec<f64> {
        (low.floor() as i32..=high.ceil() as i32)
            .flat_map(|k| mantissas.iter().map(move |m| m * 10f64.powi(k)))
            .filter(|v| span.fraction(*v).is_some_and(within))
            .collect()
    };
    let small = [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    if decades.len() >= 2 {
        let stride = decades.len().div_ceil(count.max(2));
        let labelled = decades.iter().filter(|k| k.rem_euclid(stride as i32) == 0);
        let major: Vec<f64> = labelled.map(|k| 10f64.powi(*k)).collect();
        let minor = match stride {
            1 => from_mantissas(&small),
            _ => decades.iter().map(|k| 10f64.powi(*k)).collect(),
        };
        return (major, minor);
    }
    let major = from_mantissas(&[1.0, 2.0, 5.0]);
    match major.len() {
        0 | 1 => linear(span, count),
        _ => (major, from_mantissas(&small)),
    }
}

fn labels(values: &[f64], scale: Scale, format: TickFormat) -> Vec<String> {
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let smallest = values
        .iter()
        .filter(|v| **v != 0.0)
        .fold(f64::INFINITY, |m, v| m.min(v.abs()));
    let decades = |v: &f64| *v > 0.0 && (v.log10() - v.log10().round()).abs() < 1e-9;
    let power = match format {
        TickFormat::None => return vec![String::new(); values.len()],
        TickFormat::Power => true,
        TickFormat::Decimal => false,
        TickFormat::Auto if scale == Scale::Log && values.iter().all(decades) => values.len() > 1,
        TickFormat::Auto => largest >= 1e5 || smallest < 1e-4,
    };
    if power {
        return values
            .iter()
            .map(|v| format!("${}$", scientific(*v)))
            .collect();
    }
    // On a logarithmic axis 0.1, 1, 10; on a linear one the same number of decimals everywhere.
    let common = values.iter().map(|v| decimals(*v)).max().unwrap_or(0);
    let digits = |v: f64| {
        if scale == Scale::Log {
            decimals(v)
        } else {
            common
        }
    };
    values
        .iter()
        .map(|v| format!("${:.*}$", digits(*v), v + 0.0))
        .collect()
}

/// Decimals of the shortest representation with at most eight significant digits.
fn decimals(value: f64) -> usize {
    let rounded: f64 = format!("{value:.7e}").parse().unwrap_or(value);
    let text = rounded.to_string();
    text.split_once('.')
        .map_or(0, |(_, decimals)| decimals.len().min(12))
}

/// `m\times10^{e}` without what is superfluous.
pub(super) fn scientific(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let text = format!("{value:.7e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text.as_str(), "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    match mantissa {
        "1" => format!("10^{{{exponent}}}"),
        "-1" => format!("-10^{{{exponent}}}"),
        m => format!("{m}\\times 10^{{{exponent}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(scale: Scale, min: f64, max: f64, count: usize) -> Ticks {
        Ticks::new(
            &Span { scale, min, max },
            &AxisRecipe {
                scale,
                ..Default::default()
            },
            count,
        )
    }

    fn texts(ticks: &Ticks) -> Vec<&str> {
        ticks.major.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn linear_ticks_are_round_numbers() {
        let t = ticks(Scale::Linear, -1.0, 1.0, 5);
        assert_eq!(texts(&t), ["$-1.0$", "$-0.5$", "$0.0$", "$0.5$", "$1.0$"]);
        assert_eq!(t.major[3].value, 0.5);
        assert_eq!(t.minor.len(), 21);
        assert_eq!(
            texts(&ticks(Scale::Linear, 0.0, 0.83, 4)),
            ["$0.0$", "$0.5$"]
        );
        assert_eq!(texts(&ticks(Scale::Linear, 0.0, 0.83, 5))[1], "$0.2$");
    }

    #[test]
    fn tiny_and_huge_numbers_are_powers() {
        assert_eq!(texts(&ticks(Scale::Linear, 0.0, 3e6, 3))[1], "$10^{6}$");
        assert_eq!(
            texts(&ticks(Scale::Linear, 0.0, 4e-6, 2))[1],
            "$2\\times 10^{-6}$"
        );
    }

    #[test]
    fn decades_are_powers_with_small_ticks() {
        let t = ticks(Scale::Log, 0.05, 200.0, 6);
        assert_eq!(texts(&t), ["$10^{-1}$", "$10^{0}$", "$10^{1}$", "$10^{2}$"]);
        assert!(t.minor.contains(&0.05) && t.minor.iter().any(|v| (v - 200.0).abs() < 1e-9));
        assert_eq!(
            t.minor.iter().filter(|v| **v > 1.0 && **v < 10.0).count(),
            8
        );
    }

    #[test]
    fn many_decades_are_thinned_and_few_are_filled() {
        let t = ticks(Scale::Log, 1e-12, 1.0, 5);
        assert!(t.major.len() <= 5 && t.major.len() >= 3, "{t:?}");
        assert_eq!(
            texts(&ticks(Scale::Log, 0.8, 6.0, 5)),
            ["$1$", "$2$", "$5$"]
        );
        assert_eq!(
            texts(&ticks(Scale::Log, 0.05, 0.6, 5)),
            ["$0.05$", "$0.1$", "$0.2$", "$0.5$"]
        );
    }
}
