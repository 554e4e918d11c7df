//! Reference classifiers of a mixture, rescaled to unit norm, and what they do to their own training
//! patterns (MX.30).

use super::classifier::bayes_optimal;
use super::learning::Learning;
use super::risk::Constraint;
use super::square;
use crate::math::gauss::CUT;
use crate::math::{Feature, GaussMeasure, special};
use crate::model::{Bias, Mixture, Parameters};
use std::sync::Arc;

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
    /// Any other.
    Curved(Arc<dyn Proximal>),
}

/// The proximal map of a loss at one response.
pub trait Proximal: Send + Sync {
    /// `P - h` and its derivative at the cavity field `h`.
    fn displacement(&self, field: f64) -> [f64; 2];
    /// Kinks and scales of that map.
    fn features(&self) -> Vec<Feature>;
}

struct OfLearning {
    learning: Learning,
    chi: f64,
    parameters: Parameters,
}

impl Proximal for OfLearning {
    fn displacement(&self, field: f64) -> [f64; 2] {
        let envelope = self
            .learning
            .minimiser()
            .envelope(field, self.chi, &self.parameters);
        [-self.chi * envelope[1], -self.chi * envelope[2]]
    }

    fn features(&self) -> Vec<Feature> {
        self.learning
            .minimiser()
            .prox_features(self.chi, &self.parameters)
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
    /// The Bayes-optimal classifier (MX.21).
    pub fn bayes_optimal(mixture: &Mixture, alpha: f64) -> Self {
        let optimal = bayes_optimal(mixture, alpha);
        let root = optimal.q.sqrt();
        let offset = mixture.delta() / (alpha + mixture.delta()) / root;
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
        }
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
        })
    }

    /// The minimiser of any loss at these parameters; none if it is not found.
    pub fn minimiser(learning: Learning, p: &Parameters) -> Option<Self> {
        let mixture = *learning.mixture();
        let outcome = learning.solve(p);
        let state = outcome.dominant().filter(|state| !state.x.is_empty())?;
        let [m, q, chi, bias] = learning.minimiser().order_parameters(&state.x);
        let root = q.sqrt();
        Some(MixtureReference {
            mixture,
            alpha: p.alpha,
            norm: q,
            m: m / root,
            bias: bias / root,
            displacement: Displacement::Curved(Arc::new(OfLearning {
                learning,
                chi,
                parameters: *p,
            })),
        })
    }

    /// `[D_y, D_y′]` at `z̃`: displacement of its stability on a pattern of this label by that pattern.
    pub fn displaced(&self, label: f64, z: f64) -> [f64; 2] {
        match &self.displacement {
            Displacement::Linear { offsets, slope } => [offsets[place(label)] + slope * z, *slope],
            Displacement::Curved(map) => {
                let (root, width) = self.scales();
                let mean = root * (self.m + label * self.bias);
                let [shift, slope] = map.displacement(mean + width * z);
                [shift / root, slope * width / root]
            }
        }
    }

    /// `√q̃` and the width of its cavity field before it was rescaled.
    fn scales(&self) -> (f64, f64) {
        let root = self.norm.sqrt();
        (root, root * self.mixture.delta().sqrt())
    }

    /// Where the displacement bends as a function of `z̃`.
    pub fn features(&self, label: f64) -> Vec<Feature> {
        let Displacement::Curved(map) = &self.displacement else {
            return Vec::new();
        };
        let (root, width) = self.scales();
        let mean = root * (self.m + label * self.bias);
        let seen = map.features().into_iter().map(|f| Feature {
            centre: (f.centre - mean) / width,
            width: f.width / width,
        });
        seen.filter(|f| f.centre.abs() < CUT + f.width).collect()
    }

    /// Average over its training patterns: `f(label, z̃)`.
    pub(super) fn average(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        self.mixture.mean(|y| {
            let measure = GaussMeasure::graded(&self.features(y)).resolving(1e-14, |z| f(y, z));
            measure.sum(|z| f(y, z))
        })
    }

    /// Its stability on a training pattern, without the bias, at unit norm.
    pub fn stability(&self, label: f64, z: f64) -> f64 {
        self.m + self.mixture.delta().sqrt() * z + self.displaced(label, z)[0]
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
        self.average(|y, z| special::h((overlap * self.stability(y, z) + y * self.bias) / width))
    }

    /// Mean of `(1-Δ)²/2` over training patterns at overlap `S` with it, for perturbed vectors of
    /// squared norm `Q` and this bias (MX.36).
    pub fn perturbed_square_loss(&self, overlap: f64, norm: f64, bias: f64) -> f64 {
        let blur = norm * self.mixture.delta() * (1.0 - overlap) * (1.0 + overlap);
        let scale = norm.sqrt() * overlap;
        let miss = |y: f64, z: f64| (1.0 - scale * self.stability(y, z) - y * bias).powi(2);
        0.5 * (self.average(miss) + blur)
    }
}
