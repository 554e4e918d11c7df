//! Tables of solutions and of critical values.

use super::gather::{Rows, gather};
use super::line::{Line, lines};
use super::missing::{at_load, told, verdict};
use super::quantities::{Column, Reader, When, of_states, of_trust};
use super::run_error::{RunError, unregistered};
use crate::ask::choice::RIDGE;
use crate::ask::{BiasChoice, Parameter, Point, Quantity, Request, Verb};
use crate::experiment::MixtureTheory;
use crate::model::prior::Norm;
use crate::model::{self, Control, registry};
use crate::observer::Observer;
use crate::record::{Table, Value};
use crate::replica::ensemble::Ensemble;
use crate::replica::model::{minimiser, model};
use crate::replica::reason::{Missing, Reason};
use crate::replica::state::{Outcome, State};
use crate::replica::threshold::Critical;

/// The generalisation error with the best bias for the same weights.
const BEST_BIAS: &str = "best_bias_error";

/// The table that answers a request, without its rows.
pub(super) fn empty(request: &Request) -> Table {
    Table::new(Layout::new(request).columns())
}

/// Answers a request: a row a grid point and branch, or a row a critical value.
///
/// # Errors
/// As [`super::run()`].
pub(super) fn run(request: &Request, observer: &dyn Observer) -> Result<Table, RunError> {
    let layout = Layout::new(request);
    let lines = lines(&request.grid, request.verb);
    let points = |line: &Line| line.values.len();
    if let Some(bias) = request.bias {
        let answer = |line: &Line| layout.of_mixture(request, bias, line);
        return gather(empty(request), &lines, points, answer, observer);
    }
    if request.weights == RIDGE {
        let answer = |line: &Line| layout.of_ridge(request, line);
        return gather(empty(request), &lines, points, answer, observer);
    }
    let model = model(request.weights, request.data, request.loss);
    let model = model.ok_or_else(|| unregistered(request))?;
    let answer = |line: &Line| layout.answer(request, &model, line);
    gather(empty(request), &lines, points, answer, observer)
}

