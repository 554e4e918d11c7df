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

#[test]
fn own_patterns_are_run_on_like_random_ones() {
    let folder = Folder::new("simulate-patterns");
    let rows = ["1,1,-1,1,1,1", "-1,1,1,1,-1,-1", "1,-1,1,1,1,1"];
    folder.write("own.csv", &format!("{}\n", rows.join("\n")));
    let ran = done(&folder, "simulate bp --patterns own.csv");
    let text = ran.text();
    assert_eq!(column(text, "data"), ["file"]);
    assert_eq!(column(text, "alpha"), ["0.6"]);
    assert_eq!(column(text, "n"), ["5"]);
    assert_eq!(column(text, "m_patterns"), ["3"]);
    assert_eq!(column(text, "status"), ["ok"]);
    // The same with labels of their own and in other words.
    folder.write("x.csv", "1 1 -1 1 1\n-1 1 1 1 -1\n1 -1 1 1 1\n");
    folder.write("y.csv", "spin\n1\n0\n1\n");
    let same = done(&folder, "simulate bp --patterns x.csv --labels y.csv");
    for name in ["entropy", "q", "iterations"] {
        assert_eq!(numbers(text, name), numbers(same.text(), name), "{name}");
    }
    // All thirty-two configurations, counted by hand.
    let pattern = |row: &str| -> Vec<i32> { row.split(',').map(|x| x.parse().unwrap()).collect() };
    let solutions = (0..32).filter(|w| {
        rows.iter().all(|row| {
            let row = pattern(row);
            let field: i32 = (0..5).map(|i| row[i] * (2 * (w >> i & 1) - 1)).sum();
            field * row[5] > 0
        })
    });
    let exact = (solutions.count() as f64).ln() / 5.0;
    assert!((numbers(text, "entropy")[0] - exact).abs() < 0.1, "{exact}");
    for algorithm in ["sbpi", "max-sum", "reinforced-bp"] {
        let ran = done(
            &folder,
            &format!("simulate {algorithm} --patterns own.csv --samples 4"),
        );
        assert_eq!(column(ran.text(), "solved"), ["true"; 4], "{algorithm}");
    }
}

#[test]
fn own_patterns_that_cannot_be_are_refused() {
    let folder = Folder::new("simulate-patterns-refused");
    folder.write("good.csv", "1,1,-1,1\n-1,1,1,-1\n");
    folder.write("nan.csv", "1,1,-1,1\n-1,nan,1,-1\n");
    folder.write("wide.csv", "1,1,-1,1\n-1,1,1\n");
    folder.write("third.csv", "1,1,-1,1\n-1,1,1,-1\n1,1,1,3\n");
    for (line, code, part) in [
        (
            "--patterns nan.csv",
            2,
            "line 2, column 2: nan is no finite number",
        ),
        (
            "--patterns wide.csv",
            2,
            "line 2: 3 columns, 4 in those before",
        ),
        (
            "--patterns third.csv",
            2,
            "line 3, column 4: 3 is a third label after 1 and -1",
        ),
        (
            "--patterns none.csv",
            4,
            "none.csv: cannot read: no such file or directory",
        ),
        ("--patterns .", 4, "cannot read: is a directory"),
        (
            "--patterns good.csv --n 5",
            2,
            "--n 5: the file of patterns says it",
        ),
        (
            "--patterns good.csv --alpha 0.5",
            2,
            "--alpha 0.5: the file of patterns says it",
        ),
        (
            "--patterns good.csv --data teacher",
            2,
            "--data teacher: the file of patterns says it",
        ),
        (
            "--alpha 0.5 --labels good.csv",
            2,
            "--labels good.csv: labels belong to patterns",
        ),
    ] {
        let ran = folder.run(&format!("simulate amp {line} -o out.csv"));
        ran.assert_refused(code, &[part]);
    }
    assert_eq!(folder.entries().len(), 4);
    let even = "simulate sbpi --patterns even.csv";
    folder.write("even.csv", "1,1,1\n");
    folder.run(even).assert_refused(
        2,
        &["--patterns even.csv: sbpi needs fields that cannot vanish"],
    );
}

