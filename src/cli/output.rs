//! Where an answer goes and in what format, and the path of a request to its answer.

use super::Context;
use super::engine::{self, Kept};
use super::exit::{self, Done, Failure, INTERRUPTED, NOT_CONVERGED, OK};
use super::kept_files::KeptFiles;
use super::model_options::Names;
use super::readable;
use super::threads::within;
use super::watch::{Watch, interruptible};
use crate::answer::{RunError, empty};
use crate::ask::{RawRequest, Request};
use crate::error::InputError;
use crate::record::{Destination, Format, Record, Table};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Options of verbs that answer with a table.
#[derive(clap::Args)]
pub(super) struct Output {
    /// Write to this file, whole or not at all; its ending names the format
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Output")]
    output: Option<PathBuf>,
    /// Format of the data [default: that of the file's ending, else a table on a terminal, else csv]
    #[arg(long, value_name = "NAME", value_parser = Names(FORMATS), help_heading = "Output")]
    format: Option<String>,
}

#[cfg(feature = "parquet")]
const FORMATS: &[&str] = &["csv", "json", "parquet"];
#[cfg(not(feature = "parquet"))]
const FORMATS: &[&str] = &["csv", "json"];

/// Where the answer goes, checked before anything is computed.
pub(super) enum Target {
    File(Destination, Format),
    Stdout(Format),
    Terminal,
}

impl Output {
    /// Checks where the answer goes.
    pub(super) fn target(&self) -> Result<Target, Failure> {
        let format = self.format.as_deref().map(parse_format).transpose()?;
        let Some(path) = &self.output else {
            let terminal = io::stdout().is_terminal();
            return match format {
                Some(format) if terminal && !format.is_text() => Err(InputError::new(
                    "format",
                    format.name(),
                    "not for a terminal",
                    "a file with -o FILE, or a pipe",
                )
                .into()),
                None if terminal => Ok(Target::Terminal),
                format => Ok(Target::Stdout(format.unwrap_or(Format::Csv))),
            };
        };
        let shown = path.display().to_string();
        let format = match (format, Format::of_path(path)) {
            (Some(a), Some(b)) if a != b => {
                let reason = format!("contradicts --output {shown}");
                return Err(InputError::new("format", a.name(), reason, b.name()).into());
            }
            (Some(format), _) | (None, Some(format)) => format,
            (None, None) => {
                let allowed = format!(".{}, or any ending with --format", FORMATS.join(", ."));
                let reason = "its ending names no format";
                return Err(InputError::new("output", shown, reason, allowed).into());
            }
        };
        Ok(Target::File(Destination::new(path)?, format))
    }
}

fn parse_format(text: &str) -> Result<Format, InputError> {
    let refuse = || InputError::new("format", text, "no such format", FORMATS.join(", "));
    Format::parse(text).ok_or_else(refuse)
}

/// Validates a request, computes its table and writes it.
pub(super) fn answer(raw: &RawRequest, output: &Output, context: &Context) -> Done {
    answer_keeping(raw, output, &KeptFiles::default(), context)
}

/// The same with files for what the rows do not hold.
pub(super) fn answer_keeping(
    raw: &RawRequest,
    output: &Output,
    files: &KeptFiles,
    context: &Context,
) -> Done {
    let request = Request {
        timed: true,
        ..Request::new(raw)?
    };
    let target = output.target()?;
    let destinations = files.destinations(&request)?;
    say_remarks(&request)?;
    let systems = request.systems.as_ref();
    if let Some(systems) = systems.filter(|systems| systems.patterns.is_some()) {
        context.explain(|| systems.described().unwrap_or_default());
    }
    let kept = (!destinations.is_empty()).then(|| Arc::new(Kept::default()));
    let start = Instant::now();
    let label = request.verb.name();
    let table = match compute_keeping(&request, &label, kept.as_ref(), context)? {
        Ok(table) => table,
        Err(stopped) => return interrupted(&stopped, request.points(), &target),
    };
    let seconds = start.elapsed().as_secs_f64();
    let rows = table.rows().len();
    context.explain(|| format!("{rows} rows in {seconds:.3} s: {}", tally(&table)));
    let code = convergence(&[&table]);
    let mut meta = request.meta(context.command.as_str(), engine::tolerances());
    meta.wall_time = Some(seconds);
    if let Some(kept) = &kept {
        for destination in &destinations {
            destination.write(kept, &request, &meta)?;
        }
    }
    write(&Record { meta, table }, &target)?;
    if code == NOT_CONVERGED {
        exit::note(&format!(
            "none of {rows} rows converged; see the status column"
        ));
    }
    Ok(code)
}

/// Says how own files were read where they might have been read otherwise, unless the request is
/// refused.
fn say_remarks(request: &Request) -> Result<(), Failure> {
    let remarks = request
        .systems
        .as_ref()
        .map_or_else(Vec::new, |s| s.remarks());
    if let (false, Err(error)) = (remarks.is_empty(), engine::check_memory(request)) {
        return Err(Failure::bad_input(error.to_string()));
    }
    remarks.iter().for_each(|remark| exit::note(remark));
    Ok(())
}

