//! Products of a pattern matrix with a vector, from both sides.
//!
//! Sums over signs are looked up: five consecutive inputs have 32 signed sums, which are tabulated
//! once per product, and the bits of the patterns, packed five by five, say which one each output
//! adds. A lane is an output and adds its sums in the order of the inputs, so that results are the
//! same bit for bit on every processor and on any number of threads. Both sides need a copy of the
//! bits: 2 × 32 bits per 30 entries, 0.27 bytes per entry.

use super::lookup::{GROUP, GROUPS, STRIP, Scalar, TABLE, Table, Word};
use super::pack;
use super::patterns::{Patterns, RealMatrix, SignMatrix};
use pulp::NullaryFnOnce;
use std::borrow::Cow;

/// Signs packed for sums over the inputs, one strip of `STRIP` outputs after another.
#[derive(Clone, Debug)]
pub struct SignedSums {
    inputs: usize,
    outputs: usize,
    words: usize,
    index: Vec<Word>,
}

impl SignedSums {
    /// For sums over the entries of each pattern.
    pub fn over_columns(matrix: &SignMatrix) -> Self {
        let (outputs, inputs) = (matrix.rows(), matrix.columns());
        Self::packed(outputs, inputs, |strip, words| {
            pack::rows(matrix, strip, words);
        })
    }

    /// For sums over the patterns, one for each column.
    pub fn over_rows(matrix: &SignMatrix) -> Self {
        let (outputs, inputs) = (matrix.columns(), matrix.rows());
        Self::packed(outputs, inputs, |strip, words| {
            pack::columns(matrix, strip, words);
        })
    }

    fn packed(
        outputs: usize,
        inputs: usize,
        pack: impl Fn(usize, &mut [Word]) + Sync + Send,
    ) -> Self {
        let words = inputs.div_ceil(GROUP * GROUPS);
        let mut index = vec![Word([0; STRIP]); outputs.div_ceil(STRIP) * words];
        #[cfg(feature = "rayon")]
        {
            use rayon::prelude::*;
            let strips = index.par_chunks_mut(words.max(1)).enumerate();
            strips.for_each(|(strip, words)| pack(strip, words));
        }
        #[cfg(not(feature = "rayon"))]
        for (strip, words) in index.chunks_mut(words.max(1)).enumerate() {
            pack(strip, words);
        }
        SignedSums {
            inputs,
            outputs,
            words,
            index,
        }
    }

    /// `out[o] = Σ_i ± x[i]`. `table` is working space.
    ///
    /// # Panics
    /// If `x` or `out` have not the lengths of the matrix.
    pub fn apply<T: Scalar>(&self, x: &[T], table: &mut Vec<Table<T>>, out: &mut [T]) {
        assert_eq!((x.len(), out.len()), (self.inputs, self.outputs));
        fill_table(x, self.words, table);
        if self.words == 0 {
            out.fill(T::default());
            return;
        }
        let strips = self.index.chunks_exact(self.words);
        let strip = |(out, index): (&mut [T], &[Word])| {
            let mut sums = [T::default(); STRIP];
            T::add_looked_up(index, table, &mut sums);
            out.copy_from_slice(&sums[..out.len()]);
        };
        #[cfg(feature = "rayon")]
        if self.index.len() > PARALLEL_FROM && rayon::current_num_threads() > 1 {
            use rayon::prelude::*;
            let pairs = out.par_chunks_mut(STRIP);
            let strips = self.index.par_chunks_exact(self.words);
            pairs.zip(strips).for_each(strip);
            return;
        }
        out.chunks_mut(STRIP).zip(strips).for_each(strip);
    }

    /// Memory of the packed bits.
    pub fn bytes(&self) -> usize {
        self.index.len() * size_of::<Word>()
    }
}

/// Packed words from which a product is shared among threads: below, waking them costs more.
#[cfg(feature = "rayon")]
const PARALLEL_FROM: usize = 1 << 11;

/// Working space of a product.
pub type Tables = Vec<Table<f64>>;

/// The signed sums of every group of inputs; inputs beyond the last are zero.
fn fill_table<T: Scalar>(x: &[T], words: usize, tables: &mut Vec<Table<T>>) {
    tables.resize(words * GROUPS, Table([T::default(); TABLE]));
    pulp::Arch::new().dispatch(Fill { x, tables });
}

struct Fill<'a, T> {
    x: &'a [T],
    tables: &'a mut [Table<T>],
}

