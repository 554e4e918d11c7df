//! What surrounds a classifier of two clusters: errors of perturbed weights, and solutions and
//! errors on shells (MX.66 to MX.68).

use super::drawn::{Classifier, overlap};
use super::mixture_sample::{Sample, settings};
use super::mixture_setup::{MixtureCentre, Setup};
use super::quantity::{Nearby, Quantity, thousandths};
use super::size_series::channel;
use crate::message_passing::instance::stream;
use crate::message_passing::{Amp, Status};
use crate::model::prior;
use crate::model::{Bias, Constraint, Mixture, Parameters};
use crate::replica::learning::Learning;
use crate::replica::local::around_classifier::LocalMixture;
use crate::replica::local::classifier_reference::MixtureReference;
use crate::replica::local::point::LocalObservables;
use rand_distr::{Distribution, StandardNormal};

/// Perturbed vectors that an error is averaged over.
const REPETITIONS: usize = 20;

impl MixtureCentre {
    fn reference(self, bias: Bias, mixture: &Mixture, p: &Parameters) -> Option<MixtureReference> {
        match self {
            MixtureCentre::BayesOptimal => Some(MixtureReference::bayes_optimal(mixture, p.alpha)),
            MixtureCentre::Minimiser(loss, lambda) => {
                let ridge = Constraint::Ridge(lambda);
                let learning = Learning::new(loss, *mixture, bias, ridge)?;
                MixtureReference::minimiser(learning, p).ok()
            }
        }
    }

    /// The quantities in an infinite system.
    pub fn theory(
        self,
        setup: &Setup,
        mixture: &Mixture,
        p: &Parameters,
        quantities: &[Quantity],
    ) -> Option<Vec<f64>> {
        let reference = self.reference(setup.bias, mixture, p)?;
        let local = LocalMixture::new("theta", reference, None)?;
        let at = |distance: f64, what: Nearby| match what {
            Nearby::PerturbedError => Some(local.reference().perturbed_error(1.0 - 2.0 * distance)),
            _ => {
                let curve = local.curve(p, &[distance]);
                what.of(&curve.first()?.dominant()?.observables)
            }
        };
        each(quantities, at)
    }

    /// The same around the classifier of one sample.
    pub fn measure(
        self,
        here: &Sample,
        quantities: &[Quantity],
        streams: (u64, u64),
    ) -> Option<Vec<f64>> {
        let mut found = match self {
            MixtureCentre::BayesOptimal => here.drawn.bayes_optimal(here.mixture),
            MixtureCentre::Minimiser(loss, lambda) => {
                here.minimum(loss, Constraint::Ridge(lambda))?.0
            }
        };
        let root = overlap(&found.weights, &found.weights).sqrt();
        found.weights.iter_mut().for_each(|w| *w /= root);
        found.bias /= root;
        let mut last: Option<(f64, LocalObservables)> = None;
        each(quantities, |distance, what| {
            if what == Nearby::PerturbedError {
                return Some(here.perturbed_error(&found, distance, streams));
            }
            let probes = match last {
                Some((at, probes)) if at == distance => probes,
                _ => here.shell(&found, distance)?,
            };
            last = Some((distance, probes));
            what.of(&probes)
        })
    }
}

/// Values of quantities of a neighbourhood.
fn each(
    quantities: &[Quantity],
    mut at: impl FnMut(f64, Nearby) -> Option<f64>,
) -> Option<Vec<f64>> {
    let value = |quantity: &Quantity| match *quantity {
        Quantity::Local(what, d) => at(thousandths(d), what),
        _ => None,
    };
    quantities.iter().map(value).collect()
}

impl Sample<'_> {
    /// Mean error of vectors drawn on the shell without looking at the patterns.
    fn perturbed_error(
        &self,
        found: &Classifier,
        distance: f64,
        (seed, sample): (u64, u64),
    ) -> f64 {
        let mut rng = stream(seed, sample, 2);
        let (n, cosine) = (found.weights.len(), 1.0 - 2.0 * distance);
        let sine = ((1.0 - cosine) * (1.0 + cosine)).sqrt();
        let mut total = 0.0;
        for _ in 0..REPETITIONS {
            let mut across: Vec<f64> = (0..n).map(|_| StandardNormal.sample(&mut rng)).collect();
            let along = overlap(&across, &found.weights);
            let pairs = across.iter_mut().zip(&found.weights);
            pairs.for_each(|(x, w)| *x -= along * w);
            let root = overlap(&across, &across).sqrt();
            let pairs = across.iter().zip(&found.weights);
            let perturbed = Classifier {
                weights: pairs.map(|(x, w)| cosine * w + sine * x / root).collect(),
                bias: found.bias,
            };
            total += self.drawn.training_error(&perturbed);
        }
        total / REPETITIONS as f64
    }

    /// Probes on a shell, at the classifier's own bias.
    fn shell(&self, found: &Classifier, distance: f64) -> Option<LocalObservables> {
        let [weights, loss] = self.names;
        let channel = channel(loss, self.p)?;
        let amp = Amp::new(&self.drawn.patterns, prior::by_name(weights).ok()?, channel).ok()?;
        let bias = Bias::Fixed(found.bias);
        let mut amp = amp
            .on_clusters(self.drawn.biased(self.mixture, bias))
            .ok()?;
        let cosine = 1.0 - 2.0 * distance;
        amp.keep_overlap(&found.weights, cosine).ok()?;
        if amp.run(&settings(0.2)).status != Status::Converged {
            return None;
        }
        let around = amp.surroundings()?;
        let m = amp.overlap_with(&self.drawn.axis);
        Some(LocalObservables {
            overlap: cosine,
            entropy: around.local_entropy,
            q: Some(around.inner_overlap),
            m: Some(m),
            training_error: Some(around.training_error),
            generalization_error: Some(self.mixture.error(m, 1.0, found.bias)),
            ..LocalObservables::default()
        })
    }
}
