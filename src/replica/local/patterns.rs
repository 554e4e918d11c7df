//! What a reference knows of one pattern: its local partition function at β̃ > 0, or the proximal
//! map of its loss at zero temperature. Any reference meets any probe.

use crate::math::gauss::CUT;
use crate::math::{Feature, QuinticTable, Rows, Weights};
use crate::model::Parameters;
use crate::model::channel::{Channel, Limit};
use crate::model::loss::{ZeroSet, features_of};
use crate::model::moved::Moved;
use crate::model::site::{Jets, Site};
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

/// Zeros of `H(x + iy)` nearest to the real axis lie at this distance from it.
const NEAREST_ZERO: f64 = 2.8;
/// Error of a table between its points, in value, at which its step is short enough for a coarse rule;
/// the refined one has half the step, which divides the error by 64.
const TABLE: f64 = 3e-12;
/// First step of a table, in widths of what it tabulates: longer ones are never accurate.
const FIRST_STEP: f64 = 0.125;
/// Factor by which the next step that is tried is shorter.
const SHORTER: f64 = 0.7;
/// Fields of a reference's stability up to which tables reach: few that count lie beyond.
const FARTHEST: f64 = 1.2 * CUT;
/// Most points of a table: beyond, what it tabulates is computed.
const MOST_POINTS: usize = 20_000;

thread_local! {
    static POOL: RefCell<Vec<Jets>> = const { RefCell::new(Vec::new()) };
}

/// Jets that a thread keeps at most.
const KEPT: usize = 8;

/// Jets on loan: their arrays are long and needed at every evaluation.
#[derive(Default)]
pub struct Lent(Jets);

impl Lent {
    /// Jets of any length, to be filled.
    pub fn new() -> Self {
        let kept = POOL.with(|pool| pool.borrow_mut().pop());
        Lent(kept.unwrap_or_default())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let jets = std::mem::take(&mut self.0);
        // At the end of a thread there is no pool any more.
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < KEPT {
                pool.push(jets);
            }
        });
    }
}

impl Deref for Lent {
    type Target = Jets;
    fn deref(&self) -> &Jets {
        &self.0
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Jets {
        &mut self.0
    }
}

/// The values, slopes and curvatures of jets.
pub fn slices(jets: &Jets) -> [&[f64]; 3] {
    [&jets.value, &jets.slope, &jets.bend]
}

/// Smallest and largest of some fields.
pub fn extent(fields: &[f64]) -> (f64, f64) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    fields
        .iter()
        .fold(ends, |(low, high), x| (low.min(*x), high.max(*x)))
}

/// The edge of a hard constraint that is a half-line.
pub fn edge(channel: &Channel) -> Option<f64> {
    match (channel.limit, channel.zero_set()) {
        (Limit::Hard, ZeroSet::HalfLine(edge)) => Some(edge),
        _ => None,
    }
}

/// Kinks and scales of what a pattern weighs as a function of its stability.
fn features(channel: &Channel) -> Vec<Feature> {
    let kink = |centre| Feature { centre, width: 0.0 };
    if channel.limit == Limit::Thermal {
        return features_of(&*channel.loss, &channel.parameters);
    }
    match channel.zero_set() {
        ZeroSet::HalfLine(edge) => vec![kink(edge)],
        ZeroSet::Interval(low, high) => vec![kink(low), kink(high)],
        ZeroSet::Point(y) => vec![kink(y)],
        ZeroSet::Empty => Vec::new(),
    }
}

/// A site on a uniform grid, to be looked up (GA.9).
pub fn tabulated(site: &dyn Site, own: f64, (low, high): (f64, f64), step: f64) -> QuinticTable {
    let count = ((high - low) / step).ceil() as usize + 2;
    let grid: Vec<f64> = (0..count).map(|i| low + step * i as f64).collect();
    let mut jets = Lent::new();
    site.fill(&grid, own, None, &mut jets);
    QuinticTable::of_jets(low, step, slices(&jets))
}

