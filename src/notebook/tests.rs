//! What a notebook holds.

use super::*;
use crate::figure::FigureError;
use crate::record::Table;
use crate::replica::state::Status;
use serde_json::Value;

/// Every kind of mark, and every way in which a curve may be chosen.
const RECIPE: &str = r##"
title = "Everything"
caption = """Two
lines."""
columns = 2

[notebook]
text = "Why $q$."
theory = ["RS.3"]

[data.a]
verb = "solve"
alpha = "0.1:0.1:0.3"

[data.own]
file = "own.csv"

[[panel]]
title = 'one, $\kappa=0$'
x = { label = 'load $\text{now}$', scale = "log", min = 0.1, max = 10 }
y = { min = 0, max = 2, ticks = [0, 1, 2], format = "none" }
legend = "bottom-right"

[[panel.shade]]
data = "a"
x = "alpha"
y = "q"
to = "top"
label = "region"

[[panel.shade]]
data = "a"
x = "alpha"
y = "q"
to = { data = "own", x = "alpha", y = "q" }
label = "between"
at = [1, 1]

[[panel.shade]]
data = "a"
x = "alpha"
y = "q"
to = "left"
color = "#102030"

[[panel.line]]
x = { data = "a", column = "alpha", where = { branch = "1" } }
label = "threshold"
side = "left"

[[panel.line]]
y = 0.5
style = "none"
label = "half"
position = 0.1

[[panel.curve]]
data = "a"
x = "alpha"
y = "q"
where = { q = { min = 0.2 } }
label = "cut, with markers"
marker = "square"
marker_size = 3

[[panel.curve]]
data = "a"
x = "alpha"
y = "q"
split_by = "branch"
label = "$b={branch}$"
style = "dashdot"
width = 2

[[panel.points]]
data = "own"
x = "alpha"
y = "q"
error = "dq"
x_error = "dx"
open = true
label = "own"

[[panel.points]]
data = "own"
x = 1
y = "q"
interval = ["low", "high"]
marker = "cross"
style = "solid"
color = "grey"

[[panel.text]]
text = "here"
at = [1, 1]
anchor = "top-left"
rotate = 30
size_pt = 6

[panel.inset]
place = [0.6, 0.1, 0.3, 0.3]

[[panel.inset.curve]]
data = "a"
x = "alpha"
y = "q"

[[panel]]
[[panel.curve]]
data = "a"
x = "alpha"
y = "q"
"##;

fn table(columns: &[&str], rows: &[&[Option<f64>]]) -> Table {
    let mut table = Table::new(columns.iter().copied());
    rows.iter()
        .for_each(|row| table.push(row.iter().map(|x| (*x).into()).collect()));
    table
}

/// The notebook of a recipe with small tables.
fn made(text: &str) -> Result<Notebook, NotebookError> {
    let recipe = FigureRecipe::parse(text, "all.toml").expect("a good recipe");
    let rows: [&[Option<f64>]; 3] = [
        &[Some(0.5), Some(0.1), Some(1.0)],
        &[Some(1.0), Some(0.3), Some(1.0)],
        &[Some(2.0), Some(0.9), Some(2.0)],
    ];
    let own: [&[Option<f64>]; 1] = [&[Some(1.0), Some(0.5), Some(0.1), None, Some(0.4), Some(0.6)]];
    let data = Tables::from([
        ("a".to_owned(), table(&["alpha", "q", "branch"], &rows)),
        (
            "own".to_owned(),
            table(&["alpha", "q", "dq", "dx", "low", "high"], &own),
        ),
    ]);
    notebook(&Material {
        name: "all",
        recipe: &recipe,
        text,
        commands: &[(
            "a".to_owned(),
            "quenched solve --alpha 0.1:0.1:0.3".to_owned(),
        )],
        csv: "# version: \"x\"\ncurve,alpha,q,status\na,0.5,0.1,ok\na,1,0.3,\"b\\\"\n",
        points: &[("own".to_owned(), "alpha,q\n1,0.5\n".to_owned())],
        data: &data,
        png: b"\x89PNG\r\n",
    })
}

