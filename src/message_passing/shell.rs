//! The vectors of the sphere at a given overlap with a configuration, and the field that keeps them
//! there (MX.66).

/// The vectors of the sphere at overlap `S = w·w̃/N` with a configuration.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    /// `w̃`, at `|w̃|² = N`.
    pub(super) reference: Vec<f64>,
    pub(super) overlap: f64,
    /// Log-volume per weight of all vectors at this overlap (FP.10).
    pub(super) volume: f64,
    /// Strength `γ` of the field in the last iteration.
    pub(super) gamma: f64,
}

impl Shell {
    /// The field along the reference at which means in these fields have the overlap and `w` the
    /// norm: at stiffness `D = 1 + A` the means across it have mean square `f/D²` (MX.66).
    pub(super) fn pull(&mut self, field: &[f64], external: &mut [f64]) {
        let n = field.len() as f64;
        let pairs = field.iter().zip(&self.reference);
        let along = pairs.map(|(b, w)| b * w).sum::<f64>() / n;
        let pairs = field.iter().zip(&self.reference);
        let across = pairs.map(|(b, w)| (b - along * w).powi(2)).sum::<f64>() / n;
        let room = (1.0 - self.overlap) * (1.0 + self.overlap);
        let stiffness = (1.0 + (1.0 + 4.0 * across * room).sqrt()) / (2.0 * room);
        self.gamma = self.overlap * stiffness - along;
        for (external, w) in external.iter_mut().zip(&self.reference) {
            *external = self.gamma * w;
        }
    }
}
