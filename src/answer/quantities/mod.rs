//! The one list of quantities: the name of each column, its unit, what it means, where it is defined, and how
//! it is read off a result. Tables, `explain` and the tests of the help are made from it, so that a quantity
//! is one entry of `list`.

mod list;

use crate::ask::ClusterReference;
use crate::model::Mixture;
use crate::replica::closed_form::classifier::Classifier;
use crate::replica::local::classifier_reference::MixtureReference;
use crate::replica::local::point::LocalState;
use crate::replica::local::reference::Reference;
use crate::replica::state::State;

/// The word that explains the standard errors of a summary.
pub(super) const STANDARD_ERROR: &str = "standard_error";

/// A quantity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantity {
    /// Name of its column.
    pub name: &'static str,
    /// Where it stands in a table.
    part: Part,
    /// Unit; nothing for words and pure numbers.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Tag of the equation that defines it; nothing where none does.
    pub equation: &'static str,
    /// The file that has more, or a command.
    pub place: &'static str,
    /// What it is read off, where the tables of theory have it.
    read: &'static [Read],
}

const fn quantity(
    name: &'static str,
    part: Part,
    unit: &'static str,
    meaning: &'static str,
    equation: &'static str,
    place: &'static str,
    read: &'static [Read],
) -> Quantity {
    Quantity {
        name,
        part,
        unit,
        meaning,
        equation,
        place,
        read,
    }
}

/// Groups of columns, in the order of the tables; within a group that of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// What a local entropy curve shows.
    Curve,
    /// Overlap of two configurations.
    Overlap,
    /// Mean square of a weight.
    Norm,
    /// Overlap with references.
    Reference,
    /// Overlap with a teacher or the axis of clusters.
    Axis,
    /// How a probe follows patterns.
    Response,
    /// Parameters that are an answer.
    Control,
    /// Entropies, energies and errors.
    Value,
    /// Groups of replicas.
    Replicas,
    /// How far a row can be trusted.
    Trust,
    /// What is no answer of theory, or alone in its group.
    Other,
}

/// Models that have a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// All.
    Always,
    /// A teacher or clusters.
    Teacher,
    /// Clusters.
    Clusters,
    /// Clusters, or a teacher and a ridge.
    Axis,
    /// Weights whose mean square is an order parameter.
    FreeNorm,
    /// Losses that have a minimiser of given norm.
    GivenNorm,
}

/// Parameters that a reference has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    /// Margin.
    pub kappa: Option<f64>,
    /// Sharpness.
    pub gamma: Option<f64>,
    /// Inverse temperature.
    pub beta: Option<f64>,
}

/// What a quantity is read off, and how.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// A saddle point.
    State(When, Reader<State>),
    /// Probes around a reference.
    Probe(Reader<LocalState>),
    /// Probes around a classifier of clusters.
    ClusterProbe(Reader<LocalState>),
    /// A reference.
    Reference(Reader<Reference>),
    /// A classifier of clusters as a reference, at its own norm.
    ClusterReference(Reader<MixtureReference>),
    /// Vectors around it that do not look at the patterns, given their overlap with it.
    Perturbed(OfPerturbed),
    /// Parameters of a reference, also where there are no probes.
    Given(Reader<Given>),
    /// The same of a classifier of clusters.
    ClusterGiven(Reader<ClusterReference>),
    /// A classifier in closed form; its place among its columns.
    Classifier(usize, OfClassifier),
}

/// How a number is read off something.
pub(super) type Reader<T> = fn(&T) -> Option<f64>;

/// The same of a reference and the overlap with it.
pub(super) type OfPerturbed = fn(&MixtureReference, f64) -> f64;

/// The same of a classifier of a mixture.
pub(super) type OfClassifier = fn(&Classifier, &Mixture) -> Option<f64>;

/// A column: its name, and how to read it.
pub(super) type Column<T> = (&'static str, T);

/// Every quantity, in the order of `explain`.
pub(super) fn quantities() -> &'static [Quantity] {
    list::QUANTITIES
}

/// The columns that are read off one thing, in the order of tables.
fn columns<T>(pick: impl Fn(&Read) -> Option<T>) -> Vec<Column<T>> {
    let mut found: Vec<(Part, Column<T>)> = Vec::new();
    for quantity in quantities() {
        let reads = quantity.read.iter().filter_map(&pick);
        found.extend(reads.map(|read| (quantity.part, (quantity.name, read))));
    }
    found.sort_by_key(|(part, _)| *part);
    found.into_iter().map(|(_, column)| column).collect()
}

/// Those of saddle points of the models for which `exists` holds.
pub(super) fn of_states(exists: impl Fn(When) -> bool) -> Vec<Column<Reader<State>>> {
    columns(|read| match read {
        Read::State(when, read) if exists(*when) => Some(*read),
        _ => None,
    })
}

/// Those of classifiers in closed form.
pub(super) fn of_classifiers() -> Vec<Column<OfClassifier>> {
    let mut found = columns(|read| match read {
        Read::Classifier(place, read) => Some((*place, *read)),
        _ => None,
    });
    found.sort_by_key(|(_, (place, _))| *place);
    found
        .into_iter()
        .map(|(name, (_, read))| (name, read))
        .collect()
}

/// Defines the columns that are read off one thing.
macro_rules! columns_of {
    ($($(#[$attribute:meta])* $name:ident = $variant:ident: $read:ty;)*) => {
        $(
            $(#[$attribute])*
            pub(super) fn $name() -> Vec<Column<$read>> {
                columns(|read| match read {
                    Read::$variant(read) => Some(*read),
                    _ => None,
                })
            }
        )*
    };
}

columns_of! {
    /// Those of probes around a reference.
    of_probes = Probe: Reader<LocalState>;
    /// Those of probes around a classifier of clusters.
    of_cluster_probes = ClusterProbe: Reader<LocalState>;
    /// Those of a reference.
    of_references = Reference: Reader<Reference>;
    /// Those of a classifier of clusters as a reference.
    of_cluster_references = ClusterReference: Reader<MixtureReference>;
    /// Those of vectors that do not look at the patterns.
    of_perturbed = Perturbed: OfPerturbed;
    /// Parameters of a reference.
    of_given = Given: Reader<Given>;
    /// Parameters of a classifier of clusters as a reference.
    of_cluster_given = ClusterGiven: Reader<ClusterReference>;
}

/// How far a row can be trusted: the last columns of every table of theory.
pub(super) fn of_trust() -> impl Iterator<Item = &'static str> {
    let trust = quantities().iter().filter(|q| q.part == Part::Trust);
    trust.map(|quantity| quantity.name)
}
