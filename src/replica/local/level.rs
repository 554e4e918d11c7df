//! A level of replicas (LD.2, LD.34): the average over an outer Gaussian field of
//! `(1/y) ln E exp y f`, where the inner average is over another Gaussian field and `f` is the logarithm
//! of any site's partition function. Weights and patterns of groups of replicas are both of this form.
//!
//! With `e = y(q₁ - q₀)`, `q₀` and `q₁` the variances of the outer field and of both together, the inner
//! average at an outer field `ω` has the weight `exp y[f(u) - (u-ω)²/(2e)]`. Its sums run over a lattice
//! of fields `u` that all outer fields share, so that a site is computed once for all of them. Because
//! of the heat equation of `f`, its slope `g` and its curvature `b` are enough for the derivatives of
//! every first derivative (LD.34).

use super::patterns::Lent;
use crate::math::gauss::CUT;
use crate::math::{Feature, GaussMeasure, wide};
use crate::model::site::Site;

/// Lattice step in units of the narrowest inner weight.
const STEP: f64 = 0.55;
/// Factor of the steps that errors are estimated with.
const FINER: f64 = 0.6;
/// Inner weights this far below the largest one are left out, in the logarithm.
const NEGLIGIBLE: f64 = 42.0;
/// Range of inner fields around the maximum of their weight, in units of `√(e/y)`: the Gaussian factor
/// alone is below `e^{-NEGLIGIBLE}` there.
const RANGE: f64 = 9.5;
/// Nodes of the first look at where inner weights are largest, and how often its range is doubled.
const LOOK: usize = 256;
const DOUBLINGS: usize = 14;
/// Most nodes of a lattice: 100 megabytes.
const MOST: f64 = 3e6;
/// Width of the passage from one maximum to another that panels resolve to rounding, in units of its
/// scale.
const PASSAGE: f64 = 0.5;
/// Narrowest feature of the outer field that is resolved, and outer deviation below which features are not resolved.
const NARROWEST: f64 = 1e-8;
const SMALLEST: f64 = 1e-3;
/// Features beyond this many standard deviations are left out.
const FAR: f64 = 10.0;

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

/// Where the nodes of a level lie.
pub struct Rule {
    measure: GaussMeasure,
    /// First field and step of the lattice.
    first: f64,
    step: f64,
    /// The site at its fields.
    jets: Lent,
}

/// Averages of a level and their derivatives with respect to `q₀`, `q₁` and `y`, in this order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Averages {
    /// `(1/y) E ln ⟨…⟩`.
    pub value: f64,
    /// `E⟨g⟩²`.
    pub outer: f64,
    /// Its derivatives.
    pub outer_by: [f64; 3],
    /// `E⟨g²⟩`.
    pub inner: f64,
    /// Its derivatives.
    pub inner_by: [f64; 3],
    /// `E Var g`.
    pub variance: f64,
    /// `E⟨b⟩`.
    pub bend: f64,
    /// `E⟨b²⟩`.
    pub bend_square: f64,
    /// `E[ln ⟨…⟩ - y⟨f⟩]`.
    pub complexity: f64,
    /// The same without the mean square of the inner field, which the saddle point relates to others:
    /// nothing of order `y` is left (LD.35).
    pub entropy: f64,
    /// `E Var f`.
    pub spread: f64,
}

/// The inner average at one outer field.
struct Inner {
    /// `(1/y) ln ⟨…⟩`.
    value: f64,
    /// `ln ⟨…⟩ - y⟨f - (u-ω)²/(2e)⟩`.
    entropy: f64,
    /// Value and slope at the maximum of the weight, which moments are measured from.
    origin: [f64; 2],
    /// Moments of the normalised weight.
    moments: wide::Moments,
    /// The sum of the weights.
    mass: f64,
    /// Where the weight counts, and the weight there.
    from: usize,
    to: usize,
}

