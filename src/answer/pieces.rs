//! What is computed at once of local entropies, and the cells that all their tables have.

use crate::ask::{Parameter, Point, Request};
use crate::record::Value;

/// Values of the columns that say how far a row can be trusted.
pub(super) type Trust = [Value; 5];

/// What is computed at once: a curve, or a critical value.
pub(super) struct Piece<'a, C> {
    pub(super) choice: Option<&'a C>,
    pub(super) point: Point,
    /// The distances of a curve.
    pub(super) distances: Vec<f64>,
}

/// Curves of all references, the first reference first, at all points of the other parameters.
pub(super) fn pieces<'a, C>(request: &Request, choices: &'a [C]) -> Vec<Piece<'a, C>> {
    let last = request.grid.axes().last();
    let curve = last.filter(|axis| axis.parameter == Parameter::Distance);
    let distances = curve.map(|axis| axis.values.clone()).unwrap_or_default();
    let points = request.grid.iter().step_by(distances.len().max(1));
    let points: Vec<Point> = points.collect();
    let of_reference = |choice| {
        let distances = distances.clone();
        let piece = move |&point: &Point| Piece {
            choice,
            point,
            distances: distances.clone(),
        };
        points.iter().map(piece)
    };
    if choices.is_empty() {
        return of_reference(None).collect();
    }
    choices
        .iter()
        .flat_map(|choice| of_reference(Some(choice)))
        .collect()
}

/// A number that is measured; one that is not finite does not exist.
pub(super) fn finite(x: Option<f64>) -> Value {
    x.filter(|x| x.is_finite()).into()
}
