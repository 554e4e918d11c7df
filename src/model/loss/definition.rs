//! What a loss says of itself.

use crate::math::Feature;
use crate::model::site::{By, Jets};
use crate::model::{Control, Parameters};
use std::fmt::Debug;

/// The set of stabilities that cost nothing: what is left of a loss at β = ∞ when every pattern can
/// be satisfied (L.9).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ZeroSet {
    /// `Δ ≥ κ`.
    HalfLine(f64),
    /// `low ≤ Δ ≤ high`.
    Interval(f64, f64),
    /// `Δ = y` exactly.
    Point(f64),
    /// The loss is positive everywhere.
    Empty,
}

/// A parameter that only one loss has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnParameter {
    /// Its name and its place in [`Parameters::own`].
    pub control: Control,
    /// Its value where none is given.
    pub default: f64,
    /// It is larger than this.
    pub above: f64,
    /// What it is, in a few words.
    pub meaning: &'static str,
}

impl OwnParameter {
    /// A positive one.
    pub fn positive(slot: usize, name: &'static str, default: f64, meaning: &'static str) -> Self {
        OwnParameter {
            control: Control::Own { slot, name },
            default,
            above: 0.0,
            meaning,
        }
    }
}

/// The kinks, jumps and scales of an energy.
pub fn features_of(loss: &dyn Loss, p: &Parameters) -> Vec<Feature> {
    let mut out = Vec::new();
    loss.features(p, &mut out);
    out
}

/// A loss `ℓ(Δ)` of the stability `Δ`: the energy of one pattern, bounded below.
///
/// | symbol | meaning |
/// | --- | --- |
/// | `ω`, `v` | cavity mean and variance of the stability |
/// | `ln Z_ℓ(ω, v)` | `ln ∫Dx exp(-β ℓ(ω + √v x))` (L.1) |
/// | `M_χ(ω)` | Moreau envelope `min_Δ ℓ(Δ) + (Δ-ω)²/(2χ)` (L.6) |
///
/// Only the name, the energy with its derivatives and what cannot be seen from it are required: all
/// else follows by quadrature of the tilted measure and by a safeguarded Newton iteration
/// ([`tilted`](crate::model::tilted)). Where a loss has a closed form it fills that and says so; the law
/// tests hold the two against each other.
pub trait Loss: Debug + Send + Sync {
    /// Its name on the command line.
    fn name(&self) -> String;

    /// Its formula, for people.
    fn formula(&self) -> String;

    /// The control parameters that it has besides α and β.
    fn controls(&self) -> Vec<Control> {
        Vec::new()
    }

    /// Those of them that no other loss has.
    fn own(&self) -> Vec<OwnParameter> {
        Vec::new()
    }

    /// `[ℓ, ℓ′, ℓ″]` at a stability; at a kink or a jump those on its right.
    fn energy(&self, delta: f64, p: &Parameters) -> [f64; 3];

    /// `ℓ`, `ℓ′` and `ℓ″` at many stabilities; the arrays have one length.
    fn energies(&self, delta: &[f64], p: &Parameters, out: [&mut [f64]; 3]) {
        let [value, slope, bend] = out;
        for (i, &delta) in delta.iter().enumerate() {
            [value[i], slope[i], bend[i]] = self.energy(delta, p);
        }
    }

    /// `[∂_c ℓ, ∂_Δ∂_c ℓ, ∂²_c ℓ]` for one of its control parameters.
    fn energy_by(&self, _delta: f64, _control: Control, _p: &Parameters) -> [f64; 3] {
        [0.0; 3]
    }

    /// The stabilities that cost nothing.
    fn zero_set(&self, p: &Parameters) -> ZeroSet;

    /// First and second derivatives of the lower and of the upper end of [`Loss::zero_set`] with
    /// respect to one of its control parameters.
    fn zero_set_by(&self, _control: Control, _p: &Parameters) -> [[f64; 2]; 2] {
        [[0.0; 2]; 2]
    }

    /// Whether the energy jumps: there is then no proximal description at β = ∞, and a teacher's own
    /// weights can be an isolated solution (RS.11).
    fn jumps(&self) -> bool {
        false
    }

    /// Whether the energy is convex in the stability: proximal points are then unique.
    fn convex(&self) -> bool {
        !self.jumps()
    }

    /// Adds the kinks and jumps (width zero) and the scales of the energy.
    fn features(&self, p: &Parameters, out: &mut Vec<Feature>);

    /// `ln Z_ℓ(ω, v)` at finite β with its derivatives, where there is a closed form; with `by` (β
    /// included) those too. Whether there is one.
    fn thermal(
        &self,
        _omega: &[f64],
        _v: f64,
        _p: &Parameters,
        _by: Option<By>,
        _out: &mut Jets,
    ) -> bool {
        false
    }

    /// Minus the Moreau envelope, `-M_χ(ω)`, with its derivatives, where there is a closed form.
    /// Whether there is one.
    fn envelope(
        &self,
        _omega: &[f64],
        _chi: f64,
        _p: &Parameters,
        _by: Option<By>,
        _out: &mut Jets,
    ) -> bool {
        false
    }

    /// Proximal points, the minimisers `Δ` of `ℓ(Δ) + (Δ-ω)²/(2χ)` (L.6), where there is a closed form.
    /// Whether there is one.
    fn proximal(&self, _omega: &[f64], _chi: f64, _p: &Parameters, _out: &mut [f64]) -> bool {
        false
    }

    /// Where `ln Z_ℓ` at variance `v` varies fast as a function of the cavity mean, where that is known
    /// in closed form: images of the energy's own features under the proximal map, smoothed by the
    /// variance. Whether it is.
    fn thermal_features(&self, _v: f64, _p: &Parameters, _out: &mut Vec<Feature>) -> bool {
        false
    }

    /// Where the envelope bends as a function of the cavity mean, where that is known in closed form.
    /// Whether it is.
    fn envelope_features(&self, _chi: f64, _p: &Parameters, _out: &mut Vec<Feature>) -> bool {
        false
    }

    /// Whether `ln Z_ℓ` is a quadrature at every field.
    fn costly(&self) -> bool {
        true
    }

    /// Mean energy under the tilted measure at finite β, `-∂_β ln Z_ℓ`, where there is a closed form.
    /// Whether there is one.
    fn mean_energy(&self, _omega: &[f64], _v: f64, _p: &Parameters, _out: &mut [f64]) -> bool {
        false
    }

    /// Probability of `Δ < 0` under the tilted measure at finite β, where there is a closed form.
    /// Whether there is one.
    fn error_probability(
        &self,
        _omega: &[f64],
        _v: f64,
        _p: &Parameters,
        _out: &mut [f64],
    ) -> bool {
        false
    }
}
