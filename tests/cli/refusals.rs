//! Bad input: one line that names the option, the value and what is allowed; nothing written.

use crate::common::Folder;
use std::time::{Duration, Instant};

const GRAMMAR: &str = "allowed: a value, a list a,b,c or a range start:step:stop";

#[test]
fn bad_values_are_refused_with_code_2() {
    let folder = Folder::new("values");
    let cases: &[(&str, &[&str])] = &[
        ("solve", &["--alpha", "solve needs it", GRAMMAR]),
        ("solve --alpha", &["--alpha", "missing", GRAMMAR]),
        ("solve --alpha --kappa 0", &["--alpha", "missing", GRAMMAR]),
        ("solve --alpha 0", &["--alpha 0", "greater than 0"]),
        ("solve --alpha -1", &["--alpha -1", "greater than 0"]),
        (
            "solve --alpha 0.1,-2",
            &["--alpha 0.1,-2", "-2 is out of range"],
        ),
        ("solve --alpha nan", &["--alpha nan", GRAMMAR]),
        ("solve --alpha NaN", &["--alpha NaN", GRAMMAR]),
        (
            "solve --alpha inf",
            &["--alpha inf", "inf is not allowed", GRAMMAR],
        ),
        (
            "solve --alpha x",
            &["--alpha x", "x is not a number", GRAMMAR],
        ),
        ("solve --alpha=", &["--alpha ''", GRAMMAR]),
        (
            "solve --alpha 0:0:1",
            &["--alpha 0:0:1: step must not be zero", GRAMMAR],
        ),
        (
            "solve --alpha 1:0.1:0.5",
            &["--alpha 1:0.1:0.5", "empty", GRAMMAR],
        ),
        (
            "solve --alpha 0.5:-0.1:1",
            &["--alpha 0.5:-0.1:1", "empty", GRAMMAR],
        ),
        (
            "solve --alpha 0.1:1",
            &["--alpha 0.1:1", "three parts", GRAMMAR],
        ),
        ("solve --alpha 1 --beta -1", &["--beta -1", "at least 0"]),
        (
            "solve --alpha 1 --beta -inf",
            &["--beta -inf", "at least 0"],
        ),
        ("solve --alpha 1 --beta nan", &["--beta nan", GRAMMAR]),
        ("solve --alpha 1 --kappa inf", &["--kappa inf", GRAMMAR]),
        (
            "solve --alpha 1 --kappa 0 --loss square",
            &["--kappa 0", "allowed: leave it out, or loss theta"],
        ),
        (
            "solve --alpha 1 --gamma 1",
            &["--gamma 1", "loss cross-entropy"],
        ),
        (
            "solve --alpha 1 --loss cross-entropy --gamma 0",
            &["--gamma 0", "greater than 0"],
        ),
        (
            "threshold at --weights ridge",
            &["--weights ridge", "allowed: binary, spherical"],
        ),
        (
            "local-entropy --alpha 1 --data mixture",
            &[
                "--weights binary: local-entropy on a mixture",
                "allowed: spherical",
            ],
        ),
        (
            "solve --alpha 1 --loss zero-one",
            &[
                "--loss zero-one",
                "allowed: theta, cross-entropy, square, hinge",
            ],
        ),
        (
            "solve --alpha 1 --machine tree-committee:3",
            &["--machine tree-committee:3", "allowed: perceptron"],
        ),
        (
            "solve --alpha 1 --branches some",
            &["--branches some", "allowed: dominant, all"],
        ),
        (
            "solve --alpha 1 --lambda 1",
            &["--lambda 1", "ridge", "allowed:"],
        ),
        (
            "solve --alpha 1 --delta 1",
            &["--delta 1", "mixture", "allowed:"],
        ),
        (
            "solve --alpha 1 --rho 0.5",
            &["--rho 0.5", "mixture", "allowed:"],
        ),
        (
            "solve --alpha 1 --bias learned",
            &["--bias learned", "mixture", "allowed:"],
        ),
        (
            "solve --alpha 1 --threads 0",
            &["--threads 0", "allowed: a whole number from 1 to 1024"],
        ),
        (
            "solve --alpha 1 --threads -1",
            &["--threads -1", "allowed: a whole number"],
        ),
        (
            "solve --alpha 1 --format xml",
            &["--format xml", "allowed: csv, json"],
        ),
        (
            "solve --alpha 1 -o x.txt",
            &["--output x.txt", "allowed: .csv, .json"],
        ),
        (
            "solve --alpha 1 -o x.csv --format json",
            &[
                "--format json",
                "contradicts --output x.csv",
                "allowed: csv",
            ],
        ),
        (
            "threshold",
            &[
                "QUANTITY",
                "allowed: capacity, at, spinodal, first-order, kappa-max, freezing, interpolation",
            ],
        ),
        (
            "threshold separation",
            &["QUANTITY separation", "allowed: capacity, at"],
        ),
        (
            "threshold capacity --alpha 0.5",
            &["--alpha 0.5", "alpha is the answer", "leave it out"],
        ),
        ("threshold kappa-max", &["--alpha", "needs it"]),
        (
            "simulate amp --alpha 1 --n 11 --samples 1000000000",
            &["--samples 1000000000", "at most 1000000"],
        ),
        (
            "simulate amp --alpha 1 --n 11 --path 600000 --samples 3",
            &["--path 600000", "at most 1000000"],
        ),
        (
            "threshold kappa-max --alpha 1 --kappa 0",
            &["--kappa 0", "kappa is the answer"],
        ),
        (
            "threshold kappa-max --alpha 1 --loss hinge",
            &["--loss hinge", "allowed: theta"],
        ),
        (
            "threshold freezing --alpha 1 --beta 1",
            &["--beta 1", "beta is the answer"],
        ),
        (
            "threshold freezing --alpha 1 --weights spherical",
            &["--weights spherical", "allowed: binary"],
        ),
        ("figure none.toml --dpi 3", &["--dpi 3", "--png"]),
        (
            "figure none.toml --png --dpi 0",
            &["--dpi 0", "allowed: a whole number from 1 to 2400"],
        ),
    ];
    for (line, parts) in cases {
        folder.run(line).assert_refused(2, parts);
    }
    assert!(folder.entries().is_empty(), "{:?}", folder.entries());
}

