//! What holds of any input and of any legal parameters, however extreme: a table whose rows say what
//! they are, or one line. Models are drawn from the registry, and at least half of the cases of each
//! property have to be answered with numbers. `QUENCHED_CASES=20` tries so many times as many cases,
//! `QUENCHED_SEED=2` others.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestRunner};
use quenched::answer::{RunError, empty, run};
use quenched::ask::{ClusterReference, Parameter, RawRequest, Request, known_options};
use quenched::model::loss::ZeroSet;
use quenched::model::prior::Norm;
use quenched::model::registry::{self, DATA, LOSSES, MINIMISED, WEIGHTS};
use quenched::model::{Control, Data, Parameters};
use quenched::observer::Silent;
use quenched::record::{Table, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Longest line of a refusal, in characters.
const LONGEST_LINE: usize = 2001;
/// What a case may take; most take milliseconds.
const LONGEST: Duration = Duration::from_secs(120);
/// Cases that take longer are printed.
const LONG: Duration = Duration::from_secs(5);

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
        let (start, what) = (Instant::now(), format!("{input:?}"));
        property(input);
        let taken = start.elapsed();
        if taken > LONG {
            println!("{taken:?}: {what}");
        }
        assert!(taken < LONGEST, "{taken:?}: {what}");
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// What became of a case.
enum Verdict {
    /// Numbers of this status.
    Answer(String),
    /// Why there are none.
    Nothing(String),
}

/// The same, requiring that at least half of the cases are answers.
fn answered<S: Strategy>(cases: u32, inputs: &S, property: impl Fn(S::Value) -> Verdict)
where
    S::Value: std::fmt::Debug,
{
    let tally = RefCell::new(BTreeMap::<String, usize>::new());
    let answers = RefCell::new((0, 0));
    holds(cases, inputs, |input| {
        let verdict = property(input);
        let mut counts = answers.borrow_mut();
        counts.1 += 1;
        let what = match verdict {
            Verdict::Answer(what) => {
                counts.0 += 1;
                what
            }
            Verdict::Nothing(what) => what,
        };
        *tally.borrow_mut().entry(what).or_default() += 1;
    });
    let (found, all) = answers.into_inner();
    let lines = tally.into_inner().into_iter();
    let lines: Vec<String> = lines.map(|(what, n)| format!("{n:5} {what}")).collect();
    let lines = format!("{found} answers of {all} cases\n{}", lines.join("\n"));
    println!("{lines}");
    assert!(all > 0 && 2 * found >= all, "{lines}");
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

/// Every name in the registries.
fn names() -> Vec<&'static str> {
    [&WEIGHTS[..], &LOSSES, DATA].concat()
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
        1 => select(names()).prop_map(str::to_owned),
        1 => atoms(),
        1 => select(vec![
            "mixture", "all", "typical", "margin:0.1", "margin:max", "robust",
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
const NOT_ANSWERS: [&str; 31] = [
    // Of vectors around a reference that do not look at the patterns: there with or without probes.
    "local_training_error",
    "local_generalization_error",
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
const COUNTED: [&str; 11] = [
    "solved",
    "success_rate",
    "success_low",
    "success_high",
    "iterations_error",
    "training_errors_error",
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

/// What every table promises, and what became of its rows: the status and reason of the first row
/// with an answer, else of the first row.
fn promises(request: &Request, table: &Table) -> Verdict {
    let what = request.canonical();
    assert_eq!(table.columns(), empty(request).columns(), "{what}");
    assert!(!table.rows().is_empty(), "{what}: no row");
    let mut answer = None;
    for i in 0..table.rows().len() {
        let mut numbers = 0;
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
            let input = NOT_ANSWERS.contains(&name.as_str()) || name.starts_with("reference_");
            let counted = COUNTED.contains(&name.as_str());
            if nothing && !input && !counted {
                assert_eq!(*value, Value::Null, "{place}");
            }
            numbers += usize::from(!input && value.as_number().is_some());
        }
        // That there is none, with a reason, is an answer; that it was not reached is none.
        let reason = table.get(i, "reason").and_then(Value::as_text);
        let absent = status == "no_solution" && reason.is_some_and(|reason| !reason.is_empty());
        if (!nothing && numbers > 0 || absent) && answer.is_none() {
            answer = Some(verdict_of(table, i));
        }
    }
    answer.map_or_else(|| Verdict::Nothing(verdict_of(table, 0)), Verdict::Answer)
}

/// Status and reason of a row.
fn verdict_of(table: &Table, i: usize) -> String {
    let word = |name: &str| table.get(i, name).and_then(Value::as_text).unwrap_or("");
    format!("{} {}", word("status"), word("reason"))
}

/// A request that has to be computed, or refused in one line.
fn is_answered(raw: &RawRequest) -> Verdict {
    let refused = |error: &dyn std::fmt::Display| {
        one_line(&error);
        // Without the value, which differs from case to case.
        let line = error.to_string();
        let reason = line.split(':').skip(1).collect::<String>();
        Verdict::Nothing(format!("refused:{reason}"))
    };
    let request = match Request::new(raw) {
        Ok(request) => request,
        Err(error) => return refused(&error),
    };
    match run(&request, &Silent) {
        Ok(table) => promises(&request, &table),
        Err(RunError::Invalid(line)) => refused(&line),
        Err(RunError::Interrupted(_)) => panic!("nobody interrupted it"),
    }
}

/// A number from `10^low` to `10^high`.
fn decades(low: f64, high: f64) -> impl Strategy<Value = String> {
    (low..high).prop_map(|x| format!("{:e}", 10f64.powf(x)))
}

/// Losses whose minimum has no closed form are weighed by quadrature, whose rounding a tiny inverse
/// temperature divides by: it is bounded below for losses that do not jump.
fn warm(loss: &str, beta: String) -> String {
    let lowest = if registry::jumps(loss) { 0.0 } else { 1e-2 };
    let tiny = beta.parse::<f64>().is_ok_and(|x| x < lowest);
    if tiny { "0.01".to_owned() } else { beta }
}

fn beta() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just("inf".to_owned()), 2 => decades(-6.0, 6.0)]
}

fn pair(name: &str, value: String) -> (String, String) {
    (name.to_owned(), value)
}

/// One of these losses, as an option, with every parameter that it has.
fn loss_of(names: Vec<&'static str>) -> impl Strategy<Value = Options> {
    let margin = prop_oneof![3 => -2.0..2.0, 1 => -10.0..10.0_f64];
    let kappa = margin.prop_map(|x: f64| format!("{x:.4}"));
    let own = prop::collection::vec(decades(-2.0, 2.0), 4);
    let inputs = (select(names), kappa, decades(-3.0, 3.0), own);
    inputs.prop_map(|(name, kappa, gamma, own)| {
        let mut options = vec![pair("loss", name.to_owned())];
        for control in registry::loss_parameters(name) {
            options.push(match control {
                Control::Kappa => pair("kappa", kappa.clone()),
                Control::Gamma => pair("gamma", gamma.clone()),
                Control::Own { slot, name } => pair("set", format!("{name}={}", own[slot])),
                other => panic!("{other:?} is not of one loss"),
            });
        }
        options
    })
}

fn loss() -> impl Strategy<Value = Options> {
    loss_of(LOSSES.to_vec())
}

/// Weights with given values, some of them rarer than others.
fn atoms() -> impl Strategy<Value = String> {
    let value = (1..=12_i32).prop_map(|k| f64::from(k) / 4.0);
    let values = prop::collection::btree_map(1..=12_i32, 1..=4_u8, 1..4);
    prop_oneof![
        // Symmetric, without probabilities.
        value.prop_map(|v| format!("atoms:-{v},0,{v}")),
        values.prop_map(|values| {
            let total: f64 = values.values().map(|p| 2.0 * f64::from(*p)).sum();
            let list = values.iter().flat_map(|(value, p)| {
                let (value, p) = (f64::from(*value) / 4.0, f64::from(*p) / total);
                [format!("-{value}@{p}"), format!("{value}@{p}")]
            });
            format!("atoms:{}", list.collect::<Vec<_>>().join(","))
        }),
    ]
}

/// The weights that have a law without patterns: a ridge needs a risk.
fn laws() -> Vec<&'static str> {
    let has_law = |name: &&str| registry::prior(name).is_ok();
    let laws: Vec<_> = WEIGHTS.iter().copied().filter(has_law).collect();
    assert!(laws.len() >= 5, "{laws:?}");
    laws
}

fn weights() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => select(laws()).prop_map(str::to_owned),
        1 => atoms(),
    ]
}

