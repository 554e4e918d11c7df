//! `[notebook]`: what the notebook of a figure says about the physics.

use serde::Deserialize;

/// The physics of a figure in words, and the equations that belong to it; stored in the file, not
/// drawn.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Explanation {
    /// Markdown; TeX between `$…$` and `$$…$$`.
    pub text: String,
    /// Tags of equations of the theory book, such as `"RS.3"`; they are shown with the words
    /// around them.
    pub theory: Vec<String>,
}
