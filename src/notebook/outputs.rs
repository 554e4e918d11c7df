//! What a kernel answered, put into our own notebook without what changes from run to run.

use serde_json::{Map, Value, json};

use super::cell::{Kind, Notebook};
use super::notebook_error::NotebookError;

/// An executed notebook, and what its cells wrote to the error stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Executed {
    /// The notebook with its outputs.
    pub notebook: Notebook,
    /// Warnings: the id of the cell, and what it wrote. They differ between machines (fonts that
    /// are looked up, paths), so they are no part of the notebook.
    pub warnings: Vec<(String, String)>,
}

impl Notebook {
    /// This notebook with the outputs of `executed`, the text of the same notebook after a kernel
    /// ran it: pictures, tables and printed text, with cells counted from 1.
    ///
    /// # Errors
    /// [`NotebookError::Failed`] where a cell raised an exception, [`NotebookError::Foreign`] where
    /// `executed` is not this notebook.
    pub fn with_outputs(&self, executed: &str) -> Result<Executed, NotebookError> {
        let foreign = |why: String| NotebookError::Foreign(why);
        let ran: Value = serde_json::from_str(executed).map_err(|e| foreign(e.to_string()))?;
        let none = Vec::new();
        let ran = ran["cells"].as_array().unwrap_or(&none);
        let mut notebook = self.clone();
        let mut warnings = Vec::new();
        let mut next = 1;
        for cell in &mut notebook.cells {
            let Kind::Code { outputs, count, .. } = &mut cell.kind else {
                continue;
            };
            let same = ran.iter().find(|other| other["id"] == cell.id.as_str());
            let same = same.ok_or_else(|| foreign(format!("it has no cell {}", cell.id)))?;
            if same["execution_count"].is_null() {
                return Err(foreign(format!("cell {} did not run", cell.id)));
            }
            for output in same["outputs"].as_array().unwrap_or(&none) {
                match keep(output, next) {
                    Kept::Output(output) => push(outputs, output),
                    Kept::Warning(text) => warnings.push((cell.id.clone(), text)),
                    Kept::Error(error) => {
                        let cell = cell.id.clone();
                        return Err(NotebookError::Failed { cell, error });
                    }
                    Kept::Nothing => {}
                }
            }
            *count = Some(next);
            next += 1;
        }
        Ok(Executed { notebook, warnings })
    }
}

enum Kept {
    Output(Value),
    Warning(String),
    Error(String),
    Nothing,
}

fn keep(output: &Value, count: usize) -> Kept {
    let text = |key: &str| joined(&output[key]);
    match output["output_type"].as_str() {
        Some("error") => Kept::Error(format!("{}: {}", text("ename"), text("evalue"))),
        Some("stream") if output["name"] == "stderr" => Kept::Warning(text("text")),
        Some("stream") => Kept::Output(json!({
            "name": "stdout",
            "output_type": "stream",
            "text": lines(&text("text")),
        })),
        Some("execute_result") => Kept::Output(json!({
            "data": data(&output["data"]),
            "execution_count": count,
            "metadata": {},
            "output_type": "execute_result",
        })),
        Some("display_data") => Kept::Output(json!({
            "data": data(&output["data"]),
            "metadata": {},
            "output_type": "display_data",
        })),
        _ => Kept::Nothing,
    }
}

/// Adds an output; text that arrived in pieces is one text.
fn push(outputs: &mut Vec<Value>, output: Value) {
    if let Some(last) = outputs.last_mut()
        && last["output_type"] == "stream"
        && output["output_type"] == "stream"
    {
        let text = joined(&last["text"]) + &joined(&output["text"]);
        last["text"] = lines(&text);
    } else {
        outputs.push(output);
    }
}

/// The forms of an output, text as a list of lines; pictures stay on one line.
fn data(forms: &Value) -> Value {
    let mut out = Map::new();
    let mut list: Vec<_> = forms.as_object().into_iter().flatten().collect();
    list.sort_by_key(|(kind, _)| kind.as_str());
    for (kind, form) in list {
        let is_text = kind.starts_with("text/") || kind.ends_with("xml");
        let form = match is_text {
            true => lines(&joined(form)),
            false if form.is_object() => form.clone(),
            false => joined(form).trim_end().into(),
        };
        out.insert(kind.clone(), form);
    }
    Value::Object(out)
}

/// A text that may be written as a list of lines.
fn joined(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn lines(text: &str) -> Value {
    text.split_inclusive('\n').collect::<Vec<_>>().into()
}
