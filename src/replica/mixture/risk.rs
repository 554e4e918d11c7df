//! Risk minimisation: `min_{w,b} Σ ℓ(y (w·x/√N + b)) + λ|w|²/2`, or at given norm (MX.11 to MX.17).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `m = c √q` | overlap with the axis, `c` the cosine | `c = tanh u` |
//! | `χ` | response of a stability to a field, `Δ V` | `s = ln χ` |
//! | `q` | squared norm, unless it is given | `t = ln q` |
//! | `b` | bias, unless it is given | itself |
//!
//! The functional is the minimum itself, per weight (MX.12).

use super::field::{Field, classes, nodes_of, place};
use crate::math::real::{self, Dual2, Jet};
use crate::math::{GaussMeasure, Real, special};
use crate::model::mixture::Class;
use crate::model::{
    Bias, Control, Mixture, Parameters,
    scalar::{Loss, tilted},
};
use crate::replica::observables::{Ansatz, Observables};
use crate::solve::{Evaluation, Nodes, Stationary};
use nalgebra::{DMatrix, DVector};

/// What keeps the weights finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constraint {
    /// A ridge of strength `λ ≥ 0`.
    Ridge(f64),
    /// The squared norm `Q = |w|²/N`.
    Norm(f64),
}

/// Coordinates with all of them free, and one control parameter.
const FULL: usize = 5;
/// Places of the coordinates among these: `u`, `s`, `t`, `b`.
const NORM: usize = 2;
const BIAS: usize = 3;

/// The functional of one loss.
#[derive(Clone, Debug)]
pub struct Risk<L> {
    /// Cost of a stability.
    pub loss: L,
    /// Law of the patterns.
    pub mixture: Mixture,
    /// Bias of the classifier.
    pub bias: Bias,
    /// What keeps the weights finite.
    pub constraint: Constraint,
    /// Whether panels that the features of the loss leave too long are looked for: hardly ever needed.
    pub careful: bool,
}

/// Order parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskOrder<D> {
    /// Cosine with the axis of the clusters.
    pub cosine: D,
    /// `√(1-c²)`, without cancellation.
    pub sine: D,
    /// Squared norm.
    pub q: D,
    /// Response of a stability to a field.
    pub chi: D,
    /// Bias.
    pub bias: D,
}

impl<D: Real> RiskOrder<D> {
    /// Overlap with the axis.
    pub fn m(&self) -> D {
        self.cosine * self.q.sqrt()
    }
}

/// Averages over training patterns: of the loss, and of the curvature of its envelope.
#[derive(Default)]
struct Measured {
    loss: f64,
    bend: f64,
    square_bend: f64,
}

