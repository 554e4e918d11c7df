//! Classifiers of two clusters as references, rescaled to unit norm (MX.30).

use super::entropic::Around;
use super::own_patterns::{OwnPattern, OwnPatterns};
use super::patterns::{GroundPatterns, LinearShift, ThermalPatterns};
use super::reference::{Axis, NoReference, Patterns, REACH, Reference};
use crate::math::gauss::CUT;
use crate::math::special;
use crate::model::channel::Channel;
use crate::model::loss::ZeroSet;
use crate::model::mixture::Class;
use crate::model::moved::Moved;
use crate::model::prior::sphere;
use crate::model::{Bias, Constraint, Disorder, Mixture, Parameters};
use crate::replica::closed_form::classifier::{bayes_optimal, posterior_overlap};
use crate::replica::closed_form::least_squares;
use crate::replica::ensemble::Ensemble;
use crate::replica::learning::Learning;
use crate::replica::observables::Observables;
use crate::replica::reason::Missing;
use crate::replica::rs::Rs;
use crate::replica::state::{Outcome, Regime, State, Status};
use crate::replica::unit_overlap::largest_load::largest_load;
use crate::solve::NotConverged;
use std::sync::Arc;

/// Accuracy to which averages over its own patterns are resolved.
const RESOLUTION: f64 = 1e-14;

/// A classifier that is a function of the training patterns, at `|w̃|² = N`.
#[derive(Clone, Debug)]
pub struct MixtureReference {
    /// Law of the patterns.
    pub mixture: Mixture,
    /// Patterns per weight.
    pub alpha: f64,
    /// Squared norm before it was rescaled.
    pub norm: f64,
    /// Cosine with the axis of the clusters.
    pub m: f64,
    /// Bias at unit norm.
    pub bias: f64,
    /// Overlap of two references; one of a single one.
    overlap: f64,
    /// What its patterns of labels +1 and -1 do to it, at unit norm.
    patterns: [Patterns; 2],
    /// Fraction of its own patterns that it gets wrong (MX.17).
    pub training_error: f64,
    /// Log-volume per weight of the references that one is drawn from, relative to the sphere; none for
    /// a single one.
    pub entropy: Option<f64>,
    /// Replicon of its own measure, positive where it is locally stable; none where it is no measure's
    /// member.
    pub at_stability: Option<f64>,
    /// Largest absolute residual of its saddle-point equations.
    pub residual: f64,
}

/// Labels of the clusters, in the order of their patterns.
const LABELS: [f64; 2] = [1.0, -1.0];

/// Patterns that move a reference by `offset_y + slope z̃`, at noise of this variance.
fn linear(delta: f64, offsets: [f64; 2], slope: f64) -> [Patterns; 2] {
    let root = delta.sqrt();
    offsets.map(|offset| {
        Patterns::Linear(LinearShift {
            offset: offset / root,
            slope: slope / root,
        })
    })
}

impl MixtureReference {
    /// Overlap with the axis of the clusters, at its own norm.
    pub fn own_m(&self) -> f64 {
        self.norm.sqrt() * self.m
    }

    /// Bias at its own norm.
    pub fn own_bias(&self) -> f64 {
        self.norm.sqrt() * self.bias
    }

    /// The Bayes-optimal classifier (MX.21).
    pub fn bayes_optimal(mixture: &Mixture, alpha: f64) -> Self {
        let optimal = bayes_optimal(mixture, alpha);
        let root = optimal.q.sqrt();
        let offset = mixture.delta() / (alpha + mixture.delta()) / root;
        let training_mean = optimal.training_mean.unwrap_or(1.0);
        MixtureReference {
            mixture: *mixture,
            alpha,
            norm: optimal.q,
            m: optimal.cosine(),
            bias: optimal.bias / root,
            overlap: 1.0,
            patterns: linear(mixture.delta(), [offset; 2], 0.0),
            training_error: mixture.error(training_mean, optimal.q, optimal.bias),
            entropy: None,
            // The minimiser of a linear loss, which has no curvature.
            at_stability: Some(1.0),
            residual: 0.0,
        }
    }

    /// The same weights with another bias, at unit norm.
    ///
    /// Only for weights that do not depend on their bias, such as the Bayes-optimal ones: others would
    /// have been another minimiser.
    pub fn with_bias(self, bias: f64) -> Self {
        let mut other = MixtureReference { bias, ..self };
        other.training_error = other.perturbed_error(1.0);
        other
    }

