//! The largest overlap of a reference with classifiers that satisfy every pattern: q → 1 (MX.35).

use super::shortfall::squared_distance;
use crate::math::Real;
use crate::math::real::{self, Dual2};
use crate::model::Parameters;
use crate::model::loss::ZeroSet;
use crate::replica::local::classifier_reference::MixtureReference;
use crate::replica::local::own_patterns::{OwnPattern, OwnPatterns};
use crate::solve::event::bracketed_root;
use crate::solve::newton::{Linear, newton};
use crate::solve::{NotConverged, Tolerances};
use nalgebra::{DMatrix, DVector};

/// The nearest classifier that satisfies every pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Its overlap with the reference.
    pub overlap: f64,
    /// Its overlap with the axis.
    pub m: f64,
    /// Its response to the reference's own patterns.
    pub response: f64,
    /// Largest absolute residual of the equations (MX.35), relative to the gap `1 - S²`.
    pub residual: f64,
    /// Absolute error of its distance `(1-S)/2`, from a refined quadrature.
    pub error_estimate: f64,
}

/// What classifiers near a reference have to satisfy.
#[derive(Clone, Copy, Debug)]
pub struct Shell<'a> {
    /// The reference.
    pub reference: &'a MixtureReference,
    /// Bias of the classifiers.
    pub bias: f64,
    /// The stabilities that cost nothing.
    pub set: ZeroSet,
}

impl Shell<'_> {
    /// Whether all patterns together forbid that each has a stability above an edge: around the
    /// Bayes-optimal vector the distance alone decides the mean stability (MX.48).
    pub fn is_starved(&self, distance: f64) -> bool {
        let linear = self.reference.own_patterns().map(|own| own.linear());
        let ([Some(up), Some(down)], ZeroSet::HalfLine(edge)) = (linear, self.set) else {
            return false;
        };
        // Σ (κ - y b)/M = S (m̃ + D) where D does not depend on the pattern.
        let alike = up.slope == 0.0 && up.offset == down.offset;
        let overlap = 1.0 - 2.0 * distance;
        let odd = self.reference.mixture.mean_label();
        alike && overlap * (self.reference.m + up.offset) + odd * self.bias <= edge
    }
}

/// Accuracy to which the reference's patterns are resolved.
const RESOLUTION: f64 = 1e-13;
/// Residual of the equations at one overlap, relative to the gap `1 - S²`.
const RESIDUAL: f64 = 1e-13;
/// Overlaps that are looked at first.
const SCAN: [f64; 10] = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999];
/// Step in `ln(1-S)` of the way up from there, and the gap at which it ends.
const STRIDE: f64 = 0.7;
const LEAST: f64 = 1e-9;

/// `(S, y, y′)` with their derivatives.
type Point = [Dual2<3>; 3];

/// Surplus of room per weight (MX.35) at a distance `d` for `y = √(1-S²) a`, `y′ = √(1-S²) c`, and
/// its derivatives in `(d, a, c)`: positive at its stationary point where classifiers exist.
fn surplus(
    around: &Shell,
    [d, a, c]: [f64; 3],
    p: &Parameters,
    patterns: &[Vec<OwnPattern>; 2],
) -> Dual2<3> {
    let reference = around.reference;
    let d: Dual2<3> = real::variable(d, 0);
    let gap = d * (-d + 1.0) * 4.0;
    let (lag, lead) = (
        gap.sqrt() * real::variable::<3>(a, 1),
        gap.sqrt() * real::variable::<3>(c, 2),
    );
    let point = [-(d * 2.0) + 1.0, lag, lead];
    let mut missing = Dual2::<3>::constant(0.0);
    let own = reference.own_patterns();
    for ((class, own), patterns) in reference.mixture.classes().iter().zip(&own).zip(patterns) {
        for pattern in patterns {
            let squared = distance(around, (own, class.label), pattern, &point, gap);
            missing += squared * (class.weight * pattern.weight);
        }
    }
    gap + lag * lag - lead * lead - missing * (p.alpha / reference.mixture.delta())
}

/// Squared distance from the zero set on a pattern of the reference; over all of them for a linear
/// displacement.
fn distance(
    around: &Shell,
    (own, label): (&OwnPatterns, f64),
    pattern: &OwnPattern,
    [overlap, lag, lead]: &Point,
    gap: Dual2<3>,
) -> Dual2<3> {
    let reference = around.reference;
    let delta = reference.mixture.delta();
    let response = *overlap - *lag;
    let (shared, variance) = match own.linear() {
        Some(linear) => {
            let moved = (*overlap * delta.sqrt() + response * linear.slope).square();
            (*overlap, gap * delta + moved)
        }
        None if own.spreads() => {
            let (q, left) = reference.measure();
            (
                (*overlap - response * left) / q.sqrt(),
                (gap - *lag * *lag * (left / q)) * delta,
            )
        }
        None => (*overlap, gap * delta),
    };
    let field = shared * (pattern.z * delta.sqrt());
    let mean = *lead + response * (reference.m + pattern.shift) + field + label * around.bias;
    squared_distance(mean, variance, around.set)
}

