//! Short fingerprints of texts and files.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The first 8 bytes of the SHA-256 of `bytes`.
pub(super) fn number(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .take(8)
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// The same as 16 hexadecimal digits.
pub(super) fn word(bytes: &[u8]) -> String {
    let mut word = String::new();
    // Writing to a string cannot fail.
    let _ = write!(word, "{:016x}", number(bytes));
    word
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
