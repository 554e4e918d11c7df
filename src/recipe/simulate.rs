//! Tables of simulations: a row a sample, or a row for all samples of a size at a grid point.

use super::gather::{Rows, gather};
use super::request::Request;
use super::run::unregistered;
use super::run_error::RunError;
use super::systems::Systems;
use super::table::{Table, Value};
use super::{Parameter, Parameters};
use crate::error::InputError;
use crate::experiment::statistics::{Mean, wilson};
use crate::experiment::{Outcome, Simulation};
use crate::message_passing::{InstanceSpec, TeacherWeights};
use crate::model::registry;
use crate::observer::Observer;
use crate::replica::state::Status;
use std::time::Instant;

/// What is measured on a sample, with what its mean over samples is called.
type Column = (&'static str, &'static str, fn(&Sample) -> Option<f64>);

const MEASURED: [Column; 8] = [
    ("iterations", "iterations_error", |s| {
        Some(s.outcome.iterations as f64)
    }),
    ("training_errors", "training_errors_error", |s| {
        Some(s.outcome.training_errors as f64)
    }),
    ("free_entropy", "free_entropy_error", |s| {
        s.outcome.free_entropy
    }),
    ("entropy", "entropy_error", |s| s.outcome.entropy),
    ("training_loss", "training_loss_error", |s| {
        s.outcome.training_loss
    }),
    ("q", "q_error", |s| s.outcome.q),
    ("m", "m_error", |s| s.outcome.m),
    ("seconds", "seconds_error", |s| s.seconds),
];

/// Columns of [`MEASURED`] that count.
const COUNTS: [&str; 2] = ["iterations", "training_errors"];

/// One sample of a size at a grid point.
struct Piece {
    point: Parameters,
    n: usize,
    sample: u64,
}

/// What came out of it.
struct Sample {
    outcome: Outcome,
    seconds: Option<f64>,
}

/// How a table is laid out.
struct Layout<'a> {
    request: &'a Request,
    systems: &'a Systems,
    inputs: Vec<Parameter>,
    measured: Vec<Column>,
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
    systems: &Systems,
    observer: &dyn Observer,
) -> Result<Table, RunError> {
    let layout = Layout::new(request, systems);
    layout.check_memory()?;
    // What cannot be run cannot be run on any sample: the smallest one tells.
    let pieces: Vec<Piece> = systems
        .sizes
        .iter()
        .flat_map(|&n| request.grid.iter().map(move |point| (n, point)))
        .flat_map(|(n, point)| {
            (0..systems.samples as u64).map(move |sample| Piece { point, n, sample })
        })
        .collect();
    if !systems.summary {
        let answer = |piece: &Piece| layout.row(piece);
        return gather(
            Table::new(layout.columns()),
            &pieces,
            |_| 1,
            answer,
            observer,
        );
    }
    let groups: Vec<&[Piece]> = pieces.chunks(systems.samples).collect();
    let answer = |group: &&[Piece]| layout.summary(group, observer);
    let points = |group: &&[Piece]| group.len();
    gather(
        Table::new(layout.summary_columns()),
        &groups,
        points,
        answer,
        observer,
    )
}

impl<'a> Layout<'a> {
    fn new(request: &'a Request, systems: &'a Systems) -> Self {
        let asked = |p: &Parameter| request.grid.axes().iter().any(|a| a.parameter == *p);
        let teacher = registry::data(request.data).is_some_and(|d| d.has_teacher());
        let solver = systems.algorithm.solves();
        let of_measure = ["free_entropy", "entropy", "training_loss", "q"];
        let kept = |column: &Column| match column.0 {
            "m" => teacher,
            "seconds" => request.timed,
            name => !(solver && of_measure.contains(&name)),
        };
        Layout {
            request,
            systems,
            inputs: Parameter::ALL.into_iter().filter(asked).collect(),
            measured: MEASURED.into_iter().filter(kept).collect(),
        }
    }

