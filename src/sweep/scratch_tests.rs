//! Folders for tests.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of its own, removed at the end.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let name = format!("quenched-sweep-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(super) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    /// A spec of this text, planned.
    pub(super) fn plan(&self, text: &str) -> super::Plan {
        let path = self.path("a.toml");
        fs::write(&path, text).unwrap();
        let plan = super::Plan::read(&path).unwrap();
        plan.write(false).unwrap();
        plan
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
