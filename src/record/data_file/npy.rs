//! Arrays in NumPy's npy format, versions 1 to 3: real numbers, integers, booleans and words.

use super::sheet::Sheet;
use super::unreadable::{Unreadable, malformed};
use crate::record::free_memory;
use half::f16;
use std::io::{BufRead, Read};

/// Longest header that is read; NumPy writes some hundred bytes.
const LONGEST_HEADER: usize = 1 << 16;
/// Longest word, in characters.
const LONGEST_WORD: usize = 1 << 10;

/// What the header says.
#[derive(Clone, Debug, PartialEq)]
struct Header {
    element: Element,
    big_endian: bool,
    /// Whether the first index runs fastest.
    fortran_order: bool,
    /// Length of each dimension.
    shape: Vec<u64>,
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Element {
    Half,
    Float,
    Double,
    Signed(usize),
    Unsigned(usize),
    /// So many characters, of four bytes each.
    Text(usize),
}

impl Header {
    /// Reads the header; what follows in `file` are the entries.
    fn read(file: &mut dyn BufRead) -> Result<Self, Unreadable> {
        let mut start = [0; 8];
        file.read_exact(&mut start)?;
        if &start[..6] != b"\x93NUMPY" {
            return Err(malformed("this is no npy file"));
        }
        let length = match start[6] {
            1 => {
                let mut bytes = [0; 2];
                file.read_exact(&mut bytes)?;
                usize::from(u16::from_le_bytes(bytes))
            }
            2 | 3 => {
                let mut bytes = [0; 4];
                file.read_exact(&mut bytes)?;
                u32::from_le_bytes(bytes) as usize
            }
            version => return Err(malformed(format!("npy version {version} is unknown"))),
        };
        if length > LONGEST_HEADER {
            return Err(malformed(format!("its header has {length} bytes")));
        }
        let mut text = vec![0; length];
        file.read_exact(&mut text)?;
        Self::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Result<Self, Unreadable> {
        let field = |name: &str| {
            let quoted = [format!("'{name}'"), format!("\"{name}\"")];
            let after = quoted.iter().find_map(|key| Some(text.split_once(key)?.1));
            let value =
                after.and_then(|rest| Some(rest.trim_start().strip_prefix(':')?.trim_start()));
            value.ok_or_else(|| malformed(format!("its header has no {name}")))
        };
        let descr = field("descr")?;
        let quote = |c: char| c == '\'' || c == '"';
        let Some(kind) = descr
            .strip_prefix(quote)
            .and_then(|d| d.split(quote).next())
        else {
            return Err(malformed("its entries are records"));
        };
        let (big_endian, kind) = match kind.split_at_checked(1) {
            Some((">", kind)) => (true, kind),
            Some(("<" | "|" | "=", kind)) => (false, kind),
            _ => (false, kind),
        };
        let element = match kind {
            "f2" => Element::Half,
            "f4" => Element::Float,
            "f8" => Element::Double,
            "i1" => Element::Signed(1),
            "i2" => Element::Signed(2),
            "i4" => Element::Signed(4),
            "i8" => Element::Signed(8),
            "b1" | "u1" => Element::Unsigned(1),
            "u2" => Element::Unsigned(2),
            "u4" => Element::Unsigned(4),
            "u8" => Element::Unsigned(8),
            kind => word_element(kind)?,
        };
        let shape = field("shape")?.strip_prefix('(');
        let Some((shape, _)) = shape.and_then(|s| s.split_once(')')) else {
            return Err(malformed("its header has no shape"));
        };
        let lengths = shape.split(',').map(str::trim).filter(|s| !s.is_empty());
        let lengths: Result<Vec<u64>, _> = lengths.map(str::parse).collect();
        let Ok(shape) = lengths else {
            return Err(malformed(format!("({shape}) is no shape")));
        };
        Ok(Header {
            element,
            big_endian,
            fortran_order: field("fortran_order")?.starts_with("True"),
            shape,
        })
    }

    /// Bytes of an entry.
    fn width(&self) -> usize {
        match self.element {
            Element::Half => 2,
            Element::Float => 4,
            Element::Double => 8,
            Element::Text(length) => 4 * length,
            Element::Signed(width) | Element::Unsigned(width) => width,
        }
    }

    /// The next entry.
    fn entry(&self, file: &mut dyn Read) -> Result<Entry, Unreadable> {
        if let Element::Text(length) = self.element {
            return self.text(file, length).map(Entry::Word);
        }
        let width = self.width();
        // Little-endian, extended to eight bytes.
        let mut bytes = [0; 8];
        file.read_exact(&mut bytes[..width])?;
        if self.big_endian {
            bytes[..width].reverse();
        }
        let [a, b, c, d, ..] = bytes;
        Ok(Entry::Number(match self.element {
            Element::Half => f16::from_le_bytes([a, b]).to_f64(),
            Element::Float => f64::from(f32::from_le_bytes([a, b, c, d])),
            Element::Double => f64::from_le_bytes(bytes),
            Element::Unsigned(_) | Element::Text(_) => u64::from_le_bytes(bytes) as f64,
            Element::Signed(width) => {
                let unused = 64 - 8 * width as u32;
                (i64::from_le_bytes(bytes) << unused >> unused) as f64
            }
        }))
    }

    /// A word of so many characters, zeros after it.
    fn text(&self, file: &mut dyn Read, length: usize) -> Result<String, Unreadable> {
        let mut word = String::new();
        for _ in 0..length {
            let mut bytes = [0; 4];
            file.read_exact(&mut bytes)?;
            let code = match self.big_endian {
                true => u32::from_be_bytes(bytes),
                false => u32::from_le_bytes(bytes),
            };
            match char::from_u32(code) {
                Some('\0') => {}
                Some(c) => word.push(c),
                None => return Err(malformed(format!("{code} is no character"))),
            }
        }
        Ok(word.trim().to_owned())
    }
}

/// The type of entries that are words.
fn word_element(kind: &str) -> Result<Element, Unreadable> {
    let length = kind.strip_prefix('U').and_then(|n| n.parse::<usize>().ok());
    match length {
        Some(length) if (1..=LONGEST_WORD).contains(&length) => Ok(Element::Text(length)),
        _ => Err(malformed(format!("its entries have the type {kind}"))),
    }
}

/// What an entry is.
#[derive(Debug, PartialEq)]
enum Entry {
    Number(f64),
    Word(String),
}

/// The array in a file, one row a first index.
///
/// # Errors
/// [`Unreadable`].
pub(super) fn read(file: &mut dyn BufRead, length: Option<u64>) -> Result<Sheet, Unreadable> {
    let header = Header::read(file)?;
    let (rows, columns) = match header.shape[..] {
        [rows] => (rows, 1),
        [rows, columns] => (rows, columns),
        _ => {
            let dimensions = header.shape.len();
            return Err(malformed(format!("the array has {dimensions} dimensions")));
        }
    };
    let Some(count) = rows.checked_mul(columns).filter(|c| *c < u64::MAX / 32) else {
        return Err(malformed(format!("no array is {rows} x {columns}")));
    };
    if count == 0 {
        return Ok(Sheet::new("row", 0));
    }
    // A header may promise anything: memory is taken for what the file can hold.
    let width = header.width() as u64;
    if length.is_some_and(|length| count > length / width) {
        return Err(malformed("the file ends too early"));
    }
    let refusal = free_memory::refusal("its numbers", 24 * count);
    refusal.map_or(Ok(()), |reason| Err(malformed(reason)))?;
    if header.fortran_order {
        return by_columns(&header, file, rows, columns as usize);
    }
    let mut sheet = Sheet::new("row", columns as usize);
    for row in 1..=rows {
        sheet.start_row(row)?;
        for _ in 0..columns {
            put(&mut sheet, header.entry(file)?);
        }
    }
    Ok(sheet)
}

/// The same where the first index runs fastest.
fn by_columns(
    header: &Header,
    file: &mut dyn BufRead,
    rows: u64,
    columns: usize,
) -> Result<Sheet, Unreadable> {
    let mut entries: Vec<Vec<Entry>> = Vec::new();
    for _ in 0..columns {
        let column = (0..rows).map(|_| header.entry(file));
        entries.push(column.collect::<Result<_, _>>()?);
    }
    let mut columns: Vec<_> = entries.into_iter().map(Vec::into_iter).collect();
    let mut sheet = Sheet::new("row", columns.len());
    for row in 1..=rows {
        sheet.start_row(row)?;
        let row = columns.iter_mut().filter_map(Iterator::next);
        row.for_each(|entry| put(&mut sheet, entry));
    }
    Ok(sheet)
}

fn put(sheet: &mut Sheet, entry: Entry) {
    match entry {
        Entry::Number(x) => sheet.push_number(x),
        Entry::Word(word) => sheet.push(&word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn first(bytes: &[u8]) -> Result<f64, Unreadable> {
        let mut file = bytes;
        match Header::read(&mut file)?.entry(&mut file)? {
            Entry::Number(x) => Ok(x),
            Entry::Word(word) => panic!("{word}"),
        }
    }

    #[test]
    fn every_type_is_read_in_either_order_of_bytes() {
        for (descr, data, value) in [
            ("<f8", &1.5f64.to_le_bytes()[..], 1.5),
            (">f8", &1.5f64.to_be_bytes()[..], 1.5),
            ("<f2", &[0x00, 0xc1][..], -2.5),
            ("<f4", &(-0.5f32).to_le_bytes()[..], -0.5),
            ("|i1", &[255][..], -1.0),
            ("|u1", &[255][..], 255.0),
            ("|b1", &[1][..], 1.0),
            (">i2", &(-300i16).to_be_bytes()[..], -300.0),
            ("<i4", &(-1i32).to_le_bytes()[..], -1.0),
            ("<i8", &(-7i64).to_le_bytes()[..], -7.0),
            ("<u4", &u32::MAX.to_le_bytes()[..], 4_294_967_295.0),
        ] {
            assert_eq!(
                first(&array(descr, "(1,)", data)).unwrap(),
                value,
                "{descr}"
            );
        }
    }

    #[test]
    fn what_is_no_array_of_numbers_is_refused() {
        let reason = |bytes: &[u8]| match first(bytes) {
            Err(Unreadable::Malformed(reason)) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(b"\x93NUMPX\x01\x00"), "this is no npy file");
        assert_eq!(reason(b"\x93NUM"), "the file ends too early");
        assert_eq!(reason(b"\x93NUMPY\x09\x00"), "npy version 9 is unknown");
        let long = reason(b"\x93NUMPY\x02\x00\xff\xff\xff\xff");
        assert_eq!(long, "its header has 4294967295 bytes");
        let complex = array("<c16", "(1,)", &[]);
        assert_eq!(reason(&complex), "its entries have the type c16");
        assert_eq!(reason(&array("<f8", "(-1, 2)", &[])), "(-1, 2) is no shape");
        assert_eq!(
            reason(&array("<f8", "(1,)", &[0; 7])),
            "the file ends too early"
        );
    }
}
