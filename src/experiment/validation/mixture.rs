//! Two clusters: minimisers, the Bayes-optimal classifier and Gibbs measures on finite patterns
//! beside the theory (MX.68).

use super::drawn::{Drawn, Found, draw, overlap};
use super::landscape::Landscape;
use super::quantity::Quantity;
use super::series::{Series, channel};
use crate::message_passing::{Amp, Confinement, Settings, Status};
use crate::model::Constraint;
use crate::model::prior;
use crate::model::{Bias, Control, Mixture, Parameters};
use crate::replica::mixture::classifier::{bayes_optimal, hebb, plug_in};
use crate::replica::mixture::learning::Learning;
use crate::replica::model::mixture_model;
use crate::replica::observables::Observables;
use crate::replica::sweep::Branches;
use crate::search::centroids::{Linear, Rule};

/// Largest change of a mean in a converged iteration.
const TOLERANCE: f64 = 1e-8;
/// An iteration that needs more counts as not converged.
const MOST_ITERATIONS: usize = 2000;

/// A measure or a minimiser on two clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Case {
    pub mixture: Mixture,
    pub bias: Bias,
    pub beta: f64,
    pub what: What,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    /// The minimiser of a convex loss.
    Minimum(Constraint),
    /// The posterior mean of the axis.
    BayesOptimal,
    /// A classifier in closed form.
    Closed(Rule),
    /// The Gibbs measure of a loss.
    Gibbs,
    /// What surrounds a classifier.
    Landscape(Landscape),
}

/// How an iteration is run that keeps this part of the old means.
pub(super) fn settings(damping: f64) -> Settings {
    Settings {
        tolerance: TOLERANCE,
        max_iterations: MOST_ITERATIONS,
        damping,
    }
}

