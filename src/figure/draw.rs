//! A whole figure.

use crate::ask::recipe::FigureRecipe;

use super::check::check;
use super::figure_error::FigureError;
use super::svg::{Page, Provenance};
use super::tables::Tables;
use super::{layout, panel, traces};

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
    let mut page = Page::new(sheet.width, sheet.height);
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
