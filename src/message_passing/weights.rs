//! The fields of the weights between two sweeps over the patterns.

use super::edges;
use super::group::Columns;
use super::number::{Message, tanh};
use super::protocol::SelfField;
use pulp::{Arch, Simd, WithSimd};

/// Sums over weights run in this many lanes, joined in order.
const LANES: usize = 16;

/// Fields of the weights, and what patterns see of them.
#[derive(Clone, Debug)]
pub(super) struct Weights<S> {
    /// Sum of the messages to each weight.
    pub pattern_fields: Vec<f64>,
    /// Field from outside.
    pub external: Vec<f64>,
    /// Total field of each weight: of the patterns, from outside and of the weight on itself.
    pub totals: Vec<f64>,
    /// Its `tanh`.
    means: Vec<f64>,
    /// Total fields, their `tanh` and `1/cosh²`, as messages are stored.
    stored: [Vec<S>; 3],
}

impl<S: Message> Weights<S> {
    pub(super) fn new(weights: usize) -> Self {
        let stored = [0.0, 0.0, 1.0].map(|x| vec![S::of(x); weights]);
        Weights {
            pattern_fields: vec![0.0; weights],
            external: vec![0.0; weights],
            totals: vec![0.0; weights],
            means: vec![0.0; weights],
            stored,
        }
    }

    /// What patterns see, after [`Weights::update`].
    pub(super) fn columns(&self) -> Columns<'_, S> {
        let [totals, means, slopes] = &self.stored;
        Columns {
            totals,
            means,
            slopes,
        }
    }

    /// Total fields without the fields of the weights on themselves.
    pub(super) fn forget_history(&mut self, arch: Arch) {
        self.update(arch, SelfField::None);
    }

    /// New total fields; the sum of the changes `|Δm|`.
    pub(super) fn update(&mut self, arch: Arch, own: SelfField) -> f64 {
        let fields = self.pattern_fields.iter().zip(&self.external);
        for (total, (h, field)) in self.totals.iter_mut().zip(fields) {
            *total = own.total(h + field, *total);
        }
        edges::run(arch, Show(self))
    }

    /// Memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.totals.len() * (4 * size_of::<f64>() + 3 * size_of::<S>())
    }

    /// Rounds total fields alone to what patterns see.
    pub(super) fn store_totals(&mut self) {
        for (stored, total) in self.stored[0].iter_mut().zip(&self.totals) {
            *stored = S::of(*total);
        }
    }
}

/// Means of new total fields; the sum of their changes.
struct Show<'a, S>(&'a mut Weights<S>);

impl<S: Message> WithSimd for Show<'_, S> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) -> f64 {
        let Weights {
            totals,
            means,
            stored: [fields, tanhs, slopes],
            ..
        } = self.0;
        let mut moved = [0.0; LANES];
        let mut show = |lane: usize, total: &f64, mean: &mut f64, out: [&mut S; 3]| {
            let [t, s] = tanh(*total);
            moved[lane] += (t - *mean).abs();
            *mean = t;
            let [field, tanh, slope] = out;
            *field = S::of(*total);
            *tanh = S::of(t);
            *slope = S::of(s);
        };
        let (whole, rest) = totals.as_chunks::<LANES>();
        let (means, means_rest) = means.as_chunks_mut::<LANES>();
        let (fields, fields_rest) = fields.as_chunks_mut::<LANES>();
        let (tanhs, tanhs_rest) = tanhs.as_chunks_mut::<LANES>();
        let (slopes, slopes_rest) = slopes.as_chunks_mut::<LANES>();
        let inputs = whole.iter().zip(means);
        for ((total, mean), ((h, t), s)) in inputs.zip(fields.iter_mut().zip(tanhs).zip(slopes)) {
            for lane in 0..LANES {
                let out = [&mut h[lane], &mut t[lane], &mut s[lane]];
                show(lane, &total[lane], &mut mean[lane], out);
            }
        }
        let outputs = fields_rest.iter_mut().zip(tanhs_rest).zip(slopes_rest);
        let inputs = rest.iter().zip(means_rest);
        for (lane, ((total, mean), ((h, t), s))) in inputs.zip(outputs).enumerate() {
            show(lane, total, mean, [h, t, s]);
        }
        moved.iter().sum()
    }
}
