//! Local entropies of the binary perceptron against the enumeration of all weights of small systems.
//!
//! The theory is about the logarithm of the number of solutions at distance `d` from a typical one.
//! At a finite number `N` of weights most of what is missing is the binomial factor: what is compared
//! is `ln n_k - ln C(N, k)` per weight with `φ(d) - H(d)`. What remains falls like `1/N` and is
//! extrapolated; its amplitude depends on the load and on the distance, so that sizes are those at
//! which both are exactly the same.

use quenched::model::Parameters;
use quenched::replica::local::neighbourhoods::{Choice, LocalModel};
use std::f64::consts::PI;

const SAMPLES: u64 = 1500;
/// Margins of the references.
const MARGINS: [f64; 2] = [0.0, 0.3];
/// References of one sample that are looked at, evenly spread over all.
const REFERENCES: usize = 128;
/// Smaller systems are not extrapolated from.
const ASYMPTOTIC: usize = 9;
/// What terms of order `1/N²` may leave of a line through these sizes.
const CURVATURE: f64 = 1e-3;
/// Patterns are padded to this number with some that are always satisfied.
const LANES: usize = 8;

/// Sizes at which a load and distances are fractions of the number of weights.
struct Family {
    load: [usize; 2],
    distances: &'static [[usize; 2]],
    sizes: &'static [usize],
}

const FAMILIES: [Family; 2] = [
    Family {
        load: [1, 3],
        distances: &[[1, 3]],
        sizes: &[6, 9, 12, 15, 18, 21],
    },
    Family {
        load: [2, 5],
        distances: &[[1, 5], [2, 5]],
        sizes: &[5, 10, 15, 20],
    },
];

/// This fraction of the number of weights, which is a whole number.
fn of([numerator, denominator]: [usize; 2], n: usize) -> usize {
    n * numerator / denominator
}

fn value([numerator, denominator]: [usize; 2]) -> f64 {
    numerator as f64 / denominator as f64
}

/// SplitMix64 (Steele, Lea, Flood 2014) and the Box–Muller transform.
struct Normal {
    state: u64,
    spare: Option<f64>,
}

impl Normal {
    fn new(seed: u64) -> Self {
        Normal {
            state: seed,
            spare: None,
        }
    }

    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in (0, 1].
    fn uniform(&mut self) -> f64 {
        ((self.word() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    fn draw(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sin, cos) = (2.0 * PI * self.uniform()).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }
}

/// One weight's inputs in every pattern.
type Inputs = [f64; LANES];

/// The smallest stability of every weight vector, visited in Gray-code order: bit `i` is set where
/// weight `i` is negative.
fn visit(inputs: &[Inputs], patterns: usize, mut f: impl FnMut(u32, f64)) {
    let mut fields = [f64::INFINITY; LANES];
    for (lane, field) in fields.iter_mut().enumerate().take(patterns) {
        *field = inputs.iter().map(|xi| xi[lane]).sum();
    }
    let scale = 1.0 / (inputs.len() as f64).sqrt();
    let (mut weights, last) = (0_u32, 1_u32 << inputs.len());
    for step in 1..=last {
        let least = fields
            .iter()
            .fold(f64::INFINITY, |a, b| if *b < a { *b } else { a });
        f(weights, least * scale);
        if step == last {
            break;
        }
        let flipped = step.trailing_zeros() as usize;
        let change = if weights >> flipped & 1 == 0 {
            -2.0
        } else {
            2.0
        };
        for (field, xi) in fields.iter_mut().zip(&inputs[flipped]) {
            *field += change * xi;
        }
        weights ^= 1 << flipped;
    }
}

/// Solutions of the probe, and of each kind of reference.
fn solutions(inputs: &[Inputs], patterns: usize) -> (Vec<u32>, [Vec<u32>; 2]) {
    let (mut probes, mut references) = (Vec::new(), [Vec::new(), Vec::new()]);
    visit(inputs, patterns, |weights, stability| {
        if stability >= 0.0 {
            probes.push(weights);
        }
        for (list, margin) in references.iter_mut().zip(MARGINS) {
            if stability >= margin {
                list.push(weights);
            }
        }
    });
    (probes, references)
}

/// Mean over references of the logarithm of the number of solutions at one distance, and the share
/// of references that have none there.
type Logarithm = (f64, f64);

/// What one sample says of one kind of reference at each distance.
fn around(probes: &[u32], references: &[u32], flips: &[usize]) -> Option<Vec<Logarithm>> {
    let mut sums = vec![(0.0, 0.0); flips.len()];
    let stride = references.len().div_ceil(REFERENCES).max(1);
    for reference in references.iter().step_by(stride) {
        let mut counts = [0_u32; 32];
        for probe in probes {
            counts[(probe ^ reference).count_ones() as usize] += 1;
        }
        for (sum, k) in sums.iter_mut().zip(flips) {
            match counts[*k] {
                0 => sum.1 += 1.0,
                count => sum.0 += f64::from(count).ln(),
            }
        }
    }
    let all = references.len().div_ceil(stride) as f64;
    let mean = |(logs, none): (f64, f64)| (logs / (all - none), none / all);
    let some = all > 0.0 && sums.iter().all(|(_, none)| *none < all);
    some.then(|| sums.into_iter().map(mean).collect())
}

type Sample = [Option<Vec<Logarithm>>; 2];

fn sample(n: usize, patterns: usize, flips: &[usize], seed: u64) -> Sample {
    let mut normal = Normal::new(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ n as u64);
    let mut inputs = vec![[0.0; LANES]; n];
    for xi in &mut inputs {
        xi[..patterns].fill_with(|| normal.draw());
    }
    let (probes, references) = solutions(&inputs, patterns);
    references.map(|list| around(&probes, &list, flips))
}

/// All samples of one size, each from a stream of its own, in their order.
fn samples(n: usize, patterns: usize, flips: &[usize]) -> Vec<Sample> {
    let threads = std::thread::available_parallelism().map_or(1, |t| t.get() as u64);
    let each = SAMPLES.div_ceil(threads);
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|t| {
                let seeds = t * each..((t + 1) * each).min(SAMPLES);
                let draw = move |seed| sample(n, patterns, flips, seed);
                scope.spawn(move || seeds.map(draw).collect::<Vec<_>>())
            })
            .collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<_>>| part.join().expect("no panic");
        parts.into_iter().flat_map(join).collect()
    })
}

