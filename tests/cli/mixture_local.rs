//! The local landscape of a Gaussian mixture. The numbers are those of an independent computation
//! (tests/reference/mixture/mixture-local-entropy.json, and six values given to four digits).

use crate::common::{Folder, Ran, column, csv, json, numbers};

const MIXTURE: &str = "local-entropy --data mixture --weights spherical";

fn done(folder: &Folder, line: &str) -> Ran {
    let ran = folder.run(line);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}");
    ran
}

fn close(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() < tolerance, "{found} {wanted}");
    }
}

#[test]
fn around_the_bayes_optimal_classifier() {
    let folder = Folder::new("mixture-local-bayes");
    let line = format!("{MIXTURE} --alpha 1 --distance 0.25,0.1,0.025,0.005");
    let ran = done(&folder, &line);
    let text = ran.text();
    assert_eq!(column(text, "reference"), ["bayes-optimal"; 4]);
    let status = ["ok", "ok", "ok", "no_solution"];
    assert_eq!(column(text, "status"), status);
    let entropy = column(text, "normalized_local_entropy");
    for (cell, wanted) in entropy.iter().zip([-0.47221, -0.24158, -0.35007]) {
        assert!(
            (cell.parse::<f64>().unwrap() - wanted).abs() < 6e-6,
            "{cell}"
        );
    }
    // Nearer than the nearest solution there are no probes, but vectors that err.
    for name in ["local_entropy", "q", "m", "reference_q", "residual"] {
        assert_eq!(column(text, name)[3], "", "{name}");
    }
    let perturbed = numbers(text, "local_training_error");
    assert!(perturbed.windows(2).all(|pair| pair[1] < pair[0]));
    // E H(S √((α+Δ)/α)/√Δ) at S = 0.99.
    close(&perturbed[3..], &[0.08074596522], 1e-10);
    let error = numbers(text, "local_generalization_error");
    // Members of the shell know as much of the axis as any vector of it, by (MX.10).
    let own: f64 = column(text, "generalization_error")[0].parse().unwrap();
    close(&error[..1], &[own], 1e-12);
    let end = "threshold closest-distance --data mixture --weights spherical --alpha 1";
    let end = done(&folder, end);
    close(&numbers(end.text(), "overlap"), &[0.984095], 6e-7);
    assert_eq!(column(end.text(), "local_entropy"), [""]);
    assert_eq!(numbers(end.text(), "q"), [1.0]);
}

#[test]
fn around_minimisers_at_given_error() {
    let folder = Folder::new("mixture-local-error");
    let line = format!(
        "{MIXTURE} --alpha 2 --delta 0.5 --reference bayes-optimal,square:0.2,cross-entropy:0.5:1 \
         --training-error 0.01 --distance 0.25"
    );
    let ran = done(&folder, &line);
    let text = ran.text();
    assert_eq!(numbers(text, "training_error"), [0.01; 3]);
    assert_eq!(csv(text)[0].iter().filter(|c| **c == "beta").count(), 1);
    close(
        &numbers(text, "beta"),
        &[5.04908477982648, 6.204620189811884, 6.104158518341347],
        1e-8,
    );
    close(&numbers(text, "reference_q"), &[0.8, 0.2, 1.0], 1e-12);
    let entropy = &numbers(text, "normalized_local_entropy")[..1];
    close(entropy, &[-0.6824946992555574], 1e-10);
    // More errors than vectors make that do not look at the patterns: every neighbour is a probe.
    let many = done(&folder, &line.replace("0.01", "0.3"));
    assert_eq!(column(many.text(), "status"), ["ok"; 3]);
    close(
        &numbers(many.text(), "normalized_local_entropy"),
        &[0.0; 3],
        1e-11,
    );
    assert_eq!(numbers(many.text(), "beta"), [0.0; 3]);
    assert_eq!(column(many.text(), "training_error"), ["0.3"; 3]);
}

#[test]
fn references_have_the_values_of_solve() {
    let folder = Folder::new("mixture-local-reference");
    let model = "--data mixture --alpha 2 --rho 0.3 --lambda 0.5,2";
    for (name, loss) in [
        ("square", "square"),
        ("hinge", "hinge"),
        ("cross-entropy:0.7", "cross-entropy --gamma 0.7"),
    ] {
        let line = format!("solve {model} --weights ridge --loss {loss}");
        let solved = done(&folder, &line);
        let line = format!(
            "local-entropy {model} --weights spherical --beta 1 --reference {name} --distance 0.1"
        );
        let around = done(&folder, &line);
        let (solved, around) = (solved.text(), around.text());
        assert_eq!(column(around, "lambda"), ["0.5", "2.0"]);
        for quantity in [
            "q",
            "m",
            "bias",
            "cosine",
            "training_error",
            "generalization_error",
        ] {
            let of_reference = numbers(around, &format!("reference_{quantity}"));
            close(&of_reference, &numbers(solved, quantity), 1e-10);
        }
        let stability = numbers(around, "reference_at_stability");
        close(&stability, &numbers(solved, "at_stability"), 1e-9);
        // At its own norm the probe's bias is that of the reference.
        let norm = numbers(around, "reference_q")[0].sqrt();
        let bias = numbers(around, "reference_bias")[0];
        close(&numbers(around, "bias")[..1], &[bias / norm], 1e-12);
    }
}

