//! A pattern's factor as a function of one field at a time, for averages whose nodes follow from it.

use super::patterns::{edge, table_step, tabulated};
use crate::math::gauss::CUT;
use crate::math::{LnH, QuinticTable};
use crate::model::channel::{Channel, Limit};
use crate::model::site::{Jets, Site};
use std::cell::RefCell;

/// Fields up to this many times [`CUT`] are looked up; farther ones are computed.
const REACH: f64 = 1.5;

/// `ln Z_ℓ(·, v)` at one variance.
pub struct OneField {
    channel: Channel,
    v: f64,
    lookup: Lookup,
    scratch: RefCell<Jets>,
}

enum Lookup {
    /// `ln H((κ-ω)/√v)`: margin and `1/√v`.
    HalfLine(LnH, f64, f64),
    Table(QuinticTable),
    /// Every field is computed.
    Nothing,
}

impl OneField {
    /// Of this channel at variance `v`.
    pub fn new(channel: Channel, v: f64) -> Self {
        let lookup = match edge(&channel) {
            Some(edge) => Lookup::HalfLine(LnH::new(), edge, 1.0 / v.sqrt()),
            None => {
                let range = (-REACH * CUT, REACH * CUT);
                match table_step(&channel, v, range) {
                    0.0 => Lookup::Nothing,
                    step => Lookup::Table(tabulated(&channel, v, range, step)),
                }
            }
        };
        OneField {
            channel,
            v,
            lookup,
            scratch: RefCell::default(),
        }
    }

    /// The same without tables, whose curvatures are accurate to about 1e-10: for errors.
    pub fn computed_alone(&self) -> Self {
        OneField {
            channel: self.channel.clone(),
            v: self.v,
            lookup: Lookup::Nothing,
            scratch: RefCell::default(),
        }
    }

    /// `[ln Z_ℓ, g, g′]` at a field.
    pub fn at(&self, omega: f64) -> [f64; 3] {
        match &self.lookup {
            Lookup::HalfLine(ln_h, edge, scale) => {
                let [value, slope, bend] = ln_h.at((edge - omega) * scale);
                [value, -slope * scale, bend * scale * scale]
            }
            Lookup::Nothing => self.computed(omega),
            Lookup::Table(table) => table.at(omega).unwrap_or_else(|| self.computed(omega)),
        }
    }

    fn computed(&self, omega: f64) -> [f64; 3] {
        let mut jets = self.scratch.borrow_mut();
        self.channel.fill(&[omega], self.v, None, &mut jets);
        [jets.value[0], jets.slope[0], jets.bend[0]]
    }

    /// Whether `ln Z_ℓ` is concave in the field, as that of a convex loss and of a convex set is.
    pub fn concave(&self) -> bool {
        self.channel.limit != Limit::Thermal || self.channel.loss.convex()
    }

    /// Variance of the stability.
    pub fn v(&self) -> f64 {
        self.v
    }

    /// Mean loss of the pattern at every field, `-∂_β ln Z_ℓ`; zero at β = ∞.
    pub fn mean_energies(&self, omega: &[f64]) -> Vec<f64> {
        let mut energies = vec![0.0; omega.len()];
        self.channel.mean_energy(omega, self.v, &mut energies);
        energies
    }
}
