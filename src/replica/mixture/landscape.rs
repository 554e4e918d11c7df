//! The free entropy of a probe on the sphere at a distance from a reference (MX.32).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `S`, `d` | overlap with the reference, distance `(1-S)/2`: the control parameter | |
//! | `q` | overlap of two probes | `t`, `1-q = (1-S²) R (1+ε)/(1+e^t)` |
//! | `r = S - y` | response to the reference's own patterns | `y = √(1-S²) sinh x` |
//! | `m = r m̃ + y′` | overlap with the axis | `y′ = √(1-S²) sinh x′` |
//!
//! `ε` lets `q` reach its least value, where probes have no more in common than their overlap with the
//! references, at a finite `t`. `R = 1 - w sinh² x` with `w = (1-q̃)/q̃` for references of mutual overlap `q̃` (MX.44), else one.

use super::field::evaluation;
use super::field::{nodes_of, place};
use super::reference::{Displacement, MixtureReference};
use super::surroundings::{Around, Surroundings, sites};
use crate::math::real::{self, Dual2};
use crate::math::{GaussMeasure, Real};
use crate::model::mixture::Class;
use crate::model::{
    Control, Parameters,
    scalar::{Loss, ZeroSet},
};
use crate::replica::local::point::LocalObservables;
use crate::replica::scalar::hard_error;
use crate::solve::{Evaluation, Nodes, Solution, Stationary, Steps};
use nalgebra::DVector;

/// Coordinates and one control parameter.
const FULL: usize = 4;

/// Overlaps of probes closer to `S²` than this, in units of `1-S²`, are solved to absolute accuracy.
const SMALL: f64 = 1e-3;
/// `ε` of the coordinate of `q`, how far below its least value Newton may look, and the variance that
/// is left there, in units of `1-S²`.
pub(super) const FLOOR: f64 = 1e-5;
const SLACK: f64 = 1e-3;
const LEAST: f64 = 1e-15;
/// Largest share of its range that the self-consistent map gives the response to other references.
const WIDEST: f64 = 0.98;
/// Inverse temperatures whose exponential is a number, and is told from one.
const COUNTABLE: std::ops::Range<f64> = 1e-3..300.0;

/// A functional around a reference whose saddle points have observables.
pub trait Landscape: Stationary {
    /// The reference.
    fn reference(&self) -> &MixtureReference;

    /// Bias of the probe.
    fn bias(&self) -> f64;

    /// Every observable at a saddle point.
    fn observe(&self, solution: &Solution, p: &Parameters) -> LocalObservables;

    /// The mean loss of the probe at a saddle point, at finite β.
    fn mean_loss(&self, x: &[f64], p: &Parameters) -> f64;

    /// Whether all patterns together forbid that each has a stability above an edge: around the
    /// Bayes-optimal vector the distance alone decides the mean stability (MX.48).
    fn is_starved(&self, p: &Parameters) -> bool;

    /// Squared distance of a cavity field of this mean and variance from the zero set (MX.35).
    fn squared_distance(&self, mean: Dual2<3>, variance: Dual2<3>, p: &Parameters) -> Dual2<3>;
}

/// A probe of one loss around a reference.
#[derive(Clone, Debug)]
pub struct MixtureLandscape<L> {
    /// Cost of a stability.
    pub loss: L,
    /// What it is near to.
    pub reference: MixtureReference,
    /// Bias of the probe.
    pub bias: f64,
}

/// Order parameters.
#[derive(Clone, Copy, Debug)]
struct Order<D> {
    overlap: D,
    gap: D,
    v: D,
    /// `S - r` and `m - r m̃`.
    lag: D,
    lead: D,
    /// Variance of the probe's field given all fields of the reference.
    free: D,
}

impl<D: Real> Order<D> {
    /// At coordinates `x`; `others` is `w` of the reference.
    fn new(x: &[D], distance: D, others: f64) -> Self {
        let gap = distance * (-distance + 1.0) * 4.0;
        let root = gap.sqrt();
        let lag = x[1].sinh();
        let room = gap * (-(lag * lag * others) + 1.0);
        Order {
            overlap: -(distance * 2.0) + 1.0,
            gap,
            v: room * (-x[0]).logistic() * (1.0 + FLOOR),
            lag: root * lag,
            lead: root * x[2].sinh(),
            free: room * (x[0].logistic() - (-x[0]).logistic() * FLOOR),
        }
    }

    fn response(&self) -> D {
        self.overlap - self.lag
    }
}

/// Derivatives of the functional by the order parameters.
struct Slopes {
    v: f64,
    lag: f64,
    lead: f64,
}

impl<L: Loss> MixtureLandscape<L> {
    /// `w = (1-q̃)/q̃`: how much of a probe's response lies along other references.
    fn others(&self) -> f64 {
        match &self.reference.displacement {
            Displacement::Spread(of) => of.gap / of.q,
            _ => 0.0,
        }
    }

    fn order(&self, x: &[f64], p: &Parameters) -> Order<f64> {
        Order::new(x, p.distance, self.others())
    }