fn ln_binomial(n: usize, k: usize) -> f64 {
    (0..k).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()).sum()
}

/// `φ(d) - H(d)` at each distance.
fn theory(family: &Family, margin: f64) -> Vec<f64> {
    let p = Parameters {
        alpha: value(family.load),
        ..Parameters::default()
    };
    let distances: Vec<f64> = family.distances.iter().map(|d| value(*d)).collect();
    let model = LocalModel::new("binary", "storage", "theta").expect("registered");
    let curve = model.curve(&Choice::Margin(margin), &p, &distances);
    let outcomes = curve.expect("a reference").outcomes;
    let normalised = outcomes.iter().map(|outcome| {
        let o = outcome.dominant().expect("a solution").observables;
        o.entropy - o.ball
    });
    normalised.collect()
}

/// Mean over samples at one size, and its standard error.
struct Measured {
    size: usize,
    mean: f64,
    error: f64,
}

/// One kind of reference at one of the distances.
fn measure(found: &[Sample], n: usize, kind: usize, i: usize, flips: usize) -> Measured {
    let used: Vec<Logarithm> = found
        .iter()
        .filter_map(|sample| Some(sample[kind].as_ref()?[i]))
        .collect();
    let count = used.len() as f64;
    let none = used.iter().map(|(_, none)| none).sum::<f64>() / count;
    // What is left out is too rare to matter.
    assert!(
        n < ASYMPTOTIC || (count > 0.95 * SAMPLES as f64 && none < 0.01),
        "{count} {none}"
    );
    let binomial = ln_binomial(n, flips);
    let values = used.iter().map(|(ln, _)| (ln - binomial) / n as f64);
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Measured {
        size: n,
        mean,
        error: (variance / count).sqrt(),
    }
}

/// Value and standard error at `1/N = 0` of the weighted straight line in `1/N`.
fn extrapolate(points: &[Measured]) -> (f64, f64) {
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        let large = points.iter().filter(|m| m.size >= ASYMPTOTIC);
        let term = |m: &Measured| f(1.0 / m.size as f64, m.mean) / (m.error * m.error);
        large.map(term).sum()
    };
    let (s, sx, sxx) = (sum(&|_, _| 1.0), sum(&|x, _| x), sum(&|x, _| x * x));
    let (sy, sxy) = (sum(&|_, y| y), sum(&|x, y| x * y));
    let determinant = s * sxx - sx * sx;
    (
        (sxx * sy - sx * sxy) / determinant,
        (sxx / determinant).sqrt(),
    )
}

fn check(family: &Family) {
    let flips = |n: usize| -> Vec<usize> { family.distances.iter().map(|d| of(*d, n)).collect() };
    let at_size = |n: &usize| samples(*n, of(family.load, *n), &flips(*n));
    let found: Vec<Vec<Sample>> = family.sizes.iter().map(at_size).collect();
    for (kind, margin) in MARGINS.into_iter().enumerate() {
        for (i, theory) in theory(family, margin).into_iter().enumerate() {
            let sizes = family.sizes.iter().zip(&found);
            let points: Vec<Measured> = sizes
                .map(|(n, found)| measure(found, *n, kind, i, flips(*n)[i]))
                .collect();
            let (load, d) = (value(family.load), value(family.distances[i]));
            println!("load {load:.3}, margin {margin}, d {d:.3}: theory {theory:.5}");
            for m in &points {
                println!("  N {:2}: {:.5} ± {:.5}", m.size, m.mean, m.error);
            }
            let (limit, error) = extrapolate(&points);
            println!("  N  ∞: {limit:.5} ± {error:.5}");
            assert!((limit - theory).abs() < 3.0 * error + CURVATURE);
            let apart = |m: Option<&Measured>| m.map(|m| (m.mean - theory).abs());
            assert!(apart(points.last()) < apart(points.first()).map(|first| 0.5 * first));
        }
    }
}

#[test]
fn one_pattern_for_three_weights() {
    check(&FAMILIES[0]);
}

#[test]
fn two_patterns_for_five_weights() {
    check(&FAMILIES[1]);
}
