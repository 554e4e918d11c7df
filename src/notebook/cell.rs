//! Cells, and the notebook as a file (nbformat 4.5).

use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};

use serde::Serialize;

/// A cell; its id is its role, the same in every notebook.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) kind: Kind,
}

/// What a cell is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Markdown.
    Words,
    /// Python.
    Code {
        /// Folded away until somebody asks for it: long data.
        hidden: bool,
        /// What the kernel answered; none where it has not run.
        outputs: Vec<Value>,
        /// Its place in the order of execution.
        count: Option<usize>,
    },
}

impl Cell {
    pub(super) fn words(id: impl Into<String>, source: impl Into<String>) -> Self {
        Cell {
            id: id.into(),
            source: source.into(),
            kind: Kind::Words,
        }
    }

    pub(super) fn code(id: impl Into<String>, source: impl Into<String>) -> Self {
        let kind = Kind::Code {
            hidden: false,
            outputs: Vec::new(),
            count: None,
        };
        Cell {
            kind,
            ..Cell::words(id, source)
        }
    }

    /// The same cell with its source folded away.
    pub(super) fn hidden(mut self) -> Self {
        if let Kind::Code { hidden, .. } = &mut self.kind {
            *hidden = true;
        }
        self
    }

    fn to_json(&self) -> Value {
        let lines: Vec<&str> = self.source.trim_end().split_inclusive('\n').collect();
        match &self.kind {
            Kind::Words => json!({
                "cell_type": "markdown",
                "id": self.id,
                "metadata": {},
                "source": lines,
            }),
            Kind::Code {
                hidden,
                outputs,
                count,
            } => json!({
                "cell_type": "code",
                "execution_count": count,
                "id": self.id,
                "metadata": if *hidden { folded() } else { json!({}) },
                "outputs": outputs,
                "source": lines,
            }),
        }
    }
}

/// How Jupyter folds a cell, in its present and in its older form.
fn folded() -> Value {
    json!({ "jupyter": { "source_hidden": true }, "tags": ["hide-input"] })
}

/// A notebook of format 4.5.
#[derive(Clone, Debug, PartialEq)]
pub struct Notebook {
    pub(super) cells: Vec<Cell>,
}

impl Notebook {
    /// The file: keys in alphabetical order, one space a level, as Jupyter itself writes it. It
    /// holds no time, no place and no version of a kernel.
    pub fn to_json(&self) -> String {
        let cells: Vec<Value> = self.cells.iter().map(Cell::to_json).collect();
        let mut notebook = Map::new();
        notebook.insert("cells".to_owned(), cells.into());
        let kernel = json!({ "display_name": "Python 3", "language": "python", "name": "python3" });
        let metadata = json!({ "kernelspec": kernel, "language_info": { "name": "python" } });
        notebook.insert("metadata".to_owned(), metadata);
        notebook.insert("nbformat".to_owned(), 4.into());
        notebook.insert("nbformat_minor".to_owned(), 5.into());
        let mut bytes = Vec::new();
        let mut serializer =
            Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" "));
        Value::Object(notebook)
            .serialize(&mut serializer)
            .expect("a value always has a JSON form");
        bytes.push(b'\n');
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }
}
