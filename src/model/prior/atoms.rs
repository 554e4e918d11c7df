//! Weights with any finite set of values.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_w(a, b)` | `ln Σ_k p_k exp(-a w_k²/2 + b w_k)` (FN.15) | plain sums (law test) |
//! | derivatives | cumulants of `w` and `w²`, from deviations | differences (law test) |

use super::{Alphabet, Norm, Prior, binary};
use crate::math::Feature;
use crate::model::site::Jets;

/// Most values that a weight may have.
pub const MOST: usize = 64;
/// States that are smaller than the largest by more than this (in logarithm) do not matter for the
/// width of a crossing.
const NEGLIGIBLE: f64 = 5.0;

/// A measure of finitely many points, not necessarily normalised: with weights one, entropies are
/// logarithms of numbers of configurations.
#[derive(Clone, Debug, PartialEq)]
pub struct Atoms {
    /// Values in ascending order, each with its weight.
    states: Vec<(f64, f64)>,
    /// Logarithms of the weights.
    logarithms: Vec<f64>,
}

impl Atoms {
    /// Values with their weights, in any order.
    ///
    /// # Errors
    ///
    /// A sentence for people, unless there are 2 to [`MOST`] different finite values of magnitude at
    /// most 1e6, each with a weight between 1e-100 and 1e100. A value given twice is refused rather
    /// than merged: it is more often a slip than a wish.
    pub fn new(mut states: Vec<(f64, f64)>) -> Result<Atoms, String> {
        if states.len() < 2 {
            return Err("atoms need at least two values, for example atoms:-1,0,1".into());
        }
        if states.len() > MOST {
            let count = states.len();
            return Err(format!("atoms have at most {MOST} values, not {count}"));
        }
        for (value, weight) in &mut states {
            if !(value.abs() <= 1e6) {
                return Err(format!(
                    "the value {value} of a weight must be finite, at most 1e6 in magnitude"
                ));
            }
            if !(1e-100..=1e100).contains(weight) {
                return Err(format!(
                    "the weight {weight} of the value {value} must be positive, 1e-100 to 1e100"
                ));
            }
            // No negative zero: it would be another name for the same law.
            *value += 0.0;
        }
        states.sort_by(|x, y| x.0.total_cmp(&y.0));
        if let Some(pair) = states.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let value = pair[0].0;
            return Err(format!(
                "the value {value} is given twice; give it once, with the sum of the weights"
            ));
        }
        let logarithms = states.iter().map(|&(_, weight)| weight.ln()).collect();
        Ok(Atoms { states, logarithms })
    }

    /// Reads `V[@P],V[@P],…`: values with their weights (default 1).
    ///
    /// # Errors
    ///
    /// A sentence for people that names the part at fault; see also [`Atoms::new`].
    pub fn parse(text: &str) -> Result<Atoms, String> {
        if text.trim().is_empty() {
            return Atoms::new(Vec::new());
        }
        let states = text.split(',').map(state).collect::<Result<_, _>>()?;
        Atoms::new(states)
    }

    /// Whether the law is the same for `w` and `-w`.
    fn is_symmetric(&self) -> bool {
        self.states
            .iter()
            .zip(self.states.iter().rev())
            .all(|(x, y)| x.0 == -y.0 && x.1 == y.1)
    }

    fn total(&self) -> f64 {
        self.states.iter().map(|state| state.1).sum()
    }

    /// `ln p_k - a w_k²/2 + b w_k`.
    fn exponent(&self, k: usize, a: f64, b: f64) -> f64 {
        let w = self.states[k].0;
        self.logarithms[k] + w * (b - 0.5 * a * w)
    }

    /// `[ln Z_w, mean, variance, ∂_a ln Z_w, ∂_a mean, ∂²_a ln Z_w]`; `p` is room for probabilities.
    fn jet(&self, a: f64, b: f64, p: &mut [f64]) -> [f64; 6] {
        let mut largest = f64::NEG_INFINITY;
        for (k, p) in p.iter_mut().enumerate() {
            *p = self.exponent(k, a, b);
            largest = largest.max(*p);
        }
        let mut sum = 0.0;
        for p in &mut *p {
            *p = (*p - largest).exp();
            sum += *p;
        }
        let (mut mean, mut square) = (0.0, 0.0);
        for (p, &(w, _)) in p.iter_mut().zip(&self.states) {
            *p /= sum;
            mean += *p * w;
            square += *p * w * w;
        }
        let [mut variance, mut covariance, mut square_variance] = [0.0; 3];
        for (&p, &(w, _)) in p.iter().zip(&self.states) {
            let (d, s) = (w - mean, w * w - square);
            variance += p * d * d;
            covariance += p * d * s;
            square_variance += p * s * s;
        }
        let value = largest + sum.ln();
        [
            value,
            mean,
            variance,
            -0.5 * square,
            -0.5 * covariance,
            0.25 * square_variance,
        ]
    }

    /// The states that are the largest for some field, in ascending order.
    fn leading(&self, a: f64) -> Vec<usize> {
        let crossing = |i: usize, j: usize| self.crossing(i, j, a);
        let mut hull: Vec<usize> = Vec::new();
        for k in 0..self.states.len() {
            while let [.., i, j] = hull[..] {
                if crossing(i, j) < crossing(j, k) {
                    break;
                }
                hull.pop();
            }
            hull.push(k);
        }
        hull
    }

    /// The field at which two states weigh the same.
    fn crossing(&self, i: usize, j: usize, a: f64) -> f64 {
        let difference = self.states[j].0 - self.states[i].0;
        (self.exponent(i, a, 0.0) - self.exponent(j, a, 0.0)) / difference
    }
}

