//! A finite number `y` of replicas at a mutual distance (LD.2 to LD.5), not necessarily an integer.
//!
//! With `e = y(q-q₀)` and `c = y(q̂-q̂₀)` the inner averages are over
//! `exp y[-(u-ω)²/(2e) + ln Z_ℓ(u, 1-q)]` and `exp y[-(a-b)²/(2c) + ln 2cosh a]`: sums over nodes
//! placed where these weights are, however large `y` is. Nothing cancels at order `y`.

use super::densest::gaps;
use super::group::Group;
use super::newton_small::{self, Root};
use super::one_field::OneField;
use crate::math::{Feature, GaussMeasure, special};
use crate::model::channel::Channel;
use crate::solve::NotConverged;
use std::f64::consts::PI;

/// Inner nodes a width apart.
const STEP: f64 = 0.55;
/// Factor of the finer steps that errors are estimated with.
const FINER: f64 = 0.6;
/// Maxima are found to within this part of the inner step: sums only begin there.
const CLOSE: f64 = 0.05;
/// Maxima are looked for on a grid of this step, and so far beyond the fields where they can be, in
/// units of `√v`.
const SUMMIT: f64 = 0.4;
const BEYOND: f64 = 8.0;
/// Inner terms this far below the largest one are left out.
const NEGLIGIBLE: f64 = 42.0;

/// One inner average: `F` at a node with what is averaged.
#[derive(Default)]
struct Node {
    exponent: f64,
    /// `exp(y F)`, relative to the largest.
    weight: f64,
    first: f64,
    second: f64,
    loss: f64,
}

/// Results of an inner average of weights `exp(yF)`: the log of its mass relative to a Gaussian of
/// variance `s/y`, `y(F* - ⟨F⟩)`, mean and variance of the first quantity, mean of the second and of
/// its square.
#[derive(Clone, Copy, Debug, Default)]
struct Inner {
    peak: f64,
    ln_mass: f64,
    excess: f64,
    mean: f64,
    variance: f64,
    second: f64,
    second_square: f64,
    loss: f64,
}

/// The inner average over a lattice of this step that contains `start`, outwards from it and from its
/// mirror image where the weight has two maxima.
fn inner(y: f64, spread: f64, step: f64, starts: &[f64], node: impl Fn(f64) -> Node) -> Inner {
    let index = |x: f64| (x / step).round() as i64;
    let mut terms: Vec<Node> = Vec::with_capacity(64);
    let mut peak = f64::NEG_INFINITY;
    let mut covered: Vec<(i64, i64)> = Vec::new();
    for &start in starts {
        let centre = index(start);
        if covered.iter().any(|&(a, b)| centre >= a && centre <= b) {
            continue;
        }
        let (mut low, mut high) = (centre, centre);
        for direction in [1, -1] {
            let mut i = if direction == 1 { centre } else { centre - 1 };
            loop {
                if covered.iter().any(|&(a, b)| i >= a && i <= b) {
                    break;
                }
                let term = node(step * i as f64);
                let ln = y * term.exponent;
                if ln < peak - NEGLIGIBLE && !(direction == 1 && i == centre)
                    || (i - centre).abs() > 20_000
                {
                    break;
                }
                peak = peak.max(ln);
                terms.push(term);
                (low, high) = (low.min(i), high.max(i));
                i += direction;
            }
        }
        covered.push((low, high));
    }
    let best = peak / y;
    let (mut mass, mut excess, mut mean, mut second, mut square) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut loss = 0.0;
    for t in &mut terms {
        let below = y * (t.exponent - best);
        let w = below.exp();
        t.weight = w;
        mass += w;
        excess -= w * below;
        mean += w * t.first;
        second += w * t.second;
        square += w * t.second * t.second;
        loss += w * t.loss;
    }
    mean /= mass;
    let variance = terms
        .iter()
        .map(|t| t.weight * (t.first - mean).powi(2))
        .sum::<f64>();
    Inner {
        peak: best,
        ln_mass: (mass * step * (y / (2.0 * PI * spread)).sqrt()).ln(),
        excess: excess / mass,
        mean,
        variance: variance / mass,
        second: second / mass,
        second_square: square / mass,
        loss: loss / mass,
    }
}

/// Averages of the inner results over the outer field.
#[derive(Clone, Copy, Debug, Default)]
struct Outer {
    /// `E (1/y) ln ∫`.
    value: f64,
    /// `E⟨g⟩²`.
    mean_square: f64,
    /// `E Var g`.
    variance: f64,
    /// `E⟨g′⟩`.
    second: f64,
    /// `E⟨g′²⟩`.
    second_square: f64,
    /// `E[ln mass + excess]`.
    entropy: f64,
    /// Mean loss of a pattern.
    loss: f64,
}

