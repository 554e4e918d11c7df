//! Systems of finite size: message passing, simulation and enumeration, against exact sums, closed
//! forms and the theory of infinite size.

#[path = "../reference/mod.rs"]
mod reference;

mod allocations;
mod belief_propagation;
mod enumeration;
mod free_norm_messages;
mod message_passing;
mod mixture_amp_theory;
mod mixture_message_passing;
mod mixture_simulation;
