//! The Gibbs measure of a Gaussian mixture and its separability, against
//! `mixture/mixture-error-counting.json` and `mixture/mixture-separability.json`.

use crate::reference::{Entry, Ledger, table};
use quenched::model::{Bias, Control, Disorder, Mixture, Parameters, loss::ZeroSet};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::model::mixture_model;
use quenched::replica::reason::Missing;
use quenched::replica::state::{Outcome, State};
use quenched::replica::sweep::Branches;
use quenched::replica::threshold::Quantity;
use quenched::replica::unit_overlap::largest_load::largest_load;
use quenched::solve::saddle;

fn mixture(row: &Entry) -> Mixture {
    Mixture::new(row.number("Delta"), row.number("rho")).expect("valid")
}

fn parameters(alpha: f64, beta: f64) -> Parameters {
    Parameters {
        alpha,
        beta,
        ..Parameters::default()
    }
}

fn state(model: &Ensemble, p: &Parameters) -> State {
    let outcome = model
        .sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant)
        .remove(0);
    outcome
        .dominant()
        .unwrap_or_else(|| panic!("{p:?}: {outcome:?}"))
        .clone()
}

fn errors(mixture: Mixture, bias: Bias) -> Ensemble {
    mixture_model("spherical", "theta", mixture, bias).expect("registered")
}

#[test]
fn counting_errors() {
    let file = table("mixture/mixture-error-counting.json");
    let mut ledger = Ledger::default();
    let mut slowest = (0.0, String::new());
    for row in &file.rows("table") {
        let bias = match row.flag("b_opt") {
            true => Bias::Learned,
            false => Bias::Fixed(row.number("b")),
        };
        let p = parameters(row.number("alpha"), row.number("beta"));
        let label = format!("{} {p:?} {bias:?}", row.at("Delta"));
        let start = std::time::Instant::now();
        let state = state(&errors(mixture(row), bias), &p);
        let seconds = start.elapsed().as_secs_f64();
        if seconds > slowest.0 {
            slowest = (seconds, label.clone());
        }
        let o = state.observables;
        let phi = if p.beta.is_finite() {
            o.free_entropy
        } else {
            o.entropy
        };
        for (key, got) in [
            ("q", o.q),
            ("m", o.m),
            ("b", o.bias),
            ("phi", phi),
            ("entropy", o.entropy),
            ("train_err", o.training_error),
            ("gen_err", o.generalization_error),
            ("AT", o.at_stability),
        ] {
            ledger.close(&label, key, got, row.number(key), 1e-11);
        }
        ledger.check(
            &format!("{label} {}", state.residual),
            state.residual < 1e-11,
        );
        ledger.check(
            &format!("{label} {}", state.error_estimate),
            state.error_estimate < 1e-10,
        );
    }
    println!("slowest: {slowest:?}");
    ledger.end(50 * 10);
}

#[test]
fn separable_loads() {
    let file = table("mixture/mixture-separability.json");
    let mut ledger = Ledger::default();
    for row in &file.rows("table") {
        let bias = match row.text("b") {
            "optimised" => Bias::Learned,
            "zero" => Bias::Fixed(0.0),
            other => panic!("bias {other}"),
        };
        let label = format!("{} {} {bias:?}", row.at("Delta"), row.at("rho"));
        let found = largest_load(
            &Disorder::Clusters(mixture(row), bias),
            ZeroSet::HalfLine(0.0),
        )
        .expect("exists");
        ledger.close(
            &label,
            "alpha_c",
            Some(found.alpha),
            row.number("alpha_c"),
            2e-14,
        );
        ledger.close(&label, "m", Some(found.m), row.number("m"), 1e-8);
        ledger.close(&label, "b", Some(found.bias), row.number("b_star"), 1e-8);
        let threshold = errors(mixture(row), bias)
            .threshold(Quantity::Capacity, &parameters(1.0, f64::INFINITY))
            .expect("closed form");
        ledger.close(
            &label,
            "threshold",
            Some(threshold.value),
            row.number("alpha_c"),
            2e-14,
        );
    }
    ledger.end(18 * 4);
}

/// A saddle point of `φ` with all other parameters fixed.
fn free_entropy(model: &Ensemble, x: &[f64], p: &Parameters) -> f64 {
    saddle::solve(&*model.rs, x, p, Control::Alpha, &model.tolerances)
        .expect("converges")
        .value
}

