//! Cost of saddle points and of what they are made of, on one thread.
//!
//! ```text
//! cargo bench --bench saddle
//! ```
//!
//! `free_entropy` compares value, gradient and Hessian of every registered model: what exact
//! derivatives cost beside the function itself.

use divan::{Bencher, black_box};
use quenched::math::Real;
use quenched::math::real::{Dual1, Dual2, variable};
use quenched::model::registry::{
    LOSSES, LossVisitor, PriorVisitor, WEIGHTS, with_loss, with_prior,
};
use quenched::model::{
    Control, Data, Parameters,
    scalar::{Loss, Prior},
};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::free_entropy::FreeEntropy;
use quenched::replica::model::model;
use quenched::replica::rs::Rs;
use quenched::replica::sweep::Branches;
use quenched::replica::threshold::Quantity;
use quenched::solve::Stationary;

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
    use quenched::model::scalar::{binary::Binary, theta::Theta};

    /// Binary perceptron, κ = 0, α = 1/2, cold start, residual 1e-12: the solve alone.
    #[divan::bench]
    fn solve(bencher: Bencher) {
        let perceptron = Ensemble::new(Binary, Theta, Data::Storage);
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

/// What a free entropy is evaluated on.
#[derive(Clone, Copy)]
enum Number {
    Value,
    Gradient,
    Hessian,
}

struct Weights<'a, 'b> {
    loss: &'a str,
    number: Number,
    bencher: Bencher<'a, 'b>,
}

struct Cost<'a, 'b, P> {
    prior: P,
    number: Number,
    bencher: Bencher<'a, 'b>,
}

impl PriorVisitor for Weights<'_, '_> {
    type Output = Option<()>;
    fn visit<P: Prior + 'static>(self, prior: P) -> Self::Output {
        let (number, bencher) = (self.number, self.bencher);
        let cost = Cost {
            prior,
            number,
            bencher,
        };
        with_loss(self.loss, cost)
    }
}

impl<P: Prior> LossVisitor for Cost<'_, '_, P> {
    type Output = ();
    fn visit<L: Loss + 'static>(self, loss: L) {
        // Error counting has its zero-temperature limit at once, the others are smooth.
        let beta = if loss.jumps() { f64::INFINITY } else { 2.0 };
        let p = Parameters {
            beta,
            ..Parameters::default()
        };
        let rs = Rs::<_, _, 3>::new(self.prior, loss, Data::Storage);
        let x = [0.0, -0.5];
        let rule = rs.freeze(&x, &p);
        let bencher = self.bencher;
        match self.number {
            Number::Value => bencher.bench(|| rs.terms(black_box(&x), &p, &rule).total()),
            Number::Gradient => {
                let seed = |i: usize| Dual1::<3>::from_re(x[i]).derivative(i);
                let (x, p) = ([seed(0), seed(1)], p.lift());
                bencher.bench(|| rs.terms(black_box(&x), &p, &rule).total().re());
            }
            Number::Hessian => {
                let x = [variable::<3>(x[0], 0), variable::<3>(x[1], 1)];
                let p = p.lift::<Dual2<3>>();
                bencher.bench(|| rs.terms(black_box(&x), &p, &rule).total().re());
            }
        }
    }
}

mod free_entropy {
    use super::*;

    fn models() -> Vec<String> {
        let pairs = WEIGHTS
            .iter()
            .flat_map(|w| LOSSES.iter().map(move |l| format!("{w} {l}")));
        pairs.collect()
    }

    fn cost(bencher: Bencher, model: &str, number: Number) {
        let (weights, loss) = model.split_once(' ').expect("two names");
        let visitor = Weights {
            loss,
            number,
            bencher,
        };
        with_prior(weights, visitor).flatten().expect("registered");
    }

    #[divan::bench(args = models())]
    fn value(bencher: Bencher, model: &str) {
        cost(bencher, model, Number::Value);
    }

    #[divan::bench(args = models())]
    fn gradient(bencher: Bencher, model: &str) {
        cost(bencher, model, Number::Gradient);
    }

    #[divan::bench(args = models())]
    fn hessian(bencher: Bencher, model: &str) {
        cost(bencher, model, Number::Hessian);
    }
}
