//! Square loss `ℓ(Δ) = ½(1 - Δ)²` (L.4).

use super::piecewise::{Number, Pieces, Piecewise};
use crate::math::Real;
use crate::model::Parameters;

/// Half the squared distance from stability one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Square;

impl Piecewise for Square {
    fn title(&self) -> &'static str {
        "square"
    }

    fn text(&self) -> &'static str {
        "(1 - x)^2 / 2"
    }

    fn pieces(&self, _p: &Parameters<Number>) -> Pieces {
        let one = Number::constant(1.0);
        Pieces::new().parabola(one, one, one)
    }
}