fn source(notebook: &Notebook, id: &str) -> String {
    let cell = notebook.cells.iter().find(|cell| cell.id == id);
    cell.unwrap_or_else(|| panic!("no cell {id}"))
        .source
        .clone()
}

#[test]
fn cells_have_ids_by_their_role_and_nothing_changes_from_run_to_run() {
    let notebook = made(RECIPE).expect("a notebook");
    let ids: Vec<&str> = notebook.cells.iter().map(|cell| cell.id.as_str()).collect();
    let wanted = [
        "title",
        "physics",
        "theory",
        "commands",
        "data",
        "csv",
        "points-1",
        "load",
        "verdicts",
        "verdict-count",
        "picture",
        "png",
        "python",
        "curves",
        "style",
        "redraw",
    ];
    assert_eq!(ids, wanted);
    let text = notebook.to_json();
    assert_eq!(text, made(RECIPE).expect("a notebook").to_json());
    assert!(text.starts_with(
        "{\n \"cells\": [\n  {\n   \"cell_type\": \"markdown\",\n   \"id\": \"title\""
    ));
    assert!(text.ends_with(" \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n"));
}

#[test]
fn the_file_has_the_fields_of_the_format_and_no_others() {
    let text = made(RECIPE).expect("a notebook").to_json();
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let keys = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(
        keys(&file),
        ["cells", "metadata", "nbformat", "nbformat_minor"]
    );
    for cell in file["cells"].as_array().expect("cells") {
        let wanted: &[&str] = match cell["cell_type"].as_str() {
            Some("markdown") => &["cell_type", "id", "metadata", "source"],
            _ => &[
                "cell_type",
                "execution_count",
                "id",
                "metadata",
                "outputs",
                "source",
            ],
        };
        assert_eq!(keys(cell), wanted);
        let lines = cell["source"].as_array().expect("lines");
        let (last, others) = lines.split_last().expect("no cell is empty");
        assert!(
            others
                .iter()
                .all(|l| l.as_str().is_some_and(|l| l.ends_with('\n')))
        );
        assert!(last.as_str().is_some_and(|l| !l.ends_with('\n')));
    }
}

#[test]
fn words_equations_commands_and_recipe_are_there() {
    let notebook = made(RECIPE).expect("a notebook");
    assert_eq!(source(&notebook, "title"), "# Everything\n\nTwo lines.");
    assert_eq!(source(&notebook, "physics"), "## The physics\n\nWhy $q$.");
    assert!(source(&notebook, "theory").contains("\\tag{RS.3}"));
    let commands = source(&notebook, "commands");
    assert!(commands.contains("# a\nquenched solve --alpha 0.1:0.1:0.3\n"));
    assert!(commands.contains("caption = \"\"\"Two\nlines.\"\"\""));
    assert!(source(&notebook, "csv").contains("    \"a,0.5,0.1,ok\\na,1,0.3,\\\"b\\\\\\\"\\n\"\n"));
    assert!(source(&notebook, "png").contains("\"iVBORw0K\""));
    let bare = RECIPE.replace("[notebook]\ntext = \"Why $q$.\"\ntheory = [\"RS.3\"]", "");
    let bare = made(&bare).expect("a notebook");
    assert!(
        bare.cells
            .iter()
            .all(|cell| cell.id != "physics" && cell.id != "theory")
    );
}

