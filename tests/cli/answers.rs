//! Answers of the command line: formats, order, files, exit codes.

use crate::common::Folder;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// The rows of a CSV text without quoted fields, header first.
fn csv(text: &str) -> Vec<Vec<&str>> {
    let data = text.lines().filter(|line| !line.starts_with('#'));
    data.map(|line| line.split(',').collect()).collect()
}

fn column(text: &str, name: &str) -> Vec<String> {
    let rows = csv(text);
    let at = rows[0].iter().position(|c| *c == name).unwrap();
    rows[1..].iter().map(|row| row[at].to_owned()).collect()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

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
    let ran = Folder::new("negative").run("threshold capacity --kappa -1:0.1:1");
    let kappa = column(ran.text(), "kappa");
    assert_eq!(
        (kappa.len(), kappa[10].as_str(), kappa[13].as_str()),
        (21, "0.0", "0.3")
    );
    assert_eq!(column(ran.text(), "alpha"), ["0.30000000000000004"; 21]);
}

#[test]
fn csv_and_json_say_the_same_and_round_trip() {
    let folder = Folder::new("formats");
    let line = "solve --alpha 0.3333333333333333,7 --loss square";
    let csv_text = folder.run(line);
    let json_text = folder.run(&format!("{line} --format json"));
    let value = json(json_text.text());
    let rows = value["rows"].as_array().unwrap();
    let header = &csv(csv_text.text())[0];
    let keys: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), header.len());
    let q: f64 = column(csv_text.text(), "q")[0].parse().unwrap();
    assert_eq!(rows[0]["q"].as_f64(), Some(q));
    assert_eq!(q, 0.333_333_333_333_333_3_f64.tanh());
    assert_eq!(column(csv_text.text(), "q")[1], "");
    assert!(rows[1]["q"].is_null());
    assert_eq!(rows[1]["status"], "no_solution");
    assert_eq!(rows[0]["beta"], "inf");
    let meta = &value["meta"];
    assert_eq!(meta["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(meta["command"], format!("quenched {line} --format json"));
    assert_eq!(meta["parameters"]["weights"], "binary");
    assert_eq!(meta["parameters"]["alpha"], "0.3333333333333333,7");
    assert!(meta["seed"].is_null() && meta["wall_time_seconds"].is_number());
    assert!(meta["tolerances"].is_object());
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_says_the_same_as_json() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let folder = Folder::new("parquet");
    let line = "solve --alpha 0.1:0.1:6 --kappa 0.3";
    let ran = folder.run(&format!("{line} -o x.parquet"));
    assert_eq!(
        (ran.code, ran.stdout.len(), ran.stderr.as_str()),
        (0, 0, "")
    );
    let piped = folder.run(&format!("{line} --format parquet"));
    assert!(piped.stdout.starts_with(b"PAR1"));
    let rows = json(folder.run(&format!("{line} --format json")).text())["rows"].take();
    let file = std::fs::File::open(folder.file("x.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let mut count = 0;
    for (row, expected) in reader
        .get_row_iter(None)
        .unwrap()
        .zip(rows.as_array().unwrap())
    {
        let row = row.unwrap();
        for (name, field) in row.get_column_iter() {
            use parquet::record::Field;
            match field {
                Field::Null => assert!(expected[name].is_null(), "{name}"),
                Field::Double(x) if x.is_infinite() => assert_eq!(expected[name], "inf"),
                Field::Double(x) => assert_eq!(expected[name].as_f64(), Some(*x)),
                Field::Str(text) => assert_eq!(expected[name], text.as_str()),
                other => panic!("{name} is {other}"),
            }
        }
        count += 1;
    }
    assert_eq!(count, 60);
}

#[test]
fn equal_commands_give_equal_bytes_but_for_the_wall_time() {
    let folder = Folder::new("bytes");
    let timeless = |text: &str| {
        let kept = text
            .lines()
            .filter(|l| !l.starts_with("# wall_time_seconds"));
        kept.collect::<Vec<_>>().join("\n")
    };
    let line = "solve --alpha 0.1:0.1:3 --kappa -1,1";
    let (first, second) = (folder.run(line), folder.run(line));
    assert_eq!(timeless(first.text()), timeless(second.text()));
    assert!(timeless(first.text()).len() > 1000);
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
fn nothing_converged_is_code_3_with_its_rows() {
    let folder = Folder::new("code3");
    let ran = folder.run("solve --alpha 20,30");
    assert_eq!(ran.code, 3);
    assert_eq!(column(ran.text(), "status"), ["not_converged"; 2]);
    assert_eq!(
        ran.stderr,
        "quenched: none of 2 rows converged; see the status column\n"
    );
    assert_eq!(folder.run("solve --alpha 1,20").code, 0);
    assert_eq!(folder.run("solve --alpha 7").code, 0);
}

#[test]
fn verbose_explains_on_stderr_only() {
    let folder = Folder::new("verbose");
    let ran = folder.run("-v solve --alpha 1,7 --threads 2");
    assert_eq!(csv(ran.text()).len(), 3);
    assert!(ran.stderr.lines().all(|l| l.starts_with("quenched: ")));
    assert!(ran.stderr.contains("weights=binary") && ran.stderr.contains("1 ok, 1 no_solution"));
}

#[test]
fn help_version_completions_and_man_print_normally() {
    let folder = Folder::new("help");
    let cases = [
        ("--version", concat!("quenched ", env!("CARGO_PKG_VERSION"))),
        ("--help", "Examples:"),
        ("solve --help", "quenched solve --alpha 0.5"),
        ("threshold --help", "kappa-max"),
        ("figure --help", "RECIPE.toml"),
        ("completions bash", "_quenched"),
        ("completions zsh", "#compdef quenched"),
        ("completions fish", "complete -c quenched"),
        ("completions powershell", "Register-ArgumentCompleter"),
        ("completions elvish", "edit:completion"),
        ("man", ".TH quenched 1"),
        ("man", "QUENCHED THRESHOLD"),
    ];
    for (line, part) in cases {
        let ran = folder.run(line);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}");
        assert!(ran.text().contains(part), "{line}: {}", ran.text());
    }
}

#[test]
fn a_closed_pipe_is_success() {
    let folder = Folder::new("pipe");
    let args = ["solve", "--alpha", "0.001:0.001:9"];
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
    std::thread::sleep(std::time::Duration::from_millis(300));
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let said = lines.next().unwrap().unwrap();
    assert!(
        said.contains("interrupted after") && said.contains("nothing was written"),
        "{said}"
    );
    assert_eq!(folder.read("x.csv"), "old");
    assert_eq!(folder.entries(), ["x.csv"]);
}
