//! Numbers that start at cache lines: messages, one row for each pattern.

use super::group::ROWS;
use super::number::Message;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Numbers that start at a cache line.
#[derive(Debug)]
pub(super) struct Aligned<T> {
    padded: Vec<T>,
    first: usize,
    length: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// Zeros.
    pub(super) fn new(length: usize) -> Self {
        let spare = LINE / size_of::<T>();
        let padded = vec![T::default(); length + spare];
        let first = padded.as_ptr().align_offset(LINE).min(spare);
        Aligned {
            padded,
            first,
            length,
        }
    }

    pub(super) fn numbers(&self) -> &[T] {
        &self.padded[self.first..self.first + self.length]
    }

    pub(super) fn numbers_mut(&mut self) -> &mut [T] {
        &mut self.padded[self.first..self.first + self.length]
    }

    /// Memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.padded[..])
    }
}

impl<T: Copy + Default> Clone for Aligned<T> {
    fn clone(&self) -> Self {
        let mut copy = Aligned::new(self.length);
        copy.numbers_mut().copy_from_slice(self.numbers());
        copy
    }
}

/// Rows of messages, whole cache lines and whole groups of patterns. What lies beyond the last
/// message and the last pattern stays zero.
#[derive(Clone, Debug)]
pub(super) struct Rows<S: Message> {
    messages: Aligned<S>,
    rows: usize,
    length: usize,
    stride: usize,
}

impl<S: Message> Rows<S> {
    /// Vanishing messages.
    pub(super) fn new(rows: usize, length: usize) -> Self {
        // An odd number of lines: rows would share few places of a cache at powers of two.
        let lines = length.div_ceil(S::LANES) | 1;
        let stride = lines * S::LANES;
        Rows {
            messages: Aligned::new(rows.next_multiple_of(ROWS) * stride),
            rows,
            length,
            stride,
        }
    }

    /// Distance between two rows.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// All rows, padding included.
    pub(super) fn padded(&mut self) -> &mut [S] {
        self.messages.numbers_mut()
    }

    /// The messages of one pattern.
    pub(super) fn row_mut(&mut self, mu: usize) -> &mut [S] {
        &mut self.messages.numbers_mut()[mu * self.stride..][..self.length]
    }

    /// The messages of all patterns in turn.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[S]> {
        let rows = self.messages.numbers().chunks(self.stride);
        rows.take(self.rows).map(|row| &row[..self.length])
    }

    /// Memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.messages.bytes()
    }
}