#[test]
fn first_iterations_follow_state_evolution() {
    let folder = Folder::new("simulate-path");
    for model in [
        "--alpha 0.5",
        "--alpha 0.8 --data teacher",
        "--weights spherical --alpha 1",
        "--loss cross-entropy --beta 2 --alpha 1",
    ] {
        let line = format!("simulate amp {model} --n 2001 --samples 6 --path 5 --summary");
        let ran = done(&folder, &line);
        let text = ran.text();
        let iterations: Vec<String> = (0..=5).map(|k: u32| k.to_string()).collect();
        assert_eq!(column(text, "iteration"), iterations);
        assert_eq!(column(text, "samples"), ["6"; 6]);
        let [q, error, predicted] = ["q", "q_error", "predicted_q"].map(|name| numbers(text, name));
        assert_eq!((q[0], predicted[0]), (0.0, 0.0));
        for k in 1..=5 {
            assert!(
                q[k] > 0.05 && (q[k] - predicted[k]).abs() < 4.0 * error[k] + 1e-3,
                "{line} {k}"
            );
        }
    }
    for (line, part) in [
        ("bp --alpha 0.5 --path 3", "--path 3: path belongs to amp"),
        ("amp --alpha 0.5 --path 0", "--path 0: out of range"),
        (
            "amp --alpha 0.5 --machine tree-committee:3 --n 303 --path 3",
            "--machine tree-committee:3: path is for one hidden unit",
        ),
    ] {
        folder
            .run(&format!("simulate {line}"))
            .assert_refused(2, &[part]);
    }
}

#[test]
fn found_solutions_lie_in_dense_regions() {
    let folder = Folder::new("simulate-distance");
    let near = |algorithm: &str| {
        let line = format!(
            "simulate {algorithm} --data teacher --alpha 0.4 --n 201 --samples 3 --seed 2 \
             --distance 0.05,0.1 --summary"
        );
        let ran = done(&folder, &line);
        assert_eq!(column(ran.text(), "distance"), ["0.05", "0.1"]);
        assert_eq!(column(ran.text(), "solved"), ["3"; 2]);
        ["local_entropy", "local_energy"].map(|name| numbers(ran.text(), name))
    };
    let [found, errors] = near("focusing-bp");
    let [typical, typical_errors] = near("planted");
    let predicted = done(
        &folder,
        "local-entropy --data teacher --alpha 0.4 --distance 0.05,0.1",
    );
    let predicted = numbers(predicted.text(), "local_entropy");
    for k in 0..2 {
        assert!(found[k] > typical[k] + 0.02, "{found:?} {typical:?}");
        assert!(
            errors[k] < typical_errors[k] - 0.02,
            "{errors:?} {typical_errors:?}"
        );
        assert!(
            (typical[k] - predicted[k]).abs() < 0.03,
            "{typical:?} {predicted:?}"
        );
    }
    for (line, part) in [
        (
            "amp --alpha 0.5 --distance 0.1",
            "--distance 0.1: distance belongs to algorithms",
        ),
        (
            "sbpi --alpha 0.5 --distance 0.6",
            "--distance 0.6: 0.6 is out of range",
        ),
        (
            "planted --alpha 0.5 --distance 0.1",
            "--data storage: nothing is planted",
        ),
    ] {
        folder
            .run(&format!("simulate {line}"))
            .assert_refused(2, &[part]);
    }
    // Where nothing is found there is nothing to measure around.
    let lost = done(
        &folder,
        "simulate sbpi --alpha 1.5 --n 101 --samples 1 --distance 0.1",
    );
    assert_eq!(column(lost.text(), "status"), ["no_solution"]);
    assert_eq!(column(lost.text(), "local_entropy"), [""]);
}

#[test]
fn rules_and_schedules_have_one_answer() {
    let folder = Folder::new("simulate-rules");
    let run = |options: &str| {
        let line = format!("simulate bp --alpha 0.4 --n 201 --samples 4 --seed 9 {options}");
        let ran = done(&folder, &line);
        assert_eq!(column(ran.text(), "status"), ["ok"; 4], "{line}");
        ["entropy", "q", "iterations"].map(|name| numbers(ran.text(), name))
    };
    let [expanded, cavity, exact] = ["", "--rule cavity", "--rule exact"].map(run);
    let sequential = run("--schedule sequential");
    for k in 0..4 {
        // Gaussian messages are off by about 1e-4 at this size.
        assert!((cavity[0][k] - expanded[0][k]).abs() < 2e-3);
        assert!((exact[0][k] - expanded[0][k]).abs() < 1e-3 && exact[0][k] != expanded[0][k]);
        assert!((sequential[0][k] - expanded[0][k]).abs() < 1e-6);
        assert!((sequential[1][k] - expanded[1][k]).abs() < 1e-5);
    }
    let sweeps = |all: &[Vec<f64>; 3]| all[2].iter().sum::<f64>();
    assert!(sweeps(&sequential) < sweeps(&expanded));
    for (line, part) in [
        (
            "amp --alpha 0.4 --rule exact",
            "--rule exact: rule belongs to bp",
        ),
        (
            "sbpi --alpha 0.4 --schedule flooding",
            "--schedule flooding: schedule belongs to bp",
        ),
        (
            "bp --alpha 0.4 --rule exact --entries gaussian",
            "--rule exact: exact messages need patterns of signs",
        ),
    ] {
        folder
            .run(&format!("simulate {line}"))
            .assert_refused(2, &[part]);
    }
}
