//! What a user may give without harm: names that are commands, links, devices, plans of other
//! versions, disks and memories that are full.
#![cfg(unix)]

use crate::common::{Folder, Ran, column, json};
use crate::sweep::SPEC;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Stems of specs that mean something to those who read scripts.
const STEMS: [&str; 13] = [
    "$(touch PWN)",
    "`touch PWN`",
    "NAME;touch PWN;",
    "SHARDS",
    "SPEC FOLDER",
    "{= system(q(touch PWN)) =}",
    "{} {.} {1} {#}",
    "ï<system(q(touch PWN))ï>",
    "it's \"a\" & b | c > PWN",
    "a\ntouch PWN\n",
    "%a %A %{TASK_ID}",
    "-x",
    "--wrap=touch PWN",
];

const SMALL: &str = "verb = 'classifiers'\nalpha = [1, 2, 3]\n";

/// A program of the test's own on the path, beside quenched.
fn program(folder: &Folder, name: &str, text: &str) {
    let bin = folder.file("bin");
    std::fs::create_dir_all(&bin).unwrap();
    if !bin.join("quenched").exists() {
        symlink(env!("CARGO_BIN_EXE_quenched"), bin.join("quenched")).unwrap();
    }
    let path = bin.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
}

/// Runs a script with sh and the programs of the test.
fn sh(folder: &Folder, script: &Path, options: &[&str]) -> Ran {
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", folder.file("bin").display());
    let mut command = Command::new("sh");
    command.arg(script).args(options).current_dir(&folder.0);
    command.env("PATH", path).env("LOG", folder.file("log"));
    let output = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Slurm's sbatch, which runs two jobs of an array, or the one, at once and without the caller's
/// environment.
const SBATCH: &str = r#"#!/bin/sh
printf '%s\n' call "$@" >>"$LOG"
array=
for option; do
    case $option in --parsable) array=yes ;; --wrap=*) wrap=${option#--wrap=} ;; esac
done
if [ "$array" ]; then
    echo "105;tiger"
    for id in 1 2; do
        env -i PATH="$PATH" SLURM_ARRAY_TASK_ID=$id SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=2 \
            SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=2 sh -c "$wrap" || exit 1
    done
else
    env -i PATH="$PATH" sh -c "$wrap"
fi
"#;

const HQ: &str = r#"#!/bin/sh
while [ "$1" != -- ]; do shift; done
shift
for id in 1 2; do HQ_TASK_ID=$id "$@" || exit 1; done
"#;

const SCONTROL: &str = "#!/bin/sh\necho 'MaxArraySize            = 1001'\n";

#[test]
fn no_name_of_a_spec_runs_in_a_script() {
    let folder = Folder::new("safety-names");
    program(&folder, "sbatch", SBATCH);
    program(&folder, "hq", HQ);
    program(&folder, "scontrol", SCONTROL);
    let parallel = Command::new("parallel").arg("--version").output().is_ok();
    for stem in STEMS {
        for (name, there) in [
            ("slurm", true),
            ("hyperqueue", true),
            ("parallel", parallel),
        ] {
            let spec = format!("./{stem}.toml");
            folder.write(&spec, SMALL);
            let args = ["sweep", "plan", &spec, "--for", name, "--shards", "2"];
            let ran = folder.run_args(&args);
            if name == "slurm" && stem.contains('%') {
                ran.assert_refused(2, &["Slurm takes a %", "allowed"]);
                std::fs::remove_dir_all(folder.file(&format!("{stem}.sweep"))).unwrap();
                continue;
            }
            assert_eq!((ran.code, &*ran.stderr), (0, ""), "{stem:?}");
            if !there {
                continue;
            }
            let sweep = folder.file(&format!("{stem}.sweep"));
            let ran = sh(&folder, &sweep.join(format!("{name}.sh")), &[]);
            assert_eq!(ran.code, 0, "{stem:?}, {name}: {}", ran.stderr);
            let table = std::fs::read_to_string(sweep.join("table.csv")).unwrap();
            assert_eq!(column(&table, "alpha").len(), 12, "{stem:?}, {name}");
            let shards = std::fs::read_dir(sweep.join("shards")).unwrap().count();
            assert_eq!(shards, 2, "{stem:?}, {name}");
            std::fs::remove_dir_all(&sweep).unwrap();
            std::fs::remove_file(folder.file(&spec)).unwrap();
            let left: Vec<String> = folder.entries();
            let left: Vec<&String> = left
                .iter()
                .filter(|n| !["bin", "log"].contains(&n.as_str()))
                .collect();
            assert!(left.is_empty(), "{stem:?}, {name}: {left:?}");
        }
    }
}

#[test]
fn a_name_that_is_no_text_is_refused_by_the_plan() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new("safety-bytes");
    let name = std::ffi::OsStr::from_bytes(b"\xff.toml");
    std::fs::write(folder.0.join(name), SMALL).unwrap();
    let mut command = folder.command(&["sweep", "plan"]);
    let output = command.arg(name).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("not UTF-8"), "{said}");
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1);
}

