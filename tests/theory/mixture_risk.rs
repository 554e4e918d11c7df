//! Risk minimisation on a Gaussian mixture, against `mixture/mixture-risk-minimisation.json` and
//! `mixture/mixture-norm-constrained.json`.

use crate::reference::{Entry, Ledger, table};
use quenched::model::Constraint;
use quenched::model::{Bias, Control, Mixture, Parameters};
use quenched::replica::closed_form::least_squares;
use quenched::replica::learning::Learning;
use quenched::replica::reason::Reason;
use quenched::replica::state::{Outcome, State};
use quenched::solve::Stationary;

fn mixture(row: &Entry) -> Mixture {
    Mixture::new(row.number("Delta"), row.number("rho")).expect("valid")
}

fn parameters(alpha: f64) -> Parameters {
    Parameters {
        alpha,
        gamma: 0.5,
        ..Parameters::default()
    }
}

fn name(loss: &str) -> &str {
    if loss == "ce0.5" {
        "cross-entropy"
    } else {
        loss
    }
}

fn minimiser(
    loss: &str,
    mixture: Mixture,
    bias: Bias,
    constraint: Constraint,
    alpha: f64,
) -> State {
    let learning = Learning::new(loss, mixture, bias, constraint).expect("registered");
    let outcome = learning.solve(&parameters(alpha));
    let label = format!("{loss} {mixture:?} {bias:?} {constraint:?} {alpha}");
    outcome
        .dominant()
        .unwrap_or_else(|| panic!("{label}: {outcome:?}"))
        .clone()
}

/// What rows hold of every minimiser.
const OF_ALL: [&str; 7] = ["m", "b", "cos", "train_loss", "train_err", "gen_err", "lam"];

/// Compares `keys`, which the row holds, of the minimiser of `loss` on clusters of variance `delta`.
fn compare(
    ledger: &mut Ledger,
    label: &str,
    (loss, delta): (&str, f64),
    state: &State,
    (row, keys): (&Entry, &[&str]),
    tolerance: f64,
) {
    let o = state.observables;
    let values = [
        ("m", o.m),
        ("q", o.q),
        ("b", o.bias),
        ("cos", o.cosine),
        ("V", o.chi),
        ("gamma", o.chi.map(|v| v * delta)),
        ("train_loss", o.training_loss),
        ("train_err", o.training_error),
        ("gen_err", o.generalization_error),
        ("f", o.ground_state_energy),
        ("lam", o.lambda),
    ];
    for key in keys {
        let found = values.iter().find(|(name, _)| name == key);
        let (_, got) = found.unwrap_or_else(|| panic!("{key} is not a quantity"));
        // Where the ridge is so strong that the hinge's clusters hardly spread, exact moments of the
        // truncated Gaussians in 30 digits side with this crate (MX.22).
        let coarse = *key == "cos" && loss == "hinge" && row.number("lam") == 1e4;
        let tolerance = if coarse { 2e-9 } else { tolerance };
        let what = format!("{loss} {key}");
        ledger.close(label, &what, *got, row.number(key), tolerance);
    }
    let error = |key: &str, value: f64| format!("{label} {key} {value:e}");
    ledger.check(&error("residual", state.residual), state.residual < 1e-11);
    ledger.check(
        &error("error estimate", state.error_estimate),
        state.error_estimate < 1e-10,
    );
}

#[test]
fn ridge() {
    let file = table("mixture/mixture-risk-minimisation.json");
    let mut ledger = Ledger::default();
    let mut slowest = (0.0, String::new());
    for row in &file.rows("table") {
        let loss = name(row.text("loss"));
        let bias = match row.text("bias") {
            "learned" => Bias::Learned,
            "zero" => Bias::Fixed(0.0),
            other => panic!("bias {other}"),
        };
        let lambda = row.number("lam");
        let label = format!(
            "{loss} alpha={} delta={} rho={} lambda={lambda} {bias:?}",
            row.at("alpha"),
            row.at("Delta"),
            row.at("rho")
        );
        let start = std::time::Instant::now();
        let state = minimiser(
            loss,
            mixture(row),
            bias,
            Constraint::Ridge(lambda),
            row.number("alpha"),
        );
        let seconds = start.elapsed().as_secs_f64();
        if seconds > slowest.0 {
            slowest = (seconds, label.clone());
        }
        let keys = [&OF_ALL[..], &["q", "V", "gamma", "f"]].concat();
        let about = (loss, row.number("Delta"));
        compare(&mut ledger, &label, about, &state, (row, &keys), 1e-11);
    }
    println!("slowest: {slowest:?}");
    ledger.end(192 * 13);
}

