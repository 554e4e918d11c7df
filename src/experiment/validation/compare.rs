//! Means of the samples beside the theory, and their limit of infinite size.

use super::fit::{Measured, intercept};
use super::row::Row;
use super::size_series::{Series, Theory};
use crate::experiment::statistics::Mean;
use crate::replica::reason::Reason;

/// Error of a value that does not fluctuate: what the tolerances of the iterations leave.
const RESOLUTION: f64 = 1e-7;

/// Part of the samples that has to converge: where more are missing, those that are left may not
/// be typical.
const CONVERGED: f64 = 0.8;

/// What the samples of one size brought: the quantities of each, none where it did not converge.
pub(super) type Samples = [Option<Vec<f64>>];

/// Rows of a series: for each quantity one a size and their extrapolation.
pub(super) fn compare(series: &Series, by_size: &[&Samples], theory: &Theory) -> Vec<Row> {
    let mut rows = Vec::new();
    for k in 0..series.quantities.len() {
        let own: Vec<Row> = (0..by_size.len())
            .map(|i| at_size(series, k, i, by_size[i], theory.at_sizes[i].as_deref()))
            .collect();
        let limit = at_infinity(series, k, &own, theory.limit.as_deref());
        rows.extend(own);
        rows.push(limit);
    }
    rows
}

fn at_size(series: &Series, k: usize, i: usize, samples: &Samples, theory: Option<&[f64]>) -> Row {
    let values: Vec<f64> = samples.iter().flatten().map(|values| values[k]).collect();
    let enough = values.len() as f64 >= CONVERGED * samples.len() as f64;
    let missing = samples.len() - values.len();
    let mean = Mean::of(&values).filter(|_| enough);
    let measured = |mean: Mean| {
        let error = mean.error?.hypot(RESOLUTION);
        let value = mean.mean;
        Some(Measured { value, error })
    };
    let n = series.sizes[i];
    Row {
        n: Some(n),
        alpha: series.load(n),
        samples: values.len(),
        theory: theory.map(|t| t[k]),
        simulation: mean.and_then(measured),
        judged: false,
        reason: (missing > 0).then(|| {
            let all = samples.len();
            format!("{missing} of {all} {}", Reason::RunsMissing.text())
        }),
        ..blank(series, k)
    }
}

/// The difference between simulation and theory, each size at its own load, extrapolated.
fn at_infinity(series: &Series, k: usize, sizes: &[Row], theory: Option<&[f64]>) -> Row {
    let theory = theory.map(|t| t[k]);
    let difference = |row: &Row| {
        let simulation = row.simulation?;
        let value = simulation.value - row.theory?;
        let error = simulation.error;
        Some(((row.n? as f64).recip(), Measured { value, error }))
    };
    let points: Option<Vec<_>> = sizes.iter().map(difference).collect();
    let limit = points.and_then(|points| intercept(&points));
    let mut reason = Reason::Extrapolated.text().to_owned();
    for row in sizes {
        if let (Some(n), Some(own)) = (row.n, &row.reason) {
            reason.push_str(&format!("; n = {n}: {own}"));
        }
    }
    Row {
        n: None,
        alpha: series.alpha,
        samples: sizes.iter().map(|row| row.samples).sum(),
        theory,
        simulation: limit.zip(theory).map(|(difference, theory)| Measured {
            value: theory + difference.value,
            error: difference.error,
        }),
        judged: true,
        reason: Some(reason),
        ..blank(series, k)
    }
}

