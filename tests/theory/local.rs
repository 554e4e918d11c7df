//! What tests of local entropies ask for again and again.

use quenched::model::Parameters;
use quenched::replica::local::neighbourhoods::{Choice, LocalCurve, LocalModel};

/// Probes of the theta loss on random labels.
pub fn probe(weights: &str) -> LocalModel {
    LocalModel::new(weights, "storage", "theta").expect("registered")
}

pub fn at(alpha: f64, kappa: f64) -> Parameters {
    Parameters {
        alpha,
        kappa,
        ..Parameters::default()
    }
}

pub fn curve(model: &LocalModel, choice: &Choice, p: &Parameters, distances: &[f64]) -> LocalCurve {
    model
        .curve(choice, p, distances)
        .unwrap_or_else(|e| panic!("{choice:?} {p:?}: {e}"))
}