#[test]
fn nearer_to_the_bayes_optimal_vector_there_are_more_solutions() {
    let folder = Folder::new("mixture-local-tilted");
    let tilts = ["-0.5", "0", "0.5", "1", "2", "3"].map(|h| format!("tilted:{h}"));
    let line = format!(
        "{MIXTURE} --alpha 1 --distance 0.05 --reference {}",
        tilts.join(",")
    );
    let ran = done(&folder, &line);
    let text = ran.text();
    assert_eq!(column(text, "reference"), tilts);
    close(
        &numbers(text, "reference_bayes_overlap"),
        &[0.4909, 0.5966, 0.6929, 0.7629, 0.8414, 0.8803],
        6e-5,
    );
    let entropy = numbers(text, "normalized_local_entropy");
    close(
        &entropy,
        &[-0.2039, -0.1759, -0.1555, -0.1435, -0.1333, -0.1299],
        6e-5,
    );
    assert!(entropy.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(numbers(text, "reference_training_error"), [0.0; 6]);
    let biased = format!("{MIXTURE} --alpha 1 --rho 0.3 --bias fixed:-0.2 --reference tilted:1");
    let ran = done(&folder, &format!("{biased} --distance 0.1 --format json"));
    let row = &json(ran.text())["rows"][0];
    assert_eq!(row["bias"].as_f64(), Some(-0.2));
    assert_eq!(row["reference_bias"].as_f64(), Some(-0.2));
    assert_eq!(row["status"], "ok");
}

#[test]
fn equal_requests_give_equal_bytes_on_any_number_of_threads() {
    let folder = Folder::new("mixture-local-bytes");
    let line = format!(
        "{MIXTURE} --alpha 1,2 --reference bayes-optimal,square,tilted:1 --beta 1,inf \
         --distance 0.05:0.1:0.45"
    );
    let answers = [1, 2].map(|n| done(&folder, &format!("{line} --threads {n}")));
    let [one, two] = answers.each_ref().map(|ran| csv(ran.text()));
    assert_eq!(one.len(), 1 + 3 * 2 * 2 * 5);
    assert_eq!(one, two);
}

#[test]
fn what_there_is_not_is_refused() {
    const NAMES: &str = "allowed: bayes-optimal, cross-entropy:G, cross-entropy:G:Q, square, \
                         square:Q, hinge, hinge:Q, perceptron, perceptron:Q, tilted:H, or a list of these";
    let folder = Folder::new("mixture-local-refused");
    let closest = "threshold closest-distance --data mixture --weights spherical --alpha 1";
    let cases: &[(&str, &[&str])] = &[
        (
            "--reference typical",
            &["typical is no reference of a mixture", NAMES],
        ),
        (
            "--reference robust",
            &["robust is no reference of a mixture"],
        ),
        (
            "--reference cross-entropy",
            &["cross-entropy needs its sharpness"],
        ),
        (
            "--reference cross-entropy:0",
            &["cross-entropy:0 is not above 0"],
        ),
        ("--reference square:0", &["square:0 is not above 0"]),
        (
            "--reference square:1:2",
            &["square:1:2 has too many numbers"],
        ),
        ("--reference hinge:x", &["hinge:x does not end in a number"]),
        ("--reference tilted", &["tilted needs its tilt"]),
        ("--reference tilted:inf", &["does not end in a number"]),
        ("--reference square,,hinge", &["a name is missing"]),
        (
            "--reference tilted:1 --rho 0.3",
            &[
                "--bias learned: tilted references of unequal",
                "fixed:B, or rho 0.5",
            ],
        ),
        (
            "--lambda 2",
            &["--lambda 2: lambda is the ridge of references without a given norm"],
        ),
        (
            "--reference square:1 --lambda 2",
            &["--lambda 2: lambda is the ridge of references without a given norm"],
        ),
        (
            "--reference-beta 2",
            &["--reference-beta 2: references of a mixture have no temperature"],
        ),
        (
            "--beta 1 --training-error 0.1",
            &["--beta 1: training-error decides the temperature"],
        ),
        (
            "--training-error 0.1 --kappa 1",
            &["--training-error 0.1: only loss theta of margin 0 counts the errors"],
        ),
        (
            "--training-error 0.1 --loss hinge --beta 1",
            &["--beta 1: training-error decides"],
        ),
        (
            "--training-error 0",
            &["--training-error 0: 0 is out of range"],
        ),
        (
            "--training-error",
            &["--training-error: its value is missing"],
        ),
        (
            "--loss square",
            &["--beta: probes of loss square need a temperature"],
        ),
        (
            "--loss cross-entropy --beta 1,inf",
            &["--beta 1,inf: probes of loss cross-entropy need a temperature"],
        ),
    ];
    for (options, parts) in cases {
        let line = format!("{MIXTURE} --alpha 1 -o x.csv {options}");
        folder.run(&line).assert_refused(2, parts);
    }
    let others: &[(String, &[&str])] = &[
        (
            format!("{closest} --reference tilted:1"),
            &[
                "tilted makes no errors",
                "square:Q, hinge, hinge:Q, perceptron, perceptron:Q, or a list",
            ],
        ),
        (
            format!("{closest} --training-error 0.1"),
            &["--training-error 0.1: threshold closest-distance has no training-error"],
        ),
        (
            format!("{closest} --beta 2"),
            &["--beta 2: threshold closest-distance is about zero temperature"],
        ),
        (
            format!("{closest} --loss square"),
            &["--loss square: threshold closest-distance needs a loss"],
        ),
        (
            "local-entropy --alpha 1 --training-error 0.1".to_owned(),
            &["--training-error 0.1: local-entropy has no training-error"],
        ),
        (
            "local-entropy --alpha 1 --data mixture".to_owned(),
            &[
                "--weights binary: local-entropy on a mixture needs weights of one norm",
                "spherical",
            ],
        ),
        (
            "threshold isolation-distance --alpha 1 --data mixture".to_owned(),
            &["--data mixture: threshold isolation-distance is not for mixtures"],
        ),
    ];
    for (line, parts) in others {
        folder.run(line).assert_refused(2, parts);
    }
    assert!(folder.entries().is_empty(), "{:?}", folder.entries());
}
