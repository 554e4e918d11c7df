//! The hinge against enumeration and its dual.

use super::tests::{LEARNED, found, training};
use super::{Bias, Constraint, Training};
use nalgebra::{DMatrix, DVector};

/// Weights, bias and multipliers of the patterns at stability one, where `digit` says which are below
/// (0), at (1) or above (2): the stationarity conditions are linear.
fn settled(
    t: &Training,
    lambda: f64,
    bias: Bias,
    digit: &dyn Fn(usize) -> usize,
) -> Option<DVector<f64>> {
    let (n, m) = (t.weights(), t.patterns());
    let at: Vec<usize> = (0..m).filter(|mu| digit(*mu) == 1).collect();
    let size = n + 1 + at.len();
    let (mut matrix, mut right) = (DMatrix::zeros(size, size), DVector::zeros(size));
    (0..n).for_each(|i| matrix[(i, i)] = lambda);
    if let Bias::Fixed(value) = bias {
        matrix[(n, n)] = 1.0;
        right[n] = value;
    }
    for mu in (0..m).filter(|mu| digit(*mu) == 0) {
        (0..n).for_each(|i| right[i] += t.design[(i, mu)]);
        if bias == LEARNED {
            right[n] += t.labels[mu];
        }
    }
    for (k, mu) in at.iter().enumerate() {
        for i in 0..n {
            matrix[(i, n + 1 + k)] = -t.design[(i, *mu)];
            matrix[(n + 1 + k, i)] = t.design[(i, *mu)];
        }
        if bias == LEARNED {
            matrix[(n, n + 1 + k)] = -t.labels[*mu];
        }
        matrix[(n + 1 + k, n)] = t.labels[*mu];
        right[n + 1 + k] = 1.0;
    }
    matrix.lu().solve(&right)
}

/// The smallest hinge risk of all choices of patterns below, at and above stability one that are
/// consistent.
fn by_enumeration(t: &Training, lambda: f64, bias: Bias) -> (DVector<f64>, f64) {
    let (n, m) = (t.weights(), t.patterns());
    let slack = 1e-9;
    let mut best: Option<(f64, DVector<f64>, f64)> = None;
    for code in 0..3_usize.pow(m as u32) {
        let digit = |mu: usize| code / 3_usize.pow(mu as u32) % 3;
        let Some(x) = settled(t, lambda, bias, &digit) else {
            continue;
        };
        let w = x.rows(0, n).into_owned();
        let mut multipliers = x.iter().skip(n + 1).copied();
        let fields = t.fields(&w) + &t.labels * x[n];
        let mut balance = 0.0;
        let consistent = (0..m).all(|mu| {
            let (share, fits) = match digit(mu) {
                0 => (1.0, fields[mu] < 1.0 + slack),
                1 => {
                    let share = multipliers.next().unwrap();
                    (share, (-slack..1.0 + slack).contains(&share))
                }
                _ => (0.0, fields[mu] > 1.0 - slack),
            };
            balance += share * t.labels[mu];
            fits
        });
        if consistent && (bias != LEARNED || balance.abs() < slack) {
            let losses = fields.iter().map(|s| (1.0 - s).max(0.0));
            let risk = losses.sum::<f64>() + 0.5 * lambda * w.norm_squared();
            if best.as_ref().is_none_or(|(least, ..)| risk < *least) {
                best = Some((risk, w, x[n]));
            }
        }
    }
    let (_, w, b) = best.expect("a minimiser");
    (w, b)
}

#[test]
fn the_hinge_agrees_with_enumeration() {
    let mut at_one = 0;
    for sample in 0..6 {
        let t = training(3, 7.0 / 3.0, 0.45, sample);
        for bias in [LEARNED, Bias::Fixed(0.15)] {
            for lambda in [0.05, 0.5] {
                let at = found(&t, "hinge", 0.5, bias, Constraint::Ridge(lambda));
                let (w, b) = by_enumeration(&t, lambda, bias);
                let apart = (DVector::from_column_slice(&at.weights) - &w).norm();
                assert!(apart < 1e-7, "{sample} {bias:?} {lambda}: {apart}");
                let stabilities = t.stabilities(&at.weights, at.bias);
                let touching = stabilities
                    .iter()
                    .filter(|s| (*s - 1.0).abs() < 1e-7)
                    .count();
                at_one += touching;
                // With no pattern at one the bias may be one of an interval.
                if bias != LEARNED || touching > 0 {
                    assert!((at.bias - b).abs() < 1e-6, "{} {b}", at.bias);
                }
            }
        }
    }
    assert!(at_one > 20, "{at_one}");
}

#[test]
fn the_hinge_has_no_duality_gap() {
    for (alpha, rho, lambda) in [(2.0, 0.3, 1.0), (0.7, 0.5, 0.1), (3.0, 0.5, 0.01)] {
        let t = training(80, alpha, rho, 4);
        for bias in [LEARNED, Bias::Fixed(-0.3)] {
            let at = found(&t, "hinge", 0.5, bias, Constraint::Ridge(lambda));
            let stabilities = DVector::from_vec(t.stabilities(&at.weights, at.bias));
            // Multipliers of the patterns at one from stationarity, by least squares.
            let touching: Vec<usize> = (0..t.patterns())
                .filter(|mu| (stabilities[*mu] - 1.0).abs() < 1e-7)
                .collect();
            let mut a = stabilities.map(|s| if s < 1.0 - 1e-7 { 1.0 } else { 0.0 });
            let w = DVector::from_column_slice(&at.weights);
            let left = &w * lambda - &t.design * &a;
            let part = t.design.select_columns(&touching);
            let svd = part.svd(true, true);
            let missing = svd.solve(&left, 1e-12).unwrap();
            touching
                .iter()
                .zip(missing.iter())
                .for_each(|(mu, x)| a[*mu] = *x);
            assert!(a.iter().all(|a| (-1e-7..1.0 + 1e-7).contains(a)));
            if bias == LEARNED {
                assert!(a.dot(&t.labels).abs() < 1e-6, "{}", a.dot(&t.labels));
            }
            let primal = at.loss + 0.5 * lambda * w.norm_squared();
            let given = if let Bias::Fixed(b) = bias { b } else { 0.0 };
            let dual = a.sum()
                - given * a.dot(&t.labels)
                - (&t.design * &a).norm_squared() / (2.0 * lambda);
            assert!((primal - dual).abs() < 1e-7 * primal, "{primal} {dual}");
        }
    }
}
