//! What sweeps go through: processes that die, full and read-only disks, damaged files.

use crate::common::{Folder, Ran};
use crate::sweep::SPEC;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// 400 tasks, long enough to be hit.
const LONG: &str = "verb='simulate'\nquantity='amp'\nn=401\nalpha=[0.3,0.4,0.5,0.6]\nsamples=100\n";

/// A folder with a spec, and its table computed in one go elsewhere.
fn with_table(name: &str, spec: &str) -> (Folder, String) {
    let folder = Folder::new(name);
    folder.write("a.toml", spec);
    std::fs::create_dir(folder.file("calm")).unwrap();
    folder.write("calm/a.toml", spec);
    let ran = folder.run("sweep calm/a.toml");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let table = ran.text().to_owned();
    (folder, table)
}

fn start(folder: &Folder, line: &str) -> Child {
    let mut command = folder.command(&line.split_whitespace().collect::<Vec<_>>());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn fifty_kills_at_random_moments_lose_nothing_and_change_nothing() {
    let (folder, expected) = with_table("sweep-kill", LONG);
    let mut state = 12345_u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let journal = folder.file("a.sweep/shards/all.jsonl");
    let whole_lines = || {
        let text = std::fs::read(&journal).unwrap_or_default();
        text.iter().filter(|byte| **byte == b'\n').count()
    };
    let (mut kills, mut torn, mut before) = (0, 0, 0);
    while kills < 50 {
        let threads = ["1", "2", "8"][random(3) as usize];
        let mut child = start(
            &folder,
            &format!("sweep a.toml --threads {threads} -o a.csv"),
        );
        sleep(Duration::from_micros(random(60_000)));
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0));
            assert_eq!(folder.read("a.csv"), expected);
            std::fs::remove_dir_all(folder.file("a.sweep")).unwrap();
            std::fs::remove_file(folder.file("a.csv")).unwrap();
            before = 0;
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        // What was finished before is still there.
        assert!(whole_lines() >= before, "{} < {before}", whole_lines());
        before = whole_lines();
        let bytes = std::fs::read(&journal).unwrap_or_default();
        torn += usize::from(bytes.last().is_some_and(|byte| *byte != b'\n'));
        assert!(!folder.file("a.csv").exists() || folder.read("a.csv") == expected);
    }
    let ran = folder.run("sweep a.toml");
    assert_eq!((ran.code, ran.text()), (0, expected.as_str()));
    println!("{torn} of {kills} kills left a line without its end");
}

#[test]
fn a_torn_line_is_recognised_and_its_task_done_again() {
    let (folder, expected) = with_table("sweep-torn", SPEC);
    folder.run("sweep a.toml");
    let journal = "a.sweep/shards/all.jsonl";
    let text = folder.read(journal);
    let last = text.trim_end().rfind('\n').unwrap() + 1;
    for length in [last + 1, last + 40, text.len() - 1] {
        folder.write(journal, &text[..length]);
        assert_eq!(folder.run("sweep status a.toml").code, 1);
        let ran = folder.run("sweep a.toml");
        assert_eq!((ran.code, ran.text()), (0, expected.as_str()));
        assert!(
            ran.stderr.contains("last line was not finished"),
            "{}",
            ran.stderr
        );
    }
    // Cut between two lines, or down to nothing, it is just not done yet.
    for length in [last, 0] {
        folder.write(journal, &text[..length]);
        let ran = folder.run("sweep a.toml");
        assert_eq!((ran.text(), ran.stderr.as_str()), (expected.as_str(), ""));
    }
}

