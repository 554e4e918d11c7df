//! Whether a fixed point agrees with itself: variances of the weights against their response to fields
//! (MP.27).

use super::amp::Amp;
use super::patterns::Patterns;
use crate::model::site::{Jets, Site};
use nalgebra::{Cholesky, DMatrix, DVector};

/// Most weights whose response is computed: some seconds.
const LARGEST: usize = 1200;

impl Amp<'_> {
    /// Mean response of the weights over their mean variance, less one: small for patterns with
    /// independent entries. None where there are too many weights; infinite where the response is not
    /// that of a maximum.
    pub fn response_mismatch(&self, patterns: &Patterns) -> Option<f64> {
        let state = &self.state;
        let (n, m) = (state.mean.len(), state.omega.len());
        if n > LARGEST || m > 10 * LARGEST {
            return None;
        }
        let mut jets = Jets::default();
        self.channel.fill(&state.omega, state.v, None, &mut jets);
        // What a pattern would answer to a weight that it alone knows.
        let stiffness = jets.bend.iter().map(|bend| {
            let eta = (-bend).max(0.0);
            eta / (1.0 - eta * state.v).max(f64::EPSILON)
        });
        let roots = stiffness.map(|c| (c / n as f64).sqrt());
        let roots = DVector::from_iterator(m, roots);
        let rows = DMatrix::from_fn(m, n, |mu, i| roots[mu] * patterns.entry(mu, i));
        let mut inverse = rows.tr_mul(&rows);
        let reaction = state.precision - state.multiplier;
        for (i, variance) in state.variance.iter().enumerate() {
            inverse[(i, i)] += variance.max(f64::MIN_POSITIVE).recip() - reaction;
        }
        let Some(factor) = Cholesky::new(inverse) else {
            return Some(f64::INFINITY);
        };
        let response = factor.inverse().trace();
        Some(response / state.variance.iter().sum::<f64>() - 1.0)
    }
}
