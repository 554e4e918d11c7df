//! Energetic part of the free entropy around a reference at zero temperature (FP.9, MX.33).

use super::energetic::{PatternAverage, Placed, by, site_features};
use super::geometry::Geometry;
use super::patterns::{GroundPatterns, Lent, extent, slices, table_step, tabulated};
use crate::math::buffer::Buffer;
use crate::math::gauss::CUT;
use crate::math::real::Jet;
use crate::math::{Feature, GaussMeasure, Rows, pair};
use crate::model::Control;
use crate::model::site::{Jets, Site};

/// Patterns of a reference at zero temperature, as fields `z` of the reference and `n` of the probe:
/// `b = S z + τ(h̃(z) - z) + √(q-S²) n` (FP.9).
pub struct GroundAverage<'a> {
    pub patterns: &'a GroundPatterns,
}

/// Grids on which a crossing is looked for, their cells, and those whose differences are not rounding.
const GRIDS: usize = 5;
const CELLS: usize = 64;
const COARSE: usize = 3;
/// Overlaps are up to a hundred times less accurate than the averages: steps and panels this much
/// shorter make 1e-9 into 1e-11.
const FINER: f64 = 0.8;
/// What is left of a sum over `n` beyond this is nothing: `-ln` of it.
const NOTHING: f64 = 46.0;

