//! The tasks of a sweep: each is a command of its own, and the rows of all of them in order are
//! those of the whole grid.
//!
//! A task is a grid point, for each reference or size; a curve of a local entropy, since it is
//! followed along the distance; the last axis of `solve` with all branches, which are followed along
//! it; a sample of a simulation, or with a summary all samples of a point.

use super::digest;
use super::spec::{Run, Spec, Streams};
use crate::ask::{Axis, Branches, Parameter, RawRequest, Request, Verb};
use crate::error::{Error, InputError};
use std::path::Path;

/// Most tasks of a sweep, and most grid points and samples of all of them.
const TASKS: usize = 200_000;
const POINTS: usize = 10_000_000;

const REFERENCE: &str = "reference";
const SIZE: &str = "n";
const SEED: &str = "seed";
const SAMPLES: &str = "samples";
const FIRST_SAMPLE: &str = "first-sample";
const FILES: [&str; 3] = ["patterns", "labels", "test"];

/// One piece of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// 16 hexadecimal digits made of the version, the command and the files that it reads: equal
    /// tasks of different plans have the same.
    pub id: String,
    /// Which run of the spec it belongs to.
    pub run: usize,
    /// What is asked.
    pub raw: RawRequest,
}

/// All tasks of a spec, in the order of the rows of its table.
///
/// # Errors
/// A run that is refused, with the place in the spec; a file that cannot be read.
pub fn tasks(spec: &Spec) -> Result<Vec<Task>, Error> {
    let (mut tasks, mut points) = (Vec::new(), 0_usize);
    for (i, run) in spec.runs.iter().enumerate() {
        let place = run.place(&spec.name);
        let at = |error: InputError| Error::from(error).at(&*place);
        let files = digest_of_files(run).map_err(|e| e.at(&*place))?;
        if run.count() > TASKS {
            return Err(at(too_large(None)));
        }
        for raw in run.combinations() {
            let request = Request::new(&raw).map_err(|e| e.at(&*place))?;
            points = points.saturating_add(request.points());
            let pieces = axes(&raw, &request);
            if points > POINTS {
                return Err(at(too_large(None)));
            }
            check_count(tasks.len(), &pieces).map_err(at)?;
            for raw in product(&raw, &pieces) {
                let raw = with_seed(raw, &request, spec.streams);
                let text = [env!("CARGO_PKG_VERSION"), &raw.command(), &files].join("\n");
                let id = digest::word(text.as_bytes());
                tasks.push(Task { id, run: i, raw });
            }
        }
    }
    Ok(tasks)
}

/// A refusal that names the option whose values are too many, where one is to be named.
fn too_large(option: Option<&str>) -> InputError {
    let allowed = format!(
        "at most {TASKS} tasks with {POINTS} grid points and samples; with summary a task has all \
         samples"
    );
    let option = option.unwrap_or("SPEC");
    InputError::missing(option, "the sweep is too large", allowed)
}

/// An option and the values that it takes in turn.
type Values = (&'static str, Vec<String>);

/// What a request is cut along, slowest first: the order of its rows.
fn axes(raw: &RawRequest, request: &Request) -> Vec<Values> {
    let grid = request.grid.axes();
    let kept = kept(request, grid);
    let mut all: Vec<Values> = Vec::new();
    all.extend(references(raw));
    if let Some(systems) = &request.systems {
        let sizes = systems.sizes.iter().map(usize::to_string);
        all.push((SIZE, sizes.collect()));
    }
    for axis in grid {
        if Some(axis.parameter) != kept {
            let value = |&x: &f64| {
                let (parameter, values) = (axis.parameter, vec![x]);
                Axis { parameter, values }.canonical()
            };
            all.push((
                axis.parameter.name(),
                axis.values.iter().map(value).collect(),
            ));
        }
    }
    // A single value stays as it was typed, or left out.
    all.retain(|(_, values)| values.len() > 1);
    if let Some(systems) = request.systems.as_ref().filter(|s| !s.summary) {
        let samples = (0..systems.samples as u64).map(|k| (systems.first_sample + k).to_string());
        all.push((FIRST_SAMPLE, samples.collect()));
    }
    all
}

/// The axis that stays within a task.
fn kept(request: &Request, grid: &[Axis]) -> Option<Parameter> {
    let last = grid.last()?.parameter;
    let whole = match request.verb {
        Verb::LocalEntropy | Verb::Simulate(_) => last == Parameter::Distance,
        Verb::Solve => request.branches == Branches::All && last.control().is_some(),
        _ => false,
    };
    whole.then_some(last)
}

/// The references, where each may be asked for alone with the same options.
fn references(raw: &RawRequest) -> Option<Values> {
    let (_, text) = raw.options.iter().find(|(name, _)| name == REFERENCE)?;
    let items: Vec<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
    let alone = |item: &String| Request::new(&with(raw.clone(), REFERENCE, item)).is_ok();
    items.iter().all(alone).then_some((REFERENCE, items))
}

fn check_count(before: usize, axes: &[Values]) -> Result<(), InputError> {
    let mut count = 1_usize;
    for (name, values) in axes {
        count = count.saturating_mul(values.len());
        if before.saturating_add(count) > TASKS {
            let name = if *name == FIRST_SAMPLE { SAMPLES } else { name };
            return Err(too_large(Some(name)));
        }
    }
    Ok(())
}

/// All combinations, the last axis varying fastest.
fn product(raw: &RawRequest, axes: &[Values]) -> Vec<RawRequest> {
    let mut all = vec![raw.clone()];
    for (name, values) in axes {
        all = all
            .iter()
            .flat_map(|raw| values.iter().map(|value| with(raw.clone(), name, value)))
            .collect();
    }
    let alone = axes.last().is_some_and(|(name, _)| *name == FIRST_SAMPLE);
    if alone {
        all = all.into_iter().map(|raw| with(raw, SAMPLES, "1")).collect();
    }
    all
}

/// The seed of a simulation, for own streams made of the spec's seed and everything that is the
/// same for all samples of the point.
fn with_seed(raw: RawRequest, request: &Request, streams: Streams) -> RawRequest {
    let Some(systems) = &request.systems else {
        return raw;
    };
    if streams == Streams::Shared {
        return raw;
    }
    let mut point = with(raw.clone(), SEED, &systems.seed.to_string());
    point
        .options
        .retain(|(name, _)| ![SAMPLES, FIRST_SAMPLE].contains(&name.as_str()));
    let seed = digest::number(point.command().as_bytes());
    with(raw, SEED, &seed.to_string())
}

/// The request with another value of one option.
fn with(mut raw: RawRequest, name: &str, value: &str) -> RawRequest {
    match raw.options.iter_mut().find(|(option, _)| option == name) {
        Some((_, old)) => value.clone_into(old),
        None => raw.options.push((name.to_owned(), value.to_owned())),
    }
    raw
}

/// What stands in the files that a run reads.
fn digest_of_files(run: &Run) -> Result<String, Error> {
    let files = run.raw.options.iter();
    let files = files.filter(|(name, _)| FILES.contains(&name.as_str()));
    let mut words = Vec::new();
    for (_, file) in files {
        let path = Path::new(&run.raw.folder).join(file);
        let word = digest::of_file(&path).map_err(|e| Error::read(path, e))?;
        words.push(word);
    }
    Ok(words.join(" "))
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
