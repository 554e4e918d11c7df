//! `quenched sweep status`.

use super::super::Context;
use super::super::exit::{self, Done, NO, OK};
use super::super::output::{Output, write};
use super::count;
use crate::record::{Meta, Record, Table, Value};
use crate::sweep::{Collected, Plan, Shard, Task};
use std::path::PathBuf;

/// How far a sweep is, and what failed
///
/// A row for each file of results and one for all: its tasks, how many of them are done anywhere,
/// failed and are left; the results in the file, and how many of their rows did not converge; damaged
/// lines, and whether the last one is unfinished; seconds of computing. Exit code 0 where all is done,
/// 1 where tasks are left, with the reason of the first that failed on stderr.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct StatusStep {
    /// What was planned
    #[arg(value_name = "SPEC.toml", value_hint = clap::ValueHint::FilePath)]
    spec: PathBuf,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  quenched sweep status success.toml
  until quenched -q sweep status success.toml > status.csv; do sleep 60; done";

impl StatusStep {
    pub(super) fn run(self, context: &Context) -> Done {
        let target = self.output.target()?;
        let plan = Plan::read(&self.spec)?;
        plan.check()?;
        let collected = Collected::read(&plan)?;
        let record = Record {
            meta: Meta {
                command: context.command.clone(),
                ..Meta::default()
            },
            table: table(&plan, &collected),
        };
        write(&record, &target)?;
        if !context.quiet {
            explain(&plan, &collected);
        }
        let done = plan.tasks.iter().all(|task| collected.rows(task).is_some());
        Ok(if done { OK } else { NO })
    }
}

/// A row a journal, and one for all.
fn table(plan: &Plan, collected: &Collected) -> Table {
    let mut table = Table::new([
        "file",
        "tasks",
        "done",
        "failed",
        "left",
        "results",
        "unconverged_rows",
        "damaged",
        "unfinished",
        "seconds",
    ]);
    for found in &collected.journals {
        let name = found.path.file_name().unwrap_or_default().to_string_lossy();
        let mut row = vec![Value::from(&*name)];
        row.extend(counts(plan, collected, found.shard));
        row.extend([found.results, found.not_converged, found.damaged].map(number));
        row.extend([found.torn.into(), found.seconds.into()]);
        table.push(row);
    }
    let sum = |of: fn(&crate::sweep::JournalContent) -> usize| {
        number(collected.journals.iter().map(of).sum())
    };
    let mut row = vec![Value::from("all")];
    row.extend(counts(plan, collected, Some(Shard::ALL)));
    row.extend([
        sum(|f| f.results),
        sum(|f| f.not_converged),
        sum(|f| f.damaged),
    ]);
    row.push(collected.journals.iter().any(|f| f.torn).into());
    row.push(
        collected
            .journals
            .iter()
            .map(|f| f.seconds)
            .sum::<f64>()
            .into(),
    );
    table.push(row);
    table
}

fn number(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Tasks of a shard: how many, done, failed and left; nothing where the shard is not known.
fn counts(plan: &Plan, collected: &Collected, shard: Option<Shard>) -> Vec<Value> {
    let Some(shard) = shard else {
        return vec![Value::Null; 4];
    };
    let places = plan.tasks.iter().enumerate();
    let own: Vec<&Task> = places
        .filter(|(i, _)| shard.has(*i))
        .map(|(_, t)| t)
        .collect();
    let done = own
        .iter()
        .filter(|task| collected.rows(task).is_some())
        .count();
    let failed = own
        .iter()
        .filter(|task| collected.failure(task).is_some())
        .count();
    let left = own.len() - done - failed;
    [own.len(), done, failed, left].map(number).to_vec()
}

/// What failed, what is damaged, and results that belong to no task.
fn explain(plan: &Plan, collected: &Collected) {
    let mut failed = plan
        .tasks
        .iter()
        .filter_map(|task| Some((task, collected.failure(task)?)));
    if let Some((task, reason)) = failed.next() {
        let more = count(failed.count() + 1, "task");
        let command = task.raw.command();
        exit::note(&format!("{more} failed; the first: {command}: {reason}"));
    }
    for trouble in &collected.troubles {
        exit::note(&trouble.error().to_string());
    }
    if collected.strangers > 0 {
        let results = count(collected.strangers, "result");
        exit::note(&format!("{results} of tasks that are not in the plan"));
    }
}
