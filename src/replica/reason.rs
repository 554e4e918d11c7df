//! What the column `reason` can hold beside a status: one variant for each text.

use crate::model::Control;
use crate::solve::NotConverged;

/// What there is to say of a row beyond its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The replicon is negative.
    RepliconNegative,
    /// Discrete weights have a negative entropy.
    EntropyNegative,
    /// The same around a reference.
    LocalEntropyNegative,
    /// There is no group of that many replicas.
    ExternalEntropyNegative,
    /// The teacher's own weights have more weight in the measure.
    Metastable,
    /// Another state of the same branch has more weight in the measure.
    Outweighed,
    /// A saddle between two states: no state.
    Barrier,
    /// Replica symmetry has no weights left at this load.
    BeyondCapacity,
    /// The loss vanishes nowhere.
    NoZeroEnergy,
    /// Discrete weights meet no equality.
    Equalities,
    /// The teacher satisfies every pattern at every load.
    AlwaysSatisfied,
    /// The same for weights of a length that nothing fixes.
    SomeLengthSatisfies,
    /// The quantity is one of discrete weights.
    NotDiscrete,
    /// The quantity has the same sign all over the range.
    NoCrossing,
    /// The branch has no fold in the range.
    NoFold,
    /// The branch ends before it is met.
    BranchEnds,
    /// The branch could not be followed so far.
    BranchLost,
    /// The iteration stalled.
    Stalled,
    /// The error is as large as the value.
    Inaccurate,
    /// Order parameters beyond what the arithmetic can tell apart.
    OutOfReach,
    /// There is no theory for it.
    NoTheory,
    /// Described at the temperature where the entropy vanishes.
    Frozen,
    /// The reference's own saddle point cannot be trusted.
    ReferenceUnstable,
    /// The measure that the reference is drawn from is empty.
    ReferenceAbsent,
    /// The reference's own saddle point was not reached.
    ReferenceNotConverged,
    /// Message passing did not become stationary.
    NoFixedPoint,
    /// A search ended without a solution whose surroundings could be measured.
    NothingFound,
    /// The minimum without loss is a set; one of it was drawn.
    Drawn,
    /// The minimum is a set.
    NotUnique,
    /// The risk falls all the way to infinite weights or an infinite bias.
    NoFiniteMinimum,
    /// The risk is smallest at zero weights.
    ZeroWeights,
    /// The minimiser stopped before its conditions held.
    GradientLeft,
    /// Samples are missing from a mean.
    RunsMissing,
    /// A limit of infinite size.
    Extrapolated,
    /// Equalities, or constraints that cannot be met, leave no volume.
    NoVolume,
    /// An entropy above that of all configurations.
    MoreThanAll,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 36] = [
        Reason::RepliconNegative,
        Reason::EntropyNegative,
        Reason::LocalEntropyNegative,
        Reason::ExternalEntropyNegative,
        Reason::Metastable,
        Reason::Outweighed,
        Reason::Barrier,
        Reason::BeyondCapacity,
        Reason::NoZeroEnergy,
        Reason::Equalities,
        Reason::AlwaysSatisfied,
        Reason::SomeLengthSatisfies,
        Reason::NotDiscrete,
        Reason::NoCrossing,
        Reason::NoFold,
        Reason::BranchEnds,
        Reason::BranchLost,
        Reason::Stalled,
        Reason::Inaccurate,
        Reason::OutOfReach,
        Reason::NoTheory,
        Reason::Frozen,
        Reason::ReferenceUnstable,
        Reason::ReferenceAbsent,
        Reason::ReferenceNotConverged,
        Reason::NoFixedPoint,
        Reason::NothingFound,
        Reason::Drawn,
        Reason::NotUnique,
        Reason::NoFiniteMinimum,
        Reason::ZeroWeights,
        Reason::GradientLeft,
        Reason::RunsMissing,
        Reason::Extrapolated,
        Reason::NoVolume,
        Reason::MoreThanAll,
    ];

    /// As it stands in tables; counts and sizes may stand around it.
    pub fn text(self) -> &'static str {
        match self {
            Reason::RepliconNegative => "replicon negative",
            Reason::EntropyNegative => "entropy negative: no such configuration exists",
            Reason::LocalEntropyNegative => "local entropy negative: no such configuration exists",
            Reason::ExternalEntropyNegative => {
                "external entropy negative: no such group of replicas exists"
            }
            Reason::Metastable => "metastable: the teacher's own state dominates",
            Reason::Outweighed => "metastable: another state dominates",
            Reason::Barrier => "barrier between two states, itself none",
            Reason::BeyondCapacity => "no weights satisfy so many patterns",
            Reason::NoZeroEnergy => "the loss vanishes nowhere",
            Reason::Equalities => "discrete weights meet no equality",
            Reason::AlwaysSatisfied => "the teacher satisfies every pattern at every load",
            Reason::SomeLengthSatisfies => {
                "weights of some length satisfy every pattern at every load"
            }
            Reason::NotDiscrete => "asks for discrete weights",
            Reason::NoCrossing => "no change of sign",
            Reason::NoFold => "the branch has no fold",
            Reason::BranchEnds => "the branch ends before",
            Reason::BranchLost => "the branch could not be followed",
            Reason::Stalled => "the iteration stalled",
            Reason::Inaccurate => "the averages are not accurate enough",
            Reason::OutOfReach => "order parameters left the range of the arithmetic",
            Reason::NoTheory => "there is no theory for it",
            Reason::Frozen => "frozen ground state",
            Reason::ReferenceUnstable => "reference: replica symmetry is broken",
            Reason::ReferenceAbsent => "there is no such reference",
            Reason::ReferenceNotConverged => "the reference did not converge",
            Reason::NoFixedPoint => "the messages did not reach a fixed point",
            Reason::NothingFound => "no solution was found",
            Reason::Drawn => "one of many vectors without loss, drawn",
            Reason::NotUnique => "the minimiser is not unique",
            Reason::NoFiniteMinimum => "no finite classifier is best",
            Reason::ZeroWeights => "the risk is smallest at zero weights",
            Reason::GradientLeft => "the gradient did not vanish",
            Reason::RunsMissing => "runs did not converge",
            Reason::Extrapolated => "sizes extrapolated in 1/n",
            Reason::NoVolume => "probes that meet every pattern have no volume",
            Reason::MoreThanAll => "more than all configurations at this distance",
        }
    }
}

