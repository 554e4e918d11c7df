//! Functions on slices against tables computed to 50 digits, and what their sums and single forms
//! have to agree with.
//!
//! The tables in `tests/reference/special/` come from mpmath with 150 digits of working precision,
//! checked against 300; their second lines name the script, beside them.

use crate::reference::special;
use quenched::math::wide;

/// What a few roundings leave.
const BOUND: f64 = 1e-15;

/// Points of each table whose values are doubles.
const POINTS: [(&str, usize); 13] = [
    ("exp", 369),
    ("ln", 188),
    ("gauss", 321),
    ("ln-h", 354),
    ("mills", 354),
    ("excess", 387),
    ("curvature", 354),
    ("ln-2cosh", 387),
    ("tanh", 387),
    ("sech2", 369),
    ("softplus", 370),
    ("softplus-slope", 370),
    ("softplus-bend", 369),
];

/// Arguments and exact values of a table, without those that leave the range of doubles.
fn table(name: &str) -> (Vec<f64>, Vec<f64>) {
    let points = POINTS.iter().find(|(table, _)| *table == name);
    let (_, points) = points.unwrap_or_else(|| panic!("no table {name}"));
    special(name, *points)
}

/// Requires every value of `f` to be that of the table.
fn check(name: &str, bound: f64, f: impl Fn(&[f64]) -> Vec<f64>) {
    let (x, exact) = table(name);
    let values = f(&x);
    assert_eq!(values.len(), x.len(), "{name}");
    for ((x, value), exact) in x.iter().zip(values).zip(exact) {
        let error = if value == exact {
            0.0
        } else {
            ((value - exact) / exact).abs()
        };
        assert!(error <= bound, "{name}: relative error {error:e} at {x}");
    }
}

type Loops = fn(&[f64], &mut [f64], &mut [f64], &mut [f64]);
type One = fn(f64) -> [f64; 3];

fn triple(f: Loops, x: &[f64]) -> [Vec<f64>; 3] {
    let mut out = [(); 3].map(|()| vec![0.0; x.len()]);
    let [a, b, c] = &mut out;
    f(x, a, b, c);
    out
}

/// One of the three results.
fn column(f: Loops, i: usize) -> impl Fn(&[f64]) -> Vec<f64> {
    move |x| triple(f, x)[i].clone()
}

fn single(f: fn(&[f64], &mut [f64]), x: &[f64]) -> Vec<f64> {
    let mut y = vec![0.0; x.len()];
    f(x, &mut y);
    y
}

#[test]
fn exponentials_and_logarithms_hold_fifteen_digits() {
    check("exp", BOUND, |x| single(wide::exp, x));
    check("ln", BOUND, |x| single(wide::ln, x));
    check("gauss", BOUND, |x| single(wide::gauss, x));
}

#[test]
fn tails_hold_fifteen_digits() {
    check("ln-h", BOUND, column(wide::tail, 0));
    check("mills", BOUND, column(wide::tail, 1));
    check("excess", BOUND, column(wide::tail, 2));
    // Two factors, each rounded.
    check("curvature", 2.0 * BOUND, |x| {
        let [_, mills, excess] = triple(wide::tail, x);
        mills.iter().zip(excess).map(|(g, e)| g * e).collect()
    });
}

#[test]
fn split_tails_are_tails() {
    check("mills", BOUND, column(wide::tail_split, 1));
    // ln s + missing loses what the sum loses, and s near one has no digits of ln s.
    let (x, exact) = table("ln-h");
    let [s, _, missing] = triple(wide::tail_split, &x);
    for (i, exact) in exact.iter().enumerate() {
        let value = s[i].ln() + missing[i];
        let scale = 1.0 + exact.abs();
        assert!((value - exact).abs() <= BOUND * scale, "at {}", x[i]);
    }
}

#[test]
fn hyperbolic_functions_hold_fifteen_digits() {
    check("ln-2cosh", BOUND, column(wide::cosh, 0));
    check("tanh", BOUND, column(wide::cosh, 1));
    check("sech2", BOUND, column(wide::cosh, 2));
    check("softplus", BOUND, column(wide::softplus, 0));
    check("softplus-slope", BOUND, column(wide::softplus, 1));
    check("softplus-bend", BOUND, column(wide::softplus, 2));
}

#[test]
fn single_forms_have_the_bits_of_the_loops() {
    let x: Vec<f64> = (-333..=333).map(|i| f64::from(i) * 0.117).collect();
    let triples: [(Loops, One); 4] = [
        (wide::tail, wide::tail1),
        (wide::tail_split, wide::tail_split1),
        (wide::cosh, wide::cosh1),
        (wide::softplus, wide::softplus1),
    ];
    for (loops, one) in triples {
        let [a, b, c] = triple(loops, &x);
        for (i, x) in x.iter().enumerate() {
            let bits = |y: [f64; 3]| y.map(f64::to_bits);
            assert_eq!(bits(one(*x)), bits([a[i], b[i], c[i]]), "at {x}");
        }
    }
    let positive: Vec<f64> = x.iter().map(|x| wide::exp1(*x)).collect();
    assert_eq!(single(wide::exp, &x), positive);
    let logarithms: Vec<f64> = positive.iter().map(|x| wide::ln1(*x)).collect();
    assert_eq!(single(wide::ln, &positive), logarithms);
    let densities: Vec<f64> = x.iter().map(|x| wide::gauss1(*x)).collect();
    assert_eq!(single(wide::gauss, &x), densities);
}

#[test]
fn sums_of_whole_numbers_are_exact() {
    let numbers = |a: i64, b: i64, n: usize| -> Vec<f64> {
        (0..n as i64)
            .map(|i| ((a * i + b) % 17 - 8) as f64)
            .collect()
    };
    for n in [0, 1, 5, 8, 13, 64, 257] {
        let [w, f, g, b] = [(3, 1), (5, 2), (7, 3), (11, 4)].map(|(p, q)| numbers(p, q, n));
        let sum = |term: &dyn Fn(usize) -> f64| (0..n).map(term).sum::<f64>();
        let expected = [
            sum(&|i| w[i] * f[i]),
            sum(&|i| w[i] * g[i] * g[i]),
            sum(&|i| w[i] * (g[i] * g[i] * b[i] - 0.5 * b[i] * b[i])),
            sum(&|i| w[i] * b[i] * b[i]),
        ];
        assert_eq!(wide::contract(&w, &f, &g, &b), expected, "{n}");
        assert_eq!(wide::dot(&w, &f), expected[0], "{n}");
        assert_eq!(wide::dot3(&w, &g, &g), expected[1], "{n}");
    }
}

#[test]
fn sums_are_added_in_the_stated_order() {
    let a: Vec<f64> = (0..45).map(|i| f64::from(i).sin()).collect();
    let mut lanes = [0.0; wide::LANES];
    for (i, a) in a.iter().enumerate() {
        lanes[i % wide::LANES] += a;
    }
    let ones = vec![1.0; a.len()];
    assert_eq!(wide::dot(&a, &ones).to_bits(), wide::fold(lanes).to_bits());
}

#[test]
fn machine_is_named() {
    let names = ["plain", "plain, fused", "AVX2", "AVX-512"];
    assert!(names.contains(&wide::instruction_set()));
}
