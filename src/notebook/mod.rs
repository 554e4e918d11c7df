//! Figures as Jupyter notebooks: the physics, the commands, the data, the picture, and Python that
//! draws it again.
//!
//! A notebook carries everything itself: the numbers as CSV text, the equations from the theory
//! book, the picture as PNG. Its Python needs pandas and matplotlib. Cells have ids by their role
//! and nothing depends on where or when it was made, so equal input gives equal bytes. This room
//! reads tables; it never solves, and it runs nothing: what a kernel answers is put in by
//! [`Notebook::with_outputs`].

mod base64;
mod cell;
mod drawn;
mod literal;
mod marks;
mod notebook_error;
mod outputs;
mod redraw;
mod theory;
mod ticks;
mod trace;
mod words;

use crate::ask::recipe::FigureRecipe;
use crate::figure::{self, Tables};
use cell::Cell;

pub use cell::Notebook;
pub use drawn::drawn;
pub use notebook_error::NotebookError;
pub use outputs::Executed;
pub use theory::check;

/// What a notebook is made of.
pub struct Material<'a> {
    /// Stem of the recipe's file.
    pub name: &'a str,
    /// The recipe.
    pub recipe: &'a FigureRecipe,
    /// The text of the recipe.
    pub text: &'a str,
    /// For each data block that is computed its name, and the command that answers with it.
    pub commands: &'a [(String, String)],
    /// Everything that was computed, as CSV with a first column `curve`.
    pub csv: &'a str,
    /// CSV of each data block that is a file of the user's own, the columns that are [`drawn`].
    pub points: &'a [(String, String)],
    /// All tables by name.
    pub data: &'a Tables,
    /// The figure as drawn here.
    pub png: &'a [u8],
}

/// The notebook of a figure, without outputs.
///
/// # Errors
/// An unknown tag, or a figure that cannot be drawn; see [`NotebookError`].
pub fn notebook(material: &Material) -> Result<Notebook, NotebookError> {
    let outlines = figure::outlines(material.recipe, material.data)?;
    let mut cells = vec![Cell::words("title", words::title(material.recipe))];
    cells.extend(words::physics(material.recipe).map(|text| Cell::words("physics", text)));
    if let Some(text) = words::theory(material.recipe)? {
        cells.push(Cell::words("theory", text));
    }
    cells.push(Cell::words("commands", words::commands(material)));
    cells.extend(data(material));
    cells.extend([
        Cell::words("picture", words::PICTURE),
        Cell::code("png", words::png(material.png)).hidden(),
        Cell::words("python", words::PYTHON),
        Cell::code("curves", include_str!("curves.py")),
        Cell::code("style", redraw::style(material.recipe)),
        Cell::code("redraw", redraw::figure(material.recipe, &outlines)),
    ]);
    Ok(Notebook { cells })
}

/// The numbers: what they are, themselves, how they are read, and which of them to trust.
fn data(material: &Material) -> Vec<Cell> {
    let mut cells = vec![Cell::words("data", words::data(material))];
    let computed = !material.commands.is_empty();
    if computed {
        cells.push(Cell::code("csv", literal::block("CSV", material.csv, true)).hidden());
    }
    for (i, (_, csv)) in material.points.iter().enumerate() {
        let (id, name) = (format!("points-{}", i + 1), words::points_name(i));
        cells.push(Cell::code(id, literal::block(&name, csv, false)).hidden());
    }
    cells.push(Cell::code("load", words::load(material)));
    if computed {
        cells.extend([
            Cell::words("verdicts", words::VERDICTS),
            Cell::code("verdict-count", words::COUNT),
        ]);
        cells.extend(words::rows(material).map(|python| Cell::code("verdict-rows", python)));
    }
    cells
}

#[cfg(test)]
mod tests;
