//! `ln Z` of a [piecewise](super::piecewise) loss with two derivatives in the field, for batches
//! (L.24, L.25).
//!
//! Lengths are in units of `√v`: `x = (c - ω)/√v` is an end of a piece. Of every piece the logarithm of
//! its share, the mean `X` of `(Δ-ω)/√v`, the mean `F` of the force `-β√v ℓ′` and what its variance
//! lacks are known without cancellation. Slope and curvature are then sums over pieces in two ways:
//! by the position, `⟨X⟩` and `var X - 1`, or by the force, where ends common to two pieces do not
//! appear. One is exact where forces are strong, the other where they are weak; that with the
//! smaller terms is taken, field by field.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over several arrays become vector code"
)]

mod observed;

use super::pieces::{MOST_PIECES, Piece, Pieces};
use crate::math::gauss::ORDER;
use crate::math::wide::{self, dispatch, kernels as k};
use crate::model::site::Jets;

/// Fields done at a time.
const BLOCK: usize = 64;
/// `ln √(2π)`.
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;
/// `1/√(2π)`.
const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

/// One end of a piece.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    /// Stability.
    at: f64,
    /// How far its image under the proximal map lies from it.
    shift: f64,
    /// `βℓ` there.
    cost: f64,
    /// `-β√v ℓ′` there.
    force: f64,
}

impl End {
    fn new(piece: &Piece<f64>, at: f64, v: f64, beta: f64) -> Self {
        let [energy, slope, _] = piece.at(at);
        End {
            at,
            shift: beta * v * slope,
            cost: beta * energy,
            force: -beta * v.sqrt() * slope,
        }
    }
}

/// What is the same for all fields in one piece.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    low: Option<End>,
    high: Option<End>,
    origin: f64,
    height: f64,
    slope: f64,
    bend: f64,
    /// `χ ℓ″`.
    stiff: f64,
    /// `1/A`, `A = 1 + χ ℓ″`.
    soft: f64,
    /// `1/√A`.
    root: f64,
    /// `-½ ln A`.
    normal: f64,
}

/// A point where two pieces meet.
#[derive(Clone, Copy, Debug, Default)]
struct Joint {
    left: End,
    right: End,
    jumps: bool,
}

/// Pieces at one variance and temperature.
pub(in crate::model) struct Batch {
    parts: [Part; MOST_PIECES],
    joints: [Joint; MOST_PIECES],
    count: usize,
    beta: f64,
    chi: f64,
    root: f64,
    per_root: f64,
}

type Lane = [f64; BLOCK];

/// Of every piece at every field of a block: logarithm of its share, mean position, mean distance
/// from the origin of its polynomial, mean force, what its variance lacks.
#[derive(Clone)]
struct Shares {
    log: [Lane; MOST_PIECES],
    position: [Lane; MOST_PIECES],
    offset: [Lane; MOST_PIECES],
    force: [Lane; MOST_PIECES],
    missing: [Lane; MOST_PIECES],
}

impl Shares {
    fn new() -> Self {
        let zero = [[0.0; BLOCK]; MOST_PIECES];
        Shares {
            log: zero,
            position: zero,
            offset: zero,
            force: zero,
            missing: zero,
        }
    }
}

impl Batch {
    /// The pieces at this variance and inverse temperature.
    pub(super) fn new(pieces: &Pieces<f64>, v: f64, beta: f64) -> Self {
        let (root, chi) = (v.sqrt(), beta * v);
        let mut parts = [Part::default(); MOST_PIECES];
        let list = pieces.as_slice();
        for (i, (part, piece)) in parts.iter_mut().zip(list).enumerate() {
            let end = |at: f64| End::new(piece, at, v, beta);
            let [low, high] = pieces.ends(i).map(|e| e.map(end));
            let stiff = chi * piece.bend;
            *part = Part {
                low,
                high,
                origin: piece.origin,
                height: piece.height,
                slope: piece.slope,
                bend: piece.bend,
                stiff,
                soft: 1.0 / (1.0 + stiff),
                root: 1.0 / (1.0 + stiff).sqrt(),
                normal: -0.5 * stiff.ln_1p(),
            };
        }
        let mut joints = [Joint::default(); MOST_PIECES];
        for (joint, pair) in joints.iter_mut().zip(parts[..list.len()].windows(2)) {
            if let (Some(left), Some(right)) = (pair[0].high, pair[1].low) {
                let scale = left.cost.abs().max(right.cost.abs());
                let jumps = (left.cost - right.cost).abs() > 1e-12 * scale;
                *joint = Joint { left, right, jumps };
            }
        }
        Batch {
            parts,
            joints,
            count: list.len(),
            beta,
            chi,
            root,
            per_root: 1.0 / root,
        }
    }

