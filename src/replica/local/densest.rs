//! Infinitely many replicas at a mutual distance: the densest regions that replica symmetry between
//! groups predicts (LD.6, LD.7).
//!
//! Averages over a field `z` are taken in the variable of the maximiser, in which `z` is explicit and
//! nothing has to be solved: `z = (u - e g(u))/√q` for the patterns, `z = (a - c tanh a)/√q̂` for
//! binary weights, whose maximiser jumps at `z = 0` where `c > 1`.

use super::group::Group;
use super::one_field::OneField;
use crate::math::gauss::{panel_nodes, refine_adaptively};
use crate::math::{special, wide};
use crate::model::channel::Channel;
use crate::solve::newton::{Linear, newton};
use crate::solve::problem::norm;
use crate::solve::{NotConverged, Tolerances};
use nalgebra::{DMatrix, DVector, Matrix2, Vector2};
use std::cell::RefCell;

/// Largest field that counts.
const CUT: f64 = 9.0;
/// Accuracy of the averages, relative to the sum of their magnitudes.
const RESOLUTION: f64 = 1e-13;
/// Conjugate fields weaker than this are averaged over directly.
const WEAK: f64 = 1e-2;
/// Panels to begin with.
const PANELS: f64 = 12.0;
/// Maximisers of patterns whose `ln Z_ℓ` is not concave are looked for up to this field, on a grid of
/// this step in units of `√v`.
const FARTHEST: f64 = 13.0;
const HULL: f64 = 0.1;
/// Panels are resolved again at a root farther than this from where they were, at most so often.
const NEAR: f64 = 0.1;
const ROUNDS: usize = 6;
/// Steps towards a common tangent.
const TANGENT: usize = 40;
/// Below this the patterns do not count at all.
const NOTHING: f64 = 1e-26;

/// Averages over one field.
const COUNT: usize = 8;
type Averages = [f64; COUNT];
/// Panels of intervals, relative to these: those of one integrand serve others that differ little.
type Panels = Vec<Vec<(f64, f64)>>;

/// Panels, relative to the interval, that resolve every component of an integrand over it.
fn resolve((from, to): (f64, f64), f: &dyn Fn(f64) -> Averages) -> Vec<(f64, f64)> {
    let step = 1.0 / PANELS;
    let whole: Vec<(f64, f64)> = (0..PANELS as usize)
        .map(|i| (step * i as f64, step * (i + 1) as f64))
        .collect();
    let f = |t: f64| f(from + (to - from) * t);
    // Every component is resolved relative to its own size.
    let mut size = [f64::MIN_POSITIVE; COUNT];
    for (x, w) in panel_nodes(&whole) {
        for (size, value) in size.iter_mut().zip(f(x)) {
            *size += w * value.abs();
        }
    }
    refine_adaptively(&whole, RESOLUTION, |x| {
        f(x).iter().zip(&size).map(|(v, s)| v.abs() / s).sum()
    })
}

/// `∫ f` over the interval on these panels.
fn sum_over(
    (from, to): (f64, f64),
    panels: &[(f64, f64)],
    f: &dyn Fn(f64) -> Averages,
) -> Averages {
    let mut total = [0.0; COUNT];
    for (t, w) in panel_nodes(panels) {
        for (total, value) in total.iter_mut().zip(f(from + (to - from) * t)) {
            *total += (to - from) * w * value;
        }
    }
    total
}

/// Integrals over several intervals on panels that are kept for the next integrands, which have to be
/// similar; those of other numbers of intervals are resolved anew.
#[derive(Default)]
struct Integrals {
    panels: RefCell<Panels>,
}

impl Integrals {
    fn of(&self, pieces: &[(f64, f64)], f: &dyn Fn(f64) -> Averages) -> Averages {
        let mut kept = self.panels.borrow_mut();
        if kept.len() != pieces.len() {
            *kept = pieces.iter().map(|piece| resolve(*piece, f)).collect();
        }
        let mut total = [0.0; COUNT];
        for (piece, panels) in pieces.iter().zip(kept.iter()) {
            for (total, value) in total.iter_mut().zip(sum_over(*piece, panels, f)) {
                *total += value;
            }
        }
        total
    }

