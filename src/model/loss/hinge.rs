//! Hinge loss `ℓ(Δ) = max(0, 1 - Δ)` (L.5, L.8).

use super::piecewise::{Number, Pieces, Piecewise};
use crate::math::Real;
use crate::model::Parameters;

/// Linear cost below stability one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hinge;

impl Piecewise for Hinge {
    fn title(&self) -> &'static str {
        "hinge"
    }

    fn text(&self) -> &'static str {
        "max(0, 1 - x)"
    }

    fn pieces(&self, _p: &Parameters<Number>) -> Pieces {
        let one = Number::constant(1.0);
        Pieces::new()
            .line(one, Number::constant(0.0), -1.0)
            .flat(one, 0.0)
    }
}
