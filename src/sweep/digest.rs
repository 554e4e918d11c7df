//! Short fingerprints of texts and files.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The first 8 bytes of the SHA-256 of `bytes`.
pub(super) fn number(bytes: &[u8]) -> u64 {
    first(&Sha256::digest(bytes))
}

/// The same of a file, as hexadecimal digits, without holding it.
///
/// # Errors
/// What the system reports, or that it is no file, which a task could not read again.
pub(super) fn of_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let about = file.metadata()?;
    if !about.is_file() && !about.is_dir() {
        let line = "a device or a pipe gives no file twice; allowed: a file";
        return Err(io::Error::other(line));
    }
    let mut all = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(digits(first(&all.finalize()))),
            n => all.update(&piece[..n]),
        }
    }
}

fn first(digest: &[u8]) -> u64 {
    digest
        .iter()
        .take(8)
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// The same as 16 hexadecimal digits.
pub(super) fn word(bytes: &[u8]) -> String {
    digits(number(bytes))
}

fn digits(number: u64) -> String {
    format!("{number:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_sha256() {
        // SHA-256 of the empty text starts with e3b0c44298fc1c14 (FIPS 180-4).
        assert_eq!(word(b""), "e3b0c44298fc1c14");
        assert_eq!(number(b"abc"), 0xba78_16bf_8f01_cfea);
    }
}
