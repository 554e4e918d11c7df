//! Arrays in NumPy's npy format, versions 1 to 3: real numbers, integers and booleans.

use std::io::{self, BufRead, Read};

/// Longest header that is read; NumPy writes some hundred bytes.
const LONGEST_HEADER: usize = 1 << 16;

/// What the header says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    element: Element,
    big_endian: bool,
    /// Whether the first index runs fastest.
    pub(super) fortran_order: bool,
    /// Length of each dimension.
    pub(super) shape: Vec<u64>,
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Element {
    Float,
    Double,
    Signed(usize),
    Unsigned(usize),
}

/// Why an array cannot be read.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It is not such an array.
    Malformed(String),
    /// The file failed.
    Failed(io::Error),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Unreadable::Malformed("the file ends too early".to_owned())
        } else {
            Unreadable::Failed(error)
        }
    }
}

fn malformed<T>(reason: impl Into<String>) -> Result<T, Unreadable> {
    Err(Unreadable::Malformed(reason.into()))
}

impl Header {
    /// Reads the header; what follows in `file` are the entries.
    pub(super) fn read(file: &mut impl BufRead) -> Result<Self, Unreadable> {
        let mut start = [0; 8];
        file.read_exact(&mut start)?;
        if &start[..6] != b"\x93NUMPY" {
            return malformed("this is no npy file");
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
            version => return malformed(format!("npy version {version} is unknown")),
        };
        if length > LONGEST_HEADER {
            return malformed(format!("its header has {length} bytes"));
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
            value.ok_or_else(|| Unreadable::Malformed(format!("its header has no {name}")))
        };
        let descr = field("descr")?;
        let quote = |c: char| c == '\'' || c == '"';
        let Some(kind) = descr
            .strip_prefix(quote)
            .and_then(|d| d.split(quote).next())
        else {
            return malformed("its entries are records");
        };
        let (big_endian, kind) = match kind.split_at_checked(1) {
            Some((">", kind)) => (true, kind),
            Some(("<" | "|" | "=", kind)) => (false, kind),
            _ => (false, kind),
        };
        let element = match kind {
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
            kind => return malformed(format!("its entries have the type {kind}")),
        };
        let shape = field("shape")?.strip_prefix('(');
        let Some((shape, _)) = shape.and_then(|s| s.split_once(')')) else {
            return malformed("its header has no shape");
        };
        let lengths = shape.split(',').map(str::trim).filter(|s| !s.is_empty());
        let lengths: Result<Vec<u64>, _> = lengths.map(str::parse).collect();
        let Ok(shape) = lengths else {
            return malformed(format!("({shape}) is no shape"));
        };
        Ok(Header {
            element,
            big_endian,
            fortran_order: field("fortran_order")?.starts_with("True"),
            shape,
        })
    }

    /// Bytes of an entry.
    pub(super) fn width(&self) -> usize {
        match self.element {
            Element::Float => 4,
            Element::Double => 8,
            Element::Signed(width) | Element::Unsigned(width) => width,
        }
    }

    /// The next entry as a number.
    pub(super) fn entry(&self, file: &mut impl Read) -> Result<f64, Unreadable> {
        let width = self.width();
        // Little-endian, extended to eight bytes.
        let mut bytes = [0; 8];
        file.read_exact(&mut bytes[..width])?;
        if self.big_endian {
            bytes[..width].reverse();
        }
        Ok(match self.element {
            Element::Float => {
                let [a, b, c, d, ..] = bytes;
                f64::from(f32::from_le_bytes([a, b, c, d]))
            }
            Element::Double => f64::from_le_bytes(bytes),
            Element::Unsigned(_) => u64::from_le_bytes(bytes) as f64,
            Element::Signed(width) => {
                let unused = 64 - 8 * width as u32;
                (i64::from_le_bytes(bytes) << unused >> unused) as f64
            }
        })
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
        Header::read(&mut file)?.entry(&mut file)
    }

    #[test]
    fn every_type_is_read_in_either_order_of_bytes() {
        for (descr, data, value) in [
            ("<f8", &1.5f64.to_le_bytes()[..], 1.5),
            (">f8", &1.5f64.to_be_bytes()[..], 1.5),
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
