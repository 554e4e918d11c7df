//! Patterns from files: what is read, and what is refused.

use super::*;
use std::fs;
use std::path::PathBuf;

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("quenched-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn with(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.join(name), text).unwrap();
        self
    }

    fn read_with(&self, patterns: &str, labels: Option<&str>) -> Result<PatternFile, Error> {
        let names = PatternNames {
            patterns,
            labels,
            label_column: None,
        };
        PatternFile::read(names, &self.0)
    }

    fn read(&self, name: &str) -> Result<PatternFile, Error> {
        self.read_with(name, None)
    }

    /// The line that refuses a file.
    fn refusal(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let Err(error) = self.with(name, text).read(name) else {
            panic!("{name} was read")
        };
        let line = error.to_string();
        let (reason, _) = line.split_once("; allowed").unwrap();
        reason.to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A file of NumPy's; `data` in the type `descr`.
fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(data);
    bytes
}

fn rows(file: &PatternFile) -> Vec<Vec<f64>> {
    let [rows, columns] = file.shape();
    let patterns = &file.instance.patterns;
    let row = |mu| (0..columns).map(|i| patterns.entry(mu, i)).collect();
    (0..rows).map(row).collect()
}

#[test]
fn one_table_is_read_from_every_format() {
    let folder = Folder::new("formats");
    let expected = vec![vec![1.0, -1.0, 1.0], vec![1.0, 1.0, -1.0]];
    let signs: Vec<u8> = [1i8, -1, 1, 1, -1, -1, 1, -1].map(|x| x as u8).to_vec();
    let turned: Vec<u8> = [1i8, -1, -1, -1, 1, 1, 1, -1].map(|x| x as u8).to_vec();
    folder
        .with("a.csv", "1,-1,1,1\n-1,-1,1,-1\n")
        .with("names.csv", "label,a,b,c\n1,1,-1,1\n-1,-1,-1,1\n")
        .with(
            "zero.csv",
            "\u{feff}# from elsewhere\n\n 1; -1; 1; 5\r\n-1;-1;1; 2.5",
        )
        .with("tabs.tsv", "1\t-1\t1\t1\n-1\t-1\t1\t0\n")
        .with(
            "spaces.txt",
            "# np.savetxt\n1.0e0 -1.0e0 1.0e0 1\n-1.0e0 -1.0e0 1.0e0 0\n",
        )
        .with("c.npy", npy("|i1", false, "(2, 4)", &signs))
        .with("fortran.npy", npy("|i1", true, "(2, 4)", &turned));
    for name in [
        "a.csv",
        "names.csv",
        "zero.csv",
        "tabs.tsv",
        "spaces.txt",
        "c.npy",
        "fortran.npy",
    ] {
        let file = folder.read(name).unwrap();
        assert_eq!(rows(&file), expected, "{name}");
        assert_eq!(file.entries(), Entries::Signs, "{name}");
    }
    folder
        .with("x.csv", "1,-1,1\n-1,-1,1\n")
        .with("y.csv", "1\n0\n")
        .with("y.npy", npy("|b1", false, "(2,)", &[1, 0]));
    for labels in ["y.csv", "y.npy"] {
        let file = folder.read_with("x.csv", Some(labels)).unwrap();
        assert_eq!(rows(&file), expected, "{labels}");
    }
    let file = folder
        .with("real.csv", "0.5,-2,1\n1e-3,0,0\n")
        .read("real.csv")
        .unwrap();
    assert_eq!(rows(&file), [[0.5, -2.0], [-1e-3, -0.0]]);
    assert_eq!(file.entries(), Entries::Gaussian);
}

#[test]
fn refusals_name_the_place() {
    let folder = Folder::new("refusals");
    for (name, text, line) in [
        (
            "nan.csv",
            "1,1,1\n1,nan,1\n",
            "line 2, column 2: nan is no finite number",
        ),
        (
            "word.csv",
            "1,1,1\n\n# a\n1,1,x\n",
            "line 4, column 3: x is no finite number",
        ),
        (
            "infinite.csv",
            "1,1,1\n1,-inf,1\n",
            "line 2, column 2: -inf is no finite number",
        ),
        (
            "blank.csv",
            "1,1,1\n1,,1\n",
            "line 2, column 2: '' is no finite number",
        ),
        (
            "wide.csv",
            "1,1,1\n1,1,1\n1,1,1,1\n",
            "line 3: 4 columns, 3 in those before",
        ),
        (
            "narrow.csv",
            "a,b,c\n1,1\n",
            "line 2: 2 columns, 3 in those before",
        ),
        (
            "third.csv",
            "1,1,0\n1,1,1\n1,1,0\n1,1,2\n",
            "line 4, column 3: 2 is a third label after 0 and 1",
        ),
        ("one.csv", "1\n1\n", "one column is no pattern with a label"),
        ("empty.csv", "", "it holds no number"),
        ("names.csv", "a,b,c\n", "it holds no number"),
        ("a.json", "[]", "its ending names no format"),
    ] {
        let refusal = folder.refusal(name, text);
        assert_eq!(refusal, format!("--patterns {name}: {line}"));
    }
    assert_eq!(
        folder.refusal("latin.csv", b"1,1,1\n1,\xe9,1\n"),
        "--patterns latin.csv: line 2: not text in UTF-8"
    );
    let nan = [1.0f32, 1.0, f32::NAN, 1.0].map(f32::to_le_bytes).concat();
    for (name, bytes, line) in [
        (
            "nan.npy",
            npy("<f4", false, "(2, 2)", &nan),
            "row 2, column 1: NaN is no finite number",
        ),
        (
            "short.npy",
            npy("<f4", false, "(3, 2)", &[0; 20]),
            "the file ends too early",
        ),
        (
            "cube.npy",
            npy("<f4", false, "(2, 2, 1)", &nan),
            "the array has 3 dimensions",
        ),
        (
            "none.npy",
            npy("<f4", false, "(0, 2)", &[]),
            "it holds no number",
        ),
        ("text.npy", b"1,1\n".to_vec(), "the file ends too early"),
    ] {
        let refusal = folder.refusal(name, bytes);
        assert_eq!(refusal, format!("--patterns {name}: {line}"));
    }
    let huge = npy("<f8", false, "(4000000000, 1000000)", &[]);
    let refusal = folder.refusal("huge.npy", huge);
    assert_eq!(refusal, "--patterns huge.npy: the file ends too early");
    let impossible = npy("<f8", false, "(4000000000, 10000000000)", &[]);
    let refusal = folder.refusal("impossible.npy", impossible);
    assert_eq!(
        refusal,
        "--patterns impossible.npy: no array is 4000000000 x 10000000000"
    );
}

#[test]
fn labels_of_their_own_match_the_patterns() {
    let folder = Folder::new("labels");
    folder
        .with("x.csv", "1,-1,1\n-1,-1,1\n")
        .with("short.csv", "1\n")
        .with("third.csv", "1\n2\n3\n");
    let refusal = |labels: &str| {
        let read = folder.read_with("x.csv", Some(labels));
        read.err().map(|error| error.to_string()).unwrap()
    };
    assert_eq!(
        refusal("short.csv"),
        "--labels short.csv: 1 x 1 numbers; allowed: one label for each of the 2 patterns"
    );
    assert!(refusal("none.csv").ends_with("none.csv: cannot read: no such file or directory"));
    let single = folder
        .with("one.csv", "1,0,-1\n0,1,-1\n")
        .read("one.csv")
        .unwrap();
    assert_eq!(rows(&single), [[-1.0, -0.0], [-0.0, -1.0]]);
}
