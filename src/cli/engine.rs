//! What the verbs call: the one place that names the computing and the drawing.

use crate::error::Error;
use crate::figure::{self, Provenance};
use crate::recipe::figure::{FigureRecipe, Run, Source, read_points};
use crate::recipe::{RawRequest, Table};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) use crate::recipe::{run, tolerances};

/// A figure to draw: its recipe, the points it brings, and what is to be computed for it.
pub(super) struct Recipe {
    /// Stem of the files that are written.
    pub(super) name: String,
    /// Names of the data blocks and what to compute for each.
    pub(super) curves: Vec<(String, RawRequest)>,
    text: String,
    recipe: FigureRecipe,
    points: BTreeMap<String, Table>,
}

fn refused(path: &Path, reason: impl ToString) -> Error {
    Error::Recipe { path: path.to_owned(), reason: reason.to_string() }
}

/// Reads a recipe and the points it names.
///
/// # Errors
/// [`Error::File`] or [`Error::Recipe`], one line.
pub(super) fn load(path: &Path) -> Result<Recipe, Error> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|e| Error::read(path, e));
    let text = read(path)?;
    let recipe = FigureRecipe::parse(&text, "recipe").map_err(|e| refused(path, e))?;
    let (mut curves, mut points) = (Vec::new(), BTreeMap::new());
    for (name, source) in &recipe.data {
        match source {
            Source::Run(Run { verb, quantity, options }) => {
                let raw = RawRequest { verb: verb.clone(), quantity: quantity.clone(), options: options.clone() };
                curves.push((name.clone(), raw));
            }
            Source::File(file) => {
                let file = path.parent().unwrap_or(Path::new("")).join(file);
                let table = read_points(&read(&file)?, &file.display().to_string());
                points.insert(name.clone(), table.map_err(|e| refused(path, e))?);
            }
        }
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Recipe { name, curves, text, recipe, points })
}

/// Draws a recipe with the tables of its curves.
///
/// # Errors
/// [`Error::Recipe`] where the recipe asks for a column or a row that the tables lack.
pub(super) fn svg(recipe: &Recipe, computed: &[(String, Table)]) -> Result<String, Error> {
    let mut tables = recipe.points.clone();
    tables.extend(computed.iter().cloned());
    let provenance = Provenance {
        version: format!("quenched {}", env!("CARGO_PKG_VERSION")),
        recipe: recipe.text.clone(),
    };
    let name = format!("{}.toml", recipe.name);
    figure::draw(&recipe.recipe, &tables, &provenance).map_err(|e| refused(Path::new(&name), e))
}

/// The figure as pixels.
///
/// # Errors
/// [`Error::Recipe`] if the renderer refuses it.
pub(super) fn png(svg: &str, dpi: u32) -> Result<Vec<u8>, Error> {
    figure::png(svg, dpi as f32).map_err(|e| refused(Path::new("png"), e))
}

/// The figure as a vector PDF.
///
/// # Errors
/// [`Error::Recipe`] if the converter refuses it.
#[cfg(feature = "pdf")]
pub(super) fn pdf(svg: &str) -> Result<Vec<u8>, Error> {
    figure::pdf(svg).map_err(|e| refused(Path::new("pdf"), e))
}