impl<L: Loss> Risk<L> {
    /// Which of the four coordinates are free.
    fn free(&self) -> Vec<usize> {
        let norm = matches!(self.constraint, Constraint::Ridge(_)).then_some(NORM);
        let bias = (self.mixture.bias(self.bias) == Bias::Learned).then_some(BIAS);
        [Some(0), Some(1), norm, bias]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Order parameters from the free coordinates.
    pub fn order<D: Real>(&self, x: &[D]) -> RiskOrder<D> {
        let mut free = x.iter().copied();
        let mut next = || free.next().unwrap_or_else(|| D::constant(0.0));
        let (u, s) = (next(), next());
        let q = match self.constraint {
            Constraint::Ridge(_) => next().exp(),
            Constraint::Norm(norm) => D::constant(norm),
        };
        let bias = match self.mixture.bias(self.bias) {
            Bias::Learned => next(),
            Bias::Fixed(bias) => D::constant(bias),
        };
        RiskOrder {
            cosine: u.tanh(),
            sine: u.sech(),
            q,
            chi: s.exp(),
            bias,
        }
    }

    /// Free coordinates of order parameters.
    pub fn coordinates(&self, m: f64, q: f64, chi: f64, bias: f64) -> Vec<f64> {
        let q = match self.constraint {
            Constraint::Ridge(_) => q,
            Constraint::Norm(norm) => norm,
        };
        let full = [(m / q.sqrt()).atanh(), chi.ln(), q.ln(), bias];
        self.free().into_iter().map(|i| full[i]).collect()
    }

    fn field(&self, o: &RiskOrder<f64>, class: &Class) -> Field {
        Field {
            mean: o.m() + class.label * o.bias,
            width: (self.mixture.delta() * o.q).sqrt(),
        }
    }

    /// What is measured at a saddle point (MX.16, MX.17).
    fn measure(&self, o: &RiskOrder<f64>, p: &Parameters, rule: &Nodes) -> Measured {
        let mut total = Measured::default();
        for class in classes(&self.mixture, self.bias) {
            let field = self.field(o, &class);
            for &(z, w) in nodes_of(rule, &class).nodes() {
                let [envelope, slope, bend] = self.loss.envelope(field.at(z), o.chi, p);
                let w = w * class.weight;
                total.loss += w * (envelope - 0.5 * o.chi * slope * slope);
                total.bend += w * bend;
                total.square_bend += w * bend * bend;
            }
        }
        total
    }

    /// `∫Dz M_χ(μ + σ z)` with derivatives in `μ`, `σ`, `χ` and the control (L.21).
    fn envelope(
        &self,
        measure: &GaussMeasure,
        field: &Field,
        chi: f64,
        p: &Parameters,
        control: Control,
    ) -> Jet<4> {
        let lifted = match control {
            Control::Gamma | Control::Kappa => {
                Some(p.lift_with(control, real::variable::<2>(p.get(control), 1)))
            }
            _ => None,
        };
        let mut jet = Jet::<4>::default();
        for &(z, w) in measure.nodes() {
            let omega = field.at(z);
            let [value, slope, bend] = self.loss.envelope(omega, chi, p);
            let response = -slope * bend;
            jet.value += w * value;
            let first = [slope, z * slope, -0.5 * slope * slope];
            for (entry, term) in jet.gradient.iter_mut().zip(first) {
                *entry += w * term;
            }
            let rows = [
                [bend, z * bend, response],
                [0.0, z * z * bend, z * response],
                [0.0, 0.0, -slope * response],
            ];
            for (row, terms) in jet.hessian.iter_mut().zip(rows) {
                for (entry, term) in row.iter_mut().zip(terms) {
                    *entry += w * term;
                }
            }
            if let Some(lifted) = &lifted {
                let at =
                    self.loss
                        .moreau(real::variable::<2>(omega, 0), Real::constant(chi), lifted);
                let (gradient, hessian) = (real::gradient(&at), real::hessian(&at));
                jet.gradient[3] += w * gradient[1];
                let mixed = w * hessian[0][1];
                jet.hessian[0][3] += mixed;
                jet.hessian[1][3] += z * mixed;
                jet.hessian[2][3] -= slope * mixed;
                jet.hessian[3][3] += w * hessian[1][1];
            }
        }
        jet.symmetric()
    }

    /// Derivative of the mean envelope in the bias, `E[y M′]`.
    pub fn bias_slope(&self, m: f64, q: f64, chi: f64, bias: f64, p: &Parameters) -> f64 {
        let features = self.loss.prox_features(chi, p);
        self.mixture.mean(|y| {
            let field = Field {
                mean: m + y * bias,
                width: (self.mixture.delta() * q).sqrt(),
            };
            let slope = |w: f64| self.loss.envelope(w, chi, p)[1];
            y * field.roughly(&features).sum(|z| slope(field.at(z)))
        })
    }

    /// The strength of the ridge: given, or the multiplier of the norm (MX.16).
    fn lambda(&self, o: &RiskOrder<f64>, alpha: f64, bend: f64) -> f64 {
        match self.constraint {
            Constraint::Ridge(lambda) => lambda,
            Constraint::Norm(_) => self.mixture.delta() * (1.0 / o.chi - alpha * bend),
        }
    }

    /// Fraction of training stabilities below zero: the proximal point increases, so it is the mass
    /// below one edge (MX.17).
    pub fn training_error(&self, o: &RiskOrder<f64>, p: &Parameters) -> f64 {
        let slope = tilted::energy_jet(&self.loss, 0.0, p).slope;
        let lift = o.chi * slope;
        let width = (self.mixture.delta() * o.q).sqrt();
        self.mixture
            .mean(|y| special::h((o.m() + y * o.bias - lift) / width))
    }
}

impl<L: Loss> Stationary for Risk<L> {
    fn dimension(&self) -> usize {
        self.free().len()
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let o = self.order(x);
        let features = self.loss.prox_features(o.chi, p);
        place(&classes(&self.mixture, self.bias), |class| {
            let field = self.field(&o, class);
            if self.careful {
                field.nodes(&features, |w| self.loss.envelope(w, o.chi, p)[0])
            } else {
                field.roughly(&features)
            }
        })
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        let free = self.free();
        let seeded: Vec<Dual2<FULL>> = x
            .iter()
            .zip(&free)
            .map(|(&x, &i)| real::variable(x, i))
            .collect();
        let o = self.order(&seeded);
        let here = self.order(x);
        let delta = self.mixture.delta();
        let lifted = p.lift_with(control, real::variable::<FULL>(p.get(control), FULL - 1));
        let fourth = match control {
            Control::Gamma | Control::Kappa => real::variable(p.get(control), FULL - 1),
            _ => Dual2::<FULL>::constant(0.0),
        };
        let width = (o.q * delta).sqrt();
        let mut energetic = Dual2::<FULL>::constant(0.0);
        for class in classes(&self.mixture, self.bias) {
            let field = self.field(&here, &class);
            let jet = self.envelope(nodes_of(rule, &class), &field, here.chi, p, control);
            let mean = o.m() + o.bias * class.label;
            energetic += jet.at([mean, width, o.chi, fourth]) * class.weight;
        }
        let energetic = lifted.alpha * energetic;
        let response = -(o.q * o.sine * o.sine / o.chi) * (0.5 * delta);
        let ridge = match self.constraint {
            Constraint::Ridge(lambda) => o.q * (0.5 * lambda),
            Constraint::Norm(_) => Dual2::constant(0.0),
        };
        let total = ridge + response + energetic;
        evaluation(&total, &free, FULL - 1, [ridge, response, energetic])
    }

    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = self.order(x);
        let delta = self.mixture.delta();
        let square = o.sine * o.sine;
        let by_m = gradient[0] / (o.q.sqrt() * square);
        let mut residuals = vec![
            o.chi * by_m / (delta * o.q.sqrt()),
            2.0 * o.chi * gradient[1] / (delta * o.q * square),
        ];
        for (&place, slope) in self.free().iter().zip(gradient.iter()).skip(2) {
            residuals.push(if place == NORM {
                2.0 * o.chi * (slope - 0.5 * o.m() * by_m) / (delta * o.q)
            } else {
                o.chi * slope / (p.alpha * delta * o.q * square).sqrt()
            });
        }
        residuals
    }

