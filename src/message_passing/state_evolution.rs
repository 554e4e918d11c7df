//! State evolution: what message passing does on a large instance (MP.10, MX.65).
//!
//! The same `ln Z_w` and `ln Z_ℓ` as on an instance, averaged over the Gaussian laws of their
//! fields; its fixed points are the replica-symmetric saddle points.

use super::amp::Confinement;
use super::biased::falling_root;
use super::channel::{Regime, Response};
use super::iteration::Unsupported;
use crate::math::gauss::CUT;
use crate::math::{Feature, GaussMeasure, special};
use crate::model::scalar::spherical::Spherical;
use crate::model::{
    Bias, Data, Mixture, Parameters,
    scalar::{Loss, Prior},
};

/// Overlaps after one iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlaps {
    /// `|m|²/N`.
    pub q: f64,
    /// Overlap of the means with the teacher, or with the axis of two clusters; zero without.
    pub m: f64,
    /// Mean variance of a weight, `1 - q` at finite temperature; `χ` in the regime of a minimum.
    pub v: f64,
}

/// The map of the overlaps by one iteration.
#[derive(Clone, Debug)]
pub struct StateEvolution<P, L> {
    prior: P,
    loss: L,
    law: Law,
    p: Parameters,
    regime: Regime,
    confinement: Confinement,
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

impl<P: Prior, L: Loss> StateEvolution<P, L> {
    /// For patterns with i.i.d. entries of unit variance, `α = p.alpha`.
    ///
    /// # Errors
    /// [`Unsupported`] as for [`Amp::new`](super::Amp::new).
    pub fn new(prior: P, loss: L, data: Data, p: Parameters) -> Result<Self, Unsupported> {
        if p.beta.is_nan() || p.beta < 0.0 {
            return Err(Unsupported::Beta);
        }
        let regime = Regime::of(&loss, &p).ok_or(Unsupported::NoSolutions)?;
        Ok(StateEvolution {
            prior,
            loss,
            law: Law::Labels(data),
            p,
            regime,
            confinement: Confinement::Sphere(1.0),
        })
    }

    /// For patterns of two clusters instead. Its fixed points are those of message passing, which
    /// keeps part of the old means on the way (MX.64).
    ///
    /// # Errors
    /// [`Unsupported::LearnedBias`] as for [`Amp::on_clusters`](super::Amp::on_clusters).
    pub fn on_clusters(self, mixture: Mixture, bias: Bias) -> Result<Self, Unsupported> {
        if self.regime == Regime::Gibbs && self.loss.jumps() && bias == Bias::Learned {
            return Err(Unsupported::LearnedBias);
        }
        let law = Law::Clusters(mixture, mixture.bias(bias));
        Ok(StateEvolution { law, ..self })
    }

    /// Overlaps of the zero means at which an iteration starts.
    pub fn start(&self) -> Overlaps {
        Overlaps {
            q: 0.0,
            m: 0.0,
            v: match self.regime {
                Regime::Minimum => 1.0,
                _ => self
                    .prior
                    .variance(self.prior.norm_precision(0.0, 0.0), 0.0),
            },
        }
    }

    /// The overlaps after one more iteration, undamped.
    pub fn step(&self, at: Overlaps) -> Overlaps {
        self.after(&self.fields(at))
    }

