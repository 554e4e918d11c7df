//! The replica-symmetric free entropy of a probe at a distance from a reference (FP.2).
//!
//! | symbol | meaning |
//! | --- | --- |
//! | `S`, `d` | overlap with the reference, distance `(1-S)/2`: the control parameter |
//! | `q`, `τ` | overlap of two probes; response `(S-t)/(1-q̃)` to the reference's own weights |
//! | `q̂`, `r̂`, `m̂` | conjugates (FP.13) |

use super::energetic::{GroundAverage, PatternAverage, Placed, ThermalAverage};
use super::entropic::{NoNeighbourhood, Weight};
use super::geometry::{Boundary, Consistent, Geometry, Overlaps};
use super::observables::{Thermodynamics, probe, refusal, thermodynamics};
use super::point::LocalObservables;
use super::reference::{Patterns, Reference};
use crate::math::real::{self, Dual2};
use crate::math::{Real, Rows};
use crate::model::loss::Loss;
use crate::model::prior::{Prior, is_discrete};
use crate::model::{Control, Parameters};
use crate::replica::reason::Reason;
use crate::solve::{Evaluation, Inner, Nodes, Solution, Stationary, Steps};
use nalgebra::{DMatrix, DVector};
use std::sync::Arc;

/// Number of coordinates.
const N: usize = 5;
/// Overlaps and conjugates below this are solved to absolute accuracy.
const SMALL: f64 = 1e-3;

/// A probe around a reference. [`Control::Distance`] moves it; derivatives with respect to any other
/// control parameter are at fixed reference.
#[derive(Clone, Debug)]
pub struct FranzParisi {
    weight: Weight,
    probe: Arc<dyn Loss>,
    reference: Reference,
}

/// A functional around a reference whose saddle points have observables.
pub trait LocalAnsatz: Stationary {
    /// The reference.
    fn reference(&self) -> &Reference;

    /// Whether weights are discrete.
    fn discrete(&self) -> bool;

    /// Why there is no probe at these parameters, whatever the distance.
    fn refusal(&self, p: &Parameters) -> Option<Reason>;

    /// Order parameters at coordinates `x`: `v/(1-S²)`, `τ`, and `asinh` of `q̂`, `r̂`, `m̂`.
    fn order_parameters(&self, x: &[f64], p: &Parameters) -> [f64; 5];

    /// Every observable at a saddle point, and the error of the local entropy.
    fn observe(&self, solution: &Solution, p: &Parameters) -> (LocalObservables, f64);
}

/// The energetic average and how it depends on the overlaps.
enum Energetic<'a> {
    Thermal(ThermalAverage<'a>),
    Ground(GroundAverage<'a>),
}

impl FranzParisi {
    /// A probe of this loss around a reference of the same prior.
    ///
    /// # Errors
    /// [`NoNeighbourhood`] for priors of which distances have no theory.
    pub fn new(
        prior: Arc<dyn Prior>,
        probe: Arc<dyn Loss>,
        reference: Reference,
    ) -> Result<Self, NoNeighbourhood> {
        Ok(FranzParisi {
            weight: Weight::new(prior)?,
            probe,
            reference,
        })
    }

    fn energetic(&self) -> Energetic<'_> {
        match &self.reference.patterns {
            Patterns::Thermal(patterns) => Energetic::Thermal(ThermalAverage {
                patterns,
                root: self.reference.q.sqrt(),
            }),
            Patterns::Ground(patterns) => Energetic::Ground(GroundAverage { patterns }),
        }
    }

    fn patterns(
        &self,
        g: &Geometry,
        p: &Parameters,
        control: Control,
        rule: &Nodes,
    ) -> PatternAverage {
        let probe = probe(&self.probe, p);
        // A rule of this functional has inner nodes.
        let none = Rows::default();
        let rows = rule.inner.energetic.as_ref().unwrap_or(&none);
        let nodes = (&rule.energetic, rows, rule.inner.table);
        match self.energetic() {
            Energetic::Thermal(e) => e.average(&probe, g, control, nodes),
            Energetic::Ground(e) => e.average(&probe, g, control, nodes),
        }
    }

    fn fields(&self, x: &[f64], p: &Parameters) -> [f64; 3] {
        Overlaps::from_coordinates(x, p.distance, &Boundary::of(&self.reference)).fields
    }
}

impl Stationary for FranzParisi {
    fn dimension(&self) -> usize {
        N
    }

    fn freeze(&self, x: &[f64], p: &Parameters) -> Nodes {
        let g = Geometry::new(x, p.distance, &self.reference);
        let probe = probe(&self.probe, p);
        let Placed {
            measure,
            rows,
            table,
        } = match self.energetic() {
            Energetic::Thermal(e) => e.place(&probe, &g),
            Energetic::Ground(e) => e.place(&probe, &g),
        };
        let around = &self.reference.around;
        let (entropic, inner) = self.weight.place(self.fields(x, p), around);
        Nodes {
            entropic,
            energetic: measure,
            negative: None,
            steps: Steps::default(),
            inner: Inner {
                entropic: inner,
                energetic: Some(rows),
                table,
            },
        }
    }

