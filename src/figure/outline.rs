//! What a drawing decides from the data, for those who draw the same figure with other means.

use crate::ask::recipe::{FigureRecipe, Literal, Panel};

use super::figure_error::FigureError;
use super::tables::Tables;
use super::{check, range, traces};

/// What the data decide in a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Ends of the horizontal axis.
    pub x: [f64; 2],
    /// Ends of the vertical axis.
    pub y: [f64; 2],
    /// The values that each curve, then each set of points, is split by; one without `split_by`
    /// has a single entry without a value.
    pub split: Vec<Vec<Option<Literal>>>,
    /// The same of the inset.
    pub inset: Option<Box<Outline>>,
}

/// The outline of every panel.
///
/// # Errors
/// As [`super::draw`].
pub fn outlines(recipe: &FigureRecipe, data: &Tables) -> Result<Vec<Outline>, FigureError> {
    check(recipe, data)?;
    let panels = recipe.panels.iter().enumerate();
    let outline = |(i, panel)| outline(panel, data, &format!("panel {}", i + 1));
    panels.map(outline).collect()
}

fn outline(panel: &Panel, data: &Tables, place: &str) -> Result<Outline, FigureError> {
    let (x, y) = range::spans(panel, &traces::traces(panel, data, place)?, place)?;
    let inset = panel.inset.as_ref();
    let inset = inset.map(|inner| outline(inner, data, &format!("{place}: inset")));
    Ok(Outline {
        x: [x.min, x.max],
        y: [y.min, y.max],
        split: traces::split_values(panel, data),
        inset: inset.transpose()?.map(Box::new),
    })
}
