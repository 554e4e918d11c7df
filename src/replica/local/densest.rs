//! Infinitely many replicas at a mutual distance: the densest regions that replica symmetry between
//! groups predicts (LD.6, LD.7).
//!
//! Averages over a field `z` are taken in the variable of the maximiser, in which `z` is explicit and
//! nothing has to be solved: `z = (u - e g(u))/√q` for the patterns, `z = (a - c tanh a)/√q̂` for
//! binary weights, whose maximiser jumps at `z = 0` where `c > 1`.

use super::group::Group;
use super::newton_small;
use super::patterns::{Thermal, ThermalPatterns};
use crate::math::gauss::{panel_nodes, refine_adaptively};
use crate::math::special;
use crate::model::{Parameters, scalar::Loss};
use crate::solve::NotConverged;

/// Largest field that counts.
const CUT: f64 = 9.0;
/// Accuracy of the averages, relative to the sum of their magnitudes.
const RESOLUTION: f64 = 1e-13;
/// Conjugate fields weaker than this are averaged over directly.
const WEAK: f64 = 1e-2;
/// Panels to begin with.
const PANELS: f64 = 12.0;
/// Below this the patterns do not count at all.
const NOTHING: f64 = 1e-26;

/// Averages over one field, in the order of [`Patterns`] or [`Weights`].
type Averages = [f64; 5];

/// `∫ f` over `[from, to]` of a vector-valued integrand on panels that resolve all of its components;
/// the second result is the error by halving them.
fn integrate(from: f64, to: f64, f: impl Fn(f64) -> Averages) -> (Averages, f64) {
    let step = (to - from) / PANELS;
    let whole: Vec<(f64, f64)> = (0..PANELS as usize)
        .map(|i| (from + step * i as f64, from + step * (i + 1) as f64))
        .collect();
    // Every component is resolved relative to its own size.
    let mut size = [f64::MIN_POSITIVE; 5];
    for (x, w) in panel_nodes(&whole) {
        for (size, value) in size.iter_mut().zip(f(x)) {
            *size += w * value.abs();
        }
    }
    let panels = refine_adaptively(&whole, RESOLUTION, |x| {
        f(x).iter().zip(&size).map(|(v, s)| v.abs() / s).sum()
    });
    let halves: Vec<(f64, f64)> = panels
        .iter()
        .flat_map(|&(a, b)| [(a, 0.5 * (a + b)), (0.5 * (a + b), b)])
        .collect();
    let sum = |panels: &[(f64, f64)]| {
        let mut total = [0.0; 5];
        for (x, w) in panel_nodes(panels) {
            for (total, value) in total.iter_mut().zip(f(x)) {
                *total += w * value;
            }
        }
        total
    };
    let (coarse, fine) = (sum(&panels), sum(&halves));
    (fine, (fine[0] - coarse[0]).abs())
}

/// Where an increasing function takes a value.
fn inverse(value: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-60.0, 60.0);
    for _ in 0..80 {
        let mid = 0.5 * (low + high);
        if f(mid) < value {
            low = mid
        } else {
            high = mid
        }
    }
    0.5 * (low + high)
}

/// `[ln Z - e g²/2, g², g′²/(1-e g′), e g′/(1-e g′) + ln(1-e g′), g′²]` averaged over the field.
fn patterns<L: Loss + 'static>(
    loss: &L,
    q: f64,
    v: f64,
    e: f64,
    p: &Parameters,
) -> (Averages, f64) {
    let root = q.sqrt();
    let patterns = Thermal {
        loss: loss.clone(),
        parameters: *p,
    };
    let ln_z = patterns.ln_z(v, 1.5 * CUT);
    let jet = |u: f64| ln_z.at(u);
    let z = |u: f64| (u - e * jet(u)[1]) / root;
    let (from, to) = (inverse(-CUT, z), inverse(CUT, z));
    integrate(from, to, |u| {
        let [ln_z, g, bend] = jet(u);
        let narrow = 1.0 - e * bend;
        let w = special::gauss((u - e * g) / root) / root;
        let w1 = w * narrow;
        let entropy = e * bend / narrow + narrow.ln();
        [
            w1 * (ln_z - 0.5 * e * g * g),
            w1 * g * g,
            w * bend * bend,
            w1 * entropy,
            w1 * bend * bend,
        ]
    })
}

/// `[ln 2cosh a - c tanh²a/2, tanh²a, z tanh a, ln(1 - c sech²a), sech⁴a]` averaged over the field,
/// on the branch of the maximum.
fn weights(q_hat: f64, c: f64) -> (Averages, f64) {
    let root = q_hat.sqrt();
    let z = |a: f64| (a - c * a.tanh()) / root;
    let site = |z: f64, a: f64, w: f64| {
        let [ln_cosh, tanh, sech] = special::cosh_jet(a);
        let narrow = 1.0 - c * sech;
        let log = if narrow > 0.0 { narrow.ln() } else { 0.0 };
        let value = ln_cosh - 0.5 * c * tanh * tanh;
        [value, tanh * tanh, z * tanh, log, sech * sech].map(|x| w * x)
    };
    // By symmetry the half line of positive fields; its end is where the maximiser jumps.
    let from = if c > 1.0 { jump(c) } else { 0.0 };
    if root < WEAK && c > 1.0 {
        // The maximiser hardly moves: its variable would lose the digits of the field.
        return integrate(0.0, CUT, |z| {
            let mut a = from + root * z;
            for _ in 0..60 {
                let [_, tanh, sech] = special::cosh_jet(a);
                let step = (a - c * tanh - root * z) / (1.0 - c * sech);
                a -= step;
                if step.abs() <= 4.0 * f64::EPSILON * a.abs() {
                    break;
                }
            }
            site(z, a, 2.0 * special::gauss(z))
        });
    }
    let to = inverse(CUT, z).max(from);
    integrate(from, to, |a| {
        let z = z(a);
        let narrow = 1.0 - c * special::sech_squared(a);
        site(z, a, 2.0 * special::gauss(z) * narrow / root)
    })
}

