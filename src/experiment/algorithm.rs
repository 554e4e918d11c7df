//! The algorithms by name, and what each can be run on. **A new algorithm is one line in
//! [`Algorithm::ALL`] and one arm in [`simulation`](super::simulation).**

/// What is run on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Belief propagation with a message per edge.
    Bp,
    /// Approximate message passing, or its minimum at β = ∞ for losses that never vanish.
    Amp,
    /// Message passing with reinforcement that keeps a memory.
    ReinforcedBp,
    /// Message passing of many replicas that attract each other.
    FocusingBp,
    /// Max-sum with reinforcement.
    MaxSum,
    /// Belief-propagation-inspired search with integer fields.
    Sbpi,
    /// None: the teacher of the instance, a typical solution.
    Planted,
    /// The linear classifier of smallest risk on two clusters.
    Minimise,
    /// The Bayes-optimal classifier of two clusters.
    BayesOptimal,
    /// Hebb's rule on two clusters.
    Hebb,
    /// Hebb's rule with the bias that is best if the axis is known.
    PlugIn,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Algorithm; 11] = [
        Algorithm::Bp,
        Algorithm::Amp,
        Algorithm::ReinforcedBp,
        Algorithm::FocusingBp,
        Algorithm::MaxSum,
        Algorithm::Sbpi,
        Algorithm::Planted,
        Algorithm::Minimise,
        Algorithm::BayesOptimal,
        Algorithm::Hebb,
        Algorithm::PlugIn,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Bp => "bp",
            Algorithm::Amp => "amp",
            Algorithm::ReinforcedBp => "reinforced-bp",
            Algorithm::FocusingBp => "focusing-bp",
            Algorithm::MaxSum => "max-sum",
            Algorithm::Sbpi => "sbpi",
            Algorithm::Planted => "planted",
            Algorithm::Minimise => "minimise",
            Algorithm::BayesOptimal => "bayes-optimal",
            Algorithm::Hebb => "hebb",
            Algorithm::PlugIn => "plug-in",
        }
    }

    /// Whether it looks for one solution, rather than for the measure over all of them.
    pub fn solves(self) -> bool {
        !matches!(self, Algorithm::Bp | Algorithm::Amp)
    }

    /// Whether it runs on machines with more than one hidden unit.
    pub fn takes_committees(self) -> bool {
        let single = matches!(
            self,
            Algorithm::MaxSum | Algorithm::Sbpi | Algorithm::Planted
        );
        !single && !self.classifies()
    }

    /// Whether it makes a linear classifier of two clusters, and nothing else.
    pub fn classifies(self) -> bool {
        self == Algorithm::Minimise || self.is_closed_form()
    }

    /// Whether it is a sum over the patterns of two clusters, without iteration.
    pub fn is_closed_form(self) -> bool {
        matches!(
            self,
            Algorithm::BayesOptimal | Algorithm::Hebb | Algorithm::PlugIn
        )
    }

    /// Whether it runs on weights, losses and temperatures other than binary solutions.
    pub fn is_general(self) -> bool {
        self == Algorithm::Amp
    }

    /// Whether it needs patterns of signs with an odd number of entries.
    pub fn needs_odd_signs(self) -> bool {
        matches!(self, Algorithm::MaxSum | Algorithm::Sbpi)
    }
}
