//! Averages over finitely many replicas (LD.34, LD.37, LD.38).
//!
//! The sums of inner averages run over fields `u` that all outer fields share, so that a site is computed
//! once for all of them: a uniform lattice where that is short, panels as long as the weight is wide where
//! they are otherwise (LD.37).

use super::site::{
    Averages, Fields, LOOK, Level, RANGE, halved, height, hull, pair_of_jets, tangent,
};
use crate::math::gauss::panel_nodes;
use crate::math::{Feature, GaussMeasure, wide};
use crate::replica::local::patterns::Lent;

/// Lattice step in units of the narrowest inner weight.
const STEP: f64 = 0.55;
/// Factor of the steps that errors are estimated with.
const FINER: f64 = 0.6;
/// Most nodes of a lattice; more are placed on panels, which need about twice as many where all weights
/// are as wide as the narrowest one.
const FEW: usize = 1000;
/// Panels serve `e` up to this factor smaller or larger: a root is looked for on those of its start.
pub const SLACK: f64 = 1.5;
/// From this number of replicas on, inner weights with two maxima are so narrow that panels for all their
/// places within `SLACK` are many thousands: the factor then comes closer to one as they become narrower.
const MANY: f64 = 1e6;
/// Inner weights this far below the largest one are left out, in the logarithm.
const NEGLIGIBLE: f64 = 42.0;
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

/// Where the nodes lie.
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

impl Rule {
    /// Nodes of a level for these fields.
    pub fn place(level: &Level<'_>, at: Fields, fine: bool) -> Self {
        let (y, e) = (at.y, at.e.max(f64::MIN_POSITIVE));
        let reach = at.reach();
        let (fields, weights): (Vec<f64>, Vec<f64>) = match lattice(level, [y, e, reach], fine) {
            Some((fields, step)) => {
                let weights = vec![step; fields.len()];
                (fields, weights)
            }
            None => {
                let width = |stiffness: f64| width(y, e, stiffness);
                let mut panels = Vec::new();
                for part in counting_parts(level, ends(level, [y, e, reach]), [y, e]) {
                    panels.extend(level.panels(part, &width));
                }
                let panels = if fine { halved(&panels) } else { panels };
                panel_nodes(&panels).into_iter().unzip()
            }
        };
        let mut jets = Lent::new();
        level.site.fill(&fields, level.own, None, &mut jets);
        let mut rule = Rule {
            measure: GaussMeasure::empty(),
            fields,
            weights,
            jets,
        };
        let measure = GaussMeasure::graded(&rule.features(level, at));
        rule.measure = if fine { measure.refined() } else { measure };
        rule
    }

    /// What varies fast in the outer field: the site's features seen through the inner one, and where the
    /// largest weight jumps or moves fast (LD.38).
    fn features(&self, level: &Level<'_>, at: Fields) -> Vec<Feature> {
        let (root, y, e) = (at.root(), at.y, at.e);
        if root == 0.0 {
            return Vec::new();
        }
        let mut seen = Vec::new();
        level.site.features(level.own, &mut seen);
        for feature in &mut seen {
            feature.centre /= root;
            feature.width = (feature.width * feature.width + e / y).sqrt() / root;
        }
        if !level.scale.concave {
            for Feature { centre, width } in self.passages(y, e) {
                seen.push(Feature {
                    centre: centre / root,
                    width: (width / root).clamp(NARROWEST, WIDEST),
                });
            }
        }
        seen.retain(|f| f.centre.abs() < FAR);
        seen
    }

    /// Averages over these fields.
    pub fn averages(&self, at: Fields) -> Averages {
        let (y, e) = (at.y, at.e);
        let mut total = Averages::default();
        self.counting(y, e).each(
            self.measure.nodes(),
            [y, e, at.root()],
            &mut |weight, inner, _| {
                add(&mut total, weight, y, inner);
            },
        );
        total
    }