fn outer(y: f64, measure: &GaussMeasure, even: bool, inner: impl Fn(f64) -> Inner) -> Outer {
    let mut total = Outer::default();
    for &(z, w) in measure.nodes() {
        // Of an even integrand one half suffices.
        if even && z < 0.0 {
            continue;
        }
        let w = if even { 2.0 * w } else { w };
        let r = inner(z);
        total.value += w * (r.peak + r.ln_mass / y);
        total.mean_square += w * r.mean * r.mean;
        total.variance += w * r.variance;
        total.second += w * r.second;
        total.second_square += w * r.second_square;
        total.entropy += w * (r.ln_mass + r.excess);
        total.loss += w * r.loss;
    }
    total
}

/// Maximiser of `-(u-ω)²/(2s) + f(u)` for concave `f`, from `[f′, f″]`, to within `close`.
fn maximiser(omega: f64, s: f64, start: f64, close: f64, f: impl Fn(f64) -> [f64; 2]) -> f64 {
    let mut u = start;
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for _ in 0..100 {
        let [slope, bend] = f(u);
        let r = u - omega - s * slope;
        if r > 0.0 {
            high = u
        } else {
            low = u
        }
        let mut next = u - r / (1.0 - s * bend);
        if !(next > low && next < high) {
            next = if low.is_finite() && high.is_finite() {
                0.5 * (low + high)
            } else {
                next.clamp(u - 10.0 - u.abs(), u + 10.0 + u.abs())
            };
        }
        if (next - u).abs() < close {
            return next;
        }
        u = next;
    }
    u
}

/// The patterns of a group: outer field of variance `q₀`, inner one of variance `e/y`. The mean loss
/// only where it is asked for.
fn patterns(field: &OneField, y: f64, q: f64, e: f64, fine: f64, with_loss: bool) -> Outer {
    let v = field.v();
    let q0 = (q - e / y).max(0.0);
    let root = q0.sqrt();
    let step = fine * (STEP / (y * (1.0 / e + 1.0 / v)).sqrt()).min(0.7 * v.sqrt());
    let mut features: Vec<Feature> = field
        .features()
        .into_iter()
        .map(|f| Feature {
            centre: f.centre / root.max(1e-9),
            width: (f.width * f.width + e / y).sqrt() / root.max(1e-9),
        })
        .filter(|f| f.centre.abs() < 10.0)
        .collect();
    if !field.concave() && root > 1e-3 {
        // Where the weight passes from one maximum to another, over a width of order 1/y (LD.32).
        for (a, b) in gaps(field, e) {
            let (low, high) = (field.at(a)[1], field.at(b)[1]);
            features.push(Feature {
                centre: (a - e * low) / root,
                width: (1.0 / (y * (high - low).abs() * root)).clamp(1e-4, 1.0),
            });
        }
    }
    let measure = GaussMeasure::graded(&features);
    let measure = if fine < 1.0 {
        measure.refined()
    } else {
        measure
    };
    outer(y, &measure, false, |z| {
        let omega = root * z;
        let tops = if field.concave() {
            let top = maximiser(omega, e, omega.max(0.0), CLOSE * step, |u| {
                let [_, g, bend] = field.at(u);
                [g, bend]
            });
            vec![top]
        } else {
            summits(field, omega, e)
        };
        inner(y, e, step, &tops, |u| {
            let [ln_z, g, bend] = field.at(u);
            Node {
                exponent: ln_z - (u - omega) * (u - omega) / (2.0 * e),
                first: g,
                second: bend,
                loss: if with_loss { field.mean_energy(u) } else { 0.0 },
                ..Node::default()
            }
        })
    })
}

/// Every local maximum of `ln Z(u) - (u-ω)²/(2e)`, to within a fraction of the width on which `ln Z`
/// varies: where `ln Z` is not concave there can be several.
fn summits(field: &OneField, omega: f64, e: f64) -> Vec<f64> {
    let width = field.v().sqrt();
    let centres = field.features().into_iter().map(|f| f.centre);
    let (low, high) = centres.fold((omega, omega), |(low, high), c| (low.min(c), high.max(c)));
    let step = SUMMIT * width;
    let (from, to) = (low - BEYOND * width, high + BEYOND * width);
    let count = ((to - from) / step).ceil() as usize;
    let at = |i: usize| from + step * i as f64;
    let height = |i: usize| {
        let u = at(i);
        field.at(u)[0] - (u - omega) * (u - omega) / (2.0 * e)
    };
    let heights: Vec<f64> = (0..=count).map(height).collect();
    let top = |i: &usize| {
        let above = |j: usize| heights.get(j).is_none_or(|h| *h <= heights[*i]);
        (*i == 0 || above(i - 1)) && above(i + 1)
    };
    (0..=count).filter(top).map(at).collect()
}

