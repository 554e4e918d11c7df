//! Zero temperature, losses that do not jump, spherical weights (equations ZT.1 to ZT.4).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `χ` | `lim β(1-q)`, response of a stability to a field | `s = ln χ` |
//! | `m` | overlap with the teacher | `m = tanh u` |
//!
//! The functional is minus the ground-state energy per weight,
//! `-e = extr (1-m²)/(2χ) - α E M_χ(z)` with the Moreau envelope `M_χ` (L.6).

use super::measured::Patterns;
use super::rs::{RESOLUTION, with_room};
use crate::math::gauss::CUT;
use crate::math::{GaussMeasure, Jet};
use crate::model::average::{Correlation, average};
use crate::model::channel::{Channel, Limit};
use crate::model::loss::Loss;
use crate::model::site::{By, Site};
use crate::model::{Control, Data, Parameters};
use crate::solve::{Evaluation, Nodes, Stationary};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// Zero-temperature functional of spherical weights.
#[derive(Clone, Debug)]
pub struct GroundState {
    loss: Arc<dyn Loss>,
    data: Data,
}

/// Order parameters at zero temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroundOrder {
    /// `lim β(1-q)`.
    pub chi: f64,
    /// Overlap with the teacher.
    pub m: f64,
    /// `√(1-m²)`.
    pub sine: f64,
}

impl GroundOrder {
    /// From unconstrained coordinates.
    pub fn from_coordinates(x: &[f64]) -> Self {
        let (m, sine) = match x.get(1) {
            Some(u) => (u.tanh(), 1.0 / u.cosh()),
            None => (0.0, 1.0),
        };
        GroundOrder {
            chi: x[0].exp(),
            m,
            sine,
        }
    }

    fn correlation(&self) -> Correlation {
        Correlation {
            cosine: self.m,
            sine: self.sine,
            variance: 1.0,
        }
    }
}

impl GroundState {
    /// The ground state of this loss and data.
    pub fn new(loss: Arc<dyn Loss>, data: Data) -> Self {
        GroundState { loss, data }
    }

    pub(super) fn data(&self) -> Data {
        self.data
    }

    fn channel(&self, p: &Parameters) -> Channel {
        Channel {
            loss: self.loss.clone(),
            parameters: *p,
            limit: Limit::Ground,
        }
    }

    pub(super) fn patterns(&self, o: &GroundOrder, p: &Parameters) -> Patterns {
        Patterns {
            channel: self.channel(p),
            data: self.data,
            root: 1.0,
            own: o.chi,
            correlation: o.correlation(),
        }
    }

    /// Derivatives in the coordinates from those of `α E` in `(χ, m)` and a control parameter
    /// (ZT.2).
    fn carried(
        &self,
        o: &GroundOrder,
        e: &Jet<3>,
        control: [f64; 2],
        mixed: [f64; 2],
    ) -> Evaluation {
        let (chi, m) = (o.chi, o.m);
        let free = o.sine * o.sine;
        let volume = 0.5 * free / chi;
        let by_chi = e.gradient[0] - volume / chi;
        let by_m = e.gradient[1] - m / chi;
        let chi_chi = e.hessian[0][0] + 2.0 * volume / (chi * chi);
        let chi_m = e.hessian[0][1] + m / (chi * chi);
        let m_m = e.hessian[1][1] - 1.0 / chi;
        let n = if self.data.has_teacher() { 2 } else { 1 };
        let gradient = [chi * by_chi, free * by_m];
        let across = chi * free * chi_m;
        let hessian = [
            [chi * chi * chi_chi + chi * by_chi, across],
            [across, free * free * m_m - 2.0 * m * free * by_m],
        ];
        let mixed = [chi * mixed[0], free * mixed[1]];
        Evaluation {
            value: volume + e.value,
            magnitude: volume + e.value.abs(),
            gradient: DVector::from_column_slice(&gradient[..n]),
            hessian: DMatrix::from_fn(n, n, |i, j| hessian[i][j]),
            control_slope: control[0],
            control_bend: control[1],
            mixed: DVector::from_column_slice(&mixed[..n]),
            defect: 0.0,
            replicon: None,
        }
    }
}

impl Stationary for GroundState {
    fn dimension(&self) -> usize {
        if self.data.has_teacher() { 2 } else { 1 }
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let o = GroundOrder::from_coordinates(x);
        let channel = self.channel(p);
        let mut features = Vec::with_capacity(4);
        channel.features(o.chi, &mut features);
        features.retain(|f| f.centre.abs() < CUT + f.width);
        features.extend(self.data.features(o.m, o.sine));
        let energetic = with_room(|room| {
            GaussMeasure::graded(&features).resolving_batch(RESOLUTION, &mut |z, y| {
                room.batch.positions(z, 1.0, self.data, o.correlation());
                channel.fill(&room.batch.fields, o.chi, None, &mut room.jets);
                y.clear();
                let weighted = room.jets.value.iter().zip(&room.batch.weights[0]);
                y.extend(weighted.map(|(f, w)| f * w));
            })
        });
        // The entropic part is a closed form.
        Nodes::new(GaussMeasure::empty(), energetic)
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        let o = GroundOrder::from_coordinates(x);
        let by_load = control == Control::Alpha;
        let by = (!by_load).then_some(By::Control(control));
        let mean = with_room(|room| {
            room.batch
                .patterns(&rule.energetic, 1.0, self.data, o.correlation());
            let channel = self.channel(p);
            average(&channel, &room.batch, o.chi, by, &mut room.jets)
        });
        let jet = &mean.jet;
        let mut scaled = Jet::<3>::default();
        scaled.add(p.alpha, jet.value, jet.gradient, jet.hessian);
        let (control, mixed) = if by_load {
            ([jet.value, 0.0], [jet.gradient[0], jet.gradient[1]])
        } else {
            (
                [scaled.gradient[2], scaled.hessian[2][2]],
                [scaled.hessian[0][2], scaled.hessian[1][2]],
            )
        };
        let mut at = self.carried(&o, &scaled, control, mixed);
        at.replicon = Some(1.0 - p.alpha * o.chi * o.chi * mean.squared_bend);
        at
    }

    fn residual(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = GroundOrder::from_coordinates(x);
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

#[cfg(test)]
mod tests;
