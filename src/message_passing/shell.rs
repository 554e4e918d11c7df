//! Spherical weights at a given overlap with a configuration (MX.66, MX.67).
//!
//! A field `γ w̃` tilts the measure towards the configuration. Here `γ` is not given: at every
//! iteration it is the one at which the means have the overlap, so that distances at which the
//! entropy is not concave are within reach too.

use super::amp::{Amp, check};
use super::channel::Regime;
use super::iteration::Unsupported;
use crate::model::Loss;
use crate::model::spherical::Spherical;

/// The vectors of the sphere at overlap `S = w·w̃/N` with a configuration.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    /// `w̃`, at `|w̃|² = N`.
    reference: Vec<f64>,
    overlap: f64,
    /// Strength `γ` of the field in the last iteration.
    gamma: f64,
}

/// What a fixed point on a shell says, per weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surroundings {
    /// Overlap `S` with the reference.
    pub overlap: f64,
    /// Strength `γ = -dφ/dS` of the field that keeps it.
    pub field: f64,
    /// `φ(S) = ln Z/N` of the shell, relative to the whole sphere (MX.67).
    pub free_entropy: f64,
    /// `φ + β e`, relative to the volume of the shell: the local entropy.
    pub local_entropy: f64,
    /// Overlap `q` of two probes.
    pub inner_overlap: f64,
    /// Fraction of patterns that a probe gets wrong.
    pub training_error: f64,
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

impl<L: Loss> Amp<'_, Spherical, L> {
    /// Keeps the weights at overlap `S` with a configuration, which is scaled to `|w̃|² = N`; an
    /// external field is replaced.
    ///
    /// # Errors
    /// [`Unsupported::Length`] where the configuration has not one finite entry for each weight or
    /// vanishes; [`Unsupported::Overlap`] unless `|S| < 1`, and for the minimum of an energy.
    pub fn keep_overlap(&mut self, reference: &[f64], overlap: f64) -> Result<(), Unsupported> {
        check(reference, self.external.len())?;
        let square: f64 = reference.iter().map(|w| w * w).sum();
        if square == 0.0 {
            return Err(Unsupported::Length);
        }
        if !(overlap.abs() < 1.0) || self.regime == Regime::Minimum {
            return Err(Unsupported::Overlap);
        }
        let scale = (reference.len() as f64 / square).sqrt();
        self.shell = Some(Shell {
            reference: reference.iter().map(|w| scale * w).collect(),
            overlap,
            gamma: 0.0,
        });
        Ok(())
    }

    /// What the present state says of the shell; none where no overlap is kept. It means something at
    /// a fixed point.
    pub fn surroundings(&self) -> Option<Surroundings> {
        let shell = self.shell.as_ref()?;
        let found = self.thermodynamics();
        let (gamma, overlap) = (shell.gamma, shell.overlap);
        let volume = 0.5 * ((1.0 - overlap) * (1.0 + overlap)).ln();
        Some(Surroundings {
            overlap,
            field: gamma,
            free_entropy: found.free_entropy - gamma * overlap,
            local_entropy: found.entropy - gamma * overlap - volume,
            inner_overlap: found.overlap,
            training_error: self.training_error(),
        })
    }
}
