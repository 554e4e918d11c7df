//! How an iteration ends, and what its fixed point says.

/// Why a model cannot be iterated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// β = ∞ where every stability costs: there is no set of solutions.
    #[error("at beta = inf every stability costs: there are no solutions to average over")]
    NoSolutions,
    /// β is negative or not a number.
    #[error("beta must be a number of at least 0, or inf")]
    Beta,
    /// No single ground state: the energy is not convex.
    #[error("a loss that is not convex has no single ground state")]
    NotConvex,
    /// A ground state of weights that are neither on a sphere nor confined by a ridge.
    #[error("message passing knows the ground state of spherical weights only")]
    GroundState,
    /// Clusters, or a distance, for weights whose norm is free.
    #[error("clusters and distances are known for weights of given norm only")]
    FreeNorm,
    /// A vector whose length is not the number of weights.
    #[error("a field or a configuration must have one finite entry for each weight")]
    Length,
    /// Labels that are not one ±1 for each pattern.
    #[error("there must be one label, 1 or -1, for each pattern")]
    Labels,
    /// A variance of entries that is not positive, or a bias that is not finite.
    #[error("the variance of the entries must be positive and a given bias finite")]
    Clusters,
    /// A learned bias of a measure that has more than one maximum in it.
    #[error("a loss that is not convex has no single best bias at finite beta")]
    LearnedBias,
    /// A ridge or a norm that is not a positive number.
    #[error("a ridge or a norm must be a finite number above 0")]
    Confinement,
    /// An overlap with a reference that no vector of the sphere has.
    #[error("an overlap must lie between -1 and 1, on a sphere of positive temperature or volume")]
    Overlap,
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Largest change `|Δm_i|` of a converged iteration.
    pub tolerance: f64,
    /// Most iterations.
    pub max_iterations: usize,
    /// Part of the old means that is kept, in `[0, 1)`.
    pub damping: f64,
}

impl Default for Settings {
    /// 1e-10, 1000 iterations, no damping.
    fn default() -> Self {
        Settings {
            tolerance: 1e-10,
            max_iterations: 1000,
            damping: 0.0,
        }
    }
}

/// How an iteration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The means no longer change.
    Converged,
    /// The iterations were used up.
    Exhausted,
    /// An iteration produced infinite numbers; the state before it is kept.
    Diverged,
}

/// Report of an iteration to a fixed point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// How it ended.
    pub status: Status,
    /// Iterations made.
    pub iterations: usize,
    /// Largest change of a mean in the last one.
    pub change: f64,
}

/// What a fixed point says, per weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermodynamics {
    /// `ln Z / N` (MP.8); in the regime of a minimum minus the energy, that of a ridge included.
    pub free_entropy: f64,
    /// Mean energy of the patterns.
    pub energy: f64,
    /// Entropy, `ln Z / N + β e`; zero in the regime of a minimum, which does not know it.
    pub entropy: f64,
    /// `q = |m|²/N`.
    pub overlap: f64,
}

/// Repeats a step, which gives its largest change, to a fixed point.
pub fn run(settings: &Settings, mut step: impl FnMut() -> Option<f64>) -> Run {
    let mut run = Run {
        status: Status::Exhausted,
        iterations: 0,
        change: f64::INFINITY,
    };
    while run.iterations < settings.max_iterations {
        let Some(change) = step() else {
            run.status = Status::Diverged;
            break;
        };
        run.iterations += 1;
        run.change = change;
        if change < settings.tolerance {
            run.status = Status::Converged;
            break;
        }
    }
    run
}