    /// The minimiser of the square loss (MX.19); none where there is no single one.
    pub fn square(
        mixture: &Mixture,
        alpha: f64,
        bias: Bias,
        constraint: Constraint,
    ) -> Option<Self> {
        let s = least_squares::minimum(mixture, alpha, bias, constraint)?;
        let root = s.q.sqrt();
        let shrinkage = s.chi / (1.0 + s.chi);
        let offset = |y: f64| shrinkage * (1.0 - s.m - y * s.bias) / root;
        Some(MixtureReference {
            mixture: *mixture,
            alpha,
            norm: s.q,
            m: s.m / root,
            bias: s.bias / root,
            overlap: 1.0,
            patterns: linear(
                mixture.delta(),
                LABELS.map(offset),
                -shrinkage * mixture.delta().sqrt(),
            ),
            // P > 0 where h > χ ℓ'(0) = -χ.
            training_error: mixture.error(s.m + s.chi, s.q, s.bias),
            entropy: None,
            at_stability: Some(1.0 - alpha * shrinkage * shrinkage),
            residual: 0.0,
        })
    }

    /// The minimiser of any loss at these parameters.
    ///
    /// # Errors
    /// [`NoReference`] if there is none of finite norm and response, or if it is not reached.
    pub fn minimiser(learning: Learning, p: &Parameters) -> Result<Self, NoReference> {
        let mixture = *learning.mixture();
        let outcome = learning.solve(p);
        if let Outcome::Missing(Missing::NotConverged { residual, .. }) = outcome {
            return Err(NotConverged::Stalled { residual }.into());
        }
        let state = outcome.dominant().filter(|state| !state.x.is_empty());
        let state = state.ok_or(NoReference::Absent)?;
        let minimiser = learning.minimiser();
        let o = minimiser.order(&state.x);
        let own = state.observables;
        let norm = o.root * o.root;
        let (length, bias) = (norm.sqrt(), o.bias / o.root);
        let width = length * mixture.delta().sqrt();
        let chi = minimiser.own(&o) / (width * width);
        let patterns = LABELS.map(|label| {
            let site = Moved {
                channel: minimiser.channel(p),
                mean: length * (o.cosine + label * bias),
                root: width,
                tilt: 0.0,
            };
            Patterns::Ground(Arc::new(GroundPatterns::Envelope(site, chi)))
        });
        Ok(MixtureReference {
            mixture,
            alpha: p.alpha,
            norm,
            m: o.cosine,
            bias,
            overlap: 1.0,
            patterns,
            training_error: own.training_error.unwrap_or(f64::NAN),
            entropy: None,
            at_stability: own.at_stability,
            residual: state.residual,
        })
    }

    /// A typical classifier of this bias that makes no errors on the patterns, drawn with the weight
    /// `exp(h Σ (κ - y b))` of its stabilities `κ`, at `|w|² = N` (MX.40). The larger the tilt `h`, the
    /// nearer is it to the Bayes-optimal vector.
    ///
    /// # Errors
    /// [`NoReference`] if there is no classifier of this bias without errors, or if its saddle point
    /// is not reached.
    pub fn tilted(
        mixture: &Mixture,
        alpha: f64,
        bias: f64,
        tilt: f64,
    ) -> Result<Self, NoReference> {
        let fixed = Bias::Fixed(bias);
        let clusters = Disorder::Clusters(*mixture, fixed);
        let most = largest_load(&clusters, ZeroSet::HalfLine(0.0));
        if most.is_none_or(|most| alpha >= most.alpha) {
            return Err(NoReference::Absent);
        }
        let Channel {
            loss, parameters, ..
        } = Channel::without_errors();
        let p = Parameters {
            alpha,
            ..parameters
        };
        let sphere = sphere();
        let rs = Rs::new(sphere.clone(), loss.clone(), clusters).with_tilt(tilt);
        let mut measure = Ensemble::new(sphere, loss, clusters);
        measure.rs = Box::new(rs.clone());
        let s = measure.connected(&p)?;
        let o = rs.order(&s.x);
        let patterns = LABELS.map(|label| {
            let site = Moved {
                channel: Channel::without_errors(),
                mean: o.m + label * bias,
                root: mixture.delta().sqrt(),
                tilt,
            };
            let reach = REACH * CUT * o.q.sqrt();
            Patterns::Thermal(Arc::new(ThermalPatterns::new(site, o.v, reach)))
        });
        // The weight is that of stabilities without the bias.
        let potential = s.value - alpha * tilt * bias * mixture.mean_label();
        Ok(MixtureReference {
            mixture: *mixture,
            alpha,
            norm: 1.0,
            m: o.m,
            bias,
            overlap: o.q,
            patterns,
            training_error: 0.0,
            // At this overlap with the Bayes-optimal vector (MX.41).
            entropy: Some(potential - tilt * o.m * (alpha + mixture.delta())),
            at_stability: s.replicon,
            residual: s.residual,
        })
    }

