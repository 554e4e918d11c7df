use super::super::default_distances;
use super::super::grid::Point;
use super::*;

fn raw(text: &str) -> RawRequest {
    let mut words = text.split(' ').peekable();
    let verb = words.next().unwrap().to_owned();
    let quantity = words.next_if(|w| !w.contains('=')).map(str::to_owned);
    let pair = |w: &str| {
        let (name, value) = w.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    };
    RawRequest {
        verb,
        quantity,
        options: words.map(pair).collect(),
        ..RawRequest::default()
    }
}

fn request(text: &str) -> Request {
    Request::new(&raw(text)).unwrap()
}

fn refusal(text: &str) -> String {
    Request::new(&raw(text)).unwrap_err().to_string()
}

#[test]
fn defaults_are_filled_in() {
    let solve = request("solve alpha=0.5");
    assert_eq!((solve.machine, solve.weights), ("perceptron", "binary"));
    assert_eq!((solve.data, solve.loss), ("storage", "theta"));
    assert_eq!(solve.branches, Branches::Dominant);
    let points: Vec<_> = solve.grid.iter().collect();
    let expected = Point {
        alpha: Some(0.5),
        kappa: Some(0.0),
        beta: Some(f64::INFINITY),
        ..Point::default()
    };
    assert_eq!(points, [expected]);
    let gamma = request("solve alpha=1 loss=cross-entropy")
        .grid
        .point(0)
        .unwrap();
    assert_eq!((gamma.gamma, gamma.kappa), (Some(0.5), None));
}

#[test]
fn the_answer_is_not_on_the_grid() {
    let answers = [
        ("threshold capacity", Parameter::Alpha),
        ("threshold at beta=1", Parameter::Alpha),
        ("threshold spinodal data=teacher", Parameter::Alpha),
        ("threshold first-order data=teacher", Parameter::Alpha),
        ("threshold kappa-max alpha=0.5", Parameter::Kappa),
        ("threshold freezing alpha=0.5", Parameter::Beta),
        ("threshold local-entropy-break", Parameter::Alpha),
        ("threshold isolation-load", Parameter::Alpha),
        (
            "threshold isolation-distance alpha=0.5",
            Parameter::Distance,
        ),
        ("threshold closest-distance alpha=0.5", Parameter::Distance),
    ];
    for (text, answer) in answers {
        let request = request(text);
        assert_eq!(request.verb.answer(), Some(answer), "{text}");
        let point = request.grid.point(0).unwrap();
        for parameter in [Parameter::Alpha, Parameter::Kappa, Parameter::Beta] {
            assert_eq!(
                point.get(parameter).is_none(),
                parameter == answer,
                "{text}"
            );
        }
    }
}

