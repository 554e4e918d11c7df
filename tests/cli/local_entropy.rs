//! `quenched local-entropy`, and critical values of local entropies.

use crate::common::{Folder, Ran, column, csv, json, numbers};

/// The cell of a column where the table has one row.
fn only(ran: &Ran, name: &str) -> f64 {
    let cells = numbers(ran.text(), name);
    assert_eq!(cells.len(), 1, "{}", ran.text());
    cells[0]
}

fn done(folder: &Folder, line: &str) -> Ran {
    let ran = folder.run(line);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}");
    ran
}

#[test]
fn binary_weights_around_solutions_of_two_margins() {
    let folder = Folder::new("local-binary");
    let line =
        "local-entropy --alpha 0.5 --distance 0.1,0.02,0.005 --reference typical,margin:0.20";
    let ran = done(&folder, line);
    let text = ran.text();
    let references = [["typical"; 3], ["margin:0.2"; 3]].concat();
    assert_eq!(column(text, "reference"), references);
    assert_eq!(column(text, "distance"), ["0.1", "0.02", "0.005"].repeat(2));
    assert_eq!(column(text, "overlap"), ["0.8", "0.96", "0.99"].repeat(2));
    let entropy = numbers(text, "local_entropy");
    assert!((entropy[0] - 0.164659143931).abs() < 1e-9);
    assert!((entropy[1] - 0.027603501613).abs() < 1e-9);
    assert!((entropy[4] - 0.0686469252389).abs() < 1e-9);
    let normalized = numbers(text, "normalized_local_entropy");
    for (i, (s, d)) in entropy.iter().zip(numbers(text, "distance")).enumerate() {
        let ball = -d * d.ln() - (1.0 - d) * (1.0 - d).ln();
        assert!((normalized[i] - (s - ball)).abs() < 1e-12, "{i}");
    }
    let typical_is_isolated = ["ok", "ok", "rs_unstable", "ok", "ok", "ok"];
    assert_eq!(column(text, "status"), typical_is_isolated);
    assert!(column(text, "reason")[2].starts_with("local entropy negative"));
    assert_eq!(column(text, "reference_kappa")[2..4], ["0.0", "0.2"]);
    assert_eq!(column(text, "reference_beta"), ["inf"; 6]);
    assert_eq!(column(text, "reference_gamma"), [""; 6]);
    // The overlap of two references is that of two typical solutions.
    assert!((numbers(text, "reference_q")[0] - 0.322385363224).abs() < 1e-11);
    assert!(numbers(text, "residual").iter().all(|r| *r < 1e-11));
}

#[test]
fn a_curve_that_ends_leaves_rows_without_probes() {
    let folder = Folder::new("local-end");
    let ran = done(&folder, "local-entropy --alpha 0.5 --distance 3e-4");
    assert_eq!(column(ran.text(), "status"), ["no_solution"]);
    for name in [
        "local_entropy",
        "q",
        "t",
        "reference_q",
        "residual",
        "branch",
    ] {
        assert_eq!(column(ran.text(), name), [""], "{name}");
    }
    assert_eq!(column(ran.text(), "distance"), ["0.0003"]);
    assert!((only(&ran, "overlap") - 0.9994).abs() < 1e-15);
    assert_eq!(column(ran.text(), "reference_kappa"), ["0.0"]);
}

#[test]
fn the_largest_margin_is_a_dense_region() {
    let folder = Folder::new("local-max");
    let line = "local-entropy --alpha 0.5 --reference margin:max --distance 0.05";
    let ran = done(&folder, line);
    assert!((only(&ran, "reference_kappa") - 0.418062).abs() < 1e-6);
    assert!((only(&ran, "local_entropy") - 0.153699).abs() < 1e-6);
}

#[test]
fn spherical_weights_around_solutions_of_a_margin() {
    let folder = Folder::new("local-sphere");
    let line =
        "local-entropy --weights spherical --alpha 0.5 --reference margin:0.5 --distance 0.1";
    let ran = done(&folder, line);
    assert!((only(&ran, "local_entropy") + 0.597179820378).abs() < 1e-9);
    assert_eq!(column(ran.text(), "status"), ["ok"]);
    let ran = done(&folder, &line.replace("margin:0.5", "margin:5"));
    assert_eq!(
        column(ran.text(), "reason"),
        ["there is no such reference: at alpha 0.5"]
    );
}

