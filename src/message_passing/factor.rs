//! What one pattern says about the fields of a machine's hidden units.
//!
//! A pattern is satisfied where most of the `K` units are positive. With the field of unit `k`
//! Gaussian, of mean `ω_k` and variance `V_k`, everything follows from the law of the number of
//! positive units (BP.3 to BP.6). One unit is the perceptron.

use super::machine::Machine;
use crate::math::special;

/// Smallest logarithm of a probability: what has underflowed is impossible, but not infinitely so.
const IMPOSSIBLE: f64 = -1e4;
/// Below this the sum over votes is taken over logarithms: products would underflow.
const UNDERFLOW: f64 = 1e-250;

/// The answer of a pattern to one unit (BP.5).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reply {
    /// `g = ∂ ln Z/∂ω`.
    pub slope: f64,
    /// `-∂g/∂ω`.
    pub bend: f64,
    /// Logarithm of the weight, over `Z`, of what does not need this unit to be positive.
    pub ln_rest: f64,
    /// Logarithm of the weight, over `Z`, of what needs it.
    pub ln_pivot: f64,
}

/// What a pattern says to all units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Verdict {
    /// `ln Z` of the pattern (BP.3).
    pub ln_z: f64,
    /// The probability that it is misclassified, at finite temperature.
    pub error: f64,
}

/// The factor of one pattern: `e^{-β}` for an error, one for none. Holds the room for its sums.
#[derive(Clone, Debug)]
pub struct Factor {
    units: usize,
    threshold: f64,
    /// `e^{-β}`.
    floor: f64,
    /// Laws of the number of positive units among the first and the last ones.
    before: Vec<f64>,
    after: Vec<f64>,
    /// Per unit: logarithm and value of the probability of the signs plus, minus.
    signs: Vec<[f64; 2]>,
    replies: Vec<Reply>,
}

impl Factor {
    /// The factor of `machine` at inverse temperature `beta` per error (∞: errors are forbidden).
    pub fn new(machine: Machine, beta: f64) -> Self {
        let units = machine.units();
        Factor {
            units,
            threshold: machine.threshold(),
            floor: (-beta).exp(),
            before: vec![0.0; (units + 1) * (units + 1)],
            after: vec![0.0; (units + 1) * (units + 1)],
            signs: vec![[0.0; 2]; units],
            replies: vec![Reply::default(); units],
        }
    }

    /// The replies of the last call, one for each unit.
    pub fn replies(&self) -> &[Reply] {
        &self.replies
    }

    /// Answers Gaussian fields of means `omega` and variances `v` (BP.3, BP.5).
    pub fn gaussian(&mut self, omega: &[f64], v: &[f64]) -> Verdict {
        for (k, (omega, v)) in omega.iter().zip(v).take(self.units).enumerate() {
            let root = v.max(f64::MIN_POSITIVE).sqrt();
            let y = (self.threshold - omega) / root;
            let [plus, mills, excess] = special::tail(y);
            self.signs[k] = [plus, special::ln_h(-y)];
            self.replies[k].slope = mills / root;
            self.replies[k].bend = excess / root;
        }
        let verdict = self.vote();
        for (reply, sign) in self.replies.iter_mut().zip(&self.signs) {
            // Of the solutions, those that need this unit.
            let share = (reply.ln_pivot + sign[0]).exp();
            let mills = reply.slope;
            reply.slope = share * mills;
            reply.bend = reply.slope * (reply.bend - reply.ln_rest.exp() * mills);
        }
        verdict
    }

    /// Answers units that are positive and negative with probabilities of these logarithms.
    /// Slopes stay zero: they belong to Gaussian fields.
    pub fn votes(&mut self, signs: impl IntoIterator<Item = [f64; 2]>) -> Verdict {
        for (own, sign) in self.signs.iter_mut().zip(signs) {
            *own = sign.map(|ln_p| ln_p.max(IMPOSSIBLE));
        }
        self.replies.fill(Reply::default());
        self.vote()
    }

    /// What the pattern gives to a weight: `½ ln` of the ratio of its likelihoods for the two
    /// signs, whose probabilities that the unit is positive have logarithms `plus` and `minus`
    /// (BP.6).
    pub fn message(reply: &Reply, plus: f64, minus: f64) -> f64 {
        let side = |ln_p: f64| Log::plus(reply.ln_rest, reply.ln_pivot + ln_p);
        let (plus, minus) = (side(plus), side(minus));
        if plus == minus {
            0.0
        } else {
            0.5 * (plus - minus)
        }
    }

