//! Whether patterns look like what message passing assumes: independent entries of mean zero and of
//! one variance.

use super::remark::Remark;
use crate::message_passing::Patterns;

/// Most patterns, and most inputs, that are compared in pairs.
const COMPARED: usize = 400;
/// Standard deviations beyond which chance does not go, and the excess below which it does not matter.
const BEYOND: f64 = 4.0;
const EXCESS: f64 = 1.1;
/// Ratio of root mean squares beyond which sizes are different, if chance does not explain it.
const DIFFERENT: f64 = 1.5;

/// Entries of patterns, times their labels, a row each.
struct Entries {
    values: Vec<f64>,
    rows: usize,
    columns: usize,
}

/// What the patterns break, if anything.
pub(super) fn broken(patterns: &Patterns) -> Option<Remark> {
    let entries = Entries::of(patterns);
    let turned = entries.turned();
    let unequal = turned.unequal().into_iter().chain(entries.unequal());
    let unequal = unequal.reduce(f64::max);
    let [rows, columns] = [entries.alike(), turned.alike()];
    if rows.is_some_and(|a| a.beyond) || columns.is_some_and(|a| a.beyond) {
        let value = |alike: Option<Alike>| alike.map_or(0.0, |a| a.mean.sqrt());
        let chance = [entries.columns, entries.rows].map(|n| (n as f64).sqrt().recip());
        return Some(Remark::Correlated {
            rows: value(rows),
            columns: value(columns),
            chance,
        });
    }
    unequal.map(Remark::Unequal)
}

/// What the patterns are like, in words: mean square of the entries, means of rows and of columns, and
/// cosines of pairs beside those of chance.
pub fn described(patterns: &Patterns) -> String {
    let entries = Entries::of(patterns);
    let turned = entries.turned();
    let square = dot(&entries.values, &entries.values) / entries.values.len() as f64;
    let mean = |entries: &Entries| {
        let sums = (0..entries.rows).map(|mu| entries.row(mu).iter().sum::<f64>());
        let squares: f64 = sums.map(|sum| (sum / entries.columns as f64).powi(2)).sum();
        (squares / entries.rows as f64).sqrt()
    };
    let alike = |entries: &Entries| entries.alike().map_or(0.0, |alike| alike.mean.sqrt());
    let chance = |n: usize| (n as f64).sqrt().recip();
    format!(
        "patterns times labels: mean square of an entry {square:.4}, root mean square of the means of rows \
         {:.4} and of columns {:.4}, cosine of two rows {:.4} ({:.4} by chance), of two columns {:.4} \
         ({:.4} by chance)",
        mean(&entries),
        mean(&turned),
        alike(&entries),
        chance(entries.columns),
        alike(&turned),
        chance(entries.rows),
    )
}

/// Mean square cosine of pairs.
#[derive(Clone, Copy)]
struct Alike {
    mean: f64,
    /// Whether it is more than chance and enough to matter.
    beyond: bool,
}

impl Entries {
    /// Some rows and columns of the patterns, evenly spread.
    fn of(patterns: &Patterns) -> Self {
        let step = |count: usize| count.div_ceil(4 * COMPARED).max(1);
        let (by_row, by_column) = (step(patterns.rows()), step(patterns.columns()));
        let rows: Vec<usize> = (0..patterns.rows()).step_by(by_row).collect();
        let columns: Vec<usize> = (0..patterns.columns()).step_by(by_column).collect();
        let entry = |mu: &usize| {
            let mu = *mu;
            columns.iter().map(move |i| patterns.entry(mu, *i))
        };
        Entries {
            values: rows.iter().flat_map(entry).collect(),
            rows: rows.len(),
            columns: columns.len(),
        }
    }

    fn turned(&self) -> Self {
        let value = |k: usize| self.values[(k % self.rows) * self.columns + k / self.rows];
        Entries {
            values: (0..self.values.len()).map(value).collect(),
            rows: self.columns,
            columns: self.rows,
        }
    }

    fn row(&self, mu: usize) -> &[f64] {
        &self.values[mu * self.columns..(mu + 1) * self.columns]
    }

