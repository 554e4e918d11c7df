//! The command line as scripts see it.
#![cfg(feature = "cli")]

mod answers;
mod common;
mod figure;
mod formats;
mod local_entropy;
mod mixture;
mod mixture_local;
mod mixture_simulation;
mod notebook;
mod own_data;
mod quoting;
mod reasons;
mod refusals;
mod safety;
mod simulate;
mod sweep;
mod sweep_faults;
mod validate;
mod words;
