//! What the verbs call: the one place that names the computing and the drawing.

use crate::answer::empty;
use crate::ask::recipe::{FigureRecipe, Run, Source, read_point_file};
use crate::ask::{RawRequest, Request};
use crate::error::Error;
use crate::figure::{self, Provenance, Tables};
use crate::notebook;
use crate::record::{Table, read_text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) use crate::answer::{Kept, check_memory, run_keeping, tolerances};

/// A figure to draw: its recipe, the points it brings, and what is to be computed for it.
pub(super) struct Recipe {
    /// Stem of the files that are written.
    pub(super) name: String,
    /// Names of the data blocks and what to compute for each.
    pub(super) curves: Vec<(String, RawRequest)>,
    file: PathBuf,
    pub(super) text: String,
    pub(super) recipe: FigureRecipe,
    pub(super) points: BTreeMap<String, Table>,
}

impl Recipe {
    /// An error of this recipe.
    pub(super) fn refused(&self, reason: impl std::fmt::Display) -> Error {
        refused(format!("{}: {reason}", self.file.display()))
    }
}

/// A line that names its file itself.
fn refused(line: impl ToString) -> Error {
    Error::Recipe(line.to_string())
}

/// Reads a recipe and the points it names.
///
/// # Errors
/// [`Error::File`] or [`Error::Recipe`], one line.
pub(super) fn load(path: &Path) -> Result<Recipe, Error> {
    let text = read_text(path)?;
    let recipe = FigureRecipe::parse(&text, &path.display().to_string()).map_err(refused)?;
    let (mut curves, mut points) = (Vec::new(), BTreeMap::new());
    for (name, source) in &recipe.data {
        match source {
            Source::Run(Run {
                verb,
                quantity,
                options,
            }) => {
                let raw = RawRequest {
                    verb: verb.clone(),
                    quantity: quantity.clone(),
                    options: options.clone(),
                    ..RawRequest::default()
                };
                curves.push((name.clone(), raw));
            }
            Source::File(file) => {
                let file = path.parent().unwrap_or(Path::new("")).join(file);
                let table = read_point_file(&file, &file.display().to_string())?;
                points.insert(name.clone(), table);
            }
        }
    }
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Recipe {
        file: path.to_owned(),
        name,
        curves,
        text,
        recipe,
        points,
    })
}

/// Checks, before anything is computed, that the tables will have every column that the recipe
/// asks for, and that the equations that it names exist.
///
/// # Errors
/// [`Error::Recipe`] with the columns that there will be.
pub(super) fn check(recipe: &Recipe, requests: &[(String, Request)]) -> Result<(), Error> {
    let mut tables = recipe.points.clone();
    tables.extend(
        requests
            .iter()
            .map(|(name, request)| (name.clone(), empty(request))),
    );
    figure::check(&recipe.recipe, &tables).map_err(|e| recipe.refused(e))?;
    notebook::check(&recipe.recipe.notebook.theory).map_err(|e| recipe.refused(e))
}

/// The tables of a recipe by name: those of its curves, and the points it brings.
pub(super) fn tables(recipe: &Recipe, computed: &[(String, Table)]) -> Tables {
    let mut tables = recipe.points.clone();
    tables.extend(computed.iter().cloned());
    tables
}

/// What the drawing leaves out because of its status, a line each.
pub(super) fn left_out(recipe: &Recipe, computed: &[(String, Table)]) -> Vec<String> {
    let lines = figure::left_out(&recipe.recipe, &tables(recipe, computed));
    let name = recipe.file.display();
    lines.iter().map(|line| format!("{name}: {line}")).collect()
}

/// Draws a recipe with the tables of its curves.
///
/// # Errors
/// [`Error::Recipe`] where the recipe asks for a column or a row that the tables lack.
pub(super) fn svg(recipe: &Recipe, computed: &[(String, Table)]) -> Result<String, Error> {
    let tables = tables(recipe, computed);
    let provenance = Provenance {
        version: format!("quenched {}", env!("CARGO_PKG_VERSION")),
        recipe: recipe.text.clone(),
    };
    figure::draw(&recipe.recipe, &tables, &provenance).map_err(|e| recipe.refused(e))
}

/// The figure as pixels.
///
/// # Errors
/// [`Error::Recipe`] if the renderer refuses it.
pub(super) fn png(recipe: &Recipe, svg: &str, dpi: u32) -> Result<Vec<u8>, Error> {
    figure::png(svg, dpi as f32).map_err(|e| recipe.refused(format!("png: {e}")))
}

/// The figure as a vector PDF.
///
/// # Errors
/// [`Error::Recipe`] if the converter refuses it.
#[cfg(feature = "pdf")]
pub(super) fn pdf(recipe: &Recipe, svg: &str) -> Result<Vec<u8>, Error> {
    figure::pdf(svg).map_err(|e| recipe.refused(format!("pdf: {e}")))
}

/// This build has no converter.
#[cfg(not(feature = "pdf"))]
pub(super) fn pdf(recipe: &Recipe, _svg: &str) -> Result<Vec<u8>, Error> {
    Err(recipe.refused("pdf: this build was made without the feature pdf"))
}
