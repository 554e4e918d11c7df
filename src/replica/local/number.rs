//! Numbers of replicas.

/// How many replicas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Replicas {
    /// This many, not necessarily an integer, above one.
    Finite(f64),
    /// The limit of infinitely many (LD.6).
    Infinite,
    /// At each distance as many as make the external entropy vanish (LD.9).
    ZeroComplexity,
}
