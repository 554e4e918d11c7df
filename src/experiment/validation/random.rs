//! Random patterns, with or without a teacher, at any temperature and margin: measures, minima, how
//! fast message passing forgets, the largest margin, and what surrounds a configuration (MP.21 to
//! MP.23).
//!
//! Entries are Gaussian: fields on a lattice would shift a margin.

use super::quantity::{Quantity, thousandths};
use super::random_setup::{Centre, Setup, Target};
use super::size_series::{Series, channel};
use crate::message_passing::instance::stream;
use crate::message_passing::{Amp, Clusters, Entries, Instance, InstanceSpec, Settings, Status};
use crate::model::Constraint;
use crate::model::channel::Limit;
use crate::model::prior;
use crate::model::{Bias, Parameters};
use crate::replica::local::neighbourhoods::LocalModel;
use crate::replica::local::point::{LocalObservables, LocalOutcome};
use crate::replica::model::model;
use crate::replica::observables::Observables;
use crate::replica::threshold::Quantity as Threshold;
use crate::search::minimiser::{Ending, Training, minimise};
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::PI;

/// How an iteration is run.
const SETTINGS: Settings = Settings {
    tolerance: 1e-8,
    max_iterations: 2000,
    damping: 0.0,
};
/// The same where undamped iterations may overshoot for ever: at kinks of a loss, and on shells.
const DAMPED: Settings = Settings {
    damping: 0.2,
    ..SETTINGS
};
/// Ridge below which minimisers of the hinge loss have the largest margin: all patterns that touch
/// it are satisfied, and a smaller ridge changes nothing.
const SMALL_RIDGE: f64 = 1e-2;
/// Size of a perturbation, so small that its square does not matter.
const SMALL: f64 = 1e-4;
/// Iterations after which its decay is taken, and over which.
const FIRST: usize = 2;
const OVER: usize = 3;

impl Setup {
    /// The quantities in infinite systems at these loads.
    pub fn theory(&self, series: &Series, loads: &[f64]) -> Vec<Option<Vec<f64>>> {
        let [weights, data, loss] = series.names;
        match self.target {
            Target::LargestMargin => {
                let largest = |alpha: &f64| {
                    let ensemble = model(weights, data, loss)?;
                    let p = self.parameters(*alpha);
                    let critical = ensemble.threshold(Threshold::KappaMax, &p).ok()?;
                    Some(vec![critical.value])
                };
                loads.iter().map(largest).collect()
            }
            Target::Around(centre) => {
                let curve = |alpha: &f64| self.curve(series, centre, *alpha);
                loads.iter().map(curve).collect()
            }
            Target::Measure | Target::Minimum | Target::Forgetting => series.saddle_points(loads),
        }
    }

    fn curve(&self, series: &Series, centre: Centre, alpha: f64) -> Option<Vec<f64>> {
        let [weights, data, loss] = series.names;
        let local = LocalModel::new(weights, data, loss)?;
        let value = |quantity: &Quantity| {
            let Quantity::Local(what, d) = *quantity else {
                return None;
            };
            let p = self.parameters(alpha);
            let curve = local.curve(&centre.choice(), &p, &[thousandths(d)]);
            let outcome: &LocalOutcome = &curve.ok()?.outcomes.pop()?;
            what.of(&outcome.dominant()?.observables)
        };
        series.quantities.iter().map(value).collect()
    }

    /// The quantities on one sample; none where an iteration did not converge.
    pub fn measure(&self, series: &Series, n: usize, streams: (u64, u64)) -> Option<Vec<f64>> {
        let spec = InstanceSpec {
            entries: Entries::Gaussian,
            ..series.spec(n)
        };
        let here = Sample {
            instance: &Instance::sample(&spec, streams.0, streams.1),
            setup: self,
            p: self.parameters(spec.m as f64 / n as f64),
            series,
            streams,
        };
        let [weights, _, loss] = series.names;
        match self.target {
            Target::LargestMargin => Some(vec![here.largest_margin()?.1]),
            Target::Around(centre) => here.around(centre),
            Target::Minimum => here.read(&here.minimum(loss, here.p, &DAMPED)?),
            Target::Measure | Target::Forgetting => here.measure(weights, loss),
        }
    }
}

/// A sample with the parameters of the setup at its load.
#[derive(Clone, Copy)]
struct Sample<'a> {
    instance: &'a Instance,
    setup: &'a Setup,
    p: Parameters,
    series: &'a Series,
    streams: (u64, u64),
}

