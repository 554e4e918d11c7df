//! The inner nodes of all outer nodes.

use crate::math::buffer::Buffer;
use crate::math::pair::REFINEMENT;
use crate::math::wide::{LANES, dispatch, kernels as k};

/// `1/√(2π)`.
pub(super) const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
/// Most inner nodes of one row: spans of integrands out of bounds are cut there.
const LONGEST: f64 = 4096.0;

/// Inner nodes of all outer nodes.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub(super) outer: Vec<f64>,
    /// First and last inner position of each row; the last below the first where nothing counts.
    pub(super) spans: Vec<(f64, f64)>,
    pub(super) step: f64,
    pub(super) starts: Vec<usize>,
    pub(super) inner: Buffer,
}

/// No inner node.
pub(super) const NONE: (f64, f64) = (0.0, -1.0);

impl Rows {
    /// Rows with these spans at the outer nodes, which are in rising order.
    pub fn new(outer: &[f64], spans: Vec<(f64, f64)>, step: f64) -> Self {
        let mut rows = Rows {
            outer: outer.to_vec(),
            spans,
            step,
            starts: Vec::with_capacity(outer.len() + 1),
            inner: Buffer::of(0),
        };
        let inner = rows.inner.array();
        rows.starts.push(0);
        for &(low, high) in &rows.spans {
            if high >= low {
                let first = (low / step).floor();
                let count = ((high / step).ceil() - first + 1.0).min(LONGEST) as usize;
                let count = count.div_ceil(LANES) * LANES;
                let nodes = (0..count).map(|i| step * (first + i as f64));
                inner.extend(nodes);
            }
            rows.starts.push(inner.len());
        }
        rows
    }

    /// The same span at every outer node.
    pub fn uniform(outer: &[f64], half: f64, step: f64) -> Self {
        Self::new(outer, vec![(-half, half); outer.len()], step)
    }

    /// A shorter step and other outer nodes.
    pub fn refined(&self, outer: &[f64]) -> Self {
        self.moved(outer, REFINEMENT * self.step)
    }

    /// Another step and other outer nodes. The span at one of these is the hull of those at its two
    /// neighbours.
    pub fn moved(&self, outer: &[f64], step: f64) -> Self {
        let span = |&x: &f64| {
            let right = self.outer.partition_point(|y| *y < x);
            let neighbours = right.saturating_sub(1)..(right + 1).min(self.outer.len());
            let hull = |a: (f64, f64), b: (f64, f64)| match (a.1 >= a.0, b.1 >= b.0) {
                (true, true) => (a.0.min(b.0), a.1.max(b.1)),
                (false, _) => b,
                (true, false) => a,
            };
            self.spans[neighbours].iter().copied().fold(NONE, hull)
        };
        let spans = outer.iter().map(span).collect();
        Self::new(outer, spans, step)
    }

    /// The same spans with another step.
    pub fn with_step(&self, step: f64) -> Self {
        Self::new(&self.outer, self.spans.clone(), step)
    }

    /// Every so many rows of these.
    pub fn thinned(&self, every: usize) -> Self {
        let outer: Vec<f64> = self.outer.iter().copied().step_by(every).collect();
        let spans = self.spans.iter().copied().step_by(every).collect();
        Self::new(&outer, spans, self.step)
    }

    /// Step of the inner sums.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// What a sum of terms `e^{-z²/2} …` is to be multiplied with to be an average.
    pub fn norm(&self) -> f64 {
        self.step * INV_SQRT_2PI
    }

    /// Where each row starts in the batch, and where the last one ends.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Outer nodes.
    pub fn outer(&self) -> &[f64] {
        &self.outer
    }

    /// Inner nodes, row after row.
    pub fn inner(&self) -> &[f64] {
        &self.inner
    }

    /// Nodes of the batch that belong to a row.
    pub fn range(&self, row: usize) -> std::ops::Range<usize> {
        self.starts[row]..self.starts[row + 1]
    }

    /// `a x + b z` at every node, `x` the outer and `z` the inner one.
    pub fn field(&self, a: f64, b: f64) -> Buffer {
        let mut out = Buffer::of(self.inner.len());
        for (row, &x) in self.outer.iter().enumerate() {
            let range = self.range(row);
            let inner = &self.inner[range.clone()];
            affine(a * x, b, inner, &mut out[range]);
        }
        out
    }
}

#[inline(always)]
fn affine_body<const F: bool>(a: f64, b: f64, z: &[f64], out: &mut [f64]) {
    for (z, out) in z.iter().zip(out) {
        *out = k::fma::<F>(b, *z, a);
    }
}

dispatch! {
    /// `a + b z`.
    fn affine(a: f64, b: f64, z: &[f64], out: &mut [f64]) = affine_body
}
