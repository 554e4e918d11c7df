//! Entropic part of the free entropy around a reference (FP.5, FP.6), of any prior for which distances
//! are defined.

use super::patterns::Lent;
use crate::math::gauss::CUT;
use crate::math::real::Jet;
use crate::math::{Feature, GaussMeasure, Real, Rotation, Rows, Weights, pair};
use crate::model::prior::{Alphabet, Norm, Prior};
use std::sync::Arc;

/// What the law of one reference weight `w̃` depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// Conjugate of the reference's overlap: variance of its field.
    pub q_hat: f64,
    /// `1 - q̃`.
    pub v: f64,
}

/// Why there is no local entropy of a prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoNeighbourhood {
    /// Weight vectors differ in length: an overlap is not a distance (FP.42).
    #[error("distances are not defined for weights whose norm is not fixed")]
    FreeNorm,
    /// Among clusters distances are known of weights on the sphere only.
    #[error("no theory of distances among clusters for weights that are not on the sphere")]
    Clusters,
    /// A prior of fixed norm without what its averages around a reference need.
    #[error("no theory of distances for this prior of fixed norm")]
    Unknown,
}

/// A value of the reference's weight.
#[derive(Clone, Copy, Debug)]
struct Atom {
    value: f64,
    /// Logarithm of its prior weight.
    ln_weight: f64,
}

/// The law of one weight of probes and reference, as averages around the reference see it.
#[derive(Clone, Debug)]
pub struct Weight {
    prior: Arc<dyn Prior>,
    /// Values of the reference's weight up to the gauge symmetry of the patterns; none on the sphere.
    atoms: Vec<Atom>,
}

/// The entropic average around a reference and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct EntropicAverage<D> {
    /// The average, self-overlap term included.
    pub value: D,
    /// `E[(∂²_b ln Z_w)²]`.
    pub squared_variance: f64,
    /// The average of one: what it misses of one is an error.
    pub mass: f64,
}

/// Sums of one reference weight: those of its law at each outer node, and the probe's jets there.
struct Sums {
    weight: f64,
    law: Vec<[f64; 6]>,
    jets: Lent,
}

/// The fields in natural units: `q̂`, covariance `t̂` with the reference's field, coupling `ŝ`.
fn covariances<D: Real>([q_hat, r_hat, m_hat]: [D; 3], around: &Around) -> [D; 3] {
    let t_hat = r_hat / around.v;
    [q_hat, t_hat, m_hat + t_hat]
}

/// Iterates may leave the domain slightly: a variance below zero counts as zero.
fn rotation(q_hat: f64, t_hat: f64, around: &Around) -> Rotation {
    if q_hat <= 0.0 {
        return Rotation::of_correlation(0.0);
    }
    Rotation::of_correlation(t_hat / (q_hat * around.q_hat).sqrt())
}

impl Weight {
    /// Of this prior.
    ///
    /// # Errors
    /// [`NoNeighbourhood`] where distances are not defined.
    pub fn new(prior: Arc<dyn Prior>) -> Result<Self, NoNeighbourhood> {
        let unknown = prior.ball(0.0).is_none();
        let atoms = match (prior.norm(), prior.alphabet()) {
            (Norm::Free, _) => return Err(NoNeighbourhood::FreeNorm),
            _ if unknown => return Err(NoNeighbourhood::Unknown),
            (Norm::Unit, Alphabet::Atoms(_)) => {
                let volume = prior.volume();
                let atom = |(value, probability): (f64, f64)| Atom {
                    value,
                    ln_weight: probability.ln() + volume,
                };
                prior.teacher().into_iter().map(atom).collect()
            }
            (Norm::Sphere, _) if prior.closed(1.0, 0.0, 0.0).is_some() => Vec::new(),
            _ => return Err(NoNeighbourhood::Unknown),
        };
        Ok(Weight { prior, atoms })
    }

    /// Whether averages are closed forms, which depend on angles only.
    pub fn on_a_sphere(&self) -> bool {
        self.atoms.is_empty()
    }

    /// The prior.
    pub fn prior(&self) -> &dyn Prior {
        &*self.prior
    }

    /// Log-volume of the configurations at this overlap (FP.10).
    pub fn ball(&self, overlap: f64) -> f64 {
        self.prior.ball(overlap).unwrap_or(f64::NAN)
    }

    /// Where `ln Z_w(q̂, √q̂ z + m̂ w̃)` varies fast as a function of `z`.
    fn features(&self, q_hat: f64, m_hat: f64) -> Vec<Feature> {
        let root = q_hat.max(0.0).sqrt().max(f64::MIN_POSITIVE);
        let mut seen = Vec::new();
        self.prior.features(q_hat.max(0.0), &mut seen);
        let shifted = |atom: &Atom| {
            let shift = m_hat * atom.value;
            let moved = seen.iter().map(move |f| Feature {
                centre: (f.centre - shift) / root,
                width: f.width / root,
            });
            moved.collect::<Vec<_>>()
        };
        self.atoms.iter().flat_map(shifted).collect()
    }

    /// Where the law of the reference's weight varies fast as a function of the probe's field `z`: in
    /// its own field `√q̃̂ (c z + s z′)`, averaged over `z′`.
    fn seen(&self, turn: Rotation, around: &Around) -> Vec<Feature> {
        let mut own = Vec::new();
        self.prior.features(around.q_hat, &mut own);
        let (root, cos) = (around.q_hat.sqrt(), turn.cos.abs());
        let along = |f: Feature| Feature {
            centre: f.centre / (root * turn.cos),
            width: (f.width / root).hypot(turn.sin) / cos,
        };
        let seen = own.into_iter().map(along);
        seen.filter(|f| f.centre.abs() < CUT + f.width).collect()
    }

