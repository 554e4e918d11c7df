//! One sample of two clusters: minimisers, closed forms and Gibbs measures on it.

use super::drawn::{Classifier, Drawn, overlap};
use super::quantity::Quantity;
use super::size_series::channel;
use crate::message_passing::{Amp, Confinement, Settings, Status};
use crate::model::prior;
use crate::model::{Bias, Constraint, Mixture, Parameters};
use crate::replica::observables::Observables;
use crate::search::centroids::{Linear, Rule};

/// Largest change of a mean in a converged iteration.
const TOLERANCE: f64 = 1e-8;
/// An iteration that needs more counts as not converged.
const MOST_ITERATIONS: usize = 2000;

/// How an iteration is run that keeps this part of the old means.
pub(super) fn settings(damping: f64) -> Settings {
    Settings {
        tolerance: TOLERANCE,
        max_iterations: MOST_ITERATIONS,
        damping,
    }
}

/// A sample with the parameters of the setup.
#[derive(Clone, Copy)]
pub(super) struct Sample<'a> {
    pub drawn: &'a Drawn,
    pub mixture: &'a Mixture,
    pub bias: Bias,
    pub p: &'a Parameters,
    /// Registered names of the weights and of the loss.
    pub names: [&'static str; 2],
}

impl Sample<'_> {
    /// The minimiser of a loss, and what is observed of it.
    pub fn minimum(&self, loss: &str, constraint: Constraint) -> Option<(Classifier, Observables)> {
        let Sample {
            drawn,
            mixture,
            bias,
            p,
            ..
        } = *self;
        let confinement = match constraint {
            Constraint::Ridge(lambda) => Confinement::Ridge(lambda),
            Constraint::Norm(norm) => Confinement::Sphere(norm),
        };
        let amp = Amp::minimum(&drawn.patterns, channel(loss, p)?, confinement).ok()?;
        let mut amp = amp.on_clusters(drawn.biased(mixture, bias)).ok()?;
        if amp.run(&settings(0.0)).status != Status::Converged {
            return None;
        }
        let state = amp.state();
        let found = Classifier {
            weights: state.mean.clone(),
            bias: state.bias,
        };
        let energies = amp.thermodynamics();
        let observed = Observables {
            lambda: Some(state.multiplier),
            ground_state_energy: Some(-energies.free_entropy),
            training_loss: Some(energies.energy / p.alpha),
            ..self.classifier(&found)
        };
        Some((found, observed))
    }

    /// The Gibbs measure of a loss.
    pub fn gibbs(&self, weights: &str, loss: &str) -> Option<Observables> {
        let (drawn, channel) = (self.drawn, channel(loss, self.p)?);
        let amp = Amp::new(&drawn.patterns, prior::by_name(weights).ok()?, channel).ok()?;
        let mut amp = amp
            .on_clusters(drawn.biased(self.mixture, self.bias))
            .ok()?;
        if amp.run(&settings(0.2)).status != Status::Converged {
            return None;
        }
        let found = amp.thermodynamics();
        let m = amp.overlap_with(&drawn.axis);
        let bias = amp.state().bias;
        Some(Observables {
            q: Some(found.overlap),
            m: Some(m),
            bias: Some(bias),
            entropy: Some(found.entropy),
            training_error: Some(amp.training_error()),
            generalization_error: Some(self.mixture.error(m, 1.0, bias)),
            ..Observables::default()
        })
    }

    /// What a classifier is like.
    pub fn classifier(&self, found: &Classifier) -> Observables {
        let (m, q) = (
            overlap(&found.weights, &self.drawn.axis),
            overlap(&found.weights, &found.weights),
        );
        Observables {
            q: Some(q),
            m: Some(m),
            cosine: Some(m / q.sqrt()),
            bias: Some(found.bias),
            training_error: Some(self.drawn.training_error(found)),
            generalization_error: Some(self.mixture.error(m, q, found.bias)),
            ..Observables::default()
        }
    }

    /// A closed form from these patterns.
    pub fn closed_form(&self, rule: Rule, quantities: &[Quantity]) -> Option<Vec<f64>> {
        let Linear { weights, bias } = rule.of(&self.drawn.training()?, self.mixture);
        let found = self.classifier(&Classifier { weights, bias });
        let (m, q) = (found.m?, found.q?);
        let best = self.mixture.error(m, q, self.mixture.best_bias(m, q));
        each(quantities, &found, best)
    }

    pub fn optimal(&self) -> Observables {
        self.classifier(&self.drawn.bayes_optimal(self.mixture))
    }
}

/// Quantities where the error with the best bias is known too.
pub(super) fn each(quantities: &[Quantity], found: &Observables, best: f64) -> Option<Vec<f64>> {
    let value = |quantity: &Quantity| match quantity {
        Quantity::BestBiasError => Some(best),
        _ => quantity.of(found),
    };
    quantities.iter().map(value).collect()
}
