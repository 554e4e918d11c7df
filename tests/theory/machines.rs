//! Wide machines (RS.28): saddle points, capacities and stability against values of another program.

use crate::reference::{Ledger, table};
use quenched::math::special;
use quenched::model::loss::Theta;
use quenched::model::machine::{Machine, registered};
use quenched::model::prior::{Binary, Prior, Spherical, Ternary};
use quenched::model::{Control, Parameters};
use quenched::replica::ensemble::Ensemble;
use quenched::replica::state::{State, Status};
use quenched::replica::sweep::Branches;
use quenched::replica::threshold::Quantity;
use std::sync::Arc;

fn named(name: &str) -> Arc<dyn Machine> {
    let mut all = registered().into_iter();
    all.find(|m| m.name() == name).expect("registered")
}

fn machine(name: &str) -> Ensemble {
    Ensemble::of_machine(named(name), Arc::new(Binary), Arc::new(Theta)).expect("binary weights")
}

fn state(model: &Ensemble, p: &Parameters) -> State {
    let outcome = model.sweep(p, Control::Alpha, &[p.alpha], Branches::Dominant);
    outcome[0].dominant().expect("a state").clone()
}

/// Perceptrons and machines of sign units; `AT` is one minus the replicon.
#[test]
fn saddle_points() {
    let mut ledger = Ledger::default();
    for row in table("two-layer.json").rows("rs_table") {
        let name = match (row.has("act"), row.at("K").value_if_any()) {
            (true, _) => format!("wide:{}", row.text("act")),
            (false, Some(1.0)) => "perceptron".to_owned(),
            _ => continue,
        };
        if row.text("weights") != "binary" {
            continue;
        }
        let p = Parameters {
            alpha: row.number("alpha"),
            ..Parameters::default()
        };
        let s = state(&machine(&name), &p);
        let (o, label) = (&s.observables, format!("{name} {}", p.alpha));
        ledger.close(&label, "q", o.q, row.found("q"), 1e-12);
        ledger.close(&label, "q_hat", o.q_hat, row.found("qhat"), 1e-12);
        ledger.close(&label, "entropy", o.entropy, row.found("phi"), 1e-13);
        if row.has("AT") {
            let at = o.at_stability.map(|x| 1.0 - x);
            ledger.close(&label, "AT", at, row.found("AT"), 1e-12);
        }
        ledger.check(&label, s.status() == Status::Ok);
    }
    ledger.end(23);
}

#[test]
fn capacities() {
    let known = table("two-layer.json").at("capacity_rs");
    let sign = known.at("binary_Kinf_sign");
    let mut ledger = Ledger::default();
    let at = machine("wide:sign").threshold(Quantity::Capacity, &Parameters::default());
    let at = at.expect("a capacity");
    let o = &at.state.observables;
    ledger.close(
        "sign",
        "alpha",
        Some(at.value),
        sign.found("alpha_c"),
        1e-12,
    );
    ledger.close("sign", "q", o.q, sign.found("q"), 1e-12);
    ledger.close("sign", "q_hat", o.q_hat, sign.found("qh"), 1e-12);
    ledger.end(3);
    let relu = machine("wide:relu").threshold(Quantity::Capacity, &Parameters::default());
    assert!((relu.expect("a capacity").value - 0.903_986_3).abs() < 5e-8);
}

/// `(1/m) E ln E Z^m` of one step of symmetry breaking, for the perceptron's constraint, with overlaps of
/// outputs `Q₀` and `Q₁`: trapezoidal sums.
fn one_step([q0, q1]: [f64; 2], m: f64) -> f64 {
    let count = 400;
    let step = 18.0 / f64::from(count);
    let nodes: Vec<(f64, f64)> = (0..=count)
        .map(|i| -9.0 + step * f64::from(i))
        .map(|x| (x, step * special::gauss(x)))
        .collect();
    let inner = |z0: f64| -> f64 {
        let of = |&(z1, w): &(f64, f64)| {
            let field = q0.sqrt() * z0 + (q1 - q0).sqrt() * z1;
            w * special::h(-field / (1.0 - q1).sqrt()).powf(m)
        };
        nodes.iter().map(of).sum()
    };
    let outer = nodes.iter().map(|&(z0, w)| w * inner(z0).ln());
    outer.sum::<f64>() / m
}

/// (AT.21): along `q₁ = q + ε`, `q₀ = q - ε(1-m)/m`, which lies in the replicon sector, the second derivative
/// of the one-step functional is `-(1-m)/2m` times what patterns contribute to the replicon.
#[test]
fn replicons_are_those_of_one_step() {
    // Second derivative at the end of seven equidistant points.
    let weights = [
        203.0 / 45.0,
        -87.0 / 5.0,
        117.0 / 4.0,
        -254.0 / 9.0,
        16.5,
        -5.4,
        137.0 / 180.0,
    ];
    let (m, step) = (0.5, 5e-3);
    let p = Parameters {
        alpha: 0.5,
        ..Parameters::default()
    };
    for name in ["perceptron", "wide:sign", "wide:relu", "wide:erf"] {
        let o = state(&machine(name), &p).observables;
        let [q, q_hat, replicon] = [o.q, o.q_hat, o.at_stability].map(|x| x.expect("a number"));
        let root = q_hat.sqrt();
        let fourth = |x: f64| special::gauss(x) * (root * x).cosh().powi(-4);
        let weights_part: f64 = (-900..=900)
            .map(|i| 0.01 * fourth(0.01 * f64::from(i)))
            .sum();
        let patterns_part = (1.0 - replicon) / (p.alpha * weights_part);
        let output = |q: f64| named(name).output(q, 1.0 - q).q;
        let at = |epsilon: f64| one_step([output(q - epsilon), output(q + epsilon)], m);
        let values = weights
            .iter()
            .zip(0..)
            .map(|(w, i)| w * at(step * f64::from(i)));
        let second = values.sum::<f64>() / (step * step);
        let ratio = second / patterns_part;
        assert!(
            (ratio + 0.5 * (1.0 - m) / m).abs() < 1e-4,
            "{name}: {ratio}"
        );
    }
}

/// Only weights of norm one that can be counted have this theory here.
#[test]
fn other_weights_are_refused() {
    let sphere: Arc<dyn Prior> = Arc::new(Spherical);
    let sign = named("wide:sign");
    assert!(Ensemble::of_machine(sign.clone(), sphere, Arc::new(Theta)).is_none());
    assert!(Ensemble::of_machine(sign, Arc::new(Ternary), Arc::new(Theta)).is_none());
}

/// An even activation cannot tell a weight vector from its negative: no overlap, and the first moment.
#[test]
fn quadratic_units_have_no_overlap_at_light_loads() {
    let p = Parameters {
        alpha: 0.3,
        ..Parameters::default()
    };
    let s = state(&machine("wide:quadratic"), &p);
    let o = &s.observables;
    let want = std::f64::consts::LN_2 * (1.0 - p.alpha);
    assert!(o.q.expect("an overlap") < 1e-9, "{o:?}");
    assert!(
        (o.entropy.expect("an entropy") - want).abs() < 1e-12,
        "{o:?}"
    );
    assert_eq!(s.status(), Status::Ok);
}
