//! Theory against simulation, as a table.

use super::run_error::RunError;
use crate::ask::Comparison;
use crate::experiment::validation::Row;
use crate::experiment::validation::rank::{normal_quantiles, positions};
use crate::observer::Observer;
use crate::record::{Table, Value};

const COLUMNS: [&str; 19] = [
    "check",
    "quantity",
    "weights",
    "data",
    "loss",
    "setting",
    "algorithm",
    "n",
    "alpha",
    "samples",
    "theory",
    "simulation",
    "standard_error",
    "z",
    "judged",
    "position",
    "normal_quantile",
    "status",
    "reason",
];

/// The table without its rows.
pub(super) fn empty() -> Table {
    Table::new(COLUMNS)
}

/// The table of rows that were compared.
pub fn comparison_table(comparison: &Comparison, rows: &[Row]) -> Table {
    let mut table = Table::new(COLUMNS);
    let (positions, quantiles) = (positions(rows), normal_quantiles(rows));
    for (i, row) in rows.iter().enumerate() {
        table.push(vec![
            row.check.name().into(),
            row.quantity.as_str().into(),
            row.weights.into(),
            row.data.into(),
            row.loss.into(),
            row.setting.as_deref().map_or(Value::Null, Value::from),
            row.algorithm.into(),
            row.n.map_or(Value::Null, count),
            row.alpha.into(),
            count(row.samples),
            row.theory.into(),
            row.simulation.map(|s| s.value).into(),
            row.simulation.map(|s| s.error).into(),
            row.z().into(),
            row.judged.into(),
            positions[i].into(),
            quantiles[i].into(),
            row.verdict(comparison.sigmas).name().into(),
            row.reason.as_deref().map_or(Value::Null, Value::from),
        ]);
    }
    table
}

/// The table, computed.
///
/// # Errors
/// [`RunError::Interrupted`] without rows where the observer stopped it.
pub(super) fn run(comparison: &Comparison, observer: &dyn Observer) -> Result<Table, RunError> {
    match comparison.validation.run(observer) {
        Ok(Some(rows)) => Ok(comparison_table(comparison, &rows)),
        Ok(None) => Err(RunError::Interrupted(empty())),
        Err(refused) => Err(RunError::Invalid(refused.to_string())),
    }
}

fn count(n: usize) -> Value {
    i64::try_from(n).map_or(Value::Null, Value::Int)
}
