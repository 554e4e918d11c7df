//! `quenched sweep merge`.

use super::super::Context;
use super::super::exit::{self, Done, Failure, NO, NOT_CONVERGED};
use super::super::output::{Output, Target, convergence, write};
use super::count;
use crate::sweep::{Collected, Missing, Plan, merge as merged};
use std::path::PathBuf;

/// The table of all results
///
/// The rows of all tasks in the order of the plan, with the spec, the version and the seeds. Damaged
/// lines and results that contradict each other are refused. Where tasks are missing nothing is
/// written, and the exit code is 1.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct MergeStep {
    /// What was run
    #[arg(value_name = "SPEC.toml", value_hint = clap::ValueHint::FilePath)]
    spec: PathBuf,
    /// Write what there is, even if tasks are missing; the meta says how many
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  quenched sweep merge success.toml -o success.csv
  quenched sweep merge success.toml --partial --format json";

impl MergeStep {
    pub(super) fn run(self, _: &Context) -> Done {
        let target = self.output.target()?;
        let plan = Plan::read(&self.spec)?;
        plan.check()?;
        merge(&plan, &target, self.partial)
    }
}

/// Merges what was computed.
pub(super) fn merge(plan: &Plan, target: &Target, partial: bool) -> Done {
    let (record, missing) = merged(plan, &Collected::read(plan)?)?;
    if let Some(missing) = missing.filter(|_| !partial) {
        return Err(Failure {
            code: NO,
            line: line(&missing, plan),
        });
    }
    let code = convergence(&[&record.table]);
    write(&record, target)?;
    if code == NOT_CONVERGED {
        exit::note("no row converged; see the status column");
    }
    Ok(code)
}

/// What is missing, and what to do.
fn line(missing: &Missing, plan: &Plan) -> String {
    const SHOWN: usize = 3;
    let of = count(plan.tasks.len(), "task");
    let spec = &plan.spec.name;
    let mut line = format!("{spec}: {} of {of} have no result", missing.count);
    if !missing.files.is_empty() {
        let first: Vec<_> = missing
            .files
            .iter()
            .take(SHOWN)
            .map(String::as_str)
            .collect();
        let more = if missing.files.len() > SHOWN {
            ", …"
        } else {
            ""
        };
        line += &format!(", and there is no {}{more}", first.join(", "));
    }
    line += &format!("; the first: {}", missing.first);
    if let Some(failure) = &missing.failure {
        line += &format!(", which failed: {failure}");
    }
    line + "; quenched sweep run does them, --partial writes what there is"
}
