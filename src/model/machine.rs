//! Machines: how hidden units make the output of a pattern (RS.28).
//!
//! A perceptron's output is one field. A wide machine has infinitely many hidden units with disjoint inputs,
//! an activation, and output weights `±1` in equal numbers: its output field is Gaussian by the central
//! limit theorem, and two configurations of overlap `q` have output fields of overlap `Q(q)`. All else is a
//! perceptron's, so that a machine is this one function.

use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

/// How the fields of hidden units make the output field of a pattern.
pub trait Machine: fmt::Debug + Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The overlap of the output fields of two configurations of overlap `q = 1 - v`.
    fn output(&self, q: f64, v: f64) -> Output;
}

/// An overlap `Q` of output fields of unit variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// `Q`.
    pub q: f64,
    /// `1 - Q`, without cancellation.
    pub v: f64,
    /// `Q′(q)`.
    pub slope: f64,
    /// `Q″(q)`.
    pub bend: f64,
}

/// One field, itself the output.
#[derive(Clone, Copy, Debug, Default)]
pub struct Perceptron;

/// Infinitely many hidden units with outputs `±1`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WideSign;

/// Infinitely many hidden units with outputs `max(0, x)`, the mean of which the output weights cancel.
#[derive(Clone, Copy, Debug, Default)]
pub struct WideRelu;

/// Infinitely many hidden units with outputs `erf x`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WideErf;

/// Infinitely many hidden units with outputs `x²`, the mean of which the output weights cancel.
#[derive(Clone, Copy, Debug, Default)]
pub struct WideQuadratic;

/// Angles below which the series of `sin θ - θ cos θ` is used, and its terms: the next is `θ²⁰/20!` of the
/// first.
const SMALL_ANGLE: f64 = 0.5;
const TERMS: u32 = 9;

/// The angle `θ = arccos q` from `v = 1 - q`, without cancellation.
fn angle(v: f64) -> f64 {
    2.0 * (0.5 * v).sqrt().asin()
}

impl Machine for Perceptron {
    fn name(&self) -> &'static str {
        "perceptron"
    }

    fn output(&self, q: f64, v: f64) -> Output {
        Output {
            q,
            v,
            slope: 1.0,
            bend: 0.0,
        }
    }
}

impl Machine for WideSign {
    fn name(&self) -> &'static str {
        "wide:sign"
    }

    fn output(&self, q: f64, v: f64) -> Output {
        let theta = angle(v);
        let sine = (v * (1.0 + q)).sqrt();
        let scale = 2.0 / PI;
        Output {
            q: scale * q.asin(),
            v: scale * theta,
            slope: scale / sine,
            bend: scale * q / (sine * sine * sine),
        }
    }
}

impl Machine for WideRelu {
    fn name(&self) -> &'static str {
        "wide:relu"
    }

    fn output(&self, q: f64, v: f64) -> Output {
        let theta = angle(v);
        let sine = (v * (1.0 + q)).sqrt();
        let scale = 1.0 / (PI - 1.0);
        let lost = if theta < SMALL_ANGLE {
            lune(theta)
        } else {
            sine - theta * q
        };
        let at = sine + q * (PI - theta) - 1.0;
        Output {
            q: scale * at,
            v: scale * (PI * v - lost),
            slope: scale * (PI - theta),
            bend: scale / sine,
        }
    }
}

/// `sin θ - θ cos θ = Σₖ (-1)ᵏ⁺¹ 2k θ²ᵏ⁺¹/(2k+1)!`.
fn lune(theta: f64) -> f64 {
    let square = theta * theta;
    let mut power = theta;
    let mut total = 0.0;
    for k in 1..=TERMS {
        let k = f64::from(k);
        power *= -square / (2.0 * k * (2.0 * k + 1.0));
        total -= 2.0 * k * power;
    }
    total
}

impl Machine for WideErf {
    fn name(&self) -> &'static str {
        "wide:erf"
    }

    fn output(&self, q: f64, v: f64) -> Output {
        // 2/3 of unit variance and twice the overlap over one and twice the variance.
        let most: f64 = 2.0 / 3.0;
        let at = most * q;
        let root = |x: f64| ((1.0 - x) * (1.0 + x)).sqrt();
        let scale = 1.0 / most.asin();
        let squares = most * most * v * (1.0 + q);
        let apart = squares / (most * root(at) + at * root(most));
        Output {
            q: scale * at.asin(),
            v: scale * apart.asin(),
            slope: scale * most / root(at),
            bend: scale * most * most * at / root(at).powi(3),
        }
    }
}