/// The options of each call of sbatch.
fn calls(folder: &Folder) -> Vec<Vec<String>> {
    let log = folder.read("log");
    let calls = log.split("call\n").skip(1);
    calls
        .map(|call| call.lines().map(str::to_owned).collect())
        .collect()
}

#[test]
fn options_of_an_array_do_not_reach_its_merge() {
    let folder = Folder::new("safety-slurm");
    program(&folder, "sbatch", SBATCH);
    program(&folder, "scontrol", SCONTROL);
    folder.write("a.toml", SMALL);
    folder.run("sweep plan a.toml --for slurm --shards 2");
    let script = folder.file("a.sweep/slurm.sh");
    for options in [
        vec!["--array=1-2%1"],
        vec!["--array", "1-2%1", "--dependency=afterok:7"],
        vec!["-a", "1-2%1", "-d", "afterok:7"],
        vec!["-a1-2%1", "-dafterok:7", "--arr=1-2"],
        vec!["--arra", "1-2%1"],
    ] {
        let _ = std::fs::remove_file(folder.file("log"));
        let all = [
            &options[..],
            &["--account=x", "--mem=8G", "--merge=--mem=1G"],
        ]
        .concat();
        let ran = sh(&folder, &script, &all);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let calls = calls(&folder);
        let [array, merge] = &calls[..] else {
            panic!("{calls:?}");
        };
        let has = |call: &[String], option: &str| call.iter().any(|o| o == option);
        for option in options.iter().chain(&["--account=x", "--mem=8G"]) {
            assert!(has(array, option), "{option} in {array:?}");
        }
        assert!(!array.iter().any(|o| o.contains("1G")), "{array:?}");
        let arrays =
            |o: &&String| o.starts_with("--ar") || o.starts_with("-a") || o.contains("1-2");
        assert_eq!(merge.iter().find(arrays), None, "{merge:?}");
        // The last of several dependencies holds, and the last size of memory.
        let depends = |o: &&String| o.starts_with("--depend") || o.starts_with("-d");
        let last = merge.iter().rfind(depends).unwrap();
        assert_eq!(last, "--dependency=afterok:105");
        assert!(has(merge, "--kill-on-invalid-dep=yes") && has(merge, "--account=x"));
        assert_eq!(
            merge.iter().rfind(|o| o.starts_with("--mem")).unwrap(),
            "--mem=1G"
        );
    }
    assert!(folder.file("a.sweep/table.csv").exists());
}

#[test]
fn more_shards_than_an_array_holds_are_refused_before_anything_is_submitted() {
    let folder = Folder::new("safety-array");
    program(&folder, "sbatch", SBATCH);
    program(&folder, "scontrol", SCONTROL);
    folder.write("a.toml", "verb = 'classifiers'\nalpha = '0.001:0.001:2'\n");
    let ran = folder.run("sweep plan a.toml --for slurm --shards 1500");
    assert_eq!(ran.code, 0);
    assert!(
        ran.stderr.contains("1500 shards") && ran.stderr.contains("MaxArraySize"),
        "{}",
        ran.stderr
    );
    let ran = sh(&folder, &folder.file("a.sweep/slurm.sh"), &[]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("1500 shards, but arrays of this Slurm end at 1000"),
        "{}",
        ran.stderr
    );
    assert!(!folder.file("log").exists());
}