#[test]
fn every_mark_becomes_python() {
    let python = source(&made(RECIPE).expect("a notebook"), "redraw");
    for part in [
        "fig, axes = plt.subplots(1, 2, figsize=(3.386, 1.27), layout=\"constrained\", squeeze=False)\n",
        "# (a) one, $\\kappa=0$\nax = axes[0]\n",
        "xscale=\"log\", xlabel=r\"load $\\mathrm{now}$\", xlim=(0.1, 10)",
        "ax.set_yticks([0, 1, 2])\n",
        "ax.yaxis.set_major_formatter(\"\")\n",
        "ax.fill_between(\n    line.x, line.y, ax.get_ylim()[1], color=GREY, alpha=0.2, linewidth=0, label=\"region\",\n)\n",
        "to = curve(tables[\"own\"], \"alpha\", \"q\")\nax.fill(*region(line, to), color=GREY, alpha=0.2, linewidth=0)\n",
        "ax.text(1, 1, \"between\", ha=\"center\", va=\"center\")\n",
        "ax.fill_betweenx(line.y, line.x, ax.get_xlim()[0], color=\"#102030\", alpha=0.2, linewidth=0)\n",
        "ax.axvline(\n    first(tables[\"a\"], \"alpha\", where={\"branch\": \"1\"}), color=GREY, linewidth=0.5,\n    linestyle=\"--\",\n)\n",
        "\"half\", (0.1, 0.5), xycoords=ax.get_yaxis_transform(), xytext=(0, 3),",
        "line = curve(tables[\"a\"], \"alpha\", \"q\", where={\"q\": (0.2, np.inf)})\nax.plot(line.x, line.y, color=BLUE, label=\"cut, with markers\")\n",
        "dots = points(tables[\"a\"], \"alpha\", \"q\", where={\"q\": (0.2, np.inf)})\nax.plot(dots.x, dots.y, color=BLUE, linestyle=\"none\", marker=\"s\", markersize=2.7)\n",
        "for k, branch in enumerate([1, 2]):\n    rows = tables[\"a\"][matches(tables[\"a\"][\"branch\"], branch)]\n    line = curve(rows, \"alpha\", \"q\")\n",
        "color=PALETTE[(1 + k) % 8], linestyle=\"-.\", linewidth=2,",
        "label=f\"$b={branch}$\"",
        "dots = points(tables[\"own\"], \"alpha\", \"q\", error=\"dq\", x_error=\"dx\")\n",
        "yerr=[dots.down, dots.up], xerr=dots.across, color=PURPLE,",
        "marker=\"o\", markerfacecolor=\"white\", label=\"own\", elinewidth=0.6",
        "line = curve(tables[\"own\"], 1, \"q\", interval=(\"low\", \"high\"))\n",
        "yerr=[line.down, line.up], color=GREY, marker=\"x\", elinewidth=0.6",
        "rotation=30, rotation_mode=\"anchor\", fontsize=6",
        "inset = ax.inset_axes([0.6, 0.1, 0.3, 0.3])\ninset.set(",
        "inset.plot(line.x, line.y, color=BLUE)\n",
        "ax.legend(loc=\"lower right\")\n",
    ] {
        assert!(python.contains(part), "{part}\nis not in\n{python}");
    }
}

#[test]
fn rows_that_are_not_ok_are_shown_where_there_are_any() {
    let text = "[data.a]\nverb = \"solve\"\n[[panel]]\n[[panel.curve]]\ndata = \"a\"\nx = \"alpha\"\ny = \"alpha\"\n";
    let recipe = FigureRecipe::parse(text, "a.toml").expect("a good recipe");
    let shown = |status: &str| {
        let mut table = Table::new(["alpha", "status"]);
        table.push(vec![0.5.into(), "ok".into()]);
        table.push(vec![1.0.into(), status.into()]);
        let notebook = notebook(&Material {
            name: "a",
            recipe: &recipe,
            text,
            commands: &[("a".to_owned(), String::new())],
            csv: "curve,alpha,status\na,0.5,ok\na,1,ok\n",
            points: &[],
            data: &Tables::from([("a".to_owned(), table)]),
            png: b"",
        });
        let cells = notebook.expect("a notebook").cells;
        cells
            .into_iter()
            .find(|cell| cell.id == "verdict-rows")
            .map(|cell| cell.source)
    };
    assert_eq!(shown("ok"), None);
    let python = shown("not_converged").expect("the rows");
    assert!(
        python.starts_with("columns = [\"curve\", \"alpha\", \"status\"]\ndata.loc["),
        "{python}"
    );
}

