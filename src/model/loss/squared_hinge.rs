//! Squared hinge loss `ℓ(Δ) = ½ max(0, κ - Δ)²` (L.30).

use super::piecewise::{Number, Pieces, Piecewise};
use crate::math::Real;
use crate::model::{Control, Parameters};

/// Quadratic cost below the margin `κ`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SquaredHinge;

impl Piecewise for SquaredHinge {
    fn title(&self) -> &'static str {
        "squared-hinge"
    }

    fn text(&self) -> &'static str {
        "max(0, kappa - x)^2 / 2"
    }

    fn shared(&self) -> &'static [Control] {
        &[Control::Kappa]
    }

    fn pieces(&self, p: &Parameters<Number>) -> Pieces {
        let one = Number::constant(1.0);
        Pieces::new()
            .parabola(p.kappa, p.kappa, one)
            .flat(p.kappa, 0.0)
    }
}