    fn vote(&mut self) -> Verdict {
        if self.units == 1 {
            return self.alone();
        }
        self.sum::<Linear>()
            .unwrap_or_else(|| self.sum::<Log>().unwrap_or_default())
    }

    /// One unit: nothing to sum.
    fn alone(&mut self) -> Verdict {
        let plus = self.signs[0][0];
        let ln_floor = self.floor.ln();
        let ln_gain = (-self.floor).ln_1p();
        let ln_z = Log::plus(ln_floor, ln_gain + plus);
        self.replies[0].ln_rest = ln_floor - ln_z;
        self.replies[0].ln_pivot = ln_gain - ln_z;
        self.verdict(ln_z)
    }

    fn verdict(&self, ln_z: f64) -> Verdict {
        // Z = f + (1-f) P, and the error probability is f (1-P)/Z.
        let error = self.floor / (1.0 - self.floor) * (-ln_z).exp_m1();
        Verdict {
            ln_z,
            error: if self.floor > 0.0 { error } else { 0.0 },
        }
    }

    /// Fills the replies from the law of the number of positive units; none where it underflows.
    fn sum<S: Semiring>(&mut self) -> Option<Verdict> {
        let (units, row) = (self.units, self.units + 1);
        let (before, after) = (&mut self.before, &mut self.after);
        before.fill(S::ZERO);
        after.fill(S::ZERO);
        before[0] = S::ONE;
        after[units * row] = S::ONE;
        let sign = |k: usize| self.signs[k].map(S::of_ln);
        for k in 0..units {
            let [plus, minus] = sign(k);
            for j in 0..=k {
                let law = before[k * row + j];
                let next = (k + 1) * row + j;
                before[next] = S::plus(before[next], S::times(law, minus));
                before[next + 1] = S::plus(before[next + 1], S::times(law, plus));
            }
            let last = units - 1 - k;
            let [plus, minus] = sign(last);
            for j in 0..=k {
                let law = after[(last + 1) * row + j];
                let next = last * row + j;
                after[next] = S::plus(after[next], S::times(law, minus));
                after[next + 1] = S::plus(after[next + 1], S::times(law, plus));
            }
        }
        let half = units / 2;
        let majority = &before[units * row + half + 1..];
        let correct = majority.iter().fold(S::ZERO, |a, &b| S::plus(a, b));
        let floor = S::of_ln(self.floor.ln());
        let gain = S::of_ln((-self.floor).ln_1p());
        let z = S::plus(floor, S::times(gain, correct));
        if S::underflows(z) {
            return None;
        }
        let ln_z = S::ln(z);
        for (k, reply) in self.replies.iter_mut().enumerate() {
            let first = &before[k * row..k * row + k + 1];
            let rest = &after[(k + 1) * row..(k + 1) * row + units - k];
            let [pivot, sure] = others::<S>(first, rest, half);
            reply.ln_rest = S::ln(S::plus(floor, S::times(gain, sure))) - ln_z;
            reply.ln_pivot = S::ln(S::times(gain, pivot)) - ln_z;
        }
        Some(self.verdict(ln_z))
    }
}

/// The weights of exactly `half` and of more positive units, from the laws of two groups.
fn others<S: Semiring>(first: &[f64], second: &[f64], half: usize) -> [f64; 2] {
    let (mut pivot, mut sure) = (S::ZERO, S::ZERO);
    for (i, &a) in first.iter().enumerate() {
        for (j, &b) in second.iter().enumerate() {
            let weight = S::times(a, b);
            if i + j == half {
                pivot = S::plus(pivot, weight);
            } else if i + j > half {
                sure = S::plus(sure, weight);
            }
        }
    }
    [pivot, sure]
}

/// Sums of products of probabilities, over the probabilities or over their logarithms.
trait Semiring {
    const ZERO: f64;
    const ONE: f64;
    fn of_ln(x: f64) -> f64;
    fn ln(x: f64) -> f64;
    fn plus(a: f64, b: f64) -> f64;
    fn times(a: f64, b: f64) -> f64;
    fn underflows(x: f64) -> bool;
}

struct Linear;

impl Semiring for Linear {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
    fn of_ln(x: f64) -> f64 {
        x.exp()
    }
    fn ln(x: f64) -> f64 {
        x.ln()
    }
    fn plus(a: f64, b: f64) -> f64 {
        a + b
    }
    fn times(a: f64, b: f64) -> f64 {
        a * b
    }
    fn underflows(x: f64) -> bool {
        x < UNDERFLOW
    }
}

