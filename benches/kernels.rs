//! Whether the loops of `math::wide` are vector code: each against its own body called for one
//! number at a time, in the same run.
//!
//! ```text
//! cargo bench --bench kernels
//! ```
//!
//! Prints a table and exits with 1 if a loop is no longer several times as fast.

use quenched::math::wide;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

/// Numbers in a slice: all slices of a kernel stay in the cache.
const LENGTH: usize = 1024;
/// Where [`wide::moments`] measures value and slope from.
const ORIGIN: [f64; 2] = [0.3, 0.1];
/// Power, half of the inverse variance, origin of the fields and largest exponent of [`wide::powers`].
const POWER: [f64; 4] = [3.0, 0.5, 0.3, 8.0];
/// Calls in one measurement, and measurements, of which the fastest counts.
const CALLS: usize = 40;
const MEASUREMENTS: usize = 25;
/// The machine may be shared: a loop is slow only if it is slow every time.
const ATTEMPTS: usize = 3;

/// One kernel: how its loop and its scalar form work on the slices, and the smallest ratio of
/// their times that vector code leaves.
struct Kernel {
    name: &'static str,
    wide: fn(&mut Slices),
    scalar: fn(&mut Slices),
    threshold: f64,
}

/// Four arguments and three results.
struct Slices {
    x: [Vec<f64>; 4],
    y: [Vec<f64>; 3],
}

impl Slices {
    fn new() -> Self {
        let wave = |k: f64, size: f64| -> Vec<f64> {
            (0..LENGTH).map(|i| size * (i as f64 * k).sin()).collect()
        };
        // The first has both signs and, for logarithms, the second is positive.
        let positive = wave(0.7, 2.0).iter().map(|x| x.exp()).collect();
        Slices {
            x: [wave(0.3, 8.0), positive, wave(1.1, 1.0), wave(1.9, 1.0)],
            y: [(); 3].map(|()| vec![0.0; LENGTH]),
        }
    }
}

/// A function of one number for every element, one call each.
#[inline(never)]
fn each(f: fn(f64) -> f64, x: &[f64], y: &mut [f64]) {
    for (x, y) in x.iter().zip(y) {
        *y = f(*x);
    }
}

/// The same for three results.
#[inline(never)]
fn each3(f: fn(f64) -> [f64; 3], x: &[f64], [a, b, c]: &mut [Vec<f64>; 3]) {
    for (i, x) in x.iter().enumerate() {
        [a[i], b[i], c[i]] = f(*x);
    }
}

/// Adds what a function gives for every index, one number after another.
#[inline(always)]
fn sum(term: impl Fn(usize) -> f64) -> f64 {
    (0..LENGTH).fold(0.0, |sum, i| sum + term(i))
}

macro_rules! map {
    ($name:literal, $wide:path, $scalar:path, $x:literal, $threshold:expr) => {
        Kernel {
            name: $name,
            wide: |s| $wide(&s.x[$x], &mut s.y[0]),
            scalar: |s| each(black_box($scalar), &s.x[$x], &mut s.y[0]),
            threshold: $threshold,
        }
    };
}

macro_rules! map3 {
    ($name:literal, $wide:path, $scalar:path, $threshold:expr) => {
        Kernel {
            name: $name,
            wide: |s| {
                let [a, b, c] = &mut s.y;
                $wide(&s.x[0], a, b, c);
            },
            scalar: |s| each3(black_box($scalar), &s.x[0], &mut s.y),
            threshold: $threshold,
        }
    };
}

macro_rules! reduction {
    ($name:literal, $wide:expr, $scalar:expr, $threshold:expr) => {
        Kernel {
            name: $name,
            wide: |s| {
                black_box($wide(&s.x));
            },
            scalar: |s| {
                black_box($scalar(&s.x));
            },
            threshold: $threshold,
        }
    };
}

fn contract_one_by_one([w, f, g, b]: &[Vec<f64>; 4]) -> [f64; 4] {
    let (w, f, g, b) = (&w[..LENGTH], &f[..LENGTH], &g[..LENGTH], &b[..LENGTH]);
    [
        sum(|i| w[i] * f[i]),
        sum(|i| w[i] * g[i] * g[i]),
        sum(|i| w[i] * b[i] * (g[i] * g[i] - 0.5 * b[i])),
        sum(|i| w[i] * b[i] * b[i]),
    ]
}

/// The moments of [`wide::moments`], one number after another.
fn moments_one_by_one([w, f, g, b]: &[Vec<f64>; 4]) -> wide::Moments {
    let (w, f, g, b) = (&w[..LENGTH], &f[..LENGTH], &g[..LENGTH], &b[..LENGTH]);
    let [f0, g0] = ORIGIN;
    let square = |i: usize| (g[i] - g0) * (g[i] - g0);
    wide::Moments {
        one: sum(|i| w[i]),
        f: sum(|i| w[i] * (f[i] - f0)),
        ff: sum(|i| w[i] * (f[i] - f0) * (f[i] - f0)),
        fg: sum(|i| w[i] * (f[i] - f0) * (g[i] - g0)),
        fgg: sum(|i| w[i] * (f[i] - f0) * square(i)),
        g: [
            sum(|i| w[i] * (g[i] - g0)),
            sum(|i| w[i] * square(i)),
            sum(|i| w[i] * (g[i] - g0) * square(i)),
            sum(|i| w[i] * square(i) * square(i)),
        ],
        b: sum(|i| w[i] * b[i]),
        bb: sum(|i| w[i] * b[i] * b[i]),
        gb: sum(|i| w[i] * (g[i] - g0) * b[i]),
        ggb: sum(|i| w[i] * square(i) * b[i]),
    }
}