/// The columns of a request's table.
struct Layout {
    names: [&'static str; 3],
    inputs: Vec<Parameter>,
    observables: Vec<Column<Reader<State>>>,
    answer: Option<Parameter>,
    branches: bool,
}

impl Layout {
    fn new(request: &Request) -> Self {
        let teacher = registry::data(request.data).is_some_and(model::Data::has_teacher);
        let asked = |p: &Parameter| request.grid.axes().iter().any(|a| a.parameter == *p);
        let answer = request.verb.answer();
        let clusters = request.bias.is_some();
        let of_norm = Parameter::Norm.belongs_to([request.weights, request.data, request.loss]);
        let free = registry::norm(request.weights) == Some(Norm::Free) && !clusters;
        let ridge = request.weights == RIDGE;
        let exists = |when| match when {
            When::Always => true,
            When::Teacher => teacher || clusters,
            When::Clusters => clusters,
            When::Axis => clusters || teacher && ridge,
            When::FreeNorm => free,
            When::GivenNorm => of_norm,
        };
        Layout {
            names: [request.weights, request.data, request.loss],
            inputs: Parameter::of_loss(request.loss)
                .into_iter()
                .filter(|p| asked(p) || answer == Some(*p))
                .collect(),
            observables: of_states(exists),
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
        columns.extend(of_trust());
        columns
    }

    fn answer(&self, request: &Request, model: &Ensemble, line: &Line) -> Rows {
        match request.verb {
            Verb::Threshold(quantity) => vec![self.critical(&line.point, model, quantity)],
            _ => {
                let outcomes = line.sweep(model, &line.point.to_model(), request.branches);
                self.along(line, outcomes)
            }
        }
    }

    /// The same for the minimiser of a risk, which depends on the ridge of the line.
    fn of_ridge(&self, request: &Request, line: &Line) -> Rows {
        let model = line
            .point
            .lambda
            .and_then(|ridge| minimiser(ridge, request.data, request.loss));
        match model {
            Some(model) => self.answer(request, &model, line),
            None => {
                let missing = Missing::never(Reason::NoTheory);
                self.along(line, vec![Outcome::Missing(missing); line.values.len()])
            }
        }
    }

    /// The same for a mixture, whose model depends on the point.
    fn of_mixture(&self, request: &Request, bias: BiasChoice, line: &Line) -> Rows {
        if bias == BiasChoice::Bayes && line.values.len() > 1 {
            // It differs from load to load.
            let points = line.points();
            return points
                .flat_map(|point| self.of_mixture(request, bias, &point))
                .collect();
        }
        let names = [request.weights, request.loss];
        let mut rows = match line.point.mixture().theory(names, bias) {
            Some(MixtureTheory::Measure(model)) => self.answer(request, &model, line),
            Some(MixtureTheory::Minimum(learning)) => {
                let p = line.point.to_model();
                self.along(line, learning.curve(&p, line.control, &line.values))
            }
            None => {
                let p = line.point.to_model();
                let missing = Missing::lost(
                    Reason::OutOfReach,
                    f64::INFINITY,
                    Control::Alpha,
                    (p.alpha, p.alpha),
                );
                let missing = |_: &f64| Outcome::Missing(missing);
                self.along(line, line.values.iter().map(missing).collect())
            }
        };
        self.compare(&mut rows, &line.point);
        rows
    }

    /// Adds what the weights, and any classifier, can reach at best to rows that have weights.
    fn compare(&self, rows: &mut Rows, point: &Point) {
        let columns = self.columns();
        let at = |name: &str| columns.iter().position(|c| *c == name);
        let places = [
            "alpha",
            "m",
            "q",
            "generalization_error",
            BEST_BIAS,
            "bayes_error",
        ]
        .map(at);
        let [
            Some(alpha),
            Some(m),
            Some(q),
            Some(error),
            Some(best),
            Some(bayes),
        ] = places
        else {
            return;
        };
        for row in rows.iter_mut().filter(|row| row[error] != Value::Null) {
            let alpha = row[alpha].as_number();
            let point = Point { alpha, ..*point }.mixture();
            let (m, q) = (row[m].as_number(), row[q].as_number());
            row[best] = point.best_bias_error(m, q).into();
            row[bayes] = point.bayes_error().into();
        }
    }

    /// The rows of the outcomes along a line.
    fn along(&self, line: &Line, outcomes: Vec<Outcome>) -> Rows {
        let rows = line.values.iter().zip(outcomes);
        rows.flat_map(|(&value, outcome)| {
            let mut point = line.point;
            point.set(line.control.into(), value);
            self.solved(&point, &outcome)
        })
        .collect()
    }

    fn solved(&self, point: &Point, outcome: &Outcome) -> Rows {
        match outcome {
            Outcome::Missing(missing) => {
                let mut row = self.start(point, None);
                row.extend([Value::Null, Value::Null]);
                let here = point.to_model();
                let (missing, place) = at_load(*missing, here.alpha);
                vec![self.finish_missing(row, &missing, &place)]
            }
            Outcome::States(states) => {
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

    fn critical(&self, point: &Point, model: &Ensemble, quantity: Quantity) -> Vec<Value> {
        match model.threshold(quantity, &point.to_model()) {
            Ok(Critical {
                value,
                error_estimate,
                state,
            }) => {
                let largest = error_estimate.max(state.error_estimate);
                self.finish(self.start(point, Some(value)), &state, largest)
            }
            Err(missing) => {
                let place = format!("at every {}", quantity.control().name());
                self.finish_missing(self.start(point, None), &missing, &place)
            }
        }
    }

    /// The model's names and the inputs, with the critical value where there is one.
    fn start(&self, point: &Point, critical: Option<f64>) -> Vec<Value> {
        let mut row: Vec<Value> = self.names.iter().map(|&name| name.into()).collect();
        let input = |p: &Parameter| {
            if self.answer == Some(*p) {
                critical
            } else {
                point.get(*p)
            }
        };
        row.extend(self.inputs.iter().map(|p| Value::from(input(p))));
        row
    }

    fn finish(&self, mut row: Vec<Value>, state: &State, error_estimate: f64) -> Vec<Value> {
        row.extend(
            self.observables
                .iter()
                .map(|(_, read)| Value::from(read(state))),
        );
        row.extend([
            state.residual.into(),
            error_estimate.into(),
            state.observables.at_stability.into(),
            state.status().name().into(),
            state.reason().into(),
        ]);
        row
    }

    fn finish_missing(&self, mut row: Vec<Value>, missing: &Missing, place: &str) -> Vec<Value> {
        let (status, residual) = verdict(missing);
        row.extend(self.observables.iter().map(|_| Value::Null));
        row.extend([
            residual.into(),
            Value::Null,
            Value::Null,
            status.name().into(),
            Value::Text(told(missing, place)),
        ]);
        row
    }
}
