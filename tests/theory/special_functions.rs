//! Special functions against tables computed to 50 digits.
//!
//! The tables in `tests/reference/special/` come from mpmath with 150 digits of working precision,
//! checked against 300; their first lines name the script (`special_tables.py`, beside them).

use crate::reference::special as table_of;
use quenched::math::special;

/// Largest relative error of `f` over a table, ignoring values that leave the range of doubles.
fn worst(table: &str, points: usize, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let mut worst = (0.0, 0.0);
    let (x, exact) = table_of(table, points);
    for (x, exact) in x.into_iter().zip(exact) {
        let error = if exact == 0.0 {
            f(x).abs()
        } else {
            (f(x) / exact - 1.0).abs()
        };
        assert!(error.is_finite(), "{table}: x = {x}");
        if error > worst.0 {
            worst = (error, x);
        }
    }
    worst
}

type Function = fn(f64) -> f64;

#[test]
fn tails_hold_fourteen_digits() {
    let checks: [(&str, usize, Function); 7] = [
        ("ln-h", 354, special::ln_h),
        ("ln-h-scaled", 387, special::ln_h_scaled),
        ("mills", 354, special::mills),
        ("excess", 387, special::excess),
        ("curvature", 354, special::curvature),
        ("variance", 387, special::truncated_variance),
        ("ln-2cosh", 387, special::ln_2cosh),
    ];
    let results: Vec<_> = checks
        .iter()
        .map(|(table, points, f)| (table, worst(table, *points, f)))
        .collect();
    for (table, (error, x)) in &results {
        assert!(
            *error <= 1e-14,
            "{table}: relative error {error:e} at x = {x}; all: {results:?}"
        );
    }
}
