//! `quenched simulate` on mixtures, and on a user's own two classes.

use crate::common::{Folder, Ran, column, csv, json, numbers};
use quenched::message_passing::{Instance, InstanceSpec};
use quenched::model::Mixture;

fn done(folder: &Folder, line: &str) -> Ran {
    let ran = folder.run(line);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}");
    ran
}

#[test]
fn means_over_samples_are_those_of_the_theory() {
    let folder = Folder::new("mixture-simulate");
    let all = [
        "q",
        "m",
        "cosine",
        "training_loss",
        "training_error",
        "generalization_error",
    ];
    for model in [
        "--loss square --alpha 1.5 --lambda 0.5 --delta 0.7 --bias fixed:0",
        "--loss cross-entropy --alpha 2 --rho 0.2 --gamma 1",
        "--loss hinge --alpha 2 --rho 0.3 --bias learned",
        "--loss square --alpha 2 --weights spherical --bias fixed:0.1",
    ] {
        let ridge = if model.contains("spherical") {
            ""
        } else {
            "--weights ridge"
        };
        let line = format!(
            "simulate minimise --data mixture {model} --n 300 --samples 20 --seed 1 --summary"
        );
        let simulated = done(&folder, &line);
        let predicted = done(&folder, &format!("solve --data mixture {ridge} {model}"));
        assert_eq!(column(simulated.text(), "converged"), ["20"]);
        for name in all.into_iter().chain(["bias", "ground_state_energy"]) {
            let value = |ran: &Ran, name: &str| numbers(ran.text(), name)[0];
            let (got, want) = (value(&simulated, name), value(&predicted, name));
            let error = value(&simulated, &format!("{name}_error"));
            // A deviation of order 1/N is left beside the scatter of samples.
            assert!(
                (got - want).abs() < 3.5 * error + 6e-3,
                "{line} {name}: {got} ± {error} instead of {want}"
            );
        }
        assert!(numbers(simulated.text(), "residual")[0] < 1e-8);
    }
}

#[test]
fn messages_find_the_minimisers_and_measures() {
    let folder = Folder::new("mixture-messages");
    let run = |line: &str| done(&folder, &format!("simulate {line} --n 300 --seed 3"));
    for model in [
        "--weights ridge --loss square --alpha 1.5 --rho 0.2",
        "--weights ridge --loss cross-entropy --alpha 2 --gamma 1 --delta 0.5",
        "--weights spherical --loss square --alpha 2 --norm 0.3 --bias fixed:0.1",
    ] {
        let line =
            |algorithm: &str| run(&format!("{algorithm} --data mixture {model} --samples 3"));
        let (amp, exact) = (line("amp"), line("minimise"));
        for name in ["q", "m", "bias", "training_loss", "generalization_error"] {
            let pairs = numbers(amp.text(), name).into_iter();
            for (a, b) in pairs.zip(numbers(exact.text(), name)) {
                assert!((a - b).abs() < 1e-7, "{model} {name}: {a} {b}");
            }
        }
    }
    for model in [
        "--weights spherical --alpha 1 --beta inf --bias fixed:0",
        "--weights spherical --alpha 1 --beta 1 --rho 0.2 --bias fixed:-0.4",
        "--weights binary --alpha 1 --beta 1 --bias fixed:0",
    ] {
        let amp = run(&format!(
            "amp --data mixture {model} --samples 16 --summary"
        ));
        let theory = done(&folder, &format!("solve --data mixture {model}"));
        assert_eq!(column(amp.text(), "converged"), ["16"]);
        for name in [
            "q",
            "m",
            "entropy",
            "training_error",
            "generalization_error",
        ] {
            let (got, want) = (
                numbers(amp.text(), name)[0],
                numbers(theory.text(), name)[0],
            );
            let error = numbers(amp.text(), &format!("{name}_error"))[0];
            // A deviation of order 1/N is left beside the scatter of samples.
            assert!(
                (got - want).abs() < 3.5 * error + 6e-3,
                "{model} {name}: {got} ± {error} instead of {want}"
            );
        }
    }
    for (line, part) in [
        (
            "amp --data mixture --alpha 1 --path 3",
            "--path 3: message passing on a mixture",
        ),
        (
            "amp --data mixture --machine committee:3 --alpha 1",
            "--machine committee:3: a committee does not",
        ),
        (
            "amp --data mixture --weights ridge --loss hinge --alpha 1 --beta 2",
            "--beta 2: ridge weights minimise a risk",
        ),
    ] {
        folder
            .run(&format!("simulate {line}"))
            .assert_refused(2, &[part]);
    }
}