fn random_patterns() -> impl Strategy<Value = Options> {
    patterns_of(weights(), loss())
}

fn patterns_of(
    weights: impl Strategy<Value = String>,
    loss: impl Strategy<Value = Options>,
) -> impl Strategy<Value = Options> {
    let data = select(DATA.to_vec());
    (weights, data, loss, beta()).prop_map(|(weights, data, mut options, beta)| {
        let beta = warm(value(&options, "loss"), beta);
        for (name, value) in [
            ("weights", weights.as_str()),
            ("data", data),
            ("beta", &beta),
        ] {
            options.push((name.to_owned(), value.to_owned()));
        }
        options
    })
}

/// The value of an option that is there.
fn value<'a>(options: &'a Options, name: &str) -> &'a str {
    let found = options.iter().find(|(option, _)| option == name);
    found.map_or_else(|| panic!("no {name} in {options:?}"), |(_, value)| value)
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
    let loss = loss_of(LOSSES.to_vec());
    (loss, confined, decades(-6.0, 6.0), fraction, bias).prop_map(
        |(mut options, confined, delta, rho, bias)| {
            let loss = value(&options, "loss").to_owned();
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

/// Loads where most models have something to say, and extreme ones.
fn load() -> impl Strategy<Value = String> {
    prop_oneof![2 => decades(-2.0, 0.5), 1 => decades(-6.0, 3.0)]
}

fn with(mut options: Options, name: &str, value: &str) -> Options {
    options.push((name.to_owned(), value.to_owned()));
    options
}

#[test]
fn solutions_at_any_parameters_are_numbers_or_say_why_not() {
    let models = prop_oneof![random_patterns(), clusters()];
    let branches = select(vec!["dominant", "all"]);
    answered(
        60,
        &(models, load(), branches),
        |(options, alpha, branches)| {
            let options = with(with(options, "alpha", &alpha), "branches", branches);
            is_answered(&raw("solve", None, options))
        },
    );
}

/// Whether a threshold of a model on random patterns is expected to exist.
fn exists(quantity: &str, options: &Options) -> bool {
    let (weights, loss) = (value(options, "weights"), value(options, "loss"));
    let teacher = registry::data(value(options, "data")).is_some_and(Data::has_teacher);
    let p = Parameters::default();
    let set = registry::loss(loss).map(|loss| loss.zero_set(&p));
    let volume = matches!(set, Some(ZeroSet::HalfLine(_) | ZeroSet::Interval(..)));
    match quantity {
        "capacity" => volume && !teacher && registry::has_atoms(weights),
        "kappa-max" => {
            let margin = registry::loss_parameters(loss).contains(&Control::Kappa);
            volume && margin && !teacher && registry::has_atoms(weights)
        }
        "at" => volume && !teacher && !registry::has_atoms(weights),
        "freezing" => registry::has_atoms(weights) && !teacher && !registry::jumps(loss),
        "spinodal" | "first-order" => teacher && registry::jumps(loss),
        _ => false,
    }
}

#[test]
fn thresholds_at_any_parameters_are_numbers_or_say_why_not() {
    let quantity = || select(QUANTITIES[..7].to_vec());
    let expected = (random_patterns(), load(), quantity())
        .prop_filter("expected", |(options, _, quantity)| {
            exists(quantity, options)
        });
    let models = prop_oneof![4 => random_patterns(), 1 => clusters()];
    let inputs = prop_oneof![3 => expected, 1 => (models, load(), quantity())];
    answered(24, &inputs, |(mut options, alpha, quantity)| {
        if quantity == "kappa-max" {
            options.retain(|(name, _)| name != "kappa");
            options = with(options, "alpha", &alpha);
        }
        if quantity == "freezing" {
            options = with(options, "alpha", &alpha);
        }
        if ["capacity", "kappa-max", "freezing"].contains(&quantity) {
            options.retain(|(name, _)| name != "beta");
        }
        is_answered(&raw("threshold", Some(quantity), options))
    });
}

#[test]
fn closed_forms_at_any_parameters_are_numbers() {
    let inputs = (load(), decades(-6.0, 6.0), decades(-6.0, -0.001));
    answered(200, &inputs, |(alpha, delta, rho)| {
        let options = [("alpha", alpha), ("delta", delta), ("rho", rho)];
        let options = options.map(|(k, v)| (k.to_owned(), v)).into();
        is_answered(&raw("classifiers", None, options))
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
    // Distances are those of weights of one norm; probes with a smooth loss far beyond any capacity
    // take minutes.
    let one_norm = |name: &&str| registry::norm(name).is_some_and(|norm| norm != Norm::Free);
    let weights: Vec<_> = laws().into_iter().filter(one_norm).collect();
    let counting = |name: &&str| *name == LOSSES[0];
    let losses = LOSSES.iter().copied().filter(counting).collect();
    let probes = patterns_of(select(weights).prop_map(str::to_owned), loss_of(losses));
    let inputs = (probes, decades(-3.0, 1.0), reference, decades(-5.0, -0.302));
    answered(10, &inputs, |(mut options, alpha, reference, distance)| {
        // Around anything but a typical configuration labels are random.
        if reference != "typical" {
            options.retain(|(name, _)| name != "data");
        }
        let options = with(with(options, "alpha", &alpha), "reference", &reference);
        let options = with(options, "distance", &distance);
        is_answered(&raw("local-entropy", None, options))
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
    // Clusters far more unequal, or with noise far smaller or larger, take minutes a point.
    let mixture = (decades(-1.0, 1.0), 0.1..0.9_f64, 0.3..3.0_f64);
    let inputs = (mixture, reference, decades(-3.0, -0.302));
    answered(6, &inputs, |((delta, rho, alpha), reference, distance)| {
        let options = vec![
            pair("data", "mixture".to_owned()),
            pair("delta", delta),
            pair("rho", format!("{rho:.3}")),
            pair("alpha", format!("{alpha:.3}")),
            pair("weights", "spherical".to_owned()),
        ];
        let options = with(with(options, "reference", reference), "distance", &distance);
        is_answered(&raw("local-entropy", None, options))
    });
}

/// A model that an algorithm is for.
fn model_for(algorithm: &'static str) -> BoxedStrategy<Options> {
    let counting = || loss_of(LOSSES[..1].to_vec());
    match algorithm {
        "minimise" | "bayes-optimal" | "hebb" | "plug-in" => {
            let numbers = (
                decades(-2.0, 2.0),
                0.05..0.95_f64,
                loss_of(MINIMISED.to_vec()),
            );
            let minimise = algorithm == "minimise";
            let made = numbers.prop_map(move |(delta, rho, loss)| {
                let mut options = if minimise { loss } else { Vec::new() };
                options.push(pair("data", "mixture".to_owned()));
                options.push(pair("delta", delta));
                options.push(pair("rho", format!("{rho:.3}")));
                options
            });
            made.boxed()
        }
        "amp" => {
            let weights = select(vec!["binary", "spherical"]).prop_map(str::to_owned);
            patterns_of(weights, loss()).boxed()
        }
        "bp" => patterns_of(Just(WEIGHTS[0].to_owned()), counting()).boxed(),
        _ => {
            // They look for solutions without margin.
            let data = select(DATA.to_vec());
            data.prop_map(|data| vec![pair("data", data.to_owned())])
                .boxed()
        }
    }
}

#[test]
fn simulations_at_any_parameters_are_numbers_or_say_why_not() {
    let algorithm = || select(ALGORITHMS.to_vec());
    let either = prop_oneof![2 => random_patterns(), 1 => clusters()];
    let meant = algorithm().prop_flat_map(|algorithm| (model_for(algorithm), Just(algorithm)));
    let models = prop_oneof![3 => meant, 1 => (either, algorithm())];
    // Of the smallest loads no pattern is left.
    let alpha = prop_oneof![3 => decades(-1.0, 1.3), 1 => decades(-3.0, -1.0)];
    let inputs = (models, alpha, 1..16_u32, any::<bool>());
    answered(
        150,
        &inputs,
        |((mut options, algorithm), alpha, n, summary)| {
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
            is_answered(&raw("simulate", Some(algorithm), options))
        },
    );
}
