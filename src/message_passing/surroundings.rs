//! Spherical weights at a given overlap with a configuration (MX.66, MX.67).
//!
//! A field `γ w̃` tilts the measure towards the configuration. Here `γ` is not given: at every
//! iteration it is the one at which the means have the overlap, so that distances at which the
//! entropy is not concave are within reach too.

use super::amp::{Amp, check};
use super::iteration::Unsupported;
use super::measure::Measure;
use super::shell::Shell;
use crate::model::prior::Norm;

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

impl Amp<'_> {
    /// Keeps the weights at overlap `S` with a configuration, which is scaled to `|w̃|² = N`; an
    /// external field is replaced.
    ///
    /// # Errors
    /// [`Unsupported::Length`] where the configuration has not one finite entry for each weight or
    /// vanishes; [`Unsupported::Overlap`] unless `|S| < 1`, for weights that are not spherical, and for
    /// the minimum of an energy.
    pub fn keep_overlap(&mut self, reference: &[f64], overlap: f64) -> Result<(), Unsupported> {
        check(reference, self.external.len())?;
        let square: f64 = reference.iter().map(|w| w * w).sum();
        if square == 0.0 {
            return Err(Unsupported::Length);
        }
        let between = overlap.abs() < 1.0;
        let volume = match &self.measure {
            Measure::Weights(prior) if prior.norm() == Norm::Sphere && between => {
                prior.ball(overlap)
            }
            _ => None,
        };
        let volume = volume.ok_or(Unsupported::Overlap)?;
        let scale = (reference.len() as f64 / square).sqrt();
        self.shell = Some(Shell {
            reference: reference.iter().map(|w| scale * w).collect(),
            overlap,
            volume,
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
        Some(Surroundings {
            overlap,
            field: gamma,
            free_entropy: found.free_entropy - gamma * overlap,
            local_entropy: found.entropy - gamma * overlap - shell.volume,
            inner_overlap: found.overlap,
            training_error: self.training_error(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message_passing::{Confinement, Patterns, RealMatrix};
    use crate::model::Parameters;
    use crate::model::channel::Channel;
    use crate::model::loss::Square;
    use crate::model::prior::{self, Spherical};
    use crate::model::site::Jets;
    use std::sync::Arc;

    #[test]
    fn without_fields_the_shell_is_a_ball() {
        let reference = vec![1.0, -1.0, 1.0, 1.0];
        for overlap in [-0.6, 0.0, 0.3, 0.99] {
            let mut shell = Shell {
                reference: reference.clone(),
                overlap,
                volume: 0.0,
                gamma: 0.0,
            };
            let mut external = [0.0; 4];
            shell.pull(&[0.0; 4], &mut external);
            let gamma = overlap / (1.0 - overlap * overlap);
            assert!((shell.gamma - gamma).abs() < 1e-13 * (1.0 + gamma.abs()));
            assert!((external[1] + gamma).abs() < 1e-13 * (1.0 + gamma.abs()));
        }
    }

    #[test]
    fn means_in_any_fields_have_the_overlap_and_the_norm() {
        let reference = [0.5, -1.5, 1.0, 0.5, 1.0];
        let norm: f64 = reference.iter().map(|w| w * w).sum::<f64>() / 5.0;
        assert_eq!(norm, 0.95);
        let reference: Vec<f64> = reference.iter().map(|w| w / norm.sqrt()).collect();
        let field = [0.3, -2.0, 0.7, 1.1, -0.4];
        for overlap in [-0.5, 0.2, 0.9] {
            let mut shell = Shell {
                reference: reference.clone(),
                overlap,
                volume: 0.0,
                gamma: 0.0,
            };
            let mut external = [0.0; 5];
            shell.pull(&field, &mut external);
            let totals = field.iter().zip(external).map(|(b, h)| b + h);
            let measure = Measure::Weights(Arc::new(Spherical));
            let totals: Vec<f64> = totals.collect();
            let stiffness = 1.0 + measure.fill(&totals, None, 0.0, &mut Jets::default());
            let along = totals
                .iter()
                .zip(&reference)
                .map(|(b, w)| b * w)
                .sum::<f64>()
                / 5.0;
            assert!((along / stiffness - overlap).abs() < 1e-14, "{overlap}");
        }
    }

    #[test]
    fn shells_that_do_not_exist_are_refused() {
        let patterns = Patterns::Real(RealMatrix::from_fn(2, 3, |_, i| i as f64 - 1.0));
        let p = Parameters {
            beta: 1.0,
            ..Parameters::default()
        };
        let channel = Channel::new(Arc::new(Square), p);
        let mut amp = Amp::new(&patterns, Arc::new(Spherical), channel.clone()).unwrap();
        assert!(amp.surroundings().is_none());
        for overlap in [1.0, -1.0, f64::NAN] {
            let refused = amp.keep_overlap(&[1.0; 3], overlap);
            assert_eq!(refused, Err(Unsupported::Overlap));
        }
        assert_eq!(amp.keep_overlap(&[0.0; 3], 0.5), Err(Unsupported::Length));
        assert_eq!(amp.keep_overlap(&[1.0; 2], 0.5), Err(Unsupported::Length));
        assert!(amp.keep_overlap(&[1.0; 3], 0.5).is_ok());
        for prior in prior::registered() {
            let mut amp = Amp::new(&patterns, prior.clone(), channel.clone()).unwrap();
            let kept = amp.keep_overlap(&[1.0; 3], 0.5).is_ok();
            assert_eq!(kept, prior.norm() == Norm::Sphere, "{prior:?}");
        }
        let ridge = Confinement::Ridge(1.0);
        let mut minimum = Amp::minimum(&patterns, channel.clone(), ridge).unwrap();
        let refused = minimum.keep_overlap(&[1.0; 3], 0.5);
        assert_eq!(refused, Err(Unsupported::Overlap));
        for wrong in [0.0, -1.0, f64::NAN] {
            let sphere = Confinement::Sphere(wrong);
            assert!(Amp::minimum(&patterns, channel.clone(), sphere).is_err());
        }
    }
}
