//! Reference classifiers of a mixture, rescaled to unit norm, and what they do to their own training
//! patterns (MX.30).

use super::classifier::{bayes_optimal, posterior_overlap};
use super::learning::Learning;
use super::spread::{Cluster, Pattern, Spread};
use super::square;
use crate::math::gauss::CUT;
use crate::math::{Feature, GaussMeasure, special};
use crate::model::channel::Channel;
use crate::model::loss::ZeroSet;
use crate::model::mixture::Class;
use crate::model::moved::Moved;
use crate::model::prior::sphere;
use crate::model::site::{Jets, Site};
use crate::model::{Bias, Constraint, Disorder, Mixture, Parameters};
use crate::replica::ensemble::Ensemble;
use crate::replica::local::entropic::Around;
use crate::replica::local::patterns::{GroundPatterns, LinearShift, ThermalPatterns};
use crate::replica::local::reference::{Axis, NoReference, Patterns, REACH, Reference};
use crate::replica::observables::Observables;
use crate::replica::reason::Missing;
use crate::replica::rs::Rs;
use crate::replica::state::{Outcome, Regime, State, Status};
use crate::replica::unit_overlap::largest_load::largest_load;
use crate::solve::NotConverged;
use std::sync::Arc;

/// A replicon below minus this is negative.
const MARGINAL: f64 = 1e-9;

/// How far a pattern moves the reference's stability on it, as a function of the cavity field.
#[derive(Clone)]
pub enum Displacement {
    /// `offset_y + slope z̃`.
    Linear {
        /// Offsets for the labels +1 and -1.
        offsets: [f64; 2],
        /// Slope.
        slope: f64,
    },
    /// That of a proximal map.
    Curved(Proximal),
    /// One of many, drawn from a measure (MX.42).
    Spread(Spread),
}

/// The proximal map of a loss at one response.
#[derive(Clone, Debug)]
pub struct Proximal {
    channel: Channel,
    chi: f64,
}

impl Proximal {
    /// `P - h` and its derivative at the cavity field `h`.
    fn displacement(&self, field: f64) -> [f64; 2] {
        let mut jets = Jets::default();
        self.channel.fill(&[field], self.chi, None, &mut jets);
        [self.chi * jets.slope[0], self.chi * jets.bend[0]]
    }

    /// Kinks and scales of that map.
    fn features(&self) -> Vec<Feature> {
        let mut features = Vec::new();
        self.channel.features(self.chi, &mut features);
        features
    }
}

/// A classifier that is a function of the training patterns, at `|w̃|² = N`.
#[derive(Clone)]
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
    /// What its own patterns do to it, at unit norm.
    pub displacement: Displacement,
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

impl std::fmt::Debug for MixtureReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MixtureReference")
            .field("mixture", &self.mixture)
            .field("alpha", &self.alpha)
            .field("m", &self.m)
            .field("bias", &self.bias)
            .finish_non_exhaustive()
    }
}

