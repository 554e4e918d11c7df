//! A user's own patterns and labels.

use super::data_file::{self, ALLOWED, Cell, Sheet, Unreadable};
use super::label_column::{LabelPair, Labelled, two_labels};
use super::pattern_options::{LABEL_COLUMN, LABELS, PATTERNS, TEST};
use crate::error::{Error, InputError, shown};
use crate::message_passing::{Clusters, Entries, Instance, Patterns, RealMatrix, SignMatrix};
use std::path::Path;

/// Patterns with their labels, from files.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternFile {
    /// The files as typed.
    pub(crate) patterns: String,
    pub(crate) labels: Option<String>,
    /// The column of the labels as typed.
    pub(crate) label_column: Option<String>,
    /// What stands in them.
    pub(crate) instance: Instance,
    /// By what the entries of the file were divided.
    pub(crate) scale: f64,
    /// The size that all entries have, if they have one.
    size: Option<f64>,
    /// Names of the inputs, where the file has them.
    names: Option<Vec<String>>,
    /// Name of the column of labels, where it has one.
    label_name: Option<String>,
    pair: LabelPair,
    remarks: Vec<String>,
}

/// Patterns that nothing is learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFile {
    /// The file as typed.
    pub(crate) name: String,
    /// The patterns, without their labels.
    pub(crate) patterns: RealMatrix,
    /// Their labels ±1, where the file has them.
    pub(crate) labels: Option<Vec<f64>>,
    remarks: Vec<String>,
}

/// Where patterns are read from, as typed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PatternNames<'a> {
    /// The patterns.
    pub(crate) patterns: &'a str,
    /// Labels in a file of their own.
    pub(crate) labels: Option<&'a str>,
    /// The column of the labels.
    pub(crate) label_column: Option<&'a str>,
}

/// A table from a file, for an option.
fn sheet(option: &'static str, name: &str, folder: &Path) -> Result<Sheet, Error> {
    let path = folder.join(name);
    let sheet = data_file::read(&path).map_err(|unreadable| match unreadable {
        Unreadable::Failed(error) => Error::read(&path, error),
        other => refuse(option, name, other.reason()).into(),
    })?;
    Ok(filled(option, name, sheet)?)
}

/// The same from what the file holds.
fn parsed(option: &'static str, name: &str, bytes: &[u8]) -> Result<Sheet, InputError> {
    let sheet = data_file::parse(name, bytes);
    let sheet = sheet.map_err(|unreadable| refuse(option, name, unreadable.reason()))?;
    filled(option, name, sheet)
}

fn filled(option: &'static str, name: &str, sheet: Sheet) -> Result<Sheet, InputError> {
    match sheet.rows() * sheet.columns() {
        0 => Err(refuse(option, name, "it holds no number")),
        _ => Ok(sheet),
    }
}

fn refuse(option: &'static str, name: &str, reason: impl Into<String>) -> InputError {
    InputError::new(option, name, reason, ALLOWED)
}

impl PatternFile {
    /// Reads patterns, one a row. The last column, or one that is named or typed, holds the labels,
    /// unless these have a file of their own. Labels are two numbers, the larger one is +1, or two
    /// words.
    ///
    /// # Errors
    /// [`Error::File`] if a file cannot be read, [`Error::Input`] if there is anything else in it.
    pub(crate) fn read(names: PatternNames, folder: &Path) -> Result<Self, Error> {
        let patterns = sheet(PATTERNS, names.patterns, folder)?;
        let labels = names.labels.map(|name| sheet(LABELS, name, folder));
        Ok(Self::assemble(names, patterns, labels.transpose()?)?)
    }

    /// The same from what the files hold, each with its name, whose ending names the format.
    ///
    /// # Errors
    /// One line that names the place of what is no pattern with a label.
    pub fn parse(
        (patterns, bytes): (&str, &[u8]),
        labels: Option<(&str, &[u8])>,
    ) -> Result<Self, InputError> {
        let names = PatternNames {
            patterns,
            labels: labels.map(|(name, _)| name),
            label_column: None,
        };
        let own = labels.map(|(name, bytes)| parsed(LABELS, name, bytes));
        Self::assemble(names, parsed(PATTERNS, patterns, bytes)?, own.transpose()?)
    }

