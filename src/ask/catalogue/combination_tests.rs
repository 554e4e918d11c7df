//! The catalogue against the validation of requests, by another route: every combination of
//! registered names is typed out and put to it.

use super::*;
use crate::ask::known_options;
use std::collections::BTreeSet;

/// Options that say what is combined, count samples, or name files of the user.
const OTHERS: [&str; 19] = [
    "set",
    "machine",
    "weights",
    "data",
    "loss",
    "classifier",
    "reference",
    "patterns",
    "labels",
    "label-column",
    "test",
    "n",
    "samples",
    "first-sample",
    "seed",
    "summary",
    "checks",
    "all",
    "sigmas",
];

/// References that differ in kind, as typed; the first is none at all.
const REFERENCES: [&str; 20] = [
    "",
    "typical",
    "margin:0.3",
    "margin:max",
    "cross-entropy:1",
    "square",
    "hinge",
    "perceptron",
    "robust",
    "robust:3",
    "robust:complexity-zero",
    "bayes-optimal",
    "cross-entropy:1:1",
    "square:1",
    "hinge:1",
    "perceptron:1",
    "tilted:1",
    "theta",
    "ridge",
    "oracle",
];

fn accepts(words: &str) -> bool {
    let mut words = words.split(' ').filter(|word| !word.is_empty());
    let verb = words.next().unwrap().to_owned();
    let mut rest: Vec<&str> = words.collect();
    let quantity = (rest.len() % 2 == 1).then(|| rest.remove(0).to_owned());
    let pairs = rest
        .chunks(2)
        .map(|pair| (pair[0].to_owned(), pair[1].to_owned()));
    let raw = RawRequest {
        verb,
        quantity,
        options: pairs.collect(),
        ..RawRequest::default()
    };
    Request::new(&raw).is_ok()
}

/// Whether some temperature and some load make the words a request.
fn answered(words: &str) -> bool {
    let loads = ["", " alpha 1"];
    let betas = ["", " beta inf", " beta 2"];
    let all = loads
        .iter()
        .flat_map(|load| betas.iter().map(move |beta| (load, beta)));
    all.into_iter()
        .any(|(load, beta)| accepts(&format!("{words}{load}{beta}")))
}

/// What the catalogue calls a machine or a reference that was typed.
fn form(text: &str) -> String {
    let letter = |words: &[&str], i: usize| match (words[0], i, words.len()) {
        (_, 0, _) => None,
        ("margin", ..) if words[i] != "max" => Some("K"),
        ("tree-committee" | "committee", ..) => Some("K"),
        ("robust", ..) if words[i] != "complexity-zero" => Some("Y"),
        ("tilted", ..) => Some("H"),
        ("cross-entropy", 1, _) => Some("G"),
        ("cross-entropy", 2, _) | ("square" | "hinge" | "perceptron", ..) => Some("Q"),
        _ => None,
    };
    let words: Vec<&str> = text.split(':').collect();
    let spelled = (0..words.len()).map(|i| letter(&words, i).unwrap_or(words[i]));
    spelled.collect::<Vec<_>>().join(":")
}

type Key = (String, String, String, String, String, String);

/// Every combination that is accepted, typed out.
fn brute_force() -> BTreeSet<Key> {
    let mut asked = vec!["solve".to_owned(), "local-entropy".to_owned()];
    let thresholds = Quantity::ALL.map(Quantity::name).into_iter();
    let thresholds = thresholds.chain(LocalQuantity::ALL.map(LocalQuantity::name));
    asked.extend(thresholds.map(|name| format!("threshold {name}")));
    asked.extend(Algorithm::ALL.map(|a| format!("simulate {}", a.name())));
    let mut found = BTreeSet::new();
    for verb in asked {
        for machine in ["perceptron", "tree-committee:3", "committee:3"] {
            for weights in WEIGHTS.iter() {
                for data in DATA_NAMES {
                    for (loss, reference) in LOSSES
                        .iter()
                        .flat_map(|l| REFERENCES.iter().map(move |r| (l, r)))
                    {
                        let mut words = format!(
                            "{verb} machine {machine} weights {weights} data {data} loss {loss}"
                        );
                        if !reference.is_empty() {
                            words += &format!(" reference {reference}");
                        }
                        if verb.starts_with("simulate") {
                            words += " n 1023";
                        }
                        if answered(&words) {
                            let own = |s: &str| s.to_owned();
                            let key = (own(&verb), form(reference), form(machine));
                            found.insert((key.0, key.1, key.2, own(weights), own(data), own(loss)));
                        }
                    }
                }
            }
        }
    }
    // Where a reference can be named, naming none means the default one.
    let named: BTreeSet<Key> = found
        .iter()
        .filter(|key| !key.1.is_empty())
        .cloned()
        .collect();
    let is_default = |key: &Key| {
        key.1.is_empty()
            && named.iter().any(|n| {
                n.0 == key.0 && (&n.2, &n.3, &n.4, &n.5) == (&key.2, &key.3, &key.4, &key.5)
            })
    };
    found.into_iter().filter(|key| !is_default(key)).collect()
}

