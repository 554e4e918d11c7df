//! The Gibbs measure of a mixture, at `|w|² = N` (MX.23 to MX.27).
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `q`, `q̂`, `m`, `m̂` | overlaps with another configuration and with the axis, conjugates | as in [`rs`](crate::replica::rs) |
//! | `b` | bias, unless it is given | itself |

use super::field::{Field, classes, nodes_of, place};
use super::risk::evaluation;
use super::site::Sites;
use crate::math::gauss::CUT;
use crate::math::real::{self, Dual2, Jet};
use crate::math::{GaussMeasure, Real};
use crate::model::mixture::Class;
use crate::model::{
    Bias, Control, Mixture, Parameters,
    scalar::{Loss, Prior, ZeroSet},
};
use crate::replica::observables::{Ansatz, Observables, hard_error};
use crate::replica::scalar::{Order, cavity_features, image, scaled_residual};
use crate::solve::{Evaluation, Nodes, Stationary};
use nalgebra::DVector;

/// Coordinates with a learned bias, and one control parameter.
const FULL: usize = 6;
/// Place of the bias among the coordinates.
const BIAS: usize = 4;
/// Conjugates below this are solved to absolute accuracy.
const SMALL: f64 = 1e-3;

/// The replica-symmetric free entropy of one prior and loss.
#[derive(Clone, Debug)]
pub struct MixtureRs<P, L> {
    /// Law of one weight.
    pub prior: P,
    /// Cost of a stability.
    pub loss: L,
    /// Law of the patterns.
    pub mixture: Mixture,
    /// Bias of the classifier.
    pub bias: Bias,
}

impl<P: Prior, L: Loss> MixtureRs<P, L> {
    fn learned(&self) -> bool {
        self.mixture.bias(self.bias) == Bias::Learned
    }

    fn bias_at<D: Real>(&self, x: &[D]) -> D {
        match self.mixture.bias(self.bias) {
            Bias::Fixed(bias) => D::constant(bias),
            Bias::Learned => x[BIAS],
        }
    }

    fn fields(&self, x: &[f64]) -> (Order<f64>, Vec<(Class, Field)>) {
        let o = Order::from_coordinates(&x[..BIAS]);
        let bias = self.bias_at(x);
        let field = |class: Class| Field {
            mean: o.m() + class.label * bias,
            width: (self.mixture.delta() * o.q).sqrt(),
        };
        let of = |class: Class| (class, field(class));
        let fields = classes(&self.mixture, self.bias).into_iter().map(of);
        (o, fields.collect())
    }

    /// Local partition functions of the training patterns.
    fn sites<'a>(
        &'a self,
        o: &Order<f64>,
        fields: &[(Class, Field)],
        p: &'a Parameters,
        control: Control,
    ) -> Sites<'a, L> {
        let low = fields.iter().map(|(_, f)| f.at(-CUT));
        let high = fields.iter().map(|(_, f)| f.at(CUT));
        let range = (
            low.fold(f64::INFINITY, f64::min),
            high.fold(f64::NEG_INFINITY, f64::max),
        );
        let v = self.mixture.delta() * o.v;
        Sites::new(&self.loss, v, p, control, range, false)
    }

    /// Average over training patterns of a function of the cavity field.
    fn average(&self, fields: &[(Class, Field)], rule: &Nodes, f: impl Fn(f64) -> f64) -> f64 {
        let of = |(class, field): &(Class, Field)| {
            class.weight * nodes_of(rule, class).sum(|z| f(field.at(z)))
        };
        fields.iter().map(of).sum()
    }

    /// `∫Dz ln Z_ℓ(μ + √(Δq) z, Δ(1-q))` with derivatives in `μ`, `q` and the control (MX.25).
    fn site_average(&self, measure: &GaussMeasure, field: &Field, sites: &Sites<'_, L>) -> Jet<3> {
        let delta = self.mixture.delta();
        let mut jet = Jet::<3>::default();
        for &(z, w) in measure.nodes() {
            let s = sites.at(field.at(z));
            jet.value += w * s.ln_z;
            let first = [s.g, -0.5 * delta * s.g * s.g, s.c];
            for (entry, term) in jet.gradient.iter_mut().zip(first) {
                *entry += w * term;
            }
            let rows = [
                [s.bend, -delta * s.g * s.bend, s.gc],
                [
                    0.0,
                    delta * delta * s.bend * (s.g * s.g - 0.5 * s.bend),
                    -delta * s.g * s.gc,
                ],
                [0.0, 0.0, s.cc],
            ];
            for (row, terms) in jet.hessian.iter_mut().zip(rows) {
                for (entry, term) in row.iter_mut().zip(terms) {
                    *entry += w * term;
                }
            }
        }
        jet.symmetric()
    }
}

