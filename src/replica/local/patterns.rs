//! What a reference knows of one pattern: its local partition function at β̃ > 0, or the proximal
//! map of its loss at zero temperature. Type-erased, so that any reference meets any probe.

use crate::math::real::{self, Dual1, Dual2};
use crate::math::{ChebyshevTable, Feature, LnH, QuinticTable, Real};
use crate::model::{
    Parameters,
    scalar::{Loss, ZeroSet},
};
use crate::replica::rs::local_ln_z;

/// Accuracy of tabulated local partition functions.
const TABLE: f64 = 1e-15;
/// Intervals of the grid that sums look up, for each point of the Chebyshev table it is made from.
const INTERVALS: f64 = 8.0;
/// Zeros of `H(x + iy)` nearest to the real axis lie at this distance from it.
const NEAREST_ZERO: f64 = 2.8;

/// `[ln Z̃, ∂_ω ln Z̃, ∂²_ω ln Z̃]` as a function of the cavity mean `ω` at one variance.
pub enum LnZ {
    /// `ln H((κ̃-ω)/√v)`: margin and `1/√v`. The path that most references take.
    HardMargin(LnH, f64, f64),
    /// Looked up, and computed outside of the grid.
    Tabulated(QuinticTable, Direct),
    /// Computed.
    Computed(Direct),
}

/// A function that is computed at every call.
type Direct = Box<dyn Fn(f64) -> [f64; 3] + Send + Sync>;

impl LnZ {
    /// Value, slope and curvature at `omega`.
    #[inline]
    pub fn at(&self, omega: f64) -> [f64; 3] {
        match self {
            LnZ::HardMargin(ln_h, edge, scale) => {
                let [value, slope, bend] = ln_h.at((edge - omega) * scale);
                [value, -slope * scale, bend * scale * scale]
            }
            LnZ::Tabulated(table, direct) => table.at(omega).unwrap_or_else(|| direct(omega)),
            LnZ::Computed(direct) => direct(omega),
        }
    }
}

/// Patterns of a reference with a Gibbs measure.
pub trait ThermalPatterns: Send + Sync {
    /// `ln Z̃` at this variance, for cavity means up to `reach`.
    fn ln_z(&self, variance: f64, reach: f64) -> LnZ;

    /// Kinks and scales of the loss as a function of the stability.
    fn features(&self) -> Vec<Feature>;

    /// Distance of complex singularities of `1/Z̃(ω, v)` from the real axis, in units of `√v`.
    fn singularity(&self) -> f64;

    /// Whether the step of sums over these patterns has to be checked by halving it.
    fn unsure(&self) -> bool;
}

/// Patterns of a reference at zero temperature.
pub trait GroundPatterns: Send + Sync {
    /// Stability that the reference gives to a pattern of cavity field `z`, and its derivative.
    fn stability(&self, z: f64) -> [f64; 2];

    /// Kinks and scales of that map.
    fn features(&self) -> Vec<Feature>;
}

/// A loss with its parameters.
#[derive(Clone, Debug)]
pub struct Thermal<L> {
    pub loss: L,
    pub parameters: Parameters,
}

impl<L: Loss> Thermal<L> {
    fn jet(&self, omega: f64, variance: f64) -> [f64; 3] {
        let p = self.parameters.lift::<Dual2<1>>();
        let value = local_ln_z(
            &self.loss,
            real::variable::<1>(omega, 0),
            Real::constant(variance),
            &p,
        );
        [
            value.re,
            real::gradient(&value)[0],
            real::hessian(&value)[0][0],
        ]
    }
}

impl<L: Loss + 'static> ThermalPatterns for Thermal<L> {
    fn ln_z(&self, variance: f64, reach: f64) -> LnZ {
        if let (true, ZeroSet::HalfLine(edge)) = (
            self.parameters.beta.is_infinite(),
            self.loss.zero_set(&self.parameters),
        ) {
            return LnZ::HardMargin(LnH::new(), edge, 1.0 / variance.sqrt());
        }
        let own = self.clone();
        let direct = move |omega: f64| own.jet(omega, variance);
        if !(self.parameters.beta.is_finite() && self.loss.tabulate()) {
            return LnZ::Computed(Box::new(direct));
        }
        // Slope and curvature ride along as the derivative part of a dual number.
        let table = ChebyshevTable::adaptive(-reach, reach, TABLE, |omega| {
            let [value, slope, bend] = direct(omega);
            real::with_slopes(value, [slope, bend])
        });
        let Some(table) = table else {
            return LnZ::Computed(Box::new(direct));
        };
        let interpolated = |omega: f64| {
            let at = table.at(Dual1::<2>::constant(omega));
            let [slope, bend] = real::slopes(&at);
            [at.re, slope, bend]
        };
        let step = 2.0 * reach / (INTERVALS * table.points() as f64);
        let grid = QuinticTable::new(-reach, reach, step, interpolated);
        LnZ::Tabulated(grid, Box::new(direct))
    }

    fn features(&self) -> Vec<Feature> {
        if self.parameters.beta.is_finite() {
            return self.loss.features(&self.parameters);
        }
        match self.loss.zero_set(&self.parameters) {
            ZeroSet::HalfLine(edge) => vec![Feature {
                centre: edge,
                width: 0.0,
            }],
            _ => Vec::new(),
        }
    }

    fn singularity(&self) -> f64 {
        NEAREST_ZERO
    }

    fn unsure(&self) -> bool {
        self.parameters.beta.is_finite()
    }
}

/// A smooth loss at the response `χ` of its ground state.
#[derive(Clone, Debug)]
pub struct Ground<L> {
    pub loss: L,
    pub chi: f64,
    pub parameters: Parameters,
}

impl<L: Loss> GroundPatterns for Ground<L> {
    fn stability(&self, z: f64) -> [f64; 2] {
        let envelope = self.loss.moreau(
            real::variable::<1>(z, 0),
            Real::constant(self.chi),
            &self.parameters.lift(),
        );
        [
            self.loss.prox(z, self.chi, &self.parameters),
            1.0 - self.chi * real::hessian(&envelope)[0][0],
        ]
    }

    fn features(&self) -> Vec<Feature> {
        self.loss.prox_features(self.chi, &self.parameters)
    }
}

/// The weights of largest margin: every stability below it is lifted to it.
#[derive(Clone, Copy, Debug)]
pub struct LargestMargin(pub f64);

impl GroundPatterns for LargestMargin {
    fn stability(&self, z: f64) -> [f64; 2] {
        if z < self.0 { [self.0, 0.0] } else { [z, 1.0] }
    }

    fn features(&self) -> Vec<Feature> {
        vec![Feature {
            centre: self.0,
            width: 0.0,
        }]
    }
}
