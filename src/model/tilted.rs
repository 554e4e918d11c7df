//! Defaults of a loss by quadrature of the tilted measure, and by Newton's method for its proximal
//! points.

use super::loss::Loss;
use super::site::Jets;
use super::{Control, Parameters};

pub fn thermal(_: &dyn Loss, _: &[f64], _: f64, _: &Parameters, _: Option<Control>, _: &mut Jets) {
    unimplemented!()
}
pub fn envelope(_: &dyn Loss, _: &[f64], _: f64, _: &Parameters, _: Option<Control>, _: &mut Jets) {
    unimplemented!()
}
pub fn proximal(_: &dyn Loss, _: &[f64], _: f64, _: &Parameters, _: &mut [f64]) {
    unimplemented!()
}
pub fn mean_energy(_: &dyn Loss, _: &[f64], _: f64, _: &Parameters, _: &mut [f64]) {
    unimplemented!()
}
pub fn error_probability(_: &dyn Loss, _: &[f64], _: f64, _: &Parameters, _: &mut [f64]) {
    unimplemented!()
}
