//! Costs with kinks, such as the hinge: minima of their Moreau envelopes shifted by multipliers,
//! which are smooth problems (MX.53).

use super::newton::{Cost, Slope};
use super::training::Point;
use crate::model::Parameters;
use crate::model::loss::Loss;
use crate::model::site::Jets;
use crate::model::tilted;
use nalgebra::DVector;
use std::cell::RefCell;

/// Most changes of the multipliers.
const ROUNDS: usize = 100;
/// Width of the first envelopes, and the narrowest one.
const WIDTH: f64 = 2.0;
const NARROWEST: f64 = 1e-4;
/// A mismatch that falls by less than this calls for narrower envelopes.
const FALL: f64 = 0.3;

/// Moves a point to the minimum of smooth costs, or until the gradient is below a goal.
pub(super) type Inner<'a> = dyn FnMut(&Cost, &mut Point, f64) -> Slope + 'a;

/// Moves `point` to the minimum: until gradient and mismatch of the stabilities are below `goal`, or
/// do not fall any more. Gives the last slope and the larger of the two.
pub(super) fn descend(
    (loss, p): (&dyn Loss, &Parameters),
    point: &mut Point,
    goal: f64,
    inner_descent: &mut Inner,
) -> (Slope, f64) {
    let m = point.fields.len();
    let mut multipliers = DVector::from_element(m, 0.0);
    let (mut width, mut before) = (WIDTH, f64::INFINITY);
    let jets = RefCell::new(Jets::default());
    let mut round = 0;
    loop {
        let cost = |mu: usize, s: f64| {
            let jets = &mut *jets.borrow_mut();
            tilted::envelope(loss, &[s + width * multipliers[mu]], width, p, None, jets);
            [-jets.value[0], -jets.slope[0], -jets.bend[0]]
        };
        // Multipliers that are far off need no exact minimum.
        let inner = (1e-2 * before.min(1.0)).max(0.1 * goal);
        let slope = inner_descent(&cost, point, inner);
        let mismatch = width * (&slope.slopes - &multipliers).amax();
        let residual = mismatch.max(slope.norm);
        multipliers.copy_from(&slope.slopes);
        round += 1;
        if residual <= goal || round == ROUNDS || !residual.is_finite() {
            return (slope, residual);
        }
        if mismatch > FALL * before {
            width = (0.25 * width).max(NARROWEST);
        }
        before = mismatch;
    }
}