#[test]
fn derivatives_of_the_free_entropy() {
    let mut ledger = Ledger::default();
    let step = 1e-3;
    let slope = |f: &dyn Fn(f64) -> f64| {
        (8.0 * (f(step) - f(-step)) - (f(2.0 * step) - f(-2.0 * step))) / (12.0 * step)
    };
    let mixture = Mixture::new(0.8, 0.3).expect("valid");
    for (weights, loss) in [
        ("spherical", "theta"),
        ("binary", "theta"),
        ("spherical", "square"),
        ("spherical", "hinge"),
        ("binary", "cross-entropy"),
    ] {
        for bias in [Bias::Fixed(0.2), Bias::Fixed(0.0)] {
            let model = mixture_model(weights, loss, mixture, bias).expect("registered");
            let p = parameters(1.3, 1.7);
            let at = state(&model, &p);
            let label = format!("{weights} {loss} {bias:?}");
            // dφ/dβ = -α ε.
            let by_beta = slope(&|d| free_entropy(&model, &at.x, &parameters(1.3, 1.7 + d)));
            let loss_of = at.observables.training_loss.map(|e| -1.3 * e);
            ledger.close(&label, "slope in β", loss_of, Some(by_beta), 2e-11);
            // The gradient of what is evaluated vanishes by finite differences too.
            let rule = model.rs.freeze(&at.x, &p).refined();
            let value = |x: &[f64]| model.rs.evaluate(x, &p, Control::Alpha, &rule).value;
            for i in 0..at.x.len() {
                let moved = |d: f64| {
                    let mut x = at.x.clone();
                    x[i] += d;
                    value(&x)
                };
                ledger.close(&label, "gradient", Some(slope(&moved)), Some(0.0), 1e-11);
            }
            // Hessian and control derivatives against differences of gradients.
            let x: Vec<f64> = at.x.iter().map(|x| x + 0.05).collect();
            let here = model.rs.evaluate(&x, &p, Control::Beta, &rule);
            for i in 0..x.len() {
                for j in 0..x.len() {
                    let gradient = |d: f64| {
                        let mut y = x.clone();
                        y[j] += d;
                        model.rs.evaluate(&y, &p, Control::Alpha, &rule).gradient[i]
                    };
                    let want = Some(slope(&gradient));
                    ledger.close(&label, "hessian", Some(here.hessian[(i, j)]), want, 1e-9);
                }
                let gradient = |d: f64| {
                    let there = parameters(1.3, 1.7 + d);
                    model
                        .rs
                        .evaluate(&x, &there, Control::Alpha, &rule)
                        .gradient[i]
                };
                ledger.close(
                    &label,
                    "mixed",
                    Some(here.mixed[i]),
                    Some(slope(&gradient)),
                    1e-9,
                );
            }
        }
    }
    ledger.end(250);
}

#[test]
fn symmetries_and_limits() {
    // Without bias nothing depends on the fraction of labels; with one, only on which is which.
    let p = parameters(1.5, 2.0);
    let at = |rho: f64, b: f64| {
        let mixture = Mixture::new(1.0, rho).expect("valid");
        state(&errors(mixture, Bias::Fixed(b)), &p).observables
    };
    assert_eq!(at(0.5, 0.0).q, at(0.2, 0.0).q);
    let (left, right) = (at(0.2, -0.3), at(0.8, 0.3));
    assert!((left.free_entropy.unwrap() - right.free_entropy.unwrap()).abs() < 1e-13);
    // Wide clusters are random labels: the capacity is two.
    let wide = Mixture::new(1e8, 0.5).expect("valid");
    let found = largest_load(
        &Disorder::Clusters(wide, Bias::Fixed(0.0)),
        ZeroSet::HalfLine(0.0),
    )
    .expect("exists");
    assert!((found.alpha - 2.0).abs() < 1e-7);
    let storage = quenched::replica::model::model("spherical", "storage", "theta").expect("known");
    let (q, wide) = (
        state(&storage, &p).observables.q.unwrap(),
        state(&errors(wide, Bias::Fixed(0.0)), &p).observables,
    );
    assert!((q - wide.q.unwrap()).abs() < 1e-7);
    // The overlap tends to one at the separability threshold, for the best bias the last.
    let mixture = Mixture::new(1.0, 0.2).expect("valid");
    for bias in [Bias::Learned, Bias::Fixed(0.0)] {
        let limit = largest_load(&Disorder::Clusters(mixture, bias), ZeroSet::HalfLine(0.0))
            .expect("exists");
        let near = state(
            &errors(mixture, bias),
            &parameters(0.999 * limit.alpha, f64::INFINITY),
        );
        let o = near.observables;
        assert!(o.q.unwrap() > 0.995 && (o.m.unwrap() - limit.m).abs() < 3e-3);
        assert!((o.bias.unwrap() - limit.bias).abs() < 1e-3);
        let beyond = parameters(1.001 * limit.alpha, f64::INFINITY);
        let outcome = errors(mixture, bias)
            .sweep(&beyond, Control::Alpha, &[beyond.alpha], Branches::Dominant)
            .remove(0);
        assert!(
            matches!(outcome, Outcome::Missing(Missing::Absent { .. })),
            "{outcome:?}"
        );
    }
}

/// Ground states on the sphere are the limit of low temperatures, of every loss.
#[test]
fn zero_temperature() {
    let mixture = Mixture::new(0.8, 0.3).expect("valid");
    for loss in ["square", "hinge", "cross-entropy"] {
        let model = mixture_model("spherical", loss, mixture, Bias::Fixed(0.1)).expect("known");
        let ground = state(&model, &parameters(6.0, f64::INFINITY)).observables;
        let gap = |beta: f64| {
            let o = state(&model, &parameters(6.0, beta)).observables;
            assert!((beta * (1.0 - o.q.unwrap()) - ground.chi.unwrap()).abs() < 10.0 / beta);
            o.m.unwrap() - ground.m.unwrap()
        };
        let (warm, cold) = (gap(500.0), gap(1000.0));
        // Corrections fall as 1/β, and more slowly where a kink holds a part of the patterns.
        let fall = if loss == "hinge" { 1.35 } else { 1.9 };
        let falls = cold.abs() < 2e-3 && warm / cold > fall;
        assert!(falls, "{loss} {warm} {cold}");
    }
}

