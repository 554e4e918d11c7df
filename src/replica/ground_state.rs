//! Zero temperature, losses that do not jump, continuous weights (equations ZT.1 to ZT.4, FN.30 to
//! FN.32).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `χ` | `lim β(Q-q)`, response of a stability to a field | `s = ln χ` |
//! | `c` | cosine with the teacher, `m = c√(Qρ)` | `c = tanh u` |
//! | `Q` | squared norm of the minimiser, if it is not given | `r = ½ ln Q` |
//! | `b` | bias, unless it is given | itself |
//!
//! The functional is minus the ground-state energy per weight,
//! `-e = extr Q(1-c²)/(2χ) - λQ/2 - α E M_χ(√Q z)` with the Moreau envelope `M_χ` (L.6) and the
//! strength λ of a ridge.

use super::chart::ROUNDING;
use super::measured::Patterns;
use super::rs::{RESOLUTION, with_room};
use crate::math::{Feature, GaussMeasure, Jet, wide};
use crate::model::Disorder;
use crate::model::average::average;
use crate::model::channel::{Channel, Limit};
use crate::model::field::Correlation;
use crate::model::field::Field;
use crate::model::loss::Loss;
use crate::model::mixture::Class;
use crate::model::site::{By, Site};
use crate::model::{Constraint, Control, Parameters};
use crate::solve::{Evaluation, Nodes, Stationary};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// Zero-temperature functional of continuous weights.
#[derive(Clone, Debug)]
pub struct GroundState {
    loss: Arc<dyn Loss>,
    disorder: Disorder,
    constraint: Constraint,
    /// Mean square `ρ` of a component of the teacher, or of the axis.
    axis: f64,
}

/// Order parameters at zero temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroundOrder {
    /// `lim β(Q-q)`.
    pub chi: f64,
    /// Cosine `c` with the teacher or the axis.
    pub cosine: f64,
    /// `√(1-c²)`.
    pub sine: f64,
    /// `√Q`.
    pub root: f64,
    /// Bias.
    pub bias: f64,
}

impl GroundOrder {
    /// Variance of the cavity field times `1 - c²`.
    fn across(&self) -> f64 {
        (self.root * self.sine).powi(2)
    }
}

/// Places of `(χ, c, r, b)`.
const CHI: usize = 0;
const COSINE: usize = 1;
const ROOT: usize = 2;
const BIAS: usize = 3;

impl GroundState {
    /// The ground state of this loss and disorder, with a teacher whose weights have mean square
    /// `axis`; that of an axis of clusters is one.
    pub fn new(
        loss: Arc<dyn Loss>,
        disorder: impl Into<Disorder>,
        constraint: Constraint,
        axis: f64,
    ) -> Self {
        GroundState {
            loss,
            disorder: disorder.into(),
            constraint,
            axis,
        }
    }

    /// The same under another constraint.
    pub fn under(&self, constraint: Constraint) -> Self {
        GroundState {
            constraint,
            ..self.clone()
        }
    }

    /// Order parameters from unconstrained coordinates.
    pub fn order(&self, x: &[f64]) -> GroundOrder {
        let (cosine, sine) = match self.disorder.has_axis() {
            true => (x[1].tanh(), 1.0 / x[1].cosh()),
            false => (0.0, 1.0),
        };
        let norm_at = 1 + usize::from(self.disorder.has_axis());
        let root = match self.constraint {
            Constraint::Norm(square) => square.sqrt(),
            Constraint::Ridge(_) => x[norm_at].exp(),
        };
        GroundOrder {
            chi: x[0].exp(),
            cosine,
            sine,
            root,
            bias: self.disorder.given_bias().unwrap_or_else(|| x[x.len() - 1]),
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
            o.across().sqrt() / o.chi,
        ];
        let kept = self.kept().into_iter();
        kept.map(|i| ROUNDING * sizes[i]).collect()
    }

    /// Coordinates of order parameters.
    pub fn coordinates(&self, o: &GroundOrder) -> Vec<f64> {
        let all = [o.chi.ln(), o.cosine.atanh(), o.root.ln(), o.bias];
        self.kept().into_iter().map(|i| all[i]).collect()
    }

    /// Overlap `m` with the teacher or the axis.
    pub fn overlap(&self, o: &GroundOrder) -> f64 {
        o.cosine * o.root * self.axis.sqrt()
    }

    /// Whether the norm is an order parameter.
    pub(super) fn free(&self) -> bool {
        matches!(self.constraint, Constraint::Ridge(_))
    }

    /// What fixes the length.
    pub fn constraint(&self) -> Constraint {
        self.constraint
    }

    /// Strength λ of the ridge, zero on the sphere.
    fn ridge(&self) -> f64 {
        match self.constraint {
            Constraint::Norm(_) => 0.0,
            Constraint::Ridge(strength) => strength,
        }
    }

