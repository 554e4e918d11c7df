//! Replica symmetry written over number types, node by node (RS.3, RS.4): what mixtures use of it.
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `q` | overlap of two configurations | `t = ln(q/(1-q))` |
//! | `q̂` | its conjugate | `s = ln q̂` |
//! | `m = c √q` | overlap with the teacher, `c` the cosine | `c = tanh u` |
//! | `m̂` | its conjugate | `m̂ = sinh w` |
//!
//! With storage data only the first two exist.

use super::free_entropy::{FreeEntropy, Terms, differentiate};
use super::observables::{Ansatz, Observables, angle, hard_error};
use crate::math::gauss::CUT;
use crate::math::real::{self, Dual2};
use crate::math::{ChebyshevTable, Feature, GaussMeasure, Real, special};
use crate::model::{
    Control, Data, Parameters,
    scalar::{Loss, Prior, ZeroSet},
};
use crate::solve::{Evaluation, Nodes, Stationary};
use nalgebra::DVector;

/// Accuracy to which the coarse nodes resolve the integrand, relative to its average. Halving the
/// panels multiplies the error of a resolved 20-point panel by about 2⁻⁴⁰.
const RESOLUTION: f64 = 1e-13;
/// Overlaps and conjugates below this are solved to absolute, larger ones to relative accuracy: what
/// is left of averages that nearly cancel carries their rounding.
const SMALL_OVERLAP: f64 = 1e-3;
/// Squared sines of the angle to the teacher below this are solved to absolute accuracy: `m` itself,
/// close to one, is what is computed.
const SMALL_ANGLE: f64 = 1e-5;
/// Accuracy of tabulated inner averages.
const TABLE: f64 = 1e-14;

/// A model: law of one weight × law of the labels × loss. `N` is 3 with storage data and 5 with a
/// teacher (order parameters and one control parameter).
#[derive(Clone, Debug)]
pub struct Rs<P, L, const N: usize> {
    /// Law of one weight.
    pub prior: P,
    /// Cost of a stability.
    pub loss: L,
    /// Law of the labels.
    pub data: Data,
}

/// Order parameters in physical units, with complements that keep their digits as q → 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order<D> {
    /// Overlap of two configurations.
    pub q: D,
    /// `1 - q`, without cancellation.
    pub v: D,
    /// Conjugate of `q`.
    pub q_hat: D,
    /// Cosine of the angle to the teacher, `m/√q` (zero without one).
    pub cosine: D,
    /// `√(1 - c²)`, without cancellation.
    pub sine: D,
    /// Conjugate of `m`.
    pub m_hat: D,
}

impl<D: Real> Order<D> {
    /// From unconstrained coordinates (RS.12).
    pub fn from_coordinates(x: &[D]) -> Self {
        let (cosine, sine, m_hat) = match x {
            [_, _, u, w] => (u.tanh(), u.sech(), w.sinh()),
            _ => (D::constant(0.0), D::constant(1.0), D::constant(0.0)),
        };
        Order {
            q: x[0].logistic(),
            v: (-x[0]).logistic(),
            q_hat: x[1].exp(),
            cosine,
            sine,
            m_hat,
        }
    }

    /// Overlap with the teacher.
    pub fn m(&self) -> D {
        self.cosine * self.q.sqrt()
    }
}

/// `ln Z_ℓ(ω, v)`; at β = ∞ that of the hard constraint `Δ ∈` zero set (ZT.4).
pub fn local_ln_z<L: Loss, D: Real>(loss: &L, omega: D, v: D, p: &Parameters<D>) -> D {
    if p.beta.re().is_finite() {
        return loss.ln_z(omega, v, p);
    }
    match loss.zero_set(p) {
        ZeroSet::HalfLine(edge) => special::ln_h_of((edge - omega) / v.sqrt()),
        ZeroSet::Point(y) => -(v.ln() + (y - omega).square() / v) * 0.5,
        ZeroSet::Empty => D::constant(f64::NEG_INFINITY),
    }
}

/// `ln Z_ℓ` as a function of the cavity mean at fixed variance: tabulated where that pays (GA.5).
pub struct Line<'a, L, D> {
    loss: &'a L,
    v: D,
    p: &'a Parameters<D>,
    table: Option<ChebyshevTable<D>>,
}

impl<'a, L: Loss, D: Real> Line<'a, L, D> {
    /// For cavity means up to `CUT √q`.
    pub fn new(loss: &'a L, q: f64, v: D, p: &'a Parameters<D>) -> Self {
        let costly = loss.tabulate() && !(p.gamma.is_constant() && p.kappa.is_constant());
        let table = if p.beta.re().is_finite() && costly {
            let reach = CUT * q.sqrt();
            ChebyshevTable::adaptive(-reach, reach, TABLE, |omega| {
                local_ln_z(loss, D::constant(omega), v, p)
            })
        } else {
            None
        };
        Line { loss, v, p, table }
    }

    /// `ln Z_ℓ(ω, v)`.
    pub fn at(&self, omega: D) -> D {
        match &self.table {
            Some(table) => table.at(omega),
            None => local_ln_z(self.loss, omega, self.v, self.p),
        }
    }
}

