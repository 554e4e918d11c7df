//! The theory and the numerics below it, against independent computations, known limits and
//! identities; what holds of every request; and the book that explains both.

#[path = "../reference/mod.rs"]
mod reference;

#[cfg(feature = "figure")]
mod book;
mod cross_checks;
mod free_norm;
mod local;
mod local_entropy;
mod local_limits;
mod machines;
mod mixture_classifiers;
mod mixture_gibbs;
mod mixture_local;
mod mixture_norm;
mod mixture_risk;
mod mixture_tilted;
mod no_theory;
mod properties;
mod reference_values;
mod robust_ensemble;
mod rows_alone;
mod solvers;
mod special_functions;
mod teacher_shell;
mod wide_kernels;