    /// The average over both fields of anything that is known at all inner fields.
    pub fn mean(&self, at: Fields, fill: &dyn Fn(&[f64], &mut [f64])) -> f64 {
        let (y, e) = (at.y, at.e);
        let counting = self.counting(y, e);
        let mut values = vec![0.0; counting.fields.len()];
        fill(&counting.fields, &mut values);
        let mut total = 0.0;
        counting.each(
            self.measure.nodes(),
            [y, e, at.root()],
            &mut |weight, inner, w| {
                total += weight * wide::dot(w, &values[inner.from..inner.to]) / inner.mass;
            },
        );
        total
    }

    fn height(&self, i: usize, e: f64) -> f64 {
        height(self.fields[i], self.jets.value[i], e)
    }

    fn hull(&self, e: f64) -> Vec<(usize, f64)> {
        hull(&self.fields, &self.jets.value, e)
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

/// A uniform lattice and its step, if few nodes are enough.
fn lattice(level: &Level<'_>, [y, e, reach]: [f64; 3], fine: bool) -> Option<(Vec<f64>, f64)> {
    let coarse = (STEP * width(y, e, level.scale.stiffness)).min(level.scale.step);
    let [(low, _), (_, high)] = level.tops([y, e, reach]);
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
fn width(y: f64, e: f64, stiffness: f64) -> f64 {
    1.0 / (y * (1.0 / e + stiffness)).sqrt()
}

/// The inner fields between which all weights count, of outer fields up to `reach`.
fn ends(level: &Level<'_>, [y, e, reach]: [f64; 3]) -> (f64, f64) {
    let of = |e: f64| {
        let [low, high] = level.tops([y, e, reach]);
        let low = end(level, [y, e, -reach], low, -1.0);
        (low, end(level, [y, e, reach], high, 1.0))
    };
    let slack = slack(level, y);
    let ((a, b), (c, d)) = (of(e / slack), of(e * slack));
    (a.min(c), b.max(d))
}

/// The factor by which `e` may differ from that of the nodes.
pub fn slack(level: &Level<'_>, y: f64) -> f64 {
    if level.scale.concave || y <= MANY {
        SLACK
    } else {
        SLACK.powf((MANY / y).sqrt())
    }
}

/// What is left of an interval without the fields at which no weight counts: those over which the maximum
/// jumps, of the smallest `e` that the nodes serve, whose jumps all larger ones pass over as well.
fn counting_parts(level: &Level<'_>, (low, high): (f64, f64), [y, e]: [f64; 2]) -> Vec<(f64, f64)> {
    let whole = vec![(low, high)];
    if level.scale.concave || y <= MANY {
        return whole;
    }
    let e = e / slack(level, y);
    let panels = level.panels((low, high), &|_| f64::INFINITY);
    let (fields, _): (Vec<f64>, Vec<f64>) = panel_nodes(&panels).into_iter().unzip();
    let mut jets = Lent::new();
    level.site.fill(&fields, level.own, None, &mut jets);
    let last = fields.len() - 1;
    let mut parts = whole;
    for pair in hull(&fields, &jets.value, e).windows(2) {
        let [(i, _), (j, _)] = *pair else { continue };
        if j - i <= 1 || i == 0 || j == last {
            continue;
        }
        let (a, b) = tangent(level, e, (fields[i], fields[j]));
        let beside = pair_of_jets(level, (a, b)).map(|[_, _, bend]| (1.0 - e * bend).max(0.0));
        let margins = beside.map(|narrow| RANGE * (e / (y * narrow)).sqrt());
        let idle = (a + margins[0], b - margins[1]);
        let Some(&(from, to)) = parts.last() else {
            break;
        };
        if from < idle.0 && idle.0 < idle.1 && idle.1 < to {
            parts.pop();
            parts.extend([(from, idle.0), (idle.1, to)]);
        }
    }
    parts
}

/// How far to this side of its maximum, which lies in the interval, the weight of an outer field counts.
fn end(level: &Level<'_>, [y, e, omega]: [f64; 3], within: (f64, f64), side: f64) -> f64 {
    let [top, most, narrow] =
        level.closest([e, omega], within, &|stiffness| width(y, e, stiffness));
    let farthest = RANGE * (e / y).sqrt();
    let ratio = (farthest / narrow).max(1.0).ln() / LOOK as f64;
    let fields: Vec<f64> = (0..=LOOK)
        .map(|i| top + side * narrow * (ratio * i as f64).exp())
        .collect();
    let mut jets = Lent::new();
    level.site.fill(&fields, level.own, None, &mut jets);
    let counts = |i: &usize| {
        let height = jets.value[*i] - (fields[*i] - omega).powi(2) / (2.0 * e);
        height > most - NEGLIGIBLE / y
    };
    let last = (0..=LOOK).rev().find(counts).unwrap_or(0);
    fields[(last + 1).min(LOOK)]
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

/// Adds one outer field of this weight (LD.34, LD.36).
fn add(total: &mut Averages, weight: f64, y: f64, inner: &Inner) {
    let [f0, g0] = inner.origin;
    let m = &inner.moments;
    let [a1, a2, a3, a4] = m.g;
    let (mean, variance) = (g0 + a1, a2 - a1 * a1);
    // Central moments of g, and with b.
    let third = a3 - 3.0 * a1 * a2 + 2.0 * a1 * a1 * a1;
    let fourth = a4 - 4.0 * a1 * a3 + 6.0 * a1 * a1 * a2 - 3.0 * a1.powi(4);
    let g_b = m.gb - a1 * m.b;
    let square_b = m.ggb - 2.0 * a1 * m.gb + a1 * a1 * m.b - variance * m.b;
    // Covariances of f with g and g².
    let f_g = m.fg - m.f * a1;
    let f_square = 2.0 * g0 * f_g + (m.fgg - m.f * a2);
    // The slope of the mean slope in the outer field.
    let response = m.b + y * variance;
    let bent = 2.0 * g_b + y * third;
    let outer_by = [
        2.0 * mean * mean * response - response * response / y,
        response * response - mean * (2.0 * mean * response + bent) + y * mean * bent,
    ];
    let excess = 0.5 * y * y * (fourth - 3.0 * variance * variance);
    let between = 2.0 * square_b - mean * third - 0.5 * (fourth - variance * variance);
    let within = (m.bb - m.b * m.b) - 2.0 * mean * g_b - 2.0 * (square_b + variance * m.b);
    let scatter_by = [
        y * mean * bent + response * response,
        y * (excess + y * between + within),
    ];
    total.value += weight * inner.value;
    total.outer += weight * mean * mean;
    total.scatter += weight * y * variance;
    total.bend += weight * m.b;
    total.bend_square += weight * m.bb;
    total.entropy += weight * inner.entropy;
    total.number.outer += weight * 2.0 * mean * f_g;
    total.number.inner += weight * f_square;
    total.number.complexity += weight * y * (inner.value - f0 - m.f);
    total.number.spread += weight * (m.ff - m.f * m.f);
    for i in 0..2 {
        total.outer_by[i] += weight * outer_by[i];
        total.scatter_by[i] += weight * scatter_by[i];
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scale;
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

    fn fields(y: f64, [q0, q1]: [f64; 2]) -> Fields {
        Fields {
            y,
            outer: q0,
            e: y * (q1 - q0),
        }
    }

    fn agree(level: &Level, y: f64, q: [f64; 2], want: [f64; 3]) {
        for fine in [false, true] {
            let at = fields(y, q);
            let got = Rule::place(level, at, fine).averages(at);
            for (got, want) in [got.value, got.outer, got.inner(y).0].into_iter().zip(want) {
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
            let nodes = Rule::place(&level, fields(y, [0.15, 0.81]), false)
                .fields
                .len();
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
