//! What a figure is drawn from.

use std::collections::BTreeMap;

use crate::record::Table;

/// Tables by the name under which a recipe refers to them.
pub type Tables = BTreeMap<String, Table>;
