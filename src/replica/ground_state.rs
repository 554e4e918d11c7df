//! Zero temperature, losses that do not jump, continuous weights (equations ZT.1 to ZT.4, FN.30 to
//! FN.32).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `χ` | `lim β(Q-q)`, response of a stability to a field | `s = ln χ` |
//! | `c` | cosine with the teacher, `m = c√(Qρ)` | `c = tanh u` |
//! | `Q` | squared norm of the minimiser, 1 on the sphere | `r = ½ ln Q` |
//!
//! The functional is minus the ground-state energy per weight,
//! `-e = extr Q(1-c²)/(2χ) - λQ/2 - α E M_χ(√Q z)` with the Moreau envelope `M_χ` (L.6) and the
//! strength λ of a ridge.

use super::chart::ROUNDING;
use super::measured::Patterns;
use super::rs::{RESOLUTION, with_room};
use crate::math::gauss::CUT;
use crate::math::{GaussMeasure, Jet, wide};
use crate::model::average::{Correlation, average};
use crate::model::channel::{Channel, Limit};
use crate::model::loss::Loss;
use crate::model::site::{By, Site};
use crate::model::{Control, Data, Parameters};
use crate::solve::{Evaluation, Nodes, Stationary};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// What fixes the length of the minimiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// `|w|² = N`.
    Sphere,
    /// The energy itself, which has the term `λ|w|²/2`. A law of the weights that is kept at fixed
    /// strength does not matter for β → ∞: it is λ = 0.
    Ridge(f64),
}

/// Zero-temperature functional of continuous weights.
#[derive(Clone, Debug)]
pub struct GroundState {
    loss: Arc<dyn Loss>,
    data: Data,
    length: Length,
    /// Mean square `ρ` of a teacher's weight.
    teacher: f64,
}

/// Order parameters at zero temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroundOrder {
    /// `lim β(Q-q)`.
    pub chi: f64,
    /// Cosine `c` with the teacher.
    pub cosine: f64,
    /// `√(1-c²)`.
    pub sine: f64,
    /// `√Q`.
    pub root: f64,
}

impl GroundOrder {
    /// Variance of the cavity field times `1 - c²`.
    fn across(&self) -> f64 {
        (self.root * self.sine).powi(2)
    }

    fn correlation(&self) -> Correlation {
        Correlation {
            cosine: self.cosine,
            sine: self.sine,
            variance: 1.0,
        }
    }
}

impl GroundState {
    /// The ground state of this loss and data, with a teacher whose weights have mean square
    /// `teacher`.
    pub fn new(loss: Arc<dyn Loss>, data: Data, length: Length, teacher: f64) -> Self {
        GroundState {
            loss,
            data,
            length,
            teacher,
        }
    }

    /// Order parameters from unconstrained coordinates.
    pub fn order(&self, x: &[f64]) -> GroundOrder {
        let (cosine, sine) = match self.data.has_teacher() {
            true => (x[1].tanh(), 1.0 / x[1].cosh()),
            false => (0.0, 1.0),
        };
        let root = match self.length {
            Length::Sphere => 1.0,
            Length::Ridge(_) => x[x.len() - 1].exp(),
        };
        GroundOrder {
            chi: x[0].exp(),
            cosine,
            sine,
            root,
        }
    }

    /// What rounding leaves of each component of the gradient (ZT.2, FN.31): the difference of an
    /// average and a closed form of the same size.
    pub(super) fn rounding(&self, o: &GroundOrder) -> Vec<f64> {
        let square = o.root * o.root;
        let volume = 0.5 * o.across() / o.chi;
        let sizes = [
            volume,
            o.cosine.abs() * o.sine * o.sine * square / o.chi,
            2.0 * volume + self.ridge() * square,
        ];
        let kept = self.kept().into_iter();
        kept.map(|i| ROUNDING * sizes[i]).collect()
    }

    /// Overlap `m` with the teacher.
    pub(super) fn overlap(&self, o: &GroundOrder) -> f64 {
        o.cosine * o.root * self.teacher.sqrt()
    }

    /// Whether the norm is an order parameter.
    pub(super) fn free(&self) -> bool {
        self.length != Length::Sphere
    }

