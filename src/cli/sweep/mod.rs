//! `quenched sweep`.

mod merge;
mod plan;
mod repair;
mod run;
mod shard;
mod status;

use super::Context;
use super::exit::{Done, OK};
use super::output::Output;
use crate::error::InputError;
use crate::sweep::{Plan, Shard};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Large grids that survive: planned, resumed, shared out and merged
///
/// A spec is a TOML file with a verb and its options, written as in the recipe of a figure. Its grid
/// is cut into tasks, each a command of its own with its own random numbers, and every task's rows
/// are on the disk as soon as it is finished: after an interruption or a crash the same command does
/// what is left. The table is the same, bit for bit, however often it was interrupted, on any number
/// of threads and shared out in any way.
///
/// sweep SPEC.toml alone plans, runs and merges; the sub-verbs do one step each.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
#[command(subcommand_negates_reqs = true, disable_help_subcommand = true)]
pub(super) struct Sweep {
    #[command(subcommand)]
    step: Option<Step>,
    /// What to compute
    #[arg(required = true, value_name = "SPEC.toml", value_hint = clap::ValueHint::FilePath)]
    spec: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

#[derive(Subcommand)]
enum Step {
    Plan(plan::PlanStep),
    Run(run::RunStep),
    Status(status::StatusStep),
    Merge(merge::MergeStep),
    Repair(repair::RepairStep),
}

const EXAMPLES: &str = "\
A spec, success.toml:
  title = \"Success of two algorithms\"    # may be left out
  verb = \"simulate\"
  quantity = [\"reinforced-bp\", \"sbpi\"]   # options of one value may be lists here
  n = [1001, 2001]
  alpha = \"0.6:0.02:0.76\"
  samples = 20
  seed = 7
Several runs stand in tables [data.NAME], and the column curve names them; the recipe of a figure is
a spec too. A task is a grid point, for each reference, size and sample; with summary = true it has all
samples of a point, of local-entropy it is a whole curve, of solve with branches = \"all\" a line of the
last axis. Random numbers: streams = \"own\" (default) gives every grid point a seed of its own, made of
the spec's seed and the point; with streams = \"shared\" all have the spec's, as in one command.

Files, in success.sweep beside the spec: plan.json, the spec as planned; tasks.jsonl, the tasks;
shards/*.jsonl, the results. A spec that changed since is refused; sweep plan --replan takes the new
one, and keeps the results of tasks that stay.

Examples:
  All of it, on all cores; again after an interruption:
    quenched sweep success.toml -o success.csv
  On a cluster with Slurm, 20 jobs and a merge after them:
    quenched sweep plan success.toml --for slurm --shards 20
    sh success.sweep/slurm.sh --time=1:00:00
  One of four shards by hand, and how far all are:
    quenched sweep plan success.toml
    quenched sweep run success.toml --shard 1/4
    quenched sweep status success.toml
  The table when all are done:
    quenched sweep merge success.toml -o success.parquet";

impl Sweep {
    pub(super) fn run(self, context: &Context) -> Done {
        match (self.step, self.spec) {
            (Some(Step::Plan(step)), _) => step.run(context),
            (Some(Step::Run(step)), _) => step.run(context),
            (Some(Step::Status(step)), _) => step.run(context),
            (Some(Step::Merge(step)), _) => step.run(context),
            (Some(Step::Repair(step)), _) => step.run(context),
            (None, Some(spec)) => {
                let target = self.output.target()?;
                let plan = Plan::read(&spec)?;
                plan.write(false)?;
                match run::run(&plan, Shard::ALL, context)? {
                    OK => merge::merge(&plan, &target, false),
                    code => Ok(code),
                }
            }
            (None, None) => {
                let reason = "what to compute is missing";
                Err(InputError::missing("SPEC", reason, "a file such as sweep.toml").into())
            }
        }
    }
}

/// `1 task`, `2 tasks`.
fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
