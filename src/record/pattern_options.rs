//! The options that name a user's own patterns.

/// Patterns.
pub(crate) const PATTERNS: &str = "patterns";
/// Labels kept apart from them.
pub(crate) const LABELS: &str = "labels";
/// The column of labels among them.
pub(crate) const LABEL_COLUMN: &str = "label-column";
/// Patterns that nothing is learned from.
pub(crate) const TEST: &str = "test";
