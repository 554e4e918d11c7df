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
use crate::math::Real;
use crate::math::real::{self, Dual2};
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