#[test]
fn norm_of_the_square_loss() {
    let file = table("mixture/mixture-norm-constrained.json");
    let mut ledger = Ledger::default();
    for case in &file.rows("mse") {
        for (key, bias) in [("curve", Bias::Learned), ("curve_b0", Bias::Fixed(0.0))] {
            for row in &case.rows(key) {
                let norm = row.number("Q");
                let label = format!(
                    "alpha={} delta={} rho={} norm={norm} {bias:?}",
                    case.at("alpha"),
                    case.at("Delta"),
                    case.at("rho")
                );
                let state = minimiser(
                    "square",
                    mixture(case),
                    bias,
                    Constraint::Norm(norm),
                    case.number("alpha"),
                );
                // Interpolators of more than the least norm have no response.
                let mut keys = OF_ALL.to_vec();
                keys.extend(row.has("gamma").then_some("gamma"));
                let about = ("square", case.number("Delta"));
                compare(&mut ledger, &label, about, &state, (row, &keys), 1e-11);
                let o = state.observables;
                let best = mixture(case).best_bias(o.m.expect("m"), norm);
                ledger.close(&label, "b_opt", Some(best), row.number("b_opt"), 1e-10);
                let best = mixture(case).error(o.m.expect("m"), norm, best);
                ledger.close(
                    &label,
                    "gen_err_bopt",
                    Some(best),
                    row.number("gen_err_bopt"),
                    1e-11,
                );
            }
        }
    }
    ledger.end(630 * 11 + 555);
}

#[test]
fn norm_of_the_cross_entropy() {
    let file = table("mixture/mixture-norm-constrained.json");
    let mut ledger = Ledger::default();
    for row in &file.rows("ce") {
        let norm = row.number("Q");
        let label = format!(
            "alpha={} delta={} rho={} norm={norm}",
            row.at("alpha"),
            row.at("Delta"),
            row.at("rho")
        );
        let state = minimiser(
            "cross-entropy",
            mixture(row),
            Bias::Learned,
            Constraint::Norm(norm),
            row.number("alpha"),
        );
        // A norm that is given costs nothing: there is no f.
        let keys = [&OF_ALL[..], &["q", "V", "gamma"]].concat();
        let about = ("cross-entropy", row.number("Delta"));
        compare(&mut ledger, &label, about, &state, (row, &keys), 1e-10);
    }
    ledger.end(18 * 12);
}

#[test]
fn the_square_loss_in_closed_form() {
    let mut ledger = Ledger::default();
    for (alpha, delta, rho) in [(0.5, 1.0, 0.3), (2.0, 0.6, 0.5), (5.0, 1.7, 0.15)] {
        let mixture = Mixture::new(delta, rho).expect("valid");
        for bias in [Bias::Learned, Bias::Fixed(-0.2)] {
            for lambda in [1e-3, 0.5, 20.0] {
                let constraint = Constraint::Ridge(lambda);
                let closed =
                    least_squares::minimum(&mixture, alpha, bias, constraint).expect("exists");
                let general = minimiser("square", mixture, bias, constraint, alpha);
                let label = format!("{alpha} {delta} {rho} {bias:?} {lambda}");
                let o = general.observables;
                ledger.close(&label, "m", o.m, Some(closed.m), 1e-12);
                ledger.close(&label, "q", o.q, Some(closed.q), 1e-12);
                ledger.close(&label, "b", o.bias, Some(closed.bias), 1e-12);
                ledger.close(
                    &label,
                    "loss",
                    o.training_loss,
                    Some(closed.training_loss),
                    1e-12,
                );
                let again =
                    least_squares::minimum(&mixture, alpha, bias, Constraint::Norm(closed.q));
                let lambda_again = again.map(|s| s.lambda);
                ledger.close(&label, "lambda", lambda_again, Some(lambda), 1e-10);
            }
        }
    }
    ledger.end(18 * 5);
}

