//! Theory against simulation from the command line.

use crate::common::{Folder, column, csv, json, numbers};

/// All that small systems can be asked: they leave metastable solutions. Seconds.
const SMALL: &str = "validate --n 201,401 --samples 16 \
     --checks storage,edges,enumeration,state-evolution,spherical,ground-state";

#[test]
fn theory_and_simulation_agree() {
    let folder = Folder::new("validate");
    let ran = folder.run(SMALL);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.text());
    let text = ran.text();
    let z = numbers_or_none(text, "z");
    let (judged, status, n) = (
        column(text, "judged"),
        column(text, "status"),
        column(text, "n"),
    );
    let mut count = 0;
    for (i, z) in z.iter().enumerate() {
        assert_eq!(judged[i] == "true", n[i].is_empty(), "row {i}");
        let expected = if judged[i] == "true" {
            "ok"
        } else {
            "not_judged"
        };
        assert_eq!(status[i], expected, "row {i}");
        if judged[i] == "true" {
            count += 1;
            assert!(z.is_some_and(|z| z.abs() <= 4.0), "row {i}: {z:?}");
        }
    }
    // Storage 6, edges 1, enumeration 1, trajectory 10, spherical 2, ground states 6.
    assert_eq!((count, z.len()), (26, 79));
    // The scatter of finite samples is real: not every z is small.
    assert!(z.iter().flatten().any(|z| z.abs() > 0.5));
}

fn numbers_or_none(text: &str, name: &str) -> Vec<Option<f64>> {
    let cells = column(text, name);
    cells.iter().map(|cell| cell.parse().ok()).collect()
}

#[test]
fn a_difference_is_code_1_and_is_named() {
    let folder = Folder::new("validate-differs");
    let line = "validate --checks storage --n 101,201 --samples 10 --sigmas 0.0001";
    let ran = folder.run(line);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    let part = "quenched: 6 of 6 judged rows fail at 0.0001 sigmas: storage entropy (theta, alpha 0.2000, z = ";
    assert!(ran.stderr.starts_with(part), "{}", ran.stderr);
    assert_eq!(csv(ran.text()).len(), 19);
    let named = column(ran.text(), "status");
    assert_eq!(named.iter().filter(|s| *s == "differs").count(), 6);
    assert!(!numbers(ran.text(), "standard_error").contains(&0.0));
}

#[test]
fn a_metastable_solution_that_is_left_is_said() {
    let folder = Folder::new("validate-teacher");
    let ran = folder.run("validate --checks teacher --n 201,401 --samples 12 --seed 3");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let part =
        "1 of 3 judged rows fail at 4 sigmas: teacher m (theta, alpha 1.3500, not_converged)";
    assert!(ran.stderr.contains(part), "{}", ran.stderr);
    let (status, reason) = (column(ran.text(), "status"), column(ran.text(), "reason"));
    assert_eq!(status[5], "not_converged");
    assert!(reason[5].contains("n = 201: 4 of 12 runs did not converge"));
    assert_eq!(column(ran.text(), "simulation")[5], "");
}

#[test]
fn clusters_are_compared_at_even_sizes_and_described() {
    let folder = Folder::new("validate-mixture");
    let line = "validate --checks mixture,mixture-landscape --n 240,480 --samples 10";
    let ran = folder.run(line);
    let text = ran.text();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{text}");
    let (quantity, setting) = (column(text, "quantity"), column(text, "setting"));
    let (judged, theory) = (column(text, "judged"), column(text, "theory"));
    let simulation = column(text, "simulation");
    let mut count = 0;
    for i in (0..judged.len()).filter(|i| judged[*i] == "true") {
        let number = |text: &str| text.parse::<f64>().expect("converged");
        let (t, s) = (number(&theory[i]), number(&simulation[i]));
        assert!(
            (t - s).abs() < 0.1 * (1.0 + t.abs()),
            "{}: {t} {s}",
            quantity[i]
        );
        assert!(setting[i].starts_with("delta="), "{}", setting[i]);
        count += 1;
    }
    assert_eq!(count, 117 + 78);
    for part in [
        "bias=learned norm=0.3",
        "beta=inf reference=square(lambda=0.5)",
    ] {
        assert!(setting.iter().any(|s| s.contains(part)), "{part}");
    }
    for name in [
        "lambda",
        "perturbed_error_0.15",
        "local_entropy_0.1",
        "bias",
    ] {
        assert!(quantity.iter().any(|q| q == name), "{name}");
    }
}

#[test]
fn real_patterns_are_compared_at_even_sizes() {
    let folder = Folder::new("validate-real");
    let names = "temperature,learning,minima,stability,margin,reference,classifiers";
    let ran = folder.run(&format!(
        "validate --checks {names} --n 240,480 --samples 10"
    ));
    let text = ran.text();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{text}");
    let cells = |name: &str| column(text, name);
    let (check, quantity, judged) = (cells("check"), cells("quantity"), cells("judged"));
    let (theory, simulation) = (cells("theory"), cells("simulation"));
    let (place, quantile) = (cells("position"), cells("normal_quantile"));
    let mut last = 0.0;
    let mut count = 0;
    for i in 0..judged.len() {
        if judged[i] != "true" {
            assert_eq!((place[i].as_str(), quantile[i].as_str()), ("", ""));
            continue;
        }
        let number = |text: &str| text.parse::<f64>().expect("converged");
        let (t, s) = (number(&theory[i]), number(&simulation[i]));
        let what = format!("{} {}: {t} {s}", check[i], quantity[i]);
        assert!((t - s).abs() < 0.1 * (1.0 + t.abs()), "{what}");
        let number_of_check = names.split(',').position(|name| name == check[i]);
        assert_eq!(number_of_check, Some(number(&place[i]) as usize), "{what}");
        assert!(number(&place[i]) > last && number(&quantile[i]).abs() < 4.0);
        last = number(&place[i]);
        count += 1;
    }
    assert_eq!(count, 39 + 15 + 16 + 6 + 2 + 18 + 36);
}

