//! `models`, `explain`, the manual page and completions: what can be asked and what is answered.

use crate::common::{Folder, column, json};

#[test]
fn every_listed_combination_is_accepted_by_its_verb() {
    let folder = Folder::new("models");
    let ran = folder.run("models --format json");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let rows = json(ran.text())["rows"].as_array().unwrap().clone();
    assert!(rows.len() > 300, "{}", rows.len());
    // One of each kind is typed as it is listed; the library's own test goes over all of them.
    for (verb, quantity) in [
        ("solve", None),
        ("threshold", Some("at")),
        ("classifiers", None),
    ] {
        let row = rows.iter().find(|row| {
            row["verb"] == verb && row["quantity"].as_str() == quantity && row["beta"] != "finite"
        });
        let row = row.unwrap();
        let mut line = [Some(verb), quantity]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        for option in ["weights", "data", "loss"] {
            if let (Some(value), false) = (row[option].as_str(), verb == "classifiers") {
                line += &format!(" --{option} {value}");
            }
        }
        line += if quantity.is_some() {
            ""
        } else {
            " --alpha 0.5"
        };
        let ran = folder.run(&line);
        assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
    }
    assert_eq!(folder.entries(), Vec::<String>::new());
}

#[test]
fn tables_are_chosen_by_name() {
    let folder = Folder::new("tables");
    let symbols = folder.run("models symbols --format json");
    let alpha = json(symbols.text())["rows"].as_array().unwrap().clone();
    let alpha = alpha
        .into_iter()
        .find(|row| row["option"] == "alpha")
        .unwrap();
    assert_eq!(
        (&alpha["symbol"], &alpha["equation"]),
        (&"α".into(), &"RS.1".into())
    );
    let papers = folder.run("models papers --format json");
    let known: Vec<String> = json(papers.text())["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["key"].as_str().unwrap().to_owned())
        .collect();
    let ran = folder.run("models");
    for cited in column(ran.text(), "papers")
        .iter()
        .flat_map(|keys| keys.split(' '))
    {
        assert!(
            cited.is_empty() || known.iter().any(|key| key == cited),
            "{cited}"
        );
    }
    let ran = folder.run("models everything");
    ran.assert_refused(2, &["TABLE everything", "combinations, symbols, papers"]);
}

#[test]
fn words_are_explained_and_unknown_ones_refused() {
    let folder = Folder::new("explain");
    let ran = folder.run("explain rs_unstable");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(
        ran.text().starts_with("rs_unstable (status)\n"),
        "{}",
        ran.text()
    );
    assert!(ran.text().contains("What to do:"), "{}", ran.text());
    assert!(
        ran.text().lines().all(|line| line.chars().count() <= 80),
        "{}",
        ran.text()
    );
    let whole = folder.run_args(&["explain", "entropy negative: no such configuration exists"]);
    assert_eq!(folder.run("explain entropy negative").text(), whole.text());
    let list = folder.run("explain");
    for word in ["not_judged", "frozen ground state", "at_stability"] {
        assert!(list.text().contains(word), "{word}");
    }
    let refused = folder.run("explain stable");
    refused.assert_refused(2, &["WORD stable", "rs_unstable", "frozen ground state"]);
}

/// The help of a verb has every column of its tables that is a quantity.
#[test]
fn columns_are_in_the_help_of_their_verb() {
    let folder = Folder::new("help");
    for (verb, lines) in [
        (
            "solve",
            &[
                "--alpha 0.5 --data teacher",
                "--alpha 0.5 --data mixture --weights spherical --loss square --norm 1",
            ][..],
        ),
        (
            "local-entropy",
            &[
                "--alpha 0.5 --distance 0.1",
                "--alpha 0.5 --distance 0.1 --data mixture --weights spherical",
            ],
        ),
    ] {
        let help = folder.run(&format!("{verb} --help"));
        let separators = |c: char| !(c.is_alphanumeric() || c == '_');
        let words: Vec<&str> = help.text().split(separators).collect();
        for line in lines {
            let ran = folder.run(&format!("{verb} {line} --format json"));
            assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
            let rows = json(ran.text())["rows"].as_array().unwrap().clone();
            for (column, _) in rows[0].as_object().unwrap() {
                assert!(words.contains(&column.as_str()), "{verb}: {column}");
            }
        }
    }
}
