//! Scripts that run the shards of a sweep side by side. They are short on purpose: to be read, and
//! changed.

use super::plan::Plan;
use crate::ask::in_shell;
use crate::error::Error;
use crate::record::Destination;
use std::path::PathBuf;

/// What starts the shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    /// An array of Slurm, with a merge that waits for it.
    Slurm,
    /// GNU parallel on one machine.
    Parallel,
    /// HyperQueue.
    HyperQueue,
}

impl Scheduler {
    /// All of them.
    pub const ALL: [Scheduler; 3] = [Scheduler::Slurm, Scheduler::Parallel, Scheduler::HyperQueue];

    /// Its name as typed.
    pub fn name(self) -> &'static str {
        match self {
            Scheduler::Slurm => "slurm",
            Scheduler::Parallel => "parallel",
            Scheduler::HyperQueue => "hyperqueue",
        }
    }

    /// The script for a number of shards.
    pub fn script(self, plan: &Plan, shards: usize) -> String {
        let text = match self {
            Scheduler::Slurm => SLURM,
            Scheduler::Parallel => PARALLEL,
            Scheduler::HyperQueue => HYPERQUEUE,
        };
        let name = plan.name();
        text.replace("SPEC", &in_shell(&plan.file()))
            .replace("NAME", &in_shell(&name))
            .replace("FOLDER", &in_shell(&format!("{name}.sweep")))
            .replace("SHARDS", &shards.to_string())
    }

    /// Writes the script into the folder of the sweep.
    ///
    /// # Errors
    /// What the system reports.
    pub fn write(self, plan: &Plan, shards: usize) -> Result<PathBuf, Error> {
        let path = plan.folder().join(format!("{}.sh", self.name()));
        Destination::new(&path)?.write(self.script(plan, shards).as_bytes())?;
        Ok(path)
    }
}

const SLURM: &str = "\
#!/bin/sh
# An array of SHARDS jobs and the merge of their shards: sh slurm.sh, with options of sbatch for each.
# Submitted again it does what is left.
set -eu
cd \"$(dirname \"$0\")/..\"
export spec=SPEC
array=$(sbatch --parsable --job-name=NAME --array=1-SHARDS --output=FOLDER/slurm-%a.log \"$@\" \\
    --wrap='quenched sweep run \"$spec\" --threads \"${SLURM_CPUS_PER_TASK:-1}\"')
sbatch --job-name=NAME --dependency=\"afterok:$array\" --output=FOLDER/slurm-merge.log \"$@\" \\
    --wrap='quenched sweep merge \"$spec\" -o \"${spec%.*}.sweep/table.csv\"'
";

const PARALLEL: &str = "\
#!/bin/sh
# SHARDS shards on this machine by GNU parallel, and their merge: sh parallel.sh, with options of
# parallel, such as --jobs 4 or --sshloginfile. Started again it does what is left.
set -eu
cd \"$(dirname \"$0\")/..\"
parallel --joblog FOLDER/parallel.log --resume-failed \"$@\" \\
    quenched sweep run --threads 1 SPEC --shard {}/SHARDS ::: $(seq SHARDS)
quenched sweep merge SPEC -o FOLDER/table.csv
";

const HYPERQUEUE: &str = "\
#!/bin/sh
# SHARDS shards on the workers of HyperQueue, and their merge: sh hyperqueue.sh, with options of
# hq submit, such as --cpus=2. Submitted again it does what is left.
set -eu
cd \"$(dirname \"$0\")/..\"
hq submit --wait --name=NAME --array=1-SHARDS --stdout=FOLDER/hq-%{TASK_ID}.log --stderr=none \"$@\" \\
    -- sh -c 'quenched sweep run --threads 1 \"$0\" --shard \"$HQ_TASK_ID/SHARDS\"' SPEC
quenched sweep merge SPEC -o FOLDER/table.csv
";

#[cfg(test)]
mod tests {
    use super::super::scratch::Folder;
    use super::*;

    #[test]
    fn scripts_are_short_and_name_the_sweep() {
        let folder = Folder::new("template");
        let plan = folder.plan("verb = 'classifiers'\nalpha = [1, 2]");
        for scheduler in Scheduler::ALL {
            let path = scheduler.write(&plan, 20).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(text, scheduler.script(&plan, 20));
            assert!(text.lines().count() <= 11, "{text}");
            assert!(text.contains("20") && text.contains("a.toml") && text.contains("a.sweep"));
            for left in ["SPEC ", "NAME", "FOLDER", "SHARDS"] {
                assert!(!text.contains(left), "{left} in {text}");
            }
        }
    }
}
