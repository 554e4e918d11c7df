//! Two clusters: minimisers, the Bayes-optimal classifier and Gibbs measures on finite patterns
//! beside the theory (MX.68).

use super::drawn::draw;
use super::mixture_sample::{Sample, each};
use super::mixture_setup::{Setup, Target};
use super::quantity::Quantity;
use super::size_series::Series;
use crate::model::{Control, Mixture};
use crate::replica::closed_form::classifier::{bayes_optimal, hebb, plug_in};
use crate::replica::learning::Learning;
use crate::replica::model::mixture_model;
use crate::replica::observables::Observables;
use crate::replica::sweep::Branches;
use crate::search::centroids::Rule;

impl Setup {
    /// The quantities of a series in an infinite system, at this size's load and fraction of labels.
    pub fn theory(&self, series: &Series, n: Option<usize>) -> Option<Vec<f64>> {
        let (alpha, mixture) = self.at_size(series.alpha, n)?;
        let p = self.parameters(alpha);
        let [weights, _, loss] = series.names;
        let found = match self.target {
            Target::Minimum(constraint) => {
                let learning = Learning::new(loss, mixture, self.bias, constraint)?;
                learning.solve(&p).dominant()?.observables
            }
            Target::BayesOptimal => {
                let optimal = bayes_optimal(&mixture, alpha);
                Observables {
                    q: Some(optimal.q),
                    m: Some(optimal.m),
                    training_error: optimal.training_error(&mixture),
                    generalization_error: Some(optimal.generalization_error(&mixture)),
                    ..Observables::default()
                }
            }
            Target::Closed(rule) => return closed_form(rule, &mixture, alpha, &series.quantities),
            Target::Gibbs => {
                let model = mixture_model(weights, loss, mixture, self.bias)?;
                let found = model.sweep(&p, Control::Alpha, &[alpha], Branches::Dominant);
                found.first()?.dominant()?.observables
            }
            Target::Around(own) => return own.theory(self, &mixture, &p, &series.quantities),
        };
        chosen(&series.quantities, &found)
    }

    /// The same on one sample; none where an iteration did not converge.
    pub fn measure(&self, series: &Series, n: usize, streams: (u64, u64)) -> Option<Vec<f64>> {
        let (alpha, mixture) = self.at_size(series.alpha, Some(n))?;
        let drawn = draw(n, series.alpha, &self.mixture, streams)?;
        let p = self.parameters(alpha);
        let here = Sample {
            drawn: &drawn,
            mixture: &mixture,
            bias: mixture.bias(self.bias),
            p: &p,
            names: [series.names[0], series.names[2]],
        };
        let [weights, loss] = here.names;
        let found = match self.target {
            Target::Minimum(constraint) => here.minimum(loss, constraint)?.1,
            Target::BayesOptimal => here.optimal(),
            Target::Closed(rule) => return here.closed_form(rule, &series.quantities),
            Target::Gibbs => here.gibbs(weights, loss)?,
            Target::Around(own) => return own.measure(&here, &series.quantities, streams),
        };
        chosen(&series.quantities, &found)
    }
}

fn chosen(quantities: &[Quantity], found: &Observables) -> Option<Vec<f64>> {
    quantities.iter().map(|q| q.of(found)).collect()
}

/// A closed form in the limit of many weights (MX.5 to MX.8).
fn closed_form(
    rule: Rule,
    mixture: &Mixture,
    alpha: f64,
    quantities: &[Quantity],
) -> Option<Vec<f64>> {
    let classifier = match rule {
        Rule::BayesOptimal => bayes_optimal(mixture, alpha),
        Rule::Hebb => hebb(mixture, alpha),
        Rule::PlugIn => plug_in(mixture, alpha),
    };
    let found = Observables {
        q: Some(classifier.q),
        m: Some(classifier.m),
        cosine: Some(classifier.cosine()),
        training_error: classifier.training_error(mixture),
        generalization_error: Some(classifier.generalization_error(mixture)),
        ..Observables::default()
    };
    let best = classifier.with_best_bias(mixture);
    each(quantities, &found, best.generalization_error(mixture))
}
