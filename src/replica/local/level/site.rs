//! What is common to finitely and infinitely many replicas: the site, its fields, its averages, and where
//! inner weights are largest.

use crate::math::gauss::CUT;
use crate::model::site::Site;
use crate::replica::local::patterns::Lent;
use crate::solve::Tolerances;
use crate::solve::newton::{Linear, newton};
use nalgebra::{DMatrix, DVector};
use std::cell::Cell;

/// Length of a panel in units of the width of what is integrated on it (LD.37), less than a Gaussian
/// would need: widths change on it; and in lattice steps that the site's singularities allow, so that
/// nodes are about as dense as on a lattice.
const PANEL: f64 = 5.0;
const STEPS_PER_PANEL: f64 = 8.0;
/// Curvatures that are looked at on a panel, and most parts that it is divided into at once.
const SAMPLES: usize = 5;
const PARTS: f64 = 4.0;
/// Range of inner fields around the maximum of their weight, in units of `√(e/y)`: the Gaussian factor
/// alone is negligible beyond.
pub(super) const RANGE: f64 = 9.5;
/// Nodes of the first look at where inner weights are largest, how often its range is doubled, and how
/// often it is followed by a closer one.
pub(super) const LOOK: usize = 256;
const DOUBLINGS: usize = 14;
const CLOSER: usize = 4;
/// Most panels, 8 megabytes. Saddle points of up to 10⁷ replicas need fewer: with twelve times as many
/// they are the same to the last bit. Where Newton's method wanders, panels are then no longer divided.
const MOST: usize = 12_000;

/// Steps towards a common tangent.
const TANGENT: usize = 40;
/// After a step of Newton's method this short, relative to what is looked for, only rounding is left.
pub(super) const NEARLY: f64 = 1e-9;

/// How fast a site varies with its field.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Lattice steps that its singularities allow.
    pub step: f64,
    /// The largest of `-f″`.
    pub stiffness: f64,
    /// Whether it is known to be concave, so that inner weights have one maximum.
    pub concave: bool,
}

/// A site of which replicas are averaged over.
pub struct Level<'a> {
    /// The site.
    pub site: &'a dyn Site,
    /// Its own variance or precision.
    pub own: f64,
    /// How fast it varies.
    pub scale: Scale,
}

/// The Gaussian fields of a level.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// Number of replicas, possibly ∞.
    pub y: f64,
    /// Variance `q₀` of the outer field.
    pub outer: f64,
    /// `y(q₁ - q₀)`.
    pub e: f64,
}

impl Fields {
    /// Standard deviation of the outer field.
    pub(super) fn root(self) -> f64 {
        self.outer.max(0.0).sqrt()
    }

    /// The largest field that counts.
    pub(super) fn reach(self) -> f64 {
        CUT * (self.outer.max(0.0) + self.e / self.y).sqrt()
    }
}

/// Averages of a level, all of which have a limit for `y → ∞`, and derivatives of the first two: with
/// respect to `e` at fixed `q₁`, and to both variances at fixed `e`. The own variance follows `q₁` at
/// finite `y`, by its heat equation, and is held at `y = ∞`: of weights of fixed `w²`, the only ones of
/// which the second is asked for, it is a constant factor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Averages {
    /// `(1/y) E ln ⟨…⟩`.
    pub value: f64,
    /// `E⟨g⟩²`.
    pub outer: f64,
    /// Its derivatives.
    pub outer_by: [f64; 2],
    /// `y E Var g`.
    pub scatter: f64,
    /// Its derivatives.
    pub scatter_by: [f64; 2],
    /// `E⟨b⟩`.
    pub bend: f64,
    /// `E⟨b²⟩`.
    pub bend_square: f64,
    /// `E[ln ⟨…⟩ - y⟨f⟩]` without the mean square of the inner field, which the saddle point relates to
    /// others: nothing of order `y` is left (LD.35).
    pub entropy: f64,
    /// What is known of a finite number of replicas only.
    pub number: ByNumber,
}

/// What depends on the number of replicas; derivatives are at fixed `q₀` and `q₁`. Zero where there are
/// infinitely many.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByNumber {
    /// `∂_y E⟨g⟩²`.
    pub outer: f64,
    /// `∂_y E⟨g²⟩`.
    pub inner: f64,
    /// `E[ln ⟨…⟩ - y⟨f⟩]`.
    pub complexity: f64,
    /// `E Var f`.
    pub spread: f64,
}