    fn assemble(
        names: PatternNames,
        mut patterns: Sheet,
        labels: Option<Sheet>,
    ) -> Result<Self, InputError> {
        let mut remarks = Vec::new();
        let (signs, pair, column) = match labels {
            Some(mut labels) => {
                let found = own_labels(names, &mut labels, &mut patterns)?;
                let file = names.labels.unwrap_or_default();
                remarks.extend(labels.remarks().iter().map(|r| format!("{file}: {r}")));
                check_entries(PATTERNS, names.patterns, &patterns, None)?;
                (found.0, found.1, None)
            }
            None => {
                let (signs, pair, column, remark) = labels_among(names, &patterns)?;
                remarks.extend(remark.map(|r| format!("{}: {r}", names.patterns)));
                (signs, pair, Some(column))
            }
        };
        let read = patterns.remarks().iter();
        remarks.extend(read.map(|r| format!("{}: {r}", names.patterns)));
        let labelled = names.labels.unwrap_or(names.patterns);
        remarks.extend(pair.remark().map(|r| format!("{labelled}: {r}")));
        let (absorbed, size) = absorbed(&patterns, column, &signs);
        let label_name = column.and_then(|c| patterns.names().map(|names| names[c].clone()));
        Ok(PatternFile {
            patterns: names.patterns.to_owned(),
            labels: names.labels.map(str::to_owned),
            label_column: names.label_column.map(str::to_owned),
            scale: 1.0,
            size,
            names: patterns.names().map(|all| without(all, column)),
            label_name,
            pair,
            remarks,
            instance: Instance {
                patterns: absorbed,
                teacher: None,
                clusters: Some(Clusters {
                    labels: signs,
                    axis: None,
                }),
            },
        })
    }

    /// Reads patterns of the same kind that nothing is to be learned from: with labels as these have,
    /// or without.
    ///
    /// # Errors
    /// [`Error::File`] if the file cannot be read, [`Error::Input`] if it does not fit.
    pub(crate) fn read_test(&self, name: &str, folder: &Path) -> Result<TestFile, Error> {
        let sheet = sheet(TEST, name, folder)?;
        Ok(self.test(name, &sheet)?)
    }

    fn test(&self, name: &str, sheet: &Sheet) -> Result<TestFile, InputError> {
        let n = self.shape()[1];
        let refuse = |reason: String, allowed: String| InputError::new(TEST, name, reason, allowed);
        let allowed = || {
            format!(
                "the {n} inputs of {}, with or without a label",
                self.patterns
            )
        };
        let column = match sheet.columns() {
            columns if columns == n => None,
            columns if columns == n + 1 => Some(self.test_label(name, sheet)?),
            columns => return Err(refuse(format!("{columns} columns"), allowed())),
        };
        if let (Some(own), Some(names)) = (&self.names, sheet.names()) {
            let inputs = without(names, column);
            if let Some(i) = (0..n).find(|i| inputs[*i] != own[*i]) {
                let reason = format!(
                    "{}: input {} is {}, in {} it is {}",
                    sheet.header_place(),
                    i + 1,
                    shown(&inputs[i]),
                    self.patterns,
                    shown(&own[i])
                );
                return Err(refuse(reason, allowed()));
            }
        }
        check_entries(TEST, name, sheet, column)?;
        let label = |(row, cell): (usize, Cell)| {
            self.pair.sign(cell).ok_or_else(|| {
                let place = sheet.place(row, column.unwrap_or(0));
                let [minus, plus] = [&self.pair.minus, &self.pair.plus];
                let known = [minus, plus].into_iter().flatten();
                let known: Vec<String> = known.map(|label| shown(label)).collect();
                let written = shown(&sheet.written(row, column.unwrap_or(0)));
                let reason = format!("{place}: {written} is no label of {}", self.patterns);
                refuse(reason, known.join(", "))
            })
        };
        let labels = column.map(|column| sheet.column(column).enumerate().map(label).collect());
        let entry = |row: usize, i: usize| sheet.number(row, shifted(column, i));
        Ok(TestFile {
            name: name.to_owned(),
            patterns: RealMatrix::from_fn(sheet.rows(), n, entry),
            labels: labels.transpose()?,
            remarks: sheet
                .remarks()
                .iter()
                .map(|r| format!("{name}: {r}"))
                .collect(),
        })
    }

