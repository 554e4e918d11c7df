//! The patterns of one class in the units of their own field.
//!
//! A stability is `Δ = μ + σ x` with the mean and deviation of its class; what averages over pairs of
//! fields see is the same function of `x` for every law of the patterns. A measure can also be tilted
//! by `e^{hΔ}` on every pattern.

use super::channel::Channel;
use super::site::{By, Jets, Site};
use crate::math::Feature;

/// A channel as a function of `x`: `ln Z(x, v)` is that of the field `μ + σ x` and own variance `σ² v`,
/// with the weight `e^{hΔ}`, so that `ln Z = hω + h²v_ω/2 + ln Z_ℓ(ω + h v_ω, v_ω)`.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The channel.
    pub channel: Channel,
    /// `μ`.
    pub mean: f64,
    /// `σ`.
    pub root: f64,
    /// `h`.
    pub tilt: f64,
}

impl Moved {
    /// The channel in its own units.
    pub fn not(channel: Channel) -> Self {
        Moved {
            channel,
            mean: 0.0,
            root: 1.0,
            tilt: 0.0,
        }
    }

    /// Whether it is the channel itself.
    fn unmoved(&self) -> bool {
        (self.mean, self.root, self.tilt) == (0.0, 1.0, 0.0)
    }

    /// Own variance of a stability.
    pub fn own(&self, v: f64) -> f64 {
        self.root * self.root * v
    }

    /// Stabilities at these places.
    pub fn fields(&self, x: &[f64]) -> Vec<f64> {
        x.iter().map(|x| self.mean + self.root * x).collect()
    }

    /// A feature in `Δ` as one in `x`, moved down by `shift`.
    fn seen(&self, f: Feature, shift: f64) -> Feature {
        Feature {
            centre: (f.centre - shift - self.mean) / self.root,
            width: f.width / self.root,
        }
    }

    /// Features in `Δ` as features in `x`.
    pub fn in_units(&self, features: Vec<Feature>) -> Vec<Feature> {
        features.into_iter().map(|f| self.seen(f, 0.0)).collect()
    }
}

impl Site for Moved {
    fn fill(&self, fields: &[f64], own: f64, by: Option<By>, out: &mut Jets) {
        if self.unmoved() {
            return self.channel.fill(fields, own, by, out);
        }
        let (root, h, v) = (self.root, self.tilt, self.own(own));
        let mean = self.mean + h * v;
        let moved: Vec<f64> = fields.iter().map(|x| mean + root * x).collect();
        self.channel.fill(&moved, v, by, out);
        if h != 0.0 {
            for (i, omega) in moved.iter().enumerate() {
                out.value[i] += h * (omega - 0.5 * h * v);
                out.slope[i] += h;
            }
        }
        let scale = |array: &mut [f64], factor: f64| array.iter_mut().for_each(|x| *x *= factor);
        scale(&mut out.slope, root);
        scale(&mut out.bend, root * root);
        let own = match by {
            Some(By::Variance) => root * root,
            _ => 1.0,
        };
        scale(&mut out.by, own);
        scale(&mut out.slope_by, own * root);
        scale(&mut out.by_by, own * own);
    }

    fn features(&self, own: f64, out: &mut Vec<Feature>) {
        let start = out.len();
        let v = self.own(own);
        self.channel.features(v, out);
        for f in &mut out[start..] {
            *f = self.seen(*f, self.tilt * v);
        }
    }

    fn costly(&self) -> bool {
        self.channel.costly()
    }

    fn temperature(&self) -> f64 {
        self.channel.temperature()
    }
}
