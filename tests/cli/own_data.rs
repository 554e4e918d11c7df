//! A user's own data: what is read, what is found, and what leaves the program.

use super::common::{Folder, Ran, column, json, numbers};
use quenched::record::PatternFile;
use std::path::Path;

/// Runs a line that has to succeed.
fn done(folder: &Folder, line: &str) -> Ran {
    let ran = folder.run(line);
    assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
    ran
}

fn one(ran: &Ran, name: &str) -> f64 {
    numbers(ran.text(), name)[0]
}

fn word(ran: &Ran, name: &str) -> String {
    column(ran.text(), name)[0].clone()
}

const MINIMISE: &str = "simulate minimise --loss square --patterns";

#[test]
fn entries_of_any_one_size_are_as_good_as_signs() {
    let folder = Folder::new("own-sizes");
    for (name, size) in [("half.csv", "0.5"), ("one.csv", "1"), ("three.csv", "3")] {
        let lines = "s,s,s,s,s,1\ns,-s,s,s,-s,1\n".replace('s', size);
        folder.write(name, &lines);
        let ran = done(&folder, &format!("simulate amp --patterns {name}"));
        let entropy = one(&ran, "entropy");
        // Ten of the 32 configurations.
        assert!(
            (entropy - 10f64.ln() / 5.0).abs() < 5e-4,
            "{name}: {entropy}"
        );
        done(&folder, &format!("simulate sbpi --patterns {name}"));
    }
    // A margin is meant in the entries as they are.
    let margin = |line: &str| one(&done(&folder, &format!("simulate amp {line}")), "entropy");
    let small = margin("--patterns half.csv --kappa 0.2");
    let large = margin("--patterns three.csv --kappa 1.2");
    assert_eq!(small, large);
}

#[test]
fn messages_measure_the_variance_of_real_entries() {
    let folder = Folder::new("own-variance");
    let mut seed = 7_u64;
    let mut normal = || {
        let mut sum = 0.0;
        for _ in 0..12 {
            seed = seed
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            sum += (seed >> 11) as f64 / (1_u64 << 53) as f64;
        }
        sum - 6.0
    };
    let rows: Vec<Vec<f64>> = (0..60)
        .map(|_| (0..151).map(|_| normal()).collect())
        .collect();
    let write = |name: &str, scale: f64| {
        let line = |row: &Vec<f64>| {
            let cells = row.iter().map(|x| (scale * x).to_string());
            cells.chain(["1".to_owned()]).collect::<Vec<_>>().join(",") + "\n"
        };
        folder.write(name, &rows.iter().map(line).collect::<String>());
    };
    write("unit.csv", 1.0);
    write("large.csv", 40.0);
    for algorithm in ["amp", "bp", "reinforced-bp", "focusing-bp"] {
        let [unit, large] = ["unit", "large"].map(|name| {
            done(
                &folder,
                &format!("simulate {algorithm} --patterns {name}.csv"),
            )
        });
        assert_eq!(word(&large, "status"), "ok", "{algorithm}");
        assert_eq!(
            word(&unit, "training_errors"),
            word(&large, "training_errors")
        );
        if algorithm == "amp" {
            let apart = one(&unit, "entropy") - one(&large, "entropy");
            assert!(apart.abs() < 1e-8, "{apart}");
        }
    }
    // A loss with a scale: weights of other entries are other weights, at the same load.
    let line = "simulate amp --weights spherical --loss square --beta 1 --patterns";
    let ran = done(&folder, &format!("{line} large.csv"));
    assert_eq!(word(&ran, "status"), "ok");
}

