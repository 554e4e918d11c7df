//! The object-safe face of a model: what registry, recipes and the command line see.

use super::ensemble::Ensemble;
use super::state::Outcome;
use super::sweep::Branches;
use super::threshold::{Critical, Quantity};
use crate::model::registry::{self, LossVisitor, PriorVisitor};
use crate::model::{Control, Data, Loss, Parameters, Prior};
use crate::solve::NotConverged;

/// A model chosen by name, with everything that can be asked of it.
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
pub trait Model: Send + Sync {
    /// States at each `value` of `control`, all other parameters as in `p`.
    fn sweep(&self, p: &Parameters, control: Control, values: &[f64], branches: Branches) -> Vec<Outcome>;

    /// A critical value; the parameter that is critical is ignored in `p`.
    ///
    /// # Errors
    /// [`NotConverged`] if it should exist and was not reached. `Ok(None)` if it does not exist.
    fn threshold(&self, quantity: Quantity, p: &Parameters) -> Result<Option<Critical>, NotConverged>;
}

impl<P: Prior, L: Loss, const N: usize, const G: usize> Model for Ensemble<P, L, N, G> {
    fn sweep(&self, p: &Parameters, control: Control, values: &[f64], branches: Branches) -> Vec<Outcome> {
        Ensemble::sweep(self, p, control, values, branches)
    }

    fn threshold(&self, quantity: Quantity, p: &Parameters) -> Result<Option<Critical>, NotConverged> {
        Ensemble::threshold(self, quantity, p)
    }
}

struct WithPrior<'a> {
    loss: &'a str,
    data: Data,
}

struct WithLoss<P> {
    prior: P,
    data: Data,
}

impl PriorVisitor for WithPrior<'_> {
    type Output = Option<Box<dyn Model>>;
    fn visit<P: Prior + 'static>(self, prior: P) -> Self::Output {
        registry::with_loss(self.loss, WithLoss { prior, data: self.data })
    }
}

impl<P: Prior + 'static> LossVisitor for WithLoss<P> {
    type Output = Box<dyn Model>;
    fn visit<L: Loss + 'static>(self, loss: L) -> Self::Output {
        if self.data.has_teacher() {
            Box::new(Ensemble::<P, L, 5, 3>::new(self.prior, loss, self.data))
        } else {
            Box::new(Ensemble::<P, L, 3, 2>::new(self.prior, loss, self.data))
        }
    }
}

/// The model of these registered names; `None` if any is unknown.
pub fn model(weights: &str, data: &str, loss: &str) -> Option<Box<dyn Model>> {
    let data = registry::data(data)?;
    registry::with_prior(weights, WithPrior { loss, data })?
}