    /// How alike rows are; none where there are no two of them that are not zero.
    fn alike(&self) -> Option<Alike> {
        let step = self.rows.div_ceil(COMPARED).max(1);
        let chosen = (0..self.rows).step_by(step).map(|mu| self.row(mu));
        let length = |row: &[f64]| dot(row, row).sqrt();
        let chosen: Vec<(&[f64], f64)> = chosen.map(|row| (row, length(row))).collect();
        let chosen: Vec<_> = chosen.into_iter().filter(|(_, l)| *l > 0.0).collect();
        let (mut sum, mut pairs) = (0.0, 0.0);
        for (i, (a, long)) in chosen.iter().enumerate() {
            for (b, wide) in &chosen[..i] {
                sum += (dot(a, b) / (long * wide)).powi(2);
                pairs += 1.0;
            }
        }
        if pairs == 0.0 {
            return None;
        }
        let ratio = self.columns as f64 * sum / pairs;
        Some(Alike {
            mean: sum / pairs,
            beyond: ratio > EXCESS && normal(ratio, pairs) > BEYOND,
        })
    }

    /// Largest over smallest root mean square of the rows, where they differ by more than chance.
    fn unequal(&self) -> Option<f64> {
        let n = self.columns as f64;
        let squares = (0..self.rows).map(|mu| dot(self.row(mu), self.row(mu)) / n);
        let squares: Vec<f64> = squares.collect();
        let largest = squares.iter().copied().fold(0.0, f64::max);
        let least = squares.iter().copied().fold(f64::INFINITY, f64::min);
        let ratio = (largest / least).sqrt();
        let mean = squares.iter().sum::<f64>() / squares.len() as f64;
        // Of entries with the fourth moment of all of them.
        let fourth = self.values.iter().map(|x| x.powi(4)).sum::<f64>() / self.values.len() as f64;
        let scatter = ((fourth / (mean * mean) - 1.0).max(0.0) / n).sqrt();
        let spread = squares
            .iter()
            .map(|s| (s / mean - 1.0).powi(2))
            .sum::<f64>();
        let spread = spread / (squares.len() as f64 - 1.0);
        let beyond = normal(spread / (scatter * scatter), squares.len() as f64 - 1.0) > BEYOND;
        (ratio > DIFFERENT && (beyond || least == 0.0) && squares.len() > 1).then_some(ratio)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A mean of so many squares of normal numbers, as a normal number (Wilson and Hilferty).
fn normal(mean: f64, count: f64) -> f64 {
    let width = 2.0 / (9.0 * count);
    (mean.cbrt() - (1.0 - width)) / width.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_passing::{Entries as Law, Instance, InstanceSpec, RealMatrix};

    #[test]
    fn drawn_patterns_break_nothing() {
        for (n, alpha) in [(5, 0.4), (11, 1.0), (21, 0.5), (101, 0.5), (301, 2.0)] {
            for sample in 0..40 {
                for entries in [Law::Signs, Law::Gaussian] {
                    let spec = InstanceSpec {
                        entries,
                        ..InstanceSpec::storage(n, alpha)
                    };
                    let instance = Instance::sample(&spec, 5, sample);
                    let said = broken(&instance.patterns);
                    assert_eq!(said, None, "{n} {alpha} {sample}");
                }
            }
        }
    }

    #[test]
    fn what_patterns_share_is_seen() {
        let spec = InstanceSpec {
            entries: Law::Gaussian,
            ..InstanceSpec::storage(60, 0.5)
        };
        let drawn = Instance::sample(&spec, 5, 0).patterns;
        let moved = |mu: usize, i: usize| drawn.entry(mu, i) + drawn.entry(0, i);
        let alike = Patterns::Real(RealMatrix::from_fn(30, 60, moved));
        assert!(matches!(broken(&alike), Some(Remark::Correlated { .. })));
        let size = |_: usize, i: usize| if i < 30 { 1.0 } else { 4.0 };
        let sized = |mu: usize, i: usize| size(mu, i) * drawn.entry(mu, i);
        let unequal = Patterns::Real(RealMatrix::from_fn(30, 60, sized));
        assert!(broken(&unequal).is_some());
        let neighbours = |mu: usize, i: usize| drawn.entry(mu, i / 2);
        let twice = Patterns::Real(RealMatrix::from_fn(30, 60, neighbours));
        assert!(matches!(broken(&twice), Some(Remark::Correlated { .. })));
    }
}
