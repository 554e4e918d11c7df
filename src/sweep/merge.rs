//! The table of a sweep: the rows of all tasks in the order of the plan, whoever did them and when.

use super::collect::Collected;
use super::plan::{Plan, typed};
use super::task::Task;
use crate::answer::{empty, tolerances};
use crate::ask::Request;
use crate::error::Error;
use crate::record::{Meta, Record, Table, Value};
use std::collections::HashMap;

/// First column where there are several runs, as in the table of a figure.
const CURVE: &str = "curve";

/// Tasks without a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The first of them, as a command.
    pub first: String,
    /// How many there are.
    pub count: usize,
    /// Why the first failed, where it did.
    pub failure: Option<String>,
    /// Journals of other shards are there, these are not.
    pub files: Vec<String>,
}

/// The first tasks that have no result, if there are any.
pub fn missing(plan: &Plan, collected: &Collected) -> Option<Missing> {
    let without = |task: &&Task| collected.rows(task).is_none();
    let mut tasks = plan.tasks.iter().filter(without);
    let first = tasks.next()?;
    let shards = collected.journals.iter().filter_map(|found| found.shard);
    let widest = shards.clone().max_by_key(|shard| shard.siblings().count());
    let absent = widest.into_iter().flat_map(|shard| shard.siblings());
    let absent = absent.filter(|shard| shards.clone().all(|there| there != *shard));
    Some(Missing {
        first: first.raw.command(),
        count: tasks.count() + 1,
        failure: collected.failure(first).map(str::to_owned),
        files: absent.map(super::Shard::file).collect(),
    })
}

/// The record of a sweep, with the rows that there are. Equal results give equal bytes: nothing in
/// it tells when, where or in how many pieces it was computed.
///
/// # Errors
/// Journals with troubles, or with rows that are none of their task's.
pub fn merge(plan: &Plan, collected: &Collected) -> Result<(Record, Option<Missing>), Error> {
    collected.check()?;
    let table = table(plan, collected)?;
    let missing = missing(plan, collected);
    let runs = plan.spec.runs.iter();
    let mut meta = Meta {
        command: format!("quenched sweep {}", crate::ask::in_shell(&plan.file())),
        tolerances: tolerances(),
        spec: Some(plan.spec.text.clone()),
        missing_tasks: missing.as_ref().map(|missing| missing.count),
        ..Meta::default()
    };
    for run in runs {
        match &run.data {
            Some(data) => meta.curves.push((data.clone(), typed(&run.raw))),
            None => {
                let seed = run.raw.options.iter().find(|(name, _)| name == "seed");
                meta.seed = seed.and_then(|(_, text)| text.parse().ok());
                meta.parameters = typed(&run.raw);
            }
        }
    }
    Ok((Record { meta, table }, missing))
}

/// The rows that there are, with the union of the columns of all tasks.
pub fn table(plan: &Plan, collected: &Collected) -> Result<Table, Error> {
    let several = plan.spec.runs.iter().any(|run| run.data.is_some());
    let mut names: Vec<String> = several.then(|| CURVE.to_owned()).into_iter().collect();
    let mut layouts = HashMap::new();
    let mut layout_of = Vec::with_capacity(plan.tasks.len());
    for task in &plan.tasks {
        let columns = empty(&Request::new(&task.raw)?).columns().to_vec();
        for name in &columns {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let next = layouts.len();
        layout_of.push(*layouts.entry(columns).or_insert(next));
    }
    let mut places = vec![Vec::new(); layouts.len()];
    for (columns, i) in layouts {
        let place = |name: &String| names.iter().position(|n| n == name);
        places[i] = columns.iter().filter_map(place).collect();
    }
    let mut table = Table::new(names.clone());
    for (task, layout) in plan.tasks.iter().zip(layout_of) {
        let places = &places[layout];
        for cells in collected.rows(task).unwrap_or_default() {
            if cells.len() != places.len() {
                let (task, folder) = (&task.id, plan.folder().display());
                let line = format!("{folder}: rows of task {task} have other columns than it");
                return Err(Error::Damaged(line));
            }
            let mut row = vec![Value::Null; names.len()];
            if let (true, Some(data)) = (several, &plan.spec.runs[task.run].data) {
                row[0] = data.as_str().into();
            }
            for (place, cell) in places.iter().zip(cells) {
                row[*place] = cell.clone();
            }
            table.push(row);
        }
    }
    Ok(table)
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
