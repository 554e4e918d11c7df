//! Time of one iteration of message passing beside the limits of the machine, measured in one run.
//!
//! ```text
//! cargo run --release --example message_passing_timing -- [N] [M]
//! ```
//!
//! Limits: bandwidth of memory that is read and written in place, fused multiplications and
//! additions per second, and signed sums that the lookup kernel finds in cache. An edge is an entry
//! of the patterns. Belief propagation reads and writes each message once; approximate message
//! passing looks up each entry twice, five at a time. The last column is the time that the limit
//! alone would take over the time taken. Times are the least of all repeats.

use pulp::{Arch, Simd, WithSimd};
use quenched::message_passing::bp::BeliefPropagation;
use quenched::message_passing::bp_settings::BpSettings;
use quenched::message_passing::compact::CompactPropagation;
use quenched::message_passing::edges::Message;
use quenched::message_passing::kernel::SignedSums;
use quenched::message_passing::machine::Machine;
use quenched::message_passing::protocol::{Focus, SelfField};
use quenched::message_passing::reinforcement::Reinforced;
use quenched::message_passing::{Committee, FastPerceptron};
use quenched::message_passing::{Instance, InstanceSpec, Patterns, SignMatrix};
use rayon::prelude::*;
use std::hint::black_box;
use std::time::Instant;

/// Least time of one call, in seconds.
fn least(repeats: usize, mut call: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    };
    (0..repeats).map(time).fold(f64::INFINITY, f64::min)
}

/// Multiplies and adds in registers.
struct Fused(usize);

impl WithSimd for Fused {
    type Output = f32;

    #[inline(always)]
    fn with_simd<V: Simd>(self, simd: V) -> f32 {
        let (a, b) = (simd.splat_f32s(0.999), simd.splat_f32s(0.1));
        let mut sums = [b; 16];
        for _ in 0..self.0 {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, a, b);
            }
        }
        let total = sums.into_iter().fold(b, |a, b| simd.add_f32s(a, b));
        simd.reduce_sum_f32s(total)
    }
}

/// Numbers in a vector of this processor.
struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    fn with_simd<V: Simd>(self, _: V) -> usize {
        V::F32_LANES
    }
}

/// What the machine can do on some threads, per second.
struct Limits {
    bytes: f64,
    operations: f64,
    lookups: f64,
}

impl Limits {
    /// Measures in the pool that it is called in.
    fn measure() -> Self {
        let threads = rayon::current_num_threads();
        let mut memory = vec![1.0f32; 1 << 26];
        let part = memory.len() / threads;
        let seconds = least(7, || {
            let parts = memory.par_chunks_mut(part);
            parts.for_each(|part| part.iter_mut().for_each(|x| *x = *x * 0.5 + 1.0));
        });
        let bytes = 2.0 * size_of_val(&memory[..]) as f64 / seconds;
        let (arch, rounds) = (Arch::new(), 1 << 21);
        let seconds = least(10, || {
            rayon::broadcast(|_| black_box(arch.dispatch(Fused(black_box(rounds)))));
        });
        let each = 2.0 * 16.0 * arch.dispatch(Lanes) as f64 * rounds as f64;
        let (rows, columns) = (2048, 1200);
        let signs = SignMatrix::from_fn(rows, columns, |mu, i| (mu * mu + 7 * i) % 5 < 2);
        let sums = SignedSums::over_columns(&signs);
        let time_alone = || {
            // One product at a time on each thread.
            let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            let measure = || {
                let (x, mut table, mut out) = (vec![0.5f32; columns], Vec::new(), vec![0.0; rows]);
                least(2000, || sums.apply(&x, &mut table, &mut out))
            };
            alone.map_or(f64::INFINITY, |pool| pool.install(measure))
        };
        let times: Vec<f64> = rayon::broadcast(|_| time_alone());
        let found = (rows * columns) as f64 / 5.0;
        Limits {
            bytes,
            operations: each * threads as f64 / seconds,
            lookups: times.iter().map(|seconds| found / seconds).sum(),
        }
    }
}

/// Lines of the table.
struct Table {
    threads: usize,
    edges: f64,
    limits: Limits,
}

