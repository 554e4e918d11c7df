//! One pattern in a Gaussian field: what a loss answers, at any temperature.

use crate::math::real::{gradient, hessian, variable};
use crate::math::{Feature, Real, special};
use crate::model::{
    Parameters,
    scalar::{Loss, ZeroSet},
};

/// How patterns act on the weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Regime {
    /// Gibbs weight `exp(-β ℓ)` at finite β.
    Gibbs,
    /// β = ∞ while every pattern can be satisfied: `Δ ≥ κ`.
    HalfLine(f64),
    /// β = ∞ while every pattern can be satisfied: `Δ = y`.
    Point(f64),
    /// β = ∞ with a single minimum: fields are in units of β, `v` is `χ = lim β v` (MP.9).
    Minimum,
}

/// Answer of one pattern to a field of mean `ω` and variance `v` (MP.4).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response {
    /// `ln Z_ℓ(ω, v)`; minus the Moreau envelope in the regime of a minimum.
    pub ln_z: f64,
    /// `g = ∂_ω ln Z_ℓ`.
    pub g: f64,
    /// `-∂_ω g`, not negative for a log-concave channel.
    pub bend: f64,
}

impl Regime {
    /// The regime of a loss at its β: Gibbs weight, or its set of stabilities that cost nothing.
    /// `None` where β = ∞ and every stability costs.
    pub fn of<L: Loss>(loss: &L, p: &Parameters) -> Option<Self> {
        if p.beta.is_finite() {
            return Some(Regime::Gibbs);
        }
        match loss.zero_set(p) {
            ZeroSet::HalfLine(edge) => Some(Regime::HalfLine(edge)),
            ZeroSet::Point(y) => Some(Regime::Point(y)),
            ZeroSet::Empty => None,
        }
    }

    /// The answer of one pattern.
    pub fn respond<L: Loss>(self, loss: &L, omega: f64, v: f64, p: &Parameters) -> Response {
        match self {
            Regime::Gibbs => Response::from_dual(&loss.ln_z(
                variable::<1>(omega, 0),
                Real::constant(v),
                &p.lift(),
            )),
            Regime::HalfLine(edge) => {
                let root = v.sqrt();
                let [ln_z, g, excess] = special::tail((edge - omega) / root);
                Response {
                    ln_z,
                    g: g / root,
                    bend: g * excess / v,
                }
            }
            Regime::Point(y) => Response {
                ln_z: -0.5 * (v.ln() + (y - omega).powi(2) / v),
                g: (y - omega) / v,
                bend: 1.0 / v,
            },
            Regime::Minimum => Response::from_dual(&-loss.moreau(
                variable::<1>(omega, 0),
                Real::constant(v),
                &p.lift(),
            )),
        }
    }

    /// Mean energy of one pattern; at β = ∞ its energy in the ground state.
    pub fn energy<L: Loss>(self, loss: &L, omega: f64, v: f64, p: &Parameters) -> f64 {
        match self {
            Regime::Gibbs => loss.mean_energy(omega, v, p),
            Regime::HalfLine(_) | Regime::Point(_) => 0.0,
            Regime::Minimum => loss.energy(loss.prox(omega, v, p), p),
        }
    }

    /// Probability that `Δ < 0`; at a single minimum zero or one.
    pub fn error<L: Loss>(self, loss: &L, omega: f64, v: f64, p: &Parameters) -> f64 {
        let below = |delta: f64| f64::from(u8::from(delta < 0.0));
        match self {
            Regime::Gibbs => loss.error_probability(omega, v, p),
            Regime::HalfLine(edge) if edge < 0.0 => {
                let [from, to] = [edge, 0.0].map(|x| special::ln_h((x - omega) / v.sqrt()));
                -(to - from).exp_m1()
            }
            Regime::HalfLine(_) => 0.0,
            Regime::Point(y) => below(y),
            Regime::Minimum => below(loss.prox(omega, v, p)),
        }
    }

    /// Where the answer varies fast as a function of `ω`.
    pub fn features<L: Loss>(self, loss: &L, v: f64, p: &Parameters) -> Vec<Feature> {
        let smooth = |f: Feature| Feature {
            width: (f.width * f.width + v).sqrt(),
            ..f
        };
        match self {
            Regime::Gibbs => {
                let bends = loss.prox_features(p.beta * v, p).into_iter();
                bends.map(smooth).collect()
            }
            Regime::HalfLine(edge) => vec![Feature {
                centre: edge,
                width: v.sqrt(),
            }],
            Regime::Point(_) => Vec::new(),
            Regime::Minimum => loss.prox_features(v, p),
        }
    }
}

impl Response {
    fn from_dual(ln_z: &crate::math::real::Dual2<1>) -> Self {
        Response {
            ln_z: ln_z.re(),
            g: gradient(ln_z)[0],
            bend: -hessian(ln_z)[0][0],
        }
    }
}
