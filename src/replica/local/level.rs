//! A level of replicas (LD.2, LD.34): the average over an outer Gaussian field of
//! `(1/y) ln E exp y f`, where the inner average is over another Gaussian field and `f` is the logarithm
//! of any site's partition function. Weights and patterns of groups of replicas are both of this form.
//!
//! With `e = y(q₁ - q₀)`, `q₀` and `q₁` the variances of the outer field and of both together, the inner
//! average at an outer field `ω` has the weight `exp y[f(u) - (u-ω)²/(2e)]`. Its sums run over fields `u`
//! that all outer fields share, so that a site is computed once for all of them: a uniform lattice
//! where that is short, panels as long as the weight is wide where they are otherwise (LD.37). Because of
//! the heat equation of `f`, its slope `g` and its curvature `b` are enough for the derivatives of every
//! first derivative (LD.34).

use super::patterns::Lent;
use crate::math::gauss::{CUT, panel_nodes};
use crate::math::{Feature, GaussMeasure, wide};
use crate::model::site::Site;

/// Lattice step in units of the narrowest inner weight.
const STEP: f64 = 0.55;
/// Factor of the steps that errors are estimated with.
const FINER: f64 = 0.6;
/// Most nodes of a lattice; more are placed on panels, which need about twice as many where all weights
/// are as wide as the narrowest one.
const FEW: usize = 1000;
/// Length of a panel in units of the width of inner weights on it (LD.37), less than a Gaussian would
/// need: widths change on it; and in lattice steps that the site's singularities allow, so that nodes
/// are about as dense as on a lattice.
const PANEL: f64 = 5.0;
const STEPS_PER_PANEL: f64 = 8.0;
/// Curvatures that are looked at on a panel, and most parts that it is divided into at once.
const SAMPLES: usize = 5;
const PARTS: f64 = 4.0;
/// Panels serve `e` up to this factor smaller or larger: a root is looked for on those of its start.
const SLACK: f64 = 1.5;
/// Inner weights this far below the largest one are left out, in the logarithm.
const NEGLIGIBLE: f64 = 42.0;
/// Range of inner fields around the maximum of their weight, in units of `√(e/y)`: the Gaussian factor
/// alone is below `e^{-NEGLIGIBLE}` there.
const RANGE: f64 = 9.5;
/// Nodes of the first look at where inner weights are largest, how often its range is doubled, and how
/// often it is followed by a closer one.
const LOOK: usize = 256;
const DOUBLINGS: usize = 14;
const CLOSER: usize = 4;
/// Most panels: 100 megabytes.
const MOST: usize = 150_000;
/// Width of the passage from one maximum to another that panels resolve to rounding, in units of its
/// scale.
const PASSAGE: f64 = 0.5;
/// Outer fields on which the maximum moves faster than this, in units of `1/e` less, are resolved (LD.38).
const CROWDED: f64 = 0.5;
/// Narrowest and widest passage in the outer field, in standard deviations: wider ones vary as fast as
/// the Gaussian measure itself.
const NARROWEST: f64 = 1e-8;
const WIDEST: f64 = 1.0;
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
    /// Inner fields, in increasing order.
    fields: Vec<f64>,
    /// Their weights in integrals over the field.
    weights: Vec<f64>,
    /// The site at these fields.
    jets: Lent,
}

