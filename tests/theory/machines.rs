//! Wide machines (RS.28): saddle points, capacities and stability against values of another program.

use crate::reference::{Ledger, table};
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