    /// Strength λ of the ridge, zero on the sphere.
    fn ridge(&self) -> f64 {
        match self.length {
            Length::Sphere => 0.0,
            Length::Ridge(strength) => strength,
        }
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
            root: o.root,
            own: o.chi,
            correlation: o.correlation(),
        }
    }

    /// `α E f` with `f = -M_χ` and its derivatives in `(χ, c, r)`, and the same of its derivative in
    /// a control parameter. An average in which the field is `e^r z` moves with `r` by `ω ∂_ω`.
    fn pull(&self, o: &GroundOrder, p: &Parameters, control: Control, rule: &Nodes) -> Pull {
        let by_load = control == Control::Alpha;
        let by = (!by_load).then_some(By::Control(control));
        with_room(|room| {
            let (batch, jets) = (&mut room.batch, &mut room.jets);
            batch.patterns(&rule.energetic, o.root, self.data, o.correlation());
            let mean = average(&self.channel(p), batch, o.chi, by, jets);
            let (root, jet) = (o.root, mean.jet);
            let mut e = Jet::<3> {
                value: jet.value,
                gradient: [jet.gradient[0], root * jet.gradient[1], 0.0],
                hessian: [
                    [jet.hessian[0][0], root * jet.hessian[0][1], 0.0],
                    [0.0, root * root * jet.hessian[1][1], 0.0],
                    [0.0; 3],
                ],
            };
            let mut mixed = [jet.hessian[0][2], root * jet.hessian[1][2], 0.0];
            if self.free() {
                let [w0, w1, _] = &batch.weights;
                let scaled = &mut room.values;
                scaled.clear();
                scaled.extend(batch.fields.iter().zip(&jets.bend).map(|(z, b)| z * b));
                e.gradient[2] = wide::dot3(w0, &batch.fields, &jets.slope);
                e.hessian[0][2] = wide::dot3(w0, scaled, &jets.slope);
                e.hessian[2][2] = e.gradient[2] + wide::dot3(w0, scaled, &batch.fields);
                if !w1.is_empty() {
                    e.hessian[1][2] = root * (jet.gradient[1] + wide::dot(w1, scaled));
                }
                if by.is_some() {
                    mixed[2] = wide::dot3(w0, &batch.fields, &jets.slope_by);
                }
            }
            let mut scaled = Jet::<3>::default();
            let e = e.symmetric();
            scaled.add(p.alpha, e.value, e.gradient, e.hessian);
            let (control, mixed) = if by_load {
                ([e.value, 0.0], e.gradient)
            } else {
                let own = [jet.gradient[2], jet.hessian[2][2]];
                (own.map(|x| p.alpha * x), mixed.map(|x| p.alpha * x))
            };
            Pull {
                jet: scaled,
                control,
                mixed,
                squared_bend: mean.squared_bend,
            }
        })
    }

    /// Which of `(χ, c, r)` are coordinates.
    fn kept(&self) -> Vec<usize> {
        let mut kept = vec![0];
        kept.extend(self.data.has_teacher().then_some(1));
        kept.extend(self.free().then_some(2));
        kept
    }

    /// The functional from the average over patterns (ZT.2, FN.31), in the coordinates.
    fn carried(&self, o: &GroundOrder, pull: &Pull) -> Evaluation {
        let (chi, c, e) = (o.chi, o.cosine, &pull.jet);
        let square = o.root * o.root;
        let volume = 0.5 * o.across() / chi;
        let penalty = 0.5 * self.ridge() * square;
        let gradient = [
            e.gradient[0] - volume / chi,
            e.gradient[1] - c * square / chi,
            e.gradient[2] + 2.0 * (volume - penalty),
        ];
        let [chi_chi, chi_c, chi_r] = [
            2.0 * volume / (chi * chi),
            c * square / (chi * chi),
            -2.0 * volume / chi,
        ];
        let [c_c, c_r, r_r] = [
            -square / chi,
            -2.0 * c * square / chi,
            4.0 * (volume - penalty),
        ];
        let own = [
            [chi_chi, chi_c, chi_r],
            [chi_c, c_c, c_r],
            [chi_r, c_r, r_r],
        ];
        // First and second derivatives of (χ, c, r) in their coordinates.
        let free = o.sine * o.sine;
        let first = [chi, free, 1.0];
        let second = [chi, -2.0 * c * free, 0.0];
        let kept = self.kept();
        let n = kept.len();
        let hessian = DMatrix::from_fn(n, n, |i, j| {
            let (a, b) = (kept[i], kept[j]);
            let bend = first[a] * first[b] * (e.hessian[a][b] + own[a][b]);
            bend + if a == b { second[a] * gradient[a] } else { 0.0 }
        });
        let vector = |of: [f64; 3]| {
            let entries = kept.iter().map(|&a| first[a] * of[a]);
            DVector::from_iterator(n, entries)
        };
        Evaluation {
            value: volume - penalty + e.value,
            magnitude: volume + penalty + e.value.abs(),
            gradient: vector(gradient),
            hessian,
            control_slope: pull.control[0],
            control_bend: pull.control[1],
            mixed: vector(pull.mixed),
            defect: 0.0,
            replicon: None,
        }
    }
}

