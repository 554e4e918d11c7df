//! A whole comparison: which checks, on what samples, and all of it run.

use super::checks::Check;
use super::compare::compare;
use super::row::Row;
use super::size_series::Series;
use crate::error::InputError;
use crate::experiment::parallel::for_each;
use crate::observer::Observer;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fewest weights: terms of order `1/N²` must not matter.
pub const SMALLEST: usize = 101;
/// Most weights.
pub const LARGEST: usize = 20_001;
/// Fewest samples: of fewer, the scatter says too little about the error of the mean.
pub const FEWEST_SAMPLES: usize = 10;
/// Most samples.
pub const MOST_SAMPLES: usize = 10_000;
/// Most sizes.
const MOST_SIZES: usize = 16;

/// What is compared, and how well.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// Which checks, in the order of their rows.
    pub checks: Vec<Check>,
    /// Numbers of weights: at least two different ones, odd unless all checks are of clusters.
    pub sizes: Vec<usize>,
    /// Samples of each model, load and size.
    pub samples: usize,
    /// Seed of all random numbers.
    pub seed: u64,
}

impl Default for Validation {
    /// All checks but those that take minutes, 1001 and 3001 weights, 24 samples, seed 1.
    fn default() -> Self {
        Validation {
            checks: Check::ALL
                .into_iter()
                .filter(|check| !check.takes_minutes())
                .collect(),
            sizes: vec![1001, 3001],
            samples: 24,
            seed: 1,
        }
    }
}

/// A sample to be measured.
struct Job<'a> {
    series: &'a Series,
    n: usize,
    /// Number of the sample among all: no two jobs share random numbers.
    sample: u64,
}

impl Validation {
    /// Whether it can be done.
    ///
    /// # Errors
    /// Sizes that are even where sums of signs occur, out of range or fewer than two; too few or too many samples; no check.
    pub fn check(&self) -> Result<(), InputError> {
        let odd = self.checks.iter().any(|check| check.needs_odd_sizes());
        let kind = if odd { "odd numbers" } else { "numbers" };
        let allowed = format!(
            "2 to {MOST_SIZES} different {kind} from {SMALLEST} to {LARGEST}, such as 1001,3001"
        );
        let listed = |sizes: &[usize]| {
            let words: Vec<String> = sizes.iter().map(usize::to_string).collect();
            words.join(",")
        };
        let refused =
            |value: String, reason: &str| Err(InputError::new("n", value, reason, allowed.clone()));
        for (i, n) in self.sizes.iter().enumerate() {
            if !(SMALLEST..=LARGEST).contains(n) {
                return refused(n.to_string(), "out of range");
            }
            if odd && n.is_multiple_of(2) {
                return refused(n.to_string(), "even: a sum of n signs could vanish");
            }
            if self.sizes[..i].contains(n) {
                return refused(listed(&self.sizes), "a size is given twice");
            }
        }
        match self.sizes.len() {
            0 | 1 => {
                let reason = "one size cannot be extrapolated to infinitely many weights";
                return refused(listed(&self.sizes), reason);
            }
            2..=MOST_SIZES => {}
            _ => return refused(listed(&self.sizes), "too many sizes"),
        }
        if !(FEWEST_SAMPLES..=MOST_SAMPLES).contains(&self.samples) {
            let allowed = format!("a whole number from {FEWEST_SAMPLES} to {MOST_SAMPLES}");
            let value = self.samples.to_string();
            return Err(InputError::new("samples", value, "out of range", allowed));
        }
        if self.checks.is_empty() {
            let names = Check::ALL.map(Check::name).join(", ");
            return Err(InputError::missing("checks", "nothing to compare", names));
        }
        Ok(())
    }

