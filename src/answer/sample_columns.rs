//! What simulations measure, column by column: on a sample as a whole, at each iteration of a path,
//! or at each distance from what was found.

use crate::ask::choice::RIDGE;
use crate::ask::{Request, Systems};
use crate::experiment::classified::{Classified, Estimated, Perturbed};
use crate::experiment::neighbourhood::overlap;
use crate::experiment::tested::Tested;
use crate::experiment::{Algorithm, Extent, Outcome};
use crate::model::registry;
use crate::replica::reason::Reason;
use crate::replica::state::Status;

/// What came out of one sample.
pub(super) struct Sample {
    pub(super) outcome: Outcome,
    pub(super) seconds: Option<f64>,
    /// How it does on patterns that nothing was learned from: their number, the errors, and least and
    /// mean stability.
    pub(super) tested: Option<TestedSample>,
}

/// What was found, on patterns that nothing was learned from.
pub(super) struct TestedSample {
    pub(super) patterns: usize,
    pub(super) tested: Tested,
    /// Smallest and mean stability.
    pub(super) stabilities: Option<[f64; 2]>,
}

impl TestedSample {
    fn errors(&self) -> Option<f64> {
        self.tested.errors.map(|errors| errors as f64)
    }
}

impl Sample {
    fn classified(&self) -> Option<&Classified> {
        self.outcome.classified.as_ref()
    }

    fn perturbed(&self, k: usize) -> Option<&Perturbed> {
        self.classified()?.perturbed.get(k)
    }

    fn estimated(&self) -> Option<&Estimated> {
        self.classified()?.estimated.as_ref()
    }
}

/// A quantity, and how it is read off one row of a sample.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// What the standard error of its mean is called; none for what samples do not change.
    pub(super) error: Option<&'static str>,
    /// Whether it counts something.
    pub(super) counts: bool,
    pub(super) read: fn(&Sample, usize) -> Option<f64>,
}

const fn column(
    name: &'static str,
    error: &'static str,
    read: fn(&Sample, usize) -> Option<f64>,
) -> Column {
    Column {
        name,
        error: Some(error),
        counts: false,
        read,
    }
}

const fn count(
    name: &'static str,
    error: &'static str,
    read: fn(&Sample, usize) -> Option<f64>,
) -> Column {
    Column {
        counts: true,
        ..column(name, error, read)
    }
}

const fn prediction(name: &'static str, read: fn(&Sample, usize) -> Option<f64>) -> Column {
    Column {
        name,
        error: None,
        counts: false,
        read,
    }
}

const WHOLE: [Column; 8] = [
    count("iterations", "iterations_error", |s, _| {
        Some(s.outcome.iterations as f64)
    }),
    count("training_errors", "training_errors_error", |s, _| {
        Some(s.outcome.training_errors as f64)
    }),
    column("free_entropy", "free_entropy_error", |s, _| {
        s.outcome.free_entropy
    }),
    column("entropy", "entropy_error", |s, _| s.outcome.entropy),
    column("training_loss", "training_loss_error", |s, _| {
        s.outcome.training_loss
    }),
    column("q", "q_error", |s, _| s.outcome.q),
    column("m", "m_error", |s, _| s.outcome.m),
    SECONDS,
];

/// The error of patterns that are left out one by one.
const LEFT_OUT: &str = "leave_one_out_error";

/// What is known of classifiers of clusters.
const CLASSIFIER: [Column; 21] = [
    count("iterations", "iterations_error", |s, _| {
        Some(s.outcome.iterations as f64)
    }),
    count("training_errors", "training_errors_error", |s, _| {
        s.classified()?.q.map(|_| s.outcome.training_errors as f64)
    }),
    column("q", "q_error", |s, _| s.classified()?.q),
    column("m", "m_error", |s, _| s.classified()?.m),
    column("bias", "bias_error", |s, _| s.classified()?.bias),
    column("cosine", "cosine_error", |s, _| s.classified()?.cosine),
    column("lambda", "lambda_error", |s, _| s.classified()?.lambda),
    column(
        "ground_state_energy",
        "ground_state_energy_error",
        |s, _| s.classified()?.ground_state_energy,
    ),
    column("free_entropy", "free_entropy_error", |s, _| {
        s.outcome.free_entropy
    }),
    column("entropy", "entropy_error", |s, _| s.outcome.entropy),
    column("training_loss", "training_loss_error", |s, _| {
        s.classified()?.training_loss
    }),
    column("training_error", "training_error_error", |s, _| {
        s.classified()?.training_error
    }),
    column(
        "generalization_error",
        "generalization_error_error",
        |s, _| s.classified()?.generalization_error,
    ),
    column("residual", "residual_error", |s, _| {
        s.classified()?.residual
    }),
    column(LEFT_OUT, "leave_one_out_error_error", |s, _| {
        s.classified()?.leave_one_out_error
    }),
    column("estimated_cosine", "estimated_cosine_error", |s, _| {
        s.estimated()?.cosine
    }),
    column(
        "estimated_generalization_error",
        "estimated_generalization_error_error",
        |s, _| s.estimated()?.generalization_error,
    ),
    SIGNAL[0],
    SIGNAL[1],
    SIGNAL[2],
    SIGNAL[3],
];

