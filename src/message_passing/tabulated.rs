//! Answers of many patterns whose loss has no closed form: tables of Chebyshev polynomials in the
//! field (GA.5), filled once an iteration.
//!
//! `ln Z_ℓ(ω, v)` is analytic in `ω` whatever the loss, on a scale of `√v` or more, and the fields of
//! an instance lie within a few standard deviations: a hundred averages give those of thousands of
//! patterns. Value, slope and curvature have a series each, accepted when their coefficients have
//! decayed; where they do not, every pattern is averaged for itself.

use crate::model::channel::Channel;
use crate::model::site::{Jets, Site};
use pulp::Arch;
use std::f64::consts::PI;

/// Intervals of the finest grid of points, a power of two, and of the first.
const FINEST: usize = 256;
const FIRST: usize = 32;
/// The last eighth of the coefficients, relative to the largest one.
const TAIL: f64 = 1e-13;
/// Fields that are evaluated together.
const BLOCK: usize = 8;

/// Room for the tables of one iteration; nothing is allocated after the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Tabulated {
    /// Places of the points on the finest grid, coarse grids first.
    places: Vec<usize>,
    cosines: Vec<f64>,
    fields: Vec<f64>,
    jets: Jets,
    /// Value, slope and curvature at the points, and the coefficients of their series.
    values: [Vec<f64>; 3],
    coefficients: [Vec<f64>; 3],
}

impl Tabulated {
    /// The jets of a channel at these fields.
    pub(super) fn fill(&mut self, channel: &Channel, fields: &[f64], v: f64, out: &mut Jets) {
        let (low, high) = fields
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(*x), high.max(*x))
            });
        let spread = low < high && high - low < f64::INFINITY;
        let all = fields.iter().all(|x| x.is_finite());
        let tabulated = channel.costly() && spread && all;
        let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
        if tabulated && self.tabulate(channel, fields.len(), (centre, half), v) {
            out.resize(fields.len(), false);
            self.look_up(fields, (centre, half), out);
        } else {
            channel.fill(fields, v, None, out);
        }
    }

    /// Whether the series settle before there are half as many points as fields.
    fn tabulate(
        &mut self,
        channel: &Channel,
        fields: usize,
        (centre, half): (f64, f64),
        v: f64,
    ) -> bool {
        if self.cosines.is_empty() {
            let angle = |k: usize| PI * k as f64 / FINEST as f64;
            self.cosines = (0..2 * FINEST).map(|k| angle(k).cos()).collect();
        }
        self.places.clear();
        self.values.iter_mut().for_each(Vec::clear);
        let mut intervals = FIRST;
        while intervals <= FINEST && 2 * intervals < fields {
            let (step, first) = (FINEST / intervals, self.places.len());
            // What a coarser grid has is every second point.
            let by = if first == 0 { 1 } else { 2 };
            let new = (by - 1..=intervals).step_by(by).map(|k| k * step);
            self.places.extend(new);
            self.fields.clear();
            let points = self.places[first..].iter();
            self.fields
                .extend(points.map(|place| centre + half * self.cosines[*place]));
            channel.fill(&self.fields, v, None, &mut self.jets);
            let [value, slope, bend] = &mut self.values;
            value.extend_from_slice(&self.jets.value);
            slope.extend_from_slice(&self.jets.slope);
            bend.extend_from_slice(&self.jets.bend);
            if self.settled(intervals) {
                return true;
            }
            intervals *= 2;
        }
        false
    }

    /// Coefficients of the polynomials through the values, and whether they have decayed.
    fn settled(&mut self, intervals: usize) -> bool {
        let mut settled = true;
        for (values, coefficients) in self.values.iter().zip(&mut self.coefficients) {
            coefficients.clear();
            for j in 0..=intervals {
                let term = |(place, value): (&usize, &f64)| {
                    let end = *place == 0 || *place == FINEST;
                    let weight = if end { 0.5 } else { 1.0 };
                    weight * value * self.cosines[j * place % (2 * FINEST)]
                };
                let sum: f64 = self.places.iter().zip(values).map(term).sum();
                let end = j == 0 || j == intervals;
                coefficients.push(sum * if end { 1.0 } else { 2.0 } / intervals as f64);
            }
            let largest = |c: &[f64]| c.iter().fold(0.0f64, |most, c| most.max(c.abs()));
            let tail = largest(&coefficients[intervals - intervals / 8..]);
            settled &= tail <= TAIL * largest(coefficients);
        }
        settled
    }

    /// The series at every field, by Clenshaw's recurrence.
    fn look_up(&self, fields: &[f64], (centre, half): (f64, f64), out: &mut Jets) {
        let series = self.coefficients.iter();
        let outputs = [&mut out.value, &mut out.slope, &mut out.bend];
        for (series, out) in series.zip(outputs) {
            Arch::new().dispatch(|| {
                for (fields, out) in fields.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
                    let mut twice = [0.0; BLOCK];
                    for (twice, field) in twice.iter_mut().zip(fields) {
                        *twice = 2.0 * ((field - centre) / half);
                    }
                    out.copy_from_slice(&clenshaw(series, twice)[..fields.len()]);
                }
            });
        }
    }
}

