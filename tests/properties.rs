//! What holds of any input and of any legal parameters, however extreme: a table whose rows say what
//! they are, or one line. `QUENCHED_CASES=20` tries so many times as many cases, `QUENCHED_SEED=2`
//! others.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestRunner};
use quenched::observer::Silent;
use quenched::recipe::{
    ClusterReference, Parameter, RawRequest, Request, RunError, Table, Value, empty, known_options,
    run,
};
use std::time::{Duration, Instant};

/// Longest line of a refusal, in characters.
const LONGEST_LINE: usize = 2001;
/// What a case may take; most take milliseconds.
const LONGEST: Duration = Duration::from_secs(120);

const VERBS: [&str; 6] = [
    "solve",
    "threshold",
    "local-entropy",
    "simulate",
    "classifiers",
    "validate",
];
const QUANTITIES: [&str; 12] = [
    "capacity",
    "kappa-max",
    "at",
    "spinodal",
    "first-order",
    "freezing",
    "interpolation",
    "local-entropy-break",
    "isolation-load",
    "isolation-margin",
    "isolation-distance",
    "closest-distance",
];
const ALGORITHMS: [&str; 10] = [
    "bp",
    "amp",
    "reinforced-bp",
    "focusing-bp",
    "max-sum",
    "sbpi",
    "minimise",
    "bayes-optimal",
    "hebb",
    "plug-in",
];

