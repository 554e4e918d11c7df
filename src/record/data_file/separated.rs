//! Tables in text: fields between commas, semicolons, tabs or blanks, in quotes or not.

use super::header;
use super::sheet::Sheet;
use super::unreadable::{Unreadable, malformed};
use crate::record::free_memory;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::io::{BufRead, Cursor, Read};

/// What may separate fields where nothing says it, by preference among equals.
const SEPARATORS: [u8; 3] = [b';', b'\t', b','];
/// How much of a file is looked at to find its separator, and how many of its lines.
const SAMPLE: u64 = 1 << 16;
const LINES: usize = 50;
/// Length of a line from which on the memory that is free is asked for before it is read further.
const LONG: usize = 1 << 24;
/// The mark that some programs put before text.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The table in a text.
///
/// # Errors
/// [`Unreadable`] with the line of what is no table.
pub(super) fn read(file: &mut dyn BufRead) -> Result<Sheet, Unreadable> {
    let mut start = Vec::new();
    Read::take(&mut *file, SAMPLE).read_to_end(&mut start)?;
    let whole = (start.len() as u64) < SAMPLE;
    let (skipped, separator) = declared(&start);
    let line = 1 + newlines(&start[..skipped]);
    let start = &start[skipped..];
    let separator = match separator {
        Some(separator) => Some(separator),
        None => likely(start, whole)?,
    };
    let rest = Cursor::new(start).chain(file);
    let mut records = Records::new(rest, separator, line);
    let Some(first) = records.next()? else {
        return Ok(Sheet::new("line", 0));
    };
    let header = records.fields(first)?;
    let header: Vec<String> = header.map(str::to_owned).collect();
    let mut sheet = Sheet::new("line", header.len());
    while let Some(line) = records.next()? {
        let (width, wanted) = (records.width(), header.len());
        if width != wanted {
            return Err(Unreadable::Ragged {
                line,
                width,
                wanted,
            });
        }
        sheet.start_row(line)?;
        records.fields(line)?.for_each(|field| sheet.push(field));
    }
    header::settle(&mut sheet, header, first);
    Ok(sheet)
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|b| **b == b'\n').count() as u64
}

/// The bytes before the table, and the separator that a line `sep=;` declares.
fn declared(start: &[u8]) -> (usize, Option<u8>) {
    let marks = if start.starts_with(MARK) {
        MARK.len()
    } else {
        0
    };
    let text = &start[marks..];
    let end = text.iter().position(|b| *b == b'\n').unwrap_or(text.len());
    let line = text[..end].strip_suffix(b"\r").unwrap_or(&text[..end]);
    let bare = line.strip_prefix(b"\"").unwrap_or(line);
    let bare = if bare.len() < line.len() {
        bare.strip_suffix(b"\"").unwrap_or(bare)
    } else {
        bare
    };
    match bare {
        [name @ .., separator]
            if name.eq_ignore_ascii_case(b"sep=")
                && separator.is_ascii()
                && !separator.is_ascii_alphanumeric() =>
        {
            (marks + (end + 1).min(text.len()), Some(*separator))
        }
        _ => (marks, None),
    }
}

/// The separator that makes a table of the first lines: with fields of one number, most of them
/// numbers. None for blanks, where the first line has no other.
fn likely(start: &[u8], whole: bool) -> Result<Option<u8>, Unreadable> {
    let mut best: Option<(bool, f64, u8)> = None;
    for separator in SEPARATORS {
        let mut records = Records::new(start, Some(separator), 1);
        let (mut widths, mut numbers, mut fields) = (Vec::new(), 0, 0);
        while widths.len() < LINES && records.next()?.is_some() {
            widths.push(records.width());
            numbers += records.finite();
            fields += records.width();
        }
        if !whole && widths.len() < LINES && widths.len() > 1 {
            // The last line may be cut.
            widths.pop();
        }
        if widths.first().is_none_or(|width| *width < 2) {
            continue;
        }
        let even = widths.iter().all(|width| *width == widths[0]);
        let share = numbers as f64 / fields as f64;
        if best.is_none_or(|(e, s, _)| (even, share) > (e, s)) {
            best = Some((even, share, separator));
        }
    }
    Ok(best.map(|(_, _, separator)| separator))
}

/// The lines of a text as fields; comments and blank lines are left out.
struct Records<R> {
    file: R,
    core: Reader,
    separator: Option<u8>,
    /// The line that comes next.
    line: u64,
    out: Vec<u8>,
    ends: Vec<usize>,
    width: usize,
}

impl<R: BufRead> Records<R> {
    fn new(file: R, separator: Option<u8>, line: u64) -> Self {
        let mut builder = ReaderBuilder::new();
        builder.delimiter(separator.unwrap_or(b' '));
        Records {
            file,
            core: builder.build(),
            separator,
            line,
            out: vec![0; 1 << 10],
            ends: vec![0; 1 << 6],
            width: 0,
        }
    }

