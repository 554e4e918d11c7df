//! Energetic part of the free entropy around a reference (FP.3, FP.4, FP.9): averages over the
//! fields of one pattern, with exact derivatives in the overlaps.

use super::geometry::Geometry;
use super::patterns::{GroundPatterns, LnZ, ThermalPatterns};
use crate::math::gauss::CUT;
use crate::math::real::{self, Dual2, Jet};
use crate::math::{Factor, Feature, GaussMeasure, Marginal, Real, pair};
use crate::model::{Control, Parameters, scalar::Loss};
use crate::replica::rs::{cavity_features, local_ln_z};

/// Panels on a feature may be this much longer than those on a kink of its width.
const SMOOTH: f64 = 2.0;
/// Field of the probe that is looked at in any case, in standard deviations: beyond it lies 1e-15.
const RANGE: f64 = 8.0;
/// Growth beyond which sums are not made finer: it is only met outside the domain.
const STEEPEST: f64 = 400.0;
/// Largest field of the other references that is looked at, in standard deviations.
const FARTHEST: f64 = 8.5;
/// Largest field of the probe that is looked at, in standard deviations: the Gaussian measure
/// itself must not underflow.
const WIDEST: f64 = 36.0;

/// The energetic average and what is known of it.
pub struct PatternAverage {
    /// The average of `ln Z_ℓ(b, 1-q)` with its derivatives.
    pub jet: Jet<4>,
    /// That of `(∂²_b ln Z_ℓ)²`.
    pub squared_bend: f64,
    /// That of one: what it misses of one is an error.
    pub mass: f64,
}

/// `ln Z_ℓ(b, v)` of the probe at one field `b`, with derivatives in `b` (g, g′) and in a control
/// parameter (c) of the probe.
struct Site {
    ln_z: f64,
    g: f64,
    bend: f64,
    c: f64,
    gc: f64,
    cc: f64,
}

fn site<L: Loss>(loss: &L, b: f64, v: f64, p: &Parameters<Dual2<2>>) -> Site {
    let at = local_ln_z(loss, real::variable::<2>(b, 0), Real::constant(v), p);
    let (gradient, hessian) = (real::gradient(&at), real::hessian(&at));
    Site {
        ln_z: at.re,
        g: gradient[0],
        bend: hessian[0][0],
        c: gradient[1],
        gc: hessian[0][1],
        cc: hessian[1][1],
    }
}

fn lifted(p: &Parameters, control: Control) -> Parameters<Dual2<2>> {
    match control {
        // α and the distance do not enter the local partition function.
        Control::Alpha | Control::Distance => p.lift(),
        _ => p.lift_with(control, real::variable::<2>(p.get(control), 1)),
    }
}

/// Features of the probe's `ln Z_ℓ` as a function of `x = b/√q`.
fn probe_features<L: Loss>(loss: &L, g: &Geometry, p: &Parameters) -> Vec<Feature> {
    let root = g.q.sqrt();
    let scaled = cavity_features(loss, g.v, p).into_iter().map(|f| Feature {
        centre: f.centre / root,
        width: f.width / root,
    });
    scaled
        .filter(|f| f.centre.abs() < WIDEST + f.width)
        .collect()
}

/// Where two Gaussian tails from either side meet: the product of both is largest there.
fn common(a: &Feature, b: &Feature) -> Feature {
    let (u, v) = (a.width * a.width, b.width * b.width);
    Feature {
        centre: (a.centre * v + b.centre * u) / (u + v),
        width: (u * v / (u + v)).sqrt(),
    }
}

/// Patterns of a reference at β̃ > 0, as fields `(b, ζ, h̃)` of the probe, of the other references and
/// of the reference itself (FP.3).
pub struct ThermalAverage<'a> {
    pub patterns: &'a dyn ThermalPatterns,
    /// `ln Z̃(ζ, 1-q̃)` and its derivatives.
    pub denominator: &'a LnZ,
    /// `√q̃`.
    pub root: f64,
}