#[test]
fn closed_forms_and_their_norms() {
    let folder = Folder::new("mixture-closed");
    let line = "--data mixture --alpha 2 --rho 0.2 --n 200 --samples 2";
    let bayes = done(&folder, &format!("simulate bayes-optimal {line}"));
    let unit = done(
        &folder,
        &format!("simulate bayes-optimal {line} --weights spherical"),
    );
    let header = csv(bayes.text())[0].join(" ");
    for absent in ["lambda", "ground_state_energy", "iterations", "residual"] {
        assert!(!header.contains(absent), "{header}");
    }
    let [q, m, bias] = ["q", "m", "bias"].map(|name| numbers(bayes.text(), name));
    let scaled = ["q", "m", "bias"].map(|name| numbers(unit.text(), name));
    for k in 0..2 {
        assert!((bias[k] - 0.5 * 0.25_f64.ln()).abs() < 1e-14);
        let root = q[k].sqrt();
        assert!((scaled[0][k] - 1.0).abs() < 1e-12);
        assert!((scaled[1][k] - m[k] / root).abs() < 1e-12);
        assert!((scaled[2][k] - bias[k] / root).abs() < 1e-12);
    }
    for name in ["training_error", "generalization_error", "cosine"] {
        let [a, b] = [&bayes, &unit].map(|ran| numbers(ran.text(), name));
        assert!(
            a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-12),
            "{name}"
        );
    }
    let error = |name: &str| {
        let ran = done(&folder, &format!("simulate {name} {line}"));
        numbers(ran.text(), "generalization_error")
    };
    let (best, plug, hebb) = (
        numbers(bayes.text(), "generalization_error"),
        error("plug-in"),
        error("hebb"),
    );
    assert!((0..2).all(|k| best[k] < plug[k] && plug[k] < hebb[k]));
}

#[test]
fn curves_around_classifiers() {
    let folder = Folder::new("mixture-curve");
    let line = "simulate minimise --data mixture --loss square --alpha 2 --lambda 0.5 --n 300 \
                --samples 8 --bias fixed:0 --distance 0.02,0.1,0.4 --summary";
    let ran = done(&folder, line);
    let text = ran.text();
    assert_eq!(column(text, "distance"), ["0.02", "0.1", "0.4"]);
    assert_eq!(column(text, "status"), ["ok"; 3]);
    let [training, new, overlap] = [
        "local_training_error",
        "local_generalization_error",
        "overlap",
    ]
    .map(|name| numbers(text, name));
    assert!((0..3).all(|k| training[k] < new[k]));
    assert!((overlap[1] - 0.8).abs() < 1e-15);
    assert!(training[0] < training[1] && training[1] < training[2] && training[2] < 0.5);
    let alone = "simulate minimise --data mixture --loss square --alpha 2 --lambda 0.5 --n 300 \
                 --samples 8 --bias fixed:0 --distance 0.1 --summary";
    let alone = done(&folder, alone);
    assert_eq!(numbers(alone.text(), "local_training_error"), [training[1]]);
}

#[test]
fn threads_do_not_change_a_bit() {
    let folder = Folder::new("mixture-threads");
    let run = |threads: usize, loss: &str| {
        let line = format!(
            "simulate minimise --data mixture --loss {loss} --alpha 0.8,1.5 --n 80,120 --samples 3 \
             --seed 7 --format json --threads {threads}"
        );
        let answer = json(done(&folder, &line).text());
        let mut rows = answer["rows"].clone();
        for row in rows.as_array_mut().unwrap() {
            row.as_object_mut().unwrap().remove("seconds");
        }
        rows
    };
    for loss in ["hinge", "cross-entropy", "square"] {
        let one = run(1, loss);
        assert_eq!(one.as_array().unwrap().len(), 12);
        assert_eq!(one, run(4, loss));
    }
}

