//! Configurations at a distance from a teacher, which is a typical solution of its own patterns
//! (FP.41): the free entropy of the teacher problem at a fixed overlap `m = S`.
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `v = 1-q` | variance of the probe | `t`, `v = (1-S²) σ(-t)`: `q` is never below `S²` |
//! | `q̂` | its conjugate | `ln q̂` |
//! | `m̂` | conjugate of `S` | `asinh m̂` |

use super::entropic::{NoNeighbourhood, Weight};
use super::point::{LocalObservables, LocalOutcome, LocalState};
use super::thermodynamics::{Thermodynamics, probe, refusal, thermodynamics};
use crate::math::gauss::CUT;
use crate::math::real::{self, Dual2, Jet};
use crate::math::{Feature, GaussMeasure, Real, wide};
use crate::model::loss::Loss;
use crate::model::prior::Prior;
use crate::model::site::{By, Jets, Site};
use crate::model::{Control, Data, Parameters};
use crate::replica::chart::relative;
use crate::replica::state::Status;
use crate::solve::{
    Evaluation, Nodes, NotConverged, Solution, Stationary, Tolerances, anderson, saddle,
};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// Distances at which a first point is looked for.
const ANCHORS: [f64; 5] = [0.25, 0.15, 0.35, 0.08, 0.45];
/// Longest and shortest step in `ln d`.
const STEPS: (f64, f64) = (0.35, 1e-3);
/// Conjugates below this are solved to absolute accuracy.
const SMALL: f64 = 1e-3;

/// Accuracy to which the coarse nodes resolve the energetic integrand, relative to its average.
const RESOLUTION: f64 = 1e-13;

/// The teacher problem at a fixed distance from the teacher, who draws from the prior of the probes.
#[derive(Clone, Debug)]
pub struct Shell {
    weight: Weight,
    loss: Arc<dyn Loss>,
}

/// Order parameters in any number type.
struct Order<D> {
    v: D,
    q_hat: D,
    m_hat: D,
    overlap: D,
    gap: D,
}

impl<D: Real> Order<D> {
    fn new(x: &[D], distance: D) -> Self {
        let gap = distance * (-distance + 1.0) * 4.0;
        Order {
            v: gap * (-x[0]).logistic(),
            q_hat: x[1].exp(),
            m_hat: x[2].sinh(),
            overlap: -(distance * 2.0) + 1.0,
            gap,
        }
    }
}

/// Cosine and sine of the angle between probe and teacher as the patterns see it: `S/√q`, without
/// cancellation.
fn angle(o: &Order<f64>, x: &[f64]) -> (f64, f64) {
    let q = 1.0 - o.v;
    (o.overlap / q.sqrt(), (o.gap * x[0].logistic() / q).sqrt())
}

/// Weights of the label at the nodes and their derivatives in the overlap with the teacher: `2H`,
/// `2E[δ(T)|z]` and `2E[δ′(T)|z]` for the teacher's field `T` (FP.41).
fn label_weights(measure: &GaussMeasure, (cosine, sine): (f64, f64)) -> [Vec<f64>; 3] {
    let x: Vec<f64> = measure
        .positions()
        .iter()
        .map(|z| -cosine * z / sine)
        .collect();
    let n = x.len();
    let [mut h, mut mills, mut excess] = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
    wide::tail(&x, &mut h, &mut mills, &mut excess);
    let mut density = excess;
    wide::gauss(&x, &mut density);
    let ln = h.clone();
    wide::exp(&ln, &mut h);
    let mut out = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
    for (i, w) in measure.weights().iter().enumerate() {
        out[0][i] = 2.0 * w * h[i];
        out[1][i] = 2.0 * w * density[i] / sine;
        out[2][i] = 2.0 * w * density[i] * x[i] / (sine * sine);
    }
    out
}

