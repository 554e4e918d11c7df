//! What is measured at a saddle point: entropy, energies, errors and local stability.

use super::chart::{Order, relative};
use super::ground_state::{GroundOrder, GroundState};
use super::measured::{Kind, Measured, Patterns, correction};
use super::rs::Rs;
use crate::model::loss::ZeroSet;
use crate::model::{Bias, Control, Mixture, Parameters};
use crate::solve::{Nodes, Stationary};
use std::f64::consts::PI;

/// Physical quantities at one saddle point. A quantity that does not exist is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Observables {
    /// Overlap of two configurations; for weights of any norm at zero temperature the squared norm.
    pub q: Option<f64>,
    /// Its conjugate.
    pub q_hat: Option<f64>,
    /// Overlap with the teacher, or with the axis of the clusters.
    pub m: Option<f64>,
    /// Its conjugate.
    pub m_hat: Option<f64>,
    /// Bias of the classifier, with clusters.
    pub bias: Option<f64>,
    /// Cosine `m/√q` of weights of any norm with the teacher or with the axis of the clusters.
    pub cosine: Option<f64>,
    /// Strength λ of the ridge, or the multiplier of a norm.
    pub lambda: Option<f64>,
    /// `lim β(Q-q)` at zero temperature, `Q = 1` on the sphere.
    pub chi: Option<f64>,
    /// `(1/N) E ln Z` at finite β.
    pub free_entropy: Option<f64>,
    /// Log-number (binary) or log-volume (spherical) per weight (RS.7).
    pub entropy: Option<f64>,
    /// Energy per weight at β = ∞, where no configuration costs nothing.
    pub ground_state_energy: Option<f64>,
    /// Mean loss per pattern (RS.8).
    pub training_loss: Option<f64>,
    /// Fraction of patterns with `Δ < 0` (RS.8).
    pub training_error: Option<f64>,
    /// Probability that a configuration errs on a new pattern, `arccos(m)/π` (RS.9).
    pub generalization_error: Option<f64>,
    /// The same for the mean of the posterior, `arccos(m/√q)/π` (RS.9).
    pub bayes_error: Option<f64>,
    /// Replicon: positive where the saddle point is locally stable (AT.1).
    pub at_stability: Option<f64>,
    /// Mean square `Q` of a weight, where the prior does not fix it.
    pub norm: Option<f64>,
    /// Its conjugate.
    pub norm_hat: Option<f64>,
    /// Absolute errors of what is measured at the saddle point.
    pub errors: Errors,
}

/// Absolute errors of the quantities that are not the functional itself: from a refined quadrature,
/// from the distance to the true saddle point and from rounding (RS.25). Zero where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Errors {
    /// Of the entropy.
    pub entropy: f64,
    /// Of the mean loss per pattern.
    pub training_loss: f64,
    /// Of the fraction of patterns with `Δ < 0`.
    pub training_error: f64,
    /// The largest of overlaps, angles, conjugates and the replicon: of conjugates and the replicon
    /// relative to those above one.
    pub order: f64,
    /// Of the inverse temperature at which a ground state is frozen; no part of [`largest`](Self::largest),
    /// which is of what is measured there.
    pub frozen_beta: f64,
}

impl Errors {
    /// The largest of them.
    pub fn largest(&self) -> f64 {
        self.entropy
            .max(self.training_loss)
            .max(self.training_error)
            .max(self.order)
    }
}

