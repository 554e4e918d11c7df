//! `quenched sweep run`.

use super::super::Context;
use super::super::exit::{self, Done, Failure, INTERRUPTED, NO, OK};
use super::super::threads::within;
use super::super::watch::{Watch, interruptible};
use super::count;
use super::shard::shard;
use crate::answer::check_memory;
use crate::ask::Request;
use crate::sweep::{Collected, Journal, Plan, Shard, Task, Worked, work};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Do the tasks that are left, or those of one shard
///
/// Uses all cores, and writes each task's rows to the shard's own file as soon as they are there.
/// Interrupted or killed, the same command goes on; tasks that failed are tried again. Exit code 1
/// where tasks failed.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct RunStep {
    /// What was planned
    #[arg(value_name = "SPEC.toml", value_hint = clap::ValueHint::FilePath)]
    spec: PathBuf,
    /// Every n-th task only, counted from 0 or from 1 [default: in a job array of Slurm the job's
    /// place in it, else all]
    #[arg(long, value_name = "i/n", allow_hyphen_values = true)]
    shard: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  quenched sweep run success.toml
  quenched sweep run success.toml --shard 3/20 --threads 4";

impl RunStep {
    pub(super) fn run(self, context: &Context) -> Done {
        let shard = shard(self.shard.as_deref())?;
        let plan = Plan::read(&self.spec)?;
        plan.check()?;
        run(&plan, shard, context)
    }
}

/// Does what is left of a shard.
pub(super) fn run(plan: &Plan, shard: Shard, context: &Context) -> Done {
    let journal = Journal::open(&plan.journal(shard))?;
    if journal.repaired {
        let path = plan.journal(shard);
        exit::note(&format!(
            "{}: its last line was not finished; its task is done again",
            path.display()
        ));
    }
    let collected = Collected::read(plan)?;
    let left = left(plan, shard, &collected);
    context.explain(|| format!("{} to do", count(left.len(), "task")));
    let total = left.len();
    let worked = match compute(left, journal, plan, context)? {
        Some(worked) if !worked.interrupted => worked,
        _ => {
            let now = Collected::read(plan)?;
            let left = self::left(plan, shard, &now).len();
            let done = total - left;
            let line = format!(
                "interrupted after {done} of {}; they are saved, the same command goes on",
                count(total, "task")
            );
            return Err(Failure {
                code: INTERRUPTED,
                line,
            });
        }
    };
    context.explain(|| format!("{} done", count(worked.done, "task")));
    match worked.failed {
        None => Ok(OK),
        Some((first, failed)) => {
            exit::note(&format!(
                "{failed} of {} failed; the first: {first}",
                count(total, "task")
            ));
            Ok(NO)
        }
    }
}

/// The tasks of a shard that have no result, each once.
fn left(plan: &Plan, shard: Shard, collected: &Collected) -> Vec<Task> {
    let mut seen = HashSet::new();
    let places = plan.tasks.iter().enumerate();
    let own = places.filter(|(place, _)| shard.has(*place));
    own.map(|(_, task)| task)
        .filter(|task| collected.rows(task).is_none() && seen.insert(task.id.clone()))
        .cloned()
        .collect()
}

/// None where it does not stop soon after Ctrl-C.
fn compute(
    left: Vec<Task>,
    journal: Journal,
    plan: &Plan,
    context: &Context,
) -> Result<Option<Worked>, Failure> {
    let watch = Arc::new(Watch::new(&plan.name(), context.quiet));
    let (threads, observer) = (context.threads, Arc::clone(&watch));
    let runs = plan.spec.runs.iter().flat_map(|run| run.combinations());
    let requests = runs
        .map(|raw| Request::new(&raw))
        .collect::<Result<Vec<_>, _>>()?;
    let result = interruptible(move || {
        within(threads, || {
            if !left.is_empty() {
                for request in &requests {
                    check_memory(request).map_err(|e| Failure::bad_input(e.to_string()))?;
                }
            }
            let tasks: Vec<&Task> = left.iter().collect();
            Ok(work(&tasks, journal, observer.as_ref())?)
        })
    });
    watch.close();
    match result {
        None => Ok(None),
        Some(Ok(worked)) => worked.map(Some),
        Some(Err(failure)) => Err(failure),
    }
}
