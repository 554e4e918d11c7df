//! Energetic part of the free entropy around a reference (FP.3, FP.4): averages over the fields of one
//! pattern in batches, with exact derivatives in the overlaps. Those of references at zero temperature
//! are in `ground_average` and `linear`.

use super::geometry::Geometry;
use super::patterns::{Lent, ThermalPatterns, extent};
use crate::math::gauss::CUT;
use crate::math::real::Jet;
use crate::math::{Feature, GaussMeasure, QuinticTable, Rows, Weights, pair};
use crate::model::Control;
use crate::model::site::{By, Site};

/// Panels on a feature may be this much longer than those on a kink of its width.
const SMOOTH: f64 = 2.0;
/// Field of the probe that is looked at in any case, in standard deviations: beyond it lies 1e-15.
const RANGE: f64 = 8.0;
/// Growth beyond which sums are not made finer: it is only met outside the domain.
const STEEPEST: f64 = 400.0;
/// Where the reference's stability moves less than this with the inner field, a step as steep as that
/// is met only on the way to a saddle point, and in so few rows that it is not resolved.
const UNMOVED: f64 = 1e-3;
/// Largest field of the other references that is looked at, in standard deviations.
const FARTHEST: f64 = 8.5;
/// Times that spans ask for every row.
const LOOKS: usize = 20;
/// Largest field of the probe that is looked at, in standard deviations: the Gaussian measure
/// itself must not underflow.
const WIDEST: f64 = 36.0;
/// Accuracy of inner sums where nothing is known of singularities.
const STEP: f64 = 1e-11;
/// Most halvings of an inner step.
const HALVINGS: usize = 5;
/// Sums that as many halvings do not bring nearer than by this factor converge like those of a jump.
const UNRESOLVED: f64 = 0.01;
/// Accuracy to which panels are checked where scales are not known: that of a light rule. Inner sums
/// have to be better, or their errors would be chased.
const PANELS: f64 = 1e-9;

/// The energetic average and what is known of it.
pub struct PatternAverage {
    /// The average of `ln Z_ℓ(b, 1-q)` with its derivatives.
    pub jet: Jet<5>,
    /// That of `(∂²_b ln Z_ℓ)²`.
    pub squared_bend: f64,
    /// That of one: what it misses of one is an error.
    pub mass: f64,
}

/// Where the nodes of an energetic average lie.
pub struct Placed {
    /// Outer nodes.
    pub measure: GaussMeasure,
    /// Inner nodes.
    pub rows: Rows,
    /// Step of the table of the innermost function; zero where there is none.
    pub table: f64,
}

/// What the derivatives of a pattern are taken with respect to. α and the distance do not enter it.
pub(super) fn by(control: Control) -> Option<By> {
    match control {
        Control::Alpha | Control::Distance => None,
        _ => Some(By::Control(control)),
    }
}

/// Features of the probe's `ln Z_ℓ` as a function of its field `b`.
pub(super) fn site_features(probe: &dyn Site, g: &Geometry) -> Vec<Feature> {
    let mut out = Vec::new();
    probe.features(g.v, &mut out);
    out
}

/// The same as a function of `x = b/√q`.
fn probe_features(probe: &dyn Site, g: &Geometry) -> Vec<Feature> {
    let root = g.q.sqrt();
    let scaled = site_features(probe, g).into_iter().map(|f| Feature {
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
        centre: (a.centre * v + b.centre * u) / (u + v).max(f64::MIN_POSITIVE),
        width: (u * v / (u + v).max(f64::MIN_POSITIVE)).sqrt(),
    }
}

/// Panels halved until the average no longer changes, from the masses at outer nodes.
fn resolved(
    probe: &dyn Site,
    g: &Geometry,
    measure: &GaussMeasure,
    masses: &dyn Fn(&[f64]) -> Vec<f64>,
) -> GaussMeasure {
    let mut jets = Lent::new();
    measure.resolving_batch(PANELS, &mut |x, y| {
        let fields: Vec<f64> = x.iter().map(|x| g.q.sqrt() * x).collect();
        probe.fill(&fields, g.v, None, &mut jets);
        let averages = masses(x).into_iter().zip(&jets.value);
        y.clear();
        y.extend(averages.map(|(m, f)| m * (1.0 + f)));
    })
}

/// What the partition function of a reference's own pattern is looked up in.
#[derive(Clone, Copy)]
enum Table<'a> {
    /// This one, or none.
    Of(Option<&'a QuinticTable>),
    /// One of this step over the fields that are met, if that pays.
    Step(f64),
}

/// Patterns of a reference at β̃ > 0, as fields `(b, ζ, h̃)` of the probe, of the other references and
/// of the reference itself (FP.3).
pub struct ThermalAverage<'a> {
    pub patterns: &'a ThermalPatterns,
    /// `√q̃`.
    pub root: f64,
    /// Whether that is none: other references then have no field in common with this one.
    pub centred: bool,
}