impl Observables {
    /// How far these are from others: overlaps, entropies, energies and errors absolutely, conjugates,
    /// responses and stabilities relative to those above one. What one of them lacks is not compared.
    pub(super) fn apart(&self, other: &Self) -> f64 {
        let absolute = |o: &Self| {
            [
                o.q,
                o.m,
                o.bias,
                o.cosine,
                o.free_entropy,
                o.entropy,
                o.ground_state_energy,
                o.training_loss,
                o.training_error,
                o.generalization_error,
                o.bayes_error,
            ]
        };
        let scaled = |o: &Self| {
            [
                o.q_hat,
                o.m_hat,
                o.norm,
                o.norm_hat,
                o.lambda,
                o.chi,
                o.at_stability,
            ]
        };
        let both = |a: Option<f64>, b: Option<f64>, by: fn(f64, f64) -> f64| {
            a.zip(b).map_or(0.0, |(a, b)| by(a, b))
        };
        let plain = absolute(self).into_iter().zip(absolute(other));
        let plain = plain.map(|(a, b)| both(a, b, |a, b| (a - b).abs()));
        let relatively = scaled(self).into_iter().zip(scaled(other));
        let relatively = relatively.map(|(a, b)| both(a, b, relative));
        plain.chain(relatively).fold(0.0, f64::max)
    }
}

/// `arccos(c)/π` from cosine and sine, accurate near both ends.
pub(super) fn angle(cosine: f64, sine: f64) -> f64 {
    sine.atan2(cosine) / PI
}

/// Coordinates, the functional there, and at which parameters.
pub type Point<'a> = (&'a [f64], f64, &'a Parameters);

/// A replica ansatz of one model: a functional whose saddle points have observables. Object-safe,
/// so that everything built on it is compiled once.
pub trait Ansatz: Stationary {
    /// The replicon at the saddle point `x`: positive where it is locally stable (AT.1, AT.3).
    fn at_stability(&self, x: &[f64], p: &Parameters, rule: &Nodes) -> f64;

    /// How far apart two near points are in what is measured, on the same few nodes.
    fn apart(&self, here: Point, there: Point) -> f64;

    /// Every observable at the saddle point `x`, where the functional has this value, on the refinement
    /// of this rule, with errors.
    fn observables(&self, x: &[f64], value: f64, p: &Parameters, rule: &Nodes) -> Observables;
}

/// What is averaged over the patterns.
const KINDS: [Kind; 2] = [Kind::Loss, Kind::Error];

impl Rs {
    fn patterns(&self, o: &Order<f64>, p: &Parameters) -> Patterns {
        Patterns {
            channel: self.channel(p),
            fields: self.fields(o),
            own: self.own(o),
        }
    }

    /// What a mean loss adds to the free entropy to make the entropy, per unit of it.
    fn loss_factor(p: &Parameters) -> f64 {
        if p.beta.is_finite() {
            p.beta * p.alpha
        } else {
            0.0
        }
    }

    /// Entropy, training loss and training error, measured where the saddle point of this rule is,
    /// with its nodes, and at `x` with refined ones (RS.25).
    fn measure(&self, x: &[f64], phi: f64, p: &Parameters, rule: &Nodes) -> (Measured, Errors) {
        let [at, fine] =
            [rule, &rule.refined()].map(|rule| self.evaluate(x, p, Control::Alpha, rule));
        let shift = correction(&at, &fine, &self.chart().rounding(x, self.on_sphere()));
        let moved: Vec<f64> = x.iter().zip(&shift).map(|(x, d)| x + d).collect();
        let (here, there) = (self.order(x), self.order(&moved));
        let replicon = fine.replicon.unwrap_or(f64::NAN);
        let coarse_replicon = self.at_stability(&moved, p, rule);
        let averaged = self.patterns(&here, p);
        let nodes = averaged.nodes(&KINDS);
        let [loss, error] = averaged.sums(KINDS, &nodes, true);
        let [coarse_loss, coarse_error] = self.patterns(&there, p).sums(KINDS, &nodes, false);
        let factor = Self::loss_factor(p);
        let entropy = |phi: f64, loss: f64| phi + factor * loss;
        // The functional is stationary where the coarse rule puts the saddle point.
        let step: f64 = at.gradient.iter().zip(&shift).map(|(g, d)| g * d).sum();
        let coarse_entropy = entropy(at.value + 0.5 * step, coarse_loss);
        let rounding = 32.0 * f64::EPSILON;
        let magnitude = 1.0 + fine.magnitude + factor * loss.abs();
        let measured = Measured {
            loss,
            error,
            replicon,
        };
        let errors = Errors {
            entropy: (entropy(phi, loss) - coarse_entropy).abs() + rounding * magnitude,
            training_loss: (loss - coarse_loss).abs() + rounding * loss.abs(),
            training_error: (error - coarse_error).abs() + rounding * error.abs(),
            order: here.apart(&there, self.disorder().has_teacher())
                + relative(replicon, coarse_replicon),
            frozen_beta: 0.0,
        };
        (measured, errors)
    }