    /// Goes to the next line with fields; gives its number.
    fn next(&mut self) -> Result<Option<u64>, Unreadable> {
        if !self.skip()? {
            return Ok(None);
        }
        let line = self.line;
        match self.separator {
            Some(_) => self.separated(line)?,
            None => self.blanks(line)?,
        }
        Ok(Some(line))
    }

    /// Skips blank lines, blanks at the beginning and comments; false at the end.
    fn skip(&mut self) -> Result<bool, Unreadable> {
        loop {
            let buffer = self.file.fill_buf()?;
            let Some(first) = buffer.first() else {
                return Ok(false);
            };
            match first {
                b'\n' => {
                    self.line += 1;
                    self.file.consume(1);
                }
                b' ' | b'\r' => self.file.consume(1),
                b'\t' if self.separator.is_none() => self.file.consume(1),
                b'#' => self.skip_line()?,
                _ => return Ok(true),
            }
        }
    }

    fn skip_line(&mut self) -> Result<(), Unreadable> {
        loop {
            let buffer = self.file.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|b| *b == b'\n');
            let used = end.map_or(buffer.len(), |end| end);
            self.file.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    /// One record between separators.
    fn separated(&mut self, line: u64) -> Result<(), Unreadable> {
        let (mut written, mut ended) = (0, 0);
        loop {
            let buffer = self.file.fill_buf()?;
            let (result, used, wrote, ends) =
                self.core
                    .read_record(buffer, &mut self.out[written..], &mut self.ends[ended..]);
            let read = &buffer[..used];
            if read.contains(&0) {
                return Err(malformed(format!("line {line}: not text in UTF-8")));
            }
            self.line += newlines(read);
            self.file.consume(used);
            written += wrote;
            ended += ends;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => grow(&mut self.out, line)?,
                ReadRecordResult::OutputEndsFull => grow(&mut self.ends, line)?,
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        self.width = ended;
        Ok(())
    }

    /// One line between blanks.
    fn blanks(&mut self, line: u64) -> Result<(), Unreadable> {
        let mut bytes = Vec::new();
        loop {
            let buffer = self.file.fill_buf()?;
            let end = buffer.iter().position(|b| *b == b'\n');
            let used = end.unwrap_or(buffer.len());
            if buffer[..used].contains(&0) {
                return Err(malformed(format!("line {line}: not text in UTF-8")));
            }
            if bytes.len() + used > LONG {
                long(bytes.len() + used, line)?;
            }
            bytes.extend_from_slice(&buffer[..used]);
            self.file.consume(used);
            if end.is_some() || used == 0 {
                break;
            }
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Err(malformed(format!("line {line}: not text in UTF-8")));
        };
        self.out.clear();
        self.ends.clear();
        for field in text.split_whitespace() {
            self.out
                .extend_from_slice(field.trim_matches('"').as_bytes());
            self.ends.push(self.out.len());
        }
        self.width = self.ends.len();
        Ok(())
    }

    /// Number of fields of the line.
    fn width(&self) -> usize {
        self.width
    }

    fn raw(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = starts.zip(&self.ends[..self.width]);
        spans.map(|(start, end)| &self.out[start..*end])
    }

    /// How many fields of the line are finite numbers.
    fn finite(&self) -> usize {
        let number = |field: &&[u8]| {
            let text = std::str::from_utf8(field).ok();
            let number = text.and_then(|text| text.trim().parse::<f64>().ok());
            number.is_some_and(f64::is_finite)
        };
        self.raw().filter(number).count()
    }

    /// The fields of the line of this number, blanks around them left out.
    fn fields(&self, line: u64) -> Result<impl Iterator<Item = &str>, Unreadable> {
        if self.raw().any(|field| std::str::from_utf8(field).is_err()) {
            return Err(malformed(format!("line {line}: not text in UTF-8")));
        }
        Ok(self
            .raw()
            .map(|field| std::str::from_utf8(field).unwrap_or("").trim()))
    }
}

/// Makes room for a longer line.
fn grow<T: Clone + Default>(room: &mut Vec<T>, line: u64) -> Result<(), Unreadable> {
    let size = 2 * room.len();
    if size > LONG {
        // Fields become texts of their own.
        long(size * 8 * size_of::<T>(), line)?;
    }
    room.resize(size, T::default());
    Ok(())
}

/// Refuses a line that leaves no memory.
fn long(bytes: usize, line: u64) -> Result<(), Unreadable> {
    let what = format!("line {line}: its fields");
    // A vector that grows is copied into one of twice its size.
    let refusal = free_memory::refusal(&what, 4 * bytes as u64);
    refusal.map_or(Ok(()), |reason| Err(malformed(reason)))
}
