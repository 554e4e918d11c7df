//! The control parameters that every model shares.

use crate::math::Real;

/// Values of the control parameters at one point of a phase diagram.
///
/// Generic over the number type, so that derivatives with respect to any one of them are exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters<D = f64> {
    /// Patterns per weight, α > 0.
    pub alpha: D,
    /// Margin κ of the losses theta and squared hinge, half-width of the window.
    pub kappa: D,
    /// Inverse temperature β ≥ 0, possibly infinite.
    pub beta: D,
    /// Sharpness γ > 0 of the cross-entropy.
    pub gamma: D,
    /// Distance d = (1-S)/2 from a reference, or between replicas: only local entropies depend on
    /// it.
    pub distance: D,
    /// Parameters that only one loss has, in the order in which it lists them.
    pub own: [D; OWN],
}

/// How many parameters of its own a loss may have.
pub const OWN: usize = 4;

/// Names one of the [`Parameters`]: the one along which a branch is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// Patterns per weight.
    Alpha,
    /// Margin.
    Kappa,
    /// Inverse temperature.
    Beta,
    /// Sharpness of the cross-entropy.
    Gamma,
    /// Distance from a reference.
    Distance,
    /// A parameter that only one loss has.
    Own {
        /// Its place in [`Parameters::own`].
        slot: usize,
        /// Its name on the command line and in tables.
        name: &'static str,
    },
}

impl Control {
    /// Every control parameter that all models share.
    pub const ALL: [Control; 5] = [
        Control::Alpha,
        Control::Kappa,
        Control::Beta,
        Control::Gamma,
        Control::Distance,
    ];

    /// Its name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Control::Alpha => "alpha",
            Control::Kappa => "kappa",
            Control::Beta => "beta",
            Control::Gamma => "gamma",
            Control::Distance => "distance",
            Control::Own { name, .. } => name,
        }
    }
}

impl Default for Parameters<f64> {
    /// α = 0.5, κ = 0, β = ∞, γ = 1/2, d = 1/4, own parameters 1.
    fn default() -> Self {
        Parameters {
            alpha: 0.5,
            kappa: 0.0,
            beta: f64::INFINITY,
            gamma: 0.5,
            distance: 0.25,
            own: [1.0; OWN],
        }
    }
}

impl Parameters<f64> {
    /// The value of one parameter.
    pub fn get(&self, control: Control) -> f64 {
        match control {
            Control::Alpha => self.alpha,
            Control::Kappa => self.kappa,
            Control::Beta => self.beta,
            Control::Gamma => self.gamma,
            Control::Distance => self.distance,
            Control::Own { slot, .. } => self.own[slot],
        }
    }

    /// A copy with one parameter replaced.
    pub fn with(mut self, control: Control, value: f64) -> Self {
        match control {
            Control::Alpha => self.alpha = value,
            Control::Kappa => self.kappa = value,
            Control::Beta => self.beta = value,
            Control::Gamma => self.gamma = value,
            Control::Distance => self.distance = value,
            Control::Own { slot, .. } => self.own[slot] = value,
        }
        self
    }

    /// The same values as constants of another number type.
    pub fn lift<D: Real>(&self) -> Parameters<D> {
        Parameters {
            alpha: D::constant(self.alpha),
            kappa: D::constant(self.kappa),
            beta: D::constant(self.beta),
            gamma: D::constant(self.gamma),
            distance: D::constant(self.distance),
            own: self.own.map(D::constant),
        }
    }

    /// The same values with one of them replaced by a number that carries derivatives.
    pub fn lift_with<D: Real>(&self, control: Control, value: D) -> Parameters<D> {
        let mut p = self.lift::<D>();
        match control {
            Control::Alpha => p.alpha = value,
            Control::Kappa => p.kappa = value,
            Control::Beta => p.beta = value,
            Control::Gamma => p.gamma = value,
            Control::Distance => p.distance = value,
            Control::Own { slot, .. } => p.own[slot] = value,
        }
        p
    }
}

impl<D: Real> Parameters<D> {
    /// The values without their derivatives.
    pub fn re(&self) -> Parameters<f64> {
        Parameters {
            alpha: self.alpha.re(),
            kappa: self.kappa.re(),
            beta: self.beta.re(),
            gamma: self.gamma.re(),
            distance: self.distance.re(),
            own: self.own.map(Real::re),
        }
    }
}