/// The positive root of `a = c tanh a`, for `c > 1`.
fn jump(c: f64) -> f64 {
    let (mut low, mut high): (f64, f64) = (1e-12, c + 1.0);
    for _ in 0..90 {
        let mid = 0.5 * (low + high);
        if mid < c * mid.tanh() {
            low = mid
        } else {
            high = mid
        }
    }
    0.5 * (low + high)
}

/// Spherical weights: the root of `q/(1-q+e)² = α E g²`, followed in `ln e` from a guess.
pub fn spherical<L: Loss + 'static>(
    loss: &L,
    distance: f64,
    guess: Option<&Group>,
    p: &Parameters,
) -> Result<Group, NotConverged> {
    let (q, v) = (1.0 - 2.0 * distance, 2.0 * distance);
    let equation = |x: &[f64; 1]| -> [f64; 1] {
        let e = x[0].exp();
        let (sums, _) = patterns(loss, q, v, e, p);
        [(p.alpha * sums[1] / q).ln() + 2.0 * (v + e).ln()]
    };
    let start = guess.map_or(v.ln(), |g| g.e.max(1e-300).ln());
    let (x, residual) = newton_small::solve([start], equation)?;
    let e = x[0].exp();
    let (sums, error) = patterns(loss, q, v, e, p);
    let total = v + e;
    Ok(Group {
        e,
        c: 0.0,
        q_hat: q / (total * total),
        value: 0.5 * v.ln() + 0.5 * q / total + p.alpha * sums[0],
        error: p.alpha * error + 1e-14,
        slope: 0.5 * (p.alpha * e * sums[2] - e / (v * total)),
        external: 0.5 * (total / v).ln() - 0.5 * e / total - 0.5 * p.alpha * sums[3],
        replicon: 1.0 - p.alpha * sums[4] * v * v,
        residual,
        ..Group::infinite(distance)
    })
}

/// Binary weights: Newton on `αE g² = q̂`, `E tanh² = q` and `E[z tanh]/√q̂ = 1 - q + e`.
pub fn binary<L: Loss + 'static>(
    loss: &L,
    distance: f64,
    guess: Option<&Group>,
    p: &Parameters,
) -> Result<Group, NotConverged> {
    let (q, v) = (1.0 - 2.0 * distance, 2.0 * distance);
    let root = q.sqrt();
    let free = root.atanh() / root;
    let equation = |x: &[f64; 3]| -> [f64; 3] {
        let [e, q_hat, c] = x.map(f64::exp);
        let (field, _) = patterns(loss, q, v, e, p);
        let (site, _) = weights(q_hat, c);
        [
            (p.alpha * field[1] / q_hat).ln(),
            site[1] / q - 1.0,
            ((site[2] / q_hat.sqrt() - v) / e).ln(),
        ]
    };
    let start = match guess {
        Some(g) if g.q_hat > NOTHING => [g.e.ln(), g.q_hat.ln(), g.c.ln()],
        _ => [0.0, p.alpha.ln(), (0.5 * free).ln()],
    };
    let solved = newton_small::solve(start, equation);
    let (x, residual) = match solved {
        Ok(solved) => solved,
        Err(error) => return without_patterns(loss, distance, p).ok_or(error),
    };
    let [e, q_hat, c] = x.map(f64::exp);
    let (field, field_error) = patterns(loss, q, v, e, p);
    let (site, site_error) = weights(q_hat, c);
    Ok(Group {
        e,
        c,
        q_hat,
        value: site[0] - 0.5 * q_hat * v - 0.5 * (q * c + q_hat * e) + p.alpha * field[0],
        error: p.alpha * field_error + site_error + 1e-14,
        slope: 0.5 * (p.alpha * e * field[2] - c),
        external: -0.5 * c * v - 0.5 * site[3] - 0.5 * p.alpha * field[3],
        replicon: 1.0 - p.alpha * field[4] * site[4],
        residual,
        ..Group::infinite(distance)
    })
}

/// The limit `q̂ → 0`, in which the region is the whole ball around its centre (LD.8): exact to
/// rounding where even the largest field of a pattern is negligible.
fn without_patterns<L: Loss + 'static>(loss: &L, distance: f64, p: &Parameters) -> Option<Group> {
    let (q, v) = (1.0 - 2.0 * distance, 2.0 * distance);
    let root = q.sqrt();
    let c = root.atanh() / root;
    // The response that so weak a field would have, E|z| tanh a/√q̂; a stronger one contradicts it.
    let response = (2.0 * q / (std::f64::consts::PI * NOTHING)).sqrt();
    let (field, _) = patterns(loss, q, v, response, p);
    if p.alpha * field[1] > NOTHING {
        return None;
    }
    let half = |x: f64| if x > 0.0 { -x * x.ln() } else { 0.0 };
    Some(Group {
        e: f64::INFINITY,
        c,
        q_hat: 0.0,
        value: half(0.5 * (1.0 + root)) + half(0.5 * (1.0 - root)),
        error: 1e-14,
        slope: -0.5 * c,
        // Their response e grows without bound, and with it ln(1 - e g′).
        external: f64::NEG_INFINITY,
        replicon: 1.0,
        residual: 0.0,
        ..Group::infinite(distance)
    })
}
