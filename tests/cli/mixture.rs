//! Gaussian mixtures from the command line. The numbers are those of an independent computation
//! (tests/reference/mixture).

use crate::common::{Folder, Ran, column, numbers};

fn done(folder: &Folder, line: &str) -> Ran {
    let ran = folder.run(line);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}");
    ran
}

fn close(found: &[f64], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
    }
}

#[test]
fn minimisers_of_a_risk() {
    let folder = Folder::new("mixture-risk");
    for (loss, m, q, error, bias) in [
        (
            "square",
            0.3693980625,
            0.2470735044,
            [0.2286928232, 0.1622449037],
            -0.4363943204,
        ),
        (
            "cross-entropy",
            0.4900851295,
            0.3736539863,
            [0.2113499968, 0.1927829118],
            -1.300478985,
        ),
        (
            "hinge",
            0.5863458323,
            0.6191878807,
            [0.2280910864, 0.1647747547],
            -0.7625690798,
        ),
    ] {
        let line =
            format!("solve --data mixture --weights ridge --loss {loss} --alpha 2 --rho 0.5,0.2");
        let ran = done(&folder, &line);
        let text = ran.text();
        close(&numbers(text, "m")[..1], &[m]);
        close(&numbers(text, "q")[..1], &[q]);
        close(&numbers(text, "generalization_error"), &error);
        close(&numbers(text, "bias"), &[0.0, bias]);
        close(&numbers(text, "bayes_error"), &[0.2071080891, 0.1409184308]);
        assert_eq!(column(text, "status"), ["ok"; 2]);
    }
    // A line in the load, from one point to the next, and the same points alone.
    let alphas = ["0.5", "1", "2", "4"];
    let line = "solve --data mixture --weights ridge --loss hinge --lambda 0.3 --alpha";
    let together = done(&folder, &format!("{line} {}", alphas.join(",")));
    for (k, alpha) in alphas.iter().enumerate() {
        let alone = done(&folder, &format!("{line} {alpha}"));
        for name in ["m", "q", "training_loss", "generalization_error"] {
            let found = numbers(together.text(), name)[k];
            close(&[found], &numbers(alone.text(), name));
        }
    }
    let fixed = done(
        &folder,
        "solve --data mixture --weights ridge --loss square --alpha 2 --rho 0.2 --bias fixed:-0.1",
    );
    assert_eq!(numbers(fixed.text(), "bias"), [-0.1]);
}

#[test]
fn a_strong_ridge_finds_the_bayes_optimal_direction() {
    let folder = Folder::new("mixture-ridge");
    let ran = done(
        &folder,
        "solve --data mixture --weights ridge --loss square --alpha 1.5 --delta 0.7 --lambda 1,100,10000",
    );
    let (error, bayes) = (
        numbers(ran.text(), "generalization_error"),
        numbers(ran.text(), "bayes_error"),
    );
    let excess: Vec<f64> = error.iter().zip(&bayes).map(|(a, b)| a - b).collect();
    assert!(
        excess[0] > 1e-3 && excess[1] > 0.0 && excess[1] < 1e-3,
        "{excess:?}"
    );
    assert!(excess[2].abs() < 1e-7, "{excess:?}");
}

#[test]
fn measures_on_the_sphere_and_their_separability() {
    let folder = Folder::new("mixture-measure");
    let ran = done(
        &folder,
        "solve --data mixture --weights spherical --bias fixed:0 --alpha 0.5,1,2",
    );
    let text = ran.text();
    close(
        &numbers(text, "q"),
        &[0.2720152836, 0.4725927407, 0.7452932375],
    );
    close(
        &numbers(text, "m"),
        &[0.2770596656, 0.4218481869, 0.5620185395],
    );
    close(
        &numbers(text, "entropy"),
        &[-0.3093032888, -0.5850953849, -1.1696244812],
    );
    let threshold = |options: &str| {
        let line = format!("threshold interpolation --data mixture --weights spherical {options}");
        numbers(done(&folder, &line).text(), "alpha")
    };
    let balanced = [6.6628170989, 3.7000334557, 2.7328837972, 2.3411843722];
    close(&threshold("--delta 0.5,1,2,4"), &balanced);
    close(
        &threshold("--delta 0.5,1,2,4 --rho 0.2 --bias fixed:0"),
        &balanced,
    );
    let optimal = [8.6510158659, 4.8490376530, 3.6071182251, 3.1045671039];
    close(&threshold("--delta 0.5,1,2,4 --rho 0.2"), &optimal);
    let above = done(
        &folder,
        "solve --data mixture --weights spherical --alpha 4 --bias fixed:0",
    );
    assert_eq!(column(above.text(), "status"), ["no_solution"]);
}