    /// Resolves the next integrand anew.
    fn forget(&self) {
        self.panels.borrow_mut().clear();
    }

    /// On panels that are resolved for this integrand, with the error by halving them.
    fn with_error(pieces: &[(f64, f64)], f: &dyn Fn(f64) -> Averages) -> (Averages, f64) {
        let mut total = ([0.0; COUNT], 0.0);
        for piece in pieces {
            let panels = resolve(*piece, f);
            let halves = halved(&panels);
            let (coarse, fine) = (sum_over(*piece, &panels, f), sum_over(*piece, &halves, f));
            for (total, value) in total.0.iter_mut().zip(fine) {
                *total += value;
            }
            let changes = fine.iter().zip(&coarse).map(|(a, b)| (a - b).abs());
            total.1 += changes.fold(0.0, f64::max);
        }
        total
    }
}

/// How integrals are taken: on panels that are kept, or on their own with an error.
enum Accuracy<'a> {
    Kept(&'a Integrals),
    Checked,
}

impl Accuracy<'_> {
    fn integrate(&self, pieces: &[(f64, f64)], f: &dyn Fn(f64) -> Averages) -> (Averages, f64) {
        match self {
            Accuracy::Kept(integrals) => (integrals.of(pieces, f), 0.0),
            Accuracy::Checked => Integrals::with_error(pieces, f),
        }
    }
}

/// Where an increasing function takes a value.
fn inverse(value: f64, f: impl Fn(f64) -> f64) -> f64 {
    inverse_between(value, (-60.0, 60.0), f)
}

