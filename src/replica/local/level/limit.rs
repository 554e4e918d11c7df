//! Averages over infinitely many replicas (LD.6, LD.39): inner ones are taken at the maximum `u` of
//! `f(u) - (u-ω)²/(2e)`.
//!
//! Outer averages are sums over `u` itself, in which `ω = u - e g(u)` is explicit and nothing has to be
//! solved, without the gaps over which the maximum jumps (LD.32). Nodes and jets of the site serve any
//! variance and any `e` nearby: only panels that an end of a gap falls into are filled again.

use super::site::{
    Averages, ByNumber, Fields, Level, NEARLY, divided, halved, hull, pair_of_jets, tangent,
};
use crate::math::gauss::{CUT, ORDER, graded_panels, panel_nodes};
use crate::math::{Feature, special, wide};
use crate::replica::local::patterns::{Lent, slices};

/// Panels serve `e` up to this factor smaller or larger, and variances of the outer field up to this factor
/// larger.
pub const SLACK: f64 = 6.0;
/// Longest panel of the outer field, in standard deviations.
const LONGEST: f64 = 3.0;
/// Outer fields of smaller standard deviation hardly move the maximum: the variable `u` would lose the
/// digits of the field, for which it is then solved instead.
const WEAK: f64 = 1e-2;
/// Steps towards the maximum of a weak field.
const SOLVE: usize = 60;
/// Between nodes where `1 - e b` is less than this and has a minimum it is looked at more closely for a
/// gap that no node lies in: so often, at so many points.
const OPENING: f64 = 0.5;
const ZOOMS: usize = 4;
const CLOSE: usize = 24;
/// Half-width of the narrowest interval of negative `1 - e b`, in units of the site's own scale, that a
/// gap is made of: averages that pass over it instead are wrong by its cube.
const TINY: f64 = 2e-3;
/// Panels are graded towards complex zeros of `1 - e b` no further than this, in the same units.
const NEAREST: f64 = 1e-4;

/// Where the nodes lie.
pub struct Rule {
    /// Consecutive panels of the maximum.
    panels: Vec<(f64, f64)>,
    /// Their nodes, with weights in integrals over the maximum.
    fields: Vec<f64>,
    weights: Vec<f64>,
    /// The site at these.
    jets: Lent,
    /// Whether the outer field is weak.
    weak: bool,
    /// Whether panels are halved.
    fine: bool,
}

/// What the maximum jumps over, with the site at both ends.
struct Gap {
    ends: [f64; 2],
    jets: [[f64; 3]; 2],
    /// Whether it jumps at a field that counts: both ends are known.
    inside: bool,
}

/// Nodes of an outer average.
struct Batch<'a> {
    /// The maximum.
    fields: &'a [f64],
    /// The site there.
    jets: [&'a [f64]; 3],
    /// The outer field in standard deviations.
    z: Vec<f64>,
    /// The weight of the node divided by `1 - e b`.
    density: Vec<f64>,
}

/// All gaps, and where zeros of `1 - e b` are near.
#[derive(Default)]
struct Jumps {
    gaps: Vec<Gap>,
    close: Vec<Feature>,
}

impl Gap {
    fn feature(&self) -> Feature {
        let [low, high] = self.ends;
        Feature {
            centre: 0.5 * (low + high),
            width: 0.5 * (high - low),
        }
    }

    /// The outer field at which the maximum jumps.
    fn omega(&self, e: f64) -> f64 {
        let at = |i: usize| self.ends[i] - e * self.jets[i][1];
        0.5 * (at(0) + at(1))
    }
}

impl Rule {
    /// Nodes of a level for these fields.
    pub fn place(level: &Level<'_>, at: Fields, fine: bool) -> Self {
        let (root, e) = (at.root(), at.e.max(f64::MIN_POSITIVE));
        let weak = root < WEAK;
        // Only gaps are looked for on panels of a weak field.
        let width = |stiffness: f64| match weak {
            true => f64::INFINITY,
            false => root / (1.0 + e * stiffness),
        };
        let panels = level.panels(ends(level, at, weak), &width);
        let panels = if fine { halved(&panels) } else { panels };
        let (fields, weights): (Vec<f64>, Vec<f64>) = panel_nodes(&panels).into_iter().unzip();
        let mut jets = Lent::new();
        level.site.fill(&fields, level.own, None, &mut jets);
        Rule {
            panels,
            fields,
            weights,
            jets,
            weak,
            fine,
        }
    }