impl Shell {
    /// `E ln Z_ℓ` over the fields of one pattern as a function of `(q, S)` and the control, and
    /// `E(∂²ln Z_ℓ)²` (FP.41).
    fn energetic(
        &self,
        (o, x): (&Order<f64>, &[f64]),
        p: &Parameters,
        control: Control,
        measure: &GaussMeasure,
    ) -> (Jet<3>, f64) {
        let [w0, w1, w2] = label_weights(measure, angle(o, x));
        let root = (1.0 - o.v).sqrt();
        let field: Vec<f64> = measure.positions().iter().map(|z| root * z).collect();
        let by = match control {
            Control::Alpha | Control::Distance => None,
            _ => Some(By::Control(control)),
        };
        let mut jets = Jets::default();
        probe(&self.loss, p).fill(&field, o.v, by, &mut jets);
        let Jets {
            value: f,
            slope: g,
            bend: b,
            ..
        } = &jets;
        let [value, square, curved, squared] = wide::contract(&w0, f, g, b);
        let mut jet = Jet::<3> {
            value,
            gradient: [-0.5 * square, wide::dot(&w1, g), 0.0],
            ..Jet::default()
        };
        jet.hessian[0] = [curved, -wide::dot3(&w1, g, b), 0.0];
        jet.hessian[1][1] = wide::dot(&w2, b);
        if by.is_some() {
            jet.gradient[2] = wide::dot(&w0, &jets.by);
            jet.hessian[0][2] = -wide::dot3(&w0, g, &jets.slope_by);
            jet.hessian[1][2] = wide::dot(&w1, &jets.slope_by);
            jet.hessian[2][2] = wide::dot(&w0, &jets.by_by);
        }
        (jet.symmetric(), squared)
    }

    /// The entropic average as a function of `(q̂, m̂)`, self-overlap term included, and
    /// `E(∂²ln Z_w)²`.
    fn entropic(&self, q_hat: f64, m_hat: f64, measure: &GaussMeasure) -> (Jet<2>, f64) {
        let prior = self.weight.prior();
        let mut out = Jet::<2>::default();
        if let Some((jet, squared)) = prior.closed(q_hat, m_hat, 0.0) {
            out.value = jet.value;
            for i in 0..2 {
                out.gradient[i] = jet.gradient[i];
                out.hessian[i].copy_from_slice(&jet.hessian[i][..2]);
            }
            return (out, squared);
        }
        let (root, mut total) = (q_hat.sqrt(), 0.0);
        let mut jets = Jets::default();
        for (w0, probability) in prior.teacher() {
            let at = measure.positions().iter().map(|z| root * z + m_hat * w0);
            let field: Vec<f64> = at.collect();
            prior.fill(&field, q_hat, false, &mut jets);
            let (f, g, b) = (&jets.value, &jets.slope, &jets.bend);
            let weights = measure.weights();
            let [value, square, curved, squared] = wide::contract(weights, f, g, b);
            let gradient = [-0.5 * square, w0 * wide::dot(weights, g)];
            let upper = [
                [curved, -w0 * wide::dot3(weights, g, b)],
                [0.0, w0 * w0 * wide::dot(weights, b)],
            ];
            out.add(probability, value, gradient, upper);
            total += probability * squared;
        }
        let mut out = out.symmetric();
        out.value += 0.5 * q_hat;
        out.gradient[0] += 0.5;
        (out, total)
    }
}

/// Right-hand sides of the saddle-point equations, read off the gradient.
struct Consistent {
    v: f64,
    q_hat: f64,
    m_hat: f64,
}

impl Consistent {
    fn new(x: &[f64], o: &Order<f64>, g: &DVector<f64>) -> Self {
        Consistent {
            v: o.v + 2.0 * g[1] / o.q_hat,
            q_hat: o.q_hat - 2.0 * g[0] / (o.v * x[0].logistic()),
            // The overlap is imposed: one Newton step for its field.
            m_hat: o.m_hat - g[2] / (o.m_hat.hypot(1.0) * o.v),
        }
    }
}

