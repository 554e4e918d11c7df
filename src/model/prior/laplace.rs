//! Laplace weights: density `½ e^{-|w|}`, of any length.
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_w(a, b)` | `ln[R(u) + R(t)] - ln 2√a`, `u = (1-b)/√a`, `t = (1+b)/√a`, `R = H/G` (FN.13) | quadrature (law test) |
//! | one sign of `w` | `√a\|w\|` is a Gaussian truncated at `u` (`t`), measured from there | quadrature (law test) |
//! | `a = 0` | `-ln(1-b²)` for `\|b\| < 1` | limit (unit test) |

use super::{Alphabet, Norm, Prior};
use crate::math::{Feature, gauss, wide};
use crate::model::site::Jets;

/// Density `½ e^{-|w|}`, normalised to one; the norm of a weight vector is free.
#[derive(Clone, Copy, Debug, Default)]
pub struct Laplace;

/// `½ ln 2π`.
const HALF_LN_2PI: f64 = 0.918_938_533_204_672_7;
/// Ends of the panels of a teacher's weight; beyond the last one there is less than 1e-19 of the
/// second moment.
const TEACHER: [f64; 8] = [0.0, 1.0, 3.0, 7.0, 13.0, 22.0, 36.0, 54.0];

/// The part of the law of `y = √a |w|` with one sign: a standard Gaussian truncated to `[u, ∞)`,
/// measured from `u`.
struct Side {
    /// `ln R(u)`.
    ln_mass: f64,
    /// `⟨y⟩`.
    mean: f64,
    /// `⟨y²⟩`.
    square: f64,
    /// `var y`.
    variance: f64,
    /// `cov(y, y²)`.
    covariance: f64,
    /// `var y²`.
    square_variance: f64,
}

/// `K` of the map `t = (u - K)/(u + K)`.
const MIDDLE: f64 = 4.0;

/// `(u + K) r₅` in powers of `t`, for `u ≥ 0`: `r₅ = 5 D₋₆(u)/D₋₅(u)` with parabolic cylinder
/// functions, interpolated in 40 digits at 60 Chebyshev points and cut below 2e-17.
const FIFTH: [f64; 35] = [
    7.790217995791086,
    -2.235309716946847,
    -1.4833513732502426,
    0.6043989475470363,
    0.6910513043871129,
    -0.12128841408678781,
    -0.36993337616799304,
    -0.04676867987482662,
    0.18354084684974967,
    0.08906097791055115,
    -0.07122189263793365,
    -0.07802224956520724,
    0.010714213808477813,
    0.050000837507005194,
    0.014400579200792053,
    -0.023515931283046583,
    -0.018706904147723583,
    0.005818673807227198,
    0.013785873883645544,
    0.002695648528883765,
    -0.0071281382625581645,
    -0.004810154190249283,
    0.0022819594058602283,
    0.003823806191457501,
    4.798415075213179e-05,
    -0.0021318476716616296,
    -0.0006063440455488508,
    0.0008767760815411008,
    0.000422870890298088,
    -0.00025666957078907275,
    -0.00016454707576895572,
    4.797051274659239e-05,
    3.706491598694216e-05,
    -4.299178981929943e-06,
    -3.7934140445921024e-06,
];

/// `[r₁, r₂, r₃, r₄]` for `u ≥ 0` with `⟨yⁿ⟩ = r₁ r₂ … rₙ`, `rₙ = n/(u + rₙ₊₁)` (FN.14).
fn ratios(u: f64) -> [f64; 4] {
    let inverse = 1.0 / (u + MIDDLE);
    // (u - K)/(u + K), also at infinity.
    let t = 1.0 - 2.0 * MIDDLE * inverse;
    let r5 = FIFTH.iter().rev().fold(0.0, |sum, c| sum * t + c) * inverse;
    let r4 = 4.0 / (u + r5);
    let r3 = 3.0 / (u + r4);
    let r2 = 2.0 / (u + r3);
    [1.0 / (u + r2), r2, r3, r4]
}

impl Side {
    fn new(u: f64) -> Side {
        if u > 0.0 { Side::far(u) } else { Side::near(u) }
    }

    /// The edge is above the maximum of the Gaussian.
    fn far(u: f64) -> Side {
        let [r1, r2, r3, r4] = ratios(u);
        let square = r1 * r2;
        Side {
            ln_mass: -(u + r1).ln(),
            mean: r1,
            square,
            variance: r1 * (r2 - r1),
            covariance: square * (r3 - r1),
            square_variance: square * (r3 * r4 - square),
        }
    }

    /// The maximum of the Gaussian is within: moments of `ξ = y + u`, in which nothing cancels.
    fn near(u: f64) -> Side {
        let [ln_h, g, _] = wide::tail1(u);
        let variance = 1.0 - g * (g - u);
        let covariance = g * (u * u + 1.0 - u * g);
        let shift = 1.0 + u * g;
        let square_variance = 3.0 + (u * u + 3.0) * u * g - shift * shift;
        let mean = g - u;
        Side {
            ln_mass: ln_h + 0.5 * u * u + HALF_LN_2PI,
            mean,
            square: variance + mean * mean,
            variance,
            covariance: covariance - 2.0 * u * variance,
            square_variance: square_variance - 4.0 * u * covariance + 4.0 * u * u * variance,
        }
    }
}

/// `[ln Z_w, mean, variance, ∂_a ln Z_w, ∂_a mean, ∂²_a ln Z_w]` for `a > 0`.
fn jet(a: f64, b: f64) -> [f64; 6] {
    let scale = a.sqrt().recip();
    let (right, left) = (Side::new((1.0 - b) * scale), Side::new((1.0 + b) * scale));
    let gap = right.ln_mass - left.ln_mass;
    let (p, n) = (1.0 / (1.0 + (-gap).exp()), 1.0 / (1.0 + gap.exp()));
    let value = right.ln_mass.max(left.ln_mass) + (-gap.abs()).exp().ln_1p() + (0.5 * scale).ln();
    // Differences between the signs, in y.
    let (means, squares) = (right.mean + left.mean, right.square - left.square);
    let mean = p * right.mean - n * left.mean;
    let square = p * right.square + n * left.square;
    let variance = p * right.variance + n * left.variance + p * n * means * means;
    let covariance = p * right.covariance - n * left.covariance + p * n * means * squares;
    let square_variance =
        p * right.square_variance + n * left.square_variance + p * n * squares * squares;
    let v = scale * scale;
    [
        value,
        scale * mean,
        v * variance,
        -0.5 * v * square,
        -0.5 * v * scale * covariance,
        0.25 * v * v * square_variance,
    ]
}

/// The same at `a = 0`, where `Z_w = 1/(1-b²)` and the two signs are exponential laws.
fn jet_without_precision(b: f64) -> [f64; 6] {
    if b.abs() >= 1.0 || b.is_nan() {
        return DIVERGES;
    }
    let (r, l) = (1.0 / (1.0 - b), 1.0 / (1.0 + b));
    let (p, n) = (0.5 * (1.0 + b), 0.5 * (1.0 - b));
    let (means, squares) = (r + l, 2.0 * (r * r - l * l));
    [
        -((1.0 - b) * (1.0 + b)).ln(),
        p * r - n * l,
        p * r * r + n * l * l + p * n * means * means,
        -(p * r * r + n * l * l),
        -0.5 * (4.0 * (p * r.powi(3) - n * l.powi(3)) + p * n * means * squares),
        0.25 * (20.0 * (p * r.powi(4) + n * l.powi(4)) + p * n * squares * squares),
    ]
}

/// What there is where the integral diverges.
const DIVERGES: [f64; 6] = [
    f64::INFINITY,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    f64::INFINITY,
];

impl Prior for Laplace {
    fn name(&self) -> String {
        "laplace".into()
    }

    fn norm(&self) -> Norm {
        Norm::Free
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Continuous
    }

    /// For `a < 0`, and for `a = 0` with `|b| ≥ 1`, the integral diverges and the jets are not finite.
    fn fill(&self, fields: &[f64], a: f64, by_precision: bool, out: &mut Jets) {
        out.resize(fields.len(), by_precision);
        for (i, &b) in fields.iter().enumerate() {
            let at = if a > 0.0 {
                jet(a, b)
            } else if a == 0.0 {
                jet_without_precision(b)
            } else {
                DIVERGES
            };
            [out.value[i], out.slope[i], out.bend[i]] = [at[0], at[1], at[2]];
            if by_precision {
                [out.by[i], out.slope_by[i], out.by_by[i]] = [at[3], at[4], at[5]];
            }
        }
    }

    /// Beyond `|b| = 1` the weight leaves zero, over a width of `√a`.
    fn features(&self, a: f64, out: &mut Vec<Feature>) {
        let width = a.max(f64::MIN_POSITIVE).sqrt();
        for centre in [-1.0, 1.0] {
            out.push(Feature { centre, width });
        }
    }

    fn teacher(&self) -> Vec<(f64, f64)> {
        let panels: Vec<(f64, f64)> = TEACHER.windows(2).map(|w| (w[0], w[1])).collect();
        let nodes = gauss::panel_nodes(&panels);
        super::definition::normalised(
            nodes
                .into_iter()
                .map(|(w, d)| (w, d * (-w).exp()))
                .collect(),
        )
    }

    fn second_moment(&self) -> f64 {
        2.0
    }

    fn volume(&self) -> f64 {
        0.0
    }

    fn draw(&self, uniform: f64) -> f64 {
        if uniform < 0.5 {
            (2.0 * uniform).max(f64::MIN_POSITIVE).ln()
        } else {
            -(2.0 * (1.0 - uniform)).max(f64::MIN_POSITIVE).ln()
        }
    }
}
