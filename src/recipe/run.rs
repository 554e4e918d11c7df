//! From a validated request to its table.

use super::grid::Grid;
use super::request::{Request, Verb};
use super::run_error::RunError;
use super::table::{Table, Value};
use super::{Pairs, Parameter, Parameters, Quantity};
use crate::model::{self, registry};
use crate::observer::Observer;
use crate::replica::model::{Model, model};
use crate::replica::state::{Outcome, State, Status};
use crate::replica::threshold::Critical;
use crate::solve::{NotConverged, Tolerances};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The tolerances that the solvers work with.
pub fn tolerances() -> Pairs {
    let t = Tolerances::default();
    vec![("residual".to_owned(), Value::Num(t.residual)), ("event".to_owned(), Value::Num(t.event))]
}

/// Columns after the inputs: name, and how to read it off a state.
type Column = (&'static str, fn(&State) -> Option<f64>);

const OBSERVABLES: [Column; 12] = [
    ("q", |s| s.observables.q),
    ("q_hat", |s| s.observables.q_hat),
    ("m", |s| s.observables.m),
    ("m_hat", |s| s.observables.m_hat),
    ("chi", |s| s.observables.chi),
    ("free_entropy", |s| s.observables.free_entropy),
    ("entropy", |s| s.observables.entropy),
    ("ground_state_energy", |s| s.observables.ground_state_energy),
    ("training_loss", |s| s.observables.training_loss),
    ("training_error", |s| s.observables.training_error),
    ("generalization_error", |s| s.observables.generalization_error),
    ("bayes_error", |s| s.observables.bayes_error),
];

/// Columns that only exist with a teacher.
const WITH_TEACHER: [&str; 4] = ["m", "m_hat", "generalization_error", "bayes_error"];

/// Answers a request: one row a grid point and branch, in the order of the grid, whatever the
/// number of threads.
///
/// # Errors
/// [`RunError::Invalid`] if the model cannot answer; [`RunError::Interrupted`] with the rows of the
/// lines that were finished.
pub fn run(request: &Request, observer: &dyn Observer) -> Result<Table, RunError> {
    let Some(model) = model(request.weights, request.data, request.loss) else {
        let names = format!("{} {} {}", request.weights, request.data, request.loss);
        return Err(RunError::Invalid(format!("model {names}: not registered")));
    };
    let layout = Layout::new(request);
    let lines = lines(&request.grid, request.verb);
    let done = AtomicUsize::new(0);
    let total = request.grid.len();
    let answer = |line: &Line| -> Option<Vec<Vec<Value>>> {
        if observer.cancelled() {
            return None;
        }
        let rows = layout.answer(request, model.as_ref(), line);
        let finished = done.fetch_add(line.values.len(), Ordering::Relaxed) + line.values.len();
        observer.progress(finished, total);
        Some(rows)
    };
    let answers = for_each(&lines, answer);
    let mut table = Table::new(layout.columns());
    let mut complete = true;
    for rows in answers {
        match rows {
            Some(rows) if complete => rows.into_iter().for_each(|row| table.push(row)),
            _ => complete = false,
        }
    }
    if complete { Ok(table) } else { Err(RunError::Interrupted(table)) }
}

/// Runs over the lines on all threads; results keep their order.
#[cfg(feature = "rayon")]
fn for_each<T: Send>(lines: &[Line], f: impl Fn(&Line) -> T + Sync + Send) -> Vec<T> {
    use rayon::prelude::*;
    lines.par_iter().map(f).collect()
}

/// Runs over the lines one after the other.
#[cfg(not(feature = "rayon"))]
fn for_each<T>(lines: &[Line], f: impl Fn(&Line) -> T) -> Vec<T> {
    lines.iter().map(f).collect()
}

/// A line of the grid: the values of its fastest axis, swept by continuation, at fixed others.
struct Line {
    point: Parameters,
    control: Parameter,
    values: Vec<f64>,
}

/// Cuts a grid into lines. Thresholds continue along their own parameter: each point is a line.
fn lines(grid: &Grid, verb: Verb) -> Vec<Line> {
    let fastest = grid.axes().last().map_or(Parameter::Alpha, |axis| axis.parameter);
    let length = match verb {
        Verb::Solve => grid.axes().last().map_or(1, |axis| axis.values.len()),
        Verb::Threshold(_) => 1,
    };
    let points: Vec<Parameters> = grid.iter().collect();
    points
        .chunks(length)
        .map(|chunk| Line {
            point: chunk[0],
            control: fastest,
            values: chunk.iter().filter_map(|p| p.get(fastest)).collect(),
        })
        .collect()
}

/// The parameters of a grid point as the models take them.
fn model_parameters(point: &Parameters) -> model::Parameters {
    let default = model::Parameters::default();
    model::Parameters {
        alpha: point.alpha.unwrap_or(default.alpha),
        kappa: point.kappa.unwrap_or(default.kappa),
        beta: point.beta.unwrap_or(default.beta),
        gamma: point.gamma.unwrap_or(default.gamma),
    }
}

/// The columns of a request's table.
struct Layout {
    names: [&'static str; 3],
    inputs: Vec<Parameter>,
    observables: Vec<Column>,
    answer: Option<Parameter>,
    branches: bool,
}

impl Layout {
    fn new(request: &Request) -> Self {
        let teacher = registry::data(request.data).is_some_and(model::Data::has_teacher);
        let asked = |p: &Parameter| request.grid.axes().iter().any(|a| a.parameter == *p);
        let answer = request.verb.answer();
        let kept = |column: &Column| teacher || !WITH_TEACHER.contains(&column.0);
        Layout {
            names: [request.weights, request.data, request.loss],
            inputs: Parameter::ALL.into_iter().filter(|p| asked(p) || answer == Some(*p)).collect(),
            observables: OBSERVABLES.into_iter().filter(kept).collect(),
            answer,
            branches: request.verb == Verb::Solve,
        }
    }

    fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["weights", "data", "loss"];
        columns.extend(self.inputs.iter().map(|p| p.name()));
        if self.branches {
            columns.extend(["branch", "dominant"]);
        }
        columns.extend(self.observables.iter().map(|c| c.0));
        columns.extend(["residual", "error_estimate", "at_stability", "status", "reason"]);
        columns
    }

    fn answer(&self, request: &Request, model: &dyn Model, line: &Line) -> Vec<Vec<Value>> {
        let p = model_parameters(&line.point);
        match request.verb {
            Verb::Threshold(quantity) => vec![self.critical(&line.point, model, quantity, &p)],
            Verb::Solve => {
                let outcomes = model.sweep(&p, line.control, &line.values, request.branches);
                let rows = line.values.iter().zip(outcomes);
                rows.flat_map(|(&value, outcome)| {
                    let mut point = line.point;
                    point.set(line.control, value);
                    self.solved(&point, &outcome)
                })
                .collect()
            }
        }
    }

    fn solved(&self, point: &Parameters, outcome: &Outcome) -> Vec<Vec<Value>> {
        let blank = |status: Status, residual: Option<f64>| {
            let mut row = self.start(point, None);
            row.extend([Value::Null, Value::Null]);
            self.finish_blank(row, status, residual)
        };
        match outcome {
            Outcome::NoSolution => vec![blank(Status::NoSolution, None)],
            Outcome::NotConverged { residual } => {
                vec![blank(Status::NotConverged, Some(*residual).filter(|r| r.is_finite()))]
            }
            Outcome::Found(states) => {
                let rows = states.iter().enumerate();
                rows.map(|(i, (branch, state))| {
                    let mut row = self.start(point, None);
                    row.extend([branch.as_str().into(), (i == 0).into()]);
                    self.finish(row, state, state.error_estimate)
                })
                .collect()
            }
        }
    }

    fn critical(&self, point: &Parameters, model: &dyn Model, quantity: Quantity, p: &model::Parameters) -> Vec<Value> {
        match model.threshold(quantity, p) {
            Ok(Some(Critical { value, error_estimate, state })) => {
                self.finish(self.start(point, Some(value)), &state, error_estimate)
            }
            Ok(None) => self.finish_blank(self.start(point, None), Status::NoSolution, None),
            Err(error) => {
                let residual = match error {
                    NotConverged::Stalled { residual } if residual.is_finite() => Some(residual),
                    _ => None,
                };
                self.finish_blank(self.start(point, None), Status::NotConverged, residual)
            }
        }
    }

    /// The model's names and the inputs, with the critical value where there is one.
    fn start(&self, point: &Parameters, critical: Option<f64>) -> Vec<Value> {
        let mut row: Vec<Value> = self.names.iter().map(|&name| name.into()).collect();
        let input = |p: &Parameter| if self.answer == Some(*p) { critical } else { point.get(*p) };
        row.extend(self.inputs.iter().map(|p| Value::from(input(p))));
        row
    }

    fn finish(&self, mut row: Vec<Value>, state: &State, error_estimate: f64) -> Vec<Value> {
        row.extend(self.observables.iter().map(|(_, read)| Value::from(read(state))));
        row.extend([
            state.residual.into(),
            error_estimate.into(),
            state.observables.at_stability.into(),
            state.status().name().into(),
            state.reason().map_or(Value::Null, Value::from),
        ]);
        row
    }

    fn finish_blank(&self, mut row: Vec<Value>, status: Status, residual: Option<f64>) -> Vec<Value> {
        row.extend(self.observables.iter().map(|_| Value::Null));
        row.extend([residual.into(), Value::Null, Value::Null, status.name().into(), Value::Null]);
        row
    }
}