impl<P: Prior, L: Loss> Stationary for MixtureRs<P, L> {
    fn dimension(&self) -> usize {
        if self.learned() { BIAS + 1 } else { BIAS }
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let (o, fields) = self.fields(x);
        let v = self.mixture.delta() * o.v;
        let features = cavity_features(&self.loss, v, p);
        let sites = self.sites(&o, &fields, p, Control::Alpha);
        let of = |class: &Class| {
            let found = fields.iter().find(|(c, _)| c == class);
            let field = found.map_or(
                Field {
                    mean: o.m(),
                    width: v.sqrt(),
                },
                |f| f.1,
            );
            field.nodes(&features, |w| sites.jet(w)[0])
        };
        Nodes {
            entropic: GaussMeasure::graded(&self.prior.features(o.q_hat, o.m_hat)),
            ..place(&classes(&self.mixture, self.bias), of)
        }
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        let seeded: Vec<Dual2<FULL>> = (0..x.len()).map(|i| real::variable(x[i], i)).collect();
        let o = Order::from_coordinates(&seeded[..BIAS]);
        let bias = self.bias_at(&seeded);
        let lifted = p.lift_with(control, real::variable::<FULL>(p.get(control), FULL - 1));
        let third = match control {
            Control::Alpha | Control::Distance => Dual2::<FULL>::constant(0.0),
            _ => real::variable(p.get(control), FULL - 1),
        };
        let (here, fields) = self.fields(x);
        let sites = self.sites(&here, &fields, p, control);
        let mut energetic = Dual2::<FULL>::constant(0.0);
        for (class, field) in &fields {
            let jet = self.site_average(nodes_of(rule, class), field, &sites);
            let mean = o.m() + bias * class.label;
            energetic += jet.at([mean, o.q, third]) * class.weight;
        }
        let energetic = lifted.alpha * energetic;
        let legendre = -(o.q_hat * o.v * 0.5) - o.m() * o.m_hat;
        let entropic = self.prior.entropic(o.q_hat, o.m_hat, &rule.entropic);
        let total = legendre + entropic + energetic;
        let free: Vec<usize> = (0..x.len()).collect();
        evaluation(&total, &free, FULL - 1, [legendre, entropic, energetic])
    }

    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = Order::from_coordinates(&x[..BIAS]);
        let mut residuals = scaled_residual(&o, &gradient.as_slice()[..BIAS]);
        if let Some(by_bias) = gradient.get(BIAS) {
            // E[y g] against the root of E[g²].
            let scale = p.alpha * o.q_hat.max(SMALL) / self.mixture.delta();
            residuals.push(by_bias / scale.sqrt());
        }
        residuals
    }

    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = Order::from_coordinates(&x[..BIAS]);
        let mut next = image(&o, &gradient.as_slice()[..BIAS]);
        if let (Some(by_bias), Some(bias)) = (gradient.get(BIAS), x.get(BIAS)) {
            let step = by_bias * self.mixture.delta() * o.v / p.alpha;
            next.push(bias + step.clamp(-0.5, 0.5));
        }
        next
    }
}

impl<P: Prior, L: Loss> Ansatz for MixtureRs<P, L> {
    /// The replicon `1 - α Δ² E[(∂²_ω ln Z_ℓ)²] E[(∂²_b ln Z_w)²]` (MX.27).
    fn at_stability(&self, x: &[f64], p: &Parameters, rule: &Nodes) -> f64 {
        let (o, fields) = self.fields(x);
        let delta = self.mixture.delta();
        let sites = self.sites(&o, &fields, p, Control::Alpha);
        let square = self.average(&fields, rule, |w| sites.jet(w)[2].powi(2));
        let weights = self
            .prior
            .squared_variance(o.q_hat, o.m_hat, &rule.entropic);
        1.0 - p.alpha * delta * delta * square * weights
    }

    fn observables(&self, x: &[f64], phi: f64, p: &Parameters, rule: &Nodes) -> Observables {
        let rule = &rule.refined();
        let (o, fields) = self.fields(x);
        let hard = p.beta.is_infinite();
        let v = self.mixture.delta() * o.v;
        let zero_set = self.loss.zero_set(p);
        let (mut loss, mut error) = (0.0, 0.0);
        if hard {
            error = self.average(&fields, rule, |w| hard_error(zero_set, w, v));
        } else {
            loss += self.average(&fields, rule, |w| self.loss.mean_energy(w, v, p));
            error += self.average(&fields, rule, |w| self.loss.error_probability(w, v, p));
        }
        let entropy = match zero_set {
            ZeroSet::Point(_) if hard => None,
            _ if hard => Some(phi),
            _ => Some(phi + p.beta * p.alpha * loss),
        };
        let bias = self.bias_at(x);
        Observables {
            q: Some(o.q),
            q_hat: Some(o.q_hat),
            m: Some(o.m()),
            m_hat: Some(o.m_hat),
            bias: Some(bias),
            free_entropy: (!hard).then_some(phi),
            entropy,
            ground_state_energy: hard.then_some(0.0),
            training_loss: Some(loss),
            training_error: Some(error),
            generalization_error: Some(self.mixture.error(o.m(), 1.0, bias)),
            at_stability: Some(self.at_stability(x, p, rule)),
            ..Observables::default()
        }
    }
}
