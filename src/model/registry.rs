//! Name → model. Names are those of the command line; priors and losses say their own.

use super::data::Data;
use super::loss::Loss;
use super::parameters::Control;
use super::prior::{Norm, Prior};
use super::site::Jets;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Losses whose minimisers on finite systems are searched for.
pub const MINIMISED: &[&str] = &["cross-entropy", "square", "hinge"];

/// Names of the registered laws of one weight, the default first; beside them there is
/// `atoms:V[@P],…`. A ridge is the Gaussian law of the strength λ that is asked for.
pub static WEIGHTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let laws = super::prior::registered();
    let mut names: Vec<_> = laws.iter().map(|prior| kept(prior.name())).collect();
    names.insert(2, "ridge");
    names
});
/// How a law of weights that has the given values is spelled.
pub const ATOMS: &str = "atoms:V[@P],…";

/// Names of the registered costs of a stability, the default first.
pub static LOSSES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let losses = super::loss::registered();
    losses.iter().map(|loss| kept(loss.name())).collect()
});

/// The law of one weight of this name.
///
/// # Errors
/// What is wrong with the name.
pub fn prior(name: &str) -> Result<Arc<dyn Prior>, String> {
    super::prior::by_name(name)
}

/// The loss of this name; `None` if there is none.
pub fn loss(name: &str) -> Option<Arc<dyn Loss>> {
    super::loss::by_name(name)
}

/// The one name of a law of weights however it was spelled, kept for the life of the program.
///
/// # Errors
/// What is wrong with the name.
pub fn canonical_weights(text: &str) -> Result<&'static str, String> {
    if let Some(name) = WEIGHTS.iter().find(|name| **name == text) {
        return Ok(name);
    }
    Ok(kept(prior(text)?.name()))
}

/// The one name of a loss however it was spelled; `None` if there is none.
pub fn canonical_loss(text: &str) -> Option<&'static str> {
    loss(text).map(|loss| kept(loss.name()))
}

/// Each distinct text once.
fn kept(text: String) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text.as_str()) {
        return known;
    }
    let leaked: &'static str = Box::leak(text.into_boxed_str());
    names.insert(leaked);
    leaked
}

/// Whether there is a theory of weights of this name among clusters: those of one norm, so that a bias and a
/// margin have a scale, and whose law is even, so that all axes of the clusters are alike.
pub fn has_clusters(weights: &str) -> bool {
    let of_one_norm = |prior: Arc<dyn Prior>| {
        let mut jets = Jets::default();
        prior.fill(&[0.0], 1.0, false, &mut jets);
        prior.norm() != Norm::Free && jets.slope[0] == 0.0
    };
    prior(weights).is_ok_and(of_one_norm)
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

/// The control parameters that only the loss of this name has, besides α and β.
pub fn loss_parameters(name: &str) -> Vec<Control> {
    loss(name).map_or_else(Vec::new, |loss| loss.controls())
}

/// The formula of the loss of this name, as the loss gives it; empty if there is none.
pub fn formula(name: &str) -> &'static str {
    loss(name).map_or("", |loss| kept(format!("ℓ(x) = {}", loss.formula())))
}

/// Whether the weights of this name can be counted.
pub fn has_atoms(name: &str) -> bool {
    prior(name).is_ok_and(|prior| prior.has_atoms())
}

/// Whether the loss of this name counts errors instead of varying continuously.
pub fn jumps(name: &str) -> bool {
    loss(name).is_some_and(|loss| loss.jumps())
}

/// What fixes the length of weight vectors of this name; `None` if there are none.
pub fn norm(name: &str) -> Option<Norm> {
    prior(name).ok().map(|prior| prior.norm())
}
