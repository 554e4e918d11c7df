//! What is wrong with a recipe, in one line.

use crate::error::one_line;

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
