//! Name → model. **A new prior or loss is one line here.**
//!
//! Names are those of the command line. The registry hands the concrete type to a visitor, so that
//! every model is compiled into its own fast path and nothing is dispatched node by node.

use super::data::Data;
use super::parameters::Control;
use super::scalar::Loss;
use super::scalar::Prior;
use super::scalar::{binary, cross_entropy, hinge, spherical, square, theta};

/// Receives the prior that a name stands for.
pub trait PriorVisitor {
    /// What the visit produces.
    type Output;
    /// Called with the registered prior.
    fn visit<P: Prior + 'static>(self, prior: P) -> Self::Output;
}

/// Receives the loss that a name stands for.
pub trait LossVisitor {
    /// What the visit produces.
    type Output;
    /// Called with the registered loss.
    fn visit<L: Loss + 'static>(self, loss: L) -> Self::Output;
}

macro_rules! registry {
    ($names:ident, $visit:ident, $visitor:ident: $($name:literal => $model:expr;)+) => {
        #[doc = concat!("Registered names, in the order of the table in `", stringify!($visit), "`.")]
        pub const $names: &[&str] = &[$($name),+];

        /// Calls the visitor with the model of this name; `None` if there is none.
        pub fn $visit<V: $visitor>(name: &str, visitor: V) -> Option<V::Output> {
            match name {
                $($name => Some(visitor.visit($model)),)+
                _ => None,
            }
        }
    };
}

registry! { WEIGHTS, with_prior, PriorVisitor:
    "binary" => binary::Binary;
    "spherical" => spherical::Spherical;
}

registry! { LOSSES, with_loss, LossVisitor:
    "theta" => theta::Theta;
    "cross-entropy" => cross_entropy::CrossEntropy;
    "square" => square::Square;
    "hinge" => hinge::Hinge;
}

/// Registered laws of the labels.
pub const DATA: &[&str] = &["storage", "teacher"];
/// How hidden units make an output.
pub const MACHINES: &[&str] = &["perceptron"];

/// The law of the labels of this name.
pub fn data(name: &str) -> Option<Data> {
    match name {
        "storage" => Some(Data::Storage),
        "teacher" => Some(Data::Teacher),
        _ => None,
    }
}

struct LossParameters;

impl LossVisitor for LossParameters {
    type Output = &'static [Control];
    fn visit<L: Loss + 'static>(self, loss: L) -> Self::Output {
        loss.parameters()
    }
}

/// The control parameters that only the loss of this name has, besides α and β.
pub fn loss_parameters(name: &str) -> &'static [Control] {
    with_loss(name, LossParameters).unwrap_or(&[])
}

struct IsDiscrete;

impl PriorVisitor for IsDiscrete {
    type Output = bool;
    fn visit<P: Prior + 'static>(self, prior: P) -> bool {
        prior.is_discrete()
    }
}

/// Whether the weights of this name are discrete.
pub fn is_discrete(name: &str) -> bool {
    with_prior(name, IsDiscrete).unwrap_or(false)
}

struct Jumps;

impl LossVisitor for Jumps {
    type Output = bool;
    fn visit<L: Loss + 'static>(self, loss: L) -> bool {
        loss.jumps()
    }
}

/// Whether the loss of this name counts errors instead of varying continuously.
pub fn jumps(name: &str) -> bool {
    with_loss(name, Jumps).unwrap_or(false)
}