/// The step at which a table of this site is accurate to [`TABLE`]: shortened until the interpolant
/// agrees with the site between the points of the grid. Zero where that takes too many points.
pub fn table_step(site: &dyn Site, own: f64, (low, high): (f64, f64)) -> f64 {
    let mut seen = Vec::new();
    site.features(own, &mut seen);
    let narrowest = seen.iter().map(|f| f.width).filter(|w| *w > 0.0);
    let mut step = FIRST_STEP * narrowest.fold(1.0, f64::min);
    let mut jets = Lent::new();
    while (high - low) / step < MOST_POINTS as f64 {
        let table = tabulated(site, own, (low, high), step);
        let count = ((high - low) / step).ceil() as usize;
        let between: Vec<f64> = (0..count).map(|i| low + step * (i as f64 + 0.5)).collect();
        site.fill(&between, own, None, &mut jets);
        let off = |i: usize| {
            let at = table.at(between[i]).unwrap_or([f64::NAN; 3]);
            (at[0] - jets.value[i]).abs() / (1.0 + jets.value[i].abs())
        };
        // Not finite counts as accurate: a shorter step would not mend it.
        if !(0..count).any(|i| off(i) > TABLE) {
            return step;
        }
        step *= SHORTER;
    }
    0.0
}

/// Patterns of a reference with a Gibbs measure of overlap below one.
#[derive(Debug)]
pub struct ThermalPatterns {
    site: Moved,
    /// `1 - q̃`.
    v: f64,
    /// The edge of a hard constraint without a tilt, whose weights are tails.
    edge: Option<f64>,
    /// `ln Z̃(ζ, 1-q̃)` as a function of `ζ`, where it is looked up.
    own: Option<QuinticTable>,
    /// Steps of tables of `ln Z̃(ω̃, ṽ)` for `ṽ` from `2^{-i-1}` to `2^{-i}`.
    steps: [OnceLock<f64>; OCTAVES],
}

/// Octaves of variances that steps of tables are kept for.
const OCTAVES: usize = 48;

impl ThermalPatterns {
    /// Of this channel at variance `v`; fields `ζ` up to `reach` are met most often.
    pub fn new(site: Moved, v: f64, reach: f64) -> Self {
        let range = (-reach, reach);
        let plain = |edge: f64| (edge - site.mean) / site.root;
        let edge = edge(&site.channel).filter(|_| site.tilt == 0.0).map(plain);
        let step = match edge {
            Some(_) => 0.0,
            // One table serves every rule.
            None => 0.25 * table_step(&site, v, range),
        };
        let own = (step > 0.0).then(|| tabulated(&site, v, range, step));
        ThermalPatterns {
            edge,
            site,
            v,
            own,
            steps: [const { OnceLock::new() }; OCTAVES],
        }
    }

    /// The patterns in the units of their field.
    pub fn site(&self) -> &Moved {
        &self.site
    }

    /// `1 - q̃`.
    pub fn variance(&self) -> f64 {
        self.v
    }

    /// The stability above which a hard constraint is met; minus infinity of any other.
    pub fn lower_edge(&self) -> f64 {
        edge(&self.site.channel).unwrap_or(f64::NEG_INFINITY)
    }

    /// Control parameters of the reference.
    pub fn parameters(&self) -> &Parameters {
        &self.site.channel.parameters
    }

    /// `ln Z̃(ζ, 1-q̃)`.
    pub fn denominator(&self, zeta: &[f64], out: &mut Jets) {
        self.looked_up(self.own.as_ref(), zeta, self.v, out);
    }

    /// `ln Z̃(ω̃, ṽ)`, looked up in a table of it where there is one.
    pub fn numerator(&self, omega: &[f64], v: f64, table: Option<&QuinticTable>, out: &mut Jets) {
        self.looked_up(table, omega, v, out);
    }

    /// From a table as far as it reaches; computed beyond, and where there is none.
    fn looked_up(&self, table: Option<&QuinticTable>, fields: &[f64], v: f64, out: &mut Jets) {
        let Some(table) = table else {
            return self.site.fill(fields, v, None, out);
        };
        out.resize(fields.len(), false);
        table.fill(fields, [&mut out.value, &mut out.slope, &mut out.bend]);
        let beyond = |(i, value): (usize, &f64)| value.is_nan().then_some(i);
        let far: Vec<usize> = out.value.iter().enumerate().filter_map(beyond).collect();
        if far.is_empty() {
            return;
        }
        let at: Vec<f64> = far.iter().map(|&i| fields[i]).collect();
        let mut jets = Lent::new();
        self.site.fill(&at, v, None, &mut jets);
        for (k, &i) in far.iter().enumerate() {
            out.value[i] = jets.value[k];
            out.slope[i] = jets.slope[k];
            out.bend[i] = jets.bend[k];
        }
    }

    /// The table of `ln Z̃(ω̃, ṽ)` over a range of fields, where looking up this many fields pays.
    pub fn table(
        &self,
        v: f64,
        range: (f64, f64),
        (step, fields): (f64, usize),
    ) -> Option<QuinticTable> {
        let range = (range.0.max(-FARTHEST), range.1.min(FARTHEST));
        let points = (range.1 - range.0) / step;
        let pays = step > 0.0 && points > 0.0 && points < fields as f64;
        pays.then(|| tabulated(&self.site, v, range, step))
    }