#[test]
fn all_is_every_check() {
    let folder = Folder::new("validate-all");
    let refused = folder.run("validate --all --n 1000,3001");
    refused.assert_refused(2, &["--n 1000", "even"]);
    let ran = folder.run("validate --all --checks storage");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("--checks") && ran.stderr.contains("--all"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_recipe_draws_a_comparison() {
    let folder = Folder::new("validate-recipe");
    let recipe = "[data.a]\nverb = \"validate\"\nchecks = [\"storage\", \"enumeration\"]\n\
                  n = [101, 201]\nsamples = 10\n[[panel]]\n[[panel.points]]\ndata = \"a\"\n\
                  x = \"position\"\ny = \"z\"\n";
    folder.write("a.toml", recipe);
    let ran = folder.run("figure a.toml");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let drawn = folder.read("a.csv");
    assert_eq!(column(&drawn, "check").len(), 18 + 4);
    let line = "validate --checks storage,enumeration --n 101,201 --samples 10";
    let alone = folder.run(line);
    assert_eq!(column(&drawn, "z"), column(alone.text(), "z"));
    folder.write("b.toml", &recipe.replace("samples = 10", "alpha = 1"));
    let refused = folder.run("figure b.toml");
    refused.assert_refused(2, &["b.toml, a: alpha = 1", "validate has no alpha"]);
    assert_eq!(folder.entries(), ["a.csv", "a.svg", "a.toml", "b.toml"]);
}

#[test]
fn what_is_asked_is_said_again() {
    let folder = Folder::new("validate-json");
    let line = "validate --checks state-evolution,storage --n 101,301 --samples 10 -o v.json";
    let ran = folder.run(line);
    assert_eq!((ran.code, ran.stdout.len()), (0, 0), "{}", ran.stderr);
    let value = json(&folder.read("v.json"));
    let meta = &value["meta"];
    assert_eq!(meta["seed"], 1);
    assert_eq!(meta["parameters"]["checks"], "storage,state-evolution");
    assert_eq!(meta["parameters"]["n"], "101,301");
    assert_eq!(meta["parameters"]["samples"], 10);
    assert_eq!(meta["parameters"]["sigmas"], 4.0);
    let rows = value["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 18 + 30);
    assert_eq!(rows[0]["n"], 101);
    assert!(rows[2]["n"].is_null() && rows[2]["judged"] == true);
    let number = |key: &str| rows[2][key].as_f64().unwrap();
    let z = (number("simulation") - number("theory")) / number("standard_error");
    assert!((number("z") - z).abs() < 1e-9);
}

#[test]
fn bad_input_is_one_line() {
    let folder = Folder::new("validate-refused");
    let cases = [
        ("--n 1001", ["--n 1001", "one size"]),
        ("--n 1000,3001", ["--n 1000", "even"]),
        ("--n 11,3001", ["--n 11", "101 to 20001"]),
        ("--n 201,201", ["--n 201,201", "twice"]),
        ("--n 201,x", ["--n 201,x", "commas"]),
        ("--n -201,401", ["--n -201,401", "commas"]),
        ("--samples 9", ["--samples 9", "10 to 10000"]),
        ("--samples many", ["--samples many", "whole number"]),
        ("--seed -1", ["--seed -1", "whole number"]),
        ("--sigmas 0", ["--sigmas 0", "above 0"]),
        ("--sigmas NaN", ["--sigmas NaN", "above 0"]),
        ("--checks storage,all", ["--checks all", "ground-state"]),
        ("--threads 0", ["--threads 0", "1024"]),
        ("--alpha 0.5", ["--alpha", "validate --help"]),
        ("-o x.txt", ["--output x.txt", ".csv"]),
    ];
    for (options, parts) in cases {
        let ran = folder.run(&format!("validate {options}"));
        ran.assert_refused(2, &parts);
    }
    assert!(folder.entries().is_empty());
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let folder = Folder::new("validate-threads");
    let timeless = |line: &str| {
        let ran = folder.run(line);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let differs = |l: &&str| l.starts_with("# wall_time") || l.starts_with("# command");
        let kept: Vec<&str> = ran.text().lines().filter(|l| !differs(l)).collect();
        kept.join("\n")
    };
    let one = timeless(&format!("{SMALL} --threads 1"));
    assert_eq!(csv(&one).len(), 80);
    assert_eq!(one, timeless(&format!("{SMALL} --threads 2")));
    let storage = "validate --n 201,401 --samples 16 --checks storage --seed";
    let other = timeless(&format!("{storage} 2"));
    let same = timeless(&format!("{storage} 1"));
    assert_ne!(column(&other, "simulation"), column(&same, "simulation"));
    assert_eq!(
        column(&same, "simulation"),
        column(&one, "simulation")[..18]
    );
}