/// The reference's patterns of both labels; finer ones for a second opinion.
fn patterns(reference: &MixtureReference, distance: f64, finer: bool) -> [Vec<OwnPattern>; 2] {
    // The stability of the reference crosses zero on the scale of the probe's own field.
    let width = (4.0 * distance * (1.0 - distance)).sqrt();
    let [up, down] = reference.own_patterns();
    [(up, 1.0), (down, -1.0)].map(|(own, label)| {
        if let Some(linear) = own.linear() {
            return vec![OwnPattern {
                z: 0.0,
                shift: linear.offset,
                weight: 1.0,
            }];
        }
        let soft = |stability: f64| {
            let level = stability + label * reference.bias;
            (level * level + width * width).sqrt()
        };
        own.nodes(width, (RESOLUTION, &soft), finer)
    })
}

/// The stationary point in `(a, c)` at one distance, and the surplus there.
fn settle(
    around: &Shell,
    start: [f64; 3],
    p: &Parameters,
) -> Result<([f64; 3], Dual2<3>), NotConverged> {
    let patterns = patterns(around.reference, start[0], false);
    let gap = 4.0 * start[0] * (1.0 - start[0]);
    let tolerances = Tolerances {
        residual: RESIDUAL,
        ..Tolerances::default()
    };
    let at = |x: &[f64]| [start[0], x[0], x[1]];
    let mut system = |x: &[f64]| {
        let here = surplus(around, at(x), p, &patterns);
        let (g, h) = (real::gradient(&here), real::hessian(&here));
        Some(Linear {
            equations: DVector::from_fn(2, |i, _| g[i + 1]),
            jacobian: DMatrix::from_fn(2, 2, |i, j| h[i + 1][j + 1]),
            residual: g[1].abs().max(g[2].abs()) / gap,
            detail: here,
        })
    };
    let end = newton(&start[1..], &tolerances, None, &mut system)?;
    Ok((at(&end.x), end.at.detail))
}

/// The surplus at a distance relative to the gap `1 - S²`: positive where classifiers exist.
///
/// # Errors
/// [`NotConverged`] if its stationary point is not reached.
pub fn room(around: &Shell, distance: f64, p: &Parameters) -> Result<f64, NotConverged> {
    let (_, at) = settle(around, [distance, 0.0, 0.0], p)?;
    Ok(at.re / (4.0 * distance * (1.0 - distance)))
}

/// The nearest classifier that satisfies every pattern; none if there is none at any of the overlaps
/// looked at, or if the reference is one itself.
///
/// # Errors
/// [`NotConverged`] if the way there was lost.
pub fn nearest(around: &Shell, p: &Parameters) -> Result<Option<Nearest>, NotConverged> {
    let mut here = None;
    for overlap in SCAN {
        if let Ok((x, at)) = settle(around, [0.5 * (1.0 - overlap), 0.0, 0.0], p)
            && at.re > 0.0
        {
            here = Some(x);
            break;
        }
    }
    let Some(mut x) = here else { return Ok(None) };
    let value = |x: [f64; 3]| settle(around, x, p);
    loop {
        let next = [x[0] * (-STRIDE).exp(), x[1], x[2]];
        if next[0] < LEAST {
            return Ok(None);
        }
        let (there, at) = value(next)?;
        if at.re > 0.0 {
            x = there;
            continue;
        }
        let mut warm = x;
        let mut relative = |ln_d: f64| -> Result<f64, NotConverged> {
            let (y, at) = value([ln_d.exp(), warm[1], warm[2]])?;
            warm = y;
            Ok(at.re / y[0])
        };
        let ends = (x[0].ln(), next[0].ln());
        let values = (relative(ends.0)?, relative(ends.1)?);
        let root = bracketed_root((ends.0, values.0), (ends.1, values.1), 1e-15, &mut relative)?;
        let (x, at) = value([root.x.exp(), warm[1], warm[2]])?;
        return Ok(Some(found(around, x, &at, p)));
    }
}

/// What is known at a root of the surplus.
fn found(around: &Shell, x: [f64; 3], at: &Dual2<3>, p: &Parameters) -> Nearest {
    let [d, a, c] = x;
    let gap = 4.0 * d * (1.0 - d);
    let root = gap.sqrt();
    let overlap = 1.0 - 2.0 * d;
    let response = overlap - root * a;
    let [by_d, by_a, by_c] = real::gradient(at);
    let finer = patterns(around.reference, d, true);
    let shift = (surplus(around, x, p, &finer).re - at.re).abs();
    Nearest {
        overlap,
        m: root * c + around.reference.m * response,
        response,
        residual: at.re.abs().max(by_a.abs()).max(by_c.abs()) / gap,
        error_estimate: (shift + at.re.abs()) / by_d.abs() + f64::EPSILON,
    }
}