#[test]
fn what_the_parser_refuses_is_one_line_too() {
    let folder = Folder::new("parser");
    let cases: &[(&str, &[&str])] = &[
        (
            "slove",
            &[
                "'slove'",
                "'solve'",
                "allowed: solve, threshold, local-entropy, simulate, classifiers, validate, figure, notebook, sweep, models, explain, completions, man",
            ],
        ),
        ("dissolve bp", &["'dissolve'", "allowed: solve, threshold"]),
        ("plot x.toml", &["'plot'", "allowed: solve, threshold"]),
        ("-q", &["allowed: solve, threshold"]),
        ("solve --alhpa 1", &["'--alhpa'", "'--alpha'"]),
        ("solve --alpha 1 --alpha 2", &["--alpha", "multiple times"]),
        ("solve --alpha 1 extra", &["'extra'"]),
        (
            "solve --alpha 1 --weights",
            &["--weights", "allowed: binary, spherical"],
        ),
        ("solve --alpha 1 -q -v", &["--quiet", "--verbose"]),
        ("threshold capacity at", &["'at'"]),
        ("threshold capacity --branches all", &["'--branches'"]),
        ("figure", &["RECIPE.toml"]),
        (
            "completions tcsh",
            &["'tcsh'", "allowed: bash, elvish, fish, powershell, zsh"],
        ),
        ("completions", &["SHELL"]),
    ];
    for (line, parts) in cases {
        folder.run(line).assert_refused(2, parts);
    }
    let twisted = "1\n2\u{1b}[31m";
    folder
        .run_args(&["solve", "--alpha", twisted])
        .assert_refused(2, &["is not a number"]);
    folder.run_args(&["solve", twisted]).assert_refused(2, &[]);
}

#[test]
fn huge_grids_are_refused_at_once() {
    let folder = Folder::new("huge");
    let start = Instant::now();
    let lines = [
        "solve --alpha 1e-9:1e-9:1",
        "solve --alpha 1:1e-300:2",
        "solve --alpha 0.001:0.001:1 --kappa 0:0.001:1 --beta 1:1:1000",
        "threshold capacity --kappa -1e308:1e-300:1e308",
    ];
    for line in lines {
        folder
            .run(line)
            .assert_refused(2, &["allowed: at most 1000000 grid points"]);
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn files_that_cannot_be_written_are_refused_with_code_4_before_computing() {
    let folder = Folder::new("unwritable");
    folder.write("file", "");
    std::fs::create_dir(folder.file("folder.csv")).unwrap();
    let start = Instant::now();
    // Computing this grid would take far longer than refusing it.
    let grid = "solve --alpha 0.001:0.001:1 --kappa 0.001:0.001:1";
    for path in ["missing/x.csv", "file/x.csv", "folder.csv"] {
        let ran = folder.run(&format!("{grid} -o {path}"));
        ran.assert_refused(4, &[path, "cannot write"]);
    }
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(folder.entries(), ["file", "folder.csv"]);
}

#[test]
fn a_refusal_leaves_the_old_file() {
    let folder = Folder::new("old");
    folder.write("x.csv", "old");
    let lines = [
        ("solve --alpha 0 -o x.csv", "--alpha 0"),
        ("threshold capacity --beta 2 -o x.csv", "allowed: inf"),
        ("solve --alpha 1 -o x.csv --format json", "contradicts"),
        ("solve --alpha 1 --threads 0 -o x.csv", "--threads 0"),
        ("solve --alhpa 1 -o x.csv", "'--alpha'"),
    ];
    for (line, part) in lines {
        folder.run(line).assert_refused(2, &[part]);
    }
    assert_eq!(folder.read("x.csv"), "old");
    assert_eq!(folder.entries(), ["x.csv"]);
}

#[test]
fn no_verb_gets_help_and_code_2() {
    let ran = Folder::new("none").run("");
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.is_empty());
    assert!(ran.stderr.contains("Usage: quenched") && ran.stderr.contains("threshold"));
}
