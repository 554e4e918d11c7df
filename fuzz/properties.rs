//! What holds of every input, whatever is in it: it is read or refused in one line, what is read
//! has no NaN, and nothing takes long. The fuzz targets and `tests/fuzz_corpus.rs` share these.
#![allow(dead_code)] // A fuzz target uses one of them.

use quenched::answer::empty;
use quenched::ask::recipe::{FigureRecipe, Source, read_points};
use quenched::ask::{GRID_LIMIT, RawRequest, Request, parse_values};
use quenched::figure::{self, Provenance, Tables};
use quenched::record::{PatternFile, Table, Value};
use quenched::sweep::{Spec, tasks};
use std::path::{Path, PathBuf};

/// Longest line of a refusal, in characters.
const LONGEST_LINE: usize = 2200;

/// What holds of an input; it panics where it does not.
pub type Property = fn(&[u8]);

/// The targets by name.
pub const TARGETS: [(&str, Property); 6] = [
    ("recipe", recipe),
    ("drawing", drawing),
    ("range", range),
    ("pattern_file", pattern_file),
    ("points", points),
    ("spec", spec),
];

/// A refusal is one short line.
fn one_line(error: &impl std::fmt::Display) {
    let line = error.to_string();
    assert!(!line.trim().is_empty(), "a refusal without words");
    let odd = line.chars().find(|c| c.is_control());
    assert!(odd.is_none(), "{odd:?} in the refusal {line:?}");
    let length = line.chars().count();
    assert!(length <= LONGEST_LINE, "{length} characters: {line:?}");
}

/// No cell of a table is NaN.
fn no_nan(table: &Table) {
    let cells = table.rows().iter().flatten();
    let numbers = cells.filter_map(Value::as_number);
    numbers.for_each(|x| assert!(!x.is_nan()));
}

/// A recipe is read; then its runs are validated and what it draws is looked up in the tables that
/// these would have.
pub fn recipe(input: &[u8]) {
    let Some((recipe, tables)) = tables(input) else {
        return;
    };
    if let Err(error) = figure::check(&recipe, &tables) {
        one_line(&error);
    }
}

/// A recipe with the empty tables of its runs.
fn tables(input: &[u8]) -> Option<(FigureRecipe, Tables)> {
    let text = str::from_utf8(input).ok()?;
    let recipe = match FigureRecipe::parse(text, "a.toml") {
        Ok(recipe) => recipe,
        Err(error) => {
            one_line(&error);
            return None;
        }
    };
    let mut tables = Tables::new();
    for (name, source) in &recipe.data {
        let table = match source {
            Source::Run(run) => {
                let raw = RawRequest {
                    verb: run.verb.clone(),
                    quantity: run.quantity.clone(),
                    options: run.options.clone(),
                    ..RawRequest::default()
                };
                empty(&validated(raw, name)?)
            }
            Source::File(_) => read_points("x,y\n", "a.csv").expect("a header"),
        };
        tables.insert(name.clone(), table);
    }
    Some((recipe, tables))
}

/// A request as a recipe's data of this name, or none where it is refused.
fn validated(mut raw: RawRequest, place: &str) -> Option<Request> {
    raw.folder = PathBuf::from("/nonexistent");
    // Only files in the folder, where there are none: devices and pipes never end.
    let foreign = |(option, value): &(String, String)| {
        ["patterns", "labels", "test"].contains(&option.as_str())
            && (value.starts_with('/') || value.contains(".."))
    };
    if raw.options.iter().any(foreign) {
        return None;
    }
    match Request::new(&raw) {
        Ok(request) => {
            sound(&request);
            Some(request)
        }
        Err(error) => {
            one_line(&error);
            one_line(&error.at(format!("a.toml, {place}")));
            None
        }
    }
}

/// What a validated request promises.
fn sound(request: &Request) {
    let points = request.points();
    assert!(points > 0, "nothing is asked");
    let limit = match request.comparison {
        Some(_) => usize::MAX,
        None => GRID_LIMIT,
    };
    assert!(points <= limit, "{points} points");
    let grid = request.grid.len();
    assert!(grid <= GRID_LIMIT, "{grid} grid points");
    for axis in request.grid.axes() {
        assert!(axis.values.iter().all(|x| !x.is_nan()));
        // Written for a file and read from it, the values are the same.
        let again = axis.parameter.values(&axis.canonical());
        assert_eq!(again.as_ref(), Ok(&axis.values));
    }
    assert!(!request.canonical().is_empty());
    let last = request.grid.point(grid - 1);
    assert!(last.is_some() && request.grid.point(grid).is_none());
}

/// A recipe is drawn with a few numbers in every column.
pub fn drawing(input: &[u8]) {
    let Some((recipe, tables)) = tables(input) else {
        return;
    };
    let filled = tables.iter().map(|(name, t)| (name.clone(), filled(t)));
    let filled: Tables = filled.collect();
    match figure::draw(&recipe, &filled, &Provenance::default()) {
        Ok(svg) => {
            assert!(svg.starts_with("<?xml") || svg.starts_with("<svg"));
            // Words of the user's stand between tags, numbers in them.
            let tags = svg.split('<').filter_map(|tag| tag.split('>').next());
            for tag in tags.filter(|tag| !tag.starts_with(['!', '?'])) {
                assert!(!tag.contains("NaN") && !tag.contains("\"inf"), "{tag}");
            }
        }
        Err(error) => one_line(&error),
    }
}

