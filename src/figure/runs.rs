//! From a table to runs of points: conditions, gaps, one curve a value.

use std::collections::BTreeSet;

use crate::ask::recipe::{Condition, Coordinate, Literal, Match};
use crate::record::{Table, Value};
use crate::replica::state::Status;

/// A point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
    /// Half length of the horizontal error bar; 0 where there is none.
    pub dx: f64,
    /// Lengths of the vertical one, down and up.
    pub dy: [f64; 2],
    /// Whether the point is a row of the table; else it was interpolated at a bound.
    pub exact: bool,
}

/// Which columns make a curve.
pub(super) struct Columns<'a> {
    pub x: Coordinate,
    pub y: Coordinate,
    pub x_error: Option<&'a str>,
    pub y_error: Option<&'a str>,
    pub y_interval: Option<[&'a str; 2]>,
}

/// Points without a gap.
pub(super) type Run = Vec<Point>;

/// The runs of the rows that match and can be trusted, and how many rows match.
///
/// A missing value breaks the line. So does a row that cannot be trusted or does not match an
/// equality, unless a row that is kept has the same abscissa: rows of another branch may stand in
/// between, but where the wanted branch does not exist, the line does not bridge the hole. A range
/// cuts the line exactly at its bounds.
pub(super) fn runs(table: &Table, columns: &Columns, filter: &Match) -> (Vec<Run>, usize) {
    let rows = 0..table.rows().len();
    let matching = rows.clone().filter(|r| equal(table, *r, filter)).count();
    let kept: Vec<bool> = rows
        .map(|row| equal(table, row, filter) && trusted(table, row, filter))
        .collect();
    let abscissa = |row| coordinate(table, row, &columns.x);
    let places: BTreeSet<u64> = (0..kept.len())
        .filter(|r| kept[*r])
        .filter_map(abscissa)
        .map(f64::to_bits)
        .collect();
    let ranges: Vec<(&str, f64, f64)> = filter
        .iter()
        .filter_map(|(column, condition)| match condition {
            Condition::Between { min, max } => Some((column.as_str(), *min, *max)),
            Condition::OneOf(_) => None,
        })
        .collect();
    let mut cutter = Cutter {
        ranges: &ranges,
        runs: vec![Vec::new()],
        last: None,
    };
    for (row, kept) in kept.iter().enumerate() {
        if !kept {
            if abscissa(row).is_none_or(|x| !places.contains(&x.to_bits())) {
                cutter.gap();
            }
            continue;
        }
        let bounded: Option<Vec<f64>> = ranges
            .iter()
            .map(|(column, ..)| number(table, row, column))
            .collect();
        match (point(table, row, columns), bounded) {
            (Some(point), Some(bounded)) => cutter.push(point, bounded),
            _ => cutter.gap(),
        }
    }
    let runs = cutter
        .runs
        .into_iter()
        .filter(|run| !run.is_empty())
        .collect();
    (runs, matching)
}

fn point(table: &Table, row: usize, columns: &Columns) -> Option<Point> {
    let bar = |column: Option<&str>| {
        column
            .and_then(|c| number(table, row, c))
            .map_or(0.0, f64::abs)
    };
    let y = coordinate(table, row, &columns.y)?;
    let dy = match columns.y_interval {
        Some(ends) => ends.map(|end| number(table, row, end).map_or(0.0, |end| (end - y).abs())),
        None => [bar(columns.y_error); 2],
    };
    Some(Point {
        x: coordinate(table, row, &columns.x)?,
        y,
        dx: bar(columns.x_error),
        dy,
        exact: true,
    })
}

fn coordinate(table: &Table, row: usize, coordinate: &Coordinate) -> Option<f64> {
    match coordinate {
        Coordinate::Column(column) => number(table, row, column),
        Coordinate::Constant(value) => Some(*value),
    }
}

/// The rows that match and have a point, but are not drawn because of their status, in order of
/// appearance: each status with the number of its rows.
pub(super) fn left_out<'a>(
    table: &'a Table,
    columns: &Columns,
    filter: &Match,
) -> Vec<(&'a str, usize)> {
    let mut out: Vec<(&str, usize)> = Vec::new();
    for row in 0..table.rows().len() {
        let drawn = trusted(table, row, filter) || !matches(table, row, filter);
        if drawn || point(table, row, columns).is_none() {
            continue;
        }
        let Some(Value::Text(status)) = table.get(row, STATUS) else {
            continue;
        };
        match out.iter_mut().find(|(known, _)| known == status) {
            Some((_, count)) => *count += 1,
            None => out.push((status, 1)),
        }
    }
    out
}

/// Whether a row may be drawn: its status is none of those of results that are not `ok`, or the
/// conditions speak of it.
pub(super) fn trusted(table: &Table, row: usize, filter: &Match) -> bool {
    let doubtful = match table.get(row, STATUS) {
        Some(Value::Text(status)) => Status::ALL
            .into_iter()
            .any(|s| s != Status::Ok && s.name() == status),
        _ => false,
    };
    !doubtful || filter.contains_key(STATUS)
}