impl Machine for WideQuadratic {
    fn name(&self) -> &'static str {
        "wide:quadratic"
    }

    fn output(&self, q: f64, v: f64) -> Output {
        Output {
            q: q * q,
            v: v * (1.0 + q),
            slope: 2.0 * q,
            bend: 2.0,
        }
    }
}

/// Every machine that has a theory, the default first.
pub fn registered() -> Vec<Arc<dyn Machine>> {
    vec![
        Arc::new(Perceptron),
        Arc::new(WideSign),
        Arc::new(WideRelu),
        Arc::new(WideErf),
        Arc::new(WideQuadratic),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::erf::erf;

    /// Fourth-order central difference.
    fn slope(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
        (8.0 * (f(x + h) - f(x - h)) - f(x + 2.0 * h) + f(x - 2.0 * h)) / (12.0 * h)
    }

    fn activation(name: &str) -> fn(f64) -> f64 {
        match name {
            "wide:sign" => f64::signum,
            "wide:relu" => |x| x.max(0.0),
            "wide:erf" => erf,
            "wide:quadratic" => |x| x * x,
            _ => |x| x,
        }
    }

    /// Overlaps are covariances of the activation of two fields, by plain sums over a fine square; slopes and
    /// bends are derivatives; complements are those, and keep their digits.
    #[test]
    fn overlaps_are_covariances() {
        // Midpoints, so that no node lies on a kink.
        let step = 16.0 / 1600.0;
        let nodes: Vec<f64> = (0..1600)
            .map(|i| -8.0 + step * (f64::from(i) + 0.5))
            .collect();
        let weight = |x: f64| (-0.5 * x * x).exp() / (2.0 * PI).sqrt() * step;
        for machine in registered() {
            let g = activation(machine.name());
            let mean: f64 = nodes.iter().map(|&x| weight(x) * g(x)).sum();
            let square: f64 = nodes.iter().map(|&x| weight(x) * g(x) * g(x)).sum();
            let norm = square - mean * mean;
            for q in [0.0, 0.3, 0.7, 0.95] {
                let root = f64::sqrt(1.0 - q * q);
                let both = |x: f64| -> f64 {
                    let inner = nodes.iter().map(|&y| weight(y) * g(q * x + root * y));
                    weight(x) * g(x) * inner.sum::<f64>()
                };
                let covariance: f64 = nodes.iter().map(|&x| both(x)).sum();
                let want = (covariance - mean * mean) / norm;
                let got = machine.output(q, 1.0 - q);
                let name = machine.name();
                // What a sum resolves of a jump, or of a kink.
                let resolved = if name == "wide:sign" { 1e-3 } else { 1e-5 };
                let off = (got.q - want).abs();
                assert!(off < resolved, "{name} {q}: {} {want}", got.q);
                assert!((got.q + got.v - 1.0).abs() < 4e-16, "{name} {q}");
                if q > 0.0 {
                    let of = |q: f64| machine.output(q, 1.0 - q);
                    let step = 5e-3 * (1.0 - q);
                    let by = slope(|q| of(q).q, q, step);
                    assert!((by - got.slope).abs() < 1e-8, "{name} {q}: {by}");
                    let by = slope(|q| of(q).slope, q, step);
                    assert!(
                        (by - got.bend).abs() < 1e-6 * (1.0 + by),
                        "{name} {q}: {by}"
                    );
                }
            }
        }
    }

    /// Near one, `1 - Q` follows from its slope: what is left is of the next order.
    #[test]
    fn complements_keep_their_digits() {
        for machine in registered() {
            for v in [1e-6, 1e-10, 1e-14] {
                let at = machine.output(1.0 - v, v);
                // Mean of the slopes at v and at v/4, by Simpson's rule in √v where it diverges.
                let of = |x: f64| {
                    let v = x * x;
                    2.0 * x * machine.output(1.0 - v, v).slope
                };
                let root = f64::sqrt(v);
                // Zero itself has no slope where it diverges.
                let first = 1e-9 * root;
                let simpson = root / 6.0 * (of(first) + 4.0 * of(0.5 * root) + of(root));
                let off = (at.v / simpson - 1.0).abs();
                assert!(
                    off < 1e-6 * v.sqrt() + 1e-9,
                    "{} {v}: {off}",
                    machine.name()
                );
            }
        }
    }
}
