//! What a stability costs.

pub(in crate::model) mod batch;
pub mod cross_entropy;
pub mod definition;
pub mod hinge;
pub mod huber_hinge;
pub mod laws;
pub(in crate::model) mod mass;
pub mod perceptron;
pub mod pieces;
pub mod piecewise;
pub mod square;
pub mod squared_hinge;
pub mod theta;
pub mod window;

pub use cross_entropy::CrossEntropy;
pub use definition::{Loss, OwnParameter, ZeroSet, features_of};
pub use hinge::Hinge;
pub use huber_hinge::HuberHinge;
pub use perceptron::Perceptron;
pub use piecewise::Piecewise;
pub use square::Square;
pub use squared_hinge::SquaredHinge;
pub use theta::Theta;
pub use window::Window;

use std::sync::Arc;

/// Every built-in loss. **A new loss is one line here.**
pub fn registered() -> Vec<Arc<dyn Loss>> {
    vec![
        Arc::new(Theta),
        Arc::new(CrossEntropy),
        Arc::new(Square),
        Arc::new(Hinge),
        Arc::new(SquaredHinge),
        Arc::new(Perceptron),
        Arc::new(HuberHinge),
        Arc::new(Window),
    ]
}

/// Other names of built-in losses.
const ALIASES: [(&str, &str); 1] = [("logistic", "cross-entropy")];

/// The built-in loss of this name; `None` if there is none.
pub fn by_name(name: &str) -> Option<Arc<dyn Loss>> {
    let alias = ALIASES.iter().find(|alias| alias.0 == name);
    let name = alias.map_or(name, |alias| alias.1);
    registered().into_iter().find(|loss| loss.name() == name)
}
