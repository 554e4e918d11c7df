//! What a sweep is asked for: a TOML file.
//!
//! Either one run, its verb and options at the top, or several as tables `[data.NAME]`, written as
//! in the recipe of a figure; a recipe is a spec too. Options that take one value on the command
//! line may hold a list here.

use crate::ask::recipe::{self, FigureRecipe, Source};
use crate::ask::{Parameter, RawRequest};
use crate::error::{Error, shown};
use serde::Deserialize;
use std::path::Path;
use toml::{Table, Value};

/// Options whose value may be a list on the command line already, or holds commas of its own.
const LISTS: [&str; 8] = [
    "n",
    "reference",
    "classifier",
    "patterns",
    "labels",
    "label-column",
    "test",
    "checks",
];

/// How the random numbers of simulations at different grid points are related.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Streams {
    /// Every grid point has a seed of its own, made of the spec's seed and the point.
    #[default]
    Own,
    /// All grid points use the spec's seed itself, as one command would.
    Shared,
}

/// One verb with its options.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its name, where there are several.
    pub data: Option<String>,
    /// Verb and options; those of one value may be lists separated by commas.
    pub raw: RawRequest,
}

/// What a sweep computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// The file as messages show it.
    pub name: String,
    /// The file's text.
    pub text: String,
    /// How random numbers are drawn.
    pub streams: Streams,
    /// The runs, at least one.
    pub runs: Vec<Run>,
}

impl Spec {
    /// Reads a spec; `name` is the file as errors shall show it, `folder` where the names of files
    /// in it start from.
    ///
    /// # Errors
    /// [`Error::Recipe`], one line that names the file, the place and what is allowed there.
    pub fn parse(text: &str, name: &str, folder: &Path) -> Result<Self, Error> {
        let refuse = |line: String| Error::Recipe(format!("{name}: {}", one_line(&line)));
        let located =
            |e: &toml::de::Error| Error::Recipe(recipe::located(e, text, name).to_string());
        let mut top: Table = toml::from_str(text).map_err(|e| located(&e))?;
        let spec = |streams, runs| Spec {
            name: name.to_owned(),
            text: text.to_owned(),
            streams,
            runs,
        };
        if top.contains_key("panel") {
            let recipe = FigureRecipe::parse(text, name);
            let recipe = recipe.map_err(|e| Error::Recipe(e.to_string()))?;
            let runs = runs(recipe.data, folder);
            return if runs.is_empty() {
                Err(refuse("a sweep needs data with a verb".to_owned()))
            } else {
                Ok(spec(Streams::Shared, runs))
            };
        }
        if let Some(title) = top.remove("title")
            && !title.is_str()
        {
            let title = shown(&title.to_string());
            return Err(refuse(format!("title = {title}: must be a text in quotes")));
        }
        let streams = streams(top.remove("streams")).map_err(refuse)?;
        // A word is the option of one run, tables are several.
        let several = top.get("data").is_some_and(Value::is_table);
        let found = match several.then(|| top.remove("data")).flatten() {
            None => vec![(None, source(Value::Table(top)).map_err(refuse)?)],
            Some(data) => {
                if let Some(key) = top.keys().next() {
                    let key = shown(key);
                    let line =
                        format!("{key}: no place beside [data.…]; allowed: title, streams, data");
                    return Err(refuse(line));
                }
                blocks(data).map_err(refuse)?
            }
        };
        let mut runs = Vec::new();
        for (data, source) in found {
            match source {
                Source::Run(run) => runs.push(Run::new(data, run, folder)),
                Source::File(file) => {
                    let line = format!(
                        "file = {}: a sweep computes; allowed: verb",
                        shown(&file.to_string_lossy())
                    );
                    return Err(refuse(line));
                }
            }
        }
        Ok(spec(streams, runs))
    }
}

impl Run {
    fn new(data: Option<String>, run: recipe::Run, folder: &Path) -> Self {
        let raw = RawRequest {
            verb: run.verb,
            quantity: run.quantity,
            options: run.options,
            folder: folder.to_owned(),
        };
        Run { data, raw }
    }

    /// Where it stands in the file of this name.
    pub fn place(&self, file: &str) -> String {
        match &self.data {
            Some(data) => format!("{file}, data {}", shown(data)),
            None => file.to_owned(),
        }
    }

    /// Whether the command line takes one value of an option, and the text has several.
    fn varies(name: &str, text: &str) -> bool {
        let is_grid = Parameter::ALL.iter().any(|p| p.name() == name);
        text.contains(',') && !LISTS.contains(&name) && !is_grid
    }

    /// Number of combinations.
    pub(super) fn count(&self) -> usize {
        let quantities = self.raw.quantity.iter().map(|text| items(text).count());
        let options = self.raw.options.iter();
        let options = options.filter(|(name, text)| Run::varies(name, text));
        let counts = options.map(|(_, text)| items(text).count());
        quantities.chain(counts).fold(1, usize::saturating_mul)
    }

    /// The run for every combination of what the command line takes one value of, the last option
    /// varying fastest.
    pub fn combinations(&self) -> Vec<RawRequest> {
        let mut all = match self.raw.quantity.as_deref() {
            None => vec![self.raw.clone()],
            Some(quantities) => items(quantities)
                .map(|quantity| RawRequest {
                    quantity: Some(quantity),
                    ..self.raw.clone()
                })
                .collect(),
        };
        for (i, (name, text)) in self.raw.options.iter().enumerate() {
            if !Run::varies(name, text) {
                continue;
            }
            let with = |raw: &RawRequest, value: String| {
                let mut raw = raw.clone();
                raw.options[i].1 = value;
                raw
            };
            all = all
                .iter()
                .flat_map(|raw| items(text).map(|value| with(raw, value)))
                .collect();
        }
        all
    }
}