#[test]
fn a_plan_of_another_version_is_refused() {
    let folder = Folder::new("safety-version");
    folder.write("a.toml", SPEC);
    assert_eq!(folder.run("sweep a.toml").code, 0);
    let plan = folder.read("a.sweep/plan.json");
    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(plan.contains(&version), "{plan}");
    folder.write(
        "a.sweep/plan.json",
        &plan.replace(&version, "\"version\":\"0.0.9\""),
    );
    for step in ["", "plan ", "run ", "status ", "merge ", "repair "] {
        let ran = folder.run(&format!("sweep {step}a.toml"));
        ran.assert_refused(2, &["planned by quenched 0.0.9", "--replan"]);
    }
    assert_eq!(folder.run("sweep plan a.toml --replan").code, 0);
    assert_eq!(folder.run("sweep merge a.toml").code, 0);
}

#[test]
fn a_journal_that_is_a_link_leaves_what_it_leads_to_alone() {
    let folder = Folder::new("safety-journal");
    folder.write("a.toml", SPEC);
    folder.run("sweep plan a.toml");
    folder.write("thesis.tex", "all of it, without an end of line");
    symlink("../../thesis.tex", folder.file("a.sweep/shards/all.jsonl")).unwrap();
    for step in ["", "run ", "repair "] {
        let ran = folder.run(&format!("sweep {step}a.toml"));
        assert_ne!(ran.code, 101);
        assert_eq!(
            folder.read("thesis.tex"),
            "all of it, without an end of line"
        );
    }
    folder
        .run("sweep run a.toml")
        .assert_refused(4, &["all.jsonl", "link"]);
    std::fs::remove_file(folder.file("a.sweep/shards/all.jsonl")).unwrap();
    for name in ["tasks.jsonl", "plan.json", "slurm.sh"] {
        let _ = std::fs::remove_file(folder.file(&format!("a.sweep/{name}")));
        symlink("../thesis.tex", folder.file(&format!("a.sweep/{name}"))).unwrap();
        let ran = folder.run("sweep plan a.toml --replan --for slurm");
        ran.assert_refused(4, &[name, "link"]);
        assert_eq!(
            folder.read("thesis.tex"),
            "all of it, without an end of line"
        );
        std::fs::remove_file(folder.file(&format!("a.sweep/{name}"))).unwrap();
    }
}

#[test]
fn chains_of_links_are_followed_to_a_file_that_is_yet_to_be_made() {
    let folder = Folder::new("safety-links");
    symlink("b.csv", folder.file("a.csv")).unwrap();
    symlink("c.csv", folder.file("b.csv")).unwrap();
    symlink("loop.csv", folder.file("loop.csv")).unwrap();
    assert_eq!(folder.run("classifiers --alpha 1 -o a.csv").code, 0);
    for link in ["a.csv", "b.csv"] {
        assert!(folder.file(link).symlink_metadata().unwrap().is_symlink());
    }
    assert!(folder.read("c.csv").contains("alpha"));
    let ran = folder.run("classifiers --alpha 1 -o loop.csv");
    assert_eq!(ran.code, 4, "{}", ran.stderr);
}

#[test]
fn leftovers_of_other_processes_block_nothing() {
    let folder = Folder::new("safety-leftovers");
    for id in 0..3000 {
        folder.write(&format!(".a.csv.{id}.tmp"), "");
    }
    assert_eq!(folder.run("classifiers --alpha 1 -o a.csv").code, 0);
    assert_eq!(folder.entries().len(), 3001);
}