    /// Averages over these fields (LD.39).
    pub fn averages(&self, level: &Level<'_>, at: Fields) -> Averages {
        let (root, e) = (at.root(), at.e);
        let jumps = self.jumps(level, e);
        let mut total = Averages {
            entropy: 0.5,
            number: ByNumber::default(),
            ..Averages::default()
        };
        self.each(level, at, &jumps, &mut |batch| {
            let [f, g, b] = batch.jets;
            for (i, (&density, &z)) in batch.density.iter().zip(&batch.z).enumerate() {
                let (f, g, b) = (f[i], g[i], b[i]);
                let narrow = 1.0 - e * b;
                let weight = density * narrow;
                let log = if narrow > 0.0 { narrow.ln() } else { 0.0 };
                // The derivative of the density by the variance.
                let widened = (z * z - 1.0) / (2.0 * at.outer);
                total.value += weight * (f - 0.5 * e * g * g);
                total.outer += weight * g * g;
                total.outer_by[0] += 2.0 * density * g * g * b;
                total.outer_by[1] += weight * g * g * widened;
                total.scatter += density * e * b * b;
                total.scatter_by[0] += density * b * b * (1.0 + e * z * g / root);
                total.scatter_by[1] += density * e * b * b * widened;
                total.bend += weight * b;
                total.bend_square += weight * b * b;
                total.entropy -= 0.5 * weight * log;
            }
        });
        for gap in jumps.gaps.iter().filter(|gap| gap.inside) {
            let z = gap.omega(e) / root;
            let [[_, g1, b1], [_, g2, b2]] = gap.jets;
            let (jump, both) = (special::gauss(z) / root * (g2 - g1), g1 + g2);
            total.outer_by[0] += 0.5 * jump * both * both;
            total.scatter += jump;
            total.scatter_by[0] += 0.5 * jump * (z / root * both + b1 + b2);
            total.scatter_by[1] += jump * (z * z - 1.0) / (2.0 * at.outer);
        }
        total
    }

    /// The average of anything that is known at all maxima.
    pub fn mean(&self, level: &Level<'_>, at: Fields, fill: &dyn Fn(&[f64], &mut [f64])) -> f64 {
        let mut total = 0.0;
        let mut values = Vec::new();
        self.each(level, at, &self.jumps(level, at.e), &mut |batch| {
            values.resize(batch.fields.len(), 0.0);
            fill(batch.fields, &mut values);
            let bends = batch.jets[2];
            for (i, density) in batch.density.iter().enumerate() {
                total += density * (1.0 - at.e * bends[i]) * values[i];
            }
        });
        total
    }

