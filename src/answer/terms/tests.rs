use super::*;
use crate::answer::empty;
use crate::ask::catalogue::combinations;
use crate::ask::{RawRequest, Request};
use std::collections::BTreeSet;
use std::path::Path;

fn one(word: &str) -> Term {
    let found = explain(word).unwrap();
    assert_eq!(found.len(), 1, "{word}");
    found[0]
}

#[test]
fn every_status_and_reason_is_explained() {
    let statuses = Status::ALL.map(Status::name).into_iter();
    for name in statuses.chain(Verdict::ALL.map(Verdict::name)) {
        assert_eq!((one(name).word, one(name).kind), (name, Kind::Status));
    }
    for reason in Reason::ALL {
        assert_eq!(
            (one(reason.text()).word, one(reason.text()).kind),
            (reason.text(), Kind::Reason)
        );
    }
    for term in terms() {
        assert!(term.meaning.ends_with('.'), "{}", term.word);
        assert!(
            term.remedy.is_empty() || term.remedy.ends_with('.'),
            "{}",
            term.word
        );
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let exists = root.join(term.place).is_file() || term.place == "quenched models";
        assert!(exists, "{}: no {}", term.word, term.place);
    }
}

#[test]
fn words_are_explained_once() {
    let all = terms();
    let words: BTreeSet<_> = all.iter().map(|term| term.word).collect();
    assert_eq!(words.len(), all.len());
}

/// Columns of every table that can be asked for, of samples and of means.
fn columns() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for combination in combinations() {
        for raw in combination.requests() {
            for extra in ["", "summary", "path", "distance", "norm"] {
                let value = if extra == "summary" { "true" } else { "1" };
                let value = if extra == "distance" { "0.1" } else { value };
                let mut options = raw.options.clone();
                options.extend((!extra.is_empty()).then(|| (extra.to_owned(), value.to_owned())));
                let raw = RawRequest {
                    options,
                    ..raw.clone()
                };
                for summary in [false, true] {
                    let mut raw = raw.clone();
                    if summary {
                        raw.options.push(("summary".to_owned(), "true".to_owned()));
                    }
                    let Ok(request) = Request::new(&raw) else {
                        continue;
                    };
                    let request = Request {
                        timed: true,
                        ..request
                    };
                    found.extend(empty(&request).columns().iter().cloned());
                }
            }
        }
    }
    found
}

#[test]
fn every_column_is_explained() {
    let columns = columns();
    assert!(columns.len() > 90, "{}", columns.len());
    for column in &columns {
        let found = explain(column).unwrap_or_else(|e| panic!("{e}"));
        assert!(
            found.iter().all(|term| term.kind == Kind::Column),
            "{column}"
        );
    }
}

/// Columns of tables that the requests above do not make: of figures, of `sweep status`, of a comparison
/// and of patterns of one's own, and the word for what a summary has beside its columns.
fn other_columns() -> Vec<String> {
    let status = [
        "file",
        "tasks",
        "done",
        "failed",
        "left",
        "results",
        "unconverged_rows",
        "damaged",
        "unfinished",
    ];
    let mut found: Vec<String> = status.map(str::to_owned).into();
    found.extend(["curve", "width", "standard_error"].map(str::to_owned));
    found.extend(crate::answer::sample_columns::every_name().map(str::to_owned));
    found.extend(crate::answer::comparison::empty().columns().iter().cloned());
    found
}

#[test]
fn every_quantity_of_the_list_is_a_column() {
    let mut columns = columns();
    columns.extend(other_columns());
    let unused: Vec<_> = crate::answer::quantities::quantities()
        .iter()
        .filter(|quantity| !columns.contains(quantity.name))
        .map(|quantity| quantity.name)
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn equations_of_quantities_are_tags_of_the_theory() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("theory");
    let chapters = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path());
    let chapters = chapters.filter(|path| path.extension().is_some_and(|e| e == "md"));
    let theory: String = chapters
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let mut tagged = 0;
    for term in terms().iter().filter(|term| !term.equation.is_empty()) {
        let tag = format!("\\tag{{{}}}", term.equation);
        assert!(theory.contains(&tag), "{}: {tag}", term.word);
        tagged += 1;
    }
    assert!(tagged > 40, "{tagged}");
}

#[test]
fn a_reason_may_be_begun_or_stand_among_counts() {
    assert_eq!(one("entropy negative").word, Reason::EntropyNegative.text());
    assert_eq!(
        one("3 of 24 runs did not converge").word,
        Reason::RunsMissing.text()
    );
    let row = explain("sizes extrapolated in 1/n; n = 301: 5 of 20 runs did not converge").unwrap();
    let words: Vec<_> = row.iter().map(|term| term.word).collect();
    assert_eq!(
        words,
        [Reason::RunsMissing.text(), Reason::Extrapolated.text()]
    );
    assert_eq!(one("--bias learned: something").word, REFUSED);
    let summary = explain("success_rate_error").unwrap();
    assert_eq!(
        (summary[0].word, summary[1].word),
        ("standard_error", "success_rate")
    );
    assert_eq!(one("training_error").word, "training_error");
}

#[test]
fn what_is_unknown_is_refused_with_what_is_known() {
    let line = explain("rs").unwrap_err().to_string();
    assert!(
        line.starts_with("WORD rs: no status, reason or column; allowed: ok; rs_unstable; "),
        "{line}"
    );
    let several = explain("the").unwrap_err().to_string();
    assert!(
        several.contains("more than one reason begins like this"),
        "{several}"
    );
    assert!(explain(" ").is_err());
}

/// The tables of the figures hold statuses and reasons that the program has written.
#[test]
fn words_of_the_committed_tables_are_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("figures");
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Points of a recipe that are not computed are no answer.
        let answer = path.with_extension("toml").exists();
        if path.extension().is_none_or(|ending| ending != "csv") || !answer {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        for name in &header {
            assert!(explain(name).is_ok(), "{}: {name}", path.display());
        }
        let at = |name: &str| header.iter().position(|c| *c == name).unwrap();
        for line in lines.filter(|line| !line.contains('"')) {
            let cells: Vec<&str> = line.split(',').collect();
            for (place, kind) in [(at("status"), Kind::Status), (at("reason"), Kind::Reason)] {
                let word = cells[place];
                if !word.is_empty() && seen.insert(word.to_owned()) {
                    assert!(
                        explain(word).unwrap().iter().all(|t| t.kind == kind),
                        "{word}"
                    );
                }
            }
        }
    }
    assert!(seen.contains("ok") && seen.len() > 3, "{seen:?}");
}