#[test]
fn an_unknown_equation_or_a_curve_without_points_is_refused() {
    let error = made(&RECIPE.replace("RS.3", "RS.none")).expect_err("no such tag");
    assert!(matches!(error, NotebookError::NoEquation { .. }));
    let error = made(&RECIPE.replace("{ min = 0.2 }", "7")).expect_err("no points");
    assert!(
        matches!(error, NotebookError::Figure(FigureError::Empty { .. })),
        "{error}"
    );
}

/// The notebook as a kernel leaves it, with these outputs of the cell `redraw`.
fn executed(outputs: Value) -> Result<Executed, NotebookError> {
    let notebook = made(RECIPE).expect("a notebook");
    let mut file: Value = serde_json::from_str(&notebook.to_json()).expect("JSON");
    for (i, cell) in file["cells"]
        .as_array_mut()
        .expect("cells")
        .iter_mut()
        .enumerate()
    {
        if cell["cell_type"] == "code" {
            cell["execution_count"] = (i + 40).into();
            cell["metadata"]["execution"] = "2020-01-01".into();
        }
        if cell["id"] == "redraw" {
            cell["outputs"] = outputs.clone();
        }
    }
    notebook.with_outputs(&file.to_string())
}

#[test]
fn outputs_are_kept_without_what_changes_from_run_to_run() {
    let done = executed(serde_json::json!([
        { "output_type": "stream", "name": "stdout", "text": "a\n" },
        { "output_type": "stream", "name": "stderr", "text": ["slow\n"] },
        { "output_type": "stream", "name": "stdout", "text": ["b\n", "c"] },
        { "output_type": "execute_result", "execution_count": 55, "metadata": { "x": 1 },
          "data": { "text/plain": "1\n2", "image/png": "iVBOR\n" } },
    ]));
    let done = done.expect("an executed notebook");
    assert_eq!(done.warnings, [("redraw".to_owned(), "slow\n".to_owned())]);
    let text = done.notebook.to_json();
    assert!(!text.contains("2020") && !text.contains("slow"));
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let cells = file["cells"].as_array().expect("cells");
    let counts: Vec<u64> = cells
        .iter()
        .filter_map(|c| c["execution_count"].as_u64())
        .collect();
    assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7, 8]);
    let outputs = cells.last().expect("cells")["outputs"].clone();
    let wanted = serde_json::json!([
        { "name": "stdout", "output_type": "stream", "text": ["a\n", "b\n", "c"] },
        { "output_type": "execute_result", "execution_count": 8, "metadata": {},
          "data": { "text/plain": ["1\n", "2"], "image/png": "iVBOR" } },
    ]);
    assert_eq!(outputs, wanted);
}

#[test]
fn a_cell_that_fails_is_named_and_another_notebook_is_not_taken() {
    let error = executed(serde_json::json!([
        { "output_type": "error", "ename": "KeyError", "evalue": "'q'", "traceback": [] },
    ]));
    let error = error.expect_err("a cell failed").to_string();
    assert_eq!(error, "cell redraw: KeyError: 'q'");
    let notebook = made(RECIPE).expect("a notebook");
    for other in ["", "{}", &notebook.to_json()] {
        let error = notebook.with_outputs(other).expect_err("not executed");
        assert!(matches!(error, NotebookError::Foreign(_)), "{error}");
    }
}

#[test]
fn python_knows_every_status_that_is_not_drawn_unasked() {
    let python = include_str!("curves.py");
    for status in Status::ALL {
        let named = python.contains(&format!("\"{}\"", status.name()));
        assert_eq!(named, status != Status::Ok, "{}", status.name());
    }
}