impl Stationary for Shell {
    fn dimension(&self) -> usize {
        3
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let o = Order::new(x, p.distance);
        let root = (1.0 - o.v).sqrt();
        let channel = probe(&self.loss, p);
        let mut seen = Vec::new();
        channel.features(o.v, &mut seen);
        let scaled = seen.into_iter().map(|f| Feature {
            centre: f.centre / root,
            width: f.width / root,
        });
        let (cosine, sine) = angle(&o, x);
        let mut features: Vec<Feature> =
            scaled.filter(|f| f.centre.abs() < CUT + f.width).collect();
        features.extend(Data::Teacher.features(cosine, sine));
        let mut jets = Jets::default();
        let graded = GaussMeasure::graded(&features);
        let energetic = graded.resolving_batch(RESOLUTION, &mut |z, y| {
            let field: Vec<f64> = z.iter().map(|z| root * z).collect();
            channel.fill(&field, o.v, None, &mut jets);
            let weight = |z: &f64| Data::Teacher.weight(*z, cosine, sine);
            y.clear();
            y.extend(z.iter().zip(&jets.value).map(|(z, f)| weight(z) * f));
        });
        Nodes::new(self.weight.graded(o.q_hat, o.m_hat), energetic)
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        const M: usize = 4;
        let seeded: [Dual2<M>; 3] = std::array::from_fn(|i| real::variable(x[i], i));
        let lifted = p.lift_with(control, real::variable::<M>(p.get(control), M - 1));
        let o = Order::new(&seeded, lifted.distance);
        let here = Order::new(x, p.distance);
        let (patterns, squared_bend) = self.energetic((&here, x), p, control, &rule.energetic);
        let (weights, squared_variance) = self.entropic(here.q_hat, here.m_hat, &rule.entropic);
        let own = match control {
            Control::Alpha | Control::Distance => Dual2::constant(0.0),
            _ => real::variable::<M>(p.get(control), M - 1),
        };
        let legendre = -(o.q_hat * o.v * 0.5) - o.overlap * o.m_hat;
        let entropic = weights.at([o.q_hat, o.m_hat]);
        let energetic = lifted.alpha * patterns.at([-o.v + 1.0, o.overlap, own]);
        let total = legendre + entropic + energetic;
        let (gradient, hessian) = (real::gradient(&total), real::hessian(&total));
        Evaluation {
            value: total.re,
            magnitude: legendre.re.abs() + entropic.re.abs() + energetic.re.abs(),
            gradient: DVector::from_column_slice(&gradient[..3]),
            hessian: DMatrix::from_fn(3, 3, |i, j| hessian[i][j]),
            control_slope: gradient[3],
            control_bend: hessian[3][3],
            mixed: DVector::from_fn(3, |i, _| hessian[i][3]),
            defect: 0.0,
            replicon: Some(1.0 - p.alpha * squared_bend * squared_variance),
        }
    }

    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = Order::new(x, p.distance);
        let new = Consistent::new(x, &o, gradient);
        vec![
            (new.v - o.v) / ((1.0 - o.v).max(SMALL) * o.v),
            (new.q_hat - o.q_hat) / o.q_hat.max(SMALL),
            (new.m_hat - o.m_hat) / o.m_hat.hypot(1.0),
        ]
    }

    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let o = Order::new(x, p.distance);
        let new = Consistent::new(x, &o, gradient);
        let share = (new.v / o.gap).clamp(1e-12, 1.0 - 1e-12);
        vec![
            ((1.0 - share) / share).ln(),
            new.q_hat.max(1e-14).ln(),
            new.m_hat.asinh(),
        ]
    }
}

impl Shell {
    /// Around the teacher of this model.
    ///
    /// # Errors
    /// [`NoNeighbourhood`] for priors of which distances have no theory.
    pub fn new(prior: Arc<dyn Prior>, loss: Arc<dyn Loss>) -> Result<Self, NoNeighbourhood> {
        let weight = Weight::new(prior)?;
        Ok(Shell { weight, loss })
    }

    /// What is found at each of the distances, in their order.
    pub fn curve(
        &self,
        p: &Parameters,
        distances: &[f64],
        tolerances: &Tolerances,
    ) -> Vec<LocalOutcome> {
        if let Some(reason) = refusal(&*self.loss, p) {
            return vec![LocalOutcome::Nothing(reason); distances.len()];
        }
        let first = match self.first(p, tolerances) {
            Ok(first) => first,
            Err(error) => return vec![error.into(); distances.len()],
        };
        let mut found = vec![LocalOutcome::NoSolution; distances.len()];
        for nearer in [true, false] {
            let mut path: Vec<usize> = (0..distances.len())
                .filter(|&i| (distances[i] <= first.0) == nearer)
                .collect();
            path.sort_by(|a, b| distances[*a].total_cmp(&distances[*b]));
            if nearer {
                path.reverse();
            }
            let mut at = Ok(first.clone());
            for i in path {
                at = at.and_then(|at| self.walk(at, distances[i], p, tolerances));
                found[i] = match &at {
                    Ok((d, solution)) => LocalOutcome::States(vec![self.state(*d, solution, p)]),
                    Err(error) => (*error).into(),
                };
            }
        }
        found
    }