    fn evaluate(&self, x: &[f64], p: &Parameters, control: Control, rule: &Nodes) -> Evaluation {
        const M: usize = N + 1;
        let seeded: Vec<Dual2<M>> = (0..N).map(|i| real::variable(x[i], i)).collect();
        let lifted = p.lift_with(control, real::variable::<M>(p.get(control), N));
        let boundary = Boundary::of(&self.reference);
        // Newton's method works on the order parameters themselves: the curvature of their
        // coordinates, which multiplies equations that vanish at a saddle point, is left out.
        let o =
            Overlaps::from_coordinates(&seeded, lifted.distance, &boundary).map(real::first_order);
        let g = Geometry::new(x, p.distance, &self.reference);
        let patterns = self.patterns(&g, p, control, rule);
        let second = match self.reference.patterns {
            Patterns::Thermal(..) => o.overlap - o.tau * self.reference.around.v,
            Patterns::Ground(_) => o.tau,
        };
        let fourth = match control {
            Control::Alpha | Control::Distance => Dual2::<M>::constant(0.0),
            _ => real::variable::<M>(p.get(control), N),
        };
        let energetic = lifted.alpha * patterns.jet.at([-o.v + 1.0, second, o.overlap, fourth]);
        let [q_hat, r_hat, m_hat] = o.fields;
        let nodes = (&rule.entropic, rule.inner.entropic.as_ref());
        let weights = self.weight.average(o.fields, &self.reference.around, nodes);
        let legendre = -(m_hat * o.overlap) - r_hat * o.tau - q_hat * o.v * 0.5;
        let entropic = weights.value;
        let total = legendre + entropic + energetic;
        let magnitude = legendre.re.abs() + entropic.re.abs() + energetic.re.abs();
        let (gradient, hessian) = (real::gradient(&total), real::hessian(&total));
        Evaluation {
            value: total.re,
            magnitude,
            gradient: DVector::from_column_slice(&gradient[..N]),
            hessian: DMatrix::from_fn(N, N, |i, j| hessian[i][j]),
            control_slope: gradient[N],
            control_bend: hessian[N][N],
            mixed: DVector::from_fn(N, |i, _| hessian[i][N]),
            defect: (patterns.mass - 1.0).abs() * energetic.re.abs()
                + (weights.mass - 1.0).abs() * entropic.re.abs(),
            replicon: Some(1.0 - p.alpha * patterns.squared_bend * weights.squared_variance),
        }
    }

    fn residual(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let boundary = Boundary::of(&self.reference);
        let o = Overlaps::from_coordinates(x, p.distance, &boundary);
        let new = Consistent::new(x, &o, gradient, &boundary);
        let [q_hat, r_hat, m_hat] = o.fields;
        vec![
            (new.v - o.v) / ((1.0 - o.v).max(SMALL) * o.v),
            (new.q_hat - q_hat) / q_hat.abs().max(SMALL),
            (new.tau - o.tau) / o.gap.sqrt(),
            (new.r_hat - r_hat) / r_hat.hypot(1.0),
            (new.m_hat - m_hat) / m_hat.hypot(1.0),
        ]
    }

    fn iterate(&self, x: &[f64], p: &Parameters, gradient: &DVector<f64>) -> Vec<f64> {
        let boundary = Boundary::of(&self.reference);
        let o = Overlaps::from_coordinates(x, p.distance, &boundary);
        Consistent::new(x, &o, gradient, &boundary).coordinates(&o, &boundary)
    }

    /// No panel ends at a kink: nodes may lag behind.
    fn placement_tolerance(&self) -> f64 {
        0.1
    }

    fn admissible(&self, x: &[f64], p: &Parameters) -> bool {
        let o = Overlaps::from_coordinates(x, p.distance, &Boundary::of(&self.reference));
        o.v > 1e-14 && x.iter().all(|c| c.abs() < 40.0)
    }
}

impl LocalAnsatz for FranzParisi {
    fn reference(&self) -> &Reference {
        &self.reference
    }

    fn discrete(&self) -> bool {
        is_discrete(self.weight.prior())
    }

    fn refusal(&self, p: &Parameters) -> Option<Reason> {
        refusal(&*self.probe, p)
    }

    fn order_parameters(&self, x: &[f64], p: &Parameters) -> [f64; 5] {
        let o = Overlaps::from_coordinates(x, p.distance, &Boundary::of(&self.reference));
        let [q_hat, ..] = o.fields;
        [o.v / o.gap, o.tau, q_hat.asinh(), x[3], x[4]]
    }

    fn observe(&self, solution: &Solution, p: &Parameters) -> (LocalObservables, f64) {
        let g = Geometry::new(&solution.x, p.distance, &self.reference);
        let Thermodynamics {
            training_loss,
            entropy,
            error,
        } = thermodynamics(self, solution, p);
        let around = &self.reference.around;
        let fields = self.fields(&solution.x, p);
        let t_hat = (around.v > 0.0).then(|| fields[1] / around.v);
        let observables = LocalObservables {
            overlap: g.overlap,
            entropy,
            ball: self.weight.ball(g.overlap),
            free_entropy: p.beta.is_finite().then_some(solution.value),
            field: Some(0.5 * solution.control_slope),
            q: Some(g.q),
            q_hat: Some(fields[0]),
            t: (around.v > 0.0).then_some(g.t),
            t_hat,
            s_hat: t_hat.map(|t_hat| t_hat + fields[2]),
            training_loss: Some(training_loss),
            at_stability: solution.replicon,
            ..LocalObservables::default()
        };
        (observables, error)
    }
}
