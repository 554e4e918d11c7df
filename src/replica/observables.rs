//! What is measured at a saddle point: entropy, energies, errors and local stability.

use super::ground_state::{GroundOrder, GroundState};
use super::rs::{Line, Order, Rs};
use crate::math::real::{self, Dual2};
use crate::math::{Real, special};
use crate::model::{
    Parameters,
    scalar::{Loss, Prior, ZeroSet},
};
use crate::solve::{Nodes, Stationary};
use std::f64::consts::PI;

/// Physical quantities at one saddle point. A quantity that does not exist is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Observables {
    /// Overlap of two configurations; for weights of any norm at zero temperature the squared norm.
    pub q: Option<f64>,
    /// Its conjugate.
    pub q_hat: Option<f64>,
    /// Overlap with the teacher, or with the axis of the clusters.
    pub m: Option<f64>,
    /// Its conjugate.
    pub m_hat: Option<f64>,
    /// Bias of the classifier, with clusters.
    pub bias: Option<f64>,
    /// Cosine `m/√q` of weights of any norm with the axis of the clusters.
    pub cosine: Option<f64>,
    /// Strength λ of the ridge, or the multiplier of a norm.
    pub lambda: Option<f64>,
    /// `lim β(1-q)` at zero temperature.
    pub chi: Option<f64>,
    /// `(1/N) E ln Z` at finite β.
    pub free_entropy: Option<f64>,
    /// Log-number (binary) or log-volume (spherical) per weight (RS.7).
    pub entropy: Option<f64>,
    /// Energy per weight at β = ∞, where no configuration costs nothing.
    pub ground_state_energy: Option<f64>,
    /// Mean loss per pattern (RS.8).
    pub training_loss: Option<f64>,
    /// Fraction of patterns with `Δ < 0` (RS.8).
    pub training_error: Option<f64>,
    /// Probability that a configuration errs on a new pattern, `arccos(m)/π` (RS.9).
    pub generalization_error: Option<f64>,
    /// The same for the mean of the posterior, `arccos(m/√q)/π` (RS.9).
    pub bayes_error: Option<f64>,
    /// Replicon: positive where the saddle point is locally stable (AT.1).
    pub at_stability: Option<f64>,
}

/// `arccos(c)/π` from cosine and sine, accurate near both ends.
fn angle(cosine: f64, sine: f64) -> f64 {
    sine.atan2(cosine) / PI
}

/// Probability of `Δ < 0` under the measure that is uniform on the zero set, at cavity mean `ω`.
pub(super) fn hard_error(set: ZeroSet, omega: f64, v: f64) -> f64 {
    match set {
        ZeroSet::HalfLine(edge) if edge < 0.0 => {
            let root = v.sqrt();
            let (from, to) = ((edge - omega) / root, -omega / root);
            1.0 - (special::ln_h(to) - special::ln_h(from)).exp()
        }
        ZeroSet::Point(y) if y < 0.0 => 1.0,
        _ => 0.0,
    }
}

/// A replica ansatz of one model: a functional whose saddle points have observables. Object-safe,
/// so that everything built on it is compiled once.
pub trait Ansatz: Stationary {
    /// The replicon at the saddle point `x`: positive where it is locally stable (AT.1, AT.3).
    fn at_stability(&self, x: &[f64], p: &Parameters, rule: &Nodes) -> f64;

    /// Every observable at the saddle point `x`, where the functional has this value.
    fn observables(&self, x: &[f64], value: f64, p: &Parameters, rule: &Nodes) -> Observables;
}

impl<P: Prior, L: Loss, const N: usize> Ansatz for Rs<P, L, N> {
    /// The replicon `1 - α E[(∂²_ω ln Z_ℓ)²] E[(∂²_b ln Z_w)²]` (AT.1).
    fn at_stability(&self, x: &[f64], p: &Parameters, rule: &Nodes) -> f64 {
        let o = Order::<f64>::from_coordinates(x);
        let root = o.q.sqrt();
        let dual = p.lift::<Dual2<1>>();
        let line = Line::new(&self.loss, o.q, Dual2::<1>::constant(o.v), &dual);
        let energetic = rule.energetic.sum(|z| {
            let bend = real::hessian(&line.at(real::variable::<1>(root * z, 0)))[0][0];
            self.data.weight(z, o.cosine, o.sine) * bend * bend
        });
        1.0 - p.alpha
            * energetic
            * self
                .prior
                .squared_variance(o.q_hat, o.m_hat, &rule.entropic)
    }

