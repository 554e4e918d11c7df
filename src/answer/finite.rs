//! No answer is infinite: where the arithmetic ends, a row says that it does.

use crate::ask::Parameter;
use crate::record::{Table, Value};
use crate::replica::state::Status;

/// Columns in which ±∞ was asked for.
const ASKED: [&str; 2] = ["beta", "reference_beta"];

const REASON: &str = "beyond the range of the arithmetic";

/// The table with infinite numbers taken out of its rows. A row that had one and was trusted is not
/// converged: it has no other number either, besides those that were asked for.
pub(super) fn finite(table: Table) -> Table {
    let infinite = |cell: &Value| matches!(cell, Value::Num(x) if x.is_infinite());
    let columns = table.columns().to_vec();
    let beyond = |row: &[Value]| {
        let mut cells = columns.iter().zip(row);
        cells.any(|(name, cell)| infinite(cell) && !ASKED.contains(&name.as_str()))
    };
    if !table.rows().iter().any(|row| beyond(row)) {
        return table;
    }
    let trusted = [Status::Ok, Status::RsUnstable].map(|status| Value::from(status.name()));
    let (status, reason) = (table.position("status"), table.position("reason"));
    let mut out = Table::new(columns.iter().cloned());
    for row in table.rows() {
        let mut row = row.clone();
        if beyond(&row) {
            let failed = status.filter(|i| trusted.contains(&row[*i]));
            for (name, cell) in columns.iter().zip(&mut row) {
                let asked = ASKED.contains(&name.as_str());
                let number = matches!(cell, Value::Num(_)) && failed.is_some();
                if !asked && (infinite(cell) || (number && !is_input(name))) {
                    *cell = Value::Null;
                }
            }
            if let Some(i) = failed {
                row[i] = Status::NotConverged.name().into();
                reason.into_iter().for_each(|i| row[i] = REASON.into());
            }
        }
        out.push(row);
    }
    out
}

fn is_input(name: &str) -> bool {
    Parameter::ALL.iter().any(|p| p.name() == name) || name == "seconds"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_beyond_the_arithmetic_says_so() {
        let mut table = Table::new(["alpha", "beta", "q", "m", "status", "reason"]);
        let infinity = f64::INFINITY;
        let row = |q: f64, m: f64, status: &str| {
            let reason = Value::Null;
            vec![
                1.0.into(),
                infinity.into(),
                q.into(),
                m.into(),
                status.into(),
                reason,
            ]
        };
        table.push(row(0.5, 0.25, "ok"));
        table.push(row(0.5, infinity, "ok"));
        table.push(row(0.5, -infinity, "no_solution"));
        let out = finite(table.clone());
        assert_eq!(out.rows()[0], table.rows()[0]);
        let beta = Value::Num(infinity);
        let failed = ["not_converged", REASON].map(Value::from);
        let mut expected = vec![1.0.into(), beta, Value::Null, Value::Null];
        expected.extend(failed);
        assert_eq!(out.rows()[1], expected);
        assert_eq!(out.get(2, "m"), Some(&Value::Null));
        assert_eq!(out.get(2, "q"), Some(&0.5.into()));
    }
}
