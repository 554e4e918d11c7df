//! Numbers that `quenched figure` has written before.

use super::drawing::{Drawing, folder};
use crate::ask::recipe::read_points;
use crate::error::Error;
use crate::record::{Format, Table, read_table};
use std::path::PathBuf;

/// The CSV beside a recipe, as it is, and its tables.
pub(super) struct Numbers {
    pub(super) csv: String,
    pub(super) tables: Vec<(String, Table)>,
}

/// The numbers in NAME.csv beside the recipe, or why they cannot be used.
///
/// They can be where the head of the file is the one that would be written now: this version of
/// the program, every parameter of every curve with all defaults, the seeds, the tolerances. The
/// numbers themselves are checked_status.
pub(super) fn numbers(drawing: &Drawing) -> Result<Result<Numbers, String>, Error> {
    let path = beside(drawing);
    let shown = path.display();
    if !path.exists() {
        return Ok(Err(format!("{shown}: no such file")));
    }
    let csv = read_table(&path)?;
    let mut own = Vec::new();
    let head = drawing.record(&[]).write(Format::Csv, &mut own);
    head.map_err(|e| Error::write(&path, e))?;
    let own = String::from_utf8_lossy(&own);
    if let Some(key) = difference(&own, &csv) {
        return Ok(Err(format!("{shown}: its {key} is another one")));
    }
    let reads_files = |(curve, request): &(String, crate::ask::Request)| {
        let parameters = request.parameters();
        let reads = parameters.iter().any(|(name, _)| name == "patterns");
        reads.then(|| format!("{shown}: {curve} is computed from a file, which may have changed"))
    };
    if let Some(why) = drawing.requests.iter().find_map(reads_files) {
        return Ok(Err(why));
    }
    let Ok(table) = read_points(&csv, &shown.to_string()) else {
        return Ok(Err(format!("{shown}: it is not a table")));
    };
    Ok(split(drawing, &table)
        .map(|tables| Numbers { csv, tables })
        .map_err(|why| format!("{shown}: {why}")))
}

fn beside(drawing: &Drawing) -> PathBuf {
    folder(&drawing.source).join(format!("{}.csv", drawing.recipe.name))
}

/// The first key of the head in which two files differ.
fn difference(own: &str, other: &str) -> Option<String> {
    let head = |text: &str| -> Vec<String> {
        let lines = text.lines().take_while(|line| line.starts_with('#'));
        lines.map(str::to_owned).collect()
    };
    let (own, other) = (head(own), head(other));
    let key = |line: &str| {
        let key = line.trim_start_matches(['#', ' ']).split(':').next();
        key.unwrap_or_default().to_owned()
    };
    let differs = own.iter().find(|line| !other.contains(line));
    let more = other.iter().find(|line| !own.contains(line));
    differs.or(more).map(|line| key(line))
}

/// The table of each curve.
fn split(drawing: &Drawing, joined: &Table) -> Result<Vec<(String, Table)>, String> {
    let mut tables = Vec::new();
    for (curve, _) in &drawing.requests {
        let mut table = Table::new(joined.columns().iter().cloned());
        for (i, row) in joined.rows().iter().enumerate() {
            let name = joined.get(i, "curve").and_then(|value| value.as_text());
            if name == Some(curve) {
                table.push(row.clone());
            }
        }
        if table.rows().is_empty() {
            return Err(format!("it has no row of {curve}"));
        }
        tables.push((curve.clone(), table));
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn heads_are_compared_key_by_key() {
        let own = "# version: \"1\"\n# curves: {\"a\":{\"alpha\":0.5}}\ncurve\n";
        assert_eq!(difference(own, &format!("{own}a,1\n")), None);
        assert_eq!(
            difference(own, &own.replace("0.5", "0.6")).as_deref(),
            Some("curves")
        );
        assert_eq!(
            difference(own, &own.replace("\"1\"", "\"2\"")).as_deref(),
            Some("version")
        );
        assert_eq!(difference(own, "curve\na,1\n").as_deref(), Some("version"));
        let more = own.replace("curve\n", "# wall_time_seconds: 1\ncurve\n");
        assert_eq!(difference(own, &more).as_deref(), Some("wall_time_seconds"));
    }
}