#[test]
fn no_finite_or_no_single_minimiser_is_said() {
    let folder = Folder::new("own-minimisers");
    folder.write("quasi.csv", "-2,-1\n-1,-1\n0,-1\n0,1\n1,1\n2,1\n");
    folder.write(
        "equal.csv",
        "1,1,1\n2,2,-1\n3,3,1\n4,4,1\n0,0,-1\n2.5,2.5,-1\n",
    );
    folder.write(
        "constant.csv",
        "1,9,1\n2,9,-1\n3,9,1\n4,9,1\n0,9,-1\n2.5,9,-1\n",
    );
    let verdict = |loss: &str, file: &str| {
        let line = format!("simulate minimise --loss {loss} --lambda 0 --patterns {file}");
        let ran = done(&folder, &line);
        [word(&ran, "status"), word(&ran, "reason"), word(&ran, "q")]
    };
    let infinite = ["no_solution", "no finite classifier is best", ""];
    assert_eq!(verdict("cross-entropy", "quasi.csv"), infinite);
    for loss in ["square", "cross-entropy", "hinge"] {
        for file in ["equal.csv", "constant.csv"] {
            let many = ["no_solution", "the minimiser is not unique", ""];
            assert_eq!(verdict(loss, file), many, "{loss} {file}");
        }
    }
}

#[test]
fn columns_may_have_any_scale() {
    let folder = Folder::new("own-scales");
    let small = "1,2e-8,1\n2,-1e-8,-1\n-1,3e-8,1\n.5,-2e-8,-1\n-2,1e-8,-1\n1.5,1e-8,1\n";
    folder.write("small.csv", small);
    folder.write("large.csv", &small.replace("e-8", ""));
    for file in ["small.csv", "large.csv"] {
        let ran = done(&folder, &format!("{MINIMISE} {file} --lambda 0"));
        assert_eq!(word(&ran, "status"), "ok");
        let risk = one(&ran, "ground_state_energy");
        assert!((risk - 0.2316123).abs() < 1e-7, "{file}: {risk}");
    }
    folder.write("four.csv", "-2,-1\n-1,-1\n1,1\n2,1\n");
    for (lambda, q) in [("1e-10", 428.05035), ("1e-6", 144.526829)] {
        let line = "simulate minimise --loss cross-entropy --patterns four.csv --lambda";
        let ran = done(&folder, &format!("{line} {lambda}"));
        assert!((one(&ran, "q") / q - 1.0).abs() < 1e-8, "{lambda}");
    }
}

/// The data sets, as they are or prepared, beside other programs (tests/reference/own-data).
#[test]
fn minimisers_are_those_of_other_programs() {
    let folder = Folder::new("own-reference");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/own-data");
    for name in ["breast-cancer", "digits-3-8"] {
        let packed = std::fs::read(own.join(format!("{name}.csv.gz"))).unwrap();
        let file = PatternFile::parse(("a.csv.gz", &packed), None).unwrap();
        for how in ["raw", "centred", "standardised"] {
            folder.write(&format!("{name}-{how}.csv"), &prepared(&file, how));
        }
    }
    let text = std::fs::read_to_string(own.join("minimisers.json")).unwrap();
    let rows = json(&text);
    let rows = rows["rows"].as_array().unwrap();
    assert!(rows.len() > 70);
    for row in rows {
        let text = |k: usize| row[k].as_str().unwrap();
        let number = |k: usize| row[k].as_f64().unwrap();
        let (file, loss, lambda) = (format!("{}-{}.csv", text(0), text(1)), text(2), number(3));
        let line = format!("simulate minimise --patterns {file} --loss {loss} --lambda {lambda}");
        let ran = done(&folder, &line);
        assert_eq!(word(&ran, "status"), "ok", "{line}");
        let (q, bias) = (one(&ran, "q"), one(&ran, "bias"));
        // Support vector machines are solved to fewer digits there: risks are larger than here.
        let within = if loss == "hinge" { 1e-5 } else { 1e-8 };
        let apart = (q / number(4) - 1.0)
            .abs()
            .max((bias - number(5)).abs() / number(5).abs().max(1.0));
        assert!(apart < within, "{line}: {q} {bias} {row}");
    }
}