#[test]
fn minima_of_the_cross_entropy_are_frozen() {
    let folder = Folder::new("local-loss");
    let line =
        "local-entropy --alpha 0.4 --reference cross-entropy:1 --distance 0.05 --format json";
    let ran = done(&folder, line);
    let value = json(ran.text());
    let (row, meta) = (&value["rows"][0], &value["meta"]["parameters"]);
    assert!((row["local_entropy"].as_f64().unwrap() - 0.182147).abs() < 1e-6);
    assert_eq!(row["reference_gamma"].as_f64(), Some(1.0));
    assert!(row["reference_beta"].as_f64().unwrap() > 1.0);
    assert!(row["reference_kappa"].is_null());
    let asked = ["verb", "reference", "reference-beta"].map(|name| meta[name].as_str().unwrap());
    assert_eq!(asked, ["local-entropy", "cross-entropy:1", "inf"]);
}

#[test]
fn equal_requests_give_equal_bytes_on_any_number_of_threads() {
    let folder = Folder::new("local-bytes");
    let line = "local-entropy --weights spherical --alpha 0.3,0.5 --reference typical,margin:0.5 \
                --distance 0.05:0.05:0.5 --branches all";
    let answers = [1, 2].map(|n| done(&folder, &format!("{line} --threads {n}")));
    let [one, two] = answers.each_ref().map(|ran| csv(ran.text()));
    assert_eq!(one.len(), 41);
    assert_eq!(one, two);
}

/// Two references beside each other, and one on an axis of its own.
const RECIPE: &str = r#"[data.curves]
verb = "local-entropy"
weights = "spherical"
alpha = 0.5
reference = ["typical", "margin:0.5"]
distance = [0.1, 0.2, 0.3]

[data.minima]
verb = "local-entropy"
weights = "spherical"
alpha = 0.5
reference = ["cross-entropy:1", "cross-entropy:2"]
reference-beta = 2
distance = "0.2"

[[panel]]
[[panel.curve]]
data = "curves"
x = "distance"
y = "local_entropy"
split_by = "reference"
label = "{reference}"

[[panel]]
[[panel.points]]
data = "minima"
x = "reference_gamma"
y = "local_entropy"
"#;

#[test]
fn figures_are_split_by_references() {
    let folder = Folder::new("local-figure");
    folder.write("a.toml", RECIPE);
    done(&folder, "figure a.toml");
    let text = folder.read("a.csv");
    let minima = [["typical"; 3], ["margin:0.5"; 3]].concat();
    let minima = [&minima[..], &["cross-entropy:1", "cross-entropy:2"]].concat();
    assert_eq!(column(&text, "reference"), minima);
    assert_eq!(column(&text, "reference_beta")[6..], ["2.0", "2.0"]);
    assert_eq!(column(&text, "status"), ["ok"; 8]);
    folder.write("b.toml", &RECIPE.replace("\"margin:0.5\"", "\"margin:5e\""));
    let refused = folder.run("figure b.toml");
    refused.assert_refused(
        2,
        &["b.toml, curves: reference = typical,margin:5e: margin:5e does not end in a number"],
    );
    assert_eq!(folder.entries(), ["a.csv", "a.svg", "a.toml", "b.toml"]);
}

#[test]
fn critical_values_have_the_columns_of_curves() {
    let folder = Folder::new("local-critical");
    let answers = [
        ("isolation-distance --alpha 0.5", "distance"),
        ("closest-distance --alpha 0.5", "distance"),
        ("isolation-margin --alpha 0.5", "reference_kappa"),
        ("isolation-load --reference typical", "alpha"),
    ];
    for (line, answer) in answers {
        // A margin that is never met, on the sphere: there is nothing to be critical.
        let line = format!("threshold {line} --kappa 30 --weights spherical");
        let ran = folder.run(&line);
        assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
        assert_eq!(column(ran.text(), answer), [""], "{line}");
        assert_eq!(column(ran.text(), "local_entropy"), [""], "{line}");
        assert_eq!(csv(ran.text()).len(), 2, "{line}");
        assert!(!csv(ran.text())[0].contains(&"branch"));
    }
}

