//! What a part has no theory for is refused when it is asked for, with the reason.

use quenched::ask::{RawRequest, Request};
use quenched::model::prior::Norm;
use quenched::model::registry::{self, LOSSES, MINIMISED, WEIGHTS};

/// Weights of given values beside the registered ones.
const ATOMS: [&str; 2] = ["atoms:-2,-1,1,2", "atoms:-1@0.25,0@0.5,1@0.25"];

fn request(verb: &str, quantity: Option<&str>, options: &[(&str, &str)]) -> Result<(), String> {
    let raw = RawRequest {
        verb: verb.to_owned(),
        quantity: quantity.map(str::to_owned),
        options: options
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        folder: "/nonexistent".into(),
    };
    let made = Request::new(&raw).map(|_| ());
    made.map_err(|error| error.to_string())
}

fn refused(asked: Result<(), String>, reason: &str, what: &str) {
    match asked {
        Ok(()) => panic!("{what} is accepted"),
        Err(line) => assert!(line.contains(reason), "{what}: {line}"),
    }
}

/// Weights by whether a distance between two of them is an angle.
fn laws(free: bool) -> Vec<&'static str> {
    let all = WEIGHTS.iter().chain(&ATOMS).copied();
    let is = |name: &&str| registry::norm(name).is_some_and(|norm| (norm == Norm::Free) == free);
    all.filter(is).collect()
}

#[test]
fn distances_are_not_defined_for_a_free_norm() {
    let (free, one) = (laws(true), laws(false));
    assert!(free.len() >= 5 && one.len() >= 2, "{free:?} {one:?}");
    let asked = |weights: &str, verb: &str, quantity: Option<&str>| {
        let mut options = vec![("weights", weights)];
        if quantity != Some("isolation-load") {
            options.push(("alpha", "0.5"));
        }
        request(verb, quantity, &options)
    };
    let ways = [
        ("local-entropy", None),
        ("threshold", Some("isolation-load")),
        ("threshold", Some("isolation-distance")),
        ("threshold", Some("closest-distance")),
    ];
    for (verb, quantity) in ways {
        for weights in &free {
            let what = format!("{verb} {quantity:?} {weights}");
            let reason = "distances, which are not defined for weights of free norm";
            refused(asked(weights, verb, quantity), reason, &what);
        }
    }
    for weights in one {
        let made = asked(weights, "local-entropy", None);
        assert_eq!(made, Ok(()), "{weights}");
    }
}

#[test]
fn mixtures_have_few_weights_and_losses() {
    let asked = |weights: &str, loss: &str| {
        let options = [
            ("data", "mixture"),
            ("weights", weights),
            ("loss", loss),
            ("alpha", "1"),
            ("rho", "0.5"),
        ];
        request("solve", None, &options)
    };
    let mut refusals = 0;
    for weights in WEIGHTS.iter().chain(&ATOMS).copied() {
        for &loss in LOSSES.iter() {
            let what = format!("{weights} {loss}");
            let ridge = registry::norm(weights).is_none();
            if !ridge && !registry::has_clusters(weights) {
                refused(asked(weights, loss), "no theory of mixtures for", &what);
            } else if ridge && registry::jumps(loss) {
                refused(asked(weights, loss), "has no minimiser with a ridge", &what);
            } else {
                assert_eq!(asked(weights, loss), Ok(()), "{what}");
                continue;
            }
            refusals += 1;
        }
    }
    assert!(refusals > LOSSES.len() * 3, "{refusals}");
}

#[test]
fn losses_that_jump_have_no_minimiser() {
    let asked = |loss: &str| {
        let options = [
            ("data", "mixture"),
            ("loss", loss),
            ("alpha", "2"),
            ("n", "20"),
        ];
        request("simulate", Some("minimise"), &options)
    };
    let mut jumping = 0;
    for &loss in LOSSES.iter() {
        if registry::jumps(loss) {
            jumping += 1;
            refused(asked(loss), "has no minimiser", loss);
        } else if MINIMISED.contains(&loss) {
            assert_eq!(asked(loss), Ok(()), "{loss}");
        } else {
            refused(asked(loss), "has no method for loss", loss);
        }
    }
    assert!(jumping >= 2, "{jumping}");
}