    /// Every observable at the saddle point `x` with free entropy `phi`.
    fn observables(&self, x: &[f64], phi: f64, p: &Parameters, rule: &Nodes) -> Observables {
        let o = Order::<f64>::from_coordinates(x);
        let root = o.q.sqrt();
        let hard = p.beta.is_infinite();
        let weighted = |f: &dyn Fn(f64) -> f64| {
            rule.energetic
                .sum(|z| self.data.weight(z, o.cosine, o.sine) * f(root * z))
        };
        let loss = if hard {
            0.0
        } else {
            weighted(&|w| self.loss.mean_energy(w, o.v, p))
        };
        let zero_set = self.loss.zero_set(p);
        let error = weighted(&|w| {
            if hard {
                hard_error(zero_set, w, o.v)
            } else {
                self.loss.error_probability(w, o.v, p)
            }
        });
        // A constraint of measure zero has a density, but no volume.
        let entropy = match zero_set {
            ZeroSet::Point(_) if hard => None,
            _ if hard => Some(phi),
            _ => Some(phi + p.beta * p.alpha * loss),
        };
        let teacher = |value: f64| self.data.has_teacher().then_some(value);
        let m = o.m();
        Observables {
            q: Some(o.q),
            q_hat: Some(o.q_hat),
            m: teacher(m),
            m_hat: teacher(o.m_hat),
            free_entropy: (!hard).then_some(phi),
            entropy,
            ground_state_energy: hard.then_some(0.0),
            training_loss: Some(loss),
            training_error: Some(error),
            generalization_error: teacher(angle(m, (o.v + o.q * o.sine * o.sine).sqrt())),
            bayes_error: teacher(angle(o.cosine, o.sine)),
            at_stability: Some(self.at_stability(x, p, rule)),
            ..Observables::default()
        }
    }
}

impl<L: Loss, const N: usize> Ansatz for GroundState<L, N> {
    /// The replicon `1 - α E[(1 - prox′)²]` at zero temperature (AT.3).
    fn at_stability(&self, x: &[f64], p: &Parameters, rule: &Nodes) -> f64 {
        let o = GroundOrder::<f64>::from_coordinates(x);
        let dual = p.lift::<Dual2<1>>();
        let energetic = rule.energetic.sum(|z| {
            let envelope =
                self.loss
                    .moreau(real::variable::<1>(z, 0), Real::constant(o.chi), &dual);
            let bend = o.chi * real::hessian(&envelope)[0][0];
            self.data.weight(z, o.m, o.sine) * bend * bend
        });
        1.0 - p.alpha * energetic
    }

    /// Every observable at the saddle point `x` with functional value `value`.
    fn observables(&self, x: &[f64], value: f64, p: &Parameters, rule: &Nodes) -> Observables {
        let o = GroundOrder::<f64>::from_coordinates(x);
        let weighted = |f: &dyn Fn(f64) -> f64| {
            rule.energetic
                .sum(|z| self.data.weight(z, o.m, o.sine) * f(self.loss.prox(z, o.chi, p)))
        };
        let teacher = |value: f64| self.data.has_teacher().then_some(value);
        let error = teacher(angle(o.m, o.sine));
        Observables {
            q: Some(1.0),
            m: teacher(o.m),
            chi: Some(o.chi),
            ground_state_energy: Some(-value),
            training_loss: Some(weighted(&|delta| self.loss.energy(delta, p))),
            training_error: Some(self.error_fraction(&o, p)),
            generalization_error: error,
            bayes_error: error,
            at_stability: Some(self.at_stability(x, p, rule)),
            ..Observables::default()
        }
    }
}

impl<L: Loss, const N: usize> GroundState<L, N> {
    /// Probability of `prox_χ(z) < 0`: the proximal point increases with `z`, so it is the mass
    /// below one edge `z₀ = χ ℓ′(0)`.
    fn error_fraction(&self, o: &GroundOrder<f64>, p: &Parameters) -> f64 {
        let slope = crate::model::scalar::tilted::energy_jet(&self.loss, 0.0, p).slope;
        let edge = o.chi * slope;
        let features = [
            crate::math::Feature {
                centre: edge,
                width: 0.0,
            },
            crate::math::Feature {
                centre: 0.0,
                width: o.sine / o.m.abs().max(1e-300),
            },
        ];
        let measure = crate::math::GaussMeasure::graded(&features);
        measure.sum(|z| {
            if z < edge {
                self.data.weight(z, o.m, o.sine)
            } else {
                0.0
            }
        })
    }
}