impl ThermalAverage<'_> {
    /// Weights of `b = √q x` over the reference's fields at every node of the rows, with derivatives
    /// in `ζ` (u) and in the mean of `h̃` (h).
    fn weights(&self, g: &Geometry, rows: &Rows, table: Table<'_>) -> Weights {
        let zeta = rows.field(self.root * g.turn.cos, self.root * g.turn.sin);
        let omega = rows.field(g.mean_outer, g.mean_inner);
        let made = match table {
            Table::Of(_) => None,
            Table::Step(step) => {
                let fields = (step, omega.len());
                self.patterns.table(g.reference_v, extent(&omega), fields)
            }
        };
        let table = match table {
            Table::Of(table) => table,
            Table::Step(_) => made.as_ref(),
        };
        self.patterns
            .weigh(rows, [&zeta, &omega], g.reference_v, table)
    }

    /// Sums over the inner nodes of every outer one: the weight, its first and second derivatives in
    /// `ζ`, in the mean of `h̃`, and in both.
    fn sums(
        &self,
        g: &Geometry,
        (outer, rows): (&[f64], &Rows),
        table: Table<'_>,
    ) -> Vec<[f64; 6]> {
        if self.centred {
            return self.alone(g, outer);
        }
        self.weights(g, rows, table).sums(rows)
    }

    /// The same where there is no field `ζ`: nothing depends on the inner node (FP.44).
    fn alone(&self, g: &Geometry, outer: &[f64]) -> Vec<[f64; 6]> {
        let omega: Vec<f64> = outer.iter().map(|x| g.mean_outer * x).collect();
        let (mut low, mut high) = (Lent::new(), Lent::new());
        self.patterns.denominator(&[0.0], &mut low);
        self.patterns
            .numerator(&omega, g.reference_v, None, &mut high);
        let sum = |i: usize| {
            let weight = (high.value[i] - low.value[0]).exp();
            let (slope, bend) = (high.slope[i], high.bend[i]);
            let square = slope * slope + bend;
            [weight, 0.0, 0.0, weight * slope, weight * square, 0.0]
        };
        (0..outer.len()).map(sum).collect()
    }

    /// Range of `x` that counts: given the field of the other references, that of the probe is
    /// pulled along by what they make of the pattern, beyond the range of a Gaussian if `t > S`.
    fn range(&self, g: &Geometry) -> (f64, f64) {
        let (mut low, mut high) = (-RANGE, RANGE);
        let ends = [-FARTHEST, FARTHEST];
        let mut jets = Lent::new();
        self.patterns
            .denominator(&ends.map(|z| self.root * z), &mut jets);
        for (z, pull) in ends.into_iter().zip(&jets.slope) {
            let mean = g.t * z / self.root + (g.overlap - g.t) * pull;
            let x = mean / g.q.sqrt();
            low = low.min(x - 3.0);
            high = high.max(x + 3.0);
        }
        (low.max(-WIDEST), high.min(WIDEST))
    }

    /// Places nodes of `x` towards what varies fast in it.
    fn outer(&self, probe: &dyn Site, g: &Geometry) -> GaussMeasure {
        let mut features = probe_features(probe, g);
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
        // Tails of Gaussians are smoother than the kinks that panels are graded for.
        for f in &mut features {
            f.width *= SMOOTH;
        }
        GaussMeasure::light_over(self.range(g), &features)
    }

    /// Inner nodes for these outer ones.
    fn rows(
        &self,
        g: &Geometry,
        (outer, weights): (&[f64], &[f64]),
        step: f64,
        table: Option<&QuinticTable>,
    ) -> Rows {
        let (zc, zs) = (self.root * g.turn.cos, self.root * g.turn.sin);
        let (mean, slope) = (g.mean_outer, g.mean_inner);
        let (mut low, mut high) = (Lent::new(), Lent::new());
        let mut term = |z: &[f64], out: &mut [Vec<f64>; 3]| {
            let at = |a: f64, b: f64| -> Vec<f64> {
                let pairs = outer.iter().zip(z);
                pairs.map(|(x, z)| a * x + b * z).collect()
            };
            self.patterns.denominator(&at(zc, zs), &mut low);
            self.patterns
                .numerator(&at(mean, slope), g.reference_v, table, &mut high);
            for (i, z) in z.iter().enumerate() {
                out[0][i] = high.value[i] - low.value[i] - 0.5 * z * z;
                out[1][i] = slope * high.slope[i] - zs * low.slope[i] - z;
                out[2][i] = slope * slope * high.bend[i] - zs * zs * low.bend[i] - 1.0;
            }
        };
        let mut spans = Rows::spans(weights, &mut term);
        if self.patterns.twofold() {
            for span in &mut spans {
                *span = (span.0.min(-CUT), span.1.max(CUT));
            }
        }
        Rows::new(outer, spans, step)
    }

    /// Nodes for the neighbourhood of this geometry.
    pub fn place(&self, probe: &dyn Site, g: &Geometry) -> Placed {
        let plane = self.patterns.singularity() * g.other_root / (self.root * g.turn.sin).max(1e-9);
        // The numerator is entire, but grows off the real axis.
        let steep = g.mean_inner * g.mean_inner / g.reference_v;
        // Where the inner field hardly moves it, few rows would notice a jump.
        let hardly = steep > STEEPEST && g.mean_inner.abs() < UNMOVED;
        let growth = if hardly {
            1.0
        } else {
            (1.0 + steep).min(STEEPEST)
        };
        let step = pair::step(plane, growth);
        let measure = self.outer(probe, g);
        if self.centred {
            return self.placed_alone(probe, g, measure);
        }
        // One table serves everything that is asked at this variance.
        let table = self.patterns.table_step(g.reference_v);
        let looks = LOOKS * measure.positions().len();
        let everywhere = (f64::NEG_INFINITY, f64::INFINITY);
        let made = self
            .patterns
            .table(g.reference_v, everywhere, (table, looks));
        let outer = (measure.positions(), measure.weights());
        let rows = self.rows(g, outer, step, made.as_ref());
        let (measure, rows) = if self.patterns.known() {
            (measure, rows)
        } else {
            let coarsest = pair::step(plane, 1.0);
            self.checked(probe, g, (measure, rows, coarsest), made.as_ref())
        };
        Placed {
            measure,
            rows,
            table,
        }
    }

    /// Nodes where there is no field `ζ`.
    fn placed_alone(&self, probe: &dyn Site, g: &Geometry, measure: GaussMeasure) -> Placed {
        let measure = if self.patterns.costly() {
            let masses = |x: &[f64]| self.alone(g, x).into_iter().map(|s| s[0]).collect();
            resolved(probe, g, &measure, &masses)
        } else {
            measure
        };
        Placed {
            measure,
            rows: Rows::default(),
            table: 0.0,
        }
    }

    /// The inner step is halved until the mass does not change, panels until the average does not; where
    /// halving does not help, it is the coarsest step.
    fn checked(
        &self,
        probe: &dyn Site,
        g: &Geometry,
        (measure, rows, coarsest): (GaussMeasure, Rows, f64),
        table: Option<&QuinticTable>,
    ) -> (GaussMeasure, Rows) {
        let masses = |rows: &Rows| -> Vec<f64> {
            let sums = self.weights(g, rows, Table::Of(table)).sums(rows);
            sums.iter().map(|s| s[0]).collect()
        };
        let mut thin = rows.thinned(7);
        let weights: Vec<f64> = measure.weights().iter().copied().step_by(7).collect();
        let mut coarse = masses(&thin);
        let (mut first, mut last) = (f64::NAN, f64::NAN);
        for _ in 0..HALVINGS {
            let finer = thin.with_step(0.5 * thin.step());
            let fine = masses(&finer);
            let change = |((a, b), w): ((&f64, &f64), &f64)| w * (a - b).abs();
            let off: f64 = coarse.iter().zip(&fine).zip(&weights).map(change).sum();
            last = off;
            if off.is_nan() || off <= STEP {
                break;
            }
            if first.is_nan() {
                first = off;
            }
            (thin, coarse) = (finer, fine);
        }
        // What no step resolves, a jump seen without noise, is met on the way to a saddle point only.
        let step = if last > UNRESOLVED * first {
            coarsest
        } else {
            thin.step()
        };
        if !self.patterns.costly() {
            return (measure, rows.with_step(step));
        }
        let at = |x: &[f64]| masses(&rows.moved(x, step));
        let measure = resolved(probe, g, &measure, &at);
        let rows = rows.moved(measure.positions(), step);
        (measure, rows)
    }

    /// The average of `ln Z_ℓ(b, 1-q)` as a function of `(q, t, S)`, the mean of `b` and the control
    /// (FP.4).
    pub fn average(
        &self,
        probe: &dyn Site,
        g: &Geometry,
        control: Control,
        (measure, rows, table): (&GaussMeasure, &Rows, f64),
    ) -> PatternAverage {
        // Nodes that were placed where no table pays may be far from here by now.
        let table = match table {
            0.0 => self.patterns.table_step(g.reference_v),
            table => table,
        };
        let nodes = (measure.positions(), rows);
        let sums = self.sums(g, nodes, Table::Step(table));
        let root = g.q.sqrt();
        let fields: Vec<f64> = measure.positions().iter().map(|x| root * x).collect();
        let mut jets = Lent::new();
        let by = by(control);
        probe.fill(&fields, g.v, by, &mut jets);
        let mut jet = Jet::<5>::default();
        let (mut squared, mut mass) = (0.0, 0.0);
        for (i, (sum, weight)) in sums.iter().zip(measure.weights()).enumerate() {
            let [w, t, tt, h, hh, th] = sum.map(|s| s * weight);
            if w == 0.0 {
                continue;
            }
            let (f, slope, bend) = (jets.value[i], jets.slope[i], jets.bend[i]);
            let (c, sc, cc) = match by {
                Some(_) => (jets.by[i], jets.slope_by[i], jets.by_by[i]),
                None => (0.0, 0.0, 0.0),
            };
            mass += w;
            squared += w * bend * bend;
            let gradient = [
                -0.5 * w * slope * slope,
                t * slope,
                h * slope,
                w * slope,
                w * c,
            ];
            let upper = [
                [
                    w * bend * (slope * slope - 0.5 * bend),
                    -t * slope * bend,
                    -h * slope * bend,
                    -w * slope * bend,
                    -w * slope * sc,
                ],
                [0.0, tt * bend, th * bend, t * bend, t * sc],
                [0.0, 0.0, hh * bend, h * bend, h * sc],
                [0.0, 0.0, 0.0, w * bend, w * sc],
                [0.0, 0.0, 0.0, 0.0, w * cc],
            ];
            jet.add(1.0, w * f, gradient, upper);
        }
        PatternAverage {
            jet: jet.symmetric(),
            squared_bend: squared,
            mass,
        }
    }
}

impl ThermalAverage<'_> {
    /// The average of a function of the probe's field.
    pub fn mean_of(
        &self,
        g: &Geometry,
        (measure, rows, table): (&GaussMeasure, &Rows, f64),
        f: &dyn Fn(&[f64]) -> Vec<f64>,
    ) -> f64 {
        let sums = self.sums(g, (measure.positions(), rows), Table::Step(table));
        let root = g.q.sqrt();
        let fields: Vec<f64> = measure.positions().iter().map(|x| root * x).collect();
        let weighted = sums.iter().zip(measure.weights()).zip(f(&fields));
        weighted.map(|((sum, w), f)| w * sum[0] * f).sum()
    }
}
