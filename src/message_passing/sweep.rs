//! What a sweep over patterns starts from.

use super::group::Columns;
use super::number::Message;
use super::patterns::Patterns;
use super::thread_rooms::Rooms;
use pulp::Arch;

/// Fields of the weights, and how messages are kept.
#[derive(Clone, Copy)]
pub(super) struct Sweep<'a, S: Message> {
    pub arch: Arch,
    pub patterns: &'a Patterns,
    /// Total fields of the weights, and what patterns see of them.
    pub totals: &'a [f64],
    pub columns: Columns<'a, S>,
    /// Distance between the messages of two patterns.
    pub stride: usize,
    /// Share of the old messages that is kept.
    pub damping: f64,
    pub rooms: &'a Rooms<S>,
}