    /// Calls with all nodes of an outer average.
    fn each(&self, level: &Level<'_>, at: Fields, jumps: &Jumps, call: &mut dyn FnMut(&Batch<'_>)) {
        if self.weak {
            return self.solved(level, at, &jumps.gaps, call);
        }
        let explicit = |fields: &[f64], weights: &[f64], jets: [&[f64]; 3]| {
            let root = at.root();
            let omegas = fields.iter().zip(jets[1]);
            let z: Vec<f64> = omegas.map(|(u, g)| (u - at.e * g) / root).collect();
            let mut density = vec![0.0; z.len()];
            wide::gauss(&z, &mut density);
            for (density, weight) in density.iter_mut().zip(weights) {
                *density *= weight / root;
            }
            (z, density)
        };
        let mut parts = Vec::new();
        for (low, high) in between(&jumps.gaps) {
            // 1 - e b vanishes within a gap, not far from its ends if it is narrow.
            let whole = |&(a, b): &(f64, f64)| {
                let clear = |f: &Feature| {
                    b - a <= (2.0 * f.width).max(1.5 * (0.5 * (a + b) - f.centre).abs())
                };
                low <= a && b <= high && jumps.close.iter().all(clear)
            };
            for (from, to) in runs(&self.panels, whole) {
                let nodes = ORDER * from..ORDER * to;
                let jets = slices(&self.jets).map(|jet| &jet[nodes.clone()]);
                let (fields, weights) = (&self.fields[nodes.clone()], &self.weights[nodes]);
                let (z, density) = explicit(fields, weights, jets);
                call(&Batch {
                    fields,
                    jets,
                    z,
                    density,
                });
            }
            let cut = self.panels.iter().filter(|panel| !whole(panel));
            let cut = cut.map(|&(a, b)| (a.max(low), b.min(high)));
            for (a, b) in cut.filter(|(a, b)| a < b) {
                parts.extend(graded_panels(a, b, f64::INFINITY, &jumps.close));
            }
        }
        if parts.is_empty() {
            return;
        }
        let parts = if self.fine { halved(&parts) } else { parts };
        let (fields, weights): (Vec<f64>, Vec<f64>) = panel_nodes(&parts).into_iter().unzip();
        let mut jets = Lent::new();
        level.site.fill(&fields, level.own, None, &mut jets);
        let (z, density) = explicit(&fields, &weights, slices(&jets));
        call(&Batch {
            fields: &fields,
            jets: slices(&jets),
            z,
            density,
        });
    }

    /// The same for a weak field, whose maxima are solved for.
    fn solved(
        &self,
        level: &Level<'_>,
        at: Fields,
        gaps: &[Gap],
        call: &mut dyn FnMut(&Batch<'_>),
    ) {
        let (root, e) = (at.root(), at.e);
        let (mut z, mut density) = (Vec::new(), Vec::new());
        let mut brackets = Vec::new();
        for (k, (low, high)) in between(gaps).into_iter().enumerate() {
            let jump = |gap: &Gap| (gap.omega(e) / root).clamp(-CUT, CUT);
            let from = k.checked_sub(1).map_or(-CUT, |below| jump(&gaps[below]));
            let to = gaps.get(k).map_or(CUT, jump);
            if from >= to {
                continue;
            }
            let panels = divided((from, to), ((to - from) / LONGEST).ceil());
            let panels = if self.fine { halved(&panels) } else { panels };
            for (x, weight) in panel_nodes(&panels) {
                z.push(x);
                density.push(weight * special::gauss(x));
                let inside = (low.max(self.fields[0]), high.min(self.last()));
                brackets.push(inside);
            }
        }
        let mut jets = Lent::new();
        let fields = maxima(level, [root, e], &z, brackets, &mut jets);
        for (density, b) in density.iter_mut().zip(&jets.bend) {
            *density /= 1.0 - e * b;
        }
        call(&Batch {
            fields: &fields,
            jets: slices(&jets),
            z,
            density,
        });
    }

    /// The last node.
    fn last(&self) -> f64 {
        self.fields.last().copied().unwrap_or(0.0)
    }

    /// What the maximum leaves out: the straight parts of the convex hull of `u²/2 - e f(u)`, of which the
    /// maximum over `u` of `uω` minus it is the Legendre transform (LD.32).
    fn jumps(&self, level: &Level<'_>, e: f64) -> Jumps {
        if level.scale.concave {
            return Jumps::default();
        }
        let (u, b) = (&self.fields, &self.jets.bend);
        let vertices = hull(u, &self.jets.value, e);
        let narrow = |i: usize| 1.0 - e * b[i];
        let last = u.len() - 1;
        let (mut gaps, mut close) = (Vec::new(), Vec::new());
        for (k, pair) in vertices.windows(2).enumerate() {
            let [(i, _), (j, _)] = *pair else { continue };
            let found = if j - i > 1 {
                // Beyond the first and the last node is where no field counts, nor the jump.
                let inside = i > 0 && j < last;
                Some((u[i], u[j])).map(|ends| (ends, inside))
            } else {
                // A minimum on either side of the first node.
                let before = k.checked_sub(1).map(|k| vertices[k].0);
                let least = before
                    .is_some_and(|h| i - h == 1 && narrow(i) < narrow(h) && narrow(i) <= narrow(j));
                let opens = least && narrow(i) < OPENING;
                let seed = if opens {
                    opening(level, e, (u[i - 1], u[j]))
                } else {
                    None
                };
                seed.and_then(|(Feature { centre, width }, real)| {
                    if real && width > TINY * level.scale.step {
                        // Where 1 - e b is a parabola the ends are √3 times as far as its zeros.
                        let half = 3.0_f64.sqrt() * width;
                        return Some(((centre - half, centre + half), true));
                    }
                    close.push(Feature {
                        centre,
                        width: width.max(NEAREST * level.scale.step),
                    });
                    None
                })
            };
            let Some((ends, inside)) = found else {
                continue;
            };
            let ends = if inside {
                tangent(level, e, ends)
            } else {
                ends
            };
            let overlaps = |gap: &Gap| gap.ends[1] > ends.0;
            if ends.0 < ends.1 && !gaps.last().is_some_and(overlaps) {
                let jets = pair_of_jets(level, ends);
                gaps.push(Gap {
                    ends: [ends.0, ends.1],
                    jets,
                    inside,
                });
            }
        }
        close.extend(gaps.iter().map(Gap::feature));
        Jumps { gaps, close }
    }
}

