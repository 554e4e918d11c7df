//! Classifiers of a mixture in closed form, as a table.

use super::gather::{Rows, gather};
use super::quantities::{of_classifiers, of_trust};
use super::run_error::RunError;
use crate::ask::choice::MIXTURE;
use crate::ask::classifiers::{CLASSIFIER, PARAMETERS};
use crate::ask::{Parameter, Point, Request};
use crate::observer::Observer;
use crate::record::{Table, Value};
use crate::replica::closed_form::classifier::ClosedForm;
use crate::replica::state::Status;

/// Rounding of a closed form.
const ROUNDING: f64 = 1e-15;

/// The table that answers a request, without its rows.
pub(super) fn empty(request: &Request) -> Table {
    let mut columns = vec!["data", CLASSIFIER];
    columns.extend(inputs(request).map(Parameter::name));
    columns.extend(of_classifiers().iter().map(|c| c.0));
    columns.extend(of_trust());
    Table::new(columns)
}

fn inputs(request: &Request) -> impl Iterator<Item = Parameter> {
    let asked = |p: &Parameter| request.grid.axes().iter().any(|a| a.parameter == *p);
    PARAMETERS.into_iter().filter(asked)
}

/// Answers a request: a row a classifier at each grid point.
///
/// # Errors
/// As [`super::run()`].
pub(super) fn run(request: &Request, observer: &dyn Observer) -> Result<Table, RunError> {
    let points: Vec<Point> = request.grid.iter().collect();
    let answer = |point: &Point| rows(request, point);
    let weight = |_: &Point| request.classifiers.len();
    gather(empty(request), &points, weight, answer, observer)
}

fn rows(request: &Request, point: &Point) -> Rows {
    let (Some(mixture), Some(alpha)) = (point.mixture().mixture, point.alpha) else {
        return Rows::new();
    };
    let columns = of_classifiers();
    let row = |form: &ClosedForm| {
        let found = form.at(&mixture, alpha);
        let found = point.norm.map_or(found, |norm| found.of_norm(norm));
        let mut row: Vec<Value> = vec![MIXTURE.into(), form.name().into()];
        row.extend(inputs(request).map(|p| Value::from(point.get(p))));
        row.extend(
            columns
                .iter()
                .map(|(_, read)| Value::from(read(&found, &mixture))),
        );
        row.extend([0.0.into(), ROUNDING.into(), Value::Null]);
        row.extend([Status::Ok.name().into(), Value::Null]);
        row
    };
    request.classifiers.iter().map(row).collect()
}
