//! Stabilities of patterns under the classifier that learns all the others (MX.83).

use super::dense::{Dense, scaled_cholesky};
use super::training::Task;
use super::{Minimum, Training};
use crate::model::loss::Loss;
use crate::model::{Bias, Constraint, Parameters, registry};
use nalgebra::DVector;

/// The stability of each pattern under the minimiser that was found without it: exactly for the square
/// loss, to the first step of Newton's method for other smooth losses. None for losses with kinks,
/// given norms, and patterns too many to factorise.
pub fn stabilities_left_out(
    training: &Training,
    loss: &str,
    p: &Parameters,
    (bias, constraint): (Bias, Constraint),
    minimum: &Minimum,
) -> Option<Vec<f64>> {
    let loss = registry::loss(loss).filter(|loss| !loss.jumps())?;
    let kinked = crate::model::loss::features_of(&*loss, p)
        .iter()
        .any(|f| f.width == 0.0);
    if kinked {
        return None;
    }
    let task = Task {
        training,
        bias,
        constraint,
    };
    let dense = Dense::new(task)?;
    let stabilities = training.stabilities(&minimum.weights, minimum.bias);
    left_out(&dense, &*loss, p, &stabilities)
}

fn left_out(dense: &Dense, loss: &dyn Loss, p: &Parameters, at: &[f64]) -> Option<Vec<f64>> {
    let jets: Vec<[f64; 3]> = at.iter().map(|s| loss.energy(*s, p)).collect();
    let mut bent = dense.rows.clone();
    let roots = DVector::from_iterator(at.len(), jets.iter().map(|jet| jet[2].max(0.0).sqrt()));
    for mut column in bent.column_iter_mut() {
        column.component_mul_assign(&roots);
    }
    let mut hessian = bent.tr_mul(&bent);
    for (i, stiff) in dense.stiffness().iter().enumerate() {
        hessian[(i, i)] += stiff;
    }
    let factor = scaled_cholesky(hessian)?;
    let stability = |mu: usize| {
        let row = dense.rows.row(mu).transpose();
        let reach = row.dot(&factor.solve(&row));
        let [_, slope, bend] = jets[mu];
        // Nothing is left of a pattern that alone decides a direction.
        let kept = (1.0 - bend * reach).max(f64::EPSILON);
        at[mu] + slope * reach / kept
    };
    Some((0..at.len()).map(stability).collect())
}