/// First and last index, the latter excluded, of panels in a row that are all like this.
fn runs(panels: &[(f64, f64)], like: impl Fn(&(f64, f64)) -> bool) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for i in (0..panels.len()).filter(|&i| like(&panels[i])) {
        match runs.last_mut() {
            Some(run) if run.1 == i => run.1 = i + 1,
            _ => runs.push((i, i + 1)),
        }
    }
    runs
}

/// The intervals that gaps leave of the real axis.
fn between(gaps: &[Gap]) -> Vec<(f64, f64)> {
    let mut low = f64::NEG_INFINITY;
    let mut pieces = Vec::with_capacity(gaps.len() + 1);
    for gap in gaps {
        pieces.push((low, gap.ends[0]));
        low = gap.ends[1];
    }
    pieces.push((low, f64::INFINITY));
    pieces
}

/// The smallest and the largest maximum.
fn ends(level: &Level<'_>, at: Fields, weak: bool) -> (f64, f64) {
    let (root, reach) = (at.root(), SLACK.sqrt() * at.reach());
    let of = |e: f64| {
        let within = level.tops([at.y, e, reach]);
        let width = |stiffness: f64| root / (1.0 + e * stiffness);
        let side = |omega: f64, within: (f64, f64), outwards: f64| {
            let [top, _, width] = level.closest([e, omega], within, &width);
            // A gap that begins where a weak field ends needs nodes beyond.
            top + outwards * if weak { level.scale.step } else { width }
        };
        (side(-reach, within[0], -1.0), side(reach, within[1], 1.0))
    };
    let e = at.e.max(f64::MIN_POSITIVE);
    let ((a, b), (c, d)) = (of(e / SLACK), of(e * SLACK));
    (a.min(c), b.max(d))
}

