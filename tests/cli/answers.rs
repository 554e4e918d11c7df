//! Answers of the command line: formats, order, files, exit codes.

use crate::common::{BINARY_CAPACITY, Folder, column, csv, json, numbers};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn the_last_parameter_typed_varies_fastest() {
    let folder = Folder::new("order");
    let ran = folder.run("solve --kappa -0.5 --alpha 0.1:0.1:0.3 --beta 1,inf");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(
        column(ran.text(), "alpha"),
        ["0.1", "0.1", "0.2", "0.2", "0.3", "0.3"]
    );
    assert_eq!(
        column(ran.text(), "beta"),
        ["1.0", "inf", "1.0", "inf", "1.0", "inf"]
    );
    assert_eq!(column(ran.text(), "kappa"), ["-0.5"; 6]);
    let ran = folder.run("solve --beta 1,inf --kappa=-0.5 --alpha 0.1:0.1:0.3");
    assert_eq!(
        column(ran.text(), "alpha"),
        ["0.1", "0.2", "0.3", "0.1", "0.2", "0.3"]
    );
}

#[test]
fn negative_ranges_parse() {
    let ran = Folder::new("negative").run("threshold capacity --kappa -0.2:0.1:0.2");
    let kappa = column(ran.text(), "kappa");
    assert_eq!(kappa, ["-0.2", "-0.1", "0.0", "0.1", "0.2"]);
    let alpha: Vec<f64> = numbers(ran.text(), "alpha");
    assert!(alpha.windows(2).all(|pair| pair[0] > pair[1]), "{alpha:?}");
    assert!((alpha[2] - BINARY_CAPACITY).abs() < 1e-9);
}

#[test]
fn answers_are_those_of_the_theory() {
    let folder = Folder::new("theory");
    let ran = folder.run("solve --alpha 0.5");
    assert!((numbers(ran.text(), "q")[0] - 0.322385363224).abs() < 1e-11);
    assert_eq!(column(ran.text(), "status"), ["ok"]);
    let ran = folder.run("threshold capacity");
    assert!((numbers(ran.text(), "alpha")[0] - BINARY_CAPACITY).abs() < 1e-11);
    // On the sphere the overlap of two solutions reaches 1 at α = 2.
    let ran = folder.run("threshold capacity --weights spherical");
    assert!((numbers(ran.text(), "alpha")[0] - 2.0).abs() < 1e-11);
}

#[test]
fn beyond_the_capacity_is_a_row_without_order_parameters() {
    let ran = Folder::new("beyond").run("solve --kappa 0.5 --alpha 0.7");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(column(ran.text(), "status"), ["no_solution"]);
    for name in [
        "q",
        "q_hat",
        "entropy",
        "branch",
        "residual",
        "error_estimate",
    ] {
        assert_eq!(column(ran.text(), name), [""], "{name}");
    }
}

#[test]
fn files_are_replaced_whole() {
    let folder = Folder::new("files");
    folder.write(
        "x.json",
        "old and much longer than what comes, or so one thinks",
    );
    let ran = folder.run("threshold capacity -o x.json");
    assert_eq!(
        (ran.code, ran.stdout.len(), ran.stderr.as_str()),
        (0, 0, "")
    );
    assert_eq!(
        json(&folder.read("x.json"))["rows"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let ran = folder.run("threshold capacity -o plain.txt --format csv");
    assert_eq!(ran.code, 0);
    assert_eq!(column(&folder.read("plain.txt"), "status"), ["ok"]);
    assert_eq!(folder.entries(), ["plain.txt", "x.json"]);
}

#[test]
fn verbose_explains_on_stderr_only() {
    let folder = Folder::new("verbose");
    let ran = folder.run("-v solve --alpha 0.1,0.2 --threads 2");
    assert_eq!(csv(ran.text()).len(), 3);
    assert!(ran.stderr.lines().all(|l| l.starts_with("quenched: ")));
    assert!(ran.stderr.contains("weights=binary") && ran.stderr.contains("s: 2 ok"));
}

#[test]
fn help_version_completions_and_man_print_normally() {
    let folder = Folder::new("help");
    let cases = [
        ("--version", concat!("quenched ", env!("CARGO_PKG_VERSION"))),
        ("--help", "Examples:"),
        ("solve --help", "quenched solve --alpha 0.5"),
        ("threshold --help", "kappa-max"),
        ("threshold --help", "--reference <NAMES>"),
        ("local-entropy --help", "--reference <NAMES>"),
        ("local-entropy --help", "--reference-beta <BETA>"),
        ("local-entropy --help", "--distance <DISTANCE>"),
        ("local-entropy --help", "robust:complexity-zero"),
        ("figure --help", "RECIPE.toml"),
        ("completions bash", "_quenched"),
        ("completions zsh", "#compdef quenched"),
        ("completions fish", "complete -c quenched"),
        ("completions powershell", "Register-ArgumentCompleter"),
        ("completions elvish", "edit:completion"),
        ("man", ".TH quenched 1"),
        ("man", "QUENCHED THRESHOLD"),
        ("man", "QUENCHED LOCAL-ENTROPY"),
    ];
    for (line, part) in cases {
        let ran = folder.run(line);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}");
        assert!(ran.text().contains(part), "{line}: {}", ran.text());
    }
}

#[test]
fn options_of_some_verbs_are_shown_by_these_only() {
    let folder = Folder::new("shown");
    let help = |verb: &str| folder.run(&format!("{verb} --help")).text().to_owned();
    for option in ["--distance", "--reference"] {
        assert!(!help("solve").contains(option), "{option}");
    }
    let threshold = help("threshold");
    assert!(!threshold.contains("--distance") && !threshold.contains("--reference-beta"));
}

#[test]
fn a_closed_pipe_is_success() {
    let folder = Folder::new("pipe");
    let args = ["solve", "--alpha", "0.001:0.001:0.6"];
    let mut child = folder
        .command(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_code_130_and_leaves_the_old_file() {
    let folder = Folder::new("ctrl-c");
    folder.write("x.csv", "old");
    let grid = ["--alpha", "0.001:0.001:1", "--kappa", "0.001:0.001:1"];
    let args = [&["-v", "solve", "-o", "x.csv"][..], &grid].concat();
    let mut child = folder
        .command(&args)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let points = lines.nth(1).unwrap().unwrap();
    assert_eq!(points, "quenched: 1000000 grid points");
    std::thread::sleep(Duration::from_millis(300));
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(killed.unwrap().success());
    let asked = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(10));
    let said = lines.next().unwrap().unwrap();
    assert!(
        said.contains("interrupted after") && said.contains("nothing was written"),
        "{said}"
    );
    assert_eq!(folder.read("x.csv"), "old");
    assert_eq!(folder.entries(), ["x.csv"]);
}
