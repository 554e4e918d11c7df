//! Texts that are read whole, within bounds: a device, or a file of one endless line, is refused
//! before it fills the memory.

use std::fs::Metadata;
use std::io;
#[cfg(any(feature = "cli", feature = "sweep"))]
use {super::free_memory, crate::error::Error, std::fs::File, std::io::Read, std::path::Path};

/// Longest recipe or spec, in bytes: far more than anybody writes by hand.
#[cfg(any(feature = "cli", feature = "sweep"))]
const WRITTEN: u64 = 16 << 20;

/// Longest table, in bytes.
#[cfg(feature = "cli")]
const TABLE: u64 = 1 << 30;

/// Memory that reading takes, for each byte of the text.
#[cfg(any(feature = "cli", feature = "sweep"))]
const GROWTH: u64 = 4;

/// Reads a recipe or a spec.
///
/// # Errors
/// [`Error::File`]: what the system reports, a text that is no UTF-8, or one that is too long.
#[cfg(any(feature = "cli", feature = "sweep"))]
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    bounded(path, WRITTEN).map_err(|e| Error::read(path, e))
}

/// Reads a table as text.
///
/// # Errors
/// The same.
#[cfg(feature = "cli")]
pub(crate) fn read_table(path: &Path) -> Result<String, Error> {
    bounded(path, TABLE).map_err(|e| Error::read(path, e))
}

/// Reads a text of at most `most` bytes for which there is room.
#[cfg(any(feature = "cli", feature = "sweep"))]
fn bounded(path: &Path, most: u64) -> io::Result<String> {
    let room = free_memory::available().map_or(most, |free| free / GROWTH);
    let most = most.min(room);
    let mut text = Vec::new();
    // One byte more tells that there are more.
    File::open(path)?.take(most + 1).read_to_end(&mut text)?;
    if text.len() as u64 > most {
        let mib = most >> 20;
        return Err(io::Error::other(format!("it is longer than {mib} MiB")));
    }
    String::from_utf8(text)
        .map_err(|_| io::Error::other("it is not text: some bytes are not UTF-8"))
}

/// Refuses a device, which may never end.
pub(crate) fn refuse_endless(about: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = about.file_type();
        if kind.is_block_device() || (kind.is_char_device()) {
            return Err(io::Error::other("it is a device, which may never end"));
        }
    }
    let _ = about;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_never_ends_is_refused() {
        let line = read_text(Path::new("/dev/zero")).unwrap_err().to_string();
        assert_eq!(line, "/dev/zero: cannot read: it is longer than 16 MiB");
    }
}