/// Where something was looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Searched {
    /// Along which parameter.
    pub control: Control,
    /// From here
    pub low: f64,
    /// to here.
    pub high: f64,
}

/// Why there is no result: a statement about the model, or about the program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Missing {
    /// It does not exist in the range that was searched.
    Absent {
        /// Why.
        reason: Reason,
        /// Where it was looked for.
        searched: Option<Searched>,
    },
    /// It may exist, but was not reached.
    NotConverged {
        /// Why.
        reason: Reason,
        /// Largest scaled residual reached; infinite outside the domain.
        residual: f64,
        /// Where it was looked for.
        searched: Option<Searched>,
    },
}

impl Missing {
    /// Absent in this range of a control parameter.
    pub fn absent(reason: Reason, control: Control, (low, high): (f64, f64)) -> Self {
        let searched = Some(Searched { control, low, high });
        Missing::Absent { reason, searched }
    }

    /// Absent whatever the parameters.
    pub fn never(reason: Reason) -> Self {
        Missing::Absent {
            reason,
            searched: None,
        }
    }

    /// Not reached although looked for in this range.
    pub fn lost(reason: Reason, residual: f64, control: Control, (low, high): (f64, f64)) -> Self {
        Missing::NotConverged {
            reason,
            residual,
            searched: Some(Searched { control, low, high }),
        }
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        match self {
            Missing::Absent { reason, .. } | Missing::NotConverged { reason, .. } => *reason,
        }
    }

    /// Where it was looked for.
    pub fn searched(&self) -> Option<Searched> {
        match self {
            Missing::Absent { searched, .. } | Missing::NotConverged { searched, .. } => *searched,
        }
    }

    /// The same with the range that was searched, where none was given.
    pub fn within(mut self, control: Control, (low, high): (f64, f64)) -> Self {
        match &mut self {
            Missing::Absent { searched, .. } | Missing::NotConverged { searched, .. } => {
                searched.get_or_insert(Searched { control, low, high });
            }
        }
        self
    }
}

impl From<NotConverged> for Missing {
    fn from(error: NotConverged) -> Self {
        Missing::NotConverged {
            reason: match error {
                NotConverged::Stalled { .. } => Reason::Stalled,
                NotConverged::Escaped => Reason::OutOfReach,
            },
            residual: error.residual(),
            searched: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_listed_once_with_a_text_of_its_own() {
        for (i, a) in Reason::ALL.iter().enumerate() {
            assert!(
                Reason::ALL[..i].iter().all(|b| a.text() != b.text()),
                "{a:?}"
            );
        }
    }
}
