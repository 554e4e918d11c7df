//! Tables of the local entropies of a mixture, and of the distances at which its curves end.

use super::gather::{Rows, gather};
use super::missing::{at_load, told, verdict};
use super::pieces::{Piece, Trust, finite, pieces};
use super::quantities::{
    Column, OfPerturbed, Reader, of_cluster_given, of_cluster_probes, of_cluster_references,
    of_perturbed, of_trust,
};
use super::run_error::RunError;
use crate::ask::{BiasChoice, ClusterReference, Parameter, Request, Verb};
use crate::experiment::neighbourhood::overlap;
use crate::observer::Observer;
use crate::record::{Table, Value};
use crate::replica::local::around_classifier::LocalMixture;
use crate::replica::local::classifier_reference::MixtureReference;
use crate::replica::local::point::{LocalOutcome, LocalState};
use crate::replica::local::reference::NoReference;
use crate::replica::reason::Missing;
use crate::replica::state::Status;

/// An input that is measured where it is not given, as is the inverse temperature.
const TRAINING_ERROR: &str = "training_error";

/// The table that answers a request, without its rows.
pub(super) fn empty(request: &Request) -> Table {
    Table::new(Layout::new(request).columns())
}

/// Answers a request: a row a distance, or a row an end of a curve.
///
/// # Errors
/// As [`super::run()`].
pub(super) fn run(
    request: &Request,
    bias: BiasChoice,
    observer: &dyn Observer,
) -> Result<Table, RunError> {
    let layout = Layout::new(request);
    let points = |piece: &Work| piece.distances.len().max(1);
    let answer = |piece: &Work| layout.answer(bias, piece);
    let pieces = pieces(request, &request.cluster_references);
    gather(empty(request), &pieces, points, answer, observer)
}

type Work<'a> = Piece<'a, ClusterReference>;

/// What a row tells besides its inputs.
#[derive(Default)]
struct RowContent<'a> {
    distance: Option<f64>,
    state: Option<&'a LocalState>,
    reference: Option<&'a MixtureReference>,
    residual: Option<f64>,
    /// Why there is no state.
    failure: Option<(Missing, String)>,
}

impl RowContent<'_> {
    /// An empty row; where no range was searched, `place` says for which parameters it holds.
    fn missing(missing: Missing, place: String) -> Self {
        RowContent {
            residual: verdict(&missing).1,
            failure: Some((missing, place)),
            ..RowContent::default()
        }
    }

    fn of(outcome: &LocalOutcome, distance: f64) -> RowContent<'_> {
        match (outcome, outcome.missing(distance)) {
            (LocalOutcome::States(states), _) => RowContent {
                state: states.first(),
                residual: states.first().map(|s| s.residual),
                ..RowContent::default()
            },
            (_, Some(missing)) => RowContent::missing(missing, "at every distance".to_owned()),
            (_, None) => RowContent::default(),
        }
    }
}

/// The columns of a request's table.
struct Layout<'a> {
    request: &'a Request,
    inputs: Vec<Parameter>,
    probe: Vec<Column<Reader<LocalState>>>,
    perturbed: Vec<Column<OfPerturbed>>,
    given: Vec<Column<Reader<ClusterReference>>>,
    reference: Vec<Column<Reader<MixtureReference>>>,
}

impl<'a> Layout<'a> {
    fn new(request: &'a Request) -> Self {
        let asked = |p: &Parameter| request.grid.axes().iter().any(|a| a.parameter == *p);
        let inputs = Parameter::of_loss(request.loss).into_iter().filter(asked);
        let inputs: Vec<_> = inputs.filter(|p| *p != Parameter::Distance).collect();
        let given = |name: &str| inputs.iter().any(|p| column(*p) == name);
        Layout {
            request,
            probe: of_cluster_probes()
                .into_iter()
                .filter(|c| !given(c.0))
                .collect(),
            perturbed: of_perturbed(),
            given: of_cluster_given(),
            reference: of_cluster_references(),
            inputs,
        }
    }

    fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["weights", "data", "loss", "reference"];
        columns.extend(self.inputs.iter().map(|p| column(*p)));
        columns.extend(["distance", "overlap"]);
        if self.request.verb.has_branches() {
            columns.extend(["branch", "dominant"]);
        }
        columns.extend(self.probe.iter().map(|c| c.0));
        columns.extend(self.perturbed.iter().map(|c| c.0));
        columns.extend(self.given.iter().map(|c| c.0));
        columns.extend(self.reference.iter().map(|c| c.0));
        columns.extend(of_trust());
        columns
    }

    fn answer(&self, bias: BiasChoice, piece: &Work) -> Rows {
        let reference = match piece.choice {
            Some(choice) => choice.at(bias, &piece.point.mixture(), &piece.point.to_model()),
            None => Err(NoReference::Absent),
        };
        let is_curve = self.request.verb == Verb::LocalEntropy;
        match reference {
            Ok(reference) if is_curve => self.curve(reference, piece),
            Ok(reference) => vec![self.nearest(reference, piece)],
            Err(error) => {
                let distances = piece.distances.iter().copied().map(Some);
                let distances = distances.chain((!is_curve).then_some(None));
                let row = |distance| {
                    let alpha = piece.point.to_model().alpha;
                    let (missing, place) = at_load((&error).into(), alpha);
                    let found = RowContent::missing(missing, place);
                    self.row(piece, &RowContent { distance, ..found })
                };
                distances.map(row).collect()
            }
        }
    }

    fn curve(&self, reference: MixtureReference, piece: &Work) -> Rows {
        let p = piece.point.to_model();
        let distances = &piece.distances;
        let local = LocalMixture::new(self.request.loss, reference.clone(), None);
        let outcomes = match (local, piece.point.training_error) {
            (Some(local), Some(error)) => local.curve_at_loss(&p, error, distances),
            (Some(local), None) => local.curve(&p, distances),
            (None, _) => Vec::new(),
        };
        let rows = distances.iter().zip(&outcomes).map(|(d, outcome)| {
            let found = RowContent {
                distance: Some(*d),
                reference: Some(&reference),
                ..RowContent::of(outcome, *d)
            };
            self.row(piece, &found)
        });
        rows.collect()
    }

    /// Where the curve at zero temperature ends.
    fn nearest(&self, reference: MixtureReference, piece: &Work) -> Vec<Value> {
        let p = piece.point.to_model();
        let local = LocalMixture::new(self.request.loss, reference.clone(), None);
        let outcome = match local.map(|local| local.end(&p)) {
            Some(Ok(Some(state))) => LocalOutcome::States(vec![state]),
            Some(Ok(None)) | None => LocalOutcome::NoSolution,
            Some(Err(error)) => error.into(),
        };
        let found = RowContent {
            reference: Some(&reference),
            ..RowContent::of(&outcome, 0.0)
        };
        let distance = found.state.map(|state| state.distance);
        self.row(piece, &RowContent { distance, ..found })
    }

    fn row(&self, piece: &Work, found: &RowContent) -> Vec<Value> {
        let request = self.request;
        let names = [request.weights, request.data, request.loss];
        let mut row: Vec<Value> = names.map(Value::from).into();
        let name = piece.choice.map(ClusterReference::name);
        row.push(name.map_or(Value::Null, Value::Text));
        let input = |p: &Parameter| Value::from(piece.point.get(*p));
        row.extend(self.inputs.iter().map(input));
        let overlap = found.distance.map(overlap);
        row.extend([found.distance, overlap].map(Value::from));
        let state = found.state;
        if request.verb.has_branches() {
            row.extend(match state {
                Some(state) => [state.branch.as_str().into(), true.into()],
                None => [Value::Null, Value::Null],
            });
        }
        let probe = self.probe.iter();
        // The input of infinite temperature is a number too.
        row.extend(probe.map(|(_, read)| finite(state.and_then(read))));
        let perturbed = found.reference.zip(overlap);
        row.extend(
            self.perturbed
                .iter()
                .map(|(_, read)| finite(perturbed.map(|(r, overlap)| read(r, overlap)))),
        );
        let choice = piece.choice;
        row.extend(
            self.given
                .iter()
                .map(|(_, read)| finite(choice.and_then(read))),
        );
        // An order parameter of the reference is none of a row without probes.
        let reference = found.reference.filter(|_| state.is_some());
        row.extend(
            self.reference
                .iter()
                .map(|(_, read)| finite(reference.and_then(read))),
        );
        row.extend(trust(found));
        row
    }
}

/// The column of a parameter as an input.
fn column(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::TrainingError => TRAINING_ERROR,
        other => other.name(),
    }
}

/// How far a row can be trusted, and why it is empty if it is.
fn trust(found: &RowContent) -> Trust {
    let (status, reason) = match (found.state, &found.failure) {
        (Some(state), _) => (state.status(), state.reason().into()),
        (None, Some((missing, place))) => (verdict(missing).0, Value::Text(told(missing, place))),
        (None, None) => (Status::NoSolution, Value::Null),
    };
    [
        finite(found.residual),
        finite(found.state.map(|s| s.error_estimate)),
        finite(found.state.and_then(|s| s.observables.at_stability)),
        status.name().into(),
        reason,
    ]
}
