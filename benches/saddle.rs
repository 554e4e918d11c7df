//! Cost of saddle points and of what they are made of, on one thread.
//!
//! ```text
//! cargo bench --bench saddle
//! ```
//!
//! `evaluation` is the cost of value, gradient and Hessian on frozen nodes, for every registered
//! model.

use divan::{Bencher, black_box};
use quenched::model::registry::{LOSSES, WEIGHTS};
use quenched::model::{Control, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::model::model;
use quenched::replica::sweep::Branches;
use quenched::replica::threshold::Quantity;

fn main() {
    divan::main();
}

fn named(weights: &str, data: &str, loss: &str) -> Ensemble {
    model(weights, data, loss).expect("registered")
}

/// One row of the command line: the dominant state with every observable.
fn row(bencher: Bencher, model: &Ensemble, p: Parameters) {
    bencher.bench(|| {
        model.sweep(
            black_box(&p),
            Control::Alpha,
            &[p.alpha],
            Branches::Dominant,
        )
    });
}

mod point {
    use super::*;

    /// Binary perceptron, κ = 0, α = 1/2, cold start, residual 1e-12: the solve alone.
    #[divan::bench]
    fn solve(bencher: Bencher) {
        let perceptron = named("binary", "storage", "theta");
        let start = perceptron.starts()[0].clone();
        let p = Parameters::default();
        bencher.bench(|| perceptron.solve_from(black_box(&start), &p, Control::Alpha));
    }

    /// The same point with its observables and stability.
    #[divan::bench]
    fn binary_storage_theta(bencher: Bencher) {
        let p = Parameters::default();
        row(bencher, &named("binary", "storage", "theta"), p);
    }

    /// Four order parameters and two branches.
    #[divan::bench]
    fn binary_teacher_theta(bencher: Bencher) {
        let p = Parameters {
            alpha: 1.0,
            ..Parameters::default()
        };
        row(bencher, &named("binary", "teacher", "theta"), p);
    }

    /// Zero temperature, teacher: proximal points of the logistic loss.
    #[divan::bench]
    fn spherical_teacher_logistic(bencher: Bencher) {
        let p = Parameters {
            alpha: 3.0,
            ..Parameters::default()
        };
        let logistic = named("spherical", "teacher", "cross-entropy");
        row(bencher, &logistic, p);
    }
}

mod line {
    use super::*;

    /// Capacities of the binary perceptron at 200 margins from -1 to 2, each from a cold start.
    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn capacity_200(bencher: Bencher) {
        let perceptron = named("binary", "storage", "theta");
        let capacity = |i: u32| {
            let kappa = -1.0 + 3.0 * f64::from(i) / 199.0;
            let p = Parameters {
                kappa,
                ..Parameters::default()
            };
            perceptron.threshold(Quantity::Capacity, &p).is_ok()
        };
        bencher.bench(|| (0..200).all(capacity));
    }

    /// Generalisation error of a spherical student at 50 loads, by continuation.
    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn teacher_50(bencher: Bencher) {
        let student = named("spherical", "teacher", "theta");
        let alphas: Vec<f64> = (1..=50).map(|i| 0.1 * f64::from(i)).collect();
        let p = Parameters::default();
        bencher.bench(|| student.sweep(&p, Control::Alpha, black_box(&alphas), Branches::Dominant));
    }
}

/// One evaluation of a functional: value, gradient, Hessian and derivatives in the load.
mod evaluation {
    use super::*;

    fn models() -> Vec<String> {
        let pairs = WEIGHTS
            .iter()
            .flat_map(|w| LOSSES.iter().map(move |l| format!("{w} {l}")));
        pairs
            .filter(|pair| {
                let (weights, loss) = pair.split_once(' ').expect("two names");
                model(weights, "storage", loss).is_some()
            })
            .collect()
    }

    #[divan::bench(args = models())]
    fn storage(bencher: Bencher, pair: &str) {
        let (weights, loss) = pair.split_once(' ').expect("two names");
        let model = named(weights, "storage", loss);
        // Error counting has its zero-temperature limit at once, the others are smooth.
        let beta = if model.jumps() { f64::INFINITY } else { 2.0 };
        let p = Parameters {
            beta,
            ..Parameters::default()
        };
        let x = model.starts()[0].clone();
        let rule = model.rs.freeze(&x, &p);
        bencher.bench(|| model.rs.evaluate(black_box(&x), &p, Control::Alpha, &rule));
    }
}
