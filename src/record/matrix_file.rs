//! Matrices of finite numbers from files: csv, or NumPy's npy.

use super::free_memory;
use super::npy::{Header, Unreadable};
use super::text_file::refuse_endless;
use crate::error::{Error, InputError};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// A matrix as it stands in a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Matrix {
    /// Entries of a row.
    pub(super) columns: usize,
    /// The entries, row after row.
    pub(super) values: Vec<f64>,
    /// Names of the columns, where the file has a line of them.
    pub(super) names: Vec<String>,
    /// What a row is called in messages, and where each stands.
    unit: &'static str,
    places: Vec<u64>,
}

/// What is allowed in a file of numbers.
const ALLOWED: &str = "a .csv file with one row a line, or a .npy file with a two-dimensional array; \
     finite numbers, rows of one width";

/// Bytes of memory for each byte of a csv file: an entry has at least one digit and a comma.
const GROWTH: u64 = 4;

/// A file being read for an option.
struct Source<'a> {
    option: &'static str,
    shown: &'a str,
}

impl Matrix {
    /// Reads the file `path`, shown as `shown` in messages of the option `option`.
    ///
    /// # Errors
    /// [`Error::File`] if the file cannot be read, [`Error::Input`] that names the place if it
    /// holds anything but rows of numbers.
    pub(super) fn read(option: &'static str, path: &Path, shown: &str) -> Result<Self, Error> {
        let source = Source { option, shown };
        let file = File::open(path).map_err(|error| Error::read(path, error))?;
        let about = file.metadata().map_err(|error| Error::read(path, error))?;
        if about.is_dir() {
            return Err(Error::read(path, std::io::ErrorKind::IsADirectory.into()));
        }
        refuse_endless(&about).map_err(|error| Error::read(path, error))?;
        // A pipe does not say how much will come.
        let size = about.is_file().then_some(about.len());
        let matrix = source.matrix(BufReader::new(file), path, size);
        matrix.map_err(|unreadable| match unreadable {
            Failure::Input(error) => Error::Input(error),
            Failure::Read(error) => Error::read(path, error),
        })
    }

    /// Reads `bytes` as [`read`](Self::read) would a file that holds them and is named `shown`.
    ///
    /// # Errors
    /// As those of what a file holds.
    pub(super) fn parse(
        option: &'static str,
        bytes: &[u8],
        shown: &str,
    ) -> Result<Self, InputError> {
        let source = Source { option, shown };
        let matrix = source.matrix(bytes, Path::new(shown), Some(bytes.len() as u64));
        matrix.map_err(|unreadable| match unreadable {
            Failure::Input(error) => error,
            Failure::Read(error) => source.refuse(error.to_string()),
        })
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.places.len()
    }

    /// Where an entry stands, in words.
    pub(super) fn place(&self, row: usize, column: usize) -> String {
        format!("{} {}, column {}", self.unit, self.places[row], column + 1)
    }
}

/// Why no matrix came out.
enum Failure {
    Input(InputError),
    Read(std::io::Error),
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Failure::Input(error)
    }
}