    /// Runs all samples and compares them; none where the observer stopped it. The rows do not
    /// depend on the number of threads, and those of a check not on which others are run.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn run(&self, observer: &dyn Observer) -> Result<Option<Vec<Row>>, InputError> {
        self.check()?;
        let all: Vec<(usize, Series)> = Check::ALL
            .into_iter()
            .flat_map(|check| check.series(&self.sizes))
            .enumerate()
            .filter(|(_, series)| self.checks.contains(&series.check))
            .collect();
        let jobs: Vec<Job> = all.iter().flat_map(|(i, s)| self.jobs(*i, s)).collect();
        let done = AtomicUsize::new(0);
        let measured = for_each(&jobs, |job| {
            if observer.cancelled() {
                return None;
            }
            let values = job.series.measure(job.n, self.seed, job.sample);
            observer.progress(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
            Some(values)
        });
        let Some(measured) = measured.into_iter().collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let theories = for_each(&all, |(_, series)| series.theory());
        let mut rest = measured.as_slice();
        let mut rows = Vec::new();
        for ((_, series), theory) in all.iter().zip(&theories) {
            let (own, others) = rest.split_at(series.sizes.len() * self.samples);
            rest = others;
            let by_size: Vec<_> = own.chunks(self.samples).collect();
            rows.extend(compare(series, &by_size, theory));
        }
        Ok(Some(rows))
    }

    /// Number of instances that it draws.
    pub fn instances(&self) -> usize {
        let series = self.checks.iter().flat_map(|c| c.series(&self.sizes));
        series.map(|s| s.sizes.len() * self.samples).sum()
    }

    fn jobs<'a>(&self, i: usize, series: &'a Series) -> Vec<Job<'a>> {
        let size = |(k, n): (usize, &usize)| {
            let first = (i * MOST_SIZES + k) * MOST_SAMPLES;
            let n = *n;
            let job = move |sample: usize| Job {
                series,
                n,
                sample: (first + sample) as u64,
            };
            (0..self.samples).map(job)
        };
        series.sizes.iter().enumerate().flat_map(size).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observer::Silent;

    fn small() -> Validation {
        Validation {
            checks: vec![Check::Storage, Check::StateEvolution],
            sizes: vec![101, 201],
            samples: 12,
            ..Validation::default()
        }
    }

    #[test]
    fn a_check_does_not_depend_on_the_others() {
        let both = small().run(&Silent).unwrap().expect("nobody stops it");
        let alone = Validation {
            checks: vec![Check::StateEvolution],
            ..small()
        };
        let alone = alone.run(&Silent).unwrap().expect("nobody stops it");
        // Two quantities at three loads, then ten overlaps; two sizes and their limit each.
        assert_eq!((both.len(), alone.len()), (18 + 30, 30));
        assert_eq!(both[18..], alone);
        assert!(both.iter().all(|row| row.judged == row.n.is_none()));
    }

    #[test]
    fn no_two_samples_share_random_numbers() {
        let validation = Validation::default();
        let series: Vec<Series> = Check::ALL
            .into_iter()
            .flat_map(|check| check.series(&validation.sizes))
            .collect();
        let all = series.iter().enumerate();
        let jobs: Vec<u64> = all
            .flat_map(|(i, s)| validation.jobs(i, s))
            .map(|job| job.sample)
            .collect();
        let different: std::collections::BTreeSet<_> = jobs.iter().collect();
        assert_eq!(different.len(), jobs.len());
        assert!(
            jobs.iter()
                .all(|sample| *sample < crate::message_passing::instance::STREAM)
        );
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let refused = |validation: Validation| validation.run(&Silent).unwrap_err().option;
        for sizes in [
            vec![],
            vec![1001],
            vec![1000, 3001],
            vec![99, 1001],
            vec![101, 101],
        ] {
            assert_eq!(refused(Validation { sizes, ..small() }), "n");
        }
        for samples in [0, 9, 10_001] {
            assert_eq!(refused(Validation { samples, ..small() }), "samples");
        }
        let mixtures = Validation {
            checks: vec![Check::Mixture, Check::MixtureLandscape],
            sizes: vec![200, 401],
            ..small()
        };
        assert!(mixtures.check().is_ok());
        let checks = Vec::new();
        assert_eq!(refused(Validation { checks, ..small() }), "checks");
    }

    #[test]
    fn an_observer_stops_it() {
        struct Impatient;
        impl Observer for Impatient {
            fn cancelled(&self) -> bool {
                true
            }
        }
        assert_eq!(small().run(&Impatient).unwrap(), None);
    }

    #[test]
    fn names_of_checks_are_read_back() {
        for check in Check::ALL {
            assert_eq!(Check::parse(check.name()), Some(check));
        }
        assert_eq!(Check::parse("all"), None);
    }
}
