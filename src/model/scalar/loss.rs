//! What a stability costs.

use super::tilted;
use crate::math::{Feature, Real, real};
use crate::model::parameters::{Control, Parameters};

/// The set of stabilities that cost nothing; what is left of a loss at β = ∞ when every pattern
/// can be satisfied (L.9).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ZeroSet<D = f64> {
    /// `Δ ≥ κ`.
    HalfLine(D),
    /// `Δ = y` exactly.
    Point(D),
    /// The loss is positive everywhere.
    Empty,
}

/// A loss `ℓ(Δ)` of the stability `Δ`, the energy of one pattern.
///
/// | symbol | meaning |
/// | --- | --- |
/// | `ω`, `v` | cavity mean and variance of the stability |
/// | `ln Z_ℓ(ω, v)` | `ln ∫Dx exp(-β ℓ(ω + √v x))` (equation L.1) |
/// | `prox_χ(ω)` | minimiser of `ℓ(Δ) + (Δ-ω)²/(2χ)` (L.6) |
///
/// Only [`Loss::energy`] is required: everything else is derived from it by quadrature, by dual
/// numbers or by a safeguarded Newton iteration. Closed forms override the defaults, and the law
/// tests ([`check`](super::check)) hold the two against each other.
pub trait Loss: Clone + Send + Sync {
    /// The energy `ℓ(Δ)` of one pattern, bounded below.
    fn energy<D: Real>(&self, delta: D, p: &Parameters<D>) -> D;

    /// The control parameters it has besides α and β.
    fn parameters(&self) -> &'static [Control] {
        &[]
    }

    /// `ln Z_ℓ(ω, v)` at finite β (L.1). Default: adaptive quadrature of the tilted measure.
    fn ln_z<D: Real>(&self, omega: D, v: D, p: &Parameters<D>) -> D {
        tilted::ln_z(self, omega, v, p)
    }

    /// Value, slope and curvature of [`Loss::ln_z`] in `ω`. Default: by dual numbers.
    fn ln_z_jet(&self, omega: f64, v: f64, p: &Parameters) -> [f64; 3] {
        dual_jet(self, omega, v, p)
    }

    /// Whether [`Loss::ln_z`] is costly enough to be tabulated in `ω` (GA.5) where it has to be
    /// integrated in dual arithmetic: true for the default.
    fn tabulate(&self) -> bool {
        true
    }

    /// The probability that `Δ < 0` under the tilted measure at finite β.
    fn error_probability(&self, omega: f64, v: f64, p: &Parameters) -> f64 {
        tilted::average(self, omega, v, p, |delta| f64::from(u8::from(delta < 0.0)))
    }

    /// The mean energy under the tilted measure at finite β: `-∂_β ln Z_ℓ`.
    fn mean_energy(&self, omega: f64, v: f64, p: &Parameters) -> f64 {
        tilted::average(self, omega, v, p, |delta| self.energy(delta, p))
    }

    /// The stabilities that cost nothing.
    fn zero_set<D: Real>(&self, _p: &Parameters<D>) -> ZeroSet<D> {
        ZeroSet::Empty
    }

    /// Whether the energy jumps: a teacher's own weights are then an isolated solution (RS.11), and
    /// there is no proximal description at β = ∞.
    fn jumps(&self) -> bool {
        false
    }

    /// Kinks and scales of the energy as a function of `Δ`.
    fn features(&self, _p: &Parameters) -> Vec<Feature> {
        vec![Feature {
            centre: 0.0,
            width: 1.0,
        }]
    }

    /// The proximal point (L.6) of a convex energy, by bracketed Newton on
    /// `Δ - ω + χ ℓ′(Δ) = 0`.
    fn prox(&self, omega: f64, chi: f64, p: &Parameters) -> f64 {
        tilted::prox(self, omega, chi, p)
    }

    /// Where `prox_χ(ω)` bends as a function of `ω`: the image of [`Loss::features`].
    fn prox_features(&self, chi: f64, p: &Parameters) -> Vec<Feature> {
        tilted::prox_features(self, chi, p)
    }

    /// Moreau envelope `min_Δ ℓ(Δ) + (Δ-ω)²/(2χ)`, exact to second derivatives: one Newton step in
    /// dual arithmetic from the proximal point in `f64` (L.7).
    fn moreau<D: Real>(&self, omega: D, chi: D, p: &Parameters<D>) -> D {
        let (here, at) = (p.re(), self.prox(omega.re(), chi.re(), &p.re()));
        let jet = tilted::energy_jet(self, at, &here);
        let slope = (p.kappa - here.kappa) * jet.slope_kappa
            + (p.gamma - here.gamma) * jet.slope_gamma
            + jet.slope;
        let step = (omega - at - chi * slope) / (1.0 + chi.re() * jet.bend);
        let delta = step + at;
        let distance = delta - omega;
        self.energy(delta, p) + distance * distance / chi * 0.5
    }

    /// Value, slope and curvature of the Moreau envelope in `ω` (L.21). Default: from
    /// [`Loss::moreau`].
    fn envelope(&self, omega: f64, chi: f64, p: &Parameters) -> [f64; 3] {
        let omega = real::variable::<1>(omega, 0);
        let at = self.moreau(omega, Real::constant(chi), &p.lift());
        [at.re, real::gradient(&at)[0], real::hessian(&at)[0][0]]
    }
}

/// `[ln Z_ℓ, ∂_ω ln Z_ℓ, ∂²_ω ln Z_ℓ]` by dual numbers.
pub fn dual_jet<L: Loss>(loss: &L, omega: f64, v: f64, p: &Parameters) -> [f64; 3] {
    let omega = real::variable::<1>(omega, 0);
    let at = loss.ln_z(omega, Real::constant(v), &p.lift());
    [at.re, real::gradient(&at)[0], real::hessian(&at)[0][0]]
}

/// `∂_β ln Z_ℓ` by dual numbers, for losses whose `ln Z_ℓ` is a closed form.
pub fn beta_slope<L: Loss>(loss: &L, omega: f64, v: f64, p: &Parameters) -> f64 {
    let mut dual = p.lift::<real::Dual2<1>>();
    dual.beta = real::variable::<1>(p.beta, 0);
    real::gradient(&loss.ln_z(Real::constant(omega), Real::constant(v), &dual))[0]
}
