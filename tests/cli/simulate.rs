//! `quenched simulate`.

use crate::common::{Folder, Ran, column, json, numbers};

fn done(folder: &Folder, line: &str) -> Ran {
    let ran = folder.run(line);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}");
    ran
}

#[test]
fn a_row_a_sample_and_every_solver_solves_easy_systems() {
    let folder = Folder::new("simulate-solvers");
    for algorithm in ["reinforced-bp", "focusing-bp", "max-sum", "sbpi"] {
        let line = format!("simulate {algorithm} --alpha 0.3 --n 301 --samples 3 --seed 5");
        let ran = done(&folder, &line);
        let text = ran.text();
        assert_eq!(column(text, "algorithm"), [algorithm; 3]);
        assert_eq!(column(text, "sample"), ["0", "1", "2"]);
        assert_eq!(column(text, "seed"), ["5"; 3]);
        assert_eq!(column(text, "n"), ["301"; 3]);
        assert_eq!(column(text, "m_patterns"), ["90"; 3]);
        assert_eq!(column(text, "solved"), ["true"; 3], "{algorithm}");
        assert_eq!(column(text, "training_errors"), ["0"; 3]);
        assert_eq!(column(text, "status"), ["ok"; 3]);
        assert!(numbers(text, "iterations").iter().all(|x| *x >= 1.0));
        assert!(numbers(text, "seconds").iter().all(|x| *x > 0.0));
    }
}

#[test]
fn means_over_samples_are_those_of_the_theory() {
    let folder = Folder::new("simulate-theory");
    for (algorithm, model, names) in [
        ("amp", "--alpha 0.4", &["entropy", "q"][..]),
        ("bp", "--alpha 0.4", &["entropy", "q"]),
        ("amp", "--weights spherical --alpha 0.8", &["entropy", "q"]),
        (
            "amp",
            "--loss cross-entropy --beta 2 --alpha 1",
            &["free_entropy", "entropy", "q", "training_loss"],
        ),
        (
            "amp",
            "--weights spherical --loss square --alpha 2",
            &["training_loss"],
        ),
    ] {
        let line = format!("simulate {algorithm} {model} --samples 24 --seed 3 --summary");
        let simulated = done(&folder, &line);
        let predicted = done(&folder, &format!("solve {model}"));
        for name in names {
            let value = |ran: &Ran, name: &str| numbers(ran.text(), name)[0];
            let (got, want) = (value(&simulated, name), value(&predicted, name));
            let error = value(&simulated, &format!("{name}_error"));
            // A deviation of order 1/N is left beside the scatter of samples.
            assert!(
                (got - want).abs() < 3.5 * error + 1e-3,
                "{line} {name}: {got} ± {error} instead of {want}"
            );
        }
        assert_eq!(column(simulated.text(), "samples"), ["24"]);
        assert_eq!(column(simulated.text(), "converged"), ["24"]);
    }
}

#[test]
fn equal_seeds_give_equal_rows_on_any_number_of_threads() {
    let folder = Folder::new("simulate-threads");
    let rows = |threads: usize, samples: usize| {
        let line = format!(
            "simulate amp --alpha 0.4,0.5 --n 201 --samples {samples} --threads {threads} --format json"
        );
        let mut rows = json(done(&folder, &line).text())["rows"].clone();
        for row in rows.as_array_mut().expect("rows") {
            row.as_object_mut().expect("a row").remove("seconds");
        }
        rows
    };
    let one = rows(1, 6);
    assert_eq!(one, rows(2, 6));
    assert_eq!(one, rows(8, 6));
    // A sample does not depend on how many others there are.
    let few = rows(2, 2);
    for (of_few, of_all) in [(0, 0), (1, 1), (2, 6), (3, 7)] {
        assert_eq!(few[of_few], one[of_all]);
    }
    assert_ne!(one[0]["entropy"], one[1]["entropy"]);
}

#[test]
fn what_does_not_converge_has_no_values() {
    let folder = Folder::new("simulate-lost");
    let ran = folder.run("simulate amp --alpha 1.2 --n 301 --samples 3 --max-iterations 200");
    assert_eq!(ran.code, 3);
    let text = ran.text();
    assert_eq!(column(text, "status"), ["not_converged"; 3]);
    for name in ["entropy", "free_entropy", "q"] {
        assert_eq!(column(text, name), [""; 3], "{name}");
    }
    assert!(numbers(text, "training_errors").iter().all(|x| *x > 0.0));
}

#[test]
fn bad_values_are_refused_with_code_2() {
    let folder = Folder::new("simulate-refusals");
    for (line, parts) in [
        ("simulate", &["ALGORITHM", "bp, amp"][..]),
        (
            "simulate gradient --alpha 0.3",
            &["ALGORITHM", "gradient", "sbpi"],
        ),
        ("simulate amp", &["--alpha", "simulate amp needs it"]),
        ("simulate amp --alpha 0.3 --n 0", &["--n", "whole numbers"]),
        ("simulate amp --alpha 0.3 --n 10.5", &["--n", "10.5"]),
        (
            "simulate amp --alpha 0.3 --samples 0",
            &["--samples", "whole number"],
        ),
        ("simulate amp --alpha 0.3 --seed x", &["--seed", "x"]),
        (
            "simulate amp --alpha 0.3 --damping 1",
            &["--damping", "below 1"],
        ),
        (
            "simulate amp --alpha 0.3 --rate 0.1",
            &["--rate", "reinforced-bp"],
        ),
        ("simulate sbpi --alpha 0.3 --n 100", &["--n", "odd"]),
        (
            "simulate sbpi --alpha 0.3 --entries gaussian",
            &["--entries", "signs"],
        ),
        (
            "simulate bp --alpha 0.3 --weights spherical",
            &["--weights", "binary"],
        ),
        (
            "simulate amp --alpha 0.3 --loss square",
            &["--beta", "finite"],
        ),
        (
            "simulate reinforced-bp --alpha 0.3 --beta 2",
            &["--beta", "inf"],
        ),
        (
            "simulate amp --alpha 0.3 --machine tree-committee:4",
            &["--machine", "odd"],
        ),
        (
            "simulate amp --alpha 0.3 --machine tree-committee:3 --n 100",
            &["--n", "multiples of 3"],
        ),
        (
            "simulate focusing-bp --alpha 0.3 --protocol slow",
            &["--protocol", "scoping"],
        ),
        (
            "simulate bp --alpha 0.5 --n 100000000 --samples 1",
            &["--n", "GiB", "smaller systems"],
        ),
        (
            "solve --alpha 0.3 --machine committee:3",
            &["--machine", "perceptron"],
        ),
    ] {
        let ran = folder.run(line);
        ran.assert_refused(2, parts);
        assert!(folder.entries().is_empty(), "{line}");
    }
}