/// The column that says how far a row can be trusted.
pub(super) const STATUS: &str = "status";

/// A finite number of a table.
pub(super) fn number(table: &Table, row: usize, column: &str) -> Option<f64> {
    table
        .get(row, column)?
        .as_number()
        .filter(|x| x.is_finite())
}

/// Whether a row matches all equalities (ranges are dealt with along the line).
fn equal(table: &Table, row: usize, filter: &Match) -> bool {
    filter.iter().all(|(column, condition)| match condition {
        Condition::Between { .. } => true,
        Condition::OneOf(allowed) => {
            let value = table.get(row, column).unwrap_or(&Value::Null);
            allowed.iter().any(|literal| same(value, literal))
        }
    })
}

fn same(value: &Value, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::Bool(a), Literal::Bool(b)) => a == b,
        (Value::Text(a), Literal::Text(b)) => a == b,
        // A file's column of branch numbers may be read as numbers or as words.
        (value, Literal::Text(b)) => b
            .parse()
            .is_ok_and(|b: f64| same(value, &Literal::Number(b))),
        (Value::Text(a), Literal::Number(b)) => a.parse().is_ok_and(|a: f64| a == *b),
        (value, Literal::Number(b)) => value
            .as_number()
            .is_some_and(|a| a == *b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs())),
        _ => false,
    }
}

/// Rows that match all ranges at a point of their own (for a first value).
pub(super) fn matches(table: &Table, row: usize, filter: &Match) -> bool {
    equal(table, row, filter)
        && filter.iter().all(|(column, condition)| match condition {
            Condition::OneOf(_) => true,
            Condition::Between { min, max } => {
                number(table, row, column).is_some_and(|v| (*min..=*max).contains(&v))
            }
        })
}

/// Builds runs and cuts them where a bounded column crosses its bounds.
struct Cutter<'a> {
    ranges: &'a [(&'a str, f64, f64)],
    runs: Vec<Run>,
    last: Option<(Point, Vec<f64>)>,
}

impl Cutter<'_> {
    fn gap(&mut self) {
        self.last = None;
        if self.runs.last().is_some_and(|run| !run.is_empty()) {
            self.runs.push(Vec::new());
        }
    }

    fn push(&mut self, point: Point, bounded: Vec<f64>) {
        let inside = self
            .ranges
            .iter()
            .zip(&bounded)
            .all(|((_, min, max), v)| (*min..=*max).contains(v));
        let visible = self.last.take().and_then(|(a, va)| {
            self.visible(&va, &bounded)
                .map(|(enter, leave)| (a, enter, leave))
        });
        match visible {
            Some((a, enter, leave)) => {
                if enter > 0.0 {
                    self.gap();
                    self.add(between(&a, &point, enter));
                }
                if leave < 1.0 {
                    self.add(between(&a, &point, leave));
                    self.gap();
                } else {
                    self.add(point);
                }
            }
            None => {
                self.gap();
                if inside {
                    self.add(point);
                }
            }
        }
        self.last = Some((point, bounded));
    }

    fn add(&mut self, point: Point) {
        if let Some(run) = self.runs.last_mut() {
            run.push(point);
        }
    }

    /// The part of a step in which all bounded columns keep their bounds.
    fn visible(&self, from: &[f64], to: &[f64]) -> Option<(f64, f64)> {
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for ((_, min, max), (a, b)) in self.ranges.iter().zip(from.iter().zip(to)) {
            if a == b {
                if !(*min..=*max).contains(a) {
                    return None;
                }
                continue;
            }
            let (t0, t1) = ((min - a) / (b - a), (max - a) / (b - a));
            enter = enter.max(t0.min(t1));
            leave = leave.min(t0.max(t1));
        }
        (enter < leave).then_some((enter, leave))
    }
}

fn between(a: &Point, b: &Point, t: f64) -> Point {
    let mix = |a: f64, b: f64| a + t * (b - a);
    Point {
        x: mix(a.x, b.x),
        y: mix(a.y, b.y),
        dx: 0.0,
        dy: [0.0; 2],
        exact: false,
    }
}

/// The distinct values of a column among the rows that match equalities and can be trusted, in order
/// of appearance.
pub(super) fn distinct(table: &Table, column: &str, filter: &Match) -> Vec<Literal> {
    let mut values: Vec<Literal> = Vec::new();
    for row in 0..table.rows().len() {
        let literal = match table.get(row, column) {
            Some(Value::Text(text)) => Literal::Text(text.clone()),
            Some(Value::Bool(b)) => Literal::Bool(*b),
            Some(value) => match value.as_number() {
                Some(number) => Literal::Number(number),
                None => continue,
            },
            None => continue,
        };
        let kept = equal(table, row, filter) && trusted(table, row, filter);
        if kept && !values.contains(&literal) {
            values.push(literal);
        }
    }
    values
}