    /// The column of labels of patterns to be tested on: that of the same name, or as here.
    fn test_label(&self, name: &str, sheet: &Sheet) -> Result<usize, InputError> {
        let own = self.label_name.as_ref();
        let same = |names: &[String]| names.iter().position(|name| Some(name) == own);
        if let Some(column) = sheet.names().and_then(same) {
            return Ok(column);
        }
        let labelled = Labelled {
            sheet,
            option: TEST,
            file: name,
        };
        let typed = self
            .label_column
            .as_deref()
            .filter(|_| sheet.names().is_none());
        Ok(labelled
            .column(typed.filter(|text| text.parse::<usize>().is_ok()))?
            .0)
    }

    /// The patterns, times their labels, with the labels.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The two labels.
    pub fn pair(&self) -> &LabelPair {
        &self.pair
    }

    /// Names of the inputs, where the file has them.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// How the files were read, where they might have been read otherwise, a line each.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Number of patterns, and of the entries of each.
    pub fn shape(&self) -> [usize; 2] {
        let patterns = &self.instance.patterns;
        [patterns.rows(), patterns.columns()]
    }

    /// The same patterns with entries ±1, where all have one size: as good for everything that asks
    /// on which side of a margin they are.
    pub(crate) fn as_signs(&self) -> Option<Self> {
        let (size, Patterns::Real(matrix)) = (self.size?, &self.instance.patterns) else {
            return None;
        };
        let positive = |mu: usize, i: usize| matrix.row(mu)[i] > 0.0;
        let signs = SignMatrix::from_fn(matrix.rows(), matrix.columns(), positive);
        Some(PatternFile {
            scale: size,
            instance: Instance {
                patterns: Patterns::Signs(signs),
                ..self.instance.clone()
            },
            ..self.clone()
        })
    }

    /// Whether all labels are the same.
    pub(crate) fn is_one_sided(&self) -> bool {
        let positive = self.instance.clusters.as_ref().map(Clusters::positive);
        positive.is_none_or(|count| count == 0 || count == self.shape()[0])
    }

    /// The option that the labels come from, and the file as typed.
    pub(crate) fn labels_option(&self) -> (&'static str, &str) {
        match &self.labels {
            Some(labels) => (LABELS, labels),
            None => (PATTERNS, &self.patterns),
        }
    }

    /// What their entries are.
    pub(crate) fn entries(&self) -> Entries {
        match self.instance.patterns {
            Patterns::Signs(_) => Entries::Signs,
            Patterns::Real(_) => Entries::Gaussian,
        }
    }
}

impl TestFile {
    /// The label of a pattern, where it is known.
    pub fn label(&self, mu: usize) -> Option<f64> {
        self.labels.as_ref()?.get(mu).copied()
    }

