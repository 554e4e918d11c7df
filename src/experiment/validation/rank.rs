//! Where judged rows stand among each other: places in a figure, and what a normal law expects.

use super::checks::Check;
use super::row::Row;
use crate::math::special;

/// Of judged rows where to draw them: the number of the check among those that were run, from 0 on,
/// and the place among its rows as a fraction.
pub fn positions(rows: &[Row]) -> Vec<Option<f64>> {
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
pub fn normal_quantiles(rows: &[Row]) -> Vec<Option<f64>> {
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

#[cfg(test)]
mod tests {
    use super::super::Validation;
    use super::*;
    use crate::observer::Silent;

    #[test]
    fn quantiles_are_those_of_the_normal_law() {
        // From tables.
        for (p, x) in [(0.5, 0.0), (0.975, 1.959963985), (0.0013498980316, -3.0)] {
            assert!((normal_quantile(p) - x).abs() < 1e-8, "{p}");
        }
    }

    #[test]
    fn judged_rows_have_places_and_quantiles() {
        let validation = Validation {
            checks: vec![Check::Storage, Check::Enumeration],
            sizes: vec![101, 201],
            samples: 10,
            ..Validation::default()
        };
        let rows = validation.run(&Silent).unwrap().unwrap();
        let places: Vec<f64> = positions(&rows).into_iter().flatten().collect();
        let wanted = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5].map(|k| k / 6.0);
        assert_eq!(places, [&wanted[..], &[1.5]].concat());
        let quantiles = normal_quantiles(&rows);
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
