//! A row is the same whatever else is asked: every row of a grid against the same row asked alone,
//! bit for bit where the point is solved by itself, and within what both claim along a curve.

use quenched::answer::run;
use quenched::ask::{RawRequest, Request};
use quenched::observer::Silent;
use quenched::record::{Table, Value};

type Axes = &'static [(&'static str, &'static [&'static str])];

/// Options of one value.
type Fixed = &'static [(&'static str, &'static str)];

/// Columns that say how a row was reached rather than what it is.
const PATH: [&str; 2] = ["residual", "error_estimate"];

fn ask(
    verb: &str,
    quantity: Option<&str>,
    fixed: &[(&str, &str)],
    axes: &[(&str, String)],
) -> Table {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let options = fixed.iter().map(own);
    let lists = axes
        .iter()
        .map(|(name, list)| ((*name).to_owned(), list.clone()));
    let raw = RawRequest {
        verb: verb.to_owned(),
        quantity: quantity.map(str::to_owned),
        options: options.chain(lists).collect(),
        ..RawRequest::default()
    };
    let request = Request::new(&raw).unwrap_or_else(|e| panic!("{raw:?}: {e}"));
    run(&request, &Silent).unwrap_or_else(|e| panic!("{raw:?}: {e}"))
}

fn number(table: &Table, row: usize, column: &str) -> Option<f64> {
    table.get(row, column).and_then(Value::as_number)
}

/// Rows of a table at these values of the axes.
fn rows_at(table: &Table, point: &[(&str, String)]) -> Vec<usize> {
    let here = |row: &usize| {
        point.iter().all(|(axis, value)| {
            let wanted: f64 = value.parse().expect("a number");
            number(table, *row, axis) == Some(wanted)
        })
    };
    (0..table.rows().len()).filter(here).collect()
}

/// How often two rows agree bit for bit; what does not agree within the errors of both is printed.
fn compare(
    grid: &Table,
    alone: &Table,
    point: &[(&str, String)],
    failures: &mut Vec<String>,
) -> (usize, usize) {
    let rows = rows_at(grid, point);
    if rows.len() != alone.rows().len() || rows.is_empty() {
        let counts = (rows.len(), alone.rows().len());
        failures.push(format!("{point:?}: {counts:?} rows"));
        return (0, 0);
    }
    let mut same = 0;
    for (j, &i) in rows.iter().enumerate() {
        if grid.rows()[i] == alone.rows()[j] {
            same += 1;
            continue;
        }
        let error = |t: &Table, row: usize| number(t, row, "error_estimate").unwrap_or(0.0);
        let claimed = error(grid, i) + error(alone, j);
        let other = grid
            .columns()
            .iter()
            .filter(|c| !PATH.contains(&c.as_str()));
        for column in other {
            let (a, b) = (grid.get(i, column), alone.get(j, column));
            let close = match (number(grid, i, column), number(alone, j, column)) {
                (Some(a), Some(b)) => a == b || (a - b).abs() <= claimed * a.abs().max(1.0),
                _ => a == b,
            };
            if !close {
                failures.push(format!(
                    "{point:?} {column}: {a:?} {b:?}, claimed {claimed:e}"
                ));
            }
        }
    }
    (rows.len(), same)
}

/// Every point of the grid that `axes` span; the number of rows, and of those that agree bit for bit.
fn alone(verb: &str, quantity: Option<&str>, fixed: &[(&str, &str)], axes: Axes) -> (usize, usize) {
    let lists: Vec<(&str, String)> = axes.iter().map(|(a, l)| (*a, l.join(","))).collect();
    let grid = ask(verb, quantity, fixed, &lists);
    let mut points: Vec<Vec<(&str, String)>> = vec![Vec::new()];
    for (axis, values) in axes {
        let longer = points.iter().flat_map(|point| {
            values.iter().map(move |value| {
                let mut point = point.clone();
                point.push((*axis, (*value).to_owned()));
                point
            })
        });
        points = longer.collect();
    }
    let (mut failures, mut all, mut same) = (Vec::new(), 0, 0);
    for point in &points {
        let single = ask(verb, quantity, fixed, point);
        let (rows, equal) = compare(&grid, &single, point, &mut failures);
        all += rows;
        same += equal;
    }
    assert!(
        failures.is_empty(),
        "{verb} {quantity:?} {fixed:?}\n{}",
        failures.join("\n")
    );
    println!("{verb} {quantity:?} {fixed:?}: {same} of {all} rows bit for bit");
    (all, same)
}