    /// Nodes of averages over one field, at fields `q̂` and `m̂`.
    pub fn graded(&self, q_hat: f64, m_hat: f64) -> GaussMeasure {
        GaussMeasure::graded(&self.features(q_hat, m_hat))
    }

    /// Nodes for fields `q̂`, `r̂`, `m̂`, outer and inner.
    pub fn place(&self, fields: [f64; 3], around: &Around) -> (GaussMeasure, Option<Rows>) {
        if self.atoms.is_empty() {
            return (GaussMeasure::light(&[]), None);
        }
        let [q_hat, t_hat, _] = covariances(fields, around);
        let turn = rotation(q_hat, t_hat, around);
        let mut features = self.features(q_hat, fields[2]);
        features.extend(self.seen(turn, around));
        let measure = GaussMeasure::light(&features);
        // Weights ±1: the zeros of Z_w lie at ±iπ/2 from the real axis of the field.
        let scale = around.q_hat.sqrt() * turn.sin;
        let step = pair::step(std::f64::consts::FRAC_PI_2 / scale.max(1e-9), 1.0);
        let rows = Rows::uniform(measure.positions(), CUT, step);
        (measure, Some(rows))
    }

    /// The law of the reference's weight over its own field, at every outer node.
    fn law(&self, atom: &Atom, turn: Rotation, around: &Around, rows: &Rows) -> Vec<[f64; 6]> {
        let reference = around.q_hat.sqrt();
        let field = rows.field(reference * turn.cos, reference * turn.sin);
        let mut jets = Lent::new();
        self.prior.fill(&field, around.q_hat, false, &mut jets);
        let w0 = atom.value;
        let shift = 0.5 * around.q_hat * w0 * w0 - atom.ln_weight;
        Weights::tilted(
            rows,
            &field,
            (w0, shift),
            [&jets.value, &jets.slope, &jets.bend],
        )
    }

    /// `E ln Z_w(q̂, y + m̂ w̃) + q̂/2` with exact derivatives, which in a covariance are second
    /// derivatives in the fields (Price's theorem), and `E[(∂²_b ln Z_w)²]`. With clusters `axis` is the
    /// field along their axis and the reference's overlap with it, on the sphere only.
    pub fn average<D: Real>(
        &self,
        fields: [D; 3],
        axis: Option<(D, f64)>,
        around: &Around,
        (measure, rows): (&GaussMeasure, Option<&Rows>),
    ) -> EntropicAverage<D> {
        let Some(rows) = rows else {
            return self.on_sphere(fields, axis);
        };
        let natural = covariances(fields, around);
        let here = natural.map(Real::re);
        let turn = rotation(here[0], here[1], around);
        let root = here[0].max(0.0).sqrt();
        let mut jet = Jet::<3>::default();
        let (mut squared, mut mass) = (0.0, 0.0);
        for atom in &self.atoms {
            let shift = (here[2] - here[1]) * atom.value;
            let positions = measure.positions().iter();
            let field: Vec<f64> = positions.map(|x| root * x + shift).collect();
            let mut jets = Lent::new();
            self.prior.fill(&field, here[0], false, &mut jets);
            let sums = Sums {
                weight: atom.value,
                law: self.law(atom, turn, around, rows),
                jets,
            };
            sums.add(measure.weights(), &mut jet, (&mut squared, &mut mass));
        }
        EntropicAverage {
            value: jet.symmetric().at(natural) + natural[0] * 0.5,
            squared_variance: squared,
            mass,
        }
    }

    /// The reference weight enters through its covariance `r̂` with the field (FP.6), the axis of
    /// clusters through the field `μ̂` along it and the reference's own overlap with it (MX.32).
    fn on_sphere<D: Real>(
        &self,
        [q_hat, r_hat, m_hat]: [D; 3],
        axis: Option<(D, f64)>,
    ) -> EntropicAverage<D> {
        let mut own = q_hat + m_hat * r_hat * 2.0;
        if let Some((mu_hat, m)) = axis {
            own += mu_hat * (mu_hat + m_hat * (2.0 * m));
        }
        let closed = self.prior.closed(own.re(), m_hat.re(), 0.0);
        // That there is a closed form is part of the construction.
        let (jet, squared_variance) = closed.unwrap_or((Jet::default(), f64::NAN));
        EntropicAverage {
            value: jet.at([own, m_hat, D::constant(0.0)]),
            squared_variance,
            mass: 1.0,
        }
    }
}

impl Sums {
    /// Adds what this reference weight contributes, given the weights of the outer nodes.
    fn add(&self, weights: &[f64], jet: &mut Jet<3>, (squared, mass): (&mut f64, &mut f64)) {
        let w0 = self.weight;
        for (i, (sum, weight)) in self.law.iter().zip(weights).enumerate() {
            let [w, u, uu, ..] = sum.map(|s| s * weight);
            let (ln_z, mean) = (self.jets.value[i], self.jets.slope[i]);
            let variance = self.jets.bend[i];
            // The operators ∂_t̂ = (∂_u - w̃)∂_y and ∂_ŝ = w̃ ∂_y.
            let (t, s) = (u - w0 * w, w0 * w);
            let tt = uu - 2.0 * w0 * u + w0 * w0 * w;
            let square = mean * mean;
            *mass += w;
            *squared += w * variance * variance;
            let gradient = [-0.5 * w * square, mean * t, mean * s];
            let upper = [
                [
                    variance * w * (square - 0.5 * variance),
                    -variance * mean * t,
                    -variance * mean * s,
                ],
                [0.0, variance * tt, variance * w0 * t],
                [0.0, 0.0, variance * w0 * s],
            ];
            jet.add(1.0, w * ln_z, gradient, upper);
        }
    }
}