impl GroundAverage<'_> {
    /// Mean of the probe's field at fields of the reference.
    fn means(&self, g: &Geometry, z: &[f64]) -> Vec<f64> {
        let (mut stability, mut slope) = (Vec::new(), Vec::new());
        self.patterns.stability(z, &mut stability, &mut slope);
        let pairs = z.iter().zip(&stability);
        pairs
            .map(|(z, s)| g.overlap * z + g.tau * (s - z))
            .collect()
    }

    /// Where that mean crosses a level, and its slope there: on grids, each within a cell of the last.
    fn crossing(&self, g: &Geometry, level: f64) -> Option<(f64, f64)> {
        let (mut low, mut width) = (-CUT, 2.0 * CUT);
        let mut slope = 0.0;
        for k in 0..GRIDS {
            let step = width / CELLS as f64;
            let grid: Vec<f64> = (0..=CELLS).map(|i| low + step * i as f64).collect();
            let means = self.means(g, &grid);
            let cell = means
                .windows(2)
                .position(|w| (w[0] - level) * (w[1] - level) <= 0.0)?;
            if k < COARSE {
                slope = (means[cell + 1] - means[cell]).abs() / step;
            }
            (low, width) = (grid[cell], step);
        }
        Some((low, slope))
    }

    /// Nodes of `z` and of `n`.
    pub fn place(&self, probe: &dyn Site, g: &Geometry) -> Placed {
        let mut features = self.patterns.features();
        let seen = site_features(probe, g);
        let width = (g.v + g.spread * g.spread).sqrt();
        // Where the mean of b crosses a feature of the probe's loss.
        for f in &seen {
            let Some((centre, slope)) = self.crossing(g, f.centre) else {
                continue;
            };
            features.push(Feature {
                centre,
                width: (f.width * f.width + width * width).sqrt() / slope.max(1e-3),
            });
        }
        for f in &mut features {
            f.width *= FINER;
        }
        features.retain(|f| f.centre.abs() < CUT + f.width);
        let widths = seen.iter().map(|f| f.width).filter(|width| *width > 0.0);
        let narrow = widths.fold(g.v.sqrt(), f64::min);
        let step = FINER * pair::step(2.5 * narrow / g.spread.max(1e-12), 1.0);
        let measure = GaussMeasure::light(&features);
        let half = |w: &f64| (2.0 * (w.ln() + NOTHING).max(0.0)).sqrt().min(CUT);
        let span = |w: &f64| (-half(w), half(w));
        let spans = measure.weights().iter().map(span).collect();
        let rows = Rows::new(measure.positions(), spans, step);
        let table = if probe.costly() {
            let field = self.fields(g, &rows).0;
            table_step(probe, g.v, extent(&field))
        } else {
            0.0
        };
        Placed {
            measure,
            rows,
            table,
        }
    }

    /// The probe's field at every node; `h̃ - z` and `h̃′ - 1` at every outer one.
    fn fields(&self, g: &Geometry, rows: &Rows) -> (Buffer, Vec<f64>, Vec<f64>) {
        let (mut delta, mut bent) = (Vec::new(), Vec::new());
        self.patterns.stability(rows.outer(), &mut delta, &mut bent);
        let sigma = g.spread.max(1e-12);
        let mut field = Buffer::of(rows.inner().len());
        for (row, z) in rows.outer().iter().enumerate() {
            delta[row] -= z;
            bent[row] -= 1.0;
            let mean = g.overlap * z + g.tau * delta[row];
            let range = rows.range(row);
            let inner = rows.inner()[range.clone()].iter();
            for (field, n) in field[range].iter_mut().zip(inner) {
                *field = mean + sigma * n;
            }
        }
        (field, delta, bent)
    }

    /// The average of a function of the probe's field.
    pub fn mean_of(
        &self,
        g: &Geometry,
        (measure, rows, _): (&GaussMeasure, &Rows, f64),
        f: &dyn Fn(&[f64]) -> Vec<f64>,
    ) -> f64 {
        let values = f(&self.fields(g, rows).0);
        let zero = vec![0.0; values.len()];
        let sums = rows.normal_sums([&values, &zero, &zero]);
        let weighted = sums.iter().zip(measure.weights());
        weighted.map(|(sum, w)| w * sum.f).sum()
    }

    /// As [`ThermalAverage::average`], as a function of `(q, τ, S)`, the mean and the control.
    pub fn average(
        &self,
        probe: &dyn Site,
        g: &Geometry,
        control: Control,
        (measure, rows, table): (&GaussMeasure, &Rows, f64),
    ) -> PatternAverage {
        let (field, delta, bent) = self.fields(g, rows);
        let mut jets = Lent::new();
        let by = by(control);
        let (low, high) = extent(&field);
        if by.is_none() && table > 0.0 && (high - low) / table < field.len() as f64 {
            jets.resize(field.len(), false);
            let Jets {
                value, slope, bend, ..
            } = &mut *jets;
            tabulated(probe, g.v, (low, high), table).fill(&field, [value, slope, bend]);
        } else {
            probe.fill(&field, g.v, by, &mut jets);
        }
        let sums = rows.normal_sums(slices(&jets));
        let others =
            by.map(|_| rows.normal_sums_by(&jets.slope, [&jets.by, &jets.slope_by, &jets.by_by]));
        let mut jet = Jet::<5>::default();
        let (mut squared, mut mass) = (0.0, 0.0);
        let (s0, sigma, tau) = (g.overlap, g.spread.max(1e-12), g.tau);
        for (i, (&z, &w)) in rows.outer().iter().zip(measure.weights()).enumerate() {
            let s = &sums[i];
            let (delta, bent) = (delta[i], bent[i]);
            // Second derivatives in b beyond g′ are traded for factors of n (Stein).
            let [across, slope_across] = [s.nb / sigma, s.ngb / sigma];
            let [c, cc, sc, gsc, nsc] = others.as_ref().map_or([0.0; 5], |o| o[i]);
            mass += w * s.one;
            squared += w * s.bb;
            let gradient = [-0.5 * s.gg, delta * s.g, tau * bent * s.b, s.g, c];
            let ss = (z * s.nb - s0 / sigma * s.nnb) / sigma;
            let upper = [
                [
                    s.curved,
                    -delta * s.gb,
                    -tau * bent * slope_across,
                    -s.gb,
                    -gsc,
                ],
                [
                    0.0,
                    delta * delta * s.b,
                    bent * s.b + tau * bent * delta * across,
                    delta * s.b,
                    delta * sc,
                ],
                [
                    0.0,
                    0.0,
                    tau * bent * ss,
                    tau * bent * across,
                    tau * bent * nsc / sigma,
                ],
                [0.0, 0.0, 0.0, s.b, sc],
                [0.0, 0.0, 0.0, 0.0, cc],
            ];
            jet.add(w, s.f, gradient, upper);
        }
        PatternAverage {
            jet: jet.symmetric(),
            squared_bend: squared,
            mass,
        }
    }
}
