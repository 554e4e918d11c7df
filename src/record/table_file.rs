//! What came out, with what it came from: a table and its meta, as CSV, JSON or Parquet.
//!
//! Numbers are written with the fewest digits that read back as the same number. A value that
//! does not exist is an empty CSV field, a JSON `null` or a Parquet null, never NaN. JSON has no
//! infinity: ±∞ (beta = ∞ is a legitimate input) is the string `"inf"` or `"-inf"`, as in CSV.

use super::format::Format;
use super::meta::Meta;
#[cfg(feature = "parquet")]
use super::parquet_file;
use super::table::{Table, Value, plain};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::io::{self, Write};

/// A table with its meta.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Where the table comes from.
    pub meta: Meta,
    /// What came out.
    pub table: Table,
}

impl Record {
    /// Writes the record; equal records give equal bytes.
    ///
    /// # Errors
    /// What `out` reports.
    pub fn write(&self, format: Format, out: &mut (dyn Write + Send)) -> io::Result<()> {
        match format {
            Format::Csv => self.write_csv(out),
            Format::Json => self.write_json(out),
            #[cfg(feature = "parquet")]
            Format::Parquet => parquet_file::write(self.meta.to_json()?, &self.table, out),
        }
    }

    fn write_csv(&self, out: &mut (dyn Write + Send)) -> io::Result<()> {
        for (key, value) in self.meta.entries()? {
            writeln!(out, "# {key}: {value}")?;
        }
        let header: Vec<_> = self.table.columns().iter().map(|c| quoted(c)).collect();
        writeln!(out, "{}", header.join(","))?;
        for row in self.table.rows() {
            let fields: Vec<_> = row.iter().map(field).collect();
            writeln!(out, "{}", fields.join(","))?;
        }
        Ok(())
    }

    fn write_json(&self, out: &mut (dyn Write + Send)) -> io::Result<()> {
        write!(out, "{{\"meta\": {},\n\"rows\": [", self.meta.to_json()?)?;
        for (i, row) in self.table.rows().iter().enumerate() {
            out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
            let row = Row(self.table.columns(), row);
            serde_json::to_writer(&mut *out, &row)?;
        }
        writeln!(out, "\n]}}")
    }
}

/// A cell as a field; numbers stand as they are.
fn field(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        other => plain(other),
    }
}

fn quoted(field: &str) -> String {
    // Readers of CSV may take everything after a # for a comment, unless it is quoted; a text that
    // begins like a formula is marked as text.
    let formula = field.starts_with(['=', '+', '-', '@', '\t']);
    if formula || field.contains([',', '"', '\n', '\r', '#']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

struct Row<'a>(&'a [String], &'a [Value]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, value) in self.0.iter().zip(self.1) {
            map.serialize_entry(column, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let mut table = Table::new(["alpha", "q", "n", "ok", "status"]);
        table.push(vec![
            (0.1 + 0.2).into(),
            Value::Null,
            Value::Int(3),
            true.into(),
            "a,\"b\"\nc".into(),
        ]);
        table.push(vec![
            f64::INFINITY.into(),
            Value::Num(f64::NAN),
            Value::Null,
            false.into(),
            "=x".into(),
        ]);
        Record {
            meta: Meta {
                command: "quenched solve\n".to_owned(),
                parameters: vec![("beta".to_owned(), Value::Num(f64::INFINITY))],
                wall_time: Some(0.5),
                ..Meta::default()
            },
            table,
        }
    }

    fn text(record: &Record, format: Format) -> String {
        let mut bytes = Vec::new();
        record.write(format, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn csv_has_meta_header_and_quoted_fields() {
        let expected = concat!(
            "# version: \"",
            env!("CARGO_PKG_VERSION"),
            "\"\n# command: \"quenched solve\\n\"\n# parameters: {\"beta\":\"inf\"}\n",
            "# seed: null\n# tolerances: {}\n# wall_time_seconds: 0.5\n",
            "alpha,q,n,ok,status\n",
            "0.30000000000000004,,3,true,\"a,\"\"b\"\"\nc\"\n",
            "inf,,,false,\"=x\"\n",
        );
        assert_eq!(text(&record(), Format::Csv), expected);
    }

    #[test]
    fn json_numbers_round_trip_and_nothing_is_nan() {
        let json = text(&record(), Format::Json);
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let rows = value["rows"].as_array().unwrap();
        assert_eq!(rows[0]["alpha"].as_f64(), Some(0.1 + 0.2));
        assert_eq!(rows[0]["status"], "a,\"b\"\nc");
        assert_eq!(rows[1]["alpha"], "inf");
        assert!(rows[1]["q"].is_null() && rows[0]["q"].is_null());
        assert_eq!(value["meta"]["parameters"]["beta"], "inf");
        assert!(value["meta"]["seed"].is_null());
        assert_eq!(value["meta"]["wall_time_seconds"], 0.5);
        assert!(!json.contains("NaN"));
    }

    #[test]
    fn an_empty_table_is_still_valid() {
        let empty = Record {
            meta: Meta::default(),
            table: Table::new(["alpha"]),
        };
        let value: serde_json::Value = serde_json::from_str(&text(&empty, Format::Json)).unwrap();
        assert_eq!(value["rows"].as_array().unwrap().len(), 0);
        assert!(text(&empty, Format::Csv).ends_with("\nalpha\n"));
    }
}
