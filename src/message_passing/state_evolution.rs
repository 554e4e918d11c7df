//! State evolution: what message passing does on a large instance (MP.10, MX.65).
//!
//! The same `ln Z_w` and `ln Z_ℓ` as on an instance, averaged over the Gaussian laws of their
//! fields; its fixed points are the replica-symmetric saddle points.

use super::biased::falling_root;
use super::iteration::Unsupported;
use super::measure::{Confinement, Measure};
use crate::math::gauss::CUT;
use crate::math::{Feature, GaussMeasure, special};
use crate::model::channel::{Channel, Limit};
use crate::model::prior::Prior;
use crate::model::site::{Jets, Site};
use crate::model::{Bias, Data, Mixture};
use std::sync::Arc;

/// Overlaps after one iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlaps {
    /// `|m|²/N`.
    pub q: f64,
    /// Overlap of the means with the teacher, or with the axis of two clusters; zero without.
    pub m: f64,
    /// Mean variance of a weight, `Q - q` with their mean square `Q`, which is one unless the norm is
    /// free; `χ` in the regime of a minimum.
    pub v: f64,
}

/// The map of the overlaps by one iteration.
#[derive(Clone, Debug)]
pub struct StateEvolution {
    measure: Measure,
    channel: Channel,
    law: Law,
}

/// The law of the patterns.
#[derive(Clone, Copy, Debug)]
enum Law {
    /// I.i.d. entries of unit variance.
    Labels(Data),
    /// Two clusters, and a bias.
    Clusters(Mixture, Bias),
}

/// Fields of the weights that the patterns make.
struct Fields {
    q_hat: f64,
    m_hat: f64,
    precision: f64,
}

impl StateEvolution {
    /// For patterns with i.i.d. entries of unit variance, at the load of the channel's parameters.
    /// In the limit of a ground state it is that of the iteration to the minimum on the sphere (MP.9).
    ///
    /// # Errors
    /// [`Unsupported`] as for [`Amp::new`](super::Amp::new).
    pub fn new(prior: Arc<dyn Prior>, data: Data, channel: Channel) -> Result<Self, Unsupported> {
        Ok(StateEvolution {
            measure: Measure::new(prior, &channel)?,
            channel,
            law: Law::Labels(data),
        })
    }

    /// For patterns of two clusters instead. Its fixed points are those of message passing, which
    /// keeps part of the old means on the way (MX.64).
    ///
    /// # Errors
    /// [`Unsupported`] as for [`Amp::on_clusters`](super::Amp::on_clusters).
    pub fn on_clusters(self, mixture: Mixture, bias: Bias) -> Result<Self, Unsupported> {
        let learned = bias == Bias::Learned;
        self.measure.check_clusters(&self.channel, learned)?;
        let law = Law::Clusters(mixture, mixture.bias(bias));
        Ok(StateEvolution { law, ..self })
    }

    /// State evolution of the iteration to the minimum on two clusters, with a ridge or at given norm
    /// (MX.61).
    ///
    /// # Errors
    /// [`Unsupported::NotConvex`] for other losses, [`Unsupported::Confinement`] for a ridge or a
    /// norm that is not positive.
    pub fn minimum(
        mut channel: Channel,
        (mixture, bias): (Mixture, Bias),
        confinement: Confinement,
    ) -> Result<Self, Unsupported> {
        channel.parameters.beta = f64::INFINITY;
        let channel = channel.in_limit(Limit::Ground);
        Ok(StateEvolution {
            measure: Measure::minimum(&channel, confinement)?,
            channel,
            law: Law::Clusters(mixture, mixture.bias(bias)),
        })
    }

    /// Overlaps of the means at which an iteration starts: those of the prior.
    pub fn start(&self) -> Overlaps {
        let [mean, v] = self.measure.start();
        let teacher = |prior: &Arc<dyn Prior>| {
            let atoms = prior.teacher().into_iter();
            atoms.map(|(w0, weight)| weight * w0).sum::<f64>()
        };
        let m = match (&self.measure, self.law) {
            (Measure::Weights(prior), Law::Labels(Data::Teacher)) if mean != 0.0 => {
                mean * teacher(prior)
            }
            _ => 0.0,
        };
        Overlaps {
            q: mean * mean,
            m,
            v,
        }
    }