fn items(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(',').map(|item| item.trim().to_owned())
}

/// The runs of a recipe; points of files are not computed.
fn runs(data: impl IntoIterator<Item = (String, Source)>, folder: &Path) -> Vec<Run> {
    data.into_iter()
        .filter_map(|(name, source)| match source {
            Source::Run(run) => Some(Run::new(Some(name), run, folder)),
            Source::File(_) => None,
        })
        .collect()
}

fn streams(value: Option<Value>) -> Result<Streams, String> {
    match value.as_ref().map(|v| (v, v.as_str())) {
        None | Some((_, Some("own"))) => Ok(Streams::Own),
        Some((_, Some("shared"))) => Ok(Streams::Shared),
        Some((other, _)) => Err(format!(
            "streams = {}: allowed: \"own\", \"shared\"",
            shown(&other.to_string())
        )),
    }
}

/// The tables `[data.NAME]`, in the order of their names, as a figure takes them.
fn blocks(data: Value) -> Result<Vec<(Option<String>, Source)>, String> {
    let data = Table::try_from(data).unwrap_or_default();
    let mut found = Vec::new();
    for (name, block) in data {
        let source = source(block).map_err(|line| format!("[data.{}]: {line}", shown(&name)))?;
        found.push((Some(name), source));
    }
    if found.is_empty() {
        return Err("a sweep needs at least one [data.NAME]".to_owned());
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn source(value: Value) -> Result<Source, String> {
    Source::deserialize(value).map_err(|error| error.message().to_owned())
}

/// The text on one line that can be read.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 600;
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().map(plain).collect();
    let words: Vec<_> = text.split_whitespace().collect();
    let mut line: String = words.join(" ").chars().take(LONGEST + 1).collect();
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Spec, String> {
        Spec::parse(text, "a.toml", Path::new("x")).map_err(|e| e.to_string())
    }

    #[test]
    fn one_run_stands_at_the_top_and_several_in_tables() {
        let one = parse("verb = 'solve'\nalpha = [0.1, 0.2]\ntitle = 'T'").unwrap();
        assert_eq!((one.runs.len(), one.streams), (1, Streams::Own));
        assert_eq!(one.runs[0].raw.command(), "quenched solve --alpha 0.1,0.2");
        assert_eq!(one.runs[0].raw.folder, Path::new("x"));
        let two =
            "streams = 'shared'\n[data.b]\nverb='solve'\n[data.a]\nverb='threshold'\nquantity='at'";
        let two = parse(two).unwrap();
        let names: Vec<_> = two.runs.iter().map(|r| r.data.as_deref()).collect();
        assert_eq!(
            (names, two.streams),
            (vec![Some("a"), Some("b")], Streams::Shared)
        );
    }

    #[test]
    fn a_recipe_of_a_figure_is_a_spec() {
        let recipe = "[data.a]\nverb='solve'\nalpha='0.1:0.1:0.3'\n[[panel]]\n\
                      x={label='x'}\ny={label='y'}\n[[panel.curve]]\ndata='a'\nx='alpha'\ny='q'";
        let spec = parse(recipe).unwrap();
        assert_eq!((spec.runs.len(), spec.streams), (1, Streams::Shared));
    }

    #[test]
    fn options_of_one_value_may_be_lists() {
        let text = "verb='simulate'\nquantity=['bp','amp']\nalpha=[0.1,0.2]\nseed=[1,2]\nn=[11,21]";
        let spec = parse(text).unwrap();
        let commands: Vec<_> = spec.runs[0]
            .combinations()
            .iter()
            .map(RawRequest::command)
            .collect();
        let rest = "--alpha 0.1,0.2 --seed";
        assert_eq!(
            commands,
            [
                format!("quenched simulate bp {rest} 1 --n 11,21"),
                format!("quenched simulate bp {rest} 2 --n 11,21"),
                format!("quenched simulate amp {rest} 1 --n 11,21"),
                format!("quenched simulate amp {rest} 2 --n 11,21"),
            ]
        );
    }

    #[test]
    fn refusals_are_one_line_with_the_file_and_what_is_allowed() {
        for (text, part) in [
            ("", "need either `verb` or `file`"),
            ("verb = 3", "must be a text in quotes"),
            ("verb = 'solve'\nalpha = {a=1}", "alpha"),
            (
                "verb = 'solve'\nstreams = 'x'",
                "allowed: \"own\", \"shared\"",
            ),
            ("title = 3\nverb = 'solve'", "title = 3"),
            ("[data]", "at least one [data.NAME]"),
            (
                "alpha = 1\n[data.a]\nverb='solve'",
                "alpha: no place beside",
            ),
            ("[data.a]\nfile = 'x.csv'", "allowed: verb"),
            ("verb = ", "a.toml:1:"),
        ] {
            let line = parse(text).unwrap_err();
            assert!(
                line.starts_with("a.toml") && line.contains(part),
                "{text:?}: {line}"
            );
            assert!(!line.contains('\n'), "{line}");
        }
    }
}
