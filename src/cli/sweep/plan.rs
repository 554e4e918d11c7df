//! `quenched sweep plan`.

use super::super::Context;
use super::super::exit::{self, Done, OK, print};
use super::super::model_options::Names;
use super::count;
use crate::ask::in_shell;
use crate::error::InputError;
use crate::sweep::{Plan, Scheduler, typeable};
use std::path::PathBuf;

const SHARDS: usize = 20;
const MOST: usize = 1_000_000;
/// Longest array of Slurm where its administrator set no other.
const USUAL_ARRAY: usize = 1000;

/// Write down the tasks, one a line, and a script that runs them
///
/// Writes NAME.sweep beside NAME.toml. What was planned before with another spec is refused, with
/// the difference.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct PlanStep {
    /// What to compute
    #[arg(value_name = "SPEC.toml", value_hint = clap::ValueHint::FilePath)]
    spec: PathBuf,
    /// Write a script too, NAME.sweep/WHERE.sh, for slurm, parallel (GNU) or hyperqueue
    #[arg(long = "for", value_name = "WHERE", value_parser = Names(&["slurm", "parallel", "hyperqueue"]))]
    scheduler: Option<String>,
    /// Number of shards in the script [default: 20, or that of the tasks if they are fewer]
    #[arg(
        long,
        value_name = "N",
        requires = "scheduler",
        allow_hyphen_values = true
    )]
    shards: Option<String>,
    /// Replace what was planned with another spec; results of tasks that stay are kept
    #[arg(long)]
    replan: bool,
}

const EXAMPLES: &str = "\
Examples:
  quenched sweep plan success.toml
  quenched sweep plan success.toml --for slurm --shards 20 && sh success.sweep/slurm.sh";

impl PlanStep {
    pub(super) fn run(self, context: &Context) -> Done {
        let plan = Plan::read(&self.spec)?;
        let shards = match self.shards.as_deref() {
            None => SHARDS.min(plan.tasks.len()),
            Some(text) => parse(text)?,
        };
        let scheduler = self.scheduler.as_deref().map(named).transpose()?;
        if scheduler == Some(Scheduler::Slurm) && shards > USUAL_ARRAY && !context.quiet {
            exit::note(&format!(
                "{shards} shards: an array of Slurm ends at MaxArraySize - 1, {USUAL_ARRAY} where \
                 nobody set another; the script asks before it submits"
            ));
        }
        plan.write(self.replan)?;
        let folder = plan.folder().display();
        let tasks = count(plan.tasks.len(), "task");
        let mut said = format!("{tasks} in {folder}/tasks.jsonl\n");
        if let Some(scheduler) = scheduler {
            let script = scheduler.write(&plan, shards)?;
            let shards = count(shards, "shard");
            let path = script.display().to_string();
            let start = in_shell(&typeable(&path));
            said += &format!("{shards} in {path}; start it with: sh {start}\n");
        }
        if !context.quiet {
            print(said.as_bytes())?;
        }
        Ok(OK)
    }
}

fn named(text: &str) -> Result<Scheduler, InputError> {
    let found = Scheduler::ALL.into_iter().find(|s| s.name() == text);
    let names = Scheduler::ALL.map(Scheduler::name).join(", ");
    found.ok_or_else(|| InputError::new("for", text, "no such scheduler", names))
}

fn parse(text: &str) -> Result<usize, InputError> {
    let shards = text.parse().ok().filter(|n| (1..=MOST).contains(n));
    let allowed = format!("a whole number from 1 to {MOST}");
    shards.ok_or_else(|| InputError::new("shards", text, "no number of shards", allowed))
}
