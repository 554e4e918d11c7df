//! Tables of simulations: a row a sample, or a row for all samples of a size at a grid point; with a
//! path or distances as many rows as these have.

use super::gather::{Rows, gather};
use super::kept::Kept;
use super::run_error::{RunError, unregistered};
use super::sample_columns::{self, Column, Sample, TestedSample};
use crate::ask::{Parameter, Point, Request, Systems};
use crate::error::InputError;
use crate::experiment::statistics::{Mean, success};
use crate::experiment::tested::Tested;
use crate::experiment::{Extent, Simulation};
use crate::message_passing::{InstanceSpec, TeacherWeights};
use crate::model::registry;
use crate::observer::Observer;
use crate::record::pattern_options::PATTERNS;
use crate::record::{PatternFile, Table, Value, free_memory};
use crate::replica::state::Status;
use std::time::Instant;

/// One sample of a size at a grid point.
struct Piece {
    /// Which one of all.
    number: usize,
    point: Point,
    n: usize,
    sample: u64,
}

/// How a table is laid out.
struct Layout<'a> {
    request: &'a Request,
    systems: &'a Systems,
    inputs: Vec<Parameter>,
    measured: Vec<Column>,
    /// Where weights and predictions are kept, if they are.
    kept: Option<&'a Kept>,
}

/// The table that answers a request, without its rows.
pub(super) fn empty(request: &Request, systems: &Systems) -> Table {
    let layout = Layout::new(request, systems);
    Table::new(if systems.summary {
        layout.summary_columns()
    } else {
        layout.columns()
    })
}

/// Answers a request: sizes outermost, then the grid, then the samples.
///
/// # Errors
/// As [`super::run()`].
pub(super) fn run(
    request: &Request,
    (systems, kept): (&Systems, Option<&Kept>),
    observer: &dyn Observer,
) -> Result<Table, RunError> {
    let layout = Layout {
        kept,
        ..Layout::new(request, systems)
    };
    layout.check_memory()?;
    let pieces: Vec<Piece> = systems
        .sizes
        .iter()
        .flat_map(|&n| layout.points().map(move |point| (n, point)))
        .flat_map(|(n, point)| {
            let samples = (0..systems.samples as u64).map(|k| systems.first_sample + k);
            samples.map(move |sample| (point, n, sample))
        })
        .enumerate()
        .map(|(number, (point, n, sample))| Piece {
            number,
            point,
            n,
            sample,
        })
        .collect();
    let weight = layout.distances().map_or(1, <[f64]>::len);
    let table = empty(request, systems);
    if !systems.summary {
        let answer = |piece: &Piece| layout.rows(piece);
        return gather(table, &pieces, |_| weight, answer, observer);
    }
    let groups: Vec<&[Piece]> = pieces.chunks(systems.samples).collect();
    let answer = |group: &&[Piece]| layout.summary(group, observer);
    let points = |group: &&[Piece]| weight * group.len();
    gather(table, &groups, points, answer, observer)
}

/// Refuses a request whose finite systems do not fit into the memory that is free when all its
/// pieces are run on all threads.
///
/// # Errors
/// [`RunError::Invalid`] with what is needed and what is free.
pub fn check_memory(request: &Request) -> Result<(), RunError> {
    let systems = request.systems.as_ref();
    systems.map_or(Ok(()), |systems| {
        Layout::new(request, systems).check_memory()
    })
}

impl<'a> Layout<'a> {
    fn new(request: &'a Request, systems: &'a Systems) -> Self {
        // Sums over the patterns know no ridge.
        let closed = systems.algorithm.is_closed_form();
        let asked = |p: &Parameter| {
            let typed = request.grid.axes().iter().any(|a| a.parameter == *p);
            typed && !(closed && *p == Parameter::Lambda)
        };
        Layout {
            request,
            systems,
            inputs: Parameter::of_loss(request.loss)
                .into_iter()
                .filter(asked)
                .collect(),
            measured: sample_columns::columns(systems, request),
            kept: None,
        }
    }

    /// The grid without the distances, which are rows of one sample.
    fn points(&self) -> impl Iterator<Item = Point> {
        let distances = self.distances().map_or(1, <[f64]>::len);
        self.request.grid.iter().step_by(distances)
    }

    fn distances(&self) -> Option<&[f64]> {
        match &self.systems.extent {
            Extent::Neighbourhood(distances) => Some(distances),
            _ => None,
        }
    }

    fn is_path(&self) -> bool {
        matches!(self.systems.extent, Extent::Path(_))
    }

