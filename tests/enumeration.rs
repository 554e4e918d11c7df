//! Local entropies of the binary perceptron against the enumeration of all weights of small systems.
//!
//! The theory is about the logarithm of the number of solutions at distance `d` from a typical one.
//! At a finite number `N` of weights most of what is missing is the binomial factor: what is compared
//! is `ln n_k - ln C(N, k)` per weight with `φ(d) - H(d)`, at the very load `M/N` and distance `k/N` of
//! the small system. What remains falls like `1/N` and is extrapolated.

use quenched::model::Parameters;
use quenched::replica::local::model::{Choice, LocalModel};
use std::f64::consts::PI;

/// Numbers of weights: odd, so that no stability is zero for patterns of any kind.
const SIZES: [usize; 5] = [11, 13, 15, 17, 19];
const LOAD: f64 = 0.4;
const SAMPLES: u64 = 1500;
/// Distances, before they are rounded to a number of weights.
const DISTANCES: [f64; 2] = [0.3, 0.4];
const MARGINS: [f64; 2] = [0.0, 0.3];

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

/// The smallest stability of every weight vector, visited in Gray-code order: bit `i` is set where
/// weight `i` is negative.
fn visit(n: usize, patterns: &[Vec<f64>], mut f: impl FnMut(u32, f64)) {
    let mut fields: Vec<f64> = patterns.iter().map(|xi| xi.iter().sum()).collect();
    let scale = 1.0 / (n as f64).sqrt();
    let mut weights = 0_u32;
    for step in 1..=1_u32 << n {
        let least = fields.iter().fold(f64::INFINITY, |a, b| a.min(*b));
        f(weights, least * scale);
        if step == 1 << n {
            break;
        }
        let flipped = step.trailing_zeros() as usize;
        let before = if weights >> flipped & 1 == 0 {
            1.0
        } else {
            -1.0
        };
        for (field, xi) in fields.iter_mut().zip(patterns) {
            *field -= 2.0 * before * xi[flipped];
        }
        weights ^= 1 << flipped;
    }
}

/// Solutions of the probe and of each kind of reference.
fn solutions(n: usize, patterns: &[Vec<f64>]) -> (Vec<u32>, [Vec<u32>; 2]) {
    let (mut probes, mut references) = (Vec::new(), [Vec::new(), Vec::new()]);
    visit(n, patterns, |weights, stability| {
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

/// What one sample says of one kind of reference: the mean over references of the logarithm of the
/// number of solutions at each distance, and the share of references that have none there.
fn around(probes: &[u32], references: &[u32], flips: [usize; 2]) -> Option<[(f64, f64); 2]> {
    let mut sums = [(0.0, 0.0); 2];
    for reference in references {
        let mut counts = [0_u32; 32];
        for probe in probes {
            counts[(probe ^ reference).count_ones() as usize] += 1;
        }
        for (sum, k) in sums.iter_mut().zip(flips) {
            match counts[k] {
                0 => sum.1 += 1.0,
                count => sum.0 += f64::from(count).ln(),
            }
        }
    }
    let all = references.len() as f64;
    let mean = |(logs, none): (f64, f64)| (logs / (all - none), none / all);
    let some = sums.iter().all(|(_, none)| *none < all);
    (all > 0.0 && some).then(|| sums.map(mean))
}

/// `[margin][distance]` of one sample.
fn sample(n: usize, flips: [usize; 2], seed: u64) -> [Option<[(f64, f64); 2]>; 2] {
    let mut normal = Normal::new(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ n as u64);
    let patterns: Vec<Vec<f64>> = (0..patterns_of(n))
        .map(|_| (0..n).map(|_| normal.draw()).collect())
        .collect();
    let (probes, references) = solutions(n, &patterns);
    references.map(|list| around(&probes, &list, flips))
}

fn patterns_of(n: usize) -> usize {
    (LOAD * n as f64).round() as usize
}

/// All samples of one size, each from a stream of its own, in their order.
fn samples(n: usize, flips: [usize; 2]) -> Vec<[Option<[(f64, f64); 2]>; 2]> {
    let threads = std::thread::available_parallelism().map_or(1, |t| t.get() as u64);
    let each = SAMPLES.div_ceil(threads);
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|t| {
                let seeds = t * each..((t + 1) * each).min(SAMPLES);
                scope.spawn(move || seeds.map(|s| sample(n, flips, s)).collect::<Vec<_>>())
            })
            .collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<_>>| part.join().expect("no panic");
        parts.into_iter().flat_map(join).collect()
    })
}

