use super::isa::Isa;
use super::isa::tests::on;
use super::*;
use std::path::{Path, PathBuf};

type Loop = fn(&[f64], &mut [f64]);
type Loops = fn(&[f64], &mut [f64], &mut [f64], &mut [f64]);

const LOOPS: [(&str, Loop); 3] = [("exp", exp), ("ln", ln), ("gauss", gauss)];
const TRIPLES: [(&str, Loops); 4] = [
    ("tail", tail),
    ("tail_split", tail_split),
    ("cosh", cosh),
    ("softplus", softplus),
];

fn triple(f: Loops, x: &[f64]) -> [Vec<f64>; 3] {
    let mut out = [(); 3].map(|()| vec![0.0; x.len()]);
    let [a, b, c] = &mut out;
    f(x, a, b, c);
    out
}

fn single(f: Loop, x: &[f64]) -> Vec<f64> {
    let mut y = vec![0.0; x.len()];
    f(x, &mut y);
    y
}

/// Everything that is computed from these arguments, by name.
fn everything(x: &[f64]) -> Vec<(String, Vec<f64>)> {
    let mut all = Vec::new();
    for (name, f) in LOOPS {
        all.push((name.to_owned(), single(f, x)));
    }
    for (name, f) in TRIPLES {
        for (i, column) in triple(f, x).into_iter().enumerate() {
            all.push((format!("{name} {i}"), column));
        }
    }
    all
}

/// Numbers of every size and sign, more than a block and no whole number of vectors.
fn arguments() -> Vec<f64> {
    let mut x: Vec<f64> = (0..601).map(|i| f64::from(i - 300) * 0.137).collect();
    x.extend([
        0.0, -0.0, 1e-300, 5e-324, 1e8, -1e8, 1e300, -1e300, 710.0, -745.0,
    ]);
    x.extend([f64::INFINITY, f64::NEG_INFINITY, f64::NAN]);
    x
}

fn bits(x: &[f64]) -> Vec<u64> {
    // The sign of a NaN means nothing.
    let number = |x: &f64| if x.is_nan() { 0 } else { x.to_bits() };
    x.iter().map(number).collect()
}

/// Instruction sets with fused multiply-adds.
fn fused() -> Vec<Isa> {
    let plain = !isa::PLAIN_FUSED;
    let keep = |isa: &Isa| !(plain && matches!(isa, Isa::Plain));
    Isa::all().into_iter().filter(keep).collect()
}

#[test]
fn fused_instruction_sets_give_the_same_bits() {
    let x = arguments();
    let sets = fused();
    for pair in sets.windows(2) {
        let [a, b] = [pair[0], pair[1]].map(|isa| on(isa, || everything(&x)));
        for ((name, a), (_, b)) in a.iter().zip(&b) {
            assert_eq!(bits(a), bits(b), "{name}: {pair:?}");
        }
    }
}

#[test]
fn sums_are_added_in_one_order() {
    let number = |i: usize, k: f64| (i as f64 * k).sin();
    let sets = fused();
    for length in [0, 1, 7, 8, 9, 64, 1003] {
        let [w, f, g, b] =
            [0.3, 0.7, 1.1, 1.9].map(|k| (0..length).map(|i| number(i, k)).collect::<Vec<_>>());
        let sums = |isa| {
            on(isa, || {
                let [p, q, r, s] = contract(&w, &f, &g, &b);
                [p, q, r, s, dot(&w, &f), dot3(&w, &g, &b)]
            })
        };
        for pair in sets.windows(2) {
            assert_eq!(bits(&sums(pair[0])), bits(&sums(pair[1])), "{length}");
        }
        let exact = |term: &dyn Fn(usize) -> f64| (0..length).map(term).sum::<f64>();
        let expected = [
            exact(&|i| w[i] * f[i]),
            exact(&|i| w[i] * g[i] * g[i]),
            exact(&|i| w[i] * (g[i] * g[i] * b[i] - 0.5 * b[i] * b[i])),
            exact(&|i| w[i] * b[i] * b[i]),
            exact(&|i| w[i] * f[i]),
            exact(&|i| w[i] * g[i] * b[i]),
        ];
        for isa in Isa::all() {
            for (sum, expected) in sums(isa).iter().zip(expected) {
                assert!((sum - expected).abs() < 1e-13, "{length}: {isa:?}");
            }
        }
    }
}

#[test]
fn partial_sums_are_folded_in_pairs() {
    let one = 2.0_f64.powi(-53);
    // From left to right every small number would be lost.
    assert_eq!(
        fold([1.0, one, one, one, 0.0, one, 0.0, one]),
        1.0 + 4.0 * one
    );
    assert_eq!(fold([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]), 36.0);
}

#[test]
fn place_in_the_slice_does_not_matter() {
    let x = arguments();
    for isa in Isa::all() {
        on(isa, || {
            let whole = everything(&x);
            for (i, x) in x.iter().enumerate() {
                for ((name, whole), (_, alone)) in whole.iter().zip(everything(&[*x])) {
                    assert_eq!(bits(&whole[i..=i]), bits(&alone), "{name} at {x}: {isa:?}");
                }
            }
        });
    }
}

