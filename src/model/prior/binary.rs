//! Binary (Ising) weights `w = ±1`. **The template of a weight prior.**
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_w(a, b)` | `-a/2 + ln 2cosh b` (W.2) | sum over the two states (law test) |
//! | mean, variance | `tanh b`, `1/cosh² b` | differences (law test) |
//! | ball | entropy of a bit of mean `S` | Legendre transform (law test) |

use super::{Alphabet, Norm, Prior, cosh};
use crate::math::Feature;
use crate::model::site::Jets;
use std::f64::consts::LN_2;

/// Counting measure on `{-1, +1}`: entropies are logarithms of numbers of configurations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Binary;

impl Prior for Binary {
    fn name(&self) -> String {
        "binary".into()
    }

    fn norm(&self) -> Norm {
        Norm::Unit
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Atoms(vec![(-1.0, 1.0), (1.0, 1.0)])
    }

    fn fill(&self, fields: &[f64], a: f64, by_precision: bool, out: &mut Jets) {
        out.resize(fields.len(), by_precision);
        cosh(fields, &mut out.value, &mut out.slope, &mut out.bend);
        for value in &mut out.value {
            *value -= 0.5 * a;
        }
        out.by.fill(-0.5);
        out.slope_by.fill(0.0);
        out.by_by.fill(0.0);
    }

    fn features(&self, _a: f64, out: &mut Vec<Feature>) {
        out.push(Feature {
            centre: 0.0,
            width: 1.0,
        });
    }

    fn teacher(&self) -> Vec<(f64, f64)> {
        vec![(1.0, 1.0)]
    }

    fn second_moment(&self) -> f64 {
        1.0
    }

    fn volume(&self) -> f64 {
        LN_2
    }

    fn ball(&self, overlap: f64) -> Option<f64> {
        Some(ball(overlap))
    }

    fn draw(&self, uniform: f64) -> f64 {
        if uniform < 0.5 { -1.0 } else { 1.0 }
    }
}

/// Entropy of `±1` of mean `S` (FP.10): `-Σ p ln p` over `p = (1 ± S)/2`; zero for `|S| ≥ 1`.
pub(super) fn ball(overlap: f64) -> f64 {
    let part = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    part(0.5 * (1.0 + overlap)) + part(0.5 * (1.0 - overlap))
}