/// The maxima at weak fields, each within a bracket in which `u - e g(u)` increases: Newton's method.
fn maxima(
    level: &Level<'_>,
    [root, e]: [f64; 2],
    z: &[f64],
    mut brackets: Vec<(f64, f64)>,
    jets: &mut Lent,
) -> Vec<f64> {
    let ends: Vec<f64> = brackets.iter().flat_map(|&(a, b)| [a, b]).collect();
    level.site.fill(&ends, level.own, None, jets);
    // From the end whose field is nearer.
    let off = |i: usize, z: f64| (ends[i] - e * jets.slope[i] - root * z).abs();
    let nearer = |(i, &z): (usize, &f64)| {
        let low = off(2 * i, z) < off(2 * i + 1, z);
        ends[if low { 2 * i } else { 2 * i + 1 }]
    };
    let mut fields: Vec<f64> = z.iter().enumerate().map(nearer).collect();
    for _ in 0..SOLVE {
        level.site.fill(&fields, level.own, None, jets);
        let mut moves = false;
        for (i, (u, (low, high))) in fields.iter_mut().zip(&mut brackets).enumerate() {
            let rest = *u - e * jets.slope[i] - root * z[i];
            if rest < 0.0 {
                *low = *u;
            } else {
                *high = *u;
            }
            let newton = *u - rest / (1.0 - e * jets.bend[i]);
            let next = if *low <= newton && newton <= *high {
                newton
            } else {
                0.5 * (*low + *high)
            };
            moves |= (next - *u).abs() > NEARLY * u.abs();
            *u = next;
        }
        if !moves {
            break;
        }
    }
    level.site.fill(&fields, level.own, None, jets);
    fields
}

