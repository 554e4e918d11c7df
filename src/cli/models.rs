//! `quenched models`.

use super::Context;
use super::exit::{Done, OK, print};
use super::model_options::Names;
use super::output::{Output, Target, write};
use super::readable::wrapped;
use crate::ask::Verb;
use crate::ask::catalogue::{
    Combination, Group, PAPERS, Paper, Symbol, chapter, combinations, groups, symbols,
};
use crate::error::InputError;
use crate::record::{Meta, Record, Table, Value};

/// What can be combined, with symbols, equations and papers
///
/// Every machine, law of weights, data and loss, with the verbs that answer them: thresholds,
/// references of local entropies, algorithms, classifiers. Each combination was put to the check
/// that every request passes, so that what is listed is accepted and what is not is refused. That a
/// combination is accepted does not say that it has a solution at every point.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Models {
    /// Which table: combinations, symbols or papers [default: all of them on a terminal, else combinations]
    #[arg(value_name = "TABLE", value_parser = Names(&TABLES))]
    table: Option<String>,
    #[command(flatten)]
    output: Output,
}

const TABLES: [&str; 3] = ["combinations", "symbols", "papers"];

const EXAMPLES: &str = "\
Columns of combinations:
  verb, quantity        what is typed first; quantity is that of threshold, or the algorithm
  of                    reference that distances are measured from, or classifier
  machine, weights, data, loss
  beta                  temperatures that are answered: inf, finite, any; empty where beta is the
                        answer or has no meaning
  options               further options that it takes
  equations, chapters   tags of the defining equations, and where they are derived
  papers                keys of quenched models papers

Letters: K a margin or a number of units, G a sharpness, Q a squared norm, Y a number of replicas,
H a tilt.

Examples:
  Everything, on a terminal:
    quenched models
  What simulate amp can be run on:
    quenched models combinations --format csv | grep ',amp,'
  What stands behind the letters:
    quenched models symbols";

impl Models {
    pub(super) fn run(self, context: &Context) -> Done {
        let name = self.table.as_deref().map(known).transpose()?;
        let target = self.output.target()?;
        if let Target::Terminal = target {
            let chosen = name.map_or(TABLES.to_vec(), |name| vec![name]);
            let texts: Vec<String> = chosen.into_iter().map(readable).collect();
            print(texts.join("\n").as_bytes())?;
            return Ok(OK);
        }
        let table = match name {
            Some("symbols") => symbol_table(),
            Some("papers") => paper_table(),
            _ => combination_table(&combinations()),
        };
        let meta = Meta {
            command: context.command.clone(),
            ..Meta::default()
        };
        write(&Record { meta, table }, &target)?;
        Ok(OK)
    }
}

fn known(text: &str) -> Result<&'static str, InputError> {
    let found = TABLES.into_iter().find(|name| *name == text);
    found.ok_or_else(|| InputError::new("TABLE", text, "no such table", TABLES.join(", ")))
}

fn text(value: Option<&str>) -> Value {
    value
        .filter(|text| !text.is_empty())
        .map_or(Value::Null, Value::from)
}

fn combination_table(all: &[Combination]) -> Table {
    let mut table = Table::new([
        "verb",
        "quantity",
        "of",
        "machine",
        "weights",
        "data",
        "loss",
        "beta",
        "options",
        "equations",
        "chapters",
        "papers",
    ]);
    for c in all {
        let name = c.verb.name();
        let (verb, quantity) = match name.split_once(' ') {
            Some((verb, quantity)) => (verb, Some(quantity)),
            None => (name.as_str(), None),
        };
        let equations = c.equations();
        table.push(vec![
            verb.into(),
            text(quantity),
            text(c.of.as_deref()),
            text(c.machine),
            text(c.weights),
            c.data.into(),
            text(c.loss),
            text(Some(c.beta.name())),
            text(Some(&c.options.join(" "))),
            text(Some(&equations.join(" "))),
            text(Some(&chapters(&equations).join(" "))),
            text(Some(&c.papers().join(" "))),
        ]);
    }
    table
}