/// Requests, and the one line that each is refused with.
const REFUSALS: &[(&str, &str)] = &[
    (
        "solve alpha=0.5 weights=ridge",
        "--loss theta: loss theta has no minimiser with a ridge; allowed: cross-entropy, square, hinge, squared-hinge, perceptron, huber-hinge",
    ),
    (
        "solve alpha=0.5 machine=parity:3",
        "--machine parity:3: no such machine; allowed: perceptron",
    ),
    (
        "solve alpha=0.5 loss=Theta",
        "--loss Theta: no such loss; allowed: theta, cross-entropy, square, hinge, squared-hinge, perceptron, huber-hinge, window",
    ),
    (
        "solve alpha=0.5 branches=both",
        "--branches both: no such branches; allowed: dominant, all",
    ),
    (
        "solve alpha=0.5 kapa=1",
        "--kapa 1: no such option; allowed: machine, weights, data, loss, branches, alpha, kappa, beta, gamma, lambda, norm, delta, rho, training-error, distance, set, bias, classifier, reference, reference-beta, \
             patterns, labels, label-column, test, n, samples, first-sample, seed, entries, rate, protocol, rule, schedule, damping, tolerance, max-iterations, path, summary, checks, all, sigmas",
    ),
    (
        "solve alpha=0.5 alpha=1",
        "--alpha 1: given twice; allowed: one alpha",
    ),
    (
        "solve alpha=0.5 lambda=1",
        "--lambda 1: weights binary has no lambda; allowed: leave it out, or weights ridge",
    ),
    (
        "solve",
        "--alpha: solve needs it; allowed: a value, a list a,b,c or a range start:step:stop, greater than 0 and finite",
    ),
    (
        "solve alpha=1,0",
        "--alpha 1,0: 0 is out of range; allowed: a value, a list a,b,c or a range start:step:stop, greater than 0 and finite",
    ),
    (
        "solve alpha=1 beta=-1",
        "--beta -1: -1 is out of range; allowed: a value, a list a,b,c or a range start:step:stop, at least 0, inf for zero temperature",
    ),
    (
        "solve alpha=1 loss=hinge kappa=0",
        "--kappa 0: loss hinge has no kappa; allowed: leave it out, or loss theta, squared-hinge, window",
    ),
    (
        "solve alpha=1 gamma=1",
        "--gamma 1: loss theta has no gamma; allowed: leave it out, or loss cross-entropy",
    ),
    (
        "solve capacity alpha=1",
        "QUANTITY capacity: solve takes no quantity; allowed: leave it out, or the verb threshold",
    ),
    (
        "threshold",
        "QUANTITY: what to find is missing; allowed: capacity, at, spinodal, first-order, kappa-max, freezing, interpolation, local-entropy-break, isolation-distance, isolation-margin, isolation-load, closest-distance",
    ),
    (
        "threshold separability",
        "QUANTITY separability: no such quantity; allowed: capacity, at, spinodal, first-order, kappa-max, freezing, interpolation, local-entropy-break, isolation-distance, isolation-margin, isolation-load, closest-distance",
    ),
    (
        "threshold capacity alpha=0.5",
        "--alpha 0.5: alpha is the answer of threshold capacity; allowed: leave it out",
    ),
    (
        "threshold kappa-max alpha=0.5 kappa=0",
        "--kappa 0: kappa is the answer of threshold kappa-max; allowed: leave it out",
    ),
    (
        "threshold kappa-max alpha=0.5 loss=hinge",
        "--loss hinge: threshold kappa-max needs a loss with a margin; allowed: theta, squared-hinge, window",
    ),
    (
        "threshold kappa-max",
        "--alpha: threshold kappa-max needs it; allowed: a value, a list a,b,c or a range start:step:stop, greater than 0 and finite",
    ),
    (
        "threshold freezing alpha=0.5 weights=spherical",
        "--weights spherical: threshold freezing needs discrete weights; allowed: binary, ternary",
    ),
    (
        "threshold capacity branches=all",
        "--branches all: threshold capacity does not choose between branches; allowed: leave it out",
    ),
    (
        "local-entropy capacity alpha=1",
        "QUANTITY capacity: local-entropy takes no quantity; allowed: leave it out, or the verb threshold",
    ),
    (
        "local-entropy",
        "--alpha: local-entropy needs it; allowed: a value, a list a,b,c or a range start:step:stop, greater than 0 and finite",
    ),
    (
        "local-entropy alpha=0.5 distance=0",
        "--distance 0: 0 is out of range; allowed: a value, a list a,b,c or a range start:step:stop, above 0, at most 0.5",
    ),
    (
        "local-entropy alpha=0.5 distance=0.1,0.6",
        "--distance 0.1,0.6: 0.6 is out of range; allowed: a value, a list a,b,c or a range start:step:stop, above 0, at most 0.5",
    ),
    (
        "solve alpha=0.5 distance=0.1",
        "--distance 0.1: distance belongs to local-entropy and simulate; allowed: leave it out, or the verb local-entropy or simulate",
    ),
    (
        "threshold isolation-load distance=0.1",
        "--distance 0.1: distance belongs to local-entropy and simulate; allowed: leave it out, or the verb local-entropy or simulate",
    ),
    (
        "threshold isolation-distance alpha=0.5 distance=0.1",
        "--distance 0.1: distance is the answer of threshold isolation-distance; allowed: leave it out",
    ),
    (
        "solve alpha=0.5 reference=typical",
        "--reference typical: solve takes no reference; allowed: leave it out, or the verb local-entropy",
    ),
    (
        "local-entropy alpha=0.5 data=teacher reference=robust",
        "--data teacher: around anything but a typical solution local-entropy needs storage data; allowed: storage",
    ),
    (
        "threshold isolation-margin alpha=0.5 data=teacher",
        "--data teacher: threshold isolation-margin needs storage data; allowed: storage",
    ),
    (
        "threshold isolation-load branches=all",
        "--branches all: threshold isolation-load does not choose between branches; allowed: leave it out",
    ),
    (
        "sweep alpha=1",
        "VERB sweep: no such verb; allowed: solve, threshold, local-entropy, simulate, classifiers, validate",
    ),
];

