//! `quenched notebook`: everything is checked first, then computed, executed and written whole.

use crate::common::{Folder, Ran, json};
use std::path::PathBuf;

const RECIPE: &str = r#"title = "Two entropies"

[notebook]
text = "Why $q$."
theory = ["RS.3"]

[data.binary]
verb = "solve"
alpha = "0.1:0.1:0.4"

[data.spherical]
verb = "threshold"
quantity = "capacity"
weights = "spherical"
kappa = "-0.5:0.5:1"

[[panel]]
[[panel.curve]]
data = "binary"
x = "alpha"
y = "entropy"

[[panel.points]]
data = "spherical"
x = "alpha"
y = 0.1
"#;

/// The recipe with one line replaced.
fn with(from: &str, to: &str) -> String {
    assert!(RECIPE.contains(from), "{from}");
    RECIPE.replacen(from, to, 1)
}

/// The source of a cell.
fn source(notebook: &str, id: &str) -> String {
    let file = json(notebook);
    let cells = file["cells"].as_array().unwrap();
    let cell = cells.iter().find(|cell| cell["id"] == id).unwrap();
    let lines = cell["source"].as_array().unwrap();
    lines.iter().filter_map(|line| line.as_str()).collect()
}

#[test]
fn a_notebook_carries_words_commands_numbers_and_python() {
    let folder = Folder::new("notebook");
    folder.write("a.toml", RECIPE);
    let ran = folder.run("notebook a.toml --no-execute");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(folder.entries(), ["a.toml", "notebooks-export"]);
    let text = folder.read("notebooks-export/a.ipynb");
    assert!(source(&text, "theory").contains("\\tag{RS.3}"));
    let commands = source(&text, "commands");
    let command = "quenched threshold capacity --weights spherical --kappa=-0.5:0.5:1";
    assert!(
        commands.contains(&format!("# spherical\n{command}\n")),
        "{commands}"
    );
    assert_eq!(folder.run(&command["quenched ".len()..]).code, 0);
    // The same numbers as in the file that `figure` writes.
    assert_eq!(folder.run("figure a.toml").code, 0);
    let csv = folder.read("a.csv");
    let carried = source(&text, "csv");
    for line in csv.lines() {
        let line = line.replace('\\', "\\\\").replace('"', "\\\"");
        assert!(carried.contains(&format!("{line}\\n")), "{line}");
    }
    let outputs = json(&text)["cells"].as_array().unwrap().clone();
    assert!(
        outputs
            .iter()
            .all(|c| c["outputs"].as_array().is_none_or(|o| o.is_empty()))
    );
}

#[test]
fn the_same_recipe_gives_the_same_bytes_anywhere() {
    let folder = Folder::new("notebook-bytes");
    std::fs::create_dir(folder.file("out")).unwrap();
    folder.write("a.toml", RECIPE);
    let first = folder.run("notebook a.toml --no-execute --threads 1");
    let second = folder.run("notebook ./a.toml --no-execute --threads 2 -o out");
    assert_eq!((first.code, second.code), (0, 0), "{}", second.stderr);
    assert!(folder.read("notebooks-export/a.ipynb") == folder.read("out/a.ipynb"));
    // Numbers that are read from a file are the ones that would have been computed.
    assert_eq!(folder.run("figure a.toml").code, 0);
    let third = folder.run("notebook a.toml --no-execute --reuse -o out");
    assert_eq!((third.code, third.stderr.as_str()), (0, ""));
    assert!(folder.read("notebooks-export/a.ipynb") == folder.read("out/a.ipynb"));
}

