//! What a stability costs.

pub(in crate::model) mod batch;
pub mod cross_entropy;
pub mod hinge;
pub mod huber_hinge;
pub mod laws;
pub(in crate::model) mod mass;
pub mod perceptron;
pub mod piecewise;
pub mod square;
pub mod squared_hinge;
pub mod theta;
pub mod window;

pub use cross_entropy::CrossEntropy;
pub use hinge::Hinge;
pub use huber_hinge::HuberHinge;
pub use perceptron::Perceptron;
pub use piecewise::Piecewise;
pub use square::Square;
pub use squared_hinge::SquaredHinge;
pub use theta::Theta;
pub use window::Window;

use super::site::{By, Jets};
use super::{Control, Parameters};
use crate::math::Feature;
use std::fmt::Debug;
use std::sync::Arc;

/// Every built-in loss. **A new loss is one line here.**
pub fn registered() -> Vec<Arc<dyn Loss>> {
    vec![
        Arc::new(Theta),
        Arc::new(CrossEntropy),
        Arc::new(Square),
        Arc::new(Hinge),
        Arc::new(SquaredHinge),
        Arc::new(Perceptron),
        Arc::new(HuberHinge),
        Arc::new(Window),
    ]
}

/// Other names of built-in losses.
const ALIASES: [(&str, &str); 1] = [("logistic", "cross-entropy")];

/// The built-in loss of this name; `None` if there is none.
pub fn by_name(name: &str) -> Option<Arc<dyn Loss>> {
    let alias = ALIASES.iter().find(|alias| alias.0 == name);
    let name = alias.map_or(name, |alias| alias.1);
    registered().into_iter().find(|loss| loss.name() == name)
}

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
/// Only the name, the energy with its derivatives and what cannot be seen from it are required:
/// everything else has a default by quadrature of the tilted measure and by a safeguarded Newton
/// iteration. Closed forms override the defaults, and the law tests hold the two against each other.
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

    /// `ln Z_ℓ(ω, v)` at finite β with its derivatives; with `by` (β included) those too.
    fn thermal(&self, omega: &[f64], v: f64, p: &Parameters, by: Option<By>, out: &mut Jets) {
        super::tilted::thermal(self.dynamic(), omega, v, p, by, out);
    }

    /// Whether [`Loss::thermal`] is a quadrature at every field.
    fn costly(&self) -> bool {
        true
    }

    /// Minus the Moreau envelope, `-M_χ(ω)`, with its derivatives.
    fn envelope(&self, omega: &[f64], chi: f64, p: &Parameters, by: Option<By>, out: &mut Jets) {
        super::tilted::envelope(self.dynamic(), omega, chi, p, by, out);
    }

    /// Where [`Loss::thermal`] at variance `v` varies fast as a function of the cavity mean: images of
    /// the energy's own features under the proximal map, smoothed by the variance.
    fn thermal_features(&self, v: f64, p: &Parameters, out: &mut Vec<Feature>) {
        super::tilted::thermal_features(self.dynamic(), v, p, out);
    }

    /// Where [`Loss::envelope`] bends as a function of the cavity mean.
    fn envelope_features(&self, chi: f64, p: &Parameters, out: &mut Vec<Feature>) {
        super::tilted::envelope_features(self.dynamic(), chi, p, out);
    }

    /// Proximal points: the minimisers `Δ` of `ℓ(Δ) + (Δ-ω)²/(2χ)` (L.6).
    fn proximal(&self, omega: &[f64], chi: f64, p: &Parameters, out: &mut [f64]) {
        super::tilted::proximal(self.dynamic(), omega, chi, p, out);
    }

    /// Mean energy under the tilted measure at finite β, `-∂_β ln Z_ℓ`.
    fn mean_energy(&self, omega: &[f64], v: f64, p: &Parameters, out: &mut [f64]) {
        super::tilted::mean_energy(self.dynamic(), omega, v, p, out);
    }

    /// Probability of `Δ < 0` under the tilted measure at finite β.
    fn error_probability(&self, omega: &[f64], v: f64, p: &Parameters, out: &mut [f64]) {
        super::tilted::error_probability(self.dynamic(), omega, v, p, out);
    }

    /// Itself as an object, for the defaults above.
    fn dynamic(&self) -> &dyn Loss;
}
