//! Linear classifiers of a Gaussian mixture in closed form, against `mixture/mixture-bayes.json`.

use crate::reference::{Ledger, table};
use quenched::model::Mixture;
use quenched::replica::closed_form::classifier::{
    bayes_optimal, hebb, oracle, plug_in, semi_supervised_overlap,
};

const CLOSED: f64 = 4e-15;

#[test]
fn closed_forms() {
    let file = table("mixture/mixture-bayes.json");
    let mut ledger = Ledger::default();
    for row in &file.rows("table") {
        let [alpha, delta, rho] = ["alpha", "Delta", "rho"].map(|key| row.number(key));
        let label = format!("alpha={alpha} delta={delta} rho={rho}");
        let mixture = Mixture::new(delta, rho).expect("valid");
        let best = bayes_optimal(&mixture, alpha);
        let unit = bayes_optimal(&mixture, alpha).of_norm(1.0);
        let simple = hebb(&mixture, alpha);
        let errors = [
            ("bayes_error", best.generalization_error(&mixture)),
            ("bayes_error", unit.generalization_error(&mixture)),
            (
                "bayes_error",
                simple
                    .with_best_bias(&mixture)
                    .generalization_error(&mixture),
            ),
            (
                "oracle_error",
                oracle(&mixture).generalization_error(&mixture),
            ),
            ("hebb_error_b0", simple.generalization_error(&mixture)),
            (
                "plugin_error",
                plug_in(&mixture, alpha).generalization_error(&mixture),
            ),
            (
                "bayes_train_error",
                best.training_error(&mixture).expect("trained"),
            ),
            (
                "bayes_train_error",
                unit.training_error(&mixture).expect("trained"),
            ),
            ("bayes_b", best.bias),
            ("b_unit_norm", unit.bias),
            ("hebb_cos", simple.cosine()),
            ("q_b", best.q),
        ];
        for (name, got) in errors {
            ledger.close(&label, name, Some(got), row.number(name), CLOSED);
        }
    }
    for row in &file.rows("semi_supervised_balanced") {
        let [alpha, delta, labelled] = ["alpha", "Delta", "eta"].map(|key| row.number(key));
        let q = semi_supervised_overlap(delta, alpha, labelled);
        let label = format!("alpha={alpha} delta={delta} labelled={labelled}");
        ledger.close(&label, "semi q", Some(q), row.number("q"), 1e-12);
        let error = Mixture::new(delta, 0.5).expect("valid").error(q, q, 0.0);
        // Below the threshold the file has what its iteration left of zero.
        let (error, tolerance) = if q > 0.0 { (error, 1e-12) } else { (0.5, 1e-8) };
        ledger.close(
            &label,
            "semi error",
            Some(error),
            row.number("bayes_error"),
            tolerance,
        );
    }
    ledger.end(64 * 12 + 22 * 2);
}

#[test]
fn the_limits_of_many_patterns_and_of_the_label() {
    for rho in [0.5, 0.2] {
        let mixture = Mixture::new(1.3, rho).expect("valid");
        let oracle = oracle(&mixture).generalization_error(&mixture);
        let excess =
            |alpha: f64| bayes_optimal(&mixture, alpha).generalization_error(&mixture) - oracle;
        // The excess falls as 1/α.
        assert!((1e6 * excess(1e6) / (1e4 * excess(1e4)) - 1.0).abs() < 1e-3);
        let trivial = bayes_optimal(&mixture, 1e-6).generalization_error(&mixture);
        assert!((trivial - rho.min(1.0 - rho)).abs() < 1e-3);
    }
    assert_eq!(semi_supervised_overlap(1.0, 0.9, 0.0), 0.0);
    let all = semi_supervised_overlap(1.0, 0.9, 1.0);
    assert!((all - 0.9 / 1.9).abs() < 1e-15);
}
