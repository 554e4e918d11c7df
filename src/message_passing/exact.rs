//! Messages without the Gaussian approximation, for small instances of signs.
//!
//! The field of a unit is a sum of independent signs; its law is a convolution (BP.10). Laws of the
//! first and of the last inputs are kept, so that one input can be left out without dividing:
//! `O(n²)` per unit and pattern.

/// The law of the number of positive terms among `n` independent signs.
#[derive(Clone, Debug)]
pub(super) struct Convolution {
    n: usize,
    /// Row `i`: law of the number of positive terms among the first `i`.
    first: Vec<f64>,
    /// Row `i`: probability of at least `c` positive terms among those from `i` on.
    last: Vec<f64>,
}

impl Convolution {
    /// Memory that the law of `n` signs takes, in bytes.
    pub(super) fn bytes(n: usize) -> u64 {
        let row = n as u64 + 1;
        row.saturating_mul(2 * row + 1).saturating_mul(8)
    }

    /// Room for `n` signs.
    pub(super) fn new(n: usize) -> Self {
        Convolution {
            n,
            first: vec![0.0; (n + 1) * (n + 1)],
            last: vec![0.0; (n + 1) * (n + 2)],
        }
    }

    /// Takes the means of the signs.
    pub(super) fn load(&mut self, means: impl Clone + DoubleEndedIterator<Item = f64>) {
        let row = self.n + 1;
        self.first[..row].fill(0.0);
        self.first[0] = 1.0;
        for (i, mean) in means.clone().take(self.n).enumerate() {
            let [plus, minus] = [0.5 * (1.0 + mean), 0.5 * (1.0 - mean)];
            let (known, next) = self.first.split_at_mut((i + 1) * row);
            let known = &known[i * row..];
            next[0] = known[0] * minus;
            for c in 1..row {
                next[c] = known[c] * minus + known[c - 1] * plus;
            }
        }
        let row = self.n + 2;
        self.last[self.n * row..].fill(0.0);
        self.last[self.n * row] = 1.0;
        for (back, mean) in means.rev().take(self.n).enumerate() {
            let [plus, minus] = [0.5 * (1.0 + mean), 0.5 * (1.0 - mean)];
            let i = self.n - 1 - back;
            let (next, known) = self.last.split_at_mut((i + 1) * row);
            let next = &mut next[i * row..];
            next[0] = 1.0;
            for c in 1..row {
                next[c] = known[c] * minus + known[c - 1] * plus;
            }
        }
    }

    /// `ln P(S > T)` and `ln P(S ≤ T)` for the sum `S` of all signs.
    pub(super) fn signs(&self, threshold: f64) -> [f64; 2] {
        let needed = self.needed(self.n, threshold);
        let law = &self.first[self.n * (self.n + 1)..];
        let split = needed.clamp(0, self.n as i64 + 1) as usize;
        let [below, above] = [&law[..split], &law[split..]];
        [above, below].map(|part| part.iter().sum::<f64>().ln())
    }

    /// `ln P(S > T)` with sign `i` set to +1, and to -1.
    pub(super) fn without(&self, i: usize, threshold: f64) -> [f64; 2] {
        [1.0, -1.0].map(|sign| {
            let needed = self.needed(self.n - 1, threshold - sign);
            let first = &self.first[i * (self.n + 1)..][..i + 1];
            let last = &self.last[(i + 1) * (self.n + 2)..][..self.n + 2];
            let both = first.iter().enumerate().map(|(c, p)| {
                let rest = (needed - c as i64).clamp(0, self.n as i64 + 1);
                p * last[rest as usize]
            });
            both.sum::<f64>().ln()
        })
    }

    /// Positive terms among `n` that lift their sum above the threshold.
    fn needed(&self, n: usize, threshold: f64) -> i64 {
        // S = 2c - n > T.
        (0.5 * (threshold + n as f64)).floor() as i64 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_are_sums_over_configurations() {
        let means = [0.3, -0.9, 0.1, 0.7, -0.2, 0.45, 0.0];
        let n = means.len();
        let mut law = Convolution::new(n);
        law.load(means.iter().copied());
        let probability = |bits: u32, skip: usize| -> f64 {
            let sign = |i: usize| if bits >> i & 1 == 1 { 1.0 } else { -1.0 };
            let terms = (0..n).filter(|&i| i != skip);
            terms.map(|i| 0.5 * (1.0 + sign(i) * means[i])).product()
        };
        for threshold in [-7.5, -3.0, -0.5, 0.0, 2.0, 6.0, 8.0] {
            let above = |bits: u32| 2.0 * f64::from(bits.count_ones()) - n as f64 > threshold;
            let all = 0..1_u32 << n;
            let [plus, minus] = law.signs(threshold);
            let sum: f64 = all
                .clone()
                .filter(|b| above(*b))
                .map(|b| probability(b, n))
                .sum();
            assert!((plus.exp() - sum).abs() < 1e-15);
            assert!((minus.exp() - (1.0 - sum)).abs() < 1e-15);
            for i in 0..n {
                let [plus, minus] = law.without(i, threshold);
                for (ln_p, set) in [(plus, 1), (minus, 0)] {
                    let fixed = all.clone().filter(|b| b >> i & 1 == set && above(*b));
                    let sum: f64 = fixed.map(|b| probability(b, i)).sum();
                    assert!((ln_p.exp() - sum).abs() < 1e-15, "{threshold} {i}");
                }
            }
        }
    }
}
