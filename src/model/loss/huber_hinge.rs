//! Huberised hinge loss: a parabola of some width joins the line of slope -1 to zero (L.31).

use super::OwnParameter;
use super::piecewise::{Number, Pieces, Piecewise};
use crate::math::Real;
use crate::model::Parameters;

/// Linear cost far below stability one, quadratic just below it.
#[derive(Clone, Copy, Debug, Default)]
pub struct HuberHinge;

impl Piecewise for HuberHinge {
    fn title(&self) -> &'static str {
        "huber-hinge"
    }

    fn text(&self) -> &'static str {
        "0 if x > 1, (1 - x)^2 / (2 width) if x > 1 - width, else 1 - x - width / 2"
    }

    fn own_parameters(&self) -> Vec<OwnParameter> {
        let meaning = "stabilities over which the cost is quadratic";
        vec![OwnParameter::positive(0, "width", 1.0, meaning)]
    }

    fn pieces(&self, p: &Parameters<Number>) -> Pieces {
        let (one, width) = (Number::constant(1.0), p.own[0]);
        let knee = one - width;
        Pieces::new()
            .line(knee, width * 0.5, -1.0)
            .parabola(knee, one, width.recip())
            .flat(one, 0.0)
    }
}
