//! What each thread works in when it renews the messages of a block of patterns.

use super::factor::Factor;
use super::group::ROWS;
use super::machine::Machine;
use super::number::Message;
use super::rows::Aligned;
use super::wide::CLIP;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a thread works in, the same for all its blocks so that it stays in cache.
#[derive(Clone, Debug)]
pub(super) struct Room<S: Message> {
    pub factor: Factor,
    /// For each unit and line of its weights, a line for each pattern.
    pub magnetisations: Aligned<S>,
    /// Numbers of `magnetisations` for each unit.
    pub own: usize,
    pub row: [Vec<S>; 2],
    /// Signs, those of the present group highest.
    pub signs: Aligned<S::Word>,
    /// Mean and variance of the fields, for each pattern and unit.
    pub omega: Vec<f64>,
    pub v: Vec<f64>,
    /// Slope and bend, for each unit.
    pub replies: Vec<[[S; 2]; ROWS]>,
}

/// Room for all threads. What it holds between blocks means nothing.
#[derive(Debug)]
pub(super) struct Rooms<S: Message>(Vec<Mutex<Room<S>>>);

impl<S: Message> Rooms<S> {
    pub(super) fn new(machine: Machine, columns: usize, beta: f64) -> Self {
        #[cfg(feature = "rayon")]
        let threads = rayon::current_num_threads();
        #[cfg(not(feature = "rayon"))]
        let threads = 1;
        let (units, inputs) = (machine.units(), machine.inputs(columns));
        let padded = inputs.next_multiple_of(S::LANES);
        let room = Room {
            factor: Factor::new(machine, beta),
            magnetisations: Aligned::new(units * padded * ROWS),
            own: padded * ROWS,
            row: [0; 2].map(|_| vec![S::default(); padded]),
            signs: Aligned::new(parts(machine) * padded),
            omega: vec![0.0; units * ROWS],
            v: vec![0.0; units * ROWS],
            replies: vec![[[S::default(); 2]; ROWS]; units],
        };
        Rooms((0..threads).map(|_| Mutex::new(room.clone())).collect())
    }

    /// Memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        let own = |room: &Mutex<Room<S>>| lock(room).magnetisations.bytes();
        self.0.iter().map(own).sum()
    }

    pub(super) fn of_this_thread(&self) -> MutexGuard<'_, Room<S>> {
        #[cfg(feature = "rayon")]
        let thread = rayon::current_thread_index().unwrap_or(0);
        #[cfg(not(feature = "rayon"))]
        let thread = 0;
        lock(&self.0[thread % self.0.len()])
    }
}

impl<S: Message> Clone for Rooms<S> {
    fn clone(&self) -> Self {
        let copy = |room: &Mutex<Room<S>>| Mutex::new(lock(room).clone());
        Rooms(self.0.iter().map(copy).collect())
    }
}

fn lock<T>(room: &Mutex<T>) -> MutexGuard<'_, T> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Message> Room<S> {
    /// Replies of the first `live` patterns of a group; a bound on the size of their messages.
    pub(super) fn answer(&mut self, live: usize) -> f64 {
        self.replies.fill([[S::default(); 2]; ROWS]);
        let units = self.replies.len();
        let mut size = 0.0_f64;
        for r in 0..live {
            let own = r * units..(r + 1) * units;
            self.factor.gaussian(&self.omega[own.clone()], &self.v[own]);
            for (replies, reply) in self.replies.iter_mut().zip(self.factor.replies()) {
                replies[r] = [S::of(reply.slope), S::of(reply.bend)];
                let bound = reply.slope.abs() + reply.bend.abs();
                // What is not a number has no bound.
                size = if bound <= CLIP { size.max(bound) } else { CLIP };
            }
        }
        size
    }
}

/// Parts of the inputs: one that all units see, or one for each.
pub(super) fn parts(machine: Machine) -> usize {
    match machine {
        Machine::Perceptron { .. } | Machine::FullyConnected { .. } => 1,
        Machine::Tree { units } => units,
    }
}