#[test]
fn without_a_minimiser_there_are_no_numbers() {
    let folder = Folder::new("mixture-none");
    for (loss, reason) in [
        ("cross-entropy", "no finite classifier is best"),
        ("hinge", "the minimiser is not unique"),
    ] {
        let line = format!(
            "simulate minimise --data mixture --loss {loss} --alpha 0.5 --lambda 0 --n 60 --samples 2"
        );
        let ran = folder.run(&line);
        assert_eq!(column(ran.text(), "status"), ["no_solution"; 2]);
        assert_eq!(column(ran.text(), "reason"), [reason; 2]);
        for name in [
            "q",
            "m",
            "bias",
            "training_error",
            "training_errors",
            "training_loss",
        ] {
            assert_eq!(column(ran.text(), name), [""; 2], "{loss} {name}");
        }
    }
}

/// Patterns of a mixture as lines of text, label last, in units of two around a shifted middle.
fn own(folder: &Folder) {
    let mixture = Mixture::new(0.5, 0.3).unwrap();
    let instance = Instance::sample(&InstanceSpec::mixture(60, 5.0, mixture), 1, 0);
    let labels = &instance.clusters.as_ref().unwrap().labels;
    let (mut text, mut bare, mut apart) = (String::new(), String::new(), String::new());
    for (mu, label) in labels.iter().enumerate() {
        let value = |i| 2.0 * label * instance.patterns.entry(mu, i) + 0.1;
        let row: Vec<String> = (0..60).map(|i| value(i).to_string()).collect();
        text += &format!("{},{}\n", row.join(","), if *label > 0.0 { 7 } else { 3 });
        bare += &format!("{}\n", row.join(","));
        apart += &format!("{label}\n");
    }
    folder.write("own.csv", &text);
    folder.write("bare.csv", &bare);
    folder.write("labels.csv", &apart);
}

#[test]
fn own_patterns_of_two_classes() {
    let folder = Folder::new("mixture-own");
    own(&folder);
    let line = "simulate minimise --data mixture --loss cross-entropy --lambda 4 --patterns";
    let ran = done(&folder, &format!("{line} own.csv"));
    let text = ran.text();
    assert_eq!(column(text, "data"), ["file"]);
    assert_eq!(column(text, "n"), ["60"]);
    assert_eq!(column(text, "m_patterns"), ["300"]);
    assert_eq!(numbers(text, "alpha"), [5.0]);
    let header = csv(text)[0].clone();
    for absent in ["m", "cosine", "generalization_error", "delta", "rho"] {
        assert!(!header.contains(&absent), "{absent}");
    }
    let value = |name: &str| numbers(text, name)[0];
    assert_eq!(value("estimated_rho"), 0.3);
    // Relative errors are of the order of √(2/N) and √(1/M).
    assert!((value("signal") - 2.0).abs() < 0.2, "{}", value("signal"));
    assert!((value("estimated_delta") - 0.5).abs() < 0.1);
    assert!((value("offset") - 0.1 * 60_f64.sqrt()).abs() < 0.3);
    assert!(value("estimated_generalization_error") > value("training_error"));
    let apart = done(&folder, &format!("{line} bare.csv --labels labels.csv"));
    for name in ["q", "bias", "training_loss", "estimated_delta"] {
        assert_eq!(numbers(apart.text(), name), [value(name)]);
    }
    let curve = done(&folder, &format!("{line} own.csv --distance 0.01,0.3"));
    let errors = numbers(curve.text(), "local_training_error");
    assert!(errors[0] < errors[1]);
    assert_eq!(numbers(curve.text(), "signal"), [value("signal"); 2]);
    for rule in ["bayes-optimal", "hebb", "plug-in"] {
        let ran = done(
            &folder,
            &format!("simulate {rule} --data mixture --patterns own.csv"),
        );
        assert!(numbers(ran.text(), "estimated_cosine")[0] > 0.5, "{rule}");
    }
}

