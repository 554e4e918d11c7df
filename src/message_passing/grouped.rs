//! A block of patterns that is swept group by group: signs, first-order messages, all at once.

use super::edges::{self, LogCosh, Message};
use super::group::{Cavities, Columns, ROWS};
use super::machine::Machine;
use super::patterns::SignMatrix;
use super::renew::Renew;
use super::rows::Aligned;
use super::series::Level;
use super::sweep::Sweep;
use super::thread_rooms::{Room, parts};
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;

/// The entries of a block of patterns by groups.
#[derive(Clone, Debug)]
pub(super) struct Grouped<S: Message> {
    machine: Machine,
    columns: usize,
    /// Inputs of a unit, whole lines.
    inputs: usize,
    /// For as many patterns as a word has bits, and each part of the inputs, a word for each input:
    /// the bits of the patterns, the first highest, are set where the entry is -1.
    signs: Aligned<S::Word>,
    /// Largest message, for each group.
    sizes: Vec<f64>,
}

impl<S: Message> Grouped<S> {
    pub(super) fn new(matrix: &SignMatrix, machine: Machine, rows: Range<usize>) -> Self {
        let columns = matrix.columns();
        let inputs = machine.inputs(columns).next_multiple_of(S::LANES);
        let blocks = rows.len().div_ceil(S::BITS);
        let mut signs = Aligned::new(blocks * parts(machine) * inputs);
        let own = signs.numbers_mut().chunks_exact_mut(inputs.max(1));
        for (index, words) in own.enumerate() {
            let (block, part) = (index / parts(machine), index % parts(machine));
            let (_, seen) = machine.span(part, columns);
            let first = rows.start + block * S::BITS;
            let job = Turn::<S> {
                matrix,
                rows: first..rows.end.min(first + S::BITS),
                from: seen.start,
                words: &mut words[..seen.len()],
            };
            edges::run(Arch::new(), job);
        }
        Grouped {
            machine,
            columns,
            inputs,
            signs,
            sizes: vec![0.0; rows.len().div_ceil(ROWS)],
        }
    }

    /// Says that no message is larger than this.
    pub(super) fn set_size(&mut self, size: f64) {
        self.sizes.fill(size);
    }

    /// Renews the messages of the first `rows` patterns, and adds them to the fields; the largest
    /// change.
    pub(super) fn sweep(
        &mut self,
        sweep: &Sweep<S>,
        rows: usize,
        messages: &mut [S],
        fields: &mut [f64],
    ) -> f64 {
        let room = &mut *sweep.rooms.of_this_thread();
        let mut largest = 0.0_f64;
        for (group, messages) in messages.chunks_exact_mut(ROWS * sweep.stride).enumerate() {
            self.listen(room, sweep, group, messages);
            let size = room.answer(ROWS.min(rows - group * ROWS));
            let share = 1.0 - sweep.damping;
            // Rounding may exceed the bound a little.
            self.sizes[group] = (share * size + sweep.damping * self.sizes[group]) * (1.0 + 1e-6);
            largest = largest.max(self.renew(room, sweep, size, messages, fields));
        }
        largest
    }

    /// Sum over the first `rows` patterns of `ln Z_μ + Σ_i ln 2cosh(total - u)`, and of error
    /// probabilities.
    pub(super) fn free_entropy(&self, sweep: &Sweep<S>, rows: usize, messages: &[S]) -> [f64; 2] {
        let room = &mut *sweep.rooms.of_this_thread();
        let units = self.machine.units();
        let totals = sweep.totals;
        let (mut ln_z, mut errors) = (0.0, 0.0);
        for (group, messages) in messages.chunks_exact(ROWS * sweep.stride).enumerate() {
            self.listen(room, sweep, group, messages);
            let rows = messages
                .chunks_exact(sweep.stride)
                .take(rows - group * ROWS);
            for (r, row) in rows.enumerate() {
                let own = r * units..(r + 1) * units;
                let verdict = room.factor.gaussian(&room.omega[own.clone()], &room.v[own]);
                let messages = &row[..totals.len()];
                let cavities = edges::run(sweep.arch, LogCosh { totals, messages });
                ln_z += verdict.ln_z + cavities;
                errors += verdict.error;
            }
        }
        [ln_z, errors]
    }

    /// Memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.signs.bytes() + size_of_val(&self.sizes[..])
    }

    /// Cavity magnetisations of a group, and the fields of the units.
    fn listen(&self, room: &mut Room<S>, sweep: &Sweep<S>, group: usize, messages: &[S]) {
        let units = self.machine.units();
        self.load_signs(group, room.signs.numbers_mut());
        for k in 0..units {
            let (own, _) = self.machine.span(k, self.columns);
            let row = |r: usize| &messages[r * sweep.stride..][own.clone()];
            let job = Cavities {
                columns: Columns {
                    totals: &sweep.columns.totals[own.clone()],
                    means: &sweep.columns.means[own.clone()],
                    slopes: &sweep.columns.slopes[own.clone()],
                },
                messages: std::array::from_fn(row),
                signs: &room.signs.numbers()[self.part(k)],
                magnetisations: &mut room.magnetisations.numbers_mut()[k * room.own..][..room.own],
                level: Level::of::<S>(self.sizes[group]),
                row: &mut room.row,
            };
            for (r, [omega, v]) in edges::run(sweep.arch, job).into_iter().enumerate() {
                room.omega[r * units + k] = omega;
                room.v[r * units + k] = v;
            }
        }
    }

    /// Renews the messages of a group, none larger than `size`.
    fn renew(
        &self,
        room: &Room<S>,
        sweep: &Sweep<S>,
        size: f64,
        messages: &mut [S],
        fields: &mut [f64],
    ) -> f64 {
        let mut largest = 0.0_f64;
        for k in 0..self.machine.units() {
            let (own, _) = self.machine.span(k, self.columns);
            let mut rows = messages.chunks_exact_mut(sweep.stride);
            let row = |_| rows.next().map_or(&mut [][..], |row| &mut row[own.clone()]);
            let job = Renew {
                messages: std::array::from_fn(row),
                signs: &room.signs.numbers()[self.part(k)],
                magnetisations: &room.magnetisations.numbers()[k * room.own..][..room.own],
                replies: room.replies[k],
                damping: sweep.damping,
                size,
                fields: &mut fields[own.clone()],
            };
            largest = largest.max(edges::run(sweep.arch, job));
        }
        largest
    }

    /// The signs of all inputs, those of a group highest.
    pub(super) fn load_signs(&self, group: usize, signs: &mut [S::Word]) {
        let (block, place) = (group * ROWS / S::BITS, group * ROWS % S::BITS);
        let words = parts(self.machine) * self.inputs;
        let words = &self.signs.numbers()[block * words..][..words];
        S::shift(words, place, signs);
    }

    /// The signs of the inputs of unit `k`.
    fn part(&self, k: usize) -> Range<usize> {
        let first = k % parts(self.machine) * self.inputs;
        first..first + self.inputs
    }
}

/// Gathers the bits of some patterns in one word for each input.
struct Turn<'a, S: Message> {
    matrix: &'a SignMatrix,
    rows: Range<usize>,
    from: usize,
    words: &'a mut [S::Word],
}

impl<S: Message> WithSimd for Turn<'_, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<V: Simd>(self, _: V) {
        const BITS: usize = u64::BITS as usize;
        for (part, words) in self.words.chunks_mut(BITS).enumerate() {
            for (place, mu) in self.rows.clone().enumerate() {
                let bits = self.matrix.bits_from(mu, self.from + part * BITS);
                S::set(words, place, bits);
            }
        }
    }
}
