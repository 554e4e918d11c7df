//! `quenched notebook`.

use super::Context;
use super::drawing::{Drawing, refuse_collisions};
use super::engine;
use super::exit::{self, Done, Failure, INTERRUPTED, NOT_CONVERGED};
use super::jupyter;
use super::output::convergence;
use super::reuse;
use crate::error::Error;
use crate::notebook::{self, Material};
use crate::record::{Destination, Format, Meta, Record, Table};
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// Where notebooks go where no folder is named.
const FOLDER: &str = "notebooks-export";

/// Resolution of the picture: as sharp as a screen shows it.
const DPI: u32 = 130;

/// Export figures as executed Jupyter notebooks
///
/// For each recipe NAME.toml writes NAME.ipynb: the physics in words and equations (the table
/// [notebook] of the recipe: text, and theory with tags of equations of the book), the commands,
/// the numbers, the figure, and Python cells that load the numbers with pandas and draw the figure
/// again with matplotlib. A notebook needs no other file. It is executed with jupyter nbconvert,
/// which has to be on the path (pip install nbconvert ipykernel pandas matplotlib). Every recipe is
/// checked before anything is computed; a cell that fails leaves no file. The same recipe and the
/// same Python packages give the same bytes.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Notebook {
    /// Recipes to export, as figure reads them
    #[arg(required = true, value_name = "RECIPE.toml", value_hint = clap::ValueHint::FilePath)]
    recipes: Vec<PathBuf>,
    /// Write into this folder, which must exist [default: notebooks-export, made if missing]
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    output: Option<PathBuf>,
    /// Write notebooks without outputs; Jupyter is not needed
    #[arg(long)]
    no_execute: bool,
    /// Take the numbers from NAME.csv beside the recipe where figure wrote it in this version with
    /// the same parameters, instead of computing them again
    #[arg(long)]
    reuse: bool,
}

const EXAMPLES: &str = "\
Examples:
  Export a figure with its physics, numbers and Python to notebooks-export/:
    quenched notebook figures/phase-diagram.toml
  The numbers are there already, and nobody needs the outputs:
    quenched figure figures/solvers.toml
    quenched notebook figures/solvers.toml --reuse --no-execute -o talk";

/// A recipe with the file that its notebook goes to.
struct Plan {
    drawing: Drawing,
    file: Destination,
}

impl Notebook {
    pub(super) fn run(self, context: &Context) -> Done {
        let drawings = self.recipes.iter().map(|path| Drawing::load(path));
        let drawings = drawings.collect::<Result<Vec<Drawing>, Failure>>()?;
        if !self.no_execute {
            jupyter::check()?;
        }
        let folder = Folder::new(self.output.as_deref())?;
        let plans = drawings.into_iter().map(|drawing| folder.plan(drawing));
        let plans = plans.collect::<Result<Vec<Plan>, Error>>()?;
        let files = plans
            .iter()
            .map(|plan| (plan.drawing.source.as_path(), &plan.file));
        refuse_collisions(&files.collect::<Vec<_>>())?;
        let mut all = Vec::new();
        for (done, plan) in plans.iter().enumerate() {
            let tables = self
                .export(plan, context)
                .map_err(|failure| match failure.code {
                    INTERRUPTED => interrupted(done, plans.len()),
                    _ => failure,
                })?;
            if context.verbose || (!context.quiet && io::stderr().is_terminal()) {
                exit::note(&format!("wrote {}", plan.file.path().display()));
            }
            all.extend(tables.into_iter().map(|(_, table)| table));
        }
        let code = convergence(&all.iter().collect::<Vec<_>>());
        if code == NOT_CONVERGED {
            exit::note("no row of any notebook converged; see the status columns");
        }
        Ok(code)
    }

    /// Writes one notebook and returns the tables in it.
    fn export(&self, plan: &Plan, context: &Context) -> Result<Vec<(String, Table)>, Failure> {
        let drawing = &plan.drawing;
        let (csv, tables) = self.numbers(drawing, context)?;
        let recipe = &drawing.recipe;
        let svg = engine::svg(recipe, &tables)?;
        let commands: Vec<(String, String)> = recipe
            .curves
            .iter()
            .map(|(name, raw)| (name.clone(), raw.command()))
            .collect();
        let points = recipe.points.iter().map(|(name, table)| {
            Ok((
                name.clone(),
                bare(&notebook::drawn(&recipe.recipe, name, table))?,
            ))
        });
        let points = points.collect::<Result<Vec<_>, Failure>>()?;
        let material = Material {
            name: &recipe.name,
            recipe: &recipe.recipe,
            text: &recipe.text,
            commands: &commands,
            csv: &csv,
            points: &points,
            data: &engine::tables(recipe, &tables),
            png: &engine::png(recipe, &svg, DPI)?,
        };
        let mut finished = notebook::notebook(&material).map_err(|e| recipe.refused(e))?;
        if !self.no_execute {
            context.explain(|| format!("executing {}", plan.file.path().display()));
            let executed = jupyter::execute(&finished.to_json())?;
            let executed = finished
                .with_outputs(&executed)
                .map_err(|e| recipe.refused(e))?;
            finished = executed.notebook;
            for (cell, text) in executed.warnings.iter().filter(|_| !context.quiet) {
                let text = text.trim();
                exit::note(&format!("{}: cell {cell} warned: {text}", recipe.name));
            }
        }
        plan.file.write(finished.to_json().as_bytes())?;
        Ok(tables)
    }

    /// The numbers as text and as tables, from a file or computed.
    fn numbers(
        &self,
        drawing: &Drawing,
        context: &Context,
    ) -> Result<(String, Vec<(String, Table)>), Failure> {
        if self.reuse {
            match reuse::numbers(drawing)? {
                Ok(found) => return Ok((found.csv, found.tables)),
                Err(why) if !context.quiet => exit::note(&format!("computed, not reused: {why}")),
                Err(_) => {}
            }
        }
        let computed = drawing.compute(context)?;
        let tables = computed.ok_or_else(|| interrupted(0, 0))?;
        Ok((text(&drawing.record(&tables))?, tables))
    }
}

fn interrupted(done: usize, total: usize) -> Failure {
    Failure {
        code: INTERRUPTED,
        line: format!("interrupted; {done} of {total} notebooks were written"),
    }
}

/// A record as CSV.
fn text(record: &Record) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let written = record.write(Format::Csv, &mut bytes);
    written.map_err(|error| Error::write("csv", error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A table as CSV without a head.
fn bare(table: &Table) -> Result<String, Failure> {
    let record = Record {
        meta: Meta::default(),
        table: table.clone(),
    };
    let text = text(&record)?;
    let lines = text.split_inclusive('\n');
    Ok(lines.skip_while(|line| line.starts_with('#')).collect())
}

/// The folder that notebooks go to; one that was made for them and stayed empty is taken away.
struct Folder {
    path: PathBuf,
    made: bool,
}

impl Folder {
    fn new(named: Option<&Path>) -> Result<Self, Error> {
        let path = named.unwrap_or(Path::new(FOLDER)).to_owned();
        let made = named.is_none() && !path.exists();
        if made {
            fs::create_dir(&path).map_err(|e| Error::write(&path, e))?;
        }
        Ok(Folder { path, made })
    }

    fn plan(&self, drawing: Drawing) -> Result<Plan, Error> {
        let name = format!("{}.ipynb", drawing.recipe.name);
        let file = Destination::new(self.path.join(name))?;
        Ok(Plan { drawing, file })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.made {
            // Succeeds only where it is empty.
            let _ = fs::remove_dir(&self.path);
        }
    }
}