/// The files that equations stand in, each once.
fn chapters(equations: &[&str]) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for name in equations.iter().filter_map(|equation| chapter(equation)) {
        let file = format!("theory/{name}.md");
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

fn symbol_table() -> Table {
    let mut table = Table::new(["option", "name", "symbol", "meaning", "equation", "chapter"]);
    for s in symbols() {
        table.push(vec![
            s.option.into(),
            text(s.name),
            s.symbol.into(),
            s.meaning.into(),
            s.equation.into(),
            text(chapters(&[s.equation]).first().map(String::as_str)),
        ]);
    }
    table
}

fn paper_table() -> Table {
    let mut table = Table::new(["key", "cited", "about"]);
    for paper in PAPERS {
        table.push(
            [paper.key, paper.cited, paper.about]
                .map(Value::from)
                .into(),
        );
    }
    table
}

/// Longest line of a text, in characters.
const WIDTH: usize = 100;

fn readable(table: &str) -> String {
    match table {
        "symbols" => format!("Symbols\n{}", readable_symbols(&symbols())),
        "papers" => {
            let entry = |p: &Paper| {
                let about = wrapped(&format!("{}: {}", p.cited, p.about), "    ", WIDTH);
                format!("  {}\n{about}", p.key)
            };
            format!("Papers\n{}", PAPERS.iter().map(entry).collect::<String>())
        }
        _ => {
            let all = combinations();
            let text = |group: &Group| readable_group(group, &all);
            groups(&all).iter().map(text).collect::<Vec<_>>().join("\n")
        }
    }
}

fn readable_symbols(symbols: &[Symbol]) -> String {
    let line = |s: &Symbol| {
        let name = s.name.map_or(String::new(), |name| format!(" {name}"));
        let option = format!("--{}{name}", s.option);
        [&option, s.symbol, s.meaning, s.equation]
            .map(str::to_owned)
            .to_vec()
    };
    aligned_left(&symbols.iter().map(line).collect::<Vec<_>>())
}

/// What is asked with its equations and papers, and the models in few lines.
fn readable_group(group: &Group, all: &[Combination]) -> String {
    let mut text = String::new();
    for (verb, of) in &group.asked {
        let around = if *verb == Verb::Classifiers.name() {
            ""
        } else {
            "around "
        };
        let of_verb = |c: &&Combination| {
            let named = |name: &String| of.contains(name);
            c.verb.name() == *verb && c.of.as_ref().map_or(of.is_empty(), named)
        };
        let own = all.iter().filter(of_verb);
        let equations = unique(own.clone().flat_map(Combination::equations)).join(", ");
        let papers = unique(own.flat_map(Combination::papers)).join(", ");
        let mut start = verb.clone();
        if !of.is_empty() {
            start += &format!(" {around}{}", of.join(", "));
        }
        start += &format!(" [{equations}");
        start += &(if papers.is_empty() {
            "]".to_owned()
        } else {
            format!("; {papers}]")
        });
        text += &wrapped(&start, "", WIDTH);
    }
    let header = ["machine", "weights", "data", "loss", "beta"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    for line in &group.lines {
        let names = line.names.iter().map(|names| names.join(", "));
        let shown = names.map(|n| if n.is_empty() { "-".to_owned() } else { n });
        lines.push(shown.collect());
    }
    text + &aligned_left(&lines)
}

/// Columns of words, indented.
fn aligned_left(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |i: usize| {
        lines
            .iter()
            .map(|l| l[i].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let padded = |(cell, width): (&String, &usize)| {
        format!("{cell}{}", " ".repeat(width - cell.chars().count()))
    };
    let line = |line: &Vec<String>| {
        let cells: Vec<_> = line.iter().zip(&widths).map(padded).collect();
        format!("  {}\n", cells.join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

fn unique(words: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut found = Vec::new();
    for word in words {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}
