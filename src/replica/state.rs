//! A solved state and how far it can be trusted.

use super::ground_state::AT_KINKS;
use super::observables::{Ansatz, Observables};
use super::reason::{Missing, Reason};
use crate::model::Parameters;
use crate::solve::{NotConverged, Solution, SolveStats};
use std::sync::Arc;

/// Which description a state belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Regime {
    /// Finite β: Gibbs measure.
    Thermal,
    /// β = ∞ with every pattern satisfied: uniform measure on the solutions.
    Satisfied,
    /// β = ∞ with a smooth loss on the sphere that cannot vanish (ZT.2).
    GroundState,
    /// β = ∞ with discrete weights and positive energy: frozen at the β where the entropy vanishes
    /// (ZT.5).
    Frozen,
    /// The teacher itself, isolated: q = m = 1 (RS.11).
    Perfect,
    /// β = 0: no pattern matters (RS.14).
    Free,
}

/// How many of the coexisting states are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Branches {
    /// The one of largest free entropy.
    Dominant,
    /// Every one that is found.
    All,
}

/// Verdict on one row of results, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Converged and locally stable.
    Ok,
    /// Converged, but replica symmetry is broken: the replicon is negative, or discrete weights have
    /// negative entropy.
    RsUnstable,
    /// There is no such saddle point.
    NoSolution,
    /// The solver did not converge.
    NotConverged,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 4] = [
        Status::Ok,
        Status::RsUnstable,
        Status::NoSolution,
        Status::NotConverged,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::RsUnstable => "rs_unstable",
            Status::NoSolution => "no_solution",
            Status::NotConverged => "not_converged",
        }
    }
}

/// Below minus this a replicon or an entropy counts as negative: what quadrature and rounding leave
/// at a point where the quantity vanishes.
const MARGINAL: f64 = 1e-9;

/// What a state is among those that coexist with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Standing {
    /// None of those that are known has more weight.
    #[default]
    Dominant,
    /// A state, but another one has more weight.
    Metastable,
    /// The same, and the teacher's own weights are the other one (RS.11).
    BehindTeacher,
    /// A saddle between two states (S.21).
    Barrier,
}

/// A converged state with its observables.
#[derive(Clone, Debug)]
pub struct State {
    /// Which description it belongs to.
    pub regime: Regime,
    /// Unconstrained coordinates (empty for boundary states).
    pub x: Vec<f64>,
    /// What is measured there.
    pub observables: Observables,
    /// What decides between coexisting states: free entropy, or minus the ground-state energy.
    pub potential: f64,
    /// Absolute error of that alone.
    pub potential_error: f64,
    /// Largest absolute scaled residual of the saddle-point equations.
    pub residual: f64,
    /// Largest error of what is measured: absolute, of conjugates and the replicon relative to those
    /// above one.
    pub error_estimate: f64,
    /// Inverse temperature at which a frozen state is described.
    pub frozen_beta: Option<f64>,
    /// Whether weights are discrete.
    pub discrete: bool,
    /// Whether the teacher itself is a competing isolated state (RS.11).
    pub planted: bool,
    /// What it is among the states that coexist with it, as far as they are known.
    pub standing: Standing,
    /// What it cost.
    pub stats: SolveStats,
}

impl State {
    /// A state that is known without solving equations: no coordinates, errors and cost.
    pub fn bare(regime: Regime, observables: Observables) -> Self {
        State {
            regime,
            x: Vec::new(),
            observables,
            potential: 0.0,
            residual: 0.0,
            potential_error: 0.0,
            error_estimate: 0.0,
            frozen_beta: None,
            discrete: false,
            planted: false,
            standing: Standing::Dominant,
            stats: SolveStats::default(),
        }
    }

    /// A state at a saddle point, with what was measured there.
    pub fn solved(regime: Regime, solution: Solution, observables: Observables) -> Self {
        State {
            x: solution.x,
            potential: solution.value,
            residual: solution.residual,
            potential_error: solution.value_error,
            error_estimate: solution.value_error.max(observables.errors.largest()),
            stats: solution.stats,
            ..State::bare(regime, observables)
        }
    }

    /// The state at a saddle point of a zero-temperature functional. Panels must end exactly where the
    /// integrand of the replicon jumps: only smooth losses keep the nodes of the solution.
    pub fn ground(ground: &dyn Ansatz, solution: Solution, p: &Parameters) -> Self {
        let placed = solution
            .nodes
            .clone()
            .filter(|_| ground.placement_tolerance() > AT_KINKS);
        let rule = placed.unwrap_or_else(|| Arc::new(ground.freeze(&solution.x, p)));
        let observables = ground.observables(&solution.x, solution.value, p, &rule);
        State::solved(Regime::GroundState, solution, observables)
    }

    /// The same state beside one of this potential, that of the teacher or another one.
    pub(super) fn beside(&mut self, potential: f64, teacher: bool) {
        let margin = self.potential_error + f64::EPSILON;
        let settled = matches!(self.standing, Standing::Barrier | Standing::BehindTeacher);
        if !settled && potential > self.potential + margin {
            self.standing = if teacher {
                Standing::BehindTeacher
            } else {
                Standing::Metastable
            };
        }
    }

    fn replicon_negative(&self) -> bool {
        self.observables.at_stability.is_some_and(|x| x < -MARGINAL)
    }

    fn entropy_negative(&self) -> bool {
        self.discrete && self.observables.entropy.is_some_and(|x| x < -MARGINAL)
    }

    /// `ok`, or `rs_unstable` where the replicon is negative, where discrete weights have negative
    /// entropy, and at a barrier. Where the teacher is an isolated state, a branch of negative entropy is metastable
    /// against it and not broken: it stays `ok`, and [`State::reason`] says so.
    pub fn status(&self) -> Status {
        let barrier = self.standing == Standing::Barrier;
        let broken = self.entropy_negative() && self.standing != Standing::BehindTeacher;
        if self.replicon_negative() || barrier || broken {
            Status::RsUnstable
        } else {
            Status::Ok
        }
    }

    /// What there is to know about a state beyond its status.
    pub fn reason(&self) -> Option<Reason> {
        if self.standing == Standing::Barrier {
            Some(Reason::Barrier)
        } else if self.replicon_negative() {
            Some(Reason::RepliconNegative)
        } else if self.standing == Standing::BehindTeacher {
            Some(Reason::Metastable)
        } else if self.entropy_negative() {
            Some(Reason::EntropyNegative)
        } else if self.standing == Standing::Metastable {
            Some(Reason::Outweighed)
        } else if self.regime == Regime::Frozen {
            Some(Reason::Frozen)
        } else {
            None
        }
    }
}

/// What is found at one point of a phase diagram.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Coexisting states with the sheet of the branch each lies on, dominant one first.
    States(Vec<(String, State)>),
    /// There is none, or none was reached.
    Missing(Missing),
}

impl From<NotConverged> for Outcome {
    fn from(error: NotConverged) -> Self {
        Outcome::Missing(error.into())
    }
}

impl Outcome {
    /// The state of largest potential.
    pub fn dominant(&self) -> Option<&State> {
        match self {
            Outcome::States(states) => states.first().map(|(_, state)| state),
            Outcome::Missing(_) => None,
        }
    }
}
