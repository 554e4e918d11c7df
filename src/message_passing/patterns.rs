//! Matrices of patterns, one row per pattern, labels absorbed.

/// A matrix of patterns.
#[derive(Clone, Debug, PartialEq)]
pub enum Patterns {
    /// Entries ±1, one bit each.
    Signs(SignMatrix),
    /// Real entries.
    Real(RealMatrix),
}

/// A matrix of signs: a set bit is +1. Bits beyond the last column are zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignMatrix {
    rows: usize,
    columns: usize,
    words_per_row: usize,
    words: Vec<u64>,
}

/// A matrix of reals, row after row.
#[derive(Clone, Debug, PartialEq)]
pub struct RealMatrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

/// Bits of a word.
const BITS: usize = u64::BITS as usize;

impl SignMatrix {
    /// The matrix with +1 where `positive(row, column)`.
    pub fn from_fn(
        rows: usize,
        columns: usize,
        mut positive: impl FnMut(usize, usize) -> bool,
    ) -> Self {
        Self::from_words(rows, columns, |row, word| {
            let first = word * BITS;
            let last = columns.min(first + BITS);
            (first..last).fold(0, |bits, column| {
                bits | u64::from(positive(row, column)) << (column - first)
            })
        })
    }

    /// The matrix whose words are `word(row, index)`; bits beyond the last column are cleared.
    pub fn from_words(
        rows: usize,
        columns: usize,
        mut word: impl FnMut(usize, usize) -> u64,
    ) -> Self {
        let words_per_row = columns.div_ceil(BITS);
        let mut words = Vec::with_capacity(rows * words_per_row);
        for row in 0..rows {
            for index in 0..words_per_row {
                let used = (columns - index * BITS).min(BITS);
                words.push(word(row, index) & (u64::MAX >> (BITS - used)));
            }
        }
        SignMatrix {
            rows,
            columns,
            words_per_row,
            words,
        }
    }

    /// Number of patterns.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of entries of a pattern.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The bits of one pattern, lowest bit first.
    pub fn row(&self, mu: usize) -> &[u64] {
        &self.words[mu * self.words_per_row..(mu + 1) * self.words_per_row]
    }

    /// 64 bits of one pattern from column `from` on, zeros beyond the last.
    pub(super) fn bits_from(&self, mu: usize, from: usize) -> u64 {
        let (row, shift) = (self.row(mu), from % BITS);
        let word = |at: usize| row.get(at).copied().unwrap_or(0);
        let low = word(from / BITS) >> shift;
        if shift == 0 {
            return low;
        }
        low | word(from / BITS + 1) << (BITS - shift)
    }

    /// Whether an entry is +1.
    pub fn is_positive(&self, mu: usize, i: usize) -> bool {
        debug_assert!(i < self.columns);
        self.words[mu * self.words_per_row + i / BITS] >> (i % BITS) & 1 == 1
    }

    /// One entry, ±1.
    pub fn sign(&self, mu: usize, i: usize) -> f64 {
        if self.is_positive(mu, i) { 1.0 } else { -1.0 }
    }

    /// Turns the signs of one pattern.
    pub(super) fn negate(&mut self, mu: usize) {
        let row = &mut self.words[mu * self.words_per_row..(mu + 1) * self.words_per_row];
        for word in &mut *row {
            *word = !*word;
        }
        if let Some(last) = row.last_mut() {
            // Bits beyond the last column stay zero.
            *last &= u64::MAX >> ((BITS - self.columns % BITS) % BITS);
        }
    }

    /// The columns `from..to` as a matrix of their own.
    pub fn columns_between(&self, from: usize, to: usize) -> Self {
        Self::from_fn(self.rows, to - from, |mu, i| self.is_positive(mu, from + i))
    }

    /// Memory of the entries.
    pub fn bytes(&self) -> usize {
        self.words.len() * size_of::<u64>()
    }
}

impl RealMatrix {
    /// The matrix with entries `value(row, column)`.
    pub fn from_fn(
        rows: usize,
        columns: usize,
        mut value: impl FnMut(usize, usize) -> f64,
    ) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            values.extend((0..columns).map(|column| value(row, column)));
        }
        RealMatrix {
            rows,
            columns,
            values,
        }
    }

    /// Number of patterns.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of entries of a pattern.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All entries, pattern after pattern.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The entries of one pattern.
    pub fn row(&self, mu: usize) -> &[f64] {
        &self.values[mu * self.columns..(mu + 1) * self.columns]
    }

    /// Memory of the entries.
    pub fn bytes(&self) -> usize {
        self.values.len() * size_of::<f64>()
    }
}

impl Patterns {
    /// Number of patterns.
    pub fn rows(&self) -> usize {
        match self {
            Patterns::Signs(matrix) => matrix.rows(),
            Patterns::Real(matrix) => matrix.rows(),
        }
    }

    /// Number of entries of a pattern.
    pub fn columns(&self) -> usize {
        match self {
            Patterns::Signs(matrix) => matrix.columns(),
            Patterns::Real(matrix) => matrix.columns(),
        }
    }

    /// One entry.
    pub fn entry(&self, mu: usize, i: usize) -> f64 {
        match self {
            Patterns::Signs(matrix) => matrix.sign(mu, i),
            Patterns::Real(matrix) => matrix.row(mu)[i],
        }
    }

    /// `ξ^μ·w` for every pattern.
    pub fn preactivations<'a>(&'a self, w: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        (0..self.rows()).map(move |mu| self.preactivation(mu, w))
    }

    /// `ξ^μ·w` for one pattern.
    pub fn preactivation(&self, mu: usize, w: &[f64]) -> f64 {
        match self {
            Patterns::Signs(matrix) => {
                let entries = w.iter().enumerate();
                entries.map(|(i, w)| matrix.sign(mu, i) * w).sum()
            }
            Patterns::Real(matrix) => matrix.row(mu).iter().zip(w).map(|(x, w)| x * w).sum(),
        }
    }

    /// Memory of the entries.
    pub fn bytes(&self) -> usize {
        match self {
            Patterns::Signs(matrix) => matrix.bytes(),
            Patterns::Real(matrix) => matrix.bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_the_signs_and_pads_are_zero() {
        for columns in [1, 63, 64, 65, 130] {
            let positive = |mu: usize, i: usize| (3 * mu + 5 * i + i * i).is_multiple_of(7);
            let matrix = SignMatrix::from_fn(4, columns, positive);
            for mu in 0..4 {
                let ones: u32 = matrix.row(mu).iter().map(|w| w.count_ones()).sum();
                let expected = (0..columns).filter(|&i| positive(mu, i)).count();
                assert_eq!(ones as usize, expected);
                for i in 0..columns {
                    assert_eq!(matrix.sign(mu, i) > 0.0, positive(mu, i));
                }
            }
            let all = SignMatrix::from_words(2, columns, |_, _| u64::MAX);
            let ones: u32 = all.row(1).iter().map(|w| w.count_ones()).sum();
            assert_eq!(ones as usize, columns);
        }
    }
}
