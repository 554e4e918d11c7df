//! Replica-symmetric theory of any registered model.
//!
//! | module | answers |
//! | --- | --- |
//! | [`free_entropy`] | the trait a replica ansatz implements: one function, generic over dual numbers |
//! | [`rs`] | replica-symmetric free entropy at finite β, or of the solutions at β = ∞ |
//! | [`ground_state`] | its zero-temperature limit for smooth losses on the sphere |
//! | [`observables`] | entropy, energies, errors and stability at a saddle point |
//! | [`ensemble`] | which of these a model at given parameters needs, and every solution of it |
//! | [`sweep`] | branches over a line of parameters |
//! | [`threshold`] | critical values as events on continued branches |


pub mod free_entropy;
pub mod ground_state;
pub mod observables;
pub mod rs;
pub mod state;
pub mod model;
pub mod threshold;
pub mod sweep;
pub mod ensemble;


