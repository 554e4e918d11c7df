//! What local entropies have no theory for.

use super::entropic::NoNeighbourhood;
use super::group::NoGroups;

/// Of what there is no theory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTheory {
    /// Distances.
    #[error(transparent)]
    Distance(#[from] NoNeighbourhood),
    /// Groups of replicas.
    #[error(transparent)]
    Groups(#[from] NoGroups),
}