/// The table with some rows: numbers of both signs, gaps, and a status.
fn filled(table: &Table) -> Table {
    let mut filled = Table::new(table.columns().iter().cloned());
    for i in 0..6 {
        let cell = |(k, name): (usize, &String)| match (name.as_str(), i) {
            ("status", 0..=3) => Value::from("ok"),
            ("status", _) => Value::from("rs_unstable"),
            ("reason", _) => Value::Null,
            (_, 4) if k % 3 == 1 => Value::Null,
            _ => Value::Num((i as f64 - 0.75) * (1.0 + k as f64)),
        };
        filled.push(table.columns().iter().enumerate().map(cell).collect());
    }
    filled
}

/// Values and ranges; a text of several lines is a request too: verb and quantity, then
/// `option=value` on each line.
pub fn range(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("");
    if lines.clone().next().is_none() {
        values(text);
        return;
    }
    let (verb, quantity) = match first.split_once(' ') {
        Some((verb, quantity)) => (verb, Some(quantity.to_owned())),
        None => (first, None),
    };
    let option = |line: &str| {
        let (name, value) = line.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    let raw = RawRequest {
        verb: verb.to_owned(),
        quantity,
        options: lines.filter_map(option).collect(),
        ..RawRequest::default()
    };
    if let Some(request) = validated(raw, "data") {
        assert!(!empty(&request).columns().is_empty());
        no_nan(&empty(&request));
    }
}

fn values(text: &str) {
    for infinity in [false, true] {
        match parse_values("alpha", text, infinity) {
            Ok(values) => {
                assert!(!values.is_empty() && values.len() <= GRID_LIMIT);
                assert!(values.iter().all(|x| !x.is_nan()));
                assert!(infinity || values.iter().all(|x| x.is_finite()));
            }
            Err(error) => one_line(&error),
        }
    }
}

/// Between the patterns and the labels of their own.
const LABELS: &[u8] = b"\n--labels--\n";

/// A first line with the endings of one or two files, then what is in them.
pub fn pattern_file(input: &[u8]) {
    let end = input.iter().position(|b| *b == b'\n');
    let Some(end) = end else { return };
    let Ok(first) = str::from_utf8(&input[..end]) else {
        return;
    };
    let rest = &input[end + 1..];
    let read = match first.split_once(' ') {
        None => PatternFile::parse((&format!("p.{first}"), rest), None),
        Some((patterns, labels)) => {
            let at = rest.windows(LABELS.len()).position(|w| w == LABELS);
            let (own, other) = at.map_or((rest, &[][..]), |at| {
                (&rest[..at], &rest[at + LABELS.len()..])
            });
            let names = [patterns, labels].map(|ending| format!("p.{ending}"));
            PatternFile::parse((&names[0], own), Some((&names[1], other)))
        }
    };
    match read {
        Ok(file) => {
            let [rows, columns] = file.shape();
            assert!(rows > 0 && columns > 0 && rows * columns <= input.len());
            let instance = file.instance();
            for mu in 0..rows {
                let finite = |i| instance.patterns.entry(mu, i).is_finite();
                assert!((0..columns).all(finite), "row {mu}");
            }
            let clusters = instance.clusters.as_ref().expect("labels");
            assert_eq!(clusters.labels.len(), rows);
            assert!(clusters.labels.iter().all(|y| y.abs() == 1.0));
        }
        Err(error) => one_line(&error),
    }
}

/// The user's own points of a figure.
pub fn points(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    match read_points(text, "a.csv") {
        Ok(table) => {
            no_nan(&table);
            let width = table.columns().len();
            assert!(width > 0);
            assert!(table.rows().iter().all(|row| row.len() == width));
        }
        Err(error) => one_line(&error),
    }
}

/// The spec of a sweep is read and cut into tasks, of which the first are validated.
pub fn spec(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let spec = match Spec::parse(text, "a.toml", Path::new("/nonexistent")) {
        Ok(spec) => spec,
        Err(error) => return one_line(&error),
    };
    assert!(!spec.runs.is_empty(), "nothing is asked");
    let foreign = |(option, value): &(String, String)| {
        ["patterns", "labels", "test"].contains(&option.as_str())
            && (value.starts_with('/') || value.contains(".."))
    };
    if spec
        .runs
        .iter()
        .any(|run| run.raw.options.iter().any(foreign))
    {
        return;
    }
    let tasks = match tasks(&spec) {
        Ok(tasks) => tasks,
        Err(error) => return one_line(&error),
    };
    assert!(
        !tasks.is_empty() && tasks.len() <= 200_000,
        "{} tasks",
        tasks.len()
    );
    for task in tasks.iter().take(20) {
        assert_eq!(task.id.len(), 16);
        let command = task.raw.command();
        assert!(!command.chars().any(|c| c == '\0'), "{command:?}");
        if let Ok(request) = Request::new(&task.raw) {
            sound(&request);
        } else {
            panic!("a task that is refused: {command}");
        }
    }
}