impl Level<'_> {
    /// Nodes for `y` replicas and fields of variances `q₀` and `q₁`.
    pub fn place(&self, y: f64, [q0, q1]: [f64; 2], fine: bool) -> Rule {
        let e = y * (q1 - q0).max(f64::MIN_POSITIVE);
        let width = 1.0 / (y * (1.0 / e + self.scale.stiffness)).sqrt();
        let factor = if fine { FINER } else { 1.0 };
        let step = factor * (STEP * width).min(self.scale.step);
        let (low, high) = self.range(y, e, CUT * q1.sqrt());
        let margin = RANGE * (e / y).sqrt() + step;
        let (low, high) = (low - margin, high + margin);
        let step = step.max((high - low) / MOST);
        let count = ((high - low) / step).ceil() as usize + 1;
        let fields: Vec<f64> = (0..count).map(|i| low + step * i as f64).collect();
        let mut jets = Lent::new();
        self.site.fill(&fields, self.own, None, &mut jets);
        let mut rule = Rule {
            measure: GaussMeasure::empty(),
            first: low,
            step,
            jets,
        };
        let measure = GaussMeasure::graded(&self.features(&rule, y, [q0, q1]));
        rule.measure = if fine { measure.refined() } else { measure };
        rule
    }

    /// The smallest and the largest inner field of largest weight, for outer fields up to `reach`.
    fn range(&self, y: f64, e: f64, reach: f64) -> (f64, f64) {
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
                return (fields[low] - step, fields[high] + step);
            }
            half *= 2.0;
        }
        (-half, half)
    }

    /// What varies fast in the outer field: the site's features seen through the inner one, and where the
    /// weight passes from one maximum to another, over a width of order `1/y` (LD.32).
    fn features(&self, rule: &Rule, y: f64, [q0, q1]: [f64; 2]) -> Vec<Feature> {
        let root = q0.max(0.0).sqrt();
        if root < SMALLEST {
            return Vec::new();
        }
        let e = y * (q1 - q0);
        let mut seen = Vec::new();
        self.site.features(self.own, &mut seen);
        for feature in &mut seen {
            feature.centre /= root;
            feature.width = (feature.width * feature.width + e / y).sqrt() / root;
        }
        if !self.scale.concave {
            for (omega, step) in rule.gaps(e) {
                seen.push(Feature {
                    centre: omega / root,
                    width: (PASSAGE / (y * step.abs() * root)).clamp(NARROWEST, 1.0),
                });
            }
        }
        seen.retain(|f| f.centre.abs() < FAR);
        seen
    }

    /// Averages at `y` and these variances, on these nodes.
    pub fn averages(&self, rule: &Rule, y: f64, [q0, q1]: [f64; 2]) -> Averages {
        let (root, e) = (q0.max(0.0).sqrt(), y * (q1 - q0));
        let mut total = Averages::default();
        rule.each(self.scale.concave, [y, e, root], &mut |weight, inner, _| {
            total.add(weight, y, inner);
        });
        total
    }

    /// The average over both fields of anything that is known of the site at the fields of the lattice.
    pub fn mean(
        &self,
        rule: &Rule,
        y: f64,
        [q0, q1]: [f64; 2],
        fill: &dyn Fn(&[f64], &mut [f64]),
    ) -> f64 {
        let (root, e) = (q0.max(0.0).sqrt(), y * (q1 - q0));
        let count = rule.jets.len();
        let fields: Vec<f64> = (0..count).map(|i| rule.field(i)).collect();
        let mut values = vec![0.0; count];
        fill(&fields, &mut values);
        let mut total = 0.0;
        rule.each(self.scale.concave, [y, e, root], &mut |weight, inner, w| {
            let sum = wide::dot(&w[..inner.to - inner.from], &values[inner.from..inner.to]);
            total += weight * sum / inner.mass;
        });
        total
    }
}

impl Rule {
    fn field(&self, i: usize) -> f64 {
        self.first + self.step * i as f64
    }

    /// The straight parts of the convex hull of `u²/2 - e f(u)` on the lattice (LD.32): their slope, which
    /// is the outer field at which the largest weight jumps, and by how much `g` jumps.
    fn gaps(&self, e: f64) -> Vec<(f64, f64)> {
        let height = |i: usize| 0.5 * self.field(i).powi(2) - e * self.jets.value[i];
        let mut hull: Vec<(usize, f64)> = Vec::new();
        for i in 0..self.jets.len() {
            let at = (i, height(i));
            while let [.., a, b] = hull[..] {
                let (before, after) = ((b.0 - a.0) as f64, (at.0 - a.0) as f64);
                if (b.1 - a.1) * after < (at.1 - a.1) * before {
                    break;
                }
                hull.pop();
            }
            hull.push(at);
        }
        let wide = hull.windows(2).filter(|pair| pair[1].0 - pair[0].0 > 2);
        let jump = |pair: &[(usize, f64)]| {
            let [(i, low), (j, high)] = [pair[0], pair[1]];
            let slope = (high - low) / (self.step * (j - i) as f64);
            (slope, self.jets.slope[j] - self.jets.slope[i])
        };
        wide.map(jump).collect()
    }

    /// Calls with the weight of every outer field, the inner average there, and its inner weights.
    fn each(
        &self,
        concave: bool,
        [y, e, root]: [f64; 3],
        call: &mut dyn FnMut(f64, &Inner, &[f64]),
    ) {
        let mut room = Lent::new();
        room.resize(self.jets.len(), false);
        let weights = &mut room.value;
        let mut top = 0;
        for &(z, weight) in self.measure.nodes() {
            let omega = root * z;
            let (range, best) = if concave {
                self.around_top(&mut top, [y, e, omega])
            } else {
                self.above_rest([y, e, omega], weights)
            };
            let inner = self.inner([y, e, omega], (range, best), weights);
            call(weight, &inner, weights);
        }
    }