impl Case {
    /// Name of what is run.
    pub fn algorithm(&self) -> &'static str {
        match self.what {
            What::BayesOptimal | What::Closed(Rule::BayesOptimal) => "bayes-optimal",
            What::Closed(Rule::Hebb) => "hebb",
            What::Closed(Rule::PlugIn) => "plug-in",
            _ => "amp",
        }
    }

    /// Its parameters in words.
    pub fn setting(&self) -> String {
        let (delta, rho) = (self.mixture.delta(), self.mixture.rho());
        let bias = match (self.what, self.bias) {
            (What::BayesOptimal | What::Closed(_) | What::Landscape(_), _) => String::new(),
            (_, Bias::Learned) => " bias=learned".to_owned(),
            (_, Bias::Fixed(b)) => format!(" bias={b}"),
        };
        let rest = match self.what {
            What::Minimum(Constraint::Ridge(lambda)) => format!(" lambda={lambda}"),
            What::Minimum(Constraint::Norm(norm)) => format!(" norm={norm}"),
            What::BayesOptimal | What::Closed(_) => String::new(),
            What::Gibbs => format!(" beta={}", self.beta),
            What::Landscape(own) => format!(" beta={} reference={}", self.beta, own.name()),
        };
        format!("delta={delta} rho={rho}{bias}{rest}")
    }

    pub fn parameters(&self, alpha: f64) -> Parameters {
        Parameters {
            alpha,
            beta: self.beta,
            ..Parameters::default()
        }
    }

    /// Load and mixture of whole numbers of patterns at this size, or as asked for.
    pub fn at_size(&self, alpha: f64, n: Option<usize>) -> Option<(f64, Mixture)> {
        let Some(n) = n else {
            return Some((alpha, self.mixture));
        };
        let m = (alpha * n as f64).round();
        let positive = (self.mixture.rho() * m).round();
        let mixture = Mixture::new(self.mixture.delta(), positive / m)?;
        Some((m / n as f64, mixture))
    }

    /// The quantities of a series in an infinite system, at this size's load and fraction of labels.
    pub fn theory(&self, series: &Series, n: Option<usize>) -> Option<Vec<f64>> {
        let (alpha, mixture) = self.at_size(series.alpha, n)?;
        let p = self.parameters(alpha);
        let [weights, _, loss] = series.names;
        let found = match self.what {
            What::Minimum(constraint) => {
                let learning = Learning::new(loss, mixture, self.bias, constraint)?;
                learning.solve(&p).dominant()?.observables
            }
            What::BayesOptimal => {
                let optimal = bayes_optimal(&mixture, alpha);
                Observables {
                    q: Some(optimal.q),
                    m: Some(optimal.m),
                    training_error: optimal.training_error(&mixture),
                    generalization_error: Some(optimal.generalization_error(&mixture)),
                    ..Observables::default()
                }
            }
            What::Closed(rule) => return closed_form(rule, &mixture, alpha, &series.quantities),
            What::Gibbs => {
                let model = mixture_model(weights, loss, mixture, self.bias)?;
                let found = model.sweep(&p, Control::Alpha, &[alpha], Branches::Dominant);
                found.first()?.dominant()?.observables
            }
            What::Landscape(own) => return own.theory(self, &mixture, &p, &series.quantities),
        };
        chosen(&series.quantities, &found)
    }

    /// The same on one sample; none where an iteration did not converge.
    pub fn measure(&self, series: &Series, n: usize, streams: (u64, u64)) -> Option<Vec<f64>> {
        let (alpha, mixture) = self.at_size(series.alpha, Some(n))?;
        let drawn = draw(n, series.alpha, &self.mixture, streams)?;
        let p = self.parameters(alpha);
        let here = Here {
            drawn: &drawn,
            mixture: &mixture,
            bias: mixture.bias(self.bias),
            p: &p,
            names: [series.names[0], series.names[2]],
        };
        let [weights, loss] = here.names;
        let found = match self.what {
            What::Minimum(constraint) => here.minimum(loss, constraint)?.1,
            What::BayesOptimal => here.optimal(),
            What::Closed(rule) => return here.closed_form(rule, &series.quantities),
            What::Gibbs => here.gibbs(weights, loss)?,
            What::Landscape(own) => return own.measure(&here, &series.quantities, streams),
        };
        chosen(&series.quantities, &found)
    }
}

fn chosen(quantities: &[Quantity], found: &Observables) -> Option<Vec<f64>> {
    quantities.iter().map(|q| q.of(found)).collect()
}

/// The same where the error with the best bias is known too.
fn each(quantities: &[Quantity], found: &Observables, best: f64) -> Option<Vec<f64>> {
    let value = |quantity: &Quantity| match quantity {
        Quantity::BestBiasError => Some(best),
        _ => quantity.of(found),
    };
    quantities.iter().map(value).collect()
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

/// A sample with the parameters of the case.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub drawn: &'a Drawn,
    pub mixture: &'a Mixture,
    pub bias: Bias,
    pub p: &'a Parameters,
    /// Registered names of the weights and of the loss.
    pub names: [&'static str; 2],
}

impl Here<'_> {
    /// The minimiser of a loss, and what is observed of it.
    pub fn minimum(&self, loss: &str, constraint: Constraint) -> Option<(Found, Observables)> {
        let Here {
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
        let found = Found {
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
    fn gibbs(&self, weights: &str, loss: &str) -> Option<Observables> {
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
    fn classifier(&self, found: &Found) -> Observables {
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
    fn closed_form(&self, rule: Rule, quantities: &[Quantity]) -> Option<Vec<f64>> {
        let Linear { weights, bias } = rule.of(&self.drawn.training()?, self.mixture);
        let found = self.classifier(&Found { weights, bias });
        let (m, q) = (found.m?, found.q?);
        let best = self.mixture.error(m, q, self.mixture.best_bias(m, q));
        each(quantities, &found, best)
    }

    fn optimal(&self) -> Observables {
        self.classifier(&self.drawn.bayes_optimal(self.mixture))
    }
}
