//! Seconds for a few standard tasks as lines `task seconds value`, on one thread where
//! `RAYON_NUM_THREADS=1`.
//!
//! ```text
//! cargo run --release --example timing
//! ```
//!
//! `benches/peers/compare.sh` holds the lines against those of an equivalent numpy/scipy program.
//! Each task is run once to warm up and then repeatedly; `task` is the fastest run, `task_median`
//! the median. Statistics with less noise come from `cargo bench`.

use quenched::message_passing::protocol::SelfField;
use quenched::message_passing::{FastPerceptron, Instance, InstanceSpec, Patterns};
use quenched::model::Constraint;
use quenched::model::{Bias, Control, Mixture, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::learning::Learning;
use quenched::replica::local::neighbourhoods::{Choice, LocalModel};
use quenched::replica::model::{mixture_model, model};
use quenched::replica::state::Outcome;
use quenched::replica::sweep::Branches;
use quenched::replica::threshold::Quantity;
use std::hint::black_box;
use std::time::Instant;

/// Margins of the capacity line.
const LINE: usize = 200;

fn report(task: &str, repeats: usize, run: impl Fn() -> f64) {
    let value = run();
    let times = (0..repeats).map(|_| time(|| _ = black_box(run())));
    print(task, times.collect(), value);
}

fn time(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

fn print(task: &str, mut seconds: Vec<f64>, value: f64) {
    seconds.sort_by(f64::total_cmp);
    println!("{task} {:.6e} {value:.15}", seconds[0]);
    println!(
        "{task}_median {:.6e} {value:.15}",
        seconds[seconds.len() / 2]
    );
}

/// The entropy at α = 1/2, κ = 0 from a cold start: Anderson, Newton, refined quadrature.
fn solve(perceptron: &Ensemble) -> f64 {
    let p = black_box(Parameters::default());
    let solution = perceptron.solve_from(&perceptron.starts()[0], &p, Control::Alpha);
    solution.map_or(f64::NAN, |s| s.value)
}

/// The same with every observable, as a row of the command line has it.
fn row(perceptron: &Ensemble) -> f64 {
    let p = black_box(Parameters::default());
    let outcomes = perceptron.sweep(&p, Control::Alpha, &[p.alpha], Branches::Dominant);
    let state = outcomes.first().and_then(|o| o.dominant());
    state
        .and_then(|s| s.observables.entropy)
        .unwrap_or(f64::NAN)
}

/// Sum of the capacities at 200 margins from -1 to 2, each from a cold start.
fn capacity_line(perceptron: &Ensemble) -> f64 {
    let kappa = |i: usize| -1.0 + 3.0 * i as f64 / (LINE - 1) as f64;
    let capacity = |i: usize| {
        let p = Parameters {
            kappa: kappa(i),
            ..Parameters::default()
        };
        let found = perceptron.threshold(Quantity::Capacity, &p);
        found.ok().map_or(f64::NAN, |c| c.value)
    };
    (0..LINE).map(capacity).sum()
}

/// A local entropy curve: 100 distances from 1e-3 to 0.5 around solutions of margin 0.2, each with
/// its error estimate and stability; the value at the last but one.
fn curve(model: &LocalModel) -> f64 {
    let ratio = 500.0_f64.ln() / 99.0;
    let distances: Vec<f64> = (0..100)
        .map(|i| 1e-3 * (ratio * f64::from(i)).exp())
        .collect();
    let p = black_box(Parameters::default());
    let curve = model.curve(&Choice::Margin(0.2), &p, &distances).ok();
    let state = curve
        .as_ref()
        .and_then(|curve| curve.outcomes[98].dominant());
    state.map_or(f64::NAN, |s| s.observables.entropy)
}

/// Iterations of message passing on one instance of 5001 weights and 3751 patterns, 40 at a time
/// from vanishing means; the overlap.
fn amp() {
    let drawn = Instance::sample(&InstanceSpec::storage(5001, 0.75), 1, 0);
    let Patterns::Signs(signs) = &drawn.patterns else {
        return;
    };
    let (mut seconds, mut overlap) = (Vec::new(), 0.0);
    for _ in 0..4 {
        let mut amp = FastPerceptron::new(signs, 0.0);
        seconds.extend((0..40).map(|_| time(|| _ = amp.step(SelfField::None, 0.0))));
        overlap = amp.thermodynamics().overlap;
    }
    print("amp", seconds, overlap);
}

/// A mixture of noise variance one with this fraction of label +1.
fn mixture(rho: f64) -> Mixture {
    Mixture::new(1.0, rho).expect("a fraction between zero and one")
}

fn error(outcome: &Outcome) -> f64 {
    let state = outcome.dominant();
    state.map_or(f64::NAN, |s| {
        s.observables.generalization_error.unwrap_or(f64::NAN)
    })
}

/// Tasks on Gaussian mixtures; their values are generalisation errors.
fn mixtures() {
    let logistic = |rho: f64| {
        let ridge = Constraint::Ridge(1.0);
        Learning::new("cross-entropy", mixture(rho), Bias::Learned, ridge)
    };
    let alpha = |alpha: f64| Parameters {
        alpha,
        ..Parameters::default()
    };
    if let (Some(unequal), Some(equal)) = (logistic(0.2), logistic(0.5)) {
        report("logistic", 200, || error(&unequal.solve(&alpha(2.0))));
        let alphas: Vec<f64> = (1..=LINE).map(|i| 0.05 * i as f64).collect();
        report("logistic_curve", 5, || {
            let curve = equal.curve(&alpha(2.0), Control::Alpha, &alphas);
            curve.iter().map(error).sum()
        });
    }
    let gibbs = mixture_model("spherical", "theta", mixture(0.5), Bias::Fixed(0.0));
    let Some(gibbs) = gibbs else { return };
    let p = Parameters {
        beta: 1.0,
        ..alpha(2.0)
    };
    report("gibbs", 50, || {
        let outcomes = gibbs.sweep(&p, Control::Alpha, &[p.alpha], Branches::Dominant);
        outcomes.first().map_or(f64::NAN, error)
    });
}

fn main() {
    amp();
    let Some(perceptron) = model("binary", "storage", "theta") else {
        return;
    };
    report("solve", 200, || solve(&perceptron));
    report("row", 200, || row(&perceptron));
    report("capacity_line", 5, || capacity_line(&perceptron));
    if let Some(model) = LocalModel::new("binary", "storage", "theta") {
        report("curve", 3, || curve(&model));
    }
    mixtures();
}
