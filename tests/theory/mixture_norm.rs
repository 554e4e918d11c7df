//! The best norm and the best bias of minimisers of the square loss, against
//! `mixture/mixture-norm-constrained.json`.

use crate::reference::{Entry, Ledger, table};
use quenched::model::Constraint;
use quenched::model::{Bias, Mixture, Parameters};
use quenched::replica::closed_form::classifier::bayes_optimal;
use quenched::replica::learning::Learning;
use quenched::replica::observables::Observables;

fn mixture(row: &Entry) -> Mixture {
    Mixture::new(row.number("Delta"), row.number("rho")).expect("valid")
}

/// The minimiser of the square loss of this squared norm.
fn square(row: &Entry, bias: Bias, norm: f64) -> Observables {
    let norm = Constraint::Norm(norm);
    let learning = Learning::new("square", mixture(row), bias, norm).expect("registered");
    let outcome = learning.solve(&Parameters {
        alpha: row.number("alpha"),
        ..Parameters::default()
    });
    let state = outcome.dominant();
    state
        .unwrap_or_else(|| panic!("{row}: {outcome:?}"))
        .observables
}

fn error(row: &Entry, bias: Bias, norm: f64) -> f64 {
    let o = square(row, bias, norm);
    o.generalization_error.expect("has an error")
}

#[test]
fn best_norms() {
    let file = table("mixture/mixture-norm-constrained.json");
    let mut ledger = Ledger::default();
    let mut interior = 0;
    for row in &file.rows("mse_min") {
        let (label, norm) = (row.to_string(), row.number("Q_opt"));
        let o = square(row, Bias::Learned, norm);
        ledger.close(
            &label,
            "gen_err_min",
            o.generalization_error,
            row.number("gen_err_min"),
            1e-11,
        );
        ledger.close(&label, "lam", o.lambda, row.number("lam"), 1e-9);
        ledger.close(&label, "m", o.m, row.number("m"), 1e-11);
        ledger.close(&label, "b", o.bias, row.number("b"), 1e-11);
        ledger.close(
            &label,
            "train_loss",
            o.training_loss,
            row.number("train_loss"),
            1e-11,
        );
        let bayes = bayes_optimal(&mixture(row), row.number("alpha"));
        let bayes = bayes.generalization_error(&mixture(row));
        ledger.close(
            &label,
            "bayes_error",
            Some(bayes),
            row.number("bayes_error"),
            1e-12,
        );
        let here = o.generalization_error.expect("has an error");
        assert!(here > bayes, "{label}");
        let [below, above] = [0.999, 1.001].map(|s| error(row, Bias::Learned, s * norm));
        if row.text("where") == "interior" {
            interior += 1;
            // A minimum, and as flat as one found to some digits of its place.
            assert!(
                below > here && above > here,
                "{label}: {below} {here} {above}"
            );
            let curvature = below + above - 2.0 * here;
            assert!((above - below).abs() < 0.02 * curvature, "{label}");
        } else {
            assert!(below < here && here < above, "{label}");
        }
    }
    assert_eq!(interior, 20);
    ledger.end(24 * 6);
}

#[test]
fn best_given_bias() {
    let file = table("mixture/mixture-norm-constrained.json");
    let mut ledger = Ledger::default();
    for row in &file.rows("fixed_b") {
        let (label, norm, best) = (row.to_string(), row.number("Q"), row.number("b_best"));
        let here = error(row, Bias::Fixed(best), norm);
        ledger.close(&label, "gen_err", Some(here), row.number("gen_err"), 1e-11);
        let optimal = bayes_optimal(&mixture(row), row.number("alpha")).of_norm(norm);
        let root = norm.sqrt();
        let scaled = Some(optimal.bias / root);
        ledger.close(
            &label,
            "bayes_b_over_sqrtQ",
            scaled,
            row.number("bayes_b_over_sqrtQ"),
            1e-12,
        );
        if !row.flag("trivial_boundary") {
            let step = 0.01 * best;
            let [below, above] = [-step, step].map(|s| error(row, Bias::Fixed(best + s), norm));
            assert!(below > here && above > here, "{label}");
        }
    }
    ledger.end(29 * 2);
}

/// The Bayes-optimal classifier is not the minimiser of its norm, and errs less.
#[test]
fn bayes_optimal_configurations() {
    let file = table("mixture/mixture-norm-constrained.json");
    let mut ledger = Ledger::default();
    for case in &file.rows("bayes_config") {
        let (mixture, alpha) = (mixture(case), case.number("alpha"));
        for row in &case.rows("configs") {
            let norm = row.number("Q");
            let label = format!("{mixture:?} {alpha} {norm}");
            let found = bayes_optimal(&mixture, alpha).of_norm(norm);
            ledger.close(&label, "m", Some(found.m), row.number("m"), 1e-13);
            ledger.close(&label, "b", Some(found.bias), row.number("b"), 1e-13);
            let error = Some(found.generalization_error(&mixture));
            ledger.close(&label, "gen_err", error, row.number("gen_err"), 1e-13);
            let loss = found.training_square_loss(&mixture);
            ledger.close(&label, "train_mse", loss, row.number("train_mse"), 1e-12);
            let error = found.training_error(&mixture);
            ledger.close(&label, "train_err", error, row.number("train_err"), 1e-13);
            let least = [
                ("min_mse_same_norm_learned_b", Bias::Learned),
                ("min_mse_same_norm_same_b", Bias::Fixed(found.bias)),
            ];
            for (key, bias) in least {
                let o = square(case, bias, norm);
                ledger.close(&label, key, o.training_loss, row.number(key), 1e-11);
                assert!(o.training_loss < loss, "{label} {key}");
            }
            let same = square(case, Bias::Fixed(found.bias), norm);
            let error = same.generalization_error;
            ledger.close(
                &label,
                "error",
                error,
                row.number("gen_err_at_min_same_b"),
                1e-11,
            );
            assert!(error.expect("has one") >= found.generalization_error(&mixture));
        }
    }
    ledger.end(126 * 8);
}