    /// The law of the patterns.
    pub fn disorder(&self) -> &Disorder {
        &self.disorder
    }

    /// Cost of a stability.
    pub fn loss(&self) -> &Arc<dyn Loss> {
        &self.loss
    }

    pub(super) fn channel(&self, p: &Parameters) -> Channel {
        Channel {
            loss: self.loss.clone(),
            parameters: *p,
            limit: Limit::Ground,
        }
    }

    /// Response of a stability to a field on it.
    pub(super) fn own(&self, o: &GroundOrder) -> f64 {
        self.disorder.noise() * o.chi
    }

    fn fields(&self, o: &GroundOrder) -> Vec<(Class, Field)> {
        let teacher = Correlation {
            cosine: o.cosine,
            sine: o.sine,
            variance: 1.0,
        };
        let along = [o.cosine * o.root, o.bias];
        let square = o.root * o.root;
        let field = |class: Class| (class, self.disorder.field(&class, square, teacher, along));
        self.disorder.classes().into_iter().map(field).collect()
    }

    pub(super) fn patterns(&self, o: &GroundOrder, p: &Parameters) -> Patterns {
        Patterns {
            channel: self.channel(p),
            fields: self.fields(o),
            own: self.own(o),
        }
    }

    /// Where the integrand over a cavity field bends, in units of its deviation.
    fn features(&self, o: &GroundOrder, field: &Field, p: &Parameters) -> Vec<Feature> {
        let mut features = Vec::with_capacity(4);
        self.channel(p).features(self.own(o), &mut features);
        field.in_units(&mut features);
        features
    }

    /// `α E f` with `f = -M` and its derivatives in `(χ, c, r, b)`, and the same of its derivative in
    /// a control parameter.
    fn pull(&self, o: &GroundOrder, p: &Parameters, control: Control, rule: &Nodes) -> Pull {
        let channel = self.channel(p);
        let mut pull = Pull::default();
        for (i, (class, field)) in self.fields(o).iter().enumerate() {
            let site = (&channel, control);
            self.pull_of(&mut pull, o, (class, field), site, rule.of_class(i));
        }
        pull
    }

    /// Adds what one class of patterns contributes. An average moves with `r` by `(ω - y b) ∂_ω`, and
    /// with the bias by `y ∂_ω`.
    fn pull_of(
        &self,
        pull: &mut Pull,
        o: &GroundOrder,
        (class, field): (&Class, &Field),
        (channel, control): (&Channel, Control),
        nodes: &GaussMeasure,
    ) {
        let by_load = control == Control::Alpha;
        let by = (!by_load).then_some(By::Control(control));
        let (root, noise, y) = (o.root, self.disorder.noise(), class.label);
        with_room(|room| {
            let (batch, jets) = (&mut room.batch, &mut room.jets);
            batch.patterns(nodes, field);
            let mean = average(channel, batch, self.own(o), by, jets);
            let jet = mean.jet;
            let bend = jet.hessian[1][1];
            let (mut e, slope) = self.in_order_parameters(&jet, o, class);
            let mut mixed = if by_load { [0.0; 4] } else { slope };
            if self.free() {
                let [w0, w1, _] = &batch.weights;
                // What moves with the norm.
                let moving = &mut batch.fields;
                moving.iter_mut().for_each(|omega| *omega -= y * o.bias);
                let scaled = &mut room.values;
                scaled.clear();
                scaled.extend(moving.iter().zip(&jets.bend).map(|(z, b)| z * b));
                e.gradient[ROOT] = wide::dot3(w0, moving, &jets.slope);
                e.hessian[CHI][ROOT] = noise * wide::dot3(w0, scaled, &jets.slope);
                e.hessian[ROOT][ROOT] = e.gradient[ROOT] + wide::dot3(w0, scaled, moving);
                if !w1.is_empty() {
                    let across = wide::dot(w1, scaled);
                    e.hessian[COSINE][ROOT] = root * (jet.gradient[1] + across);
                    e.hessian[ROOT][BIAS] = y * across;
                }
                if by.is_some() {
                    mixed[ROOT] = wide::dot3(w0, moving, &jets.slope_by);
                }
            }
            let e = e.symmetric();
            let load = channel.parameters.alpha * class.weight;
            pull.jet.add(load, e.value, e.gradient, e.hessian);
            let (control, mixed, factor) = if by_load {
                ([e.value, 0.0], e.gradient, class.weight)
            } else {
                ([jet.gradient[2], jet.hessian[2][2]], mixed, load)
            };
            let add = |to: &mut f64, from: f64| *to += factor * from;
            let both = pull.control.iter_mut().zip(control);
            both.for_each(|(to, from)| add(to, from));
            let all = pull.mixed.iter_mut().zip(mixed);
            all.for_each(|(to, from)| add(to, from));
            pull.bend += class.weight * noise * bend;
            pull.squared_bend += class.weight * noise * noise * mean.squared_bend;
        });
    }