impl Source<'_> {
    fn refuse(&self, reason: impl Into<String>) -> InputError {
        InputError::new(self.option, self.shown, reason, ALLOWED)
    }

    fn fits(&self, bytes: u64) -> Result<(), InputError> {
        let refusal = free_memory::refusal("its numbers", bytes);
        refusal.map_or(Ok(()), |reason| Err(self.refuse(reason)))
    }

    /// The matrix in `file`, whose format is that of the ending of `path`.
    fn matrix(
        &self,
        file: impl BufRead,
        path: &Path,
        length: Option<u64>,
    ) -> Result<Matrix, Failure> {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        let matrix = match ending.to_ascii_lowercase().as_str() {
            "npy" => self.npy(file, length)?,
            "csv" | "tsv" | "txt" | "dat" => {
                self.fits(length.unwrap_or(0).saturating_mul(GROWTH))?;
                self.csv(file)?
            }
            _ => return Err(self.refuse("its ending names no format").into()),
        };
        if matrix.values.is_empty() {
            return Err(self.refuse("it holds no number").into());
        }
        Ok(matrix)
    }

    fn unreadable(&self, error: Unreadable) -> Failure {
        match error {
            Unreadable::Malformed(reason) => self.refuse(reason).into(),
            Unreadable::Failed(error) => Failure::Read(error),
        }
    }

    fn npy(&self, mut file: impl BufRead, length: Option<u64>) -> Result<Matrix, Failure> {
        let header = Header::read(&mut file).map_err(|e| self.unreadable(e))?;
        let (rows, columns) = match header.shape[..] {
            [rows] => (rows, 1),
            [rows, columns] => (rows, columns),
            _ => {
                let dimensions = header.shape.len();
                let reason = format!("the array has {dimensions} dimensions");
                return Err(self.refuse(reason).into());
            }
        };
        let Some(count) = rows.checked_mul(columns).filter(|c| *c < u64::MAX / 16) else {
            return Err(self
                .refuse(format!("no array is {rows} x {columns}"))
                .into());
        };
        if count == 0 {
            return Ok(Matrix::default());
        }
        // A header may promise anything: memory is taken for what the file can hold.
        let width = header.width() as u64;
        if length.is_some_and(|length| count > length / width) {
            return Err(self.refuse("the file ends too early").into());
        }
        self.fits(16 * count)?;
        let (rows, columns, count) = (rows as usize, columns as usize, count as usize);
        let mut matrix = Matrix {
            columns,
            values: vec![0.0; count],
            names: Vec::new(),
            unit: "row",
            places: (1..=rows as u64).collect(),
        };
        for k in 0..count {
            let (row, column) = if header.fortran_order {
                (k % rows, k / rows)
            } else {
                (k / columns, k % columns)
            };
            let value = header.entry(&mut file).map_err(|e| self.unreadable(e))?;
            if !value.is_finite() {
                let reason = format!("{}: {value} is no finite number", matrix.place(row, column));
                return Err(self.refuse(reason).into());
            }
            matrix.values[row * columns + column] = value;
        }
        Ok(matrix)
    }

    fn csv(&self, mut file: impl BufRead) -> Result<Matrix, Failure> {
        let mut matrix = Matrix {
            unit: "line",
            ..Matrix::default()
        };
        let (mut bytes, mut number) = (Vec::new(), 0);
        let mut separator = None;
        loop {
            bytes.clear();
            number += 1;
            if file.read_until(b'\n', &mut bytes).map_err(Failure::Read)? == 0 {
                return Ok(matrix);
            }
            let Ok(line) = std::str::from_utf8(&bytes) else {
                return Err(self
                    .refuse(format!("line {number}: not text in UTF-8"))
                    .into());
            };
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let separator = *separator.get_or_insert_with(|| separator_of(line));
            match separator {
                Some(separator) => self.take(&mut matrix, number, line.split(separator))?,
                None => self.take(&mut matrix, number, line.split_whitespace())?,
            }
        }
    }

    /// Takes one line, the first of which may be one of names.
    fn take<'b>(
        &self,
        matrix: &mut Matrix,
        line: u64,
        fields: impl Iterator<Item = &'b str> + Clone,
    ) -> Result<(), InputError> {
        let fields = fields.map(|field| field.trim().trim_matches('"'));
        let width = fields.clone().count();
        if matrix.columns == 0 {
            matrix.columns = width;
            if fields.clone().all(|field| field.parse::<f64>().is_err()) {
                matrix.names = fields.map(str::to_owned).collect();
                return Ok(());
            }
        }
        if width != matrix.columns {
            let wanted = matrix.columns;
            let reason = format!("line {line}: {width} columns, {wanted} in those before");
            return Err(self.refuse(reason));
        }
        matrix.places.push(line);
        for (column, field) in fields.enumerate() {
            let value = field.parse().unwrap_or(f64::NAN);
            if !value.is_finite() {
                let place = matrix.place(matrix.rows() - 1, column);
                let field = crate::error::shown(field);
                return Err(self.refuse(format!("{place}: {field} is no finite number")));
            }
            matrix.values.push(value);
        }
        Ok(())
    }
}

/// What separates the fields: the first of comma, semicolon and tab that a line has; none for
/// blanks.
fn separator_of(line: &str) -> Option<char> {
    [',', ';', '\t'].into_iter().find(|s| line.contains(*s))
}