#[test]
fn numbers_are_reused_only_where_they_were_asked_for_in_the_same_way() {
    let folder = Folder::new("notebook-reuse");
    folder.write("a.toml", RECIPE);
    assert_eq!(folder.run("figure a.toml").code, 0);
    let csv = folder.read("a.csv");
    assert!(
        csv.contains("\nspherical,spherical,storage,theta,2.0,"),
        "{csv}"
    );
    let marked = csv.replace(
        "\nspherical,spherical,storage,theta,2.0,",
        "\nspherical,spherical,storage,theta,2.125,",
    );
    let reused = |csv: &str, recipe: &str| {
        folder.write("a.csv", csv);
        folder.write("a.toml", recipe);
        let ran = folder.run("notebook a.toml --no-execute --reuse");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let text = folder.read("notebooks-export/a.ipynb");
        (source(&text, "csv").contains("theta,2.125,"), ran.stderr)
    };
    assert_eq!(reused(&marked, RECIPE), (true, String::new()));
    let other_grid = with("0.1:0.1:0.4", "0.1:0.1:0.5");
    let missing: String = marked
        .lines()
        .filter(|l| !l.starts_with("binary,"))
        .map(|l| format!("{l}\n"))
        .collect();
    for (csv, recipe, why) in [
        (&marked, other_grid.as_str(), "curves"),
        (
            &marked.replace("# version: \"", "# version: \"9"),
            RECIPE,
            "version",
        ),
        (&missing, RECIPE, "no row of binary"),
    ] {
        let (found, said) = reused(csv, recipe);
        assert!(
            !found && said.contains("computed, not reused: a.csv: ") && said.contains(why),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    std::fs::remove_file(folder.file("a.csv")).unwrap();
    let ran = folder.run("notebook a.toml --no-execute --reuse -q");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn bad_input_is_one_line_and_nothing_is_written() {
    let folder = Folder::new("notebook-bad");
    folder.write("good.toml", RECIPE);
    folder.write("file", "");
    let cases: [(&str, String, &str, i32, &[&str]); 5] = [
        (
            "tag",
            with("RS.3", "RS.99"),
            "",
            2,
            &["a.toml: [notebook]: theory = \"RS.99\"", "RS.1, "],
        ),
        (
            "key",
            with("theory = ", "tags = "),
            "",
            2,
            &["a.toml:5:1", "unknown field `tags`", "`theory`"],
        ),
        (
            "verb",
            with("capacity", "capacities"),
            "",
            2,
            &["a.toml, spherical", "capacities"],
        ),
        (
            "folder",
            RECIPE.to_owned(),
            "-o missing",
            4,
            &["missing", "cannot write"],
        ),
        (
            "file",
            RECIPE.to_owned(),
            "-o file",
            4,
            &["file", "cannot write"],
        ),
    ];
    for (name, recipe, options, code, parts) in cases {
        folder.write("a.toml", &recipe);
        let ran = folder.run(&format!("notebook good.toml a.toml --no-execute {options}"));
        ran.assert_refused(code, parts);
        assert_eq!(folder.entries(), ["a.toml", "file", "good.toml"], "{name}");
    }
    folder
        .run("notebook good.toml good.toml --no-execute")
        .assert_refused(2, &["RECIPE", "good.ipynb"]);
    folder
        .run("notebook nowhere.toml --no-execute")
        .assert_refused(4, &["nowhere.toml", "cannot read"]);
    assert_eq!(folder.entries(), ["a.toml", "file", "good.toml"]);
}

#[test]
fn without_jupyter_one_line_says_what_to_do() {
    let folder = Folder::new("notebook-without");
    folder.write("a.toml", RECIPE);
    let output = folder
        .command(&["notebook", "a.toml"])
        .env("PATH", "")
        .output()
        .unwrap();
    let ran = Ran {
        code: output.status.code().unwrap(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    ran.assert_refused(2, &["jupyter", "pip install nbconvert", "--no-execute"]);
    assert_eq!(folder.entries(), ["a.toml"]);
}

/// Runs with a `jupyter` that does `body` with notebook.ipynb.
#[cfg(unix)]
fn with_jupyter(folder: &Folder, name: &str, body: &str) -> Ran {
    use std::os::unix::fs::PermissionsExt;
    // Not in the folder for temporary files, which may forbid programs.
    let tools = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("jupyter-{name}"));
    std::fs::create_dir_all(&tools).unwrap();
    let script = format!("#!/bin/sh\ncase \"$*\" in *--version*) exit 0;; esac\n{body}\n");
    let program = tools.join("jupyter");
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let output = folder
        .command(&["notebook", "a.toml"])
        .env("PATH", path)
        .output()
        .unwrap();
    std::fs::remove_dir_all(&tools).unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A kernel that runs every cell, with these outputs.
#[cfg(unix)]
fn kernel(outputs: &str) -> String {
    format!(
        "sed -e 's/\"execution_count\": null/\"execution_count\": 77/' \
         -e 's/\"outputs\": \\[\\]/\"outputs\": [{outputs}]/' notebook.ipynb > executed.ipynb"
    )
}

#[cfg(unix)]
#[test]
fn outputs_of_the_kernel_are_written_into_the_notebook() {
    let folder = Folder::new("notebook-executed");
    folder.write("a.toml", RECIPE);
    let said = r#"{"output_type": "stream", "name": "stdout", "text": "hello"}"#;
    let ran = with_jupyter(&folder, "good", &kernel(said));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let text = folder.read("notebooks-export/a.ipynb");
    assert!(text.contains("\"hello\"") && !text.contains("\"execution_count\": 77"));
    let plain = folder.run("notebook a.toml --no-execute -o .");
    assert_eq!(plain.code, 0, "{}", plain.stderr);
    for id in ["csv", "curves", "redraw"] {
        assert_eq!(source(&text, id), source(&folder.read("a.ipynb"), id));
    }
}

#[cfg(unix)]
#[test]
fn a_cell_that_fails_is_named_and_nothing_is_written() {
    let folder = Folder::new("notebook-fails");
    folder.write("a.toml", RECIPE);
    let error =
        r#"{"output_type": "error", "ename": "NameError", "evalue": "no q", "traceback": []}"#;
    let ran = with_jupyter(&folder, "error", &kernel(error));
    ran.assert_refused(2, &["a.toml: cell csv: NameError: no q"]);
    let ran = with_jupyter(
        &folder,
        "dies",
        "echo 'No such kernel named python3' >&2; exit 1",
    );
    ran.assert_refused(2, &["No such kernel named python3", "pip install"]);
    let ran = with_jupyter(&folder, "other", "echo '{}' > executed.ipynb");
    ran.assert_refused(
        2,
        &[
            "a.toml: the executed notebook cannot be used",
            "no cell csv",
        ],
    );
    assert_eq!(folder.entries(), ["a.toml"]);
}
