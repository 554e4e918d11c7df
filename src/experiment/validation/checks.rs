//! The checks by name.

/// A comparison of theory and simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// Binary weights, random labels: entropy and overlap of the solutions.
    Storage,
    /// The same entropy from a message per edge.
    Edges,
    /// Exact messages beside all configurations of small instances.
    Enumeration,
    /// The first iterations of message passing.
    StateEvolution,
    /// Overlap with a teacher below, between and above the transitions.
    Teacher,
    /// Solutions at a distance from a teacher.
    LocalEntropy,
    /// Log-volume of spherical solutions.
    Spherical,
    /// Energies and generalisation errors of convex losses on the sphere.
    GroundState,
    /// Two clusters: minimisers, the Bayes-optimal classifier, Gibbs measures.
    Mixture,
    /// Two clusters: errors and solutions around classifiers.
    MixtureLandscape,
    /// Gibbs measures at finite temperatures, and at margins other than zero.
    Temperature,
    /// What a student knows of a teacher: entropies, errors, the first iterations.
    Learning,
    /// Minima of convex losses on the sphere: response and errors.
    Minima,
    /// The rate at which message passing forgets.
    Stability,
    /// The largest margin on the sphere.
    Margin,
    /// Solutions on the sphere around a teacher and around solutions.
    Reference,
    /// Two clusters: classifiers in closed form.
    Classifiers,
}

impl Check {
    /// All of them, in the order of their rows.
    pub const ALL: [Check; 17] = [
        Check::Storage,
        Check::Edges,
        Check::Enumeration,
        Check::StateEvolution,
        Check::Teacher,
        Check::LocalEntropy,
        Check::Spherical,
        Check::GroundState,
        Check::Mixture,
        Check::MixtureLandscape,
        Check::Temperature,
        Check::Learning,
        Check::Minima,
        Check::Stability,
        Check::Margin,
        Check::Reference,
        Check::Classifiers,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Check::Storage => "storage",
            Check::Edges => "edges",
            Check::Enumeration => "enumeration",
            Check::StateEvolution => "state-evolution",
            Check::Teacher => "teacher",
            Check::LocalEntropy => "local-entropy",
            Check::Spherical => "spherical",
            Check::GroundState => "ground-state",
            Check::Mixture => "mixture",
            Check::MixtureLandscape => "mixture-landscape",
            Check::Temperature => "temperature",
            Check::Learning => "learning",
            Check::Minima => "minima",
            Check::Stability => "stability",
            Check::Margin => "margin",
            Check::Reference => "reference",
            Check::Classifiers => "classifiers",
        }
    }

    /// Whether sums of as many signs as weights occur in it, which must not vanish.
    pub fn needs_odd_sizes(self) -> bool {
        !self.has_real_patterns()
    }

    /// Whether the entries of its patterns are real numbers: slower, at half the sizes.
    pub(super) fn has_real_patterns(self) -> bool {
        !matches!(
            self,
            Check::Storage
                | Check::Edges
                | Check::Enumeration
                | Check::StateEvolution
                | Check::Teacher
                | Check::LocalEntropy
                | Check::Spherical
                | Check::GroundState
        )
    }

    /// Whether it takes much longer than all others together: real patterns, many models.
    pub fn takes_minutes(self) -> bool {
        self.has_real_patterns()
    }

    /// The check of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Check::ALL.into_iter().find(|check| check.name() == name)
    }
}
