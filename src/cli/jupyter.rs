//! Running a notebook with Jupyter.

use super::exit::{Failure, INTERRUPTED};
use super::watch::stopped;
use crate::error::Error;
use crate::record::temporary_folder;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often Ctrl-C and the end are looked for.
const TICK: Duration = Duration::from_millis(50);

/// How long after Ctrl-C Jupyter may end its kernel.
const GRACE: Duration = Duration::from_secs(3);

/// What has to be installed.
const INSTALL: &str = "pip install nbconvert ipykernel pandas matplotlib";

/// Checks that there is a Jupyter that can execute notebooks.
pub(super) fn check() -> Result<(), Failure> {
    let mut command = Command::new("jupyter");
    command.args(["nbconvert", "--version"]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    match command.stderr(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(missing("jupyter nbconvert is not found on the path")),
    }
}

fn missing(what: &str) -> Failure {
    Failure::bad_input(format!(
        "{what}; install it ({INSTALL}), or write notebooks without outputs: --no-execute"
    ))
}

/// The text of a notebook after a kernel has run all of it; cells that fail keep their error.
pub(super) fn execute(notebook: &str) -> Result<String, Failure> {
    let folder = Scratch::new()?;
    let [input, output, log] =
        ["notebook.ipynb", "executed.ipynb", "log"].map(|n| folder.0.join(n));
    fs::write(&input, notebook).map_err(|e| Error::write(&input, e))?;
    let stderr = File::create(&log).map_err(|e| Error::write(&log, e))?;
    let mut command = Command::new("jupyter");
    command.args([
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        "--allow-errors",
    ]);
    command.args(["--output", "executed.ipynb", "notebook.ipynb"]);
    // A backend that somebody chose for scripts would keep pictures out of the notebook.
    command.current_dir(&folder.0).env_remove("MPLBACKEND");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr);
    let child = command.spawn();
    let mut child = child.map_err(|_| missing("jupyter cannot be started"))?;
    let status = wait(&mut child).map_err(|e| Error::read("jupyter", e))?;
    let Some(status) = status else {
        return Err(Failure {
            code: INTERRUPTED,
            line: "interrupted".to_owned(),
        });
    };
    if !status.success() {
        let said = fs::read_to_string(&log).unwrap_or_default();
        let last = said.lines().rev().find(|line| !line.trim().is_empty());
        let why = last.unwrap_or("it does not say why").trim();
        return Err(missing(&format!("jupyter nbconvert failed: {why}")));
    }
    let text = fs::read_to_string(&output).map_err(|e| Error::read(&output, e))?;
    Ok(text)
}

/// Waits for the end; none where the user pressed Ctrl-C, which Jupyter is told by the terminal.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let mut asked: Option<Instant> = None;
    loop {
        let status = child.try_wait()?;
        let stop = stopped();
        if status.is_some() {
            return Ok(status.filter(|_| !stop));
        }
        if stop && asked.get_or_insert_with(Instant::now).elapsed() > GRACE {
            child.kill()?;
        }
        sleep(TICK);
    }
}

/// An empty folder in which nothing of the user's can be imported by mistake; removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, Error> {
        let path = temporary_folder("quenched-notebook")?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is the system's to clear.
        let _ = fs::remove_dir_all(&self.0);
    }
}
