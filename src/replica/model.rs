//! A model chosen by name.

use super::ensemble::Ensemble;
use crate::model::registry::{self, LossVisitor, PriorVisitor};
use crate::model::{Data, Loss, Prior};

struct WithPrior<'a> {
    loss: &'a str,
    data: Data,
}

struct WithLoss<P> {
    prior: P,
    data: Data,
}

impl PriorVisitor for WithPrior<'_> {
    type Output = Option<Ensemble>;
    fn visit<P: Prior + 'static>(self, prior: P) -> Self::Output {
        registry::with_loss(
            self.loss,
            WithLoss {
                prior,
                data: self.data,
            },
        )
    }
}

impl<P: Prior + 'static> LossVisitor for WithLoss<P> {
    type Output = Ensemble;
    fn visit<L: Loss + 'static>(self, loss: L) -> Self::Output {
        Ensemble::new(self.prior, loss, self.data)
    }
}

/// The model of these registered names; `None` if any is unknown.
///
/// ```
/// use quenched::model::{Control, Parameters};
/// use quenched::replica::{model::model, sweep::Branches};
///
/// let perceptron = model("binary", "storage", "theta").expect("registered");
/// let outcome = perceptron.sweep(&Parameters::default(), Control::Alpha, &[0.5], Branches::Dominant);
/// let state = outcome[0].dominant().expect("α = 0.5 is below capacity");
/// assert!((state.observables.entropy.unwrap() - 0.314390066856).abs() < 1e-12);
/// ```
pub fn model(weights: &str, data: &str, loss: &str) -> Option<Ensemble> {
    let data = registry::data(data)?;
    registry::with_prior(weights, WithPrior { loss, data })?
}
