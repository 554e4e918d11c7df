//! Local landscapes of a Gaussian mixture, against `mixture/mixture-local-entropy.json`.

mod reference;

use quenched::model::{Bias, Mixture, Parameters};
use quenched::replica::local::point::LocalOutcome;
use quenched::replica::mixture::learning::Learning;
use quenched::replica::mixture::local::LocalMixture;
use quenched::replica::mixture::reference::MixtureReference;
use quenched::replica::mixture::risk::Constraint;
use reference::{Ledger, table};
use serde_json::Value;

fn number(row: &Value, key: &str) -> f64 {
    match &row[key] {
        Value::String(s) if s == "inf" => f64::INFINITY,
        other => other.as_f64().unwrap_or_else(|| panic!("{key} in {row}")),
    }
}

fn parameters(alpha: f64, beta: f64) -> Parameters {
    Parameters {
        alpha,
        beta,
        gamma: 0.5,
        ..Parameters::default()
    }
}

fn made(case: &Value) -> MixtureReference {
    let mixture = Mixture::new(number(case, "Delta"), number(case, "rho")).expect("valid");
    let (alpha, from) = (number(case, "alpha"), &case["ref"]);
    let norm = Constraint::Norm(number(from, "q"));
    match from["loss"].as_str() {
        Some("linear") => MixtureReference::bayes_optimal(&mixture, alpha),
        Some("square") => {
            MixtureReference::square(&mixture, alpha, Bias::Learned, norm).expect("exists")
        }
        _ => {
            let learning =
                Learning::new("cross-entropy", mixture, Bias::Learned, norm).expect("known");
            MixtureReference::minimiser(learning, &parameters(alpha, f64::INFINITY))
                .expect("exists")
        }
    }
}

fn label(case: &Value, row: &Value) -> String {
    format!(
        "alpha={} delta={} rho={} {} S={} beta={}",
        case["alpha"], case["Delta"], case["rho"], case["ref"]["tag"], row["S"], row["beta"]
    )
}

fn compare(ledger: &mut Ledger, label: &str, outcome: &LocalOutcome, row: &Value, tolerance: f64) {
    let Some(state) = outcome.dominant() else {
        ledger.check(&format!("{label}: {outcome:?}"), false);
        return;
    };
    let o = state.observables;
    let phi = o.free_entropy.unwrap_or(o.entropy);
    for (key, got) in [
        ("q", o.q),
        ("m", o.m),
        ("r", o.response),
        ("phi", Some(phi)),
        ("train_err", o.training_error),
        ("entropy", Some(o.entropy)),
        ("entropy_minus_shell", Some(o.entropy - o.ball)),
        ("phi_minus_shell", Some(phi - o.ball)),
        ("gen_err", o.generalization_error),
        ("AT", o.at_stability),
    ] {
        ledger.close(label, key, got, &row[key], tolerance);
    }
    ledger.check(
        &format!("{label} residual {}", state.residual),
        state.residual < 1e-9,
    );
    ledger.check(
        &format!("{label} error {}", state.error_estimate),
        state.error_estimate < 1e-9,
    );
}

#[test]
fn references_and_perturbations() {
    let file = table("mixture/mixture-local-entropy.json");
    let mut ledger = Ledger::default();
    for case in file["table"].as_array().expect("cases") {
        let reference = made(case);
        let name = label(case, &Value::Null);
        ledger.close(&name, "m", Some(reference.m), &case["ref"]["m_unit"], 1e-11);
        ledger.close(
            &name,
            "b",
            Some(reference.bias),
            &case["ref"]["b_unit"],
            1e-11,
        );
        let error = Some(reference.generalization_error());
        ledger.close(&name, "gen_err", error, &case["ref"]["gen_err"], 1e-12);
        for row in case["local"].as_array().expect("rows") {
            let error = reference.perturbed_error(number(row, "S"));
            ledger.close(
                &label(case, row),
                "local",
                Some(error),
                &row["local_train_err"],
                1e-11,
            );
        }
    }
    ledger.end(20 * 17);
}

#[test]
fn curves() {
    let file = table("mixture/mixture-local-entropy.json");
    let mut ledger = Ledger::default();
    for case in file["table"].as_array().expect("cases") {
        let reference = made(case);
        let local = LocalMixture::new("theta", reference, None).expect("registered");
        let rows = case["curves"].as_array().expect("rows");
        for beta in [1.0, 3.0, f64::INFINITY] {
            let rows: Vec<&Value> = rows.iter().filter(|r| number(r, "beta") == beta).collect();
            let distances: Vec<f64> = rows.iter().map(|r| 0.5 * (1.0 - number(r, "S"))).collect();
            let start = std::time::Instant::now();
            let outcomes = local.curve(&parameters(0.0, beta), &distances);
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{} {beta}: {:.2} ms a point",
                label(case, &Value::Null),
                1e3 * seconds / rows.len() as f64
            );
            for (row, outcome) in rows.iter().zip(&outcomes) {
                compare(&mut ledger, &label(case, row), outcome, row, 1e-9);
            }
        }
    }
    ledger.end(700 * 10);
}

#[test]
fn given_errors() {
    let file = table("mixture/mixture-local-entropy.json");
    let mut ledger = Ledger::default();
    for case in file["table"].as_array().expect("cases") {
        let local = LocalMixture::new("theta", made(case), None).expect("registered");
        for row in case["at_error"].as_array().expect("rows") {
            let distance = 0.5 * (1.0 - number(row, "S"));
            let error = number(row, "target_err");
            let outcomes = local.curve_at_loss(&parameters(0.0, 1.0), error, &[distance]);
            let name = label(case, row);
            let beta = outcomes[0].dominant().and_then(|s| s.observables.beta);
            ledger.close(&name, "beta", beta, &row["beta"], 1e-8);
            compare(&mut ledger, &name, &outcomes[0], row, 1e-8);
        }
    }
    ledger.end(180 * 11);
}

#[test]
fn nearest_solutions() {
    let file = table("mixture/mixture-local-entropy.json");
    let mut ledger = Ledger::default();
    for case in file["table"].as_array().expect("cases") {
        let local = LocalMixture::new("theta", made(case), None).expect("registered");
        let start = std::time::Instant::now();
        let found = local.nearest(&parameters(0.0, f64::INFINITY));
        println!("{:.2} ms {found:?}", 1e3 * start.elapsed().as_secs_f64());
        let Ok(Some(nearest)) = found else {
            ledger.check(
                &format!("{} {found:?}", label(case, &Value::Null)),
                case["smax_zero_error"].is_null(),
            );
            continue;
        };
        let name = label(case, &Value::Null);
        let want = &case["smax_zero_error"];
        if want.is_null() {
            ledger.check(&format!("{name} {nearest:?}"), 1.0 - nearest.overlap < 1e-5);
            continue;
        }
        ledger.close(&name, "S", Some(nearest.overlap), &want[0], 1e-10);
        ledger.close(&name, "m", Some(nearest.m), &want[1], 1e-9);
        ledger.close(&name, "r", Some(nearest.response), &want[2], 1e-9);
    }
    ledger.end(20);
}