/// The average over patterns.
struct Pull {
    /// In `(χ, c, r)`.
    jet: Jet<3>,
    /// First and second derivative in the control parameter.
    control: [f64; 2],
    /// Derivatives in `(χ, c, r)` and the control parameter.
    mixed: [f64; 3],
    squared_bend: f64,
}

impl Stationary for GroundState {
    fn dimension(&self) -> usize {
        self.kept().len()
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let o = self.order(x);
        let channel = self.channel(p);
        let mut features = Vec::with_capacity(4);
        channel.features(o.chi, &mut features);
        for f in &mut features {
            f.centre /= o.root;
            f.width /= o.root;
        }
        features.retain(|f| f.centre.abs() < CUT + f.width);
        features.extend(self.data.features(o.cosine, o.sine));
        let energetic = with_room(|room| {
            GaussMeasure::graded(&features).resolving_batch(RESOLUTION, &mut |z, y| {
                room.batch.positions(z, o.root, self.data, o.correlation());
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
        let o = self.order(x);
        let pull = self.pull(&o, p, control, rule);
        let mut at = self.carried(&o, &pull);
        at.replicon = Some(1.0 - p.alpha * o.chi * o.chi * pull.squared_bend);
        at
    }

    /// Relative to `Q(1-c²)/(2χ)`, the first term of the derivative in `ln χ`.
    fn residual(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = self.order(x);
        let scale = o.chi / o.across();
        let factors = [2.0 * scale, scale / (o.root * o.root), scale];
        let kept = self.kept().into_iter().zip(gradient.iter());
        kept.map(|(a, g)| factors[a] * g).collect()
    }

    /// With a ridge the self-consistent equations (FN.32). On the sphere there is no closed map:
    /// the response is moved along its own equation.
    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let Length::Ridge(strength) = self.length else {
            let r = self.residual(x, p, gradient);
            return x
                .iter()
                .zip(r)
                .map(|(x, r)| x - r.clamp(-1.0, 1.0))
                .collect();
        };
        let o = self.order(x);
        let square = o.root * o.root;
        let volume = 0.5 * o.across() / o.chi;
        let by_chi = gradient[0] / o.chi + volume / o.chi;
        let by_c = match self.data.has_teacher() {
            true => gradient[1] / (o.sine * o.sine) + o.cosine * square / o.chi,
            false => 0.0,
        };
        let by_r = gradient[x.len() - 1] - 2.0 * volume + strength * square;
        // ĉ, μ̂ and â of (FN.30), for a teacher of norm one.
        let pull = by_c / o.root;
        let stiffness = (o.cosine * o.root * pull - by_r) / square;
        let chi = 1.0 / (strength + stiffness);
        let (squares, m) = (2.0 * by_chi + pull * pull, pull);
        let root = chi * squares.sqrt();
        let cosine = (m * chi / root).clamp(-1.0, 1.0);
        let mut moved = vec![chi.ln()];
        moved.extend(self.data.has_teacher().then(|| cosine.atanh()));
        moved.push(root.ln());
        moved
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
