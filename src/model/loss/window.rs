//! Window `ℓ(Δ) = 1` if `|Δ| > κ`, else 0 (L.32): the symmetric perceptron.

use super::piecewise::{Number, Pieces, Piecewise};
use crate::math::Real;
use crate::model::{Control, Parameters};

/// Counts stabilities farther from zero than `κ`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window;

impl Piecewise for Window {
    fn title(&self) -> &'static str {
        "window"
    }

    fn text(&self) -> &'static str {
        "1 if |x| > kappa, else 0"
    }

    fn shared(&self) -> &'static [Control] {
        &[Control::Kappa]
    }

    fn pieces(&self, p: &Parameters<Number>) -> Pieces {
        if p.kappa.re() <= 0.0 {
            return Pieces::new().flat(p.kappa, 1.0);
        }
        Pieces::new()
            .flat(-p.kappa, 1.0)
            .flat(-p.kappa, 0.0)
            .flat(p.kappa, 1.0)
    }
}