#[test]
fn a_damaged_line_is_refused_until_it_is_set_aside() {
    let (folder, expected) = with_table("sweep-damaged", SPEC);
    folder.run("sweep a.toml");
    let journal = "a.sweep/shards/all.jsonl";
    let good = folder.read(journal);
    let line = good.lines().nth(4).unwrap();
    let halves = [&line[..30], &line[line.len() / 2..]].concat();
    for bad in [
        line.replace("0.2", "0.3").replace("21", "41"),
        halves,
        String::new(),
        "\0".repeat(99),
    ] {
        folder.write(journal, &good.replace(line, &bad));
        for step in ["", "run ", "merge "] {
            let ran = folder.run(&format!("sweep {step}a.toml"));
            ran.assert_refused(
                4,
                &["all.jsonl:5: damaged line", "sweep repair", "sweep run"],
            );
        }
        let ran = folder.run("sweep repair a.toml");
        assert_eq!(
            (ran.code, ran.text()),
            (0, "1 line moved to a.sweep/shards/all.jsonl.damaged\n")
        );
        assert!(
            folder
                .read("a.sweep/shards/all.jsonl.damaged")
                .ends_with(&(bad + "\n"))
        );
        folder
            .run("sweep merge a.toml")
            .assert_refused(1, &["1 of 36 tasks have no result"]);
        let ran = folder.run("sweep a.toml");
        assert_eq!((ran.code, ran.text()), (0, expected.as_str()));
        assert_eq!(
            folder.run("sweep repair a.toml").text(),
            "nothing is damaged\n"
        );
    }
}

#[test]
fn a_missing_shard_is_named_and_done_again() {
    let (folder, expected) = with_table("sweep-missing", SPEC);
    folder.run("sweep plan a.toml");
    for shard in ["1/3", "2/3", "3/3"] {
        folder.run(&format!("sweep run a.toml --shard {shard}"));
    }
    std::fs::remove_file(folder.file("a.sweep/shards/2-of-3.jsonl")).unwrap();
    let parts = [
        "12 of 36 tasks have no result, and there is no 2-of-3.jsonl",
        "quenched simulate",
    ];
    folder.run("sweep merge a.toml").assert_refused(1, &parts);
    let ran = folder.run("sweep a.toml");
    assert_eq!((ran.code, ran.text()), (0, expected.as_str()));
}

/// A line with another number in its rows and the fingerprint that belongs to it.
fn forged(line: &str) -> String {
    let body = line
        .split(",\"sum\"")
        .next()
        .unwrap()
        .replace("\"ok\"", "\"not_converged\"");
    let digest = Sha256::digest(body.as_bytes());
    let sum: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{body},\"sum\":\"{sum}\"}}\n")
}

#[test]
fn contradicting_results_are_refused_until_they_are_set_aside() {
    let (folder, expected) = with_table("sweep-contradiction", SPEC);
    folder.run("sweep a.toml");
    let line = folder
        .read("a.sweep/shards/all.jsonl")
        .lines()
        .nth(2)
        .unwrap()
        .to_owned();
    folder.write("a.sweep/shards/1-of-2.jsonl", &forged(&line));
    for step in ["", "merge "] {
        let ran = folder.run(&format!("sweep {step}a.toml"));
        ran.assert_refused(
            4,
            &[
                "1-of-2.jsonl:1 and",
                "all.jsonl:3: two different results of task",
                "repair",
            ],
        );
    }
    let ran = folder.run("sweep repair a.toml");
    assert_eq!(ran.text().lines().count(), 2, "{}", ran.text());
    let ran = folder.run("sweep a.toml");
    assert_eq!((ran.code, ran.text()), (0, expected.as_str()));
}

#[test]
fn a_shard_has_one_worker() {
    let (folder, expected) = with_table("sweep-two", LONG);
    folder.run("sweep plan a.toml");
    let mut first = start(&folder, "sweep run a.toml --threads 1");
    while !folder.file("a.sweep/shards/all.jsonl").exists() {
        sleep(Duration::from_millis(1));
    }
    sleep(Duration::from_millis(20));
    let ran = folder.run("sweep run a.toml");
    ran.assert_refused(
        4,
        &[
            "all.jsonl: cannot write",
            "another process works on this shard",
            "--shard i/n",
        ],
    );
    // A shard of its own is welcome meanwhile.
    let ran = folder.run("sweep run a.toml --shard 1/4");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(folder.run("sweep merge a.toml").text(), expected);
}