/// The powers of [`wide::powers`], one number after another.
#[inline(never)]
fn powers_one_by_one(exp: fn(f64) -> f64, x: &[Vec<f64>; 4], out: &mut [Vec<f64>; 3]) {
    let [y, half, centre, top] = POWER;
    let [exponents, w, _] = out;
    for i in 0..LENGTH {
        let d = x[1][i] - centre;
        exponents[i] = y * (top - (x[0][i] - half * d * d));
        w[i] = x[2][i] * exp(-exponents[i]);
    }
}

/// The thresholds lie about half-way, in ratio, between what was measured with vectorisation
/// switched off (`-C no-vectorize-loops -C no-vectorize-slp`: 1.1 to 2.3, `dot` 2.5) and with AVX2
/// (3.3 to 6, sums 3.5 to 4.5); with AVX-512 the functions reach 4.5 to 10. The sums wait for their
/// additions either way, so that vectors gain less.
fn kernels() -> [Kernel; 12] {
    [
        map!("exp", wide::exp, wide::exp1, 0, 2.8),
        map!("ln", wide::ln, wide::ln1, 1, 2.0),
        map!("gauss", wide::gauss, wide::gauss1, 0, 2.2),
        map3!("tail", wide::tail, wide::tail1, 2.4),
        map3!("tail_split", wide::tail_split, wide::tail_split1, 2.7),
        map3!("cosh", wide::cosh, wide::cosh1, 3.2),
        map3!("softplus", wide::softplus, wide::softplus1, 3.6),
        reduction!(
            "contract",
            |x: &[Vec<f64>; 4]| wide::contract(&x[0], &x[1], &x[2], &x[3]),
            contract_one_by_one,
            2.4
        ),
        reduction!(
            "dot",
            |x: &[Vec<f64>; 4]| wide::dot(&x[0], &x[1]),
            |x: &[Vec<f64>; 4]| sum(|i| x[0][i] * x[1][i]),
            3.0
        ),
        reduction!(
            "dot3",
            |x: &[Vec<f64>; 4]| wide::dot3(&x[0], &x[1], &x[2]),
            |x: &[Vec<f64>; 4]| sum(|i| x[0][i] * x[1][i] * x[2][i]),
            2.3
        ),
        reduction!(
            "moments",
            |x: &[Vec<f64>; 4]| wide::moments(&x[0], &x[1], &x[2], &x[3], ORIGIN),
            moments_one_by_one,
            2.4
        ),
        Kernel {
            name: "powers",
            wide: |s| {
                let [a, b, _] = &mut s.y;
                wide::powers(&s.x[0], [&s.x[1], &s.x[2]], POWER, [a, b]);
            },
            scalar: |s| powers_one_by_one(black_box(wide::exp1), &s.x, &mut s.y),
            threshold: 2.4,
        },
    ]
}

/// Seconds that some calls take.
fn time(f: fn(&mut Slices), slices: &mut Slices) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        f(black_box(slices));
    }
    start.elapsed().as_secs_f64()
}

/// `[loop, scalar form]` in nanoseconds per number, each the fastest of several measurements that
/// take turns: the clock of the processor may change.
fn measure(kernel: &Kernel, slices: &mut Slices) -> [f64; 2] {
    let mut best = [f64::INFINITY; 2];
    for _ in 0..MEASUREMENTS {
        for (best, f) in best.iter_mut().zip([kernel.wide, kernel.scalar]) {
            *best = best.min(time(f, slices));
        }
    }
    best.map(|seconds| seconds * 1e9 / (CALLS * LENGTH) as f64)
}

/// The attempt with the best ratio, no more of them than it takes to pass.
fn attempt(kernel: &Kernel, slices: &mut Slices) -> [f64; 2] {
    let ratio = |times: [f64; 2]| times[1] / times[0];
    let mut best = measure(kernel, slices);
    for _ in 1..ATTEMPTS {
        if ratio(best) >= kernel.threshold {
            break;
        }
        let times = measure(kernel, slices);
        if ratio(times) > ratio(best) {
            best = times;
        }
    }
    best
}

#[cfg(target_arch = "x86_64")]
fn has_vectors() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_vectors() -> bool {
    false
}

fn main() -> ExitCode {
    println!("instruction set: {}", wide::instruction_set());
    if !has_vectors() {
        println!("no AVX2 here: nothing to check");
        return ExitCode::SUCCESS;
    }
    println!(
        "{:<12}{:>9}{:>9}{:>7}{:>10}",
        "ns/number", "loop", "scalar", "ratio", "at least"
    );
    let mut slices = Slices::new();
    let mut slow = Vec::new();
    for kernel in kernels() {
        let [wide, scalar] = attempt(&kernel, &mut slices);
        let (ratio, least) = (scalar / wide, kernel.threshold);
        println!(
            "{:<12}{wide:>9.3}{scalar:>9.3}{ratio:>7.1}{least:>10.1}",
            kernel.name
        );
        if ratio < least {
            slow.push(kernel.name);
        }
    }
    if slow.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("no longer vector code: {}", slow.join(", "));
    ExitCode::FAILURE
}