#[test]
fn bad_values_are_refused_with_code_2() {
    const NAMES: &str = "allowed: typical, margin:K, margin:max, cross-entropy:G, square, hinge, perceptron, \
                         robust, robust:Y, robust:complexity-zero, or a list of these";
    let cases: &[(&str, &[&str])] = &[
        ("local-entropy", &["--alpha", "local-entropy needs it"]),
        (
            "local-entropy --alpha 0.5 --distance 0",
            &["--distance 0: 0 is out of range", "above 0, at most 0.5"],
        ),
        (
            "local-entropy --alpha 0.5 --distance 0.1,0.6",
            &["--distance 0.1,0.6: 0.6 is out of range", "at most 0.5"],
        ),
        (
            "local-entropy --alpha 0.5 --distance -0.1",
            &["--distance -0.1", "above 0"],
        ),
        (
            "local-entropy --alpha 0.5 --distance",
            &["--distance: its value is missing", "at most 0.5"],
        ),
        (
            "local-entropy --alpha 0.5 --reference teacher",
            &["--reference teacher: teacher is no reference", NAMES],
        ),
        (
            "local-entropy --alpha 0.5 --reference typical,margin",
            &["--reference typical,margin: margin needs its value", NAMES],
        ),
        (
            "local-entropy --alpha 0.5 --reference margin:inf",
            &["--reference margin:inf", "does not end in a number", NAMES],
        ),
        (
            "local-entropy --alpha 0.5 --reference cross-entropy:0",
            &["--reference cross-entropy:0", "not above 0", NAMES],
        ),
        (
            "local-entropy --alpha 0.5 --reference robust:1",
            &["--reference robust:1", "not above 1", NAMES],
        ),
        (
            "local-entropy --alpha 0.5 --reference bayes-optimal",
            &[
                "--reference bayes-optimal: bayes-optimal belongs to mixture data;",
                NAMES,
            ],
        ),
        (
            "local-entropy --alpha 0.5 --reference --distance 0.1",
            &["--reference: its value is missing", "allowed: a reference"],
        ),
        (
            "local-entropy --alpha 0.5 --reference-beta 2",
            &[
                "--reference-beta 2: reference typical has no temperature of its own",
                "allowed: leave it out, or references cross-entropy:G, square, hinge, perceptron only",
            ],
        ),
        (
            "local-entropy --alpha 0.5 --reference square --reference-beta -1",
            &[
                "--reference-beta -1: -1 is out of range",
                "allowed: one value, at least 0",
            ],
        ),
        (
            "local-entropy --alpha 0.5 --data teacher --reference margin:0.2",
            &[
                "--data teacher: around anything but a typical solution local-entropy needs storage data",
                "allowed: storage",
            ],
        ),
        (
            "local-entropy --alpha 0.5 --loss hinge --kappa 0",
            &["--kappa 0: loss hinge has no kappa"],
        ),
        (
            "local-entropy --alpha 0.5 --branches some",
            &["--branches some", "allowed: dominant, all"],
        ),
        ("local-entropy typical --alpha 0.5", &["'typical'"]),
        (
            "solve --alpha 0.5 --distance 0.1",
            &["--distance 0.1: distance belongs to local-entropy"],
        ),
        (
            "solve --alpha 0.5 --reference typical",
            &[
                "--reference typical: solve takes no reference",
                "allowed: leave it out, or the verb local-entropy",
            ],
        ),
        (
            "solve --alpha 0.5 --reference-beta 1",
            &["--reference-beta 1: reference-beta belongs to local-entropy"],
        ),
        (
            "threshold capacity --reference typical",
            &["--reference typical: threshold capacity takes no reference"],
        ),
        (
            "threshold isolation-margin --alpha 0.5 --reference typical",
            &["--reference typical: threshold isolation-margin takes no reference"],
        ),
        (
            "threshold isolation-distance --alpha 0.5 --reference robust",
            &[
                "--reference robust: threshold isolation-distance does not take robust",
                "allowed: typical, margin:K, or a list of these",
            ],
        ),
        (
            "threshold closest-distance --alpha 0.5 --distance 0.1",
            &["--distance 0.1: distance is the answer of threshold closest-distance"],
        ),
        (
            "threshold local-entropy-break --alpha 0.5",
            &["--alpha 0.5: alpha is the answer of threshold local-entropy-break"],
        ),
        (
            "threshold isolation-load --data teacher",
            &["--data teacher: threshold isolation-load needs storage data; allowed: storage"],
        ),
    ];
    let folder = Folder::new("local-refused");
    for (line, parts) in cases {
        let (verb, options) = line.split_once(' ').unwrap_or((line, ""));
        let line = format!("{verb} -o x.csv {options}");
        folder.run(&line).assert_refused(2, parts);
    }
    assert!(folder.entries().is_empty(), "{:?}", folder.entries());
}