    /// What was measured, by name.
    fn named(&self, o: &Order<f64>, phi: f64, p: &Parameters, at: &Measured) -> Observables {
        let hard = p.beta.is_infinite();
        // A constraint of measure zero has a density, but no volume.
        let volume = !(hard && matches!(self.loss().zero_set(p), ZeroSet::Point(_)));
        let (chart, disorder) = (self.chart(), self.disorder());
        let teacher = |value: f64| disorder.has_teacher().then_some(value);
        let axis = |value: f64| disorder.has_axis().then_some(value);
        let free = |value: f64| chart.free().then_some(value);
        // √(ρQ - m²), without cancellation.
        let across = (o.v + o.q * o.sine * o.sine).sqrt() * chart.teacher.unwrap_or(1.0).sqrt();
        let bias = disorder.clusters().map(|_| self.bias(o));
        let among = |(m, _): (&Mixture, Bias)| m.error(o.m, o.norm, self.bias(o));
        Observables {
            q: Some(o.q),
            q_hat: Some(o.q_hat),
            norm: free(o.norm),
            norm_hat: free(o.shift()),
            m: axis(o.m),
            m_hat: axis(o.m_hat),
            bias,
            free_entropy: (!hard).then_some(phi),
            entropy: volume.then_some(phi + Self::loss_factor(p) * at.loss),
            ground_state_energy: hard.then_some(0.0),
            training_loss: Some(at.loss),
            training_error: Some(at.error),
            generalization_error: disorder
                .clusters()
                .map(among)
                .or(teacher(angle(o.m, across))),
            bayes_error: teacher(angle(o.cosine, o.sine)),
            at_stability: Some(at.replicon),
            ..Observables::default()
        }
    }
}

impl Ansatz for Rs {
    /// The replicon `1 - α E[(∂²_ω ln Z_ℓ)²] E[(∂²_b ln Z_w)²]` (AT.1).
    fn at_stability(&self, x: &[f64], p: &Parameters, rule: &Nodes) -> f64 {
        let at = self.evaluate(x, p, Control::Alpha, rule);
        at.replicon.unwrap_or(f64::NAN)
    }

    fn apart(&self, here: Point, there: Point) -> f64 {
        let (x, _, p) = here;
        let rule = self.sketch(x, p);
        let nodes = self.patterns(&self.order(x), p).few_nodes();
        let values = |(x, phi, p): Point| {
            let o = self.order(x);
            let [loss, error] = self.patterns(&o, p).sums(KINDS, &nodes, false);
            let replicon = self.at_stability(x, p, &rule);
            let measured = Measured {
                loss,
                error,
                replicon,
            };
            self.named(&o, phi, p, &measured)
        };
        values(here).apart(&values(there))
    }

    fn observables(&self, x: &[f64], phi: f64, p: &Parameters, rule: &Nodes) -> Observables {
        let (measured, errors) = self.measure(x, phi, p, rule);
        let named = self.named(&self.order(x), phi, p, &measured);
        Observables { errors, ..named }
    }
}

impl Ansatz for GroundState {
    /// The replicon `1 - α E[(1 - prox′)²]` at zero temperature (AT.3).
    fn at_stability(&self, x: &[f64], p: &Parameters, rule: &Nodes) -> f64 {
        let at = self.evaluate(x, p, Control::Alpha, rule);
        at.replicon.unwrap_or(f64::NAN)
    }