    /// Where the weight of a concave site counts, from the maximum of a smaller outer field.
    fn around_top(&self, top: &mut usize, [y, e, omega]: [f64; 3]) -> ((usize, usize), usize) {
        let half = 0.5 / e;
        let height = |i: usize| {
            let x = self.field(i) - omega;
            self.jets.value[i] - half * x * x
        };
        let count = self.jets.len();
        // Far maxima are reached in long strides first.
        let mut stride = (count / 64).max(1);
        while stride > 0 {
            while *top + stride < count && height(*top + stride) > height(*top) {
                *top += stride;
            }
            while *top >= stride && height(*top - stride) > height(*top) {
                *top -= stride;
            }
            stride /= 2;
        }
        let least = height(*top) - NEGLIGIBLE / y;
        let (mut from, mut to) = (*top, *top + 1);
        while from > 0 && height(from - 1) > least {
            from -= 1;
        }
        while to < count && height(to) > least {
            to += 1;
        }
        ((from, to), *top)
    }

    /// Where the weight of any site counts, with whatever lies in between.
    fn above_rest(&self, [y, e, omega]: [f64; 3], heights: &mut [f64]) -> ((usize, usize), usize) {
        let fields = [self.first - omega, self.step];
        let most = wide::parabola(&self.jets.value, fields, 0.5 / e, heights);
        let least = most - NEGLIGIBLE / y;
        let from = heights.iter().position(|h| *h > least).unwrap_or(0);
        let to = heights.iter().rposition(|h| *h > least).unwrap_or(0);
        let top = heights.iter().position(|h| *h == most).unwrap_or(0);
        ((from, to + 1), top)
    }

    fn inner(
        &self,
        [y, e, omega]: [f64; 3],
        ((from, to), top): ((usize, usize), usize),
        weights: &mut [f64],
    ) -> Inner {
        let half = 0.5 / e;
        let x = self.field(top) - omega;
        let best = self.jets.value[top] - half * x * x;
        let [f, g, b] = [&self.jets.value, &self.jets.slope, &self.jets.bend];
        let (f, g, b) = (&f[from..to], &g[from..to], &b[from..to]);
        let w = &mut weights[..to - from];
        let fields = [self.field(from) - omega, self.step];
        wide::powers(f, fields, [y, half, best], w);
        let origin = [self.jets.value[top], self.jets.slope[top]];
        let mut moments = wide::moments(w, f, g, b, origin);
        let mass = moments.one;
        moments.divide(mass);
        let mut below = 0.0;
        for (i, w) in w.iter().enumerate() {
            let x = fields[0] + fields[1] * i as f64;
            below += w * y * (best - f[i] + half * x * x);
        }
        let norm = self.step * (y / (2.0 * std::f64::consts::PI * e)).sqrt();
        let ln_mass = (mass * norm).ln();
        Inner {
            value: best + ln_mass / y,
            entropy: ln_mass + below / mass,
            origin,
            moments,
            mass,
            from,
            to,
        }
    }
}

impl Averages {
    /// Adds one outer field of this weight.
    fn add(&mut self, weight: f64, y: f64, inner: &Inner) {
        let [f0, g0] = inner.origin;
        let m = &inner.moments;
        let [a1, a2, a3, a4] = m.g;
        let (mean, variance) = (g0 + a1, a2 - a1 * a1);
        let third = a3 - a1 * a2;
        // Covariances of f, g and g².
        let with_square = 2.0 * g0 * variance + third;
        let square = 4.0 * g0 * g0 * variance + 4.0 * g0 * third + (a4 - a2 * a2);
        let f_g = m.fg - m.f * a1;
        let f_square = 2.0 * g0 * f_g + (m.fgg - m.f * a2);
        let gb = g0 * m.b + m.gb;
        let ggb = g0 * g0 * m.b + 2.0 * g0 * m.gb + m.ggb;
        // The slope of the mean slope, and of the mean square, in the outer field (LD.34).
        let response = m.b + y * variance;
        let moved = 2.0 * gb + y * with_square;
        self.value += weight * inner.value;
        self.outer += weight * mean * mean;
        self.inner += weight * (mean * mean + variance);
        self.variance += weight * variance;
        self.bend += weight * m.b;
        self.bend_square += weight * m.bb;
        self.complexity += weight * y * (inner.value - f0 - m.f);
        self.entropy += weight * inner.entropy;
        self.spread += weight * (m.ff - m.f * m.f);
        let outer = [
            response * response - 2.0 * y * mean * mean * response,
            (y - 1.0) * mean * moved,
            2.0 * mean * f_g,
        ];
        let within = 0.5 * y * (y - 1.0) * square + 2.0 * (y - 1.0) * ggb + m.bb;
        let inner = [-y * mean * moved, within, f_square];
        for i in 0..3 {
            self.outer_by[i] += weight * outer[i];
            self.inner_by[i] += weight * inner[i];
        }
    }
}