    /// How it was read, where it might have been read otherwise, a line each.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

/// Names without that of a column.
fn without(names: &[String], column: Option<usize>) -> Vec<String> {
    let kept = names.iter().enumerate().filter(|(i, _)| Some(*i) != column);
    kept.map(|(_, name)| name.clone()).collect()
}

/// The column of an input, where one column is left out.
fn shifted(left_out: Option<usize>, i: usize) -> usize {
    i + usize::from(left_out.is_some_and(|column| i >= column))
}

/// Refuses entries that are no finite numbers.
fn check_entries(
    option: &'static str,
    name: &str,
    sheet: &Sheet,
    label: Option<usize>,
) -> Result<(), InputError> {
    let Some((row, column)) = sheet.first_other(label) else {
        return Ok(());
    };
    let (place, written) = (sheet.place(row, column), sheet.written(row, column));
    let reason = format!("{place}: {} is no finite number", shown(&written));
    Err(refuse(option, name, reason))
}

/// The labels of a file of their own. Their number says whether a first line is one of names.
fn own_labels(
    names: PatternNames,
    labels: &mut Sheet,
    patterns: &mut Sheet,
) -> Result<(Vec<f64>, LabelPair), InputError> {
    let file = names.labels.unwrap_or_default();
    if let Some(column) = names.label_column {
        let reason = format!("the labels have the file {file}");
        return Err(InputError::new(
            LABEL_COLUMN,
            column,
            reason,
            "leave it out",
        ));
    }
    let labelled = Labelled {
        sheet: patterns,
        option: PATTERNS,
        file: names.patterns,
    };
    if let Some(column) = labelled.of_labels().first() {
        let name = patterns.names().map_or("", |names| &names[*column]);
        let reason = format!("its column {} holds labels too", shown(name));
        return Err(InputError::new(LABELS, file, reason, "one of the two"));
    }
    let one = labels.columns() == 1;
    let numbered = |sheet: &Sheet| sheet.names().is_some() && !sheet.remarks().is_empty();
    if one && labels.names().is_some() && labels.rows() + 1 == patterns.rows() {
        labels.names_as_row();
    } else if labels.rows() == patterns.rows() + 1 {
        if one && labels.names().is_none() && labels.cell(0, 0) == Cell::Number(0.0) {
            labels.row_as_names();
        } else if numbered(patterns) {
            patterns.names_as_row();
        }
    }
    let rows = patterns.rows();
    if (labels.rows(), labels.columns()) != (rows, 1) {
        let reason = format!("{} x {} numbers", labels.rows(), labels.columns());
        let allowed = format!("one label for each of the {rows} patterns");
        return Err(InputError::new(LABELS, file, reason, allowed));
    }
    two_labels(labels, 0)
        .map_err(|reason| InputError::new(LABELS, file, reason, "two different labels"))
}

/// Labels that stand in a column among the patterns.
fn labels_among(
    names: PatternNames,
    sheet: &Sheet,
) -> Result<(Vec<f64>, LabelPair, usize, Option<String>), InputError> {
    let file = names.patterns;
    if sheet.columns() < 2 {
        let reason = "one column is no pattern with a label";
        let allowed = format!("more columns, or the labels in a file of --{LABELS}");
        return Err(InputError::new(PATTERNS, file, reason, allowed));
    }
    let labelled = Labelled {
        sheet,
        option: PATTERNS,
        file,
    };
    let (column, remark) = labelled.column(names.label_column)?;
    check_entries(PATTERNS, file, sheet, Some(column))?;
    let (signs, pair) = two_labels(sheet, column).map_err(|reason| {
        let allowed = "two different labels".to_owned() + &labelled.others(column);
        InputError::new(PATTERNS, file, reason, allowed)
    })?;
    Ok((signs, pair, column, remark))
}

/// The patterns without the column of labels, times their labels, and the size of the entries where
/// all have the same.
fn absorbed(sheet: &Sheet, label: Option<usize>, signs: &[f64]) -> (Patterns, Option<f64>) {
    let columns = sheet.columns() - usize::from(label.is_some());
    let entry = |row: usize, i: usize| sheet.number(row, shifted(label, i));
    let rows = sheet.rows();
    let size = entry(0, 0).abs();
    let alike = |row: usize| (0..columns).all(|i| entry(row, i).abs() == size);
    let size = (size > 0.0 && (0..rows).all(alike)).then_some(size);
    let patterns = if size == Some(1.0) {
        Patterns::Signs(SignMatrix::from_fn(rows, columns, |row, i| {
            entry(row, i) * signs[row] > 0.0
        }))
    } else {
        Patterns::Real(RealMatrix::from_fn(rows, columns, |row, i| {
            entry(row, i) * signs[row]
        }))
    };
    (patterns, size)
}

#[cfg(test)]
#[path = "pattern_file_tests.rs"]
mod tests;