/// Patterns as csv, as they are, less their means, or divided by their standard deviations too.
fn prepared(file: &PatternFile, how: &str) -> String {
    let [m, n] = file.shape();
    let instance = file.instance();
    let labels = &instance.clusters.as_ref().unwrap().labels;
    let mut x: Vec<Vec<f64>> = (0..m)
        .map(|mu| {
            (0..n)
                .map(|i| instance.patterns.entry(mu, i) * labels[mu])
                .collect()
        })
        .collect();
    for i in (0..n).filter(|_| how != "raw") {
        let mean = x.iter().map(|row| row[i]).sum::<f64>() / m as f64;
        x.iter_mut().for_each(|row| row[i] -= mean);
        let variance = x.iter().map(|row| row[i] * row[i]).sum::<f64>() / m as f64;
        if how == "standardised" && variance > 0.0 {
            x.iter_mut().for_each(|row| row[i] /= variance.sqrt());
        }
    }
    let line = |(row, label): (&Vec<f64>, &f64)| {
        let cells: Vec<String> = row.iter().chain([label]).map(f64::to_string).collect();
        cells.join(",") + "\n"
    };
    x.iter().zip(labels).map(line).collect()
}

#[test]
fn estimates_that_the_data_do_not_determine_are_empty() {
    let folder = Folder::new("own-estimates");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/own-data");
    let packed = std::fs::read(own.join("breast-cancer.csv.gz")).unwrap();
    std::fs::write(folder.file("cancer.csv.gz"), &packed).unwrap();
    let line = "simulate minimise --loss cross-entropy --lambda 1 --patterns cancer.csv.gz";
    let ran = done(&folder, line);
    let row = |name: &str| word(&ran, name);
    assert_eq!(
        [
            row("estimated_cosine"),
            row("estimated_generalization_error")
        ],
        ["", ""]
    );
    assert!(
        row("reason").starts_with("clusters are not round: "),
        "{}",
        row("reason")
    );
    assert_eq!(row("status"), "ok");
    let left_out = one(&ran, "leave_one_out_error");
    let training = one(&ran, "training_error");
    assert!(
        left_out > training && left_out < 0.06,
        "{left_out} {training}"
    );
    let optimal = done(&folder, "simulate bayes-optimal --patterns cancer.csv.gz");
    assert_eq!(word(&optimal, "status"), "no_solution");
}