#[test]
fn single_numbers_have_the_bits_of_slices() {
    let x = arguments();
    for isa in Isa::all() {
        on(isa, || {
            let (tails, coshs) = (triple(tail, &x), triple(cosh, &x));
            let (splits, soft) = (triple(tail_split, &x), triple(softplus, &x));
            let (exps, lns, densities) = (single(exp, &x), single(ln, &x), single(gauss, &x));
            for (i, x) in x.iter().enumerate() {
                let same = |a: &[f64], b: &[f64]| assert_eq!(bits(a), bits(b), "{x}: {isa:?}");
                same(&tail1(*x), &[0, 1, 2].map(|k| tails[k][i]));
                same(&cosh1(*x), &[0, 1, 2].map(|k| coshs[k][i]));
                same(&tail_split1(*x), &[0, 1, 2].map(|k| splits[k][i]));
                same(&softplus1(*x), &[0, 1, 2].map(|k| soft[k][i]));
                same(&[exp1(*x), ln1(*x)], &[exps[i], lns[i]]);
                same(&[gauss1(*x)], &[densities[i]]);
            }
        });
    }
}

#[test]
fn limits_are_exact() {
    const INF: f64 = f64::INFINITY;
    for isa in Isa::all() {
        on(isa, || {
            assert_eq!(tail1(INF), [-INF, INF, 0.0]);
            assert_eq!(tail1(-INF), [0.0, 0.0, INF]);
            assert_eq!(cosh1(INF), [INF, 1.0, 0.0]);
            assert_eq!(cosh1(-INF), [INF, -1.0, 0.0]);
            assert_eq!([exp1(INF), exp1(-INF), exp1(0.0)], [INF, 0.0, 1.0]);
            assert_eq!([exp1(709.8), exp1(-708.1)], [INF, 0.0]);
            assert_eq!([ln1(INF), ln1(0.0), ln1(1.0)], [INF, -INF, 0.0]);
            assert!(ln1(-1.0).is_nan() && ln1(-INF).is_nan());
            assert_eq!(single(gauss, &[INF, -INF, 38.0]), [0.0; 3]);
            let soft = triple(softplus, &[INF, -INF]);
            assert_eq!(soft, [vec![0.0, INF], vec![0.0, -1.0], vec![0.0, 0.0]]);
            let [s, g, missing] = triple(tail_split, &[INF, -INF]);
            assert!(s[0] > 0.0 && s[0] < 1e-150 && s[1] == 1.0);
            assert_eq!([g, missing], [[INF, 0.0], [-INF, 0.0]]);
        });
    }
}

#[test]
fn nan_stays_nan() {
    for isa in Isa::all() {
        for (name, column) in on(isa, || everything(&[f64::NAN])) {
            // There is no exponent to be missing, or NaN: either says that nothing is known.
            assert!(
                column[0].is_nan() || name == "tail_split 2",
                "{name}: {isa:?}"
            );
        }
    }
}

#[test]
fn logarithms_of_small_numbers_are_right() {
    for isa in Isa::all() {
        for x in [5e-324, 1.7e-310, f64::MIN_POSITIVE, 1e-200, f64::MAX] {
            let y = on(isa, || ln1(x));
            assert!((y / x.ln() - 1.0).abs() < 4e-16, "{x}: {isa:?}");
        }
    }
}

#[test]
fn pairs_of_tails_and_spins_agree_with_the_slices() {
    let kernels = |x: f64| {
        let excess = kernels::excess_positive::<false>(x.abs());
        let density = kernels::gauss::<false>(x);
        let [inverse, g] = kernels::inverse_tail(x, excess, density);
        let [s, same, _] = kernels::split_combine(x, excess, density);
        (inverse * s, g / same, kernels::tanh::<false>(x))
    };
    for i in -60..=60 {
        let x = f64::from(i) * 0.3;
        let (one, same, [tanh, sech2, one_plus]) = kernels(x);
        assert!(
            (one - 1.0).abs() < 1e-15 && (same - 1.0).abs() < 1e-15,
            "{x}"
        );
        let [_, expected, curvature] = cosh1(x);
        assert!((tanh - expected).abs() <= 5e-16 * expected.abs(), "{x}");
        assert!((sech2 / curvature - 1.0).abs() < 2e-15, "{x}");
        let product = one_plus * kernels(-x).2[2];
        assert!((product / sech2 - 1.0).abs() < 2e-15, "{x}");
    }
}

/// Arguments and exact values of a 50-digit table, without those outside the range of doubles.
fn table(folder: &Path, name: &str) -> (Vec<f64>, Vec<f64>) {
    let path = folder.join(format!("ref-{name}-mpmath.txt"));
    let text = std::fs::read_to_string(path).expect("the table is part of the repository");
    let number = |field: &str| field.parse::<f64>().expect("a number");
    let rows = text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let ok = !line.starts_with('#') && fields.get(2) == Some(&"ok");
        ok.then(|| (number(fields[0]), number(fields[1])))
    });
    rows.unzip()
}