fn ln_binomial(n: usize, k: usize) -> f64 {
    (0..k).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()).sum()
}

/// A measured difference from the theory at one size.
struct Measured {
    size: f64,
    difference: f64,
    error: f64,
}

fn measure(n: usize) -> [[Measured; 2]; 2] {
    let flips = DISTANCES.map(|d| (d * n as f64).round() as usize);
    let found = samples(n, flips);
    let size = n as f64;
    let p = Parameters {
        alpha: patterns_of(n) as f64 / size,
        ..Parameters::default()
    };
    let model = LocalModel::new("binary", "storage", "theta").expect("registered");
    [0, 1].map(|kind| {
        let distances = flips.map(|k| k as f64 / size);
        let curve = model.curve(&Choice::Margin(MARGINS[kind]), &p, &distances);
        let outcomes = curve.expect("a reference").outcomes;
        let used: Vec<_> = found.iter().filter_map(|s| s[kind]).collect();
        assert!(
            used.len() as f64 > 0.95 * SAMPLES as f64,
            "{} of {SAMPLES}",
            used.len()
        );
        [0, 1].map(|i| {
            let binomial = ln_binomial(n, flips[i]);
            let values = used.iter().map(|s| (s[i].0 - binomial) / size);
            let count = used.len() as f64;
            let mean = values.clone().sum::<f64>() / count;
            let variance = values.map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
            let none = used.iter().map(|s| s[i].1).sum::<f64>() / count;
            let o = outcomes[i].dominant().expect("a solution").observables;
            let theory = o.entropy - o.ball;
            let error = (variance / count).sqrt();
            println!(
                "margin {} N {n} d {:.3}: {mean:.5} +- {error:.5}, theory {theory:.5}, \
                 difference {:+.5}, without any solution {none:.1e}",
                MARGINS[kind],
                distances[i],
                mean - theory
            );
            Measured {
                size,
                difference: mean - theory,
                error,
            }
        })
    })
}

/// Value and standard error at `1/N = 0` of the weighted straight line in `1/N`.
fn extrapolate(points: &[&Measured]) -> (f64, f64) {
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        let term = |m: &&Measured| f(1.0 / m.size, m.difference) / (m.error * m.error);
        points.iter().map(term).sum()
    };
    let (s, sx, sxx) = (sum(&|_, _| 1.0), sum(&|x, _| x), sum(&|x, _| x * x));
    let (sy, sxy) = (sum(&|_, y| y), sum(&|x, y| x * y));
    let determinant = s * sxx - sx * sx;
    (
        (sxx * sy - sx * sxy) / determinant,
        (sxx / determinant).sqrt(),
    )
}

#[test]
fn enumeration_of_all_weights_extrapolates_to_the_theory() {
    let measured = SIZES.map(measure);
    let mut failures = Vec::new();
    for (kind, margin) in MARGINS.iter().enumerate() {
        for (i, distance) in DISTANCES.iter().enumerate() {
            let points: Vec<&Measured> = measured.iter().map(|m| &m[kind][i]).collect();
            let (limit, error) = extrapolate(&points);
            let [first, last] = [points[0], points[4]].map(|m| m.difference.abs());
            let line = format!("margin {margin} d {distance}: {limit:+.5} +- {error:.5}");
            println!("{line}, |difference| from {first:.5} to {last:.5}");
            // Curvature of the approach.
            if limit.abs() > 3.0 * error + CURVATURE || last >= first {
                failures.push(line);
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What terms of order `1/N²` can leave of a line through these sizes.
const CURVATURE: f64 = 2e-3;