/// Patterns of two round clusters, the label last.
fn two_clusters(n: usize, counts: [usize; 2]) -> Vec<Vec<f64>> {
    let mut seed = 11_u64;
    let mut uniform = || {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    let labels = [vec![1.0; counts[0]], vec![-1.0; counts[1]]].concat();
    let row = |y: f64| {
        let normal =
            |uniform: &mut dyn FnMut() -> f64| (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let mut row: Vec<f64> = (0..n).map(|_| 0.9 * normal(&mut uniform)).collect();
        row.iter_mut().for_each(|x| *x += y / (n as f64).sqrt());
        row.push(y);
        row
    };
    labels.into_iter().map(row).collect()
}

fn as_csv(rows: &[Vec<f64>]) -> String {
    let line = |row: &Vec<f64>| {
        let cells: Vec<String> = row.iter().map(f64::to_string).collect();
        cells.join(",") + "\n"
    };
    rows.iter().map(line).collect()
}

#[test]
fn centred_columns_have_estimates_of_the_axis_alone() {
    let folder = Folder::new("own-centred");
    for counts in [[150, 150], [90, 210]] {
        let mut rows = two_clusters(40, counts);
        folder.write("raw.csv", &as_csv(&rows));
        for i in 0..40 {
            let mean = rows.iter().map(|row| row[i]).sum::<f64>() / 300.0;
            rows.iter_mut().for_each(|row| row[i] -= mean);
        }
        folder.write("centred.csv", &as_csv(&rows));
        for verb in [
            "minimise --loss cross-entropy --lambda 1",
            "minimise --loss square",
            "plug-in",
            "bayes-optimal",
        ] {
            let [raw, centred] = ["raw", "centred"]
                .map(|name| done(&folder, &format!("simulate {verb} --patterns {name}.csv")));
            for name in [
                "estimated_cosine",
                "estimated_generalization_error",
                "estimated_delta",
            ] {
                let (a, b) = (one(&raw, name), one(&centred, name));
                assert!((a - b).abs() < 0.03, "{verb} {name} {counts:?}: {a} {b}");
                assert!(b > 0.0 && b < 1.0 + f64::from(u8::from(name == "estimated_delta")));
            }
            assert_eq!(word(&centred, "status"), "ok");
        }
    }
}

#[test]
fn labels_stand_where_their_name_says() {
    let folder = Folder::new("own-label-columns");
    let read = |text: &str, options: &str| {
        folder.write("a.csv", text);
        let ran = done(&folder, &format!("{MINIMISE} a.csv {options}"));
        let shape = [
            word(&ran, "n"),
            word(&ran, "m_patterns"),
            word(&ran, "estimated_rho"),
        ];
        (shape.join(" "), ran.stderr)
    };
    let silent = |text: &str| {
        let (shape, said) = read(text, "");
        assert_eq!(said, "", "{text}");
        shape
    };
    assert_eq!(
        silent("x,y,label\n1,2,1\n.5,1,0\n2,.1,0\n"),
        "2 3 0.3333333333333333"
    );
    assert_eq!(
        silent("y,a,b\n1,1,.5\n0,.1,2\n0,.3,1\n"),
        "2 3 0.3333333333333333"
    );
    assert_eq!(
        silent("a,Target,b\n1,1,.5\n.2,0,2\n.1,0,1\n"),
        "2 3 0.3333333333333333"
    );
    assert_eq!(
        silent("0,1,2,target\n1,1,.5,1\n.2,0,2,0\n.1,0,1,0\n"),
        "3 3 0.3333333333333333"
    );
    let named = read("a,b,c\n1,1,.5\n.2,0,2\n.1,0,1\n", "--label-column b");
    assert_eq!(named.0, "2 3 0.3333333333333333");
    let numbered = read("1,1,.5\n.2,0,2\n.1,0,1\n", "--label-column 2");
    assert_eq!(numbered.0, "2 3 0.3333333333333333");
    let (shape, said) = read("0,1,2,3\n1,.5,.2,1\n.3,.1,.7,0\n.1,.4,.6,0\n", "");
    assert_eq!(shape, "3 3 0.3333333333333333");
    assert!(
        said.contains("a.csv: line 1 is taken for names of columns"),
        "{said}"
    );
    let (shape, said) = read(",0,1,2\n5,.5,.2,1\n3,.1,.7,0\n9,.4,.6,0\n", "");
    assert_eq!(shape, "2 3 0.3333333333333333");
    assert!(
        said.contains("a.csv: column 1 has no name and tells the rows apart: left out"),
        "{said}"
    );
    let (shape, said) = read("d,a,b\nmalignant,1,.5\nbenign,.2,2\nbenign,.1,1\n", "");
    assert_eq!(shape, "2 3 0.3333333333333333");
    assert!(
        said.contains("label malignant is +1, label benign is -1"),
        "{said}"
    );
    assert!(
        said.contains("column 1, d holds words: these are the labels"),
        "{said}"
    );
}

#[test]
fn what_can_be_read_in_two_ways_is_asked() {
    let folder = Folder::new("own-refused");
    for (text, options, part) in [
        (
            "class,target,a\n1,0,2\n0,1,3\n",
            "",
            "--patterns a.csv: line 1: both column 1, class and column 2, target may hold the labels; allowed: --label-column NAME",
        ),
        (
            "x,y,group\n1,0,1\n2,1,0\n",
            "",
            "both column 2, y and column 3, group may hold the labels",
        ),
        (
            "a,b,c\n1,0,1\n2,1,0\n",
            "--label-column d",
            "--label-column d: a.csv has no such column; allowed: a, b, c",
        ),
        (
            "1,0,1\n2,1,0\n",
            "--label-column a",
            "--label-column a: a.csv has no line of names; allowed: a number, 1 to 3",
        ),
        (
            "0,1,2,3\n1,.5,.2,.3\n0,.1,.7,.3\n1,.1,.4,.6\n0,.2,.3,.4\n",
            "",
            "line 5, column 4: 0.4 is a third label after 0.3 and 0.6; allowed: two different labels, or --label-column where another column holds them (column 1, 0?)",
        ),
        (
            "\"1,200\",\"-3,400\",1\n\"2\",\"3\",-1\n",
            "",
            "--patterns a.csv: line 1, column 1: 1,200 is no finite number; allowed: ",
        ),
        (
            "0,5;1,2;1\n0,7;1,3;-1\n",
            "",
            "line 1, column 1: 0,5 is no finite number",
        ),
        (
            "NA,NA,NA\n1,2,1\n3,4,0\n",
            "",
            "line 1, column 1: NA is no finite number",
        ),
        (
            ",,\n1,2,1\n3,4,0\n",
            "",
            "line 1, column 1: '' is no finite number",
        ),
        (
            "a,b,label\n1,2,1\n3,,0\n",
            "",
            "line 3, column 2: '' is no finite number",
        ),
        (
            "a,b,label\n1,2,yes\n3,4,\n",
            "",
            "line 3, column 3: '' is no label",
        ),
        (
            "a,b,label\n1,2,yes\n3,4,no\n5,6,maybe\n",
            "",
            "line 4, column 3: maybe is a third label after yes and no",
        ),
        (
            "1,2,1\n3,4,0,\n",
            "",
            "line 2: 4 columns, 3 in those before",
        ),
    ] {
        folder.write("a.csv", text);
        folder
            .run(&format!("{MINIMISE} a.csv {options} -o out.csv"))
            .assert_refused(2, &[part]);
    }
    for (text, part) in [
        (
            "\t1\t1\n1\t.5\t1\n2\t.1\t-1\n",
            "line 1, column 1: '' is no finite number",
        ),
        (
            "1\t.5\t1\n1\t.5\t\n2\t.1\t-1\n",
            "line 2, column 3: '' is no ",
        ),
    ] {
        folder.write("a.tsv", text);
        folder
            .run(&format!("{MINIMISE} a.tsv -o out.csv"))
            .assert_refused(2, &[part]);
    }
    folder.write("x.csv", "a,label\n1,1\n2,0\n");
    folder.write("l.csv", "1\n0\n");
    let both = format!("{MINIMISE} x.csv --labels l.csv");
    folder
        .run(&both)
        .assert_refused(2, &["--labels l.csv: its column label holds labels too"]);
    folder.write("a.csv.gz", "1,2,1\n");
    folder
        .run(&format!("{MINIMISE} a.csv.gz"))
        .assert_refused(2, &["it does not unpack as gzip"]);
    assert!(!folder.file("out.csv").exists());
}

#[test]
fn every_format_holds_the_same_table() {
    let folder = Folder::new("own-formats");
    folder.write("plain.csv", "1,.5,1\n2,.25,-1\n3,.125,1\n");
    folder.write(
        "excel.csv",
        "\u{feff}sep=;\r\n\"1\";.5;1\r\n2;.25;-1\r\n3;.125;1\r\n",
    );
    let halves: [u16; 9] = [
        0x3c00, 0x3800, 0x3c00, 0x4000, 0x3400, 0xbc00, 0x4200, 0x3000, 0x3c00,
    ];
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 3), }\n";
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(halves.iter().flat_map(|x| x.to_le_bytes()));
    std::fs::write(folder.file("half.npy"), bytes).unwrap();
    folder.write("x.csv", "0,1\n1,.5\n2,.25\n3,.125\n");
    folder.write("words.csv", "malignant\nbenign\nmalignant\n");
    folder.write("series.csv", "0\n1\n0\n1\n");
    let q = |line: &str| word(&done(&folder, &format!("{MINIMISE} {line}")), "q");
    let plain = q("plain.csv");
    for line in ["excel.csv", "half.npy"] {
        assert_eq!(q(line), plain, "{line}");
    }
    folder.write("x.csv", "a,b\n1,.5\n2,.25\n3,.125\n");
    for labels in ["words.csv", "series.csv"] {
        assert_eq!(q(&format!("x.csv --labels {labels}")), plain, "{labels}");
    }
    // A table of the program's own, in every format, is read back.
    #[cfg(feature = "parquet")]
    {
        let line = "simulate minimise --loss square --patterns plain.csv --weights-out w.parquet";
        done(&folder, line);
        folder.write("r.toml", "[data.w]\nfile = \"w.parquet\"\n[[panel]]\n[[panel.points]]\ndata = \"w\"\nx = \"weight\"\ny = \"coefficient\"\n");
        done(&folder, "figure r.toml");
        assert!(folder.file("r.svg").exists());
    }
}