    /// The overlaps after one more iteration, undamped.
    pub fn step(&self, at: Overlaps) -> Overlaps {
        self.after(&self.fields(at))
    }

    /// The overlaps of weights in these fields.
    fn after(&self, fields: &Fields) -> Overlaps {
        match &self.measure {
            Measure::Minimum(confinement) => {
                let square = fields.q_hat + fields.m_hat * fields.m_hat;
                let stiffness = confinement.stiffness(fields.precision, square);
                Overlaps {
                    q: match confinement {
                        Confinement::Sphere(norm) => *norm,
                        Confinement::Ridge(_) => square / (stiffness * stiffness),
                    },
                    m: fields.m_hat / stiffness,
                    v: stiffness.recip(),
                }
            }
            Measure::Weights(prior) => self.of_weights(&**prior, fields),
        }
    }

    /// The same under a prior: averages over the fields `√q̂ z + m̂ w⁰` and the teacher's weights
    /// (MP.10).
    fn of_weights(&self, prior: &dyn Prior, fields: &Fields) -> Overlaps {
        let root = fields.q_hat.sqrt();
        let teacher = match self.law {
            Law::Labels(Data::Storage) => vec![(0.0, 1.0)],
            _ => prior.teacher(),
        };
        let mut features = Vec::new();
        prior.features(fields.precision, &mut features);
        let (mut at, mut weights, mut along) = (Vec::new(), Vec::new(), Vec::new());
        for (w0, weight) in teacher {
            let measure = seen(&features, fields.m_hat * w0, root);
            let shifted = measure.positions().iter();
            at.extend(shifted.map(|z| root * z + fields.m_hat * w0));
            weights.extend(measure.weights().iter().map(|w| weight * w));
            along.resize(at.len(), w0);
        }
        let mut jets = Jets::default();
        self.measure
            .fill(&at, Some(&weights), fields.precision, &mut jets);
        let mut next = Overlaps {
            q: 0.0,
            m: 0.0,
            v: 0.0,
        };
        for (k, weight) in weights.iter().enumerate() {
            let mean = jets.slope[k];
            next.q += weight * mean * mean;
            next.m += weight * mean * along[k];
            next.v += weight * jets.bend[k];
        }
        next
    }

    fn fields(&self, at: Overlaps) -> Fields {
        match self.law {
            Law::Labels(data) => self.fields_of_labels(data, at),
            Law::Clusters(mixture, bias) => self.fields_of_clusters(&mixture, bias, at),
        }
    }

    /// `q̂ = αΔ E g²`, `m̂ = α E g`, `a = -αΔ E ∂_ω g` over the fields of both clusters, with the
    /// bias at which they pull alike (MX.65).
    fn fields_of_clusters(&self, mixture: &Mixture, bias: Bias, at: Overlaps) -> Fields {
        let (delta, root) = (mixture.delta(), (mixture.delta() * at.q).sqrt());
        let v = delta * at.v;
        let mut features = Vec::new();
        self.channel.features(v, &mut features);
        let mut jets = Jets::default();
        let mut both = |bias: f64, f: fn(f64, [f64; 2]) -> [f64; 3]| {
            let mut total = [0.0; 3];
            for class in mixture.classes() {
                let mean = at.m + class.label * bias;
                let measure = seen(&features, mean, root);
                let positions = measure.positions().iter();
                let omega: Vec<f64> = positions.map(|z| mean + root * z).collect();
                self.channel.fill(&omega, v, None, &mut jets);
                let mut own = [0.0; 3];
                for (k, w) in measure.weights().iter().enumerate() {
                    let terms = f(class.label, [jets.slope[k], -jets.bend[k]]);
                    own.iter_mut().zip(terms).for_each(|(s, t)| *s += w * t);
                }
                let sums = total.iter_mut().zip(own);
                sums.for_each(|(sum, own)| *sum += class.weight * own);
            }
            total
        };
        let bias = match bias {
            Bias::Fixed(bias) => bias,
            // Where there is none the overlaps become NaN, and are no fixed point.
            Bias::Learned => falling_root(0.0, |bias| {
                let [pull, bend, _] = both(bias, |label, [g, bend]| [label * g, bend, 0.0]);
                [pull, bend]
            })
            .unwrap_or(f64::NAN),
        };
        let [square, mean, bend] = both(bias, |_, [g, bend]| [g * g, g, bend]);
        let alpha = self.channel.parameters.alpha;
        Fields {
            q_hat: alpha * delta * square,
            m_hat: alpha * mean,
            precision: alpha * delta * bend,
        }
    }

