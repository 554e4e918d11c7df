//! Tidy data: one row a grid point, one column a quantity.

use crate::replica::reason::Reason;
use serde::ser::{Serialize, Serializer};

/// One cell of a [`Table`]. A value that does not exist is [`Value::Null`], never NaN.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The quantity does not exist at this point.
    Null,
    /// A yes or a no.
    Bool(bool),
    /// A count or an index.
    Int(i64),
    /// A finite number or ±∞ (β = ∞ is a legitimate input).
    Num(f64),
    /// A word, such as a status.
    Text(String),
}

impl Value {
    /// A number, or [`Value::Null`] where it is NaN.
    pub fn number(x: f64) -> Self {
        if x.is_nan() {
            Value::Null
        } else {
            Value::Num(x)
        }
    }

    /// The value as a number (booleans and text have none).
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Num(x) => Some(*x),
            Value::Int(i) => Some(*i as f64),
            _ => None,
        }
    }

    /// The value as text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(s) => Some(s),
            _ => None,
        }
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Self {
        Value::number(x)
    }
}
impl From<Option<f64>> for Value {
    fn from(x: Option<f64>) -> Self {
        x.map_or(Value::Null, Value::number)
    }
}
impl From<Option<Reason>> for Value {
    fn from(reason: Option<Reason>) -> Self {
        reason.map_or(Value::Null, |reason| reason.text().into())
    }
}
impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::Text(s.to_owned())
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

/// A value as a CSV field before quoting.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Num(x) if x.is_nan() => String::new(),
        Value::Num(x) => format!("{x:?}"),
        Value::Text(text) => text.clone(),
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Int(i) => serializer.serialize_i64(*i),
            Value::Num(x) if x.is_infinite() => serializer.serialize_str(&plain(self)),
            // NaN becomes null.
            Value::Num(x) => serializer.serialize_f64(*x),
            Value::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// Named columns and rows of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// An empty table with these columns.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Table {
            columns: columns.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Appends a row.
    ///
    /// # Panics
    /// If the row does not have one value a column: a mistake of the caller, not of the user.
    pub fn push(&mut self, row: Vec<Value>) {
        assert_eq!(
            row.len(),
            self.columns.len(),
            "a row has one value a column"
        );
        self.rows.push(row);
    }

    /// Column names, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Rows, in order.
    pub fn rows(&self) -> &[Vec<Value>] {
        &self.rows
    }

    /// Position of a column.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == column)
    }

    /// A cell, by row number and column name.
    pub fn get(&self, row: usize, column: &str) -> Option<&Value> {
        self.rows.get(row)?.get(self.position(column)?)
    }
}
