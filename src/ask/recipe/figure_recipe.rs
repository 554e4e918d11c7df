//! A whole recipe, read and checked.

use super::explanation::Explanation;
use super::panel::Panel;
use super::recipe_error::{RecipeError, located};
use super::size::Size;
use super::source::{Run, Source, Sources};
use serde::Deserialize;

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
    pub data: Sources,
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
                .check(&self.data, false)
                .map_err(|message| format!("panel {}: {message}", i + 1))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "figure_recipe_tests.rs"]
mod tests;
