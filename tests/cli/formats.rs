//! CSV, JSON and Parquet hold the same numbers, to the last bit and on any number of threads.

use crate::common::{Folder, column, csv, json};

#[test]
fn csv_and_json_say_the_same_and_round_trip() {
    let folder = Folder::new("formats");
    let line = "solve --kappa 0.5 --alpha 0.3333333333333333,0.7";
    let csv_text = folder.run(line);
    let json_text = folder.run(&format!("{line} --format json"));
    let value = json(json_text.text());
    let rows = value["rows"].as_array().unwrap();
    let header = &csv(csv_text.text())[0];
    let keys: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), header.len());
    let q: f64 = column(csv_text.text(), "q")[0].parse().unwrap();
    assert_eq!(rows[0]["q"].as_f64(), Some(q));
    assert_eq!(rows[0]["alpha"].as_f64(), Some(0.333_333_333_333_333_3));
    assert_eq!(column(csv_text.text(), "q")[1], "");
    assert!(rows[1]["q"].is_null());
    assert_eq!(rows[1]["status"], "no_solution");
    assert_eq!(rows[0]["beta"], "inf");
    let meta = &value["meta"];
    assert_eq!(meta["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(meta["command"], format!("quenched {line} --format json"));
    assert_eq!(meta["parameters"]["weights"], "binary");
    assert_eq!(meta["parameters"]["alpha"], "0.3333333333333333,0.7");
    assert!(meta["seed"].is_null() && meta["wall_time_seconds"].is_number());
    assert!(meta["tolerances"].is_object());
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_says_the_same_as_json() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let folder = Folder::new("parquet");
    let line = "solve --alpha 0.1:0.2:0.7,0.75 --kappa 0.5";
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
                Field::Bool(yes) => assert_eq!(expected[name], *yes),
                Field::Str(text) => assert_eq!(expected[name], text.as_str()),
                other => panic!("{name} is {other}"),
            }
        }
        count += 1;
    }
    assert_eq!(count, 5);
}

/// The text without what may differ between runs: how long it took, and the command as typed.
fn timeless(text: &str) -> String {
    let differs = |l: &&str| l.starts_with("# wall_time_seconds") || l.starts_with("# command");
    let kept: Vec<&str> = text.lines().filter(|l| !differs(l)).collect();
    kept.join("\n")
}

#[test]
fn equal_requests_give_equal_bytes_on_any_number_of_threads() {
    let folder = Folder::new("bytes");
    // Lines long enough to be swept in parts.
    let line = "solve --weights spherical --kappa -0.5,0 --alpha 0.01:0.01:1";
    let answers = [
        folder.run(line),
        folder.run(line),
        folder.run(&format!("{line} --threads 1")),
        folder.run(&format!("{line} --threads 2")),
    ];
    for ran in &answers {
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert_eq!(csv(ran.text()).len(), 201);
        assert_eq!(timeless(ran.text()), timeless(answers[0].text()));
    }
}