#[test]
fn an_interruption_says_what_is_saved() {
    let (folder, expected) = with_table("sweep-interrupted", LONG);
    let mut command = folder.command(&["sweep", "a.toml", "--threads", "1"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    while !folder.file("a.sweep/shards/all.jsonl").exists() {
        sleep(Duration::from_millis(1));
    }
    sleep(Duration::from_millis(100));
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    let ran = Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    ran.assert_refused(
        130,
        &["interrupted after", "of 400 tasks", "they are saved"],
    );
    assert_eq!(folder.run("sweep a.toml").text(), expected);
}

/// A small file system of its own, taken down at the end.
struct Disk(PathBuf);

impl Disk {
    /// None where this process may not mount; continuous integration requires it.
    fn new(folder: &Folder, size: &str) -> Option<Self> {
        let path = folder.file("disk");
        std::fs::create_dir(&path).unwrap();
        let disk = Disk(path);
        if disk.mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]) {
            return Some(disk);
        }
        let required = std::env::var_os("QUENCHED_TEST_MOUNTS").is_some();
        assert!(!required, "no file system can be mounted");
        eprintln!("not tried: this user may not mount a file system");
        None
    }

    fn mount(&self, args: &[&str]) -> bool {
        let mut command = Command::new("mount");
        let command = command.args(args).arg(&self.0).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn remount(&self, options: &str) {
        assert!(
            self.mount(&["-o", &format!("remount,{options}")]),
            "{options}"
        );
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg(&self.0)
            .stderr(Stdio::null())
            .status();
    }
}

/// 500 tasks whose results need more room than their list.
const MANY: &str = "verb='classifiers'\nalpha='0.1:0.1:50'\n";

#[test]
fn a_full_disk_keeps_what_was_finished() {
    let (folder, expected) = with_table("sweep-full", MANY);
    let Some(disk) = Disk::new(&folder, "128k") else {
        return;
    };
    folder.write("disk/a.toml", MANY);
    let ran = folder.run("sweep disk/a.toml");
    ran.assert_refused(4, &["all.jsonl: cannot write: no space left on device"]);
    let saved = folder.read("disk/a.sweep/shards/all.jsonl");
    assert!(
        saved.lines().count() > 10 && saved.ends_with('\n'),
        "{}",
        saved.len()
    );
    folder
        .run("sweep disk/a.toml")
        .assert_refused(4, &["no space left"]);
    disk.remount("size=4m");
    let ran = folder.run("sweep disk/a.toml");
    assert_eq!((ran.code, ran.text()), (0, expected.as_str()));
    assert!(
        folder
            .read("disk/a.sweep/shards/all.jsonl")
            .starts_with(&saved)
    );
}

#[test]
fn a_read_only_folder_is_refused_and_stays_as_it_was() {
    let (folder, expected) = with_table("sweep-read-only", SPEC);
    let Some(disk) = Disk::new(&folder, "4m") else {
        return;
    };
    folder.write("disk/a.toml", SPEC);
    folder.write("disk/b.toml", SPEC);
    folder.run("sweep plan disk/a.toml");
    folder.run("sweep run disk/a.toml --shard 1/2");
    disk.remount("ro");
    for line in [
        "sweep disk/b.toml",
        "sweep run disk/a.toml",
        "sweep disk/a.toml",
    ] {
        folder
            .run(line)
            .assert_refused(4, &["cannot write: read-only file system"]);
    }
    // What needs no writing goes on.
    assert_eq!(folder.run("sweep status disk/a.toml").code, 1);
    assert_eq!(folder.run("sweep merge disk/a.toml --partial").code, 0);
    disk.remount("rw");
    assert_eq!(folder.run("sweep disk/a.toml").text(), expected);
}
