//! Sites: what averages see of a model. Arrays of fields go in, arrays of jets come out.
//!
//! A site is one factor of the partition function, a weight or a pattern, as a function `f(ω)` of
//! the Gaussian field that acts on it:
//!
//! | site | `f(ω)` | own variance `v` | heat equation |
//! | --- | --- | --- | --- |
//! | pattern, β finite or hard | `ln ∫Dx exp(-βℓ(ω+√v x))` | variance of the stability | `∂_v f = ½(f″ + f′²)` |
//! | pattern, ground state | `-min_Δ ℓ(Δ) + (Δ-ω)²/(2v)` | response `χ` | `∂_v f = ½f′²` |
//! | weight | `ln ∫dP(w) exp(-a w²/2 + ωw)` | precision `a` | `∂_a f = -½(f″ + f′²)` |
//!
//! Because of the heat equation, derivatives up to order two in the field are enough for every
//! first and second derivative of an average (GA.10).

use super::Control;
use crate::math::Feature;

/// What a site's partition function and its derivatives are at a batch of fields.
///
/// All arrays have the length of the batch; those of the parameter are empty unless a parameter was
/// asked for. Buffers are reused: nothing is allocated once they have their length.
#[derive(Clone, Debug, Default)]
pub struct Jets {
    /// `f`.
    pub value: Vec<f64>,
    /// `f′`.
    pub slope: Vec<f64>,
    /// `f″`.
    pub bend: Vec<f64>,
    /// `∂_c f`, `c` the parameter.
    pub by: Vec<f64>,
    /// `∂_c f′`.
    pub slope_by: Vec<f64>,
    /// `∂²_c f`.
    pub by_by: Vec<f64>,
    /// Room for intermediate results of the site; its content means nothing.
    pub scratch: Vec<f64>,
}

impl Jets {
    /// Gives the arrays the length `n`; those of the parameter are emptied unless `with_parameter`.
    /// The values that arrays then hold mean nothing.
    pub fn resize(&mut self, n: usize, with_parameter: bool) {
        for array in [
            &mut self.value,
            &mut self.slope,
            &mut self.bend,
            &mut self.scratch,
        ] {
            array.resize(n, 0.0);
        }
        let own = if with_parameter { n } else { 0 };
        for array in [&mut self.by, &mut self.slope_by, &mut self.by_by] {
            array.resize(own, 0.0);
        }
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.value.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }
}

/// What a site's derivatives are taken with respect to, besides the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A control parameter of the model.
    Control(Control),
    /// The own variance `v` (of a weight the precision `a`), at a fixed law of the field.
    Variance,
}

/// One factor of the partition function. Object-safe: everything built on sites is compiled once.
pub trait Site: Send + Sync {
    /// Fills the jets at every field, for own variance (precision, response) `own`; with `by` also
    /// the derivatives with respect to that.
    fn fill(&self, fields: &[f64], own: f64, by: Option<By>, out: &mut Jets);

    /// Where `f` varies fast as a function of the field; width zero for a kink of `f′`.
    fn features(&self, own: f64, out: &mut Vec<Feature>);

    /// Whether jets are averages themselves, better looked up in a table than computed for thousands
    /// of fields.
    fn costly(&self) -> bool {
        false
    }

    /// `T` in `∂_v f = ½(T f″ + f′²)`: one, or zero for the ground state.
    fn temperature(&self) -> f64 {
        1.0
    }
}