    fn apart(&self, here: Point, there: Point) -> f64 {
        let (x, _, p) = here;
        let rule = self.sketch(x, p);
        let nodes = self.patterns(&self.order(x), p).few_nodes();
        let values = |(x, value, p): Point| {
            let o = self.order(x);
            let (at, pull) = self.evaluate_with(&o, p, &rule);
            let patterns = self.patterns(&o, p);
            let on_nodes = || patterns.sums([Kind::Error], &nodes, false)[0];
            let measured = Measured {
                loss: pull.training_loss(&o, p),
                error: patterns.errors_below_an_edge().unwrap_or_else(on_nodes),
                replicon: at.replicon.unwrap_or(f64::NAN),
            };
            self.named(&o, value, &measured, self.strength(&o, p, &pull))
        };
        values(here).apart(&values(there))
    }

    fn observables(&self, x: &[f64], value: f64, p: &Parameters, rule: &Nodes) -> Observables {
        let o = self.order(x);
        let refined = rule.refined();
        let at = self.evaluate(x, p, Control::Alpha, rule);
        let (fine, pull) = self.evaluate_with(&o, p, &refined);
        let shift = correction(&at, &fine, &self.rounding(&o));
        let moved: Vec<f64> = x.iter().zip(&shift).map(|(x, d)| x + d).collect();
        let there = self.order(&moved);
        let (coarse, coarse_pull) = self.evaluate_with(&there, p, rule);
        let coarse_loss = coarse_pull.training_loss(&there, p);
        let coarse_replicon = coarse.replicon.unwrap_or(f64::NAN);
        let patterns = self.patterns(&o, p);
        let (error, coarse_error) = match patterns.errors_below_an_edge() {
            Some(error) => {
                let coarse = self.patterns(&there, p).errors_below_an_edge();
                (error, coarse.unwrap_or(error))
            }
            None => {
                let nodes = patterns.nodes(&[Kind::Error]);
                let [error] = patterns.sums([Kind::Error], &nodes, true);
                let [coarse] = self.patterns(&there, p).sums([Kind::Error], &nodes, false);
                (error, coarse)
            }
        };
        let (loss, replicon) = (pull.training_loss(&o, p), fine.replicon.unwrap_or(f64::NAN));
        let rounding = 32.0 * f64::EPSILON;
        let errors = Errors {
            entropy: 0.0,
            training_loss: (loss - coarse_loss).abs() + rounding * loss.abs(),
            training_error: (error - coarse_error).abs() + rounding * error.abs(),
            order: (o.cosine - there.cosine).abs()
                + (o.bias - there.bias).abs()
                + (o.root * o.root - there.root * there.root).abs()
                + relative(o.chi, there.chi)
                + relative(replicon, coarse_replicon),
            frozen_beta: 0.0,
        };
        let measured = Measured {
            loss,
            error,
            replicon,
        };
        let named = self.named(&o, value, &measured, self.strength(&o, p, &pull));
        Observables { errors, ..named }
    }
}

impl GroundState {
    /// What was measured, by name; `strength` is that of the ridge, or the multiplier of a norm.
    fn named(&self, o: &GroundOrder, value: f64, at: &Measured, strength: f64) -> Observables {
        let disorder = self.disorder();
        let teacher = |value: f64| disorder.has_teacher().then_some(value);
        let axis = |value: f64| disorder.has_axis().then_some(value);
        let angle = teacher(angle(o.cosine, o.sine));
        let square = o.root * o.root;
        let clusters = disorder.clusters();
        let among = |value: f64| clusters.map(|_| value);
        Observables {
            q: Some(square),
            q_hat: among((o.root * o.sine / o.chi).powi(2)),
            norm: (self.free() && clusters.is_none()).then_some(square),
            cosine: axis(o.cosine),
            m: axis(self.overlap(o)),
            m_hat: among(self.overlap(o) / o.chi),
            bias: among(o.bias),
            lambda: among(strength),
            chi: Some(o.chi),
            ground_state_energy: Some(-value),
            training_loss: Some(at.loss),
            training_error: Some(at.error),
            generalization_error: clusters
                .map(|(m, _)| m.error(self.overlap(o), square, o.bias))
                .or(angle),
            bayes_error: angle,
            at_stability: Some(at.replicon),
            ..Observables::default()
        }
    }
}