impl ThermalAverage<'_> {
    /// Marginal weight of `b = √q x` over the reference's fields, with derivatives in `ζ` (u) and
    /// in the mean of `h̃` (h). The inner sum starts at node `top`.
    fn marginal(
        &self,
        g: &Geometry,
        step: f64,
        numerator: &LnZ,
        (x, weight): (f64, f64),
        top: i32,
    ) -> Marginal {
        Marginal::sum(step, weight, top, |inner| {
            let zeta = self.root * g.turn.field(x, inner);
            let [low, g0, bend0] = self.denominator.at(zeta);
            let [high, l1, l2] = numerator.at(g.mean_outer * x + g.mean_inner * inner);
            Factor {
                ln: high - low,
                u: -g0,
                uu: g0 * g0 - bend0,
                h: l1,
                hh: l2 + l1 * l1,
                uh: -g0 * l1,
            }
        })
    }

    /// Range of `x` that counts: given the field of the other references, that of the probe is
    /// pulled along by what they make of the pattern, beyond the range of a Gaussian if `t > S`.
    fn range(&self, g: &Geometry) -> (f64, f64) {
        let (mut low, mut high) = (-RANGE, RANGE);
        for z in [-FARTHEST, FARTHEST] {
            let zeta = self.root * z;
            let [_, pull, _] = self.denominator.at(zeta);
            let mean = g.t * z / self.root + (g.overlap - g.t) * pull;
            let x = mean / g.q.sqrt();
            low = low.min(x - 3.0);
            high = high.max(x + 3.0);
        }
        (low.max(-WIDEST), high.min(WIDEST))
    }

    fn numerator(&self, g: &Geometry) -> LnZ {
        let reach = CUT * (g.mean_outer.abs() + 2.0 * g.mean_inner.abs());
        self.patterns.ln_z(g.reference_v, reach)
    }

    /// Nodes of `x` and step of the inner sum.
    pub fn place<L: Loss>(&self, loss: &L, g: &Geometry, p: &Parameters) -> (GaussMeasure, f64) {
        let mut features = probe_features(loss, g, p);
        // Edges of the reference's stabilities, seen through the distance.
        if g.overlap > 0.3 {
            let scale = g.q.sqrt() / g.overlap;
            let seen = self.patterns.features().into_iter().map(|f| Feature {
                centre: f.centre * scale,
                width: (f.width * f.width + g.field_v).sqrt() * scale,
            });
            let seen: Vec<Feature> = seen.collect();
            let between = seen
                .iter()
                .flat_map(|a| features.iter().map(|b| common(a, b)))
                .collect::<Vec<_>>();
            features.extend(seen);
            features.extend(between);
        }
        let plane = self.patterns.singularity() * g.other_root / (self.root * g.turn.sin).max(1e-9);
        // The numerator is entire, but grows off the real axis.
        let growth = (1.0 + g.mean_inner * g.mean_inner / g.reference_v).min(STEEPEST);
        let mut step = pair::step(plane, growth);
        // Tails of Gaussians are smoother than the kinks that panels are graded for.
        for f in &mut features {
            f.width *= SMOOTH;
        }
        let mut measure = GaussMeasure::light_over(self.range(g), &features);
        if self.patterns.unsure() {
            let numerator = self.numerator(g);
            for _ in 0..5 {
                let mass = |step: f64| {
                    let nodes = measure.nodes().iter().step_by(7);
                    let weigh = |&node| self.marginal(g, step, &numerator, node, 0).w;
                    nodes.map(weigh).sum::<f64>()
                };
                if (mass(step) - mass(0.5 * step)).abs() < 1e-10 {
                    break;
                }
                step *= 0.5;
            }
            let lifted = p.lift();
            measure = measure.resolving(1e-10, |x| {
                let w = self.marginal(g, step, &numerator, (x, 1.0), 0).w;
                w * (1.0 + site(loss, g.q.sqrt() * x, g.v, &lifted).ln_z)
            });
        }
        (measure, step)
    }

    /// The average of `ln Z_ℓ(b, 1-q)` as a function of `(q, t, S)` and the control (FP.4).
    pub fn average<L: Loss>(
        &self,
        loss: &L,
        g: &Geometry,
        p: &Parameters,
        control: Control,
        (measure, step): (&GaussMeasure, f64),
    ) -> PatternAverage {
        let lifted = lifted(p, control);
        let numerator = self.numerator(g);
        let mut jet = Jet::<4>::default();
        let (mut squared, mut mass) = (0.0, 0.0);
        let mut top = 0;
        for &(x, weight) in measure.nodes() {
            let m = self.marginal(g, step, &numerator, (x, weight), top);
            top = m.top;
            let s = site(loss, g.q.sqrt() * x, g.v, &lifted);
            let (w, t, h) = (m.w, m.u, m.h);
            mass += w;
            squared += w * s.bend * s.bend;
            let gradient = [-0.5 * w * s.g * s.g, t * s.g, h * s.g, w * s.c];
            let upper = [
                [
                    w * s.bend * (s.g * s.g - 0.5 * s.bend),
                    -t * s.g * s.bend,
                    -h * s.g * s.bend,
                    -w * s.g * s.gc,
                ],
                [0.0, m.uu * s.bend, m.uh * s.bend, t * s.gc],
                [0.0, 0.0, m.hh * s.bend, h * s.gc],
                [0.0, 0.0, 0.0, w * s.cc],
            ];
            jet.add(1.0, w * s.ln_z, gradient, upper);
        }
        PatternAverage {
            jet: jet.symmetric(),
            squared_bend: squared,
            mass,
        }
    }

    /// Average of a function of the probe's field.
    pub fn of_field(
        &self,
        g: &Geometry,
        (measure, step): (&GaussMeasure, f64),
        f: impl Fn(f64) -> f64,
    ) -> f64 {
        let numerator = self.numerator(g);
        let (mut total, mut top) = (0.0, 0);
        for &(x, w) in measure.nodes() {
            let m = self.marginal(g, step, &numerator, (x, w), top);
            top = m.top;
            total += m.w * f(g.q.sqrt() * x);
        }
        total
    }
}