/// Where `1 - e b` is smallest in an interval, how far its zeros are from there, and whether these are real.
fn opening(level: &Level<'_>, e: f64, (mut low, mut high): (f64, f64)) -> Option<(Feature, bool)> {
    let mut jets = Lent::new();
    let mut found = None;
    for _ in 0..ZOOMS {
        let step = (high - low) / CLOSE as f64;
        let fields: Vec<f64> = (0..=CLOSE).map(|i| low + step * i as f64).collect();
        level.site.fill(&fields, level.own, None, &mut jets);
        let narrow = |i: usize| 1.0 - e * jets.bend[i];
        let ahead = |a: usize, b: usize| if narrow(b) < narrow(a) { b } else { a };
        let least = (1..CLOSE).reduce(ahead)?;
        let curved = (narrow(least - 1) + narrow(least + 1) - 2.0 * narrow(least)) / (step * step);
        let feature = Feature {
            centre: fields[least],
            width: (narrow(least).abs() * 2.0 / curved).sqrt(),
        };
        let real = narrow(least) < 0.0;
        found = Some((feature, real));
        if real {
            break;
        }
        (low, high) = (fields[least] - step, fields[least] + step);
    }
    found.filter(|(feature, _)| feature.width.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::Scale;
    use super::*;
    use crate::model::channel::Channel;
    use crate::model::prior::Weight;
    use crate::model::site::Site;
    use crate::model::{Parameters, registry};

    fn pattern(loss: &str, beta: f64) -> Channel {
        let parameters = Parameters {
            kappa: 0.3,
            beta,
            ..Parameters::default()
        };
        Channel::new(registry::loss(loss).expect("registered"), parameters)
    }

    fn level(site: &dyn Site, own: f64, step: f64, concave: bool) -> Level<'_> {
        let scale = Scale {
            step,
            stiffness: if own > 0.0 { 1.0 / own } else { 0.0 },
            concave,
        };
        Level { site, own, scale }
    }

    /// Fourth-order central difference.
    fn slope(h: f64, f: impl Fn(f64) -> f64) -> f64 {
        (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
    }

    fn close(label: &str, got: f64, want: f64, tolerance: f64) {
        assert!(
            (got - want).abs() < tolerance * (1.0 + want.abs()),
            "{label}: {got} {want}"
        );
    }

    /// Sites without and with a jump of the maximum, in strong and in weak fields, and just beyond the
    /// point where a jump appears.
    fn each(test: impl Fn(&str, &Level<'_>, Fields, usize)) {
        let y = f64::INFINITY;
        for (loss, beta, jumps) in [
            ("theta", f64::INFINITY, 0),
            ("window", f64::INFINITY, 0),
            ("cross-entropy", 2.0, 0),
            ("theta", 1.0, 1),
        ] {
            let site = pattern(loss, beta);
            let v: f64 = 0.2;
            let level = level(&site, v, 0.5 * v.sqrt(), jumps == 0);
            let at = Fields {
                y,
                outer: 0.8,
                e: 4.0,
            };
            test(loss, &level, at, jumps);
        }
        for weights in ["binary", "atoms:-1@0.3,1@0.7"] {
            let site = Weight(registry::prior(weights).expect("registered"));
            for (outer, e, jumps) in [
                (0.3, 1.6, 1),
                (0.3, 0.7, 0),
                (0.4, 1.0003, 1),
                (1e-3, 1.003, 1),
                (5e-5, 1.5, 1),
                (1e-9, 2.0, 1),
            ] {
                // That of biased weights is where no weak field reaches.
                let jumps = if weights != "binary" && outer < 0.1 {
                    0
                } else {
                    jumps
                };
                let label = format!("{weights} {outer} {e}");
                let at = Fields { y, outer, e };
                test(&label, &level(&site, 0.0, 0.25, false), at, jumps);
            }
        }
    }

    fn averages(level: &Level<'_>, at: Fields) -> Averages {
        Rule::place(level, at, true).averages(level, at)
    }

    /// Derivatives (LD.39) against differences.
    #[test]
    fn derivatives_at_the_maximum() {
        each(|label, level, at, jumps| {
            let rule = Rule::place(level, at, true);
            let counts = |gap: &&Gap| gap.omega(at.e).abs() < CUT * at.root();
            let found = rule.jumps(level, at.e).gaps;
            assert_eq!(found.iter().filter(counts).count(), jumps, "{label}");
            let found = rule.averages(level, at);
            let (h, w) = (1e-4 * at.e, 1e-3 * at.outer);
            let by_e = |f: fn(&Averages) -> f64| {
                slope(
                    h,
                    |d| f(&rule.averages(level, Fields { e: at.e + d, ..at })),
                )
            };
            let by_q = |f: fn(&Averages) -> f64| {
                let moved = |d: f64| Fields {
                    outer: at.outer + d,
                    ..at
                };
                at.outer * slope(w, |d| f(&rule.averages(level, moved(d))))
            };
            close(label, found.outer_by[0], by_e(|a| a.outer), 1e-6);
            close(label, found.scatter_by[0], by_e(|a| a.scatter), 1e-6);
            close(label, at.outer * found.outer_by[1], by_q(|a| a.outer), 1e-7);
            close(
                label,
                at.outer * found.scatter_by[1],
                by_q(|a| a.scatter),
                1e-7,
            );
        });
    }

    /// Halved panels change nothing.
    #[test]
    fn panels_resolve_averages() {
        each(|label, level, at, _| {
            let coarse = Rule::place(level, at, false).averages(level, at);
            let fine = averages(level, at);
            for (a, b) in [
                (coarse.value, fine.value),
                (coarse.outer, fine.outer),
                (coarse.scatter, fine.scatter),
                (coarse.entropy, fine.entropy),
                (coarse.bend_square, fine.bend_square),
            ] {
                close(label, a, b, 1e-12);
            }
        });
    }

    /// Averages over many replicas differ from the limit by a term in `1/y` (LD.25).
    #[test]
    fn many_replicas_tend_to_the_limit() {
        each(|label, level, at, _| {
            if at.outer < 0.1 || (at.e - 1.0).abs() < 0.1 {
                return;
            }
            let limit = averages(level, at);
            let apart = |y: f64| {
                let at = Fields {
                    y,
                    outer: at.outer - at.e / y,
                    e: at.e,
                };
                let many = level.averages(&level.place(at, true), at);
                let of = |a: &Averages| {
                    [
                        a.value,
                        a.outer,
                        a.scatter,
                        a.outer_by[0],
                        a.scatter_by[0],
                        a.bend,
                        a.entropy,
                    ]
                };
                let (many, limit) = (of(&many), of(&limit));
                [0, 1, 2, 3, 4, 5, 6].map(|i| y * (many[i] - limit[i]))
            };
            let (near, far) = (apart(1e4), apart(1e5));
            for (i, (near, far)) in near.into_iter().zip(far).enumerate() {
                assert!(
                    (near - far).abs() < 0.05 * (1.0 + far.abs()) && far.abs() < 1e3,
                    "{label} {i}: {near} {far}"
                );
            }
        });
    }
}
