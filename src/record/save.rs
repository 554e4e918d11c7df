//! Writing a file whole or not at all.

use crate::error::Error;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that is going to be written, checked beforehand to be writable.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    /// As typed, for messages.
    path: PathBuf,
    /// Where the bytes go, symbolic links followed.
    target: PathBuf,
    /// A device or a pipe: there is nothing to replace.
    direct: bool,
}

impl Destination {
    /// Checks that `path` can be written, and leaves everything as it was.
    ///
    /// # Errors
    /// [`Error::File`] if the folder is missing or not writable, or `path` is a folder or
    /// read-only.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        match Self::check(&path) {
            Ok((target, direct)) => Ok(Destination {
                path,
                target,
                direct,
            }),
            Err(source) => Err(Error::write(path, source)),
        }
    }

    fn check(path: &Path) -> io::Result<(PathBuf, bool)> {
        let target = followed(path)?;
        if target.file_name().is_none() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        match fs::metadata(&target) {
            Ok(meta) if meta.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(meta) if meta.permissions().readonly() => {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            Ok(meta) if !meta.is_file() => return Ok((target, true)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let (probe, _) = Probe::create(&target)?;
        drop(probe);
        Ok((target, false))
    }

    /// The path as typed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the file's content: a failure leaves the old file as it was, and no other file.
    ///
    /// # Errors
    /// [`Error::File`] with what the system reports.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        let result = if self.direct {
            let file = OpenOptions::new().write(true).open(&self.target);
            file.and_then(|mut file| file.write_all(bytes))
        } else {
            self.replace(bytes)
        };
        result.map_err(|source| Error::write(&self.path, source))
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let (probe, mut file) = Probe::create(&self.target)?;
        file.write_all(bytes)?;
        if let Ok(old) = fs::metadata(&self.target) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        drop(file);
        probe.becomes(&self.target)?;
        sync_folder(&self.target);
        Ok(())
    }
}

/// Most links in a row, as systems have it.
const LINKS: usize = 40;

/// The path with symbolic links at its end followed, also to a file that is yet to be made.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        match fs::canonicalize(&path) {
            Ok(real) => return Ok(real),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(&path) {
                Ok(link) => path = folder(&path).join(link),
                Err(_) => return Ok(path),
            },
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many symbolic links in a row"))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes the rename itself durable, where the system can.
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(folder(path)) {
        // Some file systems refuse to sync a folder; the file itself is safe by now.
        let _ = folder.sync_all();
    }
}

/// A temporary file beside the target, removed when dropped unless it was renamed.
struct Probe(PathBuf);

impl Probe {
    fn create(target: &Path) -> io::Result<(Self, File)> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let short: String = name.chars().take(40).collect();
        let named = || folder(target).join(format!(".{short}.{}.tmp", unique()));
        let (path, file) = new_at(named, |path| {
            OpenOptions::new().write(true).create_new(true).open(path)
        })?;
        Ok((Probe(path), file))
    }

    /// Gives the file its name; from then on it is not this probe's to remove.
    fn becomes(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.0, target)?;
        std::mem::forget(self);
        Ok(())
    }
}

/// Makes what has a name of its own, under another where somebody has it already.
fn new_at<T>(
    name: impl Fn() -> PathBuf,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    loop {
        let path = name();
        match make(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|made| (path, made)),
        }
    }
}

/// A word that no other process has, in this container or in another.
fn unique() -> String {
    // The standard library's keys come from the system's random numbers, and change with each call.
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// A new folder for temporary files, whose name begins with `stem`.
///
/// # Errors
/// What the system reports.
#[cfg(feature = "cli")]
pub(crate) fn temporary_folder(stem: &str) -> Result<PathBuf, Error> {
    let place = std::env::temp_dir();
    let named = || place.join(format!("{stem}-{}", unique()));
    let made = new_at(named, |path| fs::create_dir(path));
    made.map(|(path, ())| path)
        .map_err(|source| Error::write(&place, source))
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fresh folder of this test, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("quenched-save-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn entries(&self) -> usize {
            fs::read_dir(&self.0).unwrap().count()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn checking_leaves_nothing_and_writing_replaces() {
        let folder = Folder::new("replace");
        let path = folder.0.join("a.csv");
        let destination = Destination::new(&path).unwrap();
        assert_eq!(folder.entries(), 0);
        destination.write(b"old, longer").unwrap();
        Destination::new(&path).unwrap().write(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(folder.entries(), 1);
    }

    #[test]
    fn folders_and_missing_folders_are_refused() {
        let folder = Folder::new("refuse");
        let missing = folder.0.join("missing/a.csv");
        fs::write(folder.0.join("file"), "").unwrap();
        for path in [&folder.0, &missing, &folder.0.join("file/a.csv")] {
            let error = Destination::new(path).unwrap_err().to_string();
            assert!(error.contains("cannot write"), "{error}");
            assert!(
                !error.contains('\n') && !error.contains("os error"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = Folder::new("failed");
        let path = folder.0.join("a.csv");
        let destination = Destination::new(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), "kept").unwrap();
        assert!(destination.write(b"new").is_err());
        assert_eq!(fs::read(path.join("inside")).unwrap(), b"kept");
        assert_eq!(folder.entries(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_are_not_replaced() {
        use std::os::unix::fs::{FileTypeExt, symlink};
        let folder = Folder::new("links");
        let (real, link) = (folder.0.join("real.csv"), folder.0.join("link.csv"));
        symlink("real.csv", &link).unwrap();
        Destination::new(&link).unwrap().write(b"x").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"x");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let device = Destination::new("/dev/null").unwrap();
        assert!(device.direct);
        device.write(b"x").unwrap();
        let kind = fs::metadata("/dev/null").unwrap().file_type();
        assert!(kind.is_char_device());
    }
}