/// Two signs in a group: outer field of variance `q̂₀` and mean `h`, inner one of variance `c/y`.
fn weights(y: f64, q_hat: f64, c: f64, bias: f64, fine: f64) -> Outer {
    let root = q_hat.sqrt();
    let step = fine * (STEP * (c / y).sqrt()).min(0.3);
    let features = [Feature {
        centre: -bias / root.max(1e-9),
        width: (1.0 / (1.0 + y * c.sqrt())).max(1e-3) / root.max(1e-9),
    }];
    let seen = root > 1e-3 && bias.abs() < 10.0 * root;
    let features: &[Feature] = if seen { &features } else { &[] };
    let measure = GaussMeasure::graded(features);
    let measure = if fine < 1.0 {
        measure.refined()
    } else {
        measure
    };
    outer(y, &measure, bias == 0.0, |z| {
        let b = root * z + bias;
        // The outer maximum on either side of the field.
        let side = |sign: f64| {
            let mut a = b + sign * c;
            for _ in 0..200 {
                let next = b + c * a.tanh();
                if (next - a).abs() < CLOSE * step {
                    break;
                }
                a = next;
            }
            a
        };
        inner(y, c, step, &[side(1.0), side(-1.0), b], |a| {
            let [ln_cosh, tanh, sech] = special::cosh_jet(a);
            Node {
                exponent: ln_cosh - (a - b) * (a - b) / (2.0 * c),
                first: tanh,
                second: sech,
                ..Node::default()
            }
        })
    })
}

fn external(y: f64, q: f64, [c, e]: [f64; 2], site: &Outer, field: &Outer, alpha: f64) -> f64 {
    let pattern = -0.5 - 0.5 * e * field.second - 0.5 * e * y * field.variance + field.entropy;
    -0.5 - 0.5 * c * (1.0 - q) + site.entropy + alpha * pattern
}

/// Two signs of given bias and offset: Newton on `q̂₀ = αE⟨g⟩²`, `E⟨tanh²⟩ = q` and `e = y E Var tanh`, and, where the
/// number of replicas is to make the external entropy vanish, on that.
pub fn signs(
    channel: Channel,
    (bias, offset): (f64, f64),
    distance: f64,
    y: Option<f64>,
    guess: &Group,
) -> Result<Group, NotConverged> {
    let p = channel.parameters;
    let pattern = OneField::new(channel, 2.0 * distance);
    let q = 1.0 - 2.0 * distance;
    let parts = |y: f64, e: f64, q_hat: f64, c: f64| {
        (
            weights(y, q_hat, c, bias, 1.0),
            patterns(&pattern, y, q, e, 1.0, false),
        )
    };
    let equations = |y: f64, e: f64, q_hat: f64, c: f64, site: &Outer, field: &Outer| {
        [
            (p.alpha * field.mean_square / q_hat).ln(),
            (site.mean_square + site.variance) / q - 1.0,
            (y * site.variance / e).ln(),
            external(y, q, [c, e], site, field, p.alpha),
        ]
    };
    // e/y stays below q.
    let unpack = |y: f64, x: &[f64]| (y * q / (1.0 + (-x[0]).exp()), x[1].exp(), x[2].exp());
    let pack = |y: f64| {
        let share = (guess.e / (y * q)).clamp(1e-9, 1.0 - 1e-9);
        [(share / (1.0 - share)).ln(), guess.q_hat.ln(), guess.c.ln()]
    };
    let computed = pattern.computed_alone();
    let group = |y: f64, e: f64, q_hat: f64, c: f64, fine: f64| {
        let site = weights(y, q_hat, c, bias, fine);
        let pattern = if fine < 1.0 { &computed } else { &pattern };
        let field = patterns(pattern, y, q, e, fine, true);
        let q1_hat = q_hat + c / y;
        let left = equations(y, e, q_hat, c, &site, &field);
        let found = Group {
            distance,
            y,
            e,
            c,
            q_hat,
            value: offset + site.value - 0.5 * q1_hat * (1.0 - q) - 0.5 * (e * q_hat + q * c)
                + p.alpha * field.value,
            error: 1e-14,
            slope: 0.5 * (y - 1.0) * (p.alpha * field.variance - c / y),
            external: external(y, q, [c, e], &site, &field, p.alpha),
            replicon: 1.0 - p.alpha * field.second_square * site.second_square,
            mean_loss: field.loss,
            mean_loss_error: 0.0,
            residual: f64::NAN,
        };
        (found, left)
    };
    match y {
        Some(y) => {
            let root = newton_small::solve(pack(y), |x: &[f64; 3]| {
                let (e, q_hat, c) = unpack(y, x);
                let (site, field) = parts(y, e, q_hat, c);
                let [a, b, d, _] = equations(y, e, q_hat, c, &site, &field);
                [a, b, d]
            })?;
            let at = |x: &[f64; 3], fine: f64| {
                let (e, q_hat, c) = unpack(y, x);
                let (group, [a, b, d, _]) = group(y, e, q_hat, c, fine);
                (group, [a, b, d])
            };
            Ok(with_errors(&root, at))
        }
        None => {
            let [a, b, d] = pack(guess.y);
            let start = [a, b, d, guess.y.ln()];
            let root = newton_small::solve(start, |x: &[f64; 4]| {
                let y = x[3].exp();
                let (e, q_hat, c) = unpack(y, x);
                let (site, field) = parts(y, e, q_hat, c);
                equations(y, e, q_hat, c, &site, &field)
            })?;
            let at = |x: &[f64; 4], fine: f64| {
                let y = x[3].exp();
                let (e, q_hat, c) = unpack(y, x);
                group(y, e, q_hat, c, fine)
            };
            Ok(with_errors(&root, at))
        }
    }
}

