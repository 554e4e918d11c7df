//! What surrounds a configuration of binary weights on one instance: how many solutions, and how
//! many errors.

use crate::error::InputError;
use crate::message_passing::Instance;
use crate::message_passing::bp::BeliefPropagation;
use crate::message_passing::bp_settings::BpSettings;
use crate::message_passing::local_entropy::{LocalCurve, LocalEntropy};
use crate::message_passing::machine::Machine;
use crate::model::prior::{Binary, Prior};
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

/// Overlap of two configurations at this distance (FP.1).
pub fn overlap(distance: f64) -> f64 {
    1.0 - 2.0 * distance
}

impl Nearby {
    /// The local entropy less that of all configurations at this distance (FP.10).
    pub fn normalized_local_entropy(&self) -> Option<f64> {
        Some(self.local_entropy? - Binary.ball(overlap(self.distance))?)
    }
}

/// Fields along the reference are scanned in steps of this size.
const STEP: f64 = 0.05;
/// Strongest field: beyond it a dozen weights are left free at N = 1001.
const STRONGEST: f64 = 3.5;
/// How far the strongest field is beyond the one at which free weights are at the least distance.
const BEYOND: f64 = 0.5;
/// Fields in a row whose messages do not converge, after which a walk ends.
const GIVE_UP: usize = 2;
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

/// Inwards and outwards from where there is no field; where that gets stuck on the way in, from the
/// strongest field outwards as well: solutions near the reference may be a cluster of their own.
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
    let mut scan = Scan {
        bp: BeliefPropagation::new(&instance.patterns, machine, settings)?,
        reference,
        points: vec![None; 2 * steps as usize + 1],
        middle: steps,
    };
    let inside = scan.walk(0..=steps, least)?;
    scan.walk((-steps..0).rev(), most)?;
    if inside == Walk::Stuck {
        scan.walk((1..=steps).rev(), 1.0)?;
    }
    Ok(LocalCurve {
        points: scan.points,
    })
}

/// Points of the curve by their fields, the field of point `middle` being zero.
struct Scan<'a> {
    bp: BeliefPropagation<'a, f64>,
    reference: &'a [f64],
    points: Vec<Option<LocalEntropy>>,
    middle: i32,
}

/// How a walk along the fields ended.
#[derive(PartialEq)]
enum Walk {
    Done,
    Stuck,
}

impl Scan<'_> {
    /// From field to field, messages going on from one to the next, until the distance `goal` is
    /// passed, a point is met that is already known, or messages do not converge any more.
    fn walk(&mut self, fields: impl Iterator<Item = i32>, goal: f64) -> Result<Walk, InputError> {
        self.bp.reset();
        let (mut failed, mut first) = (0, None);
        for step in fields {
            let place = (step + self.middle) as usize;
            if self.points[place].is_some() {
                break;
            }
            let gamma = [f64::from(step) * STEP];
            let point = LocalCurve::by_belief_propagation(&mut self.bp, self.reference, &gamma)?;
            self.points[place] = point.points.first().copied().flatten();
            let Some(found) = self.points[place] else {
                failed += 1;
                if failed == GIVE_UP {
                    return Ok(Walk::Stuck);
                }
                continue;
            };
            failed = 0;
            let start: f64 = *first.get_or_insert(found.distance);
            if (start - goal) * (found.distance - goal) <= 0.0 {
                break;
            }
        }
        Ok(Walk::Done)
    }
}
