//! Special functions against tables computed to 50 digits.
//!
//! The tables in `tests/reference/special/` come from mpmath with 150 digits of working precision,
//! checked against 300; their first lines name the script (`special_tables.py`, beside them).

use quenched::math::special;
use std::path::Path;

/// Largest relative error of `f` over a table, ignoring values that leave the range of doubles.
fn worst(table: &str, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference/special")
        .join(table);
    let text = std::fs::read_to_string(path).expect("the table is part of the repository");
    let mut worst = (0.0, 0.0);
    let mut points = 0;
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if fields.get(2) != Some(&"ok") {
            continue;
        }
        let x: f64 = fields[0].parse().expect("a number");
        let exact: f64 = fields[1].parse().expect("a number");
        let error = if exact == 0.0 {
            f(x).abs()
        } else {
            (f(x) / exact - 1.0).abs()
        };
        assert!(error.is_finite(), "{table}: x = {x}");
        if error > worst.0 {
            worst = (error, x);
        }
        points += 1;
    }
    assert!(points > 100, "{table} has {points} points");
    worst
}

type Function = fn(f64) -> f64;

#[test]
fn tails_hold_fourteen_digits() {
    let checks: [(&str, Function); 7] = [
        ("ref-ln-h-mpmath.txt", special::ln_h),
        ("ref-ln-h-scaled-mpmath.txt", special::ln_h_scaled),
        ("ref-mills-mpmath.txt", special::mills),
        ("ref-excess-mpmath.txt", special::excess),
        ("ref-curvature-mpmath.txt", special::curvature),
        ("ref-variance-mpmath.txt", special::truncated_variance),
        ("ref-ln-2cosh-mpmath.txt", special::ln_2cosh),
    ];
    let results: Vec<_> = checks
        .iter()
        .map(|(table, f)| (table, worst(table, f)))
        .collect();
    for (table, (error, x)) in &results {
        assert!(
            *error <= 1e-14,
            "{table}: relative error {error:e} at x = {x}; all: {results:?}"
        );
    }
}
