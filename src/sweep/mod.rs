//! Large grids as many small tasks: planned, worked off by any number of processes, merged.
//!
//! | file | holds |
//! | --- | --- |
//! | `spec` | what is asked: a TOML file |
//! | `task` | the tasks that it makes, each a command of its own |
//! | `plan` | the folder of a sweep, and what was planned there |
//! | `shard` | which of the tasks are whose |
//! | `journal` | the results of one shard, a line a task |
//! | `work` | the tasks of a shard, done on all threads |
//! | `collect` | all journals together: what is done, what failed, what contradicts |
//! | `merge` | the table |
//! | `repair` | damaged journals |
//! | `template` | scripts for schedulers |

mod codec;
mod collect;
mod digest;
mod journal;
mod merge;
mod plan;
mod repair;
#[cfg(test)]
#[path = "scratch_tests.rs"]
mod scratch;
mod shard;
mod spec;
mod task;
mod template;
mod work;

pub use collect::{Collected, JournalContent, Trouble};
pub use journal::Journal;
pub use merge::{Missing, merge, missing};
pub use plan::{Plan, typeable};
pub use repair::repair;
pub use shard::Shard;
pub use spec::{Run, Spec, Streams};
pub use task::{Task, tasks};
pub use template::Scheduler;
pub use work::{Worked, work};