impl Table {
    fn line(&self, name: &str, seconds: f64, bytes: f64, bound: Option<f64>) {
        let fraction = bound.map_or(String::new(), |bound| format!("{:.2}", bound / seconds));
        println!(
            "{name:26} {:7} {:10.3} {:10.4} {bytes:11.2} {fraction:>9}",
            self.threads,
            seconds * 1e3,
            seconds * 1e9 / self.edges,
        );
    }

    /// Looks up each entry twice, five at a time.
    fn sums(&self, share: f64) -> Option<f64> {
        Some(share * 2.0 * self.edges / 5.0 / self.limits.lookups)
    }

    fn edge_by_edge<S: Message>(&self, name: &str, patterns: &Patterns) {
        let settings = BpSettings::default();
        let Ok(mut bp) = BeliefPropagation::<S>::new(patterns, Machine::PERCEPTRON, settings)
        else {
            return;
        };
        let seconds = least(20, || _ = bp.step(SelfField::None, 0.0));
        let traffic = 2.0 * size_of::<S>() as f64 * self.edges;
        let memory = bp.bytes() as f64 / self.edges;
        self.line(name, seconds, memory, Some(traffic / self.limits.bytes));
    }

    fn compact(&self, patterns: &Patterns) {
        let Patterns::Signs(signs) = patterns else {
            return;
        };
        let Ok(mut bp) = CompactPropagation::new(signs, 0.0, f64::INFINITY) else {
            return;
        };
        let seconds = least(20, || _ = bp.step(SelfField::None));
        let memory = bp.bytes() as f64 / self.edges;
        let bound = 2.0 * self.edges / self.limits.bytes;
        self.line("BP one byte", seconds, memory, Some(bound));
    }

    fn approximate(&self, patterns: &Patterns) {
        let Patterns::Signs(signs) = patterns else {
            return;
        };
        let mut fast = FastPerceptron::new(signs, 0.0);
        let bytes = fast.bytes() as f64 / self.edges;
        let mut step = |name, own, damping| {
            let seconds = least(300, || _ = fast.step(own, damping));
            self.line(name, seconds, bytes, self.sums(1.0));
        };
        step("AMP f32", SelfField::None, 0.0);
        step("  with reinforcement", SelfField::History { rho: 0.3 }, 0.0);
        let focus = Focus { gamma: 0.7, y: 7.0 };
        step("  with focusing", SelfField::Focusing(focus), 0.5);
        let mut weights = vec![1.0; signs.columns()];
        fast.decide(&mut weights);
        let seconds = least(300, || _ = fast.errors(&weights));
        self.line("  check for a solution", seconds, 0.0, None);
        let Some(mut one) = Committee::new(patterns, Machine::PERCEPTRON, f64::INFINITY) else {
            return;
        };
        let seconds = least(30, || _ = one.step(SelfField::None, 0.0));
        // Half as many numbers in a vector, and two lookups in place of one.
        self.line("AMP f64", seconds, bytes, self.sums(4.0));
    }
}

fn main() {
    let arguments = std::env::args().skip(1);
    let mut sizes = arguments.filter_map(|a| a.parse::<usize>().ok());
    let n = sizes.next().unwrap_or(10_001);
    let m = sizes.next().unwrap_or(7_500);
    let spec = InstanceSpec {
        m,
        ..InstanceSpec::storage(n, 1.0)
    };
    let patterns = Instance::sample(&spec, 1, 0).patterns;
    println!("N = {n}, M = {m}");
    let all = rayon::current_num_threads();
    let mut counts = vec![1, all];
    counts.dedup();
    for threads in counts {
        let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else {
            return;
        };
        pool.install(|| {
            let limits = Limits::measure();
            println!(
                "\n{threads} threads: memory {:.1} GB/s, {:.0} GFLOP/s (f32), {:.1} G lookups/s",
                limits.bytes * 1e-9,
                limits.operations * 1e-9,
                limits.lookups * 1e-9
            );
            let table = Table {
                threads,
                edges: (n * m) as f64,
                limits,
            };
            println!(
                "{:26} {:>7} {:>10} {:>10} {:>11} {:>9}",
                "", "threads", "ms", "ns/edge", "bytes/edge", "of limit"
            );
            table.approximate(&patterns);
            table.edge_by_edge::<f64>("BP f64", &patterns);
            table.edge_by_edge::<f32>("BP f32", &patterns);
            table.compact(&patterns);
        });
    }
}
