//! State evolution: what message passing does on a large instance (MP.10).
//!
//! The same `ln Z_w` and `ln Z_ℓ` as on an instance, averaged over the Gaussian laws of their
//! fields; its fixed points are the replica-symmetric saddle points.

use super::channel::Regime;
use super::iteration::Unsupported;
use crate::math::gauss::CUT;
use crate::math::{Feature, GaussMeasure, special};
use crate::model::spherical::Spherical;
use crate::model::{Data, Loss, Parameters, Prior};

/// Overlaps after one iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlaps {
    /// `|m|²/N`.
    pub q: f64,
    /// Overlap of the means with the teacher; zero without one.
    pub m: f64,
    /// Mean variance of a weight, `1 - q` at finite temperature; `χ` in the regime of a minimum.
    pub v: f64,
}

/// The map of the overlaps by one iteration.
#[derive(Clone, Debug)]
pub struct StateEvolution<P, L> {
    prior: P,
    loss: L,
    data: Data,
    p: Parameters,
    regime: Regime,
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
            data,
            p,
            regime,
        })
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

    /// The overlaps after one more iteration.
    pub fn step(&self, at: Overlaps) -> Overlaps {
        let fields = self.fields(at);
        let square = fields.q_hat + fields.m_hat * fields.m_hat;
        if self.regime == Regime::Minimum {
            return Overlaps {
                q: 1.0,
                m: fields.m_hat / square.sqrt(),
                v: square.sqrt().recip(),
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
        if !self.data.has_teacher() {
            next.m = 0.0;
        }
        // A Gaussian teacher's weight is not its atom: its fluctuations add to both.
        if !self.prior.is_discrete() {
            next.q = square / (1.0 + a).powi(2);
            next.m = fields.m_hat / (1.0 + a);
        }
        next
    }

    /// `q̂ = α E g²`, `m̂ = α E g g₀`, `a = -α E ∂_ω g` over the cavity fields (MP.10).
    fn fields(&self, at: Overlaps) -> Fields {
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
        features.extend(self.data.features(cosine, sine));
        let measure = GaussMeasure::graded(&features);
        let mut sums = [0.0; 3];
        for &(z, w) in measure.nodes() {
            let weight = w * self.data.weight(z, cosine, sine);
            let r = self.regime.respond(&self.loss, root * z, at.v, &self.p);
            sums[0] += weight * r.g * r.g;
            sums[1] += w * 2.0 * special::gauss(cosine * z / sine) / sine * r.g;
            sums[2] += weight * r.bend;
        }
        let [q_hat, m_hat, precision] = sums.map(|sum| self.p.alpha * sum);
        Fields {
            q_hat,
            m_hat: if self.data.has_teacher() { m_hat } else { 0.0 },
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

    /// Iterates until no overlap changes by more than `tolerance`; `None` after
    /// `max_iterations`.
    pub fn fixed_point(&self, tolerance: f64, max_iterations: usize) -> Option<Overlaps> {
        let mut at = self.start();
        for _ in 0..max_iterations {
            let next = self.step(at);
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
    pub fn ground_state(loss: L, data: Data, mut p: Parameters) -> Result<Self, Unsupported> {
        if loss.jumps() {
            return Err(Unsupported::NotConvex);
        }
        p.beta = f64::INFINITY;
        Ok(StateEvolution {
            prior: Spherical,
            loss,
            data,
            p,
            regime: Regime::Minimum,
        })
    }
}
