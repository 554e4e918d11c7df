//! What surrounds a configuration of binary weights on one instance: how many solutions, and how
//! many errors.

use crate::error::InputError;
use crate::message_passing::Instance;
use crate::message_passing::bp::BeliefPropagation;
use crate::message_passing::bp_settings::BpSettings;
use crate::message_passing::local::LocalCurve;
use crate::message_passing::machine::Machine;
use crate::search::local_energy::{Disturbance, local_energy};

/// At a distance from a configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearby {
    /// The fraction of signs that differ.
    pub distance: f64,
    /// Logarithm of the number of solutions there, per weight (BP.17); none where messages did not
    /// converge.
    pub local_entropy: Option<f64>,
    /// Mean fraction of errors of configurations there (BP.19).
    pub local_energy: f64,
}

/// Fields along the reference are scanned in steps of this size.
const STEP: f64 = 0.05;
/// Strongest field: beyond it a dozen weights are left free at N = 1001.
const STRONGEST: f64 = 3.5;
/// How far the strongest field is beyond the one at which free weights are at the least distance.
const BEYOND: f64 = 0.5;
/// Configurations that an energy is averaged over.
const REPETITIONS: usize = 20;

/// Local entropy and local energy around `reference` at each of the distances.
///
/// # Errors
/// A reference whose values are not all ±1, and machines that it does not fit.
pub(super) fn nearby(
    instance: &Instance,
    machine: Machine,
    (reference, distances): (&[f64], &[f64]),
    (seed, sample): (u64, u64),
) -> Result<Vec<Nearby>, InputError> {
    let patterns = &instance.patterns;
    let curve = curve(instance, machine, reference, distances)?;
    let near = |distance: &f64| {
        let flips = Disturbance::Flips {
            fraction: *distance,
        };
        let energy = local_energy(
            patterns,
            machine,
            reference,
            flips,
            REPETITIONS,
            seed,
            sample,
        )?;
        Ok(Nearby {
            distance: *distance,
            local_entropy: curve.entropy_at(*distance),
            local_energy: energy.mean,
        })
    };
    distances.iter().map(near).collect()
}

/// From the strongest field through none to the one that reaches the largest distance.
fn curve(
    instance: &Instance,
    machine: Machine,
    reference: &[f64],
    distances: &[f64],
) -> Result<LocalCurve, InputError> {
    let least = distances.iter().copied().fold(0.5, f64::min);
    let most = distances.iter().copied().fold(0.0, f64::max);
    let strongest = ((1.0 - 2.0 * least).atanh() + BEYOND).min(STRONGEST);
    let steps = (strongest / STEP).ceil() as i32;
    let settings = BpSettings {
        damping: 0.3,
        max_sweeps: 300,
        ..BpSettings::default()
    };
    let mut bp = BeliefPropagation::<f64>::new(&instance.patterns, machine, settings)?;
    let mut all = LocalCurve { points: Vec::new() };
    for step in (-steps..=steps).rev() {
        let gamma = [f64::from(step) * STEP];
        let next = LocalCurve::by_belief_propagation(&mut bp, reference, &gamma)?;
        all.points.extend(next.points);
        let reached = all.points.last().copied().flatten();
        if reached.is_some_and(|point| point.distance >= most) {
            break;
        }
    }
    Ok(all)
}
