//! `quenched sweep repair`.

use super::super::Context;
use super::super::exit::{Done, OK, print};
use super::count;
use crate::sweep::{Plan, repair};
use std::path::PathBuf;

/// Set damaged and contradicting results aside
///
/// Moves lines that are not what was written, and all results of tasks that have different ones, to
/// NAME.jsonl.damaged beside their file. sweep run then does their tasks again.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct RepairStep {
    /// What was run
    #[arg(value_name = "SPEC.toml", value_hint = clap::ValueHint::FilePath)]
    spec: PathBuf,
}

impl RepairStep {
    pub(super) fn run(self, context: &Context) -> Done {
        let plan = Plan::read(&self.spec)?;
        plan.check()?;
        let moved = repair(&plan)?;
        let mut said = String::new();
        for (path, lines) in &moved {
            said += &format!("{} moved to {}\n", count(*lines, "line"), path.display());
        }
        if moved.is_empty() {
            said = "nothing is damaged\n".to_owned();
        }
        if !context.quiet {
            print(said.as_bytes())?;
        }
        Ok(OK)
    }
}
