//! A user's own patterns and labels.

use super::matrix_file::Matrix;
use crate::error::{Error, InputError};
use crate::message_passing::{Clusters, Entries, Instance, Patterns, RealMatrix, SignMatrix};
use std::path::Path;

/// The option that names the patterns, and the one that names labels kept apart from them.
pub(crate) const PATTERNS: &str = "patterns";
pub(crate) const LABELS: &str = "labels";

/// Names of a column of labels; without a line of names it is the last one.
const LABEL_COLUMNS: [&str; 2] = ["label", "y"];

/// Patterns with their labels, from files.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternFile {
    /// The files as typed.
    pub(crate) patterns: String,
    pub(crate) labels: Option<String>,
    /// What stands in them.
    pub(crate) instance: Instance,
}

impl PatternFile {
    /// Reads patterns, one a row. The last column, or one named `label` or `y`, holds the labels,
    /// unless these have a file of their own. Labels are two numbers, the larger one is +1.
    ///
    /// # Errors
    /// [`Error::File`] if a file cannot be read, [`Error::Input`] if there is anything else in it.
    pub(crate) fn read(patterns: &str, labels: Option<&str>, folder: &Path) -> Result<Self, Error> {
        let matrix = Matrix::read(PATTERNS, &folder.join(patterns), patterns)?;
        let own = labels.map(|name| {
            let matrix = Matrix::read(LABELS, &folder.join(name), name)?;
            Ok::<_, Error>((name, matrix))
        });
        Ok(Self::assemble(patterns, &matrix, own.transpose()?)?)
    }

    /// The same from what the files hold, each with its name, whose ending names the format.
    ///
    /// # Errors
    /// One line that names the place of what is no pattern with a label.
    pub fn parse(
        (patterns, bytes): (&str, &[u8]),
        labels: Option<(&str, &[u8])>,
    ) -> Result<Self, InputError> {
        let matrix = Matrix::parse(PATTERNS, bytes, patterns)?;
        let own = labels.map(|(name, bytes)| {
            let matrix = Matrix::parse(LABELS, bytes, name)?;
            Ok::<_, InputError>((name, matrix))
        });
        Self::assemble(patterns, &matrix, own.transpose()?)
    }

    fn assemble(
        patterns: &str,
        matrix: &Matrix,
        labels: Option<(&str, Matrix)>,
    ) -> Result<Self, InputError> {
        let (signs, column) = match &labels {
            Some((name, own)) => (own_labels(name, own, matrix)?, None),
            None => {
                let column = label_column(matrix);
                if matrix.columns < 2 {
                    let reason = "one column is no pattern with a label";
                    let allowed = format!("more columns, or the labels in a file of --{LABELS}");
                    return Err(InputError::new(PATTERNS, patterns, reason, allowed));
                }
                let signs = two_labels(PATTERNS, patterns, matrix, column)?;
                (signs, Some(column))
            }
        };
        Ok(PatternFile {
            patterns: patterns.to_owned(),
            labels: labels.map(|(name, _)| name.to_owned()),
            instance: Instance {
                patterns: absorbed(matrix, column, &signs),
                teacher: None,
                clusters: Some(Clusters {
                    labels: signs,
                    axis: None,
                }),
            },
        })
    }

    /// The patterns, times their labels, with the labels.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Number of patterns, and of the entries of each.
    pub fn shape(&self) -> [usize; 2] {
        let patterns = &self.instance.patterns;
        [patterns.rows(), patterns.columns()]
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

fn label_column(matrix: &Matrix) -> usize {
    let is_label = |name: &String| LABEL_COLUMNS.contains(&name.to_ascii_lowercase().as_str());
    let named = matrix.names.iter().position(is_label);
    named.unwrap_or(matrix.columns - 1)
}

/// The labels of a file of their own.
fn own_labels(labels: &str, matrix: &Matrix, patterns: &Matrix) -> Result<Vec<f64>, InputError> {
    let rows = patterns.rows();
    if (matrix.rows(), matrix.columns) != (rows, 1) {
        let reason = format!("{} x {} numbers", matrix.rows(), matrix.columns);
        let allowed = format!("one label for each of the {rows} patterns");
        return Err(InputError::new(LABELS, labels, reason, allowed));
    }
    two_labels(LABELS, labels, matrix, 0)
}

/// The labels in a column as signs.
fn two_labels(
    option: &str,
    shown: &str,
    matrix: &Matrix,
    column: usize,
) -> Result<Vec<f64>, InputError> {
    let label = |row: usize| matrix.values[row * matrix.columns + column];
    let first = label(0);
    let mut second = None;
    for row in 0..matrix.rows() {
        let label = label(row);
        if label == first || *second.get_or_insert(label) == label {
            continue;
        }
        let (place, second) = (matrix.place(row, column), second.unwrap_or(label));
        let reason = format!("{place}: {label} is a third label after {first} and {second}");
        let allowed = "two different labels";
        return Err(InputError::new(option, shown, reason, allowed));
    }
    // A single label is told by its own sign.
    let smaller = second.map_or(first.min(0.0), |second| first.min(second));
    let sign = |label: f64| if label > smaller { 1.0 } else { -1.0 };
    Ok((0..matrix.rows()).map(|row| sign(label(row))).collect())
}

/// The patterns without the column of labels, times their labels.
fn absorbed(matrix: &Matrix, label: Option<usize>, signs: &[f64]) -> Patterns {
    let columns = matrix.columns - usize::from(label.is_some());
    let entry = |row: usize, i: usize| {
        let column = i + usize::from(label.is_some_and(|label| i >= label));
        matrix.values[row * matrix.columns + column]
    };
    let rows = matrix.rows();
    let is_sign = |row: usize| (0..columns).all(|i| entry(row, i).abs() == 1.0);
    if (0..rows).all(is_sign) {
        Patterns::Signs(SignMatrix::from_fn(rows, columns, |row, i| {
            entry(row, i) * signs[row] > 0.0
        }))
    } else {
        Patterns::Real(RealMatrix::from_fn(rows, columns, |row, i| {
            entry(row, i) * signs[row]
        }))
    }
}

#[cfg(test)]
#[path = "pattern_file_tests.rs"]
mod tests;
