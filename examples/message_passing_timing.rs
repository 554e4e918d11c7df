//! Time of one iteration of message passing, and what it works on.
//!
//! `cargo run --release --features rayon --example message_passing_timing -- 10001 7500`

use quenched::message_passing::protocol::{Focus, SelfField};
use quenched::message_passing::reinforcement::Reinforced;
use quenched::message_passing::{Committee, machine::Machine};
use quenched::message_passing::{FastPerceptron, Instance, InstanceSpec, Patterns};
use std::time::Instant;

/// Least time of one call, in milliseconds.
fn least(repeats: usize, mut call: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..repeats).map(time).fold(f64::INFINITY, f64::min)
}

fn main() {
    let mut sizes = std::env::args()
        .skip(1)
        .filter_map(|a| a.parse::<usize>().ok());
    let n = sizes.next().unwrap_or(10_001);
    let m = sizes.next().unwrap_or(7_500);
    let spec = InstanceSpec {
        m,
        ..InstanceSpec::storage(n, 1.0)
    };
    let drawn = Instance::sample(&spec, 1, 0);
    let Patterns::Signs(signs) = &drawn.patterns else {
        return;
    };
    let edges = (n * m) as f64;
    let report = |name: &str, ms: f64| {
        println!("{name:34} {ms:8.3} ms  {:.4} ns per edge", ms * 1e6 / edges);
    };
    println!("N = {n}, M = {m}");
    let mut fast = FastPerceptron::new(signs, 0.0);
    report(
        "single precision",
        least(300, || _ = fast.step(SelfField::None, 0.0)),
    );
    println!("  {:.1} MB beside the patterns", fast.bytes() as f64 / 1e6);
    let history = SelfField::History { rho: 0.3 };
    report(
        "  with reinforcement",
        least(100, || _ = fast.step(history, 0.0)),
    );
    let focus = SelfField::Focusing(Focus { gamma: 0.7, y: 7.0 });
    report("  with focusing", least(100, || _ = fast.step(focus, 0.5)));
    let mut weights = vec![1.0; n];
    fast.decide(&mut weights);
    report(
        "  check for a solution",
        least(100, || _ = fast.errors(&weights)),
    );
    let Some(mut one) = Committee::new(&drawn.patterns, Machine::PERCEPTRON, f64::INFINITY) else {
        return;
    };
    report(
        "double precision",
        least(20, || _ = one.step(SelfField::None, 0.0)),
    );
}