    /// One of the pieces alone.
    pub(in crate::model) fn only(pieces: &Pieces<f64>, index: usize, v: f64) -> Self {
        let mut all = Batch::new(pieces, v, 0.0);
        all.parts[0] = all.parts[index];
        all.count = 1;
        all
    }

    /// Fills value, slope and curvature at every field, where `out` has the length of the fields; with
    /// `by_beta` also the derivatives by the inverse temperature, for pieces without curvature (L.41).
    pub(in crate::model) fn fill(&self, omega: &[f64], by_beta: bool, out: &mut Jets) {
        let mut shares = Shares::new();
        let mut fields = [0.0; BLOCK];
        let (mut block, mut cost) = ([[0.0; BLOCK]; 3], [[0.0; BLOCK]; 3]);
        for start in (0..omega.len()).step_by(BLOCK) {
            let n = BLOCK.min(omega.len() - start);
            fields[..n].copy_from_slice(&omega[start..start + n]);
            fields[n..].fill(omega[start]);
            self.share_all(&fields, &mut shares);
            join(self, &fields, &shares, &mut block);
            let plain = [&mut out.value, &mut out.slope, &mut out.bend];
            for (array, block) in plain.into_iter().zip(&block) {
                array[start..start + n].copy_from_slice(&block[..n]);
            }
            if by_beta {
                self.by_beta(&shares, &mut cost);
                let by = [&mut out.by, &mut out.slope_by, &mut out.by_by];
                for (array, block) in by.into_iter().zip(&cost) {
                    array[start..start + n].copy_from_slice(&block[..n]);
                }
            }
        }
    }

    fn share_all(&self, fields: &Lane, shares: &mut Shares) {
        for i in 0..self.count {
            share(self, i, fields, shares);
            self.mend_narrow(i, fields, shares);
        }
    }
}

/// `[ln, g, g - y]` at every `y`, the first `ln H + y²/2` above zero and `ln H` below.
#[inline(always)]
fn tails<const F: bool>(y: &Lane, ln: &mut Lane, g: &mut Lane, excess: &mut Lane) {
    let mut density = [0.0; BLOCK];
    let mut correction = [0.0; BLOCK];
    for i in 0..BLOCK {
        excess[i] = k::excess_positive::<F>(y[i].abs());
    }
    for i in 0..BLOCK {
        density[i] = k::gauss::<F>(y[i]);
    }
    for i in 0..BLOCK {
        [g[i], excess[i], ln[i], correction[i]] = k::tail_combine(y[i], excess[i], density[i]);
    }
    for i in 0..BLOCK {
        let logarithm = k::ln_with::<F>(ln[i], correction[i]);
        ln[i] = if y[i] > 0.0 {
            -(logarithm + LN_SQRT_2PI)
        } else {
            logarithm
        };
    }
}

/// `ln(1 + r)`, `r > -1`.
#[inline(always)]
fn ln_1p<const F: bool>(r: f64) -> f64 {
    let y = 1.0 + r;
    k::ln_with::<F>(y, (r - (y - 1.0)) / y)
}

/// Where an untruncated piece has its peak, in units of `√v` from the field, `-β` times its envelope
/// there, and the distance of the peak from the origin of the polynomial.
#[inline(always)]
fn peak(batch: &Batch, part: &Part, omega: f64) -> [f64; 3] {
    let d = omega - part.origin;
    let bracket = part.slope * (d - 0.5 * batch.chi * part.slope) + 0.5 * part.bend * d * d;
    let position = -batch.chi * (part.slope + part.bend * d) * part.soft * batch.per_root;
    [
        position,
        -batch.beta * (part.height + bracket * part.soft),
        (d - batch.chi * part.slope) * part.soft,
    ]
}

