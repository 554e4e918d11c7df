//! A group of replicas at a mutual distance: what is known of one saddle point (LD.2).

/// A saddle point of `y` replicas, or of infinitely many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// Mutual distance `(1-q)/2`.
    pub distance: f64,
    /// Number of replicas, possibly ∞.
    pub y: f64,
    /// `y(q - q₀)`, with the overlap `q₀` of two groups.
    pub e: f64,
    /// `y(q̂ - q̂₀)`; zero on the sphere, where conjugates are eliminated.
    pub c: f64,
    /// Conjugate `q̂₀` of the overlap of two groups; zero on the sphere.
    pub q_hat: f64,
    /// Free entropy per replica (LD.1).
    pub value: f64,
    /// Its absolute error.
    pub error: f64,
    /// `dφ/dq`.
    pub slope: f64,
    /// External entropy (LD.3, LD.7).
    pub external: f64,
    /// Replicon of the replicas inside a group.
    pub replicon: f64,
    /// Largest residual of the equations.
    pub residual: f64,
}

impl Group {
    /// Infinitely many replicas at this distance, of which nothing else is known.
    pub fn infinite(distance: f64) -> Self {
        Group {
            distance,
            y: f64::INFINITY,
            e: f64::NAN,
            c: f64::NAN,
            q_hat: f64::NAN,
            value: f64::NAN,
            error: f64::NAN,
            slope: f64::NAN,
            external: f64::NAN,
            replicon: f64::NAN,
            residual: f64::NAN,
        }
    }

    /// Internal entropy: that of one replica given the others (LD.3).
    pub fn internal(&self) -> f64 {
        if self.y.is_infinite() {
            return self.value;
        }
        self.value - self.external / self.y
    }
}
