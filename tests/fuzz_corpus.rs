//! What the fuzzers keep to, on their corpus and on every input that ever failed (fuzz/README.md).
#![cfg(feature = "sweep")]

#[path = "../fuzz/properties.rs"]
mod properties;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What an input may take; each takes milliseconds where it is not built to be slow.
const LONGEST: Duration = Duration::from_secs(20);

fn inputs(folder: &str, target: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(target);
    let entries = std::fs::read_dir(&path).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    found.sort();
    found
}

fn all_hold(folder: &str) -> Vec<(&'static str, usize)> {
    let mut counts = Vec::new();
    for (name, property) in properties::TARGETS {
        let files = inputs(folder, name);
        counts.push((name, files.len()));
        for path in files {
            let input = std::fs::read(&path).expect("readable");
            let start = Instant::now();
            let held = std::panic::catch_unwind(|| property(&input));
            assert!(held.is_ok(), "{}", path.display());
            let took = start.elapsed();
            assert!(took < LONGEST, "{}: {took:?}", path.display());
        }
    }
    counts
}

#[test]
fn every_input_of_the_corpus_is_answered_or_refused() {
    for (target, count) in all_hold("fuzz/corpus") {
        assert!(count >= 10, "{target}: {count} inputs");
    }
}

#[test]
fn inputs_that_once_failed_are_answered_or_refused() {
    let counts = all_hold("fuzz/regressions");
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    assert!(total >= 5, "{counts:?}");
}

#[test]
fn recipes_and_their_points_are_inputs_too() {
    let figures = inputs("figures", "");
    let mut count = 0;
    for path in figures {
        let text = std::fs::read(&path).expect("readable");
        match path.extension().and_then(|e| e.to_str()) {
            Some("toml") => properties::drawing(&text),
            Some("csv") => properties::points(&text),
            _ => continue,
        }
        count += 1;
    }
    assert!(count > 20, "{count}");
}