    fn common(&self) -> Vec<&'static str> {
        let mut columns = vec!["machine", "weights", "data", "loss"];
        columns.extend(self.inputs.iter().map(|p| p.name()));
        columns.extend(["n", "m_patterns", "seed", "algorithm"]);
        columns
    }

    fn columns(&self) -> Vec<&'static str> {
        let mut columns = self.common();
        columns.extend(["sample", "solved"]);
        columns.extend(self.measured.iter().map(|c| c.0));
        columns.extend(["status", "reason"]);
        columns
    }

    fn summary_columns(&self) -> Vec<&'static str> {
        let mut columns = self.common();
        columns.extend([
            "samples",
            "converged",
            "solved",
            "success_rate",
            "success_low",
            "success_high",
        ]);
        columns.extend(self.measured.iter().flat_map(|c| [c.0, c.1]));
        columns.extend(["status", "reason"]);
        columns
    }

    fn start(&self, piece: &Piece) -> Vec<Value> {
        let request = self.request;
        let mut row: Vec<Value> = vec![self.systems.machine_name.as_str().into()];
        row.extend([request.weights, request.data, request.loss].map(Value::from));
        row.extend(self.inputs.iter().map(|p| Value::from(piece.point.get(*p))));
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
        let p = piece.point.to_model();
        Simulation {
            algorithm: systems.algorithm,
            machine: systems.machine,
            names: [request.weights, request.loss],
            parameters: p,
            instance: InstanceSpec {
                n: piece.n,
                m: (p.alpha * weights as f64).round() as usize,
                entries: systems.entries,
                data: registry::data(request.data).unwrap_or(crate::model::Data::Storage),
                weights: if registry::is_discrete(request.weights) {
                    TeacherWeights::Binary
                } else {
                    TeacherWeights::Spherical
                },
            },
            rate: systems.rate,
            protocol: systems.protocol.clone(),
            damping: systems.damping,
            tolerance: systems.tolerance,
            max_iterations: systems.max_iterations,
        }
    }

    fn sample(&self, piece: &Piece) -> Result<Sample, InputError> {
        let start = Instant::now();
        let outcome = self
            .simulation(piece)
            .run(self.systems.seed, piece.sample)?;
        let seconds = self.request.timed.then(|| start.elapsed().as_secs_f64());
        Ok(Sample { outcome, seconds })
    }

    fn row(&self, piece: &Piece) -> Rows {
        let mut row = self.start(piece);
        row.push(Value::Int(piece.sample as i64));
        match self.sample(piece) {
            Ok(sample) => {
                row.push(sample.outcome.solved.into());
                row.extend(
                    self.measured
                        .iter()
                        .map(|(name, _, read)| match read(&sample) {
                            Some(x) if COUNTS.contains(name) => Value::Int(x as i64),
                            x => Value::from(x),
                        }),
                );
                row.extend(status(sample.outcome.converged != Some(false)));
            }
            Err(error) => {
                row.push(Value::Null);
                row.extend(self.measured.iter().map(|_| Value::Null));
                row.extend([
                    Status::NotConverged.name().into(),
                    Value::Text(error.to_string()),
                ]);
            }
        }
        vec![row]
    }

    fn summary(&self, group: &[Piece], observer: &dyn Observer) -> Rows {
        let ran: Vec<Result<Sample, InputError>> = group
            .iter()
            .take_while(|_| !observer.cancelled())
            .map(|piece| self.sample(piece))
            .collect();
        let samples: Vec<&Sample> = ran.iter().filter_map(|s| s.as_ref().ok()).collect();
        let count = |f: &dyn Fn(&Outcome) -> bool| samples.iter().filter(|s| f(&s.outcome)).count();
        let converged = count(&|o| o.converged != Some(false));
        let solved = count(&|o| o.solved);
        let [low, high] = wilson(solved, samples.len());
        let mut row = self.start(&group[0]);
        row.extend([samples.len(), converged, solved].map(|x| Value::Int(x as i64)));
        row.extend([solved as f64 / samples.len() as f64, low, high].map(Value::from));
        for (_, _, read) in &self.measured {
            let values: Vec<f64> = samples.iter().filter_map(|s| read(s)).collect();
            let mean = Mean::of(&values);
            row.push(mean.map(|m| m.mean).into());
            row.push(mean.and_then(|m| m.error).into());
        }
        match ran.iter().find_map(|s| s.as_ref().err()) {
            Some(error) => {
                row.extend([
                    Status::NotConverged.name().into(),
                    Value::Text(error.to_string()),
                ]);
            }
            None => row.extend(status(converged > 0)),
        }
        vec![row]
    }

    /// Refuses what does not fit, before anything is allocated.
    fn check_memory(&self) -> Result<(), RunError> {
        let Some(available) = available_memory() else {
            return Ok(());
        };
        let at_once = threads().min(self.systems.samples) as u64;
        let points = self.request.grid.iter();
        let sizes = self.systems.sizes.iter();
        let pieces = points.flat_map(|point| {
            sizes.clone().map(move |&n| Piece {
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
        if total <= available {
            return Ok(());
        }
        let gib = |bytes: u64| bytes as f64 / (1u64 << 30) as f64;
        let reason = format!(
            "{at_once} samples at once need {:.1} GiB of memory, {:.1} GiB are free",
            gib(total),
            gib(available)
        );
        let allowed = "smaller systems, a smaller alpha, or fewer --threads";
        let refusal = InputError::new("n", n.to_string(), reason, allowed);
        Err(RunError::Invalid(refusal.to_string()))
    }
}

fn status(converged: bool) -> [Value; 2] {
    if converged {
        [Status::Ok.name().into(), Value::Null]
    } else {
        let reason = "the messages did not reach a fixed point";
        [Status::NotConverged.name().into(), reason.into()]
    }
}

/// Threads that samples run on.
fn threads() -> usize {
    #[cfg(feature = "rayon")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "rayon"))]
    1
}

/// Memory that is free, in bytes, where the system tells.
fn available_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}