    /// The conjugates at the point give the next one (MX.15).
    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = self.order(x);
        let (delta, m) = (self.mixture.delta(), o.m());
        let square = o.sine * o.sine;
        let by_m = gradient[0] / (o.q.sqrt() * square);
        let m_hat = delta * m / o.chi - by_m;
        let q_hat = delta * (delta * o.q * square - 2.0 * o.chi * gradient[1]) / (o.chi * o.chi);
        let field = m_hat * m_hat + q_hat.max(0.0);
        let (free, mut bias) = (self.free(), o.bias);
        let slope = |place: usize| Some(gradient[free.iter().position(|i| *i == place)?]);
        let stiffness = match (self.constraint, slope(NORM)) {
            (Constraint::Norm(norm), _) => (field / norm).sqrt(),
            (Constraint::Ridge(_), by_t) => {
                let by_q = (by_t.unwrap_or(0.0) - 0.5 * m * by_m) / o.q;
                delta / o.chi + 2.0 * by_q
            }
        };
        if let Some(by_bias) = slope(BIAS) {
            bias -= (o.chi * by_bias / p.alpha).clamp(-1.0, 1.0);
        }
        let (m, q) = (m_hat / stiffness, field / (stiffness * stiffness));
        self.coordinates(m, q, delta / stiffness, bias)
    }

    fn admissible(&self, x: &[f64], _p: &Parameters) -> bool {
        x[0].abs() < 18.0 && x[1].abs() < 300.0 && x.iter().skip(2).all(|x| x.abs() < 1e3)
    }

    /// Panels end at kinks, such as those of the hinge.
    fn placement_tolerance(&self) -> f64 {
        let features = self.loss.prox_features(1.0, &Parameters::default());
        let kinks = features.iter().any(|f| f.width == 0.0);
        if kinks { 1e-9 } else { 0.1 }
    }
}

/// An evaluation from a dual number whose last variable is the control, in the free coordinates.
pub(super) fn evaluation<const N: usize>(
    total: &Dual2<N>,
    free: &[usize],
    control: usize,
    terms: [Dual2<N>; 3],
) -> Evaluation {
    let (gradient, hessian) = (real::gradient(total), real::hessian(total));
    let n = free.len();
    Evaluation {
        value: total.re,
        magnitude: terms.iter().map(|t| t.re.abs()).sum(),
        gradient: DVector::from_fn(n, |i, _| gradient[free[i]]),
        hessian: DMatrix::from_fn(n, n, |i, j| hessian[free[i]][free[j]]),
        control_slope: gradient[control],
        control_bend: hessian[control][control],
        mixed: DVector::from_fn(n, |i, _| hessian[free[i]][control]),
        defect: 0.0,
        replicon: None,
    }
}

impl<L: Loss> Ansatz for Risk<L> {
    /// The replicon `1 - α E[(1 - P′)²]`: (AT.3) over both clusters.
    fn at_stability(&self, x: &[f64], p: &Parameters, rule: &Nodes) -> f64 {
        let o = self.order(x);
        1.0 - p.alpha * o.chi * o.chi * self.measure(&o, p, rule).square_bend
    }

    fn observables(&self, x: &[f64], value: f64, p: &Parameters, rule: &Nodes) -> Observables {
        let rule = &rule.refined();
        let o = self.order(x);
        let delta = self.mixture.delta();
        let measured = self.measure(&o, p, rule);
        Observables {
            q: Some(o.q),
            q_hat: Some(o.q * (delta * o.sine / o.chi).powi(2)),
            m: Some(o.m()),
            m_hat: Some(delta * o.m() / o.chi),
            bias: Some(o.bias),
            cosine: Some(o.cosine),
            lambda: Some(self.lambda(&o, p.alpha, measured.bend)),
            chi: Some(o.chi / delta),
            ground_state_energy: Some(value),
            training_loss: Some(measured.loss),
            training_error: Some(self.training_error(&o, p)),
            generalization_error: Some(self.mixture.error(o.m(), o.q, o.bias)),
            at_stability: Some(1.0 - p.alpha * o.chi * o.chi * measured.square_bend),
            ..Observables::default()
        }
    }
}
