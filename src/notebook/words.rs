//! The cells in words, and the short Python that loads and counts.

use crate::ask::recipe::FigureRecipe;
use crate::ask::{in_comment, in_markdown, in_python as text, in_shell};
use crate::record::Table;

use super::base64::encode;
use super::literal::INPUTS;
use super::{Material, NotebookError, theory as book};

pub(super) const VERDICTS: &str = "\
## Which rows to trust

Every row carries a verdict, the column `status`. `ok`: converged and locally stable. `rs_unstable`: converged, but replica symmetry does not hold there, or the entropy of discrete weights is negative. `no_solution`: there is no such point. `not_converged`: there should be one, and it was not reached. Rows of the last two kinds have no order parameters, so a line breaks there.";

pub(super) const COUNT: &str =
    "data.groupby([\"curve\", \"status\"], dropna=False).size().unstack(fill_value=0)";

pub(super) const PYTHON: &str = "\
## The figure in Python

`points` and `curve` choose rows as the figure does: a line breaks at values that do not exist and at rows that are not asked for. Change the last cell as you like.";

pub(super) fn title(recipe: &FigureRecipe) -> String {
    let title = match recipe.title.trim() {
        "" => "Figure",
        title => title,
    };
    let [title, caption] = [title, &recipe.caption].map(one_line);
    format!("# {title}\n\n{caption}")
}

/// A text without the line breaks of the recipe.
fn one_line(text: &str) -> String {
    let text = in_markdown(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn physics(recipe: &FigureRecipe) -> Option<String> {
    let text = recipe.notebook.text.trim();
    (!text.is_empty()).then(|| format!("## The physics\n\n{}", in_markdown(text)))
}

pub(super) fn theory(recipe: &FigureRecipe) -> Result<Option<String>, NotebookError> {
    let tags = &recipe.notebook.theory;
    if tags.is_empty() {
        return Ok(None);
    }
    let passages = book::passages(tags)?;
    Ok(Some(format!(
        "## Equations\n\nPassages of the book in the folder `theory` of quenched, where they are derived; tags in \
         brackets refer to it.\n\n{passages}"
    )))
}

pub(super) fn commands(material: &Material) -> String {
    let file = in_shell(&file(material));
    let version = env!("CARGO_PKG_VERSION");
    let figure = format!(
        "quenched figure {file}      # the figure and its numbers\n\
         quenched notebook {file}    # this notebook"
    );
    let mut out = format!(
        "## The commands\n\nMade by quenched {version} from the recipe {} below:\n\n{}\n",
        code(&format!("{}.toml", material.name)),
        fenced("sh", &figure)
    );
    if !material.commands.is_empty() {
        let alone =
            |(curve, command): &(String, String)| format!("# {}\n{command}", in_comment(curve));
        let alone: Vec<String> = material.commands.iter().map(alone).collect();
        out.push_str("\nThe numbers of one curve alone:\n\n");
        out.push_str(&fenced("sh", &alone.join("\n")));
        out.push('\n');
    }
    let name = in_markdown(&in_comment(material.name));
    out + &format!(
        "\n<details><summary>The recipe {name}.toml</summary>\n\n{}\n\n</details>",
        fenced("toml", material.text.trim_end())
    )
}

/// The recipe's file as a command names it.
fn file(material: &Material) -> String {
    // A name that begins with a dash would be an option.
    let dash = material.name.starts_with('-');
    format!("{}{}.toml", if dash { "./" } else { "" }, material.name)
}

/// A block of code between fences that it does not hold.
fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{text}\n{fence}")
}

/// A name as code within a line.
fn code(name: &str) -> String {
    let name = in_comment(name);
    let mut ticks = "`".to_owned();
    while name.contains(&ticks) {
        ticks.push('`');
    }
    let space = if name.contains('`') { " " } else { "" };
    format!("{ticks}{space}{name}{space}{ticks}")
}

pub(super) fn data(material: &Material) -> String {
    let mut out = String::from("## The data\n\n");
    if !material.commands.is_empty() {
        out.push_str(&format!(
            "The next cell, folded away, holds {} as `quenched figure` writes it: one row a point, one column \
             a quantity, every digit. Its first lines say what was asked of each curve, with all defaults and \
             tolerances. The column `error_estimate` is the absolute error of the headline quantity. ",
            code(&format!("{}.csv", material.name))
        ));
    }
    let names: Vec<String> = material.points.iter().map(|(name, _)| code(name)).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        out.push_str(&format!(
            "The recipe brings points of its own, folded away too: {names}."
        ));
    }
    out.trim_end().to_owned()
}

/// The Python name of the CSV of a file of the user's own.
pub(super) fn points_name(i: usize) -> String {
    format!("POINTS_{}", i + 1)
}

pub(super) fn load(material: &Material) -> String {
    let mut out = String::from(
        "import io\n\nimport matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd\n\n",
    );
    let computed = !material.commands.is_empty();
    out.push_str(match computed {
        true => {
            "data = pd.read_csv(io.StringIO(CSV), comment=\"#\", low_memory=False)\n\
             tables = dict(list(data.groupby(\"curve\")))  # one for each data block of the recipe\n"
        }
        false => "tables = {}\n",
    });
    for (i, (name, _)) in material.points.iter().enumerate() {
        let read = format!(
            "pd.read_csv(io.StringIO({}), comment=\"#\")",
            points_name(i)
        );
        out.push_str(&format!("tables[{}] = {read}\n", text(name)));
    }
    let first = material.points.first().map(|(name, _)| text(name));
    out + &match (computed, first) {
        (false, Some(name)) => format!("tables[{name}].head()"),
        _ => "data.head()".to_owned(),
    }
}

/// Shows the rows that are not `ok`, where there are any.
pub(super) fn rows(material: &Material) -> Option<String> {
    let bad = |table: &Table| {
        let mut rows = 0..table.rows().len();
        rows.any(|row| {
            table
                .get(row, "status")
                .is_some_and(|s| s.as_text() != Some("ok"))
        })
    };
    if !material.data.values().any(bad) {
        return None;
    }
    let header = material.csv.lines().find(|line| !line.starts_with('#'));
    let has: Vec<&str> = header.unwrap_or_default().split(',').collect();
    let inputs = INPUTS.iter().filter(|name| has.contains(name));
    let verdict = ["status", "reason"];
    let verdict = verdict.iter().filter(|name| has.contains(name));
    let columns = ["curve"].iter().chain(inputs).chain(verdict);
    let columns: Vec<String> = columns.map(|name| text(name)).collect();
    Some(format!(
        "columns = [{}]\ndata.loc[data[\"status\"] != \"ok\", columns]\
         .dropna(axis=\"columns\", how=\"all\")",
        columns.join(", ")
    ))
}

pub(super) const PICTURE: &str = "## The figure\n\nAs quenched draws it:";

/// Shows the picture, so that every viewer finds it among the outputs; on one line, because code
/// hosts show folded cells in full.
pub(super) fn png(png: &[u8]) -> String {
    format!(
        "from base64 import b64decode\n\nfrom IPython.display import Image\n\n\
         Image(b64decode(\"{}\"))",
        encode(png)
    )
}