    /// What the ansatz around it needs to know, over one class where neither it nor its probes have a
    /// bias.
    pub(super) fn around(&self, unbiased: bool) -> Reference {
        let one = unbiased && self.bias == 0.0;
        let both = self.mixture.classes();
        let alike = [Class {
            label: 1.0,
            weight: 1.0,
        }];
        let classes = if one { &alike[..] } else { &both[..] };
        let noise = self.mixture.delta();
        Reference {
            parameters: Parameters {
                alpha: self.alpha,
                ..Parameters::default()
            },
            state: self.as_state(),
            q: self.overlap,
            around: self.law(),
            patterns: classes.iter().copied().zip(self.patterns.clone()).collect(),
            axis: Some(Axis { m: self.m, noise }),
        }
    }

    /// Law of one weight of many references.
    fn law(&self) -> Around {
        let v = match &self.patterns[0] {
            Patterns::Thermal(patterns) => patterns.variance(),
            _ => return Around { q_hat: 0.0, v: 0.0 },
        };
        let q_hat = (self.overlap - self.m * self.m) / (v * v);
        Around { q_hat, v }
    }

    /// Overlap `q̃` of two references of its measure, and what is left of one: zero of a single one.
    pub(in crate::replica) fn measure(&self) -> (f64, f64) {
        (self.overlap, self.law().v)
    }

    /// Its own patterns of both labels.
    pub(in crate::replica) fn own_patterns(&self) -> [OwnPatterns<'_>; 2] {
        self.patterns.each_ref().map(|patterns| OwnPatterns {
            patterns,
            mean: self.m,
            root: self.mixture.delta().sqrt(),
            q: self.overlap,
        })
    }

    fn as_state(&self) -> State {
        let observables = Observables {
            at_stability: self.at_stability,
            entropy: self.entropy,
            m: Some(self.m),
            ..Observables::default()
        };
        State {
            residual: self.residual,
            ..State::bare(Regime::GroundState, observables)
        }
    }

    /// Whether its own measure is replica-symmetrically stable.
    pub fn status(&self) -> Status {
        self.as_state().status()
    }

    /// Overlap with the Bayes-optimal vector, both of unit norm: for weights made from the data it is
    /// their cosine with the axis over that of the Bayes-optimal vector (MX.10).
    pub fn bayes_overlap(&self) -> f64 {
        self.m / posterior_overlap(&self.mixture, self.alpha).sqrt()
    }

    /// Average over its training patterns of `f(y, κ - y b)`, which varies with the stability `κ` on
    /// this scale near zero.
    fn average(&self, scale: f64, f: impl Fn(f64, f64) -> f64) -> f64 {
        let of = |(class, own): (&Class, OwnPatterns)| {
            let function = |stability: f64| f(class.label, stability);
            let nodes = own.nodes(scale, (RESOLUTION, &function), false);
            let at = |p: &OwnPattern| p.weight * function(own.stability(p.z, p.shift));
            class.weight * nodes.iter().map(at).sum::<f64>()
        };
        let classes = self.mixture.classes();
        classes.iter().zip(self.own_patterns()).map(of).sum()
    }

    /// Overlap `q̃` of two references of one measure; of a single one its squared norm before it was
    /// rescaled.
    pub fn q(&self) -> f64 {
        if self.own_patterns()[0].spreads() {
            self.overlap
        } else {
            self.norm
        }
    }

    /// Error on new patterns.
    pub fn generalization_error(&self) -> f64 {
        self.mixture.error(self.m, 1.0, self.bias)
    }

    /// Fraction of training patterns that vectors at overlap `S < 1` with it get wrong which are
    /// drawn without looking at the patterns, with its own bias (MX.36).
    pub fn perturbed_error(&self, overlap: f64) -> f64 {
        let delta = self.mixture.delta();
        let blur = delta * (1.0 - overlap) * (1.0 + overlap);
        if let [Some(up), Some(down)] = self.own_patterns().map(|own| own.linear()) {
            let width = (blur + (overlap * (delta.sqrt() + up.slope)).powi(2)).sqrt();
            return self.mixture.mean(|y| {
                let offset = if y > 0.0 { up.offset } else { down.offset };
                special::h((overlap * (self.m + offset) + y * self.bias) / width)
            });
        }
        let width = blur.sqrt();
        self.average(width, |y, u| {
            special::h((overlap * u + y * self.bias) / width)
        })
    }

    /// Mean of `(1-Δ)²/2` over training patterns at overlap `S` with it, for perturbed vectors of
    /// squared norm `Q` and this bias (MX.36).
    pub fn perturbed_square_loss(&self, overlap: f64, norm: f64, bias: f64) -> f64 {
        let blur = norm * self.mixture.delta() * (1.0 - overlap) * (1.0 + overlap);
        let scale = norm.sqrt() * overlap;
        let miss = |y: f64, u: f64| (1.0 - scale * u - y * bias).powi(2);
        0.5 * (self.average(1.0, miss) + blur)
    }
}
