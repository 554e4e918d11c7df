//! `quenched sweep`: what it writes, and what it refuses.

use crate::common::{Folder, column, csv, json};

/// 36 tasks of some milliseconds.
pub const SPEC: &str = "\
verb = \"simulate\"
quantity = [\"amp\", \"sbpi\"]
n = [21, 41, 61]
alpha = [0.2, 0.3]
samples = 3
seed = 7
";

#[test]
fn a_sweep_in_one_go_in_steps_and_in_shards_gives_the_same_bytes() {
    let folder = Folder::new("sweep-same");
    folder.write("a.toml", SPEC);
    let ran = folder.run("sweep a.toml --threads 2 -o whole.csv");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let whole = folder.read("whole.csv");
    assert_eq!(csv(&whole).len(), 37);
    assert!(
        whole.contains("# command: \"quenched sweep a.toml\"\n"),
        "{whole}"
    );
    assert!(
        whole.contains("# spec: \"verb = \\\"simulate\\\"\\n"),
        "{whole}"
    );
    assert!(
        whole.contains("# seed: 7\n") && !whole.contains("seconds"),
        "{whole}"
    );
    for (name, threads) in [("steps", "1"), ("shards", "8")] {
        let spec = format!("{name}/a.toml");
        std::fs::create_dir(folder.file(name)).unwrap();
        folder.write(&spec, SPEC);
        let ran = folder.run(&format!("sweep plan {spec}"));
        assert_eq!(
            (ran.code, ran.text()),
            (0, &*format!("36 tasks in {name}/a.sweep/tasks.jsonl\n"))
        );
        let shards: &[&str] = if name == "steps" {
            &["1/1"]
        } else {
            &["2/3", "0/3", "1/3"]
        };
        for shard in shards {
            let ran = folder.run(&format!(
                "sweep run {spec} --shard {shard} --threads {threads}"
            ));
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        }
        let ran = folder.run(&format!("sweep merge {spec}"));
        assert_eq!((ran.code, ran.text()), (0, whole.as_str()));
    }
    // Again it computes nothing, and the table is the same.
    let before = folder.read("a.sweep/shards/all.jsonl");
    assert_eq!(folder.run("sweep a.toml").text(), whole);
    assert_eq!(folder.read("a.sweep/shards/all.jsonl"), before);
}

#[test]
fn every_task_is_a_command_that_gives_its_rows() {
    let folder = Folder::new("sweep-commands");
    folder.write("a.toml", SPEC);
    let table = folder.run("sweep a.toml --format json");
    let table = json(table.text());
    let list = folder.read("a.sweep/tasks.jsonl");
    assert_eq!(list.lines().count(), 36);
    for i in [0, 7, 23, 35] {
        let task = json(list.lines().nth(i).unwrap());
        let command = task["command"].as_str().unwrap();
        let line = command.strip_prefix("quenched ").unwrap();
        let alone = json(folder.run(&format!("{line} --format json")).text());
        let mut row = alone["rows"][0].clone();
        row.as_object_mut().unwrap().remove("seconds");
        for (name, value) in table["rows"][i].as_object().unwrap() {
            // The table has the columns of both algorithms.
            assert!(value.is_null() || row[name] == *value, "{command}: {name}");
        }
    }
}

#[test]
fn a_recipe_of_a_figure_is_a_spec_with_the_rows_of_its_table() {
    let folder = Folder::new("sweep-recipe");
    let recipe = "[data.a]\nverb='simulate'\nquantity='amp'\nalpha='0.1:0.1:0.3'\nn=21\nsamples=2\nsummary=true\n\
                  [data.b]\nverb='classifiers'\nalpha=[1,2]\n[[panel]]\nx={label='x'}\ny={label='y'}\n\
                  [[panel.curve]]\ndata='a'\nx='alpha'\ny='entropy'\n";
    folder.write("a.toml", recipe);
    assert_eq!(folder.run("figure a.toml").code, 0);
    let ran = folder.run("sweep a.toml");
    assert_eq!(csv(ran.text()), csv(&folder.read("a.csv")));
}

#[test]
fn theory_is_swept_too() {
    let folder = Folder::new("sweep-theory");
    folder.write(
        "a.toml",
        "verb = 'threshold'\nquantity = 'capacity'\nweights = ['spherical', 'binary']\nkappa = '0:0.5:1'",
    );
    let ran = folder.run("sweep a.toml --format csv");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let weights = column(ran.text(), "weights");
    assert_eq!(
        weights,
        [
            "spherical",
            "spherical",
            "spherical",
            "binary",
            "binary",
            "binary"
        ]
    );
    assert_eq!(folder.run("sweep status a.toml").code, 0);
}

#[test]
fn status_tells_what_is_done_and_left() {
    let folder = Folder::new("sweep-status");
    folder.write("a.toml", SPEC);
    folder.run("sweep plan a.toml");
    folder.run("sweep run a.toml --shard 1/2");
    let ran = folder.run("sweep status a.toml");
    assert_eq!(ran.code, 1);
    assert_eq!(column(ran.text(), "file"), ["1-of-2.jsonl", "all"]);
    assert_eq!(column(ran.text(), "tasks"), ["18", "36"]);
    assert_eq!(column(ran.text(), "done"), ["18", "18"]);
    assert_eq!(column(ran.text(), "left"), ["0", "18"]);
    let merged = folder.run("sweep merge a.toml -o a.csv");
    let parts = [
        "a.toml: 18 of 36 tasks have no result",
        "no 0-of-2.jsonl",
        "sweep run",
    ];
    merged.assert_refused(1, &parts);
    assert!(!folder.entries().contains(&"a.csv".to_owned()));
    let partial = folder.run("sweep merge a.toml --partial");
    assert_eq!((partial.code, csv(partial.text()).len()), (0, 19));
    assert!(partial.text().contains("# missing_tasks: 18\n"));
    folder.run("sweep run a.toml --shard 2/2");
    assert_eq!(folder.run("sweep status a.toml").code, 0);
}

#[test]
fn a_changed_spec_is_refused_with_the_difference_and_replanned_on_demand() {
    let folder = Folder::new("sweep-changed");
    folder.write("a.toml", SPEC);
    folder.run("sweep a.toml -o old.csv");
    let done = folder.read("a.sweep/shards/all.jsonl").lines().count();
    folder.write(
        "a.toml",
        &SPEC
            .replace("[0.2, 0.3]", "[0.2, 0.4]")
            .replace("seed = 7", "seed = 8"),
    );
    for step in ["", "plan ", "run ", "status ", "merge ", "repair "] {
        let ran = folder.run(&format!("sweep {step}a.toml"));
        ran.assert_refused(
            2,
            &["alpha was 0.2,0.3, now 0.2,0.4, seed was 7, now 8; allowed: "],
        );
    }
    assert_eq!(
        folder.read("a.sweep/shards/all.jsonl").lines().count(),
        done
    );
    // More samples and loads of the same seed: what is there is used again.
    let more = SPEC
        .replace("[0.2, 0.3]", "[0.1, 0.2, 0.3]")
        .replace("samples = 3", "samples = 4");
    folder.write("a.toml", &more);
    assert_eq!(folder.run("sweep plan a.toml --replan").code, 0);
    assert_eq!(folder.run("sweep a.toml -o new.csv").code, 0);
    assert_eq!(folder.read("a.sweep/shards/all.jsonl").lines().count(), 72);
    let (old, new) = (folder.read("old.csv"), folder.read("new.csv"));
    let new_rows = csv(&new);
    assert!(csv(&old).iter().all(|row| new_rows.contains(row)));
}

#[test]
fn scripts_for_schedulers_are_written_beside_the_plan() {
    let folder = Folder::new("sweep-scripts");
    folder.write("my sweep.toml", SPEC);
    for (name, part) in [
        ("slurm", "--array=1-7"),
        ("parallel", "{}/7"),
        ("hyperqueue", "--array=1-7"),
    ] {
        let args = [
            "sweep",
            "plan",
            "my sweep.toml",
            "--for",
            name,
            "--shards",
            "7",
        ];
        let ran = folder.run_args(&args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let script = folder.read(&format!("my sweep.sweep/{name}.sh"));
        assert!(
            script.contains(part) && script.contains("'my sweep.toml'"),
            "{script}"
        );
    }
}

#[test]
fn a_job_of_an_array_has_its_shard() {
    let folder = Folder::new("sweep-array");
    folder.write("a.toml", SPEC);
    folder.run("sweep plan a.toml");
    for id in ["1", "2"] {
        let mut command = folder.command(&["sweep", "run", "a.toml"]);
        command
            .env("SLURM_ARRAY_TASK_ID", id)
            .env("SLURM_ARRAY_TASK_COUNT", "2");
        command
            .env("SLURM_ARRAY_TASK_MIN", "1")
            .env("SLURM_ARRAY_TASK_MAX", "2");
        command.env("SLURM_ARRAY_TASK_STEP", "1");
        assert_eq!(command.output().unwrap().status.code(), Some(0));
        let shard = if id == "1" { "0-of-2" } else { "1-of-2" };
        let journal = folder.read(&format!("a.sweep/shards/{shard}.jsonl"));
        assert_eq!(journal.lines().count(), 18);
    }
    assert_eq!(folder.run("sweep merge a.toml").code, 0);
}

#[test]
fn own_patterns_that_changed_since_are_refused() {
    let folder = Folder::new("sweep-patterns");
    folder.write("p.csv", "1,-1,1,1\n-1,1,1,-1\n");
    folder.write(
        "a.toml",
        "verb='simulate'\nquantity='amp'\npatterns='p.csv'\n",
    );
    assert_eq!(folder.run("sweep a.toml").code, 0);
    folder.write("p.csv", "1,-1,1,1\n-1,1,1,-1\n1,1,1,1\n");
    let ran = folder.run("sweep run a.toml");
    ran.assert_refused(
        2,
        &[
            "a.toml: changed since it was planned",
            "a file that it names",
        ],
    );
}

#[test]
fn bad_input_is_one_line_and_writes_nothing() {
    let folder = Folder::new("sweep-refused");
    folder.write("bad.toml", "verb = 'solve'\nalpha = [0.1, -1]\n");
    folder.write("good.toml", "verb = 'solve'\nalpha = 0.1\n");
    folder.write(
        "key.toml",
        "verb = 'solve'\nalpha = 0.1\n[[figure]]\nx = 1\n",
    );
    let before = folder.entries();
    for (line, code, parts) in [
        ("sweep", 2, ["SPEC.toml", "sweep --help"]),
        ("sweep run", 2, ["SPEC.toml", "--help"]),
        ("sweep none.toml", 4, ["none.toml", "cannot read"]),
        ("sweep bad.toml", 2, ["bad.toml: alpha = 0.1,-1", "allowed"]),
        ("sweep key.toml", 2, ["key.toml: ", "figure"]),
        (
            "sweep run good.toml",
            2,
            ["good.toml: not planned", "sweep plan"],
        ),
        ("sweep good.toml --format xml", 2, ["--format", "csv, json"]),
        (
            "sweep run good.toml --shard 3/2",
            2,
            ["--shard 3/2: no shard", "i/n"],
        ),
        ("sweep plan good.toml --shards 4", 2, ["--for", "--help"]),
        (
            "sweep plan good.toml --for slurm --shards 0",
            2,
            ["--shards 0", "1 to 1000000"],
        ),
        (
            "sweep plan good.toml --for pbs",
            2,
            ["--for", "slurm, parallel, hyperqueue"],
        ),
        ("sweep start good.toml", 2, ["good.toml", "--help"]),
    ] {
        folder.run(line).assert_refused(code, &parts);
        assert_eq!(folder.entries(), before, "{line}");
    }
}
