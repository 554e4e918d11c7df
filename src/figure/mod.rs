//! Figures for print, drawn from a recipe and the tables it names.
//!
//! Everything in the SVG is an outline: labels and tick numbers are set by a TeX engine and
//! written as glyph paths, so that a figure looks the same everywhere and needs no fonts. The same
//! recipe and tables give the same bytes. This room reads tables; it never solves.

mod axis;
mod bars;
mod canvas;
mod check;
mod clip;
mod label;
mod layout;
mod legend;
mod marks;
mod outline;
mod palette;
mod panel;
#[cfg(feature = "pdf")]
mod pdf;
#[cfg(feature = "png")]
mod png;
mod range;
mod rim;
mod series;
mod shade;
mod svg;
mod ticks;
mod traces;
mod words;

use std::collections::BTreeMap;

use crate::ask::recipe::FigureRecipe;
use crate::error::one_line;
use crate::record::Table;

pub use check::check;
pub use outline::{Outline, outlines};
pub use palette::OKABE_ITO;
#[cfg(feature = "pdf")]
pub use pdf::pdf;
#[cfg(feature = "png")]
pub use png::png;

/// Tables by the name under which a recipe refers to them.
pub type Tables = BTreeMap<String, Table>;

/// A figure that cannot be drawn, as one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    /// The recipe names data for which no table was given.
    #[error("{}", one_line(&format!("{place}: data = \"{data}\": no table of this name; there are: {known}")))]
    NoTable {
        /// Where in the recipe.
        place: String,
        /// The name.
        data: String,
        /// The names that exist.
        known: String,
    },
    /// A column that the table does not have.
    #[error("{}", one_line(&format!(
        "{place}: {key} = \"{column}\": no such column in \"{data}\"; there are: {known}"
    )))]
    NoColumn {
        /// Where in the recipe.
        place: String,
        /// The key of the recipe.
        key: String,
        /// The column.
        column: String,
        /// The name of the data.
        data: String,
        /// The columns that exist.
        known: String,
    },
    /// A column of words where numbers are needed.
    #[error("{}", one_line(&format!(
        "{place}: {key} = \"{column}\": this column holds words, not numbers"
    )))]
    NotNumbers {
        /// Where in the recipe.
        place: String,
        /// The key of the recipe.
        key: String,
        /// The column.
        column: String,
    },
    /// No row matches, or no matching row has finite numbers.
    #[error("{}", one_line(&format!(
        "{place}: no finite point of \"{data}\" is left ({rows} rows, {matching} match `where`{})",
        if *doubtful > 0 { format!(", not ok: {doubtful}") } else { String::new() }
    )))]
    Empty {
        /// Where in the recipe.
        place: String,
        /// The name of the data.
        data: String,
        /// Rows of the table.
        rows: usize,
        /// Rows that match.
        matching: usize,
        /// Those of them that have a point, but a status for which the recipe does not ask.
        doubtful: usize,
    },
    /// A label that cannot be set.
    #[error("{}", one_line(&format!("label {text:?}: {why}")))]
    Label {
        /// The label.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// Anything else that makes a picture impossible.
    #[error("{}", one_line(.0))]
    Impossible(String),
}

/// Where a figure comes from; stored in its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Version of the program.
    pub version: String,
    /// The text of the recipe.
    pub recipe: String,
}

/// Draws a figure as SVG.
///
/// The width and height are physical (millimetres); one unit of the coordinates is one point
/// (1/72 inch).
///
/// # Errors
/// See [`FigureError`]; [`left_out`] tells what is not drawn; a curve without a finite point is an error, because a figure that silently
/// lacks a curve is worse than none.
pub fn draw(
    recipe: &FigureRecipe,
    data: &Tables,
    provenance: &Provenance,
) -> Result<String, FigureError> {
    check(recipe, data)?;
    let sheet = layout::sheet(recipe, data)?;
    let mut page = svg::Page::new(sheet.width, sheet.height);
    for placed in &sheet.panels {
        panel::draw(placed, &mut page)?;
    }
    Ok(page.finish(recipe, provenance))
}

/// What a figure leaves out because of its status, a line for each curve, set of points and shade
/// that lacks rows: those of results that are not `ok` are drawn only where `where` asks for their
/// status.
pub fn left_out(recipe: &FigureRecipe, data: &Tables) -> Vec<String> {
    let places = recipe.panels.iter().enumerate();
    let panels = places.flat_map(|(i, panel)| {
        let place = format!("panel {}", i + 1);
        let inset = panel
            .inset
            .as_deref()
            .map(|inset| (inset, format!("{place}: inset")));
        [Some((panel, place)), inset]
    });
    panels
        .flatten()
        .flat_map(|(panel, place)| traces::left_out(panel, data, &place))
        .collect()
}

#[cfg(test)]
mod tests;
