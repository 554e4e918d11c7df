//! What a user's own patterns break of what an algorithm assumes, or do not determine.

use std::fmt;

/// What there is to say of own patterns beside a status.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Remark {
    /// Patterns, or inputs, are alike.
    Correlated {
        /// Root mean square cosine of two patterns, times their labels.
        rows: f64,
        /// The same of two inputs.
        columns: f64,
        /// What these are of independent entries.
        chance: [f64; 2],
    },
    /// Inputs or patterns have different sizes: largest over smallest root mean square.
    Unequal(f64),
    /// The fixed point is left by the iteration without damping.
    Unstable,
    /// Variances of the fixed point and its response to fields differ by this part.
    Contradictory(f64),
    /// The clusters are longer in some directions: mean square over squared mean of the variances.
    NotRound(f64),
    /// The middle of the clusters and their axis cannot be told apart.
    Undetermined,
}

impl Remark {
    /// The words that every remark of a kind has.
    pub const TEXTS: [&str; 6] = [
        "patterns are correlated",
        "entries of different sizes",
        "the fixed point holds with damping only",
        "the fixed point contradicts itself, as for correlated patterns",
        "clusters are not round",
        "the patterns do not determine the estimates",
    ];

    /// Those of this one.
    pub fn text(&self) -> &'static str {
        Remark::TEXTS[match self {
            Remark::Correlated { .. } => 0,
            Remark::Unequal(_) => 1,
            Remark::Unstable => 2,
            Remark::Contradictory(_) => 3,
            Remark::NotRound(_) => 4,
            Remark::Undetermined => 5,
        }]
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let text = self.text();
        match self {
            Remark::Correlated {
                rows,
                columns,
                chance: [by_rows, by_columns],
            } => write!(
                f,
                "{text}: rows {rows:.3} where {by_rows:.3} is chance, columns {columns:.3} where \
                 {by_columns:.3} is"
            ),
            Remark::Unequal(ratio) => write!(f, "{text}: by a factor of {ratio:.3}"),
            Remark::Contradictory(part) if part.is_finite() => {
                write!(f, "{text}: response {:.3} of the variances", 1.0 + part)
            }
            Remark::NotRound(spread) => write!(f, "{text}: {spread:.3} where 1 is"),
            _ => f.write_str(text),
        }
    }
}
