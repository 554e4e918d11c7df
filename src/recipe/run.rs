//! From a validated request to its table.

use super::classifiers;
use super::clusters::{RIDGE, Trained, bayes_error, best_bias_error, trained};
use super::comparison;
use super::gather::{Rows, gather};
use super::line::{Line, lines};
use super::missing::{at_load, told, verdict};
use super::quantities::{Column, Reader, When, of_states, of_trust};
use super::request::Request;
use super::run_error::RunError;
use super::simulate;
use super::table::{Table, Value};
use super::{BiasChoice, Pairs, Parameter, Parameters, Quantity, Verb, landscape, local};
use crate::model::prior::Norm;
use crate::model::{self, Control, registry};
use crate::observer::Observer;
use crate::replica::ensemble::Ensemble;
use crate::replica::model::{minimiser, model};
use crate::replica::reason::{Missing, Reason};
use crate::replica::state::{Outcome, State};
use crate::replica::threshold::Critical;
use crate::solve::Tolerances;

/// The tolerances that the solvers work with.
pub fn tolerances() -> Pairs {
    let t = Tolerances::default();
    vec![
        ("residual".to_owned(), Value::Num(t.residual)),
        ("event".to_owned(), Value::Num(t.event)),
    ]
}

/// The generalisation error with the best bias for the same weights.
const BEST_BIAS: &str = "best_bias_error";

/// The table that answers a request, without its rows.
pub fn empty(request: &Request) -> Table {
    match request.verb {
        Verb::Solve | Verb::Threshold(_) => Table::new(Layout::new(request).columns()),
        Verb::LocalEntropy | Verb::LocalThreshold(_) if request.bias.is_some() => {
            landscape::empty(request)
        }
        Verb::LocalEntropy | Verb::LocalThreshold(_) => local::empty(request),
        Verb::Classifiers => classifiers::empty(request),
        Verb::Validate => comparison::empty(),
        Verb::Simulate(_) => {
            let systems = request.systems.as_ref();
            systems.map_or(Table::default(), |s| simulate::empty(request, s))
        }
    }
}

/// Answers a request: one row a grid point and branch, in the order of the grid (references, if
/// there are any, outermost), whatever the number of threads.
///
/// # Errors
/// [`RunError::Invalid`] if the model cannot answer; [`RunError::Interrupted`] with the rows that
/// were finished, up to the first that was not.
pub fn run(request: &Request, observer: &dyn Observer) -> Result<Table, RunError> {
    if let Verb::LocalEntropy | Verb::LocalThreshold(_) = request.verb {
        return match request.bias {
            Some(bias) => landscape::run(request, bias, observer),
            None => local::run(request, observer),
        };
    }
    if let Some(systems) = &request.systems {
        return simulate::run(request, systems, observer);
    }
    if let Some(comparison) = &request.comparison {
        return comparison.run(observer);
    }
    if request.verb == Verb::Classifiers {
        return classifiers::run(request, observer);
    }
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

/// A request whose names no model has.
pub(super) fn unregistered(request: &Request) -> RunError {
    let names = format!("{} {} {}", request.weights, request.data, request.loss);
    RunError::Invalid(format!("model {names}: not registered"))
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
        let mut rows = match trained(names, bias, &line.point) {
            Some(Trained::Measure(model)) => self.answer(request, &model, line),
            Some(Trained::Minimum(learning)) => {
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
    fn compare(&self, rows: &mut Rows, point: &Parameters) {
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
            let point = Parameters { alpha, ..*point };
            // The norm of weights on a sphere is not the overlap of two of them.
            let norm = if self.names[0] == RIDGE {
                row[q].as_number()
            } else {
                Some(point.norm.unwrap_or(1.0))
            };
            row[best] = best_bias_error(&point, row[m].as_number(), norm).into();
            row[bayes] = bayes_error(&point).into();
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

    fn solved(&self, point: &Parameters, outcome: &Outcome) -> Rows {
        match outcome {
            Outcome::Missing(missing) => {
                let mut row = self.start(point, None);
                row.extend([Value::Null, Value::Null]);
                let here = point.to_model();
                let (missing, place) = at_load(*missing, here.alpha);
                vec![self.finish_missing(row, &missing, &place)]
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

    fn critical(&self, point: &Parameters, model: &Ensemble, quantity: Quantity) -> Vec<Value> {
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
    fn start(&self, point: &Parameters, critical: Option<f64>) -> Vec<Value> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observer::Silent;
    use crate::recipe::RawRequest;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn table(alpha: &str, observer: &dyn Observer) -> Result<Table, RunError> {
        let options = [("weights", "spherical"), ("alpha", alpha)];
        let raw = RawRequest {
            verb: "solve".to_owned(),
            quantity: None,
            options: options.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
            ..RawRequest::default()
        };
        run(&Request::new(&raw).unwrap(), observer)
    }

    #[test]
    fn a_line_in_parts_is_one_branch_with_a_row_for_each_value() {
        let table = table("0.02:0.02:1.9", &Silent).unwrap();
        assert_eq!(table.rows().len(), 95);
        for row in 0..95 {
            assert_eq!(table.get(row, "branch"), Some(&"1".into()), "row {row}");
            let overlap = table.get(row, "q").and_then(Value::as_number).unwrap();
            let alpha = table.get(row, "alpha").and_then(Value::as_number).unwrap();
            // κ = 0 on the sphere: q grows with α and reaches 1 at α = 2.
            assert!(overlap > 0.0 && overlap < 1.0 && alpha == (row + 1) as f64 / 50.0);
        }
    }

    #[test]
    fn an_observer_stops_a_long_line_between_its_parts() {
        struct Impatient(AtomicUsize);
        impl Observer for Impatient {
            fn progress(&self, done: usize, total: usize) {
                assert!(done <= total);
                self.0.store(done, Ordering::Relaxed);
            }
            fn cancelled(&self) -> bool {
                self.0.load(Ordering::Relaxed) > 0
            }
        }
        let stopped = table("0.0001:0.0001:1.9", &Impatient(AtomicUsize::new(0)));
        let Err(RunError::Interrupted(partial)) = stopped else {
            panic!("a line of 19000 values ran to its end")
        };
        assert!(partial.rows().len() < 19_000 / 2);
    }
}