impl<T: Scalar> NullaryFnOnce for Fill<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let mut groups = self.x.chunks(GROUP);
        for table in self.tables {
            let mut group = [T::default(); GROUP];
            if let Some(inputs) = groups.next() {
                group[..inputs.len()].copy_from_slice(inputs);
            }
            for (entry, sum) in table.0.iter_mut().enumerate() {
                // ±x₀ ± x₁ ± …, with + where the bit of the entry is set, added in this order.
                let signed = |k: usize| {
                    if entry >> k & 1 == 1 {
                        group[k]
                    } else {
                        -group[k]
                    }
                };
                *sum = signed(0) + signed(1) + signed(2) + signed(3) + signed(4);
            }
        }
    }
}

/// A pattern matrix ready for products from both sides.
#[derive(Clone, Debug)]
pub enum Operator<'a> {
    /// Packed signs: sums over the entries of a pattern, sums over patterns.
    Signs(SignedSums, SignedSums),
    /// Real entries.
    Real(Cow<'a, RealMatrix>),
}

impl<'a> Operator<'a> {
    /// Prepares the patterns.
    pub fn new(patterns: &'a Patterns) -> Self {
        match patterns {
            Patterns::Signs(matrix) => Self::signs(matrix),
            Patterns::Real(matrix) => Operator::Real(Cow::Borrowed(matrix)),
        }
    }

    /// Prepares a matrix of signs.
    pub fn signs(matrix: &SignMatrix) -> Self {
        Operator::Signs(
            SignedSums::over_columns(matrix),
            SignedSums::over_rows(matrix),
        )
    }

    /// `out_μ = Σ_i ξ^μ_i x_i`. `table` is working space.
    pub fn forward(&self, x: &[f64], table: &mut Tables, out: &mut [f64]) {
        match self {
            Operator::Signs(forward, _) => forward.apply(x, table, out),
            Operator::Real(matrix) => {
                for (mu, out) in out.iter_mut().enumerate() {
                    *out = dot(matrix.row(mu), x);
                }
            }
        }
    }

    /// `out_i = Σ_μ ξ^μ_i x_μ`. `table` is working space.
    pub fn backward(&self, x: &[f64], table: &mut Tables, out: &mut [f64]) {
        match self {
            Operator::Signs(_, backward) => backward.apply(x, table, out),
            Operator::Real(matrix) => {
                out.fill(0.0);
                for (mu, &x) in x.iter().enumerate() {
                    for (out, entry) in out.iter_mut().zip(matrix.row(mu)) {
                        *out += entry * x;
                    }
                }
            }
        }
    }

    /// Memory beyond the patterns themselves.
    pub fn bytes(&self) -> usize {
        match self {
            Operator::Signs(forward, backward) => forward.bytes() + backward.bytes(),
            Operator::Real(_) => 0,
        }
    }
}

/// A scalar product in eight fixed lanes.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = left
        .remainder()
        .iter()
        .zip(right.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in left.zip(right) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_passing::instance::{Entries, Instance, InstanceSpec};

    #[test]
    fn products_agree_with_plain_sums() {
        for entries in [Entries::Signs, Entries::Gaussian] {
            for (n, m) in [(1, 1), (31, 7), (300, 129), (257, 400)] {
                let spec = InstanceSpec {
                    m,
                    entries,
                    ..InstanceSpec::storage(n, 1.0)
                };
                let instance = Instance::sample(&spec, 3, 0);
                let operator = Operator::new(&instance.patterns);
                let x: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).sin()).collect();
                let y: Vec<f64> = (0..m).map(|i| (i as f64 * 0.3).cos()).collect();
                let (mut table, mut forward, mut back) = (Vec::new(), vec![0.0; m], vec![0.0; n]);
                operator.forward(&x, &mut table, &mut forward);
                operator.backward(&y, &mut table, &mut back);
                for (mu, sum) in forward.iter().enumerate() {
                    let plain: f64 = (0..n).map(|i| instance.patterns.entry(mu, i) * x[i]).sum();
                    assert!((sum - plain).abs() < 1e-12 * n as f64);
                }
                for (i, sum) in back.iter().enumerate() {
                    let plain: f64 = (0..m)
                        .map(|mu| instance.patterns.entry(mu, i) * y[mu])
                        .sum();
                    assert!((sum - plain).abs() < 1e-12 * m as f64);
                }
            }
        }
    }
}