    /// The average over a class of patterns, given in variance, mean and control parameter of the field,
    /// in `(χ, cosine, root, bias)` without what moves with the root; and its mixed derivatives.
    fn in_order_parameters(
        &self,
        jet: &Jet<3>,
        o: &GroundOrder,
        class: &Class,
    ) -> (Jet<4>, [f64; 4]) {
        let (root, noise, y) = (o.root, self.disorder.noise(), class.label);
        let [across, bend] = [jet.hessian[0][1], jet.hessian[1][1]];
        let e = Jet::<4> {
            value: jet.value,
            gradient: [
                noise * jet.gradient[0],
                root * jet.gradient[1],
                0.0,
                y * jet.gradient[1],
            ],
            hessian: [
                [
                    noise * noise * jet.hessian[0][0],
                    noise * root * across,
                    0.0,
                    noise * y * across,
                ],
                [0.0, root * root * bend, 0.0, y * root * bend],
                [0.0; 4],
                [0.0, 0.0, 0.0, y * y * bend],
            ],
        };
        let mixed = [
            noise * jet.hessian[0][2],
            root * jet.hessian[1][2],
            0.0,
            y * jet.hessian[1][2],
        ];
        (e, mixed)
    }

    /// The strength of the ridge: given, or the multiplier of the norm of weights among clusters (MX.16).
    pub(super) fn strength(&self, o: &GroundOrder, p: &Parameters, pull: &Pull) -> f64 {
        match self.constraint {
            Constraint::Ridge(strength) => strength,
            Constraint::Norm(_) => 1.0 / o.chi + p.alpha * pull.bend,
        }
    }

    /// The functional and the average over patterns that it is made of.
    pub(super) fn evaluate_with(
        &self,
        o: &GroundOrder,
        p: &Parameters,
        rule: &Nodes,
    ) -> (Evaluation, Pull) {
        let pull = self.pull(o, p, Control::Alpha, rule);
        (self.carried(o, p, &pull), pull)
    }

    /// Which of `(χ, c, r, b)` are coordinates.
    fn kept(&self) -> Vec<usize> {
        let mut kept = vec![CHI];
        kept.extend(self.disorder.has_axis().then_some(COSINE));
        kept.extend(self.free().then_some(ROOT));
        kept.extend(self.disorder.given_bias().is_none().then_some(BIAS));
        kept
    }

    /// The functional from the average over patterns (ZT.2, FN.31), in the coordinates.
    fn carried(&self, o: &GroundOrder, p: &Parameters, pull: &Pull) -> Evaluation {
        let (chi, c, e) = (o.chi, o.cosine, &pull.jet);
        let square = o.root * o.root;
        let volume = 0.5 * o.across() / chi;
        let penalty = 0.5 * self.ridge() * square;
        let gradient = [
            e.gradient[CHI] - volume / chi,
            e.gradient[COSINE] - c * square / chi,
            e.gradient[ROOT] + 2.0 * (volume - penalty),
            e.gradient[BIAS],
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
            [chi_chi, chi_c, chi_r, 0.0],
            [chi_c, c_c, c_r, 0.0],
            [chi_r, c_r, r_r, 0.0],
            [0.0; 4],
        ];
        // First and second derivatives of (χ, c, r, b) in their coordinates.
        let free = o.sine * o.sine;
        let first = [chi, free, 1.0, 1.0];
        let second = [chi, -2.0 * c * free, 0.0, 0.0];
        let kept = self.kept();
        let n = kept.len();
        let hessian = DMatrix::from_fn(n, n, |i, j| {
            let (a, b) = (kept[i], kept[j]);
            let bend = first[a] * first[b] * (e.hessian[a][b] + own[a][b]);
            bend + if a == b { second[a] * gradient[a] } else { 0.0 }
        });
        let vector = |of: [f64; 4]| {
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
            replicon: Some(1.0 - p.alpha * chi * chi * pull.squared_bend),
        }
    }
}

/// The average over patterns.
#[derive(Default)]
pub(super) struct Pull {
    /// In `(χ, c, r, b)`.
    jet: Jet<4>,
    /// First and second derivative in the control parameter.
    control: [f64; 2],
    /// Derivatives in `(χ, c, r, b)` and the control parameter.
    mixed: [f64; 4],
    /// Mean curvature of the envelope in units of the noise; of patterns whose mean moves.
    bend: f64,
    squared_bend: f64,
}

impl Pull {
    /// Mean loss at the proximal points: the envelope without `(Δ-ω)²/(2χ)`, which is `χ ∂_χ` of it.
    pub fn training_loss(&self, o: &GroundOrder, p: &Parameters) -> f64 {
        -(self.jet.value + o.chi * self.jet.gradient[CHI]) / p.alpha
    }
}