struct Log;

impl Semiring for Log {
    const ZERO: f64 = f64::NEG_INFINITY;
    const ONE: f64 = 0.0;
    fn of_ln(x: f64) -> f64 {
        x
    }
    fn ln(x: f64) -> f64 {
        x
    }
    fn plus(a: f64, b: f64) -> f64 {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        if low == f64::NEG_INFINITY {
            high
        } else {
            high + (low - high).exp().ln_1p()
        }
    }
    fn times(a: f64, b: f64) -> f64 {
        a + b
    }
    fn underflows(_: f64) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum over all sign patterns of the units.
    fn by_signs(omega: &[f64], v: &[f64], threshold: f64, floor: f64) -> f64 {
        let units = omega.len();
        (0..1_u32 << units)
            .map(|signs| {
                let p: f64 = (0..units)
                    .map(|k| {
                        let y = (threshold - omega[k]) / v[k].sqrt();
                        special::h(if signs >> k & 1 == 1 { y } else { -y })
                    })
                    .product();
                let right = signs.count_ones() as usize > units / 2;
                p * if right { 1.0 } else { floor }
            })
            .sum()
    }

    fn machine(units: usize) -> Machine {
        if units == 1 {
            Machine::Perceptron { threshold: 0.4 }
        } else {
            Machine::Tree { units }
        }
    }

    #[test]
    fn partition_function_is_the_sum_over_signs() {
        for units in [1, 3, 5, 7] {
            for beta in [0.7, f64::INFINITY] {
                let omega: Vec<f64> = (0..units).map(|k| 1.3 * (k as f64).sin() - 0.4).collect();
                let v: Vec<f64> = (0..units).map(|k| 0.5 + 0.3 * k as f64).collect();
                let mut factor = Factor::new(machine(units), beta);
                let verdict = factor.gaussian(&omega, &v);
                let threshold = machine(units).threshold();
                let expected = by_signs(&omega, &v, threshold, (-beta).exp());
                assert!((verdict.ln_z - expected.ln()).abs() < 1e-14, "{units}");
                if beta.is_finite() {
                    let step = 1e-5;
                    let at = |beta: f64| by_signs(&omega, &v, threshold, (-beta).exp()).ln();
                    let slope = (at(beta - step) - at(beta + step)) / (2.0 * step);
                    assert!((verdict.error - slope).abs() < 1e-9, "{units}");
                }
            }
        }
    }

    #[test]
    fn slopes_and_bends_are_derivatives() {
        for units in [1, 3, 5] {
            for beta in [1.2, f64::INFINITY] {
                // Also far from satisfied, where sums are taken over logarithms.
                for shift in [0.0, -9.0, -70.0] {
                    let omega: Vec<f64> = (0..units).map(|k| shift + 0.3 * k as f64).collect();
                    let v: Vec<f64> = (0..units).map(|k| 1.0 + 0.2 * k as f64).collect();
                    let mut factor = Factor::new(machine(units), beta);
                    factor.gaussian(&omega, &v);
                    let replies = factor.replies().to_vec();
                    let step = 1e-4;
                    for k in 0..units {
                        let mut at = |by: f64| {
                            let mut moved = omega.clone();
                            moved[k] += by;
                            let ln_z = factor.gaussian(&moved, &v).ln_z;
                            (ln_z, factor.replies()[k].slope)
                        };
                        let (up, down) = (at(step), at(-step));
                        let slope = (up.0 - down.0) / (2.0 * step);
                        let bend = (down.1 - up.1) / (2.0 * step);
                        let scale = 1.0 + shift * shift;
                        assert!((replies[k].slope - slope).abs() < 3e-9 * scale, "{shift}");
                        assert!((replies[k].bend - bend).abs() < 3e-8 * scale, "{shift}");
                    }
                }
            }
        }
    }

    #[test]
    fn pivot_and_rest_make_up_the_whole() {
        let mut factor = Factor::new(Machine::Tree { units: 5 }, f64::INFINITY);
        factor.gaussian(&[0.3, -1.0, 0.2, 0.9, -0.4], &[1.0, 2.0, 0.5, 0.8, 1.1]);
        for (reply, sign) in factor.replies.iter().zip(&factor.signs) {
            let whole = reply.ln_rest.exp() + (reply.ln_pivot + sign[0]).exp();
            assert!((whole - 1.0).abs() < 1e-14);
        }
    }
}