#[test]
fn the_catalogue_holds_what_is_accepted_and_nothing_else() {
    let own = |c: &Combination| {
        let name = |name: Option<&str>| name.unwrap_or_default().to_owned();
        let key = (
            c.verb.name(),
            c.of.clone().unwrap_or_default(),
            name(c.machine),
        );
        (
            key.0,
            key.1,
            key.2,
            name(c.weights),
            c.data.to_owned(),
            name(c.loss),
        )
    };
    let all = combinations();
    let (classifiers, models): (Vec<_>, Vec<_>) =
        all.iter().partition(|c| c.verb == Verb::Classifiers);
    let listed: BTreeSet<Key> = models.iter().copied().map(own).collect();
    assert_eq!(listed.len(), models.len(), "a combination is listed twice");
    let accepted = brute_force();
    assert!(accepted.len() > 200, "{}", accepted.len());
    let missing: Vec<_> = accepted.difference(&listed).collect();
    let refused: Vec<_> = listed.difference(&accepted).collect();
    assert!(missing.is_empty(), "left out: {missing:?}");
    assert!(refused.is_empty(), "refused: {refused:?}");
    let names: Vec<_> = classifiers.iter().filter_map(|c| c.of.as_deref()).collect();
    assert_eq!(names, ClosedForm::ALL.map(ClosedForm::name));
}

#[test]
fn options_are_those_that_the_request_takes() {
    for c in combinations() {
        let bases = c.requests();
        for (name, value) in VALUES.iter().filter(|(name, _)| *name != "beta") {
            let accepted = bases.iter().any(|raw| {
                let mut raw = raw.clone();
                let place = raw.options.iter().position(|(option, _)| option == name);
                place.map(|i| raw.options.remove(i));
                let error = *name == "training-error";
                raw.options
                    .retain(|(option, _)| !(error && option == "beta"));
                raw.options
                    .insert(0, ((*name).to_owned(), (*value).to_owned()));
                Request::new(&raw).is_ok()
            });
            assert_eq!(accepted, c.options.contains(name), "{name}: {c:?}");
        }
    }
    let kappa = |c: &Combination| c.options.contains(&"kappa");
    let theta = |c: &Combination| c.verb == Verb::Solve && c.loss == Some("theta");
    assert!(combinations().iter().filter(|c| theta(c)).all(kappa));
}

#[test]
fn every_option_is_tried_or_needs_no_trial() {
    let mut tried: Vec<&str> = VALUES.map(|(name, _)| name).into();
    tried.extend(OTHERS);
    tried.sort_unstable();
    let mut known: Vec<&str> = known_options().collect();
    known.sort_unstable();
    assert_eq!(tried, known);
}

#[test]
fn what_is_known_of_the_theory_is_there() {
    let all = combinations();
    let find = |verb: &str, weights: &str, data: &str, loss: &str| {
        all.iter().find(|c| {
            c.verb.name() == verb
                && (c.weights, c.data, c.loss) == (Some(weights), data, Some(loss))
        })
    };
    assert!(find("solve", "ridge", "storage", "theta").is_none());
    assert!(find("threshold capacity", "ridge", "storage", "theta").is_none());
    assert!(find("threshold freezing", "spherical", "storage", "theta").is_none());
    assert!(find("threshold freezing", "binary", "storage", "theta").is_some());
    for data in ["storage", "teacher", "mixture"] {
        let beta = find("solve", "ridge", data, "hinge").unwrap().beta;
        assert_eq!(beta, Temperature::Zero, "{data}");
    }
    assert_eq!(
        find("solve", "binary", "storage", "theta").unwrap().beta,
        Temperature::Any
    );
    assert_eq!(
        find("simulate amp", "binary", "storage", "square")
            .unwrap()
            .beta,
        Temperature::Finite
    );
    for combination in &all {
        assert!(!combination.equations().is_empty(), "{combination:?}");
    }
}