/// The group at a root, from what is there at given coordinates on nodes of a given fineness: its
/// numbers, and the equations. Its error is what they change by on finer nodes without tables, where
/// the root is another (LD.33).
fn with_errors<const N: usize>(
    root: &Root<N>,
    at: impl Fn(&[f64; N], f64) -> (Group, [f64; N]),
) -> Group {
    let (group, _) = at(&root.x, 1.0);
    let (finer, left) = at(&root.x, FINER);
    let (moved, _) = at(&root.moved(&left), 1.0);
    Group {
        residual: root.residual,
        ..group.corrected(&finer).corrected(&moved)
    }
}

/// Spherical weights: Newton on `q₀/(1-q+e)² = αE⟨g⟩²` (LD.5).
pub fn spherical(
    channel: Channel,
    distance: f64,
    y: Option<f64>,
    guess: &Group,
) -> Result<Group, NotConverged> {
    let p = channel.parameters;
    let pattern = OneField::new(channel, 2.0 * distance);
    let (q, v) = (1.0 - 2.0 * distance, 2.0 * distance);
    let unpack = |y: f64, x: f64| y * q / (1.0 + (-x).exp());
    let volume = |y: f64, e: f64, field: &Outer| {
        let total = v + e;
        // At the saddle point the terms of order y cancel between weights and patterns.
        let site = 0.5 * (total / v).ln() - 0.5 * e / total;
        let pattern = -0.5 - 0.5 * e * field.second - 0.5 * e * y * field.variance + field.entropy;
        site + p.alpha * pattern
    };
    let start = |y: f64| {
        let share = (guess.e / (y * q)).clamp(1e-9, 1.0 - 1e-9);
        (share / (1.0 - share)).ln()
    };
    let equation = |y: f64, e: f64, field: &Outer| {
        (p.alpha * field.mean_square / (q - e / y)).ln() + 2.0 * (v + e).ln()
    };
    let computed = pattern.computed_alone();
    let group = |y: f64, e: f64, fine: f64| {
        let pattern = if fine < 1.0 { &computed } else { &pattern };
        let field = patterns(pattern, y, q, e, fine, true);
        let (total, q0) = (v + e, q - e / y);
        let external = volume(y, e, &field);
        let found = Group {
            distance,
            y,
            e,
            c: 0.0,
            q_hat: 0.0,
            value: 0.5 * (v.ln() + (total / v).ln() / y + q0 / total) + p.alpha * field.value,
            error: 1e-14,
            slope: 0.5 * (y - 1.0) * (p.alpha * field.variance - e / (y * v * total)),
            external,
            replicon: 1.0 - p.alpha * field.second_square * v * v,
            mean_loss: field.loss,
            mean_loss_error: 0.0,
            residual: f64::NAN,
        };
        (found, [equation(y, e, &field), external])
    };
    match y {
        Some(y) => {
            let root = newton_small::solve([start(y)], |x: &[f64; 1]| {
                let e = unpack(y, x[0]);
                [equation(y, e, &patterns(&pattern, y, q, e, 1.0, false))]
            })?;
            let at = |x: &[f64; 1], fine: f64| {
                let (group, [left, _]) = group(y, unpack(y, x[0]), fine);
                (group, [left])
            };
            Ok(with_errors(&root, at))
        }
        None => {
            let root = newton_small::solve([start(guess.y), guess.y.ln()], |x: &[f64; 2]| {
                let y = x[1].exp();
                let e = unpack(y, x[0]);
                let field = patterns(&pattern, y, q, e, 1.0, false);
                [equation(y, e, &field), volume(y, e, &field)]
            })?;
            let at = |x: &[f64; 2], fine: f64| {
                let y = x[1].exp();
                group(y, unpack(y, x[0]), fine)
            };
            Ok(with_errors(&root, at))
        }
    }
}