/// What a user's own patterns say of their clusters: every sample says the same.
const SIGNAL: [Column; 4] = [
    prediction("estimated_delta", |s, _| s.estimated()?.delta),
    prediction("estimated_rho", |s, _| Some(s.estimated()?.rho)),
    prediction("signal", |s, _| s.estimated()?.signal),
    prediction("offset", |s, _| Some(s.estimated()?.offset)),
];

/// What surrounds classifiers of clusters.
const SURROUNDINGS: [Column; 8] = [
    prediction("overlap", |s, k| Some(overlap(s.perturbed(k)?.distance))),
    column(
        "local_training_error",
        "local_training_error_error",
        |s, k| Some(s.perturbed(k)?.training_error),
    ),
    column(
        "local_generalization_error",
        "local_generalization_error_error",
        |s, k| s.perturbed(k)?.generalization_error,
    ),
    prediction("draws_error", |s, k| s.perturbed(k)?.scatter),
    SIGNAL[0],
    SIGNAL[1],
    SIGNAL[2],
    SIGNAL[3],
];

const PATH: [Column; 5] = [
    column("q", "q_error", |s, k| Some(s.outcome.path.get(k)?.q)),
    column("m", "m_error", |s, k| Some(s.outcome.path.get(k)?.m)),
    prediction("predicted_q", |s, k| {
        Some(s.outcome.path.get(k)?.predicted.q)
    }),
    prediction("predicted_m", |s, k| {
        Some(s.outcome.path.get(k)?.predicted.m)
    }),
    SECONDS,
];

const NEIGHBOURHOOD: [Column; 4] = [
    column("local_entropy", "local_entropy_error", |s, k| {
        s.outcome.nearby.get(k)?.local_entropy
    }),
    column(
        "normalized_local_entropy",
        "normalized_local_entropy_error",
        |s, k| s.outcome.nearby.get(k)?.normalized_local_entropy(),
    ),
    column("local_energy", "local_energy_error", |s, k| {
        Some(s.outcome.nearby.get(k)?.local_energy)
    }),
    SECONDS,
];

/// On patterns that nothing was learned from.
const TESTED: [Column; 5] = [
    Column {
        counts: true,
        ..prediction("test_patterns", |s, _| {
            Some(s.tested.as_ref()?.patterns as f64)
        })
    },
    count("test_errors", "test_errors_error", |s, _| {
        s.tested.as_ref()?.errors()
    }),
    column("test_error", "test_error_error", |s, _| {
        let tested = s.tested.as_ref()?;
        Some(tested.errors()? / tested.patterns as f64)
    }),
    column("test_stability", "test_stability_error", |s, _| {
        Some(s.tested.as_ref()?.stabilities?[1])
    }),
    column(
        "least_test_stability",
        "least_test_stability_error",
        |s, _| Some(s.tested.as_ref()?.stabilities?[0]),
    ),
];

const SECONDS: Column = column("seconds", "seconds_error", |s, _| s.seconds);

/// The names of every column that systems of some kind have.
#[cfg(test)]
pub(super) fn every_name() -> impl Iterator<Item = &'static str> {
    let tables = [
        &WHOLE[..],
        &CLASSIFIER,
        &SURROUNDINGS,
        &PATH,
        &NEIGHBOURHOOD,
        &TESTED,
    ];
    tables.concat().into_iter().map(|column| column.name)
}