impl Sample<'_> {
    /// The Gibbs measure of a loss, or the solutions.
    fn measure(&self, weights: &str, loss: &str) -> Option<Vec<f64>> {
        let patterns = &self.instance.patterns;
        let channel = channel(loss, &self.p)?;
        let mut amp = Amp::new(patterns, prior::by_name(weights).ok()?, channel).ok()?;
        if amp.run(&SETTINGS).status != Status::Converged {
            return None;
        }
        match self.setup.target {
            Target::Forgetting => Some(vec![1.0 - self.memory(amp)?]),
            _ => self.read(&amp),
        }
    }

    /// The minimum of a convex loss on the sphere.
    fn minimum(&self, loss: &str, p: Parameters, settings: &Settings) -> Option<Amp<'_>> {
        let channel = channel(loss, &p)?.in_limit(Limit::Ground);
        let patterns = &self.instance.patterns;
        let mut amp = Amp::new(
            patterns,
            prior::by_name(self.series.names[0]).ok()?,
            channel,
        )
        .ok()?;
        let converged = amp.run(settings).status == Status::Converged;
        converged.then_some(amp)
    }

    /// What a fixed point says of the quantities.
    fn read(&self, amp: &Amp) -> Option<Vec<f64>> {
        let (found, state) = (amp.thermodynamics(), amp.state());
        let n = state.mean.len() as f64;
        let minimum = self.setup.target == Target::Minimum;
        let along = |x: &[f64]| {
            let teacher = self.instance.teacher.as_ref()?;
            Some(x.iter().zip(teacher).map(|(x, w)| x * w).sum::<f64>() / n)
        };
        let m = along(&state.mean);
        let angle = |cosine: f64| cosine.clamp(-1.0, 1.0).acos() / PI;
        let observed = Observables {
            q: Some(found.overlap),
            // Variance and teacher's part of the fields (MP.21).
            q_hat: (!minimum).then(|| state.g.iter().map(|g| g * g).sum::<f64>() / n),
            m,
            m_hat: along(&state.field),
            chi: minimum.then_some(state.v),
            free_entropy: Some(found.free_entropy),
            entropy: Some(found.entropy),
            ground_state_energy: Some(-found.free_entropy),
            training_loss: Some(found.energy / self.p.alpha),
            training_error: Some(amp.training_error()),
            generalization_error: m.map(angle),
            bayes_error: m.map(|m| angle(m / found.overlap.sqrt())),
            ..Observables::default()
        };
        let value = |quantity: &Quantity| quantity.of(&observed);
        self.series.quantities.iter().map(value).collect()
    }

    /// The factor by which an iteration near the fixed point shrinks the square of a random
    /// perturbation (MP.22).
    fn memory(&self, mut amp: Amp) -> Option<f64> {
        let mut rng = stream(self.streams.0, self.streams.1, 2);
        let mut other = amp.clone();
        let shift: Vec<f64> = (0..amp.state().mean.len())
            .map(|_| SMALL * Distribution::<f64>::sample(&StandardNormal, &mut rng))
            .collect();
        other.displace(&shift).ok()?;
        let mut squares = Vec::new();
        for _ in 0..FIRST + OVER {
            amp.step(0.0)?;
            other.step(0.0)?;
            let pairs = amp.state().mean.iter().zip(&other.state().mean);
            squares.push(pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>());
        }
        let decay = squares[FIRST + OVER - 1] / squares[FIRST - 1];
        Some(decay.powf(1.0 / OVER as f64))
    }

    /// The solution of largest margin, at `|w|² = N`, and its margin (MP.23).
    fn largest_margin(&self) -> Option<(Vec<f64>, f64)> {
        let labelled = Instance {
            clusters: Some(Clusters {
                labels: vec![1.0; self.instance.patterns.rows()],
                axis: None,
            }),
            ..self.instance.clone()
        };
        let training = Training::of(&labelled)?;
        let how = (Bias::Fixed(0.0), Constraint::Ridge(SMALL_RIDGE));
        let found = minimise(&training, "hinge", &self.p, how, self.streams)?;
        if found.ending != Ending::Reached {
            return None;
        }
        let n = found.weights.len() as f64;
        let root = (found.weights.iter().map(|w| w * w).sum::<f64>() / n).sqrt();
        let weights: Vec<f64> = found.weights.iter().map(|w| w / root).collect();
        let stabilities = training.stabilities(&weights, 0.0);
        let margin = stabilities.into_iter().fold(f64::INFINITY, f64::min);
        Some((weights, margin))
    }

    fn centre(&self, centre: Centre) -> Option<Vec<f64>> {
        match centre {
            Centre::Teacher => self.instance.teacher.clone(),
            Centre::LargestMargin => Some(self.largest_margin()?.0),
            Centre::CrossEntropy(gamma) => {
                let p = Parameters { gamma, ..self.p };
                let amp = self.minimum("cross-entropy", p, &SETTINGS)?;
                Some(amp.state().mean.clone())
            }
        }
    }

    /// The solutions on shells around a configuration.
    fn around(&self, centre: Centre) -> Option<Vec<f64>> {
        let reference = self.centre(centre)?;
        let mut last: Option<(usize, LocalObservables)> = None;
        let mut values = Vec::new();
        for quantity in &self.series.quantities {
            let Quantity::Local(what, d) = *quantity else {
                return None;
            };
            let probes = match last {
                Some((at, probes)) if at == d => probes,
                _ => self.shell(&reference, thousandths(d))?,
            };
            last = Some((d, probes));
            values.push(what.of(&probes)?);
        }
        Some(values)
    }

    fn shell(&self, reference: &[f64], distance: f64) -> Option<LocalObservables> {
        let [weights, _, loss] = self.series.names;
        let channel = channel(loss, &self.p)?;
        let patterns = &self.instance.patterns;
        let mut amp = Amp::new(patterns, prior::by_name(weights).ok()?, channel).ok()?;
        amp.keep_overlap(reference, 1.0 - 2.0 * distance).ok()?;
        if amp.run(&DAMPED).status != Status::Converged {
            return None;
        }
        let around = amp.surroundings()?;
        Some(LocalObservables {
            entropy: around.local_entropy,
            q: Some(around.inner_overlap),
            ..LocalObservables::default()
        })
    }
}