/// Distances of the fields from the nearer end of a piece, and on which side the piece lies of it:
/// reflected, so that most of the interval lies above zero.
#[inline(always)]
fn from_near_ends(part: &Part, (low, high): (End, End), scale: f64, omega: &Lane) -> [Lane; 2] {
    let bounded = part.low.is_some() && part.high.is_some();
    let (mut y, mut sign) = ([0.0; BLOCK], [0.0; BLOCK]);
    for i in 0..BLOCK {
        let from_low = ((low.at - omega[i]) + low.shift) * scale;
        let from_high = ((omega[i] - high.at) - high.shift) * scale;
        let flip = if bounded {
            from_low < from_high
        } else {
            part.low.is_none()
        };
        sign[i] = if flip { -1.0 } else { 1.0 };
        y[i] = if flip { from_high } else { from_low };
    }
    [y, sign]
}

#[inline(always)]
fn share_body<const F: bool>(batch: &Batch, index: usize, omega: &Lane, shares: &mut Shares) {
    let part = &batch.parts[index];
    let (log, position) = (&mut shares.log[index], &mut shares.position[index]);
    let (force, missing) = (&mut shares.force[index], &mut shares.missing[index]);
    let offset = &mut shares.offset[index];
    let scale = part.root * batch.per_root;
    let (low, high, width) = match (part.low, part.high) {
        (None, None) => {
            for i in 0..BLOCK {
                let [x, exponent, distance] = peak(batch, part, omega[i]);
                log[i] = part.normal + exponent;
                offset[i] = distance;
                position[i] = x;
                force[i] = x;
                missing[i] = 0.0;
            }
            return;
        }
        (Some(low), None) => (low, low, f64::INFINITY),
        (None, Some(high)) => (high, high, f64::INFINITY),
        (Some(low), Some(high)) => (
            low,
            high,
            ((high.at - low.at) + (high.shift - low.shift)) * scale,
        ),
    };
    let bounded = width < f64::INFINITY;
    let [y, sign] = from_near_ends(part, (low, high), scale, omega);
    let (mut ln, mut g, mut excess) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
    tails::<F>(&y, &mut ln, &mut g, &mut excess);
    for i in 0..BLOCK {
        // Mean above the end or above the peak; what the variance lacks.
        missing[i] = g[i] * excess[i];
        position[i] = if y[i] > 0.0 { excess[i] } else { g[i] };
    }
    if bounded {
        cut_off::<F>(&y, width, &g, &excess, &mut ln, position, missing);
    }
    for i in 0..BLOCK {
        let near = if sign[i] > 0.0 { low } else { high };
        let x = (near.at - omega[i]) * batch.per_root;
        let [top, exponent, distance] = peak(batch, part, omega[i]);
        let above = y[i] > 0.0;
        let shift = sign[i] * position[i] * part.root;
        log[i] = part.normal
            + ln[i]
            + if above {
                -0.5 * x * x - near.cost
            } else {
                exponent
            };
        position[i] = shift + if above { x } else { top };
        let base = if above {
            near.at - part.origin
        } else {
            distance
        };
        offset[i] = batch.root * shift + base;
        force[i] = if above { near.force } else { top } - part.stiff * shift;
    }
}
dispatch! { fn share(batch: &Batch, index: usize, omega: &Lane, shares: &mut Shares) = share_body }

/// Takes what lies farther than `width` from the near end away.
#[inline(always)]
fn cut_off<const F: bool>(
    y: &Lane,
    width: f64,
    g: &Lane,
    excess: &Lane,
    ln: &mut Lane,
    shift: &mut Lane,
    missing: &mut Lane,
) {
    let mut q = [0.0; BLOCK];
    for i in 0..BLOCK {
        q[i] = k::exp::<F>(-width * (y[i] + 0.5 * width));
    }
    for i in 0..BLOCK {
        let far = y[i] + width;
        let e = k::excess_positive::<F>(far.abs());
        let ratio = q[i] * g[i] / (far + e);
        let rest = 1.0 / (1.0 - ratio);
        let above = y[i] > 0.0;
        let inner = if above { excess[i] } else { g[i] };
        let outer = if above { e + width } else { far + e };
        let mean = (inner - ratio * outer) * rest;
        let near = y[i] * (inner - ratio * if above { e } else { 0.0 });
        let cross = if above {
            near + ratio * width * (e + width)
        } else {
            far * ratio * (far + e) - near
        };
        ln[i] += ln_1p::<F>(-ratio);
        shift[i] = mean;
        missing[i] = mean * mean + cross * rest;
    }
}