/// The columns that exist for these systems.
pub(super) fn columns(systems: &Systems, request: &Request) -> Vec<Column> {
    let (weights, timed) = (request.weights, request.timed);
    let teacher = registry::data(request.data).is_some_and(|d| d.has_teacher());
    if request.bias.is_some() {
        return of_classifiers(systems, weights == RIDGE, timed);
    }
    let solver = systems.algorithm.solves();
    let of_measure = ["free_entropy", "entropy", "training_loss", "q"];
    let all: Vec<Column> = match systems.extent {
        Extent::Outcome => WHOLE.into(),
        Extent::Path(_) => PATH.into(),
        Extent::Neighbourhood(_) => NEIGHBOURHOOD.into(),
    };
    let kept = |column: &Column| match column.name {
        "m" | "predicted_m" => teacher,
        "seconds" => timed,
        name => !(solver && of_measure.contains(&name)),
    };
    with_tested(all.into_iter().filter(kept).collect(), systems)
}

/// The columns with those of patterns that nothing was learned from, the seconds last.
fn with_tested(mut columns: Vec<Column>, systems: &Systems) -> Vec<Column> {
    if systems.test.is_some() {
        let end = columns.iter().position(|c| c.name == SECONDS.name);
        let end = end.unwrap_or(columns.len());
        columns.splice(end..end, TESTED);
    }
    columns
}

/// Those of classifiers of clusters: what is known of drawn patterns is estimated of a user's own.
fn of_classifiers(systems: &Systems, ridge: bool, timed: bool) -> Vec<Column> {
    let own = systems.patterns.is_some();
    let closed = systems.algorithm.is_closed_form();
    let all: Vec<Column> = match systems.extent {
        Extent::Neighbourhood(_) => SURROUNDINGS.into(),
        _ => CLASSIFIER.into(),
    };
    let known = ["m", "cosine", "generalization_error"];
    let guessed = ["signal", "offset"];
    let minimised = ["iterations", "lambda", "ground_state_energy", "residual"];
    let measured = ["free_entropy", "entropy"];
    let amp = systems.algorithm == Algorithm::Amp;
    let kept = |column: &Column| match column.name {
        name if known.contains(&name) => !own,
        name if name.starts_with("estimated") || guessed.contains(&name) => own,
        "lambda" if ridge => false,
        "residual" if amp => false,
        LEFT_OUT => own && ridge && systems.algorithm == Algorithm::Minimise,
        name if measured.contains(&name) => amp && !ridge,
        name => !(closed && minimised.contains(&name)),
    };
    let mut kept: Vec<Column> = all.into_iter().filter(kept).collect();
    kept.extend(timed.then_some(SECONDS));
    with_tested(kept, systems)
}

/// Number of rows of a sample.
pub(super) fn rows(extent: &Extent) -> usize {
    match extent {
        Extent::Outcome => 1,
        Extent::Path(iterations) => iterations + 1,
        Extent::Neighbourhood(distances) => distances.len(),
    }
}

/// How far one row of a sample can be trusted, and why not.
pub(super) fn status(extent: &Extent, sample: &Sample, row: usize) -> (Status, Option<String>) {
    let (status, own) = own_status(extent, sample, row);
    let reason = own.map(|reason| reason.text().to_owned());
    match sample.outcome.remark {
        // A fixed point was reached: what is wrong is the remark.
        Some(remark) if reason.is_none() || own == Some(Reason::NoFixedPoint) => {
            (status, Some(remark.to_string()))
        }
        Some(remark) => (status, reason.map(|reason| format!("{reason}; {remark}"))),
        None => (status, reason),
    }
}

fn own_status(extent: &Extent, sample: &Sample, row: usize) -> (Status, Option<Reason>) {
    let outcome = &sample.outcome;
    if let Some(classified) = &outcome.classified {
        return (classified.status.unwrap_or(Status::Ok), classified.reason);
    }
    let nearby = outcome.nearby.get(row);
    let converged = match extent {
        Extent::Outcome => outcome.converged != Some(false),
        Extent::Path(_) => outcome.path.len() > row,
        Extent::Neighbourhood(_) if !outcome.solved => {
            return (Status::NoSolution, Some(Reason::NothingFound));
        }
        Extent::Neighbourhood(_) => nearby.is_some_and(|n| n.local_entropy.is_some()),
    };
    if converged {
        (Status::Ok, None)
    } else {
        (Status::NotConverged, Some(Reason::NoFixedPoint))
    }
}
