//! `ln Z_ℓ(ω, v)` of one pattern at one cavity mean, with its derivatives.

use crate::math::real::{self, Dual1, Dual2};
use crate::math::{ChebyshevTable, LnH, QuinticTable, Real, special};
use crate::model::{
    Control, Parameters,
    scalar::{Loss, ZeroSet},
};
use crate::replica::scalar::local_ln_z;
use std::f64::consts::PI;

/// Accuracy of tabulated local partition functions.
const TABLE: f64 = 1e-15;
/// Intervals of the grid that is looked up, for each point of the Chebyshev table it is made from.
const INTERVALS: f64 = 8.0;

/// Step of the grid for losses that are cheap, in units of `√v`: that of the table of `ln H`.
const GRID: f64 = 1.0 / 32.0;

/// Value and derivatives in `ω` (g, g′) and in a control parameter (c).
#[derive(Clone, Copy, Debug, Default)]
pub struct Site {
    pub ln_z: f64,
    pub g: f64,
    pub bend: f64,
    pub c: f64,
    pub gc: f64,
    pub cc: f64,
}

/// How sites are found.
enum Route {
    /// `ln H((κ-ω)/√v)`: edge and root.
    HardMargin(f64, f64),
    /// The same, looked up.
    HardMarginTable(LnH, f64, f64),
    /// Any local partition function, looked up.
    Table(QuinticTable),
    /// Computed by the loss.
    Computed,
    /// Computed by dual numbers: other hard constraints, or a control parameter that enters.
    Dual(Box<Parameters<Dual2<2>>>),
}

/// What is the same at all sites of one average.
pub struct Sites<'a, L> {
    loss: &'a L,
    v: f64,
    p: &'a Parameters,
    route: Route,
}

impl<'a, L: Loss> Sites<'a, L> {
    /// Sites of cavity variance `v` at cavity means in `range`; the control is differentiated where
    /// it enters them. Where there are `many`, they are looked up.
    pub fn new(
        loss: &'a L,
        v: f64,
        p: &'a Parameters,
        control: Control,
        range: (f64, f64),
        many: bool,
    ) -> Self {
        let inert = matches!(control, Control::Alpha | Control::Distance);
        let dual = || Route::Dual(Box::new(lifted(p, control)));
        let route = match loss.zero_set(p) {
            _ if !inert => dual(),
            ZeroSet::HalfLine(edge) if p.beta.is_infinite() && many => {
                Route::HardMarginTable(LnH::new(), edge, v.sqrt())
            }
            ZeroSet::HalfLine(edge) if p.beta.is_infinite() => Route::HardMargin(edge, v.sqrt()),
            _ if p.beta.is_infinite() => dual(),
            _ if loss.tabulate() => tabulated(loss, v, p, range),
            _ if many => {
                let jet = |omega: f64| loss.ln_z_jet(omega, v, p);
                let sharper = second_step(loss, p).map_or(1.0, |x| (x / 1.5).max(1.0));
                let step = GRID * v.sqrt() / sharper;
                Route::Table(QuinticTable::new(range.0, range.1, step, jet))
            }
            _ => Route::Computed,
        };
        Sites { loss, v, p, route }
    }

    /// Value, slope and curvature at `ω`.
    #[inline]
    pub fn jet(&self, omega: f64) -> [f64; 3] {
        match &self.route {
            Route::HardMargin(edge, root) => {
                let [ln_h, g, excess] = special::tail((edge - omega) / root);
                [ln_h, g / root, -g * excess / self.v]
            }
            Route::HardMarginTable(table, edge, root) => {
                let [ln_h, slope, bend] = table.at((edge - omega) / root);
                [ln_h, -slope / root, bend / self.v]
            }
            Route::Table(table) => match table.at(omega) {
                Some(jet) => jet,
                None => self.loss.ln_z_jet(omega, self.v, self.p),
            },
            Route::Computed => self.loss.ln_z_jet(omega, self.v, self.p),
            Route::Dual(_) => {
                let site = self.at(omega);
                [site.ln_z, site.g, site.bend]
            }
        }
    }

    /// The site at `ω`.
    pub fn at(&self, omega: f64) -> Site {
        if let Route::Dual(p) = &self.route {
            let omega = real::variable::<2>(omega, 0);
            let at = local_ln_z(self.loss, omega, Real::constant(self.v), p);
            let (gradient, hessian) = (real::gradient(&at), real::hessian(&at));
            return Site {
                ln_z: at.re,
                g: gradient[0],
                bend: hessian[0][0],
                c: gradient[1],
                gc: hessian[0][1],
                cc: hessian[1][1],
            };
        }
        let [ln_z, g, bend] = self.jet(omega);
        Site {
            ln_z,
            g,
            bend,
            ..Site::default()
        }
    }
}

/// Where, in units of `√v` below the edge of a loss that counts, a stability stops to be lifted over
/// it at finite β: `ln H(x) = -β`. There `ln Z_ℓ` turns within `1/x`, and `x + iπ/x` is a zero of
/// `Z_ℓ` (MX.33). None where the turn is no sharper than that at the edge.
pub fn second_step<L: Loss>(loss: &L, p: &Parameters) -> Option<f64> {
    let square = 2.0 * p.beta - (4.0 * PI * p.beta.max(1.0)).ln();
    (loss.jumps() && p.beta.is_finite() && square > 1.0).then(|| square.sqrt())
}

fn lifted(p: &Parameters, control: Control) -> Parameters<Dual2<2>> {
    match control {
        Control::Alpha | Control::Distance => p.lift(),
        _ => p.lift_with(control, real::variable::<2>(p.get(control), 1)),
    }
}

/// A table of the local partition function; slope and curvature ride along as the derivative part of
/// a dual number.
fn tabulated<L: Loss>(loss: &L, v: f64, p: &Parameters, (low, high): (f64, f64)) -> Route {
    let jet = |omega: f64| loss.ln_z_jet(omega, v, p);
    let table = ChebyshevTable::adaptive(low, high, TABLE, |omega| {
        let [value, slope, bend] = jet(omega);
        real::with_slopes(value, [slope, bend])
    });
    let Some(table) = table else {
        return Route::Computed;
    };
    let interpolated = |omega: f64| {
        let at = table.at(Dual1::<2>::constant(omega));
        let [slope, bend] = real::slopes(&at);
        [at.re, slope, bend]
    };
    let step = (high - low) / (INTERVALS * table.points() as f64);
    Route::Table(QuinticTable::new(low, high, step, interpolated))
}
