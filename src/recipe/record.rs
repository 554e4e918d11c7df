//! What came out, with what it came from: a table and its meta, as CSV, JSON or Parquet.
//!
//! Numbers are written with the fewest digits that read back as the same number. A value that
//! does not exist is an empty CSV field, a JSON `null` or a Parquet null, never NaN. JSON has no
//! infinity: ±∞ (beta = ∞ is a legitimate input) is the string `"inf"` or `"-inf"`, as in CSV.

use super::request::Request;
use super::table::{Table, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::io::{self, Write};
use std::path::Path;

/// A format of tidy data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, the meta in leading `#` lines.
    Csv,
    /// `{"meta": {…}, "rows": [{…}, …]}`.
    Json,
    /// Apache Parquet with typed nullable columns, the meta in the file's key-value metadata.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// Every format of this build.
    pub const ALL: &[Format] = &[
        Format::Csv,
        Format::Json,
        #[cfg(feature = "parquet")]
        Format::Parquet,
    ];

    /// Its name, which is its files' ending too.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Json => "json",
            #[cfg(feature = "parquet")]
            Format::Parquet => "parquet",
        }
    }

    /// The format of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Format::ALL.iter().copied().find(|f| f.name() == name)
    }

    /// The format that a file's ending names, in either case.
    pub fn of_path(path: &Path) -> Option<Self> {
        Format::parse(&path.extension()?.to_str()?.to_ascii_lowercase())
    }

    /// Whether it is text, which may go to a terminal.
    pub fn is_text(self) -> bool {
        matches!(self, Format::Csv | Format::Json)
    }
}

/// Named values, in the order they are written.
pub type Pairs = Vec<(String, Value)>;

/// Where a table comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// The command as one could type it again.
    pub command: String,
    /// What was asked, defaults included.
    pub parameters: Pairs,
    /// What was asked for each data block of a figure; empty elsewhere.
    pub curves: Vec<(String, Pairs)>,
    /// Seed of the random numbers, none where nothing is random.
    pub seed: Option<u64>,
    /// The solver's tolerances.
    pub tolerances: Pairs,
    /// Text of the spec of a sweep; none elsewhere.
    pub spec: Option<String>,
    /// Tasks of a sweep whose rows are missing; none where all are there.
    pub missing_tasks: Option<usize>,
    /// Wall time in seconds; none where equal inputs must give equal bytes.
    pub wall_time: Option<f64>,
}

impl Meta {
    /// The meta of one request.
    pub fn new(command: impl Into<String>, request: &Request, tolerances: Pairs) -> Self {
        Meta {
            command: command.into(),
            parameters: request.parameters(),
            seed: match (&request.systems, &request.comparison) {
                (Some(systems), _) => Some(systems.seed),
                (None, comparison) => comparison.as_ref().map(|c| c.validation.seed),
            },
            tolerances,
            ..Meta::default()
        }
    }

    /// Keys and JSON texts, in order.
    fn entries(&self) -> io::Result<Vec<(&'static str, String)>> {
        let mut list = vec![
            ("version", json(env!("CARGO_PKG_VERSION"))?),
            ("command", json(&self.command)?),
        ];
        if !self.parameters.is_empty() {
            list.push(("parameters", json(&Object(&self.parameters))?));
        }
        if !self.curves.is_empty() {
            list.push(("curves", json(&Curves(&self.curves))?));
        }
        list.push(("seed", json(&self.seed)?));
        list.push(("tolerances", json(&Object(&self.tolerances))?));
        if let Some(spec) = &self.spec {
            list.push(("spec", json(spec)?));
        }
        if let Some(count) = self.missing_tasks {
            list.push(("missing_tasks", json(&count)?));
        }
        if let Some(seconds) = self.wall_time {
            list.push(("wall_time_seconds", json(&seconds)?));
        }
        Ok(list)
    }

    /// The meta as one JSON object on one line.
    ///
    /// # Errors
    /// None in practice: every value has a JSON form.
    pub fn to_json(&self) -> io::Result<String> {
        let entries = self.entries()?;
        let fields: Vec<_> = entries
            .iter()
            .map(|(k, v)| format!("\"{k}\":{v}"))
            .collect();
        Ok(format!("{{{}}}", fields.join(",")))
    }
}

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
            Format::Parquet => super::parquet_file::write(self, out),
        }
    }

    fn write_csv(&self, out: &mut (dyn Write + Send)) -> io::Result<()> {
        for (key, value) in self.meta.entries()? {
            writeln!(out, "# {key}: {value}")?;
        }
        let header: Vec<_> = self.table.columns().iter().map(|c| quoted(c)).collect();
        writeln!(out, "{}", header.join(","))?;
        for row in self.table.rows() {
            let fields: Vec<_> = row.iter().map(|v| quoted(&plain(v))).collect();
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

fn quoted(field: &str) -> String {
    // Readers of CSV may take everything after a # for a comment, unless it is quoted.
    if field.contains([',', '"', '\n', '\r', '#']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn json<T: Serialize + ?Sized>(value: &T) -> io::Result<String> {
    Ok(serde_json::to_string(value)?)
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

struct Object<'a>(&'a [(String, Value)]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(k, v)| (k, v)))
    }
}

struct Curves<'a>(&'a [(String, Pairs)]);

impl Serialize for Curves<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(k, v)| (k, Object(v))))
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
            "#x".into(),
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
            "inf,,,false,\"#x\"\n",
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

    #[test]
    fn endings_name_formats() {
        assert_eq!(Format::of_path(Path::new("a/b.CSV")), Some(Format::Csv));
        assert_eq!(Format::of_path(Path::new("b.json")), Some(Format::Json));
        assert_eq!(Format::of_path(Path::new("b.txt")), None);
        assert_eq!(Format::of_path(Path::new("csv")), None);
    }
}
