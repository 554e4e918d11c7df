//! One discrete weight near a reference weight: the average that the entropic part of a local
//! entropy takes (FP.5).

use super::prior::Prior;
use crate::math::real::Jet;
use crate::math::{Factor, GaussMeasure, Marginal, Real, Rotation, pair};

/// What the law of one reference weight `w̃` depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// Conjugate of the reference's overlap: variance of its field.
    pub q_hat: f64,
    /// `1 - q̃`.
    pub v: f64,
}

/// The entropic average around a reference and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct LocalEntropic<D> {
    /// The average.
    pub value: D,
    /// `E[(∂²_b ln Z_w)²]`.
    pub squared_variance: f64,
    /// The average of one: what it misses of one is an error.
    pub mass: f64,
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

/// Step of the inner sum: the mean weight has poles at `±iπ/2` in its field.
pub(super) fn step(fields: [f64; 3], around: &Around) -> f64 {
    let [q_hat, t_hat, _] = covariances(fields, around);
    let scale = around.q_hat.sqrt() * rotation(q_hat, t_hat, around).sin;
    pair::step(std::f64::consts::FRAC_PI_2 / scale.max(1e-9), 1.0)
}

/// Calls `visit` with every outer node: its marginal, the reference weight, and the field there.
fn over_nodes<P: Prior>(
    prior: &P,
    [q_hat, t_hat, s_hat]: [f64; 3],
    around: &Around,
    measure: &GaussMeasure,
    step: f64,
    mut visit: impl FnMut(&Marginal, f64, f64),
) {
    let turn = rotation(q_hat, t_hat, around);
    let (root, reference) = (q_hat.max(0.0).sqrt(), around.q_hat.sqrt());
    for (w0, copies) in prior.states() {
        let shift = 0.5 * around.q_hat * w0 * w0 - copies.ln();
        let mut top = 0;
        for &(x, weight) in measure.nodes() {
            let marginal = Marginal::sum(step, weight, top, |inner| {
                let u = reference * turn.field(x, inner);
                let [ln_z, mean, variance] = prior.jet(around.q_hat, u);
                let first = w0 - mean;
                Factor {
                    ln: u * w0 - shift - ln_z,
                    u: first,
                    uu: first * first - variance,
                    ..Factor::default()
                }
            });
            top = marginal.top;
            let field = root * x + (s_hat - t_hat) * w0;
            visit(&marginal, w0, field);
        }
    }
}

/// `E ln Z_w(q̂, y + m̂ w̃) + q̂/2` with exact derivatives, which in a covariance are second
/// derivatives in the fields (Price's theorem), and `E[(∂²_b ln Z_w)²]`.
pub(super) fn entropic<P: Prior, D: Real>(
    prior: &P,
    fields: [D; 3],
    around: &Around,
    measure: &GaussMeasure,
    step: f64,
) -> LocalEntropic<D> {
    let natural = covariances(fields, around);
    let here = natural.map(Real::re);
    let a = here[0];
    let mut jet = Jet::<3>::default();
    let (mut squared, mut mass) = (0.0, 0.0);
    over_nodes(prior, here, around, measure, step, |m, w0, field| {
        let [ln_z, mean, variance] = prior.jet(a, field);
        // The operators ∂_t̂ = (∂_u - w̃)∂_y and ∂_ŝ = w̃ ∂_y.
        let (t, s) = (m.u - w0 * m.w, w0 * m.w);
        let tt = m.uu - 2.0 * w0 * m.u + w0 * w0 * m.w;
        let ts = w0 * t;
        let square = mean * mean;
        let bend = variance;
        mass += m.w;
        squared += m.w * variance * variance;
        jet.value += m.w * ln_z;
        jet.gradient[0] -= 0.5 * m.w * square;
        jet.gradient[1] += mean * t;
        jet.gradient[2] += mean * s;
        jet.hessian[0][0] += bend * m.w * (square - 0.5 * variance);
        jet.hessian[0][1] -= bend * mean * t;
        jet.hessian[0][2] -= bend * mean * s;
        jet.hessian[1][1] += bend * tt;
        jet.hessian[1][2] += bend * ts;
        jet.hessian[2][2] += bend * w0 * s;
    });
    LocalEntropic {
        value: jet.symmetric().at(natural) + natural[0] * 0.5,
        squared_variance: squared,
        mass,
    }
}