#[test]
fn help_that_cannot_be_written_is_no_success() {
    let folder = Folder::new("safety-full");
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    for line in [
        "--version",
        "--help",
        "solve --help",
        "solve --alpha 0.1",
        "models",
        "man",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let mut command = folder.command(&args);
        let output = command.stdout(full.try_clone().unwrap()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{line}: {said}");
        assert!(said.contains("no space left"), "{line}: {said}");
    }
}

#[test]
fn refusals_are_short_whatever_is_refused() {
    let folder = Folder::new("safety-long");
    let long = "x".repeat(100_000);
    folder.write("a.toml", &format!("verb = '{long}'\n{long} = {long}\n"));
    for args in [
        vec!["solve", "--alpha", &long],
        vec!["solve", "--loss", &long, "--alpha", "1"],
        vec!["solve", &format!("--{long}")],
        vec![&long],
        vec!["threshold", &long],
        vec!["explain", &long],
        vec!["sweep", "a.toml"],
        vec!["figure", "a.toml"],
        vec!["figure", &long],
        vec!["simulate", "amp", "--patterns", &long],
    ] {
        let ran = folder.run_args(&args);
        assert!([2, 4].contains(&ran.code), "{}", ran.code);
        assert!(
            ran.stderr.len() < 2500,
            "{}: {:.200}",
            ran.stderr.len(),
            ran.stderr
        );
        assert_eq!(ran.stderr.lines().count(), 1);
    }
}

/// Runs the program with at most so much address space.
fn limited(folder: &Folder, kib: u64, line: &str) -> Ran {
    let program = env!("CARGO_BIN_EXE_quenched");
    folder.write(
        "limited.sh",
        &format!("ulimit -v {kib}\nexec {program} {line}\n"),
    );
    sh(folder, Path::new("limited.sh"), &[])
}

#[test]
fn memory_is_counted_before_it_is_taken() {
    let folder = Folder::new("safety-memory");
    let ran = folder.run("simulate bp --n 200001 --alpha 0.00001 --kappa 0.1 --samples 1");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = folder.run("simulate bp --rule exact --n 2000001 --alpha 0.0001 --samples 1");
    ran.assert_refused(2, &["--n 2000001", "GiB of memory"]);
    let ran = limited(
        &folder,
        2_000_000,
        "simulate bp --alpha 0.5 --n 40001 --samples 1 --threads 1",
    );
    ran.assert_refused(2, &["--n 40001", "GiB are free"]);
    let ran = limited(
        &folder,
        2_000_000,
        "simulate amp --alpha 0.5 --n 501 --samples 1 --threads 1",
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn what_never_ends_is_refused() {
    let folder = Folder::new("safety-endless");
    for name in ["a.toml", "a.csv", "a.npy"] {
        symlink("/dev/zero", folder.file(name)).unwrap();
    }
    folder.write(
        "b.toml",
        "verb = 'simulate'\nquantity = 'amp'\npatterns = 'a.csv'\n",
    );
    let start = Instant::now();
    for (line, code) in [
        ("figure a.toml", 4),
        ("notebook a.toml --no-execute", 4),
        ("sweep a.toml", 4),
        ("sweep b.toml", 4),
        ("simulate amp --patterns a.csv", 4),
        ("simulate amp --patterns a.npy", 4),
    ] {
        let ran = folder.run(line);
        assert_eq!(ran.code, code, "{line}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn nothing_infinite_is_trusted() {
    let folder = Folder::new("safety-infinite");
    for line in [
        "classifiers --alpha 1e-320,1e-300,1e-30 --norm 1",
        "classifiers --alpha 1e308 --norm 1e308",
        "threshold capacity --weights spherical --kappa=-9.5,-30,-39,-100",
    ] {
        let ran = folder.run(&format!("{line} --format json"));
        assert!([0, 3].contains(&ran.code), "{line}: {}", ran.stderr);
        let table = json(ran.text());
        for row in table["rows"].as_array().unwrap() {
            for (name, value) in row.as_object().unwrap() {
                let word = value.as_str().is_some_and(|text| text.ends_with("inf"));
                assert!(!word || name == "beta", "{line}: {name} in {row}");
            }
            if row["status"] != "ok" {
                assert!(row["reason"].is_string(), "{row}");
            }
        }
    }
}

#[test]
fn texts_that_begin_like_formulas_are_quoted() {
    let folder = Folder::new("safety-formula");
    let recipe = "[data.\"=1+1\"]\nverb = 'classifiers'\nalpha = 1\n[[panel]]\n[[panel.curve]]\n\
                  data = \"=1+1\"\nx = 'alpha'\ny = 'cosine'\n";
    folder.write("a.toml", recipe);
    let ran = folder.run("figure a.toml");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        folder.read("a.csv").contains("\n\"=1+1\",mixture"),
        "{}",
        folder.read("a.csv")
    );
}

#[test]
fn short_tasks_do_not_wait_for_the_disk() {
    let folder = Folder::new("safety-short");
    folder.write("a.toml", "verb = 'classifiers'\nalpha = '0.001:0.001:10'\n");
    folder.run("sweep plan a.toml");
    let start = Instant::now();
    assert_eq!(folder.run("sweep run a.toml").code, 0);
    let took = start.elapsed();
    // One sync a task took 1.7 ms of a fast disk; 10000 of them 17 s.
    assert!(took < Duration::from_secs(6), "{took:?}");
    assert_eq!(folder.run("sweep status a.toml").code, 0);
}