    /// `q̂ = α E g²`, `m̂ = α E g g₀`, `a = -α E ∂_ω g` over the cavity fields (MP.10), with a teacher
    /// of mean square `ρ` at cosine `m/√(qρ)` (MP.26).
    fn fields_of_labels(&self, data: Data, at: Overlaps) -> Fields {
        let root = at.q.sqrt();
        let length = match (&self.measure, data) {
            (Measure::Weights(prior), Data::Teacher) => prior.second_moment().sqrt(),
            _ => 1.0,
        };
        let (cosine, sine) = if root > 0.0 {
            let c = (at.m / (root * length)).clamp(-1.0, 1.0);
            (c, ((1.0 - c) * (1.0 + c)).sqrt().max(f64::MIN_POSITIVE))
        } else {
            (0.0, 1.0)
        };
        let mut features = Vec::new();
        if root > 0.0 {
            let mut own = Vec::new();
            self.channel.features(at.v, &mut own);
            features.extend(near(&own, 0.0, root));
        }
        features.extend(data.features(cosine, sine));
        let measure = GaussMeasure::graded(&features);
        let omega: Vec<f64> = measure.positions().iter().map(|z| root * z).collect();
        let mut jets = Jets::default();
        self.channel.fill(&omega, at.v, None, &mut jets);
        let mut sums = [0.0; 3];
        for (k, &(z, w)) in measure.nodes().iter().enumerate() {
            let (g, bend) = (jets.slope[k], -jets.bend[k]);
            let weight = w * data.weight(z, cosine, sine);
            sums[0] += weight * g * g;
            sums[1] += w * 2.0 * special::gauss(cosine * z / sine) / (sine * length) * g;
            sums[2] += weight * bend;
        }
        let [q_hat, m_hat, precision] = sums.map(|sum| self.channel.parameters.alpha * sum);
        Fields {
            q_hat,
            m_hat: if data.has_teacher() { m_hat } else { 0.0 },
            precision,
        }
    }

    /// Overlaps after 0, 1, …, `iterations` iterations.
    pub fn trajectory(&self, iterations: usize) -> Vec<Overlaps> {
        let next = |at: &Overlaps| Some(self.step(*at));
        std::iter::successors(Some(self.start()), next)
            .take(iterations + 1)
            .collect()
    }

    /// What message passing keeps of the old means, with clusters (MX.64).
    fn mixed(&self, at: Overlaps, next: Overlaps, fields: &Fields) -> Overlaps {
        let Law::Clusters(mixture, _) = self.law else {
            return next;
        };
        let steep = fields.precision * at.v / mixture.delta();
        let keep = steep / (1.0 + steep);
        let mix = |old: f64, new: f64| keep * old + (1.0 - keep) * new;
        Overlaps {
            q: mix(at.q, next.q),
            m: mix(at.m, next.m),
            v: mix(at.v, next.v),
        }
    }

    /// Iterates until no overlap changes by more than `tolerance`; `None` after
    /// `max_iterations`.
    pub fn fixed_point(&self, tolerance: f64, max_iterations: usize) -> Option<Overlaps> {
        let mut at = self.start();
        for _ in 0..max_iterations {
            let fields = self.fields(at);
            let next = self.mixed(at, self.after(&fields), &fields);
            let change = (next.q - at.q).abs() + (next.m - at.m).abs() + (next.v - at.v).abs();
            at = next;
            if change < tolerance {
                return Some(at);
            }
        }
        None
    }
}

/// Features of a function of the field `mean + root z`, as features in `z`, where the Gaussian
/// measure is.
fn near(features: &[Feature], mean: f64, root: f64) -> impl Iterator<Item = Feature> {
    let seen = move |f: &Feature| Feature {
        centre: (f.centre - mean) / root,
        width: f.width / root,
    };
    let near = features.iter().map(seen);
    near.filter(|f| f.centre.abs() < CUT + f.width)
}

/// The average over `z` of a function of the field `mean + root z` with these features.
fn seen(features: &[Feature], mean: f64, root: f64) -> GaussMeasure {
    let near: Vec<Feature> = near(features, mean, root.max(f64::MIN_POSITIVE)).collect();
    GaussMeasure::graded(&near)
}
