//! Message passing on one instance: the finite-size side of the replica theory.
//!
//! | module | holds |
//! | --- | --- |
//! | [`patterns`] | matrices of patterns: one bit or one number per entry |
//! | [`instance`] | instances drawn from a seed |
//! | [`clusters`] | those of two clusters: labels, axis, and where the patterns lie |
//! | [`amp`] | approximate message passing and its free entropy, for any prior and loss |
//! | [`measure`] | what acts on its weights beside the patterns |
//! | [`biased`] | what it has to know of two clusters, and their bias |
//! | [`free_entropy`] | what its fixed points say |
//! | [`surroundings`] | the same at a distance from a configuration of spherical weights |
//! | [`state_evolution`] | its overlaps on a large instance |
//! | [`committee`] | the same for perceptrons and committees of binary weights, with self-fields |
//! | [`fast`] | the same for the binary perceptron on one-bit patterns, several times faster |
//! | [`protocol`], [`reinforcement`] | self-fields, their schedules, and solvers on top of them |
//! | [`iteration`] | how an iteration ends, and what its fixed point says |
//! | [`kernel`], [`activation`] | products of patterns with vectors, functions in single precision |
//! | [`machine`] | perceptron and committees |
//! | [`bp`] | belief propagation with one message per edge |
//! | [`compact`] | the same with one byte per edge |
//! | [`max_sum`] | the same at zero temperature |
//! | [`local_entropy`] | local entropy around a configuration |
//! | [`factor`] | what one pattern says to the units of a machine |
//!
//! Labels are absorbed into the patterns: row `μ` is `σ^μ ξ^μ`, and a pattern is learned where
//! `w·ξ > 0`. Overlaps, energies and entropies are per weight in every public result. Equations
//! MP.* of `theory/message-passing.md` and BP.* of `theory/belief-propagation.md`.

pub mod activation;
pub mod amp;
pub mod biased;
pub mod bp;
pub mod bp_settings;
pub mod clusters;
pub mod committee;
pub mod compact;
mod compact_edges;
pub mod edges;
mod exact;
pub mod factor;
pub mod fast;
pub mod free_entropy;
mod group;
mod grouped;
pub mod instance;
pub mod iteration;
pub mod kernel;
pub mod local_entropy;
mod lookup;
pub mod machine;
pub mod max_sum;
pub mod measure;
mod messages;
mod number;
mod pack;
pub mod patterns;
pub mod protocol;
pub mod reinforcement;
mod renew;
mod response;
mod rows;
mod series;
mod shell;
pub mod state_evolution;
pub mod surroundings;
mod sweep;
mod tabulated;
mod thread_rooms;
mod weights;
mod wide;

pub use amp::Amp;
pub use biased::Biased;
pub use clusters::Clusters;
pub use committee::Committee;
pub use fast::FastPerceptron;
pub use instance::{Entries, Instance, InstanceSpec, TeacherWeights};
pub use iteration::{Run, Settings, Status, Thermodynamics, Unsupported};
pub use measure::Confinement;
pub use patterns::{Patterns, RealMatrix, SignMatrix};
pub use state_evolution::{Overlaps, StateEvolution};
