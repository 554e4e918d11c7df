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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Parameters;
    use crate::model::loss::{CrossEntropy, Loss};
    use std::sync::Arc;

    /// `ln ∫Dx exp(hΔ - βℓ(Δ))` with `Δ = μ + σ(b + √v x)`, by a plain sum (MX.70).
    fn by_sum(moved: &Moved, b: f64, v: f64) -> f64 {
        let p = &moved.channel.parameters;
        let step = 1e-3;
        let term = |i: i32| {
            let x = step * f64::from(i);
            let delta = moved.mean + moved.root * (b + v.sqrt() * x);
            let cost = p.beta * CrossEntropy.energy(delta, p)[0];
            step * (moved.tilt * delta - cost - 0.5 * x * x).exp()
        };
        let sum: f64 = (-12_000..=12_000).map(term).sum();
        (sum / std::f64::consts::TAU.sqrt()).ln()
    }

    #[test]
    fn moved_and_tilted_patterns_are_those_of_a_plain_sum() {
        let parameters = Parameters {
            beta: 1.3,
            gamma: 0.8,
            ..Parameters::default()
        };
        let moved = Moved {
            channel: Channel::new(Arc::new(CrossEntropy), parameters),
            mean: 0.3,
            root: 0.7,
            tilt: 0.6,
        };
        let (v, h) = (0.4, 1e-3);
        let mut jets = Jets::default();
        for b in [-2.0, -0.3, 0.0, 1.1] {
            moved.fill(&[b], v, None, &mut jets);
            let [down, here, up] = [b - h, b, b + h].map(|b| by_sum(&moved, b, v));
            assert!((jets.value[0] - here).abs() < 1e-12, "{b}");
            assert!(
                (jets.slope[0] - (up - down) / (2.0 * h)).abs() < 1e-6,
                "{b}"
            );
            let bend = (up - 2.0 * here + down) / (h * h);
            assert!((jets.bend[0] - bend).abs() < 1e-6, "{b}");
        }
    }
}
