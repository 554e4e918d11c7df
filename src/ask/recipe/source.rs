//! `[data.NAME]`: a run of a verb, or a file of points.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use toml::Value;

/// Where the numbers of a figure come from, by the names of its tables `[data.NAME]`.
pub type Sources = BTreeMap<String, Source>;

/// Refuses the name of a table that the recipe does not have.
pub(super) fn has_data(sources: &Sources, name: &str) -> Result<(), String> {
    if sources.contains_key(name) {
        return Ok(());
    }
    let known: Vec<&str> = sources.keys().map(String::as_str).collect();
    Err(format!(
        "data = \"{name}\": no such table, the recipe has [data.…] for: {}",
        known.join(", ")
    ))
}

/// Where a table comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A verb of the command line with its options.
    Run(Run),
    /// A CSV file of the user's own points, relative to the recipe.
    File(PathBuf),
}

/// A verb with its options, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// `solve`, `threshold`, …
    pub verb: String,
    /// The quantity of `threshold`.
    pub quantity: Option<String>,
    /// Options by their long name without dashes, with the value as the command line takes it.
    pub options: Vec<(String, String)>,
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

/// Reads the keys in the order of the file: the order of ranges is the order of the grid.
struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Source;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a table with `verb` and options, or with `file`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Source, A::Error> {
        let mut run = Run::default();
        let (mut verb, mut file) = (None, None);
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            match key.as_str() {
                "verb" => verb = Some(word(&key, value).map_err(Error::custom)?),
                // A sweep takes a list of them.
                "quantity" if value.is_array() => {
                    run.quantity = Some(option(&key, &value).map_err(Error::custom)?);
                }
                "quantity" => run.quantity = Some(word(&key, value).map_err(Error::custom)?),
                "file" => file = Some(word(&key, value).map_err(Error::custom)?),
                _ => {
                    let text = option(&key, &value).map_err(Error::custom)?;
                    run.options.push((key, text));
                }
            }
        }
        match (verb, file) {
            (Some(verb), None) => Ok(Source::Run(Run { verb, ..run })),
            (None, Some(file)) => match run.options.first() {
                None if run.quantity.is_none() => Ok(Source::File(file.into())),
                first => {
                    let key = first.map_or("quantity", |(key, _)| key.as_str());
                    Err(Error::custom(format!("{key}: a file takes no options")))
                }
            },
            _ => Err(Error::custom("data need either `verb` or `file`")),
        }
    }
}

fn word(key: &str, value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(format!("{key} = {other}: must be a text in quotes")),
    }
}

/// A value as the command line takes it: lists become `a,b,c`.
fn option(key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(i) => Ok(i.to_string()),
        Value::Float(x) => Ok(x.to_string()),
        Value::Boolean(b) => Ok(b.to_string()),
        Value::Array(items) if items.iter().all(|v| !matches!(v, Value::Array(_))) => {
            let items: Result<Vec<_>, _> = items.iter().map(|v| option(key, v)).collect();
            Ok(items?.join(","))
        }
        other => Err(format!(
            "{key} = {other}: must be a number, a text such as \"0:0.1:1\", or a list of these"
        )),
    }
}