    /// Read off the gradient in the coordinates.
    fn slopes(&self, x: &[f64], o: &Order<f64>, gradient: &DVector<f64>) -> Slopes {
        let root = o.gap.sqrt();
        let by_v = -gradient[0] / (o.v * x[0].logistic());
        let v_by_x = -2.0 * o.gap * self.others() * x[1].sinh() * x[1].cosh();
        Slopes {
            v: by_v,
            lag: (gradient[1] - by_v * v_by_x * (-x[0]).logistic()) / (root * x[1].cosh()),
            lead: gradient[2] / (root * x[2].cosh()),
        }
    }

    fn surroundings(&self, x: &[f64], p: &Parameters) -> Surroundings {
        let o = self.order(x, p);
        let free = o.free.max(LEAST * o.gap);
        Surroundings {
            overlap: o.overlap,
            spread: free + self.others() * o.lag * o.lag,
            free,
            v: o.v,
            m: o.lead + self.reference.m * o.response(),
            response: o.response(),
            bias: self.bias,
        }
    }

    /// Without any bias, and where both labels are displaced alike, one cluster is enough.
    fn classes(&self) -> Vec<Class> {
        if self.bias == 0.0 && self.reference.bias == 0.0 {
            vec![Class {
                label: 1.0,
                weight: 1.0,
            }]
        } else {
            self.reference.mixture.classes().to_vec()
        }
    }

    fn average(&self, x: &[f64], p: &Parameters, rule: &Nodes, f: impl Fn(f64) -> f64) -> f64 {
        let around = self.surroundings(x, p);
        let of = |class: &Class| {
            let nodes = (nodes_of(rule, class), rule.steps.energetic);
            class.weight * around.average(&self.reference, class, nodes, &f)
        };
        self.classes().iter().map(of).sum()
    }
}

impl<L: Loss> Stationary for MixtureLandscape<L> {
    fn dimension(&self) -> usize {
        FULL - 1
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let around = self.surroundings(x, p);
        let classes = self.classes();
        let placed = |class: &Class| around.place(&self.loss, &self.reference, class, p);
        let shortest = classes.iter().filter_map(|class| placed(class).1);
        let energetic = shortest.fold(f64::INFINITY, f64::min);
        Nodes {
            steps: Steps {
                entropic: 0.0,
                energetic,
            },
            ..place(&classes, |class| -> GaussMeasure { placed(class).0 })
        }
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        let seeded: Vec<Dual2<FULL>> = (0..FULL - 1).map(|i| real::variable(x[i], i)).collect();
        let lifted = p.lift_with(control, real::variable::<FULL>(p.get(control), FULL - 1));
        let o = Order::new(&seeded, lifted.distance, self.others());
        let (r, q) = (o.response(), -o.v + 1.0);
        let m = o.lead + r * self.reference.m;
        let fifth = match control {
            Control::Alpha | Control::Distance => Dual2::<FULL>::constant(0.0),
            _ => real::variable(p.get(control), FULL - 1),
        };
        let around = self.surroundings(x, p);
        let sites = sites(&self.loss, &around, &self.reference, p, control);
        let mut average = Dual2::<FULL>::constant(0.0);
        let mut square_bend = 0.0;
        for class in self.classes() {
            let nodes = (nodes_of(rule, &class), rule.steps.energetic);
            let Around {
                jet,
                square_bend: s,
            } = around.free_energy(&self.reference, &class, &sites, nodes);
            average += jet.at([m, r, q, o.overlap, fifth]) * class.weight;
            square_bend += class.weight * s;
        }
        let energetic = lifted.alpha * average;
        // ½ ln v + (q - S² + (S-r)² - (m - r m̃)²)/(2v).
        let volume = o.v.ln() * 0.5;
        let length = (o.gap - o.v + o.lag * o.lag - o.lead * o.lead) / o.v * 0.5;
        let total = volume + length + energetic;
        let curvature = self.reference.mixture.delta() * around.v;
        Evaluation {
            replicon: Some(1.0 - p.alpha * curvature * curvature * square_bend),
            ..evaluation(&total, &[0, 1, 2], FULL - 1, [volume, length, energetic])
        }
    }

    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = self.order(x, p);
        let by = self.slopes(x, &o, gradient);
        let root = o.gap.sqrt();
        // The equation for q relative to q - S².
        let scale = (o.gap - o.v).max(SMALL * o.gap);
        vec![
            -2.0 * o.v * o.v * by.v / scale,
            o.v * by.lag / (root * x[1].cosh()),
            o.v * by.lead / (root * x[2].cosh()),
        ]
    }

    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = self.order(x, p);
        let by = self.slopes(x, &o, gradient);
        let root = o.gap.sqrt();
        let square = o.lag * o.lag - o.lead * o.lead;
        let field = ((o.gap - o.v + square) / (o.v * o.v) + 2.0 * by.v).max(1e-300);
        let widest = (WIDEST * o.gap / self.others()).sqrt();
        let lag = (o.lag - o.v * by.lag).clamp(-widest, widest);
        let lead = o.lead + o.v * by.lead;
        // v² q̂ = 1 - S² - v + (S-r)² - (m - r m̃)².
        let room = (o.gap + lag * lag - lead * lead).max(1e-300);
        let v = 2.0 * room / (1.0 + (1.0 + 4.0 * field * room).sqrt());
        let inside = o.gap - self.others() * lag * lag;
        let share = (v / inside).clamp(1e-12, 1.0 - 1e-12);
        vec![
            ((1.0 - share + FLOOR) / share).ln(),
            (lag / root).asinh(),
            (lead / root).asinh(),
        ]
    }

    fn placement_tolerance(&self) -> f64 {
        0.1
    }

    fn admissible(&self, x: &[f64], _p: &Parameters) -> bool {
        let inside = self.others() * x[1].sinh().powi(2) < 1.0;
        let above = x[0].exp() > FLOOR * (1.0 - SLACK);
        inside && above && x[0] < 32.0 && x[1].abs() < 12.0 && x[2].abs() < 12.0
    }
}

