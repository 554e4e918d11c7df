//! Iterations of message passing allocate nothing, for any loss: counted by an allocator that counts.

use quenched::message_passing::{Amp, Instance, InstanceSpec};
use quenched::model::Parameters;
use quenched::model::channel::Channel;
use quenched::model::loss;
use quenched::model::prior;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Allocations of this thread during a call: tests on other threads do not count.
fn counted(call: impl FnOnce()) -> usize {
    let before = COUNT.get();
    call();
    COUNT.get() - before
}

#[test]
fn the_allocator_counts() {
    assert!(counted(|| drop(std::hint::black_box(vec![1.0; 10]))) > 0);
}

/// The first iterations make room; later ones have it.
#[test]
fn iterations_of_amp_allocate_nothing() {
    let (n, m) = (150, 45);
    let spec = InstanceSpec {
        m,
        ..InstanceSpec::storage(n, 1.0)
    };
    let patterns = Instance::sample(&spec, 20_261_128, 0).patterns;
    let mut counts = Vec::new();
    for name in loss::registered().iter().map(|loss| loss.name()) {
        for weights in prior::registered() {
            for beta in [1.5, f64::INFINITY] {
                let p = Parameters {
                    beta,
                    kappa: 0.3,
                    ..Parameters::default()
                };
                let loss = loss::by_name(&name).expect("registered");
                let channel = Channel::new(loss, p);
                // Some have no such measure: equalities at β = ∞.
                let Ok(mut amp) = Amp::new(&patterns, weights.clone(), channel) else {
                    continue;
                };
                let mut steps = |count: usize| (0..count).all(|_| amp.step(0.5).is_some());
                if !steps(4) {
                    continue;
                }
                let count = counted(|| {
                    steps(6);
                });
                counts.push((format!("{name} {} {beta}", weights.name()), count));
            }
        }
    }
    assert!(counts.len() > 40, "{}", counts.len());
    counts.retain(|(_, count)| *count > 0);
    assert!(counts.is_empty(), "{counts:?}");
}