impl Averages {
    /// `E⟨g²⟩` and its derivatives by both variances at fixed `e` and by `e` at fixed `q₀`.
    pub fn inner(&self, y: f64) -> (f64, [f64; 2]) {
        let square = self.outer + self.scatter / y;
        let by = |i: usize| self.outer_by[i] + self.scatter_by[i] / y;
        (square, [by(1), by(0) + by(1) / y])
    }

    /// Derivatives of `y E Var g` by both variances at fixed `e` and by `e` at fixed `q₀`.
    pub fn scatter_at_outer(&self, y: f64) -> [f64; 2] {
        let [by_e, by_both] = self.scatter_by;
        [by_both, by_e + by_both / y]
    }
}

impl Level<'_> {
    /// Intervals in which the smallest and the largest inner field of largest weight lie, for outer fields
    /// up to `reach`.
    pub(super) fn tops(&self, [y, e, reach]: [f64; 3]) -> [(f64, f64); 2] {
        let mut half = reach + RANGE * (e / y).sqrt() + 1.0;
        let mut jets = Lent::new();
        for _ in 0..DOUBLINGS {
            let step = 2.0 * half / LOOK as f64;
            let fields: Vec<f64> = (0..=LOOK).map(|i| step * i as f64 - half).collect();
            self.site.fill(&fields, self.own, None, &mut jets);
            let top = |omega: f64| {
                let height = |i: &usize| jets.value[*i] - (fields[*i] - omega).powi(2) / (2.0 * e);
                let ahead = |a: usize, b: usize| if height(&b) > height(&a) { b } else { a };
                (0..=LOOK).reduce(ahead).unwrap_or(0)
            };
            let (low, high) = (top(-reach), top(reach));
            if low > 0 && high < LOOK {
                return [low, high].map(|i| (fields[i] - step, fields[i] + step));
            }
            half *= 2.0;
        }
        [(-half, half); 2]
    }

    /// The inner field of largest weight at an outer field `ω`, in an interval and nearly to the width that
    /// `width` makes of the curvature there: field, height and width.
    pub(super) fn closest(
        &self,
        [e, omega]: [f64; 2],
        (mut low, mut high): (f64, f64),
        width: &dyn Fn(f64) -> f64,
    ) -> [f64; 3] {
        let mut jets = Lent::new();
        let mut best = [low, f64::NEG_INFINITY, 0.0];
        for _ in 0..CLOSER {
            let step = (high - low) / LOOK as f64;
            let fields: Vec<f64> = (0..=LOOK).map(|i| low + step * i as f64).collect();
            self.site.fill(&fields, self.own, None, &mut jets);
            for (i, &u) in fields.iter().enumerate() {
                let height = jets.value[i] - (u - omega).powi(2) / (2.0 * e);
                if height > best[1] {
                    best = [u, height, width(jets.bend[i].abs())];
                }
            }
            (low, high) = (best[0] - step, best[0] + step);
            if step < best[2] {
                break;
            }
        }
        best
    }

    /// Panels between two inner fields on which is resolved whatever has the width that `width` makes of
    /// the curvature of the site (LD.37).
    pub(super) fn panels(
        &self,
        (low, high): (f64, f64),
        width: &dyn Fn(f64) -> f64,
    ) -> Vec<(f64, f64)> {
        let longest = STEPS_PER_PANEL * self.scale.step;
        let mut pending = divided((low, high), ((high - low) / longest).ceil());
        let (mut done, mut jets) = (Vec::new(), Lent::new());
        while !pending.is_empty() {
            let spots = (0..SAMPLES).map(|i| i as f64 / (SAMPLES - 1) as f64);
            let on = |&(a, b): &(f64, f64)| spots.clone().map(move |t| a + t * (b - a));
            let fields: Vec<f64> = pending.iter().flat_map(on).collect();
            self.site.fill(&fields, self.own, None, &mut jets);
            let mut next = Vec::new();
            for (&(a, b), bends) in pending.iter().zip(jets.bend.chunks_exact(SAMPLES)) {
                // Without the sign: the curvature of the weight may cancel at one `e` and not at the next.
                let stiffness = bends.iter().fold(0.0, |most: f64, b| most.max(b.abs()));
                let parts = ((b - a) / (PANEL * width(stiffness))).ceil();
                if parts <= 1.0 || done.len() + next.len() + pending.len() >= MOST {
                    done.push((a, b));
                } else {
                    next.extend(divided((a, b), parts.min(PARTS)));
                }
            }
            pending = next;
        }
        done.sort_by(|a, b| a.0.total_cmp(&b.0));
        done
    }
}