#[test]
fn own_patterns_say_what_they_are() {
    let folder = Folder::new("own-implied");
    let rows = two_clusters(20, [60, 60]);
    folder.write("own.csv", &as_csv(&rows));
    for line in ["minimise --loss hinge", "hebb", "bayes-optimal"] {
        let [short, long] = ["", "--data mixture"].map(|data| {
            done(
                &folder,
                &format!("simulate {line} --patterns own.csv {data}"),
            )
        });
        assert_eq!(word(&short, "q"), word(&long, "q"));
    }
    let exact = done(
        &folder,
        "simulate minimise --loss cross-entropy --patterns own.csv",
    );
    let amp = "simulate amp --data mixture --weights ridge --loss cross-entropy --patterns own.csv";
    let amp = done(&folder, amp);
    assert_eq!(word(&amp, "status"), "ok");
    assert!((one(&amp, "q") - one(&exact, "q")).abs() < 1e-6);
    let estimate = "estimated_generalization_error";
    assert!((one(&amp, estimate) - one(&exact, estimate)).abs() < 1e-6);
    for (line, part) in [
        ("minimise", "--loss: minimise needs it; allowed: "),
        ("sbpi", "--patterns own.csv: sbpi needs patterns of signs"),
        (
            "max-sum",
            "--patterns own.csv: max-sum needs patterns of signs",
        ),
        ("amp --n 5", "--n 5: the file of patterns says it, own.csv"),
        (
            "amp --data teacher",
            "--data teacher: the file of patterns says it, own.csv",
        ),
        (
            "bp --machine committee:3 --test own.csv",
            "--test own.csv: patterns are tried on machines of one unit",
        ),
        (
            "minimise --loss square --predictions-out p.csv",
            "--predictions-out p.csv: there are no patterns to predict",
        ),
        (
            "minimise --loss square --weights-out w.txt",
            "--weights-out w.txt: its ending names no format; allowed: .npy, .csv",
        ),
    ] {
        folder
            .run(&format!("simulate {line} --patterns own.csv"))
            .assert_refused(2, &[part]);
    }
    folder
        .run("simulate amp --alpha 1 --test own.csv")
        .assert_refused(2, &["--test own.csv: test belongs to patterns"]);
}