/// Identity (MX.10): typical classifiers know of the axis what their stabilities tell.
#[test]
fn stabilities_tell_the_overlap() {
    for bias in [Bias::Fixed(0.0), Bias::Fixed(-0.4)] {
        let mixture = Mixture::new(0.8, 0.3).expect("valid");
        let model = errors(mixture, bias);
        let p = parameters(1.5, 1.2);
        let at = state(&model, &p);
        let (q, m) = (at.observables.q.unwrap(), at.observables.m.unwrap());
        let b = at.observables.bias.unwrap();
        // Mean stability of the tilted measure at cavity field ω, by plain sums.
        let v: f64 = 0.8 * (1.0 - q);
        let mean = |y: f64| -> f64 {
            let gauss = |z: f64| (-0.5 * z * z).exp();
            let nodes = |n: i32| (-n..=n).map(move |i| f64::from(i) * 9.0 / f64::from(n));
            let (mut total, mut norm) = (0.0, 0.0);
            for z in nodes(300) {
                let omega = m + y * b + (0.8 * q).sqrt() * z;
                // Integrate over both sides of the step with their weights.
                let side = |low: f64, high: f64| {
                    let n = 400;
                    let h = (high - low) / f64::from(n);
                    (0..=n).fold((0.0, 0.0), |(a, c), i| {
                        let x = low + h * f64::from(i);
                        let simpson = if i == 0 || i == n {
                            1.0
                        } else {
                            2.0 + 2.0 * f64::from(i % 2)
                        };
                        let w = h / 3.0 * simpson * gauss((x - omega) / v.sqrt());
                        (a + w, c + w * x)
                    })
                };
                let below = side(omega.min(0.0) - 9.0 * v.sqrt(), 0.0);
                let above = side(0.0, omega.max(0.0) + 9.0 * v.sqrt());
                let cost = (-p.beta).exp();
                let stability = (cost * below.1 + above.1) / (cost * below.0 + above.0);
                total += gauss(z) * stability;
                norm += gauss(z);
            }
            total / norm - y * b
        };
        let told = mixture.mean(mean) / (1.0 + 0.8 / 1.5);
        assert!((told - m).abs() < 1e-9, "{told} {m}");
    }
}

/// The largest load of a window among clusters, against the same maximum from plain sums (MX.28).
#[test]
fn the_largest_load_of_a_window() {
    let mixture = Mixture::new(0.6, 0.3).expect("a mixture");
    let (low, high) = (-1.1, 1.4);
    let bias = 0.2;
    let load = |m: f64| {
        let step = 1e-3;
        let missing = mixture.mean(|y| {
            let term = |i: i32| {
                let z = step * f64::from(i);
                let field = m + y * bias + mixture.delta().sqrt() * z;
                let distance = (low - field).max(0.0) + (field - high).max(0.0);
                step * (-0.5 * z * z).exp() * distance * distance
            };
            (-10_000..=10_000).map(term).sum::<f64>() / std::f64::consts::TAU.sqrt()
        });
        mixture.delta() * (1.0 - m * m) / missing
    };
    let window = ZeroSet::Interval(low, high);
    let last =
        largest_load(&Disorder::Clusters(mixture, Bias::Fixed(bias)), window).expect("exists");
    assert!((load(last.m) - last.alpha).abs() < 1e-5 * last.alpha);
    for by in [-0.05, 0.05] {
        assert!(load(last.m + by) < last.alpha, "{by}");
    }
}

/// With a negative margin patterns can be satisfied and wrong: just below capacity the fraction of them
/// is that of the Gibbs measure.
#[test]
fn errors_at_a_capacity_of_negative_margin() {
    let mixture = Mixture::new(0.8, 0.4).expect("a mixture");
    let model = mixture_model("spherical", "theta", mixture, Bias::Fixed(0.1)).expect("registered");
    let p = Parameters {
        kappa: -0.4,
        beta: f64::INFINITY,
        ..Parameters::default()
    };
    let capacity = model.threshold(Quantity::Capacity, &p).expect("exists");
    let at_capacity = capacity.state.observables.training_error.expect("known");
    let error = |share: f64| {
        let alpha = share * capacity.value;
        let found = model.sweep(&p, Control::Alpha, &[alpha], Branches::Dominant);
        let state = found[0].dominant().expect("below capacity").observables;
        state.training_error.expect("known")
    };
    let (near, nearer) = (error(0.999), error(0.9999));
    assert!(at_capacity > 0.01, "{at_capacity}");
    assert!((nearer - at_capacity).abs() < 0.2 * (near - at_capacity).abs());
    assert!(
        (nearer - at_capacity).abs() < 1e-3,
        "{nearer} {at_capacity}"
    );
}
