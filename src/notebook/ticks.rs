//! Where matplotlib marks an axis, where its own choice would differ from the figure's.

use crate::ask::recipe::{Axis, Scale, TickFormat, Ticks};

use super::literal::number;

/// Lines of Python for the axis `name` (`x` or `y`) of `ax` with its ends.
pub(super) fn lines(ax: &str, name: &str, axis: &Axis, ends: [f64; 2]) -> Vec<String> {
    let log = axis.scale == Scale::Log;
    let whole = format!("{ax}.{name}axis");
    let mut out = Vec::new();
    // Where less than two powers of ten are inside, the figure writes 1, 2, 5.
    let few = log && decades(ends) < 2;
    match &axis.ticks {
        Some(Ticks::At(values)) => {
            let values: Vec<String> = values.iter().map(|v| number(*v)).collect();
            out.push(format!("{ax}.set_{name}ticks([{}])", values.join(", ")));
            out.push(format!("{ax}.set_{name}ticks([], minor=True)"));
        }
        Some(Ticks::Count(0)) => {
            out.push(format!("{ax}.set_{name}ticks([])"));
            out.push(format!("{ax}.set_{name}ticks([], minor=True)"));
        }
        Some(Ticks::Count(n)) if !log => {
            out.push(format!("{whole}.set_major_locator(plt.MaxNLocator({n}))"));
        }
        Some(Ticks::Count(n)) if !few => {
            out.push(format!(
                "{whole}.set_major_locator(plt.LogLocator(numticks={n}))"
            ));
        }
        _ if few && between(ends) >= 2 => {
            out.push(format!(
                "{whole}.set_major_locator(plt.LogLocator(subs=(1, 2, 5)))"
            ));
        }
        _ if few => out.push(format!("{whole}.set_major_locator(plt.MaxNLocator(5))")),
        _ => {}
    }
    let format = match axis.format {
        TickFormat::None => Some("\"\""),
        TickFormat::Decimal => Some("\"{x:g}\""),
        TickFormat::Power if log => Some("plt.LogFormatterMathtext()"),
        TickFormat::Power => {
            Some("plt.FuncFormatter(lambda x, _: f\"${x:.3g}$\".replace(\"e\", r\"\\times 10^\"))")
        }
        TickFormat::Auto => few.then_some("\"{x:g}\""),
    };
    out.extend(format.map(|format| format!("{whole}.set_major_formatter({format})")));
    if log {
        out.push(format!("{whole}.set_minor_formatter(\"\")"));
    }
    out
}

/// How many powers of ten lie on an axis.
fn decades([low, high]: [f64; 2]) -> i32 {
    ((high.log10() + 1e-9).floor() - (low.log10() - 1e-9).ceil()) as i32 + 1
}

/// How many of 1, 2 and 5 times a power of ten lie on an axis.
fn between([low, high]: [f64; 2]) -> usize {
    let first = low.log10().floor() as i32;
    let powers = first..=high.log10().ceil() as i32;
    let values = powers.flat_map(|k| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(k)));
    values.filter(|v| (low..=high).contains(v)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_counted() {
        assert_eq!(decades([0.01, 100.0]), 5);
        assert_eq!(decades([0.3, 2.0]), 1);
        assert_eq!(decades([2.0, 5.0]), 0);
        assert_eq!(between([0.3, 2.0]), 3);
        assert_eq!(between([3.0, 4.0]), 0);
    }

    #[test]
    fn a_narrow_logarithmic_axis_is_marked_at_one_two_and_five() {
        let axis = Axis {
            scale: Scale::Log,
            ..Axis::default()
        };
        let narrow = lines("ax", "y", &axis, [0.3, 2.0]);
        assert_eq!(
            narrow[0],
            "ax.yaxis.set_major_locator(plt.LogLocator(subs=(1, 2, 5)))"
        );
        assert_eq!(lines("ax", "y", &axis, [0.01, 10.0]).len(), 1);
        assert!(lines("ax", "x", &Axis::default(), [0.0, 1.0]).is_empty());
    }
}