#[test]
fn correlated_patterns_are_not_ok() {
    let folder = Folder::new("own-correlated");
    // Seven patterns whose 17 entries are mostly one sign each.
    let mut seed = 5_u64;
    let mut bit = || {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        seed >> 60
    };
    let mut untrusted = 0;
    for _ in 0..10 {
        let mut lines = String::new();
        for _ in 0..8 {
            let common = bit() % 2 == 0;
            let sign = |flip: bool| if common != flip { "1" } else { "-1" };
            let cells: Vec<&str> = (0..17).map(|_| sign(bit() < 2)).collect();
            lines += &(cells.join(",") + ",1\n");
        }
        folder.write("own.csv", &lines);
        let ran = folder.run("simulate amp --patterns own.csv --damping 0.5 --max-iterations 5000");
        let (status, entropy) = (word(&ran, "status"), word(&ran, "entropy"));
        let trusted = status == "ok";
        assert_eq!(entropy.is_empty(), !trusted);
        untrusted += usize::from(!trusted);
    }
    assert!(untrusted >= 9, "{untrusted}");
}

#[test]
fn weights_and_predictions_leave_the_program() {
    let folder = Folder::new("own-results");
    let rows = two_clusters(12, [40, 40]);
    let label = |row: &Vec<f64>| if row[12] > 0.0 { "sick" } else { "well" };
    let with_header = |rows: &[Vec<f64>]| {
        let names: Vec<String> = (1..13).map(|i| format!("x{i}")).collect();
        let lines = rows.iter().map(|row| {
            let cells: Vec<String> = row[..12].iter().map(f64::to_string).collect();
            format!("{},{}\n", cells.join(","), label(row))
        });
        format!("{},state\n{}", names.join(","), lines.collect::<String>())
    };
    let (learned, new): (Vec<_>, Vec<_>) = rows
        .iter()
        .cloned()
        .enumerate()
        .partition(|(i, _)| i % 2 == 0);
    let [learned, new] =
        [learned, new].map(|part| part.into_iter().map(|(_, r)| r).collect::<Vec<_>>());
    folder.write("learn.csv", &with_header(&learned));
    folder.write("new.csv", &with_header(&new));
    let line = "simulate minimise --loss cross-entropy --patterns learn.csv --test new.csv \
                --weights-out found.csv --predictions-out p.csv";
    let ran = done(&folder, line);
    let weights = folder.read("found.csv");
    assert_eq!(column(&weights, "input")[0], "x1");
    let coefficients = numbers(&weights, "coefficient");
    assert_eq!(coefficients.len(), 13);
    let q = numbers(&weights, "weight")[..12]
        .iter()
        .map(|w| w * w)
        .sum::<f64>()
        / 12.0;
    assert!((q - one(&ran, "q")).abs() < 1e-12);
    let predictions = folder.read("p.csv");
    let fields = numbers(&predictions, "field");
    let mut errors = 0;
    for (row, (field, said)) in new
        .iter()
        .zip(fields.iter().zip(column(&predictions, "prediction")))
    {
        let sum: f64 = row[..12]
            .iter()
            .zip(&coefficients)
            .map(|(x, c)| x * c)
            .sum();
        assert!((sum + coefficients[12] - field).abs() < 1e-12);
        // The later word in the alphabet is +1.
        assert_eq!(said, if *field > 0.0 { "well" } else { "sick" });
        errors += usize::from(said != label(row));
    }
    assert_eq!(one(&ran, "test_errors"), errors as f64);
    assert_eq!(one(&ran, "test_error"), errors as f64 / 40.0);
    done(&folder, &line.replace("found.csv", "found.npy"));
    let bytes = std::fs::read(folder.file("found.npy")).unwrap();
    assert_eq!(bytes.len(), 128 + 13 * 8);
    // Without labels there are predictions and no errors.
    let bare: String = new
        .iter()
        .map(|row| as_csv(&[row[..12].to_vec()]))
        .collect();
    folder.write("bare.csv", &bare);
    let ran = done(&folder, &line.replace("new.csv", "bare.csv"));
    assert_eq!(word(&ran, "test_errors"), "");
    assert_eq!(numbers(&folder.read("p.csv"), "field"), fields);
    for (text, part) in [
        (
            "1,2\n3,4\n",
            "--test bad.csv: 2 columns; allowed: the 12 inputs of learn.csv",
        ),
        (
            &with_header(&new).replace("well", "fine"),
            "fine is no label of learn.csv; allowed: sick, well",
        ),
        (
            &with_header(&new).replace("x2", "z"),
            "input 2 is z, in learn.csv it is x2",
        ),
    ] {
        folder.write("bad.csv", text);
        folder
            .run(&line.replace("new.csv", "bad.csv"))
            .assert_refused(2, &[part]);
    }
    // Searches for binary weights have weights too.
    folder.write("signs.csv", "1,-1,1,1\n-1,-1,1,1\n1,1,1,-1\n");
    done(
        &folder,
        "simulate sbpi --patterns signs.csv --samples 3 --weights-out s.csv",
    );
    assert_eq!(column(&folder.read("s.csv"), "sample").len(), 12);
}
