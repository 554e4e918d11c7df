//! Runs the program in a fresh folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A fresh folder, removed at the end.
pub struct Folder(pub PathBuf);

/// What a run left behind.
pub struct Ran {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Folder {
    pub fn new(name: &str) -> Self {
        let name = format!("quenched-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// The program, to be run in this folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quenched"));
        command.args(args).current_dir(&self.0);
        command.stdin(Stdio::null()).env_remove("NO_COLOR");
        command
    }

    /// Runs `quenched` with the words of `line`.
    pub fn run(&self, line: &str) -> Ran {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run_args(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).unwrap();
    }

    /// Names of everything in the folder, sorted.
    pub fn entries(&self) -> Vec<String> {
        let entry = |e: std::io::Result<std::fs::DirEntry>| e.unwrap().file_name();
        let all = std::fs::read_dir(&self.0).unwrap().map(entry);
        let mut names: Vec<String> = all.map(|n| n.into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(&self.0));
    }
}

impl Ran {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Asserts a refusal: this code, nothing on stdout, one line on stderr that holds `parts`.
    pub fn assert_refused(&self, code: i32, parts: &[&str]) {
        let said = &self.stderr;
        assert_eq!(self.code, code, "{said}");
        assert!(self.stdout.is_empty(), "{}", self.text());
        assert!(
            said.starts_with("quenched: ") && said.ends_with('\n'),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
        for part in parts {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
    }
}

/// The rows of a CSV text without quoted fields, header first.
pub fn csv(text: &str) -> Vec<Vec<&str>> {
    let data = text.lines().filter(|line| !line.starts_with('#'));
    data.map(|line| line.split(',').collect()).collect()
}

pub fn column(text: &str, name: &str) -> Vec<String> {
    let rows = csv(text);
    let at = rows[0].iter().position(|c| *c == name).unwrap();
    rows[1..].iter().map(|row| row[at].to_owned()).collect()
}

pub fn numbers(text: &str, name: &str) -> Vec<f64> {
    let cells = column(text, name);
    cells.iter().map(|cell| cell.parse().unwrap()).collect()
}

/// Load at which the entropy of the binary perceptron vanishes (tests/reference).
pub const BINARY_CAPACITY: f64 = 0.83307859974;

pub fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}
