//! What keeps the weights of a minimiser finite.

/// What fixes the length of a minimiser of a risk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constraint {
    /// The energy itself, which has the term `λ|w|²/2` with `λ ≥ 0`. A law of the weights that is kept
    /// at fixed strength does not matter for β → ∞: it is λ = 0.
    Ridge(f64),
    /// The squared norm `Q = |w|²/N` is given.
    Norm(f64),
}

impl Constraint {
    /// Whether its number is one that it can have.
    pub fn valid(self) -> bool {
        match self {
            Constraint::Ridge(strength) => strength >= 0.0,
            Constraint::Norm(square) => square > 0.0,
        }
    }
}
