//! Where the terms of each row count: around their maximum, found by Newton's method in all rows at once.

use super::nodes::{NONE, Rows};

/// Terms this far below the largest one of their row, in the logarithm, are left out.
const NEGLIGIBLE: f64 = 37.0;
/// The logarithm of what is nothing against the mass of the whole average, which is one.
const NOTHING: f64 = -70.0;
/// First guess of half a span, in standard deviations of its term.
const HALF: f64 = 6.5;

/// Fills logarithm, slope and curvature of the term of each row at its inner position.
pub type Term<'a> = dyn FnMut(&[f64], &mut [Vec<f64>; 3]) + 'a;

impl Rows {
    /// Spans of a term with one maximum: `term(z, out)` fills logarithm, slope and curvature of the
    /// term of each row at its inner position `z`, the measure `-z²/2` included. The maximum is found
    /// by Newton's method in all rows at once, its span outwards from there. `weights` are those of
    /// the outer nodes.
    pub fn spans(weights: &[f64], term: &mut Term<'_>) -> Vec<(f64, f64)> {
        let n = weights.len();
        let mut at = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
        let mut z = vec![0.0; n];
        for _ in 0..14 {
            term(&z, &mut at);
            let mut moved = 0.0_f64;
            for (i, z) in z.iter_mut().enumerate() {
                let step = -at[1][i] / at[2][i].min(-0.05);
                let step = if step.is_finite() { step } else { 0.0 };
                *z += step;
                moved = moved.max(step.abs() / (1.0 + z.abs()));
            }
            if moved < 0.05 {
                break;
            }
        }
        term(&z, &mut at);
        let top = at[0].clone();
        let first: Vec<f64> = at[2].iter().map(|b| HALF / (-b).max(0.5).sqrt()).collect();
        let left = reach(&z, &top, &first, -1.0, term, &mut at);
        let right = reach(&z, &top, &first, 1.0, term, &mut at);
        let span = |i: usize| {
            let counts = weights[i].ln() + top[i] >= NOTHING;
            if counts {
                (z[i] - left[i], z[i] + right[i])
            } else {
                NONE
            }
        };
        (0..n).map(span).collect()
    }
}

/// How far from the maximum to one side the term counts, in every row.
fn reach(
    z: &[f64],
    top: &[f64],
    first: &[f64],
    sign: f64,
    term: &mut Term<'_>,
    at: &mut [Vec<f64>; 3],
) -> Vec<f64> {
    let mut width = first.to_vec();
    let mut open = vec![true; z.len()];
    for _ in 0..24 {
        let y: Vec<f64> = z.iter().zip(&width).map(|(z, w)| z + sign * w).collect();
        term(&y, at);
        let mut any = false;
        for i in 0..z.len() {
            let drop = top[i] - at[0][i];
            if open[i] && drop < NEGLIGIBLE - 1.0 {
                width[i] *= (1.05 * (NEGLIGIBLE / drop.max(4.0)).sqrt()).max(1.05);
                any = true;
            } else {
                open[i] = false;
            }
        }
        if !any {
            break;
        }
    }
    width
}