/// Where a function that increases between two points takes a value; the nearer end if it does not.
fn inverse_between(value: f64, (mut low, mut high): (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
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

/// Intervals of the maximiser `u` that fields within [`CUT`] reach, and where it jumps from one to the
/// next (LD.32).
struct Maximisers {
    pieces: Vec<(f64, f64)>,
    jumps: Vec<Jump>,
}

/// A jump of the maximiser.
struct Jump {
    /// The field.
    z: f64,
    /// `dz/de`.
    rate: f64,
    /// `g` on either side.
    g: [f64; 2],
}

impl Maximisers {
    fn of(field: &OneField, q: f64, e: f64) -> Self {
        let root = q.sqrt();
        let z = |u: f64| (u - e * field.at(u)[1]) / root;
        if field.concave() {
            let pieces = vec![(inverse(-CUT, z), inverse(CUT, z))];
            return Maximisers {
                pieces,
                jumps: Vec::new(),
            };
        }
        let gaps = gaps(field, e);
        let jumps = gaps.iter().map(|&(a, b)| {
            let [low, high] = [field.at(a), field.at(b)];
            Jump {
                z: 0.5 * (z(a) + z(b)),
                rate: (low[0] - high[0]) / (b - a) / root,
                g: [low[1], high[1]],
            }
        });
        let jumps = jumps.filter(|jump| jump.z.abs() < CUT).collect();
        let ends = |low: f64, high: f64| {
            let from = inverse_between(-CUT, (low, high), z);
            (from, inverse_between(CUT, (low, high), z))
        };
        let mut low = -FARTHEST;
        let mut pieces = Vec::new();
        for (a, b) in gaps {
            pieces.push(ends(low, a));
            low = b;
        }
        pieces.push(ends(low, FARTHEST));
        // Of a piece beyond the fields that count nothing is left.
        pieces.retain(|(from, to)| from < to);
        Maximisers { pieces, jumps }
    }
}

/// What the maximiser leaves out: the straight parts of the convex hull of `u²/2 - e ln Z(u)`, of which
/// the maximum over `u` of `uω` minus it is the Legendre transform (LD.32).
fn gaps(field: &OneField, e: f64) -> Vec<(f64, f64)> {
    let psi = |u: f64| 0.5 * u * u - e * field.at(u)[0];
    let step = HULL * field.v().sqrt().min(1.0);
    let count = (2.0 * FARTHEST / step).ceil() as usize;
    let mut hull: Vec<(usize, f64, f64)> = Vec::new();
    for i in 0..=count {
        let u = -FARTHEST + step * i as f64;
        let at = (i, u, psi(u));
        while let [.., a, b] = hull[..] {
            if (b.2 - a.2) * (at.1 - a.1) < (at.2 - a.2) * (b.1 - a.1) {
                break;
            }
            hull.pop();
        }
        hull.push(at);
    }
    let wide = hull.windows(2).filter(|w| w[1].0 - w[0].0 > 1);
    let ends = wide.map(|w| match (w[0].0, w[1].0) {
        // The other end lies beyond the fields that count, and so does the jump.
        (0, _) => (w[0].1, w[1].1),
        (_, last) if last == count => (w[0].1, w[1].1),
        _ => tangent(field, e, (w[0].1, w[1].1)),
    });
    ends.collect()
}

/// The common tangent of `u²/2 - e ln Z(u)` at two points, from a guess: Newton's method.
fn tangent(field: &OneField, e: f64, (mut a, mut b): (f64, f64)) -> (f64, f64) {
    for _ in 0..TANGENT {
        let ([fa, ga, ba], [fb, gb, bb]) = (field.at(a), field.at(b));
        let (sa, sb) = (a - e * ga, b - e * gb);
        let rise = 0.5 * (b * b - a * a) - e * (fb - fa);
        // Slopes are equal, and the chord has that slope.
        let (r1, r2) = (sb - sa, rise - 0.5 * (sa + sb) * (b - a));
        let (ca, cb) = (1.0 - e * ba, 1.0 - e * bb);
        let m = Matrix2::new(
            -ca,
            cb,
            0.5 * (sb - sa) - 0.5 * ca * (b - a),
            0.5 * (sb - sa) - 0.5 * cb * (b - a),
        );
        let Some(step) = m.lu().solve(&Vector2::new(r1, r2)) else {
            break;
        };
        let longest = 0.2 * (b - a);
        a -= step[0].clamp(-longest, longest);
        b -= step[1].clamp(-longest, longest);
        if step.amax() <= 1e-14 * (1.0 + b.abs()) {
            break;
        }
    }
    (a, b)
}

/// `[ln Z - e g²/2, g², g′²/(1-e g′), e g′/(1-e g′) + ln(1-e g′), g′², dE g²/de]` averaged over the field;
/// the third, the fourth and the last with what jumps of the maximiser add (LD.32, LD.36).
fn patterns(field: &OneField, q: f64, e: f64, accuracy: &Accuracy<'_>) -> (Averages, f64) {
    let root = q.sqrt();
    let branches = Maximisers::of(field, q, e);
    let mut total = accuracy.integrate(&branches.pieces, &|u| {
        let [ln_z, g, bend] = field.at(u);
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
            2.0 * w * g * g * bend,
            0.0,
            0.0,
        ]
    });
    for Jump { z, rate, g } in branches.jumps {
        let jump = special::gauss(z) * (g[1] - g[0]) / root;
        total.0[2] += jump / e;
        total.0[3] += e * jump;
        total.0[5] += special::gauss(z) * rate * (g[0] * g[0] - g[1] * g[1]);
    }
    total
}

/// Mean loss of a pattern at the maximiser, and its error by halving panels that resolve its weight.
fn mean_loss(field: &OneField, q: f64, e: f64) -> (f64, f64) {
    let root = q.sqrt();
    let branches = Maximisers::of(field, q, e);
    let weight = |u: f64| {
        let [ln_z, g, bend] = field.at(u);
        let w = special::gauss((u - e * g) / root) / root * (1.0 - e * bend);
        [w, w * ln_z, w * g * g, w * bend, 0.0, 0.0, 0.0, 0.0]
    };
    let mut sums = [0.0; 2];
    for &(from, to) in &branches.pieces {
        let panels = resolve((from, to), &weight);
        let halves = halved(&panels);
        for (sum, panels) in sums.iter_mut().zip([&panels, &halves]) {
            let (fields, weights): (Vec<f64>, Vec<f64>) = panel_nodes(panels)
                .into_iter()
                .map(|(t, w)| {
                    let u = from + (to - from) * t;
                    (u, (to - from) * w * weight(u)[0])
                })
                .unzip();
            *sum += wide::dot(&weights, &field.mean_energies(&fields));
        }
    }
    (sums[1], (sums[1] - sums[0]).abs())
}

/// Every panel halved.
fn halved(panels: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let both = panels.iter().flat_map(|&(a, b)| {
        let mid = 0.5 * (a + b);
        [(a, mid), (mid, b)]
    });
    both.collect()
}

/// `[ln 2cosh a - c tanh²a/2, tanh²a, z tanh a, ln(1 - c sech²a), sech⁴a]` averaged over the field on the
/// branch of the maximum, `a = √q̂ z + h + c tanh a`, and the derivatives of `E tanh²a` and `E z tanh a` in
/// `c` and in `√q̂`: `tanh²a s`, `z tanh a s` and `z² s` with `s = sech²a/(1 - c sech²a)` (LD.36).
fn weights(q_hat: f64, c: f64, bias: f64, halves: [&Accuracy<'_>; 2]) -> (Averages, f64) {
    // Either sign of `√q̂ z + h` by itself: the mirror image of the other with the opposite bias.
    let (mut sums, mut error) = half(q_hat, c, bias, halves[0]);
    let (other, other_error) = if bias == 0.0 {
        (sums, error)
    } else {
        half(q_hat, c, -bias, halves[1])
    };
    for (sum, other) in sums.iter_mut().zip(other) {
        *sum += other;
    }
    error += other_error;
    (sums, error)
}

/// Derivatives of `E tanh²a` and of `E z tanh a/√q̂` in `c`, and in `q̂` (LD.36), from the averages of
/// [`weights`]. A bias moves the jump.
fn weight_derivatives((q_hat, c, bias): (f64, f64, f64), site: &Averages) -> [[f64; 2]; 2] {
    let root = q_hat.sqrt();
    let jumped = if bias != 0.0 && c > 1.0 {
        let z = -bias / root;
        special::gauss(z) * z * z * jump(c).tanh() / (root * q_hat)
    } else {
        0.0
    };
    let bend = 0.5 * (site[7] - site[2] / root) / q_hat + jumped;
    [[2.0 * site[5], site[6] / root], [site[6] / root, bend]]
}

/// The part of those averages from fields with `√q̂ z + h > 0`.
fn half(q_hat: f64, c: f64, bias: f64, accuracy: &Accuracy<'_>) -> (Averages, f64) {
    let root = q_hat.sqrt();
    let z = |a: f64| (a - c * a.tanh() - bias) / root;
    let site = |z: f64, a: f64, w: f64| {
        let [ln_cosh, tanh, sech] = special::cosh_jet(a);
        let narrow = 1.0 - c * sech;
        let log = if narrow > 0.0 { narrow.ln() } else { 0.0 };
        let value = ln_cosh - 0.5 * c * tanh * tanh;
        let response = if narrow > 0.0 { sech / narrow } else { 0.0 };
        [
            value,
            tanh * tanh,
            z * tanh,
            log,
            sech * sech,
            tanh * tanh * response,
            z * tanh * response,
            z * z * response,
        ]
        .map(|x| w * x)
    };
    // The end of the half line is where the maximiser jumps.
    let from = if c > 1.0 { jump(c) } else { 0.0 };
    if root < WEAK && c > 1.0 {
        // The maximiser hardly moves: its variable would lose the digits of the field.
        let first = (-bias / root).clamp(-CUT, CUT);
        return accuracy.integrate(&[(first, CUT)], &|z| {
            let field = root * z + bias;
            let mut a = from + field;
            for _ in 0..60 {
                let [_, tanh, sech] = special::cosh_jet(a);
                let step = (a - c * tanh - field) / (1.0 - c * sech);
                a -= step;
                if step.abs() <= 4.0 * f64::EPSILON * a.abs() {
                    break;
                }
            }
            site(z, a, special::gauss(z))
        });
    }
    let first = if z(from) < -CUT {
        inverse_between(-CUT, (from, 60.0), z)
    } else {
        from
    };
    let to = inverse(CUT, z).max(first);
    accuracy.integrate(&[(first, to)], &|a| {
        let z = z(a);
        let narrow = 1.0 - c * special::sech_squared(a);
        site(z, a, special::gauss(z) * narrow / root)
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

/// The root of equations with an exact Jacobian from a start, on panels that are resolved again where it
/// was found: coordinates, residual, and where the root is once what is left of the equations is removed.
fn root(
    start: Vec<f64>,
    kept: &[&Integrals],
    mut equations: impl FnMut(&[f64]) -> (DVector<f64>, DMatrix<f64>),
) -> Result<Root, NotConverged> {
    let mut x = start;
    for round in 0.. {
        kept.iter().for_each(|integrals| integrals.forget());
        let mut system = |x: &[f64]| {
            let (equations, jacobian) = equations(x);
            let residual = norm(equations.as_slice());
            residual.is_finite().then_some(Linear {
                equations,
                jacobian,
                residual,
                detail: (),
            })
        };
        let solved = newton(&x, &Tolerances::default(), None, &mut system)?;
        let moved = x.iter().zip(&solved.x).map(|(a, b)| (a - b).abs());
        let moved = moved.fold(0.0, f64::max);
        x = solved.x;
        if moved > NEAR && round < ROUNDS {
            continue;
        }
        let step = solved.at.jacobian.lu().solve(&solved.at.equations);
        let moved = match step {
            Some(step) => x.iter().zip(step.iter()).map(|(x, d)| x - d).collect(),
            // How far it is from where the Jacobian is singular is not known.
            None => vec![f64::NAN; x.len()],
        };
        return Ok(Root {
            x,
            residual: solved.at.residual,
            moved,
        });
    }
    Err(NotConverged::Escaped)
}

/// A root of the equations.
struct Root {
    x: Vec<f64>,
    residual: f64,
    moved: Vec<f64>,
}

/// Spherical weights: the root of `q/(1-q+e)² = α E g²`, followed in `ln e` from a guess; with errors of
/// where it is, if these are asked for.
pub fn spherical(
    channel: Channel,
    distance: f64,
    (guess, errors): (Option<&Group>, bool),
) -> Result<Group, NotConverged> {
    let (q, v) = (1.0 - 2.0 * distance, 2.0 * distance);
    let p = channel.parameters;
    let field = OneField::new(channel, v);
    let kept = Integrals::default();
    let equations = |x: &[f64]| {
        let e = x[0].exp();
        let (sums, _) = patterns(&field, q, e, &Accuracy::Kept(&kept));
        let value = (p.alpha * sums[1] / q).ln() + 2.0 * (v + e).ln();
        let slope = e * (sums[5] / sums[1] + 2.0 / (v + e));
        (
            DVector::from_element(1, value),
            DMatrix::from_element(1, 1, slope),
        )
    };
    let start = guess.map_or(v.ln(), |g| g.e.max(1e-300).ln());
    let root = root(vec![start], &[&kept], equations)?;
    let group = |x: &[f64], field: &OneField| {
        let e = x[0].exp();
        let (sums, error) = patterns(field, q, e, &Accuracy::Checked);
        let (mean_loss, mean_loss_error) = mean_loss(field, q, e);
        let total = v + e;
        let value = 0.5 * v.ln() + 0.5 * q / total + p.alpha * sums[0];
        Group {
            e,
            c: 0.0,
            q_hat: q / (total * total),
            value,
            error: p.alpha * error + RESOLUTION * (v.ln().abs() + (p.alpha * sums[0]).abs()),
            slope: 0.5 * (p.alpha * e * sums[2] - e / (v * total)),
            external: 0.5 * (total / v).ln() - 0.5 * e / total - 0.5 * p.alpha * sums[3],
            replicon: 1.0 - p.alpha * sums[4] * v * v,
            mean_loss,
            mean_loss_error,
            residual: root.residual,
            ..Group::infinite(distance)
        }
    };
    let found = group(&root.x, &field);
    if !errors {
        return Ok(found);
    }
    Ok(found.corrected(&group(&root.moved, &field.computed_alone())))
}

/// Two signs of given bias and offset: Newton on `αE g² = q̂`, `E tanh² = q` and
/// `E[z tanh]/√q̂ = 1 - q + e`; with errors of where the root is, if these are asked for.
pub fn signs(
    channel: Channel,
    (bias, offset): (f64, f64),
    distance: f64,
    (guess, errors): (Option<&Group>, bool),
) -> Result<Group, NotConverged> {
    let (q, v) = (1.0 - 2.0 * distance, 2.0 * distance);
    let p = channel.parameters;
    let pattern = OneField::new(channel, v);
    let free = q.sqrt().atanh() / q.sqrt();
    let kept: [Integrals; 3] = Default::default();
    let equations = |x: &[f64]| {
        let [e, q_hat, c] = [x[0].exp(), x[1].exp(), x[2].exp()];
        let (field, _) = patterns(&pattern, q, e, &Accuracy::Kept(&kept[0]));
        let halves = [&Accuracy::Kept(&kept[1]), &Accuracy::Kept(&kept[2])];
        let (site, _) = weights(q_hat, c, bias, halves);
        let response = site[2] / q_hat.sqrt();
        let values = [
            (p.alpha * field[1] / q_hat).ln(),
            site[1] / q - 1.0,
            ((response - v) / e).ln(),
        ];
        let [by_c, by_q_hat] = weight_derivatives((q_hat, c, bias), &site);
        let gap = response - v;
        let jacobian = DMatrix::from_row_slice(
            3,
            3,
            &[
                e * field[5] / field[1],
                -1.0,
                0.0,
                0.0,
                q_hat * by_q_hat[0] / q,
                c * by_c[0] / q,
                -1.0,
                q_hat * by_q_hat[1] / gap,
                c * by_c[1] / gap,
            ],
        );
        (DVector::from_column_slice(&values), jacobian)
    };
    let start = match guess {
        Some(g) if g.q_hat > NOTHING => [g.e.ln(), g.q_hat.ln(), g.c.ln()],
        _ => [0.0, p.alpha.ln(), (0.5 * free).ln()],
    };
    let solved = root(start.to_vec(), &[&kept[0], &kept[1], &kept[2]], equations);
    let root = match solved {
        Ok(solved) => solved,
        Err(error) => {
            // A bias keeps the weights from a free choice of their centre.
            let free = if bias == 0.0 {
                without_patterns(&pattern, distance, p.alpha)
            } else {
                None
            };
            return free
                .map(|g| Group {
                    value: g.value + offset,
                    ..g
                })
                .ok_or(error);
        }
    };
    let group = |x: &[f64], pattern: &OneField| {
        let [e, q_hat, c] = [x[0].exp(), x[1].exp(), x[2].exp()];
        let (field, field_error) = patterns(pattern, q, e, &Accuracy::Checked);
        let (site, site_error) = weights(q_hat, c, bias, [&Accuracy::Checked; 2]);
        let (mean_loss, mean_loss_error) = mean_loss(pattern, q, e);
        let terms = [
            offset,
            site[0],
            -0.5 * q_hat * v,
            -0.5 * (q * c + q_hat * e),
            p.alpha * field[0],
        ];
        let magnitude: f64 = terms.iter().map(|t| t.abs()).sum();
        Group {
            e,
            c,
            q_hat,
            value: terms.iter().sum(),
            error: p.alpha * field_error + site_error + RESOLUTION * magnitude,
            slope: 0.5 * (p.alpha * e * field[2] - c),
            external: -0.5 * c * v - 0.5 * site[3] - 0.5 * p.alpha * field[3],
            replicon: 1.0 - p.alpha * field[4] * site[4],
            mean_loss,
            mean_loss_error,
            residual: root.residual,
            ..Group::infinite(distance)
        }
    };
    let found = group(&root.x, &pattern);
    if !errors {
        return Ok(found);
    }
    Ok(found.corrected(&group(&root.moved, &pattern.computed_alone())))
}

/// The limit `q̂ → 0`, in which the region is the whole ball around its centre (LD.8): exact to
/// rounding where even the largest field of a pattern is negligible.
fn without_patterns(pattern: &OneField, distance: f64, alpha: f64) -> Option<Group> {
    let q = 1.0 - 2.0 * distance;
    let root = q.sqrt();
    let c = root.atanh() / root;
    // The response that so weak a field would have, E|z| tanh a/√q̂; a stronger one contradicts it.
    let response = (2.0 * q / (std::f64::consts::PI * NOTHING)).sqrt();
    let (field, _) = patterns(pattern, q, response, &Accuracy::Checked);
    if alpha * field[1] > NOTHING {
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
        mean_loss: 0.0,
        mean_loss_error: 0.0,
        residual: 0.0,
        ..Group::infinite(distance)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Parameters, registry};

    /// Fourth-order central difference.
    fn slope(h: f64, f: impl Fn(f64) -> f64) -> f64 {
        (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
    }

    fn close(label: &str, got: f64, want: f64) {
        assert!(
            (got - want).abs() < 1e-7 * (1.0 + want.abs()),
            "{label}: {got} {want}"
        );
    }

    /// Derivatives of averages at the maximiser (LD.36) against differences: of patterns without and with
    /// a jump, and of weights with a jump, without one, and with a bias.
    #[test]
    fn derivatives_at_the_maximiser() {
        for (loss, beta) in [
            ("theta", f64::INFINITY),
            ("cross-entropy", 2.0),
            ("theta", 1.0),
        ] {
            let parameters = Parameters {
                beta,
                ..Parameters::default()
            };
            let channel = Channel::new(registry::loss(loss).expect("registered"), parameters);
            let field = OneField::new(channel, 0.2).computed_alone();
            let (q, e) = (0.8, 4.0);
            let at = |e: f64| patterns(&field, q, e, &Accuracy::Checked).0;
            let jumps = Maximisers::of(&field, q, e).jumps.len();
            assert_eq!(jumps > 0, beta == 1.0, "{loss} {beta}");
            close(loss, at(e)[5], slope(1e-3, |d| at(e + d)[1]));
        }
        for (q_hat, c, bias) in [
            (0.3, 1.6, 0.0),
            (0.3, 0.7, 0.0),
            (0.4, 1.5, 0.3),
            (0.4, 0.6, 0.3),
        ] {
            let at = |q_hat: f64, c: f64| weights(q_hat, c, bias, [&Accuracy::Checked; 2]).0;
            let response = |q_hat: f64, c: f64| at(q_hat, c)[2] / q_hat.sqrt();
            let (label, h) = (format!("{q_hat} {c} {bias}"), 1e-3);
            let derivatives = weight_derivatives((q_hat, c, bias), &at(q_hat, c));
            let [by_c, by_q_hat] = derivatives;
            close(&label, by_c[0], slope(h, |d| at(q_hat, c + d)[1]));
            close(&label, by_c[1], slope(h, |d| response(q_hat, c + d)));
            close(&label, by_q_hat[0], slope(h, |d| at(q_hat + d, c)[1]));
            close(&label, by_q_hat[1], slope(h, |d| response(q_hat + d, c)));
        }
    }
}