/// The nodes of a rule that count at any outer field.
struct Counting {
    fields: Vec<f64>,
    weights: Vec<f64>,
    jets: Lent,
    /// Which of them the weight of some outer field is largest at.
    vertices: Vec<usize>,
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
        let reach = CUT * q1.sqrt();
        let (fields, weights): (Vec<f64>, Vec<f64>) = match self.lattice([y, e, reach], fine) {
            Some((fields, step)) => {
                let weights = vec![step; fields.len()];
                (fields, weights)
            }
            None => {
                let panels = self.panels([y, e, reach]);
                let panels = if fine { halved(&panels) } else { panels };
                panel_nodes(&panels).into_iter().unzip()
            }
        };
        let mut jets = Lent::new();
        self.site.fill(&fields, self.own, None, &mut jets);
        let mut rule = Rule {
            measure: GaussMeasure::empty(),
            fields,
            weights,
            jets,
        };
        let measure = GaussMeasure::graded(&self.features(&rule, y, [q0, q1]));
        rule.measure = if fine { measure.refined() } else { measure };
        rule
    }

    /// A uniform lattice and its step, if few nodes are enough.
    fn lattice(&self, [y, e, reach]: [f64; 3], fine: bool) -> Option<(Vec<f64>, f64)> {
        let coarse = (STEP * self.width(y, e, self.scale.stiffness)).min(self.scale.step);
        let [(low, _), (_, high)] = self.tops([y, e, reach]);
        let margin = RANGE * (e / y).sqrt() + coarse;
        let (low, high) = (low - margin, high + margin);
        let step = if fine { FINER * coarse } else { coarse };
        let count = |step: f64| ((high - low) / step).ceil() + 1.0;
        let fields = || {
            let all = 0..count(step) as usize;
            all.map(|i| low + step * i as f64).collect()
        };
        (count(coarse) <= FEW as f64).then(|| (fields(), step))
    }

    /// The width of an inner weight where `-f″` has this value (LD.37).
    fn width(&self, y: f64, e: f64, stiffness: f64) -> f64 {
        1.0 / (y * (1.0 / e + stiffness)).sqrt()
    }

    /// Panels on which every inner weight is resolved wherever it counts (LD.37).
    fn panels(&self, [y, e, reach]: [f64; 3]) -> Vec<(f64, f64)> {
        let (low, high) = self.ends([y, e, reach]);
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
                let parts = ((b - a) / (PANEL * self.width(y, e, stiffness))).ceil();
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

    /// The inner fields between which all weights count, of outer fields up to `reach`.
    fn ends(&self, [y, e, reach]: [f64; 3]) -> (f64, f64) {
        let of = |e: f64| {
            let [low, high] = self.tops([y, e, reach]);
            let low = self.end([y, e, -reach], low, -1.0);
            (low, self.end([y, e, reach], high, 1.0))
        };
        let ((a, b), (c, d)) = (of(e / SLACK), of(e * SLACK));
        (a.min(c), b.max(d))
    }

    /// How far to this side of its maximum, which lies in the interval, the weight of an outer field counts.
    fn end(&self, [y, e, omega]: [f64; 3], within: (f64, f64), side: f64) -> f64 {
        let (mut low, mut high) = within;
        let mut jets = Lent::new();
        let height = |u: f64, value: f64| value - (u - omega).powi(2) / (2.0 * e);
        let (mut top, mut most, mut width) = (low, f64::NEG_INFINITY, 0.0);
        for _ in 0..CLOSER {
            let step = (high - low) / LOOK as f64;
            let fields: Vec<f64> = (0..=LOOK).map(|i| low + step * i as f64).collect();
            self.site.fill(&fields, self.own, None, &mut jets);
            for (i, &u) in fields.iter().enumerate() {
                if height(u, jets.value[i]) > most {
                    (top, most) = (u, height(u, jets.value[i]));
                    width = self.width(y, e, jets.bend[i].abs());
                }
            }
            (low, high) = (top - step, top + step);
            if step < width {
                break;
            }
        }
        let farthest = RANGE * (e / y).sqrt();
        let ratio = (farthest / width).max(1.0).ln() / LOOK as f64;
        let fields: Vec<f64> = (0..=LOOK)
            .map(|i| top + side * width * (ratio * i as f64).exp())
            .collect();
        self.site.fill(&fields, self.own, None, &mut jets);
        let counts = |i: &usize| height(fields[*i], jets.value[*i]) > most - NEGLIGIBLE / y;
        let last = (0..=LOOK).rev().find(counts).unwrap_or(0);
        fields[(last + 1).min(LOOK)]
    }

    /// Intervals in which the smallest and the largest inner field of largest weight lie, for outer fields
    /// up to `reach`.
    fn tops(&self, [y, e, reach]: [f64; 3]) -> [(f64, f64); 2] {
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

    /// What varies fast in the outer field: the site's features seen through the inner one, and where the
    /// largest weight jumps or moves fast (LD.38).
    fn features(&self, rule: &Rule, y: f64, [q0, q1]: [f64; 2]) -> Vec<Feature> {
        let root = q0.max(0.0).sqrt();
        if root == 0.0 {
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
            for Feature { centre, width } in rule.passages(y, e) {
                seen.push(Feature {
                    centre: centre / root,
                    width: (width / root).clamp(NARROWEST, WIDEST),
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
        rule.counting(y, e).each(
            rule.measure.nodes(),
            [y, e, root],
            &mut |weight, inner, _| {
                total.add(weight, y, inner);
            },
        );
        total
    }

    /// The average over both fields of anything that is known of the site at all inner fields.
    pub fn mean(
        &self,
        rule: &Rule,
        y: f64,
        [q0, q1]: [f64; 2],
        fill: &dyn Fn(&[f64], &mut [f64]),
    ) -> f64 {
        let (root, e) = (q0.max(0.0).sqrt(), y * (q1 - q0));
        let counting = rule.counting(y, e);
        let mut values = vec![0.0; counting.fields.len()];
        fill(&counting.fields, &mut values);
        let mut total = 0.0;
        counting.each(
            rule.measure.nodes(),
            [y, e, root],
            &mut |weight, inner, w| {
                total += weight * wide::dot(w, &values[inner.from..inner.to]) / inner.mass;
            },
        );
        total
    }
}

/// An interval in so many equal parts.
fn divided((a, b): (f64, f64), parts: f64) -> Vec<(f64, f64)> {
    let step = (b - a) / parts;
    let ends = (0..parts as usize).map(|i| (a + step * i as f64, a + step * (i + 1) as f64));
    ends.collect()
}

/// Every panel halved.
fn halved(panels: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let both = panels.iter().flat_map(|&panel| divided(panel, 2.0));
    both.collect()
}

impl Rule {
    /// `e f(u) - u²/2` at a node: `e` times the logarithm of an inner weight per replica, but for what is
    /// linear in `u` or the same at all nodes.
    fn height(&self, i: usize, e: f64) -> f64 {
        e * self.jets.value[i] - 0.5 * self.fields[i].powi(2)
    }

    /// The vertices of the convex hull below `u²/2 - e f(u)` (LD.32): where the weight of some outer field
    /// is largest.
    fn hull(&self, e: f64) -> Vec<(usize, f64)> {
        let mut hull: Vec<(usize, f64)> = Vec::new();
        for i in 0..self.fields.len() {
            let at = (i, self.height(i, e));
            while let [.., a, b] = hull[..] {
                let u = [a, b, at].map(|vertex| self.fields[vertex.0]);
                if (b.1 - a.1) * (u[2] - u[0]) > (at.1 - a.1) * (u[1] - u[0]) {
                    break;
                }
                hull.pop();
            }
            hull.push(at);
        }
        hull
    }

    /// Outer fields at which the largest weight jumps, the straight parts of the hull, or moves fast, where
    /// the hull is least curved; and over which width (LD.38).
    fn passages(&self, y: f64, e: f64) -> Vec<Feature> {
        let hull = self.hull(e);
        let bend = |k: usize| 1.0 - e * self.jets.bend[hull[k].0];
        let mut seen = Vec::new();
        for k in 1..hull.len().saturating_sub(1) {
            if bend(k) < CROWDED && bend(k) < bend(k - 1) && bend(k) <= bend(k + 1) {
                let i = hull[k].0;
                let sides = [true, false].map(|up| self.spread(&hull, k, up, [y, e]));
                seen.push(Feature {
                    centre: self.fields[i] - e * self.jets.slope[i],
                    width: sides[0].min(sides[1]),
                });
            }
        }
        for k in 1..hull.len() {
            let [(i, high), (j, low)] = [hull[k - 1], hull[k]];
            if j - i <= 2 {
                continue;
            }
            let jump = (self.jets.slope[j] - self.jets.slope[i]).abs();
            let below = self.spread(&hull, k - 1, false, [y, e]);
            let above = self.spread(&hull, k, true, [y, e]);
            seen.push(Feature {
                centre: (high - low) / (self.fields[j] - self.fields[i]),
                width: (PASSAGE / (y * jump)).min(below).min(above),
            });
        }
        seen
    }

    /// The outer fields over which the hull's curvature doubles from a vertex to one side, or the maximum
    /// moves by the width of the weight if that is more.
    fn spread(&self, hull: &[(usize, f64)], k: usize, up: bool, [y, e]: [f64; 2]) -> f64 {
        let at = |k: usize| {
            let i = hull[k].0;
            let [u, g, b] = [self.fields[i], self.jets.slope[i], self.jets.bend[i]];
            [u, u - e * g, (1.0 - e * b).max(0.0)]
        };
        let [u, omega, bend] = at(k);
        let beyond = |other: &usize| {
            let [v, _, next] = at(*other);
            next >= 2.0 * bend && y * next * (v - u).powi(2) >= e
        };
        let found = match up {
            true => (k + 1..hull.len()).find(beyond),
            false => (0..k).rev().find(beyond),
        };
        found.map_or(f64::INFINITY, |other| (at(other)[1] - omega).abs())
    }

    /// The nodes without those inside of gaps of the hull that count at no outer field.
    fn counting(&self, y: f64, e: f64) -> Counting {
        let least = e * NEGLIGIBLE / y;
        let (mut kept, mut vertices) = (Vec::with_capacity(self.fields.len()), Vec::new());
        let hull = self.hull(e);
        for (k, &(i, high)) in hull.iter().enumerate() {
            vertices.push(kept.len());
            kept.push(i);
            let Some(&(j, low)) = hull.get(k + 1) else {
                break;
            };
            let slope = (low - high) / (self.fields[j] - self.fields[i]);
            let below =
                |n: usize| high + slope * (self.fields[n] - self.fields[i]) - self.height(n, e);
            kept.extend((i + 1..j).filter(|&n| below(n) < least));
        }
        let take = |from: &[f64], to: &mut Vec<f64>| {
            to.clear();
            to.extend(kept.iter().map(|&i| from[i]));
        };
        let mut counting = Counting {
            fields: Vec::new(),
            weights: Vec::new(),
            jets: Lent::new(),
            vertices,
        };
        take(&self.fields, &mut counting.fields);
        take(&self.weights, &mut counting.weights);
        take(&self.jets.value, &mut counting.jets.value);
        take(&self.jets.slope, &mut counting.jets.slope);
        take(&self.jets.bend, &mut counting.jets.bend);
        counting
    }
}

impl Counting {
    /// Calls with the weight of every outer field, the inner average there, and its inner weights.
    fn each(
        &self,
        outer: &[(f64, f64)],
        [y, e, root]: [f64; 3],
        call: &mut dyn FnMut(f64, &Inner, &[f64]),
    ) {
        let mut weights = vec![0.0; self.fields.len()];
        let mut exponents = weights.clone();
        let mut top = 0;
        for &(z, weight) in outer {
            let omega = root * z;
            let (from, to) = self.around_top(&mut top, [y, e, omega]);
            let room = (&mut weights[..to - from], &mut exponents[..to - from]);
            let inner = self.inner([y, e, omega], ((from, to), self.vertices[top]), room);
            call(weight, &inner, &weights[..to - from]);
        }
    }

    /// Where the weight of an outer field counts, from the vertex at which that of another one is largest:
    /// along the hull, which is concave in `u`, so that nothing beyond a vertex that does not count does.
    fn around_top(&self, top: &mut usize, [y, e, omega]: [f64; 3]) -> (usize, usize) {
        let half = 0.5 / e;
        let height = |i: usize| {
            let x = self.fields[i] - omega;
            self.jets.value[i] - half * x * x
        };
        let at = |vertex: usize| height(self.vertices[vertex]);
        let count = self.vertices.len();
        while *top + 1 < count && at(*top + 1) > at(*top) {
            *top += 1;
        }
        while *top > 0 && at(*top - 1) > at(*top) {
            *top -= 1;
        }
        let least = at(*top) - NEGLIGIBLE / y;
        let (mut low, mut high) = (*top, *top);
        while low > 0 && at(low) > least {
            low -= 1;
        }
        while high + 1 < count && at(high) > least {
            high += 1;
        }
        let (mut from, mut to) = (self.vertices[low], self.vertices[high]);
        while height(from) < least {
            from += 1;
        }
        while height(to) < least {
            to -= 1;
        }
        (from, to + 1)
    }

    fn inner(
        &self,
        [y, e, omega]: [f64; 3],
        ((from, to), top): ((usize, usize), usize),
        (w, exponents): (&mut [f64], &mut [f64]),
    ) -> Inner {
        let half = 0.5 / e;
        let x = self.fields[top] - omega;
        let best = self.jets.value[top] - half * x * x;
        let [f, g, b] = [&self.jets.value, &self.jets.slope, &self.jets.bend];
        let (f, g, b) = (&f[from..to], &g[from..to], &b[from..to]);
        let nodes = [&self.fields[from..to], &self.weights[from..to]];
        wide::powers(f, nodes, [y, half, omega, best], [exponents, w]);
        let origin = [self.jets.value[top], self.jets.slope[top]];
        let mut moments = wide::moments(w, f, g, b, origin);
        let mass = moments.one;
        moments.divide(mass);
        let below = wide::dot(w, exponents);
        let ln_mass = (mass * (y / (2.0 * std::f64::consts::PI * e)).sqrt()).ln();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::special::gauss;
    use crate::model::channel::Channel;
    use crate::model::prior::Weight;
    use crate::model::site::Jets;
    use crate::model::{Parameters, registry};

    /// `[(1/y) E ln ⟨…⟩, E⟨g⟩², E⟨g²⟩]` by trapezoidal sums: inner ones of this step over this range, outer
    /// ones in a variable that crowds them within `narrow` around zero.
    fn plain(
        level: &Level,
        y: f64,
        [q0, q1]: [f64; 2],
        (low, high): (f64, f64),
        step: f64,
        narrow: f64,
    ) -> [f64; 3] {
        let variance = q1 - q0;
        let count = ((high - low) / step) as usize;
        let fields: Vec<f64> = (0..count).map(|i| low + step * i as f64).collect();
        let mut jets = Jets::default();
        level.site.fill(&fields, level.own, None, &mut jets);
        let (reach, nodes) = ((9.0 / narrow).asinh(), 400);
        let mut total = [0.0; 3];
        for k in -nodes..=nodes {
            let t = reach * f64::from(k) / f64::from(nodes);
            let z = narrow * t.sinh();
            let weight = gauss(z) * narrow * t.cosh() * reach / f64::from(nodes);
            let exponent = |i: usize| {
                let x = fields[i] - q0.sqrt() * z;
                y * jets.value[i] - x * x / (2.0 * variance)
            };
            let exponents: Vec<f64> = (0..count).map(exponent).collect();
            let most = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut sums = [0.0; 3];
            for (i, exponent) in exponents.iter().enumerate() {
                let w = (exponent - most).exp();
                let g = jets.slope[i];
                sums = [sums[0] + w, sums[1] + w * g, sums[2] + w * g * g];
            }
            let norm = step / (2.0 * std::f64::consts::PI * variance).sqrt();
            total[0] += weight * (most + (sums[0] * norm).ln()) / y;
            total[1] += weight * (sums[1] / sums[0]).powi(2);
            total[2] += weight * sums[2] / sums[0];
        }
        total
    }

    fn agree(level: &Level, y: f64, q: [f64; 2], want: [f64; 3]) {
        for fine in [false, true] {
            let rule = level.place(y, q, fine);
            let got = level.averages(&rule, y, q);
            for (got, want) in [got.value, got.outer, got.inner].into_iter().zip(want) {
                assert!((got - want).abs() < 1e-11, "{fine}: {got} {want}");
            }
        }
    }

    fn patterns(channel: &Channel, v: f64) -> Level<'_> {
        Level {
            site: channel,
            own: v,
            scale: Scale {
                step: 0.5 * v.sqrt(),
                stiffness: 1.0 / v,
                concave: true,
            },
        }
    }

    fn hinge() -> Channel {
        let parameters = Parameters {
            beta: 3.0,
            ..Parameters::default()
        };
        Channel::new(registry::loss("hinge").expect("registered"), parameters)
    }

    /// Weights that are narrow on one side and wide on the other (LD.37), against plain sums.
    #[test]
    fn panels_follow_the_width_of_weights() {
        let channel = hinge();
        let (y, q, v) = (3e4, [0.15, 0.81], 0.19);
        let level = patterns(&channel, v);
        let want = plain(&level, y, q, (-8.0, 14.0), 0.8e-3, 1.0);
        agree(&level, y, q, want);
    }

    /// Panels need few nodes where a lattice needs nearly a hundred thousand (LD.37).
    #[test]
    fn nodes_grow_slowly_with_the_number_of_replicas() {
        let channel = hinge();
        let level = patterns(&channel, 0.19);
        for y in [1e5, 1e6] {
            let nodes = level.place(y, [0.15, 0.81], false).fields.len();
            assert!(nodes < 8000, "{y}: {nodes}");
        }
    }

    /// Outer fields in which the maximum begins to jump (LD.38), on either side of where it does, against
    /// plain sums.
    #[test]
    fn crowded_fields_are_resolved() {
        let weights = Weight(registry::prior("binary").expect("registered"));
        let level = Level {
            site: &weights,
            own: 0.0,
            scale: Scale {
                step: 0.25,
                stiffness: 0.0,
                concave: false,
            },
        };
        let y = 2000.0;
        for c in [0.95, 1.0, 1.02] {
            let q = [3.0, 3.0 + c / y];
            let want = plain(&level, y, q, (-18.0, 18.0), 8e-3, 1e-3);
            agree(&level, y, q, want);
        }
    }
}