#[test]
fn refusals_name_option_value_and_allowed() {
    for (text, line) in REFUSALS {
        assert_eq!(refusal(text), *line, "{text}");
    }
}

#[test]
fn grids_vary_in_the_order_given_and_are_bounded() {
    let points = |text: &str| {
        let all = request(text).grid;
        all.iter()
            .map(|p| (p.alpha.unwrap(), p.kappa.unwrap()))
            .collect::<Vec<_>>()
    };
    let alpha_first = [(1.0, 0.0), (1.0, 0.5), (2.0, 0.0), (2.0, 0.5)];
    let kappa_first = [(1.0, 0.0), (2.0, 0.0), (1.0, 0.5), (2.0, 0.5)];
    assert_eq!(points("solve alpha=1,2 kappa=0,0.5"), alpha_first);
    assert_eq!(points("solve kappa=0,0.5 alpha=1,2"), kappa_first);
    assert_eq!(
        refusal("solve alpha=0.001:0.001:1 kappa=0:0.001:1"),
        "--kappa 0:0.001:1: the grid of alpha and kappa is too large; allowed: at most 1000000 grid points"
    );
}

#[test]
fn canonical_ignores_spelling_but_not_the_grids_order() {
    let canonical = |text: &str| request(text).canonical();
    assert_eq!(
        canonical("solve loss=theta kappa=0.0 alpha=0.1,0.2,0.3"),
        canonical("solve alpha=0.1:0.1:0.3 beta=inf"),
    );
    assert_eq!(
        canonical("solve alpha=0.1:0.1:0.3"),
        "solve machine=perceptron weights=binary data=storage loss=theta branches=dominant \
         kappa=0 beta=inf alpha=0.1:0.1:0.3"
            .replacen("solve", "verb=solve", 1),
    );
    assert_ne!(
        canonical("solve alpha=1,2 kappa=0,1"),
        canonical("solve kappa=0,1 alpha=1,2"),
    );
}

#[test]
fn a_curve_runs_over_its_distances_first_and_references_last() {
    let request =
        request("local-entropy distance=0.2,0.1 alpha=0.5,0.6 reference=margin:0.20,square");
    let points: Vec<_> = request
        .grid
        .iter()
        .map(|p| (p.alpha.unwrap(), p.distance.unwrap()))
        .collect();
    assert_eq!(points, [(0.5, 0.2), (0.5, 0.1), (0.6, 0.2), (0.6, 0.1)]);
    assert_eq!(request.points(), 8);
    assert_eq!(
        request.canonical(),
        "verb=local-entropy machine=perceptron weights=binary data=storage loss=theta \
         branches=dominant reference=margin:0.2,square reference-beta=inf kappa=0 beta=inf \
         alpha=0.5,0.6 distance=0.2,0.1"
    );
    assert_eq!(
        refusal(
            "local-entropy alpha=0.001:0.001:10 distance=0.01:0.01:0.5 reference=square,hinge,typical"
        ),
        "--distance 0.01:0.01:0.5: the grid of alpha and distance and reference is too large; \
         allowed: at most 1000000 grid points"
    );
    assert_eq!(
        refusal("local-entropy alpha=0.001:0.001:20"),
        "--distance: the grid of alpha and distance is too large; allowed: at most 1000000 grid points"
    );
}

#[test]
fn without_distances_a_curve_covers_the_whole_range() {
    let request = request("local-entropy alpha=0.5 kappa=0,0.1");
    assert_eq!(request.references, [ReferenceChoice::Typical]);
    assert_eq!(request.grid.len(), 2 * default_distances().len());
    assert_eq!(request.grid.point(0).unwrap().distance, Some(1e-4));
    let threshold = Request::new(&raw("threshold isolation-margin alpha=0.5")).unwrap();
    assert_eq!((threshold.points(), threshold.references.len()), (1, 0));
    assert_eq!(threshold.verb.answer(), None);
}