/// Largest relative error and where it is.
fn worst(x: &[f64], values: &[f64], exact: &[f64]) -> (f64, f64) {
    let mut worst = (0.0, 0.0);
    for ((x, value), exact) in x.iter().zip(values).zip(exact) {
        let error = if value == exact {
            0.0
        } else {
            ((value - exact) / exact).abs()
        };
        assert!(!error.is_nan(), "{x}");
        if error > worst.0 {
            worst = (error, *x);
        }
    }
    worst
}

/// A few roundings; a scan of 47 000 other arguments has at most 9.7e-16.
const BOUND: f64 = 1e-15;

#[test]
fn every_instruction_set_holds_the_tables() {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/special");
    let folder = std::env::var_os("WIDE_TABLES").map_or(default, PathBuf::from);
    for isa in Isa::all() {
        let check = |name: &str, f: &dyn Fn(&[f64]) -> Vec<f64>| {
            let (x, exact) = table(&folder, name);
            assert!(x.len() > 100, "{name} has {} points", x.len());
            let (error, at) = worst(&x, &on(isa, || f(&x)), &exact);
            println!("{:8} {name:15} {error:.2e} at {at}", isa.name());
            assert!(error <= BOUND, "{name}: {error:e} at {at}: {isa:?}");
        };
        check("exp", &|x| single(exp, x));
        check("ln", &|x| single(ln, x));
        check("gauss", &|x| single(gauss, x));
        let column = |f: Loops, i: usize| move |x: &[f64]| triple(f, x)[i].clone();
        let columns: [(Loops, [&str; 3]); 3] = [
            (tail, ["ln-h", "mills", "excess"]),
            (cosh, ["ln-2cosh", "tanh", "sech2"]),
            (softplus, ["softplus", "softplus-slope", "softplus-bend"]),
        ];
        for (f, names) in columns {
            for (i, name) in names.iter().enumerate() {
                check(name, &column(f, i));
            }
        }
        check("mills", &column(tail_split, 1));
    }
}

/// Sums and arrays of powers of a partition function: the same bits on every instruction set with fused
/// operations, and the sums against plain ones.
#[test]
fn powers_and_their_moments() {
    let n = 203;
    let f: Vec<f64> = (0..n)
        .map(|i| -0.3 * (0.1 * f64::from(i)).cosh().ln())
        .collect();
    let g: Vec<f64> = (0..n).map(|i| (0.07 * f64::from(i)).sin()).collect();
    let b: Vec<f64> = (0..n).map(|i| (0.05 * f64::from(i)).cos()).collect();
    let fields: Vec<f64> = (0..n).map(|i| 0.02 * f64::from(i)).collect();
    let weights: Vec<f64> = (0..n).map(|i| 1.0 + 0.01 * f64::from(i)).collect();
    let all = || {
        let (mut exponents, mut w) = (vec![0.0; f.len()], vec![0.0; f.len()]);
        let power = [3.0, 0.7, 2.0, -0.1];
        powers(&f, [&fields, &weights], power, [&mut exponents, &mut w]);
        let sums = moments(&w, &f, &g, &b, [-0.4, 0.2]);
        (exponents, w, sums)
    };
    let fused: Vec<_> = fused().into_iter().map(|isa| on(isa, all)).collect();
    assert!(fused.windows(2).all(|pair| pair[0] == pair[1]));
    let (exponents, w, m) = on(Isa::Plain, all);
    let sum = |term: &dyn Fn(usize) -> f64| (0..w.len()).map(|i| w[i] * term(i)).sum::<f64>();
    let (df, dg) = (|i: usize| f[i] + 0.4, |i: usize| g[i] - 0.2);
    for (got, want) in [
        (m.one, sum(&|_| 1.0)),
        (m.f, sum(&|i| df(i))),
        (m.ff, sum(&|i| df(i).powi(2))),
        (m.fg, sum(&|i| df(i) * dg(i))),
        (m.fgg, sum(&|i| df(i) * dg(i).powi(2))),
        (m.g[0], sum(&|i| dg(i))),
        (m.g[1], sum(&|i| dg(i).powi(2))),
        (m.g[2], sum(&|i| dg(i).powi(3))),
        (m.g[3], sum(&|i| dg(i).powi(4))),
        (m.b, sum(&|i| b[i])),
        (m.bb, sum(&|i| b[i].powi(2))),
        (m.gb, sum(&|i| dg(i) * b[i])),
        (m.ggb, sum(&|i| dg(i).powi(2) * b[i])),
    ] {
        assert!((got - want).abs() <= 1e-13 * m.one, "{got} {want}");
    }
    for (i, w) in w.iter().enumerate() {
        let x = fields[i] - 2.0;
        let exponent = 3.0 * (-0.1 - (f[i] - 0.7 * x * x));
        assert!((exponents[i] - exponent).abs() < 1e-13);
        let want = weights[i] * (-exponent).exp();
        assert!((w - want).abs() < 1e-13 * want.max(1.0));
    }
}