fn blank(series: &Series, k: usize) -> Row {
    let [weights, data, loss] = series.names;
    Row {
        check: series.check,
        quantity: series.quantities[k].name(),
        weights,
        data,
        loss,
        setting: series.setting(),
        algorithm: series.algorithm(),
        n: None,
        alpha: series.alpha,
        samples: 0,
        theory: None,
        simulation: None,
        judged: false,
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::validation::Check;
    use crate::experiment::validation::row::Verdict;

    /// Values scattered by ±0.01 around `theory + bias/n`, as many of each sign.
    fn drawn(theory: &Theory, series: &Series, bias: f64) -> Vec<Vec<Option<Vec<f64>>>> {
        let size = |(n, at): (&usize, &Option<Vec<f64>>)| {
            let centre = at.as_ref().map_or(0.0, |t| t[0]) + bias / *n as f64;
            let value = |k: usize| {
                Some(vec![
                    centre + if k.is_multiple_of(2) { 0.01 } else { -0.01 },
                ])
            };
            (0..20).map(value).collect()
        };
        series
            .sizes
            .iter()
            .zip(&theory.at_sizes)
            .map(size)
            .collect()
    }

    fn storage() -> Series {
        let mut series = Check::Storage.series(&[101, 301]).remove(0);
        series.quantities.truncate(1);
        series
    }

    fn rows(series: &Series, samples: &[Vec<Option<Vec<f64>>>], theory: &Theory) -> Vec<Row> {
        let samples: Vec<&Samples> = samples.iter().map(Vec::as_slice).collect();
        compare(series, &samples, theory)
    }

    #[test]
    fn a_finite_size_bias_is_forgiven_and_a_wrong_theory_is_not() {
        let series = storage();
        let theory = series.theory();
        let samples = drawn(&theory, &series, 3.0);
        let found = rows(&series, &samples, &theory);
        assert_eq!(found.len(), 3);
        assert!(found[0].z().is_some_and(|z| z > 10.0), "{:?}", found[0]);
        assert_eq!(found[0].verdict(4.0), Verdict::NotJudged);
        assert!(
            found[2].z().is_some_and(|z| z.abs() < 1e-9),
            "{:?}",
            found[2]
        );
        assert!(found.iter().all(|row| !row.fails(4.0)));
        // A constant of 0.03 per weight is not of order 1/N.
        let off = |t: &Option<Vec<f64>>| t.as_ref().map(|t| vec![t[0] + 0.03]);
        let wrong = Theory {
            limit: off(&theory.limit),
            at_sizes: theory.at_sizes.iter().map(off).collect(),
        };
        let found = rows(&series, &samples, &wrong);
        assert!(found[2].z().is_some_and(|z| z < -5.0), "{:?}", found[2]);
        assert_eq!(found[2].verdict(4.0), Verdict::Differs);
        assert!(found[2].fails(4.0) && !found[2].fails(20.0));
    }

    #[test]
    fn a_wrong_load_is_noticed_on_real_samples() {
        let series = storage();
        let measured: Vec<Vec<_>> = series
            .sizes
            .iter()
            .map(|n| {
                (0..40)
                    .map(|sample| series.measure(*n, 3, sample))
                    .collect()
            })
            .collect();
        let found = rows(&series, &measured, &series.theory());
        assert!(!found[2].fails(4.0), "{:?}", found[2]);
        let other = Series {
            alpha: 0.25,
            ..series.clone()
        };
        let found = rows(&other, &measured, &other.theory());
        assert!(found[2].fails(4.0), "{:?}", found[2]);
    }

    #[test]
    fn what_is_missing_is_said_and_fails() {
        let series = storage();
        let theory = series.theory();
        let mut samples = drawn(&theory, &series, 0.0);
        samples[1][0] = None;
        let found = rows(&series, &samples, &theory);
        assert_eq!(found[1].samples, 19);
        assert_eq!(
            found[1].reason.as_deref(),
            Some("1 of 20 runs did not converge")
        );
        assert!(found[2].z().is_some() && !found[2].fails(4.0));
        samples[1][..5].fill(None);
        let found = rows(&series, &samples, &theory);
        assert_eq!(found[2].verdict(4.0), Verdict::NotConverged);
        let reason = "sizes extrapolated in 1/n; n = 301: 5 of 20 runs did not converge";
        assert_eq!(found[2].reason.as_deref(), Some(reason));
        assert!(found[2].fails(4.0) && found[2].simulation.is_none());
        let nothing = Theory {
            limit: None,
            ..theory
        };
        let found = rows(&series, &drawn(&nothing, &series, 0.0), &nothing);
        assert!(found[2].fails(1e9), "{:?}", found[2]);
    }

    #[test]
    fn values_that_do_not_fluctuate_agree_only_with_themselves() {
        let series = storage();
        let theory = series.theory();
        let exact = |shift: f64| {
            let at = theory.at_sizes.iter();
            let value = move |t: &Option<Vec<f64>>| t.as_ref().map(|t| vec![t[0] + shift]);
            at.map(|t| vec![value(t); 20]).collect::<Vec<_>>()
        };
        let z = |shift: f64| rows(&series, &exact(shift), &theory)[2].z();
        assert!(z(0.0).is_some_and(|z| z.abs() < 1e-3));
        assert!(z(1e-4).is_some_and(|z| z > 100.0));
    }
}
