//! What many samples say together.

/// Mean and standard error of independent values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// How many there are.
    pub samples: usize,
    /// Their mean.
    pub mean: f64,
    /// Its standard error, from their scatter; none for a single one.
    pub error: Option<f64>,
}

impl Mean {
    /// Of these values; none if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        (!values.is_empty()).then_some(Mean {
            samples: values.len(),
            mean,
            error: (values.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt()),
        })
    }

    /// By how many standard errors the mean is above a value; none for a single sample.
    pub fn z(&self, value: f64) -> Option<f64> {
        self.error.map(|error| (self.mean - value) / error)
    }
}

/// A success rate with [its interval](wilson).
pub fn success(successes: usize, trials: usize) -> [f64; 3] {
    let [low, high] = wilson(successes, trials);
    [successes as f64 / trials as f64, low, high]
}

/// The 97.5 % quantile of the Gaussian.
const QUANTILE: f64 = 1.959_963_984_540_054;

/// Wilson's 95 % interval of a success rate: the rates that `successes` of `trials` do not
/// contradict (Wilson, J. Am. Stat. Assoc. 22, 209 (1927)). `[0, 1]` without trials.
pub fn wilson(successes: usize, trials: usize) -> [f64; 2] {
    if trials == 0 {
        return [0.0, 1.0];
    }
    let (n, rate) = (trials as f64, successes as f64 / trials as f64);
    let z2 = QUANTILE * QUANTILE / n;
    let centre = rate + 0.5 * z2;
    let half = (rate * (1.0 - rate) * z2 + 0.25 * z2 * z2).sqrt();
    let bound = |x: f64| (x / (1.0 + z2)).clamp(0.0, 1.0);
    [
        if successes == 0 {
            0.0
        } else {
            bound(centre - half)
        },
        if successes == trials {
            1.0
        } else {
            bound(centre + half)
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_errors() {
        let mean = Mean::of(&[1.0, 2.0, 3.0, 6.0]).expect("values");
        assert_eq!(mean.mean, 3.0);
        // Variance 14/3 of one, over four.
        assert!((mean.error.expect("four values") - (14.0_f64 / 12.0).sqrt()).abs() < 1e-15);
        assert!((mean.z(4.0).expect("four values") + 1.0 / (14.0_f64 / 12.0).sqrt()).abs() < 1e-15);
        assert_eq!(Mean::of(&[2.0]).and_then(|m| m.error), None);
        assert_eq!(Mean::of(&[]), None);
    }

    #[test]
    fn the_interval_holds_the_rates_at_which_the_score_test_does_not_refuse() {
        for (k, n) in [(0, 20), (3, 20), (10, 20), (20, 20), (7, 8)] {
            let rate = k as f64 / n as f64;
            for bound in wilson(k, n) {
                let score = (rate - bound).abs() / (bound * (1.0 - bound) / n as f64).sqrt();
                let at_end = bound == 0.0 || bound == 1.0;
                assert!(
                    at_end || (score - QUANTILE).abs() < 1e-9,
                    "{k}/{n}: {bound}"
                );
            }
        }
        assert_eq!(wilson(0, 5)[0], 0.0);
        assert_eq!(wilson(5, 5)[1], 1.0);
    }
}
