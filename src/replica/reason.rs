//! What the column `reason` can hold beside a status: one variant for each text.

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
    /// The minimiser stopped before its conditions held.
    GradientLeft,
    /// Samples are missing from a mean.
    RunsMissing,
    /// A limit of infinite size.
    Extrapolated,
    /// Equalities, or constraints that cannot be met, leave no volume.
    NoVolume,
    /// The theory does not cover these weights.
    NoTheory,
    /// An entropy above that of all configurations.
    MoreThanAll,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 20] = [
        Reason::RepliconNegative,
        Reason::EntropyNegative,
        Reason::LocalEntropyNegative,
        Reason::ExternalEntropyNegative,
        Reason::Metastable,
        Reason::Frozen,
        Reason::ReferenceUnstable,
        Reason::ReferenceAbsent,
        Reason::ReferenceNotConverged,
        Reason::NoFixedPoint,
        Reason::NothingFound,
        Reason::Drawn,
        Reason::NotUnique,
        Reason::NoFiniteMinimum,
        Reason::GradientLeft,
        Reason::RunsMissing,
        Reason::Extrapolated,
        Reason::NoVolume,
        Reason::NoTheory,
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
            Reason::Frozen => "frozen ground state",
            Reason::ReferenceUnstable => "reference: replica symmetry is broken",
            Reason::ReferenceAbsent => "there is no such reference",
            Reason::ReferenceNotConverged => "the reference did not converge",
            Reason::NoFixedPoint => "the messages did not reach a fixed point",
            Reason::NothingFound => "no solution was found",
            Reason::Drawn => "one of many vectors without loss, drawn",
            Reason::NotUnique => "the minimiser is not unique",
            Reason::NoFiniteMinimum => "no finite classifier is best",
            Reason::GradientLeft => "the gradient did not vanish",
            Reason::RunsMissing => "runs did not converge",
            Reason::Extrapolated => "sizes extrapolated in 1/n",
            Reason::NoVolume => "probes that meet every pattern have no volume",
            Reason::NoTheory => "no theory of distances or of replicas for these weights",
            Reason::MoreThanAll => "more than all configurations at this distance",
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
