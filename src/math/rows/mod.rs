//! Inner sums of averages over two correlated fields, for all outer nodes at once (GA.8, GA.26).
//!
//! A row is what belongs to one outer node: equidistant inner nodes over the span in which terms
//! count. All rows lie behind one another in one batch, so that sites are filled and weights are
//! computed in single calls; each row is whole vectors long, and its sums are taken in one order.
//!
//! `nodes` has the inner nodes, `spans` finds where terms count, `weights` has the weights of averages over pairs
//! of fields and `sums` their sums; `normal` has plain Gaussian sums.

mod nodes;
mod normal;
mod spans;
mod sums;
mod weights;

#[cfg(test)]
mod tests;

pub use nodes::Rows;
pub use normal::NormalSums;
pub use spans::Term;
pub use weights::Weights;
