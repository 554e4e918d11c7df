//! Perceptron loss `ℓ(Δ) = max(0, -Δ)` (L.29).

use super::piecewise::{Number, Pieces, Piecewise};
use crate::math::Real;
use crate::model::Parameters;

/// Linear cost of wrong signs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Perceptron;

impl Piecewise for Perceptron {
    fn title(&self) -> &'static str {
        "perceptron"
    }

    fn text(&self) -> &'static str {
        "max(0, -x)"
    }

    fn pieces(&self, _p: &Parameters<Number>) -> Pieces {
        let zero = Number::constant(0.0);
        Pieces::new().line(zero, zero, -1.0).flat(zero, 0.0)
    }
}
