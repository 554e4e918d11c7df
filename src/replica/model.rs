//! A model chosen by name.

use super::ensemble::Ensemble;
use crate::model::loss::{self, Loss};
use crate::model::prior::{self, Prior};
use crate::model::{Bias, Disorder, Mixture, registry};
use std::sync::Arc;

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
    let (prior, loss) = objects(weights, loss)?;
    Some(Ensemble::new(prior, loss, registry::data(data)?))
}

/// The minimiser of a risk with a ridge, for a loss and data of these registered names; `None` if
/// either is unknown or the loss jumps.
pub fn minimiser(ridge: f64, data: &str, loss: &str) -> Option<Ensemble> {
    let loss = registry::loss(loss).filter(|loss| !loss.jumps())?;
    Some(Ensemble::minimiser(ridge, loss, registry::data(data)?))
}

/// The model of these registered names for patterns in two clusters; `None` if any is unknown, or not
/// known for clusters.
///
/// ```
/// use quenched::model::{Bias, Control, Mixture, Parameters};
/// use quenched::replica::{model::mixture_model, sweep::Branches};
///
/// let mixture = Mixture::new(1.0, 0.5).expect("a mixture");
/// let model = mixture_model("spherical", "theta", mixture, Bias::Fixed(0.0)).expect("registered");
/// let p = Parameters { alpha: 1.0, ..Parameters::default() };
/// let outcome = model.sweep(&p, Control::Alpha, &[1.0], Branches::Dominant);
/// let state = outcome[0].dominant().expect("separable");
/// assert!((state.observables.m.unwrap() - 0.4218481869).abs() < 1e-10);
/// ```
pub fn mixture_model(weights: &str, loss: &str, mixture: Mixture, bias: Bias) -> Option<Ensemble> {
    if !registry::has_clusters(weights) {
        return None;
    }
    let (prior, loss) = objects(weights, loss)?;
    Some(Ensemble::new(
        prior,
        loss,
        Disorder::Clusters(mixture, bias),
    ))
}

/// The prior and the loss of these names.
fn objects(weights: &str, loss: &str) -> Option<(Arc<dyn Prior>, Arc<dyn Loss>)> {
    Some((prior::by_name(weights).ok()?, loss::by_name(loss)?))
}