/// `Σ c_j T_j(t)` at `2t`.
#[inline(always)]
fn clenshaw(series: &[f64], twice: [f64; BLOCK]) -> [f64; BLOCK] {
    let (mut one, mut two) = ([0.0; BLOCK], [0.0; BLOCK]);
    for c in series[1..].iter().rev() {
        for k in 0..BLOCK {
            let next = twice[k] * one[k] - two[k] + c;
            two[k] = one[k];
            one[k] = next;
        }
    }
    let mut sum = [0.0; BLOCK];
    for k in 0..BLOCK {
        sum[k] = 0.5 * twice[k] * one[k] - two[k] + series[0];
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Parameters;
    use crate::model::loss::{CrossEntropy, Hinge};
    use std::sync::Arc;

    #[test]
    fn tables_are_the_averages() {
        let fields: Vec<f64> = (0..700)
            .map(|k| 0.3 + 4.0 * (1.3 * f64::from(k)).sin())
            .collect();
        for (beta, gamma, v) in [(2.0, 1.0, 0.8), (0.3, 0.5, 0.05), (8.0, 2.0, 0.3)] {
            let p = Parameters {
                beta,
                gamma,
                ..Parameters::default()
            };
            let channel = Channel::new(Arc::new(CrossEntropy), p);
            assert!(channel.costly());
            let (mut tables, mut own, mut direct) =
                (Tabulated::default(), Jets::default(), Jets::default());
            tables.fill(&channel, &fields, v, &mut own);
            let points = tables.places.len();
            assert!((33..=257).contains(&points), "{points}");
            assert!(tables.settled(points - 1), "{beta} {gamma} {v}");
            channel.fill(&fields, v, None, &mut direct);
            let jets = [
                (&own.value, &direct.value),
                (&own.slope, &direct.slope),
                (&own.bend, &direct.bend),
            ];
            for (own, direct) in jets {
                let most = direct.iter().fold(0.0f64, |most, x| most.max(x.abs()));
                for (own, direct) in own.iter().zip(direct) {
                    let off = (own - direct).abs() / most;
                    assert!(off < 2e-12, "{beta} {gamma} {v}: {own} {direct}");
                }
            }
        }
    }

    #[test]
    fn closed_forms_and_few_patterns_are_not_tabulated() {
        let p = Parameters {
            beta: 2.0,
            ..Parameters::default()
        };
        let fields: Vec<f64> = (0..200).map(|k| 0.01 * f64::from(k)).collect();
        let mut jets = Jets::default();
        let mut tables = Tabulated::default();
        tables.fill(&Channel::new(Arc::new(Hinge), p), &fields, 0.5, &mut jets);
        assert!(tables.places.is_empty());
        let costly = Channel::new(Arc::new(CrossEntropy), p);
        for few in [&fields[..1], &fields[..40], &[0.5; 90][..]] {
            tables.fill(&costly, few, 0.5, &mut jets);
            assert!(tables.places.is_empty());
            assert!(jets.value.iter().all(|x| x.is_finite()) && jets.len() == few.len());
        }
    }
}