/// Features of `ln Z_ℓ` at variance `v` as a function of the cavity mean `ω`.
pub fn cavity_features<L: Loss>(loss: &L, v: f64, p: &Parameters) -> Vec<Feature> {
    if p.beta.is_finite() {
        let smooth = |f: Feature| Feature {
            width: (f.width * f.width + v).sqrt(),
            ..f
        };
        return loss
            .prox_features(p.beta * v, p)
            .into_iter()
            .map(smooth)
            .collect();
    }
    match loss.zero_set(p) {
        ZeroSet::HalfLine(edge) => vec![Feature {
            centre: edge,
            width: v.sqrt(),
        }],
        _ => Vec::new(),
    }
}

impl<P: Prior, L: Loss, const N: usize> Rs<P, L, N> {
    /// The model. `N` must be 3 with storage data and 5 with a teacher.
    ///
    /// # Panics
    /// If `N` does not fit the data: a mistake of the program.
    pub fn new(prior: P, loss: L, data: Data) -> Self {
        assert_eq!(
            N,
            if data.has_teacher() { 5 } else { 3 },
            "order parameters and one control"
        );
        Rs { prior, loss, data }
    }
}

impl<P: Prior, L: Loss, const N: usize> FreeEntropy<N> for Rs<P, L, N> {
    fn terms<D: Real>(&self, x: &[D], p: &Parameters<D>, rule: &Nodes) -> Terms<D> {
        let o = Order::from_coordinates(x);
        let root = o.q.sqrt();
        let line = Line::new(&self.loss, o.q.re(), o.v, p);
        let energetic = rule.energetic.sum(|z| match self.data {
            Data::Storage => line.at(root * z),
            Data::Teacher => self.data.weight(z, o.cosine, o.sine) * line.at(root * z),
        });
        Terms {
            legendre: -(o.q_hat * o.v * 0.5) - o.m() * o.m_hat,
            entropic: self.prior.entropic(o.q_hat, o.m_hat, &rule.entropic),
            energetic: p.alpha * energetic,
        }
    }
}

impl<P: Prior, L: Loss, const N: usize> Stationary for Rs<P, L, N> {
    fn dimension(&self) -> usize {
        N - 1
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let o = Order::<f64>::from_coordinates(x);
        let root = o.q.sqrt();
        let mut features: Vec<Feature> = cavity_features(&self.loss, o.v, p)
            .into_iter()
            .map(|f| Feature {
                centre: f.centre / root,
                width: f.width / root,
            })
            .filter(|f| f.centre.abs() < CUT + f.width)
            .collect();
        features.extend(self.data.features(o.cosine, o.sine));
        let line = Line::new(&self.loss, o.q, o.v, p);
        let integrand = |z: f64| self.data.weight(z, o.cosine, o.sine) * line.at(root * z);
        let entropic = self.prior.features(o.q_hat, o.m_hat);
        Nodes::new(
            GaussMeasure::graded(&entropic),
            GaussMeasure::graded(&features).resolving(RESOLUTION, integrand),
        )
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        differentiate(self, x, p, control, rule)
    }

    fn residual(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        scaled_residual(&Order::from_coordinates(x), gradient.as_slice())
    }

    fn iterate(&self, x: &[f64], _p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        image(&Order::from_coordinates(x), gradient.as_slice())
    }
}

/// The saddle-point equations as dimensionless residuals, from the gradient.
pub(crate) fn scaled_residual(o: &Order<f64>, gradient: &[f64]) -> Vec<f64> {
    let new = consistent(o, gradient);
    let mut r = vec![
        (new.v - o.v) / (o.q.max(SMALL_OVERLAP) * o.v),
        (new.q_hat - o.q_hat) / o.q_hat.max(SMALL_OVERLAP),
    ];
    if gradient.len() == 4 {
        r.push((new.m - o.m()) / (o.q.sqrt() * (o.sine * o.sine).max(SMALL_ANGLE)));
        r.push((new.m_hat - o.m_hat) / (o.m_hat.hypot(1.0)));
    }
    r
}

/// One step of the self-consistent iteration, from the gradient.
pub(crate) fn image(o: &Order<f64>, gradient: &[f64]) -> Vec<f64> {
    let new = consistent(o, gradient);
    let (v, q_hat) = (new.v.clamp(1e-14, 1.0 - 1e-14), new.q_hat.max(1e-14));
    let mut out = vec![((1.0 - v) / v).ln(), q_hat.ln()];
    if gradient.len() == 4 {
        let cosine = (new.m / (1.0 - v).sqrt()).clamp(-1.0 + 1e-14, 1.0 - 1e-14);
        out.extend([cosine.atanh(), new.m_hat.asinh()]);
    }
    out
}

/// Right-hand sides of the saddle-point equations (RS.5), read off the gradient (RS.13).
struct Consistent {
    v: f64,
    q_hat: f64,
    m: f64,
    m_hat: f64,
}

fn consistent(o: &Order<f64>, g: &[f64]) -> Consistent {
    let root = o.q.sqrt();
    let (by_m, by_m_hat) = if g.len() == 4 {
        (g[2] / (root * o.sine * o.sine), g[3] / o.m_hat.hypot(1.0))
    } else {
        (0.0, 0.0)
    };
    let by_q = g[0] / (o.q * o.v) - by_m * o.cosine / (2.0 * root);
    Consistent {
        v: o.v + 2.0 * g[1] / o.q_hat,
        q_hat: o.q_hat - 2.0 * by_q,
        m: o.m() + by_m_hat,
        m_hat: o.m_hat + by_m,
    }
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
        let rule = &rule.refined();
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
