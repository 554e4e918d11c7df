//! A table as it stands in a file.

use super::unreadable::{Unreadable, malformed};
use crate::record::free_memory;

/// Numbers after which the memory that is free is asked for again.
const CHECKED: usize = 1 << 22;

/// A table as it stands in a file: mostly numbers, row after row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sheet {
    /// Entries of a row.
    columns: usize,
    /// The entries, row after row; NaN where the cell holds something else.
    values: Vec<f64>,
    /// The cells that hold no finite number, by their place in `values`, ascending.
    others: Vec<(usize, String)>,
    /// Names of the columns, where the file has them.
    names: Option<Vec<String>>,
    /// Column of the file that each column is, counted from 1.
    origins: Vec<usize>,
    /// What a row is called in messages, and where each stands.
    unit: &'static str,
    places: Vec<u64>,
    /// The line of the names.
    first: u64,
    /// How it was read, where it might have been read otherwise.
    remarks: Vec<String>,
}

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// A finite number.
    Number(f64),
    /// Anything else, as written.
    Other(&'a str),
}

impl Sheet {
    /// A table without rows.
    pub(super) fn new(unit: &'static str, columns: usize) -> Self {
        Sheet {
            columns,
            unit,
            origins: (1..=columns).collect(),
            first: 1,
            ..Sheet::default()
        }
    }

    /// Starts a row that stands there.
    pub(super) fn start_row(&mut self, place: u64) -> Result<(), Unreadable> {
        self.places.push(place);
        if self.values.len() % CHECKED < self.columns {
            // A vector that grows is copied into one of twice its size.
            let needed = 16 * (self.values.len() + CHECKED) as u64;
            free_memory::refusal("its numbers", needed).map_or(Ok(()), |r| Err(malformed(r)))?;
        }
        Ok(())
    }

    /// Adds a cell to the last row, as written.
    pub(super) fn push(&mut self, text: &str) {
        match text.parse::<f64>() {
            Ok(x) if x.is_finite() => self.values.push(x),
            _ => self.push_other(text.to_owned()),
        }
    }

    /// Adds a number to the last row.
    pub(super) fn push_number(&mut self, x: f64) {
        if x.is_finite() {
            self.values.push(x);
        } else {
            self.push_other(x.to_string());
        }
    }

    pub(super) fn push_other(&mut self, text: String) {
        self.others.push((self.values.len(), text));
        self.values.push(f64::NAN);
    }

    /// Takes a first line that stands there for names.
    pub(super) fn set_names(&mut self, names: Vec<String>, line: u64) {
        (self.names, self.first) = (Some(names), line);
    }

    /// Puts a line before all rows.
    pub(super) fn put_first(&mut self, cells: &[String], line: u64) {
        let mut row = Sheet::new(self.unit, self.columns);
        cells.iter().for_each(|cell| row.push(cell));
        let shift = row.values.len();
        self.others.iter_mut().for_each(|(at, _)| *at += shift);
        self.others.splice(0..0, row.others);
        self.values.splice(0..0, row.values);
        self.places.insert(0, line);
    }

    /// Puts the names back as the first row of data.
    pub(crate) fn names_as_row(&mut self) {
        if let Some(names) = self.names.take() {
            self.put_first(&names, self.first);
            self.remarks.clear();
        }
    }

    /// Takes the first row for names.
    pub(crate) fn row_as_names(&mut self) {
        let names = (0..self.columns).map(|column| self.written(0, column));
        let (names, line) = (names.collect(), self.places[0]);
        self.remarks.push(format!(
            "{} {line} is taken for names of columns",
            self.unit
        ));
        self.values.drain(..self.columns);
        self.others.retain(|(at, _)| *at >= self.columns);
        self.others
            .iter_mut()
            .for_each(|(at, _)| *at -= self.columns);
        self.places.remove(0);
        self.set_names(names, line);
    }

    /// Leaves a column out.
    pub(super) fn leave_out(&mut self, column: usize) {
        let columns = self.columns;
        let moved = |at: usize| {
            let (row, own) = (at / columns, at % columns);
            row * (columns - 1) + own - usize::from(own > column)
        };
        self.others.retain(|(at, _)| at % columns != column);
        self.others.iter_mut().for_each(|(at, _)| *at = moved(*at));
        let mut at = 0;
        self.values.retain(|_| {
            at += 1;
            (at - 1) % columns != column
        });
        self.columns -= 1;
        self.origins.remove(column);
        if let Some(names) = &mut self.names {
            names.remove(column);
        }
    }

    pub(super) fn remark(&mut self, text: String) {
        self.remarks.push(text);
    }

    /// How it was read, where it might have been read otherwise.
    pub(crate) fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.places.len()
    }

    /// Number of columns.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Names of the columns, where the file has them.
    pub(crate) fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The column of the file that a column is, counted from 1.
    pub(crate) fn origin(&self, column: usize) -> usize {
        self.origins[column]
    }

    /// The line of the names, in words.
    pub(crate) fn header_place(&self) -> String {
        format!("{} {}", self.unit, self.first)
    }

    /// What stands in a cell.
    pub(crate) fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let at = row * self.columns + column;
        let value = self.values[at];
        if !value.is_nan() {
            return Cell::Number(value);
        }
        let other = self.others.binary_search_by_key(&at, |(place, _)| *place);
        Cell::Other(other.map_or("", |k| &self.others[k].1))
    }

    /// A cell as text.
    pub(crate) fn written(&self, row: usize, column: usize) -> String {
        match self.cell(row, column) {
            Cell::Number(x) => x.to_string(),
            Cell::Other(text) => text.to_owned(),
        }
    }

    /// The cells of a column.
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = Cell<'_>> {
        (0..self.rows()).map(move |row| self.cell(row, column))
    }

    /// The number that stands in a cell where [`cell`](Self::cell) has one, else NaN.
    pub(crate) fn number(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// Where a cell stands, in words.
    pub(crate) fn place(&self, row: usize, column: usize) -> String {
        format!(
            "{} {}, column {}",
            self.unit, self.places[row], self.origins[column]
        )
    }

    /// The first cell of these columns that holds no finite number.
    pub(crate) fn first_other(&self, skipped: Option<usize>) -> Option<(usize, usize)> {
        let places = self.others.iter();
        let mut places = places.map(|(at, _)| (at / self.columns, at % self.columns));
        places.find(|(_, column)| Some(*column) != skipped)
    }
}