type Options = Vec<(String, String)>;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs a property on `cases` inputs, the same ones every time.
fn holds<S: Strategy>(cases: u32, inputs: &S, property: impl Fn(S::Value))
where
    S::Value: std::fmt::Debug,
{
    let factor = setting("QUENCHED_CASES").unwrap_or(1) as u32;
    let mut runner = TestRunner::new(ProptestConfig {
        cases: cases * factor,
        rng_seed: RngSeed::Fixed(setting("QUENCHED_SEED").unwrap_or(1)),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    });
    let result = runner.run(inputs, |input| {
        let start = Instant::now();
        property(input);
        assert!(start.elapsed() < LONGEST, "{:?}", start.elapsed());
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn one_line(error: &impl std::fmt::Display) {
    let line = error.to_string();
    assert!(!line.trim().is_empty());
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(line.chars().count() <= LONGEST_LINE, "{line}");
}

fn raw(verb: &str, quantity: Option<&str>, options: Options) -> RawRequest {
    RawRequest {
        verb: verb.to_owned(),
        quantity: quantity.map(str::to_owned),
        options,
        folder: "/nonexistent".into(),
    }
}

/// A piece of the grammar, or anything.
fn text() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<f64>().prop_map(|x| format!("{x:e}")),
        (-1e3..1e3).prop_map(|x: f64| format!("{x}")),
        select(vec![
            "0", "-0", "inf", "-inf", "nan", "1e308", "1e-320", "1e999", ".5", "5.", ""
        ])
        .prop_map(str::to_owned),
    ];
    let piece = prop_oneof![
        4 => number.clone(),
        2 => (number.clone(), number.clone(), number.clone())
            .prop_map(|(a, b, c)| format!("{a}:{b}:{c}")),
        1 => select(vec![
            "binary", "spherical", "ridge", "storage", "teacher", "mixture", "theta", "hinge",
            "square", "cross-entropy", "all", "typical", "margin:0.1", "margin:max", "robust",
            "robust:3", "cross-entropy:1", "bayes-optimal", "tilted:1", "square:1", "learned",
            "fixed:0.1", "best", "tree-committee:3", "true", "false", "standard", "101,201",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.join(","))
}

fn any_request() -> impl Strategy<Value = RawRequest> {
    // Names of files are read: those of the user's are not looked for.
    let known: Vec<&str> = known_options()
        .filter(|name| !["patterns", "labels"].contains(name))
        .collect();
    let name = prop_oneof![
        12 => select(known).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let word = |known: &[&'static str]| {
        let known = select(known.to_vec()).prop_map(str::to_owned);
        prop_oneof![9 => known, 1 => any::<String>()]
    };
    let quantities = [&QUANTITIES[..], &ALGORITHMS].concat();
    let options = prop::collection::vec((name, text()), 0..6);
    (word(&VERBS), prop::option::of(word(&quantities)), options).prop_map(
        |(verb, quantity, options)| RawRequest {
            verb,
            quantity,
            options,
            folder: "/nonexistent".into(),
        },
    )
}

#[test]
fn any_request_is_valid_or_refused_in_one_line() {
    holds(3000, &any_request(), |raw| match Request::new(&raw) {
        Ok(request) => {
            assert!(request.points() > 0 && !request.canonical().is_empty());
            assert!(!empty(&request).columns().is_empty());
        }
        Err(error) => {
            one_line(&error);
            one_line(&error.at("a\nb.toml, data"));
        }
    });
}

#[test]
fn any_text_of_any_parameter_is_numbers_or_refused() {
    let parameters = select(Parameter::ALL.to_vec());
    holds(
        3000,
        &(parameters, text()),
        |(parameter, text)| match parameter.values(&text) {
            Ok(values) => assert!(!values.is_empty() && !values.iter().any(|x| x.is_nan())),
            Err(error) => one_line(&error),
        },
    );
}

#[test]
fn any_reference_of_clusters_is_valid_or_refused() {
    holds(1000, &any::<String>(), |text| {
        let options = [
            ("data", "mixture"),
            ("weights", "spherical"),
            ("alpha", "1"),
        ];
        let mut options: Options = options.map(|(k, v)| (k.into(), v.into())).into();
        options.push(("reference".to_owned(), text));
        match Request::new(&raw("local-entropy", None, options)) {
            Ok(request) => {
                let names = request
                    .cluster_references
                    .iter()
                    .map(ClusterReference::name);
                assert!(names.count() > 0);
            }
            Err(error) => one_line(&error),
        }
    });
}

/// Columns that are inputs or trust, or say what was run; all others are null where there is no
/// answer.
const NOT_ANSWERS: [&str; 29] = [
    "machine",
    "weights",
    "data",
    "loss",
    "classifier",
    "alpha",
    "kappa",
    "beta",
    "gamma",
    "lambda",
    "norm",
    "delta",
    "rho",
    "training_error",
    "distance",
    "reference",
    "overlap",
    "reference_beta",
    "branch",
    "dominant",
    "residual",
    "status",
    "reason",
    "n",
    "m_patterns",
    "seed",
    "sample",
    "algorithm",
    "iterations",
];
/// What a simulation counts also where its iteration did not converge.
const COUNTED: [&str; 6] = [
    "solved",
    "seconds",
    "training_errors",
    "iteration",
    "samples",
    "converged",
];
const STATUSES: [&str; 4] = ["ok", "rs_unstable", "no_solution", "not_converged"];
/// Columns of probabilities.
const FRACTIONS: [&str; 5] = [
    "training_error",
    "generalization_error",
    "bayes_error",
    "best_bias_error",
    "local_training_error",
];

/// What every table promises.
fn promises(request: &Request, table: &Table) {
    let what = request.canonical();
    assert_eq!(table.columns(), empty(request).columns(), "{what}");
    assert!(!table.rows().is_empty(), "{what}: no row");
    for i in 0..table.rows().len() {
        let status = table.get(i, "status").and_then(Value::as_text);
        let status = status.unwrap_or_else(|| panic!("{what}: no status"));
        assert!(STATUSES.contains(&status), "{what}: {status}");
        let nothing = ["no_solution", "not_converged"].contains(&status);
        for (name, value) in table.columns().iter().zip(&table.rows()[i]) {
            let place = format!("{what}: {name} = {value:?}, {status}");
            if let Some(x) = value.as_number() {
                let infinite = ["beta", "reference_beta"].contains(&name.as_str())
                    || (name == "at_stability" && x < 0.0);
                assert!(x.is_finite() || (infinite && !x.is_nan()), "{place}");
                if FRACTIONS.contains(&name.as_str()) {
                    assert!((0.0..=1.0).contains(&x), "{place}");
                }
            }
            let input = NOT_ANSWERS.contains(&name.as_str())
                || COUNTED.contains(&name.as_str())
                || name.starts_with("reference_");
            if nothing && !input {
                assert_eq!(*value, Value::Null, "{place}");
            }
        }
    }
}

/// A request that has to be computed, or refused in one line.
fn is_answered(raw: &RawRequest) {
    let request = match Request::new(raw) {
        Ok(request) => request,
        Err(error) => return one_line(&error),
    };
    match run(&request, &Silent) {
        Ok(table) => promises(&request, &table),
        Err(RunError::Invalid(line)) => one_line(&line),
        Err(RunError::Interrupted(_)) => panic!("nobody interrupted it"),
    }
}

/// A number from `10^low` to `10^high`.
fn decades(low: f64, high: f64) -> impl Strategy<Value = String> {
    (low..high).prop_map(|x| format!("{:e}", 10f64.powf(x)))
}

/// Smooth losses are weighed by quadrature, whose rounding a tiny inverse temperature divides by: it
/// is bounded below for them.
fn warm(options: &[(String, String)], beta: String) -> String {
    let counts = options
        .iter()
        .any(|(_, value)| ["theta", "square"].contains(&value.as_str()));
    let lowest = if counts { 0.0 } else { 1e-2 };
    let tiny = beta.parse::<f64>().is_ok_and(|x| x < lowest);
    if tiny { "0.01".to_owned() } else { beta }
}

fn beta() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just("inf".to_owned()), 2 => decades(-6.0, 6.0)]
}

/// Parameters of a loss.
fn loss() -> impl Strategy<Value = Options> {
    let kappa = (-10.0..10.0).prop_map(|x: f64| format!("{x:.4}"));
    let pair = |k: &str, v: String| (k.to_owned(), v);
    prop_oneof![
        2 => kappa.prop_map(move |k| vec![pair("loss", "theta".into()), pair("kappa", k)]),
        1 => decades(-3.0, 3.0)
            .prop_map(move |g| vec![pair("loss", "cross-entropy".into()), pair("gamma", g)]),
        1 => select(vec!["square", "hinge"]).prop_map(move |l| vec![pair("loss", l.into())]),
    ]
}

fn random_patterns() -> impl Strategy<Value = Options> {
    let weights = select(vec!["binary", "spherical"]);
    let data = select(vec!["storage", "teacher"]);
    (weights, data, loss(), beta()).prop_map(|(weights, data, mut options, beta)| {
        let beta = warm(&options, beta);
        for (name, value) in [("weights", weights), ("data", data), ("beta", &beta)] {
            options.push((name.to_owned(), value.to_owned()));
        }
        options
    })
}

/// Two clusters: minimisers with a ridge or at a norm, and Gibbs measures.
fn clusters() -> impl Strategy<Value = Options> {
    let fraction = prop_oneof![
        decades(-6.0, -0.31),
        decades(-6.0, -0.31).prop_map(|x| format!("{}", 1.0 - x.parse::<f64>().unwrap()))
    ];
    let bias = prop_oneof![
        select(vec!["learned", "bayes", "fixed:0"]).prop_map(str::to_owned),
        (-5.0..5.0).prop_map(|b: f64| format!("fixed:{b:.3}")),
    ];
    let confined = prop_oneof![
        2 => decades(-6.0, 6.0).prop_map(|x| vec![("weights", "ridge".to_owned()), ("lambda", x)]),
        1 => decades(-4.0, 4.0).prop_map(|x| vec![("weights", "spherical".to_owned()), ("norm", x)]),
        1 => beta().prop_map(|x| vec![("weights", "spherical".to_owned()), ("beta", x)]),
        1 => beta().prop_map(|x| vec![("weights", "binary".to_owned()), ("beta", x)]),
    ];
    (loss(), confined, decades(-6.0, 6.0), fraction, bias).prop_map(
        |(mut options, confined, delta, rho, bias)| {
            let loss = options.clone();
            options.extend(confined.into_iter().map(|(k, v)| match k {
                "beta" => (k.to_owned(), warm(&loss, v)),
                _ => (k.to_owned(), v),
            }));
            for (k, v) in [("data", "mixture".into()), ("delta", delta), ("rho", rho)] {
                options.push((k.to_owned(), v));
            }
            options.push(("bias".to_owned(), bias));
            options
        },
    )
}

fn load() -> impl Strategy<Value = String> {
    decades(-6.0, 3.0)
}

fn with(mut options: Options, name: &str, value: &str) -> Options {
    options.push((name.to_owned(), value.to_owned()));
    options
}

#[test]
fn solutions_at_any_parameters_are_numbers_or_say_why_not() {
    let models = prop_oneof![random_patterns(), clusters()];
    let branches = select(vec!["dominant", "all"]);
    holds(
        60,
        &(models, load(), branches),
        |(options, alpha, branches)| {
            let options = with(with(options, "alpha", &alpha), "branches", branches);
            is_answered(&raw("solve", None, options));
        },
    );
}

#[test]
fn thresholds_at_any_parameters_are_numbers_or_say_why_not() {
    let models = prop_oneof![4 => random_patterns(), 1 => clusters()];
    let quantity = select(QUANTITIES[..7].to_vec());
    holds(
        24,
        &(models, load(), quantity),
        |(mut options, alpha, quantity)| {
            if quantity == "kappa-max" {
                options.retain(|(name, _)| name != "kappa");
                options = with(options, "alpha", &alpha);
            }
            if ["capacity", "kappa-max"].contains(&quantity) {
                options.retain(|(name, _)| name != "beta");
            }
            is_answered(&raw("threshold", Some(quantity), options));
        },
    );
}

#[test]
fn closed_forms_at_any_parameters_are_numbers() {
    let inputs = (load(), decades(-6.0, 6.0), decades(-6.0, -0.001));
    holds(200, &inputs, |(alpha, delta, rho)| {
        let options = [("alpha", alpha), ("delta", delta), ("rho", rho)];
        let options = options.map(|(k, v)| (k.to_owned(), v)).into();
        is_answered(&raw("classifiers", None, options));
    });
}

#[test]
fn local_entropies_at_any_parameters_are_numbers_or_say_why_not() {
    let reference = prop_oneof![
        Just("typical".to_owned()),
        Just("margin:max".to_owned()),
        (-3.0..3.0).prop_map(|k: f64| format!("margin:{k:.3}")),
        decades(-2.0, 2.0).prop_map(|g| format!("cross-entropy:{g}")),
    ];
    // Probes with a smooth loss far beyond any capacity take minutes.
    let probes = random_patterns().prop_filter("counts errors", |options| {
        options.iter().any(|(_, value)| value == "theta")
    });
    let inputs = (probes, decades(-3.0, 1.0), reference, decades(-5.0, -0.302));
    holds(10, &inputs, |(options, alpha, reference, distance)| {
        let options = with(with(options, "alpha", &alpha), "reference", &reference);
        is_answered(&raw(
            "local-entropy",
            None,
            with(options, "distance", &distance),
        ));
    });
}

#[test]
fn landscapes_at_any_parameters_are_numbers_or_say_why_not() {
    let reference = select(vec![
        "bayes-optimal",
        "square:1",
        "cross-entropy:1",
        "tilted:1",
    ]);
    let inputs = (clusters(), load(), reference, decades(-5.0, -0.302));
    holds(6, &inputs, |(mut options, alpha, reference, distance)| {
        options.retain(|(name, _)| ["data", "delta", "rho"].contains(&name.as_str()));
        let options = with(with(options, "alpha", &alpha), "weights", "spherical");
        let options = with(with(options, "reference", reference), "distance", &distance);
        is_answered(&raw("local-entropy", None, options));
    });
}

#[test]
fn simulations_at_any_parameters_are_numbers_or_say_why_not() {
    let models = prop_oneof![2 => random_patterns(), 1 => clusters()];
    let algorithm = select(ALGORITHMS.to_vec());
    let inputs = (
        models,
        decades(-3.0, 1.3),
        algorithm,
        1..16_u32,
        any::<bool>(),
    );
    holds(
        150,
        &inputs,
        |(mut options, alpha, algorithm, n, summary)| {
            if ["minimise", "bayes-optimal", "hebb", "plug-in"].contains(&algorithm) {
                options.retain(|(name, _)| name != "beta");
            } else {
                options = with(options, "max-iterations", "40");
            }
            let options = with(with(options, "alpha", &alpha), "n", &n.to_string());
            let options = with(
                with(options, "samples", "2"),
                "summary",
                &summary.to_string(),
            );
            is_answered(&raw("simulate", Some(algorithm), options));
        },
    );
}