/// Place of a label in [`Displacement::Linear`].
fn place(label: f64) -> usize {
    usize::from(label < 0.0)
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
            displacement: Displacement::Linear {
                offsets: [offset; 2],
                slope: 0.0,
            },
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
        let s = square::minimum(mixture, alpha, bias, constraint)?;
        let root = s.q.sqrt();
        let shrinkage = s.chi / (1.0 + s.chi);
        let offset = |y: f64| shrinkage * (1.0 - s.m - y * s.bias) / root;
        Some(MixtureReference {
            mixture: *mixture,
            alpha,
            norm: s.q,
            m: s.m / root,
            bias: s.bias / root,
            displacement: Displacement::Linear {
                offsets: [offset(1.0), offset(-1.0)],
                slope: -shrinkage * mixture.delta().sqrt(),
            },
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
        Ok(MixtureReference {
            mixture,
            alpha: p.alpha,
            norm: o.root * o.root,
            m: o.cosine,
            bias: o.bias / o.root,
            displacement: Displacement::Curved(Proximal {
                channel: minimiser.channel(p),
                chi: minimiser.own(&o),
            }),
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
        // The weight is that of stabilities without the bias.
        let potential = s.value - alpha * tilt * bias * mixture.mean_label();
        Ok(MixtureReference {
            mixture: *mixture,
            alpha,
            norm: 1.0,
            m: o.m,
            bias,
            displacement: Displacement::Spread(Spread {
                q: o.q,
                gap: o.v,
                tilt,
            }),
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
        let (q, around) = match &self.displacement {
            Displacement::Spread(of) => {
                let q_hat = (of.q - self.m * self.m) / (of.gap * of.gap);
                (of.q, Around { q_hat, v: of.gap })
            }
            _ => (1.0, Around { q_hat: 0.0, v: 0.0 }),
        };
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
            q,
            around,
            patterns: classes
                .iter()
                .map(|c| (*c, self.patterns(c.label)))
                .collect(),
            axis: Some(Axis { m: self.m, noise }),
        }
    }

    /// What it knows of the patterns of one label.
    fn patterns(&self, label: f64) -> Patterns {
        let root = self.mixture.delta().sqrt();
        let mean = self.m + label * self.bias;
        match &self.displacement {
            Displacement::Linear { offsets, slope } => {
                let (offset, slope) = (offsets[place(label)] / root, slope / root);
                Patterns::Linear(LinearShift { offset, slope })
            }
            Displacement::Curved(map) => {
                let (length, width) = self.scales();
                let site = Moved {
                    channel: map.channel.clone(),
                    mean: length * mean,
                    root: width,
                    tilt: 0.0,
                };
                let chi = map.chi / (width * width);
                Patterns::Ground(Arc::new(GroundPatterns::Envelope(site, chi)))
            }
            Displacement::Spread(of) => {
                let reach = REACH * CUT * of.q.sqrt();
                let site = Moved {
                    channel: Channel::without_errors(),
                    mean,
                    root,
                    tilt: of.tilt,
                };
                Patterns::Thermal(Arc::new(ThermalPatterns::new(site, of.gap, reach)))
            }
        }
    }

    pub(in crate::replica) fn cluster(&self) -> Cluster {
        Cluster {
            mixture: self.mixture,
            m: self.m,
            bias: self.bias,
        }
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
        match self.at_stability {
            Some(replicon) if replicon < -MARGINAL => Status::RsUnstable,
            _ => Status::Ok,
        }
    }

    /// Overlap with the Bayes-optimal vector, both of unit norm: for weights made from the data it is
    /// their cosine with the axis over that of the Bayes-optimal vector (MX.10).
    pub fn bayes_overlap(&self) -> f64 {
        self.m / posterior_overlap(&self.mixture, self.alpha).sqrt()
    }

    /// `[D_y, D_y′]` at `z̃`: displacement of its stability on a pattern of this label by that pattern,
    /// its mean where it spreads.
    pub fn displaced(&self, label: f64, z: f64) -> [f64; 2] {
        match &self.displacement {
            Displacement::Linear { offsets, slope } => [offsets[place(label)] + slope * z, *slope],
            Displacement::Curved(map) => {
                let (root, width) = self.scales();
                let mean = root * (self.m + label * self.bias);
                let [shift, slope] = map.displacement(mean + width * z);
                [shift / root, slope * width / root]
            }
            Displacement::Spread(of) => of.mean(&self.cluster(), label, z),
        }
    }

    /// `√q̃` and the width of its cavity field before it was rescaled.
    fn scales(&self) -> (f64, f64) {
        let root = self.norm.sqrt();
        (root, root * self.mixture.delta().sqrt())
    }

    /// Where the displacement bends as a function of `z̃`.
    pub fn features(&self, label: f64) -> Vec<Feature> {
        let map = match &self.displacement {
            Displacement::Linear { .. } => return Vec::new(),
            Displacement::Spread(of) => return vec![of.feature(&self.cluster(), label)],
            Displacement::Curved(map) => map,
        };
        let (root, width) = self.scales();
        let mean = root * (self.m + label * self.bias);
        let seen = map.features().into_iter().map(|f| Feature {
            centre: (f.centre - mean) / width,
            width: f.width / width,
        });
        seen.filter(|f| f.centre.abs() < CUT + f.width).collect()
    }

    /// Average over its training patterns of `f(y, κ - y b)`, which varies with the stability `κ` on
    /// this scale near zero.
    fn average(&self, scale: f64, f: impl Fn(f64, f64) -> f64) -> f64 {
        if let Displacement::Spread(of) = &self.displacement {
            return self.mixture.mean(|y| {
                let patterns = of.patterns(&self.cluster(), y, scale).into_iter();
                let at = |p: Pattern| p.weight * f(y, self.stability(p.z, p.shift));
                patterns.map(at).sum()
            });
        }
        self.mixture.mean(|y| {
            let at = |z: f64| f(y, self.stability(z, self.displaced(y, z)[0]));
            let measure = GaussMeasure::graded(&self.features(y)).resolving(1e-14, at);
            measure.sum(at)
        })
    }

    /// Its stability, without the bias, at unit norm, on a training pattern of cavity field `z̃` that
    /// displaces it by `D`.
    pub(in crate::replica) fn stability(&self, z: f64, shift: f64) -> f64 {
        let root = match &self.displacement {
            Displacement::Spread(of) => of.q.sqrt(),
            _ => 1.0,
        };
        self.m + self.mixture.delta().sqrt() * root * z + shift
    }

    /// Overlap `q̃` of two references of one measure; of a single one its squared norm before it was
    /// rescaled.
    pub fn q(&self) -> f64 {
        match &self.displacement {
            Displacement::Spread(of) => of.q,
            _ => self.norm,
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
        if let Displacement::Linear { offsets, slope } = &self.displacement {
            let width = (blur + (overlap * (delta.sqrt() + slope)).powi(2)).sqrt();
            return self.mixture.mean(|y| {
                special::h((overlap * (self.m + offsets[place(y)]) + y * self.bias) / width)
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