/// What there is of a table where the user interrupted.
pub(super) struct Stopped {
    /// The first rows, as far as they are finished.
    rows: Table,
    /// Finished grid points, also those whose rows are not among the first.
    done: usize,
}

/// The table of a request, or what there is of it where the user interrupted.
pub(super) fn compute(
    request: &Request,
    label: &str,
    context: &Context,
) -> Result<Result<Table, Stopped>, Failure> {
    compute_keeping(request, label, None, context)
}

fn compute_keeping(
    request: &Request,
    label: &str,
    kept: Option<&Arc<Kept>>,
    context: &Context,
) -> Result<Result<Table, Stopped>, Failure> {
    let kept = kept.cloned();
    context.explain(|| request.canonical());
    let points = request.points();
    context.explain(|| format!("{points} grid points"));
    let watch = Arc::new(Watch::new(label, context.quiet));
    let (threads, asked, observer) = (context.threads, request.clone(), Arc::clone(&watch));
    let work = move || {
        within(threads, || {
            engine::run_keeping(&asked, observer.as_ref(), kept.as_deref())
        })
    };
    let result = interruptible(work);
    let done = watch.close();
    match result.transpose()? {
        Some(Ok(table)) => Ok(Ok(table)),
        Some(Err(RunError::Interrupted(rows))) => Ok(Err(Stopped { rows, done })),
        Some(Err(RunError::Invalid(line))) => Err(Failure::bad_input(line)),
        None => {
            let rows = empty(request);
            Ok(Err(Stopped { rows, done }))
        }
    }
}

/// On a terminal the rows that were finished are shown; a file is left as it was.
fn interrupted(stopped: &Stopped, points: usize, target: &Target) -> Done {
    let Stopped { rows, done } = stopped;
    if matches!(target, Target::Terminal) && !rows.rows().is_empty() {
        exit::print(readable::render(rows, readable::colour()).as_bytes())?;
    }
    Err(Failure {
        code: INTERRUPTED,
        line: format!("interrupted after {done} of {points} grid points; nothing was written"),
    })
}

/// Writes a table with its meta.
pub(super) fn write(record: &Record, target: &Target) -> Result<(), Failure> {
    let encode = |format| {
        let mut bytes = Vec::new();
        let encoded = record.write(format, &mut bytes);
        encoded.map(|()| bytes).map_err(|error| Failure {
            code: exit::FILE,
            line: format!("cannot write {}: {error}", format.name()),
        })
    };
    match target {
        Target::File(destination, format) => Ok(destination.write(&encode(*format)?)?),
        Target::Stdout(format) => exit::print(&encode(*format)?),
        Target::Terminal => {
            exit::print(readable::render(&record.table, readable::colour()).as_bytes())
        }
    }
}

/// [`NOT_CONVERGED`] if there are rows and none of them converged.
pub(super) fn convergence(tables: &[&Table]) -> u8 {
    let mut statuses = tables.iter().flat_map(|t| statuses(t)).peekable();
    let nothing = statuses.peek().is_some() && statuses.all(|s| s == "not_converged");
    if nothing { NOT_CONVERGED } else { OK }
}

fn statuses(table: &Table) -> Vec<&str> {
    let rows = 0..table.rows().len();
    rows.map(|i| {
        table
            .get(i, "status")
            .and_then(|s| s.as_text())
            .unwrap_or("")
    })
    .collect()
}

/// How often each status occurs, in the order of first occurrence.
fn tally(table: &Table) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for status in statuses(table) {
        match counts.iter_mut().find(|(known, _)| *known == status) {
            Some((_, n)) => *n += 1,
            None => counts.push((status, 1)),
        }
    }
    let words: Vec<_> = counts.iter().map(|(s, n)| format!("{n} {s}")).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(statuses: &[&str]) -> Table {
        let mut table = Table::new(["status"]);
        statuses.iter().for_each(|s| table.push(vec![(*s).into()]));
        table
    }

    #[test]
    fn only_where_no_row_of_any_table_converged_it_is_code_3() {
        let (failed, mixed) = (
            table(&["not_converged", "not_converged"]),
            table(&["not_converged", "no_solution"]),
        );
        assert_eq!(convergence(&[&failed]), NOT_CONVERGED);
        assert_eq!(convergence(&[&failed, &failed]), NOT_CONVERGED);
        assert_eq!(convergence(&[&failed, &mixed]), OK);
        assert_eq!(convergence(&[&table(&[])]), OK);
    }

    #[test]
    fn statuses_are_counted_in_order() {
        let table = table(&["ok", "no_solution", "ok"]);
        assert_eq!(tally(&table), "2 ok, 1 no_solution");
    }
}