#[test]
fn a_curve_is_made_of_its_points() {
    let mixture = Mixture::new(1.0, 0.2).expect("valid");
    let values: Vec<f64> = (1..=200).map(|i| 0.05 * f64::from(i)).collect();
    for loss in ["square", "cross-entropy", "hinge"] {
        let learning = Learning::new(loss, mixture, Bias::Learned, Constraint::Ridge(0.3))
            .expect("registered");
        let start = std::time::Instant::now();
        let curve = learning.curve(&parameters(1.0), Control::Alpha, &values);
        let seconds = start.elapsed().as_secs_f64();
        println!("{loss}: {seconds} s for 200 points");
        for i in [0, 40, 199] {
            let point = learning.solve(&parameters(values[i]));
            let (a, b) = (curve[i].dominant().unwrap(), point.dominant().unwrap());
            let (a, b) = (a.observables.m.unwrap(), b.observables.m.unwrap());
            assert!((a - b).abs() < 1e-12, "{loss} {i}: {a} {b}");
        }
        assert!(curve.iter().all(|o| o.dominant().is_some()), "{loss}");
    }
}

/// Values of a separate Python code: `scipy.integrate.quad` over bisected proximal points, the four
/// equations (MX.15) by `fsolve`.
#[test]
fn points_of_another_code() {
    let mut ledger = Ledger::default();
    type Case = (&'static str, f64, [f64; 3], Constraint, [f64; 5]);
    let cases: [Case; 3] = [
        (
            "cross-entropy",
            2.0,
            [1.5, 0.7, 0.35],
            Constraint::Ridge(0.2),
            [
                0.41548425706619646,
                0.3226994037123404,
                1.7676536357790915,
                -0.18247780182458787,
                0.03093570231195667,
            ],
        ),
        (
            "cross-entropy",
            2.0,
            [3.0, 1.6, 0.3],
            Constraint::Norm(0.8),
            [
                0.5529454970255954,
                0.8,
                2.30550810030665,
                -0.41956440842004167,
                0.04344341716641982,
            ],
        ),
        (
            "hinge",
            0.5,
            [1.5, 0.7, 0.35],
            Constraint::Ridge(0.4),
            [
                0.7211170831081785,
                1.0370878128618826,
                0.839746032571482,
                -0.3029903336646254,
                0.1241850127671856,
            ],
        ),
    ];
    for (loss, gamma, [alpha, delta, rho], constraint, want) in cases {
        let mixture = Mixture::new(delta, rho).expect("valid");
        let learning = Learning::new(loss, mixture, Bias::Learned, constraint).expect("known");
        let p = Parameters {
            gamma,
            ..parameters(alpha)
        };
        let outcome = learning.solve(&p);
        let o = outcome.dominant().expect("converges").observables;
        let got = [o.m, o.q, o.chi.map(|v| v * delta), o.bias, o.training_loss];
        for ((name, got), want) in ["m", "q", "chi", "b", "loss"]
            .into_iter()
            .zip(got)
            .zip(want)
        {
            ledger.close(loss, name, got, Some(want), 1e-11);
        }
    }
    ledger.end(15);
}

/// The minimum is stationary: its derivative in the ridge is `q/2`, in the load the mean envelope, in
/// a norm that is given minus half the multiplier.
#[test]
fn derivatives_of_the_minimum() {
    let mut ledger = Ledger::default();
    let energy = |state: &State| state.observables.ground_state_energy.expect("an energy");
    let step = 1e-3;
    // Fourth-order central differences.
    let slope = |f: &dyn Fn(f64) -> f64| {
        (8.0 * (f(step) - f(-step)) - (f(2.0 * step) - f(-2.0 * step))) / (12.0 * step)
    };
    let mixture = Mixture::new(0.8, 0.3).expect("valid");
    for loss in ["square", "cross-entropy", "hinge"] {
        for bias in [Bias::Learned, Bias::Fixed(0.3)] {
            let at = |alpha: f64, constraint| minimiser(loss, mixture, bias, constraint, alpha);
            let label = format!("{loss} {bias:?}");
            let o = at(1.7, Constraint::Ridge(0.6)).observables;
            let by_lambda = slope(&|d| energy(&at(1.7, Constraint::Ridge(0.6 + d))));
            ledger.close(&label, "q/2", o.q.map(|q| 0.5 * q), Some(by_lambda), 3e-11);
            let by_alpha = slope(&|d| energy(&at(1.7 + d, Constraint::Ridge(0.6))));
            // A further pattern costs the envelope, its loss and what it moves the weights by.
            let (q, m, v) = (o.q.unwrap(), o.m.unwrap(), o.chi.unwrap());
            let envelope = o
                .training_loss
                .map(|loss| loss + (q - m * m) / (2.0 * 1.7 * v));
            ledger.close(&label, "envelope", envelope, Some(by_alpha), 3e-11);
            let o = at(1.7, Constraint::Norm(0.5)).observables;
            let by_norm = slope(&|d| energy(&at(1.7, Constraint::Norm(0.5 + d))));
            ledger.close(&label, "lambda", o.lambda, Some(-2.0 * by_norm), 1e-9);
            // The two routes meet: the multiplier of a norm is the ridge that gives it.
            let ridge = o.lambda.filter(|l| *l > 0.0).expect("positive here");
            let again = at(1.7, Constraint::Ridge(ridge)).observables;
            ledger.close(&label, "norm", again.q, Some(0.5), 1e-12);
        }
    }
    ledger.end(24);
}

#[test]
fn the_sharpness_is_a_control_and_a_unit() {
    let mixture = Mixture::new(0.8, 0.3).expect("valid");
    let (gamma, lambda) = (1.3, 0.4);
    let learning = |lambda| {
        Learning::new(
            "cross-entropy",
            mixture,
            Bias::Learned,
            Constraint::Ridge(lambda),
        )
        .expect("known")
    };
    let at = |gamma: f64, lambda: f64| {
        let p = Parameters {
            gamma,
            ..parameters(2.0)
        };
        let outcome = learning(lambda).solve(&p);
        outcome.dominant().expect("converges").observables
    };
    // 2γ(w, b) minimise the logistic loss with ridge λ/(2γ).
    let (sharp, logistic) = (at(gamma, lambda), at(0.5, lambda / (2.0 * gamma)));
    assert!((2.0 * gamma * sharp.m.unwrap() - logistic.m.unwrap()).abs() < 1e-12);
    assert!((2.0 * gamma * sharp.bias.unwrap() - logistic.bias.unwrap()).abs() < 1e-12);
    assert!(
        (sharp.generalization_error.unwrap() - logistic.generalization_error.unwrap()).abs()
            < 1e-13
    );
    // Along the sharpness the curve follows its exact tangent.
    let values = [1.3, 1.4, 1.6, 2.0, 3.0];
    let p = Parameters {
        gamma,
        ..parameters(2.0)
    };
    let curve = learning(lambda).curve(&p, Control::Gamma, &values);
    for (outcome, value) in curve.iter().zip(values) {
        let m = outcome
            .dominant()
            .expect("converges")
            .observables
            .m
            .unwrap();
        assert!((m - at(value, lambda).m.unwrap()).abs() < 1e-12);
    }
    let minimum = learning(lambda);
    let x = &minimum.solve(&p).dominant().expect("converges").x.clone();
    let rule = minimum.minimiser().freeze(x, &p);
    let here = minimum.minimiser().evaluate(x, &p, Control::Gamma, &rule);
    let energy = |d: f64| at(gamma + d, lambda).ground_state_energy.unwrap();
    let slope = (energy(1e-4) - energy(-1e-4)) / 2e-4;
    // The functional is minus the energy.
    assert!((here.control_slope + slope).abs() < 1e-8);
}

#[test]
fn limits() {
    // λ → ∞, balanced: every loss becomes Hebb's rule, which is Bayes-optimal.
    let balanced = Mixture::new(1.2, 0.5).expect("valid");
    let optimal = quenched::replica::closed_form::classifier::bayes_optimal(&balanced, 1.5);
    for loss in ["square", "cross-entropy", "hinge"] {
        let gap = |lambda: f64| {
            let o = minimiser(
                loss,
                balanced,
                Bias::Learned,
                Constraint::Ridge(lambda),
                1.5,
            )
            .observables;
            optimal.cosine() - o.cosine.unwrap()
        };
        assert!(gap(1e3).abs() < 1e-5, "{loss} {}", gap(1e3));
        // Never better than Bayes.
        assert!([0.1, 1.0, 10.0].iter().all(|l| gap(*l) > -1e-14), "{loss}");
    }
    // α → ∞: the logistic loss becomes the oracle whatever the fraction of labels.
    let odd = Mixture::new(1.2, 0.2).expect("valid");
    let oracle =
        quenched::replica::closed_form::classifier::oracle(&odd).generalization_error(&odd);
    let error = |alpha: f64| {
        let o = minimiser(
            "cross-entropy",
            odd,
            Bias::Learned,
            Constraint::Ridge(1.0),
            alpha,
        )
        .observables;
        o.generalization_error.unwrap() - oracle
    };
    assert!(error(1e4) > 0.0 && error(1e4) < 3e-5, "{}", error(1e4));
    assert!((error(1e3) / error(1e4) - 10.0).abs() < 0.1);
    // λ → ∞ with a learned bias: the direction of the square loss loses what centring discards.
    let o = minimiser("square", odd, Bias::Learned, Constraint::Ridge(1e6), 2.0).observables;
    let centred = 2.0 * (1.0 - 0.36);
    assert!((o.cosine.unwrap().powi(2) - centred / (centred + 1.2)).abs() < 1e-5);
    // Beyond the shortest interpolator there is a manifold of zero loss, of the same overlap.
    let o = minimiser("square", odd, Bias::Learned, Constraint::Norm(40.0), 0.6).observables;
    let shortest = least_squares::shortest_interpolator(&odd, 0.6, Bias::Learned).unwrap();
    assert_eq!((o.m, o.training_loss), (Some(shortest.m), Some(0.0)));
    let near = minimiser("square", odd, Bias::Learned, Constraint::Ridge(1e-9), 0.6).observables;
    assert!((near.q.unwrap() - shortest.q).abs() < 1e-7);
}

/// Ridge classifiers of losses on pieces, with a learned bias.
fn on_pieces(loss: &str, p: &Parameters) -> State {
    let mixture = Mixture::new(0.5, 0.4).expect("valid");
    let learning = Learning::new(loss, mixture, Bias::Learned, Constraint::Ridge(0.5));
    let outcome = learning.expect("registered").solve(p);
    outcome.dominant().expect("a minimiser").clone()
}

/// Against the means of 20 systems of 400 weights, minimised by another program (scipy, L-BFGS), with
/// their standard errors.
#[test]
fn losses_on_pieces_among_clusters() {
    let of = |kappa: f64, width: f64| {
        let mut p = Parameters {
            alpha: 1.5,
            kappa,
            ..Parameters::default()
        };
        p.own[0] = width;
        p
    };
    for (loss, p, means, errors) in [
        (
            "squared-hinge",
            of(1.0, 1.0),
            [0.438_766, 0.529_672, -0.123_863, 0.084_671],
            [0.001_452, 0.002_349, 0.003_638, 0.001_573],
        ),
        (
            "huber-hinge",
            of(0.0, 1.0),
            [0.436_500, 0.532_283, -0.120_201, 0.083_137],
            [0.001_646, 0.001_552, 0.004_985, 0.001_427],
        ),
    ] {
        let o = on_pieces(loss, &p).observables;
        let got = [o.q, o.m, o.bias, o.training_loss].map(|x| x.expect("a number"));
        for i in 0..4 {
            let z = (got[i] - means[i]) / errors[i];
            assert!(z.abs() < 3.0, "{loss} {i}: {} {z}", got[i]);
        }
    }
    // A corner that is rounded ever less.
    let gap = |width: f64| {
        let [round, sharp] = ["huber-hinge", "hinge"].map(|l| on_pieces(l, &of(0.0, width)));
        let q = |s: &State| s.observables.q.expect("a norm");
        (q(&round) - q(&sharp)).abs()
    };
    assert!(
        gap(1e-3) < 1e-3 && gap(1e-5) < 1e-5,
        "{} {}",
        gap(1e-3),
        gap(1e-5)
    );
}

/// Where no single classifier is best, the reason says which of three things there is instead: ever longer
/// ones, many of them, or none but zero.
#[test]
fn where_no_classifier_is_the_best() {
    let mixture = Mixture::new(0.5, 0.4).expect("valid");
    let (learned, none) = (Bias::Learned, Bias::Fixed(0.0));
    for (loss, kappa, bias, ridge, alpha, want) in [
        (
            "cross-entropy",
            0.0,
            learned,
            0.0,
            0.5,
            Some(Reason::NoFiniteMinimum),
        ),
        (
            "cross-entropy",
            0.0,
            Bias::Fixed(0.3),
            0.0,
            0.5,
            Some(Reason::NoFiniteMinimum),
        ),
        ("cross-entropy", 0.0, learned, 0.0, 8.0, None),
        ("square", 0.0, learned, 0.0, 0.5, Some(Reason::NotUnique)),
        ("square", 0.0, learned, 0.0, 2.0, None),
        ("hinge", 0.0, learned, 0.0, 0.5, Some(Reason::NotUnique)),
        ("hinge", 0.0, none, 0.0, 8.0, None),
        (
            "squared-hinge",
            1.0,
            learned,
            0.0,
            0.5,
            Some(Reason::NotUnique),
        ),
        ("squared-hinge", 1.0, learned, 0.0, 8.0, None),
        (
            "squared-hinge",
            -0.5,
            none,
            0.0,
            8.0,
            Some(Reason::NotUnique),
        ),
        (
            "squared-hinge",
            0.0,
            learned,
            0.5,
            1.0,
            Some(Reason::ZeroWeights),
        ),
        (
            "squared-hinge",
            -0.5,
            Bias::Fixed(0.3),
            0.5,
            1.0,
            Some(Reason::ZeroWeights),
        ),
        ("squared-hinge", -0.2, Bias::Fixed(0.3), 0.5, 1.0, None),
        (
            "perceptron",
            0.0,
            learned,
            0.5,
            1.0,
            Some(Reason::ZeroWeights),
        ),
        ("perceptron", 0.0, Bias::Fixed(0.1), 0.5, 1.0, None),
        (
            "perceptron",
            0.0,
            learned,
            0.0,
            0.5,
            Some(Reason::NotUnique),
        ),
        (
            "perceptron",
            0.0,
            learned,
            0.0,
            8.0,
            Some(Reason::ZeroWeights),
        ),
    ] {
        let learning = Learning::new(loss, mixture, bias, Constraint::Ridge(ridge));
        let p = Parameters {
            kappa,
            ..parameters(alpha)
        };
        let outcome = learning.expect("registered").solve(&p);
        let label = format!("{loss} {kappa} {bias:?} {ridge} {alpha}");
        match (outcome, want) {
            (Outcome::Missing(missing), Some(want)) => {
                assert_eq!(missing.reason(), want, "{label}");
            }
            (Outcome::States(_), None) => {}
            (outcome, _) => panic!("{label}: {outcome:?}"),
        }
    }
}
