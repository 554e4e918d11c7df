//! What the verbs that read recipes share: checking, computing, and the record of what came out.

use super::Context;
use super::engine;
use super::exit::Failure;
use super::output::compute;
use crate::ask::{RawRequest, Request, in_shell};
use crate::error::{Error, InputError, shown};
use crate::record::{Destination, Meta, Record, Table, Value};
use std::path::{Path, PathBuf};

/// A recipe with everything checked that can be checked before computing.
pub(super) struct Drawing {
    pub(super) recipe: engine::Recipe,
    pub(super) source: PathBuf,
    pub(super) requests: Vec<(String, Request)>,
}

impl Drawing {
    /// Reads and checks a recipe.
    pub(super) fn load(path: &Path) -> Result<Self, Failure> {
        let recipe = engine::load(path)?;
        let validate = |(curve, raw): &(String, RawRequest)| {
            let place = format!("{}, {curve}", path.display());
            let raw = RawRequest {
                folder: folder(path).to_owned(),
                ..raw.clone()
            };
            let request = Request::new(&raw).map_err(|error| error.at(place))?;
            Ok((curve.clone(), request))
        };
        let requests = recipe.curves.iter().map(validate);
        let requests = requests.collect::<Result<Vec<_>, Error>>()?;
        engine::check(&recipe, &requests)?;
        refuse_path(&recipe.name, path)?;
        Ok(Drawing {
            source: path.to_owned(),
            requests,
            recipe,
        })
    }

    /// The tables of all curves, or none where the user interrupted.
    pub(super) fn compute(
        &self,
        context: &Context,
    ) -> Result<Option<Vec<(String, Table)>>, Failure> {
        let mut tables = Vec::new();
        for (curve, request) in &self.requests {
            let label = format!("{} {curve}", self.recipe.name);
            let result = compute(request, &label, context).map_err(|failure| Failure {
                line: format!("{}, {curve}: {}", self.source.display(), failure.line),
                ..failure
            })?;
            match result {
                Ok(table) => tables.push((curve.clone(), table)),
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(tables))
    }

    /// All tables in one; nothing in it depends on where, when or how fast it was made.
    pub(super) fn record(&self, tables: &[(String, Table)]) -> Record {
        let file = self
            .source
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let asked = self.requests.iter();
        let meta = Meta {
            command: format!("quenched figure {}", in_shell(&file)),
            curves: asked.map(|(c, r)| (c.clone(), r.parameters())).collect(),
            tolerances: engine::tolerances(),
            ..Meta::default()
        };
        Record {
            meta,
            table: tidy(tables),
        }
    }
}

/// The folder that a recipe lies in.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// The tables under each other, the union of their columns after a first column `curve`.
fn tidy(tables: &[(String, Table)]) -> Table {
    let mut columns = vec!["curve".to_owned()];
    for name in tables.iter().flat_map(|(_, table)| table.columns()) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let mut joined = Table::new(columns.clone());
    for (curve, table) in tables {
        for i in 0..table.rows().len() {
            let cell = |name: &String| table.get(i, name).cloned().unwrap_or(Value::Null);
            let mut row = vec![Value::from(curve.as_str())];
            row.extend(columns[1..].iter().map(cell));
            joined.push(row);
        }
    }
    joined
}

/// A name may not lead out of the folder.
fn refuse_path(name: &str, path: &Path) -> Result<(), Error> {
    if Path::new(name).file_name() == Some(name.as_ref()) {
        return Ok(());
    }
    let (file, name) = (path.display(), shown(name));
    Err(Error::Recipe(format!(
        "{file}: name {name}: not a file's name; allowed: a name without folders"
    )))
}

/// Two recipes must not write the same file.
pub(super) fn refuse_collisions(files: &[(&Path, &Destination)]) -> Result<(), InputError> {
    for (i, (source, file)) in files.iter().enumerate() {
        if let Some((first, _)) = files[..i].iter().find(|(_, other)| other == file) {
            return Err(InputError::new(
                "RECIPE",
                source.display().to_string(),
                format!(
                    "writes the same {} as {}",
                    file.path().display(),
                    first.display()
                ),
                "recipes of different names, each once",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_joined_by_the_union_of_their_columns() {
        let mut first = Table::new(["alpha", "q"]);
        first.push(vec![0.5.into(), 0.25.into()]);
        let mut second = Table::new(["kappa", "alpha"]);
        second.push(vec![1.0.into(), 2.0.into()]);
        let joined = tidy(&[("a".to_owned(), first), ("b".to_owned(), second)]);
        assert_eq!(joined.columns(), ["curve", "alpha", "q", "kappa"]);
        let rows = [
            vec!["a".into(), 0.5.into(), 0.25.into(), Value::Null],
            vec!["b".into(), 2.0.into(), Value::Null, 1.0.into()],
        ];
        assert_eq!(joined.rows(), rows);
    }
}