#[test]
fn solutions() {
    let points: [(Fixed, Axes); 6] = [
        (
            &[("data", "teacher"), ("branches", "all")],
            &[("alpha", &["0.5", "1.3", "2.7"]), ("beta", &["1", "4"])],
        ),
        (
            &[("data", "teacher"), ("branches", "all")],
            &[("alpha", &["1.2", "1.49253", "1.49263"])],
        ),
        (
            &[("weights", "binary"), ("branches", "dominant")],
            &[
                ("alpha", &["0.2", "0.9"]),
                ("kappa", &["-0.5", "0.4"]),
                ("beta", &["0.7", "inf"]),
            ],
        ),
        (
            &[
                ("weights", "spherical"),
                ("loss", "hinge"),
                ("branches", "all"),
            ],
            &[("alpha", &["0.3", "2.5"]), ("beta", &["0.5", "30"])],
        ),
        (
            &[
                ("weights", "spherical"),
                ("data", "teacher"),
                ("loss", "square"),
                ("branches", "all"),
            ],
            &[("alpha", &["0.4", "1.7"]), ("beta", &["3", "inf"])],
        ),
        (
            &[
                ("weights", "binary"),
                ("loss", "cross-entropy"),
                ("alpha", "0.8"),
            ],
            &[("gamma", &["0.5", "3"]), ("beta", &["0.3", "8"])],
        ),
    ];
    for (fixed, axes) in points {
        let (all, same) = alone("solve", None, fixed, axes);
        assert_eq!(all, same, "{fixed:?}: a row is that of its point");
    }
}

#[test]
fn critical_values() {
    let points: [(&str, Fixed, Axes); 4] = [
        (
            "capacity",
            &[("weights", "binary")],
            &[("kappa", &["-1", "0", "0.7"])],
        ),
        (
            "capacity",
            &[("weights", "spherical")],
            &[("kappa", &["-1", "0.7"])],
        ),
        (
            "at",
            &[("weights", "spherical")],
            &[("kappa", &["-0.6", "-0.2"])],
        ),
        (
            "spinodal",
            &[("data", "teacher")],
            &[("beta", &["1.5", "3", "inf"])],
        ),
    ];
    for (quantity, fixed, axes) in points {
        let (all, same) = alone("threshold", Some(quantity), fixed, axes);
        assert_eq!(
            all, same,
            "{quantity} {fixed:?}: every point is solved by itself"
        );
    }
}

#[test]
fn local_entropies() {
    let points: [(Fixed, Axes); 5] = [
        (
            &[("reference", "typical")],
            &[
                ("alpha", &["0.3", "0.6"]),
                ("distance", &["0.02", "0.1", "0.3"]),
            ],
        ),
        (
            &[
                ("reference", "margin:0.2"),
                ("weights", "spherical"),
                ("alpha", "0.6"),
            ],
            &[("kappa", &["-0.1", "0.1"]), ("distance", &["0.03", "0.2"])],
        ),
        (
            &[("reference", "robust")],
            &[("alpha", &["0.3", "0.6"]), ("distance", &["0.02", "0.1"])],
        ),
        (
            &[("reference", "robust:5"), ("alpha", "0.5")],
            &[("distance", &["0.02", "0.1", "0.17"])],
        ),
        (
            &[
                ("data", "teacher"),
                ("weights", "spherical"),
                ("alpha", "0.462"),
            ],
            &[("beta", &["1", "5.78"]), ("distance", &["0.192", "0.244"])],
        ),
    ];
    for (fixed, axes) in points {
        alone("local-entropy", None, fixed, axes);
    }
}
