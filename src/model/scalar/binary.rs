//! Binary (Ising) weights `w = ±1`. **The template of a weight prior.**
//!
//! | symbol | value | checked against |
//! | --- | --- | --- |
//! | `ln Z_w(a, b)` | `-a/2 + ln 2cosh b` | sum over the two states (law test); W.2 |
//! | mean, variance | `tanh b`, `1/cosh² b` | derivatives (law test) |

use super::prior::Prior;
use crate::math::{Real, special};

/// Counting measure on `{-1, +1}`: entropies are logarithms of numbers of configurations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Binary;

impl Prior for Binary {
    fn ln_z<D: Real>(&self, a: D, b: D) -> D {
        special::ln_2cosh_of(b) - a * 0.5
    }

    fn mean(&self, _a: f64, b: f64) -> f64 {
        b.tanh()
    }

    fn variance(&self, _a: f64, b: f64) -> f64 {
        special::sech_squared(b)
    }

    fn jet(&self, a: f64, b: f64) -> [f64; 3] {
        let [ln_z, mean, variance] = special::cosh_jet(b);
        [ln_z - 0.5 * a, mean, variance]
    }

    fn teacher_atoms(&self) -> Vec<(f64, f64)> {
        vec![(1.0, 1.0)]
    }

    fn is_discrete(&self) -> bool {
        true
    }

    fn states(&self) -> Vec<(f64, f64)> {
        vec![(1.0, 2.0)]
    }

    fn ball(&self, overlap: f64) -> f64 {
        let part = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
        part(0.5 * (1.0 + overlap)) + part(0.5 * (1.0 - overlap))
    }
}