    /// A point at a distance where one is easily found.
    fn first(
        &self,
        p: &Parameters,
        tolerances: &Tolerances,
    ) -> Result<(f64, Solution), NotConverged> {
        let mut error = NotConverged::Escaped;
        for distance in ANCHORS {
            let here = Parameters { distance, ..*p };
            let overlap = 1.0 - 2.0 * distance;
            let gap = 1.0 - overlap * overlap;
            // As if the probe were as near to the teacher as to another probe.
            let field = overlap / gap;
            let start = [overlap.ln(), field.ln(), field.asinh()];
            let target = tolerances.handover;
            let solved = anderson::anderson(self, &start, &here, target, tolerances)
                .and_then(|(x, _)| saddle::solve(self, &x, &here, Control::Distance, tolerances));
            match solved {
                Ok(solution) => return Ok((distance, solution)),
                Err(e) => error = e,
            }
        }
        Err(error)
    }

    /// From one distance to another along the tangent.
    fn walk(
        &self,
        mut at: (f64, Solution),
        target: f64,
        p: &Parameters,
        tolerances: &Tolerances,
    ) -> Result<(f64, Solution), NotConverged> {
        let mut longest = STEPS.0;
        while at.0 != target {
            let left = (target / at.0).ln();
            let step = left.clamp(-longest, longest);
            let next = if step == left {
                target
            } else {
                at.0 * step.exp()
            };
            let mut x = at.1.x.clone();
            for (x, slope) in x.iter_mut().zip(at.1.tangent.iter().flatten()) {
                *x += (slope * (next - at.0)).clamp(-2.0, 2.0);
            }
            let here = Parameters {
                distance: next,
                ..*p
            };
            match saddle::solve(self, &x, &here, Control::Distance, tolerances) {
                Ok(solution) => {
                    at = (next, solution);
                    longest = (longest * 1.5).min(STEPS.0);
                }
                Err(error) => {
                    longest = 0.4 * step.abs();
                    if longest < STEPS.1 {
                        return Err(error);
                    }
                }
            }
        }
        Ok(at)
    }

    fn state(&self, distance: f64, solution: &Solution, p: &Parameters) -> LocalState {
        let here = Parameters { distance, ..*p };
        let o = Order::new(&solution.x, distance);
        let Thermodynamics {
            training_loss,
            entropy,
            error,
        } = thermodynamics(self, solution, &here);
        let apart = solution.moved.as_ref().map_or(f64::INFINITY, |x| {
            let there = Order::new(x, distance);
            let conjugates = relative(o.q_hat, there.q_hat).max(relative(o.m_hat, there.m_hat));
            (o.v - there.v).abs().max(conjugates)
        });
        LocalState {
            distance,
            branch: "1".to_owned(),
            observables: LocalObservables {
                overlap: o.overlap,
                entropy,
                ball: self.weight.ball(o.overlap),
                free_entropy: p.beta.is_finite().then_some(solution.value),
                field: Some(0.5 * solution.control_slope),
                q: Some(1.0 - o.v),
                q_hat: Some(o.q_hat),
                s_hat: Some(o.m_hat),
                training_loss: Some(training_loss),
                at_stability: solution.replicon,
                ..LocalObservables::default()
            },
            potential: [
                solution.value,
                solution.control_slope,
                solution.control_bend.unwrap_or(f64::NAN),
            ],
            residual: solution.residual,
            error_estimate: error.max(apart),
            x: solution.x.clone(),
            group: None,
            discrete: self.weight.prior().has_atoms(),
            reference: Status::Ok,
        }
    }
}