#[test]
fn what_there_is_not_of_a_mixture_is_refused() {
    let folder = Folder::new("mixture-refused");
    let ridge = "solve --data mixture --weights ridge --alpha 2";
    for (line, part) in [
        (
            format!("{ridge} --loss theta"),
            "--loss theta: loss theta has no minimiser",
        ),
        (
            format!("{ridge} --loss square --beta 2"),
            "--beta 2: ridge weights minimise a risk",
        ),
        (
            format!("{ridge} --loss square --lambda -1"),
            "--lambda -1: -1 is out of range",
        ),
        (
            format!("{ridge} --loss square --rho 1"),
            "--rho 1: 1 is out of range",
        ),
        (
            format!("{ridge} --loss square --delta 0"),
            "--delta 0: 0 is out of range",
        ),
        (
            format!("{ridge} --loss square --bias fixed:x"),
            "--bias fixed:x: no bias",
        ),
        (
            "threshold capacity --weights ridge".to_owned(),
            "--weights ridge: threshold capacity has no theory of ridge weights without clusters",
        ),
        (
            "solve --alpha 2 --delta 1".to_owned(),
            "--delta 1: data storage has no delta",
        ),
        (
            "solve --data mixture --weights spherical --alpha 2 --rho 0.2 --beta 2".to_owned(),
            "--beta 2: loss theta has no learned bias of unequal clusters there",
        ),
        (
            "simulate bp --alpha 1 --data mixture".to_owned(),
            "--data mixture: simulate bp is not for mixtures",
        ),
        (
            "threshold capacity --data mixture".to_owned(),
            "--data mixture: threshold capacity is not for mixtures",
        ),
        (
            "threshold interpolation".to_owned(),
            "--data storage: threshold interpolation is that of a mixture",
        ),
    ] {
        folder.run(&line).assert_refused(2, &[part]);
    }
}

#[test]
fn minimisers_of_given_norm() {
    let folder = Folder::new("mixture-norm");
    let line = "solve --data mixture --weights spherical --loss square --alpha 2 --rho 0.2 --norm";
    let ran = done(&folder, &format!("{line} 0.14813"));
    // The best norm, and its error to the digits that are known; the ridge is its multiplier.
    let error = numbers(ran.text(), "generalization_error");
    assert!((error[0] - 0.1620354).abs() < 1e-7, "{error:?}");
    let lambda = numbers(ran.text(), "lambda")[0];
    let ridge = done(
        &folder,
        &format!(
            "solve --data mixture --weights ridge --loss square --alpha 2 --rho 0.2 --lambda {lambda}"
        ),
    );
    close(&numbers(ridge.text(), "q"), &[0.14813]);
    close(&numbers(ridge.text(), "generalization_error"), &error);
    // Beyond the norm of least squares the multiplier is negative.
    let ran = done(&folder, &format!("{line} 1,3"));
    assert!(numbers(ran.text(), "lambda").iter().all(|l| *l < 0.0));
    assert_eq!(column(ran.text(), "status"), ["ok"; 2]);
    for (line, part) in [
        (
            "solve --alpha 1 --norm 2",
            "--norm 2: a model of binary, storage, theta has no norm",
        ),
        (
            "solve --alpha 1 --data mixture --weights spherical --loss square --norm 0",
            "--norm 0: 0 is out of range",
        ),
        (
            "solve --alpha 1 --data mixture --weights spherical --loss square --norm 2 --beta 3",
            "--norm 2: norm is that of a minimiser",
        ),
    ] {
        folder.run(line).assert_refused(2, &[part]);
    }
}

#[test]
fn without_a_ridge_separable_clusters_have_no_minimiser() {
    let folder = Folder::new("mixture-separable");
    for loss in ["cross-entropy", "hinge"] {
        let line = format!(
            "solve --data mixture --weights ridge --lambda 0 --loss {loss} --alpha 3.6,3.7,3.8"
        );
        let ran = folder.run(&line);
        // The threshold is 3.7000334557.
        assert_eq!(
            column(ran.text(), "status"),
            ["no_solution", "no_solution", "ok"],
            "{loss}"
        );
    }
    // Beyond some norm the hinge vanishes on more than one classifier.
    let line = "solve --data mixture --weights spherical --loss hinge --alpha 1 --norm 1,5,100";
    let ran = folder.run(line);
    assert_eq!(
        column(ran.text(), "status"),
        ["ok", "no_solution", "no_solution"]
    );
}

#[test]
fn classifiers_in_closed_form() {
    let folder = Folder::new("mixture-classifiers");
    let ran = done(&folder, "classifiers --alpha 0.5,1,2,4 --rho 0.2");
    let error = numbers(ran.text(), "generalization_error");
    let of = |k: usize| -> Vec<f64> { error.iter().copied().skip(k).step_by(4).collect() };
    let bayes = [0.1768527665, 0.1581395950, 0.1409184308, 0.1285067914];
    close(&of(0), &bayes);
    close(&of(1), &[0.1120665225; 4]);
    // Hebb's rule has no bias: its error is that of equal clusters.
    let balanced = [0.2818514308, 0.2397500611, 0.2071080891, 0.1855466848];
    close(&of(2), &balanced);
    assert!(of(3).iter().zip(&bayes).all(|(a, b)| a > b));
    let line = "classifiers --classifier bayes-optimal --alpha 0.5,1,2,4 --norm 3";
    let ran = done(&folder, line);
    close(&numbers(ran.text(), "generalization_error"), &balanced);
    close(
        &numbers(ran.text(), "training_error"),
        &[0.0416322583, 0.0786496035, 0.1103356810, 0.1317762386],
    );
    assert_eq!(numbers(ran.text(), "q"), [3.0; 4]);
    for (line, part) in [
        (
            "classifiers --alpha 1 --loss square",
            "--loss square: classifiers takes no loss",
        ),
        (
            "classifiers --alpha 1 --classifier hebb,hebb",
            "--classifier hebb,hebb: hebb is given twice",
        ),
        (
            "classifiers --alpha 1 --data teacher",
            "--data teacher: classifiers in closed form are those of a mixture",
        ),
        ("classifiers --rho 0.5", "--alpha: classifiers needs it"),
    ] {
        folder.run(line).assert_refused(2, &[part]);
    }
}
