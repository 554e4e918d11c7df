//! The recipe of a figure: what is computed, what is drawn, how large it is printed.
//!
//! A recipe is a TOML file written by hand. `[data.NAME]` says where numbers come from (a verb of
//! the command line with its options, or a file of the user's own points); each `[[panel]]` says
//! how they are drawn. Every key is optional unless its documentation says that it is required.

mod explanation;
mod marks;
mod panel;
mod points;
mod size;
mod source;
mod value;

use std::collections::BTreeMap;

use crate::error::one_line;
use serde::Deserialize;

pub use explanation::Explanation;
pub use marks::{Anchor, Curve, Line, LineStyle, Marker, Note, Shade, Side};
pub use panel::{Axis, LegendPlace, Panel, Scale, TickFormat};
pub use points::read_points;
pub use size::{COLUMNS, Size};
pub use source::{Run, Source};
pub use value::{
    COLOR_NAMES, Color, Condition, Coordinate, Edge, Level, Literal, Match, Reference, Ticks,
};

/// A recipe that cannot be used, as one line: file, place, what was written and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecipeError(String);

impl RecipeError {
    /// An error with this message; line breaks become spaces.
    pub fn new(message: impl AsRef<str>) -> Self {
        let words: Vec<_> = message.as_ref().split_whitespace().collect();
        RecipeError(one_line(&words.join(" ")))
    }
}

/// A whole figure.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureRecipe {
    /// A title for catalogues; stored in the file, not drawn.
    #[serde(default)]
    pub title: String,
    /// The caption; stored in the file, not drawn.
    #[serde(default)]
    pub caption: String,
    /// `[notebook]`: the physics, for the notebook of the figure.
    #[serde(default)]
    pub notebook: Explanation,
    /// Printed size and base font.
    #[serde(default)]
    pub size: Size,
    /// Panels in a row of the grid (default: all in one row).
    pub columns: Option<usize>,
    /// Whether panels carry (a), (b), … (default: where there are several).
    pub letters: Option<bool>,
    /// Where the numbers come from, by name.
    #[serde(default)]
    pub data: BTreeMap<String, Source>,
    /// The panels, row by row. Required.
    #[serde(rename = "panel")]
    pub panels: Vec<Panel>,
}

impl FigureRecipe {
    /// Reads a recipe; `name` is the file's name as errors shall show it.
    ///
    /// # Errors
    /// One line that names the file, the line and column, the key and what is allowed there.
    pub fn parse(text: &str, name: &str) -> Result<Self, RecipeError> {
        let recipe: Self = toml::from_str(text).map_err(|e| located(&e, text, name))?;
        recipe
            .check()
            .map_err(|message| RecipeError::new(format!("{name}: {message}")))?;
        Ok(recipe)
    }

    /// Hands every run (not files) to `check`, which knows verbs and options.
    ///
    /// # Errors
    /// The first message of `check`, as one line with the file and the name of the data.
    pub fn check_runs(
        &self,
        name: &str,
        mut check: impl FnMut(&Run) -> Result<(), String>,
    ) -> Result<(), RecipeError> {
        for (data, source) in &self.data {
            if let Source::Run(run) = source {
                check(run).map_err(|m| RecipeError::new(format!("{name}: [data.{data}]: {m}")))?;
            }
        }
        Ok(())
    }

    /// Rows and columns of the grid of panels.
    pub fn grid(&self) -> (usize, usize) {
        let columns = self.columns.unwrap_or(self.panels.len()).max(1);
        (self.panels.len().div_ceil(columns), columns)
    }

    /// Whether panels carry letters.
    pub fn lettered(&self) -> bool {
        self.letters.unwrap_or(self.panels.len() > 1)
    }

    fn check(&self) -> Result<(), String> {
        self.size.check()?;
        if self.panels.is_empty() {
            return Err("a figure has at least one [[panel]]".into());
        }
        if let Some(columns) = self.columns
            && !(1..=self.panels.len()).contains(&columns)
        {
            let most = self.panels.len();
            return Err(format!(
                "columns = {columns}: must lie between 1 and the {most} panels"
            ));
        }
        if self.panels.len() > 26 {
            return Err(format!("{} panels: at most 26", self.panels.len()));
        }
        for (i, panel) in self.panels.iter().enumerate() {
            panel
                .check(self, false)
                .map_err(|message| format!("panel {}: {message}", i + 1))?;
        }
        Ok(())
    }

    /// That a panel's data name exists.
    fn has_data(&self, name: &str) -> Result<(), String> {
        if self.data.contains_key(name) {
            return Ok(());
        }
        let known: Vec<&str> = self.data.keys().map(String::as_str).collect();
        Err(format!(
            "data = \"{name}\": no such table, the recipe has [data.…] for: {}",
            known.join(", ")
        ))
    }
}

/// `file:line:column: text of that line: what is wrong`, on one line.
pub(crate) fn located(error: &toml::de::Error, text: &str, name: &str) -> RecipeError {
    let message = error.message();
    let Some(span) = error.span() else {
        return RecipeError::new(format!("{name}: {message}"));
    };
    let start = span.start.min(text.len());
    let before = &text[..start];
    let line = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let column = text[line_start..start].chars().count() + 1;
    let written = text[line_start..].lines().next().unwrap_or("").trim();
    RecipeError::new(format!("{name}:{line}:{column}: `{written}`: {message}"))
}

#[cfg(test)]
mod tests;