/// An interval in so many equal parts.
pub(super) fn divided((a, b): (f64, f64), parts: f64) -> Vec<(f64, f64)> {
    let step = (b - a) / parts;
    let ends = (0..parts as usize).map(|i| (a + step * i as f64, a + step * (i + 1) as f64));
    ends.collect()
}

/// Every panel halved.
pub(super) fn halved(panels: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let both = panels.iter().flat_map(|&panel| divided(panel, 2.0));
    both.collect()
}

/// `e f(u) - u²/2`: `e` times the logarithm of an inner weight per replica, but for what is linear in
/// `u` or the same at all nodes.
pub(super) fn height(field: f64, value: f64, e: f64) -> f64 {
    e * value - 0.5 * field * field
}

/// The vertices of the convex hull below `u²/2 - e f(u)` (LD.32), with the negative of it there: where
/// the weight of some outer field is largest.
pub(super) fn hull(fields: &[f64], values: &[f64], e: f64) -> Vec<(usize, f64)> {
    let mut hull: Vec<(usize, f64)> = Vec::new();
    for (i, (&u, &f)) in fields.iter().zip(values).enumerate() {
        let at = (i, height(u, f, e));
        while let [.., a, b] = hull[..] {
            let u = [a, b, at].map(|vertex| fields[vertex.0]);
            if (b.1 - a.1) * (u[2] - u[0]) > (at.1 - a.1) * (u[1] - u[0]) {
                break;
            }
            hull.pop();
        }
        hull.push(at);
    }
    hull
}

/// The site at two fields.
pub(super) fn pair_of_jets(level: &Level<'_>, (a, b): (f64, f64)) -> [[f64; 3]; 2] {
    let mut jets = Lent::new();
    level.site.fill(&[a, b], level.own, None, &mut jets);
    [0, 1].map(|i| [jets.value[i], jets.slope[i], jets.bend[i]])
}

/// The common tangent of `u²/2 - e f(u)` at two points, from a guess.
pub(super) fn tangent(level: &Level<'_>, e: f64, guess: (f64, f64)) -> (f64, f64) {
    let mut last = guess;
    let step = Cell::new(f64::INFINITY);
    let mut system = |x: &[f64]| {
        let (a, b) = (x[0], x[1]);
        last = (a, b);
        let [[fa, ga, ba], [fb, gb, bb]] = pair_of_jets(level, last);
        let (sa, sb) = (a - e * ga, b - e * gb);
        let rise = height(a, fa, e) - height(b, fb, e);
        // Slopes are equal, and the chord has that slope.
        let (r1, r2) = (sb - sa, rise - 0.5 * (sa + sb) * (b - a));
        let (ca, cb) = (1.0 - e * ba, 1.0 - e * bb);
        let chord = 0.5 * (sb - sa);
        let by_ends = [
            -ca,
            cb,
            chord - 0.5 * ca * (b - a),
            chord - 0.5 * cb * (b - a),
        ];
        Some(Linear {
            equations: DVector::from_vec(vec![r1, r2]),
            jacobian: DMatrix::from_row_slice(2, 2, &by_ends),
            residual: step.get() / (b - a),
            detail: (),
        })
    };
    let limits = Tolerances {
        residual: NEARLY,
        newton_iterations: TANGENT,
        longest_step: f64::INFINITY,
        ..Tolerances::default()
    };
    let within = |x: &[f64], whole: &DVector<f64>| {
        step.set(whole.amax());
        let longest = 0.2 * (x[1] - x[0]);
        whole.map(|step| step.clamp(-longest, longest))
    };
    // Where it stops short, the last point is the best that is known.
    let _ = newton(&[guess.0, guess.1], &limits, Some(&within), &mut system);
    last
}
