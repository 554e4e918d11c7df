//! Zero temperature, smooth losses, spherical weights (equations ZT.1 to ZT.4).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `χ` | `lim β(1-q)`, response of a stability to a field | `s = ln χ` |
//! | `m` | overlap with the teacher | `m = tanh u` |
//!
//! The functional is minus the ground-state energy per weight,
//! `-e = extr (1-m²)/(2χ) - α E M_χ(z)` with the Moreau envelope `M_χ` (L.6).

use super::free_entropy::{FreeEntropy, Terms, differentiate};
use crate::math::gauss::CUT;
use crate::math::{GaussMeasure, Real};
use crate::model::{Control, Data, Parameters, scalar::Loss};
use crate::solve::{Evaluation, Nodes, Stationary};
use nalgebra::DVector;

/// Zero-temperature functional. `N` is 2 with storage data and 3 with a teacher.
#[derive(Clone, Debug)]
pub struct GroundState<L, const N: usize> {
    /// Cost of a stability.
    pub loss: L,
    /// Law of the labels.
    pub data: Data,
}

/// Order parameters at zero temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroundOrder<D> {
    /// `lim β(1-q)`.
    pub chi: D,
    /// Overlap with the teacher.
    pub m: D,
    /// `√(1-m²)`.
    pub sine: D,
}

impl<D: Real> GroundOrder<D> {
    /// From unconstrained coordinates.
    pub fn from_coordinates(x: &[D]) -> Self {
        let (m, sine) = match x.get(1) {
            Some(u) => (u.tanh(), u.sech()),
            None => (D::constant(0.0), D::constant(1.0)),
        };
        GroundOrder {
            chi: x[0].exp(),
            m,
            sine,
        }
    }
}

impl<L: Loss, const N: usize> FreeEntropy<N> for GroundState<L, N> {
    fn terms<D: Real>(&self, x: &[D], p: &Parameters<D>, rule: &Nodes) -> Terms<D> {
        let o = GroundOrder::from_coordinates(x);
        let envelope = |z: f64| self.loss.moreau(D::constant(z), o.chi, p);
        let energetic = rule.energetic.sum(|z| match self.data {
            Data::Storage => envelope(z),
            Data::Teacher => self.data.weight(z, o.m, o.sine) * envelope(z),
        });
        Terms {
            legendre: D::constant(0.0),
            entropic: o.sine * o.sine / o.chi * 0.5,
            energetic: -(p.alpha * energetic),
        }
    }
}

impl<L: Loss, const N: usize> Stationary for GroundState<L, N> {
    fn dimension(&self) -> usize {
        N - 1
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let o = GroundOrder::<f64>::from_coordinates(x);
        let mut features = self.loss.prox_features(o.chi, p);
        features.retain(|f| f.centre.abs() < CUT + f.width);
        features.extend(self.data.features(o.m, o.sine));
        let integrand = |z: f64| self.data.weight(z, o.m, o.sine) * self.loss.moreau(z, o.chi, p);
        let energetic = GaussMeasure::graded(&features).resolving(1e-13, integrand);
        // The entropic part is a closed form.
        Nodes::new(GaussMeasure::graded(&[]), energetic)
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        differentiate(self, x, p, control, rule)
    }

    fn residual(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = GroundOrder::<f64>::from_coordinates(x);
        // ∂/∂ln χ = -(1-m²)/(2χ) + α E (prox-z)²/(2χ); relative to its first term.
        let mut r = vec![2.0 * o.chi * gradient[0] / (o.sine * o.sine)];
        if let Some(by_u) = gradient.get(1) {
            r.push(by_u * o.chi / (o.sine * o.sine));
        }
        r
    }

    /// The response is moved along its own equation; there is no closed self-consistent map.
    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let r = self.residual(x, p, gradient);
        x.iter()
            .zip(r)
            .map(|(x, r)| x - r.clamp(-1.0, 1.0))
            .collect()
    }

    /// The response grows exponentially with the sharpness of a loss that can nearly vanish.
    fn admissible(&self, x: &[f64], _p: &Parameters) -> bool {
        (-30.0..300.0).contains(&x[0]) && x.iter().skip(1).all(|u| u.abs() < 18.0)
    }

    fn placement_tolerance(&self) -> f64 {
        1e-9
    }
}
