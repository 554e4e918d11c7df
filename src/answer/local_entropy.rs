//! Tables of local entropies and of their critical values.

use super::gather::{Rows, gather};
use super::missing::{at_load, told, verdict};
use super::pieces::{Piece, Trust, finite, pieces};
use super::quantities::{Column, Given, Reader, of_given, of_probes, of_references, of_trust};
use super::run_error::{RunError, unregistered};
use crate::ask::{Branches, LocalQuantity, Parameter, ReferenceChoice, Request, Verb};
use crate::experiment::neighbourhood::overlap;
use crate::model::Control;
use crate::model::registry::loss_parameters;
use crate::observer::Observer;
use crate::record::{Table, Value};
use crate::replica::local::critical::NoThreshold;
use crate::replica::local::neighbourhoods::LocalModel;
use crate::replica::local::point::{LocalOutcome, LocalState};
use crate::replica::local::reference::{NoReference, Reference};
use crate::replica::reason::{Missing, Reason};
use crate::replica::state::Status;

type Work<'a> = Piece<'a, ReferenceChoice>;

/// The table that answers a request, without its rows.
pub(super) fn empty(request: &Request) -> Table {
    Table::new(Layout::new(request).columns())
}

/// Answers a request: a row a distance and branch, or a row a critical value.
///
/// # Errors
/// As [`super::run()`].
pub(super) fn run(request: &Request, observer: &dyn Observer) -> Result<Table, RunError> {
    let model = LocalModel::new(request.weights, request.data, request.loss);
    let model = model.ok_or_else(|| unregistered(request))?;
    let layout = Layout::new(request);
    let points = |piece: &Work| piece.distances.len().max(1);
    let answer = |piece: &Work| layout.answer(&model, piece);
    let pieces = pieces(request, &request.references);
    gather(empty(request), &pieces, points, answer, observer)
}

/// What a row tells besides its inputs.
#[derive(Default)]
struct RowContent<'a> {
    /// The critical value.
    answer: Option<f64>,
    distance: Option<f64>,
    /// The probes, and whether theirs is the largest free entropy.
    state: Option<(&'a LocalState, bool)>,
    reference: Option<&'a Reference>,
    /// Margin of the reference, where that is the answer.
    margin: Option<f64>,
    residual: Option<f64>,
    error_estimate: Option<f64>,
    /// Why there is no state.
    failure: Option<(Missing, String)>,
}

impl<'a> RowContent<'a> {
    /// An empty row; where no range was searched, `place` says for which parameters it holds.
    fn missing(missing: Missing, place: String) -> Self {
        RowContent {
            residual: verdict(&missing).1,
            failure: Some((missing, place)),
            ..RowContent::default()
        }
    }

    fn no_reference(error: &NoReference, alpha: f64) -> Self {
        let (missing, place) = at_load(error.into(), alpha);
        RowContent::missing(missing, place)
    }

    /// The largest error of the row, in which the reference has columns too.
    fn error(&self) -> Option<f64> {
        let reference = self.reference.map_or(0.0, Reference::error_estimate);
        self.error_estimate.map(|error| error.max(reference))
    }

    fn state(state: &'a LocalState, dominant: bool) -> Self {
        RowContent {
            state: Some((state, dominant)),
            residual: Some(state.residual),
            error_estimate: Some(state.error_estimate),
            ..RowContent::default()
        }
    }
}

/// The columns of a request's table.
struct Layout<'a> {
    request: &'a Request,
    inputs: Vec<Parameter>,
    probe: Vec<Column<Reader<LocalState>>>,
    given: Vec<Column<Reader<Given>>>,
    reference: Vec<Column<Reader<Reference>>>,
}