    fn common(&self) -> Vec<&'static str> {
        let mut columns = vec!["machine", "weights", "data", "loss"];
        columns.extend(self.inputs.iter().map(|p| p.name()));
        columns.extend(["n", "m_patterns", "seed", "algorithm"]);
        columns
    }

    fn columns(&self) -> Vec<&'static str> {
        let mut columns = self.common();
        columns.extend([
            "sample",
            if self.is_path() {
                "iteration"
            } else {
                "solved"
            },
        ]);
        columns.extend(self.measured.iter().map(|c| c.name));
        columns.extend(["status", "reason"]);
        columns
    }

    fn summary_columns(&self) -> Vec<&'static str> {
        let mut columns = self.common();
        columns.extend(["samples", "converged"]);
        if self.is_path() {
            columns.push("iteration");
        } else {
            columns.extend(["solved", "success_rate", "success_low", "success_high"]);
        }
        let names = |c: &Column| [Some(c.name), c.error];
        columns.extend(self.measured.iter().flat_map(names).flatten());
        columns.extend(["status", "reason"]);
        columns
    }

    /// The inputs of one row of a sample.
    fn start(&self, piece: &Piece, k: usize) -> Vec<Value> {
        let request = self.request;
        let mut point = piece.point;
        if let Some(distances) = self.distances() {
            point.set(Parameter::Distance, distances[k]);
        }
        let mut row: Vec<Value> = vec![self.systems.machine_name.as_str().into()];
        row.extend([request.weights, request.data, request.loss].map(Value::from));
        row.extend(self.inputs.iter().map(|p| Value::from(point.get(*p))));
        let m = self.simulation(piece).instance.m;
        row.extend([
            Value::Int(piece.n as i64),
            Value::Int(m as i64),
            Value::Text(self.systems.seed.to_string()),
            self.systems.algorithm.name().into(),
        ]);
        row
    }

    fn simulation(&self, piece: &Piece) -> Simulation {
        let (request, systems) = (self.request, self.systems);
        let weights = systems.machine.weights(piece.n);
        let mut p = piece.point.to_model();
        if let Some(file) = &systems.patterns {
            p.kappa /= file.scale;
        }
        Simulation {
            algorithm: systems.algorithm,
            machine: systems.machine,
            names: [request.weights, request.loss],
            parameters: p,
            trained: request
                .bias
                .and_then(|bias| piece.point.mixture().training(bias)),
            instance: InstanceSpec {
                n: piece.n,
                m: match &systems.patterns {
                    Some(file) => file.shape()[0],
                    None => InstanceSpec::storage(weights, p.alpha).m,
                },
                entries: systems.entries,
                data: registry::data(request.data).unwrap_or(crate::model::Data::Storage),
                weights: registry::prior(request.weights)
                    .map_or(TeacherWeights::Spherical, |prior| {
                        TeacherWeights::of(&prior)
                    }),
                mixture: match systems.patterns {
                    Some(_) => None,
                    None => request.bias.and_then(|_| piece.point.mixture().mixture),
                },
            },
            rate: systems.rate,
            protocol: systems.protocol.clone(),
            rule: systems.rule,
            sequential: systems.sequential,
            damping: systems.damping,
            tolerance: systems.tolerance,
            max_iterations: systems.max_iterations,
            extent: systems.extent.clone(),
        }
    }

    fn sample(&self, piece: &Piece) -> Result<Sample, InputError> {
        let start = Instant::now();
        let simulation = self.simulation(piece);
        let (seed, sample) = (self.systems.seed, piece.sample);
        let outcome = match &self.systems.patterns {
            Some(file) => {
                let outcome = simulation.on(&file.instance, seed, sample);
                outcome.map_err(|error| of_file(error, file))?
            }
            None => simulation.run(seed, sample)?,
        };
        let seconds = self.request.timed.then(|| start.elapsed().as_secs_f64());
        let linear = outcome.linear.as_ref();
        let tested = linear
            .zip(self.systems.test.as_ref())
            .map(|(linear, file)| {
                let labels = file.labels.as_deref();
                let tested = Tested::of(linear, &file.patterns, labels);
                TestedSample {
                    patterns: file.patterns.rows(),
                    stabilities: tested.stabilities(labels),
                    tested,
                }
            });
        let sample = Sample {
            outcome,
            seconds,
            tested,
        };
        if let Some(kept) = self.kept {
            kept.keep(piece.number, self.varying(piece), &sample);
        }
        Ok(sample)
    }

    /// What varies between samples, with its values at this one.
    fn varying(&self, piece: &Piece) -> Vec<(&'static str, Value)> {
        let axes = self.request.grid.axes().iter();
        let axes = axes.filter(|a| a.values.len() > 1 && a.parameter != Parameter::Distance);
        let value = |p: Parameter| (p.name(), Value::from(piece.point.get(p)));
        let mut list: Vec<_> = axes.map(|axis| value(axis.parameter)).collect();
        if self.systems.sizes.len() > 1 {
            list.push(("n", Value::Int(piece.n as i64)));
        }
        list.push(("sample", Value::Int(piece.sample as i64)));
        list
    }

    fn rows(&self, piece: &Piece) -> Rows {
        let extent = &self.systems.extent;
        let sample = self.sample(piece);
        let row = |k: usize| {
            let mut row = self.start(piece, k);
            row.push(Value::Int(piece.sample as i64));
            if self.is_path() {
                row.push(Value::Int(k as i64));
            }
            match &sample {
                Ok(sample) => {
                    row.extend((!self.is_path()).then(|| sample.outcome.solved.into()));
                    let cell = |column: &Column| match (column.read)(sample, k) {
                        Some(x) if column.counts => Value::Int(x as i64),
                        x => Value::from(x),
                    };
                    row.extend(self.measured.iter().map(cell));
                    row.extend(verdict(sample_columns::status(extent, sample, k)));
                }
                Err(error) => {
                    row.extend((!self.is_path()).then_some(Value::Null));
                    row.extend(self.measured.iter().map(|_| Value::Null));
                    row.extend(failure(error));
                }
            }
            row
        };
        (0..sample_columns::rows(extent)).map(row).collect()
    }

    fn summary(&self, group: &[Piece], observer: &dyn Observer) -> Rows {
        let ran: Vec<Result<Sample, InputError>> = group
            .iter()
            .take_while(|_| !observer.cancelled())
            .map(|piece| self.sample(piece))
            .collect();
        let rows = 0..sample_columns::rows(&self.systems.extent);
        rows.map(|k| self.mean(&group[0], &ran, k)).collect()
    }

    /// Row `k` of all samples.
    fn mean(&self, piece: &Piece, ran: &[Result<Sample, InputError>], k: usize) -> Vec<Value> {
        let samples: Vec<&Sample> = ran.iter().filter_map(|s| s.as_ref().ok()).collect();
        let mut verdicts = samples
            .iter()
            .map(|sample| sample_columns::status(&self.systems.extent, sample, k));
        let converged = verdicts.clone().filter(|(s, _)| *s == Status::Ok).count();
        let mut row = self.start(piece, k);
        row.extend([samples.len(), converged].map(|x| Value::Int(x as i64)));
        if self.is_path() {
            row.push(Value::Int(k as i64));
        } else {
            let solved = samples.iter().filter(|s| s.outcome.solved).count();
            row.push(Value::Int(solved as i64));
            row.extend(success(solved, samples.len()).map(Value::from));
        }
        for column in &self.measured {
            let values: Vec<f64> = samples.iter().filter_map(|s| (column.read)(s, k)).collect();
            let mean = Mean::of(&values);
            row.push(mean.map(|m| m.mean).into());
            if column.error.is_some() {
                row.push(mean.and_then(|m| m.error).into());
            }
        }
        match ran.iter().find_map(|s| s.as_ref().err()) {
            Some(error) => row.extend(failure(error)),
            None if converged > 0 => {
                let remark = samples.iter().find_map(|s| s.outcome.remark);
                row.extend(verdict((Status::Ok, remark.map(|r| r.to_string()))));
            }
            None => {
                let none = (Status::NotConverged, None);
                row.extend(verdict(verdicts.next_back().unwrap_or(none)));
            }
        }
        row
    }

    /// Refuses what does not fit, before anything is allocated.
    fn check_memory(&self) -> Result<(), RunError> {
        let systems = self.systems;
        let groups = self.points().count() * systems.sizes.len();
        let pieces = groups * if systems.summary { 1 } else { systems.samples };
        let at_once = threads().min(pieces) as u64;
        let points = self.points();
        let sizes = self.systems.sizes.iter();
        let pieces = points.flat_map(|point| {
            sizes.clone().map(move |&n| Piece {
                number: 0,
                point,
                n,
                sample: 0,
            })
        });
        let need = |piece: &Piece| (piece.n, self.simulation(piece).memory());
        let Some((n, bytes)) = pieces
            .map(|piece| need(&piece))
            .max_by_key(|(_, bytes)| *bytes)
        else {
            return Err(unregistered(self.request));
        };
        let total = bytes.saturating_mul(at_once);
        let Some(reason) = free_memory::refusal(&format!("{at_once} samples at once"), total)
        else {
            return Ok(());
        };
        let allowed = "smaller systems, a smaller alpha, or fewer --threads";
        let refusal = InputError::new("n", n.to_string(), reason, allowed);
        let refusal = match &systems.patterns {
            Some(file) => of_file(refusal, file),
            None => refusal,
        };
        Err(RunError::Invalid(refusal.to_string()))
    }
}

fn verdict((status, reason): (Status, Option<String>)) -> [Value; 2] {
    [
        status.name().into(),
        reason.map_or(Value::Null, Value::Text),
    ]
}

/// What is wrong with drawn patterns is wrong with a file of them.
fn of_file(error: InputError, file: &PatternFile) -> InputError {
    match error.option.as_str() {
        "n" | "alpha" | "data" | "entries" | PATTERNS => InputError {
            option: PATTERNS.to_owned(),
            value: Some(file.patterns.clone()),
            ..error
        },
        _ => error,
    }
}

fn failure(error: &InputError) -> [Value; 2] {
    [
        Status::NotConverged.name().into(),
        Value::Text(error.to_string()),
    ]
}

/// Threads that samples run on.
fn threads() -> usize {
    #[cfg(feature = "rayon")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "rayon"))]
    1
}