/// Shares from their logarithms, the logarithm of the sum, and the largest logarithm.
#[inline(always)]
fn weigh<const F: bool>(log: &[Lane], weight: &mut [Lane], value: &mut Lane) -> Lane {
    let mut top = [f64::NEG_INFINITY; BLOCK];
    for log in log {
        for i in 0..BLOCK {
            top[i] = if log[i] > top[i] { log[i] } else { top[i] };
        }
    }
    let mut rest = [0.0; BLOCK];
    let mut taken = [0.0; BLOCK];
    for (log, weight) in log.iter().zip(&mut *weight) {
        for i in 0..BLOCK {
            weight[i] = k::exp::<F>(log[i] - top[i]);
        }
        for i in 0..BLOCK {
            // The first of the largest terms is the one in `1 + rest`.
            let first = log[i] == top[i] && taken[i] == 0.0;
            rest[i] += if first { 0.0 } else { weight[i] };
            taken[i] = if first { 1.0 } else { taken[i] };
        }
    }
    let mut inverse = [0.0; BLOCK];
    for i in 0..BLOCK {
        inverse[i] = 1.0 / (1.0 + rest[i]);
        value[i] = top[i] + ln_1p::<F>(rest[i]);
    }
    for weight in weight {
        for i in 0..BLOCK {
            weight[i] *= inverse[i];
        }
    }
    top
}

/// Value, slope and curvature from the shares.
#[inline(always)]
fn join_body<const F: bool>(batch: &Batch, omega: &Lane, shares: &Shares, out: &mut [Lane; 3]) {
    let count = batch.count;
    let mut weight = [[0.0; BLOCK]; MOST_PIECES];
    let top = weigh::<F>(&shares.log[..count], &mut weight[..count], &mut out[0]);
    // Shares are exponentials: they inherit the rounding of their logarithms.
    let mut noise = [0.0; BLOCK];
    for i in 0..BLOCK {
        noise[i] = 1.0 + top[i].abs();
    }
    let mut by_position = Way::default();
    by_position.pieces(&weight[..count], &shares.position, &noise);
    let mut by_force = Way::default();
    by_force.pieces(&weight[..count], &shares.force, &noise);
    for (part, (weight, missing)) in batch
        .parts
        .iter()
        .zip(weight[..count].iter().zip(&shares.missing))
    {
        let stiff = part.stiff;
        for i in 0..BLOCK {
            by_position.loss(i, weight[i] * (stiff + missing[i]) * part.soft);
            by_force.loss(
                i,
                weight[i] * stiff * (1.0 + stiff * missing[i]) * part.soft,
            );
        }
    }
    joints::<F>(batch, omega, &out[0], &noise, &mut by_force);
    let per_variance = batch.per_root * batch.per_root;
    // Outer ends exert forces that are not in the sum.
    let whole = batch.parts[0].low.is_none() && batch.parts[count - 1].high.is_none();
    for i in 0..BLOCK {
        let forced = whole && by_force.slope_size[i] < by_position.slope_size[i];
        let slope = if forced {
            by_force.slope[i]
        } else {
            by_position.slope[i]
        };
        out[1][i] = slope * batch.per_root;
        let forced = whole && by_force.bend_size[i] < by_position.bend_size[i];
        let bend = if forced {
            by_force.bend[i]
        } else {
            by_position.bend[i]
        };
        out[2][i] = bend * per_variance;
    }
}
dispatch! { fn join(batch: &Batch, omega: &Lane, shares: &Shares, out: &mut [Lane; 3]) = join_body }

/// Slope and curvature one way, and the size of the terms they are made of.
struct Way {
    slope: Lane,
    bend: Lane,
    slope_size: Lane,
    bend_size: Lane,
}

impl Default for Way {
    #[inline(always)]
    fn default() -> Self {
        Way {
            slope: [0.0; BLOCK],
            bend: [0.0; BLOCK],
            slope_size: [0.0; BLOCK],
            bend_size: [0.0; BLOCK],
        }
    }
}

impl Way {
    /// Mean and variance over pieces.
    #[inline(always)]
    fn pieces(&mut self, weight: &[Lane], term: &[Lane], noise: &Lane) {
        for (w, t) in weight.iter().zip(term) {
            for i in 0..BLOCK {
                self.slope[i] += w[i] * t[i];
                self.slope_size[i] += w[i] * t[i].abs();
            }
        }
        for (w, t) in weight.iter().zip(term) {
            for i in 0..BLOCK {
                let off = t[i] - self.slope[i];
                self.bend[i] += w[i] * off * off;
                self.bend_size[i] += w[i] * off * off * noise[i];
                self.slope_size[i] += w[i] * off.abs() * noise[i];
            }
        }
    }