fn of_objects(set: ZeroSet) -> crate::model::loss::ZeroSet {
    use crate::model::loss;
    match set {
        ZeroSet::HalfLine(edge) => loss::ZeroSet::HalfLine(edge),
        ZeroSet::Point(y) => loss::ZeroSet::Point(y),
        ZeroSet::Empty => loss::ZeroSet::Empty,
    }
}

impl<L: Loss> Landscape for MixtureLandscape<L> {
    fn reference(&self) -> &MixtureReference {
        &self.reference
    }

    fn bias(&self) -> f64 {
        self.bias
    }

    fn mean_loss(&self, x: &[f64], p: &Parameters) -> f64 {
        let rule = self.freeze(x, p);
        let around = self.surroundings(x, p);
        if !(self.loss.jumps() && COUNTABLE.contains(&p.beta)) {
            let v = self.reference.mixture.delta() * around.v;
            return self.average(x, p, &rule, |w| self.loss.mean_energy(w, v, p));
        }
        // A cost of zero or one follows from the partition function alone (MX.32).
        let sites = sites(&self.loss, &around, &self.reference, p, Control::Alpha);
        let odds = |w: f64| (-sites.jet(w)[0]).exp_m1();
        self.average(x, p, &rule, odds) / p.beta.exp_m1()
    }

    fn is_starved(&self, p: &Parameters) -> bool {
        let Displacement::Linear { offsets, slope } = &self.reference.displacement else {
            return false;
        };
        let ZeroSet::HalfLine(edge) = self.loss.zero_set(p) else {
            return false;
        };
        // Σ (κ - y b)/M = S (m̃ + D) where D does not depend on the pattern.
        let alike = *slope == 0.0 && offsets[0] == offsets[1];
        let overlap = 1.0 - 2.0 * p.distance;
        let odd = self.reference.mixture.mean_label();
        alike && overlap * (self.reference.m + offsets[0]) + odd * self.bias <= edge
    }

    fn squared_distance(&self, mean: Dual2<3>, variance: Dual2<3>, p: &Parameters) -> Dual2<3> {
        super::separability::squared_distance(mean, variance, of_objects(self.loss.zero_set(p)))
    }

    fn observe(&self, solution: &Solution, p: &Parameters) -> LocalObservables {
        let x = &solution.x;
        let around = self.surroundings(x, p);
        let rule = self.freeze(x, p);
        let v = self.reference.mixture.delta() * around.v;
        let hard = p.beta.is_infinite();
        let mean_loss = if hard { 0.0 } else { self.mean_loss(x, p) };
        let zero_set = self.loss.zero_set(p);
        let counts = self.loss.jumps() && p.kappa == 0.0;
        let error = if counts {
            mean_loss
        } else {
            self.average(x, p, &rule, |w| {
                if hard {
                    hard_error(zero_set, w, v)
                } else {
                    self.loss.error_probability(w, v, p)
                }
            })
        };
        let o = self.order(x, p);
        let q_hat = (around.spread + o.lag * o.lag - o.lead * o.lead) / (around.v * around.v);
        let finite = |x: f64| if hard { 0.0 } else { x };
        LocalObservables {
            overlap: around.overlap,
            entropy: solution.value + finite(p.beta * p.alpha * mean_loss),
            ball: 0.5 * o.gap.ln(),
            free_entropy: (!hard).then_some(solution.value),
            field: Some(0.5 * solution.control_slope),
            q: Some(1.0 - around.v),
            q_hat: Some(q_hat),
            m: Some(around.m),
            bias: Some(self.bias),
            response: Some(around.response),
            t: match &self.reference.displacement {
                Displacement::Spread(of) => Some(around.overlap - around.response * of.gap),
                _ => None,
            },
            beta: Some(p.beta),
            training_loss: Some(mean_loss),
            training_error: Some(error),
            generalization_error: Some(self.reference.mixture.error(around.m, 1.0, self.bias)),
            at_stability: solution.replicon,
            ..LocalObservables::default()
        }
    }
}
