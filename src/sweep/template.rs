//! Scripts that run the shards of a sweep side by side. They are short on purpose: to be read, and
//! changed.

use super::journal::refuse_link;
use super::plan::Plan;
use crate::ask::{in_comment, in_parallel, in_shell};
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
        let spec = plan.file_name();
        // What a scheduler shows of a job is a word, not a path.
        let name = in_shell(&in_comment(&plan.name()));
        match self {
            Scheduler::Slurm => slurm(&name, &spec, shards),
            Scheduler::Parallel => parallel(&spec, shards),
            Scheduler::HyperQueue => hyperqueue(&name, &spec, shards),
        }
    }

    /// Writes the script into the folder of the sweep.
    ///
    /// # Errors
    /// A name that the scheduler does not take, or what the system reports.
    pub fn write(self, plan: &Plan, shards: usize) -> Result<PathBuf, Error> {
        // Slurm looks for its marks in the whole path of a log.
        if self == Scheduler::Slurm && plan.name().contains(['%', '\\']) {
            let line = "Slurm takes a % or \\ in the name for a mark; allowed: a name without them";
            return Err(Error::Recipe(format!("{}: {line}", plan.file())));
        }
        let path = plan.folder().join(format!("{}.sh", self.name()));
        refuse_link(&path)?;
        Destination::new(&path)?.write(self.script(plan, shards).as_bytes())?;
        Ok(path)
    }
}

// All words are put in at once, each quoted for those who read it one after the other: what stands
// in a name is never looked at again. The scripts work in the folder of the sweep, so that the marks
// by which schedulers number files (%) meet no name.

fn slurm(name: &str, spec: &str, shards: usize) -> String {
    let (word, spec) = (in_shell(spec), in_shell(&format!("../{spec}")));
    let run = format!("quenched sweep run {spec} --threads \"${{SLURM_CPUS_PER_TASK:-1}}\"");
    let merge = format!("quenched sweep merge {spec} -o table.csv");
    let [run, merge] = [run, merge].map(|command| in_shell(&command));
    format!(
        r#"#!/bin/sh
# An array of {shards} jobs and the merge of their shards: sh slurm.sh, with options of sbatch for both,
# and options of the merge alone as --merge=--mem=2G. Submitted again it does what is left.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
spec={word}
unset SBATCH_ARRAY_INX
most=$(scontrol show config 2>/dev/null | sed -n 's/^MaxArraySize *= *//p')
if [ {shards} -ge "${{most:-{above}}}" ]; then
    printf '%s: {shards} shards, but arrays of this Slurm end at %s (MaxArraySize): plan fewer --shards\n' "$spec" $((most - 1)) >&2
    exit 1
fi
array() {{
    for option; do
        shift
        case $option in --merge=*) ;; *) set -- "$@" "$option" ;; esac
    done
    sbatch --parsable --job-name={name} --array=1-{shards} --output=slurm-%a.log "$@" \
        --wrap={run}
}}
# The merge is no array, and waits for nothing but the array; it is given up where a shard fails.
merge() {{
    next=
    for option; do
        shift
        case $next$option in
            -a | --ar | --arr | --arra | --array) next=value ;;
            value*) next= ;;
            -a* | --ar*=*) ;;
            *) set -- "$@" "${{option#--merge=}}" ;;
        esac
    done
    sbatch --job-name={name} --output=slurm-merge.log "$@" --kill-on-invalid-dep=yes \
        --dependency="afterok:${{job%%;*}}" --wrap={merge}
}}
job=$(array "$@")
merge "$@"
"#,
        above = shards + 1,
    )
}

fn parallel(spec: &str, shards: usize) -> String {
    let (word, spec) = (in_parallel(&format!("../{spec}")), in_shell(spec));
    format!(
        r#"#!/bin/sh
# {shards} shards on this machine by GNU parallel, and their merge: sh parallel.sh, with options of
# parallel, such as --jobs 4 or --sshloginfile. Started again it does what is left.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
spec={spec}
export PARALLEL_SHELL=/bin/sh
parallel --joblog parallel.log --resume-failed "$@" \
    quenched sweep run --threads 1 {word} --shard {{}}/{shards} ::: $(seq {shards})
quenched sweep merge "../$spec" -o table.csv
"#
    )
}

fn hyperqueue(name: &str, spec: &str, shards: usize) -> String {
    let spec = in_shell(spec);
    format!(
        r#"#!/bin/sh
# {shards} shards on the workers of HyperQueue, and their merge: sh hyperqueue.sh, with options of
# hq submit, such as --cpus=2. Submitted again it does what is left.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
spec={spec}
hq submit --wait --name={name} --array=1-{shards} --stdout=hq-%{{TASK_ID}}.log --stderr=none "$@" \
    -- sh -c 'quenched sweep run --threads 1 "$0" --shard "$HQ_TASK_ID/{shards}"' "../$spec"
quenched sweep merge "../$spec" -o table.csv
"#
    )
}

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
            assert!(text.lines().count() <= 40, "{text}");
            assert!(text.contains("20") && text.contains("a.toml"));
        }
    }
}