impl<'a> Layout<'a> {
    fn new(request: &'a Request) -> Self {
        let answer = request.verb.answer();
        let asked = |p: &Parameter| request.grid.axes().iter().any(|a| a.parameter == *p);
        let inputs = Parameter::of_loss(request.loss).into_iter();
        let inputs = inputs.filter(|p| asked(p) || answer == Some(*p));
        Layout {
            request,
            inputs: inputs.filter(|p| *p != Parameter::Distance).collect(),
            probe: of_probes(),
            given: of_given(),
            reference: of_references(),
        }
    }

    fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["weights", "data", "loss", "reference"];
        columns.extend(self.inputs.iter().map(|p| p.name()));
        columns.extend(["distance", "overlap"]);
        if self.request.verb.has_branches() {
            columns.extend(["branch", "dominant"]);
        }
        columns.extend(self.probe.iter().map(|c| c.0));
        columns.extend(self.given.iter().map(|c| c.0));
        columns.extend(self.reference.iter().map(|c| c.0));
        columns.extend(of_trust());
        columns
    }

    fn answer(&self, model: &LocalModel, piece: &Work) -> Rows {
        match self.request.verb {
            Verb::LocalThreshold(quantity) => vec![self.critical(model, quantity, piece)],
            _ => self.curve(model, piece),
        }
    }

    fn curve(&self, model: &LocalModel, piece: &Work) -> Rows {
        let choice = piece.choice.unwrap_or(&ReferenceChoice::Typical);
        let row = |distance: f64, found: RowContent| {
            let distance = Some(distance);
            self.row(piece, RowContent { distance, ..found })
        };
        let distances = piece.distances.iter().copied();
        let curve = match model.curve(choice, &piece.point.to_model(), &piece.distances) {
            Ok(curve) => curve,
            Err(error) => {
                let alpha = piece.point.to_model().alpha;
                return distances
                    .map(|d| row(d, RowContent::no_reference(&error, alpha)))
                    .collect();
            }
        };
        let reference = curve.reference.as_ref();
        let rows = distances.zip(&curve.outcomes).flat_map(|(d, outcome)| {
            let found = self.found(outcome, d).into_iter();
            found.map(move |found| (d, RowContent { reference, ..found }))
        });
        rows.map(|(d, found)| row(d, found)).collect()
    }

    /// What is found at one distance: a row for each branch that is asked for.
    fn found<'b>(&self, outcome: &'b LocalOutcome, distance: f64) -> Vec<RowContent<'b>> {
        if let Some(missing) = outcome.missing(distance) {
            return vec![RowContent::missing(missing, "at every distance".to_owned())];
        }
        let states = match outcome {
            LocalOutcome::States(states) => states.as_slice(),
            _ => &[],
        };
        let most = match self.request.branches {
            Branches::All => states.len(),
            Branches::Dominant => 1,
        };
        let states = states.iter().take(most).enumerate();
        states.map(|(i, s)| RowContent::state(s, i == 0)).collect()
    }

    fn critical(&self, model: &LocalModel, quantity: LocalQuantity, piece: &Work) -> Vec<Value> {
        let choice = piece.choice.unwrap_or(&ReferenceChoice::Typical);
        let p = piece.point.to_model();
        let result = model.threshold(quantity, choice, &p);
        let critical = match result {
            Ok(Some(critical)) => critical,
            other => {
                let missing = match other {
                    Err(NoThreshold::NoTheory(_)) => Missing::never(Reason::NoTheory),
                    Err(NoThreshold::NotConverged(error)) => Missing::from(error),
                    _ if model.has_none(quantity) => Missing::never(Reason::NotDiscrete),
                    _ => Missing::never(Reason::NoCrossing),
                };
                let missing = match model.searched(quantity, choice, &p) {
                    Some(range) => missing.within(range.control, (range.low, range.high)),
                    None => missing,
                };
                let answer = quantity.control().map_or("kappa", Parameter::name);
                let found = RowContent::missing(missing, format!("at every {answer}"));
                return self.row(piece, found);
            }
        };
        let is = |asked: bool| asked.then_some(critical.value);
        let is_distance = quantity.control() == Some(Parameter::Distance);
        let found = RowContent {
            answer: Some(critical.value),
            distance: is(is_distance).or(Some(critical.state.distance)),
            reference: critical.reference.as_ref(),
            margin: is(quantity == LocalQuantity::IsolationMargin).or(critical.margin),
            error_estimate: Some(critical.error_estimate),
            ..RowContent::state(&critical.state, true)
        };
        self.row(piece, found)
    }

    fn row(&self, piece: &Work, found: RowContent) -> Vec<Value> {
        let Request {
            verb,
            weights,
            data,
            loss,
            ..
        } = *self.request;
        let mut row: Vec<Value> = [weights, data, loss].map(Value::from).into();
        let reference = piece.choice.map(ReferenceChoice::name);
        row.push(reference.map_or(Value::Null, Value::Text));
        let input = |p: &Parameter| {
            let is_answer = verb.answer() == Some(*p);
            let value = if is_answer {
                found.answer
            } else {
                piece.point.get(*p)
            };
            Value::from(value)
        };
        row.extend(self.inputs.iter().map(input));
        let overlap = found.distance.map(overlap);
        row.extend([found.distance, overlap].map(Value::from));
        if verb.has_branches() {
            row.extend(match found.state {
                Some((state, dominant)) => [state.branch.as_str().into(), dominant.into()],
                None => [Value::Null, Value::Null],
            });
        }
        let state = found.state.map(|(state, _)| state);
        let probe = self.probe.iter();
        row.extend(probe.map(|(_, read)| finite(state.and_then(read))));
        let parameters = self.reference_parameters(piece.choice, &found);
        let given = self.given.iter();
        row.extend(given.map(|(_, read)| Value::from(read(&parameters))));
        // An order parameter of the reference is none of a row without probes.
        let reference = found.reference.filter(|_| state.is_some());
        row.extend(
            self.reference
                .iter()
                .map(|(_, read)| finite(reference.and_then(read))),
        );
        row.extend(trust(&found));
        row
    }

    /// Margin, sharpness and inverse temperature of the reference, as far as it has them.
    fn reference_parameters(&self, choice: Option<&ReferenceChoice>, found: &RowContent) -> Given {
        let loss = match choice {
            Some(ReferenceChoice::Typical) => self.request.loss,
            Some(ReferenceChoice::Loss { name, .. }) => name,
            // Replicas have no reference that these would be read off.
            _ => "theta",
        };
        let own = |p: &Control| loss_parameters(loss).contains(p);
        let reference = found.reference.map(|reference| reference.parameters);
        let read = |p: Control| reference.filter(|_| own(&p)).map(|r| r.get(p));
        let typed = match choice {
            Some(ReferenceChoice::Margin(kappa)) => (Some(*kappa), None),
            Some(ReferenceChoice::Loss { gamma, .. }) => (None, *gamma),
            _ => (None, None),
        };
        let kappa = found.margin.or(read(Control::Kappa)).or(typed.0);
        let gamma = read(Control::Gamma).or(typed.1);
        Given {
            kappa: kappa.filter(|x| x.is_finite()),
            gamma: gamma.filter(|x| x.is_finite()),
            beta: reference.map(|r| r.beta),
        }
    }
}

/// How far a row can be trusted, and why it is empty if it is.
fn trust(found: &RowContent) -> Trust {
    let state = found.state.map(|(state, _)| state);
    let (status, reason) = match (state, &found.failure) {
        (Some(state), _) => (state.status(), state.reason().into()),
        (None, Some((missing, place))) => (verdict(missing).0, Value::Text(told(missing, place))),
        (None, None) => (Status::NoSolution, Value::Null),
    };
    [
        finite(found.residual),
        finite(found.error()),
        finite(state.and_then(|s| s.observables.at_stability)),
        status.name().into(),
        reason,
    ]
}

#[cfg(test)]
#[path = "local_entropy_tests.rs"]
mod tests;