#[test]
fn what_is_no_file_of_two_classes_is_refused() {
    let folder = Folder::new("mixture-files");
    folder.write("good.csv", "1,2,1\n0,1,-1\n2,2,1\n");
    folder.write("third.csv", "1,2,1\n0,1,-1\n2,2,5\n");
    folder.write("text.csv", "1,2,1\n0,x,-1\n");
    folder.write("short.csv", "1,2,1\n0,-1\n");
    folder.write("alike.csv", "1,2,1\n0,1,1\n");
    folder.write("labels.csv", "1\n1\n1\n");
    let minimise = "simulate minimise --data mixture --loss square --patterns";
    for (line, part) in [
        (
            "third.csv",
            "--patterns third.csv: line 3, column 3: 5 is a third label",
        ),
        (
            "text.csv",
            "--patterns text.csv: line 2, column 2: x is no finite number",
        ),
        (
            "short.csv",
            "--patterns short.csv: line 2: 2 columns, 3 in those before",
        ),
        ("alike.csv", "--patterns alike.csv: all labels are the same"),
        (
            "good.csv --labels labels.csv",
            "--labels labels.csv: all labels are the same",
        ),
        (
            "good.csv --delta 2",
            "--delta 2: the file of patterns says it",
        ),
        (
            "good.csv --rho 0.2",
            "--rho 0.2: the file of patterns says it",
        ),
        (
            "good.csv --alpha 2",
            "--alpha 2: the file of patterns says it",
        ),
    ] {
        folder
            .run(&format!("{minimise} {line} -o out.csv"))
            .assert_refused(2, &[part]);
    }
    folder
        .run("simulate amp --data teacher --patterns good.csv")
        .assert_refused(
            2,
            &["--data teacher: the file of patterns says it, good.csv"],
        );
    assert_eq!(folder.entries().len(), 6);
}

#[test]
fn what_classifiers_are_not_made_of_is_refused() {
    let folder = Folder::new("mixture-simulate-refused");
    for (line, part) in [
        (
            "minimise --alpha 2 --loss square",
            "--data storage: minimise is for two clusters",
        ),
        (
            "hebb --alpha 2 --data teacher",
            "--data teacher: hebb is for two clusters",
        ),
        (
            "minimise --data mixture --alpha 2",
            "--loss theta: loss theta has no minimiser",
        ),
        (
            "minimise --data mixture --alpha 2 --loss square --weights binary",
            "--weights binary: minimise is for weights of any direction",
        ),
        (
            "minimise --data mixture --alpha 2 --loss square --beta 3",
            "--beta 3: minimise is about zero temperature",
        ),
        (
            "minimise --data mixture --alpha 2 --loss square --lambda -1",
            "--lambda -1: -1 is out of range",
        ),
        (
            "minimise --data mixture --alpha 2 --loss square --weights spherical --lambda 1",
            "--lambda 1: weights spherical has no lambda",
        ),
        (
            "minimise --data mixture --alpha 2 --loss square --entries signs",
            "--entries signs: entries of a mixture are Gaussian",
        ),
    ] {
        folder
            .run(&format!("simulate {line}"))
            .assert_refused(2, &[part]);
    }
}

#[test]
fn options_of_other_algorithms_are_refused() {
    let folder = Folder::new("mixture-simulate-options");
    for (line, part) in [
        (
            "minimise --data mixture --alpha 2 --loss square --damping 0.1",
            "--damping 0.1: damping belongs to",
        ),
        (
            "minimise --data mixture --alpha 2 --loss square --max-iterations 3",
            "--max-iterations 3: max-iterations belongs to",
        ),
        (
            "minimise --data mixture --alpha 2 --loss square --machine tree-committee:3",
            "--machine tree-committee:3: minimise is for one hidden unit",
        ),
        (
            "bayes-optimal --data mixture --alpha 2 --bias fixed:1",
            "--bias fixed:1: bayes-optimal minimises no risk",
        ),
        (
            "hebb --data mixture --alpha 2 --lambda 1",
            "--lambda 1: hebb minimises no risk",
        ),
        (
            "minimise --data mixture --loss square",
            "--alpha: simulate minimise needs it",
        ),
        (
            "minimise --data mixture --alpha 2 --loss square --distance 0.7",
            "--distance 0.7: 0.7 is out of range",
        ),
    ] {
        folder
            .run(&format!("simulate {line}"))
            .assert_refused(2, &[part]);
    }
}
