//! Laws that every loss obeys, as functions a newcomer calls in one line. Each returns the largest
//! violation found, so that a test states its own tolerance.

use super::Loss;
use crate::model::Parameters;
use crate::model::scalar;
use crate::model::site::Jets;

/// Largest difference of `ln Z_ℓ`, its derivatives, mean energy, error probability and envelope from
/// those of the same loss written over any number type.
pub fn against_scalar<L: scalar::Loss>(
    loss: &dyn Loss,
    old: &L,
    p: &Parameters,
    fields: &[f64],
    v: f64,
) -> [f64; 4] {
    let mut worst = [0.0f64; 4];
    let n = fields.len();
    let mut jets = Jets::default();
    let mut energy = vec![0.0; n];
    let mut error = vec![0.0; n];
    loss.thermal(fields, v, p, None, &mut jets);
    loss.mean_energy(fields, v, p, &mut energy);
    loss.error_probability(fields, v, p, &mut error);
    let mut add = |k: usize, got: f64, want: f64, scale: f64| {
        let off = (got - want).abs() / (scale + want.abs());
        if !(off <= worst[k]) {
            worst[k] = off;
        }
    };
    for (i, &field) in fields.iter().enumerate() {
        let [value, slope, bend] = old.ln_z_jet(field, v, p);
        let r = v.sqrt();
        add(0, jets.value[i], value, 1.0);
        add(0, jets.slope[i], slope, 1.0 / r);
        add(0, jets.bend[i], bend, 1.0 / v + p.beta * p.beta);
        add(1, energy[i], old.mean_energy(field, v, p), 1.0);
        add(2, error[i], old.error_probability(field, v, p), 1.0);
    }
    if !loss.jumps() {
        let chi = p.beta * v;
        loss.envelope(fields, chi, p, None, &mut jets);
        for (i, &field) in fields.iter().enumerate() {
            let [value, slope, bend] = old.envelope(field, chi, p);
            add(3, -jets.value[i], value, 1.0);
            add(3, -jets.slope[i], slope, 1.0);
            add(3, -jets.bend[i], bend, 1.0);
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::loss::{CrossEntropy, Hinge, Square, Theta};
    use scalar::{cross_entropy, hinge, square, theta};

    #[test]
    fn the_losses_are_those_over_any_number_type() {
        let fields: Vec<f64> = (-40..=40).map(|i| 0.331 * f64::from(i)).collect();
        for beta in [0.3, 2.0, 40.0] {
            for v in [1e-4, 0.05, 0.6, 3.0] {
                for kappa in [-0.7, 0.3] {
                    let p = Parameters {
                        beta,
                        kappa,
                        ..Parameters::default()
                    };
                    let all = [
                        against_scalar(&Theta, &theta::Theta, &p, &fields, v),
                        against_scalar(&Hinge, &hinge::Hinge, &p, &fields, v),
                        against_scalar(&Square, &square::Square, &p, &fields, v),
                        against_scalar(&CrossEntropy, &cross_entropy::CrossEntropy, &p, &fields, v),
                    ];
                    for worst in all.as_flattened() {
                        assert!(*worst < 1e-12, "{beta} {v} {kappa} {all:?}");
                    }
                }
            }
        }
    }
}
