//! A group of replicas at a mutual distance: what is known of one saddle point (LD.2).

use crate::model::prior::{Alphabet, Norm, Prior};
use crate::replica::chart::relative;
use crate::solve::problem::norm;

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
    /// The largest error of it and of what follows, the mean loss excepted (LD.33).
    pub error: f64,
    /// `dφ/dq`.
    pub slope: f64,
    /// External entropy (LD.3, LD.7).
    pub external: f64,
    /// Replicon of the replicas inside a group.
    pub replicon: f64,
    /// Mean loss of a replica per pattern; zero at β = ∞ (LD.31).
    pub mean_loss: f64,
    /// Its absolute error.
    pub mean_loss_error: f64,
    /// Largest residual of the equations.
    pub residual: f64,
    /// Whether groups have no overlap with each other, because patterns do not tell a sign from the other.
    pub centred: bool,
}

impl Group {
    /// So many replicas at this distance, of which nothing else is known.
    pub fn unknown(distance: f64, y: f64) -> Self {
        Group {
            distance,
            y,
            e: f64::NAN,
            c: f64::NAN,
            q_hat: f64::NAN,
            value: f64::NAN,
            error: f64::NAN,
            slope: f64::NAN,
            external: f64::NAN,
            replicon: f64::NAN,
            mean_loss: f64::NAN,
            mean_loss_error: f64::NAN,
            residual: f64::NAN,
            centred: false,
        }
    }

    /// How far this is from another group in any of its numbers, the mean loss excepted: relative to
    /// those that exceed one where they are no entropies.
    pub fn apart(&self, other: &Group) -> f64 {
        let overlap = |g: &Group| if g.y.is_finite() { g.e / g.y } else { 0.0 };
        let number = |g: &Group| if g.y.is_finite() { g.y } else { 0.0 };
        let differences = [
            (self.value - other.value).abs(),
            (self.internal() - other.internal()).abs(),
            (self.external - other.external).abs(),
            overlap(self) - overlap(other),
            relative(self.q_hat, other.q_hat),
            relative(number(self), number(other)),
            relative(self.slope, other.slope),
            relative(self.replicon, other.replicon),
        ];
        norm(&differences)
    }

    /// The same with the errors that it has if the true one is where another group is.
    pub fn corrected(self, other: &Group) -> Self {
        Group {
            error: self.error + self.apart(other),
            mean_loss_error: self.mean_loss_error + (self.mean_loss - other.mean_loss).abs(),
            ..self
        }
    }

    /// The group of another number of replicas: along the line through this one and the one before in
    /// logarithms, of its overlap and coupling per replica.
    pub fn of_number(&self, before: &Group, y: f64) -> Self {
        let t = (y / self.y).ln() / (self.y / before.y).ln();
        let line = |a: f64, b: f64| {
            if a > 0.0 && b > 0.0 {
                a * ((a / b).ln() * t).clamp(-3.0, 3.0).exp()
            } else {
                a
            }
        };
        Group {
            y,
            e: y * line(self.e / self.y, before.e / before.y),
            c: y * line(self.c / self.y, before.c / before.y),
            q_hat: line(self.q_hat, before.q_hat),
            ..*self
        }
    }

    /// Internal free entropy: that of one replica given the others (LD.3).
    pub fn internal(&self) -> f64 {
        if self.y.is_infinite() {
            return self.value;
        }
        self.value - self.external / self.y
    }
}

/// The law of one weight, as averages over groups see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// `|w|² = N`.
    Sphere,
    /// Two signs of any prior weights.
    Signs,
}

/// Why there are no groups of replicas of a prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoGroups {
    /// Weight vectors differ in length: an overlap is not a distance.
    #[error("replicas at a distance are not defined for weights whose norm is not fixed")]
    FreeNorm,
    /// A law of fixed norm that is neither the sphere nor two signs.
    #[error("no theory of replicas at a distance for this prior of fixed norm")]
    Unknown,
}

impl Law {
    /// Whether it is that of the sphere.
    pub fn on_sphere(self) -> bool {
        self == Law::Sphere
    }

    /// Of a prior.
    ///
    /// # Errors
    /// [`NoGroups`] where the theory does not cover it.
    pub fn of(prior: &dyn Prior) -> Result<Self, NoGroups> {
        match (prior.norm(), prior.alphabet()) {
            (Norm::Free, _) => Err(NoGroups::FreeNorm),
            (Norm::Sphere, Alphabet::Continuous) => Ok(Law::Sphere),
            (Norm::Unit, Alphabet::Atoms(atoms)) => match atoms[..] {
                [(a, _), (b, _)] if a == -b && a.abs() == 1.0 => Ok(Law::Signs),
                _ => Err(NoGroups::Unknown),
            },
            _ => Err(NoGroups::Unknown),
        }
    }
}