    /// The overlaps of weights in these fields.
    fn after(&self, fields: &Fields) -> Overlaps {
        let square = fields.q_hat + fields.m_hat * fields.m_hat;
        if self.regime == Regime::Minimum {
            let stiffness = self.confinement.stiffness(fields.precision, square);
            return Overlaps {
                q: match self.confinement {
                    Confinement::Sphere(norm) => norm,
                    Confinement::Ridge(_) => square / (stiffness * stiffness),
                },
                m: fields.m_hat / stiffness,
                v: stiffness.recip(),
            };
        }
        let a = self.prior.norm_precision(fields.precision, square);
        let measure = GaussMeasure::graded(&self.prior.features(fields.q_hat, fields.m_hat));
        let root = fields.q_hat.sqrt();
        let mut next = Overlaps {
            q: 0.0,
            m: 0.0,
            v: 0.0,
        };
        for (w0, weight) in self.prior.teacher_atoms() {
            for &(z, w) in measure.nodes() {
                let [_, mean, variance] = self.prior.jet(a, root * z + fields.m_hat * w0);
                next.q += weight * w * mean * mean;
                next.m += weight * w * mean * w0;
                next.v += weight * w * variance;
            }
        }
        if matches!(self.law, Law::Labels(Data::Storage)) {
            next.m = 0.0;
        }
        // A Gaussian teacher's weight is not its atom: its fluctuations add to both.
        if !self.prior.is_discrete() {
            next.q = square / (1.0 + a).powi(2);
            next.m = fields.m_hat / (1.0 + a);
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
        let features = self.regime.features(&self.loss, v, &self.p);
        let average = |mean: f64, f: &dyn Fn(Response) -> [f64; 3]| {
            let seen = features.iter().map(|f| Feature {
                centre: (f.centre - mean) / root,
                width: f.width / root,
            });
            let near: Vec<Feature> = seen.filter(|f| f.centre.abs() < CUT + f.width).collect();
            let measure = GaussMeasure::graded(&near);
            let mut sums = [0.0; 3];
            for &(z, w) in measure.nodes() {
                let response = self.regime.respond(&self.loss, mean + root * z, v, &self.p);
                let terms = f(response);
                sums.iter_mut().zip(terms).for_each(|(s, t)| *s += w * t);
            }
            sums
        };
        let both = |bias: f64, f: &dyn Fn(Response) -> [f64; 3], odd: bool| {
            let mut total = [0.0; 3];
            for class in mixture.classes() {
                let own = average(at.m + class.label * bias, f);
                for (k, (sum, own)) in total.iter_mut().zip(own).enumerate() {
                    let sign = if odd && k == 0 { class.label } else { 1.0 };
                    *sum += class.weight * sign * own;
                }
            }
            total
        };
        let settled = || {
            falling_root(0.0, |bias| {
                let [pull, bend, _] = both(bias, &|r| [r.g, r.bend, 0.0], true);
                [pull, bend]
            })
        };
        let bias = match bias {
            Bias::Fixed(bias) => bias,
            // Where there is none the overlaps become NaN, and are no fixed point.
            Bias::Learned => settled().unwrap_or(f64::NAN),
        };
        let [square, mean, bend] = both(bias, &|r| [r.g * r.g, r.g, r.bend], false);
        Fields {
            q_hat: self.p.alpha * delta * square,
            m_hat: self.p.alpha * mean,
            precision: self.p.alpha * delta * bend,
        }
    }

    /// `q̂ = α E g²`, `m̂ = α E g g₀`, `a = -α E ∂_ω g` over the cavity fields (MP.10).
    fn fields_of_labels(&self, data: Data, at: Overlaps) -> Fields {
        let root = at.q.sqrt();
        let (cosine, sine) = if root > 0.0 {
            let c = (at.m / root).clamp(-1.0, 1.0);
            (c, ((1.0 - c) * (1.0 + c)).sqrt().max(f64::MIN_POSITIVE))
        } else {
            (0.0, 1.0)
        };
        let mut features = Vec::new();
        if root > 0.0 {
            let own = self.regime.features(&self.loss, at.v, &self.p).into_iter();
            let own = own.map(|f| Feature {
                centre: f.centre / root,
                width: f.width / root,
            });
            features.extend(own.filter(|f| f.centre.abs() < CUT + f.width));
        }
        features.extend(data.features(cosine, sine));
        let measure = GaussMeasure::graded(&features);
        let mut sums = [0.0; 3];
        for &(z, w) in measure.nodes() {
            let weight = w * data.weight(z, cosine, sine);
            let r = self.regime.respond(&self.loss, root * z, at.v, &self.p);
            sums[0] += weight * r.g * r.g;
            sums[1] += w * 2.0 * special::gauss(cosine * z / sine) / sine * r.g;
            sums[2] += weight * r.bend;
        }
        let [q_hat, m_hat, precision] = sums.map(|sum| self.p.alpha * sum);
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

impl<L: Loss> StateEvolution<Spherical, L> {
    /// State evolution of the iteration to the minimum of a convex energy on the sphere (MP.9).
    ///
    /// # Errors
    /// [`Unsupported::NotConvex`] for losses that jump.
    pub fn ground_state(loss: L, data: Data, p: Parameters) -> Result<Self, Unsupported> {
        let sphere = Confinement::Sphere(1.0);
        let law = Law::Labels(data);
        Self::of_minimum(loss, law, p, sphere)
    }

    /// The same for two clusters, with a ridge or at given norm (MX.61).
    ///
    /// # Errors
    /// [`Unsupported::NotConvex`] for losses that jump, [`Unsupported::Confinement`] for a ridge or a
    /// norm that is not positive.
    pub fn minimum(
        loss: L,
        (mixture, bias): (Mixture, Bias),
        p: Parameters,
        confinement: Confinement,
    ) -> Result<Self, Unsupported> {
        let law = Law::Clusters(mixture, mixture.bias(bias));
        Self::of_minimum(loss, law, p, confinement)
    }

    fn of_minimum(
        loss: L,
        law: Law,
        mut p: Parameters,
        confinement: Confinement,
    ) -> Result<Self, Unsupported> {
        if loss.jumps() {
            return Err(Unsupported::NotConvex);
        }
        confinement.check()?;
        p.beta = f64::INFINITY;
        Ok(StateEvolution {
            prior: Spherical,
            loss,
            law,
            p,
            regime: Regime::Minimum,
            confinement,
        })
    }
}