    #[inline(always)]
    fn loss(&mut self, i: usize, term: f64) {
        self.bend[i] -= term;
        self.bend_size[i] += term;
    }
}

/// What the forces at the joints add.
#[inline(always)]
fn joints<const F: bool>(batch: &Batch, omega: &Lane, value: &Lane, noise: &Lane, way: &mut Way) {
    let mut jump = [0.0; BLOCK];
    let mut jump_size = [0.0; BLOCK];
    for joint in &batch.joints[..batch.count.saturating_sub(1)] {
        let (left, right) = (joint.left, joint.right);
        let jumps = f64::from(u8::from(joint.jumps));
        for i in 0..BLOCK {
            let x = (left.at - omega[i]) * batch.per_root;
            let base = -0.5 * x * x - value[i];
            let below = INV_SQRT_2PI * k::exp::<F>(base - left.cost);
            let above = if joint.jumps {
                INV_SQRT_2PI * k::exp::<F>(base - right.cost)
            } else {
                below
            };
            let kink = right.force * above - left.force * below;
            let step = (above - below) * x;
            way.bend[i] += kink + step;
            way.bend_size[i] += (kink.abs() + jumps * (above + below) * x.abs()) * noise[i];
            jump[i] += above - below;
            jump_size[i] += jumps * (above + below) * noise[i];
        }
    }
    for i in 0..BLOCK {
        let cross = jump[i] * (2.0 * way.slope[i] + jump[i]);
        way.bend[i] -= cross;
        way.bend_size[i] += cross.abs();
        way.slope[i] += jump[i];
        way.slope_size[i] += jump_size[i];
    }
}

/// Intervals over which the exponent of the Gaussian changes by less than about this are integrated by
/// a rule: the difference of two tails would lose digits.
const NARROW: f64 = 2.0;

impl Batch {
    /// Shares of a piece at fields where it is narrow, by a rule.
    fn mend_narrow(&self, index: usize, omega: &Lane, shares: &mut Shares) {
        let part = &self.parts[index];
        let (Some(low), Some(high)) = (part.low, part.high) else {
            return;
        };
        let scale = part.root * self.per_root;
        let width = ((high.at - low.at) + (high.shift - low.shift)) * scale;
        if width >= NARROW {
            return;
        }
        for i in 0..BLOCK {
            let (from_low, from_high) = (
                ((low.at - omega[i]) + low.shift) * scale,
                ((omega[i] - high.at) - high.shift) * scale,
            );
            let flip = from_low < from_high;
            let (near, y, sign) = if flip {
                (high, from_high, -1.0)
            } else {
                (low, from_low, 1.0)
            };
            if width * y.abs().max(1.0) >= NARROW {
                continue;
            }
            let [mass, mean, variance] = narrow_moments(y, width);
            let x = (near.at - omega[i]) * self.per_root;
            let shift = sign * mean * part.root;
            shares.log[index][i] = part.normal - 0.5 * x * x - near.cost + mass.ln() - LN_SQRT_2PI;
            shares.position[index][i] = x + shift;
            shares.offset[index][i] = (near.at - part.origin) + self.root * shift;
            shares.force[index][i] = near.force - part.stiff * shift;
            shares.missing[index][i] = 1.0 - variance;
        }
    }
}

/// Mass, relative to the density at the near end, mean distance from it and variance of a Gaussian on
/// `[y, y + width]`.
fn narrow_moments(y: f64, width: f64) -> [f64; 3] {
    let rule = super::mass::unit_rule();
    let (mut exponent, mut weight) = ([0.0; ORDER], [0.0; ORDER]);
    for (exponent, &(t, _)) in exponent.iter_mut().zip(rule) {
        *exponent = -width * t * (y + 0.5 * width * t);
    }
    wide::exp(&exponent, &mut weight);
    let (mut mass, mut first) = (0.0, 0.0);
    for (weight, &(t, w)) in weight.iter_mut().zip(rule) {
        *weight *= w;
        mass += *weight;
        first += *weight * t;
    }
    let mean = first / mass;
    let mut second = 0.0;
    for (weight, &(t, _)) in weight.iter().zip(rule) {
        second += weight * (t - mean) * (t - mean);
    }
    [mass * width, mean * width, second / mass * width * width]
}