/// `V` or `V@P`.
fn state(part: &str) -> Result<(f64, f64), String> {
    let (value, weight) = part.split_once('@').unwrap_or((part, "1"));
    let number = |text: &str, what: &str| -> Result<f64, String> {
        let text = text.trim();
        text.parse()
            .map_err(|_| format!("\"{text}\" is not a number: {what} of atoms:V[@P],…"))
    };
    Ok((number(value, "a value V")?, number(weight, "a weight P")?))
}

impl Prior for Atoms {
    /// Values in ascending order; weights that are one are left out.
    fn name(&self) -> String {
        let state = |&(value, weight): &(f64, f64)| {
            if weight == 1.0 {
                format!("{value}")
            } else {
                format!("{value}@{weight}")
            }
        };
        let states: Vec<String> = self.states.iter().map(state).collect();
        format!("atoms:{}", states.join(","))
    }

    fn norm(&self) -> Norm {
        if self.states.iter().all(|&(w, _)| w * w == 1.0) {
            Norm::Unit
        } else {
            Norm::Free
        }
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Atoms(self.states.clone())
    }

    fn fill(&self, fields: &[f64], a: f64, by_precision: bool, out: &mut Jets) {
        out.resize(fields.len(), by_precision);
        let mut room = [0.0; MOST];
        let p = &mut room[..self.states.len()];
        for (i, &b) in fields.iter().enumerate() {
            let at = self.jet(a, b, p);
            [out.value[i], out.slope[i], out.bend[i]] = [at[0], at[1], at[2]];
            if by_precision {
                [out.by[i], out.slope_by[i], out.by_by[i]] = [at[3], at[4], at[5]];
            }
        }
    }

    /// Where the largest state changes. `Z_w` has no zero as long as the phases `w_k Im b` of the
    /// states that matter are within a half circle.
    fn features(&self, a: f64, out: &mut Vec<Feature>) {
        for pair in self.leading(a).windows(2) {
            let centre = self.crossing(pair[0], pair[1], a);
            let top = self.exponent(pair[0], a, centre);
            let (mut low, mut high) = (self.states[pair[0]].0, self.states[pair[1]].0);
            for (k, &(w, _)) in self.states.iter().enumerate() {
                if self.exponent(k, a, centre) > top - NEGLIGIBLE {
                    (low, high) = (low.min(w), high.max(w));
                }
            }
            out.push(Feature {
                centre,
                width: 2.0 / (high - low),
            });
        }
    }

    fn teacher(&self) -> Vec<(f64, f64)> {
        let total = self.total();
        let symmetric = self.is_symmetric();
        let nodes = self.states.iter().filter(|(w, _)| !symmetric || *w >= 0.0);
        nodes
            .map(|&(w, p)| {
                let times = if symmetric && w > 0.0 { 2.0 } else { 1.0 };
                (w, times * p / total)
            })
            .collect()
    }

    fn second_moment(&self) -> f64 {
        let sum: f64 = self.states.iter().map(|&(w, p)| p * w * w).sum();
        sum / self.total()
    }

    fn volume(&self) -> f64 {
        self.total().ln()
    }

    /// Known for the counting measure on ±1 only.
    fn ball(&self, overlap: f64) -> Option<f64> {
        (self.states == [(-1.0, 1.0), (1.0, 1.0)]).then(|| binary::ball(overlap))
    }

    fn draw(&self, uniform: f64) -> f64 {
        let mut left = uniform * self.total();
        for &(value, weight) in &self.states {
            left -= weight;
            if left < 0.0 {
                return value;
            }
        }
        self.states.last().map_or(0.0, |state| state.0)
    }
}
