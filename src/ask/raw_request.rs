//! A request as typed: a verb, what it is to find, and options by their long names.

use std::path::PathBuf;

/// A request as typed, on the command line or in a recipe.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawRequest {
    /// `solve`, `threshold`, `local-entropy`, `simulate`, `classifiers` or `validate`.
    pub verb: String,
    /// What `threshold` is to find, or `simulate` to run.
    pub quantity: Option<String>,
    /// Options by long name without dashes, in the order given; grid parameters vary in this
    /// order, the last one fastest.
    pub options: Vec<(String, String)>,
    /// Where names of files start from: the folder of a recipe; empty for the current one.
    pub folder: PathBuf,
}

impl RawRequest {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.options.iter().find(|(option, _)| option == name);
        found.map(|(_, value)| value.as_str())
    }
}