/// Patterns of a reference at zero temperature, as fields `z` of the reference and `n` of the probe:
/// `b = S z + τ(h̃(z) - z) + √(q-S²) n` (FP.9).
pub struct GroundAverage<'a> {
    pub patterns: &'a dyn GroundPatterns,
}

impl GroundAverage<'_> {
    /// Nodes of `z` and step of the sum over `n`.
    pub fn place<L: Loss>(&self, loss: &L, g: &Geometry, p: &Parameters) -> (GaussMeasure, f64) {
        let mut features = self.patterns.features();
        let width = (g.v + g.spread * g.spread).sqrt();
        // Where the mean of b crosses a feature of the probe's loss.
        let mean = |z: f64| g.overlap * z + g.tau * (self.patterns.stability(z)[0] - z);
        for f in cavity_features(loss, g.v, p) {
            let (mut a, mut b) = (-CUT, CUT);
            if (mean(a) - f.centre) * (mean(b) - f.centre) > 0.0 {
                continue;
            }
            let rising = mean(a) < f.centre;
            for _ in 0..60 {
                let mid = 0.5 * (a + b);
                if (mean(mid) < f.centre) == rising {
                    a = mid
                } else {
                    b = mid
                }
            }
            let slope = (mean(a + 1e-3) - mean(a - 1e-3)).abs() / 2e-3;
            features.push(Feature {
                centre: a,
                width: (f.width * f.width + width * width).sqrt() / slope.max(1e-3),
            });
        }
        features.retain(|f| f.centre.abs() < CUT + f.width);
        let narrow = cavity_features(loss, g.v, p)
            .iter()
            .map(|f| f.width.max(g.v.sqrt()))
            .fold(g.v.sqrt(), f64::min);
        let step = pair::step(2.5 * narrow / g.spread.max(1e-12), 1.0);
        (GaussMeasure::light(&features), step)
    }

    /// As [`ThermalAverage::average`], as a function of `(q, τ, S)` and the control.
    pub fn average<L: Loss>(
        &self,
        loss: &L,
        g: &Geometry,
        p: &Parameters,
        control: Control,
        (measure, step): (&GaussMeasure, f64),
    ) -> PatternAverage {
        let lifted = lifted(p, control);
        let mut jet = Jet::<4>::default();
        let (mut squared, mut mass) = (0.0, 0.0);
        let (s0, sigma, tau) = (g.overlap, g.spread.max(1e-12), g.tau);
        for &(z, weight) in measure.nodes() {
            let [stability, slope] = self.patterns.stability(z);
            let (delta, bent) = (stability - z, slope - 1.0);
            let mean = s0 * z + tau * delta;
            over_normal(step, |n, dn| {
                let w = weight * dn;
                let s = site(loss, mean + sigma * n, g.v, &lifted);
                // Second derivatives in b beyond g′ are traded for factors of n (Stein).
                let across = n * s.bend / sigma;
                mass += w;
                squared += w * s.bend * s.bend;
                let gradient = [-0.5 * s.g * s.g, delta * s.g, tau * bent * s.bend, s.c];
                let ss = s.bend * (n * z - s0 / sigma * (n * n - 1.0)) / sigma;
                let upper = [
                    [
                        s.bend * (s.g * s.g - 0.5 * s.bend),
                        -delta * s.g * s.bend,
                        -tau * bent * s.g * across,
                        -s.g * s.gc,
                    ],
                    [
                        0.0,
                        delta * delta * s.bend,
                        bent * s.bend + tau * bent * delta * across,
                        delta * s.gc,
                    ],
                    [0.0, 0.0, tau * bent * ss, tau * bent * n * s.gc / sigma],
                    [0.0, 0.0, 0.0, s.cc],
                ];
                jet.add(w, s.ln_z, gradient, upper);
            });
        }
        PatternAverage {
            jet: jet.symmetric(),
            squared_bend: squared,
            mass,
        }
    }

    /// Average of a function of the probe's field.
    pub fn of_field(
        &self,
        g: &Geometry,
        (measure, step): (&GaussMeasure, f64),
        f: impl Fn(f64) -> f64,
    ) -> f64 {
        measure.sum(|z| {
            let mean = g.overlap * z + g.tau * (self.patterns.stability(z)[0] - z);
            let mut total = 0.0;
            over_normal(step, |n, dn| total += dn * f(mean + g.spread * n));
            total
        })
    }
}

/// Visits the nodes and weights of `∫Dn`.
fn over_normal(step: f64, mut visit: impl FnMut(f64, f64)) {
    let last = (CUT / step) as i32;
    for i in -last..=last {
        let n = step * f64::from(i);
        visit(n, step * crate::math::special::gauss(n));
    }
}
