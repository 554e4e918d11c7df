//! The crate's own numerics against general-purpose packages, and what those cannot do here.
//!
//! | package | held against | finding |
//! | --- | --- | --- |
//! | quadrature | Gaussian averages | agrees on smooth integrands; loses digits on a step, unannounced by its own point limit |
//! | argmin | location of events | same capacity |
//! | statrs | Gaussian tail | agrees to 1e-9, which is its accuracy |

use argmin::core::{CostFunction, Executor, State};
use argmin::solver::brent::BrentRoot;
use quenched::math::{Feature, GaussMeasure, average, special};
use quenched::model::loss::Theta;
use quenched::model::prior::Binary;
use quenched::model::{Control, Data, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::model::model;
use quenched::solve::NotConverged;
use quenched::solve::event::bracketed_root;
use statrs::distribution::{ContinuousCDF, Normal};

/// Where the Gaussian measure is cut by both rules.
const CUT: f64 = 9.5;

fn double_exponential(f: impl Fn(f64) -> f64) -> quadrature::Output {
    quadrature::integrate(|z| special::gauss(z) * f(z), -CUT, CUT, 1e-12)
}

fn clenshaw_curtis(f: impl Fn(f64) -> f64) -> quadrature::Output {
    quadrature::clenshaw_curtis::integrate(|z| special::gauss(z) * f(z), -CUT, CUT, 1e-12)
}

#[test]
fn smooth_averages_agree_with_the_quadrature_package() {
    type Case = (&'static str, fn(f64) -> f64);
    let smooth: [Case; 4] = [
        ("ln 2cosh(0.7 z + 0.2)", |z| {
            special::ln_2cosh(0.7 * z + 0.2)
        }),
        ("tanh²(z)", |z| z.tanh().powi(2)),
        ("ln H(0.5 - z)", |z| special::ln_h(0.5 - z)),
        ("Mills²(0.3 - 0.8 z)", |z| {
            special::mills(0.3 - 0.8 * z).powi(2)
        }),
    ];
    for (name, f) in smooth {
        let ours = GaussMeasure::graded(&[]).average(f);
        let theirs = double_exponential(f);
        let difference = (ours.value - theirs.integral).abs();
        assert!(difference < 1e-11, "{name}: {difference:e}");
        assert!(ours.error < 1e-13, "{name}: {ours:?}");
    }
}

/// `∫Dz ln H(-√q z/√(1-q))` at q = 0.9999: its logarithmic step is 1e-2 wide.
#[test]
fn a_step_exhausts_general_rules_and_not_graded_panels() {
    let (q, v): (f64, f64) = (0.9999, 1e-4);
    let step = |z: f64| special::ln_h(-(q / v).sqrt() * z);
    let width = (v / q).sqrt();
    let ours = average(&[Feature { centre: 0.0, width }], step);
    // A second route to the same number: the substitution z = width·sinh(t), plain trapezoid.
    let reach = (CUT / width).asinh();
    let h = reach / 4000.0;
    let node = |i: i32| {
        let t = h * f64::from(i);
        let z = width * t.sinh();
        h * width * t.cosh() * special::gauss(z) * step(z)
    };
    let exact: f64 = (-4000..=4000).map(node).sum();
    let error = |x: f64| (x / exact - 1.0).abs();
    assert!(error(ours.value) < 1e-14, "{:e}", error(ours.value));
    assert!(ours.error < 1e-14 * exact.abs(), "{ours:?}");

    // Asked for 1e-12, both rules stop at their largest number of points, far from it.
    for theirs in [double_exponential(step), clenshaw_curtis(step)] {
        assert!(error(theirs.integral) > 1e-6, "{theirs:?}");
        assert!(theirs.num_function_evaluations < 400, "{theirs:?}");
    }
    // Left without the feature, our rule reports that it is not resolved.
    let blind = GaussMeasure::graded(&[]).average(step);
    let miss = (blind.value - exact).abs();
    assert!(miss > 1e-9 * exact.abs(), "{blind:?}");
    assert!(blind.error > 0.5 * miss, "{blind:?} missed by {miss:e}");
}

/// Entropy of the solutions of the binary perceptron at κ = 0.
struct Entropy {
    perceptron: Ensemble,
    start: Vec<f64>,
}

impl Entropy {
    fn new() -> Result<Self, NotConverged> {
        let perceptron = Ensemble::new(
            std::sync::Arc::new(Binary),
            std::sync::Arc::new(Theta),
            Data::Storage,
        );
        let p = Parameters {
            alpha: 0.8,
            ..Parameters::default()
        };
        let start = perceptron
            .solve_from(&perceptron.starts()[0], &p, Control::Alpha)?
            .x;
        Ok(Entropy { perceptron, start })
    }

    fn at(&self, alpha: f64) -> Result<f64, NotConverged> {
        let p = Parameters {
            alpha,
            ..Parameters::default()
        };
        self.perceptron
            .solve_from(&self.start, &p, Control::Alpha)
            .map(|s| s.value)
    }
}

impl CostFunction for &Entropy {
    type Param = f64;
    type Output = f64;

    fn cost(&self, alpha: &f64) -> Result<f64, argmin::core::Error> {
        Ok(self.at(*alpha)?)
    }
}

#[test]
fn the_capacity_is_where_argmin_finds_it() {
    let entropy = Entropy::new().expect("below capacity");
    let (low, high) = (0.8, 0.87);
    let ends = [low, high].map(|a| (a, entropy.at(a).expect("converges")));
    let ours = bracketed_root(ends[0], ends[1], 1e-14, |a| entropy.at(a)).expect("converges");
    let run = Executor::new(&entropy, BrentRoot::new(low, high, 1e-14))
        .run()
        .expect("converges");
    let theirs = *run.state().get_best_param().expect("a root");
    assert!((ours.x - theirs).abs() < 1e-12, "{} {theirs}", ours.x);
    assert!((ours.x - 0.833_078_599_739_58).abs() < 1e-12, "{}", ours.x);
    assert!(ours.evaluations <= 12, "{ours:?}");
}

#[test]
fn the_gaussian_tail_agrees_with_statrs_to_its_accuracy() {
    let normal = Normal::standard();
    let mut worst: f64 = 0.0;
    for i in -80..=320 {
        let x = f64::from(i) / 10.0;
        worst = worst.max((normal.sf(x) / special::h(x) - 1.0).abs());
    }
    assert!(worst < 1e-9, "{worst:e}");
    // Why the core does not use it: Newton's method needs the digits that are missing.
    assert!(
        worst > 1e-12,
        "{worst:e}: statrs is now good enough to be reconsidered"
    );
}

/// The last weights that satisfy a teacher's patterns with a margin of two, by 25-digit quadrature of
/// (TH.21): the cosine and the load.
#[test]
fn the_last_weights_around_a_teacher() {
    let perceptron = model("spherical", "teacher", "theta").expect("registered");
    let p = Parameters {
        kappa: 2.0,
        ..Parameters::default()
    };
    let (m, alpha) = perceptron.spherical_capacity(&p);
    assert!((m - 0.362_572_448_906_150_5).abs() < 1e-14, "{m}");
    assert!((alpha - 0.226_607_629_159_735_4).abs() < 1e-14, "{alpha}");
}
