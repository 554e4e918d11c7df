//! Error counting with a margin: `ℓ(Δ) = 1` if `Δ < κ`, else 0 (L.2).

use super::piecewise::{Number, Pieces, Piecewise};
use crate::math::Real;
use crate::model::{Control, Parameters};

/// Counts stabilities below the margin `κ`, of any sign.
#[derive(Clone, Copy, Debug, Default)]
pub struct Theta;

impl Piecewise for Theta {
    fn title(&self) -> &'static str {
        "theta"
    }

    fn text(&self) -> &'static str {
        "1 if x < kappa, else 0"
    }

    fn shared(&self) -> &'static [Control] {
        &[Control::Kappa]
    }

    fn pieces(&self, p: &Parameters<Number>) -> Pieces {
        Pieces::new()
            .flat(Number::constant(0.0), 1.0)
            .flat(p.kappa, 0.0)
    }
}