    /// The step of that table for a coarse rule, that of the smallest variance of its octave; zero
    /// where none pays.
    pub fn table_step(&self, v: f64) -> f64 {
        let reach = FARTHEST;
        if self.edge.is_some() || v.is_nan() || v <= 0.0 {
            return 0.0;
        }
        let octave = (-v.log2()).floor().max(0.0) as usize;
        let Some(kept) = self.steps.get(octave) else {
            return table_step(&self.site, v, (-reach, reach));
        };
        let least = 0.5_f64.powi(octave as i32 + 1);
        *kept.get_or_init(|| table_step(&self.site, least, (-reach, reach)))
    }

    /// The weight `Z̃(ω̃, ṽ)/Z̃(ζ, 1-q̃)` at every node of the rows (FP.3); `ln Z̃(ω̃, ṽ)` from this
    /// table, if there is one.
    pub fn weigh(
        &self,
        rows: &Rows,
        [zeta, omega]: [&[f64]; 2],
        reference_v: f64,
        table: Option<&QuinticTable>,
    ) -> Weights {
        if let Some(edge) = self.edge {
            let scales = [1.0 / self.v.sqrt(), 1.0 / reference_v.sqrt()];
            return Weights::of_tails(rows, zeta, omega, scales, edge);
        }
        let (mut low, mut high) = (Lent::new(), Lent::new());
        self.denominator(zeta, &mut low);
        self.numerator(omega, reference_v, table, &mut high);
        Weights::of_jets(rows, slices(&low), slices(&high))
    }

    /// Kinks and scales of the loss as a function of the stability.
    pub fn features(&self) -> Vec<Feature> {
        self.site.in_units(features(&self.site.channel))
    }

    /// Distance of complex singularities of `1/Z̃(ω, v)` from the real axis, in units of `√v`.
    pub fn singularity(&self) -> f64 {
        NEAREST_ZERO
    }

    /// Whether the loss is a quadrature itself: panels graded by what it says of its scales have to be
    /// checked.
    pub fn costly(&self) -> bool {
        self.site.costly()
    }

    /// Whether terms of inner sums may have a second maximum, at the centre of the Gaussian measure.
    pub fn twofold(&self) -> bool {
        !self.known() && !self.site.channel.loss.convex()
    }

    /// Whether that distance is known: otherwise steps have to be checked.
    pub fn known(&self) -> bool {
        edge(&self.site.channel).is_some()
    }
}

/// Patterns of a reference on the sphere whose stabilities move linearly with its centred cavity field
/// of variance one, by `offset + slope z`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearShift {
    /// `d₀`.
    pub offset: f64,
    /// `d₁`.
    pub slope: f64,
}

/// Patterns of a reference at zero temperature on the sphere: what they make of its centred cavity
/// field `z` of variance one.
#[derive(Clone, Debug)]
pub enum GroundPatterns {
    /// A loss in the units of the field, and the response of its ground state in these.
    Envelope(Moved, f64),
    /// The weights of largest margin: every stability below it is lifted to it.
    LargestMargin(f64),
}

impl GroundPatterns {
    /// The stability that the reference gives to patterns of cavity field `z`, centred and in units of
    /// that field, and its derivative.
    pub fn stability(&self, z: &[f64], stability: &mut Vec<f64>, slope: &mut Vec<f64>) {
        stability.clear();
        slope.clear();
        match self {
            GroundPatterns::LargestMargin(edge) => {
                stability.extend(z.iter().map(|z| z.max(*edge)));
                slope.extend(z.iter().map(|z| f64::from(u8::from(*z >= *edge))));
            }
            GroundPatterns::Envelope(site, chi) => {
                let mut jets = Lent::new();
                site.fill(z, *chi, None, &mut jets);
                let moved = z.iter().zip(&jets.slope);
                stability.extend(moved.map(|(z, g)| z + chi * g));
                slope.extend(jets.bend.iter().map(|b| 1.0 + chi * b));
            }
        }
    }

    /// Kinks and scales of that map.
    pub fn features(&self) -> Vec<Feature> {
        match self {
            GroundPatterns::LargestMargin(edge) => vec![Feature {
                centre: *edge,
                width: 0.0,
            }],
            GroundPatterns::Envelope(site, chi) => {
                let mut out = Vec::new();
                site.features(*chi, &mut out);
                out
            }
        }
    }
}