impl Stationary for GroundState {
    fn dimension(&self) -> usize {
        self.kept().len()
    }

    fn sketch(&self, x: &[f64], p: &Parameters) -> Nodes {
        let o = self.order(x);
        let of = |(_, field): &(Class, Field)| GaussMeasure::light(&self.features(&o, field, p));
        Nodes::of_classes(GaussMeasure::empty(), self.fields(&o).iter().map(of))
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let o = self.order(x);
        let channel = self.channel(p);
        let own = self.own(&o);
        let of = |(_, field): &(Class, Field)| {
            with_room(|room| {
                GaussMeasure::graded(&self.features(&o, field, p)).resolving_batch(
                    RESOLUTION,
                    &mut |z, y| {
                        room.batch.positions(z, field);
                        channel.fill(&room.batch.fields, own, None, &mut room.jets);
                        y.clear();
                        let weighted = room.jets.value.iter().zip(&room.batch.weights[0]);
                        y.extend(weighted.map(|(f, w)| f * w));
                    },
                )
            })
        };
        // The entropic part is a closed form.
        Nodes::of_classes(GaussMeasure::empty(), self.fields(&o).iter().map(of))
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        let o = self.order(x);
        self.carried(&o, p, &self.pull(&o, p, control, rule))
    }

    /// Relative to `Q(1-c²)/(2χ)`, the first term of the derivative in `ln χ`.
    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = self.order(x);
        let scale = o.chi / o.across();
        let force = o.chi / (p.alpha / self.disorder.noise() * o.across()).sqrt();
        let factors = [2.0 * scale, scale, scale, force];
        let kept = self.kept().into_iter().zip(gradient.iter());
        kept.map(|(a, g)| factors[a] * g).collect()
    }

    /// The self-consistent equations (FN.32). On the sphere without a direction there is no closed
    /// map: the response is moved along its own equation.
    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        if !self.free() && self.disorder.clusters().is_none() {
            let r = self.residual(x, p, gradient);
            return x
                .iter()
                .zip(r)
                .map(|(x, r)| x - r.clamp(-1.0, 1.0))
                .collect();
        }
        let o = self.order(x);
        let kept = self.kept();
        let slope = |a: usize| kept.iter().position(|&b| a == b).map(|i| gradient[i]);
        let square = o.root * o.root;
        let volume = 0.5 * o.across() / o.chi;
        let by_chi = gradient[0] / o.chi + volume / o.chi;
        let by_c =
            slope(COSINE).map_or(0.0, |by| by / (o.sine * o.sine) + o.cosine * square / o.chi);
        // q̂, m̂ and â of (FN.30), for a teacher of norm one.
        let pull = by_c / o.root;
        let squares = 2.0 * by_chi + pull * pull;
        let (chi, root) = match self.constraint {
            Constraint::Norm(square) => ((square / squares).sqrt(), square.sqrt()),
            Constraint::Ridge(strength) => {
                let by_r = slope(ROOT).unwrap_or(0.0) - 2.0 * volume + strength * square;
                let stiffness = (o.cosine * o.root * pull - by_r) / square;
                let chi = 1.0 / (strength + stiffness);
                (chi, chi * squares.sqrt())
            }
        };
        let bias = slope(BIAS).map_or(o.bias, |by| {
            o.bias + (self.own(&o) * by / p.alpha).clamp(-1.0, 1.0)
        });
        self.coordinates(&GroundOrder {
            chi,
            cosine: (pull * chi / root).clamp(-1.0, 1.0),
            root,
            bias,
            ..o
        })
    }

    /// The response grows exponentially with the sharpness of a loss that can nearly vanish.
    fn admissible(&self, x: &[f64], _p: &Parameters) -> bool {
        let angle = !self.disorder.has_axis() || x[1].abs() < 18.0;
        let rest = 1 + usize::from(self.disorder.has_axis());
        let norm = !self.free() || x[rest].abs() < 500.0;
        (-30.0..300.0).contains(&x[0]) && angle && norm && x.iter().all(|u| u.abs() < 1e4)
    }

    /// Panels end at kinks, such as those of the hinge.
    fn placement_tolerance(&self) -> f64 {
        let mut features = Vec::new();
        let p = Parameters::default();
        self.channel(&p).features(1.0, &mut features);
        let kinks = features.iter().any(|f| f.width == 0.0);
        if kinks { AT_KINKS } else { SMOOTH }
    }
}

/// How far coordinates may move on nodes whose panels end at kinks, and on others.
pub(super) const AT_KINKS: f64 = 1e-9;
const SMOOTH: f64 = 0.1;

#[cfg(test)]
mod tests;
