//! Where a table comes from, as the JSON that stands beside it.

use super::table::Value;
use serde::ser::{Serialize, Serializer};
use std::io;

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
    /// Keys and JSON texts, in order.
    pub(super) fn entries(&self) -> io::Result<Vec<(&'static str, String)>> {
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

fn json<T: Serialize + ?Sized>(value: &T) -> io::Result<String> {
    Ok(serde_json::to_string(value)?)
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
