//! Configurations at a distance from a teacher, which is a typical solution of its own patterns
//! (FP.23): the free entropy of the teacher problem at a fixed overlap `m = S`.
//!
//! | symbol | meaning | coordinate |
//! | --- | --- | --- |
//! | `v = 1-q` | variance of the probe | `t`, `v = (1-S²) σ(-t)`: `q` is never below `S²` |
//! | `q̂` | its conjugate | `ln q̂` |
//! | `m̂` | conjugate of `S` | `asinh m̂` |

use super::point::{LocalObservables, LocalOutcome, LocalState};
use crate::math::Real;
use crate::model::{
    Control, Data, Parameters,
    scalar::{Loss, Prior},
};
use crate::replica::free_entropy::{FreeEntropy, Terms, differentiate};
use crate::replica::observables::Ansatz;
use crate::replica::scalar::Rs;
use crate::replica::state::Status;
use crate::solve::{
    Evaluation, Nodes, NotConverged, Solution, Stationary, Tolerances, anderson, saddle,
};
use nalgebra::DVector;

/// Distances at which a first point is looked for.
const ANCHORS: [f64; 5] = [0.25, 0.15, 0.35, 0.08, 0.45];
/// Longest and shortest step in `ln d`.
const STEPS: (f64, f64) = (0.35, 1e-3);
/// Conjugates below this are solved to absolute accuracy.
const SMALL: f64 = 1e-3;

/// The teacher problem at a fixed distance from the teacher.
pub struct Shell<P, L>(Rs<P, L, 5>);

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

/// The coordinates of the teacher problem (RS.12) at the same point.
fn unconstrained<D: Real>(x: &[D], distance: D) -> [D; 4] {
    let o = Order::new(x, distance);
    let q = -o.v + 1.0;
    // √q times the sine of the angle to the teacher, without cancellation.
    let across = (o.gap * x[0].logistic()).sqrt();
    [
        (q / o.v).ln(),
        x[1],
        // Arsinh of the cotangent of that angle: artanh of its cosine.
        ((o.overlap + q.sqrt()) / across).ln(),
        x[2],
    ]
}

impl<P: Prior, L: Loss> FreeEntropy<4> for Shell<P, L> {
    fn terms<D: Real>(&self, x: &[D], p: &Parameters<D>, rule: &Nodes) -> Terms<D> {
        self.0.terms(&unconstrained(x, p.distance), p, rule)
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

impl<P: Prior, L: Loss> Stationary for Shell<P, L> {
    fn dimension(&self) -> usize {
        3
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        self.0.freeze(&unconstrained(x, p.distance), p)
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        differentiate(self, x, p, control, rule)
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

impl<P: Prior, L: Loss> Shell<P, L> {
    /// Around the teacher of this model.
    pub fn new(prior: P, loss: L) -> Self {
        Shell(Rs::new(prior, loss, Data::Teacher))
    }

    /// What is found at each of the distances, in their order.
    pub fn curve(
        &self,
        p: &Parameters,
        distances: &[f64],
        tolerances: &Tolerances,
    ) -> Vec<LocalOutcome> {
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
                    Ok((d, solution)) => LocalOutcome::Found(vec![self.state(*d, solution, p)]),
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
        let rule = self.freeze(&solution.x, &here).refined();
        let x = unconstrained(&solution.x, distance);
        let seen = self.0.observables(&x, solution.value, &here, &rule);
        let overlap = 1.0 - 2.0 * distance;
        LocalState {
            distance,
            branch: "1".to_owned(),
            observables: LocalObservables {
                overlap,
                entropy: seen.entropy.unwrap_or(solution.value),
                ball: self.0.prior.ball(overlap),
                free_entropy: seen.free_entropy,
                field: Some(0.5 * solution.control_slope),
                q: seen.q,
                q_hat: seen.q_hat,
                s_hat: seen.m_hat,
                training_loss: seen.training_loss,
                at_stability: seen.at_stability,
                ..LocalObservables::default()
            },
            potential: [
                solution.value,
                solution.control_slope,
                solution.control_bend.unwrap_or(f64::NAN),
            ],
            residual: solution.residual,
            error_estimate: solution.value_error,
            x: solution.x.clone(),
            group: None,
            discrete: self.0.prior.is_discrete(),
            reference: Status::Ok,
        }
    }
}
