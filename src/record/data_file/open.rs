//! Files of tables, packed or not: the ending names the format.

#[cfg(feature = "parquet")]
use super::parquet;
use super::sheet::Sheet;
use super::unreadable::{Unreadable, malformed};
use super::{header, npy, separated};
use crate::record::free_memory;
use crate::record::text_file::refuse_endless;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

/// Bytes of memory for each byte of a csv file: an entry has at least one digit and a comma.
const GROWTH: u64 = 4;
/// How a file that gzip made begins.
const PACKED: [u8; 2] = [0x1f, 0x8b];

/// The table in the file `path`.
///
/// # Errors
/// [`Unreadable`].
pub(crate) fn read(path: &Path) -> Result<Sheet, Unreadable> {
    let file = File::open(path).map_err(Unreadable::Failed)?;
    let about = file.metadata().map_err(Unreadable::Failed)?;
    if about.is_dir() {
        return Err(Unreadable::Failed(ErrorKind::IsADirectory.into()));
    }
    refuse_endless(&about).map_err(Unreadable::Failed)?;
    // A pipe does not say how much will come.
    let size = about.is_file().then_some(about.len());
    #[cfg(feature = "parquet")]
    if ending(path) == "parquet" {
        return finished(parquet::read(file)?);
    }
    sheet(BufReader::new(file), path, size)
}

/// The table that `bytes` would be in a file of this name.
///
/// # Errors
/// [`Unreadable`].
pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Sheet, Unreadable> {
    #[cfg(feature = "parquet")]
    if ending(Path::new(name)) == "parquet" {
        return finished(parquet::read(::bytes::Bytes::copy_from_slice(bytes))?);
    }
    sheet(bytes, Path::new(name), Some(bytes.len() as u64))
}

/// Whether a file's ending names a format.
#[cfg(feature = "figure")]
pub(crate) fn names_format(path: &Path) -> bool {
    let known = ["csv", "tsv", "txt", "dat", "npy", "parquet"];
    known.contains(&ending(path).as_str())
}

/// A file's ending in lower case, that of `.gz` put aside.
fn ending(path: &Path) -> String {
    let lower = |path: &Path| {
        let ending = path.extension().and_then(|e| e.to_str());
        ending.unwrap_or("").to_ascii_lowercase()
    };
    match lower(path).as_str() {
        "gz" => lower(Path::new(path.file_stem().unwrap_or_default())),
        _ => lower(path),
    }
}

fn sheet(mut file: impl BufRead, path: &Path, length: Option<u64>) -> Result<Sheet, Unreadable> {
    let packed = file
        .fill_buf()
        .map_err(Unreadable::Failed)?
        .starts_with(&PACKED);
    let named = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gz"));
    let read = |file: &mut dyn BufRead, length: Option<u64>| match ending(path).as_str() {
        "npy" => npy::read(file, length),
        "csv" | "tsv" | "txt" | "dat" => {
            let needed = length.unwrap_or(0).saturating_mul(GROWTH);
            free_memory::refusal("its numbers", needed).map_or(Ok(()), |r| Err(malformed(r)))?;
            separated::read(file)
        }
        "parquet" => Err(malformed(
            "parquet is not read from a packed file, nor by a program built without it",
        )),
        _ => Err(malformed("its ending names no format")),
    };
    finished(match (packed, named) {
        (true, _) => read(&mut BufReader::new(MultiGzDecoder::new(file)), None)?,
        (false, true) => return Err(malformed("it does not unpack as gzip")),
        (false, false) => read(&mut file, length)?,
    })
}

fn finished(mut sheet: Sheet) -> Result<Sheet, Unreadable> {
    header::leave_out_index(&mut sheet);
    Ok(sheet)
}
